# Many short runs, of which the best is polished.

# The Poisson fit of the same structure and rank, where open families begin. A comparison needs it more than once, and
# remembers it in `settings$known`.
fit_poisson <- function(X, model, settings, start = NULL) {
  model <- new_model(model$structure, nmf_poisson(), model$rank, model$encoder)
  if (is.null(settings$known)) return(fit_model(X, model, settings, start))
  name <- format(model)
  if (is.null(settings$known[[name]])) settings$known[[name]] <- fit_model(X, model, settings, start)
  settings$known[[name]]
}

# A fit with all parameters of the family known: from one start, or from the best of several (and of those in `also`).
fit_model <- function(X, model, settings, start = NULL, also = list()) {
  short <- if (is.null(start)) {
    best_of_starts(X, model, settings, also)
  } else if (!is.null(start$before)) {
    start$before
  } else {
    train(list(start = start, status = "max_iter"), X, model, settings)
  }
  if (!is.null(start$before)) settings$max_iter <- settings$max_iter + last(short$trace$iteration)
  run <- advance(short, X, model, solver_for(model, settings), Inf, settings, keep_state = TRUE)
  if (is.null(run$raw)) signal_interrupt()
  new_fit(run, short$objectives, X, model, settings)
}

nothing <- matrix(0, 0, 0)

# What is added to half the deviance, by the block that it holds.
penalties_of <- function(settings) {
  if (!is.null(settings$pseudo)) list(list(kind = "dirichlet", block = 2L, value = settings$pseudo))
}

# The blocks of theta as the core has them. Where features are encoded, A comes first and H lies, as everywhere else it
# is seen from V', with H' in the place of D'.
core_blocks <- function(blocks, model) {
  if (encodes_features(model)) list(blocks[[2]], t(blocks[[1]])) else blocks
}

# One run of the core; NULL when it was interrupted before it began.
run_core <- function(X, model, start, solver, max_iter, settings, keep_state) {
  if (length(values_of(X)) > 1e6) gc(FALSE)             # what R has not swept up yet would add to the peak
  tryCatch(
    allowInterrupts(fit_cpp(c(list(values = X), settings$beside), core_family(model$family, nrow(X)),
                            structure_letters(model), if (is.null(start$theta)) core_blocks(start, model) else start,
                            c(core_blocks(settings$fixed %||% list(nothing, nothing), model),
                              list(penalties_of(settings))),
                            solver, max_iter, settings$tol, settings$control$rel_tol, max(0, settings$deadline - now()),
                            settings$threads, keep_state)),
    interrupt = function(condition) NULL
  )
}

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
        start <- if (r <= n) random_start(X, model, settings, r) else also[[r - n]]
        runs[[r]]$start <- hold_features(start, settings)
        runs[[r]]$status <- start$status %||% "max_iter"
        runs[[r]] <- advance(runs[[r]], X, model, safe_solver, safe_sweeps, settings)
        runs[[r]] <- train(runs[[r]], X, model, settings)
      }
      if (length(runs) > 1) runs[[r]] <- advance(runs[[r]], X, model, solver, iterations, settings)
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
safe_solver <- list(name = "mm", extrapolate = FALSE, inner = 1L)

# A run that is trained by Adam, before another solver polishes it. Batches are stretches of shuffled columns, or of
# rows where features are encoded.
train <- function(run, X, model, settings) {
  if (!by_adam(model, settings)) return(run)
  solver <- adam_solver(settings$control)
  own <- settings
  by_row <- encodes_features(model)
  shuffled_model <- model
  order <- seq_len(dim(X)[if (by_row) 1 else 2])
  if (solver$batch < length(order)) {
    order <- with_seed(settings$seed, sample.int(length(order)))
    shuffled <- function(x) if (by_row) x[order, , drop = FALSE] else x[, order, drop = FALSE]
    own$beside <- change_beside(settings$beside, X, shuffled)
    X <- shuffled(X)
    if (by_row && length(model$family$alpha) > 1) shuffled_model$family$alpha <- model$family$alpha[order]
  }
  run <- advance(run, X, shuffled_model, solver, Inf, own)
  if (!is.null(run$raw)) if (by_row) run$raw$W[order, ] <- run$raw$W else run$raw$H[, order] <- run$raw$H
  if (run$status == "stalled" && settings$solver != "adam") run$status <- "max_iter"
  run
}

# A run, carried on from where it is for some iterations more, at most to `max_iter` in all. With the solver that made
# it, it goes on as if it had not been stopped, provided that its state was kept, which takes the memory of three fits;
# `before` is its trace up to then.
advance <- function(run, X, model, solver, iterations, settings, keep_state = FALSE) {
  if (run$status != "max_iter") return(run)
  spent <- if (is.null(run$trace)) 0 else last(run$trace$iteration)
  goes_on <- !is.null(run$raw$state) && identical(run$solver, solver)
  if (!goes_on) run$before <- run$trace
  raw <- run_core(X, model, if (goes_on) run$raw$state else run$start, solver,
                  min(iterations, settings$max_iter - spent), settings, keep_state && solver$name != "lbfgs")
  if (is.null(raw)) {
    run$status <- "interrupted"
    return(run)
  }
  run$start <- factors_of(raw)
  run$raw <- raw
  run$solver <- solver
  run$status <- raw$status
  run$trace <- join_traces(run$before, raw$trace)
  run$objective <- last(raw$trace$objective)
  run
}

last <- function(x) x[length(x)]
