# Components near groups of observations: K of them, each chosen with a probability that grows with its angle to those
# before (Arthur and Vassilvitskii 2007), gather the others around them.
start_data <- function(X, model) {
  K <- model$rank
  scaled <- X / max(X, .Machine$double.xmin)
  norms <- sqrt(Matrix::rowSums(scaled^2))
  unit <- scaled / ifelse(norms > 0, norms, 1)
  nearest <- rep(0, nrow(X))
  group <- rep(1L, nrow(X))
  for (k in seq_len(K)) {
    distance <- ifelse(norms > 0, pmax(1 - nearest, 0), 0)
    chosen <- if (any(distance > 0)) sample.int(nrow(X), 1, prob = distance) else sample.int(nrow(X), 1)
    cosine <- as.vector(unit %*% unit[chosen, ])
    group[cosine > nearest] <- k
    nearest <- pmax(nearest, cosine)
  }
  start_of_groups(X, model, group)
}
