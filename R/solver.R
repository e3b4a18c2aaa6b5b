# Which solver "auto" stands for: by bench/solvers.R, the first to come within 1e-6 of where it ends, on the liver and
# the newsgroups data, under every family.
best_solver <- c(traditional = "cd", convex = "cd")

solvers <- c("auto", "mm", "em", "cd", "lbfgs")

check_solvers <- function(solver) {
  expect_arg(is.character(solver) && length(solver) > 0 && !anyDuplicated(solver), "solver",
             "one or more names of solvers, each once", solver)
  vapply(unname(solver), check_choice, "", solvers, "solver", USE.NAMES = FALSE)
}

# The solver for a model, whether it extrapolates, and how often it updates a block before it turns to the other.
solver_for <- function(model, settings) {
  name <- settings$solver
  if (name == "auto") name <- best_solver[[model$structure]]
  list(name = name, extrapolate = settings$control$extrapolate %||% (name == "cd"), inner = settings$control$inner_iter)
}

check_solver <- function(model, settings) {
  if (settings$solver == "em" && (model$structure != "traditional" || model$family$name != "poisson")) {
    abort("argument", "`solver` \"em\" is for traditional Poisson models (NMF/T/Po), not ", format(model), ".")
  }
}
