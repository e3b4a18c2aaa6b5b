# Intervals of entries of the factors. With one component there are closed forms; otherwise stats::optim() fits
# everything else again, with the entry held.

names_of_small <- list(paste0("o", 1:8), paste0("f", 1:6))
small <- matrix(c(9, 4, 0, 7, 12, 3, 5, 8, 2, 6, 11, 1, 4, 0, 7, 9, 3, 14, 6, 2, 8, 5, 1, 10, 7, 3, 9, 4, 13, 2, 0, 6,
                  12, 5, 8, 1, 2, 9, 4, 15, 3, 7, 1, 6, 10, 8, 2, 5), 8, dimnames = names_of_small)
tight <- function(model, V = small, ...) {
  suppressWarnings(nmf(V, model, n_starts = 3, seed = 1, tol = 1e-9, max_iter = 5000, verbose = FALSE, ...))
}

test_that("with one Poisson component shares have the interval of a binomial, weights that of a Poisson count", {
  fit <- tight("T/Po/1")
  ends_of <- function(fall, estimate, most) {
    c(uniroot(fall, c(1e-9, estimate), tol = 1e-10)$root, uniroot(fall, c(estimate, most), tol = 1e-10)$root)
  }
  for (level in c(0.5, 0.95)) {
    q <- qchisq(level, 1)
    n <- sum(small)
    counts <- colSums(small)
    shares <- t(vapply(counts / n, function(h) {
      ends_of(function(c) 2 * n * (h * log(h / c) + (1 - h) * log((1 - h) / (1 - c))) - q, h, 1 - 1e-9)
    }, c(0, 0)))
    expect_close(unname(confint(fit, "components", level = level)), unname(shares),
                 0.01 * min(shares[, 2] - shares[, 1]), scale = 1)
    totals <- t(vapply(rowSums(small), function(v) {
      ends_of(function(c) 2 * (v * log(v / c) - v + c) - q, v, 10 * v)
    }, c(0, 0)))
    expect_close(unname(confint(fit, "weights", level = level)), unname(totals),
                 0.01 * min(totals[, 2] - totals[, 1]), scale = 1)
  }
})

test_that("what was never seen has the interval of a count of 0", {
  V <- small
  V[3, ] <- 0
  V[, 4] <- 0
  fit <- tight("T/Po/1", V)
  q <- qchisq(0.95, 1)
  expect_equal(unname(confint(fit, "weights", observations = 3)), cbind(0, q / 2), tolerance = 0.01)
  expect_equal(unname(confint(fit, "components", features = 4)), cbind(0, 1 - exp(-q / (2 * sum(V)))),
               tolerance = 0.01)
  two <- confint(tight("T/Po/2", V), "components", features = 4)
  expect_true(all(two[, 1] == 0 & two[, 2] > 0.003 & two[, 2] < 0.1))
})

test_that("with one Poisson component Wald's standard errors are those of a binomial and a Poisson count", {
  fit <- tight("T/Po/1")
  z <- qnorm(0.975)
  h <- as.vector(fit$H)
  se <- sqrt(h * (1 - h) / sum(small))
  expect_equal(unname(confint(fit, "components", method = "wald")), cbind(h - z * se, h + z * se), tolerance = 1e-6)
  w <- rowSums(small)
  expect_equal(unname(confint(fit, "weights", method = "wald")), unname(cbind(w - z * sqrt(w), w + z * sqrt(w))),
               tolerance = 1e-6)
})

# The least half deviance with entry (k, j) of H at the share c of its component.
least_with_share <- function(fit, V, k, j, c) {
  N <- nrow(V)
  K <- nrow(fit$H)
  family <- reference_family(fit$model$family$name, fit$model$family$power, fit$model$family$alpha)
  r <- c / (1 - c)
  unpack <- function(x) {
    H <- matrix(x[-seq_len(N * K)], K)
    H[k, j] <- r * sum(H[k, -j])
    list(W = matrix(x[seq_len(N * K)], N), H = H)
  }
  mean_of <- function(at) pmax(at$W %*% at$H, 1e-12)
  objective <- function(x) reference_objective(V, mean_of(unpack(x)), family)
  gradient <- function(x) {
    at <- unpack(x)
    mu <- mean_of(at)
    slope <- family$den(V, mu) - family$num(V, mu)
    of_h <- crossprod(at$W, slope)
    of_h[k, -j] <- of_h[k, -j] + r * of_h[k, j]
    of_h[k, j] <- 0
    c(tcrossprod(slope, at$H), of_h)
  }
  H <- pmax(fit$H, 1e-3)
  H[k, -j] <- H[k, -j] * (1 - c) / sum(H[k, -j])
  optim(c(pmax(fit$W, 1e-3 * max(fit$W)), H), objective, gradient, method = "L-BFGS-B", lower = 1e-10,
        control = list(maxit = 5000, factr = 1e4))$value
}

apart <- function(seed, size = 60) {
  set.seed(seed)
  H <- rbind(c(6, 4, 2, 1, 1, 0), c(0, 1, 1, 2, 4, 6)) / 14
  matrix(rpois(60, matrix(runif(20, 0, 2 * size), 10) %*% H), 10, dimnames = list(paste0("o", 1:10), paste0("f", 1:6)))
}

test_law("an end is where the deviance, least over everything else, has risen by the quantile", {
  V <- apart(1)
  for (model in c("T/Po/2", "T/NB20/2", "T/N/2", "T/TW1.5/2")) {
    fit <- tight(model, V)
    sigma2 <- if (fit$model$family$has_dispersion) fit$sigma2 else 1
    q <- qchisq(0.9, 1)
    for (kj in list(c(2, 5), c(1, 6))[if (model == "T/Po/2") 1:2 else 1 + (model == "T/N/2")]) {
      ends <- confint(fit, "components", components = kj[1], features = kj[2], level = 0.9)
      width <- diff(drop(ends))
      rise <- function(c) (2 * least_with_share(fit, V, kj[1], kj[2], c) - fit$deviance) / sigma2
      if (ends[1] > 0) {
        expect_gt(rise(max(ends[1] - 0.03 * width, 1e-6)), q)
        expect_lt(rise(ends[1] + 0.03 * width), q)
      }
      expect_gt(rise(ends[2] + 0.03 * width), q)
      expect_lt(rise(ends[2] - 0.03 * width), q)
    }
  }
})

test_law("an upper end is where the deviance has risen by the quantile, or infinite where it never does", {
  calm <- cbind(small[, 1:3] + 1, small[, 4:6] %% 3 + 0.5)
  wild <- 10^matrix(c(0, 3, -2, 1, 4, -1, 2, -3, 0, 3, 1, 5), 6)
  ends <- NULL
  for (power in c(2.5, 3)) for (V in list(calm, wild)) {
    fit <- tight(paste0("T/TW", power, "/1"), V)
    fall <- function(w, v) {
      mu <- w * fit$H[1, ]
      2 * sum(v * mu^(1 - power) / (power - 1) - mu^(2 - power) / (power - 2)) / fit$sigma2
    }
    found <- predict(fit, V[1:6, ], interval = "confidence", level = 0.9)[, 1, "upr"]
    rise <- function(i, w) (fall(w, V[i, ]) - fall(fit$W[i, 1], V[i, ])) / qchisq(0.9, 1)
    for (i in 1:6) {
      expect_identical(found[[i]] == Inf, rise(i, 1e15) < 1)
      if (found[[i]] < Inf) expect_close(rise(i, found[[i]]), 1, 0.05)
    }
    ends <- c(ends, found)
  }
  expect_true(any(ends == Inf) && any(ends < 100))
})

test_law("intervals hold the estimate, shrink with the level and do not depend on threads, order or orientation", {
  fit <- tight("T/Po/2")
  for (what in c("components", "weights")) {
    for (relative in c(FALSE, what == "weights")) {
      wide <- confint(fit, what, relative = relative)
      narrow <- confint(fit, what, level = 0.5, relative = relative)
      value <- if (what == "components") fit$H else if (relative) fit$W / rowSums(fit$W) else fit$W
      expect_true(all(wide[, 1] <= as.vector(value) + 1e-6 & as.vector(value) <= wide[, 2] + 1e-6))
      expect_true(all(wide[, 1] <= narrow[, 1] + 1e-6 & narrow[, 2] <= wide[, 2] + 1e-6))
      expect_identical(confint(fit, what, relative = relative, threads = 2), wide)
    }
  }
  whole <- confint(fit, "components")
  expect_identical(confint(fit, "H", components = "k2", features = c("f4", "f1")),
                   whole[c("k2, f4", "k2, f1"), ])
  expect_identical(rownames(confint(fit, "weights", observations = 3)), c("o3, k1", "o3, k2"))
  turned <- tight("T/Po/2", t(small), obs = "columns")
  expect_equal(confint(turned, "components"), whole, tolerance = 1e-3)
})

test_that("weights of cells count as data, and what was held does not move", {
  fit <- tight("T/Po/1")
  double <- tight("T/Po/1", rbind(small, small))
  weighted <- tight("T/Po/1", cell_weights = matrix(2, 8, 6))
  expect_equal(confint(weighted, "components"), confint(double, "components"), tolerance = 1e-3)
  held <- tight("T/Po/2", init = list(W = matrix(10, 8, 2), H = rbind(rep(1, 6), 6:1)), fixed = list(H = TRUE))
  expect_equal(unname(confint(held, "components")), unname(cbind(as.vector(held$H), as.vector(held$H))))
  expect_true(all(apply(confint(held, "weights"), 1, diff) > 0))
})

test_that("a flat likelihood gives an interval over all that mixing reaches", {
  set.seed(1)
  H <- rbind(c(6, 3, 1, 1, 1, 1), c(1, 1, 1, 1, 3, 6)) / 13
  W <- cbind(runif(40, 300, 900), runif(40, 300, 900))
  V <- matrix(rpois(240, W %*% H), 40, dimnames = list(NULL, names_of_small[[2]]))
  fit <- tight("T/Po/2", V)
  # H[1, ] + t H[2, ] and weights W[, 2] - t W[, 1] have the same mean.
  t <- min(fit$W[, 2] / fit$W[, 1])
  reached <- (fit$H[1, ] + t * fit$H[2, ]) / (1 + t)
  ends <- confint(fit, "components", components = 1, level = 0.01)
  expect_true(all(ends[, 1] <= reached + 1e-4 & reached <= ends[, 2] + 1e-4))
  wald <- confint(fit, "components", components = 1, level = 0.01, method = "wald")
  expect_gt(max(abs(reached - fit$H[1, ])), 5 * max(wald[, 2] - wald[, 1]))
})

test_that("where factors are unique Wald's intervals are those of the profile", {
  set.seed(2)
  H <- rbind(c(4, 3, 2, 1, 0, 0, 0, 0, 1, 2), c(0, 0, 0, 2, 3, 4, 3, 0, 1, 1), c(0, 1, 0, 0, 0, 0, 2, 5, 3, 1))
  W <- matrix(rgamma(90, 1, 1 / 300) * rbinom(90, 1, 0.6), 30)
  W[rowSums(W) == 0, 1] <- 300
  V <- matrix(rpois(300, W %*% H), 30)
  fit <- tight("T/Po/3", V)
  large <- as.vector(fit$H) > 0.1
  profile <- confint(fit, "components")[large, ]
  wald <- confint(fit, "components", method = "wald")[large, ]
  expect_close(unname(wald), unname(profile), 0.1 * min(profile[, 2] - profile[, 1]), scale = 1)
})

test_that("tidy() has the intervals beside the entries they belong to", {
  fit <- tight("T/Po/2")
  for (what in c("components", "weights")) {
    table <- tidy(fit, what, conf.int = TRUE, conf.level = 0.8, method = "wald")
    expect_identical(table[1:3], tidy(fit, what))
    expect_identical(unname(as.matrix(table[4:5])), unname(confint(fit, what, level = 0.8, method = "wald")),
                     ignore_attr = TRUE)
  }
})

test_that("what cannot be answered is refused", {
  fit <- tight("T/Po/2")
  expect_error(confint(fit, "alpha"), class = "nmf_error_model")
  expect_error(confint(fit, "rank"), class = "nmf_error_argument")
  expect_error(confint(fit, "components", observations = 1), class = "nmf_error_argument")
  expect_error(confint(fit, "components", relative = TRUE), class = "nmf_error_argument")
  expect_error(confint(fit, "weights", adjust = TRUE), class = "nmf_error_argument")
  expect_error(confint(fit, "weights", features = "f1"), class = "nmf_error_argument")
  expect_error(confint(fit, "weights", observations = "o9"), class = "nmf_error_argument")
  expect_error(confint(fit, "components", method = "bootstrap"), class = "nmf_error_argument")
  expect_error(confint(tight("C/Po/2"), "components"), "bootstrap_fit", class = "nmf_error_model")
  expect_error(confint(tight("T/N/1", outer(1:8, 1:6)), "weights"), class = "nmf_error_data")
  far <- suppressWarnings(nmf(small, "T/Po/2", n_starts = 1, seed = 1, max_iter = 1, verbose = FALSE))
  expect_warning(confint(far, "components"), class = "nmf_warning_not_converged")
})

test_law("zero entries whose means are zero have intervals under Tweedie noise, where no slope leads away from zero", {
  V <- withr::with_seed(1, {
    mu <- matrix(rgamma(20, 0.3), 10) %*% matrix(rgamma(16, 0.3), 2)
    x <- mu * rgamma(80, 2, 2)
    x[x < 0.05] <- 0
    x[1, ] <- x[1, ] + 0.1
    x[, 1] <- x[, 1] + 0.1
    x
  })
  fit <- suppressMessages(nmf(V, "T/TW1.5/2", n_starts = 5, tol = 1e-8, seed = 1, verbose = FALSE))
  zero <- which(fit$W == 0)
  ends <- confint(fit, "weights", verbose = FALSE)
  expect_gt(length(zero), 0)
  expect_true(all(ends[, 2] > ends[, 1]))
  of_components <- confint(fit, "components", verbose = FALSE)
  expect_true(all(of_components[, 2] > of_components[, 1]))
  i <- zero[1]
  end <- ends[i, 2]
  deviance <- function(x) {                               # with this weight at its end and all else refitted
    W <- replace(matrix(x[1:20], 10), i, end)
    H <- matrix(x[-(1:20)], 2)
    mu <- W %*% (H / rowSums(H))
    2 * sum(2 * sqrt(mu) + 2 * V / pmax(sqrt(mu), 1e-9) - 4 * sqrt(V))
  }
  best <- stats::optim(pmax(c(fit$W, fit$H), 1e-9), deviance, method = "L-BFGS-B", lower = 1e-12)$value
  expect_equal((best - fit$deviance) / fit$sigma2, stats::qchisq(0.95, 1), tolerance = 0.05)
})

test_law("upper ends of weights of 0 are where logarithms of cells of 0 have risen by the quantile under NB noise", {
  counts <- matrix(c(5, 1, 8, 2, 9, 4, 3, 7, 1, 2, 6, 5), 4)
  nothing <- matrix(0, 4, 3)
  V <- rbind(cbind(counts, nothing), cbind(nothing, counts + 1))
  for (alpha in c(0.1, 0.3, 1, 10)) {
    fit <- tight(paste0("T/NB", alpha, "/2"), V)
    expect_equal(unname(rowSums(fit$H > 0)), c(3, 3))
    new <- rbind(0, c(7, 2, 3, 0, 0, 0), c(0, 0, 0, 1, 50, 4))
    ends <- predict(fit, new, interval = "confidence")
    zero <- which(ends[, , "fit"] == 0, arr.ind = TRUE)
    expect_equal(nrow(zero), 4)
    rise <- 2 * alpha * rowSums(log1p(ends[, , "upr"][zero] * fit$H[zero[, 2], ] / alpha))
    expect_close(rise, rep(qchisq(0.95, 1), 4), 0.05)
  }
})

test_that("and where other weights make room for them", {
  H <- rbind(k1 = c(0.88, 0.1184, 0, 0.0016, 0), k2 = c(0, 0.0073, 0.2267, 0.766, 0), k3 = c(0, 0, 0, 0.0052, 0.9948))
  v <- rbind(c(277, 40, 0, 1, 3))
  ends <- predict(refit(v, H, "NB0.3", verbose = FALSE), v, interval = "confidence")
  fall <- function(w) {
    mu <- pmax(drop(w %*% H), 1e-300)
    2 * sum(0.3 * log1p(mu / 0.3) - v * log(mu / (0.3 + mu)))
  }
  for (k in 1:3) {
    others <- function(x) fall(append(exp(x), ends[1, k, "upr"], k - 1))
    least <- vapply(c(0, 3), function(down) {
      optim(log(ends[1, -k, "fit"] + 1) - down, others, control = list(maxit = 5000, reltol = 1e-14))$value
    }, 0)
    expect_close(min(least) - fall(ends[1, , "fit"]), qchisq(0.95, 1), 0.05)
  }
})

test_that("the shares of an observation without counts may be anything", {
  V <- rbind(matrix(c(5, 1, 8, 2, 9, 4, 3, 7, 1, 2, 6, 5), 4), 0)
  fit <- nmf(V, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  ends <- confint(fit, "weights", relative = TRUE, observations = 5, verbose = FALSE)
  expect_equal(unname(ends), cbind(c(0, 0), 1))
})
