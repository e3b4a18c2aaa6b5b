# Documents on two principal components of their topic proportions.

plot_embedding <- function(topics, documents, dims) {
  K <- ncol(topics$L)
  if (K < 3) abort("rank", "an embedding needs at least 3 topics, not ", K, "; see the structure plot.")
  dims <- check_dims(dims, K - 1)
  L <- topics$L[documents$row, , drop = FALSE]
  centre <- colMeans(L)
  components <- eigen(crossprod(sweep(L, 2, centre)), symmetric = TRUE)
  axes <- components$vectors[, dims]
  axes <- sweep(axes, 2, ifelse(colSums(axes^3) < 0, -1, 1), "*")  # the sign of an eigenvector is the machine's choice
  place <- function(L) {
    points <- sweep(L, 2, centre) %*% axes
    data.frame(x = points[, 1], y = points[, 2])
  }
  points <- place(L)
  points$document <- labels_of(rownames(topics$L), nrow(topics$L))[documents$row]
  points$colour <- if (documents$grouped) documents$group else factor(colnames(L)[max.col(L, "first")], colnames(L))
  points <- points[with_seed(1, sample.int(nrow(points))), ]
  share <- components$values / max(sum(components$values), .Machine$double.xmin)
  title <- in_plain_numbers(paste0("principal component ", dims, " (", round(100 * share[dims]), "%)"))
  ggplot(points, aes(.data$x, .data$y)) +
    geom_point(aes(colour = .data$colour), size = 1.2, alpha = 0.6, shape = 16) +
    geom_text(aes(label = .data$topic, hjust = .data$hjust, vjust = .data$vjust),
              corners_of(place(diag(K)), colnames(L)), size = 3.5, fontface = "bold") +
    scale_component(nlevels(points$colour)) +
    scale_x_continuous(expand = expansion(0.12)) + scale_y_continuous(expand = expansion(0.12)) +
    guides(colour = guide_legend(override.aes = list(size = 2.5, alpha = 1))) +
    coord_equal() +
    labs(x = title[1], y = title[2], colour = if (documents$grouped) NULL else "most probable\ntopic",
         title = title_of(topics$fit$model, "topic"), caption = documents$caption) +
    theme_nmf() +
    theme(legend.key.size = unit(14, "pt"))
}

check_dims <- function(dims, largest) {
  ok <- is.numeric(dims) && length(dims) == 2 && all(dims %in% seq_len(largest)) && dims[1] != dims[2]
  expect_arg(ok, "dims", paste("two different whole numbers between 1 and", largest), dims)
  as.integer(dims)
}

# The topics that are corners of the convex hull, in which all documents lie, with names pushed outwards.
corners_of <- function(points, names) {
  points$topic <- names
  corners <- points[sort(grDevices::chull(points$x, points$y)), ]
  outwards <- function(x) 0.5 - (x - mean(x)) / max(abs(x - mean(x)), .Machine$double.xmin)
  corners$hjust <- outwards(corners$x)
  corners$vjust <- outwards(corners$y)
  corners
}
