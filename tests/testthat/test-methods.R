# Facts of a fit, against plain R.

# A model with its true factors: no iteration is made, so that the fit is the truth.
truth <- function(notation, n = 60, m = 50, size = 20, ...) {
  model <- nmf_model(notation, rank = 2)
  init <- withr::with_seed(41, list(
    W = matrix(rgamma(n * 2, 2), n), H = matrix(rgamma(2 * m, 2), 2)
  ))
  init$W <- init$W * size / mean(init$W %*% init$H)
  list(model = model, init = init, mu = init$W %*% init$H)
}

at_truth <- function(V, truth, ...) {
  without_advice(nmf(V, truth$model, init = truth$init, max_iter = 0, seed = 1, verbose = FALSE, ...))
}

# The data of a fit that holds the truth, from generators that the package does not use.
draw <- function(family, mu, seed) {
  if (isTRUE(family$power == 3)) skip_if_not_installed("statmod")
  n <- length(mu)
  withr::with_seed(seed, matrix(switch(family$name,
    normal = pmax(rnorm(n, mu, 1), 0),
    poisson = rpois(n, mu),
    negbin = rnbinom(n, size = rep_len(family$alpha, n), mu = mu),
    tweedie = if (family$power < 2) mgcv::rTweedie(as.vector(mu), p = family$power, phi = 1)
      else if (family$power == 2) rgamma(n, shape = 5, scale = mu / 5)
      else statmod::rinvgauss(n, mean = as.vector(mu), dispersion = 0.02)
  ), nrow(mu)))
}

notations <- c("T/N", "T/Po", "T/TW1.1", "T/TW1.5", "T/TW1.9", "T/TW2", "T/TW3", "T/NB5", "T/NB0.5")

for (notation in notations) test_that(paste("residuals are what they are called", notation), {
  at <- truth(notation)
  V <- draw(at$model$family, at$mu, 42)
  fit <- at_truth(V, at)
  mu <- at$mu
  reference <- reference_family(at$model$family$name, at$model$family$power, at$model$family$alpha)
  sigma2 <- switch(reference$name,
    normal = mean((V - mu)^2), tweedie = pearson_dispersion(V, mu, reference$power), share_left(fit)
  ) / share_left(fit)
  expect_equal(fit$sigma2, sigma2, tolerance = 1e-10)
  # Sums of K terms and a few functions: 1e-12 of the largest.
  expect_close(fitted(fit), mu, 1e-12)
  expect_close(residuals(fit), V - mu, 1e-12)
  expect_close(residuals(fit, V, type = "raw"), V - mu, 1e-12)
  expect_close(residuals(fit, type = "pearson"), (V - mu) / sqrt(sigma2 * reference_variance(mu, reference)), 1e-10)
  deviance_residuals <- sign(V - mu) * sqrt(2 * reference$half_deviance(V, mu))
  # A difference V - mu of rounding size has a residual of its root.
  expect_close(residuals(fit, type = "deviance"), deviance_residuals, 1e-7)
  expect_equal(sum(residuals(fit, type = "deviance")^2), deviance(fit), tolerance = 1e-10)
  expect_equal(as.numeric(logLik(fit)), reference_loglik(V, mu, reference, sigma2), tolerance = 1e-7)
})

for (notation in notations) test_that(paste("quantile residuals of true models are standard normal", notation), {
  at <- truth(notation)
  V <- draw(at$model$family, at$mu, 43)
  r <- as.vector(residuals(at_truth(V, at), type = "quantile", seed = 1))
  expect_true(all(is.finite(r)))
  # The false alarm is 1e-4 for each of the nine models, and the seed is fixed. An estimated sigma2 only draws the
  # residuals closer to the standard normal. Of Normal data none is cut off at zero: means are about 20.
  expect_gt(ks.test(r, "pnorm")$p.value, 1e-4)
  # 3000 residuals: five standard errors of mean and variance.
  expect_lt(abs(mean(r)), 5 / sqrt(3000))
  expect_lt(abs(var(r) - 1), 5 * sqrt(2 / 3000))
})

test_that("quantile residuals of small counts are randomised, by their seed alone", {
  at <- truth("T/NB2", size = 0.5)
  V <- draw(at$model$family, at$mu, 44)
  expect_gt(mean(V == 0), 0.5)
  fit <- at_truth(V, at)
  first <- residuals(fit, type = "quantile", seed = 1)
  expect_gt(ks.test(as.vector(first), "pnorm")$p.value, 1e-4)
  expect_identical(residuals(fit, type = "quantile", seed = 1), first)
  expect_false(any(residuals(fit, type = "quantile", seed = 2) == first))
  withr::with_preserve_seed({
    set.seed(5)
    before <- .Random.seed
    residuals(fit, type = "quantile", seed = 1)
    expect_identical(.Random.seed, before)
  })
  # A cell lies between the probabilities below and at it.
  p <- pnorm(first)
  expect_true(all(p <= pnbinom(V, size = 2, mu = at$mu) + 1e-12))
  expect_true(all(p >= pnbinom(V - 1, size = 2, mu = at$mu) - 1e-12))
})

test_that("quantile residuals show a wrong model", {
  at <- truth("T/NB5")
  V <- draw(at$model$family, at$mu, 45)
  wrong <- truth("T/Po")
  r <- residuals(at_truth(V, wrong), type = "quantile", seed = 1)
  expect_gt(sd(r), 1.5)  # the variance of the data is 1 + mu / 5, about 5, times that of the model
})

test_that("far tails keep their digits", {
  V <- matrix(c(1000, 0, 3, 4), 2)
  init <- list(W = matrix(c(20, 20), 2), H = matrix(c(0.5, 0.5), 1))
  fit <- without_advice(nmf(V, "T/Po/1", init = init, max_iter = 0, seed = 1, verbose = FALSE))
  r <- residuals(fit, type = "quantile", seed = 1)
  # 1000 at a mean of 10: the upper tail probability is far below the smallest 1 - p.
  expect_true(all(is.finite(r)))
  expect_gt(r[1, 1], 30)
})

test_that("each observation has its own alpha", {
  alphas <- rep(c(0.5, 5, 50), 20)
  at <- truth("T/NB1")
  at$model$family <- nmf_negbin(alphas)
  V <- draw(list(name = "negbin", alpha = alphas), at$mu, 46)
  fit <- at_truth(V, at)
  mu <- at$mu
  expect_close(residuals(fit, type = "pearson"), (V - mu) / sqrt(mu + mu^2 / alphas), 1e-10)
  expect_equal(sum(residuals(fit, type = "deviance")^2), deviance(fit), tolerance = 1e-10)
  expect_gt(ks.test(as.vector(residuals(fit, type = "quantile", seed = 1)), "pnorm")$p.value, 1e-4)
  expect_equal(as.numeric(logLik(fit)), sum(dnbinom(V, size = alphas, mu = mu, log = TRUE)), tolerance = 1e-10)
  # Simulated rows vary as their alpha says: 30 data sets of 50 cells, five standard errors of a variance ratio with
  # heavy tails at alpha = 0.5.
  z <- lapply(simulate(fit, 30, seed = 1), function(x) (x - mu)^2 / (mu + mu^2 / alphas))
  by_alpha <- tapply(rowMeans(Reduce(`+`, z) / 30), alphas, mean)
  expect_true(all(abs(by_alpha - 1) < 5 * sqrt(14 / (20 * 50 * 30))))
})

for (notation in notations) test_that(paste("simulated data have the moments of the model", notation), {
  at <- truth(notation)
  fit <- at_truth(draw(at$model$family, at$mu, 47), at)
  sets <- simulate(fit, nsim = 20, seed = 3)
  expect_length(sets, 20)
  expect_identical(dim(sets[[1]]), dim(at$mu))
  mu <- fitted(fit)
  reference <- reference_family(at$model$family$name, at$model$family$power, at$model$family$alpha)
  z <- vapply(sets, function(x) (x - mu) / sqrt(fit$sigma2 * reference_variance(mu, reference)), mu)
  # 60,000 standardised cells: the mean to five standard errors; for the variance the kurtosis is at most 3 + 6 / alpha
  # = 15 among these models, and 5 sqrt(14 / 60000) = 0.076.
  expect_lt(abs(mean(z)), 5 / sqrt(length(z)))
  expect_lt(abs(mean(z^2) - 1), 0.08)
  if (reference$name %in% c("poisson", "negbin")) expect_true(all(vapply(sets, function(x) all(x == round(x)), NA)))
})

test_that("simulate() obeys its seed and leaves the generator alone", {
  fit <- at_truth(draw(nmf_poisson(), truth("T/Po")$mu, 48), truth("T/Po"))
  withr::with_preserve_seed({
    set.seed(5)
    before <- .Random.seed
    first <- simulate(fit, 2, seed = 3)
    expect_identical(.Random.seed, before)
    expect_identical(simulate(fit, 2, seed = 3), first)
    expect_false(identical(first[[1]], first[[2]]))
    plain <- simulate(fit)
    expect_false(identical(.Random.seed, before))
    set.seed(5)
    expect_identical(simulate(fit), plain)
  })
  for (bad in list(0, 1.5, NA, "2")) expect_error(simulate(fit, bad), class = "nmf_error_argument")
})

small <- nmf(brca21, "T/NB/3", n_starts = 2, seed = 1, verbose = FALSE)

test_that("logLik, AIC, BIC, nobs and df agree", {
  expect_identical(nobs(small), 21 * 96)
  expect_identical(deviance(small), 2 * small$objective)
  ll <- logLik(small)
  expect_s3_class(ll, "logLik")
  expect_identical(attr(ll, "df"), 21 * 3 + 96 * 2 + 1)
  expect_identical(attr(logLik(small, df = "identifiable"), "df"), 21 * 3 + 95 * 3 + 1)
  expect_equal(BIC(small), attr(ll, "df") * log(21 * 96) - 2 * as.numeric(ll), tolerance = 1e-14)
  expect_equal(AIC(small), 2 * attr(ll, "df") - 2 * as.numeric(ll), tolerance = 1e-14)
  expect_gt(BIC(logLik(small, df = "identifiable")), BIC(small))
  expect_error(logLik(small, df = "all"), class = "nmf_error_argument")
  identifiable <- nmf_control(df = "identifiable")
  by_control <- nmf(brca21, "T/NB/3", n_starts = 2, seed = 1, verbose = FALSE, control = identifiable)
  expect_identical(attr(logLik(by_control), "df"), 21 * 3 + 95 * 3 + 1)
})

test_that("the paper's numbers of parameters", {
  # Figures of the paper: N = 260, M = 96, K = 5 and N = 500, M = 6354, K = 7.
  count <- function(notation, N, M) nmfamily:::count_parameters(nmf_model(notation), N, M)[["paper"]]
  expect_identical(count("T/Po/5", 260, 96), 1684)
  expect_identical(count("T/NB40/5", 260, 96), 1685)
  expect_identical(count("C/N/5", 260, 96), 2340)
  expect_identical(count("C/TW1.5/5", 260, 96), 2341)
  expect_identical(count("T/Po/7", 500, 6354), 41624)
  expect_identical(count("C/Po/7", 500, 6354), 6500)
})

test_that("coef() and tidy() are the factors", {
  expect_identical(coef(small), small$H)
  expect_identical(coef(small, "weights"), small$W)
  expect_error(coef(small, "means"), class = "nmf_error_argument")
  features <- tidy(small)
  expect_named(features, c("component", "feature", "value"))
  expect_identical(nrow(features), 3L * 96L)
  expect_identical(features$value, small$H[cbind(features$component, features$feature)])
  weights <- tidy(small, "weights")
  expect_named(weights, c("observation", "component", "value"))
  expect_identical(weights$value, small$W[cbind(weights$observation, weights$component)])
  nameless <- nmf(unname(brca21), "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  expect_identical(unique(tidy(nameless)$feature), 1:96)
  expect_identical(unique(tidy(nameless, "weights")$observation), 1:21)
})

test_law("glance() is one row of the facts", {
  row <- glance(small)
  expect_named(row, c(
    "model", "rank", "power", "alpha", "sigma2", "deviance", "logLik", "df", "AIC", "BIC", "nobs", "converged",
    "status", "kkt", "iterations", "seconds"
  ))
  expect_identical(nrow(row), 1L)
  expect_identical(row$model, format(small$model))
  expect_identical(row$alpha, small$model$family$alpha)
  expect_identical(row$power, NA_real_)
  expect_identical(row$BIC, BIC(small))
  expect_identical(row$AIC, AIC(small))
  expect_identical(row$status, "converged")
  for (name in c("deviance", "logLik", "nobs", "converged", "kkt", "iterations", "seconds", "sigma2")) {
    expect_identical(row[[name]], small[[name]])
  }
})

test_that("augment() is one row for each cell", {
  long <- augment(small)
  expect_named(long, c("observation", "feature", "value", ".fitted", ".resid", ".std.resid"))
  expect_identical(nrow(long), 21L * 96L)
  cell <- cbind(long$observation, long$feature)
  expect_identical(long$value, as.double(brca21[cell]))
  expect_equal(long$.fitted, fitted(small)[cell], tolerance = 1e-14)
  expect_equal(long$.resid, residuals(small)[cell], tolerance = 1e-12)
  expect_equal(long$.std.resid, residuals(small, type = "pearson")[cell], tolerance = 1e-12)
  expect_identical(augment(small, V = brca21), long)
})

test_law("update() changes what it is told to and repeats the rest", {
  again <- update(small)
  expect_identical(again$W, small$W)
  poisson <- update(small, model = "T/Po/3")
  expect_identical(format(poisson$model), "NMF/T/Po/3")
  expect_identical(poisson$seed, small$seed)
  apart <- nmf(brca21, "T/Po", rank = 3, n_starts = 1, seed = 1, verbose = FALSE)
  expect_identical(format(update(apart, model = "T/N/2")$model), "NMF/T/N/2")
  expect_identical(format(update(apart, rank = 2)$model), "NMF/T/Po/2")
  expect_identical(update(apart, rank = 2, evaluate = FALSE)$model, "T/Po")
  # A rank that was part of the model is replaced, however the model was given.
  alpha <- seq(5, 60, length.out = nrow(brca21))
  given <- nmf_model(family = nmf_negbin(alpha), rank = 3)
  by_row <- without_advice(nmf(brca21, given, n_starts = 1, max_iter = 5, seed = 1, verbose = FALSE))
  changed <- without_advice(update(by_row, rank = 2))
  expect_identical(changed$model$rank, 2L)
  expect_identical(changed$model$family$alpha, alpha)
  expect_identical(update(poisson, rank = 2, evaluate = FALSE)$model, "T/Po")
  expect_identical(format(update(poisson, rank = 2)$model), "NMF/T/Po/2")
  expect_identical(update(poisson, rank = NULL, evaluate = FALSE)$model, "T/Po/3")
  expect_error(update(poisson, model = "T/Po/3", rank = 2), class = "nmf_error_rank")
  call <- update(small, max_iter = 7, evaluate = FALSE)
  expect_true(is.call(call))
  expect_identical(call$max_iter, 7)
  # Without a seed in the call the fit's own is used, so that an update differs by what was changed.
  seedless <- nmf(brca21, "T/Po/2", n_starts = 1, verbose = FALSE)
  expect_identical(update(seedless)$W, seedless$W)
})

test_that("a fit knows its data wherever it was made", {
  in_function <- function(only_inside) nmf(only_inside, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  fit <- in_function(brca21)
  expect_identical(residuals(fit), residuals(fit, V = brca21))
  expect_identical(augment(fit), augment(fit, V = brca21))
  fits <- lapply(2:3, function(k) nmf(brca21[1:15, ], "T/Po", rank = k, n_starts = 1, seed = 1, verbose = FALSE))
  for (k in 2:3) {
    expect_identical(dim(residuals(fits[[k - 1]])), c(15L, 96L))
    expect_s3_class(check_model(fits[[k - 1]], n_runs = 0), "nmf_check")
    expect_identical(update(fits[[k - 1]])$W, fits[[k - 1]]$W)
  }
  expect_identical(update(fits[[2]], rank = 2)$W, fits[[1]]$W)
  expect_identical(update(fits[[2]], model = "T/Po/2")$W, fits[[1]]$W)
  piped <- do.call(nmf, list(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE))
  expect_identical(residuals(piped), residuals(fit))
  changed <- brca21
  later <- nmf(changed, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  changed[] <- 1L
  expect_identical(residuals(later), residuals(fit))
})

test_that("data do not travel with a fit, and can be given back", {
  fit <- nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  expect_identical(nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)[c("W", "H", "data")],
                   fit[c("W", "H", "data")])
  again <- unserialize(serialize(fit, NULL))
  error <- expect_error(residuals(again), class = "nmf_error_data")
  expect_match(conditionMessage(error), "attach_data", fixed = TRUE)
  expect_identical(residuals(attach_data(again, brca21)), residuals(fit))
  expect_error(attach_data(again, brca21 + 1), class = "nmf_error_data", regexp = "data that were fitted")
  large <- nmf(brca21[rep(1:21, 40), ], "T/Po/2", n_starts = 1, max_iter = 1, seed = 1, verbose = FALSE) |>
    suppressWarnings()
  expect_lt(length(serialize(large, NULL)), 8 * 21 * 40 * 96 / 2)
})

test_that("data are let go with the last fit that has them", {
  gc()
  before <- length(ls(held))
  local({
    fit <- nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
    gc()
    expect_identical(length(ls(held)), before + 1L)
    residuals(fit)
  })
  gc()
  gc()
  expect_lte(length(ls(held)), before)
})

test_that("other data are not taken for those of a fit", {
  fit <- nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  counts <- brca21
  counts[1, 1] <- counts[1, 1] + 1L
  expect_error(residuals(fit, counts), class = "nmf_error_data", regexp = "data that were fitted")
  expect_error(residuals(fit, brca21[-1, ]), class = "nmf_error_data", regexp = "21 observations x 96 features")
  expect_error(residuals(fit, V = t(brca21)), class = "nmf_error_data")
  expect_error(residuals(fit, V = "brca21"), class = "nmf_error_data")
  counts <- brca21
  counts[1, 1] <- NA
  expect_error(residuals(fit, counts), class = "nmf_error_data")
})

test_that("a convex fit has all methods too", {
  fit <- nmf(brca21, "C/TW1.5/2", n_starts = 1, seed = 1, verbose = FALSE)
  expect_close(fitted(fit), t(fit$D) %*% t(fit$E) %*% brca21, 1e-12)
  expect_equal(sum(residuals(fit, type = "deviance")^2), deviance(fit), tolerance = 1e-10)
  expect_identical(dim(simulate(fit, seed = 1)[[1]]), dim(brca21))
  expect_identical(attr(logLik(fit), "df"), 21 * 2 + 21 * 1 + 1)
})

test_that("observations in columns come back in columns", {
  V <- unname(brca21)
  dimnames(V) <- list(paste0("o", 1:21), paste0("f", 1:96))
  X <- t(V)
  upright <- nmf(V, "T/NBobs/2", n_starts = 1, seed = 1, verbose = FALSE)
  turned <- nmf(X, "T/NBobs/2", obs = "columns", n_starts = 1, seed = 1, verbose = FALSE)
  expect_identical(fitted(turned), t(fitted(upright)))
  for (type in c("raw", "pearson", "deviance", "quantile")) {
    expect_identical(residuals(turned, type = type), t(residuals(upright, type = type)))
  }
  expect_identical(dimnames(simulate(turned, seed = 1)[[1]]), dimnames(X))
  expect_identical(augment(turned), augment(upright))
  expect_identical(tidy(turned), tidy(upright))
  # The alphas of the observations go along the columns.
  big <- which.max(upright$model$family$alpha)
  small_alpha <- which.min(upright$model$family$alpha)
  z <- function(i) {
    mu <- fitted(turned)[, i]
    mean(vapply(simulate(turned, 50, seed = 2), function(x) mean((x[, i] - mu)^2 / mu), 0))
  }
  expect_gt(z(small_alpha), z(big))
})

test_that("sparse data have the residuals of dense data", {
  V <- random_sparse(49)
  sparse <- as_sparse(V)
  fit <- nmf(sparse, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  for (type in c("raw", "pearson", "deviance", "quantile")) {
    expect_equal(residuals(fit, type = type), residuals(fit, V = V, type = type), ignore_attr = "dimnames")
  }
  # Cells that must be zero and are: the empty observation and the empty feature.
  expect_true(all(residuals(fit, type = "pearson")[2, ] == 0))
  expect_true(all(residuals(fit, type = "quantile", seed = 1)[, 4] == 0))
})

test_that("update() keeps what stands beside the data until it is asked to change it", {
  weights <- withr::with_seed(1, matrix(runif(21 * 96), 21))
  offset <- seq(1, 2, length.out = 96)
  fit <- function(...) nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE, ...)
  plain <- fit()
  expect_equal(update(fit(cell_weights = weights), cell_weights = NULL)$H, plain$H)
  expect_equal(update(fit(cell_weights = weights), V = brca21)$H, fit(cell_weights = weights)$H)
  expect_equal(update(fit(offset = offset), offset = NULL)$H, plain$H)
  expect_equal(update(fit(offset = offset), V = brca21)$H, fit(offset = offset)$H)
  expect_equal(update(fit(offset = offset), cell_weights = weights)$H, fit(offset = offset, cell_weights = weights)$H)
  gappy <- replace(brca21, 5, NA)
  expect_equal(update(fit(cell_weights = weights), V = gappy)$missing, 5)
  expect_equal(update(nmf(gappy, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE), V = brca21)$H, plain$H)
  expect_error(update(fit(cell_weights = replace(weights, 1, 0)), cell_weights = NULL), class = "nmf_error_data")
  expect_error(update(plain, obs = "columns"), class = "nmf_error_data")
  unnamed <- nmf(unname(brca21), "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  expect_identical(dim(update(unnamed, obs = "columns")$W), c(96L, 2L))
})

test_that("the call of an updated fit names the data and does not hold them", {
  fit <- nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  other <- brca21[1:10, ]
  expect_identical(update(fit, V = other)$call$V, quote(other))
})

test_that("update() of a fit that was read from a file wants the weights again", {
  weights <- withr::with_seed(1, matrix(runif(21 * 96), 21))
  fit <- nmf(brca21, "T/Po/2", cell_weights = weights, n_starts = 1, seed = 1, verbose = FALSE)
  fit <- unserialize(serialize(fit, NULL))
  expect_error(update(fit, V = brca21), "cell_weights", class = "nmf_error_data")
  expect_equal(update(fit, V = brca21, cell_weights = weights)$H, fit$H)
})
