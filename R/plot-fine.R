# Profiles over channels that are finer than SBS96: bars by strand, and a map of the bases next but one.

# Of channels that are all finer, with the SBS96 channel of each (`channel`), its strand, and the bases next but one on
# both sides (`outer`); NULL for others.
fine_channels <- function(names) {
  channels <- channel_names(names)
  pattern <- "^(?:([TUNBQ]):)?([ACGT]?)([ACGT]\\[[ACGT]>[ACGT]\\][ACGT])([ACGT]?)$"
  if (!length(names) || anyNA(channels) || anyDuplicated(channels) || !all(grepl(pattern, channels, perl = TRUE))) {
    return(NULL)
  }
  part <- function(group) sub(pattern, paste0("\\", group), channels, perl = TRUE)
  found <- data.frame(channel = part(3), strand = part(1), before = part(2), after = part(4))
  outer <- nzchar(found$before) & nzchar(found$after)
  if (all(outer)) return(found)
  if (any(nzchar(found$before) | nzchar(found$after)) || !all(nzchar(found$strand))) NULL else found
}

strand_names <- c(T = "transcribed", U = "untranscribed", N = "not transcribed", B = "both transcribed",
                  Q = "not known")

plot_fine <- function(H, fine, labels) {
  alphabet <- drawn_alphabet(unique(fine$channel))
  features <- unique(fine$channel)
  if (nzchar(fine$before[1])) return(plot_outer_bases(H, fine, labels, alphabet, features))
  bars <- bars_of_fine(H, fine, labels)
  bars$strand <- factor(strand_names[rep(fine$strand, each = nrow(H))], strand_names[unique(fine$strand)])
  layer <- geom_col(aes(alpha = .data$strand), position = "dodge", width = 0.85)
  draw_channels(bars, alphabet, features, layer) +
    scale_alpha_manual(values = stats::setNames(c(1, 0.5, 0.3, 0.75, 0.15), strand_names), name = NULL) +
    scale_y_continuous(breaks = breaks_in_rows(nrow(H)), labels = function(share) paste0(100 * share, "%"),
                       expand = expansion(c(0, 0.05))) +
    guides(fill = "none", alpha = guide_legend(override.aes = list(fill = "grey20"))) +
    labs(y = "share of the mutations") +
    theme(legend.position = "bottom", legend.key.size = unit(10, "pt"))
}

# Strands together. Each component has its own colour scale, as profiles have axes of their own.
plot_outer_bases <- function(H, fine, labels, alphabet, features) {
  cells <- bars_of_fine(H, fine, labels)
  pairs <- paste0(fine$before, "..", fine$after)
  all <- sort(unique(pairs), decreasing = TRUE, method = "radix")
  cells$outer <- factor(rep(pairs, each = nrow(H)), all)
  cells <- stats::aggregate(value ~ component + feature + outer, cells, sum)
  cells$value <- cells$value / pmax(stats::ave(cells$value, cells$component, FUN = max), .Machine$double.xmin)
  draw_channels(cells, alphabet, features, geom_tile(aes(y = .data$outer, alpha = .data$value), show.legend = FALSE)) +
    scale_alpha_continuous(range = c(0, 1), limits = c(0, 1)) +
    scale_y_discrete(breaks = unname(rev(all)[!duplicated(substr(rev(all), 1, 1))]),
                     labels = function(pair) substr(pair, 1, 1), expand = expansion(0)) +
    labs(y = "second base before (letters), and within it second base after, A to T downwards",
         caption = "The darker, the more mutations; the darkest are the largest share of the component.") +
    theme(axis.text.y = element_text(size = 6, family = "mono"), axis.title.y = element_text(size = rel(0.8)),
          panel.grid = element_blank())
}

bars_of_fine <- function(H, fine, labels) {
  data.frame(component = rep(labels, ncol(H)), feature = rep(fine$channel, each = nrow(H)), value = as.vector(H))
}
