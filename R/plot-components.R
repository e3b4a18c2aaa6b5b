# Components, as 96-channel profiles or by their largest features.

# A[C>A]T: the base before, the substitution, the base after.
channel_pattern <- "^([ACGT])\\[(([CT])>[ACGT])\\]([ACGT])$"

trinucleotide <- function(channel) sub(channel_pattern, "\\1\\3\\4", channel)

# The colours in which the field has printed substitutions since Alexandrov et al. (2013).
substitution_colours <- c(`C>A` = "#03BCEE", `C>G` = "#010101", `C>T` = "#E32926",
                          `T>A` = "#CAC9C9", `T>C` = "#A1CE63", `T>G` = "#EBC6C4")

plot_components <- function(object, n, reference = NULL) {
  n <- check_number(n, "n", 1, whole = TRUE)
  channels <- channel_names(colnames(object$H))
  in_profile <- length(channels) && all(grepl(channel_pattern, channels)) && !anyDuplicated(channels)
  labels <- component_labels(object, rownames(object$H), reference)
  if (in_profile) plot_channels(object, channels, labels) else plot_top_features(object, n, labels)
}

# Each component has an axis of its own: on a common one a flat signature is a few pixels high beside a peaked one.
plot_channels <- function(object, channels, labels) {
  long <- tidy(object, "components")
  features <- colnames(object$H)
  part <- function(i) sub(channel_pattern, paste0("\\", i), channels)
  substitution <- factor(part(2), names(substitution_colours))
  long$substitution <- rep(substitution, each = nrow(object$H))
  long$feature <- factor(long$feature, features[order(substitution, part(1), part(4))])
  long$component <- labels[match(long$component, rownames(object$H))]
  ggplot(long, aes(.data$feature, .data$value, fill = .data$substitution)) +
    geom_col(width = 0.75, show.legend = FALSE) +
    lapply(levels(droplevels(substitution)), colour_strip, levels(labels)) +
    facet_grid(rows = vars(.data$component), cols = vars(.data$substitution), scales = "free", space = "free_x") +
    scale_fill_manual(values = substitution_colours) +
    scale_x_discrete(labels = function(feature) {
      at <- match(feature, features)
      labels_in_tiers(part(1)[at], part(4)[at])
    }) +
    scale_y_continuous(n.breaks = 3, labels = function(share) paste0(100 * share, "%"), expand = expansion(c(0, 0.05)),
                       guide = guide_axis(check.overlap = TRUE)) +
    coord_cartesian(clip = "off") +
    labs(x = "base after (upper letters) and base before (lower letters) the mutated one",
         y = "share of the mutations", title = title_of(object$model)) +
    theme_nmf() +
    theme(axis.text.x = element_text(size = 6, family = "mono", lineheight = 1, colour = "black"),
          axis.ticks.x = element_blank(), axis.title.x = element_text(size = rel(0.8)),
          panel.border = element_rect(fill = NA, colour = "grey75", linewidth = 0.3),
          panel.grid.major.x = element_blank(), panel.spacing.x = unit(2, "pt"),
          strip.text.x = element_text(margin = margin(2, 0, 8, 0)), strip.text.y = element_text(angle = 0, hjust = 0))
}

# A strip in the colour of a substitution, between its name and the panel below it, which is that of the first component.
colour_strip <- function(substitution, components) {
  panel <- data.frame(component = factor(components[1], components),
                      substitution = factor(substitution, names(substitution_colours)))
  strip <- grid::rectGrob(y = unit(1, "npc") + unit(1, "pt"), height = unit(5, "pt"), vjust = 0,
                          gp = grid::gpar(fill = substitution_colours[[substitution]], col = NA))
  layer(data = panel, stat = StatIdentity, position = PositionIdentity, geom = GeomCustomAnn, inherit.aes = FALSE,
        params = list(grob = strip, xmin = -Inf, xmax = Inf, ymin = -Inf, ymax = Inf))
}

# Contexts in two lines, for three letters are wider than a bar: the base after in each column, and below the middle of
# those that share it the base before. A space in front of a letter puts it between two columns.
labels_in_tiers <- function(before, after) {
  runs <- rle(before)$lengths
  middle <- cumsum(runs) - runs + (runs + 1) %/% 2
  below <- replace(character(length(before)), middle, paste0(ifelse(runs %% 2, "", " "), before[middle]))
  paste0(after, "\n", below)
}

plot_top_features <- function(object, n, labels) {
  plot_top(object$H, n, labels) + labs(x = "share of the component", title = title_of(object$model))
}

plot_terms <- function(topics, n) {
  n <- check_number(n, "n", 1, whole = TRUE)
  sizes <- colSums(topics$L * topics$s, na.rm = TRUE)
  plot_top(t(topics$F), n, share_labels(sizes, colnames(topics$F), colnames(topics$F))) +
    labs(x = "probability of the term", title = title_of(topics$fit$model, "topic"))
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
    scale_x_continuous(breaks = two_breaks, labels = thousands, expand = expansion(c(0, 0.05))) +
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

# "k1 (38%)": components with their share of the total weight, and "SBS5 0.92" below, the reference that each is matched
# with and the cosine.
component_labels <- function(object, component, reference = NULL) {
  labels <- share_labels(colSums(object$W), rownames(object$H), component)
  if (is.null(reference)) return(labels)
  pairs <- match_components(object, reference)$table
  found <- ifelse(is.na(pairs$reference), "unmatched",
                  paste(brief(pairs$reference), in_plain_numbers(formatC(pairs$cosine, format = "f", digits = 2))))
  levels(labels) <- paste0(levels(labels), "\n", found, ifelse(pairs$doubtful, "\ndoubtful", ""))
  labels
}

share_labels <- function(sizes, names, component) {
  share <- round(100 * sizes / max(sum(sizes), .Machine$double.xmin))
  factor(component, names, in_plain_numbers(paste0(names, " (", share, "%)")))
}
