# Which solver "auto" stands for: by bench/solvers.R, the first to come within 1e-6 of where it ends, on the liver and
# the newsgroups data, under every family.
best_solver <- c(traditional = "cd", convex = "cd")

solvers <- c("auto", "mm", "cd", "lbfgs")

# The solver for a model, and whether it extrapolates.
solver_for <- function(model, settings) {
  name <- settings$solver
  if (name == "auto") name <- best_solver[[model$structure]]
  list(name = name, extrapolate = settings$control$extrapolate %||% (name == "cd"))
}
