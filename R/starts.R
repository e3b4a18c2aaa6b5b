# Many short runs, of which the best is polished.

# Successive halving (Jamieson and Talwalkar 2016): every start gets the same short run, the better half of them one
# twice as long, and so on until one is left. Extra starts in `also` take part. A run that ends by itself stays where it
# is.
best_of_starts <- function(X, model, settings, also = list()) {
  starts <- c(lapply(seq_len(settings$n_starts), function(r) random_start(X, model, settings, r)), also)
  n <- length(starts)
  runs <- lapply(starts, function(start) list(start = start, status = "max_iter", trace = NULL, objective = NA_real_))
  solver <- solver_for(model, settings)
  alive <- seq_len(n)
  iterations <- settings$control$start_iter
  stopped <- NULL
  bar <- if (settings$verbose) progress_of_starts(model, n)
  first <- TRUE
  while (is.null(stopped) && (first || length(alive) > 1)) {
    for (r in alive) {
      # a few safe sweeps first: far from any optimum the faster solvers can end in a worse one
      if (first) {
        runs[[r]] <- advance(runs[[r]], X, model, list(name = "mm", extrapolate = FALSE), safe_sweeps, settings)
      }
      runs[[r]] <- advance(runs[[r]], X, model, solver, iterations, settings)
      if (!is.null(bar)) update_progress(bar, first, runs)
      if (runs[[r]]$status %in% c("interrupted", "time_limit")) {
        stopped <- runs[[r]]$status
        break
      }
    }
    first <- FALSE
    scaled <- vapply(runs[alive], function(run) run$raw$scaled_objective %||% NA_real_, 0)
    alive <- alive[order(scaled)][seq_len(if (is.null(stopped)) ceiling(length(alive) / 2) else 1)]
    iterations <- 2 * iterations
  }
  best <- runs[[alive[1]]]
  if (is.null(best$raw)) signal_interrupt()
  if (!is.null(stopped)) best$status <- stopped
  list(raw = best$raw, start = best$start, status = best$status, trace = best$trace,
       objectives = vapply(runs, function(run) run$objective, 0))
}

safe_sweeps <- 10

# A run, carried on from where it is for some iterations more, at most to `max_iter` in all.
advance <- function(run, X, model, solver, iterations, settings) {
  if (run$status != "max_iter") return(run)
  spent <- if (is.null(run$trace)) 0 else last(run$trace$iteration)
  raw <- run_core(X, model, run$start, solver, min(iterations, settings$max_iter - spent), settings)
  if (is.null(raw)) {
    run$status <- "interrupted"
    return(run)
  }
  list(start = list(W = raw$W, second = if (model$structure == "convex") raw$E else raw$H), raw = raw,
       status = raw$status, trace = join_traces(run$trace, raw$trace), objective = last(raw$trace$objective))
}

last <- function(x) x[length(x)]

progress_of_starts <- function(model, n) {
  cli::cli_progress_bar(
    format(model), total = n, extra = list(objective = NA),
    format = paste("{cli::pb_name} start {cli::pb_current} of {cli::pb_total},",
                   "objective {cli::pb_extra$objective} | {cli::pb_eta_str}")
  )
}
update_progress <- function(bar, first, runs) {
  objectives <- vapply(runs, function(run) run$objective, 0)
  cli::cli_progress_update(inc = if (first) 1 else 0, id = bar,
                           extra = list(objective = signif(min(objectives, na.rm = TRUE), 6)))
}
