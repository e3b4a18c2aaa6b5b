# Rows of V in blocks are the same data: every solver comes to the same factors, block by block, as on the whole.

# All that differs between cells: nothing, weights and offsets, missing cells.
beside_of <- function(case, kind) {
  n <- if (case$input == "sparse") length(case$V@x) else length(case$V)
  weights <- withr::with_seed(31, switch(kind,
    plain = NULL, weighted = sample(c(0.5, 1, 2), n, TRUE), missing = rbinom(n, 1, 0.9) + 0
  ))
  offset <- if (kind == "weighted" && case$input != "sparse") withr::with_seed(32, matrix(runif(N * M, 0.5, 2), N))
  list(weights = weights, offset = offset)
}

run_in_blocks <- function(case, letters, kind, solver, rows, threads = 1L, n = 20, penalties = NULL,
                          fixed = list(nothing, nothing)) {
  start <- switch(letters,
    T = case$init[c("W", "H")], C = list(t(case$init$D), case$init$E),
    CF = withr::with_seed(33, list(matrix(runif(M * K, 0.5, 1.5) / M, M), matrix(runif(K * M, 0.5, 1.5) / K, K)))
  )
  solver <- list(name = solver, extrapolate = solver == "cd", inner = 2L, parametrisation = "abs", learning_rate = 0.05,
                 decay = 0.1, epochs = n, batch = if (letters == "CF") 7 else 5)
  fit_cpp(c(list(values = case$V), beside_of(case, kind), list(rows_per_block = rows)),
          core_family(case_model(case)$family, N), letters, start, c(fixed, list(penalties)), solver, n, 0, 0,
          Inf, threads, FALSE)
}

block_cases <- function() {
  cases <- list()
  for (case in registry(input = c("dense", "zeros", "sparse"))) {
    for (letters in if (case$structure == "traditional") "T" else c("C", "CF")) {
      solvers <- c("mm", "cd"[letters != "CF"], "lbfgs", "adam"[letters != "T"],
                   "em"[letters == "T" && case$family == "Po"])
      for (kind in c("plain", "weighted", "missing")) for (solver in solvers) {
        cases[[length(cases) + 1]] <- list(case = case, letters = letters, kind = kind, solver = solver,
                                           family = case$family, input = case$input)
      }
    }
  }
  half_of(cases, c("family", "letters", "input", "kind", "solver"))
}

# A line search that takes another turn for the last digit comes to other factors in the end: fewer iterations of it.
iterations_of <- function(solver) if (solver == "lbfgs") 6 else 10

test_law("blocks of rows give the factors of the whole", {
  cases <- block_cases()
  expect_gt(length(cases), 150)
  for (each in cases) {
    label <- paste(each$letters, each$case$label, each$kind, each$solver)
    n <- iterations_of(each$solver)
    whole <- run_in_blocks(each$case, each$letters, each$kind, each$solver, NULL, n = n)
    blocks <- run_in_blocks(each$case, each$letters, each$kind, each$solver, 5, n = n)
    expect_identical(blocks$status, whole$status, label = label)
    for (factor in c("W", "H")) {
      error <- max(abs(blocks[[factor]] - whole[[factor]])) / max(abs(whole[[factor]]))
      expect(isTRUE(error <= 1e-10), paste0(label, ": ", factor, " is off by ", signif(error, 3)))
    }
    error <- max(abs(blocks$trace$objective / whole$trace$objective - 1))
    expect(isTRUE(error <= 1e-10), paste0(label, ": the objective is off by ", signif(error, 3)))
  }
})

test_that("Newton's method for an encoder over features needs all rows at once, and says so", {
  expect_error(run_in_blocks(registry("Po", "convex", "dense")[[1]], "CF", "plain", "cd", 5), "all rows at once")
})

test_law("blocks of one row and of more rows than there are give the factors of the whole", {
  for (case in registry(family = c("N", "Po", "NB by observation"), input = c("dense", "sparse"))) {
    letters <- if (case$structure == "traditional") "T" else "C"
    whole <- run_in_blocks(case, letters, "missing", "cd", NULL)
    for (rows in c(1, 100)) {
      blocks <- run_in_blocks(case, letters, "missing", "cd", rows)
      expect_close(blocks$W, whole$W, 1e-10)
      expect_close(blocks$H, whole$H, 1e-10)
    }
  }
})

test_law("a penalty holds a block of theta once, however the rows lie", {
  penalties <- list(list(kind = "dirichlet", block = 2L, value = matrix(seq(0.1, 2, length.out = K * M), K)))
  for (case in registry("Po", "traditional", c("dense", "sparse"))) for (solver in c("mm", "cd", "em", "lbfgs")) {
    whole <- run_in_blocks(case, "T", "plain", solver, NULL, n = 8, penalties = penalties)
    blocks <- run_in_blocks(case, "T", "plain", solver, 5, n = 8, penalties = penalties)
    expect_close(blocks$H, whole$H, 1e-10)
    expect_equal(blocks$prior, whole$prior, tolerance = 1e-10)
    expect_gt(whole$prior, 0)
  }
})

test_law("threads change no bit of a fit in blocks", {
  set <- withr::with_seed(34, matrix(rpois(900 * 400, 3) * rbinom(900 * 400, 1, 0.5) + 0, 900))
  start <- withr::with_seed(35, list(matrix(runif(900 * 8), 900), matrix(runif(8 * 400), 8)))
  encoder <- withr::with_seed(36, list(matrix(runif(900 * 8), 900), matrix(runif(900 * 8), 900) / 900))
  for (letters in c("T", "C")) for (family in list(nmf_poisson(), nmf_negbin(seq(1, 20, length.out = 900)))) {
    for (V in list(set, as_sparse(set))) {
      fits <- lapply(c(1L, 2L, 4L), function(threads) {
        fit_cpp(list(values = V, rows_per_block = 300), core_family(family, 900), letters,
                if (letters == "T") start else encoder, list(nothing, nothing, NULL),
                list(name = "cd", extrapolate = FALSE, inner = 1L), 2, 0, 0, Inf, threads, FALSE)[c("W", "H")]
      })
      expect_identical(fits[[2]], fits[[1]])
      expect_identical(fits[[3]], fits[[1]])
    }
  }
})

test_law("sums over cells are those of the whole", {
  for (case in registry(input = c("dense", "zeros", "sparse"))) {
    W <- case$init$W %||% t(case$init$D)
    H <- withr::with_seed(37, matrix(runif(K * M, 1, 2), K))
    beside <- beside_of(case, "weighted")
    family <- core_family(case_model(case)$family, N)
    data <- c(list(values = case$V), beside)
    in_blocks <- c(data, list(rows_per_block = 5))
    expect_equal(pearson_cpp(in_blocks, family, W, H, 1L), pearson_cpp(data, family, W, H, 1L), tolerance = 1e-12)
    alpha <- seq(1, 5, length.out = N)
    expect_equal(alpha_score_cpp(in_blocks, W, H, FALSE, alpha, 1L), alpha_score_cpp(data, W, H, FALSE, alpha, 1L),
                 tolerance = 1e-12)
  }
})

test_law("what is known of the data need not be measured again", {
  for (case in registry(family = c("N", "Po", "TW1.5"), input = c("dense", "sparse", "huge"))) {
    data <- list(values = case$V)
    facts <- facts_cpp(data)
    expect_close(facts$row_totals * facts$unit, rowSums(case$dense), 1e-14)
    expect_close(facts$column_totals * facts$unit, colSums(case$dense), 1e-14)
    again <- function(data) {
      fit_cpp(data, core_family(case_model(case)$family, N), if (case$structure == "traditional") "T" else "C",
              if (case$structure == "traditional") case$init[c("W", "H")] else list(t(case$init$D), case$init$E),
              list(nothing, nothing, NULL), list(name = "cd", extrapolate = TRUE, inner = 1L), 5, 0, 0, Inf, 1L,
              FALSE)[c("W", "H")]
    }
    expect_identical(again(c(data, list(facts = facts))), again(data))
  }
})

test_law("entries that stay, and the pull of penalties, go with their rows", {
  stays <- withr::with_seed(41, matrix(rbinom(N * K, 1, 0.3) + 0, N))
  pseudo <- list(list(kind = "dirichlet", block = 1L, value = matrix(seq(0.1, 2, length.out = N * K), N)))
  on_encoder <- replace(pseudo, 1, list(replace(pseudo[[1]], "block", 2L)))
  for (case in registry(c("N", "Po", "TW1.5"), input = c("dense", "sparse"))) for (solver in c("mm", "cd", "lbfgs")) {
    convex <- case$structure == "convex"
    start <- if (convex) case$init$E else case$init$W
    fixed <- if (convex) list(nothing, stays) else list(stays, nothing)
    n <- iterations_of(solver)
    penalties <- if (convex) on_encoder else pseudo
    run <- function(rows, ...) run_in_blocks(case, if (convex) "C" else "T", "missing", solver, rows, n = n, ...)
    whole <- run(NULL, fixed = fixed)
    moved <- if (convex) whole$E else whole$W
    expect_close(moved[stays > 0], start[stays > 0], 1e-12)
    expect_gt(max(abs(moved - start)), 1e-6 * max(start))
    blocks <- run(5, fixed = fixed)
    expect_close(blocks$W, whole$W, 1e-9)
    expect_close(blocks$H, whole$H, 1e-9)
    pulled <- run(NULL, penalties = penalties)
    # the objective with its penalty goes down all the way
    expect_true(all(diff(pulled$trace$objective) <= 1e-9 * abs(pulled$trace$objective[1])))
    expect_gt(max(abs(pulled$W - run(NULL)$W)), 1e-6 * max(pulled$W))
    blocks <- run(5, penalties = penalties)
    expect_close(blocks$W, pulled$W, 1e-9)
    expect_close(blocks$H, pulled$H, 1e-9)
  }
})
