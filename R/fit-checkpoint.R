# One long fit in a checkpoint. A fit is a sequence of stages, the same whenever it is made again: starts and runs to
# the end, one for each model on the way (the Poisson fit before a Negative Binomial one, the powers of a profile). What
# each has come to is kept under its number; a run to the end with the state from which it goes on to the bit.

open_fit_checkpoint <- function(path, problem, settings, start) {
  identity <- list(
    data = all_of(problem$data), model = facts_of_model(problem$model), start = start[c("W", "second")],
    known = problem$known, seed = settings$seed,
    settings = c(settings[c("n_starts", "solver", "max_iter", "tol")],
                 list(settings$control[names(settings$control) != "checkpoint_every"]))
  )
  file <- open_checkpoint(path, identity)
  file$rest <- settings$control$checkpoint_every
  file$due <- now() + file$rest
  list2env(list(file = file, stage = 0), parent = emptyenv())
}

# What tells data from all others.
all_of <- function(data) {
  if (in_blocks(data)) return(data$facts["cells"])
  unclass(data)[c("values", "weights", "offset")]
}

# What is not written yet is written when the fit ends.
close_fit_checkpoint <- function(saved) {
  save_stage(saved, list(), last = TRUE)
  if (!is.null(saved$file$fault)) {
    warn("checkpoint", "`checkpoint` ", saved$file$fault, " The fit is not affected.")
  }
}

next_stage <- function(saved) {
  saved$stage <- saved$stage + 1
  paste("stage", saved$stage)
}

save_stage <- function(saved, values, last = FALSE) saved$file <- keep_values(saved$file, values, last)

# The value of a stage: as it was kept, or made now and kept if it was made to its end.
kept <- function(settings, work) {
  saved <- settings$saved
  if (is.null(saved)) return(work(settings))
  stage <- next_stage(saved)
  found <- saved$file$values[[stage]]
  if (!is.null(found)) return(found)
  settings$saved <- NULL                                  # stages within it are not kept
  value <- work(settings)
  if (!value$status %in% c("interrupted", "time_limit")) save_stage(saved, stats::setNames(list(value), stage))
  value
}

# A run to its end, by as many iterations at a time as take the time between two writings.
advance_kept <- function(run, problem, solver, settings) {
  saved <- settings$saved
  goes_on <- solver$name %in% c("mm", "cd", "em")         # to the bit
  if (is.null(saved)) return(advance(run, problem, solver, Inf, settings, keep_state = TRUE))
  stage <- next_stage(saved)
  run <- saved$file$values[[stage]] %||% run
  at_once <- if (goes_on) 1 else Inf
  repeat {
    before <- if (is.null(run$trace)) 0 else last(run$trace$iteration)
    if (run$status != "max_iter" || before >= settings$max_iter) break
    began <- now()
    run <- advance(run, problem, solver, at_once, settings, keep_state = TRUE)
    if (run$status %in% c("interrupted", "time_limit")) break
    done <- run$status != "max_iter" || last(run$trace$iteration) >= settings$max_iter
    save_stage(saved, stats::setNames(list(if (done) run else on_its_way(run)), stage))
    at_once <- max(1, floor(at_once * min(4, saved$file$rest / max(now() - began, 1e-3))))
  }
  run
}

# What is needed to go on: the state has the factors.
on_its_way <- function(run) {
  c(run[intersect(c("status", "solver", "before", "trace", "objective"), names(run))],
    list(raw = list(state = run$raw$state)))
}
