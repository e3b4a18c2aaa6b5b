# Data on disk, read block by block, give the fits of the same data in memory.

quick_blocks <- function(V, model, ..., init = NULL, max_iter = 8) {
  suppressMessages(without_advice(suppressWarnings(
    nmf(V, model, init = init, max_iter = max_iter, tol = 1e-12, seed = 1, verbose = FALSE, threads = 1, ...),
    "nmf_warning_not_converged"
  )))
}

same_factors <- function(blocks, memory, tolerance = 1e-8) {
  for (factor in c("W", "H")) expect_close(blocks[[factor]], memory[[factor]], tolerance)
  expect_equal(blocks$trace$objective, memory$trace$objective, tolerance = tolerance)
  for (fact in c("deviance", "df", "nobs", "status")) {
    expect_equal(blocks[[fact]], memory[[fact]], tolerance = tolerance)
  }
  for (fact in c("sigma2", "logLik")) expect_equal(blocks[[fact]], memory[[fact]], tolerance = 1e-6)
}

test_law("blocks on disk give the factors, the dispersion and the likelihood of the data in memory", {
  n <- 0
  cases <- c(registry(c("N", "TW1.5"), input = "dense"), registry(c("Po", "NB by observation"), input = "sparse"))
  for (case in cases) {
    solvers <- if (case$structure == "traditional") c("cd", "mm") else "mm"
    for (solver in solvers) {
      blocks <- nmf_blocks(case$V)
      expect_length(blocks$offsets, N)
      model <- case_model(case)
      fits <- lapply(list(blocks, case$V), quick_blocks, model, init = case$init, solver = solver)
      same_factors(fits[[1]], fits[[2]])
      n <- n + 1
    }
  }
  expect_gt(n, 10)
})

test_that("what has two bytes in the file, and what has not, comes back to the bit", {
  V <- with_seed(1, matrix(sample(c(0, 1, 255, 65535, 65536, 1.5, 1e300, 5e-324), 70 * 9, TRUE), 70))
  V[3, ] <- 7
  for (X in list(V, as_sparse(V))) {
    blocks <- nmf_blocks(X)
    expect_identical(blocks$from, c(seq(0, 69, by = 2), 70))
    expect_identical(as.matrix(read_rows(blocks, 1, 70)), V)
    expect_identical(as.matrix(read_rows(blocks, 4, 9)), V[4:9, ])
    expect_identical(inherits(read_rows(blocks, 4, 4), "dgCMatrix"), inherits(X, "dgCMatrix"))
  }
})

test_that("cells are taken out of blocks as out of a matrix", {
  V <- random_sparse(4, 30, 8)
  dimnames(V) <- list(paste0("o", 1:30), paste0("f", 1:8))
  blocks <- nmf_blocks(as_sparse(V))
  expect_identical(as.matrix(blocks[, ]), unname(V))
  blocks <- nmf_blocks(V)
  expect_identical(blocks[, ], V)
  expect_identical(blocks[c(9, 2, 9), ], V[c(9, 2, 9), ])
  expect_identical(blocks[c("o30", "o1"), 2:3], V[c("o30", "o1"), 2:3])
  expect_identical(blocks[-1, c(TRUE, FALSE)], V[-1, c(TRUE, FALSE)])
  expect_error(blocks["no", ], class = "nmf_error_argument")
  expect_error(blocks[31, ], class = "nmf_error_argument")
})

test_that("the number of blocks is a property of the size of the data", {
  expect_identical(cuts_of(c(5, 3)), c(0, 1, 2, 3, 4, 5))
  expect_identical(length(cuts_of(c(60000, 4000))), 65L)
  expect_identical(diff(cuts_of(c(60000, 4000)))[1], 938)
  expect_gt(length(cuts_of(c(1e6, 3e4))), 1e6 * 3e4 / 2^24)
})

test_that("the facts of blocks are those of the whole", {
  V <- random_sparse(5, 150, 20)
  V[3, 4] <- 2^20
  source <- source_in_blocks(as_sparse(V), "rows")
  whole <- measured(read_source(as_sparse(V)))
  expect_equal(source$facts[names(whole$facts)], whole$facts, ignore_attr = TRUE, tolerance = 1e-14)
  own <- sums_of(source)
  expect_equal(own, sums_of(whole)[names(own)], tolerance = 1e-14)
  expect_identical(n_stored(source), as.double(sum(V > 0)))
  expect_identical(n_positive(source), as.double(sum(V > 0)))
  expect_equal(source$facts$table, count_values_cpp(V[V > 0]))
  for (model in c("T/Po/2", "T/TW1.3/2", "T/NB/2")) {
    family <- nmf_model(model)$family
    expect_equal(count_values(source, family), count_values(whole, family))
  }
  source$values$facts$table <- NULL                      # more values than are counted: block after block
  f <- function(cells) sum(cells$n * cells$v^1.5)
  expect_equal(sum_over(count_values(source, nmf_normal(), 4), f), sum(V^1.5) / 8, tolerance = 1e-14)
})

test_that("an alpha and a power are estimated by sums over blocks", {
  V <- with_seed(2, matrix(stats::rnbinom(90 * 20, size = 3, mu = 4), 90))
  init <- random_init(3, "traditional", V, 2)
  for (model in c("T/NB/2", "T/TW/2")) {
    memory <- quick_blocks(as_sparse(V), model, init = init, max_iter = 10)
    blocks <- quick_blocks(nmf_blocks(as_sparse(V)), model, init = init, max_iter = 10)
    expect_equal(blocks$model$family$alpha, memory$model$family$alpha, tolerance = 1e-6)
    expect_equal(blocks$model$family$power, memory$model$family$power, tolerance = 1e-6)
    expect_equal(blocks$logLik, memory$logLik, tolerance = 1e-8)
  }
  fit <- quick_blocks(as_sparse(V), "T/Po/2", init = init)
  by_row <- lapply(list(source_in_blocks(as_sparse(V), "rows"), read_source(as_sparse(V))), function(data) {
    suppressMessages(solve_alpha(data, fit, "observation", adjust = TRUE))
  })
  expect_equal(by_row[[1]], by_row[[2]], tolerance = 1e-8)
})

test_law("results do not depend on how the data are given", {
  V <- random_sparse(6, 40, 12)
  dimnames(V) <- list(paste0("o", 1:40), paste0("f", 1:12))
  S <- methods::as(V, "CsparseMatrix")
  init <- random_init(7, "traditional", V, 2)
  fit <- quick_blocks(nmf_blocks(S), "T/Po/2", init = init)
  digests <- function(fit) fit[c("W", "H", "logLik")]
  expect_identical(digests(quick_blocks(list(S[1:9, ], S[10:40, ]), "T/Po/2", init = init)), digests(fit))
  expect_identical(digests(quick_blocks(list(Matrix::t(S[1:1, , drop = FALSE]), Matrix::t(S[2:40, ])), "T/Po/2",
                                        init = init, obs = "columns")), digests(fit))
  expect_identical(digests(quick_blocks(list(V[1:9, ], S[10:40, ]), "T/Po/2", init = init)), digests(fit))
  expect_identical(rownames(fit$W), rownames(V))
  expect_identical(colnames(fit$H), colnames(V))
  same_factors(quick_blocks(nmf_blocks(V), "T/Po/2", init = init), fit, 1e-12)
  expect_identical(fit$obs, "rows")
  turned <- nmf_blocks(Matrix::t(S), obs = "columns")
  expect_identical(dim(turned), dim(V))
  expect_identical(quick_blocks(turned, "T/Po/2", init = init)$obs, "columns")
})

test_law("an object with rows of its own is read by its method", {
  V <- random_sparse(8, 30, 10)
  asked <- new.env()
  asked$rows <- integer()
  x <- local_rows("nmf_test_rows", function(x) dim(V), function(x, from, to) {
    asked$rows <- c(asked$rows, from:to)
    V[from:to, , drop = FALSE]
  })
  init <- random_init(7, "traditional", V, 2)
  same_factors(quick_blocks(x, "T/Po/2", init = init), quick_blocks(V, "T/Po/2", init = init))
  expect_identical(asked$rows, 1:30)                      # each once
  expect_error(nmf(x, "T/Po/2", obs = "columns"), class = "nmf_error_argument")
  narrow <- local_rows("nmf_test_narrow", function(x) dim(V), function(x, from, to) V[from:to, -1])
  expect_error(nmf(narrow, "T/Po/2"), "block 1 of 30", class = "nmf_error_data")
  broken <- local_rows("nmf_test_broken", function(x) dim(V), function(x, from, to) stop("no"))
  expect_error(nmf(broken, "T/Po/2"), "cannot be read", class = "nmf_error_data")
})

test_law("a cell that no fit takes is refused with its block", {
  V <- random_sparse(9, 100, 8)
  for (bad in list(-1, Inf, NaN)) {
    for (X in list(replace(V, cbind(7, 3), bad), as_sparse(replace(V, cbind(7, 3), 77)))) {
      if (isS4(X)) X@x[X@x == 77] <- bad
      expect_error(nmf_blocks(list(X)), "V\\[\\[1\\]\\].* row 7|block 4 of 50 .observations 7 to 8",
                   class = "nmf_error_data")
    }
  }
  expect_error(nmf_blocks(list(V, V[, -1])), "same features", class = "nmf_error_data")
  expect_error(nmf(list(V * 0), "T/Po/2"), "positive", class = "nmf_error_data")
  expect_error(nmf(nmf_blocks(V), "T/TW2/2"), "zeros", class = "nmf_error_data")
  expect_error(nmf_blocks(V, folder = tempfile()), class = "nmf_error_file")
  expect_error(nmf_blocks(V, layer = "X"), class = "nmf_error_argument")
  expect_warning(
    suppressMessages(nmf(nmf_blocks(V + 0.5), "T/Po/2", tol = 1e-2, n_starts = 1, seed = 1, verbose = FALSE)),
    class = "nmf_warning_not_counts"
  )
})

test_that("a default fit starts from a sample, sees all data and ends where one in memory ends", {
  V <- with_seed(3, {
    H <- matrix(rgamma(3 * 40, 0.3), 3)
    matrix(stats::rpois(300 * 40, 30 * matrix(rgamma(900, 0.5), 300) %*% (H / rowSums(H))), 300)
  })
  V[, 40] <- 0
  V[300, 40] <- 5                                         # no sample without it knows this feature
  S <- as_sparse(V)
  local_sizes(cells_of_sample = 2000)
  fit_of <- function(V, model, max_iter) {
    suppressWarnings(nmf(V, model, seed = 1, tol = 1e-3, max_iter = max_iter, n_starts = 3, verbose = FALSE),
                     "nmf_warning_not_converged")
  }
  for (model in c("T/Po/3", "T/N/3", "C/Po/3", "CF/Po/3")) {
    max_iter <- if (startsWith(model, "T")) 2000 else 60
    blocks <- fit_of(nmf_blocks(S), model, max_iter)
    memory <- fit_of(S, model, max_iter)
    if (startsWith(model, "T")) expect_true(blocks$converged)
    expect(blocks$deviance < memory$deviance * if (startsWith(model, "T")) 1.01 else 1.05,
           paste(model, "ends at", blocks$deviance, "and in memory at", memory$deviance))
    expect_identical(blocks$nobs, memory$nobs)
  }
  expect_identical(fit_of(nmf_blocks(S), "T/Po/3", 50)[c("W", "H")], fit_of(list(S), "T/Po/3", 50)[c("W", "H")])
})

test_law("what follows a fit goes through the blocks", {
  V <- random_sparse(10, 60, 12)
  S <- as_sparse(V)
  init <- random_init(11, "traditional", V, 2)
  fit <- quick_blocks(nmf_blocks(S), "T/NB20/2", init = init, max_iter = 40)
  memory <- quick_blocks(S, "T/NB20/2", init = init, max_iter = 40)
  for (type in c("raw", "pearson", "deviance", "quantile")) {
    expect_equal(residuals(fit, type = type, seed = 1), residuals(memory, type = type, seed = 1), tolerance = 1e-6)
  }
  expect_equal(augment(fit), augment(memory), tolerance = 1e-6)
  checks <- lapply(list(fit, memory), check_model, n_runs = 0, seed = 1)
  expect_equal(checks[[1]][c("table", "bins", "observations")], checks[[2]][c("table", "bins", "observations")],
               tolerance = 1e-5)
  expect_equal(BIC(fit), BIC(memory), tolerance = 1e-8)
  expect_equal(predict(fit, S[1:4, ]), predict(memory, S[1:4, ]), tolerance = 1e-6)
  expect_equal(hatvalues(fit), hatvalues(memory), tolerance = 1e-5)
  further <- lapply(list(fit, memory), function(fit) quick_blocks(data_of(fit, blocks = TRUE), "T/NB20/2", init = fit))
  expect_gt(further[[1]]$iterations, 40)                  # it goes on where it ended
  expect_identical(further[[1]]$iterations, further[[2]]$iterations)
  same_factors(further[[1]], further[[2]], 1e-6)
  held <- attach_data(unheld(fit), list(S))
  expect_true(in_blocks(held_data(held)))
  expect_equal(residuals(attach_data(unheld(fit), S)), residuals(fit))
  expect_error(attach_data(unheld(fit), list(S[60:1, ])), "another order", class = "nmf_error_data")
  local_sizes(cells_in_memory = 100)
  expect_message(checked <- check_model(fit, seed = 1), "no data sets")
  expect_identical(checked$n_runs, 0L)
})

sparse_with_gaps <- function(V) {
  S <- as_sparse(replace(V, is.na(V), 1e6))
  S@x[S@x == 1e6] <- NA
  S
}

test_that("missing cells, weights of cells, masks and penalties are in blocks what they are in memory", {
  V <- random_sparse(13, 25, 24)
  gaps <- replace(V, with_seed(14, sample(600, 40)), NA)
  weights <- with_seed(15, matrix(sample(c(0, 0.5, 1, 2), 600, TRUE), 25))
  weights[1, ] <- weights[, 1] <- 1
  init <- random_init(16, "traditional", V, 3)
  mask <- group_mask(rep(c("a", "b"), c(8, 17)), shared = 1)
  masked <- list(W = init$W * mask, H = init$H)
  cases <- list(
    list(gaps, "T/Po/3", solver = "cd"), list(sparse_with_gaps(gaps), "T/NB5/3", solver = "mm"),
    list(sparse_with_gaps(gaps), "T/N/3", cell_weights = weights), list(gaps, "T/TW1.5/3", cell_weights = weights),
    list(as_sparse(V), "T/Po/3", cell_weights = as_sparse(weights)), list(as_sparse(V), "T/Po/3", mask = mask),
    list(V, "T/Po/3", penalty = nmf_penalty(H = 0.5, type = "l1"), solver = "mm"),
    list(gaps, "T/NB/3", cell_weights = weights), list(V, "C/Po/3", cell_weights = pmax(weights, 0.5), solver = "mm")
  )
  for (case in cases) {
    plain <- if (case[[2]] == "C/Po/3") random_init(16, "convex", V, 3) else init
    case$init <- if (is.null(case$mask)) plain else masked
    memory <- do.call(quick_blocks, case)
    case[[1]] <- nmf_blocks(case[[1]])
    blocks <- do.call(quick_blocks, case)
    same_factors(blocks, memory)
    expect_equal(blocks$missing, memory$missing)
    expect_equal(residuals(blocks, type = "pearson"), residuals(memory, type = "pearson"), tolerance = 1e-6)
  }
  stored <- nmf_blocks(sparse_with_gaps(gaps))
  expect_identical(as.matrix(stored[, ]), unname(gaps))
  own <- source_in_blocks(stored, "rows", weights)
  whole <- read_source(gaps, "rows", weights)
  expect_equal(sums_of(own), sums_of(whole)[names(sums_of(own))], tolerance = 1e-14)
  expect_equal(total_weight(own), total_weight(whole))
  expect_identical(dense_weights(own[c(7, 3), 2:5]), whole[c(7, 3), 2:5]$weights)
  twice <- 2 * (weights > 0)
  expect_identical(dense_weights(source_in_blocks(V, "rows", twice)[1:25, ]), twice)
  fit <- quick_blocks(stored, "T/NB/3", cell_weights = weights, init = init)
  by_row <- lapply(list(own, whole), function(data) suppressMessages(solve_alpha(data, fit, "observation")))
  expect_equal(by_row[[1]], by_row[[2]], tolerance = 1e-8)
  held <- attach_data(unheld(fit), stored, cell_weights = weights)
  expect_identical(residuals(held), residuals(fit))
  expect_error(attach_data(unheld(fit), stored), "cells that were fitted", class = "nmf_error_data")
})

test_that("residuals of some observations are those of all", {
  V <- random_sparse(17, 50, 12)
  init <- random_init(11, "traditional", V, 2)
  V[4, 5] <- NA
  fit <- quick_blocks(nmf_blocks(V), "T/NB20/2", init = init)
  local_sizes(cells_at_once = 120)
  some <- c(30, 4, 11)
  for (type in c("raw", "quantile")) {
    expect_identical(residuals(fit, type = type, observations = some, seed = 1),
                     residuals(fit, type = type, seed = 1)[some, ])
  }
  all <- augment(fit)
  expect_equal(augment(fit, observations = c(4, 11)), all[all$observation %in% c(4, 11), ], ignore_attr = TRUE)
  local_sizes(cells_in_memory = 100)
  expect_identical(dim(residuals(fit, observations = some)), c(3L, 12L))
  for (work in list(residuals, augment)) expect_error(work(fit), "`observations`", class = "nmf_error_data")
})

test_that("cells that a split of blocks holds out have no say in its fit, and each is held out once", {
  V <- with_seed(3, {
    H <- matrix(rgamma(3 * 30, 0.3), 3)
    matrix(stats::rpois(200 * 30, 30 * matrix(rgamma(600, 0.5), 200) %*% (H / rowSums(H))), 200)
  })
  V[7, 3] <- NA
  local_sizes(cells_in_memory = 100)
  plan <- list(data = source_in_blocks(sparse_with_gaps(V), "rows"), seed = 1, parts = new.env())
  times <- V * 0
  for (split in 1:10) {
    seen <- seen_in_blocks(split, plan)
    held <- setdiff(seen$facts$missing, which(is.na(V)))
    expect_lt(abs(length(held) - 600), 5 * sqrt(600))    # a tenth; of a binomial number five standard deviations
    times[held] <- times[held] + 1
  }
  expect_identical(times, V * 0 + 1)
  other <- replace(V, held, 9)                           # those of the last split
  expect_identical(as.matrix(seen_in_blocks(10, modifyList(plan, list(parts = new.env(),
    data = source_in_blocks(sparse_with_gaps(other), "rows"))))$values[, ]), as.matrix(seen$values[, ]))
  # what is found is what is found in memory: the rank that the data were drawn with
  choice <- suppressMessages(select_rank(nmf_blocks(sparse_with_gaps(V)), "T/Po", 2:4, n_splits = 2, n_starts = 1,
                                         seed = 1, tol = 1e-3, verbose = FALSE))
  expect_identical(choice$rank[[1]], 3L)
})

test_that("observations are held out of blocks as in memory", {
  V <- random_sparse(18, 60, 10)
  V[13, 10] <- 99
  S <- as_sparse(V)
  plans <- lapply(list(source_in_blocks(S, "rows"), measured(read_source(S))), function(data) {
    settings <- fit_settings(2, "cd", tol = 1e-5, seed = 1, verbose = FALSE)
    list(data = data, seed = 1, models = list(m = nmf_model("T/Po/1")), settings = settings, counts = TRUE,
         starts = c(split = 2), limit = Inf)
  })
  scores <- lapply(plans, function(plan) work_observations(list(model = "m", rank = 1L, split = 1), plan))
  expect_identical(scores[[1]]$observation, scores[[2]]$observation)
  expect_equal(totals_without(plans[[1]]$data, c(13, 20), list(c(13, 20))), unname(colSums(V[-c(13, 20), ])))
  expect_equal(scores[[1]]$score, scores[[2]]$score, tolerance = 1e-6)  # of rank 1 there is one optimum
  tables <- lapply(list(nmf_blocks(S), S), function(V) {
    select_rank(V, "T/Po", 1, method = "observations", n_splits = 2, n_starts = 1, seed = 1, verbose = FALSE)$table
  })
  expect_equal(tables[[1]], tables[[2]], tolerance = 1e-5)
})

test_that("data sets are drawn block by block", {
  V <- random_sparse(19, 15, 8)
  init <- random_init(11, "traditional", V, 1)
  V[2, 2] <- NA
  fit <- quick_blocks(nmf_blocks(sparse_with_gaps(V)), "T/Po/1", init = init, max_iter = 100)
  local_sizes(cells_in_memory = 100)
  data <- held_data(fit)
  draws <- lapply(1:2, function(seed) with_seed(seed, draw_from(fit, data))$values)
  again <- with_seed(1, draw_from(fit, data))$values
  expect_identical(draws[[1]][, ], again[, ])
  expect_false(identical(draws[[1]][, ], draws[[2]][, ]))
  expect_identical(which(is.na(as.matrix(again[, ]))), which(is.na(V)))
  expect_identical(Matrix::rowSums(draw_counts(data)$values[, ], na.rm = TRUE), rowSums(V, na.rm = TRUE))
  runs <- suppressWarnings(bootstrap_fit(fit, n_runs = 20, seed = 1))
  # of rank 1 components are shares of a multinomial total
  some <- fit$H[1, ] > 0.02
  expected <- sqrt(fit$H[1, some] * (1 - fit$H[1, some]) / sum(V, na.rm = TRUE))
  expect_lt(max(abs(log(apply(runs$H[1, some, ], 1, stats::sd) / expected))), log(2.5))
  expect_identical(suppressMessages(check_model(fit, n_runs = 3, seed = 1))$n_runs, 3L)
})

test_that("what data in blocks cannot have or do is refused, each by the one table", {
  V <- random_sparse(9, 100, 8)
  blocks <- nmf_blocks(V)
  fit <- quick_blocks(blocks, "T/Po/2", init = random_init(7, "traditional", V, 2))
  rows <- local_rows("nmf_test_rows", function(x) dim(V), function(x, from, to) V[from:to, , drop = FALSE])
  local_sizes(cells_in_memory = 100)
  refusals <- list(
    offset = function() nmf(blocks, "T/Po/2", offset = rep(1, 8)),
    solver = function() nmf(blocks, "T/Po/2", solver = "lbfgs"),
    gaps = function() nmf(list(replace(V, 5, NA)), "C/Po/2"),
    order = function() nmf(blocks, "T/Po/2", cell_weights = V[, -1]),
    method = function() select_rank(blocks, "T/Po", 1:2, method = "sigmos", seed = 1),
    memory = function() confint(fit),
    answer = function() residuals(fit),
    rows = function() nmf(rows, "T/Po/2", obs = "columns")
  )
  expect_setequal(names(refusals), names(not_in_blocks))
  for (what in names(refusals)) {
    expect_error(refusals[[what]](), class = paste0("nmf_error_", not_in_blocks[[what]][1]))
  }
  expect_error(nmf(blocks, "C/Po/2", solver = "cd"), "block by block", class = "nmf_error_argument")
})

test_that("blocks are of one session, and say when their file has gone", {
  blocks <- nmf_blocks(random_sparse(12, 30, 8))
  expect_snapshot(cat(sub("[0-9.]+ MB", "some MB", utils::capture.output(print(blocks))), sep = "\n"))
  fit <- quick_blocks(blocks, "T/Po/2")
  expect_true(file.exists(blocks$path))
  expect_error(nmf(replace(blocks, "dim", list(c(30L, 7L))), "T/Po/2"), class = "nmf_error_file")
  path <- blocks$path
  writeLines("short", path)
  for (gone in 1:2) {
    expect_error(nmf(blocks, "T/Po/2"), "nmf_blocks\\(\\)", class = "nmf_error_file")
    expect_error(read_rows(blocks, 1, 2), class = "nmf_error_file")
    expect_error(residuals(fit), class = "nmf_error_file")
    unlink(path)
  }
  other <- nmf_blocks(random_sparse(12, 30, 8))
  path <- other$path
  rm(other)
  gc()
  expect_false(file.exists(path))
})
