# T15. Valid data at the edges: a right answer or an honest one, never NaN.

structures <- c("traditional", "convex")
zero_families <- function() list(nmf_normal(), nmf_poisson(), nmf_tweedie(1.1), nmf_tweedie(1.5), nmf_negbin(45))
positive_families <- function() c(zero_families(), list(nmf_tweedie(2), nmf_tweedie(2.5)))

reference_of <- function(family) reference_family(family$name, family$power, family$alpha)

# The default path, briefly: the point is that it survives, and survives monotonically.
brief_fit <- function(V, structure, family, rank, ..., max_iter = 60) {
  without_advice(nmf(V, model_of(structure, family, rank),
    n_starts = 2, seed = 1, max_iter = max_iter, verbose = FALSE, ...
  ))
}

expect_survives <- function(V, rank, families, ...) {
  for (structure in structures) for (family in families) {
    fit <- brief_fit(V, structure, family, rank, ...)
    expect_valid_fit(fit, V)
    expect_true(all(is.finite(fit$trace$objective)))
    expect_monotone(fit, objective_scale(as.matrix(V), reference_of(family)))
    # A saturated Normal or Tweedie fit has an infinite density; it is never NaN.
    expect_false(is.nan(as.numeric(logLik(fit))))
  }
}

test_law("one cell, one observation, one feature", {
  expect_survives(matrix(3), 1, positive_families())
  expect_survives(rbind(c(2, 7, 1, 8)), 1, positive_families())
  expect_survives(cbind(c(2, 7, 1, 8)), 1, positive_families())
  expect_survives(rbind(c(0, 7, 0, 8)), 1, zero_families())
})

test_law("rank 1 and rank min(N, M)", {
  V <- random_data(91, n = 6, m = 5) + 1
  expect_survives(V, 1, positive_families())
  expect_survives(V, 5, positive_families())
  expect_survives(random_sparse(92, 6, 5), 5, zero_families())
})

test_law("constant data are fitted exactly", {
  V <- matrix(4, 5, 7)
  expect_survives(V, 1, positive_families())
  expect_survives(V, 3, positive_families())
  for (structure in structures) for (family in positive_families()) {
    fit <- brief_fit(V, structure, family, 1, tol = 1e-8)
    expect_close(fitted(fit), V, 1e-6)
  }
})

test_law("zeros and ones", {
  V <- withr::with_seed(93, matrix(rbinom(120, 1, 0.3), 12)) + 0
  expect_survives(V, 3, zero_families())
  expect_survives(as_sparse(V), 3, zero_families())
  expect_survives(diag(6), 6, zero_families())
})

test_law("one nonzero cell", {
  V <- matrix(0, 5, 4)
  V[3, 2] <- 9
  expect_survives(V, 1, zero_families())
  expect_survives(V, 2, zero_families())
  expect_survives(as_sparse(V), 2, zero_families())
  fit <- brief_fit(V, "traditional", nmf_poisson(), 1)
  expect_close(fitted(fit), V, 1e-8)  # rank 1 Poisson: the outer product of the margins
})

test_that("negative zero is zero", {
  V <- random_sparse(94)
  negative <- V
  negative[V == 0] <- -0
  for (family in zero_families()) {
    expect_identical(
      brief_fit(negative, "traditional", family, 3)$W,
      brief_fit(V, "traditional", family, 3)$W
    )
  }
})

test_that("an explicit zero in a sparse matrix is zero", {
  V <- as_sparse(random_sparse(95))
  explicit <- V
  explicit[1, ] <- explicit[1, ] + 1
  explicit@x[explicit@i == 0] <- as.matrix(V)[1, ]
  expect_gt(sum(explicit@x == 0), 0)
  for (family in zero_families()) {
    expect_close(
      fitted(sweeps(explicit, model_of("traditional", family), random_init(96, "traditional", V), 10)),
      fitted(sweeps(V, model_of("traditional", family), random_init(96, "traditional", V), 10)), 1e-12
    )
  }
})

test_law("integers up to .Machine$integer.max do not overflow", {
  V <- matrix(.Machine$integer.max, 6, 5)
  V[cbind(1:5, 1:5)] <- 1L
  expect_true(is.integer(V))
  expect_survives(V, 2, positive_families())
  fit <- sweeps(V, model_of("traditional", nmf_poisson(), 1), random_init(97, "traditional", V, 1), 1)
  expect_close(colSums(fitted(fit)), colSums(V), 1e-13)
})

test_law("cells from 1e-12 to 1e12 side by side", {
  V <- withr::with_seed(98, matrix(10^runif(60, -12, 12), 10))
  expect_survives(V, 2, positive_families())
  fit <- sweeps(V, model_of("traditional", nmf_poisson(), 1), random_init(99, "traditional", V, 1), 1)
  relative <- fitted(fit) / (outer(rowSums(V), colSums(V)) / sum(V))
  expect_equal(range(relative), c(1, 1), tolerance = 1e-13)  # every cell, however small
})

test_law("data near the ends of the floating point range", {
  V <- random_data(100) + 1
  for (factor in c(1e-150, 1e150, 1e-300, 1e300)) {
    for (structure in structures) for (family in list(nmf_normal(), nmf_poisson(), nmf_tweedie(1.5), nmf_tweedie(2))) {
      unit <- brief_fit(V, structure, family, 3)
      fit <- brief_fit(V * factor, structure, family, 3)
      expect_true(all(is.finite(fit$W)) && all(is.finite(fit$H)))
      # A power of ten rounds every cell once; 60 steps of a line search amplify that. All-zero or
      # infinite fits, the failures this is about, are off by 1.
      expect_close(fitted(fit) / factor, fitted(unit), 1e-2)
    }
  }
})

test_law("alpha from 1e-8 to 1e12", {
  for (case in registry("NB45", input = c("dense", "sparse"))) {
    for (alpha in c(1e-8, 1e-2, 1e4, 1e12)) {
      fit <- without_advice(nmf(case$V, model_of(case$structure, nmf_negbin(alpha)),
        n_starts = 2, seed = 1, max_iter = 60, verbose = FALSE
      ))
      expect_valid_fit(fit, case$dense)
      reference <- reference_family("negbin", alpha = alpha)
      # Far below the counts alpha is lost in v + alpha, so that a few more digits of the small objective are rounding.
      expect_monotone(fit, (if (alpha < 1) 4 else 1) * objective_scale(case$dense, reference))
      # The objective vanishes with alpha, and keeps its digits if the deviance is summed by v and by alpha.
      expect_close(fit$objective, reference_objective(case$dense, fit$W %*% fit$H, reference), 1e-11)
    }
    run <- sweeps(case$V, model_of(case$structure, nmf_negbin(1e-8)), case$init, 10)
    oracle <- reference_run(case$dense, case$init, reference_family("negbin", alpha = 1e-8), 10)
    expect_close(fitted(run), oracle$mu, 1e-8)
  }
})

test_law("powers within rounding of Poisson and gamma", {
  V <- random_data(101, positive = TRUE)
  expect_survives(V, 3, list(nmf_tweedie(1 + 1e-14), nmf_tweedie(2 - 1e-14), nmf_tweedie(2 + 1e-14), nmf_tweedie(3)))
  expect_survives(random_sparse(102), 3, list(nmf_tweedie(1 + 1e-14), nmf_tweedie(2 - 1e-3)))
})

test_that("a large sparse matrix is never made dense", {
  # 1e5 x 1e5 doubles would be 80 GB.
  n <- 1e5
  i <- c(1, 7, 500, 99999, 1e5, 12, 1, 800, 12345, 777)
  j <- c(1, 99, 1e5, 4, 5000, 6, 70000, 800, 4321, 888)
  V <- Matrix::sparseMatrix(i, j, x = 1:10 + 0, dims = c(n, n))
  fit <- without_advice(nmf(V, model_of("traditional", nmf_poisson(), 1),
    n_starts = 1, seed = 1, max_iter = 5, verbose = FALSE
  ))
  expect_close(fit$W, Matrix::rowSums(V), 1e-10)
  expect_close(fit$H, rbind(Matrix::colSums(V) / sum(V)), 1e-10)
})

test_that("views and subsets of vectors are data like any other", {
  V <- matrix(1:20, 4)  # built from a compact sequence
  fit <- sweeps(V, model_of("traditional", nmf_poisson(), 2), random_init(103, "traditional", V, 2), 3)
  expect_close(colSums(fitted(fit)), colSums(V), 1e-13)
})
