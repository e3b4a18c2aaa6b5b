#' @rdname compare_splits
#' @param object,x A comparison from `compare_splits()`.
#' @export
autoplot.nmf_splits <- function(object, ...) {
  check_call(...)
  measure <- if (length(unique(object$table$family)) == 1) "deviance" else "rmse"
  columns <- c(paste0(measure, c("_in", "_out")), "cosine_in", "cosine_out", "consistency", "match")
  error <- c(deviance = "deviance per cell", rmse = "root mean squared error")[[measure]]
  panels <- c(paste0(error, c(", fitted", ", left out")), "cosine of data and means, fitted",
              "cosine of data and means, left out", "consistency of components", "match to reference")
  part <- function(column, panel) {
    from <- if (column == "consistency") object$pairs else object$scores
    data.frame(label = paste(from$model, from$solver), panel = factor(panel, panels), value = from[[column]])
  }
  points <- do.call(rbind, Map(part, columns, panels))
  points <- points[is.finite(points$value), ]
  expect_arg(nrow(points) > 0, "object", "a comparison with at least one fit", object)
  points$label <- factor(points$label, rev(paste(object$table$model, object$table$solver)),
                         rev(labels_of_rows(object$table)))
  points$structure <- object$table$structure[match(points$label, labels_of_rows(object$table))]
  ggplot(points, aes(.data$value, .data$label, colour = .data$structure)) +
    geom_point(size = 0.8, alpha = 0.5) +
    stat_summary(fun = mean, fun.min = min, fun.max = max, geom = "linerange", linewidth = 0.4, orientation = "y") +
    stat_summary(fun = mean, geom = "point", size = 2.4, orientation = "y") +
    facet_wrap(vars(.data$panel), scales = "free_x", ncol = 2) +
    scale_colour_manual(values = structure_colours(), breaks = structure_names()) +
    scale_x_continuous(labels = thousands, n.breaks = 5) +
    labs(x = NULL, y = NULL, colour = "structure", title = "Models fitted to parts of the data",
         caption = "Large points: means over splits (consistency: over pairs of splits). Lines: ranges.") +
    theme_nmf() +
    theme(panel.grid.major.y = element_blank(), panel.spacing.x = unit(18, "pt"), legend.position = "bottom")
}

#' @rdname compare_splits
#' @export
plot.nmf_splits <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}
