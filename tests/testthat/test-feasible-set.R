# Factors that are as good as those of a fit.

mixed <- local({
  set.seed(3)
  H <- rbind(c(6, 3, 2, 1, 1, 1, 1, 1), c(1, 1, 1, 1, 2, 3, 6, 1), c(1, 2, 1, 5, 5, 1, 1, 0)) / 16
  V <- matrix(rpois(240, matrix(runif(90, 100, 600), 30) %*% H[, ]), 30)
  dimnames(V) <- list(paste0("o", 1:30), paste0("f", 1:8))
  V
})
fit_of <- function(model = "T/Po/3", ...) {
  suppressWarnings(nmf(mixed, model, n_starts = 3, seed = 1, tol = 1e-8, max_iter = 3000, verbose = FALSE, ...))
}

test_law("up to `same_lower` and `same_upper` another pair of factors has the same mean, and no further", {
  fit <- fit_of()
  mixing <- feasible_set(fit, n_draws = 0)$mixing
  expect_identical(nrow(mixing), 6L)
  for (i in seq_len(nrow(mixing))) {
    a <- match(mixing$component[i], rownames(fit$H))
    b <- match(mixing$with[i], rownames(fit$H))
    least <- function(s) {
      t <- s / (1 - s)
      G <- diag(3)
      G[a, b] <- t
      H <- G %*% fit$H
      W <- fit$W %*% solve(G)
      expect_equal(W %*% H, unname(fitted(fit)), tolerance = 1e-10, ignore_attr = TRUE)
      min(H / max(H), W / max(W))
    }
    for (s in c(mixing$same_lower[i], mixing$same_upper[i])) {
      expect_gt(least(s), -1e-10)
      expect_lt(least(s + sign(s) * 1e-3 + (s == 0) * 1e-3 * c(-1, 1)[1 + (s == mixing$same_upper[i])]), 0)
    }
  }
})

test_law("at `lower` and `upper` the deviance has risen by the quantile once the weights are fitted again", {
  for (model in c("T/Po/3", "T/NB30/3", "T/N/3")) {
    fit <- fit_of(model)
    sigma2 <- if (fit$model$family$has_dispersion) fit$sigma2 else 1
    mixing <- feasible_set(fit, level = 0.9, n_draws = 0)$mixing
    expect_true(all(mixing$lower <= mixing$same_lower & mixing$same_upper <= mixing$upper))
    for (i in seq_len(nrow(mixing))) {
      for (s in c(mixing$lower[i], mixing$upper[i])) {
        H <- fit$H
        row <- pmax((1 - s) * H[mixing$component[i], ] + s * H[mixing$with[i], ], 0)
        H[mixing$component[i], ] <- row / sum(row)
        again <- suppressWarnings(nmf(mixed, sub("/3$", "/3", model), init = list(W = fit$W + 1, H = H),
                                      fixed = list(H = TRUE), tol = 1e-8, max_iter = 5000, verbose = FALSE))
        expect_equal((again$deviance - fit$deviance) / sigma2, qchisq(0.9, 1), tolerance = 0.05)
      }
    }
  }
})

test_that("bands hold the fit, the mixtures and the walk, which has the mean of the fit", {
  fit <- fit_of()
  none <- feasible_set(fit, n_draws = 0)
  walked <- feasible_set(fit, n_draws = 50, seed = 2)
  expect_identical(feasible_set(fit, n_draws = 50, seed = 2, threads = 2), walked)
  expect_identical(unname(none$W[, , 1]), unname(fit$W))
  for (x in list(none, walked)) {
    expect_true(all(x$H[, , 1] <= fit$H & fit$H <= x$H[, , 2]))
    expect_true(all(x$W[, , 1] <= fit$W & fit$W <= x$W[, , 2]))
  }
  expect_true(all(walked$W[, , 1] <= none$W[, , 1] & walked$W[, , 2] >= none$W[, , 2]))
  expect_gt(max(walked$W[, , 2] - walked$W[, , 1]), 1)
  ends <- none$mixing[1, ]
  reached <- pmax((1 - ends$upper) * fit$H[ends$component, ] + ends$upper * fit$H[ends$with, ], 0)
  expect_true(all(reached / sum(reached) <= none$H[ends$component, , 2] + 1e-12))
  table <- tidy(walked, "components")
  expect_identical(table$upper, as.vector(walked$H[, , 2]))
  expect_identical(tidy(walked, "exposures")$lower, as.vector(walked$W[, , 1]))
  expect_identical(walked$table$uniqueness,
                   as.vector(tapply(walked$mixing$cosine, walked$mixing$component, min)[walked$table$component]))
})

test_that("what was held stays", {
  start <- fit_of()
  held <- fit_of(init = list(W = start$W, H = start$H), fixed = list(H = 1:8))
  set <- feasible_set(held, n_draws = 5, seed = 1)
  expect_true(all(set$mixing[c("same_lower", "same_upper", "lower", "upper")] == 0))
  expect_equal(set$H[, , 1], set$H[, , 2])
})

test_that("components that their own features and observations tell apart are unique", {
  V <- rbind(cbind(matrix(rpois(40, 200), 8), 0, 0), cbind(0 * diag(8)[, 1:2], matrix(rpois(40, 200), 8)))
  fit <- suppressWarnings(nmf(V, "T/Po/2", n_starts = 3, seed = 1, tol = 1e-8, verbose = FALSE))
  set <- feasible_set(fit, n_draws = 20, seed = 1)
  expect_true(all(abs(set$mixing[c("same_lower", "same_upper")]) < 1e-6))
  expect_true(all(set$table$uniqueness > 0.999))
})

test_that("errors, print and picture", {
  expect_error(feasible_set(fit_of("C/Po/2")), class = "nmf_error_model")
  expect_error(feasible_set(fit_of("T/Po/1")), class = "nmf_error_model")
  fit <- fit_of()
  expect_error(feasible_set(fit, level = 1), class = "nmf_error_argument")
  expect_error(feasible_set(fit, n_draws = -1), class = "nmf_error_argument")
  set <- feasible_set(fit, n_draws = 10, seed = 1)
  expect_snapshot(print(set))
  picture <- autoplot(set)
  expect_s3_class(picture, "ggplot")
  expect_no_error(ggplot2::ggplot_build(picture))
  expect_error(autoplot(set, n = 0), class = "nmf_error_argument")
})
