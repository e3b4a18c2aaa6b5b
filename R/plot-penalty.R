#' Plot of the choice of a penalty
#'
#' For those who choose a penalty: the score of each strength with one standard error of its difference from the least
#' on either side, the shares of
#' entries that are 0, and a ring about the choice.
#'
#' @param object,x A choice from [select_penalty()].
#' @param ... For `plot()`, arguments of `autoplot()`; nothing otherwise.
#' @return `autoplot()`: a ggplot object. `plot()`: the same, invisibly.
#' @section Errors: `nmf_error_argument`.
#' @examples
#' choice <- select_penalty(brca21, "T/Po/3", penalty = nmf_penalty(W = 1, type = "l1/2"),
#'                          n_splits = 2, n_starts = 1,
#'                          strengths = c(0.3, 1, 3), seed = 1)
#' autoplot(choice)
#' @export
autoplot.nmf_penalty_choice <- function(object, ...) {
  check_call(...)
  table <- object$table[is.finite(object$table$score), ]
  expect_arg(nrow(table) > 0, "object", "a choice with at least one score", object)
  label <- short(table$strength)
  if (anyDuplicated(label)) label <- number_text(table$strength, digits = 15, trim = TRUE)
  label[table$strength == 0] <- "none"
  panels <- c("minus log-likelihood per cell", "share of zeros")
  factors <- c(if (object$penalty$W > 0 || any(table$zeros_W > 0)) "W", if (any(table$zeros_H > 0)) "H")
  part <- function(value, panel, kind, spread = NA_real_) {
    data.frame(strength = factor(label, label), value = value, spread = spread, kind = kind,
               panel = factor(panel, panels), chosen = table$strength %in% object$strength)
  }
  zeros <- lapply(factors, function(factor) part(table[[paste0("zeros_", factor)]], panels[2], factor))
  score <- part(table$score, panels[1], "score", table$delta_se)
  long <- do.call(rbind, c(list(score), zeros))
  ggplot(long, aes(.data$strength, .data$value, group = .data$kind, linetype = .data$kind)) +
    geom_linerange(aes(ymin = .data$value - .data$spread, ymax = .data$value + .data$spread),
                   long[!is.na(long$spread), ], alpha = 0.6, linetype = "solid") +
    geom_line() + geom_point(size = 1.8) +
    geom_point(data = long[long$chosen, ], size = 4.5, shape = 21, stroke = 1, show.legend = FALSE) +
    facet_grid(rows = vars(.data$panel), scales = "free_y") +
    scale_linetype_manual(values = c(score = "solid", W = "solid", H = "22"), breaks = factors,
                          guide = if (length(factors) > 1) "legend" else "none") +
    labs(x = "strength", y = NULL, linetype = "zeros in",
         caption = "Lines: one standard error of the difference from the least. Ring: the choice.") +
    theme_nmf()
}

#' @rdname autoplot.nmf_penalty_choice
#' @export
plot.nmf_penalty_choice <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}
