# T3, T4. "Converged" is a statement about the Karush-Kuhn-Tucker conditions, and it is true.

tol <- 1e-6

# The package may scale its residual otherwise than the oracle; entries that vanish only slowly cost
# another factor. What must hold is that both are small together.
kkt_bound <- 1e3 * tol

for_each_case("T3, T4: a converged fit is stationary", registry(input = c("dense", "sparse")), function(case) {
  fit <- fit_case(case, tol = tol, n_starts = 1)
  expect_true(fit$converged)  # 108 cells, 3 components: 10000 iterations are plenty
  expect_identical(fit$status, "converged")
  expect_lte(fit$kkt, tol)
  expect_lte(reference_kkt(case$dense, fit_theta(fit), case$reference), kkt_bound)

  # T4: every margin of mu (v - mu) / Var(mu) is zero. The scaled residual is at most tol an entry, and
  # a margin adds up M = 9 to N M = 108 of them.
  invariant <- reference_invariant(case$dense, fit$W, fit$H, case$reference, columns = case$structure == "traditional")
  expect_lte(max(invariant), 100 * tol)
})

for_each_case("T3: a fit that is stopped early says so", registry(input = "dense"), function(case) {
  warnings <- capture_warnings_of(
    fit <- nmf(case$V, case_model(case),
      init = case$init, solver = "mm", max_iter = 3, tol = tol, seed = 1, verbose = FALSE
    )
  )
  expect_s3_class(warnings[[1]], "nmf_warning_not_converged")
  expect_s3_class(warnings[[1]], "nmf_warning")
  expect_length(warnings, 1)
  expect_false(fit$converged)
  expect_identical(fit$status, "max_iter")
  expect_identical(fit$iterations, 3L)
  expect_gt(fit$kkt, tol)
  expect_gt(reference_kkt(case$dense, fit_theta(fit), case$reference), tol)
  expect_valid_fit(fit, case$dense)
})

test_that("a fit that runs out of time is returned, valid, with its status", {
  V <- random_data(31, n = 60, m = 40)
  expect_warning(
    fit <- nmf(V, model_of("convex", nmf_negbin(45), 5),
      init = random_init(32, "convex", V, 5), solver = "mm", tol = 0, time_limit = 0.05,
      max_iter = 1e6, seed = 1, verbose = FALSE
    ),
    class = "nmf_warning_not_converged"
  )
  expect_identical(fit$status, "time_limit")
  expect_false(fit$converged)
  expect_lt(fit$seconds, 2)  # 0.05 s and one sweep; the rest is a busy machine
  expect_valid_fit(fit, V)
})

test_that("a zero that ought to be positive is not called converged", {
  # Multiplicative updates cannot leave zero; the gradient at W[2, 1] = 0 points up.
  V <- outer(1:6, 1:4) + 0
  init <- list(W = cbind(c(1, 0, 1, 1, 1, 1)), H = rbind(rep(1, 4)))
  fit <- without_advice(nmf(V, model_of("traditional", nmf_normal(), 1),
    init = init, solver = "mm", max_iter = 2000, seed = 1, verbose = FALSE
  ))
  small <- reference_kkt(V, fit[c("W", "H")], reference_family("normal")) < 1e-3
  expect_true(small || !fit$converged)
  expect_true(small || fit$kkt > 1e-3)
})

test_that("an MM fit that claims convergence is as stationary as any other", {
  case <- registry("Po", "traditional", "dense")[[1]]
  fit <- without_advice(nmf(case$V, case_model(case),
    init = case$init, solver = "mm", tol = 1e-4, max_iter = 1e5, seed = 1, verbose = FALSE
  ))
  expect_true(fit$converged)
  expect_lt(fit$iterations, 1e5)
  expect_lte(reference_kkt(case$dense, fit[c("W", "H")], case$reference), 1e-2)
})

test_law("T4: under Poisson the side updated last has exact margins after every sweep", {
  for (input in c("dense", "zeros", "sparse")) for (n in c(1, 7)) {
    case <- registry("Po", "traditional", input)[[1]]
    fit <- run_case(case, n)
    # An identity of the update, so only rounding of 12-term sums is left.
    expect_close(colSums(fit$W %*% fit$H), colSums(case$dense), 1e-13)
    convex <- registry("Po", "convex", input)[[1]]
    fit <- run_case(convex, n)
    expect_close(sum(fit$W %*% fit$H), sum(convex$dense), 1e-13)
  }
})
