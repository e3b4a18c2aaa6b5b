# One start of a fit, of the kinds that nmf_control(start = ) names; start-*.R make them.

# Start r of a fit; its kind and its random numbers depend on the seed and r alone.
random_start <- function(X, model, settings, r) {
  kinds <- settings$control$start
  kind <- kinds[(r - 1) %% length(kinds) + 1]
  if (!is.null(settings$beside$offset)) X <- X / settings$beside$offset
  start <- with_seed(seed_of_start(settings$seed, r), switch(
    kind, random = start_random(X, model), svd = start_svd(X, model), data = start_data(X, model),
    anchor = start_anchor(X, model)
  ))
  if (!is.null(settings$pseudo)) start$second <- pmax(start$second, mean(start$second) * 1e-3)
  start
}

# The row totals of the data: features sum to 1, weights to each observation's total.
scaled_start <- function(X, model, W, second) {
  totals <- Matrix::rowSums(X)
  W <- W * (totals / rowSums(W))
  if (model$structure == "convex") {
    second <- sweep(second, 2, colSums(second * totals), "/")
  } else {
    second[, Matrix::colSums(X) == 0] <- 0
    second <- second / rowSums(second)
  }
  list(W = W, second = second)
}
