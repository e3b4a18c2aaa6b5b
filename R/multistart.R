# Many short runs, of which the best is polished.

# The Poisson fit of the same structure and rank, where open families begin. A comparison needs it more than once.
fit_poisson <- function(problem, settings, start = NULL) {
  problem$model <- with_family(problem$model, nmf_poisson())
  memory <- problem$poisson
  if (is.null(memory)) return(fit_model(problem, settings, start))
  name <- format(problem$model)
  if (is.null(memory[[name]])) memory[[name]] <- fit_model(problem, settings, start)
  memory[[name]]
}

# Features of a convex model are E'V, which needs a V without gaps: the means of the traditional model of the same noise
# and rank (Poisson where a power is open), fitted to the cells that count, stand for what is missing. Means under
# Poisson
# noise follow the largest of overdispersed cells, and are 5 to 6% too high at alpha = 2. Where these cells do not
# determine it, a mean is kept within reach of that of its row and column. How long the fit itself may take has no say,
# so
# that one that goes on finds the same data.
complete_data <- function(problem, settings) {
  if (!structure_of(problem$model)$complete || !any(problem$data$weights == 0)) return(problem)
  family <- problem$model$family
  if (is_open(family) && family$parameter$profiled) family <- nmf_poisson()
  traditional <- new_problem(problem$data, new_model("traditional", family, problem$model$rank))
  settings[c("max_iter", "tol", "solver")] <- list(20000L, 1e-6, "auto")
  fit <- suppressMessages(fit_family(family, traditional, settings))
  problem$interrupted <- fit$status == "interrupted"
  level <- independent_means(problem$data)
  problem$data <- fill_missing(problem$data, function(row, column) {
    within_reach(rowSums(fit$W[row, , drop = FALSE] * t(fit$H)[column, , drop = FALSE]), level(row, column))
  })
  problem
}

# A fit with all parameters of the family known: from one start, or from the best of those with the numbers in `among`
# and of those in `also`.
fit_model <- function(problem, settings, start = NULL, also = list(), among = seq_len(settings$n_starts)) {
  problem$data <- measured(problem$data)
  short <- kept(settings, function(settings) {
    if (is.null(start) && in_blocks(problem$data)) {
      start_from_sample(problem, settings, also)
    } else if (is.null(start)) {
      best_of_starts(problem, settings, also, among)
    } else if (!is.null(start$before)) {
      start$before
    } else {
      train(list(start = start, status = "max_iter"), problem, settings)
    }
  })
  if (!is.null(start$before)) settings$max_iter <- as.double(settings$max_iter) + last(short$trace$iteration)
  run <- advance_kept(short, problem, solver_for(problem$model, settings), settings)
  if (is.null(run$raw$trace)) {
    over <- if (run$status == "time_limit") "time_limit" else "interrupted"
    run <- at_start(run$start %||% start, problem, settings)
    run$status <- over
  }
  new_fit(run, short$starts, problem, settings)
}

# The starts that a Negative Binomial fit takes beside the Poisson fit: those that came next to it.
runners_up <- function(poisson) {
  numbers <- with(poisson$starts, start[order(place)][-1])
  utils::head(numbers[numbers <= poisson$settings$n_starts], 2)
}

#' @export
fit_family.nmf_poisson <- function(family, problem, settings, start = NULL) {  # nolint: object_name_linter.
  fit_poisson(problem, settings, start)
}

#' @export
fit_family.nmf_family <- function(family, problem, settings, start = NULL) {  # nolint: object_name_linter.
  fit_model(problem, settings, start)
}

# Successive halving (Jamieson and Talwalkar 2016), by thirds: every start gets the same short run, a third of them one
# twice as long, and so on until one is left. Extra starts in `also` take part. A run that ends by itself stays where it
# is. Their `place` is 1 for the one that is left, then 2 for what came next to it.
best_of_starts <- function(problem, settings, also = list(), among = seq_len(settings$n_starts)) {
  n <- length(among)
  runs <- rep(list(list(status = "max_iter", trace = NULL, objective = NA_real_)), n + length(also))
  solver <- solver_for(problem$model, settings)
  alive <- seq_along(runs)
  left <- integer()
  iterations <- settings$control$start_iter
  stopped <- NULL
  first <- TRUE
  # What follows, longer runs of some and the polish of the best, takes about as long.
  progress <- new_progress(settings$verbose, format(problem$model), rep(1, length(runs)), "starts",
                           threads = settings$threads, after = length(runs))
  lowest <- Inf
  while (is.null(stopped) && (first || length(alive) > 1)) {
    for (r in alive) {
      if (first) {  # a few safe sweeps: far from any optimum the faster solvers can end in a worse one
        start <- if (r <= n) unless_interrupted(random_start(problem, settings, among[r])) else also[[r - n]]
        if (!is.null(start)) runs[[r]]$start <- hold_components(start, problem$known)
        runs[[r]]$status <- if (is.null(start)) "interrupted" else start$status %||% "max_iter"
        runs[[r]] <- advance(runs[[r]], problem, safe_solver, safe_sweeps_before(solver, problem$model), settings)
        runs[[r]] <- train(runs[[r]], problem, settings)
      }
      if (length(runs) > 1) runs[[r]] <- advance(runs[[r]], problem, solver, iterations, settings)
      lowest <- min(lowest, runs[[r]]$objective, na.rm = TRUE)
      if (first) tell(progress, r, paste("objective", signif(lowest, 6)))
      if (runs[[r]]$status %in% c("interrupted", "time_limit")) {
        stopped <- runs[[r]]$status
        break
      }
    }
    if (first) {                                         # starts that an interrupt leaves untried may be very many
      left <- alive[alive > r]
      alive <- alive[alive <= r]
    }
    first <- FALSE
    alive <- by_promise(alive, runs)
    kept <- seq_len(if (is.null(stopped)) ceiling(length(alive) / 3) else 1)
    left <- c(alive[-kept], left)
    alive <- alive[kept]
    iterations <- 2 * iterations
  }
  best <- runs[[alive[1]]]
  if (is.null(best$raw)) best <- at_start(best$start %||% unlist(also[1], FALSE), problem, settings)
  if (!is.null(stopped)) best$status <- stopped
  best$starts <- data.frame(start = c(among, settings$n_starts + seq_along(also)),
                            objective = vapply(runs, function(run) run$objective, 0),
                            place = order(c(alive, left)))
  best
}

# The run with the lowest objective, so that none is ever behind what was dropped, and then by what they can still
# reach: the objective less three times its decrease over the last quarter of the iterations, the rule under which a
# run ends (solve.h). Objectives are those of the core, which no unit of the data makes infinite.
by_promise <- function(alive, runs) {
  objective <- vapply(runs[alive], function(run) run$raw$scaled_objective %||% NA_real_, 0)
  gain <- vapply(runs[alive], function(run) {
    trace <- run$trace$objective
    end <- length(trace)
    max(0, 1 - trace[end] / trace[end - end %/% 4], na.rm = TRUE)
  }, 0)
  best <- which.min(objective)
  alive[c(best, setdiff(order(objective * (1 - 3 * gain)), best))]
}

# A run that was interrupted before its first step, where it would have begun.
at_start <- function(start, problem, settings) {
  if (is.null(start)) stop_undone()
  settings$deadline <- -Inf
  run <- advance(list(start = hold_components(start, problem$known), status = "max_iter"), problem, safe_solver, 0,
                 settings)
  if (is.null(run$raw)) stop_undone()
  run$status <- "interrupted"
  run
}

# A start in which the known components are what they are, those of which all is held, topics with seeds lean to them,
# and weights that a mask leaves out are 0.
hold_components <- function(start, known) {
  if (NROW(known$components)) {
    held <- rowSums(known$fixed[[2]] > 0) == ncol(known$fixed[[2]])
    start$second[held, ] <- known$components
  }
  masked_start(seeded_start(start, known$seeds), known$mask)
}
