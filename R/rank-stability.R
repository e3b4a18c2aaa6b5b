# Whether the components of many fits to resampled data agree, and the rule of SigProfilerExtractor.

rank_stability <- function() {
  list(
    in_blocks = FALSE,
    score = "mean silhouette", rule = "stability", rules = character(), n_splits = 30L,
    starts = c(full = 5L, split = 1L), sets_starts = "split", needs_full = TRUE, kinds = "random", largest = min,
    tasks = split_tasks, work = work_stability, summarise = summarise_stability
  )
}

# A run of find_consensus(type = "bootstrap").
work_stability <- function(task, plan) {
  one_run(task$split, runs_of_rank(task$model, task$rank, plan))
}

runs_of_rank <- function(model, rank, plan) {
  base <- plan$full[[full_key(model, rank)]]
  problem <- new_problem(plan$data, with_rank(plan$models[[model]], rank))
  settings <- plan$settings
  settings$deadline <- now() + plan$limit
  prepare_runs(problem, "bootstrap", settings, plan$starts[["split"]], base)
}

summarise_stability <- function(values, plan) {
  judged <- Map(function(of_rank, rank) {
    tryCatch(stability_of(of_rank, runs_of_rank(plan$name, rank, plan), plan), error = function(e) NULL)
  }, values, plan$ranks)
  of <- function(name) vapply(judged, function(one) one[[name]] %||% NA_real_, 0)
  table <- data.frame(rank = plan$ranks, score = of("mean"), se = of("se"), n = as.integer(of("n")),
                      silhouette_min = of("least"), cophenetic = of("cophenetic"), error = of("error"),
                      converged = of("converged"))
  table$n[is.na(table$n)] <- 0L
  choose_stable(table, lapply(judged, `[[`, "errors"))
}

# The components of the runs in groups, the silhouettes of these, and how far the consensus is from each observation.
stability_of <- function(runs, task, plan) {
  runs <- Filter(Negate(is.null), runs)
  usable <- runs[is_usable(runs)]
  if (length(usable) < 2) return(NULL)
  components <- matched_components(lapply(usable, function(run) run$H), objectives_of(usable))
  used <- matrix(TRUE, nrow(components), length(usable))
  H <- fill_gaps(group_centre(components, used, row_medians), group_centre(components, used, rowMeans),
                 plan$data$values)
  W <- project_rows(plan$data, task$problem$model$family, H, max_iter = 1000L, tol = plan$settings$tol)$W
  errors <- relative_errors(plan$data, W, H)
  silhouettes <- silhouette_widths(components)
  if (nrow(components) == 1) silhouettes[] <- 1          # one group is never split
  list(mean = mean(silhouettes), se = stats::sd(colMeans(silhouettes)) / sqrt(ncol(silhouettes)),
       least = min(rowMeans(silhouettes)), n = length(usable),
       cophenetic = c(cophenetic_correlation(lapply(usable, function(run) run$largest),
                                             Matrix::rowSums(plan$data$values) > 0)),
       error = stats::median(errors), errors = errors,
       converged = mean(vapply(usable, function(run) run$status == "converged", NA)))
}

# |v - mu| / |v| of each observation that is not empty, over the cells that are there.
relative_errors <- function(data, W, H) {
  squares <- vapply(seq_len(nrow(data)), function(i) {
    v <- as.vector(with_gaps(data[i, ]))
    mu <- as.vector(W[i, ] %*% H) * (if (is.null(data$offset)) 1 else data$offset[i, ])
    c(sum((v - mu)^2, na.rm = TRUE), sum(v^2, na.rm = TRUE))
  }, numeric(2))
  occupied <- squares[2, ] > 0
  sqrt(squares[1, occupied] / squares[2, occupied])
}

# Down from the largest stable rank, among those that are no less stable, until the errors are larger by Wilcoxon's rank
# sum test.
choose_stable <- function(table, errors) {
  table$stable <- table$score >= 0.8 & table$silhouette_min >= 0.2
  table$p.value <- NA_real_
  known <- which(!is.na(table$score))
  if (!length(known)) return(list(table = table, rank = integer(), reason = "no rank could be judged"))
  stable <- which(table$stable)
  if (!length(stable)) {
    return(list(table = table, rank = table$rank[known[1]],
                reason = "no rank is stable, so the smallest one is taken; do not rely on it"))
  }
  top <- max(stable)
  chosen <- top
  for (at in rev(stable[stable < top & table$score[stable] >= table$score[top]])) {
    p <- suppressWarnings(stats::wilcox.test(errors[[top]], errors[[at]], exact = FALSE, correct = FALSE)$p.value)
    table$p.value[at] <- p
    if (!is.na(p) && p < 0.05 && table$error[at] > table$error[top]) break
    chosen <- at
  }
  reason <- paste("rank", table$rank[top], "is the largest that is stable")
  if (chosen != top) {
    reason <- paste0(reason, "; the errors of rank ", table$rank[chosen], ", as stable, are not significantly larger")
  }
  list(table = table, rank = table$rank[chosen], reason = reason)
}
