# Data that are not held in memory: they are read once, some observations at a time, checked, and kept in a file of the
# session, from which the core takes one block after the other.

#' Data in blocks, larger than memory
#'
#' Opens data that stay on disk: they are read once, some observations at a time, checked, measured and laid out in a
#' file of the session, and [nmf()] then works through that file block by block. `nmf("cells.h5", "T/Po/20")` does this
#' by itself; `nmf_blocks()` is for what is fitted more than once, for a layer of a file, and for another folder.
#'
#' Kinds of data:
#' * the name of an HDF5 file: of 10x Genomics (CellRanger 2 and later, also as written by
#'   `HDF5Array::writeTENxMatrix()`), or of AnnData (`.h5ad`: compressed sparse rows or columns, or dense). Observations
#'   are the cells, whatever `obs` says. Needs the package rhdf5.
#' * a `DelayedMatrix` (package DelayedArray), a `SingleCellExperiment` or Seurat object whose counts are one, a matrix
#'   of the package BPCells.
#' * a list of matrices, dense or sparse, with the same features, bound by their observations: together they may have
#'   more than \eqn{2^{31}} nonzeros, which one `dgCMatrix` cannot.
#' * any other matrix that [nmf()] takes, and any object whose class has `dim()` and a method of [read_rows()].
#'
#' Blocks are consecutive observations. Their number depends on the size of the data alone: 64, or as many as leave each
#' with at most \eqn{2^{24}} cells, zeros counted. Sums over blocks go in a fixed binary tree. A nonzero count below
#' 65,536 takes 4 bytes of the file (12 where counts are no whole numbers or larger), a cell of a dense matrix 2 or 8.
#' A missing cell is `NA`. Where some are missing or have weights, a stored cell takes a byte more, or 8 with weights
#' other than 0 and 1.
#'
#' In memory is one block, sums of the size of \eqn{H} (\eqn{2 K + K (K + 1) / 2} numbers for each feature, once for
#' each level of the tree), and about eight copies of the weights \eqn{W}, which are assumed to fit: 8 N K bytes each,
#' 160 MB for a million observations and 20 components. [estimate_cost()] tells it for given data.
#'
#' @param V The data: what is listed above.
#' @param obs Which margin of `V` holds the observations; of a list, that of each of its matrices. Files and objects of
#'   single-cell packages say so themselves, and `obs` only sets the orientation of what comes back, see [nmf()].
#' @param layer Which matrix of a file: of AnnData `"X"` (the default), the name of a layer, or `"raw"`; of 10x the name
#'   of the group (genome), which is needed where there are several.
#' @param folder Where the file of the session is made; it is removed when nothing refers to the data any more, or at
#'   the end of the session. It should be on a local disk with room for it.
#' @param x Data in blocks.
#' @param i,j Observations and features by number, name or flag: `x[i, j]` reads them into memory.
#' @param drop Of no effect: a matrix stays one.
#' @param ... Nothing: an argument that is not known is an error.
#' @return An object of class `nmf_blocks`, which [nmf()] takes as `V`, with `dim()` and `dimnames()` of observations x
#'   features. It is of this session and process: it cannot be saved.
#' @section Errors: `nmf_error_file` when a file cannot be read or is not laid out as its kind says; `nmf_error_data`
#'   when cells are negative or not finite, with the block and the first such cell; `nmf_error_package` when
#'   the package that reads `V` is not installed; `nmf_error_argument`.
#' @seealso [read_rows()] for data of other kinds, [estimate_cost()], `vignette("large-data")`.
#' @examples
#' parts <- list(brca21[1:12, ], brca21[13:21, ])
#' blocks <- nmf_blocks(parts)
#' blocks
#' nmf(blocks, "T/Po/3", seed = 1)
#' @export
nmf_blocks <- function(V, obs = c("rows", "columns"), ..., layer = NULL, folder = tempdir()) {
  check_call(...)
  if (inherits(V, "nmf_blocks")) return(check_blocks(V))
  obs <- check_obs(obs, V)
  if (!is.null(layer)) {
    ok <- is.character(layer) && length(layer) == 1 && !is.na(layer) && nzchar(layer)
    expect_arg(ok && is.character(V), "layer", "NULL, or the name of a matrix in a file", layer)
  }
  folder <- check_file_name(folder, "folder")
  if (!dir.exists(folder) || file.access(folder, 2) != 0) {
    abort(c("file", "argument"), "`folder` must be a directory that you may write to, not ", dQuote(folder, FALSE), ".")
  }
  store_rows(rows_to_read(V, obs, layer), obs, folder)
}

#' Some observations of data in blocks
#'
#' The generic function by which data of any class are read for [nmf_blocks()] and [nmf()]. A class whose objects have
#' `dim()` (observations x features), perhaps `dimnames()`, and a method of this function can be given as `V`.
#'
#' @param x An object of N observations.
#' @param ... Nothing: an argument that is not known is an error.
#' @param from,to The first and the last of the observations that are wanted, from 1 to N.
#' @return A numeric matrix or a sparse Matrix of these observations, `to - from + 1` rows. The same call gives the same
#'   cells again.
#' @section Errors: those of the method; of matrices, `nmf_error_data` when these rows hold anything but numbers of 0
#'   or more, `NA` aside.
#' @examples
#' # observations that are made when they are asked for
#' dim.made <- function(x) c(1000L, 30L)
#' read_rows.made <- function(x, from, to) outer(from:to, 1:30, function(i, j) (i * j) %% 7)
#' registerS3method("dim", "made", dim.made)
#' registerS3method("read_rows", "made", read_rows.made)
#' nmf(structure(list(), class = "made"), "T/Po/2", seed = 1)
#' @export
read_rows <- function(x, from, to, ...) UseMethod("read_rows")

#' @export
read_rows.default <- function(x, from, to, ...) {
  check_call(...)
  n <- dim(x)
  expect_arg(length(n) == 2, "x", "an object with rows and columns", x)
  from <- check_number(from, "from", 1, n[1], whole = TRUE)
  to <- check_number(to, "to", from, n[1], whole = TRUE)
  rows <- tryCatch(x[from:to, , drop = FALSE], error = function(condition) {
    abort("data", "`x` must have rows that can be read; ", conditionMessage(condition), ".")
  })
  as_cells(rows, "rows", "x", missing = TRUE)
}

# Blocks as they are kept: `path` and `offsets` of the file, `from` the first row of each block (from 0) and the number
# of rows, `facts` as the core measures them and more, `key` an environment with the `rows` that were read and the seal.
cells_of_block <- 2^24
blocks_at_least <- 64

# The first row of each block, from 0, and the number of rows: a property of the size of the data alone.
cuts_of <- function(dim) {
  blocks <- max(blocks_at_least, ceiling(prod(as.double(dim)) / cells_of_block))
  size <- ceiling(dim[1] / blocks)
  unique(c(seq(0, dim[1] - 1, by = size), dim[1]))
}

store_rows <- function(rows, obs, folder = tempdir(), arg = "V") {
  size <- as.double(dim(rows))
  if (length(size) != 2 || anyNA(size)) abort("data", "`", arg, "` must have rows and columns, not ", shown(rows), ".")
  if (any(size == 0)) {
    abort("data", "`", arg, "` must have at least one row and one column, not ", by_dim(size), ".")
  }
  if (any(size > .Machine$integer.max)) abort("data", "`", arg, "` must have fewer than 2^31 rows and columns.")
  names <- dimnames(rows) %||% list(NULL, NULL)
  from <- cuts_of(size)
  blocks <- list(path = tempfile("nmfamily-", folder), offsets = numeric(length(from) - 1), from = from,
                 dim = as.integer(size), dimnames = names, sparse = NA, weighted = FALSE, obs = obs,
                 read_from = kind_of_rows(rows))
  blocks$key <- kept_while_used(blocks$path)
  blocks$key$rows <- rows
  total <- NULL
  for (b in seq_along(blocks$offsets)) {
    block <- read_checked(rows, from[b] + 1, from[b + 1], blocks, b, arg)
    if (b == 1) blocks$sparse <- is_sparse(block)
    if (!is.null(block$weights)) blocks$weighted <- TRUE
    own <- tryCatch(write_block_cpp(blocks$path, block), `nmf::Unreadable` = function(condition) {
      abort("file", dQuote(blocks$path, FALSE), ": ", conditionMessage(condition))
    })
    blocks$offsets[b] <- own$offset
    total <- join_facts(total, own, block, from[b], size[1])
    if (b == 1) began <- now()                           # the first one has to open what is read
    expected <- (now() - began) * (length(from) - 1)
    if (b == 2 && expected > 60) {
      message("Reading ", label_of(rows, arg), " once takes about ", time_text(expected), ".")
    }
  }
  total$size <- file.size(blocks$path)
  blocks$facts <- ready_facts(total)
  class(blocks) <- "nmf_blocks"
  check_text(blocks, arg)
  blocks$key$seal <- seal_of(blocks)
  blocks
}

# The file goes with the last thing that refers to it.
kept_while_used <- function(path) {
  key <- new.env(parent = emptyenv())
  key$path <- path
  reg.finalizer(key, function(key) unlink(key$path), onexit = TRUE)
  key
}

# One block as a source without names, of a matrix or a dgCMatrix as the first of them is; faults name the block.
read_checked <- function(rows, first, last, blocks, b, arg) {
  where <- paste0(label_of(rows, arg), ", block ", b, " of ", length(blocks$offsets), " (observations ",
                  format(first, big.mark = ",", scientific = FALSE), " to ",
                  format(last, big.mark = ",", scientific = FALSE), ")")
  refuse <- function(what, ...) abort(if (is_file(rows)) union("file", what) else what, where, ": ", ...)
  faults <- function(condition) refuse("data", conditionMessage(condition))
  X <- tryCatch(read_rows(rows, first, last), nmf_error_data = faults, nmf_error = stop, error = function(condition) {
    refuse(if (is_file(rows)) "file" else "data", "it cannot be read (", conditionMessage(condition), ").")
  })
  weights <- NULL
  if (inherits(X, "nmf_source")) {
    weights <- X$weights
    X <- X$values
  }
  if (!identical(as.integer(dim(X)), as.integer(c(last - first + 1, blocks$dim[2])))) {
    refuse("data", "read_rows() must give ", by_dim(c(last - first + 1, blocks$dim[2])), " cells, not ", shown(X), ".")
  }
  X <- tryCatch(as_cells(X, "rows", arg, missing = TRUE), nmf_error_data = faults)
  block <- unfilled(unnamed(X), weights)
  if (is.na(blocks$sparse) || is_sparse(block) == blocks$sparse) return(block)
  if (!blocks$sparse) return(new_source(as.matrix(block$values), dense_weights(block)))
  stored <- with_stored(as_plain_sparse(methods::as(block$values, "CsparseMatrix")), NULL, which(block$weights != 1))
  stored$weights[stored$at] <- block$weights[block$weights != 1]
  new_source(stored$X, if (!is.null(block$weights)) stored$weights)
}

unnamed <- function(X) {
  if (is_sparse_matrix(X)) X@Dimnames <- list(NULL, NULL) else dimnames(X) <- NULL
  X
}

# What is missing has the weight 0, and holds 0.
unfilled <- function(X, weights = NULL) {
  x <- values_of(X)
  gone <- which(if (is.null(weights)) is.na(x) else is.na(x) | weights == 0)
  if (!length(gone)) return(new_source(X, if (any(weights != 1)) weights))
  if (is.null(weights)) weights <- if (is_sparse_matrix(X)) rep(1, length(x)) else array(1, dim(X))
  new_source(with_values(X, replace(x, gone, 0)), replace(weights, gone, 0))
}

is_file <- function(rows) inherits(rows, "nmf_h5")
label_of <- function(rows, arg) if (is_file(rows)) dQuote(rows$file, FALSE) else paste0("`", arg, "`")

# Sums over blocks, one after the other, in the unit of the user, which is a power of two of that of a block. Of the
# weights: the `missing` cells by their linear index, the `lost` weight of all that count less, the sum of values times
# weights.
join_facts <- function(sum, own, block, from, n_rows) {
  x <- values_of(block$values)
  weights <- block$weights
  missing <- missing_cells(block) %||% numeric()
  N <- nrow(block)
  table <- count_values_cpp(x)
  own <- list(unit = own$unit, least = own$least, squares = own$squares,
              row_totals = list(own$row_totals * own$unit), column_totals = own$column_totals * own$unit,
              stored = as.double(length(x)), positive = sum(table$counts), whole = whole_numbers_cpp(x),
              table = if (all(weights %in% 0:1)) table,
              missing = list(from + row_of(missing, N) + (column_of(missing, N) - 1) * n_rows),
              lost = if (is.null(weights)) 0 else base::sum(1 - weights),
              weighted_total = base::sum(if (is.null(weights)) x else x * weights),
              cells = fingerprint(list(sum$cells, unnamed(block$values), weights)))
  if (is.null(sum)) return(own)
  unit <- max(sum$unit, own$unit)
  added <- c("column_totals", "stored", "positive", "lost", "weighted_total")
  all <- Map(`+`, sum[added], own[added])
  parts <- c("row_totals", "missing")
  all[parts] <- Map(c, sum[parts], own[parts])
  c(all, list(cells = own$cells, unit = unit, least = min(sum$least, own$least), whole = sum$whole && own$whole,
              squares = sum$squares * (sum$unit / unit)^2 + own$squares * (own$unit / unit)^2,
              table = join_tables(sum$table, own$table)))
}

# How often each value occurs; NULL where there are too many values, as of measurements, and where cells count by their
# weights.
values_at_most <- 1e5

join_tables <- function(a, b) {
  if (is.null(a) || is.null(b)) return(NULL)
  values <- sort(union(a$values, b$values))
  if (length(values) > values_at_most) return(NULL)
  counts <- numeric(length(values))
  for (one in list(a, b)) {
    at <- match(one$values, values)
    counts[at] <- counts[at] + one$counts
  }
  list(values = values, counts = counts)
}

ready_facts <- function(total) {
  total$row_totals <- unlist(total$row_totals) / total$unit
  total$missing <- sort(unlist(total$missing))
  if (length(total$row_totals) * as.double(length(total$column_totals)) <= .Machine$integer.max) {
    total$missing <- as.integer(total$missing)
  }
  total$column_totals <- total$column_totals / total$unit
  total
}

# Whether they are of this session and as they were made; and, at each use, whether their file is.
check_blocks <- function(blocks, arg = "V") {
  check_whole(blocks, arg)
  if (!identical(blocks$key$seal, seal_of(blocks))) {
    abort(c("file", "data"), "`", arg, "` must be data in blocks of this session, as they were made; make them again ",
          "by nmf_blocks().")
  }
  check_kept(blocks)
}

seal_of <- function(blocks) fingerprint(unclass(blocks)[setdiff(names(blocks), "key")])

check_kept <- function(blocks) {
  if (isTRUE(file.size(blocks$path) == blocks$facts$size)) return(blocks)
  abort(c("file", "data"), "the file in which the cells of the data were kept for this session, ",
        dQuote(blocks$path, FALSE), ", is not there, or not as it was made; make them again by nmf_blocks().")
}

#' @export
dim.nmf_blocks <- function(x) x$dim

#' @export
dimnames.nmf_blocks <- function(x) x$dimnames

#' @export
read_rows.nmf_blocks <- function(x, from, to, ...) {
  check_call(...)
  check_blocks(x, "x")
  from <- check_number(from, "from", 1, x$dim[1], whole = TRUE)
  to <- check_number(to, "to", from, x$dim[1], whole = TRUE)
  some_rows(x, from:to)
}

#' @rdname nmf_blocks
#' @export
`[.nmf_blocks` <- function(x, i = TRUE, j = TRUE, ..., drop = FALSE) {
  check_call(...)
  check_kept(x)
  check_flag(drop, "drop")
  rows <- lines_asked(i, x$dim[1], x$dimnames[[1]], "i")
  columns <- lines_asked(j, x$dim[2], x$dimnames[[2]], "j")
  ascending <- sort(unique(rows))
  X <- some_rows(x, ascending)
  if (!identical(ascending, rows)) X <- X[match(rows, ascending), , drop = FALSE]
  if (!is.null(unlist(x$dimnames))) dimnames(X) <- list(x$dimnames[[1]][rows], x$dimnames[[2]])
  X[, columns, drop = FALSE]
}

# Lines by their numbers, names or flags, as of a matrix.
lines_asked <- function(which, n, names, arg) {
  is_index <- is.character(which) || is.logical(which) || (is_numbers(which) && all(which == round(which)))
  numbers <- if (is.character(which)) match(which, names) else if (is_index) {
    tryCatch(seq_len(n)[which], error = function(e) NA)
  }
  ok <- is_index && is.null(dim(which)) && length(numbers) > 0 && !anyNA(numbers)
  expect_arg(ok, arg, paste("names, numbers or flags of the", n, "lines"), which)
  numbers
}

#' @rdname nmf_blocks
#' @export
print.nmf_blocks <- function(x, ...) {
  check_call(..., .base = print.default)
  number <- function(n) format(n, big.mark = ",", scientific = FALSE)
  cat("Data in ", length(x$offsets), " blocks: ", number(x$dim[1]), " observations x ", number(x$dim[2]), " features, ",
      number(x$facts$stored), if (x$sparse) " stored cells\n" else " cells\n", sep = "")
  cat("  read from    ", x$read_from, "\n", sep = "")
  cat("  on disk      ", format(x$facts$size / 1e6, digits = 2, nsmall = 1), " MB\n", sep = "")
  invisible(x)
}

kind_of_rows <- function(rows) {
  if (is_file(rows)) return(basename(rows$file))
  if (inherits(rows, "nmf_made")) return(rows$kind)
  if (inherits(rows, "nmf_turned")) return("a sparse matrix")
  if (inherits(rows, "nmf_bound")) paste("a list of", length(rows$parts), "matrices") else shown(rows)
}

# Block b as a source, observations in rows; what is missing holds 0.
block_of <- function(blocks, b) {
  found <- read_block_cpp(unclass(blocks), b)
  X <- found$values
  if (blocks$sparse) {
    X <- sparse_of(X, c(as.integer(diff(blocks$from[b + 0:1])), blocks$dim[2]))
  }
  weights <- found$weights
  new_source(X, if (is.null(weights) || blocks$sparse) weights else array(weights, dim(X)))
}

# What the core has made need not be looked at again, which takes longer than reading a small block.
no_cells <- methods::new("dgCMatrix")
sparse_of <- function(parts, dim) {
  X <- no_cells
  X@i <- parts$i
  X@p <- parts$p
  X@x <- parts$x
  X@Dim <- dim
  X
}

# The observations with these numbers, in ascending order, without names; a missing cell is NA.
some_rows <- function(blocks, rows) read_values(source_of_rows(blocks, rows))

# The same as a source, of which what is missing holds 0.
source_of_rows <- function(blocks, rows) {
  of_block <- split(rows, findInterval(rows - 1, blocks$from))
  parts <- Map(function(b, rows) block_of(blocks, b)[rows - blocks$from[b], ], as.integer(names(of_block)), of_block)
  stack_sources(unname(parts))
}

stack_sources <- function(parts) {
  if (length(parts) == 1) return(parts[[1]])
  values <- do.call(rbind, lapply(parts, `[[`, "values"))
  if (all(vapply(parts, function(part) is.null(part$weights), NA))) return(new_source(values))
  shifted <- lapply(parts, function(part) {              # for zeros might be dropped
    with_values(part$values, (part$weights %||% rep(1, length(values_of(part$values)))) + 1)
  })
  weights <- values_of(do.call(rbind, shifted)) - 1
  new_source(values, if (is_sparse_matrix(values)) weights else array(weights, dim(values)))
}
