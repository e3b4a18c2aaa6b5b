# Missing cells, weights and offsets. The oracle of a weighted model is that of the plain one with its parts weighted.

weighted_reference <- function(family, omega, offset = 1) {
  plain <- family
  family$num <- function(v, mu) omega * offset * plain$num(v, offset * mu)
  family$den <- function(v, mu) omega * offset * plain$den(v, offset * mu)
  family$half_deviance <- function(v, mu) omega * plain$half_deviance(v, offset * mu)
  family
}

some_weights <- function(case) {
  withr::with_seed(5, matrix(sample(c(0.5, 1, 2, 3), length(case$dense), TRUE), nrow(case$dense)))
}
some_missing <- function(case) {
  hidden <- withr::with_seed(6, matrix(runif(length(case$dense)) < 0.2, nrow(case$dense)))
  hidden[cbind(seq_len(N), rep_len(seq_len(M), N))] <- FALSE
  hidden
}
cases <- registry(input = c("dense", "sparse"))

for_each_case("a weighted sweep is the oracle's", cases, function(case) {
  omega <- some_weights(case)
  fit <- sweeps(case$V, case_model(case), case$init, 3, cell_weights = omega)
  family <- weighted_reference(case$reference, omega)
  oracle <- reference_run(case$dense, case$init, family, 3)
  # Three sweeps of rounding.
  expect_close(fitted(fit), oracle$mu, 1e-10)
  expect_close(fit$trace$objective, oracle$objective, 1e-10, scale = oracle$objective[1])
})

for_each_case("a sweep with offsets is the oracle's", registry(structure = "traditional", input = c("dense", "sparse")),
              function(case) {
  offset <- some_weights(case) + 0.25
  fit <- sweeps(case$V, case_model(case), case$init, 3, offset = offset)
  oracle <- reference_run(case$dense, case$init, weighted_reference(case$reference, 1, offset), 3)
  expect_close(fitted(fit), offset * oracle$mu, 1e-10)
  expect_close(fit$trace$objective, oracle$objective, 1e-10, scale = oracle$objective[1])
})

for_each_case("a missing cell is one of weight 0, whatever stands there", cases, function(case) {
  hidden <- some_missing(case)
  V <- case$V
  V[hidden] <- NA
  missing <- fit_case(modifyList(case, list(V = V)), max_iter = 60)
  other <- case$dense
  other[hidden] <- 7 * max(other)
  as_input <- if (case$input == "sparse") as_sparse else identity
  weighted <- fit_case(modifyList(case, list(V = as_input(other))), cell_weights = 1 - hidden, max_iter = 60)
  for (part in c("W", "H", "objective", "logLik", "nobs", "kkt", "missing")) {
    expect_identical(missing[[part]], weighted[[part]], label = part)
  }
  expect_identical(missing$nobs, prod(dim(hidden)) - sum(hidden))
  expect_identical(fit_case(modifyList(case, list(V = V)), max_iter = 60, threads = 1)$W, missing$W)
  mu <- fitted(missing)
  seen <- !hidden
  expect_equal(missing$objective, sum(case$reference$half_deviance(case$dense, mu)[seen]), tolerance = 1e-10)
})

for_each_case("dense and sparse data with missing cells have the same fit", registry(input = "sparse"), function(case) {
  V <- case$V
  V[some_missing(case)] <- NA
  sparse <- fit_case(modifyList(case, list(V = V)), max_iter = 30, n_starts = 1)
  dense <- fit_case(modifyList(case, list(V = as.matrix(V))), max_iter = 30, n_starts = 1)
  expect_close(fitted(sparse), fitted(dense), 1e-10)
  expect_equal(sparse$logLik, dense$logLik, tolerance = 1e-10)
})

for_each_case("weighted fits are stationary", registry(input = c("dense", "sparse")), function(case) {
  omega <- some_weights(case) * !some_missing(case)
  for (solver in c("cd", "lbfgs")) {
    fit <- fit_case(case, cell_weights = omega, solver = solver, n_starts = 1, max_iter = 5000)
    if (fit$converged) expect_lte(fit$kkt, 1e-6)
    expect_monotone(fit, max(omega) * scale_of(case))
  }
})

test_that("a weight of 2 is a row that was seen twice", {
  V <- random_data(3)
  twice <- nmf(V, "T/Po/2", cell_weights = matrix(rep(c(2, rep(1, N - 1)), M), N), seed = 1, n_starts = 4)
  double <- nmf(V[c(1, seq_len(N)), ], "T/Po/2", seed = 1, n_starts = 4)
  expect_equal(twice$deviance, double$deviance, tolerance = 1e-8)
})

test_that("an offset for each feature moves the features alone", {
  opportunity <- seq(0.5, 4, length.out = ncol(brca21))
  plain <- nmf(brca21, "T/Po/2", seed = 1, n_starts = 2)
  with_offset <- nmf(brca21, "T/Po/2", offset = opportunity, seed = 1, n_starts = 2)
  # Two runs to the tolerance of a fit.
  expect_equal(with_offset$deviance, plain$deviance, tolerance = 1e-8)
  expect_close(fitted(with_offset), fitted(plain), 1e-4)
  expect_equal(predict(with_offset, brca21[1:2, ]), with_offset$W[1:2, ], tolerance = 1e-4)
})

test_that("likelihood and alpha are those of the cells that count", {
  V <- random_data(4)
  hidden <- withr::with_seed(1, matrix(runif(length(V)) < 0.2, N))
  V[hidden] <- NA
  fit <- without_advice(nmf(V, "T/NB/2", seed = 1, n_starts = 2))
  v <- V[!hidden]
  mu <- fitted(fit)[!hidden]
  expect_equal(fit$logLik, sum(dnbinom(v, size = fit$model$family$alpha, mu = mu, log = TRUE)), tolerance = 1e-10)
  poisson <- nmf(V, "T/Po/2", seed = 1, n_starts = 2)
  expect_equal(estimate_alpha(V, poisson), reference_alpha(v, fitted(poisson)[!hidden]), tolerance = 1e-5)
  normal <- nmf(V, "T/N/2", seed = 1, n_starts = 2)
  expect_equal(normal$sigma2 * share_left(normal), mean((v - fitted(normal)[!hidden])^2), tolerance = 1e-10)
})

test_that("new observations with missing cells are those without these features", {
  fit <- nmf(brca21, "T/Po/3", seed = 1, n_starts = 2)
  new <- brca21[1:3, ] + 0
  new[, 5:20] <- NA
  expect_equal(predict(fit, new), suppressMessages(predict(fit, brca21[1:3, -(5:20)])), tolerance = 1e-5)
  new[2, ] <- NA
  expect_identical(unname(is.na(predict(fit, new)[, 1])), c(FALSE, TRUE, FALSE))
})

test_that("what reads a fit knows its missing cells", {
  V <- brca21 + 0
  V[cbind(1:10, 11:20)] <- NA
  fit <- nmf(V, "T/Po/3", seed = 1, n_starts = 2)
  expect_identical(is.na(residuals(fit, type = "quantile")), is.na(V))
  expect_identical(sum(is.na(augment(fit)$.resid)), 10L)
  expect_identical(sum(check_model(fit, n_runs = 3, seed = 1, max_iter = 5)$bins$cells), length(V) - 10)
  expect_output(print(fit), "10 cells missing")
  again <- nmf(V, "T/Po/3", init = nmf(V, "T/Po/3", seed = 1, n_starts = 1, max_iter = 30) |> without_advice())
  expect_identical(again$W, nmf(V, "T/Po/3", seed = 1, n_starts = 1)$W)
  consensus <- find_consensus(V, "T/Po/3", n_runs = 3, seed = 1)
  expect_identical(consensus$fit$nobs, fit$nobs)
  known <- refit(V, fit$H, "Po")
  expect_equal(known$deviance, fit$deviance, tolerance = 1e-6)
})

test_that("means of missing cells are found without bias", {
  for (family in c("N", "Po", "TW1.5", "NB20")) {
    mu <- withr::with_seed(1, matrix(rgamma(180, 1, 1 / 40), 60) %*% matrix(rgamma(120, 1), 3))
    model <- nmf_model(paste0("T/", family, "/3"))
    sigma2 <- switch(family, N = 100, TW1.5 = 0.5, 1)
    V <- withr::with_seed(2, matrix(pmax(model$family$random(as.vector(mu), sigma2), 0), 60))
    hidden <- withr::with_seed(3, matrix(runif(2400) < 0.3, 60))
    V[hidden] <- NA
    fit <- nmf(V, model, seed = 1, n_starts = 3)
    expect_lt(abs(sum(fitted(fit)[hidden]) / sum(mu[hidden]) - 1), 0.02, label = family)
  }
})

test_that("weights and offsets are checked", {
  V <- random_data(3)
  expect_error(nmf(V, "T/Po/2", cell_weights = V[-1, ]), class = "nmf_error_data", regexp = "weights")
  expect_error(nmf(V, "T/Po/2", cell_weights = -V), class = "nmf_error_data", regexp = "weights")
  expect_error(nmf(V, "T/Po/2", offset = 1:3), class = "nmf_error_data", regexp = "offset")
  expect_error(nmf(V + 1, "T/Po/2", offset = 0 * V), class = "nmf_error_data", regexp = "offset")
  expect_error(nmf(V, "C/Po/2", offset = V + 1), class = "nmf_error_model", regexp = "offset")
  lost <- V
  lost[3, ] <- NA
  expect_error(nmf(lost, "T/Po/2"), class = "nmf_error_data", regexp = "observation 3")
  lost <- V
  lost[, 2] <- NA
  expect_error(nmf(as_sparse(V) + 0 * V * lost, "T/Po/2"), class = "nmf_error_data", regexp = "feature 2")
})
