# A sparse V is the dense one, whatever its cells count: missing cells and weights are no cause for another answer.

# Values and weights of a case, dense and sparse. A cell is stored when its weight is not 1, be it zero.
both_forms <- function(case, kind, seed) {
  V <- case$dense
  weights <- withr::with_seed(seed, matrix(switch(kind,
    missing = rbinom(N * M, 1, 0.85), weighted = sample(c(0, 0.3, 1, 1, 1, 4), N * M, TRUE)
  ), N) + 0)
  weights[cbind(seq_len(N), rep_len(seq_len(M), N))] <- 1  # every row and column has a cell that counts
  V[weights == 0] <- 7                                     # which must not matter
  stored <- which(V != 0 | weights != 1)
  X <- Matrix::sparseMatrix(i = row_of(stored, N), x = V[stored], dims = dim(V),
                            p = c(0, cumsum(tabulate(column_of(stored, N), M))))
  list(dense = list(values = V, weights = weights), sparse = list(values = X, weights = weights[stored]))
}

sweep_form <- function(data, case, solver, n) {
  start <- if (case$structure == "traditional") case$init[c("W", "H")] else list(t(case$init$D), case$init$E)
  fit_cpp(data, core_family(case_model(case)$family, N), if (case$structure == "traditional") "T" else "C", start,
          list(nothing, nothing, NULL), list(name = solver, extrapolate = solver == "cd", inner = 2L), n, 0, 0, Inf, 1L,
          FALSE)
}

sparse_families <- c("N", "Po", "TW1.1", "TW1.5", "NB45", "NB by observation")

for_each_case("sparse data are the dense ones", registry(sparse_families, input = "zeros"), function(case) {
  solvers <- c("mm", "cd", "lbfgs", "em"[case$structure == "traditional" && case$family == "Po"])
  for (solver in solvers) for (kind in c("missing", "weighted")) for (seed in 1:3) {
    forms <- both_forms(case, kind, seed)
    n <- if (solver == "lbfgs") 8 else 40
    dense <- sweep_form(forms$dense, case, solver, n)
    sparse <- sweep_form(forms$sparse, case, solver, n)
    expect_equal(sparse$trace$objective, dense$trace$objective, tolerance = 1e-10)
    counts <- forms$dense$weights > 0
    expect_close((sparse$W %*% sparse$H)[counts], (dense$W %*% dense$H)[counts], 1e-10)
  }
})

as_sparse_with_gaps <- function(V) methods::as(V, "CsparseMatrix")

# Counts of few rows and many components: the means of missing cells run away.
runaway <- function(seed) {
  V <- withr::with_seed(seed, {
    V <- matrix(rpois(88, rgamma(88, 0.6, 0.01)) * rbinom(88, 1, 0.55), 8) + 0
    V[sample(88, 3)] <- NA
    V
  })
  if (any(rowSums(V, na.rm = TRUE) == 0) || any(colSums(V, na.rm = TRUE) == 0)) return(runaway(seed + 1000))
  V
}

test_law("means of missing cells that run away leave the others alone", {
  for (notation in c("T/Po/4", "T/N/4", "C/Po/4", "C/N/4", "T/NB2/4", "T/TW1.5/4")) for (seed in 1:5) {
    V <- runaway(seed)
    fit <- function(V) without_advice(nmf(V, notation, n_starts = 3, seed = seed, max_iter = 300, verbose = FALSE))
    dense <- fit(V)
    sparse <- fit(as_sparse_with_gaps(V))
    expect_equal(sparse$objective, dense$objective, tolerance = 1e-6)
    expect_gte(sparse$deviance, 0)
    expect_true(is.finite(sparse$kkt))
  }
})

test_law("the pass says the same of runaway means, to the last digits", {
  V <- runaway(2)
  gap <- which(is.na(V), arr.ind = TRUE)[1, ]
  filled <- V
  filled[is.na(V)] <- 3
  weights <- 1 - is.na(V)
  stored <- which(filled != 0)
  X <- Matrix::sparseMatrix(i = row_of(stored, 8), x = filled[stored], dims = dim(V),
                            p = c(0, cumsum(tabulate(column_of(stored, 8), 11))))
  # A component of its own for the row and the column of a gap, with 0 elsewhere: its mean is 1e24 there alone.
  W <- withr::with_seed(3, matrix(runif(8 * 4, 1, 9), 8))
  H <- withr::with_seed(4, matrix(runif(4 * 11, 1, 9), 4))
  W[, 4] <- 0
  H[4, ] <- 0
  W[gap[1], 4] <- 1e12
  H[4, gap[2]] <- 1e12
  for (family in list(nmf_normal(), nmf_poisson(), nmf_tweedie(1.5), nmf_negbin(45))) {
    for (solver in c("mm", "cd")) for (n in 0:1) {
      at <- function(data) {
        fit_cpp(data, core_family(family, 8), "T", list(W, H), list(nothing, nothing, NULL),
                list(name = solver, extrapolate = FALSE, inner = 1L), n, 0, 0, Inf, 1L, FALSE)
      }
      dense <- at(list(values = filled, weights = weights))
      sparse <- at(list(values = X, weights = weights[stored]))
      expect_equal(sparse$trace$objective, dense$trace$objective, tolerance = 1e-12)
      expect_equal(sparse$trace$kkt, dense$trace$kkt, tolerance = 1e-10)
      expect_close(sparse$W[, 1:3], dense$W[, 1:3], 1e-12)
      expect_close(sparse$H[1:3, ], dense$H[1:3, ], 1e-12)
    }
  }
})

test_law("means of rows and columns are those of the dense data, and keep what stands in for missing cells in reach", {
  for (seed in 1:10) {
    V <- runaway(seed)
    dense <- read_source(V)
    sparse <- read_source(as_sparse_with_gaps(V))
    level <- independent_means(dense)
    row <- c(row(V))
    column <- c(col(V))
    expect_close(independent_means(sparse)(row, column), level(row, column), 1e-10)
    completed <- function(data) {
      settings <- fit_settings(n_starts = 2, solver = "auto", seed = seed, max_iter = 200, verbose = FALSE)
      problem <- without_advice(complete_data(new_problem(data, nmf_model("C/Po/4")), settings))
      as.matrix(problem$data$values)[is.na(V)]
    }
    bounds <- level(row, column)[is.na(V)]
    filled <- completed(dense)
    expect_true(all(filled <= 30 * bounds & filled >= bounds / 30))
    expect_equal(completed(sparse), filled, tolerance = 1e-6)
  }
})

test_law("a missing cell says nothing, however large its mean becomes", {
  V <- matrix(0, 8, 4)
  V[cbind(c(3, 7), 2:3)] <- 2
  V[cbind(c(4, 7, 8, 2, 6, 1, 2, 3, 7), rep(1:4, c(1, 2, 2, 4)))] <- NA
  fit <- function(V, model) without_advice(nmf(V, model, n_starts = 1, seed = 1, max_iter = 300, verbose = FALSE))
  for (model in c("C/N/2", "T/N/2")) {                   # no number holds the square of a mean of T
    dense <- fit(V, model)
    sparse <- fit(Matrix::Matrix(V, sparse = TRUE), model)
    expect_equal(dense$objective, sparse$objective, tolerance = 1e-6, label = model)
    expect_true(all(is.finite(fitted(dense))), label = model)
  }
})

test_that("an objective that is no number is refused in words", {
  old <- getFromNamespace("last", "nmfamily")
  on.exit(utils::assignInNamespace("last", old, "nmfamily"))
  utils::assignInNamespace("last", function(x) NaN, "nmfamily")
  expect_error(nmf(liver, "T/N/2", n_starts = 1, seed = 1, max_iter = 2, verbose = FALSE), "grow without end",
               class = "nmf_error_data")
})
