# What data in blocks are read from: objects of which read_rows() gives some observations. Each kind of V becomes one,
# with observations in rows.

rows_to_read <- function(V, obs, layer = NULL, arg = "V") {
  if (is_opened_by_name(V)) return(open_h5(V, layer, arg))
  if (is_single_cell(V)) return(rows_to_read(counts_of_cells(V, arg), "columns", NULL, arg))
  if (has_own_rows(V)) {
    if (obs == "columns") refuse_in_blocks("rows", class(V)[1])
    return(V)
  }
  if (is_bound_list(V)) return(bound_rows(V, obs, arg))
  if (is_on_disk(V)) return(if (obs == "columns") t(V) else V)
  X <- as_cells(V, obs, arg, missing = TRUE)
  if (is_sparse_matrix(X)) turned_rows(X) else X
}

# Files by their name, of which HDF5 is told by its ending or its first bytes (HDF5 file format, section II.A).
is_opened_by_name <- function(V) {
  if (!is.character(V) || length(V) != 1 || !is.null(dim(V)) || is.na(V) || !nzchar(V)) return(FALSE)
  grepl("[.](h5|hdf5|h5ad)$", V, ignore.case = TRUE) || has_h5_signature(V)
}

# Classes of other packages whose cells are not in memory.
is_on_disk <- function(V) isS4(V) && (methods::is(V, "DelayedMatrix") || methods::is(V, "IterableMatrix"))

# Whether the class of an object has a method of read_rows() that is not one of this package.
has_own_rows <- function(V) {
  if (!is.object(V) || inherits(V, c("nmf_blocks", "nmf_source", "data.frame"))) return(FALSE)
  classes <- if (isS4(V)) methods::is(V) else class(V)
  any(vapply(classes, function(class) {
    method <- utils::getS3method("read_rows", class, optional = TRUE)
    !is.null(method) && !identical(topenv(environment(method)), topenv())
  }, NA))
}

# A list of matrices, which are bound by their observations.
is_bound_list <- function(V) {
  is.list(V) && !is.object(V) && length(V) > 0 &&
    all(vapply(V, function(x) length(dim(x)) == 2 && (is.matrix(x) || methods::is(x, "Matrix")), NA))
}

bound_rows <- function(V, obs, arg) {
  parts <- lapply(seq_along(V), function(i) {
    X <- as_cells(V[[i]], obs, paste0(arg, "[[", i, "]]"), missing = TRUE)
    if (is_sparse_matrix(X)) turned_rows(X) else X
  })
  features <- colnames(parts[[1]])
  for (i in seq_along(parts)) {
    if (ncol(parts[[i]]) != ncol(parts[[1]]) || !identical(colnames(parts[[i]]), features)) {
      abort("data", "`", arg, "` must be matrices of the same features in the same order, but those of number ", i,
            " are not those of number 1.")
    }
  }
  named <- vapply(parts, function(part) !is.null(rownames(part)), NA)
  structure(list(parts = parts, ends = cumsum(vapply(parts, nrow, 0)), features = features,
                 observations = if (all(named)) unlist(lapply(parts, rownames))), class = "nmf_bound")
}

#' @export
dim.nmf_bound <- function(x) c(max(x$ends), ncol(x$parts[[1]]))

#' @export
dimnames.nmf_bound <- function(x) list(x$observations, x$features)

#' @export
read_rows.nmf_bound <- function(x, from, to, ...) {
  starts <- c(0, x$ends[-length(x$ends)])
  meet <- which(x$ends >= from & starts < to)
  do.call(rbind, lapply(meet, function(i) {
    as_one_kind(read_rows(x$parts[[i]], max(from - starts[i], 1), min(to, x$ends[i]) - starts[i]), x$parts)
  }))
}

# Dense and sparse parts of one list are bound as sparse ones.
as_one_kind <- function(X, parts) {
  mixed <- any(vapply(parts, inherits, NA, "nmf_turned"))
  if (mixed && is.matrix(X)) methods::as(X, "CsparseMatrix") else X
}

# A dgCMatrix turned, so that its observations lie together.
turned_rows <- function(X) structure(list(columns = Matrix::t(X)), class = "nmf_turned")

#' @export
dim.nmf_turned <- function(x) rev(dim(x$columns))

#' @export
dimnames.nmf_turned <- function(x) rev(dimnames(x$columns))

#' @export
read_rows.nmf_turned <- function(x, from, to, ...) Matrix::t(x$columns[, from:to, drop = FALSE])

# Sparse where it is sparse: `x[rows, ]` of an array on disk makes one part after the other.
#' @export
read_rows.DelayedMatrix <- function(x, from, to, ...) {
  check_installed("DelayedArray", "a DelayedMatrix", by = "BiocManager::install")
  rows <- list(as.integer(from):as.integer(to), NULL)
  if (!DelayedArray::is_sparse(x)) return(DelayedArray::extract_array(x, rows))
  methods::as(DelayedArray::extract_sparse_array(x, rows), "dgCMatrix")
}

#' @export
read_rows.IterableMatrix <- function(x, from, to, ...) methods::as(x[from:to, , drop = FALSE], "dgCMatrix")
