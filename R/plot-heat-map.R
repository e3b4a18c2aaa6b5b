# Weights as a heat map, a row for each component and a column for each observation.

plot_heat_map <- function(object, relative, groups, order_by) {
  W <- object$W
  N <- nrow(W)
  grouped <- !is.null(groups)
  groups <- as_groups(if (grouped) groups else rep("all", N))
  order <- unlist(lapply(split(seq_len(N), groups), function(i) i[order_observations(W[i, , drop = FALSE], order_by)]),
                  use.names = FALSE)
  cells <- data.frame(position = rep(match(seq_len(N), order), ncol(W)),
                      component = factor(rep(colnames(W), each = N), rev(colnames(W))),
                      value = as.vector(if (relative) proportions_of(W) else W), group = rep(groups, ncol(W)))
  names <- labels_of(rownames(W), N)[order]
  labelled <- N <= 50
  ggplot(cells, aes(factor(.data$position), .data$component, fill = .data$value)) +
    geom_raster() +
    (if (grouped) facet_grid(cols = vars(.data$group), scales = "free_x", space = "free_x")) +
    scale_fill_viridis_c(option = "mako", direction = -1, limits = c(0, if (relative) 1 else max(W)),
                         trans = if (relative) "identity" else "log1p", labels = if (relative) waiver() else thousands,
                         breaks = if (relative) waiver() else c(0, 10^(1:12))) +
    scale_x_discrete(expand = c(0, 0), labels = if (labelled) function(position) brief(names[as.integer(position)])) +
    scale_y_discrete(expand = c(0, 0), labels = brief) +
    labs(x = if (!labelled) paste(thousands(N), "observations"), y = NULL,
         fill = if (relative) "share of the\nobservation's\nweight" else "weight", title = title_of(object$model)) +
    theme_nmf() +
    theme(axis.text.x = if (labelled) element_text(angle = 90, hjust = 1, vjust = 0.5) else element_blank(),
          axis.ticks.x = if (labelled) element_line() else element_blank(), panel.grid = element_blank())
}
