# Which models and ranks take part in the splits of choose_model(), and when they leave.

# Which models have, at their rank, the best noise of all with the same structure. The means of a convex model are made
# of noisy observations, whose noise looks like one that is larger and differs between them: its noise is that of the
# traditional models, where these were fitted.
has_best_noise <- function(full, plan) {
  pairs <- all_pairs(plan)
  if (all(plan$out != "")) return(rep(TRUE, nrow(pairs)))
  criterion <- numbers_of_fits(full, pairs, "noise")
  traditional <- numbers_of_fits(full, replace(pairs, "model", traditional_names(plan)[pairs$model]), "noise")
  group <- paste(structure_letters(plan)[pairs$model], pairs$rank)
  known <- stats::ave(is.na(criterion) | !is.na(traditional), group, FUN = all)
  criterion <- ifelse(known, traditional, criterion)
  criterion[plan$out[pairs$model] != ""] <- NA
  least <- stats::ave(criterion, group, FUN = function(x) if (all(is.na(x))) NA else min(x, na.rm = TRUE))
  (criterion == least) %in% TRUE
}

numbers_of_fits <- function(full, pairs, what) {
  fits <- full[full_key(pairs$model, pairs$rank)]
  vapply(fits, function(fit) as.numeric(fit[[what]] %||% NA), 0, USE.NAMES = FALSE)
}

# Candidates that lead their structures, and models at ranks of which a score is shown.
with_leaders <- function(plan, full) {
  pairs <- all_pairs(plan)
  plan$lead <- has_lowest_bic(full, plan, structure_letters(plan)[pairs$model], plan$noise)
  if (!any(plan$lead)) plan$lead <- plan$noise
  plan$shown <- has_lowest_bic(full, plan, pairs$model, plan$out[pairs$model] != "not counts")
  plan
}

# Of the models and ranks that `which` names, those with the lowest two-way BIC of their group.
has_lowest_bic <- function(full, plan, group, which = TRUE) {
  bic <- replace(numbers_of_fits(full, all_pairs(plan), "BIC2"), !rep_len(which, length(group)), NA)
  least <- stats::ave(bic, group, FUN = function(x) if (all(is.na(x))) NA else min(x, na.rm = TRUE))
  (bic == least) %in% TRUE
}

# The name that the traditional model of the same noise has.
traditional_names <- function(plan) {
  vapply(plan$models, function(model) format(without_rank(traditional_of(model))), "")
}

structure_letters <- function(plan) vapply(plan$models, function(model) structure_of(model)$letters, "")

# Splits in pairs. In the first of them structures are compared by the candidate of lowest two-way BIC in each, and each
# model at its rank by two-way BIC gets a score to be shown. The best structure goes on with all its ranks at which a
# model has the best noise, others with their candidate alone, and with their ranks when that is near at the end. After
# each pair of splits those that are clearly behind take no further part: other models than the one that leads by signs
# and ranks of the differences, for a few cells that are all but impossible can make any standard error large, when
# their mean is not near; ranks of the one that leads by the mean, which decides between them, when it is 4 standard
# errors above. `values` are those that there are already.
heat <- 2L
behind_below <- 1e-4
behind_above <- 4

race <- function(plan, run, values = list()) {
  tasks <- split_tasks(plan)
  of_split <- vapply(tasks, function(task) task$split, 0L)
  of_pair <- vapply(tasks, function(task) full_key(task$model, task$rank), "")
  pairs <- all_pairs(plan)
  keys <- full_key(pairs$model, pairs$rank)
  structure <- structure_letters(plan)[pairs$model]
  add <- function(which, end) {
    next_ones <- tasks[of_split <= end & of_pair %in% keys[which] & !names(tasks) %in% names(values)]
    if (length(next_ones)) values <<- c(values, run(next_ones, paste("held-out cells, to split", end)))
    is_complete(values)
  }
  compare <- function(which, end) {
    units <- units_of_models(without_errors(values), plan, end)
    units[, !which] <- NA
    best <- best_unit(units, which(which))
    c(list(units = units, best = best), above_best(units, best))
  }
  if (!add(plan$lead | plan$shown, heat)) return(values)
  first <- compare(plan$lead, heat)$best
  open <- if (length(first)) structure[first] else unique(structure)
  repeat {
    ahead <- plan$noise & (structure %in% open | plan$lead)
    for (end in unique(c(seq(heat, plan$n_splits, heat), plan$n_splits))) {
      if (!add(ahead, end)) return(values)
      above <- compare(ahead, end)
      if (!length(above$best)) return(values)
      ahead <- ahead & !is_behind(above, pairs$model == pairs$model[above$best], total_weight(plan$data))
    }
    near <- unique(structure[ahead & is_near(above, total_weight(plan$data))])
    if (all(near %in% open)) return(values)
    open <- union(open, near)
  }
}

# `own` are the ranks of the model that leads.
is_behind <- function(above, own, cells) {
  by_mean <- (above$delta > behind_above * above$delta_se) %in% TRUE
  by_sign <- apply(above$units - above$units[, above$best], 2, is_above_zero) & !is_near(above, cells)
  ifelse(own, by_mean | is.na(above$delta), by_sign)
}

# Wilcoxon's signed-rank test; what has no differences has left, and the best one has none but zeros.
is_above_zero <- function(differences) {
  differences <- stats::na.omit(differences)
  if (!length(differences)) return(TRUE)
  p <- suppressWarnings(stats::wilcox.test(differences, alternative = "greater", exact = FALSE)$p.value)
  isTRUE(p < behind_below)
}
