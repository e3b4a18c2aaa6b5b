# Which solver "auto" stands for: by bench/solvers.R, the first to come within 1e-6 of where it ends, on the liver and
# the newsgroups data, under every family. The best of the starts of a convex model is no better when Adam trains them
# before "cd", and it is found later (bench/autoencoder.R).
best_solver <- c(traditional = "cd", convex = "cd")

solvers <- c("auto", "mm", "em", "cd", "lbfgs", "adam", "adam+mm", "adam+cd")

check_solvers <- function(solver) {
  expect_arg(is.character(solver) && length(solver) > 0 && !anyDuplicated(solver), "solver",
             "one or more names of solvers, each once", solver)
  vapply(unname(solver), check_choice, "", solvers, "solver", USE.NAMES = FALSE)
}

# The solver for a model, whether it extrapolates, and how often it updates a block before it turns to the other.
solver_for <- function(model, settings) {
  name <- sub("^adam[+]", "", settings$solver)
  if (name == "adam" && by_adam(model, settings)) return(adam_solver(settings$control))
  if (name %in% c("auto", "adam")) name <- best_solver[[model$structure]]
  list(name = name, extrapolate = settings$control$extrapolate %||% (name == "cd"), inner = settings$control$inner_iter)
}

# Whether each start is first trained as an autoencoder. Traditional fits on the way to a convex one are not.
by_adam <- function(model, settings) startsWith(settings$solver, "adam") && model$structure == "convex"

adam_solver <- function(control) {
  c(list(name = "adam", extrapolate = FALSE, inner = 1L, batch = control$batch_size %||% .Machine$integer.max),
    control[c("parametrisation", "learning_rate", "decay", "epochs")])
}

check_solver <- function(model, settings) {
  if (startsWith(settings$solver, "adam") && model$structure != "convex") {
    abort("argument", "`solver` ", dQuote(settings$solver, FALSE), " is for convex models (NMF/C or NMF/CF), not ",
          format(model), ".")
  }
  if (settings$solver == "em" && (model$structure != "traditional" || model$family$name != "poisson")) {
    abort("argument", "`solver` \"em\" is for traditional Poisson models (NMF/T/Po), not ", format(model), ".")
  }
}
