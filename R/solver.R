# Which solver "auto" stands for: by bench/solvers.R, the first to come within 1e-6 of where it ends, on the liver and the
# newsgroups data, under every family.
best_solver <- c(traditional = "cd", convex = "lbfgs")

solvers <- c("auto", "mm", "cd", "lbfgs")

# The solver for a model, and whether it extrapolates.
solver_for <- function(model, settings) {
  name <- settings$solver
  if (name == "auto") name <- best_solver[[model$structure]]
  if (name == "cd" && model$structure == "convex") {
    abort("argument", "`solver` must be \"auto\", \"mm\" or \"lbfgs\" for a convex model, not \"cd\".")
  }
  list(name = name, extrapolate = settings$control$extrapolate %||% (name == "cd"))
}
