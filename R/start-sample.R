# The start of a fit to data on disk: a fit in memory to a seeded sample of the observations, then the weights of all
# with its components held. From there on all passes are over all data.

# Stored cells of the sample: as many as take some seconds.
cells_of_sample <- 2e6
sweeps_of_weights <- 5

# Other fits in `also` have seen all data, and the first of them is the start where there is one. An encoder over
# features is that of the sample; one over observations is in proportion to the weights of a traditional model.
start_from_sample <- function(problem, settings, also = list()) {
  if (length(also)) return(list(start = also[[1]], status = "max_iter"))
  by_weights <- identical(structure_of(problem$model)$margins, c(1, 1))
  if (by_weights) problem$model <- new_model("traditional", problem$model$family, problem$model$rank)
  early <- settings
  early$tol <- max(settings$tol, 1e-3)
  early$max_iter <- min(settings$max_iter, 500L)
  early$control$rel_tol <- max(settings$control$rel_tol, 1e-5)
  if (structure_of(problem$model)$has_encoder) early$solver <- "auto"
  found <- fit_model(sample_of(problem, settings$seed), early)
  if (structure_of(problem$model)$has_encoder) {
    run <- list(start = nudged(found), status = "max_iter")
  } else {
    run <- weights_from(nudged(found)$second, problem, settings)
    if (by_weights) run$start$second <- encoder_of(run$start$W, problem$data)
  }
  if (found$status == "interrupted") run$status <- "interrupted"
  run$starts <- found$starts
  run
}

# A share of the observations.
sample_of <- function(problem, seed) {
  data <- problem$data
  share <- min(1, cells_of_sample / n_stored(data))
  n <- min(nrow(data), max(ceiling(share * nrow(data)), 20 * problem$model$rank))
  rows <- with_seed(seed_of_start(seed, 1), sort(sample.int(nrow(data), n)))
  mask <- problem$known$mask
  if (!is.null(mask)) {                                  # of each component some that may have it
    rows <- sort(unique(c(rows, unlist(lapply(seq_len(ncol(mask)), function(k) utils::head(which(mask[, k]), 20))))))
    mask <- mask[rows, , drop = FALSE]
  }
  model <- problem$model
  family <- model$family
  if (is_by_row(family)) model <- with_family(model, with_parameter(family, parameter_of(family)[rows]))
  known <- if (!is.null(mask)) list(mask = mask, fixed = list(!mask + 0, nothing))
  new_problem(measured(data[rows, ]), model, known = known)
}

# A few sweeps over all data; what the sample has not seen has a little of each component.
weights_from <- function(H, problem, settings) {
  totals <- problem$data$facts$row_totals * problem$data$facts$unit
  K <- problem$model$rank
  H <- H / rowSums(H)
  W <- matrix(totals / K, length(totals), K)
  mask <- problem$known$mask
  if (!is.null(mask)) W <- W * mask
  problem$known <- list(fixed = list((if (is.null(mask)) W * 0 else !mask + 0), H * 0 + 1))
  run <- advance(list(start = list(W = W, second = H), status = "max_iter"), problem,
                 solver_for(problem$model, settings), sweeps_of_weights, settings)
  if (settings$verbose) tell_sweep(2 * last(run$trace$seconds) / max(1, last(run$trace$iteration)))
  list(start = masked_start(lifted(run$start, FALSE), mask),
       status = if (run$status == "converged") "max_iter" else run$status)
}

# Before more than about a minute of work begins; half of a sweep was for the weights.
tell_sweep <- function(seconds, sweeps = 100) {
  if (!length(seconds) || sweeps * seconds < 60) return(invisible())
  say(paste0("a sweep over all data takes about ", time_text(seconds), ", ", sweeps, " of them ",
          time_text(sweeps * seconds), "; `time_limit` ends a fit earlier, and `checkpoint` keeps what was done"))
}

# E in proportion to W, with components whose entries sum to 1.
encoder_of <- function(W, data) {
  totals <- data$facts$row_totals * data$facts$unit
  W * rep(1 / colSums(W * totals), each = nrow(W))
}
