# First the oracle itself is held to textbooks, densities and differences; then the package to it.

# The oracle -------------------------------------------------------------------------------------

for_each_case("the oracle's sweeps never raise the objective",
              registry(input = c("dense", "zeros", "huge")), function(case) {
  objective <- reference_run(case$dense, case$init, case$reference, 60)$objective
  expect_true(all(is.finite(objective)))
  # 64 machine epsilons of the first objective: rounding in a sum of 108 cells.
  expect_lte(max(diff(objective)), 64 * .Machine$double.eps * objective[1])
  expect_lt(tail(objective, 1), objective[1])
})

for_each_case("the oracle's deviance is the textbook's",
              registry(structure = "traditional", input = c("dense", "zeros")), function(case) {
  mu <- reference_mu(case$dense, case$init)
  # The textbook form cancels one or two of 16 digits.
  expect_equal(
    case$reference$half_deviance(case$dense, mu), textbook_half_deviance(case$dense, mu, case$reference),
    tolerance = 1e-13
  )
})

test_that("the oracle's Tweedie deviance is continuous through p = 1 and p = 2", {
  v <- c(0.3, 2, 40)
  mu <- c(0.4, 1, 55)
  for (p in c(1, 2)) for (h in c(-1e-10, -1e-14, 1e-14, 1e-10)) {
    # The deviance moves by O(h) with p; the rest is rounding.
    expect_equal(half_deviance_tweedie(v, mu, p + h), half_deviance_tweedie(v, mu, p), tolerance = 1e-9)
  }
  expect_equal(half_deviance_tweedie(0, 4, 1.5), 4^0.5 / 0.5, tolerance = 1e-15)
  expect_identical(half_deviance_tweedie(0, 0, 1.5), 0)
  expect_identical(half_deviance_negbin(0, 0, 45), 0)
})

for_each_case("the oracle's gradient is the slope of its objective", registry(input = "dense"), function(case) {
  for (block in names(case$init)) {
    parts <- adjoints(case$dense, case$init, block, case$reference)
    objective_at <- function(x) {
      theta <- case$init
      theta[[block]][2, 1] <- x
      reference_objective(case$dense, reference_mu(case$dense, theta), case$reference)
    }
    x <- case$init[[block]][2, 1]
    h <- 1e-4 * x
    slope <- (objective_at(x + h) - objective_at(x - h)) / (2 * h)
    # Central differences: truncation h^2 ~ 1e-8 of the slope's positive part.
    expect_close(slope, parts$den[2, 1] - parts$num[2, 1], 1e-7, scale = parts$den[2, 1])
  }
})

test_that("the oracle's densities integrate to one and have the family's mean and variance", {
  mu <- 2
  sigma2 <- 0.3
  for (p in c(2, 2.5, 3)) {
    density <- function(v) exp(reference_log_density(v, mu, reference_family("tweedie", p), sigma2))
    moment <- function(k) integrate(function(v) v^k * density(v), 0, Inf, rel.tol = 1e-9)$value
    # integrate() reports about 1e-9; the heavy tail of p = 3 costs a few digits.
    expect_equal(moment(0), 1, tolerance = 1e-7)
    expect_equal(moment(1), mu, tolerance = 1e-7)
    expect_equal(moment(2) - moment(1)^2, sigma2 * mu^p, tolerance = 1e-6)
  }
  tweedie <- reference_family("tweedie", 1.5)
  at_zero <- exp(reference_log_density(0, mu, tweedie, sigma2))
  # The density is smooth and bounded, and beyond 20 it is below 1e-15: the midpoint rule of step 0.02.
  v <- seq(0.01, 20, by = 0.02)
  density <- 0.02 * exp(reference_log_density(v, mu, tweedie, sigma2))
  expect_equal(sum(density) + at_zero, 1, tolerance = 1e-5)
  expect_equal(sum(v * density), mu, tolerance = 1e-5)
  expect_equal(sum((v - mu)^2 * density) + mu^2 * at_zero, sigma2 * mu^1.5, tolerance = 1e-5)
})

test_that("the oracle's Tweedie density is mgcv's", {
  skip_if_not_installed("mgcv")
  v <- c(0, 0.01, 0.5, 3, 20)
  for (p in c(1.1, 1.5, 1.9)) for (sigma2 in c(0.3, 2)) {
    # mgcv ends its series at about 1e-9 of the density.
    expect_equal(
      reference_log_density(v, 2, reference_family("tweedie", p), sigma2),
      unname(mgcv::ldTweedie(v, 2, p = p, phi = sigma2)[, 1]), tolerance = 1e-8
    )
  }
})

test_that("the oracle counts parameters as the paper prints them", {
  # Liver: 260 x 96, K = 5; newsgroups: 500 x 6354, K = 7.
  count <- function(...) reference_df(count = "paper", ...)
  expect_identical(count("traditional", 260, 96, 5, estimated = 0), 1684)
  expect_identical(count("traditional", 260, 96, 5, estimated = 1), 1685)
  expect_identical(count("convex", 260, 96, 5, estimated = 0), 2340)
  expect_identical(count("convex", 260, 96, 5, estimated = 1), 2341)
  expect_identical(count("traditional", 500, 6354, 7, estimated = 0), 41624)
  expect_identical(count("convex", 500, 6354, 7, estimated = 0), 6500)
})

test_that("the oracle's KKT residual sees an entry wrongly held at zero", {
  V <- outer(1:4, 1:3)
  normal <- reference_family("normal")
  solved <- list(W = cbind(1:4), H = rbind(1:3))
  expect_lt(reference_kkt(V, solved, normal), 1e-14)
  solved$W[2] <- 0
  # A gradient that is all numerator has relative slope 1 - num / 0: as large as it can be.
  expect_gt(reference_kkt(V, solved, normal), 1)
})

# The package ------------------------------------------------------------------------------------

for_each_case("T11: one sweep from a given start is the oracle's", registry(), function(case) {
  run <- reference_case(case, 1)
  fit <- run_case(case, 1)
  # One sweep is a few dozen operations a cell: thousands of machine epsilons are left over.
  expect_close(fitted(fit), run$mu, 1e-12)
  expect_close(fit$trace$objective, run$objective, 1e-12)
  expect_identical(as.integer(fit$trace$iteration), 0:1)
})

for_each_case("T11: twenty sweeps from a given start are the oracle's", registry(), function(case) {
  run <- reference_case(case, 20)
  fit <- run_case(case, 20)
  # Rounding grows by a small factor a sweep where components compete.
  expect_close(fitted(fit), run$mu, 1e-8)
  expect_close(fit$trace$objective, run$objective, 1e-8)
  expect_identical(as.integer(fit$trace$iteration), 0:20)
  expect_equal(fit$objective, tail(fit$trace$objective, 1), tolerance = 1e-14)
  expect_equal(fit$deviance, 2 * fit$objective, tolerance = 1e-14)
})

for_each_case("normalising keeps the fit: rows of H sum to 1 and W carries the scale",
              registry(input = c("dense", "sparse")), function(case) {
  fit <- run_case(case, 20)
  expect_valid_fit(fit, case$dense)
  expect_identical(fit$iterations, 20L)
  if (case$structure == "convex") {
    # The convex factors are normalised together with W and H: one product of 12 terms apart.
    expect_close(fit$W, t(fit$D), 1e-13)
    expect_close(fit$H, t(fit$E) %*% case$dense, 1e-13)
  }
})

test_that("alpha given the mean is the maximum of the negative binomial likelihood", {
  V <- random_data(21, n = 40, m = 30)
  mu <- reference_run(V, random_init(22, "traditional", V), reference_family("poisson"), 300)$mu
  # optimize() finds a maximum of size 1e3 to sqrt(eps) ~ 1e-7 in log(alpha).
  expect_equal(estimate_alpha(V, mu), reference_alpha(V, mu), tolerance = 1e-6)
  by_observation <- vapply(seq_len(nrow(V)), function(i) reference_alpha(V[i, ], mu[i, ]), 0)
  estimated <- estimate_alpha(V, mu, by = "observation")
  expect_length(estimated, nrow(V))
  # Rows without overdispersion have no maximum: the oracle ends at its bound, the package at Inf.
  finite <- by_observation < 1e5
  expect_gt(sum(finite), 10)
  expect_equal(unname(estimated[finite]), by_observation[finite], tolerance = 1e-5)
  expect_true(all(estimated[by_observation > 3e6] == Inf))
})

test_that("data without overdispersion have alpha Inf", {
  mu <- matrix(5, 6, 4)
  expect_identical(without_advice(estimate_alpha(mu, mu)), Inf)
})
