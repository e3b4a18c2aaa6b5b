# Weights as stacked bars, one bar for each observation.

check_order <- function(order_by, relative) {
  check_choice(order_by %||% (if (relative) "similar" else "total"), c("similar", "dominant", "total", "data"),
               "order_by")
}

# A label for each observation, by their names where both have them; NULL is none.
check_groups <- function(groups, names, N, what) {
  if (is.null(groups)) return(NULL)
  groups <- as_doubles(groups, "groups")
  expect_arg(is.atomic(groups) && length(groups) == N, "groups", paste("a vector of length", N), groups)
  match_values(groups, names, "groups", what)
}

plot_weights <- function(object, relative, groups, order_by) {
  W <- object$W
  N <- nrow(W)
  value <- if (relative) proportions_of(W) else W
  grouped <- !is.null(groups)
  groups <- as_groups(if (grouped) groups else rep("all", N))
  order <- unlist(lapply(split(seq_len(N), groups), function(i) i[order_observations(W[i, , drop = FALSE], order_by)]),
                  use.names = FALSE)
  bars <- data.frame(
    position = rep(match(seq_len(N), order), ncol(W)),
    component = factor(rep(colnames(W), each = N), colnames(W)),
    value = as.vector(value), top = as.vector(tops_of(value)), group = rep(groups, ncol(W))
  )
  labelled <- N <= 50
  names <- brief(labels_of(rownames(W), N)[order])
  ggplot(bars, aes(fill = .data$component)) +
    (if (labelled) {
      geom_col(aes(.data$position, .data$value), width = 0.85, position = position_stack(reverse = TRUE))
    } else {
      geom_ribbon(aes(.data$x, ymin = 0, ymax = .data$top, group = .data$polygon), outlines_of(bars, "component"))
    }) +
    (if (grouped) facet_grid(cols = vars(.data$group), scales = "free_x", space = "free_x")) +
    scale_component(ncol(W)) +
    scale_x_continuous(breaks = if (labelled) seq_len(N), labels = if (labelled) function(position) names[position],
                       expand = expansion(add = if (labelled) 0.3 else 0)) +
    scale_y_continuous(labels = if (relative) waiver() else thousands,
                       expand = expansion(c(0, if (relative) 0 else 0.05))) +
    guides(fill = guide_legend(reverse = TRUE)) +
    labs(x = if (!labelled) paste(thousands(N), "observations"),
         y = if (relative) "share of the observation's weight" else "weight", fill = NULL,
         title = title_of(object$model)) +
    theme_nmf() +
    theme(axis.text.x = if (labelled) element_text(angle = 90, hjust = 1, vjust = 0.5) else element_blank(),
          axis.ticks.x = if (labelled) element_line() else element_blank(), panel.grid.major.x = element_blank())
}

# Rows that sum to 1, or to 0 where an observation is empty.
proportions_of <- function(W) {
  total <- rowSums(W)
  W / ifelse(total > 0, total, 1)
}

# How high the bars of each observation reach when they are stacked, the first component lowest.
tops_of <- function(value) {
  for (k in seq_len(ncol(value))[-1]) value[, k] <- value[, k] + value[, k - 1]
  value
}

order_observations <- function(W, order_by) {
  if (order_by == "similar") return(walk_through(proportions_of(W)))
  if (order_by == "data") return(seq_len(nrow(W)))
  if (order_by == "total") return(order(-rowSums(W)))
  order(max.col(W, "first"), -apply(proportions_of(W), 1, max))
}
