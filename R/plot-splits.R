#' @rdname compare_splits
#' @param object,x A comparison from `compare_splits()`.
#' @export
autoplot.nmf_splits <- function(object, ...) {
  refuse_dots(...)
  measure <- if (length(unique(object$table$family)) == 1) "deviance" else "rmse"
  panels <- c(deviance = "deviance per cell", rmse = "root mean squared error per cell",
              cosine = "cosine of data and means", consistency = "consistency of features", match = "match to reference")
  part <- function(from, column, panel, kind) {
    data.frame(label = paste(from$model, from$solver), panel = factor(panels[[panel]], panels), kind = kind,
               value = from[[column]])
  }
  both <- function(panel) {
    rbind(part(object$scores, paste0(panel, "_in"), panel, "fitted"),
          part(object$scores, paste0(panel, "_out"), panel, "left out"))
  }
  points <- rbind(both(measure), both("cosine"), part(object$pairs, "consistency", "consistency", "features"),
                  part(object$scores, "match", "match", "features"))
  points <- points[is.finite(points$value), ]
  expect_arg(nrow(points) > 0, "object", "a comparison with at least one fit", object)
  points$label <- factor(points$label, rev(paste(object$table$model, object$table$solver)),
                         rev(labels_of_rows(object$table)))
  beside <- position_dodge(0.6)
  ggplot(points, aes(.data$value, .data$label, colour = .data$kind)) +
    geom_point(position = beside, size = 0.8, alpha = 0.4) +
    stat_summary(fun = mean, fun.min = min, fun.max = max, geom = "linerange", position = beside, linewidth = 0.4,
                 orientation = "y") +
    stat_summary(fun = mean, geom = "point", position = beside, size = 2.4, orientation = "y") +
    facet_wrap(vars(.data$panel), scales = "free_x", ncol = 2) +
    scale_colour_manual(values = c(fitted = "#0072B2", `left out` = "#D55E00", features = "grey30"),
                        breaks = c("fitted", "left out")) +
    scale_x_continuous(labels = thousands) +
    labs(x = NULL, y = NULL, colour = "observations",
         caption = "Large points: means over splits (features: over pairs of splits). Lines: ranges.") +
    theme_nmf()
}

#' @rdname compare_splits
#' @export
plot.nmf_splits <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}
