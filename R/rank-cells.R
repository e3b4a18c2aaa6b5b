# Hold out single cells, and score them under the means and the noise that the others give.

rank_cells <- function() {
  list(
    score = "minus log-likelihood per cell", rule = "1se", rules = c("1se", "min"), n_splits = 10L,
    starts = c(full = 10L, split = 3L), sets_starts = c("full", "split"), needs_full = FALSE,
    largest = min, tasks = split_tasks, work = work_cells, summarise = summarise_observations
  )
}

# The cells that split s holds out: tenth after tenth of one permutation of those that count, then of the next. An
# observation or a feature keeps at least one cell.
held_out_cells <- function(split, plan) {
  parts <- 10
  missing <- missing_cells(plan$data)
  cells <- seq_len(prod(dim(plan$data)))
  if (length(missing)) cells <- cells[-missing]
  order <- with_seed(seed_of_start(plan$seed, (split - 1) %/% parts + 1), sample.int(length(cells)))
  held <- sort(cells[order[rep_len(seq_len(parts), length(cells)) == (split - 1) %% parts + 1]])
  gone <- c(held, missing)
  N <- nrow(plan$data)
  full_rows <- which(tabulate(row_of(gone, N), N) == ncol(plan$data))
  full_columns <- which(tabulate(column_of(gone, N), ncol(plan$data)) == N)
  held[!row_of(held, N) %in% full_rows & !column_of(held, N) %in% full_columns]
}

# Minus the log-likelihood per cell that is held out, by observation. A feature that is zero in all other cells is left
# out, and a mean counts as at most 30 times as far from that of its row and column: one cell that is all but impossible
# would outweigh all others, and where an observation has lost all cells of a component, its weight is anything.
work_cells <- function(task, plan) {
  held <- held_out_cells(task$split, plan)
  seen <- without(plan$data, held)
  score_held(fit_task(seen, plan$models[[task$model]], task, plan), held, seen, plan)
}

score_held <- function(fit, held, seen, plan) {
  v <- values_at(plan$data, held)
  row <- row_of(held, nrow(seen))
  level <- independent_means(seen)(row, column_of(held, nrow(seen)))
  if (!is.null(seen$offset)) level <- level * seen$offset[held]
  use <- level > 0
  mu <- within_reach(means_at(fit, held), level)
  family <- family_at(fit, held[use])
  score <- cell_score(v[use], mu[use], family, fit$sigma2, plan$counts)
  by_row <- mean_by(score, row[use], weights_at(plan$data, held[use]))
  list(observation = as.integer(rownames(by_row)), score = as.vector(by_row), converged = fit$converged)
}
