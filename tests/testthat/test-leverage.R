# Leverages of cells, and alpha adjusted by them.

# A fit whose factors are these: leverages depend on nothing else.
fit_at <- function(W, H, notation) {
  V <- withr::with_seed(1, matrix(rpois(nrow(W) * ncol(H), W %*% H) + 1, nrow(W)))
  fit <- without_advice(nmf(V, notation, rank = ncol(W), init = list(W = W, H = H), max_iter = 0, verbose = FALSE))
  fit$W[] <- W
  fit$H[] <- H
  fit
}

positive_factors <- function(seed, n = 15, m = 11, k = 3) {
  withr::with_seed(seed, list(W = matrix(20 * rgamma(n * k, 2), n), H = matrix(rgamma(k * m, 2), k)))
}

# The definition: diagonal of the projection on the columns of the Jacobian, by QR, in the metric of the information.
hat_diagonal <- function(W, H, information) {
  jacobian <- cbind(kronecker(t(H), diag(nrow(W))), kronecker(diag(ncol(H)), W))
  decomposition <- qr(sqrt(as.vector(information)) * jacobian, tol = 1e-9)
  basis <- qr.Q(decomposition)[, seq_len(decomposition$rank)]
  matrix(rowSums(basis^2), nrow(W))
}

variances <- list("T/N" = function(mu) 1, "T/Po" = identity, "T/TW1.5" = function(mu) mu^1.5,
                  "T/TW2" = function(mu) mu^2, "T/NB5" = function(mu) mu + mu^2 / 5)

test_law("leverages sum to the dimension K (N + M - K) and lie between 0 and 1", {
  for (notation in names(variances)) for (k in c(1, 3)) {
    f <- positive_factors(k, k = k)
    h <- hatvalues(fit_at(f$W, f$H, notation))
    expect_equal(sum(h), k * (15 + 11 - k), tolerance = 1e-10)
    expect_true(all(h > 0 & h < 1))
  }
})

test_that("they are exact where the information is a product, and close to the definition elsewhere", {
  for (notation in names(variances)) {
    f <- positive_factors(5)
    mu <- f$W %*% f$H
    h <- hatvalues(fit_at(f$W, f$H, notation))
    exact <- hat_diagonal(f$W, f$H, 1 / variances[[notation]](mu) + 0 * mu)
    expect_equal(sum(exact), sum(h), tolerance = 1e-8)
    # Normal noise has information 1; otherwise the errors are of the order of those of a rank-one information.
    if (notation == "T/N") expect_close(h, exact, 1e-8) else expect_gt(cor(as.vector(h), as.vector(exact)), 0.98)
  }
  f <- positive_factors(6, k = 1)                        # of rank 1 all powers of the mean are products
  h <- hatvalues(fit_at(f$W, f$H, "T/TW1.5"))
  expect_close(h, hat_diagonal(f$W, f$H, (f$W %*% f$H)^-1.5), 1e-8)
})

test_law("with features held they are those of a weighted linear model for each observation", {
  features <- pcawg_signatures[c("SBS1", "SBS2", "SBS5"), ]
  for (family in c("Po", "NB20")) {
    fit <- refit(brca21, features, family, verbose = FALSE)
    h <- hatvalues(fit)
    mu <- fitted(fit)
    for (i in 1:21) {
      own <- fit$W[i, ] > 1e-6 * max(fit$W[i, ])
      information <- 1 / (if (family == "Po") mu[i, ] else mu[i, ] + mu[i, ]^2 / 20)
      line <- lm.wfit(t(fit$H[own, , drop = FALSE]), brca21[i, ], information)
      expect_equal(h[i, ], lm.influence(structure(line, class = "lm"), do.coef = FALSE)$hat, tolerance = 1e-8,
                   ignore_attr = TRUE)
    }
    expect_equal(sum(h), sum(fit$W > 1e-6 * apply(fit$W, 1, max)), tolerance = 1e-8)
  }
})

test_that("neither the scale nor the order of the components matters, nor that observations come in blocks", {
  f <- positive_factors(7)
  h <- hatvalues(fit_at(f$W, f$H, "T/NB5"))
  scale <- c(0.01, 1, 100)
  expect_close(hatvalues(fit_at(sweep(f$W, 2, scale, "*"), f$H / scale, "T/NB5")), h, 1e-9)
  expect_close(hatvalues(fit_at(f$W[, 3:1], f$H[3:1, ], "T/NB5")), h, 1e-12)
  large <- positive_factors(7, n = 1300, m = 900, k = 2)   # more than 1e6 cells
  expect_equal(sum(hatvalues(fit_at(large$W, large$H, "T/Po"))), 2 * (1300 + 900 - 2), tolerance = 1e-10)
})

test_that("zeros do not move: the sum is the rank of what does", {
  f <- positive_factors(8)
  f$W[cbind(c(1:5, 7:10, 12), c(1, 2, 3, 1, 2, 3, 1, 2, 3, 2))] <- 0
  f$H[cbind(c(1, 2, 3, 1, 2, 3, 1), c(1, 2, 3, 5, 6, 7, 9))] <- 0
  fit <- fit_at(f$W, f$H, "T/Po")
  jacobian <- cbind(kronecker(t(f$H), diag(15))[, as.vector(f$W > 0)], kronecker(diag(11), f$W)[, as.vector(f$H > 0)])
  expect_equal(sum(hatvalues(fit)), qr(jacobian, tol = 1e-9)$rank, tolerance = 1e-8)
})

test_that("cells without weight have none, and weights count like repeated cells", {
  V <- brca21
  V[1:4, 7] <- NA
  fit <- nmf(V, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  h <- hatvalues(fit)
  expect_true(all(h[1:4, 7] == 0) && all(h[-(1:4), 7] > 0))
  expect_equal(sum(h), sum(hatvalues(nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE))), tolerance = 0.02)
  twice <- array(2, dim(brca21))
  weighted <- nmf(brca21, "T/Po/2", cell_weights = twice, n_starts = 1, seed = 1, verbose = FALSE)
  plain <- nmf(brca21, "T/Po/2", init = weighted, max_iter = 0, verbose = FALSE) |> suppressWarnings()
  expect_close(hatvalues(weighted), hatvalues(plain), 1e-8)
  expect_error(hatvalues(weighted, cell_weights = array(1, dim(brca21))), class = "nmf_error_data")
})

test_that("the adjusted alpha is the root of the adjusted score, dense, sparse and by observation", {
  f <- positive_factors(9)
  V <- withr::with_seed(9, matrix(rnbinom(165, size = 3, mu = 0.1 * f$W %*% f$H), 15))
  fit <- nmf(V, "T/Po/3", n_starts = 2, seed = 1, verbose = FALSE)
  mu <- fitted(fit)
  score <- function(log_alpha, rows = 1:15) {
    a <- exp(log_alpha)
    at <- fit
    at$model$family <- nmf_negbin(a)
    h <- hatvalues(at)[rows, ]
    v <- V[rows, ]
    m <- mu[rows, ]
    sum(digamma(v + a) - digamma(a) - (v + a) / (a + m) - log1p(m / a) + 1) - sum(h * m / (2 * a * (a + m)))
  }
  adjusted <- estimate_alpha(V, fit, adjust = TRUE)
  expect_equal(adjusted, exp(uniroot(score, c(-5, 10), tol = 1e-12)$root), tolerance = 1e-7)
  expect_lt(adjusted, estimate_alpha(V, fit))
  expect_equal(estimate_alpha(as_sparse(V), fit, adjust = TRUE), adjusted, tolerance = 1e-8)
  own <- suppressMessages(estimate_alpha(V, fit, by = "observation", adjust = TRUE))
  alone <- suppressMessages(estimate_alpha(V, fit, by = "observation"))
  expect_true(all(own <= alone) && any(own < alone))
  expect_error(estimate_alpha(V, mu, adjust = TRUE), class = "nmf_error_argument")
})

test_that("the adjusted estimate is a fixed point, and near the truth where maximum likelihood is not", {
  f <- positive_factors(10, 60, 50, 4)
  V <- withr::with_seed(10, matrix(rnbinom(3000, size = 20, mu = f$W %*% f$H), 60))
  fit <- function(update) {
    nmf(V, "T/NB/4", n_starts = 2, seed = 1, verbose = FALSE, control = nmf_control(alpha_update = update))
  }
  adjusted <- fit("adjusted")
  expect_match(adjusted$model$family$source, "adjusted")
  expect_equal(estimate_alpha(V, adjusted, adjust = TRUE), adjusted$model$family$alpha, tolerance = 1e-3)
  # 424 of 3000 degrees of freedom; the standard error of log(alpha) is sqrt(2 / 3000) = 2.6% at the least.
  expect_lt(abs(log(adjusted$model$family$alpha / 20)), 4 * 0.03)
  expect_gt(log(fit("joint")$model$family$alpha / 20), 4 * 0.03)
})

test_that("cells whose means are all but zero take no part", {
  fit <- nmf(brca21, "T/TW1.1/3", n_starts = 1, seed = 1, tol = 1e-3, verbose = FALSE)
  fit$H[, 5] <- 1e-275
  h <- cell_leverages(fit, new_source(brca21))
  expect_true(all(is.finite(h)))
  expect_identical(max(h[, 5]), 0)
  expect_gt(sum(h), 3 * 21)
})

test_that("entries that are held do not move", {
  f <- positive_factors(9)
  held <- list(W = f$W * 0, H = f$H * 0)
  held$W[c(1, 5, 20)] <- 1
  held$H[c(2, 6)] <- 1
  moves <- function(...) {
    fit <- fit_at(f$W, f$H, "T/Po")
    fit$run$known$fixed <- list(...)
    moving_parameters(fit)[c("W", "H")]
  }
  expect_identical(lapply(moves(held$W, held$H), unname), list(W = unname(held$W == 0), H = unname(held$H == 0)))
  expect_identical(lapply(moves(NULL, NULL), all), list(W = TRUE, H = TRUE))
})

test_that("leverages of convex models sum to the directions in which their means move", {
  for (notation in c("C/Po/2", "CF/Po/2", "C/N/3", "CF/N/3")) {
    fit <- without_advice(nmf(brca21[, 1:40], notation, n_starts = 1, seed = 1, verbose = FALSE))
    expect_equal(sum(hatvalues(fit)), directions_of(fit), tolerance = 1e-8)
  }
})
