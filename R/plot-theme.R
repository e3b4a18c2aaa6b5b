# What all plots share: theme, colours and the treatment of stray arguments.

# "3 components, Poisson noise (NMF/T/Po/3)".
title_of <- function(model, what = "component") {
  structure <- structure_of(model)$name
  paste0(model$rank, " ", what, if (model$rank > 1) "s", if (structure != "traditional") paste0(", ", structure),
         ", ", model$family$label, " noise (", format(model), ")")
}

# 0 and the largest number of one digit, where panels are too narrow for more.
two_breaks <- function(limits) {
  unit <- 10^floor(log10(max(limits, .Machine$double.xmin)))
  c(0, unit * floor(max(limits) / unit))
}

# Breaks of panels one below the other, of which there are so many: none so near the top that its number would touch the
# lowest one of the panel above.
breaks_in_rows <- function(rows) {
  force(rows)
  function(limits) {
    top <- limits[2] * if (rows > 6) 0.8 else 0.93
    found <- if (rows <= 6) pretty(c(0, limits[2]), 3)
    found <- found[found <= top]
    if (length(found) > 1) found else two_breaks(c(0, top))
  }
}

# Groups in the same order under any locale; a factor keeps its own.
as_groups <- function(groups) {
  if (is.factor(groups)) return(factor(groups, exclude = NULL))
  levels <- unique(groups)
  factor(groups, levels[order(levels, method = "radix")], exclude = NULL)
}

# Names as they fit beside an axis, in one line.
brief <- function(names) {
  names <- gsub("[[:cntrl:]]", " ", names)
  ifelse(nchar(names) > 60, paste0(substr(names, 1, 57), "..."), names)
}

theme_nmf <- function() {
  theme_bw(base_size = 11) +
    theme(
      plot.margin = margin(6, 14, 6, 6),
      panel.grid.minor = element_blank(),
      strip.background = element_blank(),
      strip.text = element_text(face = "bold"),
      plot.title = element_text(size = rel(1.1)),
      plot.subtitle = element_text(size = rel(0.9), colour = "grey30"),
      plot.title.position = "plot",
      plot.caption = element_text(colour = "grey40", hjust = 0),
      plot.caption.position = "plot"
    )
}

# What scales and legends know of all families and all structures.
fact_by_name <- function(all, fact) {
  stats::setNames(vapply(all, `[[`, "", fact), vapply(all, `[[`, "", "name"))
}
family_colours <- function() fact_by_name(all_families(), "colour")
family_labels <- function() fact_by_name(all_families(), "label")
structure_names <- function() names(fact_by_name(structures, "name"))
structure_colours <- function() fact_by_name(structures, "colour")
structure_lines <- function() fact_by_name(structures, "line")

# Colour-blind safe (Okabe and Ito 2008), like the colours of families and structures; from the ninth component on the
# muted scheme of Tol (2021), safe by itself.
component_colours <- c("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999",
                       "#332288", "#117733", "#CC6677", "#DDCC77", "#882255", "#44AA99", "#AA4499", "#999933")

# Fill and outline alike, for an outline closes the gaps that a device may leave between bars that touch.
scale_component <- function(K) {
  aesthetics <- c("fill", "colour")
  if (K > length(component_colours)) return(scale_fill_hue(aesthetics = aesthetics))
  scale_fill_manual(values = component_colours, aesthetics = aesthetics)
}

# Its colours.
colours_of <- function(K) {
  if (K <= length(component_colours)) return(component_colours[seq_len(K)])
  grDevices::hcl(15 + 360 * (seq_len(K) - 1) / K, 100, 65)
}
