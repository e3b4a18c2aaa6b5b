# Work on all cells by some observations at a time: its memory does not grow with N x M.

cells_at_once <- 3e5

row_blocks <- function(dim) {
  size <- max(1, floor(cells_at_once / dim[2]))
  unname(split(seq_len(dim[1]), (seq_len(dim[1]) - 1) %/% size))
}

# A function of rows that gives their cells, NA where one is missing. A sparse V is turned, so that its rows lie
# together.
rows_reader <- function(source) {
  if (in_blocks(source)) return(rows_on_disk(source$values))
  X <- read_values(source)
  if (!is_sparse(source)) return(function(rows) unname(X[rows, , drop = FALSE]))
  turned <- Matrix::t(X)
  function(rows) t(unname(as.matrix(turned[, rows, drop = FALSE])))
}

means_of_rows <- function(fit, rows) {
  mu <- unname(fit$W[rows, , drop = FALSE] %*% fit$H)
  if (is.null(fit$offset)) mu else mu * fit$offset[rows, , drop = FALSE]
}

# A function of rows that gives their cells that count: where they are, their values and means.
cells_reader <- function(fit, data) {
  read <- rows_reader(data)
  function(rows) {
    v <- read(rows)
    seen <- which(!is.na(v))
    list(at = seen, row = rows[row_of(seen, length(rows))], column = column_of(seen, length(rows)), v = v[seen],
         mean = means_of_rows(fit, rows)[seen])
  }
}
