# T1. No step of any solver raises the objective.

of_registry <- half_of(registry(), c("family", "structure", "input"))

for_each_case("T1: multiplicative sweeps never raise the objective", of_registry, function(case) {
  fit <- run_case(case, 60)
  expect_identical(nrow(fit$trace), 61L)
  expect_monotone(fit, scale_of(case))
  expect_lt(tail(fit$trace$objective, 1), fit$trace$objective[1])
})

for_each_case("T1: the default solver never raises the objective", of_registry, function(case) {
  fit <- fit_case(case, max_iter = 200)
  expect_gt(nrow(fit$trace), 1)
  expect_monotone(fit, scale_of(case))
  # A fit of rank 3 that is no better than twice the mean everywhere has not begun.
  expect_lt(fit$objective, scale_of(case))
})

for_each_case("T1: L-BFGS never raises the objective", registry(input = c("dense", "sparse")), function(case) {
  fit <- without_advice(nmf(case$V, case_model(case),
    init = case$init, solver = "lbfgs", max_iter = 200, seed = 1, verbose = FALSE
  ))
  expect_monotone(fit, scale_of(case))
  run <- reference_case(case, 0)
  expect_close(fit$trace$objective[1], run$objective, 1e-12)  # it starts from `init`
  expect_lt(fit$objective, run$objective)
})

for_each_case("the trace ends at the fit's own objective",
              registry(input = c("dense", "zeros", "sparse")), function(case) {
  fit <- fit_case(case, max_iter = 50)
  own <- reference_objective(case$dense, fit$W %*% fit$H, case$reference)
  # A sum of 108 cells made in another order, after normalising: 1e-12 leaves 3 digits of room.
  expect_close(fit$objective, own, 1e-12, scale = scale_of(case))
  expect_identical(tail(fit$trace$objective, 1), fit$objective)
  expect_identical(fit$deviance, 2 * fit$objective)
  expect_identical(fit$trace$iteration[1] + 0, 0)
  expect_true(all(diff(fit$trace$iteration) > 0))
  expect_equal(tail(fit$trace$iteration, 1), fit$iterations)
  expect_true(all(diff(fit$trace$seconds) >= 0))
})

test_that("more sweeps from the same start only add to the trace", {
  case <- registry("NB45", "convex", "dense")[[1]]
  short <- run_case(case, 10)
  long <- run_case(case, 25)
  expect_identical(long$trace$objective[1:11], short$trace$objective)
})
