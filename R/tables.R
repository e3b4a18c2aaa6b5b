# What all results have in common: their main table, the fits that they hold, and the table in the words of broom.

#' The table of a result
#'
#' For those who go on with a table. Results of the package are lists, of which `table` is the main table.
#' `as.data.frame()` returns it as it is; `tidy()` with the column names of the package broom, `term`, `estimate`,
#' `std.error`, `statistic`, `p.value`, `conf.low` and `conf.high`, where it has such columns, and as a tibble when the
#' package tibble is installed.
#'
#' @param x A result: of [bootstrap_fit()], [check_model()], [choose_model()], [choose_topics()], [combine_studies()],
#'   [compare_models()], [compare_splits()], [compare_topics()], [decompose_signatures()], [explain_weights()],
#'   [feasible_set()], [find_consensus()], [match_components()], [plan_study()],
#'   [profile_alpha()], [profile_power()], [select_penalty()] or [select_rank()].
#' @param row.names,optional,... Not used.
#' @return A data frame, of `tidy()` a tibble where it can be; its columns are those of `table` on the help page of the
#'   function.
#' @examples
#' fit <- nmf(brca21, "T/Po/3", n_starts = 2, seed = 1)
#' as.data.frame(match_components(fit, pcawg_signatures))
#' tidy(check_model(fit, n_runs = 0, seed = 1))
#' @name as.data.frame.nmf_match
NULL

table_of <- function(x, row.names = NULL, optional = FALSE, ...) {  # nolint: object_name_linter.
  check_call(..., .base = as.data.frame.list)
  check_flag(optional, "optional")
  table <- x$table
  if (is.null(row.names)) return(table)
  is_names <- if (is.character(row.names)) all(nzchar(row.names)) else
    is_numbers(row.names) && all(is.finite(row.names) & row.names >= 1 & row.names == round(row.names))
  ok <- is_names && length(row.names) == nrow(table) && !anyNA(row.names) && !anyDuplicated(row.names)
  expect_arg(ok, "row.names", paste("NULL or", nrow(table), "names, each once"), row.names)
  rownames(table) <- row.names
  table
}

#' @rdname as.data.frame.nmf_match
#' @export
as.data.frame.nmf_bootstrap <- table_of
#' @rdname as.data.frame.nmf_match
#' @export
as.data.frame.nmf_cost <- table_of
#' @rdname as.data.frame.nmf_match
#' @export
as.data.frame.nmf_check <- table_of
#' @rdname as.data.frame.nmf_match
#' @export
as.data.frame.nmf_choice <- table_of
#' @rdname as.data.frame.nmf_match
#' @export
as.data.frame.nmf_penalty_choice <- table_of
#' @rdname as.data.frame.nmf_match
#' @export
as.data.frame.nmf_studies <- table_of
#' @rdname as.data.frame.nmf_match
#' @export
as.data.frame.nmf_comparison <- table_of
#' @rdname as.data.frame.nmf_match
#' @export
as.data.frame.nmf_consensus <- table_of
#' @rdname as.data.frame.nmf_match
#' @export
as.data.frame.nmf_decomposition <- table_of
#' @rdname as.data.frame.nmf_match
#' @export
as.data.frame.nmf_differential <- table_of
#' @rdname as.data.frame.nmf_match
#' @export
as.data.frame.nmf_effects <- table_of
#' @rdname as.data.frame.nmf_match
#' @export
as.data.frame.nmf_feasible <- table_of
#' @rdname as.data.frame.nmf_match
#' @export
as.data.frame.nmf_match <- table_of
#' @rdname as.data.frame.nmf_match
#' @export
as.data.frame.nmf_profile <- table_of
#' @rdname as.data.frame.nmf_match
#' @export
as.data.frame.nmf_rank <- table_of
#' @rdname as.data.frame.nmf_match
#' @export
as.data.frame.nmf_splits <- table_of
#' @rdname as.data.frame.nmf_match
#' @export
as.data.frame.nmf_topic_choice <- table_of
#' @rdname as.data.frame.nmf_match
#' @export
as.data.frame.nmf_study <- table_of

# The table with some of its columns called otherwise.
renamed <- function(table, ...) {
  new <- c(...)
  at <- match(names(table), new)
  names(table) <- ifelse(is.na(at), names(table), names(new)[at])
  table
}

tidy_table <- function(x, ...) {
  check_call(...)
  broom_table(x$table)
}

#' @rdname as.data.frame.nmf_match
#' @export
tidy.nmf_comparison <- tidy_table
#' @rdname as.data.frame.nmf_match
#' @export
tidy.nmf_consensus <- tidy_table
#' @rdname as.data.frame.nmf_match
#' @export
tidy.nmf_match <- tidy_table
#' @rdname as.data.frame.nmf_match
#' @export
tidy.nmf_profile <- tidy_table
#' @rdname as.data.frame.nmf_match
#' @export
tidy.nmf_splits <- tidy_table

#' @rdname as.data.frame.nmf_match
#' @export
tidy.nmf_check <- function(x, ...) {
  check_call(...)
  broom_table(renamed(x$table, term = "test"))
}

#' @rdname as.data.frame.nmf_match
#' @export
tidy.nmf_choice <- function(x, ...) {
  check_call(...)
  broom_table(renamed(x$table, estimate = "score"))
}

#' @rdname as.data.frame.nmf_match
#' @export
tidy.nmf_decomposition <- function(x, ...) {
  check_call(...)
  broom_table(renamed(x$table, estimate = "share"))
}

#' @rdname as.data.frame.nmf_match
#' @export
tidy.nmf_study <- function(x, ...) {
  check_call(...)
  broom_table(renamed(x$table, estimate = "probability"))
}

#' @rdname as.data.frame.nmf_match
#' @export
tidy.nmf_differential <- function(x, ...) {
  check_call(...)
  broom_table(renamed(x$table, estimate = "lfc", statistic = "z"))
}

#' @rdname as.data.frame.nmf_match
#' @export
tidy.nmf_rank <- function(x, ...) {
  check_call(...)
  broom_table(renamed(x$table, estimate = "score", std.error = "se"))
}

#' @rdname as.data.frame.nmf_match
#' @export
tidy.nmf_penalty_choice <- function(x, ...) {
  check_call(...)
  broom_table(renamed(x$table, estimate = "score", std.error = "se"))
}

#' The fits of a result
#'
#' For those who go on with one of the fits that a choice, a comparison or a profile has made.
#'
#' @param x A result that holds fits: of [compare_models()], [select_rank()] with `keep_fits`, [profile_power()],
#'   [profile_alpha()], [choose_model()], [find_consensus()] or [bootstrap_fit()].
#' @param ... Nothing: an argument that is not known is an error.
#' @return A named list of fits, see [nmf()]: of a comparison in the order of its table, with `NULL` for a model that
#'   failed; of a choice of ranks all models at all ranks; of a profile one for each row of its table; otherwise the one
#'   fit that the result is about. Names are notations, of a profile the values of the parameter.
#' @section Errors: `nmf_error_argument` for ranks that were chosen without `keep_fits`.
#' @examples
#' comparison <- compare_models(brca21, c("T/Po", "T/NB"), rank = 3, n_starts = 2, seed = 1)
#' fits(comparison)[[1]]
#' @export
fits <- function(x, ...) {
  check_call()
  UseMethod("fits")
}

#' @rdname fits
#' @export
fits.nmf_comparison <- function(x, ...) {
  check_call(...)
  x$fits
}

#' @rdname fits
#' @export
fits.nmf_profile <- function(x, ...) {
  check_call(...)
  x$fits
}

#' @rdname fits
#' @export
fits.nmf_rank <- function(x, ...) {
  check_call(...)
  if (is.null(x$fits)) abort("argument", "`x` has no fits; use `keep_fits = TRUE` in select_rank().")
  x$fits
}

the_fit <- function(x, ...) {
  check_call(...)
  if (is.null(x$fit)) list() else stats::setNames(list(x$fit), format(x$fit$model))
}

#' @rdname fits
#' @export
fits.nmf_choice <- the_fit
#' @rdname fits
#' @export
fits.nmf_consensus <- the_fit
#' @rdname fits
#' @export
fits.nmf_bootstrap <- the_fit

#' @rdname fits
#' @export
fits.default <- function(x, ...) {
  abort("argument", "`x` must be a result that holds fits, such as a comparison from compare_models(), not ", shown(x),
        ".")
}

#' @rdname as.data.frame.nmf_match
#' @export
tidy.nmf_effects <- tidy_table
#' @rdname as.data.frame.nmf_match
#' @export
tidy.nmf_studies <- tidy_table
#' @rdname as.data.frame.nmf_match
#' @export
tidy.nmf_topic_choice <- tidy_table

#' @rdname as.data.frame.nmf_match
#' @export
tidy.nmf_topic_correlation <- function(x, ...) {
  check_call(...)
  pairs <- which(upper.tri(x), arr.ind = TRUE)
  broom_table(data.frame(topic = rownames(x)[pairs[, 1]], with = colnames(x)[pairs[, 2]], estimate = x[pairs]))
}
