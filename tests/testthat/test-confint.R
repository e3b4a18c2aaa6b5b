# Intervals of alpha and of the Tweedie power.

adjusted <- nmf_control(alpha_update = "adjusted")
negbin <- nmf(brca21, "T/NB/2", n_starts = 2, seed = 1, verbose = FALSE, control = nmf_control(alpha_update = "joint"))

test_that("at both ends the likelihood at the fitted means has fallen by half a chi-squared quantile", {
  log_likelihood <- function(alpha) sum(dnbinom(brca21, size = alpha, mu = fitted(negbin), log = TRUE))
  peak <- optimize(function(a) log_likelihood(exp(a)), log(c(5, 500)), maximum = TRUE, tol = 1e-10)$objective
  for (level in c(0.5, 0.95, 0.999)) {
    ends <- confint(negbin, level = level)
    # Simpson's rule and a secant on the root of the fall: 1% of it.
    for (end in ends) expect_equal(peak - log_likelihood(end), qchisq(level, 1) / 2, tolerance = 0.01)
    expect_lt(ends[1], negbin$model$family$alpha)
    expect_gt(ends[2], negbin$model$family$alpha)
  }
  expect_identical(dimnames(confint(negbin)), list("alpha", c("2.5 %", "97.5 %")))
})

test_that("the profile over refitted factors has about the same interval", {
  for (fit in list(negbin, nmf(brca21, "T/NB/2", n_starts = 2, seed = 1, verbose = FALSE))) {
    profile <- profile_alpha(brca21, "T/NB/2", n_starts = 2, seed = 1, verbose = FALSE, control = fit$control)
    # Means that follow alpha widen it a little, by the share of the parameters in the data: 230 in 2016.
    expect_close(log(confint(fit)), log(rbind(profile$interval)), 0.15 * diff(log(profile$interval)), scale = 1)
  }
})

test_that("the adjusted interval integrates the adjusted score", {
  fit <- nmf(brca21, "T/NB/2", n_starts = 2, seed = 1, verbose = FALSE, control = adjusted)
  ends <- confint(fit)
  expect_identical(confint(fit, adjust = TRUE), ends)
  expect_true(all(ends < confint(fit, adjust = FALSE)))
  mu <- fitted(fit)
  slope_at <- function(log_alpha) {
    a <- exp(log_alpha)
    at <- fit
    at$model$family <- nmf_negbin(a)
    a * (sum(digamma(brca21 + a) - digamma(a) - (brca21 + a) / (a + mu) - log1p(mu / a) + 1) -
           sum(hatvalues(at) * mu / (2 * a * (a + mu))))
  }
  slope <- function(log_alpha) vapply(log_alpha, slope_at, 0)
  from <- log(estimate_alpha(brca21, fit, adjust = TRUE))
  for (end in log(ends)) {
    expect_equal(-integrate(slope, from, end, rel.tol = 1e-6)$value, qchisq(0.95, 1) / 2, tolerance = 0.01)
  }
})

test_law("each observation has its own interval, open where it may be Poisson", {
  once <- nmf_control(alpha_update = "once")
  fit <- suppressMessages(nmf(brca21, "T/NBobs/2", n_starts = 2, seed = 1, verbose = FALSE, control = once))
  ends <- confint(fit)
  expect_identical(rownames(ends)[1:2], paste0("alpha[", rownames(brca21)[1:2], "]"))
  mu <- fitted(fit)
  for (i in seq_len(nrow(brca21))) {
    log_likelihood <- function(alpha) {
      sum(if (is.finite(alpha)) dnbinom(brca21[i, ], size = alpha, mu = mu[i, ], log = TRUE) else
        dpois(brca21[i, ], mu[i, ], log = TRUE))
    }
    best <- optimize(function(a) log_likelihood(exp(a)), c(-1, 12), maximum = TRUE, tol = 1e-10)$objective
    peak <- max(best, log_likelihood(Inf))
    expect_equal(peak - log_likelihood(ends[i, 1]), qchisq(0.95, 1) / 2, tolerance = 0.02)
    if (is.finite(ends[i, 2])) {
      expect_equal(peak - log_likelihood(ends[i, 2]), qchisq(0.95, 1) / 2, tolerance = 0.02)
    } else {
      expect_lt(peak - log_likelihood(Inf), qchisq(0.95, 1) / 2 * 1.02)
    }
  }
  expect_gt(sum(is.infinite(ends[, 2])), 0)
})

test_that("the interval of the power is that of its profile", {
  plain <- nmf_control(adjust = FALSE)
  fit <- nmf(brca21, "T/TW/2", n_starts = 2, seed = 1, verbose = FALSE, control = plain)
  profile <- profile_power(brca21, "T/TW/2", n_starts = 2, seed = 1, verbose = FALSE, control = plain)
  # Both solve for the ends to 2% of the root of the fall.
  expect_close(confint(fit, "power", adjust = FALSE), rbind(profile$interval), 0.05 * diff(profile$interval), scale = 1)
  wide <- confint(fit, level = 0.999, adjust = FALSE)
  expect_identical(colnames(wide), c("0.05 %", "99.95 %"))
  expect_true(wide[1] < profile$interval[1] && wide[2] > profile$interval[2])
  fit <- nmf(brca21, "T/TW/2", n_starts = 2, seed = 1, verbose = FALSE)
  profile <- profile_power(brca21, "T/TW/2", n_starts = 2, seed = 1, verbose = FALSE)
  expect_close(confint(fit, "power"), rbind(profile$interval), 0.05 * diff(profile$interval), scale = 1)
})

test_that("at the ends of the adjusted interval the adjusted likelihood has fallen", {
  V <- withr::with_seed(3, {
    mu <- outer(rgamma(30, 3), rgamma(20, 3))
    matrix(mgcv::rTweedie(as.vector(10 * mu / mean(mu)), p = 1.4, phi = 1), 30)
  })
  fit <- nmf(V, "T/TW/1", n_starts = 1, seed = 1, verbose = FALSE)
  ends <- confint(fit)
  D <- 30 + 20 - 1
  # In plain R, from the determinant of the information of W and all of H but its first entry.
  adjusted_at <- function(p) {
    at <- nmf(V, paste0("T/TW", format(p, digits = 15), "/1"), init = fit, verbose = FALSE)
    sigma2 <- at$sigma2
    expect_equal(sigma2, sum((V - fitted(at))^2 / fitted(at)^p) / (600 - D), tolerance = 1e-8)
    jacobian <- cbind(kronecker(t(at$H), diag(30)), kronecker(diag(20), at$W))[, -31]
    information <- crossprod(jacobian / as.vector(sqrt(sigma2 * fitted(at)^p)))
    reference_loglik(V, fitted(at), reference_family("tweedie", p), sigma2) - determinant(information)$modulus / 2
  }
  peak <- optimize(adjusted_at, c(ends), maximum = TRUE, tol = 1e-3)
  for (end in ends) {
    # The means move with the power, which moves the determinant too: 15% of the fall allows for it.
    expect_equal(c(peak$objective - adjusted_at(end)), qchisq(0.95, 1) / 2, tolerance = 0.15, ignore_attr = TRUE)
  }
  expect_gt(mean(ends), mean(confint(fit, adjust = FALSE)))
})

test_that("missing cells, weights and the orientation are those of the fit", {
  V <- brca21
  V[1:5, 3] <- NA
  fit <- nmf(V, "T/NB/2", n_starts = 1, seed = 1, verbose = FALSE, control = adjusted)
  turned <- t(V)
  same <- nmf(turned, "T/NB/2", obs = "columns", n_starts = 1, seed = 1, verbose = FALSE, control = adjusted)
  expect_equal(confint(same), confint(fit), tolerance = 1e-6)
  omega <- array(2, dim(brca21))
  weighted <- nmf(brca21, "T/NB/2", cell_weights = omega, n_starts = 1, seed = 1, verbose = FALSE)
  plain <- nmf(brca21, "T/NB/2", n_starts = 1, seed = 1, verbose = FALSE)
  # Twice the information: on the log scale the interval is shorter by the root of 2.
  expect_equal(diff(log(confint(plain)[1, ])) / diff(log(confint(weighted)[1, ])), sqrt(2), tolerance = 0.02,
               ignore_attr = TRUE)
})

test_that("what has no interval is refused", {
  poisson <- nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  given <- nmf(brca21, "T/NB40/2", n_starts = 1, seed = 1, verbose = FALSE)
  expect_error(confint(poisson, "alpha"), class = "nmf_error_model")
  expect_error(confint(given, "alpha"), class = "nmf_error_model")
  for (fit in list(poisson, given)) expect_identical(nrow(confint(fit, method = "wald")), 2L * ncol(brca21))
  expect_error(confint(negbin, "power"), class = "nmf_error_model")
  expect_error(confint(negbin, "beta"), class = "nmf_error_argument")
  for (level in list(0, 1, NA, "a", c(0.9, 0.95))) {
    expect_error(confint(negbin, level = level), class = "nmf_error_argument")
  }
  expect_error(confint(negbin, adjust = NA), class = "nmf_error_argument")
  expect_error(confint(negbin, method = "wald"), "profile", class = "nmf_error_argument")
  expect_error(confint(negbin, relative = TRUE), "weights", class = "nmf_error_argument")
  expect_error(confint(negbin, V = brca21[-1, ]), class = "nmf_error_data")
})
