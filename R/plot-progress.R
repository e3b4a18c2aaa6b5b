#' Progress of fits
#'
#' For those who compare solvers, or ask whether a fit had arrived.
#'
#' How far each of several fits of the same data was from the best of them, at each iteration: what a
#' solver, a start or another number of topics gains.
#'
#' The log-likelihood of a Poisson or Negative Binomial fit is a constant minus the objective of its trace, half the
#' deviance, so the distance of two log-likelihoods is that of the objectives; of other families the objective is shown.
#' The distance is that to the smallest objective of all traces. The best fit itself ends at distance 0, which has no
#' logarithm: distances below \eqn{10^{-8}} of the largest are drawn there. Filled points are fits that have converged,
#' hollow ones those that ended otherwise. A trace and its seconds are those of
#' the best start alone. Where fits differ much in length, add `scale_x_log10()`.
#'
#' @param ... Fits from [nmf()] or topic models, or one list of them. Names are shown in the legend; without names, the
#'   model is.
#' @param by What is on the horizontal axis: `"seconds"` or `"iteration"`.
#' @param what What is on the vertical axis: the distance of the `"objective"` to the best, or the stationarity
#'   residual, `"kkt"`, with the tolerance of the fits as dashed lines.
#' @return A ggplot object.
#' @section Errors: `nmf_error_argument` when there is no fit, when something is no fit, or when the fits are not of the
#'   same data or, for `what = "objective"`, not of the same family with the same parameters.
#' @seealso [autoplot.nmf_fit()] for one fit.
#' @examples
#' V <- addresses$counts[seq(1, 480, 5), ]
#' mm <- nmf(V, "T/Po/4", solver = "mm", n_starts = 1, max_iter = 200, seed = 1) |> suppressWarnings()
#' cd <- nmf(V, "T/Po/4", solver = "cd", n_starts = 1, seed = 1)
#' plot_progress(updates = mm, descent = cd)
#' plot_progress(list(updates = mm, descent = cd), by = "iteration", what = "kkt")
#' @export
plot_progress <- function(..., by = c("seconds", "iteration"), what = c("objective", "kkt")) {
  check_call()
  by <- check_choice(by, c("seconds", "iteration"), "by")
  what <- check_choice(what, c("objective", "kkt"), "what")
  fits <- fits_to_compare(list(...), what)
  value <- progress_of(fits, what)
  rows <- vapply(fits, function(fit) nrow(fit$trace), 0L)
  at <- lapply(fits, function(fit) fit$trace[[by]])
  lines <- data.frame(fit = factor(rep(names(fits), rows), names(fits)), at = unlist(at), value = unlist(value),
                      row.names = NULL)
  ends <- lines[cumsum(rows), ]
  ends$converged <- factor(vapply(fits, function(fit) fit$converged, NA), c(TRUE, FALSE))
  lines <- lines[!is.na(lines$value) & lines$value > 0, ]
  ends <- ends[!is.na(ends$value) & ends$value > 0, ]
  tolerance <- unique(vapply(fits, function(fit) fit$settings$tol, 0))
  likely <- !any(vapply(fits, function(fit) fit$model$family$has_dispersion, NA))
  distance <- if (likely) "log-likelihood below the best" else "objective above the best"
  ggplot(lines, aes(.data$at, .data$value, colour = .data$fit)) +
    (if (what == "kkt") geom_hline(yintercept = tolerance, linetype = "dashed", colour = "grey40")) +
    geom_line(linewidth = 0.7, show.legend = length(fits) > 1) +
    geom_point(aes(shape = .data$converged), ends, size = 2, stroke = 0.8, show.legend = FALSE) +
    scale_shape_manual(values = c(`TRUE` = 16, `FALSE` = 1), guide = "none") +
    scale_component(length(fits)) +
    scale_x_continuous(labels = thousands) +
    scale_y_log10(labels = thousands) +
    labs(x = by, y = if (what == "kkt") "stationarity residual" else distance, colour = NULL,
         title = if (length(fits) == 1) title_of(fits[[1]]$model) else paste("Progress of", length(fits), "fits"),
         caption = progress_caption(if (what == "kkt") tolerance, ends$converged)) +
    theme_nmf()
}

progress_caption <- function(tolerance, converged) {
  parts <- c(if (length(tolerance)) {
    paste0("Dashed: tolerance ", paste(vapply(sort(tolerance), number_text, ""), collapse = ", "), ".")
  }, if (any(converged == "FALSE")) "Circles: ends of fits that have not converged.")
  if (length(parts)) paste(parts, collapse = " ")
}

fits_to_compare <- function(fits, what) {
  is_fit <- function(fit) inherits(fit, c("nmf_fit", "nmf_topic_model"))
  if (length(fits) == 1 && is.list(fits[[1]]) && !is_fit(fits[[1]])) fits <- fits[[1]]
  if (length(fits) == 0) abort("argument", "plot_progress() needs at least one fit.")
  wrong <- which(!vapply(fits, is_fit, NA))
  if (length(wrong)) {
    abort("argument", "`...` must hold fits from nmf() or topic models only; number ", wrong[1], " is ",
          shown(fits[[wrong[1]]]), ".")
  }
  for (i in seq_along(fits)) check_whole(fits[[i]], paste0("..", i))
  fits <- lapply(fits, function(fit) if (inherits(fit, "nmf_topic_model")) fit$fit else fit)
  silent <- which(vapply(fits, function(fit) is.null(fit$trace) || is.null(fit$settings), NA))
  if (length(silent)) abort("argument", "`...` must hold fits with a trace; number ", silent[1], " has none.")
  given <- names(fits) %||% rep("", length(fits))
  names(fits) <- make.unique(ifelse(nzchar(given), given, model_labels(unname(fits))), " #")
  of_first <- function(same) which(!vapply(fits, function(fit) same(fit, fits[[1]]), NA))
  other <- of_first(function(a, b) isTRUE(all.equal(c(a$nobs, a$total), c(b$nobs, b$total))))
  if (length(other)) {
    abort("argument", "the fits must be of the same data; those of ", dQuote(names(fits)[other[1]], FALSE), " are not ",
          "those of ", dQuote(names(fits)[1], FALSE), ".")
  }
  parameters <- function(fit) fit$model$family[c("name", "power", "alpha")]
  other <- of_first(function(a, b) identical(parameters(a), parameters(b)))
  if (what == "objective" && length(other)) {
    abort("argument", "the objectives of ", dQuote(names(fits)[1], FALSE), " and ",
          dQuote(names(fits)[other[1]], FALSE), " cannot be compared: their families or parameters ",
          "differ. Use `what = \"kkt\"`.")
  }
  fits
}

# What is drawn of each trace.
progress_of <- function(fits, what) {
  value <- lapply(fits, function(fit) fit$trace[[what]])
  if (what == "kkt") return(value)
  best <- min(unlist(value), na.rm = TRUE)
  floor <- 1e-8 * (max(unlist(value), na.rm = TRUE) - best)
  lapply(value, function(objective) pmax(objective - best, floor))
}
