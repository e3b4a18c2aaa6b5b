#' Plot of the components that studies share
#'
#' For those who look for what studies share: cosine similarities between the components of all studies, those of a
#' programme side by side and framed; those that
#' belong to none come last.
#'
#' @param object,x A result of [combine_studies()].
#' @param ... For `plot()`, arguments of `autoplot()`; nothing otherwise.
#' @return `autoplot()`: a ggplot object. `plot()`: the same, invisibly.
#' @section Errors: `nmf_error_argument`.
#' @examples
#' a <- nmf(brca21[1:10, ], "T/Po/3", n_starts = 2, seed = 1)
#' b <- nmf(brca21[11:21, ], "T/Po/3", n_starts = 2, seed = 1)
#' autoplot(combine_studies(list(first = a, second = b)))
#' @export
autoplot.nmf_studies <- function(object, ...) {
  check_call(...)
  programme <- match(object$members$programme, object$table$programme, nomatch = nrow(object$table) + 1)
  order <- order(programme)
  n <- length(order)
  similarity <- object$similarity[order, order]
  cells <- data.frame(row = rep(seq_len(n), n), column = rep(seq_len(n), each = n), cosine = as.vector(similarity))
  sizes <- tabulate(programme, nrow(object$table))
  ends <- cumsum(sizes)
  frames <- data.frame(from = ends - sizes + 0.5, to = ends + 0.5)
  label <- brief(rownames(similarity))
  named <- data.frame(at = (frames$from + frames$to) / 2, name = object$table$programme)
  ggplot(cells, aes(.data$column, .data$row)) +
    geom_raster(aes(fill = .data$cosine)) +
    geom_rect(aes(xmin = .data$from, xmax = .data$to, ymin = .data$from, ymax = .data$to), frames, inherit.aes = FALSE,
              fill = NA, colour = "black", linewidth = 0.5) +
    scale_fill_gradient(low = "white", high = "#08519C", limits = c(0, 1), oob = clamp, na.value = "grey85") +
    scale_x_continuous(breaks = named$at, labels = named$name, position = "top") +
    scale_y_reverse(breaks = seq_len(n), labels = if (n <= 60) label else NULL) +
    coord_fixed(expand = FALSE) +
    labs(x = NULL, y = NULL, fill = "cosine\nsimilarity", title = "Components of several studies",
         caption = if (anyNA(similarity)) "Grey: studies that share no feature.") +
    theme_nmf() +
    theme(panel.grid = element_blank(), axis.ticks = element_blank())
}

#' @rdname autoplot.nmf_studies
#' @export
plot.nmf_studies <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}
