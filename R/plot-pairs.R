# One profile above another with the difference: components and references, components and sums of known ones,
# observations and their means.

# `upper` and `lower` are matrices, one row for each pair; `names` heads the pairs.
plot_pairs <- function(upper, lower, names, upper_labels, lower_labels, n, y, share) {
  features <- as.character(labels_of(colnames(upper), ncol(upper)))
  alphabet <- drawn_alphabet(features)
  if (is.null(alphabet)) {
    size <- apply(pmax(upper, lower), 2, max)
    shown <- sort(utils::head(order(size, decreasing = TRUE), n))
    upper <- upper[, shown, drop = FALSE]
    lower <- lower[, shown, drop = FALSE]
    features <- features[shown]
    alphabet <- data.frame(group = factor(rep(" ", length(shown))), label = brief(features), colour = "grey40",
                           position = seq_along(shown))
  }
  lines <- rbind(paste0(names, upper_labels), lower_labels, rep("difference", length(names)))
  levels <- paste(rep(seq_along(names), each = 3), lines)
  values <- list(upper, lower, upper - lower)
  of_line <- function(i, k) {
    data.frame(component = levels[3 * (k - 1) + i], feature = features, value = values[[i]][k, ])
  }
  grid <- expand.grid(i = 1:3, k = seq_along(names))
  bars <- do.call(rbind, Map(of_line, grid$i, grid$k))
  bars$component <- factor(bars$component, levels)
  # Both profiles of a pair reach to the same height, and the difference to a third of it at least on either side.
  top <- apply(pmax(upper, lower), 1, max)
  apart <- pmax(apply(abs(upper - lower), 1, max), top / 3)
  reach <- data.frame(component = factor(rep(levels, 2), levels),
                      value = c(rbind(top, top, apart), rbind(0, 0, -apart)), feature = features[1],
                      group = alphabet$group[1])
  percent <- function(x) paste0(100 * x, "%")
  breaks <- function(limits) if (limits[1] < 0) breaks_about_zero(limits) else breaks_in_rows(length(levels))(limits)
  draw_channels(bars, alphabet, features) +
    geom_blank(data = reach) +
    facet_grid(rows = vars(.data$component), cols = vars(.data$group), scales = "free", space = "free_x",
               labeller = labeller(component = stats::setNames(as.vector(lines), levels))) +
    scale_y_continuous(breaks = breaks, labels = if (share) percent else thousands, expand = expansion(c(0, 0.05)),
                       guide = guide_axis(check.overlap = TRUE)) +
    labs(y = y)
}

# Zero and one number on either side in the panels of differences.
breaks_about_zero <- function(limits) {
  c(-1, 0, 1) * two_breaks(0.8 * c(0, max(-limits[1], limits[2])))[2]
}

plot_difference <- function(object, reference, components, features, n) {
  if (is.null(reference)) abort("argument", "`reference` must be given for `type` \"difference\".")
  H <- object$H[components, features, drop = FALSE]
  target <- components_of(reference, "reference")
  shared <- match_features(target, H, "reference", "the fit", "zero")
  pairs <- best_pairs(cosines(H[, shared$wanted, drop = FALSE], target[, shared$given, drop = FALSE]), 0)
  pairs <- pairs[!is.na(pairs$reference), ]
  H <- H[pairs$component, , drop = FALSE]
  known <- array(0, dim(H), dimnames(H))
  known[, shared$wanted] <- target[pairs$reference, shared$given, drop = FALSE]
  known <- proportions_of(known) * rowSums(H)
  plot_pairs(H, known, pairs$component, "", paste0(brief(pairs$reference), "\n", round_cosine(pairs$cosine)), n,
             "share of the mutations", TRUE) +
    labs(title = title_of(object$model))
}

round_cosine <- function(cosine) sprintf("cosine %.3f", cosine)

# The observations that are asked for, or those whose counts are the least like their means.
plot_reconstruction <- function(object, data, observations, n) {
  mu <- object$W %*% object$H * (object$offset %||% 1)
  V <- as.matrix(data$values)
  if (length(object$missing)) V[object$missing] <- mu[object$missing]
  cosine <- rowSums(unit_rows(V) * unit_rows(mu))
  chosen <- if (is.null(observations)) utils::head(order(cosine), 3) else
    unique(lines_of(observations, rownames(object$W), nrow(object$W), "observations", "NULL or "))
  names <- brief(as.character(labels_of(rownames(object$W), nrow(object$W))))[chosen]
  colnames(V) <- colnames(object$H)
  plot_pairs(V[chosen, , drop = FALSE], mu[chosen, , drop = FALSE], names, "\nobserved",
             paste0("reconstructed\n", round_cosine(cosine[chosen])), n, "count", FALSE) +
    labs(title = title_of(object$model))
}
