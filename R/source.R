# The data as all work on them sees them: N x M with observations in rows, complete, and what stands beside the cells.
# `values` is a double matrix or a dgCMatrix. `weights` is like its stored cells, or NULL where all are 1; a missing
# cell is one of weight 0. `offset` is like a dense `values`, or NULL. Whatever a missing cell held, the mean of its row
# and column stands there, so that starts, scales and convex features, which look at the values alone, can be made.
# `facts` is what the core measures of them, once. `values` may also be blocks of rows on disk (blocks.R); what is asked
# of them is in source-blocks.R.
new_source <- function(values, weights = NULL, offset = NULL) {
  structure(list(values = values, weights = weights, offset = offset, facts = NULL), class = "nmf_source")
}

in_blocks <- function(source) inherits(source$values, "nmf_blocks")

measured <- function(source) {
  if (is.null(source$facts)) source$facts <- facts_cpp(source)
  source
}

#' @export
dim.nmf_source <- function(x) dim(x$values)

#' @export
dimnames.nmf_source <- function(x) dimnames(x$values)

#' @export
t.nmf_source <- function(x) change_cells(x, Matrix::t)

#' @export
`[.nmf_source` <- function(x, i, j, ...) {
  rows <- if (missing(i)) TRUE else i
  columns <- if (missing(j)) TRUE else j
  if (in_blocks(x)) return(in_memory(x$values, rows, columns))
  change_cells(x, function(cells) cells[rows, columns, drop = FALSE])
}

# Some observations and features of data in blocks, as a source in memory.
in_memory <- function(blocks, rows = TRUE, columns = TRUE) UseMethod("in_memory")

# `change` picks or moves cells of a matrix, dense or sparse.
change_cells <- function(source, change) {
  weights <- source$weights
  if (!is.null(weights)) {                               # shifted, for zeros might be dropped
    weights <- unname(values_of(change(with_values(source$values, weights + 1))) - 1)
  }
  new_source(change(source$values), weights, if (!is.null(source$offset)) change(source$offset))
}

is_sparse <- function(source) if (in_blocks(source)) source$values$sparse else is_sparse_matrix(source$values)

# is() alone takes its time on a plain matrix.
is_sparse_matrix <- function(X) isS4(X) && methods::is(X, "sparseMatrix")

values_of <- function(X) if (is_sparse_matrix(X)) X@x else X

# X with other values in its stored cells.
with_values <- function(X, x) {
  if (is_sparse_matrix(X)) X@x <- x else X[] <- x
  X
}

# Names of the observations or features, each but once, and numbers where they have none.
labels_of <- function(names, n) {
  if (is.null(names)) return(seq_len(n))
  blank <- which(is.na(names) | names == "")
  names[blank] <- blank
  make.unique(names)
}

# Linear indices of the stored cells of a sparse X, and the row and the column of cells with such indices.
stored_cells <- function(X) rep.int(seq_len(ncol(X)) - 1, diff(X@p)) * nrow(X) + X@i + 1
row_of <- function(cell, N) as.integer((cell - 1) %% N + 1)
column_of <- function(cell, N) as.integer((cell - 1) %/% N + 1)

# The row of each stored cell.
stored_rows <- function(X) {
  if (is_sparse_matrix(X)) X@i + 1L else rep_len(seq_len(nrow(X)), length(X))
}

# Values of the stored cells, 0 for those that do not count.
counting <- function(source) {
  x <- values_of(source$values)
  if (is.null(source$weights)) x else replace(x, source$weights == 0, 0)
}

# Linear indices of the missing cells of the N x M data; NULL when there are none.
missing_cells <- function(source) {
  if (in_blocks(source)) return(if (length(source$facts$missing)) source$facts$missing)
  missing <- which(source$weights == 0)
  if (!length(missing)) return(NULL)
  if (is_sparse(source)) stored_cells(source$values)[missing] else missing
}

# The values, with NA where a cell is missing.
read_values <- function(source) {
  missing <- which(source$weights == 0)
  if (length(missing)) with_values(source$values, replace(values_of(source$values), missing, NA)) else source$values
}

# Some observations as a plain matrix of these.
with_gaps <- function(source, rows = TRUE, columns = TRUE) {
  unname(as.matrix(read_values(source)[rows, columns, drop = FALSE]))
}

# Values of some cells by their linear index.
values_at <- function(source, index) as.numeric(source$values[index])

# Weights of some cells by their linear index.
weights_at <- function(source, index) {
  if (is.null(source$weights)) return(rep(1, length(index)))
  if (!is_sparse(source)) return(source$weights[index])
  found <- source$weights[match(index, stored_cells(source$values))]
  ifelse(is.na(found), 1, found)
}

total_weight <- function(source) {
  if (in_blocks(source)) return(prod(dim(source)) - source$facts$lost)
  prod(dim(source)) - length(source$weights) + sum(source$weights)
}

# Sum of the cells that count, however much.
observed_total <- function(source) sum(if (is.null(source$weights)) source$values else counting(source))

# Values, 0 where they are missing.
seen_counts <- function(source) {
  if (is.null(source$weights)) source$values else with_values(source$values, counting(source))
}

# What tells these data, weights and offsets from others, and from themselves in another order.
sums_of <- function(source) {
  if (in_blocks(source)) return(sums_of_blocks(source))
  X <- seen_counts(source)
  # tables with the same margins differ in a sum whose weights are no sums of those of rows and columns
  uneven <- function(n, step) 1 + (seq_len(n) * step) %% 1
  list(dim = dim(source), total = observed_total(source),
       margins = c(sum(Matrix::rowSums(X) * seq_len(nrow(X))), sum(Matrix::colSums(X) * seq_len(ncol(X)))),
       cells = sum(uneven(nrow(X), (sqrt(5) - 1) / 2) * as.vector(X %*% uneven(ncol(X), sqrt(2) - 1))),
       beside = if (!is.null(source$weights) || !is.null(source$offset)) {
         c(total_weight(source), sum(counting(source) * (source$weights %||% 1)), sum(source$offset))
       })
}

n_stored <- function(source) if (in_blocks(source)) source$facts$stored else length(values_of(source$values))

n_positive <- function(source) {
  if (!in_blocks(source)) return(as.double(Matrix::nnzero(source$values)))
  source$facts$positive + length(source$facts$missing)   # in memory a mean stands there
}

total_of <- function(source) {
  if (in_blocks(source)) sum(source$facts$row_totals) * source$facts$unit else sum(source$values)
}

# Whether these are the sums of the same cells. Blocks, and fits of the past, do not know all of them.
same_sums <- function(one, other, of = c("dim", "total", "margins", "cells")) {
  told <- Filter(function(name) !is.null(one[[name]]) && !is.null(other[[name]]), of)
  isTRUE(all.equal(one[told], other[told]))
}

# The same of data in blocks, by what was measured when they were read.
sums_of_blocks <- function(source) {
  facts <- source$facts
  rows <- facts$row_totals * facts$unit
  list(dim = dim(source), total = sum(rows),
       margins = c(sum(rows * seq_along(rows)), sum(facts$column_totals * facts$unit * seq_along(facts$column_totals))),
       beside = if (source$values$weighted) c(total_weight(source), facts$weighted_total, 0))
}

# Weights like the data, as a matrix; NULL when all are 1.
dense_weights <- function(source) {
  if (is.null(source$weights) || !is_sparse(source)) return(source$weights)
  unname(as.matrix(with_values(source$values, source$weights - 1))) + 1
}

# Of the cells that count.
is_mostly_zero <- function(source) {
  positive <- if (in_blocks(source)) source$facts$positive else sum(counting(source) > 0)
  positive < (prod(dim(source)) - length(missing_cells(source))) / 2
}

# The data without some of their cells (linear indices): these have the weight 0. What is sparse stays sparse.
without <- function(source, cells) fill_source(with_gaps_at(source, cells))

# The same, what stands in the cells left as it was.
with_gaps_at <- function(source, cells) {
  weights <- source$weights
  if (is_sparse(source)) {
    stored <- with_stored(source$values, weights, cells)
    stored$weights[stored$at] <- 0
    return(new_source(stored$X, stored$weights))
  }
  if (is.null(weights)) weights <- array(1, dim(source))
  weights[cells] <- 0
  new_source(source$values, weights, source$offset)
}

# A sparse X in which `cells` (linear indices) are stored too, the weights of its stored cells, and where `cells` are
# among these.
with_stored <- function(X, weights, cells) {
  own <- stored_cells(X)
  stored <- sort(union(own, cells))
  before <- match(own, stored)
  omega <- rep(1, length(stored))
  if (!is.null(weights)) omega[before] <- weights
  values <- numeric(length(stored))
  values[before] <- X@x
  full <- Matrix::sparseMatrix(i = row_of(stored, nrow(X)), x = values, dims = dim(X), dimnames = dimnames(X),
                               p = cumsum(c(0, tabulate(column_of(stored, nrow(X)), ncol(X)))))
  list(X = full, weights = omega, at = match(cells, stored))
}

# What stands in a missing cell: the mean of its row and column.
fill_source <- function(source) {
  if (any(source$weights == 0)) fill_missing(source, independent_means(source)) else source
}

# `means` gives the mean of cells by their row and column, before the offset.
fill_missing <- function(source, means) {
  cells <- missing_cells(source)
  x <- values_of(source$values)
  offset <- if (is.null(source$offset)) 1 else source$offset[cells]
  x[which(source$weights == 0)] <- means(row_of(cells, nrow(source)), column_of(cells, nrow(source))) * offset
  new_source(with_values(source$values, x), source$weights, source$offset)
}

# Means r_i c_j by Poisson likelihood of the cells that count: r and c in turn have the observed totals.
independent_means <- function(source) {
  X <- source$values
  weights <- source$weights
  if (is.null(weights)) weights <- rep(1, length(values_of(X)))
  seen <- with_values(X, counting(source) * weights)
  totals <- list(Matrix::rowSums(seen), Matrix::colSums(seen))
  if (is_sparse(source)) {
    counted <- new_source(X, weights)
    by_row <- function(c) exposure_cpp(counted, c, TRUE)
    by_column <- function(r) exposure_cpp(counted, r, FALSE)
  } else {
    exposure <- array(weights * (source$offset %||% 1), dim(X))
    by_row <- function(c) as.vector(exposure %*% c)
    by_column <- function(r) as.vector(crossprod(exposure, r))
  }
  ratio <- function(total, exposure) ifelse(total > 0, total / exposure, 0)
  c <- rep(1, ncol(X))
  for (round in 1:100) {
    r <- ratio(totals[[1]], by_row(c))
    moved <- ratio(totals[[2]], by_column(r))
    done <- max(abs(moved - c)) <= 1e-6 * max(moved)
    c <- moved
    if (done) break
  }
  function(row, column) r[row] * c[column]
}

# Means no further than a factor of 30 from those of their row and column.
within_reach <- function(mu, level) pmin(pmax(mu, level / 30), level * 30)

# Observations and features of which no cell counts.
without_cells <- function(source) {
  if (in_blocks(source)) {
    missing <- source$facts$missing
    N <- nrow(source)
    full <- function(line, n, length) which(tabulate(line, n) == length)
    return(list(full(row_of(missing, N), N, ncol(source)), full(column_of(missing, N), ncol(source), N)))
  }
  if (is.null(source$weights)) return(list(integer(), integer()))
  missing <- with_values(source$values, as.numeric(source$weights == 0))
  list(which(Matrix::rowSums(missing) == ncol(source)), which(Matrix::colSums(missing) == nrow(source)))
}

# The data with further features at their end, of which no cell counts ("missing") or all are 0.
with_lacking <- function(source, names, absent, offset = NULL) {
  X <- source$values
  N <- nrow(X)
  n <- length(names)
  counts <- as.numeric(absent == "zero")
  weights <- source$weights
  if (is_sparse(source) && counts) {
    more <- Matrix::sparseMatrix(integer(), integer(), x = numeric(), dims = c(N, n))
  } else if (is_sparse(source)) {                        # stored, for what counts less than others is
    more <- Matrix::sparseMatrix(rep(seq_len(N), n), rep(seq_len(n), each = N), x = numeric(N * n), dims = c(N, n))
    weights <- c(weights %||% rep(1, length(X@x)), numeric(N * n))
  } else {
    more <- matrix(0, N, n)
    if (!is.null(weights) || !counts) weights <- cbind(weights %||% array(1, dim(X)), array(counts, c(N, n)))
  }
  values <- cbind(X, more)
  dimnames(values) <- list(rownames(X), c(colnames(X), names))
  if (!is.null(source$offset)) source$offset <- cbind(source$offset, matrix(offset %||% 1, N, n, byrow = TRUE))
  new_source(values, weights, source$offset)
}
