# Leverages against regressions of stats and against the means' own derivatives.

V <- withr::with_seed(1, {
  mu <- matrix(rgamma(30 * 2, 1), 30) %*% matrix(rgamma(2 * 20, 1), 2)
  matrix(rpois(600, 20 * mu / mean(mu)), 30)
})
fit_of <- function(model, ...) without_advice(nmf(V, model, rank = 2, n_starts = 2, seed = 1, verbose = FALSE, ...))
poisson <- fit_of("T/Po")

test_that("leverages are those of the two regressions, less the scales", {
  for (fit in list(poisson, fit_of("T/N"), fit_of("T/NB5"), fit_of("T/TW1.5"))) {
    mu <- fitted(fit)
    omega <- 1 / matrix(fit$model$family$variance(as.vector(mu), 1), 30)
    h <- matrix(0, 30, 20)
    for (i in 1:30) {
      free <- fit$W[i, ] > 1e-4 * sum(fit$W[i, ])
      h[i, ] <- hatvalues(lm(V[i, ] ~ 0 + t(fit$H)[, free, drop = FALSE], weights = omega[i, ]))
    }
    for (j in 1:20) {
      free <- fit$H[, j] > 1e-4 * sum(fit$H[, j])
      h[, j] <- h[, j] + hatvalues(lm(V[, j] ~ 0 + fit$W[, free, drop = FALSE], weights = omega[, j]))
    }
    expect_equal(leverages(fit), h * (1 - 2 / sum(h)), tolerance = 1e-6, ignore_attr = TRUE)
  }
})

test_that("leverages are close to those of all parameters at once", {
  # The Jacobian of the means in W and H has K scales and, where nothing is at zero, K (K - 1) mixtures too many.
  jacobian <- cbind(kronecker(t(poisson$H), diag(30)), kronecker(diag(20), poisson$W))
  free <- c(poisson$W, poisson$H) > 1e-4 * c(rep(rowSums(poisson$W), 2), rep(colSums(poisson$H), each = 2))
  whole <- hat(jacobian[, free] / sqrt(as.vector(fitted(poisson))), intercept = FALSE)
  h <- as.vector(leverages(poisson))
  expect_gt(cor(h, whole), 0.98)
  expect_lt(abs(sum(h) - sum(whole)), 2 * 1 + 1e-6)
})

test_that("what is not fitted to a cell has no leverage in it", {
  gaps <- replace(V, c(3, 50, 71), NA)
  fit <- without_advice(nmf(gaps, "T/Po/2", n_starts = 2, seed = 1, verbose = FALSE))
  expect_lt(max(leverages(fit)[c(3, 50, 71)]), 1e-12)
  held <- nmf(V, "T/Po/2", init = poisson, update = list(H = FALSE), verbose = FALSE)
  expect_equal(sum(leverages(held)), sum(held$W > 1e-4 * rowSums(held$W)))
  convex <- without_advice(nmf(V, "C/Po/2", n_starts = 2, seed = 1, verbose = FALSE))
  expect_true(all(leverages(convex) >= 0) && sum(leverages(convex)) <= 2 * 50 - 2)
})
