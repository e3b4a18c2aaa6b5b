# Weights of new observations, the features held fixed.

train <- brca21[1:18, ]
new <- brca21[19:21, ]

notations <- c("T/N/3", "T/Po/3", "T/TW1.5/3", "T/NB45/3", "C/N/3", "C/Po/3", "C/TW1.5/3", "C/NB45/3")
fitted_once <- lapply(stats::setNames(notations, notations), function(notation) {
  nmf(train, notation, n_starts = 2, seed = 1, verbose = FALSE)
})

reference_of <- function(fit) {
  family <- fit$model$family
  reference_family(family$name, family$power, family$alpha)
}

test_that("at the optimum the weights of the training rows are those of the fit", {
  for (notation in grep("^T", notations, value = TRUE)) {
    fit <- fitted_once[[notation]]
    # The fit's residual is 1e-6, its deviance right to 1e-8; weights move by the root of that where the features are
    # nearly collinear: 1e-3 of the largest weight.
    expect_close(predict(fit, train), fit$W, 1e-3)
    # No row fits worse than in the fit, but for that 1e-8.
    reference <- reference_of(fit)
    of_rows <- function(W) rowSums(reference$half_deviance(train, W %*% fit$H))
    expect_true(all(of_rows(predict(fit, train)) <= of_rows(fit$W) * (1 + 1e-6)), label = notation)
  }
})

test_law("the weights are stationary for each row", {
  for (fit in fitted_once) {
    W <- predict(fit, new)
    reference <- reference_of(fit)
    mu <- W %*% fit$H
    slope <- 1 - (reference$num(new, mu) %*% t(fit$H)) / (reference$den(new, mu) %*% t(fit$H))
    # |min(w, gradient)| of each weight relative to its row, within a hundred times tol = 1e-6 for the other scaling.
    expect_lt(max(abs(pmin(W / rowSums(W), slope))), 1e-4)
    expect_true(all(W >= 0))
  }
})

test_that("Poisson weights with the features fixed are those of a regression", {
  fit <- fitted_once[["T/Po/3"]]
  v <- new[1, ]
  deviance <- function(w) {
    mu <- drop(w %*% fit$H)
    sum(ifelse(v == 0, 0, v * log(v / mu)) - v + mu)
  }
  precise <- list(factr = 10, maxit = 1000)
  best <- optim(rep(sum(v) / 3, 3), deviance, method = "L-BFGS-B", lower = 1e-6, control = precise)
  ours <- deviance(predict(fit, v))
  # optim() is the oracle for the optimum, not for its digits.
  expect_lte(ours, best$value * (1 + 1e-8))
})

test_that("Normal weights are non-negative least squares", {
  fit <- fitted_once[["T/N/3"]]
  # An oracle by brute force: the best of the least squares fits on every subset of the features.
  subsets <- Filter(length, lapply(0:7, function(code) which(bitwAnd(code, c(1, 2, 4)) > 0)))
  best <- apply(new, 1, function(v) {
    min(vapply(subsets, function(s) {
      w <- qr.solve(t(fit$H[s, , drop = FALSE]), v)
      if (any(w < 0)) Inf else sum((v - w %*% fit$H[s, , drop = FALSE])^2)
    }, 0))
  })
  ours <- rowSums((new - predict(fit, new) %*% fit$H)^2)
  expect_equal(ours, best, tolerance = 1e-8)
})

test_that("names, shapes and types", {
  fit <- fitted_once[["T/NB45/3"]]
  W <- predict(fit, new)
  expect_identical(dimnames(W), list(rownames(new), c("k1", "k2", "k3")))
  mu <- predict(fit, new, type = "response")
  expect_identical(mu, W %*% fit$H)
  expect_identical(dimnames(mu), dimnames(new))
  expect_identical(predict(fit), fit$W)
  expect_identical(predict(fit, type = "response"), fitted(fit))
  expect_error(predict(fit, new, type = "link"), class = "nmf_error_argument")
})

test_law("a row is the same alone, as a vector and in any company", {
  for (fit in fitted_once) {
    all_three <- predict(fit, new)
    for (i in 1:3) {
      expect_identical(predict(fit, new[i, , drop = FALSE]), all_three[i, , drop = FALSE])
      expect_identical(drop(unname(predict(fit, new[i, ]))), unname(all_three[i, ]))
    }
    expect_identical(predict(fit, new[3:1, ]), all_three[3:1, ])
    # A huge companion is another matter only for those who scale a batch as a whole. Powers of two are exact.
    company <- rbind(new, 2^10 * new[1, ])
    expect_identical(unname(predict(fit, company)[1:3, ]), unname(all_three))
  }
})

test_law("a zero row has zero weights", {
  for (fit in fitted_once) {
    mixed <- rbind(new[1, ], 0, new[2, ])
    W <- predict(fit, mixed)
    expect_identical(unname(W[2, ]), numeric(3))
    expect_true(all(is.finite(W)))
    expect_identical(unname(predict(fit, numeric(96))[1, ]), numeric(3))
  }
})

test_law("sparse, integer and data frame rows are the same rows", {
  thin <- new
  thin[c(TRUE, FALSE, FALSE)] <- 0L
  for (fit in fitted_once) {
    expect_close(predict(fit, as_sparse(thin)), predict(fit, unname(thin)), 1e-8)
    expect_identical(predict(fit, new + 0), predict(fit, new))
  }
  fit <- fitted_once[["T/Po/3"]]
  expect_identical(predict(fit, as.data.frame(new)), predict(fit, new))
})

test_that("without names the features are those of the fit in their order", {
  fit <- fitted_once[["T/Po/3"]]
  expect_error(predict(fit, unname(new[, -1])), class = "nmf_error_data", regexp = "96 .*95")
  expect_error(predict(fit, unname(new[1, -1])), class = "nmf_error_data")
  expect_identical(unname(predict(fit, unname(new))), unname(predict(fit, new)))  # names are needed for nothing else
  for (bad in list("a", list(), -new, replace(new + 0, 3, NaN), new[0, ], mean)) {
    expect_error(predict(fit, bad), class = "nmf_error_data", regexp = "`newdata`")
  }
})

test_that("a fit with an alpha for each observation asks for that of the new ones", {
  alphas <- seq(5, 90, length.out = 18)
  fit <- nmf(train, model_of("traditional", nmf_negbin(alphas)), n_starts = 2, seed = 1, verbose = FALSE)
  median_alpha <- predict(fit, new)
  expect_identical(predict(fit, new, alpha = median(alphas)), median_alpha)
  expect_false(isTRUE(all.equal(predict(fit, new, alpha = 1), median_alpha, tolerance = 1e-4)))
  own <- predict(fit, new, alpha = c(1, median(alphas), 80))
  expect_identical(own[2, ], median_alpha[2, ])
  expect_identical(own[1, ], predict(fit, new, alpha = 1)[1, ])
  # With the alphas of the fit the training rows have the weights of the fit.
  expect_close(predict(fit, train, alpha = alphas), fit$W, 1e-3)
  expect_error(predict(fitted_once[["T/Po/3"]], new, alpha = 1), class = "nmf_error_argument")
  expect_error(predict(fitted_once[["T/NB45/3"]], new, alpha = 1), class = "nmf_error_argument")
  for (bad in list(-1, 0, NA_real_, "a")) expect_error(predict(fit, new, alpha = bad), class = "nmf_error")
  expect_error(predict(fit, new, alpha = c(1, 2)), class = "nmf_error")
})

test_law("what is beside new data is refused without them, and arguments are checked", {
  fit <- fitted_once[["T/Po/3"]]
  for (beside in list(list(alpha = 1), list(cell_weights = train * 0 + 1), list(offset = rep(1, 96)))) {
    expect_error(do.call(predict, c(list(fit), beside)), class = "nmf_error_argument", regexp = "newdata")
  }
  for (wrong in list(list(max_iter = "a"), list(tol = -1), list(absent = "no"), list(nonsense = 1))) {
    expect_error(do.call(predict, c(list(fit), wrong)), class = "nmf_error_argument")
    expect_error(do.call(predict, c(list(small_topics()), wrong)), class = "nmf_error_argument")
    expect_error(do.call(perplexity, c(list(small_topics()), wrong)), class = "nmf_error_argument")
  }
})

test_that("powers of 2 and more cannot have zeros among new data either", {
  fit <- nmf(train + 1, "T/TW2/3", n_starts = 1, seed = 1, verbose = FALSE)
  expect_true(all(predict(fit, new + 1) >= 0))
  bad <- new + 1
  bad[2, 3] <- 0
  expect_error(predict(fit, bad), class = "nmf_error_data")
})

test_that("observations in columns", {
  V <- unname(train)
  turned <- nmf(t(V), "T/Po/3", obs = "columns", n_starts = 2, seed = 1, verbose = FALSE)
  upright <- nmf(V, "T/Po/3", n_starts = 2, seed = 1, verbose = FALSE)
  X <- unname(new)
  expect_identical(predict(turned, t(X)), predict(upright, X))
  expect_identical(predict(turned, X[1, ]), predict(upright, X[1, ]))
  expect_identical(predict(turned, t(X), type = "response"), t(predict(upright, X, type = "response")))
  expect_error(predict(turned, X), class = "nmf_error_data")
})

test_that("rows that have not converged are told of", {
  fit <- fitted_once[["T/Po/3"]]
  expect_warning(W <- predict(fit, new, max_iter = 1, tol = 0), class = "nmf_warning_not_converged")
  expect_true(all(is.finite(W)))
  expect_error(predict(fit, new, max_iter = 0), class = "nmf_error_argument")
  expect_error(predict(fit, new, tol = -1), class = "nmf_error_argument")
})

test_law("intervals of new weights are where the deviance of the observation has risen by the quantile", {
  for (model in c("T/Po/3", "T/NB30/3", "T/N/3")) {
    fit <- nmf(brca21[1:18, ], model, n_starts = 2, seed = 1, verbose = FALSE)
    found <- predict(fit, brca21[19:21, ], interval = "confidence", level = 0.9)
    expect_identical(dimnames(found), list(rownames(brca21)[19:21], rownames(fit$H), c("fit", "lwr", "upr")))
    expect_equal(found[, , "fit"], predict(fit, brca21[19:21, ]))
    expect_true(all(found[, , "lwr"] <= found[, , "fit"] + 1e-3 & found[, , "fit"] <= found[, , "upr"] + 1e-3))
    family <- reference_family(fit$model$family$name, fit$model$family$power, fit$model$family$alpha)
    sigma2 <- if (fit$model$family$has_dispersion) fit$sigma2 else 1
    v <- matrix(brca21[20, ], 1)
    least <- function(k, w) {
      f <- function(x) reference_objective(v, pmax(append(x, w, k - 1) %*% fit$H, 1e-12), family)
      slope <- function(x) {
        mu <- pmax(append(x, w, k - 1) %*% fit$H, 1e-12)
        drop((family$den(v, mu) - family$num(v, mu)) %*% t(fit$H[-k, ]))
      }
      optim(found[2, -k, "fit"] + 1, f, slope, method = "L-BFGS-B", lower = 1e-10,
            control = list(factr = 10, maxit = 2000))$value
    }
    base <- reference_objective(v, found[2, , "fit"] %*% fit$H, family)
    for (k in 1:3) {
      width <- found[2, k, "upr"] - found[2, k, "lwr"]
      rise <- function(w) 2 * (least(k, w) - base) / sigma2
      expect_equal(rise(found[2, k, "upr"]), qchisq(0.9, 1), tolerance = 0.05)
      if (found[2, k, "lwr"] > 0) expect_equal(rise(found[2, k, "lwr"]), qchisq(0.9, 1), tolerance = 0.05)
    }
  }
})

test_that("intervals of new weights allow for features that are absent, and are refused where there are none", {
  fit <- nmf(brca21, "T/Po/2", n_starts = 2, seed = 1, verbose = FALSE)
  fewer <- brca21[1:2, 1:40]
  found <- suppressMessages(predict(fit, fewer, interval = "confidence"))
  positive <- found[, , "fit"] > 0                         # where a weight is 0, the interval begins there
  expect_true(any(positive))
  expect_true(all(found[, , "lwr"][positive] < found[, , "fit"][positive]) && all(found[, , "lwr"][!positive] == 0))
  expect_true(all(found[, , "fit"] < found[, , "upr"]))
  expect_error(predict(fit, interval = "confidence"), class = "nmf_error_argument")
  expect_error(predict(fit, brca21, "response", interval = "confidence"), class = "nmf_error_argument")
  expect_error(predict(fit, brca21, interval = "prediction"), class = "nmf_error_argument")
  expect_error(predict(fit, brca21, interval = "confidence", level = 1), class = "nmf_error_argument")
  exact <- nmf(outer(1:6, 1:5), "T/N/1", seed = 1, verbose = FALSE)
  expect_error(predict(exact, rbind(1:5), interval = "confidence"), class = "nmf_error_data")
})

test_that("intervals of a refit are those of its weights, and what it leaves out stays out", {
  known <- pcawg_signatures[c("SBS1", "SBS2", "SBS5", "SBS13"), ]
  all <- refit(brca21, known, "Po")
  new <- predict(all, brca21, interval = "confidence")
  ends <- confint(all, "weights")
  expect_equal(unname(ends), unname(cbind(as.vector(new[, , "lwr"]), as.vector(new[, , "upr"]))), tolerance = 1e-3)
  sparse <- refit(brca21[1:6, ], pcawg_signatures, "Po", sparse = TRUE)
  ends <- confint(sparse, "weights", observations = 1:4)
  out <- as.vector(sparse$W[1:4, ] == 0)
  expect_true(all(ends[out, ] == 0))
  expect_true(all(ends[!out, 1] < sparse$W[1:4, ][!out] & sparse$W[1:4, ][!out] < ends[!out, 2]))
})
