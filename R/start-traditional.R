# The convex solution nearest to a traditional one. The traditional model of the same family makes a short run; the
# encoder is then fitted with the decoder held at its weights, D = W', from E in proportion to W. So mu = W E'V is the
# projection of W H on the cone of the data, in the metric of the family.
start_traditional <- function(problem, settings) {
  X <- problem$data$values
  traditional <- new_model("traditional", problem$model$family, problem$model$rank)
  found <- short_run(start_random(X, traditional), new_problem(problem$data, traditional), settings)
  W <- lifted(found$start, FALSE)$W
  size <- rowSums(found$start$second)
  size <- pmax(size, 1e-3 * mean(size))                  # a component that died here may live there
  E <- W * rep(size / colSums(W * Matrix::rowSums(X)), each = nrow(W))
  problem$known <- list(fixed = list(W * 0 + 1, E * 0))
  projected <- short_run(list(W = W, second = E), problem, settings)
  stopped <- "interrupted" %in% c(found$status, projected$status)
  c(lifted(projected$start, TRUE), if (stopped) list(status = "interrupted"))
}

short_run <- function(start, problem, settings) {
  run <- advance(list(start = start, status = "max_iter"), problem, safe_solver, safe_sweeps, settings)
  advance(run, problem, solver_for(problem$model, settings), 50, settings)
}
