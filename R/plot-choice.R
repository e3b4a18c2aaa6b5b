#' Plot of the choice of a model
#'
#' Shows what [choose_model()] decided on, and how clearly.
#'
#' Held-out score and two-way BIC of each model at each rank, above the least of all, with one standard error of the
#' difference on either side and a ring about the choice. Differences of scores are those that decide, on the splits
#' that a model shares with the best one. Percentages are the shares of resampled choices, where they are at least 2%;
#' above the panels stands how stable the components of the choice are. The scale is that of square roots, for models
#' may be far apart; a line is broken where a rank has no score. What is more than four times the median of its panel is
#' drawn at the edge, as a triangle.
#'
#' @param object,x A choice from [choose_model()].
#' @param ... For `plot()`, arguments of `autoplot()`; nothing otherwise.
#' @return `autoplot()`: a ggplot object. `plot()`: the same, invisibly.
#' @section Errors: `nmf_error_argument`.
#' @examples
#' models <- c("T/Po", "T/NB", "C/NB")
#' choice <- choose_model(brca21, models, ranks = 1:4, n_splits = 3, n_runs = 0, seed = 1)
#' autoplot(choice)
#' @export
autoplot.nmf_choice <- function(object, ...) {
  check_call(...)
  table <- object$table
  long <- choice_frame(object)
  shares <- merge(long[long$panel == "held-out score", ], table[c("model", "rank", "share")])
  shares <- shares[!is.na(shares$share) & shares$share >= 0.02, ]
  best <- object$models[1, ]
  lower <- lower_ones(object)
  ring <- long[long$model == best$model & long$rank == best$rank & !is.na(long$value), ]
  ggplot(long, aes(.data$rank, .data$value, colour = .data$family, linetype = .data$structure, group = .data$model)) +
    geom_linerange(aes(ymin = pmax(.data$value - .data$se, 0), ymax = pmin(.data$value + .data$se, .data$edge)),
                   long[!is.na(long$value + long$se) & !long$beyond, ], alpha = 0.6, linetype = "solid",
                   show.legend = FALSE) +
    geom_line(na.rm = TRUE) +
    geom_point(aes(shape = .data$beyond), size = 1.6, na.rm = TRUE, show.legend = FALSE) +
    geom_point(data = ring, size = 4.5, shape = 21, stroke = 1, show.legend = FALSE) +
    geom_text(aes(label = percent(.data$share)), shares, hjust = -0.4, size = 3, show.legend = FALSE) +
    facet_wrap(vars(.data$panel), scales = "free_y") + scale_ranks(table) +
    scale_y_sqrt(labels = thousands) + scale_shape_manual(values = c(`FALSE` = 16, `TRUE` = 2)) +
    scale_colour_manual(values = family_colours(), labels = family_labels(), breaks = names(family_labels())) +
    scale_linetype_manual(values = structure_lines(), breaks = structure_names()) +
    guides(colour = guide_legend(order = 1), linetype = guide_legend(order = 2)) +
    labs(subtitle = stability_line(object), x = "rank", y = "above the best (square-root scale)", colour = "noise",
         linetype = "structure",
         caption = paste0("Bars: one standard error of the difference. Ring: the choice. ",
                          if (nrow(shares)) "Percentages: how often it is chosen in resamplings.\n",
                          if (any(long$beyond)) "Triangles: beyond the panel. ",
                          if (nrow(lower)) {
                            paste0("\nNo candidates, though lower: ", paste(model_at(lower), collapse = ", "), ".")
                          })) +
    theme_nmf()
}

# One row for each criterion of each model and rank: how far above the least of all it is, and where it is drawn.
choice_frame <- function(object) {
  panels <- c("held-out score", "two-way BIC")
  table <- object$table
  part <- function(value, se, panel) {
    data.frame(table[c("model", "rank")], value = value - min(value[is.finite(value)], Inf), se = se,
               panel = factor(panel, panels))
  }
  long <- rbind(if (!all(is.na(table$delta))) part(table$delta, table$delta_se, panels[1]),
                part(table$BIC2, NA_real_, panels[2]))
  long$value[!is.finite(long$value)] <- NA               # which breaks the line
  edge <- 4 * stats::ave(long$value, long$panel, FUN = function(value) stats::median(value[which(value > 0)]))
  long$beyond <- (long$value > edge) %in% TRUE
  long$value[long$beyond] <- edge[long$beyond]
  long$edge <- edge
  models <- lapply(stats::setNames(nm = unique(table$model)), nmf_model)
  words <- lapply(models, words_of)
  long$family <- vapply(words, `[[`, "", "family")[long$model]
  long$structure <- factor(vapply(words, `[[`, "", "structure")[long$model], structure_names())
  long
}

stability_line <- function(choice) {
  silhouette <- choice$stability$silhouette
  if (is.null(silhouette) || anyNA(silhouette)) return(NULL)   # one component has none
  paste0(model_at(choice$models[1, ]), ": silhouettes of its components over ", choice$n_runs, " runs ",
         three(min(silhouette)), " to ", three(max(silhouette)))
}

#' @rdname autoplot.nmf_choice
#' @export
plot.nmf_choice <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}
