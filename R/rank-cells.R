# Hold out single cells, and score them under the means and the noise that the others give.

rank_cells <- function() {
  list(
    in_blocks = TRUE,
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
  if (in_blocks(plan$data)) return(work_cells_in_blocks(task, plan))
  held <- held_out_cells(task$split, plan)
  seen <- without(plan$data, held)
  score_held(fit_task(seen, plan$models[[task$model]], task, plan), held, seen, plan)
}

score_held <- function(fit, held, seen, plan) {
  level <- independent_means(seen)(row_of(held, nrow(seen)), column_of(held, nrow(seen)))
  if (!is.null(seen$offset)) level <- level * seen$offset[held]
  score_cells(fit, held, values_at(plan$data, held), weights_at(plan$data, held), level, plan$counts)
}

# Cells with these linear indices, values and weights, and the means `level` of their rows and columns.
score_cells <- function(fit, held, v, weights, level, counts) {
  use <- level > 0
  mu <- within_reach(means_at(fit, held), level)
  score <- cell_score(v[use], mu[use], family_at(fit, held[use]), fit$sigma2, counts)
  by_row <- mean_by(score, rows_at(fit, held[use]), weights[use])
  list(observation = as.integer(rownames(by_row)), score = as.vector(by_row), converged = fit$converged)
}

# Of data in blocks, cells are drawn for each block by itself: split after split takes one of so many parts, at first a
# tenth and no more than some millions of cells. With thousands of observations and features none loses all of its
# cells.
cells_held_out <- 2e6

held_out_in_blocks <- function(split, plan, rows, missing) {
  parts <- max(10, ceiling(prod(dim(plan$data)) / cells_held_out))
  seed <- seed_of_start(seed_of_start(plan$seed, (split - 1) %/% parts + 1), rows[1])
  n <- length(rows) * ncol(plan$data)
  setdiff(which(with_seed(seed, sample.int(parts, n, TRUE)) == (split - 1) %% parts + 1), missing)
}

# The data without the cells of a split, once for the ranks that meet it one after the other.
seen_in_blocks <- function(split, plan) {
  if (!identical(plan$parts$split, split)) {
    plan$parts$split <- split
    plan$parts$seen <- changed_blocks(plan$data, change = function(own, from) {
      rows <- from - 1 + seq_len(nrow(own))
      with_gaps_at(own, held_out_in_blocks(split, plan, rows, missing_cells(own)))
    })
  }
  plan$parts$seen
}

# The mean of a row and a column is the product of theirs, over what the others have left, by the mean of all.
work_cells_in_blocks <- function(task, plan) {
  seen <- seen_in_blocks(task$split, plan)
  fit <- fit_task(seen, plan$models[[task$model]], task, plan)
  left <- lapply(1:2, function(margin) {
    line <- list(row_of, column_of)[[margin]](seen$facts$missing, nrow(seen))
    dim(seen)[3 - margin] - tabulate(line, dim(seen)[margin])
  })
  of_row <- seen$facts$row_totals / pmax(left[[1]], 1)
  of_column <- seen$facts$column_totals / pmax(left[[2]], 1) * sum(left[[1]]) / sum(seen$facts$row_totals)
  blocks <- plan$data$values
  parts <- lapply(seq_along(blocks$offsets), function(b) {
    own <- block_of(blocks, b)
    rows <- blocks$from[b] + seq_len(nrow(own))
    held <- held_out_in_blocks(task$split, plan, rows, missing_cells(own))
    row <- rows[row_of(held, nrow(own))]
    column <- column_of(held, nrow(own))
    level <- of_row[row] * of_column[column] * seen$facts$unit
    score_cells(fit, row + (column - 1) * nrow(seen), values_at(own, held), weights_at(own, held), level, plan$counts)
  })
  part <- function(name) unlist(lapply(parts, `[[`, name))
  list(observation = part("observation"), score = part("score"), converged = fit$converged)
}
