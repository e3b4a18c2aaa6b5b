# Laws that rOpenSci's standards ask for (R/standards.R) and that no other file has.

anchored <- function(seed = 1, N = 30, M = 18, K = 3) {
  # Each component has features, and each third of the observations a component, of its own: factors are unique.
  with_seed(seed, {
    H <- matrix(rexp(K * M), K)
    W <- matrix(rexp(N * K, 1 / 500), N)
    for (k in seq_len(K)) {
      H[-k, k] <- 0
      W[(seq_len(N) - 1) %% (2 * K) == k - 1, -k] <- 0
    }
    matrix(rpois(N * M, W %*% H), N, dimnames = list(paste0("o", seq_len(N)), paste0("f", seq_len(M))))
  })
}

test_that("where factors are unique every seed finds them", {
  V <- anchored()
  fits <- lapply(1:4, function(seed) nmf(V, "T/Po/3", n_starts = 5, seed = seed))
  for (fit in fits[-1]) {
    expect_equal(deviance(fit), deviance(fits[[1]]), tolerance = 1e-8)
    matched <- as.data.frame(match_components(fit, fits[[1]]))
    expect_true(all(matched$cosine > 1 - 1e-6))
  }
})

test_that("noise of the size of rounding does not change a fit", {
  V <- anchored(2)
  for (notation in c("T/N/3", "T/Po/3", "T/TW1.5/3", "T/NB20/3")) {
    fit <- nmf(V, notation, n_starts = 3, seed = 1)
    noisy <- V * (1 + .Machine$double.eps * with_seed(3, runif(length(V), -1, 1)))
    again <- without_advice(nmf(noisy, notation, n_starts = 3, seed = 1))
    expect_equal(deviance(again), deviance(fit), tolerance = 1e-8)
    expect_equal(again$H, fit$H, tolerance = 1e-5)     # where they end within `tol` is up to rounding
  }
})

test_that("components go from the heaviest to the lightest", {
  V <- anchored(3)
  for (notation in c("T/N/3", "T/Po/3", "C/NB20/3", "CF/Po/2")) {
    fit <- nmf(V, notation, n_starts = 2, seed = 1)
    total <- colSums(fit$W)
    expect_identical(order(-total), seq_along(total))
    expect_identical(names(total), paste0("k", seq_along(total)))
    expect_equal(rowSums(fit$H), rep(1, length(total)), ignore_attr = TRUE)
  }
})
