# K groups of observations by k-means of their profiles (Ding, Li and Jordan 2010). Profiles are rows of length 1, seen
# through K singular vectors: those span nearly what separates the groups (Ding and He 2004), and stay small where X is
# large.
start_kmeans <- function(X, model) {
  K <- model$rank
  size <- sqrt(Matrix::rowSums((X / max(values_of(X)))^2)) * max(values_of(X))
  profiles <- X / ifelse(size > 0, size, 1)
  points <- as.matrix(profiles %*% singular_vectors(profiles, K)$v)
  centres <- group_centres(points, K)
  distance <- rep(rowSums(centres^2), each = nrow(points)) - 2 * tcrossprod(points, centres)
  start_of_groups(X, model, max.col(-distance, "first"))
}

group_centres <- function(points, n) {
  distinct <- unique(points)
  if (nrow(distinct) <= n) return(distinct)
  if (n == 1) return(t(colMeans(points)))                # kmeans() takes one number for the number of centres
  first <- distinct[sample.int(nrow(distinct), n), ]
  suppressWarnings(stats::kmeans(points, first, iter.max = 20)$centers)
}
