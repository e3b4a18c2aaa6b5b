# Bootstrap of a fit.

fit <- nmf(brca21, "T/NB/2", n_starts = 2, seed = 1, verbose = FALSE, control = nmf_control(alpha_update = "joint"))
boot <- bootstrap_fit(fit, n_runs = 20, seed = 3, verbose = FALSE)

test_that("a draw is the fit to simulated data, with its components where they belong", {
  expect_identical(dim(boot$H), c(2L, 96L, 20L))
  expect_identical(dim(boot$W), c(21L, 2L, 20L))
  expect_identical(dimnames(boot$W)[1:2], dimnames(fit$W))
  expect_equal(colSums(aperm(boot$H, c(2, 1, 3))), array(1, c(2, 20)), tolerance = 1e-12, ignore_attr = TRUE)
  V <- with_seed(boot$runs$seed[4], draw_from(fit, read_source(brca21)))$values
  again <- nmf(V, "T/NB/2", init = list(W = nudged(fit)$W, H = nudged(fit)$second), verbose = FALSE,
               control = nmf_control(alpha_update = "joint"))
  order <- match(match_components(fit, again)$table$reference, rownames(again$H))
  expect_identical(boot$H[, , 4], unname(again$H[order, ]), ignore_attr = TRUE)
  expect_identical(boot$W[, , 4], unname(again$W[, order]), ignore_attr = TRUE)
  expect_identical(boot$parameters[[4, "alpha"]], again$model$family$alpha)
  expect_gt(min(boot$runs$cosine), 0.95)
})

test_law("components that change places are put back", {
  start <- nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  # With components of equal weight, random data decide which is the larger.
  start$W[] <- sweep(start$W, 2, 1e4 / colSums(start$W), "*")
  draws <- bootstrap_fit(start, brca21, 20, seed = 1, verbose = FALSE)
  larger <- apply(apply(draws$W, 2:3, sum), 2, which.max)
  expect_setequal(larger, 1:2)                           # so some had to be put back
  for (b in 1:20) {
    similarity <- cosine_similarity(start$H, draws$H[, , b])
    expect_gt(min(diag(similarity)), max(similarity[cbind(1:2, 2:1)]))
  }
})

test_that("the same seed gives the same draws whatever the plan, and the generator is left alone", {
  set.seed(1)
  before <- .Random.seed
  again <- bootstrap_fit(fit, n_runs = 3, seed = 3, verbose = FALSE)
  expect_identical(.Random.seed, before)
  expect_identical(again$H, boot$H[, , 1:3])
  local_workers()
  expect_identical(bootstrap_fit(fit, n_runs = 3, seed = 3, verbose = FALSE), again)
})

test_that("a checkpoint is gone on with", {
  file <- withr::local_tempfile(fileext = ".rds")
  first <- bootstrap_fit(fit, n_runs = 2, seed = 3, checkpoint = file, verbose = FALSE)
  more <- bootstrap_fit(fit, n_runs = 3, seed = 3, checkpoint = file, verbose = FALSE)
  expect_identical(more$H[, , 1:2], first$H)
  expect_identical(more$H, boot$H[, , 1:3])
  expect_error(bootstrap_fit(fit, n_runs = 2, seed = 4, checkpoint = file), class = "nmf_error_argument")
})

test_that("intervals are quantiles of the draws, and basic ones their mirror image", {
  ends <- confint(boot, level = 0.8)
  expect_identical(rownames(ends)[1:2], c("k1, A[C>A]A", "k2, A[C>A]A"))
  draws <- boot$H["k2", "A[C>A]A", ]
  expect_equal(unname(ends[2, ]), quantile(draws, c(0.1, 0.9), type = 1, names = FALSE))
  tidied <- tidy(boot, "weights", level = 0.8, method = "basic")
  expect_identical(tidied$estimate, tidy(fit, "weights")$value)
  own <- boot$W["PD4103a", "k1", ]
  at <- tidied$observation == "PD4103a" & tidied$component == "k1"
  expected <- pmax(2 * fit$W["PD4103a", "k1"] - quantile(own, c(0.9, 0.1), type = 1, names = FALSE), 0)
  expect_equal(unname(unlist(tidied[at, c("conf.low", "conf.high")])), expected)
  shares <- tidy(boot, "weights", relative = TRUE)
  expect_equal(as.vector(tapply(shares$estimate, shares$observation, sum)), rep(1, 21))
  expect_true(all(shares$conf.low >= 0 & shares$conf.high <= 1))
  expect_true(all(tidy(boot)$conf.low <= tidy(boot)$conf.high))
})

test_that("no interval leaves its estimate out: it is widened to one that its draws lie beside", {
  for (method in c("percentile", "basic")) {
    for (matrix in c("components", "weights", "parameters")) {
      table <- tidy(boot, matrix, level = 0.5, method = method)
      expect_true(all(table$conf.low <= table$estimate & table$estimate <= table$conf.high))
    }
  }
  beside <- boot
  beside$H[1, 1, ] <- boot$fit$H[1, 1] + seq_len(dim(boot$H)[3])
  ends <- confint(beside)[1, ]
  expect_equal(unname(ends), c(boot$fit$H[1, 1], quantile(beside$H[1, 1, ], 0.975, type = 1, names = FALSE)))
})

test_that("the spread of alpha is that of its likelihood", {
  # Under the parametric bootstrap log(alpha) has the standard error of its interval; with 20 draws it is known to 16%.
  error <- diff(log(confint(fit)[1, ])) / (2 * qnorm(0.975))
  expect_lt(abs(log(sd(log(boot$parameters[, "alpha"])) / error)), 3 * 0.16)
})

test_that("totals are kept by multinomial draws, and parameters that were given or held are not estimated", {
  poisson <- nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  draws <- bootstrap_fit(poisson, n_runs = 3, type = "multinomial", seed = 1, verbose = FALSE)
  # Poisson fits keep the totals of the observations, at convergence.
  expect_equal(rowSums(draws$W[, , 2]), rowSums(brca21), tolerance = 1e-4, ignore_attr = TRUE)
  expect_identical(dim(draws$parameters), c(3L, 0L))
  expect_identical(nrow(confint(draws, "parameters")), 0L)
  held <- refit(brca21, pcawg_signatures[c("SBS1", "SBS2", "SBS5"), ], "NB", verbose = FALSE)
  known <- bootstrap_fit(held, n_runs = 2, seed = 1, observations = c("PD4103a", "PD4120a"), verbose = FALSE)
  expect_equal(known$H[, , 2], held$H, tolerance = 1e-6)
  expect_identical(dim(known$W), c(2L, 3L, 2L))
  expect_identical(colnames(known$parameters), "alpha")
  tweedie <- nmf(brca21, "T/TW/2", n_starts = 1, seed = 1, verbose = FALSE)
  draws <- bootstrap_fit(tweedie, n_runs = 2, seed = 1, observations = integer(), verbose = FALSE)
  expect_identical(colnames(draws$parameters), c("power", "sigma2"))
  expect_true(all(draws$parameters[, "power"] != tweedie$model$family$power))
  expect_identical(dim(draws$W), c(0L, 2L, 2L))
})

test_that("every model and every form of data can be drawn", {
  for (model in c("T/N/2", "T/NBobs/2", "C/NB/2")) {
    one <- suppressMessages(nmf(brca21, model, n_starts = 1, seed = 1, verbose = FALSE))
    draws <- suppressWarnings(bootstrap_fit(one, n_runs = 2, seed = 1, verbose = FALSE), classes = "nmf_warning")
    expect_gt(min(draws$runs$cosine), 0.9)
  }
  words <- addresses$counts[1:40, Matrix::colSums(addresses$counts[1:40, ]) > 5]
  sparse <- nmf(words, "T/Po/2", n_starts = 1, seed = 1, tol = 1e-3, verbose = FALSE)
  expect_identical(dim(bootstrap_fit(sparse, n_runs = 2, seed = 1, verbose = FALSE)$H), c(2L, ncol(words), 2L))
  V <- brca21
  V[2, 3] <- NA
  gap <- nmf(t(V), "T/Po/2", obs = "columns", n_starts = 1, seed = 1, verbose = FALSE)
  expect_identical(dim(bootstrap_fit(gap, n_runs = 2, seed = 1, verbose = FALSE)$W), c(21L, 2L, 2L))
})

test_that("pictures show the intervals", {
  picture <- autoplot(boot)
  features <- ggplot2::layer_data(picture, length(picture$layers))
  table <- tidy(boot)
  expect_setequal(round(features$ymax, 12), round(table$conf.high, 12))
  weights <- autoplot(boot, "weights", n = 7)
  expect_identical(nrow(ggplot2::layer_data(weights, 2)), 14L)
  parameters <- ggplot2::layer_data(autoplot(boot, "parameters"), 2)
  expect_identical(sort(parameters$xintercept), sort(unlist(tidy(boot, "parameters")[-1], use.names = FALSE)))
  none <- bootstrap_fit(fit, n_runs = 2, seed = 1, observations = integer(), verbose = FALSE)
  expect_error(autoplot(none, "weights"), class = "nmf_error_argument")
  expect_error(autoplot(boot, "spread"), class = "nmf_error_argument")
  expect_error(tidy(boot, "components", relative = TRUE), class = "nmf_error_argument")
  expect_error(autoplot(boot, n = 0), class = "nmf_error_argument")
})

test_that("what cannot be drawn is refused before anything is", {
  expect_error(bootstrap_fit(brca21), class = "nmf_error_argument")
  expect_error(bootstrap_fit(fit, n_runs = 1), class = "nmf_error_argument")
  expect_error(bootstrap_fit(fit, type = "cells"), class = "nmf_error_argument")
  expect_error(bootstrap_fit(fit, observations = 22), class = "nmf_error_argument")
  expect_error(bootstrap_fit(fit, V = brca21[-1, ]), class = "nmf_error_data")
  normal <- nmf(brca21, "T/N/2", n_starts = 1, seed = 1, verbose = FALSE)
  expect_error(bootstrap_fit(normal, type = "multinomial"), class = "nmf_error_data")
  expect_error(confint(boot, "rank"), class = "nmf_error_argument")
  expect_error(confint(boot, level = 2), class = "nmf_error_argument")
  expect_error(confint(boot, method = "bca"), class = "nmf_error_argument")
})

test_that("the print says when an estimate lies beside its draws", {
  fit <- nmf(brca21, "T/NB/3", n_starts = 2, seed = 1, verbose = FALSE)
  draws <- bootstrap_fit(fit, n_runs = 3, seed = 1, verbose = FALSE)
  draws$parameters[] <- fit$model$family$alpha * c(1.5, 1.6, 1.7)
  expect_output(print(draws), "alpha is an end of its interval")
  draws$parameters[] <- fit$model$family$alpha * c(0.5, 1, 1.7)
  expect_false(any(grepl("is an end", capture.output(print(draws)))))
})

test_that("means that are too small to draw counts of are refused", {
  fit <- without_advice(nmf(brca21[1:5, 1:6] * 2^-40, "T/Po/1", n_starts = 1, seed = 1, verbose = FALSE))
  expect_error(without_advice(check_model(fit, n_runs = 3, seed = 1)), class = "nmf_error_data")
  expect_error(without_advice(bootstrap_fit(fit, n_runs = 2, seed = 1)), class = "nmf_error_data")
})
