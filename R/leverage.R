# How much of the noise of a cell its own fitted mean takes up.

# Given H the mean is linear in the weights of its observation, and given W in its column of H. The leverage of a cell
# is the sum of those in these two regressions, x' (X' Omega X)^-1 x omega with omega = 1 / Var(mu) (Hoaglin and Welsch
# 1978), over the entries that are free: those at zero stay there under a small change. The K scales are in both
# regressions and are taken off once. The sum over all cells is the number of free parameters of the means. Features of
# a convex model have at most one direction for each observation, which is spread over all of them.
leverages <- function(fit) {
  mu <- mean_matrix(fit)
  precision <- matrix(1 / family_at(fit, seq_along(mu))$variance(as.vector(mu), 1), nrow(mu))
  precision[!is.finite(precision)] <- 0
  precision[fit$missing] <- 0
  root <- sqrt(precision) * (fit$offset %||% 1)
  held <- lapply(fit$run$fixed %||% list(nothing, nothing), function(mask) if (length(mask)) mask > 0 else FALSE)
  W <- fit$W
  features <- t(fit$H)
  of_rows <- by_line(features, t(root), is_free(W) & !held[[1]])
  of_columns <- if (is.null(fit$E)) {
    by_line(W, root, is_free(features) & !t(matrix(held[[2]], ncol(W), nrow(features))))
  } else {
    by_line(W, root, features > 0) * min(1, nrow(W) / nrow(features)) * mean(!held[[2]])
  }
  h <- t(of_rows) + of_columns
  if (any(held[[1]], held[[2]])) h else h * (1 - ncol(W) / sum(h))
}

# Entries that are a part of the whole of their line.
is_free <- function(x) x > 1e-4 * rowSums(x)

# Leverages in the weighted regressions of each line on the columns of x, by the orthogonal factor of root x.
by_line <- function(x, root, free) {
  vapply(seq_len(nrow(free)), function(i) {
    if (!any(free[i, ])) return(numeric(nrow(x)))
    decomposed <- qr(root[, i] * x[, free[i, ], drop = FALSE])
    rowSums(qr.qy(decomposed, diag(1, nrow(x), decomposed$rank))^2)
  }, numeric(nrow(x)))
}
