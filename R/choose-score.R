# Held-out scores of choose_model(): how far candidates are apart, which is chosen, and how often.

# In how many splits each model and rank took part.
splits_done <- function(pairs, done, plan) {
  tasks <- split_tasks(plan)
  tasks <- tasks[names(tasks) %in% done]
  split <- vapply(tasks, `[[`, 0L, "split")
  of_pair <- vapply(tasks, function(task) full_key(task$model, task$rank), "")
  vapply(full_key(pairs$model, pairs$rank), function(key) max(0L, split[of_pair == key]), 0L, USE.NAMES = FALSE)
}

# Mean score of each observation (row) under each model and rank (column), over the first n splits.
units_of_models <- function(values, plan, n) {
  pairs <- all_pairs(plan)
  scores_by_observation(lapply(full_key(pairs$model, pairs$rank), function(key) {
    unname(values[paste(key, "split", seq_len(n))])
  }), plan)
}

# The observation of which most of the standard errors of these columns comes: it has more than half of the squares (and
# 5 / N of them, for of a few observations one has as much by nature). Empty when there is none.
carrier_of <- function(units, best, columns) {
  columns <- setdiff(columns, best)
  if (!length(best) || !length(columns)) return(integer())
  differences <- units[, columns, drop = FALSE] - units[, best]
  squares <- sweep(differences, 2, colMeans(differences, na.rm = TRUE))^2
  share <- rowMeans(sweep(squares, 2, pmax(colSums(squares, na.rm = TRUE), .Machine$double.xmin), "/"), na.rm = TRUE)
  which(share > max(0.5, 5 / nrow(units)))
}

# The column with the least mean; one in which fewer than half of the observations have a score is not asked.
best_unit <- function(units, among = seq_len(ncol(units))) {
  scored <- colSums(!is.na(units))
  among <- among[scored[among] >= max(scored) / 2]
  among[which.min(colMeans(units[, among, drop = FALSE], na.rm = TRUE))]
}

# How far the mean of each column is above that of the best, and the standard error of this difference.
above_best <- function(units, best) {
  unknown <- rep(NA_real_, ncol(units))
  if (!length(best)) return(list2DF(list(delta = unknown, delta_se = unknown)))
  differences <- units - units[, best]
  n <- colSums(!is.na(differences))
  differences[abs(differences) < 1e-12 * abs(units[, best])] <- 0   # rounding, as of alpha = Inf and Poisson
  delta <- colMeans(differences, na.rm = TRUE)
  variance <- colSums((differences - rep(delta, each = nrow(units)))^2, na.rm = TRUE) / (n - 1)
  delta_se <- sqrt(variance / n)
  delta[n == 0] <- NA
  delta_se[n < 2 | !is.finite(delta)] <- NA
  list2DF(list(delta = unname(delta), delta_se = unname(delta_se)))
}

# Within two standard errors of the least, or within one unit of the log-likelihood of all cells, as models are that
# differ in name only; all when nothing was held out.
near_errors <- 2

is_near <- function(above, cells) {
  if (all(is.na(above$delta))) return(rep(TRUE, length(above$delta)))
  (above$delta <= pmax(near_errors * above$delta_se, 1 / cells, na.rm = TRUE)) %in% TRUE
}

# Which column is chosen: of those that are near the best one, and near the best of their own model too, that with the
# lowest two-way BIC.
choice_among <- function(units, models, bic, cells) {
  near_of <- function(at) {
    own <- units[, at, drop = FALSE]
    at[is_near(above_best(own, best_unit(own)), cells)]
  }
  near <- near_of(seq_along(models))
  both <- intersect(near, unlist(lapply(split(seq_along(models), models), near_of)))
  lowest_bic(if (length(both)) both else near, bic)
}

# Twice a log-likelihood ratio that is very strong evidence (Kass and Raftery 1995, Journal of the American Statistical
# Association 90, 773-795). Convex models are asked for it: with few components their means are nearly those of the
# traditional model, to which a tie belongs.
very_strong <- 10

# In which share of resampled observations each is chosen: their held-out scores are drawn with replacement (Efron
# 1979), the fits stay what they are.
n_resamples <- 200L

shares_of_choices <- function(units, models, bic, cells, seed) {
  chosen <- with_seed(seed, replicate(n_resamples, {
    choice_among(units[sample.int(nrow(units), replace = TRUE), , drop = FALSE], models, bic, cells)
  }))
  tabulate(chosen, length(models)) / n_resamples
}

# The same on the splits that each column shares with the best one, when some have left the race.
above_on_shared <- function(values, plan, splits, best) {
  above <- above_best(matrix(NA_real_, 0, length(splits)), integer())
  for (n in setdiff(splits, 0)) {
    here <- splits == n
    above[here, ] <- above_best(units_of_models(values, plan, n), best)[here, ]
  }
  above
}
