# Weights of cells by which each table has the alpha of its own.

tables <- rep(c("a", "b"), c(40, 30))
alphas <- c(a = 100, b = 3)
V <- withr::with_seed(1, {
  mu <- matrix(rgamma(50 * 2, 1), 50) %*% matrix(rgamma(2 * 70, 1), 2) * 15
  matrix(rnbinom(length(mu), size = rep(alphas[tables], each = 50), mu = mu) + 0, 50,
         dimnames = list(paste0("s", 1:50), paste0("f", 1:70)))
})
fit <- nmf(V, "T/NB/2", n_starts = 2, seed = 1, verbose = FALSE)
own <- weigh_tables(fit, blocks = tables)

test_that("each alpha is the maximum of the adjusted likelihood of its table, near the true one", {
  expect_named(own$alpha, c("a", "b"))
  expect_lt(abs(log(own$alpha[["a"]] / 100)), log(1.6))    # means under one alpha follow its counts less closely
  expect_lt(abs(log(own$alpha[["b"]] / 3)), log(1.15))
  h <- hatvalues(fit)
  mu <- fitted(fit)
  for (table in c("a", "b")) {
    at <- tables[col(V)] == table & mu > 0
    adjusted <- function(alpha) {
      sum(dnbinom(V[at], size = alpha, mu = mu[at], log = TRUE)) + sum(h[at] * log(mu[at] + mu[at]^2 / alpha)) / 2
    }
    for (factor in c(0.99, 1.01)) expect_lt(adjusted(own$alpha[[table]] * factor), adjusted(own$alpha[[table]]))
  }
})

test_that("with the weights a fit is stationary for the alphas of the tables, as far as its means are those before", {
  expect_equal(own$weights, (1 + fitted(fit) / fit$model$family$alpha) /
                 (1 + fitted(fit) / matrix(own$alpha[tables], 50, 70, byrow = TRUE)))
  again <- fit
  for (round in 1:6) {
    own <- weigh_tables(again, blocks = tables)
    again <- nmf(V, fit$model, init = again, cell_weights = own$weights, tol = 1e-8, seed = 1, verbose = FALSE)
  }
  expect_identical(again$model$family$alpha, fit$model$family$alpha)
  expect_lt(abs(log(own$alpha[["a"]] / 100)), log(1.15))
  expect_lt(abs(log(own$alpha[["b"]] / 3)), log(1.15))
  mu <- pmax(fitted(again), 1e-12)
  variance <- mu + mu^2 / matrix(own$alpha[tables], 50, 70, byrow = TRUE)
  pull <- ((V - mu) / variance) %*% t(again$H)
  size <- (abs(V - mu) / variance) %*% t(again$H)
  free <- again$W > 1e-6 * max(again$W)
  expect_gt(mean(free), 0.9)
  expect_lt(max(abs(pull / size)[free]), 1e-3)
})

test_that("a Poisson table has a large alpha, observations may be columns, and cells may be missing", {
  mixed <- V
  mixed[, tables == "a"] <- withr::with_seed(2, rpois(50 * 40, fitted(fit)[, tables == "a"]))
  mixed[3, 5] <- NA
  negbin <- nmf(mixed, "T/NB/2", n_starts = 2, seed = 1, verbose = FALSE)
  found <- weigh_tables(negbin, blocks = tables)
  expect_gt(found$alpha[["a"]], 1000)
  expect_identical(which(found$weights == 0), which(is.na(mixed)))
  expect_true(all(is.finite(found$weights)))
  turned <- nmf(t(mixed), "T/NB/2", n_starts = 2, seed = 1, obs = "columns", verbose = FALSE)
  in_columns <- weigh_tables(turned, blocks = tables)
  expect_identical(dimnames(in_columns$weights), dimnames(t(V)))
  expect_equal(in_columns$weights, t(found$weights), tolerance = 1e-4)
  expect_equal(weigh_tables(negbin, mixed, blocks = stats::setNames(rev(tables), rev(colnames(V)))), found)
})

test_that("what has no alpha for all, or columns of no table, is refused", {
  expect_error(weigh_tables(nmf(brca21, "T/Po/2", n_starts = 1, seed = 1)), class = "nmf_error_model")
  by_observation <- without_advice(nmf(brca21, "T/NBobs/2", n_starts = 1, seed = 1))
  expect_error(weigh_tables(by_observation), class = "nmf_error_model")
  expect_error(weigh_tables(fit), "`blocks`", class = "nmf_error_argument")
  expect_error(weigh_tables(fit, blocks = 1:3), class = "nmf_error_argument")
})
