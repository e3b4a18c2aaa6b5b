# The factors that a fit starts from, whatever makes them.

# The row totals of the data: components sum to 1, weights to each observation's total.
scaled_start <- function(X, model, W, second) {
  totals <- Matrix::rowSums(X)
  W <- W * (totals / rowSums(W))
  list(W = W, second = structure_of(model)$scale_second(second, X, totals))
}

# Components are the centres of groups of observations, which share a little of all others, so that nothing is zero; in
# a convex model D = G + 0.2 for the memberships G, and E is in proportion to it (Ding, Li and Jordan 2010).
start_of_groups <- function(X, model, group) {
  K <- model$rank
  member <- outer(group, seq_len(K), "==") + 0.2 + 0.05 * matrix(stats::runif(nrow(X) * K), nrow(X))
  centres <- function() {
    H <- as.matrix(Matrix::crossprod(member / pmax(Matrix::rowSums(X), .Machine$double.xmin), X))
    H + mean(H) * 1e-3
  }
  scaled_start(X, model, member, structure_of(model)$second(member, centres()))
}

# The factors of a fit as the start of a neighbouring one. Zeros would stay zeros, so they are lifted a little, but for
# those that are held.
nudged <- function(fit) {
  start <- factors_of(fit)
  free <- lifted(start, structure_of(fit$model)$has_encoder)
  fixed <- fit$run$known$fixed
  for (block in seq_along(fixed)) {
    held <- fixed[[block]] > 0
    free[[block]][held] <- start[[block]][held]
  }
  free
}

lifted <- function(start, has_encoder) {
  lift <- function(x, level) pmax(x, 1e-3 * level)
  second <- start$second
  by_component <- if (has_encoder) rep(colMeans(second), each = nrow(second)) else rowMeans(second)
  list(W = lift(start$W, rowMeans(start$W)), second = lift(second, by_component))
}

factors_of <- function(fit) structure_of(fit$model)$start_of(fit)
