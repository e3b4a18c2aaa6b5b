# Uniform factors.
start_random <- function(X, model) {
  W <- matrix(stats::runif(nrow(X) * model$rank), nrow(X))
  second <- matrix(stats::runif(model$rank * (if (model$structure == "convex") nrow(X) else ncol(X))),
                   if (model$structure == "convex") nrow(X) else model$rank)
  scaled_start(X, model, W, second)
}
