#' Plots of consensus components
#'
#' Shows which components come back in every run.
#'
#' \describe{
#'   \item{`"stability"`}{The silhouette of each run's component, in decreasing order within each component; outliers
#'     are pale. The label of a component has its mean.}
#'   \item{`"heatmap"`}{Cosine similarity between all components of all runs, ordered by component. Stable components
#'     are dark squares on the diagonal; a pale row within a square is a run that found something else. At most 400
#'     components are shown, those of evenly spaced runs.}
#'   \item{`"components"`}{The consensus components as in [autoplot.nmf_fit()]; the lines range from the 5% to the 95%
#'     quantile of the runs that were kept. Where runs disagree, their medians sum to less than 1: bars and lines are
#'     scaled up alike.}
#' }
#'
#' @param object,x Consensus components from [find_consensus()].
#' @param type What to show, see below.
#' @param n Number of features to show for each component, at least 1.
#' @param ... For `plot()`, arguments of `autoplot()`; nothing otherwise.
#' @return `autoplot()`: a ggplot object. `plot()`: the same, invisibly.
#' @section Errors: `nmf_error_argument`.
#' @examples
#' consensus <- find_consensus(brca21, "T/Po/3", n_runs = 10, seed = 1)
#' autoplot(consensus)
#' autoplot(consensus, "heatmap")
#' autoplot(consensus, "components")
#' @export
autoplot.nmf_consensus <- function(object, type = c("stability", "heatmap", "components"), n = 10, ...) {
  check_call(...)
  type <- check_factor(type, c("stability", "heatmap", "components"), "type")
  n <- check_number(n, "n", 1, whole = TRUE)
  switch(type, stability = plot_silhouettes(object), heatmap = plot_agreement(object),
         components = plot_spread(object, n))
}

#' @rdname autoplot.nmf_consensus
#' @export
plot.nmf_consensus <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}

consensus_titles <- function(object) {
  labs(title = title_of(object$model),
       subtitle = paste0("Consensus of ", dim(object$components)[3], " runs from ",
                         if (object$type == "starts") "random starts" else "resampled data"))
}

plot_silhouettes <- function(object) {
  width <- object$silhouettes
  K <- nrow(width)
  if (K == 1) abort("argument", "`type` \"stability\" needs at least two components.")
  decreasing <- t(apply(-width, 1, rank, ties.method = "first"))
  labels <- paste0(rownames(width), ", mean ", in_plain_numbers(formatC(rowMeans(width), format = "f", digits = 2)))
  bars <- data.frame(
    component = factor(rep(labels, ncol(width)), labels), colour = factor(rownames(width), rownames(width)),
    position = as.vector(decreasing), silhouette = as.vector(width), outlier = as.vector(object$outlier)
  )
  ggplot(bars, aes(.data$position, .data$silhouette, fill = .data$colour, alpha = .data$outlier)) +
    geom_col(width = if (ncol(width) <= 20) 0.85 else 1, show.legend = FALSE) +
    geom_hline(yintercept = 0, linewidth = 0.3) +
    facet_wrap(vars(.data$component), nrow = if (K <= 6) 1) +
    scale_component(K) +
    scale_alpha_manual(values = c(`FALSE` = 1, `TRUE` = 0.35)) +
    scale_x_continuous(breaks = NULL, expand = expansion(add = 0.6)) +
    scale_y_continuous(limits = c(min(0, width), 1), expand = expansion(c(if (min(width) < 0) 0.03 else 0, 0.03))) +
    labs(x = "runs, by silhouette", y = "silhouette",
         caption = if (any(object$outlier)) "Pale: outliers, which have no part in the consensus.") +
    consensus_titles(object) +
    theme_nmf() +
    theme(panel.grid.major.x = element_blank())
}

plot_agreement <- function(object) {
  K <- dim(object$components)[1]
  R <- dim(object$components)[3]
  shown <- unique(round(seq(1, R, length.out = min(R, max(2, floor(400 / K))))))
  # runs within components, components one after the other
  H <- matrix(aperm(object$components[, , shown, drop = FALSE], c(3, 1, 2)), length(shown) * K)
  n <- nrow(H)
  cells <- data.frame(row = rep(seq_len(n), n), column = rep(seq_len(n), each = n), cosine = as.vector(cosines(H, H)))
  middle <- (seq_len(K) - 0.5) * length(shown) + 0.5
  border <- seq_len(K - 1) * length(shown) + 0.5
  names <- dimnames(object$components)[[1]]
  ggplot(cells, aes(.data$column, .data$row, fill = .data$cosine)) +
    geom_raster() +
    geom_hline(yintercept = border, colour = "white", linewidth = 0.8) +
    geom_vline(xintercept = border, colour = "white", linewidth = 0.8) +
    scale_fill_gradient(low = "white", high = "#08519C", limits = c(0, 1), oob = clamp) +
    scale_x_continuous(breaks = middle, labels = names, position = "top") +
    scale_y_reverse(breaks = middle, labels = names) +
    coord_fixed(expand = FALSE) +
    labs(x = NULL, y = NULL, fill = "cosine\nsimilarity",
         caption = if (length(shown) < R) paste(length(shown), "of", R, "runs are shown.")) +
    consensus_titles(object) +
    theme_nmf() +
    theme(panel.grid = element_blank(), axis.ticks = element_blank())
}

plot_spread <- function(object, n) {
  H <- object$fit$H
  ends <- vapply(seq_len(nrow(H)), function(k) {
    kept <- !object$outlier[k, ]
    draws <- matrix(object$components[k, , if (any(kept)) kept else TRUE], ncol(H))
    quantiles <- apply(draws, 1, stats::quantile, c(0.05, 0.5, 0.95), names = FALSE)
    quantiles[-2, ] / max(sum(quantiles[2, ]), .Machine$double.xmin)
  }, matrix(0, 2, ncol(H)))
  lower <- t(matrix(ends[1, , ], ncol(H)))
  upper <- t(matrix(ends[2, , ], ncol(H)))
  with_ranges(plot_components(object$fit, n, fine = FALSE), H, pmin(lower, H), pmax(upper, H)) +
    labs(caption = "Lines: 5% to 95% of the runs that were kept.") + consensus_titles(object)
}
