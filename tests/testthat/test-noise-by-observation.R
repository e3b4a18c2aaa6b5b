# Whether a parameter of the noise differs between observations.

means <- withr::with_seed(1, matrix(rgamma(40 * 3, 1, 1 / 600), 40) %*% matrix(rgamma(3 * 30, 1, 30), 3))
fit_of <- function(alpha, seed, weights = NULL) {
  V <- withr::with_seed(seed, matrix(rnbinom(length(means), size = alpha, mu = means), 40)) + 0
  without_advice(nmf(V, "T/NB/3", n_starts = 3, tol = 1e-3, seed = 1, cell_weights = weights, verbose = FALSE))
}
varying <- withr::with_seed(2, exp(rnorm(40, log(30))))

test_that("alphas that differ are told from one that does not", {
  one <- noise_varies(fit <- fit_of(30, 3), data_of(fit))
  expect_lt(one$gain, one$charge)
  many <- noise_varies(fit <- fit_of(varying, 3), data_of(fit))
  expect_gt(many$gain, 2 * many$charge)
  expect_equal(many$charge, log(1200))
  expect_gt(many$spread, 0.4)
  expect_lt(many$spread, 2)
})

test_that("the gain is that of the integral over log-normal alphas", {
  fit <- fit_of(varying, 4)
  data <- data_of(fit)
  found <- noise_varies(fit, data)
  h <- cell_leverages(fit, data)
  mu <- fitted(fit)
  V <- read_values(data)
  of <- function(i, alpha) {
    sum(dnbinom(V[i, ], size = alpha, mu = mu[i, ], log = TRUE)) + sum(h[i, ] * log(mu[i, ] + mu[i, ]^2 / alpha)) / 2
  }
  expect_equal(likelihood_of_rows(fit, data, c(5, 50))[7, ], c(of(7, 5), of(7, 50)))
  at <- log(fit$model$family$alpha) + seq(-4, 4, by = 0.1)
  rows <- t(vapply(1:40, function(i) vapply(exp(at), function(alpha) of(i, alpha), 0), at))
  top <- apply(rows, 1, max)
  mixed <- function(middle) {
    log_mean <- log(exp(rows - top) %*% dnorm(at, middle, found$spread) * 0.1)
    sum(log_mean + top)
  }
  largest <- optimize(mixed, range(at) / 2 + mean(range(at)) / 2, maximum = TRUE)$objective
  expect_equal(found$gain, 2 * (largest - max(colSums(rows))), tolerance = 0.01)
})

test_that("weights of cells scale the likelihood, and a Poisson limit does not vary", {
  fit <- fit_of(30, 5)
  weighted <- fit_of(30, 5, array(2, dim(means)))
  expect_equal(likelihood_of_rows(weighted, data_of(weighted), 30), 2 * likelihood_of_rows(fit, data_of(fit), 30),
               tolerance = 1e-3)
  fit$model$family <- nmf_negbin(Inf)
  expect_identical(noise_varies(fit, data_of(fit))$gain, 0)
})

test_that("a choice on defaults recommends an alpha for each observation where they differ", {
  V <- withr::with_seed(6, matrix(rnbinom(length(means), size = varying, mu = means), 40)) + 0
  choice <- suppressMessages(choose_model(V, ranks = 2:3, n_splits = 2, n_runs = 0, n_starts = 1, seed = 1,
                                          verbose = FALSE))
  expect_identical(choice$models$model[1:2], c("NMF/T/NBobs", "NMF/T/NB"))
  expect_identical(choice$models$rank[1:2], c(3L, 3L))
  expect_length(choice$model$family$alpha, 40)
  expect_identical(choice$ranked, "NMF/T/NB")
  expect_match(choice$reasons[["by_observation"]], "Alpha differs between observations")
  expect_match(choice$reasons[["noise"]], "that of NMF/T/NB has the least criterion")
  expect_match(choice$reasons[["held_out"]], "^NMF/T/NBobs/3 predicts")
  expect_no_match(choice$reasons[["noise"]], "NBobs")
  own <- choice$table[choice$table$model == "NMF/T/NBobs", ]
  expect_identical(own$rank, 3L)
  expect_false(anyNA(own[c("score", "BIC2", "noise")]))
  choice$own$gain <- 1
  expect_match(reason_of_own(choice), "One alpha does for all observations: .* where .* is asked for")
  choice$own$gain <- 0
  expect_identical(reason_of_own(choice), "One alpha does for all observations.")
  expect_silent(capture.output(print(choice)))
})

test_that("noise that varies has to be seen at the next rank and at that of the least held-out score too", {
  problems <- rank_problems(brca21, all_models(), "models", "rows", NULL, NULL, default = TRUE)
  plan <- list(data = problems[[1]]$data, models = lapply(problems, function(one) without_rank(one$model)))
  names(plan$models) <- vapply(plan$models, format, "")
  plan$out <- stats::setNames(rep("", length(plan$models)), names(plan$models))
  table <- data.frame(model = "NMF/T/NB", rank = 1:9, score = c(5, 4, 3, 3, 2, 2, 1, 1.5, 0))
  gain_at <- function(rank) list(gain = 100 - 10 * rank, charge = 5, spread = rank)
  ranks <- NULL
  run <- function(tasks, work, label) {
    ranks <<- vapply(tasks, `[[`, 0, "rank")
    lapply(tasks, function(task) gain_at(task$rank))
  }
  asked <- function(rank, near) {
    judged <- list(models = data.frame(model = "NMF/T/NB", rank = rank), table = table, near = near)
    noise_of_observations(judged, plan, run)$gain
  }
  expect_identical(asked(3, 3:8), 30)                  # rank 7 has the least score of those that are near
  expect_setequal(ranks, c(3, 4, 7))
  expect_identical(asked(3, 3), 60)
  expect_setequal(ranks, c(3, 4))
})
