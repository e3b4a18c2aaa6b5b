#' Choose the strength of a penalty
#'
#' For those who want zeros and no worse fit: holds out single cells, fits the others with a penalty of several
#' strengths, and scores the cells that were held out,
#' which have had no part in the fit.
#'
#' `n_splits` times a tenth of the cells is held out, tenth after tenth of one random permutation and then of the
#' next, as
#' for [select_rank()] by `"cells"`. The model is fitted to the others without the penalty (the best of `n_starts`),
#' which also gives an open power or `alpha`; then with ever more of it, each fit from the one before. The score of a
#' strength is minus the log-likelihood of the cells that are held out, per cell, a mean over the splits for each
#' observation; the observations are the units of all standard errors.
#'
#' The rule `"1se"` takes the largest strength whose score is at most one standard error (of the difference) above the
#' least one; `"min"` takes that with the least score. In twelve simulated sets for each noise (`bench/penalty.R`)
#' `"l1/2"` had 7.6 (Normal), 4.1 (Poisson) and 2.1 (Negative Binomial) times fewer weights that are 0 in truth and were
#' not in the fit, and `"l1"` 1.5 (Normal) and 1.1 (Poisson) times; the likelihood of cells that neither knew was not
#' below that without a penalty by more than its standard error.
#'
#' @param penalty Which penalty, an [nmf_penalty()]: each strength multiplies all of its own.
#' @param strengths Numbers above 0, in any order; 0, no penalty, is always tried too. `NULL` is a grid about the
#'   strength at which the penalty is as large as half the deviance of the fit without it, from 1/100 of it to 3
#'   times, in
#'   steps of 1.8.
#' @param rule `"1se"` or `"min"`, see above.
#' @param n_splits Number of splits, at least 2.
#' @param ... Further arguments of [nmf()]: `n_starts` of each fit without the penalty (here 3), `solver`, `max_iter`,
#'   `tol`, `time_limit` (of each split), `control`.
#' @param checkpoint Name of a file such as `"fits.rds"` that keeps finished work, and from which the same call goes on
#'   after an interrupt, or `NULL`; it needs a `seed`. See [select_rank()], also for workers.
#' @inheritParams nmf
#' @inheritParams nmf_arguments
#' @return `select_penalty()`: a list of class `nmf_penalty_choice`.
#' \describe{
#'   \item{`table`}{data frame with a row for each `strength`: `score` (less is better), `se`, its standard error, `n`,
#'     the number of observations, `delta` and `delta_se`, the score above the best and the standard error of this
#'     difference, `zeros_W` and `zeros_H`, the shares of the entries of both factors that are 0, means over the
#'     splits, and `converged`, the share of fits that did.}
#'   \item{`strength`, `penalty`}{the choice, a number, and the [nmf_penalty()] times this.}
#'   \item{`reason`}{why, in words.}
#'   \item{`model`, `rule`, `n_splits`, `status`, `failures`, `seed`, `call`}{what is needed to repeat it, `"done"` or
#'     `"interrupted"`, and a data frame of the splits that failed.}
#' }
#' @section Errors and warnings: Those of [select_rank()].
#' @seealso [nmf_penalty()] for the equation, [autoplot.nmf_penalty_choice()].
#' @examples
#' choice <- select_penalty(brca21, "T/Po/3", penalty = nmf_penalty(W = 1, type = "l1/2"),
#'                          n_splits = 2, n_starts = 1,
#'                          strengths = c(0.3, 3), seed = 1)
#' choice
#' nmf(brca21, "T/Po/3", penalty = choice$penalty, n_starts = 2, seed = 1)
#' @export
select_penalty <- function(V, model, rank = NULL, penalty = nmf_penalty(W = 1), strengths = NULL,
                           rule = c("1se", "min"), n_splits = 10, ..., obs = c("rows", "columns"), cell_weights = NULL,
                           offset = NULL, checkpoint = NULL, threads = NULL, verbose = NULL, seed = NULL) {
  check_call()
  call <- match.call()
  problem <- prepare(V, nmf_model(model, rank = rank), obs, cell_weights, offset)
  penalty <- check_penalty(penalty, problem)
  if (!length(penalty_parts(penalty))) abort("argument", "`penalty` must have a strength above 0.")
  strengths <- check_strengths(strengths)
  rule <- check_choice(rule, c("1se", "min"), "rule")
  n_splits <- check_number(n_splits, "n_splits", 2, 1e6, whole = TRUE)
  check_repeatable(seed, checkpoint)
  settings <- settings_from(..., threads = threads, verbose = verbose, seed = seed, models = list(problem$model))
  check_penalty_solver(penalty, settings$solver)
  if (!"n_starts" %in% names(list(...))) settings$n_starts <- 3L
  keep_going({
    plan <- c(list(data = problem$data, counts = has_counts(problem$data), problem = problem, penalty = penalty,
                   strengths = strengths %||% default_strengths(problem, penalty, settings), n_splits = n_splits),
              plan_of_tasks(settings, threads))
    tasks <- lapply(seq_len(n_splits), function(split) list(split = split))
    names(tasks) <- paste("split", seq_len(n_splits))
    identity <- list(data = unclass(plan$data), model = facts_of_model(problem$model), penalty = unclass(penalty),
                     strengths = plan$strengths, seed = plan$seed,
                     settings = plan$settings[c("n_starts", "solver", "max_iter", "tol", "control")])
    values <- run_tasks(tasks, work_on(work_penalty, plan), checkpoint, plan$verbose, "splits", identity)
    new_penalty_choice(values, plan, rule, call)
  })
}

# In ascending order, and none at all before.
check_strengths <- function(strengths) {
  if (is.null(strengths)) return(NULL)
  ok <- is_numbers(strengths) && all(strengths >= 0 & strengths <= 1e50) && any(strengths > 0)
  expect_arg(ok, "strengths", "numbers above 0", strengths)
  sort(unique(c(0, strengths)))
}

# What the penalty of a fit is as large as half its deviance at, so that the grid is right in any unit.
default_strengths <- function(problem, penalty, settings) {
  free <- fit_any(problem, settings)
  if (free$status == "interrupted") stop_undone()
  if (isTRUE(free$exact)) {
    abort("data", "the fit without a penalty is exact, so that its deviance says nothing of the strengths to try; ",
          "give them as `strengths`, or use a lower rank.")
  }
  c(0, free$deviance / 2 / penalty_at(penalty, free) * 10^seq(-2, 0.5, by = 0.25))
}

# Its value at the factors of a fit.
penalty_at <- function(penalty, fit) {
  of_w <- sqrt(colSums(fit$W^2))
  of_h <- sqrt(rowSums(fit$H^2))
  phi <- if (penalty$type == "l1") identity else sqrt
  penalty$W * sum(phi(fit$W * rep(of_h, each = nrow(fit$W)))) + penalty$H * sum(phi(fit$H * of_w)) +
    penalty$ridge / 2 * sum((of_w * of_h)^2)
}

# A fit of each strength to the cells that a split leaves, from the one before, and the scores of the others.
work_penalty <- function(task, plan) {
  held <- held_out_cells(task$split, plan)
  seen <- without(plan$data, held)
  settings <- plan$settings
  settings$seed <- seed_of_start(plan$seed, task$split)
  settings$deadline <- now() + plan$limit
  problem <- new_problem(seen, plan$problem$model)
  fit <- suppressMessages(fit_any(problem, settings))
  problem$model <- fit$model
  lapply(plan$strengths, function(strength) {
    if (strength > 0) fit <<- fit_model(with_penalty(problem, plan$penalty, strength), settings, nudged(fit))
    if (fit$status == "interrupted") stop_undone()
    c(score_held(fit, held, seen, plan), list(zeros_W = mean(fit$W == 0), zeros_H = mean(fit$H == 0)))
  })
}

new_penalty_choice <- function(values, plan, rule, call) {
  stop_unless_any(values)
  failed <- vapply(values, inherits, NA, "error")
  failures <- data.frame(split = which(failed), message = vapply(values[failed], conditionMessage, ""),
                         row.names = NULL)
  stopped <- any(vapply(values, is.null, NA))
  good <- Filter(Negate(is.null), without_errors(values))
  if (any(failed) || stopped) {
    warn("not_converged", paste(c(if (any(failed)) paste(sum(failed), "of", length(values), "splits failed"),
                                  if (stopped) "the work was interrupted"), collapse = "; "),
         "; the choice is made from the others.")
  }
  by_strength <- lapply(seq_along(plan$strengths), function(s) lapply(unname(good), `[[`, s))
  table <- cbind(strength = plan$strengths, score_table(scores_by_observation(by_strength, plan), by_strength))
  for (zeros in c("zeros_W", "zeros_H")) {
    table[[zeros]] <- vapply(by_strength, function(of_one) mean(vapply(of_one, `[[`, 0, zeros)), 0)
  }
  table <- table[c("strength", "score", "se", "n", "delta", "delta_se", "zeros_W", "zeros_H", "converged")]
  chosen <- choose_strength(table, rule)
  strength <- table$strength[chosen]
  penalty <- plan$penalty
  for (part in c("W", "H", "ridge")) penalty[[part]] <- strength * penalty[[part]]
  structure(list(table = table, strength = strength, penalty = penalty, reason = reason_of_strength(table, chosen),
                 model = plan$problem$model, rule = rule, n_splits = plan$n_splits,
                 status = if (stopped) "interrupted" else "done", failures = failures, seed = plan$seed, call = call),
            class = "nmf_penalty_choice")
}

# Which row.
choose_strength <- function(table, rule) {
  best <- which.min(table$score)
  if (rule == "min" || !length(best)) return(best)
  max(which(table$delta <= table$delta_se), best)
}

reason_of_strength <- function(table, chosen) {
  if (!length(chosen)) return("no strength could be judged")
  best <- which.min(table$score)
  of <- function(row) {
    if (table$strength[row] == 0) "no penalty" else paste("strength", number_text(table$strength[row]))
  }
  beyond <- if (chosen == nrow(table)) "; larger ones were not tried"
  if (chosen == best) return(paste0(of(chosen), " has the least score", beyond))
  paste0(of(chosen), " is the largest within one standard error of the least score, that of ", of(best), " (",
         number_text(table$delta[chosen], digits = 2), " above, standard error ",
         number_text(table$delta_se[chosen], digits = 2), ")", beyond)
}

#' @export
print.nmf_penalty_choice <- function(x, digits = 4, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  cat("Penalty for ", format(x$model), " by cells that are held out: minus log-likelihood per cell, ", x$n_splits,
      " splits, rule ", dQuote(x$rule, FALSE), "\n\n", sep = "")
  shown <- x$table
  for (column in names(shown)[vapply(shown, is.double, NA)]) shown[[column]] <- aligned(shown[[column]], digits)
  shown <- cbind(" " = ifelse(x$table$strength %in% x$strength, "*", ""), shown)
  print(shown, row.names = FALSE, right = TRUE, ...)
  cat("\n", paste(strwrap(paste0(x$reason, "."), 78, exdent = 2), collapse = "\n"), "\nPenalty: ", format(x$penalty),
      "\n", sep = "")
  if (x$status != "done") cat("The work was interrupted; the table has what was done.\n")
  if (nrow(x$failures)) cat(nrow(x$failures), "splits failed, see `$failures`.\n")
  invisible(x)
}
