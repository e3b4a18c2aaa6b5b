# Data on disk as a source: `values` are the blocks of blocks.R, with their facts. What is asked of the cells is summed
# over blocks, or was when they were read.

# Whether V is to be read block by block, for who can work so.
stays_on_disk <- function(V) {
  if (comes_in_parts(V)) return(TRUE)
  if (is_single_cell(V) && !inherits(V, "ExpressionSet")) V <- tryCatch(counts_of_cells(V), error = function(e) NULL)
  is_on_disk(V) && prod(as.double(dim(V))) > cells_in_memory
}

# What is no matrix, but read in parts.
comes_in_parts <- function(V) {
  is_opened_by_name(V) || inherits(V, "nmf_blocks") || has_own_rows(V) || is_bound_list(V)
}

whole_of <- function(V, obs, arg) {
  if (!inherits(V, "nmf_blocks")) V <- store_rows(rows_to_read(V, obs, arg = arg), obs, arg = arg)
  blocks <- check_blocks(V, arg)
  check_memory(blocks, paste0("this use of `", arg, "`"))
  blocks[, ]
}

# What is on disk and has no more cells than these, zeros counted, is read into memory; likewise where not all can be
# done by blocks.
cells_in_memory <- 2e7

source_in_blocks <- function(V, obs, cell_weights = NULL, offset = NULL, arg = "V") {
  if (!is.null(offset)) refuse_in_blocks("offset")
  blocks <- if (inherits(V, "nmf_blocks")) check_blocks(V, arg) else if (is.null(cell_weights)) {
    store_rows(rows_to_read(V, obs), obs, arg = arg)
  }
  if (!is.null(cell_weights)) {
    rows <- if (is.null(blocks)) rows_to_read(V, obs) else as_rows(blocks)
    blocks <- store_rows(weighted_rows(rows, cell_weights, obs), obs, arg = arg)
  }
  as_source(blocks)
}

as_source <- function(blocks) {
  source <- new_source(blocks)
  source$facts <- blocks$facts
  source
}

# Rows with the weights of their cells, which come in rows as well.
weighted_rows <- function(rows, cell_weights, obs) {
  weights <- if (inherits(cell_weights, "nmf_blocks")) as_rows(check_blocks(cell_weights, "cell_weights")) else
    rows_to_read(cell_weights, obs, arg = "cell_weights")
  same <- function(a, b) is.null(a) || is.null(b) || identical(a, b)
  if (!identical(as.double(dim(rows)), as.double(dim(weights))) ||
        !all(mapply(same, dimnames(rows) %||% list(NULL, NULL), dimnames(weights) %||% list(NULL, NULL)))) {
    refuse_in_blocks("order")
  }
  made_rows(dim(rows), dimnames(rows), function(from, to) {
    X <- read_rows(rows, from, to)
    X <- as_cells(if (inherits(X, "nmf_source")) read_values(X) else X, "rows", "V", missing = TRUE)
    own <- as_cells(read_rows(weights, from, to), "rows", "cell_weights")
    check_beside(values_of(own), "cell_weights")
    beside_cells(unnamed(X), unnamed(own))
  }, kind_of_rows(rows))
}

# Rows that a function makes, sources among them.
made_rows <- function(dim, dimnames, make, kind) {
  structure(list(dim = dim, dimnames = dimnames, make = make, kind = kind), class = "nmf_made")
}

#' @export
dim.nmf_made <- function(x) x$dim

#' @export
dimnames.nmf_made <- function(x) x$dimnames

#' @export
read_rows.nmf_made <- function(x, from, to, ...) x$make(from, to)

# The observations of blocks as rows for others: some of them and of the features, each block changed by `change` of its
# source and its first row.
as_rows <- function(blocks, rows = seq_len(blocks$dim[1]), columns = TRUE, change = function(own, from) own) {
  names <- blocks$dimnames
  if (is.logical(columns)) columns <- seq_len(blocks$dim[2])[columns]
  made_rows(c(length(rows), length(columns)), list(names[[1]][rows], names[[2]][columns]), function(from, to) {
    own <- source_of_rows(blocks, rows[from:to])
    if (length(columns) < blocks$dim[2]) own <- own[, columns]
    change(own, from)
  }, blocks$read_from)
}

# Other data in blocks, made of these.
changed_blocks <- function(source, ...) {
  blocks <- check_kept(source$values)
  as_source(store_rows(as_rows(blocks, ...), blocks$obs, dirname(blocks$path)))
}

#' @export
in_memory.nmf_blocks <- function(blocks, rows = TRUE, columns = TRUE) {
  check_kept(blocks)
  rows <- seq_len(blocks$dim[1])[rows]
  ascending <- sort(unique(rows))
  own <- source_of_rows(blocks, ascending)[match(rows, ascending), columns]
  names <- blocks$dimnames
  if (!is.null(unlist(names))) dimnames(own$values) <- list(names[[1]][rows], names[[2]][columns])
  fill_source(own)
}

# For work that cannot be done by blocks.
check_memory <- function(blocks, what = "this") {
  if (blocks$facts$stored > cells_in_memory) refuse_in_blocks("memory", what, blocks$facts$stored, cells_in_memory)
  check_kept(blocks)
}

source_in_memory <- function(source, what = "this") {
  in_memory(check_memory(source$values, what))
}

# The data as they are where they do not fit memory; in memory otherwise.
where_they_fit <- function(source) {
  if (in_blocks(source) && source$facts$stored <= cells_in_memory) source_in_memory(source) else source
}

# Answers with a number for each cell.
check_dense_answer <- function(n_rows, n_cols, what) {
  if (as.double(n_rows) * n_cols > cells_in_memory) {
    refuse_in_blocks("answer", what, as.double(n_rows) * n_cols, cells_in_memory)
  }
}

# Data sets like these, drawn from the model, are as large as they are: unasked none are.
data_to_draw <- function(data, unasked) {
  if (!unasked || data$facts$stored <= cells_in_memory) return(where_they_fit(data))
  message("The data are in blocks, so that no data sets are drawn from the model: `n_runs` is 0.")
  data
}

checked_blocks <- function(source) {
  check_kept(source$values)
  source
}

# A function of rows that gives their cells; the block that was read last is at hand, turned where it is sparse, so that
# its rows lie together.
rows_on_disk <- function(blocks) {
  at <- 0
  block <- NULL
  function(rows) {
    parts <- split(rows, findInterval(rows - 1, blocks$from))
    read <- function(b, rows) {
      if (b != at) {
        check_kept(blocks)
        block <<- read_values(block_of(blocks, b))
        if (blocks$sparse) block <<- Matrix::t(block)
        at <<- b
      }
      rows <- rows - blocks$from[b]
      if (blocks$sparse) t(as.matrix(block[, rows, drop = FALSE])) else block[rows, , drop = FALSE]
    }
    do.call(rbind, unname(Map(read, as.integer(names(parts)), parts)))
  }
}

# The values of count_values(): as a table where one was made, or a function that goes from block to block.
count_in_blocks <- function(data, family, unit = 1) {
  blocks <- data$values
  table <- blocks$facts$table
  zeros <- prod(dim(data)) - length(data$facts$missing) - blocks$facts$positive
  if (!is.null(table) && !is_by_row(family)) return(list(v = c(0, table$values) / unit, n = c(zeros, table$counts)))
  function(f) {
    total <- 0
    check_kept(blocks)
    for (b in seq_along(blocks$offsets)) {
      block <- block_of(blocks, b)
      own <- values_of(block$values)
      if (is_by_row(family) && !length(own)) next
      seen <- if (is.null(block$weights)) TRUE else block$weights > 0
      alpha <- if (is_by_row(family)) parameter_of(family)[blocks$from[b] + stored_rows(block$values)[seen]]
      rest <- if (is.null(alpha)) length(block$values) - length(own) # zeros add nothing to a sum over alphas
      n <- as.vector(block$weights %||% rep(1, length(own)))[seen]
      total <- total + f(list(v = c(own[seen] / unit, 0[!is.null(rest)]), n = c(n, rest), alpha = alpha))
    }
    total
  }
}

# The positive cells of all data, or of each observation: each value, how often it occurs or its weight, and the row.
counts_on_disk <- function(data, of_data) {
  blocks <- data$values
  table <- blocks$facts$table
  if (of_data && !is.null(table)) return(c(table, list(row = rep(1L, length(table$values)))))
  check_kept(blocks)
  of_block <- lapply(seq_along(blocks$offsets), function(b) {
    block <- block_of(blocks, b)
    x <- values_of(block$values)
    seen <- which(x > 0)
    row <- if (of_data) rep(1L, length(seen)) else as.integer(blocks$from[b]) + stored_rows(block$values)[seen]
    weight <- as.vector(block$weights %||% rep(1, length(x)))[seen]
    x <- x[seen]
    order <- order(row, x)
    first <- if (length(x)) c(TRUE, diff(x[order]) != 0 | diff(row[order]) != 0) else logical()
    list(values = x[order][first], counts = as.vector(rowsum(weight[order], cumsum(first))), row = row[order][first])
  })
  lapply(c(values = "values", counts = "counts", row = "row"), function(part) unlist(lapply(of_block, `[[`, part)))
}
