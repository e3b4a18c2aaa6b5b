# A weight whose optimum is 0 is 0, so that "> 0" means something; what is above 0 has a share of its line.

least_share <- function(x, margin) {
  share <- x / apply(x, margin, max)[if (margin == 1) row(x) else col(x)]
  min(share[x > 0])
}

for_each_case("weights that end are 0", registry(c("N", "Po", "TW1.5", "NB45"), input = "dense"), function(case) {
  ended <- 0
  solvers <- setdiff(structure_of(case_model(case))$solvers, "adam")
  for (solver in if (case$family == "Po") solvers else setdiff(solvers, "em")) {
    fit <- fit_case(case, solver = solver, n_starts = 1)
    # Shares below the root of the machine epsilon are lost in the objective, to second order.
    if (fit$converged) expect_gt(least_share(fit$W, 1), 1e-8)
    ended <- ended + sum(fit$W == 0) + sum(fit$H == 0)
    expect_lte(reference_kkt(case$dense, fit_theta(fit), case$reference), if (fit$converged) 1e-3 else 1)
  }
  expect_gt(ended, 0)
})

test_that("weights that end are 0 in a topic model, and many are", {
  X <- addresses$counts[seq(1, 480, 10), ]
  X <- X[, Matrix::colSums(X) > 2]
  fit <- without_advice(nmf(X, "T/Po/4", n_starts = 1, seed = 1))
  expect_gt(mean(fit$W == 0), 0.2)
  expect_gt(least_share(fit$W, 1), 1e-8)
})

test_that("weights of new observations that end are 0", {
  fit <- without_advice(nmf(brca21, "T/Po/5", n_starts = 1, seed = 1))
  W <- suppressWarnings(predict(fit, unname(brca21)))
  expect_gt(sum(W == 0), 0)
  expect_gt(least_share(W, 1), 1e-8)
})

test_that("a line that a penalty ends counts relative to its block", {
  # What is worth less than the penalty on the sum of its block ends.
  V <- random_data(161, positive = TRUE)
  V[5, ] <- V[5, ] * 1e-4
  problem <- prepare(V, nmf_model("T/N/2"))
  init <- random_init(162, "traditional", V, 2)
  problem$known <- list(fixed = list(init$W * 0, init$H * 0 + 1),
                        penalties = list(list(kind = "l1", block = 1L, value = matrix(1))))
  settings <- fit_settings(n_starts = 1, max_iter = 100, seed = 1, models = list(problem$model))
  for (solver in c("cd", "mm")) {
    settings$solver <- solver
    fit <- fit_model(problem, settings, list(W = init$W, second = init$H))
    if (solver == "cd") expect_true(fit$converged)
    expect_identical(as.vector(fit$W[5, ]), c(0, 0))
    expect_lt(fit$kkt, if (solver == "cd") 1e-6 else 0.1)
  }
})

# Weights on the way, after a run that is far longer than the fit needs.
least_on_the_way <- function(V, init, model, solver) {
  problem <- prepare(V, model)
  raw <- fit_cpp(problem$data, core_family(model$family, nrow(V)), structure_of(model)$letters, init,
                 list(nothing, nothing, list()), list(name = solver, extrapolate = solver == "cd", inner = 1L), 3000, 0,
                 0, Inf, 1L, TRUE)
  theta <- unlist(raw$state$theta)
  min(theta[theta > 0])
}

dense <- registry(c("N", "Po", "TW1.5", "NB45"), input = "dense")
for_each_case("no weight becomes a number whose products are denormal", dense, function(case) {
  V <- withr::with_seed(31, matrix(rpois(1200, 2 * matrix(rgamma(160, 0.3), 40) %*% matrix(rgamma(120, 0.3), 4)), 40))
  V <- V[rowSums(V) > 0, colSums(V) > 0] + 0
  init <- random_init(32, case$structure, V, 4)
  init <- if (case$structure == "traditional") list(init$W, init$H) else list(t(init$D), init$E)
  model <- model_of(case$structure, package_family(case$reference), 4L)
  # An update leaves a weight of coordinate descent a tenth of itself as long as its line feels it.
  expect_gt(least_on_the_way(V, init, model, "cd"), 1e-20)
  for (solver in c("mm", "lbfgs")) expect_gt(least_on_the_way(V, init, model, solver), 0.99e-100)
})
