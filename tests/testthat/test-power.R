# Profiles of the Tweedie power and of alpha.

# Tweedie data of rank 2 with power p, dispersion sigma2 and the same mean on the whole.
tweedie_data <- function(seed, p, sigma2, n = 80, m = 40, size = 10) {
  withr::with_seed(seed, {
    mu <- matrix(rgamma(n * 2, 2), n) %*% matrix(rgamma(2 * m, 2), 2)
    mu <- size * mu / mean(mu)
    V <- if (p < 2) mgcv::rTweedie(as.vector(mu), p = p, phi = sigma2) else
      statmod::rinvgauss(length(mu), mean = as.vector(mu), dispersion = sigma2)
    matrix(V, n)
  })
}

quick_power <- function(V, ..., adjust = FALSE) {
  profile_power(V, "T/TW/2", n_starts = 2, seed = 1, verbose = FALSE, ..., control = nmf_control(adjust = adjust))
}
joint <- nmf_control(alpha_update = "joint")

# The log-likelihood of a fresh fit at one parameter, from the profile's best factors.
refit_at <- function(V, notation, from) {
  nmf(V, notation, init = from[c("W", "H")], seed = 1, verbose = FALSE, control = from$control)$logLik
}

mu_of <- function(fit) fit$W %*% fit$H

profile <- quick_power(brca21)

test_that("the table is sorted, whole and one with the fits", {
  table <- profile$table
  expect_named(table, c("power", "sigma2", "deviance", "logLik", "converged"))
  expect_false(is.unsorted(table$power, strictly = TRUE))
  grid <- c(0, 1, 1.02, 1.05, seq(1.1, 1.9, by = 0.1))
  # Refined powers come on top of the grid.
  expect_true(all(vapply(grid, function(p) any(abs(table$power - p) < 1e-12), NA)))
  expect_gt(nrow(table), length(grid))
  expect_named(fits(profile), as.character(signif(table$power, 6)))
  of <- function(name) vapply(profile$fits, function(fit) fit[[name]], table[[name]][1], USE.NAMES = FALSE)
  for (name in c("sigma2", "deviance", "logLik", "converged")) expect_identical(of(name), table[[name]])
  expect_true(all(table$converged))
  expect_identical(table$sigma2[table$power == 1], 1)
})

test_that("each row of the table is the fit of its model", {
  table <- profile$table
  for (i in match(c(1, 1.5), table$power)) {
    notation <- paste0("T/TW", table$power[i], "/2")
    fit <- nmf(brca21, notation, n_starts = 2, seed = 1, verbose = FALSE, control = nmf_control(adjust = FALSE))
    # One optimum, reached from a neighbour and from random starts: to rel_tol = 1e-8 in the objective.
    expect_equal(table$deviance[i], fit$deviance, tolerance = 1e-6)
    expect_equal(table$sigma2[i], fit$sigma2, tolerance = 1e-4)
    mu <- mu_of(profile$fits[[i]])
    reference <- if (table$power[i] == 1) reference_family("poisson") else reference_family("tweedie", table$power[i])
    # The oracle sums the compound Poisson series; mgcv's series is cut at a relative 1e-7 or so.
    expect_equal(table$logLik[i], reference_loglik(brca21, mu, reference, table$sigma2[i]), tolerance = 1e-6)
  }
})

test_that("the estimate is the maximum of the smooth branch", {
  smooth <- profile$table[profile$table$power > 1, ]
  expect_identical(profile$estimate, smooth$power[which.max(smooth$logLik)])
  expect_identical(profile$logLik, max(smooth$logLik))
  expect_identical(profile$best$logLik, profile$logLik)
  expect_identical(profile$best$model$family$power, profile$estimate)
  expect_identical(profile$model$family$power, profile$estimate)
  expect_identical(profile$model$family$source, "profile likelihood")
  # On either side of it there is nothing higher: refine_maximum() ends when the likelihood gains less than 0.02.
  for (step in c(-0.02, -0.01, 0.01, 0.02)) {
    nearby <- refit_at(brca21, paste0("T/TW", format(profile$estimate + step, digits = 15), "/2"), profile$best)
    expect_lt(nearby, profile$logLik + 0.02)
  }
})

test_that("at the ends of the interval the likelihood has fallen by 3.84 / 2", {
  expect_lt(profile$interval[1], profile$estimate)
  expect_gt(profile$interval[2], profile$estimate)
  for (end in profile$interval) {
    there <- refit_at(brca21, paste0("T/TW", format(end, digits = 15), "/2"), profile$best)
    # The end is solved for to 2% on the scale of the root of the drop: 4% of 3.84, and as much for the last secant.
    expect_equal(2 * (profile$logLik - there), qchisq(0.95, 1), tolerance = 0.08)
  }
})

test_that("a given grid is honoured", {
  grid <- c(1.6, 1.2, 1.4, 1.2)
  plain <- quick_power(brca21, powers = grid, refine = FALSE)
  expect_identical(plain$table$power, c(1.2, 1.4, 1.6))
  expect_identical(plain$estimate, 1.4)
  expect_identical(plain$interval, c(NA_real_, NA_real_), ignore_attr = TRUE)
  refined <- quick_power(brca21, powers = grid)
  expect_true(all(c(1.2, 1.4, 1.6) %in% refined$table$power))
  # Other powers lead to the same maximum; the likelihood is flat there: 0.02 in it is 0.005 in the power.
  expect_equal(refined$estimate, profile$estimate, tolerance = 0.005)
  expect_equal(refined$logLik, profile$logLik, tolerance = 0.03 / abs(profile$logLik))
})

test_that("one power is a profile too, and 0 and 1 alone are not estimates of the smooth branch", {
  one <- quick_power(brca21, powers = 1.5, refine = FALSE)
  expect_identical(one$estimate, 1.5)
  expect_identical(one$table$power, 1.5)
  special <- quick_power(brca21, powers = c(0, 1), refine = FALSE)
  expect_identical(special$table$power, c(0, 1))
  expect_identical(format(special$fits[[1]]$model), "NMF/T/N/2")
  expect_identical(format(special$fits[[2]]$model), "NMF/T/Po/2")
})

test_that("nmf() of an open power is the profile's maximum", {
  fit <- nmf(brca21, "T/TW/2", n_starts = 2, seed = 1, verbose = FALSE, control = nmf_control(adjust = FALSE))
  # nmf() ends the fits of its grid early, so the two maxima differ by what is flat: 0.05 in the likelihood.
  expect_equal(fit$model$family$power, profile$estimate, tolerance = 0.01)
  expect_lt(abs(fit$logLik - profile$logLik), 0.05)
  expect_true(fit$converged)
  expect_identical(fit$model$family$source, "profile likelihood")
  expect_identical(fit$df[["paper"]], 21 * 2 + 96 * 1 + 1)
  expect_identical(fit$df[["identifiable"]], 21 * 2 + 95 * 2 + 2)
  given <- nmf(brca21, "T/TW1.4/2", n_starts = 2, seed = 1, verbose = FALSE)
  expect_identical(given$df[["identifiable"]], 21 * 2 + 95 * 2 + 1)
})

test_that("a convex model has a profile", {
  convex <- profile_power(brca21, "C/TW/2", powers = c(1.2, 1.4, 1.6), n_starts = 2, seed = 1, verbose = FALSE)
  expect_identical(convex$model$structure, "convex")
  # Features that must be combinations of the observations fit no better.
  deviance_at_middle <- function(profile) profile$table$deviance[abs(profile$table$power - 1.4) < 1e-12]
  expect_gt(deviance_at_middle(convex), deviance_at_middle(profile))
})

test_that("the fits of a profile are fits like others", {
  best <- profile$best
  expect_identical(dim(fitted(best)), dim(brca21))
  expect_equal(sum(residuals(best, brca21, type = "deviance")^2), best$deviance, tolerance = 1e-9)
  expect_identical(nrow(glance(best)), 1L)
  expect_identical(dim(simulate(best, seed = 1)[[1]]), dim(brca21))
  expect_no_match(paste(capture.output(print(best)), collapse = "\n"), "NULL")
  turned <- profile_power(unname(t(brca21)), "T/TW/2", powers = 1.4, refine = FALSE, obs = "columns", n_starts = 2,
                          seed = 1, verbose = FALSE)
  expect_identical(dim(fitted(turned$best)), c(96L, 21L))
})

test_law("the dispersion is estimated as asked", {
  V <- tweedie_data(31, 1.5, 1, size = 3)
  loglik <- function(fit, sigma2) reference_loglik(V, mu_of(fit), reference_family("tweedie", 1.5), sigma2)
  at <- function(...) quick_power(V, powers = 1.5, refine = FALSE, ...)
  pearson <- at(dispersion = "pearson")
  expect_identical(pearson$dispersion, "pearson")
  expect_equal(pearson$best$sigma2, pearson_dispersion(V, mu_of(pearson$best), 1.5), tolerance = 1e-8)
  ml <- at(dispersion = "ml")
  expect_identical(ml$dispersion, "ml")
  # A maximum by golden section to 1e-6 in log(sigma2): nothing is higher beyond the rounding of the likelihood.
  for (factor in c(0.9, 0.99, 1.01, 1.1)) expect_lt(loglik(ml$best, ml$best$sigma2 * factor), ml$logLik)
  expect_gte(ml$logLik, pearson$logLik)
  expect_identical(profile_power(V, "T/TW/2", powers = 1.5, refine = FALSE, n_starts = 2, seed = 1, verbose = FALSE,
                                 control = nmf_control(dispersion = "ml"))$dispersion, "ml")
  # the means have taken up 80 x 2 + 40 x 2 - 4 degrees of freedom
  freed <- at(dispersion = "pearson", adjust = TRUE)$best
  expect_equal(freed$sigma2, pearson$best$sigma2 * 3200 / (3200 - directions_of(freed)), tolerance = 1e-8)
  expect_lte(directions_of(freed), 236)
  expect_gt(directions_of(freed), 220)
  freed <- at(dispersion = "ml", adjust = TRUE)$best
  of <- function(factor) loglik(freed, freed$sigma2 * factor) + directions_of(freed) * log(factor) / 2
  for (factor in c(0.9, 0.99, 1.01, 1.1)) expect_lt(of(factor), of(1))
  # "auto" goes by the zeros: 20% of them here, more than half in the thinned data.
  expect_identical(at()$dispersion, "pearson")
  thin <- V
  thin[c(TRUE, FALSE, FALSE), ] <- 0
  thin[c(FALSE, TRUE, FALSE), ] <- 0
  expect_gt(mean(thin == 0), 0.5)
  expect_identical(quick_power(thin, powers = 1.5, refine = FALSE)$dispersion, "ml")
})

test_that("sparse data have the profile of dense data", {
  V <- tweedie_data(32, 1.3, 1, size = 0.3)
  expect_gt(mean(V == 0), 0.5)
  grid <- c(1.2, 1.3, 1.4)
  dense <- quick_power(V, powers = grid, refine = FALSE)
  sparse <- quick_power(as_sparse(V), powers = grid, refine = FALSE)
  # Starts come from sums over V, and line searches amplify their rounding: equal to the tolerance of convergence.
  expect_equal(sparse$table$logLik, dense$table$logLik, tolerance = 1e-6)
  expect_equal(sparse$table$sigma2, dense$table$sigma2, tolerance = 1e-3)
})

test_that("the power of simulated data is recovered", {
  for (p in c(1.2, 1.5, 1.8)) {
    V <- tweedie_data(33, p, 1)
    result <- quick_power(V)
    # The interval covers the truth but for 1 in 20, and these three seeds do not belong to those. The factors use
    # 5% of the degrees of freedom, which shifts sigma2 but hardly p; intervals are about 0.05 wide.
    expect_lt(result$interval[1] - 0.01, p)
    expect_gt(result$interval[2] + 0.01, p)
    expect_lt(diff(result$interval), 0.2)
  }
})

test_that("powers of 2 and more need positive data", {
  expect_gt(sum(brca21 == 0), 0)
  expect_error(quick_power(brca21, powers = c(1.5, 2)), class = "nmf_error_data")
  expect_error(quick_power(as_sparse(brca21), powers = 3), class = "nmf_error_data")
  expect_lt(max(profile$table$power), 2)
})

test_that("positive data may have any power up to 3", {
  skip_if_not_installed("statmod")
  V <- tweedie_data(34, 3, 0.02, n = 40, m = 30)
  result <- quick_power(V)
  expect_identical(max(result$table$power), 3)
  # The truth lies at the end of the range, and the likelihood does not fall enough before it.
  expect_gt(result$estimate, 2.8)
  expect_identical(result$interval[[2]], NA_real_)
  expect_gt(result$logLik, result$table$logLik[result$table$power == 2] + 3.84 / 2)
  gamma <- quick_power(V, powers = c(2, 3), refine = FALSE)
  for (i in 1:2) {
    reference <- reference_family("tweedie", gamma$table$power[i])
    expect_equal(gamma$table$logLik[i], reference_loglik(V, mu_of(gamma$fits[[i]]), reference, gamma$table$sigma2[i]),
                 tolerance = 1e-9)  # closed forms on both sides
  }
})

test_law("powers that have no distribution and other families are refused", {
  for (powers in list(0.5, c(1.2, NA), Inf, "1.5", numeric(), -1)) {
    expect_error(quick_power(brca21, powers = powers), class = "nmf_error_argument")
  }
  expect_error(profile_power(brca21, "T/NB/2"), class = "nmf_error_model")
  expect_error(profile_alpha(brca21, "T/TW/2"), class = "nmf_error_model")
  expect_error(profile_alpha(brca21, "T/Po/2"), class = "nmf_error_model")
  expect_error(quick_power(brca21, refine = NA), class = "nmf_error_argument")
  expect_error(quick_power(brca21, dispersion = "moments"), class = "nmf_error_argument")
  expect_error(quick_power(brca21, n_stars = 3), class = "nmf_error_argument")
  expect_error(profile_power(brca21, "T/TW"), class = "nmf_error_rank")
  for (alphas in list(0, -1, NA, Inf, "3", numeric())) {
    expect_error(profile_alpha(brca21, "T/NB/2", alphas = alphas, verbose = FALSE), class = "nmf_error_argument")
  }
})

alpha_profile <- profile_alpha(brca21, "T/NB/2", n_starts = 2, seed = 1, verbose = FALSE, control = joint)

test_that("the profile of alpha: table, maximum, interval", {
  table <- alpha_profile$table
  expect_s3_class(alpha_profile, "nmf_profile")
  expect_identical(alpha_profile$parameter, "alpha")
  expect_named(table, c("alpha", "sigma2", "deviance", "logLik", "converged"))
  expect_false(is.unsorted(table$alpha, strictly = TRUE))
  expect_true(all(table$sigma2 == 1))
  # exp(log(alpha)) returns alpha to rounding.
  expect_equal(alpha_profile$estimate, table$alpha[which.max(table$logLik)], tolerance = 1e-14)
  expect_identical(alpha_profile$logLik, max(table$logLik))
  for (end in alpha_profile$interval) {
    there <- refit_at(brca21, paste0("T/NB", format(end, digits = 15), "/2"), alpha_profile$best)
    expect_equal(2 * (alpha_profile$logLik - there), qchisq(0.95, 1), tolerance = 0.08)  # as for the power
  }
  i <- which.max(table$logLik)
  expect_equal(table$logLik[i], reference_loglik(brca21, mu_of(alpha_profile$fits[[i]]),
                                                 reference_family("negbin", alpha = table$alpha[i])), tolerance = 1e-10)
})

test_that("the maximum of the profile of alpha is the joint estimate", {
  joint <- nmf(brca21, "T/NB/2", n_starts = 2, seed = 1, verbose = FALSE, control = joint)
  expect_lt(abs(alpha_profile$logLik - joint$logLik), 0.02)  # where refine_maximum() ends
  # 0.02 in the likelihood is a tenth of the half width of the interval.
  expect_lt(abs(alpha_profile$estimate - joint$model$family$alpha), 0.1 * diff(alpha_profile$interval))
})

test_that("given alphas are honoured", {
  plain <- profile_alpha(brca21, "T/NB/2",
    alphas = c(40, 10, 20), refine = FALSE, n_starts = 2, seed = 1, verbose = FALSE, control = joint
  )
  expect_equal(plain$table$alpha, c(10, 20, 40), tolerance = 1e-14)  # through the logarithm
  expect_equal(plain$estimate, 20, tolerance = 1e-14)
  expect_true(all(is.na(plain$interval)))
})

test_that("adjusted profiles are those of the likelihood less half the log-determinant of the information", {
  V <- tweedie_data(35, 1.5, 1, n = 20, m = 15)
  counts <- withr::with_seed(36, matrix(rnbinom(300, size = 5, mu = 20 * outer(runif(20) + 0.5, runif(15) + 0.5)), 20))
  information <- function(fit, variance) {
    jacobian <- cbind(kronecker(t(fit$H), diag(20)), kronecker(diag(15), fit$W))[, -21]  # the scale is free
    c(determinant(crossprod(jacobian / as.vector(sqrt(variance))))$modulus)
  }
  check <- function(profile, variance_of) {
    plain <- vapply(profile$fits, function(fit) fit$logLik - information(fit, variance_of(fit)) / 2, 0)
    there <- profile$table$adjusted
    best <- which.max(there)
    expect_true(any(abs(there - profile$table$logLik) < 1e-9))
    expect_equal(there - there[best], unname(plain - plain[best]), tolerance = 0.02)
  }
  power <- profile_power(V, "T/TW/1", powers = c(1.3, 1.4, 1.5, 1.6, 1.7), n_starts = 1, seed = 1, verbose = FALSE)
  check(power, function(fit) fit$sigma2 * fitted(fit)^fit$model$family$power)
  expect_identical(power$model$family$source, "adjusted profile likelihood")
  alpha <- profile_alpha(counts, "T/NB/1", n_starts = 1, seed = 1, verbose = FALSE)
  check(alpha, function(fit) fitted(fit) + fitted(fit)^2 / fit$model$family$alpha)
  fit <- nmf(counts, "T/NB/1", n_starts = 1, seed = 1, verbose = FALSE)
  expect_lt(abs(alpha$estimate - fit$model$family$alpha), 0.1 * diff(alpha$interval))
  # of powers 0 and 1, off the curve, the table has the plain likelihood alone
  mixed <- profile_power(V, "T/TW/1", powers = c(0, 1, 1.5), refine = FALSE, n_starts = 1, seed = 1, verbose = FALSE)
  expect_identical(is.na(mixed$table$adjusted), c(TRUE, TRUE, FALSE))
})

test_that("a time limit ends a profile with what there is", {
  short <- suppressWarnings(quick_power(brca21, time_limit = 0), classes = "nmf_warning")
  expect_s3_class(short, "nmf_profile")
  expect_gte(nrow(short$table), 1)
  expect_true(all(is.na(short$interval)))
})

test_that("a profile without a peak in its grid has no interval, and an end beyond the grid is not known", {
  profile <- function(f, ...) f(brca21, ..., n_starts = 1, seed = 1, verbose = FALSE)
  expect_identical(profile(profile_alpha, "T/NB/2", alphas = 5)$interval, c(NA_real_, NA_real_))
  expect_identical(profile(profile_alpha, "T/NB/2", alphas = c(3, 5))$interval, c(NA_real_, NA_real_))
  peak <- profile(profile_power, "T/TW/2", powers = c(1.2, 1.46, 1.48))
  expect_identical(is.na(peak$interval), c(FALSE, TRUE))
  expect_output(print(peak), "to beyond the grid")
})
