# Left and right singular vectors of X for its largest singular values, by a randomised decomposition (Halko et al.
# 2011).
singular_vectors <- function(X, K) {
  unit <- max(values_of(X), .Machine$double.xmin)        # not into X, which may be large
  times <- function(B) as.matrix(X %*% (B / unit))
  cross <- function(B) as.matrix(Matrix::crossprod(X, B / unit))
  basis <- times(matrix(stats::rnorm(ncol(X) * min(K + 5, dim(X))), ncol(X)))
  for (iteration in 1:3) basis <- times(cross(qr.Q(qr(basis))))
  basis <- qr.Q(qr(basis))
  parts <- svd(cross(basis), nu = K, nv = K)
  list(u = basis %*% parts$v, v = parts$u)
}

# Non-negative parts of the singular vectors (Boutsidis and Gallopoulos 2008); what they leave empty is filled with
# small random numbers.
start_svd <- function(X, model) {
  K <- model$rank
  parts <- singular_vectors(X, K)
  W <- matrix(0, nrow(X), K)
  H <- matrix(0, K, ncol(X))
  for (k in seq_len(K)) {
    sides <- lapply(c(1, -1), function(sign) list(u = pmax(sign * parts$u[, k], 0), v = pmax(sign * parts$v[, k], 0)))
    size <- vapply(sides, function(side) sqrt(sum(side$u^2) * sum(side$v^2)), 0)
    side <- sides[[which.max(size)]]
    W[, k] <- side$u
    H[k, ] <- side$v
  }
  fill <- function(x) x + mean(x) * 0.1 * matrix(stats::runif(length(x)), nrow(x))
  scaled_start(X, model, fill(W), fill(structure_of(model)$second(W, H)))
}
