# Weights as stacked bars, one bar for each observation.

check_order <- function(order_by, relative) {
  check_choice(order_by %||% (if (relative) "dominant" else "total"), c("total", "dominant", "data"), "order_by")
}

# A label for each observation, by their names where both have them; NULL is none.
check_groups <- function(groups, names, N, what) {
  if (is.null(groups)) return(NULL)
  expect_arg(is.atomic(groups) && length(groups) == N, "groups", paste("a vector of length", N), groups)
  match_values(groups, names, "groups", what)
}

plot_weights <- function(object, relative, groups, order_by) {
  W <- object$W
  N <- nrow(W)
  value <- if (relative) proportions_of(W) else W
  order <- order_observations(W, order_by)
  bars <- data.frame(
    position = rep(match(seq_len(N), order), ncol(W)),
    component = factor(rep(colnames(W), each = N), colnames(W)),
    value = as.vector(value)
  )
  if (!is.null(groups)) bars$group <- rep(as_groups(groups), ncol(W))
  names <- labels_of(rownames(W), N)[order]
  labelled <- N <= 50
  ggplot(bars, aes(factor(.data$position), .data$value, fill = .data$component, colour = .data$component)) +
    geom_col(width = if (labelled) 0.85 else 1, linewidth = 0.1, position = position_stack(reverse = TRUE)) +
    (if (!is.null(groups)) facet_grid(cols = vars(.data$group), scales = "free_x", space = "free_x")) +
    scale_component(ncol(W)) +
    scale_x_discrete(labels = if (labelled) function(position) brief(names[as.integer(position)])) +
    scale_y_continuous(labels = if (relative) waiver() else thousands,
                       expand = expansion(c(0, if (relative) 0 else 0.05))) +
    labs(x = if (!labelled) paste(N, "observations"), y = if (relative) "proportion of weight" else "weight",
         fill = NULL, colour = NULL, title = format(object$model)) +
    theme_nmf() +
    theme(axis.text.x = if (labelled) element_text(angle = 90, hjust = 1, vjust = 0.5) else element_blank(),
          axis.ticks.x = if (labelled) element_line() else element_blank(), panel.grid.major.x = element_blank())
}

# Rows that sum to 1, or to 0 where an observation is empty.
proportions_of <- function(W) {
  total <- rowSums(W)
  W / ifelse(total > 0, total, 1)
}

order_observations <- function(W, order_by) {
  if (order_by == "data") return(seq_len(nrow(W)))
  if (order_by == "total") return(order(-rowSums(W)))
  order(max.col(W, "first"), -apply(proportions_of(W), 1, max))
}
