# Intervals of the entries of the factors of a fit: which entries, by which method, and what is said of them.

factor_intervals <- function(fit, data, what, level, method, relative, chosen, threads, verbose) {
  refuse_penalised(fit, paste("an interval of", what))
  if (!structure_of(fit$model)$free) {
    abort("model", "intervals of ", what, " from the likelihood are for traditional models, and this one is ",
          format(fit$model), "; bootstrap_fit() is for all.")
  }
  ends <- if (method == "profile") {
    profile_intervals(fit, data, what, level, relative, chosen, threads, verbose)
  } else {
    wald_intervals(fit, data, what, level, relative, chosen, threads)
  }
  table <- entry_names(fit, what, chosen)
  structure(ends, dimnames = list(do.call(paste, c(unname(table), sep = ", ")), level_names(level)))
}

# Numbers of rows and columns of H or W, the first one changing fastest.
chosen_entries <- function(fit, what, observations, components, features) {
  absent <- list(components = "observations", weights = "features")[[what]]
  if (!is.null(list(observations = observations, features = features)[[absent]])) {
    abort("argument", "`", absent, "` must be NULL for intervals of ", what, ".")
  }
  components <- lines_of(components, rownames(fit$H), nrow(fit$H), "components", "NULL or ")
  if (what == "components") {
    features <- lines_of(features, colnames(fit$H), ncol(fit$H), "features", "NULL or ")
    expand.grid(row = components, column = features)
  } else {
    observations <- lines_of(observations, rownames(fit$W), nrow(fit$W), "observations", "NULL or ")
    expand.grid(row = observations, column = components)
  }
}

entry_names <- function(fit, what, chosen) {
  labels <- function(names, n, which) labels_of(names, n)[which]
  if (what == "components") {
    list(component = rownames(fit$H)[chosen$row], feature = labels(colnames(fit$H), ncol(fit$H), chosen$column))
  } else {
    list(observation = labels(rownames(fit$W), nrow(fit$W), chosen$row), component = colnames(fit$W)[chosen$column])
  }
}

entry_values <- function(fit, what, relative, chosen) {
  x <- if (what == "components") fit$H else if (relative) proportions_of(fit$W) else fit$W
  x[cbind(chosen$row, chosen$column)]
}

# How far half the deviance may rise.
allowed_rise <- function(fit, level) {
  stats::qchisq(level, 1) / 2 * if (fit$model$family$has_dispersion) fit$sigma2 else 1
}

profile_intervals <- function(fit, data, what, level, relative, chosen, threads, verbose) {
  known <- fit$run$known
  held <- known$fixed %||% list(nothing, nothing)
  # What sparse weights leave out stays out.
  if (isTRUE(fit$origin$arguments$sparse)) held[[1]] <- (fit$W == 0) + 0
  drop <- allowed_rise(fit, level)
  given <- what == "weights" && length(held[[2]]) && all(held[[2]] > 0)
  found <- if (given) {
    weights_given_components(data, fit$model$family, fit$W, fit$H, held[[1]], chosen, relative, drop, verbose)
  } else {
    profile_entries(data, fit$model$family, fit$W, fit$H, list(held[[1]], held[[2]], known$penalties), what, chosen,
                    relative, drop, threads, verbose)
  }
  if (found$interrupted) warn("not_converged", "the intervals were interrupted; those that are missing are NA.")
  ends <- found$ends
  # an observation without counts has no shares: nothing is ruled out
  empty <- relative & rowSums(fit$W)[chosen$row] == 0 & !is.na(ends[, 1])
  ends[empty, 1] <- 0
  ends[empty, 2] <- 1
  value <- entry_values(fit, what, relative, chosen)
  slack <- 1e-3 * value + 1e-9 * max(value)
  outside <- which(value < ends[, 1] - slack | value > ends[, 2] + slack)
  better <- -min(found$lowest, 0)
  if (better > drop / 4) {
    warn("not_converged", "on the way factors were found whose log-likelihood is higher by ", number_text(better),
         ": the fit is not at the maximum. Fit it again with more `n_starts`.")
  } else if (length(outside)) {
    warn("not_converged", length(outside), " of ", length(value), " estimates lie outside their intervals: the fit is ",
         "not at the maximum. Fit it again with a smaller `tol`.")
  }
  ends
}

# An interrupt leaves the entries after it without ends.
profile_entries <- function(data, family, W, H, known, what, chosen, relative, drop, threads, verbose = FALSE) {
  interrupted <- FALSE
  work <- function(at) {
    if (interrupted) return(list(ends = matrix(NA_real_, length(at), 2), lowest = 0))
    targets <- list(block = if (what == "components") 2L else 1L, rows = as.integer(chosen$row[at]),
                    columns = as.integer(chosen$column[at]), relative = relative)
    found <- profile_cpp(data, core_family(family, nrow(data)), W, H, known, targets, drop, threads)
    if (found$interrupted) note_interrupt()
    interrupted <<- found$interrupted
    found
  }
  found <- in_stretches(length(chosen$row), work, verbose, paste("intervals of", what), "entries", first = 8 * threads,
                        threads)
  list(ends = do.call(rbind, lapply(found, `[[`, "ends")), lowest = min(unlist(lapply(found, `[[`, "lowest"))),
       interrupted = interrupted)
}

# Where the components are given, observations do not know of each other.
weights_given_components <- function(data, family, W, H, held, chosen, relative, drop, verbose) {
  found <- list(ends = matrix(NA_real_, nrow(chosen), 2), lowest = 0, interrupted = FALSE)
  of_observation <- split(seq_len(nrow(chosen)), chosen$row)
  progress <- new_progress(verbose, "intervals of weights", rep(1, length(of_observation)), "observations")
  for (done in seq_along(of_observation)) {
    at <- of_observation[[done]]
    i <- chosen$row[at[1]]
    own <- if (length(held)) held[i, , drop = FALSE] else held
    one <- profile_entries(data[i, ], family_of_rows(family, i), W[i, , drop = FALSE], H, list(own, H * 0 + 1, list()),
                           "weights", list(row = rep(1L, length(at)), column = chosen$column[at]), relative, drop, 1L)
    found$ends[at, ] <- one$ends
    found$lowest <- min(found$lowest, one$lowest)
    tell(progress, done)
    if (one$interrupted) {
      found$interrupted <- TRUE
      break
    }
  }
  found
}
