# Data that a model fits exactly: every question has a finite and honest answer, or is refused by class.

exact <- list(
  "rank 1" = outer(1:6, 1:5) + 0, constant = matrix(4, 5, 4), column = cbind(c(2, 7, 1, 8, 3)),
  row = rbind(c(2, 7, 1, 8, 3)), cell = matrix(3), "full rank" = matrix(c(5, 8, 7, 5), 2), zeros = outer(0:3, 1:4) + 0
)
rank_of <- function(V) if (identical(V, exact[["full rank"]])) 2L else 1L
fit_exact <- function(V, model, ...) without_advice(nmf(V, model, rank_of(V), n_starts = 1, seed = 1, ...))
no_nan <- function(x) expect_false(any(is.nan(suppressWarnings(as.numeric(unlist(x))))))
# NULL where it is refused.
asked <- function(expr) without_advice(tryCatch(expr, nmf_error = function(condition) NULL))

for (what in names(exact)) test_law(paste("an exact fit is right under every model:", what), {
  V <- exact[[what]]
  models <- c("T/N", "T/Po", "T/TW", "T/NB", "T/NB10", "C/TW", "C/NB", "C/N", "T/TW1.5",
              if (min(V) > 0) c("T/TW2", "T/TW2.5", "T/TW3"))
  for (model in models) {
    fit <- fit_exact(V, model)
    expect_close(fitted(fit), V, 1e-6)
    expect_true(fit$exact)
    expect_true(fit$converged)
    expect_gte(fit$deviance, 0)
    expect_lt(fit$deviance, 1e-10)
    if (fit$model$family$has_dispersion) {
      expect_identical(fit[c("sigma2", "dispersion", "logLik")],
                       list(sigma2 = 0, dispersion = "exact fit", logLik = Inf))
    } else {
      density <- if (model == "T/NB10") reference_family("negbin", alpha = 10) else reference_family("poisson")
      expect_equal(fit$logLik, reference_loglik(V, V, density, 1), tolerance = 1e-10)
    }
    no_nan(capture.output(print(fit)))
  }
})

test_law("what is asked of an exact fit has an answer or is refused", {
  models <- c("T/N", "T/TW", "C/TW", "T/Po", "T/NB")
  for (V in exact[c("rank 1", "column", "full rank", "zeros")]) for (model in models) {
    fit <- fit_exact(V, model)
    own_noise <- fit$model$family$has_dispersion
    for (type in c("raw", "pearson", "deviance", "quantile")) {
      r <- residuals(fit, type = type, seed = 1)
      expect_true(all(is.finite(r)))
      if (own_noise) expect_lt(max(abs(r)), 1e-6 * max(V))
    }
    h <- hatvalues(fit)
    expect_true(all(is.finite(h) & h > -1e-8 & h < 1 + 1e-8))
    if (own_noise) expect_close(simulate(fit, seed = 1)[[1]], V, 1e-6)
    if (own_noise) expect_error(check_model(fit, seed = 1), class = "nmf_error_data")
    if (model %in% c("T/TW", "C/TW")) expect_error(confint(fit), class = "nmf_error_data")
    no_nan(asked(bootstrap_fit(fit, n_runs = 2, seed = 1))$table)
    no_nan(list(glance(fit), tidy(fit)))
    for (type in c("residuals", "mean_variance")) {
      expect_s3_class(without_advice(autoplot(fit, type, seed = 1)), "ggplot")
    }
  }
})

test_law("models and ranks are compared where fits are exact", {
  for (V in exact[c("rank 1", "zeros")]) {
    comparison <- asked(compare_models(V, rank = 1, n_starts = 1, seed = 1))
    no_nan(comparison$table[c("logLik", "BIC", "delta")])
    expect_identical(comparison$table$delta[1], 0)
    no_nan(asked(select_rank(V, "T/N", 1:2, method = "bic", n_starts = 1, seed = 1))$table)
    for (model in if (identical(V, exact$zeros)) c("T/N", "T/TW1.5") else "T/Po") {
      no_nan(asked(select_rank(V, model, 1:2, method = "cells", n_splits = 2, n_starts = 1, seed = 1))$table)
    }
    profile <- asked(profile_power(V, "T/TW/1", c(1.2, 1.5, 1.8), n_starts = 1, seed = 1))
    no_nan(profile$table)
    expect_true(all(is.na(profile$interval)))
    no_nan(asked(profile_alpha(V, "T/NB/1", n_starts = 1, seed = 1))$table)
  }
  choice <- asked(choose_model(exact$zeros, n_starts = 1, n_splits = 2, n_runs = 0, seed = 1))
  no_nan(choice$models[c("score", "BIC")])
})

test_that("the power of an exact fit is not told", {
  expect_message(nmf(exact[["rank 1"]], "T/TW/1", n_starts = 1, seed = 1), "exact")
})

test_that("with a small alpha a fit is exact when its deviance is rounding beside that of means far away", {
  # alpha log(1 + mu / alpha) is at most 50 alpha a cell, and a mean that is off by d adds alpha d^2 / 2
  is_exact <- function(n, m, off) {
    W <- matrix(seq(1, 2, length.out = n) * 1e9, n)
    H <- matrix(seq(0.5, 1.5, length.out = m), 1)
    fit <- fit_cpp(list(values = W %*% H), core_family(nmf_negbin(1e-3), n), "T", list(W * (1 + off), H),
                   list(nothing, nothing, NULL), list(name = "mm", extrapolate = FALSE, inner = 1L), 0, 0, 0, Inf, 1L,
                   FALSE)
    fit$exact
  }
  limit <- sqrt(2 * 50 * 64 * .Machine$double.eps)
  for (n in c(1, 3)) for (m in c(1, 100)) {
    expect_true(is_exact(n, m, 0.8 * limit))
    expect_false(is_exact(n, m, 1.25 * limit))
  }
})
