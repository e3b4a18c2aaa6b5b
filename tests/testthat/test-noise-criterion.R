# The likelihood that compares noise families.

means <- withr::with_seed(1, {
  mu <- matrix(rgamma(60 * 3, 1), 60) %*% matrix(rgamma(3 * 40, 0.5), 3)
  40 * mu / mean(mu)
})
counts_of <- function(seed, alpha) {
  withr::with_seed(seed, matrix(rnbinom(length(means), size = alpha, mu = means), 60))
}
fit_of <- function(V, model, ...) {
  without_advice(nmf(V, model, rank = 3, n_starts = 3, tol = 1e-3, seed = 1, verbose = FALSE, ...))
}

test_that("rounded values have probabilities that add up to one", {
  for (family in list(nmf_normal(), nmf_tweedie(1.2), nmf_tweedie(1.7))) {
    for (mu in c(0.3, 4)) expect_equal(sum(exp(log_of_rounded(0:400, rep(mu, 401), family, 1.3))), 1)
  }
})

test_law("an integral of the density is a difference of the distribution", {
  v <- c(1:5, 12, 40, 200, 1999)
  for (power in c(1.05, 1.3, 1.7)) for (sigma2 in c(0.5, 2)) for (ratio in c(0.5, 1, 1.6)) {
    family <- nmf_tweedie(power)
    expect_true(all(family$peak(v * ratio, sigma2) > 0.05))
    use <- family$peak(v * ratio, sigma2) > 0.1
    whole <- log_of_difference(v[use], v[use] * ratio, family, sigma2)
    seen <- whole > log(1e-12)                            # where a difference has digits
    expect_equal(log_of_rounded(v[use], v[use] * ratio, family, sigma2)[seen], whole[seen], tolerance = 1e-6)
  }
  rule <- gauss_legendre(12)
  for (power in 0:20) {
    expect_equal(sum(rule$weight * rule$at^power), (0.5^(power + 1) - (-0.5)^(power + 1)) / (power + 1))
  }
})

test_that("Tweedie noise goes to Poisson noise with the power, and its density does not", {
  v <- 0:20
  near <- log_of_rounded(v, rep(6, 21), nmf_tweedie(1.0005), 1)
  expect_equal(near, dpois(v, 6, log = TRUE), tolerance = 1e-3)
  expect_gt(cell_log_likelihood(6, 6, nmf_tweedie(1.0001), 1), dpois(6, 6, log = TRUE) + 2)
})

test_that("sigma2 is Pearson's over the degrees of freedom left, and the maximum", {
  V <- means + withr::with_seed(2, rnorm(length(means)))
  V <- pmax(V, 0.01)
  fit <- fit_of(V, "T/N")
  found <- noise_likelihood(fit, data_of(fit))
  h <- cell_leverages(fit, data_of(fit))
  expect_equal(found$sigma2, sum((V - fitted(fit))^2) / (length(V) - sum(h)))
  at <- function(s) sum(dnorm(V, fitted(fit), sqrt(s), log = TRUE)) + sum(h) * log(s) / 2
  expect_equal(found$logLik, at(found$sigma2) - sum(h) * log(found$sigma2) / 2)
  expect_equal(optimize(at, found$sigma2 * c(0.5, 2), maximum = TRUE)$maximum, found$sigma2, tolerance = 1e-3)
})

test_that("from one variance to another the likelihood changes by the mean of the leverages of both", {
  V <- counts_of(4, 20)
  fit <- fit_of(V, "T/NB")
  from <- fit_of(V, "T/Po")
  data <- data_of(fit)
  mu <- list(fitted(fit), fitted(from))
  h <- list(cell_leverages(fit, data), cell_leverages(from, data))
  phi <- sum((V - mu[[2]])^2 / mu[[2]]) / (length(V) - sum(h[[2]]))
  alpha <- fit$model$family$alpha
  change <- sum((h[[1]] + h[[2]]) / 2 * log((mu[[1]] + mu[[1]]^2 / alpha) / (phi * mu[[2]]))) / 2
  expect_equal(noise_likelihood(fit, data, from)$logLik,
               sum(dnbinom(V, size = alpha, mu = mu[[1]], log = TRUE)) + change, tolerance = 1e-8)
  # so that the number of entries that happen to be zero in one of the fits has no say
  fit$W[1:3, ] <- fit$W[1:3, ] + 1e-5 * max(fit$W)
  moved <- noise_likelihood(fit, data, from)$logLik
  expect_lt(abs(moved - sum(dnbinom(V, size = alpha, mu = fitted(fit), log = TRUE)) - change), 3)
})

test_that("slight overdispersion is found where there are few observations for each component", {
  signatures <- pcawg_signatures[c(1, 5, 9, 20), ]
  found <- vapply(1:4, function(seed) {
    V <- withr::with_seed(seed, {
      mu <- matrix(rgamma(30 * 4, 1, 1 / 600), 30) %*% signatures
      matrix(rnbinom(length(mu), size = 100, mu = mu), 30) + 0
    })
    fits <- lapply(c("T/NB", "T/Po", "T/TW"), function(model) {
      without_advice(nmf(V, model, rank = 4, n_starts = 3, tol = 1e-2, seed = 1, verbose = FALSE))
    })
    which.min(vapply(fits, function(fit) noise_criterion(fit, data_of(fit), fits[[2]]), 0))
  }, 0L)
  expect_identical(found, rep(1L, 4))
})

test_that("alpha is freed of most of its bias", {
  # At alpha = 100 the means take up about a tenth of the variance, of which most is Poisson noise.
  found <- vapply(1:4, function(s) {
    V <- counts_of(s, 100)
    fit <- fit_of(V, "T/NB", control = nmf_control(alpha_update = "once"))
    c(fit$model$family$alpha, noise_likelihood(fit, data_of(fit))$alpha)
  }, numeric(2))
  bias <- abs(rowMeans(log(found / 100)))
  expect_lt(bias[2], bias[1] / 2)
})

test_that("the criterion finds the noise of counts", {
  models <- list("T/N", "T/Po", "T/TW1.05", "T/NB", nmf_model(family = nmf_negbin("observation")))
  criterion <- function(model, V) {
    fit <- fit_of(V, model)
    noise_criterion(fit, data_of(fit), fit_of(V, "T/Po"))
  }
  best <- function(V) which.min(vapply(models, criterion, 0, V))
  expect_identical(best(counts_of(1, Inf)), 2L)
  expect_identical(best(counts_of(1, 100)), 4L)
  varying <- withr::with_seed(3, exp(rnorm(60, log(20))))
  expect_identical(best(counts_of(3, varying)), 5L)
})

test_that("whole numbers that are large have the densities of any other unit", {
  v <- c(1, 2, 3) * 2^44
  for (power in c(0, 1.5, 2, 3)) {
    sigma2 <- 0.1 * 2^(44 * (2 - power))
    in_unit <- cell_log_likelihood(1:3, 3:1, nmf_tweedie(power), 0.1) - 44 * log(2)
    expect_equal(log_of_rounded(v, rev(v), nmf_tweedie(power), sigma2), in_unit, tolerance = 1e-9)
  }
})
