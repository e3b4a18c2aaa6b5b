# Laws without an oracle, over all families, structures, dense and sparse data, and kinds of cells: half of the cases,
# in which any three of these four come together in every way.

everywhere <- function(...) {
  half_of(registry(structure = c("traditional", "convex", "features"), input = c("dense", "sparse"),
                   cells = c("plain", "weighted", "missing", "blocks"), ...),
          c("family", "structure", "input", "cells"))
}
# In the core an encoder of rows is swept over all rows at once.
can_descend <- function(case) !(case$structure == "features" && case$cells == "blocks")

from_init <- function(case, ...) {
  without_advice(nmf(case$V, case_model(case), init = case$init, n_starts = 1, seed = 1, verbose = FALSE, ...))
}

for_each_case("no solver raises the objective", everywhere(), function(case) {
  for (solver in c("mm", if (can_descend(case)) "cd", "lbfgs")) {
    fit <- from_init(case, solver = solver, max_iter = 25)
    expect_monotone(fit, scale_of(case))
    expect_lt(fit$objective, fit$trace$objective[1])
  }
})

some <- c("N", "Po", "TW1.5", "NB by observation")

for_each_case("a fit that goes on is one that was never stopped, with any number of threads", everywhere(some),
              function(case) {
  for (solver in c("mm", if (can_descend(case)) "cd")) {
    whole <- from_init(case, solver = solver, max_iter = 8, threads = 2)
    begun <- from_init(case, solver = solver, max_iter = 3, threads = 1)
    more <- without_advice(nmf(case$V, case_model(case), init = begun, solver = solver, max_iter = 5, n_starts = 1,
                               threads = 1, seed = 1, verbose = FALSE))
    for (part in c("W", "H", "objective", "kkt", "logLik")) expect_identical(more[[part]], whole[[part]], label = part)
  }
})

for_each_case("what has converged is stationary, by a residual that is taken anew", everywhere(some), function(case) {
  solver <- if (can_descend(case)) "cd" else "lbfgs"
  fit <- from_init(case, solver = solver, tol = 1e-4, max_iter = 10000)
  expect_true(fit$converged)
  again <- without_advice(nmf(case$V, case_model(case), init = fit, solver = "mm", max_iter = 0, n_starts = 1,
                              seed = 1, verbose = FALSE))
  # Normalising the components rounds each entry once.
  expect_lte(again$kkt, 2e-4)
  expect_equal(again$objective, fit$objective, tolerance = 1e-10)
})

for_each_case("rows in blocks are the same data", Filter(function(case) case$cells == "blocks", everywhere()),
              function(case) {
  plain <- case
  plain$V <- if (case$input == "sparse") as_sparse(case$dense) else case$dense
  for (solver in c("mm", if (can_descend(case)) "cd")) {
    blocks <- from_init(case, solver = solver, max_iter = 20)
    whole <- from_init(plain, solver = solver, max_iter = 20)
    # Sums in another order, over 20 iterations.
    expect_close(blocks$W, whole$W, 1e-10)
    expect_close(blocks$H, whole$H, 1e-10)
    expect_equal(blocks$objective, whole$objective, tolerance = 1e-10)
  }
})
