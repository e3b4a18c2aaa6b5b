# Weights of each observation by itself, with the components H fixed. They begin at `start`, of which the entries with a
# 1 in `fixed` stay; without one, these are 0.
project_rows <- function(data, family, H, start = NULL, fixed = nothing, max_iter, tol, rel_tol = 1e-10) {
  if (is.null(start)) {
    start <- matrix(Matrix::rowSums(data$values) / nrow(H), nrow(data), nrow(H))
    if (length(fixed)) start <- start * (1 - fixed)
  }
  if (!is.null(data$offset)) start <- start / Matrix::rowMeans(data$offset)
  turned <- t(data)
  project_cpp(turned, core_family(family, nrow(data)), H, start, fixed, max_iter, tol, rel_tol)
}

# The same in stretches of the observations, which know nothing of each other.
project_in_stretches <- function(data, family, H, max_iter, tol, verbose, held = nothing) {
  work <- function(rows) {
    own <- if (length(held)) held[rows, , drop = FALSE] else held
    project_rows(data[rows, ], family_of_rows(family, rows), H, fixed = own, max_iter = max_iter, tol = tol)
  }
  solved <- in_stretches(nrow(data), work, verbose, "weights", "observations", first = 256)
  list(W = do.call(rbind, lapply(solved, `[[`, "W")), converged = unlist(lapply(solved, `[[`, "converged")))
}

# Means of observations that were not fitted, under a family of theirs.
means_of_new <- function(fit, data, family, max_iter = 10000L, tol = 1e-6) {
  W <- if (structure_of(fit$model)$codes) {
    codes_of(data$values, fit)
  } else {
    project_rows(data, family, fit$H, max_iter = max_iter, tol = tol)$W
  }
  W %*% fit$H * (data$offset %||% 1)
}
