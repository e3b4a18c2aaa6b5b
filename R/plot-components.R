# Components, as 96-channel profiles or by their largest features.

# A[C>A]T: the base before, the substitution, the base after.
channel_pattern <- "^([ACGT])\\[(([CT])>[ACGT])\\]([ACGT])$"

trinucleotide <- function(channel) sub(channel_pattern, "\\1\\3\\4", channel)

# The colours in which the field has printed substitutions since Alexandrov et al. (2013).
substitution_colours <- c(`C>A` = "#03BCEE", `C>G` = "#010101", `C>T` = "#E32926",
                          `T>A` = "#CAC9C9", `T>C` = "#A1CE63", `T>G` = "#EBC6C4")

plot_components <- function(object, n) {
  n <- check_number(n, "n", 1, whole = TRUE)
  channels <- channel_names(colnames(object$H))
  in_profile <- length(channels) && all(grepl(channel_pattern, channels)) && !anyDuplicated(channels)
  if (in_profile) plot_channels(object, channels) else plot_top_features(object, n)
}

plot_channels <- function(object, channels) {
  long <- tidy(object, "components")
  features <- colnames(object$H)
  substitution <- factor(sub(channel_pattern, "\\2", channels), names(substitution_colours))
  context <- trinucleotide(channels)
  long$substitution <- rep(substitution, each = nrow(object$H))
  long$feature <- factor(long$feature, features[order(substitution, context)])
  long$component <- component_labels(object, long$component)
  ggplot(long, aes(.data$feature, .data$value, fill = .data$substitution)) +
    geom_col(width = 0.75, show.legend = FALSE) +
    facet_grid(rows = vars(.data$component), cols = vars(.data$substitution), scales = "free_x",
               space = "free_x") +
    scale_fill_manual(values = substitution_colours) +
    scale_x_discrete(labels = function(feature) context[match(feature, features)]) +
    scale_y_continuous(expand = expansion(c(0, 0.05))) +
    labs(x = NULL, y = "proportion of mutations", title = format(object$model)) +
    theme_nmf() +
    theme(axis.text.x = element_text(angle = 90, vjust = 0.5, size = 5, family = "mono"),
          panel.grid.major.x = element_blank(), panel.spacing.x = unit(2, "pt"), strip.text.y = element_text(angle = 0))
}

plot_top_features <- function(object, n) {
  plot_top(object$H, n, component_labels(object, rownames(object$H))) +
    labs(x = "proportion of the component", title = format(object$model))
}

plot_terms <- function(topics, n) {
  n <- check_number(n, "n", 1, whole = TRUE)
  sizes <- colSums(topics$L * topics$s, na.rm = TRUE)
  plot_top(t(topics$F), n, share_labels(sizes, colnames(topics$F), colnames(topics$F))) +
    labs(x = "probability of the term", title = format(topics$fit$model))
}

# The n largest entries of each row of H. A level for each bar, so that every facet has its own order.
plot_top <- function(H, n, labels) {
  names <- labels_of(colnames(H), ncol(H))
  largest <- function(k) {
    j <- utils::head(order(H[k, ], decreasing = TRUE), n)
    data.frame(component = labels[k], colour = rownames(H)[k], feature = names[j], value = H[k, j], row.names = NULL)
  }
  top <- do.call(rbind, lapply(seq_len(nrow(H)), largest))
  top <- top[top$value > 0, ]
  top <- top[order(top$value), ]
  top$level <- factor(seq_len(nrow(top)))
  top$colour <- factor(top$colour, rownames(H))
  ggplot(top, aes(.data$value, .data$level, fill = .data$colour)) +
    geom_col(show.legend = FALSE) +
    facet_wrap(vars(.data$component), scales = "free_y") +
    scale_component(nrow(H)) +
    scale_x_continuous(n.breaks = 3, labels = thousands, expand = expansion(c(0, 0.05))) +
    scale_y_discrete(labels = function(level) brief(top$feature[as.integer(level)])) +
    labs(y = NULL) +
    theme_nmf() +
    theme(panel.grid.major.y = element_blank())
}

# A plot of components H with a line from `lower` to `upper`, K x M as well, over each bar.
with_ranges <- function(picture, H, lower, upper) {
  bars <- picture$data
  at <- cbind(as.integer(bars$component),                # its levels are the components in their order
              match(as.character(bars$feature), as.character(labels_of(colnames(H), ncol(H)))))
  bars$lower <- lower[at]
  bars$upper <- upper[at]
  upright <- "substitution" %in% names(bars)
  ranges <- if (upright) {
    aes(ymin = .data$lower, ymax = .data$upper)
  } else {
    aes(xmin = .data$lower, xmax = .data$upper)
  }
  picture + geom_linerange(ranges, bars, linewidth = if (upright) 0.3 else 0.6, colour = "grey30", show.legend = FALSE)
}

# "k1 (38%)": components with their share of the total weight.
component_labels <- function(object, component) share_labels(colSums(object$W), rownames(object$H), component)

share_labels <- function(sizes, names, component) {
  share <- round(100 * sizes / max(sum(sizes), .Machine$double.xmin))
  factor(component, names, in_plain_numbers(paste0(names, " (", share, "%)")))
}
