# T5. Problems whose solution is known without an algorithm.

test_that("rank 1 Poisson is the outer product of the margins after one sweep", {
  V <- random_data(41)
  independence <- outer(rowSums(V), colSums(V)) / sum(V)
  fit <- sweeps(V, model_of("traditional", nmf_poisson(), 1), random_init(42, "traditional", V, 1), 1)
  expect_close(fitted(fit), independence, 1e-14)  # two products and two quotients a cell
  expect_close(fit$H, rbind(colSums(V) / sum(V)), 1e-14)
  expect_close(fit$W, cbind(rowSums(V)), 1e-14)
})

test_that("rank 1 Poisson converges to the margins in both structures, by every solver", {
  V <- random_sparse(43)
  independence <- outer(rowSums(V), colSums(V)) / sum(V)
  for (structure in c("traditional", "convex")) for (solver in c("auto", "mm", "lbfgs")) {
    fit <- without_advice(nmf(V, model_of(structure, nmf_poisson(), 1),
      solver = solver, tol = 1e-8, seed = 1, n_starts = 1, verbose = FALSE
    ))
    # The gradient is below 1e-8 of den; a quadratic optimum passes that on to mu.
    expect_close(fitted(fit), independence, 1e-6)
  }
})

test_that("rank 1 Normal leaves ||V||^2 - sigma_1^2 in both structures", {
  # The first right singular vector of a non-negative V is V'u / sigma with u >= 0, so it is also convex.
  V <- random_data(44)
  left <- sum(V^2) - svd(V)$d[1]^2
  for (structure in c("traditional", "convex")) {
    fit <- without_advice(nmf(V, model_of(structure, nmf_normal(), 1),
      tol = 1e-8, seed = 1, n_starts = 1, verbose = FALSE
    ))
    # To first order the objective is within tol sum(mu^2) of the optimum, ten times what is left.
    expect_close(deviance(fit), left, 1e-6)
    expect_close(fit$sigma2 * share_left(fit), left / length(V), 1e-6)
  }
})

for_each_case("proportional observations are fitted exactly by one component",
              registry(input = "dense"), function(case) {
  V <- outer(1:12, c(5, 1, 7, 2, 9, 3, 4, 8, 6))
  fit <- without_advice(nmf(V, model_of(case$structure, package_family(case$reference), 1),
    tol = 1e-8, seed = 1, n_starts = 1, verbose = FALSE
  ))
  # mu is right to the square root of what the flat objective can tell: 1e-6 against 1e-12.
  expect_close(fitted(fit), V, 1e-6)
  expect_lte(deviance(fit), 1e-10 * 2 * null_objective(V, case$reference))
})

for_each_case("a factorisation of V by itself is a fixed point with deviance 0",
              registry(input = "dense"), function(case) {
  V <- case$dense[1:6, 1:6] + 1
  identity <- diag(6)
  reference <- case$reference
  if (length(reference$alpha) > 1) reference <- reference_family("negbin", alpha = reference$alpha[1:6])
  init <- if (case$structure == "traditional") list(W = V, H = identity) else list(E = identity, D = identity)
  fit <- sweeps(V, model_of(case$structure, package_family(reference), 6), init, 5)
  # num / den = 1 up to a few roundings a sweep, and the deviance is quadratic in them; the Poisson
  # form itself rounds at eps v.
  expect_lte(max(fit$trace$objective), 1e-14 * null_objective(V, reference) * length(V))
  expect_close(fitted(fit), V, 1e-13)
})

test_law("the NMF of an identity matrix under Normal leaves n - k, and no start is lost to underflow", {
  for (structure in c("traditional", "convex")) {
    fit <- without_advice(nmf(diag(8), model_of(structure, nmf_normal(), 3), n_starts = 60, seed = 1, verbose = FALSE))
    expect_identical(nrow(fit$starts), 60L)
    expect_true(all(is.finite(fit$starts$objective)))
    expect_true(all(2 * fit$starts$objective >= 5 - 1e-9))  # nothing beats the global optimum
    expect_close(deviance(fit), 5, 1e-6)
    expect_valid_fit(fit, diag(8))
  }
})

test_that("blocks of rank 1 are found by as many components", {
  V <- matrix(0, 9, 8)
  V[1:5, 1:4] <- outer(1:5, 4:1)
  V[6:9, 5:8] <- outer(c(3, 1, 4, 1), c(5, 9, 2, 6))
  for (family in list(nmf_normal(), nmf_poisson(), nmf_tweedie(1.5), nmf_negbin(45))) {
    fit <- without_advice(nmf(V, model_of("traditional", family, 2), n_starts = 10, seed = 1, verbose = FALSE))
    expect_close(fitted(fit), V, 1e-3)  # under TW a zero cell is approached only as mu^0.5
  }
})

test_law("one observation or one feature is fitted exactly", {
  for (family in list(nmf_normal(), nmf_poisson(), nmf_tweedie(1.5), nmf_tweedie(2.5), nmf_negbin(45))) {
    for (structure in c("traditional", "convex")) {
      for (V in list(rbind(c(3, 1, 4, 1, 5)), cbind(c(3, 1, 4, 1, 5)), matrix(7))) {
        fit <- without_advice(nmf(V, model_of(structure, family, 1),
          tol = 1e-8, seed = 1, n_starts = 1, verbose = FALSE
        ))
        expect_close(fitted(fit), V, 1e-6)
      }
    }
  }
})
