# Uniform factors.
start_random <- function(X, model) {
  W <- matrix(stats::runif(nrow(X) * model$rank), nrow(X))
  second <- structure_of(model)$second(W, matrix(0, model$rank, ncol(X)))
  second[] <- stats::runif(length(second))
  scaled_start(X, model, W, second)
}
