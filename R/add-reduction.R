# Weights as a reduction of the objects of single-cell packages.

#' Write weights into a single-cell object
#'
#' For those who go on with clusters and maps of their cells.
#'
#' Keeps the weights of the cells as a reduction of a `SingleCellExperiment` or a Seurat object, with the components
#' as its loadings, for the clustering and the pictures of other packages.
#'
#' Weights as they are have the scale of the counts: a cell with twice the counts has twice the weights, and the first
#' thing that a map of them shows is how deeply each cell was sequenced. Proportions, \eqn{W_{ik} / \sum_l W_{il}}{
#' W_ik / sum_l W_il}, are free of that, and are what to cluster and to draw.
#'
#' @param object A `SingleCellExperiment`, or a Seurat object.
#' @param fit A fit from [nmf()] or [refit()] of its cells, a topic model, or a consensus from [find_consensus()], whose
#'   refit is taken; of the features it may know only some. Cells are matched by name where both have names.
#' @param name Name of the reduction, of at most 255 characters. One of the same name is replaced.
#' @param scale `"none"`, weights as they are; or `"proportions"`, each cell's weights over their sum (0 where there are
#'   none), which are the topic proportions of a topic model.
#' @param ... Nothing: an argument that is not known is an error.
#' @return `object` with the weights \eqn{W} (cells x K) and the components \eqn{H'} (features x K). In a
#'   `SingleCellExperiment` they are `reducedDim(object, name)` and its attribute `"rotation"`, as the package scater
#'   has it. In a Seurat object they are the embeddings and the loadings of `object[[name]]`, whose columns are named by
#'   the key, `NMF_1` and so on, as the class wants it.
#' @section Errors: `nmf_error_data` when `object` is none of these or has other cells than the fit, or
#'   the same name for two of them in another order;
#'   `nmf_error_argument` when `fit` or `name` is not as above; `nmf_error_package` when the package of the object is
#'   not installed.
#' @examplesIf requireNamespace("SingleCellExperiment", quietly = TRUE)
#' counts <- matrix(rpois(2000, 3), 50, dimnames = list(paste0("gene", 1:50), paste0("cell", 1:40)))
#' sce <- SingleCellExperiment::SingleCellExperiment(list(counts = counts))
#' fit <- nmf(sce, "T/Po/2", n_starts = 2, seed = 1)
#' sce <- add_reduction(sce, fit)
#' head(SingleCellExperiment::reducedDim(sce, "NMF"), 3)
#' sce <- add_reduction(sce, fit, "programmes", scale = "proportions")
#' @export
add_reduction <- function(object, fit, name = "NMF", ..., scale = c("none", "proportions")) {
  check_call(...)
  scale <- check_choice(scale, c("none", "proportions"), "scale")
  if (!inherits(object, c("SingleCellExperiment", "Seurat"))) {
    remedy <- if (is_single_cell(object)) "; use as(object, \"SingleCellExperiment\")"
    abort("data", "`object` must be a SingleCellExperiment or a Seurat object, not ", shown(object), remedy, ".")
  }
  fit <- fit_of_cells(fit)
  ok <- is.character(name) && length(name) == 1 && !is.na(name) && grepl("[[:alnum:]]", name) && nchar(name) <= 255
  expect_arg(ok, "name", "a name of at most 255 characters with a letter or a digit", name)
  if (scale == "proportions") fit$W <- proportions_of(fit$W)
  weights <- weights_of_cells(fit, object)
  if (inherits(object, "Seurat")) {
    add_to_seurat(object, weights, t(fit$H), name)
  } else {
    add_to_experiment(object, weights, t(fit$H), name)
  }
}

fit_of_cells <- function(fit) {
  if (inherits(fit, c("nmf_topic_model", "nmf_consensus"))) fit <- check_whole(fit, "fit")$fit
  check_fit(fit)
}

# W with a row for each cell of the object, in their order.
weights_of_cells <- function(fit, object) {
  cells <- colnames(object)
  if ((is.null(cells) || is.null(rownames(fit$W))) && nrow(fit$W) != ncol(object)) {
    abort("data", "`object` must have the ", nrow(fit$W), " cells of the fit, not ", ncol(object), ".")
  }
  W <- fit$W[match_names(rownames(fit$W), cells, "fit", "cells of `object`"), , drop = FALSE]
  rownames(W) <- cells
  W
}

add_to_experiment <- function(object, weights, rotation, name) {
  check_installed("SingleCellExperiment", "a SingleCellExperiment", by = "BiocManager::install")
  SingleCellExperiment::reducedDim(object, name) <- structure(weights, rotation = rotation)
  object
}

add_to_seurat <- function(object, weights, loadings, name) {
  check_installed("SeuratObject", "a Seurat object")
  key <- paste0(gsub("[^[:alnum:]]", "", name), "_")
  colnames(weights) <- colnames(loadings) <- paste0(key, seq_len(ncol(weights)))
  object[[name]] <- SeuratObject::CreateDimReducObject(weights, loadings, key = key,
                                                       assay = SeuratObject::DefaultAssay(object))
  object
}
