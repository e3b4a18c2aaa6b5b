# Counts in the objects of single-cell packages and of Biobase, features in rows and cells in columns.

# By name, for the package of the class need not be loaded; `inherits()` loads it if it can.
is_single_cell <- function(V) {
  inherits(V, c("SummarizedExperiment", "RangedSummarizedExperiment", "SingleCellExperiment", "Seurat",
                "ExpressionSet"))
}

# Such as AAACCTGAGAAACCAT-1, also with the name of a sample before it.
are_barcodes <- function(names) {
  length(names) > 0 && all(grepl("(^|[^A-Za-z])[ACGT]{12,}(-[0-9]+)?$", utils::head(names, 100), useBytes = TRUE))
}

#' Counts of a single-cell object
#'
#' For those whose single-cell object has several assays or layers: takes one out, with the cells in rows, for any
#' function that takes data. Given the object itself, these take its counts; [nmf()] has `assay` and `layer` as well.
#'
#' @param object A `SummarizedExperiment` or what inherits from it (`SingleCellExperiment`, `TreeSummarizedExperiment`),
#'   a Seurat object, or an `ExpressionSet`.
#' @param assay Name of the assay, or its number in a `SummarizedExperiment`. `NULL` is `"counts"` or else the first one
#'   of a `SummarizedExperiment`, the default assay of a Seurat object, and `"exprs"` of an `ExpressionSet`.
#' @param layer For a Seurat object, the layer of the assay (its slot, before version 5); `NULL` is `"counts"`. A layer
#'   that is split, as `"counts.1"` and `"counts.2"` of two samples, is put together: features that one part lacks are
#'   zeros in it.
#' @param ... Nothing: an argument that is not known is an error.
#' @return A matrix, cells x features: a `dgCMatrix` where the object has a sparse one. It is not negative; missing
#'   cells are `NA`.
#' @section Errors: `nmf_error_data` when `object` is none of these or has no such values; `nmf_error_argument` when
#'   `assay` or `layer` is not a name, or `layer` is given for another object; `nmf_error_package` when the package of
#'   the object is not installed.
#' @seealso [add_reduction()], the way back.
#' @examplesIf requireNamespace("SingleCellExperiment", quietly = TRUE)
#' spliced <- matrix(rpois(2000, 3), 50, dimnames = list(paste0("gene", 1:50), paste0("cell", 1:40)))
#' sce <- SingleCellExperiment::SingleCellExperiment(list(counts = 2 * spliced, spliced = spliced))
#' fit <- nmf(cell_counts(sce, "spliced"), "T/Po/2", n_starts = 2, seed = 1)
#' sce <- add_reduction(sce, fit, "spliced")
#' @export
cell_counts <- function(object, assay = NULL, layer = NULL, ...) {
  check_call(...)
  as_cells(chosen_cells(object, assay, layer, "object"), "columns", "object", missing = TRUE)
}

# The values that are asked for, as the object keeps them or with observations in rows.
chosen_cells <- function(object, assay, layer, arg, obs = "columns") {
  if (!is_single_cell(object)) {
    abort("data", "`", arg, "` must be a SummarizedExperiment, a SingleCellExperiment, a Seurat object or an ",
          "ExpressionSet", if (arg == "V") " where `assay` or `layer` is given", ", not ", shown(object), ".")
  }
  is_name <- function(x) is.character(x) && length(x) == 1 && !is.na(x) && nzchar(x)
  expect_arg(is.null(assay) || is_name(assay) || is_number(assay), "assay", "NULL, the name of an assay or its number",
             assay)
  expect_arg(is.null(layer) || is_name(layer), "layer", "NULL or the name of a layer", layer)
  if (!is.null(layer) && !inherits(object, "Seurat")) {
    abort("argument", "`layer` must be NULL but for a Seurat object; give the name of the values as `assay`.")
  }
  X <- counts_of_cells(object, arg, assay, layer)
  if (obs == "columns") X else as_cells(X, "columns", arg, missing = TRUE)
}

# Of a single-cell object what the fit was made of.
as_fitted_cells <- function(V, fit, arg = "V") {
  asked <- fit$origin$arguments[c("assay", "layer")]
  if (!is_single_cell(V) || !length(unlist(asked))) return(V)
  chosen_cells(V, asked$assay, asked$layer, arg, fit$obs)
}

# Features x cells, as the object keeps them.
counts_of_cells <- function(V, arg = "V", assay = NULL, layer = NULL) {
  if (inherits(V, "Seurat")) return(seurat_counts(V, arg, assay, layer))
  if (inherits(V, "ExpressionSet")) expression_values(V, arg, assay) else assay_counts(V, arg, assay)
}

# They stand in a list or an environment, which can be read without the package.
expression_values <- function(V, arg, assay = NULL) {
  name <- assay %||% "exprs"
  X <- if (methods::.hasSlot(V, "assayData") && is.character(name)) V@assayData[[name]]
  if (is.null(X)) abort("data", "`", arg, "` must have values under the name ", dQuote(name, FALSE), ", but has none.")
  X
}

assay_counts <- function(V, arg, assay = NULL) {
  check_installed("SummarizedExperiment", "a SummarizedExperiment", by = "BiocManager::install")
  names <- SummarizedExperiment::assayNames(V)
  n <- length(SummarizedExperiment::assays(V))
  if (!n) abort("data", "`", arg, "` must have an assay, but has none.")
  there <- is.null(assay) || (if (is.numeric(assay)) assay %in% seq_len(n) else assay %in% names)
  if (!there) {
    abort("data", "`", arg, "` must have the assay ", shown(assay), "; its assays are ",
          paste(if (is.null(names)) seq_len(n) else dQuote(names, FALSE), collapse = ", "), ".")
  }
  SummarizedExperiment::assay(V, assay %||% if ("counts" %in% names) "counts" else 1L)
}

seurat_counts <- function(V, arg, assay = NULL, layer = NULL) {
  check_installed("SeuratObject", "a Seurat object")
  layer <- layer %||% "counts"
  own <- assay %||% SeuratObject::DefaultAssay(V)
  if (!is.null(assay) && !own %in% SeuratObject::Assays(V)) {
    abort("data", "`", arg, "` must have the assay ", shown(own), "; its assays are ",
          paste(dQuote(SeuratObject::Assays(V), FALSE), collapse = ", "), ".")
  }
  refuse <- function(...) {
    abort("data", "`", arg, "` must have the ", layer, " of its ", ncol(V), " cells in the ",
          if (is.null(assay)) "default ", "assay ", dQuote(own, FALSE), ", which ", ...,
          "; choose another by DefaultAssay() or by cell_counts(assay = , layer = ), or join its layers by ",
          "JoinLayers().")
  }
  X <- tryCatch(layer_of(V, own, layer),
                error = function(condition) refuse("cannot be read (", conditionMessage(condition), ")"))
  if (NCOL(X) != ncol(V)) refuse("has those of ", NCOL(X))
  X
}

# Version 5 has layers, of which one may be split by sample, and functions for them that earlier ones have not.
layer_of <- function(V, assay, layer) {
  if (utils::packageVersion("SeuratObject") < "5") {
    if (!layer %in% c("counts", "data", "scale.data")) stop("it has the layers counts, data and scale.data")
    return(SeuratObject::GetAssayData(V, slot = layer, assay = assay))
  }
  of_five <- function(name) getExportedValue("SeuratObject", name)
  all <- of_five("Layers")(V[[assay]])
  own <- if (layer %in% all) layer else grep(paste0("^", layer, "[.]"), all, value = TRUE)
  if (!length(own)) stop("it has the layers ", paste(all, collapse = ", "))
  joined_layers(lapply(own, function(one) of_five("LayerData")(V, layer = one, assay = assay)), colnames(V))
}

# Parts of a layer side by side, cells in this order, zeros for the features that a part lacks.
joined_layers <- function(parts, cells) {
  if (length(parts) == 1) return(parts[[1]])
  features <- unique(unlist(lapply(parts, rownames)))
  filled <- lapply(parts, function(part) {
    part <- methods::as(methods::as(part, "CsparseMatrix"), "TsparseMatrix")
    Matrix::sparseMatrix(match(rownames(part), features)[part@i + 1], part@j + 1, x = as.double(part@x),
                         dims = c(length(features), ncol(part)), dimnames = list(features, colnames(part)))
  })
  joined <- do.call(cbind, filled)
  joined[, match(cells, colnames(joined))]
}
