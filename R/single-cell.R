# Counts in the objects of single-cell packages and of Biobase, features in rows and cells in columns, and reductions.

# By name, for the package of the class need not be loaded; `inherits()` loads it if it can.
is_single_cell <- function(V) {
  inherits(V, c("SummarizedExperiment", "RangedSummarizedExperiment", "SingleCellExperiment", "Seurat",
                "ExpressionSet"))
}

# Features x cells, as the object keeps them.
counts_of_cells <- function(V, arg = "V") {
  if (inherits(V, "Seurat")) return(seurat_counts(V, arg))
  if (inherits(V, "ExpressionSet")) expression_values(V, arg) else assay_counts(V, arg)
}

# They stand in a list or an environment, which can be read without the package.
expression_values <- function(V, arg) {
  X <- if (methods::.hasSlot(V, "assayData")) V@assayData[["exprs"]]
  if (is.null(X)) abort("data", "`", arg, "` must have values under the name \"exprs\", but has none.")
  X
}

assay_counts <- function(V, arg) {
  check_installed("SummarizedExperiment", "a SummarizedExperiment", by = "BiocManager::install")
  names <- SummarizedExperiment::assayNames(V)
  if (!length(SummarizedExperiment::assays(V))) abort("data", "`", arg, "` must have an assay, but has none.")
  SummarizedExperiment::assay(V, if ("counts" %in% names) "counts" else 1L)
}

seurat_counts <- function(V, arg) {
  check_installed("SeuratObject", "a Seurat object")
  refuse <- function(...) {
    abort("data", "`", arg, "` must have the counts of its ", ncol(V), " cells in the default assay ",
          dQuote(SeuratObject::DefaultAssay(V), FALSE), ", which ", ...,
          "; choose another by DefaultAssay(), or join its layers by JoinLayers().")
  }
  old <- utils::packageVersion("SeuratObject") < "5"
  X <- tryCatch(
    if (old) SeuratObject::GetAssayData(V, slot = "counts") else SeuratObject::GetAssayData(V, layer = "counts"),
    error = function(condition) refuse("cannot be read (", conditionMessage(condition), ")")
  )
  if (NCOL(X) != ncol(V)) refuse("has those of ", NCOL(X))
  X
}

#' Write weights into a single-cell object
#'
#' Keeps the weights of the cells as a reduction of a `SingleCellExperiment` or a Seurat object, with the components
#' as its loadings, for the clustering and the pictures of other packages.
#'
#' Weights are written as they are: their scale is that of the counts, and a cell with more counts has larger ones.
#'
#' @param object A `SingleCellExperiment`, or a Seurat object.
#' @param fit A fit from [nmf()] or [refit()] of its cells; of the features it may know only some. Cells are matched by
#'   name where both have names.
#' @param name Name of the reduction. One of the same name is replaced.
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
#' @export
add_reduction <- function(object, fit, name = "NMF", ...) {
  check_call(...)
  if (!inherits(object, c("SingleCellExperiment", "Seurat"))) {
    remedy <- if (is_single_cell(object)) "; use as(object, \"SingleCellExperiment\")"
    abort("data", "`object` must be a SingleCellExperiment or a Seurat object, not ", shown(object), remedy, ".")
  }
  check_fit(fit)
  expect_arg(is.character(name) && length(name) == 1 && !is.na(name) && grepl("[[:alnum:]]", name), "name",
             "a name with a letter or a digit", name)
  weights <- weights_of_cells(fit, object)
  if (inherits(object, "Seurat")) {
    add_to_seurat(object, weights, t(fit$H), name)
  } else {
    add_to_experiment(object, weights, t(fit$H), name)
  }
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
