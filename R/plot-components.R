# Components, as profiles over the channels of an alphabet or by their largest features.

# Components as profiles where the features are channels; finer ones only where no range of each is drawn over them.
plot_components <- function(object, n, reference = NULL, components = seq_len(nrow(object$H)),
                            features = seq_len(ncol(object$H)), fine = TRUE) {
  n <- check_number(n, "n", 1, whole = TRUE)
  H <- object$H[components, features, drop = FALSE]
  labels <- droplevels(component_labels(object, rownames(object$H), reference)[components])
  alphabet <- drawn_alphabet(colnames(H))
  finer <- if (fine && is.null(alphabet)) fine_channels(colnames(H))
  picture <- if (!is.null(alphabet)) plot_channels(H, alphabet, labels) else
    if (!is.null(finer)) plot_fine(H, finer, labels) else
      plot_top(H, n, labels) + labs(x = "share of the component")
  picture + labs(title = title_of(object$model))
}

# The alphabet of which all these are different channels, with a row for each of them; NULL where there is none.
# Channels of SBS96 are drawn by substitution and then by the bases before and after, others as their alphabet has them.
drawn_alphabet <- function(names) {
  channels <- channel_names(names)
  alphabet <- unique(alphabet_of(channels))
  if (length(alphabet) != 1 || is.na(alphabet) || anyDuplicated(channels)) return(NULL)
  at <- match(channels, alphabets[[alphabet]]$channel)
  found <- alphabets[[alphabet]][at, c("group", "label", "colour")]
  found$group <- droplevels(found$group)
  found$position <- if (alphabet == "SBS96") order(order(found$group, found$label)) else rank(at)
  structure(found, title = label_titles[[alphabet]], in_tiers = alphabet == "SBS96")
}

label_titles <- c(SBS96 = "base after (upper row) and base before (lower row) the mutated one",
                  DBS78 = "what the two bases become",
                  ID83 = "repeats there are; of M, deletions with a microhomology, its bases",
                  CN48 = "length of the segment, by loss and total copy number", SV32 = "length")

# Each component has an axis of its own: on a common one a flat signature is a few pixels high beside a peaked one.
plot_channels <- function(H, alphabet, labels) {
  bars <- expand.grid(component = labels, feature = colnames(H), stringsAsFactors = FALSE, KEEP.OUT.ATTRS = FALSE)
  bars$value <- as.vector(H)
  draw_channels(bars, alphabet, colnames(H)) +
    scale_y_continuous(breaks = breaks_in_rows(nrow(H)), labels = function(share) paste0(100 * share, "%"),
                       expand = expansion(c(0, 0.05)), guide = guide_axis(check.overlap = TRUE)) +
    labs(y = "share of the mutations")
}

# Bars, or another layer, with a panel for each group of features, below each other by `component`.
draw_channels <- function(bars, alphabet, features, layer = geom_col(width = 0.75, show.legend = FALSE)) {
  bars$group <- alphabet$group[match(bars$feature, features)]
  order <- order(alphabet$position)
  bars$feature <- factor(bars$feature, features[order])
  groups <- levels(alphabet$group)
  colours <- stats::setNames(alphabet$colour[match(groups, alphabet$group)], groups)
  label <- alphabet$label[order]
  in_tiers <- isTRUE(attr(alphabet, "in_tiers"))
  many <- length(groups) > 6
  ggplot(bars, aes(.data$feature, .data$value, fill = .data$group)) +
    layer +
    lapply(groups, colour_strip, colours, levels(bars$component)) +
    facet_grid(rows = vars(.data$component), cols = vars(.data$group), scales = "free", space = "free_x") +
    scale_fill_manual(values = colours) +
    scale_x_discrete(labels = function(feature) {
      shown <- label[match(feature, features[order])]
      if (in_tiers) labels_in_tiers(substr(shown, 1, 1), substr(shown, 3, 3)) else shown
    }) +
    coord_cartesian(clip = "off") +
    labs(x = attr(alphabet, "title")) +
    theme_nmf() +
    theme(axis.text.x = if (in_tiers) element_text(size = 6, family = "mono", lineheight = 1, colour = "black") else
            element_text(size = 6, angle = 90, hjust = 1, vjust = 0.5, colour = "black"),
          axis.ticks.x = element_blank(), axis.title.x = element_text(size = rel(0.8)),
          panel.border = element_rect(fill = NA, colour = "grey75", linewidth = 0.3),
          panel.grid.major.x = element_blank(), panel.spacing.x = unit(2, "pt"), strip.clip = "off",
          strip.text.x = element_text(margin = margin(2, 0, 8, 0), size = if (many) rel(0.7) else NULL),
          strip.text.y = element_text(angle = 0, hjust = 0))
}

# A strip in the colour of a group, between its name and the panel below it, which is that of the first component.
colour_strip <- function(group, colours, components) {
  panel <- data.frame(component = factor(components[1], components), group = factor(group, names(colours)))
  strip <- grid::rectGrob(y = unit(1, "npc") + unit(1, "pt"), height = unit(5, "pt"), vjust = 0,
                          gp = grid::gpar(fill = colours[[group]], col = NA))
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
  upright <- "group" %in% names(bars)
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
  own <- if (is.null(fine_channels(colnames(object$H)))) object else collapse_channels(object$H)
  pairs <- match_components(own, reference)$table
  found <- ifelse(is.na(pairs$reference), "unmatched",
                  paste(brief(pairs$reference), in_plain_numbers(formatC(pairs$cosine, format = "f", digits = 2))))
  levels(labels) <- paste0(levels(labels), "\n", found, ifelse(pairs$doubtful, "\ndoubtful", ""))
  labels
}

share_labels <- function(sizes, names, component) {
  share <- round(100 * sizes / max(sum(sizes), .Machine$double.xmin))
  factor(component, names, in_plain_numbers(paste0(names, " (", share, "%)")))
}
