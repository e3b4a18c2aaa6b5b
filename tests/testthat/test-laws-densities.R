# T8. Deviances, densities, dispersions and parameter counts against R's own.

statmod_family <- function(power) {
  if (power == 2) return(Gamma())
  skip_if_not_installed("statmod")
  statmod::tweedie(var.power = power, link.power = 0)
}

unit_deviance <- function(V, mu, reference) {
  family <- switch(reference$name,
    normal = gaussian(),
    poisson = poisson(),
    tweedie = statmod_family(reference$power),
    negbin = {
      skip_if_not_installed("MASS")
      by_row <- lapply(seq_len(nrow(V)), function(i) {
        theta <- rep_len(reference$alpha, nrow(V))[i]
        MASS::negative.binomial(theta)$dev.resids(V[i, ], mu[i, ], 1)
      })
      return(do.call(rbind, by_row))
    }
  )
  matrix(family$dev.resids(as.vector(V), as.vector(mu), 1), nrow(V))
}

for_each_case("the deviance is the sum of the GLM family's unit deviances",
              registry(input = c("dense", "sparse")), function(case) {
  fit <- run_case(case, 20)
  mu <- fitted(fit)
  cells <- mu > 0  # an empty observation has mu = v = 0, which GLM families refuse
  # statmod and MASS use the textbook forms, which cancel a few digits.
  expect_equal(deviance(fit), sum(unit_deviance(case$dense, mu + !cells, case$reference)[cells]), tolerance = 1e-11)
})

for_each_case("deviance residuals are signed roots of the unit deviances", registry(input = "dense"), function(case) {
  fit <- run_case(case, 20)
  mu <- fitted(fit)
  expected <- sign(case$dense - mu) * sqrt(pmax(0, unit_deviance(case$dense, mu, case$reference)))
  actual <- residuals(fit, V = case$V, type = "deviance")
  # The root of a unit deviance near 0 doubles the lost digits: 1e-15 becomes 3e-8.
  expect_close(actual, expected, 1e-7)
  expect_close(sum(actual^2), deviance(fit), 1e-12)
  expect_close(residuals(fit, V = case$V, type = "raw"), case$dense - mu, 1e-14)
})

test_that("deviance keeps its digits where the textbook forms lose them", {
  case <- registry("TW2", "traditional", "dense")[[1]]
  deviance_of <- function(family) {
    fit <- sweeps(case$V, model_of("traditional", family), case$init, 20)
    list(value = deviance(fit), mu = fitted(fit))
  }
  # The unit deviance moves by O(|p - 1|) v log(v / mu)^2: below 1e-8 here.
  for (h in c(1e-14, 1e-10)) {
    near <- deviance_of(nmf_tweedie(1 + h))
    expect_equal(near$value, sum(poisson()$dev.resids(case$V, near$mu, 1)), tolerance = 1e-8)
    for (p in c(2 - h, 2 + h)) {
      near <- deviance_of(nmf_tweedie(p))
      expect_equal(near$value, sum(Gamma()$dev.resids(case$V, near$mu, 1)), tolerance = 1e-8)
    }
  }
  near <- deviance_of(nmf_tweedie(3))
  inverse_gaussian <- inverse.gaussian()$dev.resids(case$V, near$mu, 1)
  expect_equal(near$value, sum(inverse_gaussian), tolerance = 1e-11)
  counts <- round(case$V) + 1
  for (alpha in c(1e10, 1e14)) {
    fit <- sweeps(counts, model_of("traditional", nmf_negbin(alpha)), case$init, 20)
    # The negative binomial differs from Poisson by O(v / alpha) ~ 1e-8 at most.
    expect_equal(deviance(fit), sum(poisson()$dev.resids(counts, fitted(fit), 1)), tolerance = 1e-7)
  }
})

# Above 2 the package takes the density of a positive stable law from the package tweedie.
skip_without_stable_density <- function(case) {
  if (isTRUE(case$reference$power > 2)) skip_if_not_installed("tweedie")
}

for_each_case("the log-likelihood is the complete one", registry(input = c("dense", "sparse")), function(case) {
  skip_without_stable_density(case)
  # At a start that is poor enough for the Tweedie dispersion to be of order one.
  fit <- run_case(case, 3)
  mu <- fitted(fit)
  cells <- mu > 0  # a cell with mu = v = 0 is certain: log 1 = 0
  reference <- case$reference
  if (length(reference$alpha) > 1) reference$alpha <- matrix(reference$alpha, N, M)[cells]
  sigma2 <- fit$sigma2
  if (reference$name == "normal") cells[] <- TRUE
  expected <- reference_loglik(case$dense[cells], mu[cells], reference, sigma2)
  # A Tweedie series may stop at 1e-9 of the density; the others are R's own densities.
  expect_equal(as.numeric(logLik(fit)), expected, tolerance = if (reference$name == "tweedie") 1e-7 else 1e-11)
  expect_equal(fit$logLik, as.numeric(logLik(fit)), tolerance = 1e-15, ignore_attr = TRUE)
})

for_each_case("the density of a nearly exact Tweedie fit",
              registry(c("TW1.1", "TW1.5", "TW2", "TW2.5"), "traditional", "dense"), function(case) {
  skip_without_stable_density(case)
  mu <- case$init$W %*% case$init$H
  V <- mu * (1 + 1e-6 * withr::with_seed(62, rnorm(N * M)))
  fit <- sweeps(V, case_model(case), case$init, 1)
  mu <- fitted(fit)
  # The saddlepoint density is exact to O(sigma2 mu^(p - 2)) ~ 1e-12 (Jorgensen 1997, section 3.5), where
  # series have 1e12 terms to add.
  d <- 2 * case$reference$half_deviance(V, mu)
  saddlepoint <- -log(2 * pi * fit$sigma2 * V^case$reference$power) / 2 - d / (2 * fit$sigma2)
  expect_lt(fit$sigma2, 1e-10)
  expect_equal(as.numeric(logLik(fit)), sum(saddlepoint), tolerance = 1e-6)
})

for_each_case("the Pearson dispersion of dense Tweedie data",
              registry(c("TW1.1", "TW1.5", "TW2", "TW2.5"), input = "dense"), function(case) {
  fit <- sweeps(case$V, case_model(case), case$init, 20, control = nmf_control(dispersion = "pearson"))
  expect_identical(fit$dispersion, "pearson")
  pearson <- pearson_dispersion(case$dense, fitted(fit), case$reference$power)
  expect_equal(fit$sigma2, pearson / share_left(fit), tolerance = 1e-11)
  fit <- sweeps(case$V, case_model(case), case$init, 20, control = nmf_control(dispersion = "pearson", adjust = FALSE))
  expect_equal(fit$sigma2, pearson, tolerance = 1e-11)
})

for_each_case("the maximum likelihood dispersion is a maximum",
              registry(c("TW1.1", "TW1.5", "TW2", "TW2.5"), "traditional", c("dense", "sparse")), function(case) {
  skip_without_stable_density(case)
  fit <- sweeps(case$V, case_model(case), case$init, 3, control = nmf_control(dispersion = "ml"))
  expect_identical(fit$dispersion, "ml")
  mu <- fitted(fit)
  cells <- mu > 0
  at <- function(sigma2) {
    reference_loglik(case$dense[cells], mu[cells], case$reference, sigma2) + directions_of(fit) * log(sigma2) / 2
  }
  # 1 % to either side costs curvature 1e-4 / 2 times half the cells: far above the 1e-7 of the series.
  expect_gt(at(fit$sigma2), at(fit$sigma2 * 1.01))
  expect_gt(at(fit$sigma2), at(fit$sigma2 / 1.01))
})

test_that("the Normal dispersion is the sum of squared residuals over the degrees of freedom that are left", {
  for (case in registry("N", input = c("dense", "sparse"))) {
    fit <- run_case(case, 5)
    expect_equal(fit$sigma2 * share_left(fit), mean((case$dense - fitted(fit))^2), tolerance = 1e-12)
    expect_equal(share_left(fit), 1 - sum(hatvalues(fit)) / length(case$dense), tolerance = 1e-8)
  }
})

test_law("degrees of freedom follow both counts, and BIC follows them", {
  V <- random_data(61)
  # name, family, parameters in the paper's count, parameters the data identify (sigma2 included)
  table <- list(
    list(nmf_normal(), 0, 1),
    list(nmf_poisson(), 0, 0),
    list(nmf_negbin(NULL), 1, 1),
    list(nmf_negbin(45), 1, 0)
  )
  for (structure in c("traditional", "convex")) for (row in table) {
    fit <- without_advice(nmf(V, model_of(structure, row[[1]]), n_starts = 1, seed = 1, max_iter = 20, verbose = FALSE))
    expect_identical(nobs(fit) + 0, 108)
    for (count in c("paper", "identifiable")) {
      estimated <- if (count == "paper") row[[2]] else row[[3]]
      expected <- reference_df(structure, N, M, K, count, estimated)
      expect_equal(fit$df[[count]], expected)
      loglik <- logLik(fit, df = count)
      expect_equal(attr(loglik, "df"), expected)
      expect_equal(attr(loglik, "nobs"), 108)
      expect_equal(BIC(loglik), expected * log(108) - 2 * as.numeric(loglik), tolerance = 1e-12)
    }
    expect_identical(attr(logLik(fit), "df"), attr(logLik(fit, df = "paper"), "df"))  # the default
  }
})

test_law("probabilities of a power above 2 are integrals of the density, in the tails too, or refused", {
  skip_if_not_installed("tweedie")
  density <- function(v, mu, sigma2) exp(reference_log_density(v, mu, reference_family("tweedie", 2.5), sigma2))
  of_log <- function(l, mu, sigma2) density(exp(l), mu, sigma2) * exp(l)
  for (sigma2 in c(0.05, 0.3, 3)) for (mu in c(0.5, 2, 50)) for (v in mu * c(0.02, 0.1, 0.5, 1, 3, 10)) {
    between <- function(from, to) {
      stats::integrate(of_log, from, to, mu, sigma2, rel.tol = 1e-9, subdivisions = 2000L, stop.on.error = FALSE)$value
    }
    below <- between(log(v) - 40, log(v))
    above <- between(log(v), log(v) + 12)
    found <- distribution_tweedie(v, mu, sigma2, 2.5)
    rest <- distribution_tweedie(v, mu, sigma2, 2.5, lower = FALSE)
    if (below > 1e-3) expect_equal(found, below, tolerance = 1e-6)
    if (above > 1e-3) expect_equal(rest, above, tolerance = 1e-6)
    # quantile residuals look alike to two digits
    if (below > 1e-12 && below <= 0.5) expect_lt(abs(qnorm(found) - qnorm(below)), 0.05)
    if (above > 1e-12 && above <= 0.5) expect_lt(abs(qnorm(rest) - qnorm(above)), 0.05)
  }
  expect_error(distribution_tweedie(1e5, 2e5, 0.3, 4), class = "nmf_error_model")
})
