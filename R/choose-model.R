#' Which model, which rank?
#'
#' Fits all candidate structures, noise families and ranks, judges them by BIC and by cells that are held out, tests the
#' noise of the winner, measures how stable its features are, and says in words what the data support and what speaks
#' against it.
#'
#' @section How the choice is made:
#' 1. **BIC.** Every model is fitted at every rank (`n_starts` starts), which gives \eqn{BIC = df \log(N M) - 2 \log L}
#'   with complete log-likelihoods, see [compare_models()].
#' 2. **Held-out likelihood.** `n_splits` times a tenth of the cells is held out, and scored by minus its mean
#'   log-likelihood under each model at each rank, with a power, `alpha` or \eqn{\sigma^2} that the other cells give;
#'   all models see the same splits (method `"cells"` of [select_rank()]). After two splits, a model whose best score is
#'   more than four standard errors above the least one takes no further part (a race, as in Maron and Moore 1997). All
#'   standard errors are those of differences, with the observations as units.
#' 3. **Rank of each model**: the smallest whose held-out score is at most one standard error above the least one of
#'   this model.
#' 4. **Model**: of those whose score, at this rank, is at most one standard error above the least one, the one with the
#'   lowest BIC. The two criteria ask different questions: held-out likelihood how well new cells of the same
#'   observations are predicted, BIC which model is the most likely one, where every parameter has its price. The
#'   encoder of a convex model has N K parameters, many more than it uses, so that BIC is hard on convex models.
#' 5. **Evidence on the winner**, which is fitted again (10 starts, `tol = 1e-6`): [check_model()] for the noise, and
#'   `n_runs` fits to resampled data for the stability of its features, see [consensus_features()].
#'
#' Where most cells are zero, densities do not compare with probabilities (see [compare_models()]), and Normal and
#' Tweedie models are reported but not chosen for counts.
#'
#' @section Warnings of a choice: `$warnings` are statements in words, not R warnings: that several ranks or models
#'   cannot be told apart (a flat profile), that BIC would choose otherwise, that the rank is the largest that was
#'   tried, that features are not stable (mean silhouette of a component below 0.5, or that of all below 0.8), each
#'   statement of [check_model()] that does not hold (wrong noise, wrong variance, zero inflation, observations that do
#'   not fit), fits that failed.
#'
#' @param V Data, N x M, as in [nmf()]; missing cells are allowed.
#' @param models Notations or [nmf_model()]s without a rank; the eight of [all_models()] unless told otherwise.
#' @param ranks Ranks to try: whole numbers from 1 to min(N, M).
#' @param n_splits Number of splits of a model that stays in the race, at least 2.
#' @param n_runs Number of fits to resampled data, at least 2, or 0 for none.
#' @param ... Further arguments of [nmf()]: `n_starts` of each fit (default 3), `tol` of the fits that are compared
#'   (default 1e-3), `solver`, `max_iter`, `time_limit` (of each fit), `threads`, `verbose`, `control`.
#' @param obs Which margin of `V` holds the observations.
#' @param seed A whole number that makes the result repeatable and leaves R's random number generator alone. `NULL`
#'   draws one from it.
#' @param checkpoint Name of a file such as `"choice.rds"` that keeps what has been fitted, or `NULL`; it needs a
#'   `seed`. See [select_rank()], also for workers.
#' @return A list of class `nmf_choice`.
#' \describe{
#'   \item{`model`}{the [nmf_model()] that is recommended, with its rank, and estimates filled in.}
#'   \item{`fit`}{its fit to all data, from [nmf()].}
#'   \item{`reasons`, `warnings`}{why, and what to mind, in words.}
#'   \item{`models`}{data frame with a row for each model, the recommended one first: its `rank`, `score` and `se` (minus
#'     held-out log-likelihood per cell), `delta` and `delta_se` (above the least and the standard error of this
#'     difference), `splits`, the `BIC` at this rank and `delta_BIC` above the least of all, the rank that BIC prefers,
#'     `rank_BIC`, and whether the model could be chosen (`candidate`).}
#'   \item{`table`}{data frame with a row for each `model` and `rank`: `score`, `se`, `splits`, `logLik`, `df`, `BIC` and
#'     `converged` (of the fit to all data).}
#'   \item{`check`}{the [check_model()] of `fit`.}
#'   \item{`stability`}{data frame with the `component`, its mean and least `silhouette` and its mean `cosine` with the
#'     consensus over the runs; `NULL` when `n_runs` is 0.}
#'   \item{`cophenetic`}{cophenetic correlation of the runs.}
#'   \item{`failures`, `status`, `n_splits`, `n_runs`, `seed`, `call`}{as in [select_rank()].}
#' }
#' @section Errors and warnings: those of [select_rank()].
#' @references
#' Maron and Moore (1997), The racing algorithm: model selection for lazy learners, Artificial Intelligence Review 11,
#' 193-225, \doi{10.1023/A:1006556606079}.
#' @seealso [autoplot.nmf_choice()] for the picture; [select_rank()] and [compare_models()] for single questions.
#' @examples
#' choice <- choose_model(brca21, c("T/Po", "T/NB"), ranks = 1:4, n_splits = 4, n_runs = 5, seed = 1)
#' choice
#' choice$models
#' autoplot(choice)
#' @export
choose_model <- function(V, models = all_models(), ranks = 2:8, n_splits = 10, n_runs = 20, ...,
                         obs = c("rows", "columns"), seed = NULL, checkpoint = NULL) {
  began <- now()
  call <- match.call()
  n_splits <- check_number(n_splits, "n_splits", 2, 1e6, whole = TRUE)
  n_runs <- check_number(n_runs, "n_runs", 0, 1e6, whole = TRUE)
  expect_arg(n_runs != 1, "n_runs", "0 or at least 2", n_runs)
  check_resumable(checkpoint, seed)
  settings <- settings_from(..., seed = seed)
  final <- settings[c("tol", "n_starts")]
  if (!"tol" %in% names(list(...))) settings$tol <- 1e-3
  problem <- rank_problem(V, models, "models", obs, settings)
  how <- rank_cells()
  how$starts <- c(full = 3L, split = 3L)
  plan <- rank_plan(problem, check_ranks(ranks, min(dim(problem$X))), how, n_splits, "1se", list(...))
  identity <- identity_of(plan, "choose_model")
  run <- function(tasks, work, label) run_tasks(tasks, work_on(work, plan), checkpoint, plan$verbose, label, identity)
  full <- run(full_tasks(plan), work_summary, "Fits to all data")
  values <- if (is_complete(full)) race(plan, function(tasks, label) run(tasks, work_cells, label)) else list()
  results <- c(full, values)
  stop_without_result(results)
  failures <- failures_of(results, c(full_tasks(plan), split_tasks(plan)))
  warn_tasks(failures, list(stopped = !is_complete(results)), length(results))
  judged <- judge_models(without_errors(full), without_errors(values), plan)
  winner <- with_rank(plan$models[[judged$models$model[1]]], judged$models$rank[1])
  evidence <- list(model = winner)
  if (is_complete(results)) evidence <- evidence_on(winner, V, plan, final, n_runs, call, problem$obs)
  choice <- c(evidence, judged, list(
    failures = failures, status = if (is_complete(results)) "done" else "interrupted", n_splits = n_splits,
    n_runs = n_runs, seed = plan$seed, call = call
  ))
  choice <- c(list(reasons = reasons_of(choice), warnings = warnings_of(choice)), choice)
  structure(choice, class = "nmf_choice")
}

is_complete <- function(results) length(results) > 0 && !any(vapply(results, is.null, NA))

# What BIC needs of the fit to all data, and no more, for there are many.
work_summary <- function(task, plan) {
  fit <- work_full(task, plan)
  list(logLik = fit$logLik, df = df_of(fit), BIC = stats::BIC(fit), converged = fit$converged)
}

# All models take part in the first splits; those that are clearly behind then leave. A model has as many splits at
# every rank.
heats <- 2L

race <- function(plan, run) {
  tasks <- split_tasks(plan)
  of_split <- vapply(tasks, function(task) task$split, 0L)
  of_model <- vapply(tasks, function(task) task$model, "")
  first <- run(tasks[of_split <= heats], "Held-out cells, all models")
  if (!is_complete(first)) return(first)
  scores <- lapply(names(plan$models), scores_of_model, without_errors(first), plan, heats)
  standing <- standing_of(scores, lapply(scores, function(one) which.min(colMeans(one$units, na.rm = TRUE))))
  ahead <- names(plan$models)[standing$delta == 0 | standing$delta <= 4 * standing$delta_se]
  c(first, run(tasks[of_split > heats & of_model %in% ahead], "Held-out cells, models in the race"))
}

# A row for each observation, a column for each rank, over the first n splits.
scores_of_model <- function(name, values, plan, n) {
  plan$n_splits <- n
  values <- values_of_model(values, name, plan)
  list(values = values, units = scores_by_observation(values, plan))
}

# How far each model, at the rank in column `at`, is above the best one in `among`, with the standard error of the
# difference. Missing where a model has no score.
standing_of <- function(scores, at, among = seq_along(scores)) {
  columns <- Map(function(one, column) if (length(column)) one$units[, column] else one$units[, 1] + NA, scores, at)
  means <- vapply(columns, mean, 0, na.rm = TRUE)
  best <- among[which.min(means[among])]
  if (!length(best)) return(list(best = NULL, delta = rep(NA_real_, length(scores)), delta_se = NA_real_))
  above <- lapply(columns, function(column) stats::na.omit(column - columns[[best]]))
  of <- function(f) vapply(above, function(x) if (length(x)) f(x) else NA_real_, 0)
  list(best = best, delta = of(mean), delta_se = of(function(x) standard_error(x, "mean")))
}

# The table of all models and ranks, that of the models at their ranks, and the words about these ranks.
judge_models <- function(full, values, plan) {
  names <- names(plan$models)
  task <- split_tasks(plan)[names(values)]
  of_model <- vapply(task, function(task) task$model, "")
  of_split <- vapply(task, function(task) task$split, 0L)
  splits <- vapply(names, function(name) max(0L, of_split[of_model == name]), 0L)
  scores <- Map(function(name, n) scores_of_model(name, values, plan, n), names, splits)
  chosen <- lapply(scores, function(one) choose_by_score(one$units, one$values, plan))
  table <- do.call(rbind, lapply(names, function(name) {
    fits <- full[full_key(name, plan$ranks)]
    of <- function(what) vapply(fits, function(fit) as.numeric(fit[[what]] %||% NA), 0, USE.NAMES = FALSE)
    data.frame(model = name, chosen[[name]]$table[c("rank", "score", "se", "delta", "delta_se")],
               splits = splits[[name]], logLik = of("logLik"), df = of("df"), BIC = of("BIC"),
               converged = of("converged") == 1)
  }))
  rownames(table) <- NULL
  models <- standing_table(scores, chosen, splits, table, values, plan)
  list(models = models, table = table, ranks = lapply(chosen, `[[`, "reason")[models$model])
}

standing_table <- function(scores, chosen, splits, table, values, plan) {
  names <- names(scores)
  by_bic <- vapply(names, function(name) {
    of_model <- table[table$model == name, ]
    c(of_model$rank[which.min(of_model$BIC)], NA_integer_)[1]
  }, 0L)
  rank <- vapply(chosen, function(one) c(one$rank, NA_integer_)[1], 0L)
  at <- lapply(rank, function(rank) which(plan$ranks == rank))
  candidate <- are_comparable(plan) & (!is.na(rank) | all(is.na(rank)))
  complete <- splits == max(splits)
  standing <- standing_of(scores, at, which(candidate & complete))
  left <- which(!complete & splits > 0)                  # these have been seen by the first splits alone
  if (length(left) && length(standing$best)) {
    first <- lapply(names, scores_of_model, values, plan, min(splits[left]))
    earlier <- standing_of(first, at, standing$best)
    standing$delta[left] <- earlier$delta[left]
    standing$delta_se[left] <- earlier$delta_se[left]
  }
  rank[is.na(rank)] <- by_bic[is.na(rank)]
  here <- match(full_key(names, rank), full_key(table$model, table$rank))
  bic <- table$BIC[here]
  models <- data.frame(model = names, rank = rank, score = table$score[here], se = table$se[here],
                       delta = standing$delta, delta_se = standing$delta_se, splits = splits, BIC = bic,
                       delta_BIC = bic - min(table$BIC, na.rm = TRUE), rank_BIC = by_bic, candidate = candidate)
  near <- candidate & complete & (is.na(models$delta) | models$delta == 0 | models$delta <= models$delta_se) %in% TRUE
  models <- models[order(!near, ifelse(near, bic, 0), !candidate, models$delta, bic), ]
  rownames(models) <- NULL
  models
}

# Densities say nothing beside probabilities where most cells are zero.
are_comparable <- function(plan) {
  x <- values_of(plan$X)
  discrete <- vapply(plan$models, function(model) model$family$discrete, NA)
  if (!any(discrete) || !is_mostly_zero(plan$X) || any(x != floor(x))) return(rep(TRUE, length(discrete)))
  discrete
}

# The winner fitted with care, its noise checked and its features resampled.
evidence_on <- function(model, V, plan, final, n_runs, call, obs) {
  began <- now()
  settings <- plan$settings
  settings$verbose <- plan$verbose
  settings$deadline <- began + plan$limit
  settings$tol <- final$tol
  settings$n_starts <- final$n_starts
  fit <- suspendInterrupts(fit_any(plan$X, model, settings))
  fit <- complete_fit(fit, call_of_fit(call, fit), obs, began)
  check <- check_model(fit, V, seed = plan$seed)
  if (n_runs == 0) return(list(model = fit$model, fit = fit, check = check))
  problem <- list(X = plan$X, model = fit$model, beside = settings$beside)
  settings$tol <- plan$settings$tol
  runs <- do_runs(n_runs, prepare_runs(problem, "bootstrap", settings, 1L, fit), plan$verbose)
  consensus <- suppressWarnings(consensus_of(runs, plan$X, fit$model, settings, 0.1))
  list(model = fit$model, fit = fit, check = check, stability = consensus$stability[1:4],
       cophenetic = c(consensus$cophenetic))
}
