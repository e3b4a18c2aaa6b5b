# Sparse and dense matrices in HDF5 files of 10x Genomics and of AnnData, of which some cells (observations) are read at
# a time. Compressed slices are read as they lie in the file: an array class on top of it takes ten times as long.

# The eight bytes that begin a file, wherever it was made.
has_h5_signature <- function(path) {
  signature <- as.raw(c(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a))
  isTRUE(file.exists(path) && !dir.exists(path) && file.size(path) > 8 && is_ordinary(path)) &&
    identical(tryCatch(readBin(path, "raw", 8), error = function(e) NULL), signature)
}

# A matrix in a file: `at` is its group or dataset; `by` says what lies together, the cells of an observation ("rows"),
# of a feature ("columns"), or all ("dense").
open_h5 <- function(path, layer = NULL, arg = "V") {
  file <- check_readable(path, arg)
  check_installed("rhdf5", "an HDF5 file", by = "BiocManager::install")
  listed <- h5_do(file, NULL, rhdf5::h5ls(file, recursive = 3, datasetinfo = FALSE))
  names <- sub("^/+", "", paste0(listed$group, "/", listed$name))
  found <- if (all(c("obs", "var") %in% names)) find_anndata(file, names, layer) else find_tenx(file, names, layer)
  check_h5(structure(c(list(file = file), found), class = "nmf_h5"))
}

refuse_h5 <- function(file, at, ...) {
  abort(c("file", "data"), dQuote(file, FALSE), if (!is.null(at)) paste0(", ", dQuote(at, FALSE)), ": ", ..., ".")
}

# Faults of the library, in one line.
h5_do <- function(file, at, work) {
  refuse <- function(condition) {
    words <- gsub("[[:space:]]+", " ", conditionMessage(condition))
    refuse_h5(file, at, "it cannot be read (", sub("[. ]+$", "", words), ")")
  }
  tryCatch(work, nmf_error = stop, error = refuse)
}

h5_read <- function(x, at, ...) {
  value <- h5_do(x$file, at, suppressWarnings(rhdf5::h5read(x$file, at, bit64conversion = "double", ...)))
  as.vector(value)
}

h5_names <- function(x, at) enc2utf8(as.character(h5_read(x, at)))

compressed <- c("data", "indices", "indptr")

find_tenx <- function(file, names, layer) {
  groups <- unique(dirname(names[basename(names) == "indptr"]))
  whole <- groups[vapply(groups, function(group) all(file.path(group, c(compressed, "shape")) %in% names), NA)]
  if (!is.null(layer)) {
    if (!layer %in% whole) refuse_h5(file, layer, "there is no such matrix; there is ", listed_names(whole))
    whole <- layer
  }
  if (!length(whole)) {
    refuse_h5(file, NULL, "it is laid out neither as a file of 10x Genomics (a group with data, indices, indptr and ",
              "shape) nor as one of AnnData (X, obs and var)")
  }
  if (length(whole) > 1) {
    refuse_h5(file, NULL, "it has several matrices, ", listed_names(whole),
              "; choose one by nmf_blocks(layer = )")
  }
  x <- list(file = file)
  shape <- as.double(h5_read(x, file.path(whole, "shape")))
  named <- function(...) {
    there <- intersect(file.path(whole, c(...)), names)
    if (length(there)) h5_names(x, there[1])
  }
  features <- named("features/name", "gene_names", "features/id", "genes")
  if (!is.null(features)) features <- make.unique(features)
  list(at = whole, by = "rows", dim = rev(shape), dimnames = list(named("barcodes"), features))
}

find_anndata <- function(file, names, layer) {
  x <- list(file = file)
  layer <- layer %||% "X"
  at <- if (layer == "X") "X" else if (layer == "raw") "raw/X" else file.path("layers", layer)
  if (!at %in% names) {
    there <- c(intersect("X", names), "raw"["raw/X" %in% names], basename(names[dirname(names) == "layers"]))
    refuse_h5(file, at, "there is no such matrix; there is ", listed_names(there))
  }
  index_of <- function(group) {
    if (!any(startsWith(names, paste0(group, "/")))) return(NULL)
    index <- h5_do(file, group, rhdf5::h5readAttributes(file, group))[["_index"]] %||% "_index"
    if (file.path(group, index) %in% names) h5_names(x, file.path(group, index))
  }
  names_of_both <- list(index_of("obs"), index_of(if (layer == "raw") "raw/var" else "var"))
  if (!file.path(at, "indptr") %in% names) {
    size <- h5_dim(file, at)
    if (length(size) != 2) refuse_h5(file, at, "it is no matrix: its dimensions are ", by_dim(size))
    return(list(at = at, by = "dense", dim = rev(as.double(size)), dimnames = names_of_both))
  }
  facts <- h5_do(file, at, rhdf5::h5readAttributes(file, at))
  format <- facts[["encoding-type"]] %||% facts[["h5sparse_format"]] %||% ""
  if (!format %in% c("csr_matrix", "csc_matrix", "csr", "csc")) {
    refuse_h5(file, at, "its encoding must be csr_matrix or csc_matrix, not ", dQuote(format, FALSE))
  }
  list(at = at, by = if (startsWith(format, "csr")) "rows" else "columns",
       dim = as.double(facts[["shape"]] %||% facts[["h5sparse_shape"]]), dimnames = names_of_both)
}

listed_names <- function(names) if (length(names)) paste(dQuote(names, FALSE), collapse = ", ") else "none"

# In the order of R, which is not that of the file.
h5_dim <- function(file, at) {
  handle <- h5_do(file, at, rhdf5::H5Fopen(file, flags = "H5F_ACC_RDONLY"))
  on.exit(rhdf5::H5Fclose(handle))
  dataset <- h5_do(file, at, rhdf5::H5Dopen(handle, at))
  space <- rhdf5::H5Dget_space(dataset)
  size <- rhdf5::H5Sget_simple_extent_dims(space)$size
  rhdf5::H5Sclose(space)
  rhdf5::H5Dclose(dataset)
  size
}

# Whether the parts of a matrix fit each other.
check_h5 <- function(x) {
  refuse <- function(...) refuse_h5(x$file, x$at, ...)
  whole <- length(x$dim) == 2 && all(is.finite(x$dim) & x$dim >= 0 & x$dim == floor(x$dim))
  if (!whole) refuse("its shape must be two whole numbers, not ", shown(x$dim))
  if (any(x$dim > .Machine$integer.max)) refuse("it must have fewer than 2^31 rows and columns")
  for (margin in 1:2) {
    n <- length(x$dimnames[[margin]])
    if (n && n != x$dim[margin]) {
      refuse("it has ", x$dim[margin], c(" observations", " features")[margin], ", but ", n, " names of them")
    }
  }
  if (x$by == "dense") return(x)
  lines <- x$dim[if (x$by == "rows") 1 else 2]
  x$start <- as.double(h5_read(x, file.path(x$at, "indptr")))
  stored <- vapply(compressed[1:2], function(part) prod(h5_dim(x$file, file.path(x$at, part))), 0)
  if (length(x$start) != lines + 1) refuse("indptr must have ", lines + 1, " numbers, not ", length(x$start))
  if (anyNA(x$start) || x$start[1] != 0 || any(diff(x$start) < 0)) refuse("indptr must begin at 0 and never go down")
  x$stored <- x$start[lines + 1]
  if (any(stored != x$stored)) {
    refuse("indptr ends at ", x$stored, ", but there are ", stored[1], " data and ", stored[2], " indices")
  }
  x$window <- new.env(parent = emptyenv())
  x
}

#' @export
dim.nmf_h5 <- function(x) as.integer(x$dim)

#' @export
dimnames.nmf_h5 <- function(x) x$dimnames

#' @export
read_rows.nmf_h5 <- function(x, from, to, ...) {
  switch(x$by, rows = slice_of(x, from, to), columns = slice_across(x, from, to), dense = {
    cells <- h5_read(x, x$at, start = c(1, from), count = c(x$dim[2], to - from + 1))
    if (!is.numeric(cells) && !is.logical(cells)) refuse_h5(x$file, x$at, "its cells must be numbers")
    matrix(as.double(cells), to - from + 1, byrow = TRUE)
  })
}

# The stored cells from `first` on: where they are in their lines, and their values.
h5_cells <- function(x, first, count, length) {
  if (count == 0) return(list(i = integer(), x = numeric()))
  part <- function(name) h5_read(x, file.path(x$at, name), start = first + 1, count = count)
  i <- part("indices")
  v <- part("data")
  if (!is.numeric(v) && !is.logical(v)) refuse_h5(x$file, x$at, "its data must be numbers")
  bad <- which(!is.finite(i) | i < 0 | i >= length | i != floor(i))
  if (length(bad)) {
    refuse_h5(x$file, x$at, "indices must be from 0 to ", length - 1, ", but number ",
              format(first + bad[1], scientific = FALSE), " is ", format(i[bad[1]], scientific = FALSE))
  }
  list(i = as.integer(i), x = as.double(v))
}

slice_of <- function(x, from, to) {
  start <- x$start[from:(to + 1)]
  cells <- h5_cells(x, start[1], start[length(start)] - start[1], x$dim[2])
  Matrix::t(compressed_matrix(cells$i, start - start[1], cells$x, c(x$dim[2], to - from + 1)))
}

# Indices of a line may come in any order; what stands for one cell is added up.
compressed_matrix <- function(i, p, x, dim) {
  line <- rep.int(seq_len(dim[2]), diff(p))
  n <- length(i)
  ascending <- n < 2 || all(i[-1] > i[-n] | line[-1] != line[-n])
  if (!ascending) return(Matrix::sparseMatrix(i = i + 1L, j = line, x = x, dims = dim))
  methods::new("dgCMatrix", i = i, p = as.integer(p), x = x, Dim = as.integer(dim))
}

# Observations of what lies by features: as many as memory allows are picked out of the whole file in one go.
cells_of_window <- 2e7

slice_across <- function(x, from, to) {
  window <- x$window
  if (is.null(window$X) || from < window$from || to > window$to) {
    stored <- max(x$stored, 1)
    width <- max(to - from + 1, floor(x$dim[1] * cells_of_window / stored))
    window$from <- from
    window$to <- min(x$dim[1], from + width - 1)
    window$X <- NULL
    window$X <- window_of(x, from, window$to)
  }
  own <- window$X[, (from - window$from + 1):(to - window$from + 1), drop = FALSE]
  if (to == window$to) window$X <- NULL
  Matrix::t(own)
}

# Features x observations.
window_of <- function(x, from, to) {
  at_once <- 5e6
  parts <- list()
  first <- 0
  while (first < x$stored) {
    count <- min(at_once, x$stored - first)
    cells <- h5_cells(x, first, count, x$dim[1])
    own <- which(cells$i >= from - 1 & cells$i < to)
    feature <- findInterval(first + own - 1, x$start)
    parts[[length(parts) + 1]] <- list(feature = feature, observation = cells$i[own] - (from - 1L) + 1L,
                                       x = cells$x[own])
    first <- first + count
  }
  all <- function(part) unlist(lapply(parts, `[[`, part))
  Matrix::sparseMatrix(i = all("feature") %||% integer(), j = all("observation") %||% integer(),
                       x = all("x") %||% numeric(), dims = c(x$dim[2], to - from + 1))
}
