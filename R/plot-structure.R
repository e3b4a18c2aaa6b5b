# Topic proportions as stacked bars, one for each document.

plot_structure <- function(topics, documents) {
  L <- topics$L[documents$row, , drop = FALSE]
  blocks <- split(seq_len(nrow(L)), documents$group)
  order <- unlist(lapply(blocks, function(i) i[walk_through(L[i, , drop = FALSE])]), use.names = FALSE)
  bars <- stacked_bars(L[order, , drop = FALSE], documents$group[order])
  bars$document <- labels_of(rownames(topics$L), nrow(topics$L))[documents$row][order]
  axis <- structure_axis(bars[bars$topic == colnames(L)[1], ], documents$grouped)
  ggplot(bars, aes(fill = .data$topic)) +
    geom_ribbon(aes(.data$x, ymin = 0, ymax = .data$top, group = .data$polygon), outlines_of(bars)) +
    scale_component(ncol(L)) +
    guides(fill = guide_legend(reverse = TRUE)) +
    scale_x_continuous(breaks = axis$at, labels = axis$labels, guide = guide_axis(check.overlap = TRUE),
                       expand = expansion(0)) +
    scale_y_continuous(limits = c(0, 1), oob = clamp, expand = expansion(0)) +
    labs(x = axis$title, y = "topic proportion", fill = NULL, title = title_of(topics$fit$model, "topic"),
         caption = documents$caption) +
    theme_nmf() +
    theme(axis.text.x = if (axis$upright) element_text(angle = 90, hjust = 1, vjust = 0.5),
          axis.ticks.x = element_blank(), panel.grid = element_blank(), panel.border = element_blank(),
          legend.key.size = unit(11, "pt"))
}

# Rows of L so that neighbours are similar: from the one farthest out on the first principal component always on to the
# nearest that is left. |x - y|^2 / 2 is |x|^2 / 2 - x'y but for a constant.
walk_through <- function(L) {
  centred <- sweep(L, 2, colMeans(L))
  axis <- eigen(crossprod(centred), symmetric = TRUE)$vectors[, 1]
  remoteness <- rowSums(L^2) / 2
  at <- which.max(abs(centred %*% axis))
  order <- integer(nrow(L))
  for (i in seq_along(order)) {
    order[i] <- at
    remoteness[at] <- Inf
    at <- which.min(remoteness - L %*% L[at, ])
  }
  order
}

# One row for each document and topic. A block begins where the last one ends, after a gap of 1/150 of all documents.
stacked_bars <- function(L, group) {
  N <- nrow(L)
  position <- seq_len(N) - 0.5 + N / 150 * (as.integer(group) - 1)
  data.frame(position = rep(position, ncol(L)), group = rep(group, ncol(L)),
             topic = factor(rep(colnames(L), each = N), colnames(L)), proportion = as.vector(L),
             top = as.vector(tops_of(L)))
}

# A device leaves seams between bars that touch, so the bars of one topic in one block are one polygon, from 0 up to
# their tops, and lower topics are painted over higher ones. What is a topic here is a component of other fits, `part`.
outlines_of <- function(bars, part = "topic") {
  corners <- bars[rep(order(bars$position), each = 2), ]
  corners$x <- corners$position + c(-0.5, 0.5)
  corners$polygon <- as.integer(corners$group) - nlevels(bars$group) * as.integer(corners[[part]])
  corners
}

# Groups are named below the middle of their blocks, documents when they are few. Names that would touch stand upright;
# those that touch even so are left out.
structure_axis <- function(bars, grouped) {
  width <- diff(range(bars$position)) + 1
  if (grouped) {
    at <- as.vector(tapply(bars$position, bars$group, function(x) mean(range(x))))
    labels <- levels(bars$group)
    room <- 100 * diff(at) / width
    upright <- any(room < (utils::head(nchar(labels), -1) + nchar(labels[-1])) / 2 + 2)
    return(list(at = at, labels = labels, upright = upright))
  }
  if (nrow(bars) <= 50) return(list(at = bars$position, labels = brief(bars$document), upright = TRUE))
  list(at = NULL, labels = NULL, upright = FALSE, title = paste(thousands(nrow(bars)), "documents"))
}
