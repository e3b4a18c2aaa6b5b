#' Plot of the choice of a rank
#'
#' Shows how clearly the data tell the number of components.
#'
#' The score of each rank with one standard error on either side, a line for each model, and a ring about the choice. A
#' line is broken where a rank has no score, because its fits failed.
#' For `"stability"`, a panel with the mean (line) and the least (dashes) silhouette and the thresholds of both, and one
#' with the median error of the observations.
#'
#' @param object,x A choice from [select_rank()].
#' @param panels Whether each model has a panel and a scale of its own. `NULL` gives it one when the scores of some
#'   model spread over less than a tenth of the range of all.
#' @param ... For `plot()`, arguments of `autoplot()`; nothing otherwise.
#' @return `autoplot()`: a ggplot object. `plot()`: the same, invisibly.
#' @section Errors: `nmf_error_argument`.
#' @examples
#' models <- c("T/Po", "T/NB")
#' choice <- select_rank(brca21, models, ranks = 1:4, method = "bic", n_starts = 3, seed = 1)
#' autoplot(choice)
#' @export
autoplot.nmf_rank <- function(object, panels = NULL, ...) {
  check_call(...)
  table <- rank_frame(object)
  if (!is.null(panels)) panels <- check_flag(panels, "panels")
  if (object$method == "stability") return(plot_stabilities(object, table))
  panels <- panels %||% are_far_apart(table)
  several <- nlevels(table$model) > 1
  ggplot(table, rank_mapping(several)) +
    geom_linerange(aes(ymin = .data$score - .data$se, ymax = .data$score + .data$se),
                   table[!is.na(table$score + table$se), ], alpha = 0.6) +
    geom_line(na.rm = TRUE) + geom_point(size = 1.8, na.rm = TRUE) +
    geom_point(data = table[table$chosen, ], size = 4.5, shape = 21, stroke = 1, show.legend = FALSE) +
    (if (several && panels) facet_wrap(vars(.data$model), scales = "free_y")) +
    scale_ranks(table) + scale_y_continuous(labels = thousands) +
    model_colours(nlevels(table$model), several && !panels) +
    labs(x = "rank", y = object$score, colour = NULL, caption = rank_caption(object, any(!is.na(table$se)))) +
    theme_nmf()
}

#' @rdname autoplot.nmf_rank
#' @export
plot.nmf_rank <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}

# The scores there are, and whether each is that of the choice.
rank_frame <- function(object, arg = "object") {
  table <- object$table
  table$score[!is.finite(table$score)] <- NA             # which breaks the line
  expect_arg(any(!is.na(table$score)), arg, "a choice with at least one score", object)
  table$model <- factor(table$model, names(object$rank))
  table$chosen <- (table$rank == object$rank[as.character(table$model)]) %in% TRUE & !is.na(table$score)
  table
}

rank_mapping <- function(several) {
  if (several) aes(.data$rank, .data$score, colour = .data$model) else aes(.data$rank, .data$score)
}

scale_ranks <- function(table) scale_x_continuous(breaks = sort(unique(table$rank)), minor_breaks = NULL)

model_colours <- function(models, legend) {
  list(scale_component(models), if (!legend) guides(colour = "none"))
}

are_far_apart <- function(table) {
  spread <- vapply(split(table$score, table$model), function(score) {
    if (all(is.na(score))) Inf else diff(range(score, na.rm = TRUE))
  }, 0)
  min(spread) < diff(range(table$score, na.rm = TRUE)) / 10
}

rank_caption <- function(object, bars) {
  paste0(if (bars) "Lines: one standard error. ", "Ring: the choice",
         if (object$method %in% c("cells", "observations", "sigmos")) {
           if (object$rule == "min") ", the least score" else ", by the standard errors of differences"
         }, ".")
}

# What a rank has to reach (SigProfilerExtractor, Islam et al. 2022).
stability_thresholds <- data.frame(panel = "silhouette", value = c(0.8, 0.2), kind = c("mean", "least component"))

stability_frame <- function(table) {
  panels <- c("silhouette", "median error")
  part <- function(value, panel, kind) {
    data.frame(table[c("model", "rank", "chosen")], value = value, kind = kind, panel = factor(panel, panels))
  }
  rbind(part(table$score, panels[1], "mean"), part(table$silhouette_min, panels[1], "least component"),
        part(table$error, panels[2], "mean"))
}

# Silhouettes above, errors below.
plot_stabilities <- function(object, table) {
  long <- stability_frame(table)
  thresholds <- stability_thresholds
  thresholds$panel <- factor(thresholds$panel, levels(long$panel))
  several <- nlevels(table$model) > 1
  mapping <- aes(.data$rank, .data$value, linetype = .data$kind)
  if (several) mapping$colour <- aes(colour = .data$model)$colour
  ggplot(long, mapping) +
    geom_hline(aes(yintercept = .data$value, linetype = .data$kind), thresholds, colour = "grey60", linewidth = 0.3) +
    geom_line(na.rm = TRUE) + geom_point(size = 1.8, na.rm = TRUE) +
    geom_point(data = long[long$chosen & long$kind == "mean", ], size = 4.5, shape = 21, stroke = 1,
               show.legend = FALSE) +
    facet_grid(rows = vars(.data$panel), scales = "free_y") +
    scale_ranks(table) + model_colours(nlevels(table$model), several) +
    scale_linetype_manual(values = c(mean = "solid", `least component` = "22"), breaks = c("mean", "least component")) +
    labs(x = "rank", y = NULL, colour = NULL, linetype = "silhouette",
         caption = "Grey: thresholds of a stable rank. Ring: the choice.") +
    theme_nmf()
}
