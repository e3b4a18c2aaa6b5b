# The cross-validation of SigMoS (Pelizzola, Laursen and Hobolth 2023).

rank_sigmos <- function() {
  list(
    in_blocks = FALSE,
    score = "median Kullback-Leibler divergence", rule = "min", rules = c("1se", "min"),
    n_splits = 100L, starts = c(full = 5L, split = 1L), sets_starts = "full", needs_full = TRUE, kinds = "random",
    largest = function(N, M) min(floor(0.9 * N), M), tasks = split_tasks, work = work_sigmos,
    summarise = summarise_sigmos
  )
}

# The components of nine tenths of the observations meet the weights that the others have in the fit to all data, under
# the power or alpha of that fit.
work_sigmos <- function(task, plan) {
  data <- plan$data
  N <- nrow(data)
  train <- with_seed(seed_of_start(plan$seed, task$split), sample(N, floor(0.9 * N)))
  all <- plan$full[[full_key(task$model, task$rank)]]
  fit <- fit_task(data[train, ], rows_of_model(all$model, train), task, plan)
  test <- data[-train, ]
  mu <- all$W[-train, greedy_match(fit$H, all$H), drop = FALSE] %*% fit$H * (test$offset %||% 1)
  V <- with_gaps(test)
  here <- !is.na(V)
  divergence <- half_deviance_cpp(V[here], mu[here], core_family(nmf_poisson(), sum(here)))
  if (!is.null(test$weights)) divergence <- divergence * dense_weights(test)[here]
  list(score = sum(divergence), converged = fit$converged)
}

# For each row of H its partner among the rows of G: the largest of all correlations makes a pair, then the largest
# among the rest. Components without variation correlate with none and come last.
greedy_match <- function(H, G) {
  correlation <- suppressWarnings(stats::cor(t(H), t(G)))
  correlation[is.na(correlation)] <- -1.5
  partner <- integer(nrow(H))
  for (k in seq_len(nrow(H))) {
    pair <- arrayInd(which.max(correlation), dim(correlation))
    partner[pair[1]] <- pair[2]
    correlation[pair[1], ] <- correlation[, pair[2]] <- -2
  }
  partner
}

summarise_sigmos <- function(values, plan) {
  score <- function(value) if (is.null(value)) NA_real_ else value$score
  units <- vapply(values, function(of_rank) vapply(of_rank, score, 0), numeric(plan$n_splits))
  choose_by_score(matrix(units, plan$n_splits), values, plan, centre = "median")
}
