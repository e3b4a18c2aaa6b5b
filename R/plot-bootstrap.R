#' Plots of a bootstrap
#'
#' Shows how sure the components, the weights and the parameters of a fit are.
#'
#' \describe{
#'   \item{`"components"`}{The components of the fit as in [autoplot.nmf_fit()], with the interval of each bar as a
#'     line.}
#'   \item{`"weights"`}{The weights of the fit, one panel for each component and one bar for each observation, with the
#'     interval of each bar as a line. With more than 50 observations, they have no names, and with more than
#'     `n`, evenly spaced ones are shown.}
#'   \item{`"parameters"`}{The draws of the estimated parameters of the noise as histograms, with the estimate (solid)
#'     and the ends of the interval (dashed); infinite draws are left out, as are parameters after the twelfth.}
#' }
#'
#' @param object,x A bootstrap from [bootstrap_fit()].
#' @param type What to show, see below.
#' @param n For `"components"`, the number of features to show for each; `NULL` is 10. For `"weights"`, the largest
#'   number of observations; `NULL` is 200. At least 1.
#' @param relative Whether weights are shown as shares of each observation's total.
#' @param order_by Order of the observations, see [autoplot.nmf_fit()].
#' @param level,method Confidence level and kind of the intervals, see [bootstrap_fit()].
#' @param ... For `plot()`, arguments of `autoplot()`; nothing otherwise.
#' @return `autoplot()`: a ggplot object. `plot()`: the same, invisibly.
#' @section Errors: `nmf_error_argument`, also when no weights were kept or nothing was estimated.
#' @examples
#' fit <- nmf(brca21, "T/Po/3", seed = 1)
#' draws <- bootstrap_fit(fit, n_runs = 20, seed = 1)
#' autoplot(draws)
#' autoplot(draws, "weights", relative = TRUE)
#' @export
autoplot.nmf_bootstrap <- function(object, type = c("components", "weights", "parameters"), n = NULL, relative = FALSE,
                                   order_by = NULL, level = 0.95, method = c("percentile", "basic"), ...) {
  check_call(...)
  type <- check_factor(type, c("components", "weights", "parameters"), "type")
  if (!is.null(n)) n <- check_number(n, "n", 1, whole = TRUE)
  relative <- check_flag(relative, "relative")
  order_by <- check_order(order_by, relative)
  table <- bootstrap_table(object, type, level, method, relative)
  picture <- switch(type, components = plot_known_components(object, table, n %||% 10),
                    weights = plot_known_weights(object, table, relative, order_by, n %||% 200),
                    parameters = plot_draws(object, table))
  picture + labs(title = title_of(object$fit$model), subtitle = paste(dim(object$H)[3], object$type, "draws"),
                 caption = paste0(if (type == "parameters") "Dashed: " else "Lines: ", number_text(100 * level),
                                  "% intervals of the draws."))
}

#' @rdname autoplot.nmf_bootstrap
#' @export
plot.nmf_bootstrap <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}

plot_known_components <- function(object, table, n) {
  H <- object$fit$H
  with_ranges(plot_components(object$fit, n, fine = FALSE), H, array(table$conf.low, dim(H)),
              array(table$conf.high, dim(H)))
}

plot_known_weights <- function(object, table, relative, order_by, most) {
  n <- length(object$observations)
  expect_arg(n > 0, "object", "a bootstrap that has kept weights (`observations`)", object)
  W <- object$fit$W[object$observations, , drop = FALSE]
  order <- order_observations(W, order_by)
  order <- order[unique(round(seq(1, n, length.out = min(n, most))))]
  bars <- table
  bars$position <- match(rep(seq_len(n), ncol(W)), order)
  bars$colour <- factor(bars$component, colnames(W))
  bars$component <- component_labels(object$fit, bars$component)
  bars <- bars[!is.na(bars$position), ]
  names <- labels_of(rownames(W), n)[order]
  labelled <- length(order) <= 50
  ggplot(bars, aes(.data$position, .data$estimate, fill = .data$colour)) +
    geom_col(width = if (labelled) 0.85 else 1, show.legend = FALSE) +
    geom_linerange(aes(ymin = .data$conf.low, ymax = .data$conf.high), linewidth = if (labelled) 0.4 else 0.2,
                   colour = "grey30") +
    facet_grid(rows = vars(.data$component), scales = if (relative) "fixed" else "free_y") +
    scale_component(ncol(W)) +
    scale_x_continuous(breaks = if (labelled) seq_along(order), labels = if (labelled) brief(names),
                       expand = expansion(add = 0.6)) +
    scale_y_continuous(breaks = breaks_in_rows(dim(object$W)[2]), labels = if (relative) waiver() else thousands,
                       expand = expansion(c(0, 0.05)), guide = guide_axis(check.overlap = TRUE)) +
    labs(x = if (labelled) NULL else if (length(order) < n) paste(length(order), "of", n, "observations") else
           paste(n, "observations"), y = if (relative) "share of the observation's weight" else "weight") +
    theme_nmf() +
    theme(axis.text.x = if (labelled) element_text(angle = 90, hjust = 1, vjust = 0.5) else element_blank(),
          axis.ticks.x = if (labelled) element_line() else element_blank(), panel.grid.major.x = element_blank(),
          strip.text.y = element_text(angle = 0))
}

plot_draws <- function(object, table) {
  expect_arg(nrow(table) > 0, "object", "a bootstrap of a fit with an estimated parameter", object)
  if (nrow(table) > 12) table <- table[seq_len(12), ]
  draws <- object$parameters[, table$term, drop = FALSE]
  long <- data.frame(parameter = factor(rep(table$term, each = nrow(draws)), table$term),
                     value = as.vector(draws))
  lines <- data.frame(parameter = factor(rep(table$term, 3), table$term),
                      value = c(table$estimate, table$conf.low, table$conf.high),
                      what = rep(c("estimate", "end", "end"), each = nrow(table)))
  ggplot(long[is.finite(long$value), ], aes(.data$value)) +
    geom_histogram(bins = 20, fill = object$fit$model$family$colour) +
    geom_vline(aes(xintercept = .data$value, linetype = .data$what), lines[is.finite(lines$value), ],
               show.legend = FALSE) +
    scale_linetype_manual(values = c(estimate = "solid", end = "dashed")) +
    facet_wrap(vars(.data$parameter), scales = "free") +
    scale_y_continuous(expand = expansion(c(0, 0.05))) +
    labs(x = NULL, y = "draws") +
    theme_nmf()
}
