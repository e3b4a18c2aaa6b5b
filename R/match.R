#' Cosine similarity and matching of features
#'
#' `cosine_similarity()` compares every feature of one set with every feature of another. `match_components()` pairs them,
#' each with at most one of the other set, such that the total similarity of the pairs is as large as possible (the
#' assignment problem, solved by the Hungarian method).
#'
#' The cosine similarity of features \eqn{h} and \eqn{g} is \eqn{\sum_j h_j g_j / (\|h\| \|g\|)}{sum(h g) / (|h| |g|)}:
#' 1 when they are proportional, 0 when they share nothing or when one of them is zero. It is governed by the largest
#' entries. With K features and L references, min(K, L) pairs are made; in `match_components()` the other features have
#' the reference `NA`.
#'
#' @param x,y Features in rows: a numeric matrix, K x M and L x M, or a fit from [nmf()], whose `H` is taken. When both
#'   have column names, those of `y` are put into the order of `x`. `y = NULL` compares `x` with itself.
#' @param reference Features to match with, in the same form as `y`, for example [pcawg_signatures].
#' @param threshold Pairs with a smaller similarity are reported as unmatched in `match_components()`; references with a
#'   larger similarity to any feature are shown in `autoplot()` even when they are not matched. Between 0 and 1.
#' @return `cosine_similarity()`: a K x L matrix.
#'
#' `match_components()`: a data frame of class `nmf_match` with one row for each feature, `feature`, `reference` and
#' `cosine`, and the K x L matrix of all similarities as attribute `"similarity"`. For several models (`x` a comparison
#' from [compare_models()] or a named list of fits or matrices) it begins with a column `model`, and the attribute is a
#' list of matrices.
#'
#' `autoplot()`: a ggplot object. For one model, the heat map of all similarities, with the pairs framed. For several, a
#' row for each model and a column for each reference, with the similarity of the feature matched to it (Figures 5 and 8
#' of the paper).
#' @section Errors: `nmf_error_data` when features are not finite and non-negative, when they have mutation channels in
#'   rows, or when the two sets do not have the same columns.
#' @references Kuhn (1955), The Hungarian method for the assignment problem, Naval Research Logistics Quarterly 2,
#'   83-97, \doi{10.1002/nav.3800020109}.
#' @examples
#' fit <- nmf(brca21, "T/NB/3", n_starts = 2, seed = 1)
#' matched <- match_components(fit, pcawg_signatures)
#' matched
#' autoplot(matched)
#'
#' comparison <- compare_models(brca21, c("T/Po", "T/NB", "C/NB"), rank = 3, n_starts = 2, seed = 1)
#' autoplot(match_components(comparison, fit))
#' @name match_components
NULL

#' @rdname match_components
#' @export
cosine_similarity <- function(x, y = NULL) {
  x <- features_of(x, "x")
  cosines(x, if (is.null(y)) x else align_columns(features_of(y, "y"), x, "y"))
}

#' @rdname match_components
#' @export
match_components <- function(x, reference, threshold = 0) {
  threshold <- check_number(threshold, "threshold", 0, 1)
  if (inherits(x, "nmf_comparison")) x <- Filter(Negate(is.null), fits(x))
  target <- features_of(reference, "reference")
  label <- if (inherits(reference, "nmf_fit")) format(reference$model)
  several <- is.list(x) && !inherits(x, c("nmf_fit", "data.frame"))
  if (!several) x <- list(x)
  expect_arg(length(x) > 0, "x", "at least one set of features", x)
  names(x) <- make.unique(names(x) %||% model_labels(x), " #")
  similarity <- lapply(x, function(one) {
    features <- features_of(one, "x")
    cosines(features, align_columns(target, features, "reference"))
  })
  pairs <- lapply(similarity, best_pairs, threshold)
  if (!several) return(new_match(pairs[[1]], similarity[[1]], label))
  models <- rep(names(x), vapply(pairs, nrow, 0L))
  new_match(data.frame(model = models, do.call(rbind, unname(pairs))), similarity, label)
}

new_match <- function(pairs, similarity, label) {
  structure(pairs, similarity = similarity, against = label, class = c("nmf_match", "data.frame"))
}

# The features of a fit, or a matrix of features, named.
features_of <- function(x, arg) {
  H <- if (inherits(x, "nmf_fit")) x$H else as.matrix(as_data(x, arg = arg))
  if (are_channels(rownames(H)) && !are_channels(colnames(H))) {
    abort("data", "`", arg, "` has mutation channels in rows, where features must be. Use `t(", arg, ")`.")
  }
  rownames(H) <- make.unique(as.character(labels_of(rownames(H), nrow(H))))
  H
}

# y with the columns of x, in their order.
align_columns <- function(y, x, arg) {
  if (ncol(y) != ncol(x)) {
    abort("data", "`", arg, "` must have the ", ncol(x), " columns of the features that it is compared with, not ",
          ncol(y), ".")
  }
  if (is.null(colnames(x)) || is.null(colnames(y)) || identical(colnames(x), colnames(y))) return(y)
  order <- match(colnames(x), colnames(y))
  if (anyNA(order) || anyDuplicated(order)) {
    fault <- if (anyNA(order)) "is missing" else "is there more than once"
    name <- colnames(x)[if (anyNA(order)) is.na(order) else duplicated(order)][1]
    abort("data", "`", arg, "` must have the columns of the features that it is compared with; ", dQuote(name, FALSE),
          " ", fault, ".")
  }
  y[, order, drop = FALSE]
}

# Rows of length 1, or 0 where they are zero; the division by the largest entry keeps the squares in range.
unit_rows <- function(x) {
  largest <- apply(x, 1, max)
  x <- x / ifelse(largest > 0, largest, 1)
  size <- sqrt(rowSums(x^2))
  x / ifelse(size > 0, size, 1)
}

cosines <- function(x, y) tcrossprod(unit_rows(x), unit_rows(y))

best_pairs <- function(similarity, threshold) {
  wide <- nrow(similarity) <= ncol(similarity)
  assigned <- as.integer(clue::solve_LSAP(if (wide) similarity else t(similarity), maximum = TRUE))
  column <- if (wide) assigned else match(seq_len(nrow(similarity)), assigned)
  cosine <- similarity[cbind(seq_len(nrow(similarity)), column)]
  matched <- !is.na(cosine) & cosine >= threshold
  data.frame(feature = rownames(similarity), reference = ifelse(matched, colnames(similarity)[column], NA_character_),
             cosine = ifelse(matched, cosine, NA_real_))
}

model_labels <- function(x) {
  label <- function(i) if (inherits(x[[i]], "nmf_fit")) format(x[[i]]$model) else paste("model", i)
  vapply(seq_along(x), label, "")
}

#' @export
print.nmf_match <- function(x, digits = 3, ...) {
  if (!all(c("feature", "reference", "cosine") %in% names(x))) return(NextMethod())
  cat("Features matched by cosine similarity", if (!is.null(attr(x, "against"))) paste(" with", attr(x, "against")),
      ", mean ", format(mean(x$cosine, na.rm = TRUE), digits = digits), "\n", sep = "")
  shown <- as.data.frame(x)
  shown$cosine <- ifelse(is.na(x$cosine), "", formatC(x$cosine, format = "f", digits = digits))
  shown$reference[is.na(shown$reference)] <- "unmatched"
  print(shown, row.names = FALSE, ...)
  invisible(x)
}

#' @rdname match_components
#' @param object Matched features.
#' @param ... Not used.
#' @export
autoplot.nmf_match <- function(object, threshold = 0.8, ...) {
  refuse_dots(...)
  threshold <- check_number(threshold, "threshold", 0, 1)
  cells <- if ("model" %in% names(object)) model_cells(object) else pair_cells(object, threshold)
  heat_map(cells, attr(object, "against"))
}

# One model: every similarity with the references that are matched or similar to some feature, matched ones first.
pair_cells <- function(object, threshold) {
  similarity <- attr(object, "similarity")
  expect_arg(!is.null(similarity), "object", "matched features with their similarities, from match_components()", object)
  similar <- colnames(similarity)[ncol(similarity) <= 20 | apply(similarity, 2, max) >= threshold]
  shown <- unique(c(stats::na.omit(object$reference), similar))
  cells <- expand.grid(row = object$feature, column = shown, stringsAsFactors = FALSE)
  cells$cosine <- as.vector(similarity[object$feature, shown])
  cells$matched <- cells$column == object$reference[match(cells$row, object$feature)]
  cells$row <- factor(cells$row, rev(object$feature))
  cells$column <- factor(cells$column, shown)
  cells
}

# Several models: the similarity of what each of them matched with a reference.
model_cells <- function(object) {
  cells <- object[!is.na(object$reference), ]
  references <- intersect(colnames(attr(object, "similarity")[[1]]), cells$reference)
  data.frame(row = factor(cells$model, rev(unique(object$model))), column = factor(cells$reference, references),
             cosine = cells$cosine, matched = FALSE)
}

heat_map <- function(cells, against) {
  readable <- nrow(cells) <= 250
  ggplot(cells, aes(.data$column, .data$row)) +
    geom_tile(aes(fill = .data$cosine), colour = "white") +
    geom_tile(data = cells[which(cells$matched), ], fill = NA, colour = "black", linewidth = 0.7) +
    (if (readable) {
      geom_text(aes(label = sprintf("%.2f", .data$cosine), colour = .data$cosine > 0.6), size = 3, show.legend = FALSE)
    }) +
    scale_colour_manual(values = c(`FALSE` = "black", `TRUE` = "white")) +
    scale_fill_gradient(low = "white", high = "#08519C", limits = c(0, 1), oob = clamp) +
    scale_x_discrete(drop = FALSE) + scale_y_discrete(drop = FALSE) +
    coord_cartesian(expand = FALSE) +
    labs(x = if (is.null(against)) "reference" else against, y = NULL, fill = "cosine\nsimilarity") +
    theme_nmf() +
    theme(axis.text.x = if (max(nchar(levels(cells$column))) > 4) element_text(angle = 45, hjust = 1),
          panel.grid = element_blank(), panel.background = element_rect(fill = "grey92"))
}

# Rounding may leave a cosine a hair outside 0 and 1.
clamp <- function(x, range) pmin(pmax(x, range[1]), range[2])
