# What is said of every result: a row of facts, and a summary of the facts and the table.

#' Facts and summary of a result
#'
#' For those who collect results in tables, `glance()` gives the facts of a result in one row; `summary()` prints these
#' facts and the first rows of its table.
#'
#' @param x,object A result: of [bootstrap_fit()], [check_model()], [choose_model()], [compare_models()],
#'   [choose_topics()], [compare_splits()], [compare_topics()], [decompose_signatures()], [explain_weights()],
#'   [feasible_set()], [find_consensus()], [match_components()], [plan_study()], [profile_alpha()], [profile_power()],
#'   [select_rank()] or [topic_correlation()]; for `summary()` a topic model too, and for `print()` a summary.
#' @param n Number of rows of the table to print, at least 1.
#' @param digits Number of significant digits.
#' @param ... Nothing: an argument that is not known is an error.
#' @return `glance()`: a data frame of one row (a tibble when the package tibble is installed), with these columns.
#' \describe{
#'   \item{a bootstrap}{`model`, `type`, `draws`, `failed` runs, the share of the runs that `converged`, the least
#'     `cosine` of a component with its own in a run.}
#'   \item{a check}{`model`, `observations`, `features`, `nobs`, `residual_sd`, whether all `holds`, the statements that
#'     are `doubted`, `n_runs`.}
#'   \item{a choice of a model}{`model`, `rank`, `score`, `share` of the resampled choices, the number of `near` ranks,
#'     the least `silhouette` of a component, `n_splits`, `n_runs`, `status`.}
#'   \item{a comparison}{the best `model`, its `BIC` and `criterion`, the number of `models` and those that `failed`,
#'     and `delta`, how far the second best is behind.}
#'   \item{consensus components}{`model`, `runs`, `failed` ones, the mean `silhouette` and its least mean of a component
#'     (`silhouette_min`), `cophenetic`, the `objective` of the refit.}
#'   \item{a comparison of topics}{`topics`, `terms`, the number of pairs of them that were `tested` and of those that
#'     are `significant` at a false discovery rate of 5%.}
#'   \item{weights explained by covariates}{`model`, `formula`, `observations`, `relative`, `level`, `n_draws`.}
#'   \item{components as sums of known ones}{the numbers of `components` and of those that are `known`, a `sum` or
#'     `novel`, the least `cosine` (`cosine_min`), `level`, `threshold`.}
#'   \item{a plan of a study}{`model`, the number of `sizes`, `n_runs`, `threshold`, and the size `n`, `m` at which all
#'     components are found with the largest `probability`.}
#'   \item{a feasible set}{`model`, `level`, the least `uniqueness` and the `component` that has it.}
#'   \item{a match}{`components`, those `matched` and `doubtful`, the mean `cosine` and the least (`cosine_min`).}
#'   \item{a profile}{`model`, `parameter`, `estimate`, `conf.low`, `conf.high`, `logLik`, the number of `points`.}
#'   \item{a choice of ranks}{`choice`, the notation with the rank, of all models; `method`, `rule`, the number of
#'     `ranks` and of tasks that `failed`, `status`.}
#'   \item{a choice of the number of topics}{`best`, `simplest`, the number of `ranks`, `n_splits`, `train`.}
#'   \item{correlations of topics}{`topics`, `method`, the `largest` correlation by its size.}
#'   \item{a comparison by splits}{the number of `models`, `n_splits`, `train`, `failed` fits, `status`.}
#' }
#' `summary()`: an object of class `nmf_summary`, a list of `title`, `facts` and `table`, of a topic model with a row
#' for each topic: its `share` of the words, the number of `documents` in which it is the most probable, and its most
#' probable `terms`.
#' @seealso [tidy()][as.data.frame.nmf_match] for the table, [summary.nmf_fit()] and [glance()][tidy.nmf_fit] of a fit.
#' @examples
#' fit <- nmf(brca21, "T/Po/3", n_starts = 2, seed = 1)
#' glance(match_components(fit, pcawg_signatures))
#' summary(match_components(fit, pcawg_signatures))
#' @name glance.nmf_match
NULL

# As broom returns its tables.
broom_table <- function(table) {
  rownames(table) <- NULL
  if (is_installed("tibble")) tibble::as_tibble(table) else table
}

n_failed <- function(status) sum(startsWith(status, "error: "))

#' @rdname glance.nmf_match
#' @export
glance.nmf_bootstrap <- function(x, ...) {
  check_call(...)
  draws <- dim(x$H)[3]
  broom_table(data.frame(model = format(x$fit$model), type = x$type, draws = draws, failed = nrow(x$runs) - draws,
                         converged = mean(x$runs$status == "converged"), cosine = min(x$runs$cosine, na.rm = TRUE)))
}

#' @rdname glance.nmf_match
#' @export
glance.nmf_check <- function(x, ...) {
  check_call(...)
  doubted <- !(x$verdict$holds %in% TRUE)
  broom_table(data.frame(model = format(x$model), observations = x$dim[1], features = x$dim[2], nobs = x$nobs,
                         residual_sd = x$residual_sd, holds = !any(doubted),
                         doubted = paste(x$verdict$statement[doubted], collapse = ", "), n_runs = x$n_runs))
}

#' @rdname glance.nmf_match
#' @export
glance.nmf_choice <- function(x, ...) {
  check_call(...)
  best <- x$models[1, ]
  broom_table(data.frame(model = model_at(best), rank = best$rank, score = best$score %||% NA_real_,
                         share = best$share %||% NA_real_, near = length(x$near),
                         silhouette = if (length(x$stability$silhouette)) min(x$stability$silhouette) else NA_real_,
                         n_splits = x$n_splits, n_runs = x$n_runs, status = x$status))
}

#' @rdname glance.nmf_match
#' @export
glance.nmf_comparison <- function(x, ...) {
  check_call(...)
  order <- order(x$table$criterion, x$table$BIC)
  best <- x$table[order[1], ]
  broom_table(data.frame(model = best$model, BIC = best$BIC, criterion = best$criterion, models = nrow(x$table),
                         failed = n_failed(x$table$status), delta = x$table$criterion[order[2]] - best$criterion))
}

#' @rdname glance.nmf_match
#' @export
glance.nmf_consensus <- function(x, ...) {
  check_call(...)
  runs <- dim(x$components)[3]
  broom_table(data.frame(model = format(x$model), runs = runs, failed = nrow(x$runs) - runs,
                         silhouette = mean(x$table$silhouette), silhouette_min = min(x$table$silhouette),
                         cophenetic = c(x$cophenetic), objective = x$fit$objective %||% NA_real_))
}

#' @rdname glance.nmf_match
#' @export
glance.nmf_decomposition <- function(x, ...) {
  check_call(...)
  verdicts <- table(factor(x$components$verdict, c("known", "sum", "novel")))
  broom_table(data.frame(components = nrow(x$components), as.list(verdicts), cosine_min = min(x$components$cosine),
                         level = x$level, threshold = x$threshold))
}

#' @rdname glance.nmf_match
#' @export
glance.nmf_differential <- function(x, ...) {
  check_call(...)
  p <- x$table$p.value
  broom_table(data.frame(topics = length(unique(x$table$topic)), terms = length(unique(x$table$term)),
                         tested = sum(!is.na(p)), significant = sum(stats::p.adjust(p, "BH") < 0.05, na.rm = TRUE)))
}

#' @rdname glance.nmf_match
#' @export
glance.nmf_effects <- function(x, ...) {
  check_call(...)
  broom_table(data.frame(model = format(x$model), formula = paste(deparse(x$formula), collapse = " "),
                         observations = nrow(x$weights), relative = x$relative, level = x$level, n_draws = x$n_draws))
}

#' @rdname glance.nmf_match
#' @export
glance.nmf_feasible <- function(x, ...) {
  check_call(...)
  worst <- which.min(x$table$uniqueness)
  broom_table(data.frame(model = format(x$fit$model), level = x$level, uniqueness = x$table$uniqueness[worst],
                         component = x$table$component[worst]))
}

#' @rdname glance.nmf_match
#' @export
glance.nmf_match <- function(x, ...) {
  check_call(...)
  cosine <- x$table$cosine
  matched <- !is.na(cosine)
  broom_table(data.frame(components = nrow(x$table), matched = sum(matched), doubtful = sum(x$table$doubtful),
                         cosine = if (any(matched)) mean(cosine[matched]) else NA_real_,
                         cosine_min = if (any(matched)) min(cosine[matched]) else NA_real_))
}

#' @rdname glance.nmf_match
#' @export
glance.nmf_profile <- function(x, ...) {
  check_call(...)
  broom_table(data.frame(model = format(x$model), parameter = x$parameter, estimate = x$estimate,
                         conf.low = x$interval[1], conf.high = x$interval[2], logLik = x$logLik,
                         points = nrow(x$table)))
}

#' @rdname glance.nmf_match
#' @export
glance.nmf_rank <- function(x, ...) {
  check_call(...)
  broom_table(data.frame(choice = paste(full_key(names(x$rank), x$rank), collapse = ", "), method = x$method,
                         rule = x$rule, ranks = length(unique(x$table$rank)), failed = nrow(x$failures),
                         status = x$status))
}

#' @rdname glance.nmf_match
#' @export
glance.nmf_splits <- function(x, ...) {
  check_call(...)
  broom_table(data.frame(models = nrow(x$table), n_splits = x$n_splits, train = x$train, failed = nrow(x$failures),
                         status = x$status))
}

#' @rdname glance.nmf_match
#' @export
glance.nmf_study <- function(x, ...) {
  check_call(...)
  all <- x$table[x$table$component == "all", ]
  best <- all[which.max(all$probability), ]
  broom_table(data.frame(model = format(x$model), sizes = nrow(all), n_runs = x$n_runs, threshold = x$threshold,
                         n = best$n, m = best$m, probability = best$probability))
}

#' @rdname glance.nmf_match
#' @export
glance.nmf_topic_choice <- function(x, ...) {
  check_call(...)
  broom_table(data.frame(best = x$best, simplest = x$simplest, ranks = nrow(x$table), n_splits = x$n_splits,
                         train = x$train))
}

#' @rdname glance.nmf_match
#' @export
glance.nmf_topic_correlation <- function(x, ...) {
  check_call(...)
  others <- x[upper.tri(x)]
  most <- c(others[which.max(abs(others))], NA_real_)[1]
  broom_table(data.frame(topics = ncol(x), method = attr(x, "method"), largest = most))
}

#' @rdname glance.nmf_match
#' @export
glance.nmf_penalty_choice <- function(x, ...) {
  check_call(...)
  chosen <- match(x$strength, x$table$strength)
  broom_table(data.frame(model = format(x$model), strength = c(x$strength, NA_real_)[1], rule = x$rule,
                         delta = x$table$delta[chosen][1], zeros_W = x$table$zeros_W[chosen][1],
                         zeros_H = x$table$zeros_H[chosen][1], n_splits = x$n_splits, failed = nrow(x$failures),
                         status = x$status))
}

#' @rdname glance.nmf_match
#' @export
glance.nmf_studies <- function(x, ...) {
  check_call(...)
  broom_table(data.frame(studies = length(unique(x$members$study)), programmes = nrow(x$table),
                         components = nrow(x$members), in_none = sum(is.na(x$members$programme)),
                         threshold = x$threshold))
}

result_titles <- c(
  nmf_bootstrap = "Bootstrap of a fit", nmf_check = "Check of a model", nmf_choice = "Choice of a model",
  nmf_comparison = "Comparison of models", nmf_consensus = "Consensus of runs",
  nmf_decomposition = "Components as sums of known ones", nmf_differential = "Comparison of topics",
  nmf_effects = "Weights explained by covariates", nmf_feasible = "Factors as good as those of a fit",
  nmf_match = "Components matched with references", nmf_penalty_choice = "Choice of a penalty",
  nmf_profile = "Profile likelihood",
  nmf_rank = "Choice of the rank",
  nmf_splits = "Comparison of models by splits", nmf_studies = "Components of several studies",
  nmf_study = "Plan of a study",
  nmf_topic_choice = "Choice of the number of topics", nmf_topic_correlation = "Correlations of topics",
  nmf_topic_model = "Topic model"
)

new_summary <- function(object, table) {
  structure(list(title = result_titles[[class(object)[1]]], facts = glance(object), table = table),
            class = "nmf_summary")
}

summary_of <- function(object, ...) {
  check_call(...)
  new_summary(object, tidy(object))
}

#' @rdname glance.nmf_match
#' @export
summary.nmf_bootstrap <- summary_of
#' @rdname glance.nmf_match
#' @export
summary.nmf_check <- summary_of
#' @rdname glance.nmf_match
#' @export
summary.nmf_choice <- summary_of
#' @rdname glance.nmf_match
#' @export
summary.nmf_comparison <- summary_of
#' @rdname glance.nmf_match
#' @export
summary.nmf_consensus <- summary_of
#' @rdname glance.nmf_match
#' @export
summary.nmf_decomposition <- summary_of
#' @rdname glance.nmf_match
#' @export
summary.nmf_differential <- summary_of
#' @rdname glance.nmf_match
#' @export
summary.nmf_effects <- summary_of
#' @rdname glance.nmf_match
#' @export
summary.nmf_feasible <- summary_of
#' @rdname glance.nmf_match
#' @export
summary.nmf_match <- summary_of
#' @rdname glance.nmf_match
#' @export
summary.nmf_penalty_choice <- summary_of
#' @rdname glance.nmf_match
#' @export
summary.nmf_studies <- summary_of
#' @rdname glance.nmf_match
#' @export
summary.nmf_profile <- summary_of
#' @rdname glance.nmf_match
#' @export
summary.nmf_rank <- summary_of
#' @rdname glance.nmf_match
#' @export
summary.nmf_splits <- summary_of
#' @rdname glance.nmf_match
#' @export
summary.nmf_study <- summary_of

#' @rdname glance.nmf_match
#' @export
summary.nmf_topic_choice <- summary_of
#' @rdname glance.nmf_match
#' @export
summary.nmf_topic_correlation <- summary_of

#' @rdname glance.nmf_match
#' @export
summary.nmf_topic_model <- function(object, ...) {
  check_call(...)
  first <- factor(topics(object), colnames(object$L))
  terms <- apply(object$F, 2, function(f) paste(top_labels(f, rownames(object$F), 6), collapse = " "))
  sizes <- topic_sizes(object)
  new_summary(object, broom_table(data.frame(topic = colnames(object$L), share = sizes / sum(sizes),
                                             documents = as.vector(table(first)), terms = unname(terms))))
}

#' @rdname glance.nmf_match
#' @export
print.nmf_summary <- function(x, n = 10, digits = 4, ...) {
  check_call(..., .base = print.default)
  n <- check_number(n, "n", 1, whole = TRUE)
  digits <- check_digits(digits)
  cat(x$title, "\n", sep = "")
  shown <- function(fact) if (is.numeric(fact)) number_text(fact, digits = digits) else format(fact)
  values <- vapply(x$facts, shown, "")
  values[values == ""] <- "none"
  cat(paste0("  ", format(names(values)), "  ", values, "\n"), "\n", sep = "")
  rows <- min(n, nrow(x$table))
  print(as.data.frame(x$table)[seq_len(rows), , drop = FALSE], digits = digits, row.names = FALSE, ...)
  if (rows < nrow(x$table)) cat(thousands(nrow(x$table) - rows), "more rows: print(n = ) shows them\n")
  invisible(x)
}
