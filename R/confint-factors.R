# Intervals of the entries of the factors of a fit: which entries, by which method, and what is said of them.

factor_intervals <- function(fit, data, what, level, method, relative, chosen, threads) {
  if (!structure_of(fit$model)$free) {
    abort("model", "intervals of ", what, " from the likelihood are for traditional models, and this one is ",
          format(fit$model), "; bootstrap_fit() is for all.")
  }
  intervals <- if (method == "profile") profile_intervals else wald_intervals
  ends <- intervals(fit, data, what, level, relative, chosen, threads)
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

profile_intervals <- function(fit, data, what, level, relative, chosen, threads) {
  known <- fit$run$known
  drop <- allowed_rise(fit, level)
  targets <- list(block = if (what == "components") 2L else 1L, rows = as.integer(chosen$row),
                  columns = as.integer(chosen$column), relative = relative)
  found <- profile_cpp(data, core_family(fit$model$family, nrow(data)), fit$W, fit$H,
                       c(known$fixed %||% list(nothing, nothing), list(known$penalties)), targets, drop, threads)
  if (found$interrupted) {
    note_interrupt()
    warn("not_converged", "the intervals were interrupted; those that are missing are NA.")
  }
  ends <- found$ends
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
