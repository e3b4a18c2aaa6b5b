# Runs of the core: one, and how it is carried on.

nothing <- matrix(0, 0, 0)

# One run of the core; NULL when it was interrupted before it began.
run_core <- function(problem, start, solver, max_iter, settings, keep_state) {
  data <- problem$data
  if (in_blocks(data)) {
    check_kept(data$values)
    if (!is.null(settings$team)) {
      data$ask <- asks_team(settings$team, core_family(problem$model$family, nrow(data)), data$facts$unit)
    }
  }
  model <- problem$model
  structure <- structure_of(model)
  known <- problem$known
  raw <- unless_interrupted(fit_cpp(
    data, core_family(model$family, nrow(data)), structure$letters,
    if (is.null(start$theta)) structure$to_core(start) else start,
    c(structure$to_core(known$fixed %||% list(nothing, nothing)), list(known$penalties)),
    solver, max_iter, settings$tol, settings$control$rel_tol, max(0, settings$deadline - now()),
    settings$threads, keep_state
  ))
  if (identical(raw$status, "interrupted")) note_interrupt()
  raw
}

# A few safe sweeps come first: far from any optimum the faster solvers can end in a worse one. Not so where a Newton
# step along a line is exact, by least squares for a factor that is free: there the sweeps lead to worse ones.
safe_sweeps <- 20
safe_sweeps_before <- function(solver, model) {
  exact <- solver$name == "cd" && structure_of(model)$free && model$family$least_squares
  if (exact) 0 else safe_sweeps
}
safe_solver <- list(name = "mm", extrapolate = FALSE, inner = 1L)

# A run that is trained by Adam, before another solver polishes it. Batches are stretches of the shuffled data.
train <- function(run, problem, settings) {
  if (!by_adam(problem$model, settings)) return(run)
  solver <- adam_solver(settings$control)
  margin <- structure_of(problem$model)$batches
  by_row <- margin == 1
  order <- seq_len(dim(problem$data)[margin])
  if (solver$batch < length(order)) {
    order <- with_seed(settings$seed, sample.int(length(order)))
    problem$data <- if (by_row) problem$data[order, ] else problem$data[, order]
    alpha <- problem$model$family$alpha
    if (by_row && length(alpha) > 1) problem$model$family$alpha <- alpha[order]
  }
  run <- advance(run, problem, solver, Inf, settings)
  if (!is.null(run$raw)) if (by_row) run$raw$W[order, ] <- run$raw$W else run$raw$H[, order] <- run$raw$H
  if (run$status == "stalled" && length(settings$solver) > 1) run$status <- "max_iter"
  run
}

# A run, carried on from where it is for some iterations more, at most to `max_iter` in all. With the solver that made
# it, it goes on as if it had not been stopped, provided that its state was kept, which takes the memory of three fits;
# `before` is its trace up to then.
advance <- function(run, problem, solver, iterations, settings, keep_state = FALSE) {
  if (run$status != "max_iter") return(run)
  spent <- if (is.null(run$trace)) 0 else last(run$trace$iteration)
  goes_on <- !is.null(run$raw$state) && identical(run$solver, solver)
  if (!goes_on) run$before <- run$trace
  raw <- run_core(problem, if (goes_on) run$raw$state else run$start, solver,
                  min(iterations, settings$max_iter - spent), settings, keep_state && solver$name != "lbfgs")
  if (is.null(raw)) {
    run$status <- "interrupted"
    return(run)
  }
  run$start <- structure_of(problem$model)$start_of(raw)
  run$raw <- raw
  run$solver <- solver
  run$status <- raw$status
  run$trace <- join_traces(run$before, raw$trace)
  run$objective <- last(raw$trace$objective)
  run
}

# A run and its continuation as one trace; the continuation begins where the run ended.
join_traces <- function(before, trace) {
  if (is.null(before)) return(trace)
  trace$iteration <- trace$iteration + last(before$iteration)
  trace$seconds <- trace$seconds + last(before$seconds)
  rbind(before, trace[-1, ])
}

last <- function(x) x[length(x)]
