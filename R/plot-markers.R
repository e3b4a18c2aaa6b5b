# The features that stand for each component, and what share every component has in them.

plot_markers <- function(object, n, by) {
  n <- check_number(n, "n", 1, whole = TRUE)
  x <- by_feature(object)
  top <- top_terms(x, min(n, ncol(object$H)), score_of(x, by), least_named(x, by))
  components <- rownames(object$H)
  stands_for <- rep(seq_along(components), each = nrow(top))
  first <- !is.na(top) & !duplicated(c(top))                # a feature stands once, where it comes first
  names <- labels_of(colnames(object$H), ncol(object$H))
  at <- data.frame(feature = c(top)[first], block = factor(components[stands_for[first]], components))
  tiles <- at[rep(seq_len(nrow(at)), length(components)), ]
  tiles$component <- factor(rep(components, each = nrow(at)), components)
  tiles$share <- exclusivity_of(x)[cbind(tiles$feature, as.integer(tiles$component))]
  tiles$feature <- factor(names[tiles$feature], rev(names[at$feature]))
  ggplot(tiles, aes(.data$component, .data$feature, fill = .data$share)) +
    geom_tile() +
    facet_grid(rows = vars(.data$block), scales = "free_y", space = "free_y") +
    scale_fill_gradient(low = "grey97", high = object$model$family$colour, limits = c(0, 1)) +
    scale_x_discrete(expand = expansion(0), position = "top") +
    scale_y_discrete(labels = brief, expand = expansion(0)) +
    labs(x = NULL, y = NULL, fill = "share of\nthe feature", title = title_of(object$model)) +
    theme_nmf() +
    theme(panel.grid = element_blank(), strip.text.y = element_text(angle = 0), panel.spacing.y = unit(3, "pt"))
}
