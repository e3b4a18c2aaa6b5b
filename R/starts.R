# Many short runs, of which the best is polished.

# Successive halving (Jamieson and Talwalkar 2016): every start gets the same short run, the better half of them one
# twice as long, and so on until one is left. Extra starts in `also` take part. A run that ends by itself stays where it
# is.
best_of_starts <- function(X, model, settings, also = list()) {
  n <- settings$n_starts
  runs <- rep(list(list(status = "max_iter", trace = NULL, objective = NA_real_)), n + length(also))
  solver <- solver_for(model, settings)
  alive <- seq_along(runs)
  iterations <- settings$control$start_iter
  stopped <- NULL
  first <- TRUE
  if (settings$verbose) {
    bar <- cli::cli_progress_bar(
      format(model), total = length(runs), extra = list(objective = NA),
      format = paste("{cli::pb_name} start {cli::pb_current} of {cli::pb_total},",
                     "objective {cli::pb_extra$objective} | {cli::pb_eta_str}")
    )
  }
  lowest <- Inf
  while (is.null(stopped) && (first || length(alive) > 1)) {
    for (r in alive) {
      if (first) {  # a few safe sweeps: far from any optimum the faster solvers can end in a worse one
        runs[[r]]$start <- if (r <= n) random_start(X, model, settings, r) else also[[r - n]]
        runs[[r]] <- advance(runs[[r]], X, model, list(name = "mm", extrapolate = FALSE), safe_sweeps, settings)
      }
      runs[[r]] <- advance(runs[[r]], X, model, solver, iterations, settings)
      lowest <- min(lowest, runs[[r]]$objective, na.rm = TRUE)
      if (settings$verbose && first) {
        cli::cli_progress_update(id = bar, extra = list(objective = signif(lowest, 6)))
      }
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
  best$objectives <- vapply(runs, function(run) run$objective, 0)
  best
}

safe_sweeps <- 20

# A run, carried on from where it is for some iterations more, at most to `max_iter` in all.
advance <- function(run, X, model, solver, iterations, settings) {
  if (run$status != "max_iter") return(run)
  spent <- if (is.null(run$trace)) 0 else last(run$trace$iteration)
  raw <- run_core(X, model, run$start, solver, min(iterations, settings$max_iter - spent), settings)
  if (is.null(raw)) {
    run$status <- "interrupted"
    return(run)
  }
  run$start <- list(W = raw$W, second = if (model$structure == "convex") raw$E else raw$H)
  run$raw <- raw
  run$status <- raw$status
  run$trace <- join_traces(run$trace, raw$trace)
  run$objective <- last(raw$trace$objective)
  run
}

last <- function(x) x[length(x)]
