#' Choose the rank
#'
#' For those who know the model and ask for the number of components.
#'
#' Judges each rank of one or several models by observations that are held out, by the stability of the components or by
#' BIC, in one table with standard errors, and chooses one.
#'
#' @section Methods:
#' \describe{
#'   \item{`"cells"`}{`n_splits` times (default 10) a tenth of the cells is held out, tenth after tenth of one random
#'     permutation and then of the next. The model, and a power, `alpha` or \eqn{\sigma^2} that it leaves open, is
#'     fitted to the other cells (see `cell_weights` in [nmf()]), and those held out are scored by their likelihood
#'     under it,
#'     \deqn{score_i = -\frac{1}{|T_i|} \sum_{j \in T_i} \log f(v_{ij}; (W H)_{ij}).}
#'     They have had no part in the fit, so that superfluous components cost what they fit of the noise. Means are kept
#'     within a factor of 30 of those of rows and columns, and features that are zero in all other cells are left out.
#'     Each observation is one unit, with the mean of its scores over the splits.}
#'   \item{`"observations"`}{`n_splits` times (default 10) a fifth of the observations is held out, fold after fold of
#'     one random permutation and then of the next. Components, and a power, `alpha` or \eqn{\sigma^2} that the model
#'     leaves open, are estimated from the others. The weights of those held out are fitted to their own cells with
#'     these components fixed, \eqn{\hat w_i = \arg\min_w \sum_j d(v_{ij}; (w H)_j)}, and the same cells are scored:
#'     \deqn{score_i = -\frac{1}{M} \sum_j \log f(v_{ij}; (\hat w_i H)_j).}
#'     As the scored cells have been seen by their weights, which grow in number with the rank, this score is
#'     optimistic, and tends to choose too many components. Features that are zero in all other observations are left
#'     out; the last term of \eqn{\log f(v; \mu) = \log f(v; v) - d(v; \mu) / (2 \sigma^2)} alone is used for data that
#'     are not counts under Poisson or Negative Binomial noise. Each observation is one unit, with the mean of its
#'     scores over the permutations.}
#'   \item{`"sigmos"`}{The cross-validation of Pelizzola, Laursen and Hobolth (2023), as in their package SigMoS. The
#'     model is fitted to all data (the best of 5 random starts), which gives \eqn{W}, \eqn{H} and the power or `alpha`.
#'     Then `n_splits` times (default 100) 90% of the observations, drawn at random, are fitted from one random start,
#'     with the same power or `alpha`. Their components \eqn{H^{(s)}} are matched with \eqn{H}, greedily by Pearson
#'     correlation, and meet the weights that the other observations T have in the fit to all data:
#'     \deqn{score_s = \sum_{i \in T} \sum_j v_{ij} \log(v_{ij} / \mu_{ij}) - v_{ij} + \mu_{ij}, \quad \mu = W H^{(s)},}
#'     the generalised Kullback-Leibler divergence, whatever the noise. The score of a rank is the median over splits,
#'     and the least one wins. Since \eqn{W} has seen the data that are held out, this measures in the first place
#'     whether the components of most observations are those of all.}
#'   \item{`"bic"`}{BIC of the best fit, by the count of parameters that `control` names; the table has both.}
#'   \item{`"stability"`}{`n_runs` runs (default 30) of [find_consensus()] on resampled data. The components of all
#'     runs are matched and have silhouettes. A rank is stable when the mean of all is at least 0.8 and the least mean
#'     of a component is at least 0.2. From the largest stable rank the choice goes down, among stable ranks with no
#'     smaller mean silhouette, until the errors \eqn{|v_i - \mu_i| / |v_i|} of the observations have a larger median
#'     and differ by Wilcoxon's rank sum test at the 5% level from those at the largest stable rank. These are the
#'     thresholds and the rule of SigProfilerExtractor (Islam et al. 2022), but that the smallest rank can be chosen
#'     like any other. When no rank is stable the smallest is taken, and `reason` says so. The silhouettes of rank 1 are
#'     set to 1.}
#' }
#'
#' Missing cells have no part in any fit, are never held out and never scored.
#'
#' @section Data in blocks: Of data that do not fit memory (see [nmf_blocks()]) `"cells"` holds out one of equal parts
#'   that are drawn cell by cell: a tenth, or 2 million cells where that is less. The data without them, or without the
#'   observations that are held out, are laid out in another file in the same folder, once for each split; a mask is
#'   never stored for all cells. Means are kept within a factor of 30 of the product of those of row and column.
#'   `"sigmos"` and `"stability"` take data in memory.
#'
#' @section Rules: `"min"` takes the rank with the least score. `"1se"`, for `"cells"`, `"observations"` and `"sigmos"`,
#'   takes the smallest rank whose score is at most one standard error above the least one. This is the standard error
#'   of the difference between the two ranks: units (observations, splits) that are hard are hard at every rank, and
#'   what they have in common is no uncertainty of the choice. With differences \eqn{\Delta_u} of U units it is
#'   \eqn{sd(\Delta) / \sqrt U}, and \eqn{\sqrt{\pi / 2} \; IQR(\Delta) / (1.349 \sqrt U)} for a difference of medians.
#'   Splits share most of their training data, so that it is a yardstick and not a test. When some tasks failed or were
#'   not done, ranks are compared on the units that all of them share; one with less than half of the units is not
#'   chosen. Without `rule`, `"observations"` and `"cells"` use `"1se"`; `"sigmos"` and `"bic"` use `"min"`;
#'   `"stability"` has its own.
#'
#' @section Workers and checkpoints: The fits for each rank, model and split are independent tasks. When the package
#'   future.apply is installed and a `future::plan()` of several workers is set, they are done by them, with one thread
#'   each unless `threads` is given. Random numbers depend on `seed`, the split and the start alone: no number depends
#'   on the plan, on the order or on which other ranks are asked for, and all ranks see the same splits. With
#'   `checkpoint`, finished tasks are written to a file every few seconds; the same call (with other `ranks` or more
#'   splits, if wanted) goes on from there, also after the process was killed.
#'
#' @param models Notation such as `"T/NB"` or an [nmf_model()] without a rank, or a vector or list of several.
#' @param ranks Ranks to try: whole numbers from 1 to min(N, M), or to the smaller numbers of observations with which
#'   `"observations"` and `"sigmos"` train.
#' @param method How ranks are judged, see below.
#' @param rule How the choice is made from the scores, see below.
#' @param n_splits Number of splits, at least 2; `NULL` for the default of the method. Not for `"bic"` and
#'   `"stability"`.
#' @param n_runs Number of runs of `"stability"`, at least 2, and for no other method; `NULL` is 30.
#' @param keep_fits Whether to return a fit to all data for each model and rank, of the same seed as [nmf()]'s.
#' @param ... Further arguments of [nmf()]: `n_starts` of each fit (default 3 for `"cells"` and `"observations"`, 10 for
#'   `"bic"`, 5 for the fits to all data of `"sigmos"`, 1 for the runs of `"stability"`), `solver`, `max_iter`, `tol`,
#'   `time_limit` (of each task), `control`. Starts are random for `"sigmos"` and `"stability"`,
#'   whatever `control` says.
#' @inheritParams nmf
#' @inheritParams nmf_arguments
#' @return `select_rank()`: a list of class `nmf_rank`.
#' \describe{
#'   \item{`table`}{data frame with a row for each `model` and `rank`: `score` (mean or median over the units, less is
#'     better; for `"stability"` the mean silhouette, more is better), its standard error `se`, the number of units `n`,
#'     `delta` and `delta_se`, the score above the best and the standard error of this difference, and `converged`, the
#'     share of the fits that did. `"bic"` adds `logLik`, `df`, `BIC_paper` and `BIC_identifiable`. `"stability"` has,
#'     in the place of `delta`, `silhouette_min`, `cophenetic`, the median `error`, whether it is `stable` and the
#'     `p.value` of the test. `NA` where nothing could be judged.}
#'   \item{`rank`}{the choice, an integer for each model, named by its notation.}
#'   \item{`models`}{a list of the [nmf_model()]s with the ranks chosen, named likewise; `NULL` where there is none.}
#'   \item{`reason`}{why, in words, for each model.}
#'   \item{`fits`}{with `keep_fits`, a list of fits named by notation and rank; also by [fits()].}
#'   \item{`failures`}{data frame of the tasks that failed: `model`, `rank`, `split` (`NA` for a fit to all data) and
#'     `message`.}
#'   \item{`status`}{`"done"` or `"interrupted"`.}
#'   \item{`method`, `rule`, `n_splits`, `n_runs`, `seed`, `call`}{what is needed to repeat it.}
#' }
#' @section Errors and warnings: `nmf_error_argument`, `nmf_error_rank` for ranks that the data do not allow, and the
#'   errors of [nmf()], before any fit; `nmf_error_argument` also for a checkpoint of other work, and `nmf_error_file`
#'   for
#'   one that cannot be written, that another version of the package wrote or that was changed since. It stays as it is.
#'   `nmf_warning_checkpoint` when writing fails later, as on a full disk: the file is then the one written before.
#'   The error of the first task when all of them failed. `nmf_warning_not_converged` when tasks failed or were
#'   interrupted; `nmf_warning_not_counts` as in [nmf()].
#' @references
#' Islam et al. (2022), Uncovering novel mutational signatures by de novo extraction with SigProfilerExtractor, Cell
#' Genomics 2, 100179, \doi{10.1016/j.xgen.2022.100179}.
#'
#' Pelizzola, Laursen and Hobolth (2023), Model selection and robust inference of mutational signatures using Negative
#' Binomial non-negative matrix factorization, BMC Bioinformatics 24, 187, \doi{10.1186/s12859-023-05304-1}.
#' @seealso [autoplot.nmf_rank()] for the picture, [compare_models()] for models of one rank, [find_consensus()].
#' @examples
#' select_rank(brca21, "T/NB", ranks = 2:4, n_splits = 3, seed = 1)
#'
#' models <- c("T/Po", "T/NB")
#' choice <- select_rank(brca21, models, ranks = 1:4, method = "bic", n_starts = 3, seed = 1)
#' choice
#' autoplot(choice)
#' fit <- nmf(brca21, choice$models[[2]], n_starts = 3, seed = 1)
#'
#' select_rank(brca21, "T/Po", ranks = 2:4, method = "observations", seed = 1)
#' @export
select_rank <- function(V, models, ranks = 2:8, method = c("cells", "observations", "sigmos", "bic", "stability"),
                        rule = c("1se", "min"), n_splits = NULL, n_runs = NULL, keep_fits = FALSE, ...,
                        obs = c("rows", "columns"), cell_weights = NULL, offset = NULL, checkpoint = NULL,
                        threads = NULL, verbose = NULL, seed = NULL) {
  check_call()
  call <- match.call()
  method <- check_choice(method, c("cells", "observations", "sigmos", "bic", "stability"), "method")
  how <- switch(method, cells = rank_cells(), observations = rank_observations(), sigmos = rank_sigmos(),
                bic = rank_bic(), stability = rank_stability())
  rule <- if (missing(rule)) how$rule else check_rule(rule, method, how)
  n_splits <- check_splits(n_splits, n_runs, method, how)
  keep_fits <- check_flag(keep_fits, "keep_fits")
  check_repeatable(seed, checkpoint)
  problems <- rank_problems(V, models, "models", obs, cell_weights, offset, blocks = "large")
  if (in_blocks(problems[[1]]$data) && !how$in_blocks) refuse_in_blocks("method", method)
  models <- lapply(problems, function(problem) problem$model)
  ranks <- check_ranks(ranks, do.call(how$largest, as.list(dim(problems[[1]]$data))), missing(ranks))
  settings <- settings_from(..., threads = threads, verbose = verbose, seed = seed,
                            models = lapply(models, without_rank))
  plan <- rank_plan(problems, settings, ranks, how, n_splits, rule, list(threads = threads, ...))
  identity <- identity_of(plan, method)
  keep_going({
    done <- do_rank_tasks(plan, how, keep_fits, checkpoint, identity)
    new_rank(done, plan, how, keep_fits, call, method)
  })
}

check_rule <- function(rule, method, how) {
  rule <- check_choice(rule, c("1se", "min"), "rule")
  if (!rule %in% how$rules) {
    abort("argument", "`rule` ", dQuote(rule, FALSE), " cannot be used with `method` ", dQuote(method, FALSE),
          if (length(how$rules)) paste0(", only ", dQuote(how$rules, FALSE)) else ", which has its own", ".")
  }
  rule
}

# How often the data are split, or the runs of "stability", which splits nothing.
check_splits <- function(n_splits, n_runs, method, how) {
  given <- list(n_splits = n_splits, n_runs = n_runs)
  own <- if (method == "stability") "n_runs" else if (!is.null(how$n_splits)) "n_splits"
  foreign <- setdiff(names(Filter(Negate(is.null), given)), own)
  if (length(foreign)) abort("argument", "`", foreign[1], "` has no meaning for `method` ", dQuote(method, FALSE), ".")
  if (is.null(own) || is.null(given[[own]])) return(how$n_splits)
  check_number(given[[own]], own, 2, 1e6, whole = TRUE)
}

# First the fits to all data, where the method needs them or the user wants them, then the tasks of the method.
do_rank_tasks <- function(plan, how, keep_fits, checkpoint, identity) {
  run <- function(tasks, work, label) run_tasks(tasks, work, checkpoint, plan$verbose, label, identity)
  full <- list()
  if (how$needs_full || keep_fits) {
    if (length(how$tasks(plan))) expect_steps(plan$starts[c("full", "split")] * c(1, plan$n_splits))
    begin_step(1)
    full <- run(full_tasks(plan), work_on(work_full, plan), "fits to all data")
  }
  begin_step(2)
  plan$full <- Filter(function(fit) inherits(fit, "nmf_fit"), full)
  stopped <- any(vapply(full, is.null, NA))
  tasks <- how$tasks(plan)
  if (how$needs_full) tasks <- Filter(function(task) full_key(task$model, task$rank) %in% names(plan$full), tasks)
  values <- if (length(tasks) && !stopped) run(tasks, work_on(how$work, plan), "fits to parts of the data") else list()
  list(full = full, full_tasks = full_tasks(plan), values = values, tasks = tasks,
       stopped = stopped || any(vapply(values, is.null, NA)))
}

new_rank <- function(done, plan, how, keep_fits, call, method) {
  results <- c(done$full, done$values)
  failures <- failures_of(results, c(done$full_tasks[names(done$full)], done$tasks[names(done$values)]))
  stop_unless_any(results)
  good <- without_errors(done$values)
  plan$full <- Filter(function(fit) inherits(fit, "nmf_fit"), done$full)
  judged <- lapply(names(plan$models), function(name) {
    plan$name <- name
    how$summarise(values_of_model(good, name, plan), plan)
  })
  table <- do.call(rbind, Map(function(one, name) cbind(model = name, one$table), judged, names(plan$models)))
  rownames(table) <- NULL
  rank <- vapply(judged, function(one) c(one$rank, NA_integer_)[1], 0L)
  names(rank) <- names(plan$models)
  models <- Map(function(model, rank) if (!is.na(rank)) with_rank(model, rank), plan$models, rank)
  reason <- stats::setNames(vapply(judged, function(one) one$reason, ""), names(rank))
  if (length(plan$ranks) == 1) reason[!is.na(rank)] <- paste("rank", plan$ranks, "is the only one that was tried")
  quasi <- !plan$counts & vapply(plan$models, function(model) model$family$discrete, NA)
  if (!method %in% c("sigmos", "stability")) {
    reason[quasi] <- paste0(reason[quasi], "; ", if (method == "bic") "there is no likelihood" else
      "the score is half the deviance", ", as `V` is not made of counts")
  }
  chosen <- table[table$rank == rank[table$model], ]
  astray <- names(rank) %in% chosen$model[chosen$converged %in% 0]
  reason[astray] <- paste0(reason[astray], "; none of its fits converged")
  exact <- names(rank) %in% chosen$model[chosen$score %in% -Inf]
  reason[exact] <- paste0(reason[exact], ", for its fit is exact")
  at_end <- length(plan$ranks) > 1 & rank %in% max(plan$ranks)
  reason[at_end] <- paste0(reason[at_end], "; larger ones were not tried")
  warn_tasks(failures, done$stopped, length(results), "the choice is made from the others")
  result <- list(table = table, rank = rank, models = models, reason = reason)
  finished <- function(fit) {
    problem <- new_problem(plan$data, open_again(fit$model, profiled = FALSE), plan$obs)
    with_origin(fit, problem, settings_of(fit), call, fit$seconds)
  }
  if (keep_fits) result$fits <- lapply(plan$full, finished)
  facts <- list(failures = failures, status = if (done$stopped) "interrupted" else "done", method = method,
                rule = plan$rule, score = how$score, n_splits = if (method != "stability") plan$n_splits,
                n_runs = if (method == "stability") plan$n_splits, seed = plan$seed, call = call)
  structure(c(result, facts), class = "nmf_rank")
}

#' @export
print.nmf_rank <- function(x, digits = 4, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  cat("Rank by ", dQuote(x$method, FALSE), ": ", x$score,
      if (x$method == "stability") {
        paste0(", ", x$n_runs, " runs")
      } else if (x$method != "bic") {
        paste0(", ", x$n_splits, " splits, rule ", dQuote(x$rule, FALSE))
      }, "\n\n", sep = "")
  shown <- x$table
  shown$model <- NULL
  chosen <- x$table$rank == x$rank[x$table$model]
  shown <- shown[vapply(shown, function(column) !all(is.na(column)), NA)]
  if (!is.null(shown$delta)) shown$delta[is.infinite(shown$delta)] <- NA   # above an exact fit
  if (!is.null(shown$p.value)) shown$p.value <- small_p(shown$p.value)
  for (column in names(shown)[vapply(shown, is.double, NA)]) shown[[column]] <- aligned(shown[[column]], digits)
  shown <- cbind(" " = ifelse(chosen %in% TRUE, "*", ""), shown)
  for (name in names(x$rank)) {
    if (length(x$rank) > 1) cat(name, "\n", sep = "")
    print(shown[x$table$model == name, ], row.names = FALSE, right = TRUE, ...)
    cat("\n")
  }
  label <- if (length(x$rank) > 1) paste0(names(x$rank), ": ")
  cat(strwrap(paste0(label, x$reason, "."), 78, exdent = 2), sep = "\n")
  if (x$status != "done") cat("The work was interrupted; the table has what was done.\n")
  failed <- nrow(x$failures)
  if (failed) cat(failed, if (failed == 1) "fit" else "fits", "failed, see `$failures`.\n")
  invisible(x)
}

# Blank where there is no number; an exact fit has an infinite likelihood.
aligned <- function(x, digits) {
  finite <- is.finite(x)
  text <- character(length(x))
  text[finite] <- format(x[finite], digits = digits)
  ifelse(is.infinite(x), "exact", text)
}

small_p <- function(p) ifelse(is.na(p), "", ifelse(p < 0.001, "< 0.001", three(p)))
