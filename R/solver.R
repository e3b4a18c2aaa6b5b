# The solver of a model.

solver_names <- c("auto", "mm", "em", "cd", "lbfgs", "adam")

# One name, or two, of which the second polishes what the first has trained.
check_solver_names <- function(solver, arg = "solver") {
  pair <- length(solver) == 2 && identical(solver[[1]], "adam") && solver[[2]] %in% c("mm", "cd")
  ok <- is.character(solver) && (pair || (length(solver) == 1 && solver %in% solver_names))
  expect_arg(ok, arg, paste0("one of ", paste(dQuote(solver_names, FALSE), collapse = ", "),
                             ", or \"adam\" followed by \"mm\" or \"cd\""), solver)
  unname(solver)
}

# Several solvers, each one name in a vector or one element of a list, named by what tables call them.
check_solvers <- function(solvers) {
  ok <- (is.character(solvers) || is.list(solvers)) && length(solvers) > 0 && !anyDuplicated(solvers)
  expect_arg(ok, "solvers", "one or more solvers, each once", solvers)
  solvers <- lapply(unname(solvers), check_solver_names, "solvers")
  stats::setNames(solvers, vapply(solvers, solver_label, ""))
}

solver_label <- function(solver) paste(solver, collapse = "+")

# The solver for a model, whether it extrapolates, and how often it updates a block before it turns to the other.
solver_for <- function(model, settings) {
  name <- settings$solver[length(settings$solver)]
  if (name == "adam" && by_adam(model, settings)) return(adam_solver(settings$control))
  if (name %in% c("auto", "adam")) name <- structure_of(model)$solver
  list(name = name, extrapolate = settings$control$extrapolate %||% (name == "cd"), inner = settings$control$inner_iter)
}

# Whether each start is first trained as an autoencoder. Traditional fits on the way to a convex one are not.
by_adam <- function(model, settings) settings$solver[1] == "adam" && "adam" %in% structure_of(model)$solvers

adam_solver <- function(control) {
  c(list(name = "adam", extrapolate = FALSE, inner = 1L, batch = control$batch_size %||% .Machine$integer.max),
    control[c("parametrisation", "learning_rate", "decay", "epochs")])
}

check_solver <- function(model, settings) {
  solvers <- structure_of(model)$solvers
  if (settings$solver[1] == "adam" && !"adam" %in% solvers) {
    abort("argument", "`solver` ", paste(dQuote(settings$solver, FALSE), collapse = " and "),
          " is for convex models (NMF/C or NMF/CF), not ", format(model), ".")
  }
  if (settings$solver[1] == "em" && !("em" %in% solvers && model$family$latent_counts)) {
    abort("argument", "`solver` \"em\" is for traditional Poisson models (NMF/T/Po), not ", format(model), ".")
  }
}

# The settings of a fit to data in blocks: lines of an encoder need all observations at once, and the memory of L-BFGS
# is many times that of the weights.
settings_in_blocks <- function(model, settings) {
  able <- structure_of(model)$in_blocks
  if (identical(settings$solver, "auto")) settings$solver <- able[1]
  if (!all(settings$solver %in% able)) {
    quoted <- function(names, by) paste(dQuote(names, FALSE), collapse = by)
    refuse_in_blocks("solver", quoted(able, ", "), format(model), quoted(settings$solver, " and "))
  }
  settings
}
