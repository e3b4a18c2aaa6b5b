quiet_choice <- function(...) suppressMessages(choose_model(..., n_splits = 2, n_runs = 0, seed = 1, verbose = FALSE))

# Three components; the first rows consist of one each, or no row does.
simulate_mixed <- function(seed, pure, N = 24, M = 120) {
  withr::with_seed(seed, {
    W <- matrix(rgamma(N * 3, 1), N)
    if (pure) W[1:6, ] <- diag(3)[rep(1:3, 2), ] * rgamma(6, 3) else W <- W / rowSums(W) + 0.2
    mu <- W %*% matrix(rgamma(3 * M, 1), 3)
    matrix(rpois(N * M, 60 * mu / mean(mu)), N) + 0
  })
}

convexity_of <- function(V, model) {
  fit <- nmf(V, model, n_starts = 2, seed = 1, verbose = FALSE)
  convexity_of_means(fit, data_of(fit), settings_of(fit, 1))
}

test_that("means are those of a convex model when observations consist of one component each", {
  pure <- convexity_of(simulate_mixed(1, TRUE), "T/Po/3")
  expect_equal(pure$allowed, 3 * log(120))
  expect_lt(pure$loss, 3)                                # 6 zeros at 1/2 each, on average
  expect_lt(pure$chance, 0.01)
  mixed <- convexity_of(simulate_mixed(1, FALSE), "T/Po/3")
  expect_gt(mixed$loss, 100)
  expect_true(is_convex_enough(pure))
  expect_false(is_convex_enough(mixed))
})

test_that("what is lost is twice a difference of log-likelihoods, under Normal noise too, in any unit", {
  V <- simulate_mixed(2, FALSE)
  one <- convexity_of(V, "T/N/3")
  expect_equal(convexity_of(V * 64, "T/N/3"), one)
  fit <- nmf(V, "T/N/3", n_starts = 2, seed = 1, verbose = FALSE)
  averages <- nmf(fitted(fit), "C/N/3", n_starts = 3, seed = 1, tol = 1e-3, verbose = FALSE)$H
  again <- refit(V, averages, nmf_normal(), verbose = FALSE)
  expect_equal(one$loss, (again$deviance - fit$deviance) / fit$sigma2, tolerance = 1e-3)
})

test_that("two components always are averages of mean observations", {
  expect_lt(convexity_of(simulate_mixed(3, FALSE), "T/Po/2")$loss, 0.1)
})

test_that("a purity is a share less two standard errors by Fisher's information", {
  V <- simulate_mixed(1, TRUE)
  fit <- nmf(V, "T/Po/3", n_starts = 2, seed = 1, verbose = FALSE)
  shares <- fit$W %*% diag(rowSums(fit$H))
  shares <- shares / rowSums(shares)
  i <- which.max(shares[, 2])
  information <- fit$H %*% diag(1 / fitted(fit)[i, ]) %*% t(fit$H)
  error <- sqrt(solve(information)[2, 2]) / fit$W[i, 2] * shares[i, 2]
  expect_equal(least_purities(fit, data_of(fit))[2], unname(shares[i, 2] - 2 * error))
})

test_that("the chance of purities is that of shares that are drawn uniformly", {
  expect_equal(chance_of_purities(c(0.9, 0.8, 0.2), 30), 0.3 * 1 * 1)
  expect_equal(chance_of_purities(c(0.95, 0.9, -1), 20), 20^2 * 0.05^2 * 0.1^2)
  largest <- withr::with_seed(1, replicate(4000, {
    W <- matrix(rexp(40), 10)
    max(W[, 1] / rowSums(W))
  }))
  expect_lt(abs(mean(largest > 0.8) - chance_of_purities(c(0.8, 0, 0, 0), 10)), 0.015)
})

test_that("a convex truth is recommended as such where it has fewer parameters, and a traditional one is not", {
  choose <- function(V, ...) quiet_choice(V, c("T/Po", "C/Po"), 3:4, ...)
  choice <- choose(simulate_mixed(1, TRUE))
  expect_identical(choice$models$model[1:2], c("NMF/C/Po", "NMF/T/Po"))
  expect_identical(choice$models$rank[1], 3L)
  expect_identical(choice$ranked, "NMF/T/Po")
  expect_identical(structure_of(choice$fit$model)$letters, "C")
  expect_identical(format(choice$check$model), "NMF/T/Po/3")
  expect_match(choice$reasons[["convex"]], "^The means are those of a convex model")
  traditional <- choose(simulate_mixed(1, FALSE))
  expect_identical(traditional$models$model[1], "NMF/T/Po")
  expect_match(traditional$reasons[["convex"]], "^A convex model is not true")
  traditional$convex <- list(loss = 1, allowed = 6, chance = 0.06)
  expect_match(reason_of_convex(traditional), "these data do not show it: .* as pure as these by chance")
  # as many observations as features: a convex model has more parameters, and is not asked for
  tall <- choose(simulate_mixed(1, TRUE)[, 1:20])
  expect_identical(tall$models$model[1], "NMF/T/Po")
  expect_null(tall$convex)
})
