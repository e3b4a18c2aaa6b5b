# Topic SCORE (Ke and Wang 2024): in the ratios of the singular vectors of sqrt-scaled frequencies, features lie in a
# simplex whose corners are those of one component alone. The corners are found by successive projection (Araujo et al.
# 2001) among the centres of groups of frequent features, which noise moves less than single ones.
start_anchor <- function(X, model) {
  K <- model$rank
  totals <- Matrix::rowSums(X)
  frequency <- X / ifelse(totals > 0, totals, 1)
  share <- Matrix::colMeans(frequency)
  root <- sqrt(share) * (share > 0)
  scaled <- frequency %*% Matrix::Diagonal(x = ifelse(root > 0, 1 / root, 0))
  v <- singular_vectors(scaled, K)$v
  first <- abs(v[, 1])
  most <- log(nrow(X) + 10)
  ratios <- v / ifelse(first > 0, first, 1)
  ratios <- cbind(1, pmin(pmax(ratios[, -1, drop = FALSE], -most), most))
  frequent <- utils::head(order(share, decreasing = TRUE), 3000)
  corners <- farthest_points(group_centres(ratios[frequent, , drop = FALSE], 10 * K), K)
  mixture <- pmax(ratios %*% qr.solve(corners + diag(1e-10, K)), 0)
  H <- t(mixture / pmax(rowSums(mixture), .Machine$double.xmin) * root * first)
  H <- H + mean(H) * 0.1 * stats::runif(length(H))
  W <- as.matrix(frequency %*% t(H / pmax(rowSums(H), .Machine$double.xmin)))
  W <- W + 0.1 * mean(W) * stats::runif(length(W))
  scaled_start(X, model, W, structure_of(model)$second(W, H))
}

# K rows, each the farthest from the span of those before.
farthest_points <- function(points, K) {
  left <- points
  chosen <- integer(0)
  for (k in seq_len(K)) {
    size <- rowSums(left^2)
    chosen[k] <- which.max(size)
    along <- left[chosen[k], ] / sqrt(max(size, .Machine$double.xmin))
    left <- left - (left %*% along) %*% along
  }
  points[chosen, , drop = FALSE]
}
