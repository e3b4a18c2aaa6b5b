#' Volcano plot of a comparison of topics
#'
#' Shows the terms that tell a topic from all others.
#'
#' The evidence that a term has another probability in a topic than in all others, against how much: \eqn{-\log_{10} p}
#' against the log2 fold change to the topic that is least different.
#'
#' The most significant terms are named; of equal p-values, those with the larger \eqn{|z|}. A p-value that is zero in
#' floating point is drawn as a triangle at the height of the smallest positive one. Terms without a fold change or
#' p-value are left out. Names do not overlap when package \pkg{ggrepel} is installed; without it, those that would are
#' not drawn. Probabilities below \eqn{10^{-5}} of the largest share the palest colour.
#'
#' @param object,x What [compare_topics()] found.
#' @param topics Names of the topics to show, any of those in `object`; `NULL` shows all.
#' @param n Number of terms to name in each topic, at least 0; `NULL` is 8 for one or two topics, and fewer the more
#'   topics share the picture.
#' @param ... For `plot()`, arguments of `autoplot()`; nothing otherwise.
#' @return `autoplot()`: a ggplot object. `plot()`: the same, invisibly.
#' @section Errors: `nmf_error_argument`.
#' @examples
#' topics <- fit_topics(addresses$counts[c(1:60, 421:480), 1:800], 2, n_starts = 1, seed = 1)
#' autoplot(compare_topics(topics), n = 5)
#' @export
autoplot.nmf_differential <- function(object, topics = NULL, n = NULL, ...) {
  check_call(...)
  if (!is.null(n)) n <- check_number(n, "n", 0, whole = TRUE)
  points <- volcano_points(object$table, topics)
  n <- n %||% max(3, 16 %/% max(2, nlevels(points$topic)))
  names <- points[points$rank <= n, ]
  names <- names[order(names$rank), ]
  shade <- max(points$prob, .Machine$double.xmin / 1e-5, na.rm = TRUE) * c(1e-5, 1)
  ggplot(points, aes(.data$lfc, .data$evidence)) +
    geom_vline(xintercept = 0, colour = "grey70") +
    geom_point(aes(colour = pmax(.data$prob, shade[1]), shape = .data$zero), size = 1.3) +
    name_layer(names) +
    facet_wrap(vars(.data$topic), scales = "free_y") +
    scale_shape_manual(values = c(`FALSE` = 16, `TRUE` = 17), guide = "none") +
    scale_colour_gradient(low = "#C6DBEF", high = "#08306B", trans = "log10", limits = shade,
                          breaks = 10^floor(log10(shade * c(100, 1))),
                          labels = function(at) parse(text = paste0("10^", round(log10(at))))) +
    scale_x_continuous(breaks = function(limits) pretty(limits, 4), expand = expansion(0.1)) +
    scale_y_continuous(expand = expansion(c(0.03, 0.1))) +
    labs(x = "log2 fold change to the least different topic", y = expression(-log[10] * " p-value"),
         colour = "probability in the topic",
         title = "Terms that tell a topic from all others", caption = attr(points, "caption")) +
    theme_nmf() +
    theme(legend.position = "bottom", legend.key.width = unit(40, "pt"))
}

#' @rdname autoplot.nmf_differential
#' @export
plot.nmf_differential <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}

# The terms that can be drawn, with their height and their rank by significance in their topic.
volcano_points <- function(table, topics) {
  points <- table[c("topic", "term", "prob", "lfc", "z", "p.value")]
  all_topics <- if (is.factor(points$topic)) levels(points$topic) else unique(as.character(points$topic))
  if (!is.null(topics)) {
    known <- is.atomic(topics) && length(topics) > 0 && !anyNA(topics) && all(as.character(topics) %in% all_topics)
    expect_arg(known, "topics", paste("any of", paste(dQuote(all_topics, FALSE), collapse = ", ")), topics)
  }
  shown <- unique(as.character(topics %||% all_topics))
  points <- points[as.character(points$topic) %in% shown, ]
  points$topic <- factor(as.character(points$topic), shown)
  drawn <- is.finite(points$lfc) & !is.na(points$p.value)
  left_out <- sum(!drawn)
  points <- points[drawn, ]
  positive <- points$p.value[points$p.value > 0]
  smallest <- if (length(positive)) min(positive) else .Machine$double.xmin
  points$zero <- points$p.value == 0
  points$evidence <- -log10(pmax(points$p.value, smallest))
  points <- points[order(-points$evidence, !points$zero, -abs(points$z)), ]
  points$rank <- stats::ave(seq_len(nrow(points)), points$topic, FUN = seq_along)
  # the more probable terms, which are fewer, are painted last
  points <- points[order(points$prob), ]
  caption <- c(if (any(points$zero)) paste0("Triangles: p = 0, drawn at ", number_text(smallest, digits = 2), "."),
               if (left_out) paste0(thousands(left_out), if (left_out == 1) " term" else " terms", " not estimated."))
  attr(points, "caption") <- if (length(caption)) paste(caption, collapse = " ")
  points
}

# Names of points, without overlap.
name_layer <- function(names, repel = is_installed("ggrepel")) {
  if (!repel) return(geom_text(aes(label = brief(.data$term)), names, size = 3, vjust = -0.7, check_overlap = TRUE))
  ggrepel::geom_text_repel(aes(label = brief(.data$term)), names, size = 3, seed = 1, max.overlaps = Inf, force = 3,
                           min.segment.length = 0.2, segment.colour = "grey50", box.padding = 0.3)
}
