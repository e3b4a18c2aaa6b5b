# Hold out whole observations, refit their weights with the components of the others, and score them.

rank_observations <- function() {
  list(
    in_blocks = TRUE,
    score = "minus log-likelihood per cell", rule = "1se", rules = c("1se", "min"), n_splits = 10L,
    starts = c(full = 10L, split = 3L), sets_starts = c("full", "split"), needs_full = FALSE,
    largest = function(N, M) min(N - ceiling(N / n_folds(N)), M), tasks = split_tasks, work = work_observations,
    summarise = summarise_observations
  )
}

n_folds <- function(N) min(5, N)

# Observations that split s holds out: fold after fold of one permutation, then of the next.
held_out <- function(split, N, seed) {
  folds <- n_folds(N)
  permutation <- with_seed(seed_of_start(seed, (split - 1) %/% folds + 1), sample(N))
  sort(permutation[rep_len(seq_len(folds), N) == (split - 1) %% folds + 1])
}

# Minus the log-likelihood per cell of each observation that is held out. A feature that is zero in all others has a
# mean of zero under any rank and is left out.
work_observations <- function(task, plan) {
  data <- plan$data
  held <- held_out(task$split, nrow(data), plan$seed)
  chunks <- if (in_blocks(data)) lapply(row_blocks(c(length(held), ncol(data))), function(at) held[at]) else list(held)
  seen <- features_without(data, held, chunks)
  train <- if (in_blocks(data)) {
    changed_blocks(data, seq_len(nrow(data))[-held], seen)
  } else {
    data[-held, seen]
  }
  fit <- fit_task(train, rows_of_model(plan$models[[task$model]], -held), task, plan)
  score <- lapply(chunks, function(rows) {
    family <- family_of_new(fit$model$family, plan$models[[task$model]]$family, rows)
    score_observations(fit, data[rows, seen], family, plan)
  })
  list(observation = held, score = unlist(score), converged = fit$converged)
}

# Which features all other observations together have.
features_without <- function(data, held, chunks = NULL) {
  seen <- totals_without(data, held, chunks) > 0
  if (!any(seen)) abort("data", "all counts are those of observations that are held out; none are left to be fitted.")
  seen
}

totals_without <- function(data, held, chunks) {
  if (!in_blocks(data)) {
    return(Matrix::colSums(with_values(data$values, counting(data))[-held, , drop = FALSE]))
  }
  own <- lapply(chunks, function(rows) Matrix::colSums(source_of_rows(data$values, rows)$values))
  all <- as.vector(data$facts$column_totals) * data$facts$unit
  left <- all - Reduce(`+`, own)
  ifelse(left > 1e-12 * all, left, 0)
}

score_observations <- function(fit, test, family, plan) {
  mu <- means_of_new(fit, test, family, max_iter = 1000L, tol = plan$settings$tol)
  V <- with_gaps(test)
  weights <- dense_weights(test) %||% array(1, dim(test))
  vapply(seq_len(nrow(test)), function(i) {
    own <- family_of_rows(family, i)
    here <- !is.na(V[i, ])
    stats::weighted.mean(cell_score(V[i, here], mu[i, here], own, fit$sigma2, plan$counts), weights[i, here])
  }, 0)
}

# A model of some observations: alphas that are given for each go with them.
rows_of_model <- function(model, rows) with_family(model, family_of_rows(model$family, rows))

# The family of observations that were not fitted: alphas that were given, or the median of those estimated.
family_of_new <- function(fitted, given, rows) {
  if (!is_by_row(fitted)) return(fitted)
  if (is_open(given)) with_parameter(fitted, stats::median(parameter_of(fitted))) else family_of_rows(given, rows)
}

# Observations are the units: each is scored once by each permutation, and only different ones are independent.
summarise_observations <- function(values, plan) choose_by_score(scores_by_observation(values, plan), values, plan)

# A row for each observation and a column for each rank, NA where an observation was not scored.
scores_by_observation <- function(values, plan) {
  N <- nrow(plan$data)
  units <- vapply(values, function(of_rank) {
    observation <- as.integer(unlist(lapply(of_rank, `[[`, "observation")))
    score <- unlist(lapply(of_rank, `[[`, "score"))
    sums <- rowsum(c(score, numeric(N)), c(observation, seq_len(N)))
    as.vector(sums / tabulate(observation, N))
  }, numeric(N))
  matrix(units, N)
}
