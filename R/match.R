#' Cosine similarity and matching of components
#'
#' For those who ask which known signature a component is, or whether two fits have found the same.
#'
#' `cosine_similarity()` compares every component of one set with every component of another. `match_components()` pairs
#' them, each with at most one of the other set, such that the total similarity of the pairs is as large as possible
#' (the assignment problem, solved by the Hungarian method).
#'
#' The cosine similarity of components \eqn{h} and \eqn{g} is \eqn{\sum_j h_j g_j / (\|h\| \|g\|)}{sum(h g) / (|h|
#' |g|)}: 1 when they are proportional, 0 when they share nothing or when one of them is zero. It is governed by the
#' largest entries. With K components and L references, min(K, L) pairs are made; in `match_components()` the other
#' components have the reference `NA`.
#'
#' A match is called doubtful when its similarity is below 0.8, or when another component of the other set is as similar
#' to within 0.05: then the name says little.
#'
#' @param x,y Components in rows: a numeric matrix, K x M and L x M, or a fit from [nmf()], whose `H` is taken. When
#'   both have column names, features are matched by name in any order, and those that only `y` has are left out, with
#'   a message. `y = NULL` compares `x` with itself.
#' @param reference Components to match with, in the same form as `y`, for example [pcawg_signatures].
#' @param absent What a feature of `x` is that `y` or `reference` does not have, when both have names: `"missing"`,
#'   which leaves it out of the comparison, or `"zero"`. A message names such features.
#' @param threshold Pairs with a smaller similarity are reported as unmatched in `match_components()`; references with a
#'   larger similarity to any component are shown in `autoplot()` even when they are not matched. Between 0 and 1.
#' @return `cosine_similarity()`: a K x L matrix.
#'
#' `match_components()`: a list of class `nmf_match`: `table`, a data frame with one row for each component,
#' `component`, `reference` and `cosine`, `second` and `second_cosine`, the best of the other references whether it is
#' matched elsewhere or not, and whether the match is `doubtful`; `similarity`, the K x L matrix of all similarities;
#' and `against`, the model of the references where they are those of a fit. For several models (`x` a comparison from
#' [compare_models()] or a named list of fits or matrices) the table begins with a column `model`, and `similarity` is
#' a list of matrices.
#'
#' `autoplot()`: a ggplot object. For one model, the heat map of all similarities, with the pairs framed. For several, a
#' row for each model and a column for each reference, with the similarity of the component matched to it (Figures 5 and
#' 8 of the paper).
#' @section Errors: `nmf_error_data` when components are not finite and non-negative, when they have mutation channels
#'   in rows, or when the two sets share no feature, or have no names and not as many features.
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
cosine_similarity <- function(x, y = NULL, ..., absent = c("missing", "zero")) {
  check_call(...)
  absent <- check_absent(absent)
  x <- components_of(x, "x")
  if (is.null(y)) cosines(x, x) else shared_cosines(x, components_of(y, "y"), "y", absent)
}

#' @rdname match_components
#' @export
match_components <- function(x, reference, threshold = 0, ..., absent = c("missing", "zero")) {
  check_call(...)
  absent <- check_absent(absent)
  threshold <- check_number(threshold, "threshold", 0, 1)
  if (inherits(x, "nmf_comparison")) x <- Filter(Negate(is.null), x$fits)
  target <- components_of(reference, "reference")
  label <- if (inherits(reference, "nmf_fit")) format(reference$model)
  several <- is.list(x) && !inherits(x, c("nmf_fit", "data.frame"))
  if (!several) x <- list(x)
  expect_arg(length(x) > 0, "x", "at least one set of components", x)
  names(x) <- make.unique(names(x) %||% model_labels(x), " #")
  similarity <- lapply(x, function(one) shared_cosines(components_of(one, "x"), target, "reference", absent))
  pairs <- lapply(similarity, best_pairs, threshold)
  if (!several) return(new_match(pairs[[1]], similarity[[1]], label))
  models <- rep(names(x), vapply(pairs, nrow, 0L))
  new_match(data.frame(model = models, do.call(rbind, unname(pairs))), similarity, label)
}

new_match <- function(pairs, similarity, label) {
  structure(list(table = pairs, similarity = similarity, against = label), class = "nmf_match")
}

# The components of a fit, or a matrix of components, named.
components_of <- function(x, arg) {
  H <- if (inherits(x, "nmf_fit")) check_whole(x, arg)$H else as.matrix(as_data(x, arg = arg))
  if (are_channels(rownames(H)) && !are_channels(colnames(H))) {
    abort("data", "`", arg, "` has mutation channels in rows, where components must be. Use `t(", arg, ")`.")
  }
  rownames(H) <- as.character(labels_of(rownames(H), nrow(H)))
  H
}

# Over the features that both have, or all of x.
shared_cosines <- function(x, y, arg, absent) {
  shared <- match_features(y, x, arg, "the components that it is compared with", absent)
  size <- if (absent == "zero" && length(shared$lacking)) sqrt(rowSums(unit_rows(x)[, shared$wanted, drop = FALSE]^2))
  cosines(x[, shared$wanted, drop = FALSE], y[, shared$given, drop = FALSE]) * (size %||% 1)
}

# y with the columns of x, in their order.
align_columns <- function(y, x, arg, of) {
  if (ncol(y) != ncol(x)) {
    abort("data", "`", arg, "` must have the ", ncol(x), " columns of ", of, ", not ", ncol(y), ".")
  }
  y[, match_names(colnames(y), colnames(x), arg, paste("columns of", of)), drop = FALSE]
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
  others <- similarity
  others[cbind(which(matched), column[matched])] <- NA
  second <- apply(others, 1, function(row) c(which.max(row), NA)[1])
  second_cosine <- others[cbind(seq_len(nrow(others)), second)]
  rivalled <- !is.na(second_cosine) & second_cosine > cosine - near_match
  data.frame(component = rownames(similarity), reference = ifelse(matched, colnames(similarity)[column], NA_character_),
             cosine = ifelse(matched, cosine, NA_real_), second = colnames(similarity)[second],
             second_cosine = second_cosine,
             doubtful = matched & (cosine < likely_match | rivalled))
}

# Which matches say who is who: as similar as this, and nobody else nearly as much.
likely_match <- 0.8
near_match <- 0.05

model_labels <- function(x) {
  label <- function(i) if (inherits(x[[i]], "nmf_fit")) format(x[[i]]$model) else paste("model", i)
  vapply(seq_along(x), label, "")
}

#' @export
print.nmf_match <- function(x, digits = 3, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  cosine <- x$table$cosine
  cat("Components matched by cosine similarity", if (!is.null(x$against)) paste(" with", x$against),
      if (all(is.na(cosine))) ", none above the threshold" else
        paste0(", mean ", formatC(mean(cosine, na.rm = TRUE), format = "f", digits = digits)), "\n", sep = "")
  shown <- x$table
  shown$cosine <- ifelse(is.na(cosine), "", formatC(cosine, format = "f", digits = digits))
  shown$reference[is.na(shown$reference)] <- "unmatched"
  shown$second <- ifelse(is.na(shown$second), "", paste0(shown$second, " (", formatC(shown$second_cosine, format = "f",
                                                                                      digits = digits), ")"))
  shown$second_cosine <- NULL
  doubtful <- ifelse(shown$doubtful, "doubtful", "")
  shown$doubtful <- NULL
  if (any(x$table$doubtful)) shown[[" "]] <- doubtful
  print(shown, row.names = FALSE, ...)
  if (any(x$table$doubtful)) {
    cat("Doubtful: a cosine below ", likely_match, ", or another one within ", near_match, " of it.\n", sep = "")
  }
  invisible(x)
}

#' @rdname match_components
#' @param object Matched components.
#' @param ... For `plot()`, arguments of `autoplot()`; nothing otherwise.
#' @export
autoplot.nmf_match <- function(object, threshold = 0.8, ...) {
  check_call(...)
  threshold <- check_number(threshold, "threshold", 0, 1)
  cells <- if ("model" %in% names(object$table)) model_cells(object) else pair_cells(object, threshold)
  heat_map(cells, object$against)
}

#' @rdname match_components
#' @export
plot.nmf_match <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}

# One model: every similarity with the references that are matched or similar to some component, matched ones first.
pair_cells <- function(object, threshold) {
  similarity <- object$similarity
  pairs <- object$table
  similar <- colnames(similarity)[ncol(similarity) <= 20 | apply(similarity, 2, max) >= threshold]
  shown <- unique(c(stats::na.omit(pairs$reference), similar))
  cells <- expand.grid(row = pairs$component, column = shown, stringsAsFactors = FALSE)
  cells$cosine <- as.vector(similarity[pairs$component, shown])
  cells$matched <- cells$column == pairs$reference[match(cells$row, pairs$component)]
  cells$row <- factor(cells$row, rev(pairs$component))
  cells$column <- factor(cells$column, shown)
  cells
}

# Several models: the similarity of what each of them matched with a reference.
model_cells <- function(object) {
  cells <- object$table[!is.na(object$table$reference), ]
  references <- intersect(colnames(object$similarity[[1]]), cells$reference)
  data.frame(row = factor(cells$model, rev(unique(object$table$model))), column = factor(cells$reference, references),
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
    scale_x_discrete(drop = FALSE, labels = brief) + scale_y_discrete(drop = FALSE, labels = brief) +
    coord_cartesian(expand = FALSE) +
    labs(x = if (is.null(against)) "reference" else against, y = NULL, fill = "cosine\nsimilarity",
         title = "Components and what they are matched with") +
    theme_nmf() +
    theme(axis.text.x = if (max(nchar(levels(cells$column))) > 4) element_text(angle = 45, hjust = 1),
          panel.grid = element_blank(), panel.background = element_rect(fill = "grey92"))
}

# Rounding may leave a cosine a hair outside 0 and 1.
clamp <- function(x, range) pmin(pmax(x, range[1]), range[2])
