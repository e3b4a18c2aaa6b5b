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
  in_memory(blocks, paste0("this use of `", arg, "`"))
}

# What is on disk and has no more cells than these, zeros counted, is read into memory; likewise where not all can be
# done by blocks.
cells_in_memory <- 2e7

source_in_blocks <- function(V, obs, cell_weights = NULL, offset = NULL, arg = "V") {
  for (beside in c("cell_weights", "offset")) {
    if (!is.null(get(beside))) {
      abort("data", "`", beside, "` must be NULL for data that are read block by block; where they fit memory, read ",
            "them first.")
    }
  }
  blocks <- if (inherits(V, "nmf_blocks")) check_blocks(V, arg) else store_rows(rows_to_read(V, obs), obs, arg = arg)
  source <- new_source(blocks)
  source$facts <- blocks$facts
  source
}

# For work that cannot be done by blocks.
in_memory <- function(blocks, what = "this") {
  if (blocks$facts$stored > cells_in_memory) {
    abort("data", "the data are in blocks on disk, and ", what, " needs all of their ",
          format(blocks$facts$stored, big.mark = ",", scientific = FALSE), " cells in memory, more than ",
          format(cells_in_memory, big.mark = ",", scientific = FALSE),
          "; take a part of the observations, read as a matrix.")
  }
  check_kept(blocks)[, ]
}

source_in_memory <- function(source) new_source(in_memory(source$values))

# Answers with a number for each cell.
check_dense_answer <- function(data, what) {
  cells <- prod(as.double(dim(data)))
  if (cells <= cells_in_memory) return(invisible())
  abort("data", what, " would give ", format(cells, big.mark = ",", scientific = FALSE), " cells, more than ",
        format(cells_in_memory, big.mark = ",", scientific = FALSE), " of data in blocks; of some observations the ",
        "raw ones are read_rows(blocks, from, to) - fit$W[from:to, ] %*% fit$H, with blocks from nmf_blocks(), and ",
        "check_model() goes through all.")
}

# Data sets like these, drawn from the model, are as large as they are.
data_to_draw <- function(data, unasked) {
  if (data$facts$stored <= cells_in_memory) return(source_in_memory(data))
  if (!unasked) {
    abort("argument", "`n_runs` must be 0 for data in blocks that do not fit memory, for data sets are drawn that are ",
          "as large.")
  }
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
        block <<- block_of(blocks, b)
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
  zeros <- prod(dim(data)) - blocks$facts$positive
  if (!is.null(table) && !is_by_row(family)) return(list(v = c(0, table$values) / unit, n = c(zeros, table$counts)))
  function(f) {
    total <- 0
    check_kept(blocks)
    for (b in seq_along(blocks$offsets)) {
      X <- block_of(blocks, b)
      if (is_by_row(family) && !length(values_of(X))) next
      alpha <- if (is_by_row(family)) parameter_of(family)[blocks$from[b] + stored_rows(X)]
      own <- values_of(X)
      rest <- if (is.null(alpha)) length(X) - length(own) # zeros add nothing to a sum over alphas
      total <- total + f(list(v = c(own / unit, 0[!is.null(rest)]), n = c(rep(1, length(own)), rest), alpha = alpha))
    }
    total
  }
}

# The positive cells of all data, or of each observation: each value, how often it occurs, and the row.
counts_on_disk <- function(data, of_data) {
  blocks <- data$values
  table <- blocks$facts$table
  if (of_data && !is.null(table)) return(c(table, list(row = rep(1L, length(table$values)))))
  check_kept(blocks)
  of_block <- lapply(seq_along(blocks$offsets), function(b) {
    X <- block_of(blocks, b)
    row <- if (of_data) rep(1L, length(values_of(X))) else as.integer(blocks$from[b]) + stored_rows(X)
    seen <- values_of(X) > 0
    x <- values_of(X)[seen]
    row <- row[seen]
    order <- order(row, x)
    x <- x[order]
    row <- row[order]
    first <- if (length(x)) c(TRUE, diff(x) != 0 | diff(row) != 0) else logical()
    list(values = x[first], counts = as.double(diff(c(which(first), length(x) + 1))), row = row[first])
  })
  lapply(c(values = "values", counts = "counts", row = "row"), function(part) unlist(lapply(of_block, `[[`, part)))
}
