# alpha by maximum likelihood, against the exact likelihood in plain R.

random_mean <- function(seed, n = 20, m = 30, k = 3, size = 10) {
  withr::with_seed(seed, {
    mu <- matrix(rgamma(n * k, 1), n) %*% matrix(rgamma(k * m, 1), k)
    size * mu / mean(mu)
  })
}

random_counts <- function(seed, mu, alpha) {
  withr::with_seed(seed, matrix(rnbinom(length(mu), size = alpha, mu = mu), nrow(mu)))
}

# The root of the score; uniroot() to machine precision leaves the rounding of the digammas, 1e-9 at most.
root_of_score <- function(v, mu) {
  score <- function(log_alpha) {
    a <- exp(log_alpha)
    sum(digamma(v + a) - digamma(a) - (v + a) / (a + mu) - log1p(mu / a) + 1)
  }
  exp(uniroot(score, c(-12, 18), tol = 1e-14)$root)
}

test_that("the estimate is the root of the score and the maximum of the likelihood", {
  for (alpha in c(0.2, 3, 40)) {
    mu <- random_mean(1)
    V <- random_counts(2, mu, alpha)
    estimate <- estimate_alpha(V, mu)
    expect_equal(estimate, root_of_score(V, mu), tolerance = 1e-8)
    # A maximum is located to the square root of the rounding of its value.
    expect_equal(estimate, reference_alpha(V, mu), tolerance = 1e-5)
    expect_type(estimate, "double")
    expect_length(estimate, 1)
  }
})

test_that("the estimate is that of MASS", {
  skip_if_not_installed("MASS")
  mu <- random_mean(3)
  V <- random_counts(4, mu, 8)
  theta <- MASS::theta.ml(as.vector(V), as.vector(mu), limit = 100, eps = 1e-10)
  expect_equal(estimate_alpha(V, mu), as.numeric(theta), tolerance = 1e-8)
})

test_that("each observation can have its own", {
  mu <- random_mean(5, size = 30)
  V <- random_counts(6, mu, rep(c(1, 5, 20, 80), 5))
  rownames(V) <- paste0("o", 1:20)
  own <- estimate_alpha(V, mu, by = "observation")
  expect_named(own, rownames(V))
  expect_equal(unname(own), vapply(1:20, function(i) root_of_score(V[i, ], mu[i, ]), 0), tolerance = 1e-8)
  expect_equal(unname(own[3]), estimate_alpha(V[3, , drop = FALSE], mu[3, , drop = FALSE]), tolerance = 1e-8)
})

test_that("sparse and turned data are the same data", {
  mu <- random_mean(7, size = 0.5)
  V <- random_counts(8, mu, 1)
  expect_gt(mean(V == 0), 0.5)
  # Sums over the nonzeros against sums over all cells.
  expect_equal(estimate_alpha(as_sparse(V), mu), estimate_alpha(V, mu), tolerance = 1e-10)
  expect_equal(suppressMessages(estimate_alpha(as_sparse(V), mu, by = "observation")),
               suppressMessages(estimate_alpha(V, mu, by = "observation")), tolerance = 1e-10)
  expect_equal(estimate_alpha(t(V), t(mu), obs = "columns"), estimate_alpha(V, mu), tolerance = 1e-10)
  expect_equal(estimate_alpha(as.data.frame(V), mu), estimate_alpha(V, mu))
})

test_that("a fit stands for its means", {
  for (structure in c("T", "C")) {
    fit <- nmf(brca21, paste0(structure, "/Po/3"), n_starts = 1, seed = 1, verbose = FALSE)
    expect_equal(estimate_alpha(brca21, fit), estimate_alpha(brca21, fitted(fit)), tolerance = 1e-9)
    suppressMessages(expect_equal(
      estimate_alpha(brca21, fit, by = "observation"), estimate_alpha(brca21, fitted(fit), by = "observation"),
      tolerance = 1e-9
    ))
  }
  turned <- nmf(t(brca21), "T/Po/3", obs = "columns", n_starts = 1, seed = 1, verbose = FALSE)
  expect_equal(estimate_alpha(t(brca21), turned, obs = "columns"),
               estimate_alpha(brca21, t(fitted(turned))), tolerance = 1e-9)
})

test_that("without overdispersion alpha is Inf, and a message says so", {
  mu <- random_mean(9)
  expect_message(alpha <- estimate_alpha(round(mu), mu), "Poisson limit")
  expect_identical(alpha, Inf)
  V <- random_counts(10, mu, 2)
  V[c(3, 7), ] <- round(mu[c(3, 7), ])
  expect_message(own <- estimate_alpha(V, mu, by = "observation"), "2 of 20 observations")
  expect_identical(which(is.infinite(own)), c(3L, 7L))
  expect_equal(own[-c(3, 7)], vapply((1:20)[-c(3, 7)], function(i) root_of_score(V[i, ], mu[i, ]), 0), tolerance = 1e-8)
})

test_that("the Negative Binomial at alpha = Inf is the Poisson model", {
  V <- round(random_mean(9))
  expect_message(nb <- nmf(V, "T/NB/3", n_starts = 1, seed = 1, verbose = FALSE), "Poisson limit")
  expect_identical(nb$model$family$alpha, Inf)
  po <- nmf(V, "T/Po/3", n_starts = 1, seed = 1, verbose = FALSE)
  # The same objective, to the tolerance of convergence (rel_tol = 1e-8 over a quarter of the iterations).
  expect_equal(nb$deviance, po$deviance, tolerance = 1e-6)
  expect_equal(nb$logLik, po$logLik, tolerance = 1e-6)
})

test_that("the extremes of alpha are found", {
  # Hardly any cell is positive, and those are huge.
  mu <- matrix(5, 200, 100)
  V <- random_counts(11, mu, 1e-3)
  expect_equal(estimate_alpha(V, mu), root_of_score(V, mu), tolerance = 1e-8)
  expect_equal(estimate_alpha(V, mu), 1e-3, tolerance = 0.5)  # 140 positive cells: 5 standard errors are about 0.45
  # A variance of 2 mu at mu = 1e6. The plain score loses 1e6 times the rounding of a digamma, about 1e-9 of each
  # term, so the likelihood is the oracle.
  mu <- matrix(1e6, 100, 50)
  V <- random_counts(12, mu, 1e6)
  expect_equal(estimate_alpha(V, mu), reference_alpha(V, mu), tolerance = 1e-4)
  expect_equal(estimate_alpha(V, mu), 1e6, tolerance = 0.2)  # standard error 2 sqrt(2 / 5000) = 0.04
})

test_that("alpha is recovered given the means", {
  mu <- random_mean(13, 100, 50)
  V <- random_counts(14, mu, 10)
  log_likelihood <- function(log_alpha) sum(dnbinom(V, size = exp(log_alpha), mu = mu, log = TRUE))
  h <- 0.01
  information <- -(log_likelihood(log(10) + h) - 2 * log_likelihood(log(10)) + log_likelihood(log(10) - h)) / h^2
  # Four standard errors of log(alpha): a false alarm in 16,000.
  expect_lt(abs(log(estimate_alpha(V, mu) / 10)) * sqrt(information), 4)
})

test_that("alpha is recovered with the factors", {
  mu <- random_mean(15, 150, 60, size = 100)
  V <- random_counts(16, mu, 10)
  fit <- nmf(V, "T/NB/3", n_starts = 2, seed = 1, verbose = FALSE)
  # The factors take up 627 of 9000 degrees of freedom, 7% of the variance, and alpha is that much too large;
  # the standard error is 2%.
  expect_equal(fit$model$family$alpha * (1 - 627 / 9000), 10, tolerance = 0.08)
})

test_that("Algorithm 1 by name: the estimate at the Poisson fit", {
  once <- nmf_control(alpha_update = "once")
  for (structure in c("T", "C")) {
    poisson <- nmf(brca21, paste0(structure, "/Po/3"), n_starts = 2, seed = 1, verbose = FALSE)
    negbin <- nmf(brca21, paste0(structure, "/NB/3"), n_starts = 2, seed = 1, verbose = FALSE, control = once)
    expect_equal(negbin$model$family$alpha, estimate_alpha(brca21, poisson), tolerance = 1e-10)
    expect_match(negbin$model$family$source, "Poisson")
    # One of the 21 is not overdispersed, of which a message tells.
    own <- suppressMessages(nmf(brca21, paste0(structure, "/NBobs/3"), n_starts = 2, seed = 1, verbose = FALSE,
                                control = once))
    expected <- suppressMessages(estimate_alpha(brca21, poisson, by = "observation"))
    expect_equal(own$model$family$alpha, unname(expected), tolerance = 1e-10)
    expect_identical(own$df[["paper"]], negbin$df[["paper"]] + 20)
  }
})

test_that("an open model has the adjusted alpha at its own means", {
  for (model in c("T/NB/3", "C/NB/3", "T/NBobs/3")) {
    fit <- suppressMessages(nmf(brca21, model, n_starts = 2, seed = 1, verbose = FALSE))
    expect_match(fit$model$family$source, "adjusted")
    by <- if (model == "T/NBobs/3") "observation" else "data"
    again <- unname(suppressMessages(estimate_alpha(brca21, fit, by = by, adjust = TRUE)))
    # It ends when no variance changes by more than alpha_tol = 1e-4, with leverages taken at one alpha a round.
    expect_lt(max(abs(change_of_variance(fit, unname(fit$model$family$alpha), again))), 5e-4)
  }
})

test_that("near_first() has the value and the slope of the adjustment at the first alpha, for each row", {
  fit <- nmf(brca21, "T/NB/3", n_starts = 2, seed = 1, verbose = FALSE)
  moving <- moving_parameters(fit)
  exact <- function(alpha) alpha_adjustment(fit, moving, alpha, data_of(fit), NULL)
  near <- near_first(exact)
  alpha <- seq(5, 80, length.out = 21)
  expect_identical(near(rep(Inf, 21)), exact(rep(Inf, 21)))
  expect_equal(near(alpha)[, 1:2], exact(alpha)[, 1:2], tolerance = 1e-12)
  step <- 1e-5
  slope <- ((alpha + step) * near(alpha + step)[, 1] - (alpha - step) * near(alpha - step)[, 1]) / (2 * step)
  held <- exact(alpha)
  expect_equal(slope, held[, 1] + alpha * held[, 2], tolerance = 1e-6)
  expect_true(all(near(alpha * 1e6)[, 1] <= 0))  # as the adjustment itself
  low <- alpha * 1e-12
  expect_gte(min(low * near(low)[, 1] + held[, 4]), -1e-9)
  expect_equal(low * exact(low)[, 1], -exact(low)[, 4], tolerance = 1e-6)
  expect_identical(near(replace(alpha, 3, Inf))[3, 1:3], c(0, 0, 0))
})

test_that("where the adjusted likelihood has no maximum, an observation has the alpha of the plain one", {
  V <- random_counts(31, random_mean(31, 30, 20), 5)
  V[1, ] <- replace(numeric(20), 4, 9)
  # four weights are taken as free there, and one cell is positive: half of the leverages is 2
  fit <- without_advice(nmf(V, "T/Po/4", init = random_init(32, "traditional", V, 4), max_iter = 0, verbose = FALSE))
  plain <- suppressMessages(estimate_alpha(V, fit, by = "observation"))
  for (one_pass in c(FALSE, TRUE)) {
    adjusted <- suppressMessages(c(solve_alpha(data_of(fit), fit, "observation", adjust = TRUE, one_pass = one_pass)))
    expect_equal(adjusted[1], plain[1], tolerance = 1e-6)
    expect_lt(max(adjusted[-1] / plain[-1]), 1)
  }
})

test_that("from a near alpha the same root is found, and the Poisson limit where there is no other", {
  V <- as.matrix(brca21)
  fit <- nmf(V, "T/Po/3", n_starts = 2, seed = 1, verbose = FALSE)
  data <- data_of(fit)
  root <- solve_alpha(data, fit, "data")
  for (near in c(1, 40, 1e4)) expect_equal(c(solve_alpha(data, fit, "data", near = near)), c(root), tolerance = 1e-8)
  flat <- outer(1:6, 1:5) * 10
  means <- list(W = flat, H = matrix(0))
  flat <- read_source(flat, "rows")
  expect_message(limit <- solve_alpha(flat, means, "data", given = TRUE, near = 5), "Poisson limit")
  expect_identical(c(limit), Inf)
})

test_that("the joint estimate is a fixed point with a higher likelihood", {
  for (model in c("T/NB/2", "C/NB/2", "T/NBobs/2")) {
    fit <- function(update) {
      suppressMessages(nmf(brca21, model,
        n_starts = 2, seed = 1, verbose = FALSE, control = nmf_control(alpha_update = update)
      ))
    }
    once <- fit("once")
    joint <- fit("joint")
    expect_gt(joint$logLik, once$logLik)
    by <- if (model == "T/NBobs/2") "observation" else "data"
    # It ends when no alpha changes by more than alpha_tol = 1e-4.
    again <- unname(suppressMessages(estimate_alpha(brca21, joint, by = by)))
    alpha <- joint$model$family$alpha
    expect_identical(is.infinite(again), is.infinite(alpha))
    expect_lt(max(abs(change_of_variance(joint, alpha, again))), 1e-4)
    expect_match(joint$model$family$source, "joint")
  }
})

test_that("there is one adjusted alpha", {
  fit <- nmf(brca21, "T/NB/3", n_starts = 2, seed = 1)
  alpha <- estimate_alpha(brca21, fit, adjust = TRUE)
  expect_equal(fit$model$family$alpha, alpha, tolerance = 2e-4)
  expect_identical(noise_likelihood(fit, data_of(fit))$alpha, fit$model$family$alpha)
  once <- nmf(brca21, "T/NB/3", n_starts = 2, seed = 1, control = nmf_control(alpha_update = "once"))
  alpha <- estimate_alpha(brca21, once, adjust = TRUE)
  expect_equal(noise_likelihood(once, data_of(once))$alpha, alpha)
  expect_equal(with_own_noise(once, data_of(once))$model$family$alpha, alpha)
})

test_law("what a count adds to the score of alpha is a sum of fractions", {
  # psi(v + a) - psi(a) = sum of 1 / (a + j), j < v. The asymptotic series is cut where 4e-14 of it is left at a = 1000.
  for (a in c(0.3, 999, 1001, 3e4, 1e9)) for (v in c(0, 1, 2, 7, 400, 5000)) {
    fractions <- 1 / (a + seq_len(v) - 1)
    gain <- gamma_gain(v, a)
    lost <- if (a > 1e3) 1e-12 else 1e-11 * max(1, a / max(v, 1))
    expect_lte(abs(gain$first - sum(fractions)), lost * sum(fractions))
    expect_lte(abs(gain$second + sum(fractions^2)), lost * sum(fractions^2))
  }
})

test_law("the second derivative of the score of alpha is the slope of the first", {
  mu <- random_mean(15, 8, 6)
  weights <- matrix(withr::with_seed(16, runif(48, 0.5, 2)), 8)
  for (V in list(random_counts(17, mu, 3), as_sparse(random_counts(18, mu / 20, 3)))) for (w in list(NULL, weights)) {
    data <- read_source(V, cell_weights = w)
    means <- list(W = if (methods::is(V, "Matrix")) mu / 20 else mu, H = matrix(0))
    for (by in c("data", "observation")) {
      score <- score_of_alpha(data, means, by, TRUE, 1L, FALSE)
      for (a in c(0.4, 7, 5e3)) {
        alpha <- rep(a, if (by == "data") 1 else 8)
        slope <- (score(alpha * (1 + 1e-4))$first - score(alpha * (1 - 1e-4))$first) / (2e-4 * alpha)
        # central differences are wrong by 1e-8 times the third derivative; digits cancel at large alpha
        expect_equal(score(alpha)$second, slope, tolerance = 1e-5)
      }
    }
  }
})

test_that("Newton's rule finds alpha in a few passes over the data", {
  passes <- function(V, mu, by, near = 1) {
    n <- 0
    own <- new.env(parent = asNamespace("nmfamily"))
    own$score_of_alpha <- function(...) {
      score <- score_of_alpha(...)
      function(alpha) {
        n <<- n + 1
        score(alpha)
      }
    }
    solve <- solve_alpha
    environment(solve) <- own
    solve(read_source(V), list(W = mu, H = matrix(0)), by, given = TRUE, near = near)
    n
  }
  mu <- random_mean(19, 30, 20)
  V <- random_counts(20, mu, 4)
  expect_lte(passes(V, mu, "data"), 6)
  expect_lte(passes(V, mu, "data", near = root_of_score(V, mu)), 3)
  expect_lte(passes(V, mu, "data", near = 50), 8)
})

test_that("a slight excess is enough for a finite alpha", {
  mu <- outer(1:4, 1:5) / 4
  counts <- matrix(c(0, 1, 0, 2, 1, 0, 2, 1, 0, 2, 2, 3, 1, 3, 3, 1, 2, 3, 3, 8), 4)
  excess <- function(scale) sum((counts - scale * mu)^2) - sum(counts)
  scale <- uniroot(function(s) excess(s) - 0.5, c(0.6, 0.8))$root
  expect_silent(alpha <- estimate_alpha(counts, scale * mu))
  expect_true(is.finite(alpha))
  expect_message(alpha <- estimate_alpha(counts, 0.8 * mu), "Poisson limit")
  expect_identical(alpha, Inf)
})

test_that("changes of alpha count as those of the variance at the size-biased mean", {
  fit <- nmf(brca21, "T/NB/3", n_starts = 2, seed = 1, verbose = FALSE)
  mu <- fitted(fit)
  size <- sum(mu^2) / sum(mu)
  expect_equal(change_of_variance(fit, 20, 30), log((size + size^2 / 30) / (size + size^2 / 20)), tolerance = 1e-10)
  expect_equal(change_of_variance(fit, 20, Inf), -log1p(size / 20), tolerance = 1e-10)
  from <- seq(10, 30, length.out = 21)
  sizes <- rowSums(mu^2) / rowSums(mu)
  expect_equal(unname(change_of_variance(fit, from, 2 * from)), unname(log1p(sizes / 2 / from) - log1p(sizes / from)),
               tolerance = 1e-10)
})

test_that("alphas that go back and forth are at rest when their changes have not become smaller for ten rounds", {
  expect_false(is_at_rest(2^-(1:30)))
  expect_false(is_at_rest(c(4, 3, 2, 1, rep(1.5, 9))))
  expect_true(is_at_rest(c(4, 3, 2, 1, rep(1.5, 10))))
  fit <- suppressMessages(nmf(brca21, "T/NBobs/3", n_starts = 2, seed = 1, verbose = FALSE,
                              control = nmf_control(alpha_tol = 1e-12)))
  expect_true(fit$converged)
  expect_equal(fit$model$family$alpha,
               suppressMessages(nmf(brca21, "T/NBobs/3", n_starts = 2, seed = 1, verbose = FALSE))$model$family$alpha,
               tolerance = 1e-2)
})

test_that("a geometric sequence is ended by one step, and what is none is left alone", {
  expect_equal(aitken(1, 0.5), 0.5)          # 0.25 + 0.125 + ...
  expect_equal(aitken(-0.1, -0.08), -0.32)
  expect_identical(aitken(c(1, 0, Inf, 1, 1), c(-0.5, 0.1, 1, -Inf, NaN)), numeric(5))
  expect_identical(aitken(1, 2), 1)
  expect_identical(aitken(0.1, 0.1), 1)      # no more than 1
})

test_that("cut short before its first step, the adjusted estimate is the one by moments, which is not adjusted", {
  fit <- nmf(brca21, "T/NB/2", n_starts = 1, seed = 1, verbose = FALSE)
  at_once <- function(adjust) {
    solve_alpha(data_of(fit), fit, "data", adjust = adjust, early_end = function() "time_limit")
  }
  expect_identical(attr(at_once(TRUE), "early_end"), "time_limit")
  expect_identical(at_once(TRUE), at_once(FALSE))
})

test_that("counts that no alpha makes possible, and means without counts, are refused", {
  V <- random_data(1)
  mu <- V + 1
  refused <- function(...) expect_error(estimate_alpha(...), class = "nmf_error_data")
  refused(V, replace(mu, which(V > 0)[1], 0))
  refused(as_sparse(V), replace(mu, which(V > 0)[1], 0))
  refused(V * 0, mu)
  V[3, ] <- 0
  refused(V, mu, by = "observation")
  expect_gt(estimate_alpha(V, mu), 0)
})

test_that("means of missing cells alone, which nothing bounds, leave alpha a number", {
  V <- rbind(c(4, 5, 6, NA), c(3, 9, 2, 7), c(8, 1, 2, 5))
  means <- list(W = cbind(c(15, 14, 11), c(1e160, 7, 5)), H = rbind(c(0.3, 0.4, 0.3, 0), c(0, 0, 0, 1)))
  expect_message(alpha <- solve_alpha(read_observations(V, "rows", NULL, NULL)$data, means, "data"), "Poisson limit")
  expect_identical(c(alpha), Inf)
  expect_equal(change_of_variance(means, 20, 10), log(2))
})

test_that("an alpha that only the last digits of a flat likelihood tell from the limit is the limit", {
  root <- function(at) {
    own <- new.env(parent = asNamespace("nmfamily"))
    score <- function(alpha) {
      list(first = log(at / alpha) / alpha, second = -(1 + log(at / alpha)) / alpha^2, excess = 1, squares = 1)
    }
    own$score_of_alpha <- function(...) score
    solve <- solve_alpha
    environment(solve) <- own
    c(suppressMessages(solve(NULL, NULL, "data")))
  }
  expect_equal(root(1e9), 1e9)
  expect_identical(root(1e15), Inf)
})

test_that("a count at a mean of 0 is refused, of means and of a fit, with its cell", {
  counts <- matrix(c(5, 1, 8, 2, 9, 4, 3, 7, 1, 2, 6, 5), 4)
  V <- rbind(cbind(counts, 0 * counts), cbind(0 * counts, counts + 1))
  fit <- nmf(V, "T/Po/2", n_starts = 2, seed = 1, verbose = FALSE)
  expect_gt(estimate_alpha(V, fit), 0)
  expect_equal(estimate_alpha(V, fit$W %*% fit$H), estimate_alpha(V, fit))
  V[2, 5] <- 3
  for (mu in list(fit, fit$W %*% fit$H)) {
    expect_error(estimate_alpha(V, mu), "1 is 0, first that of observation 2 and feature 5", class = "nmf_error_data")
  }
})
