# From what users have to the data that all work on: whatever holds cells is validated and converted here, once.

# The data, observations in rows, with the weights and the offset that the user gave beside them.
read_source <- function(V, obs = "rows", cell_weights = NULL, offset = NULL, arg = "V") {
  if (inherits(V, "nmf_source")) return(reweighted(V, cell_weights, offset, obs, arg))
  source_of(as_data(V, obs, arg, missing = TRUE), cell_weights, offset, obs, arg)
}

# The same of data that have been read; NA is a missing cell.
source_of <- function(X, cell_weights = NULL, offset = NULL, obs = "rows", arg = "V") {
  fill_source(beside_cells(X, cell_weights, offset, obs, arg))
}

# The data with what stands beside the cells, and NA where one is missing.
beside_cells <- function(X, cell_weights = NULL, offset = NULL, obs = "rows", arg = "V") {
  if (is.null(cell_weights) && is.null(offset) && !anyNA(values_of(X))) return(new_source(X))
  if (!is.null(cell_weights)) cell_weights <- beside_data(cell_weights, "cell_weights", X, obs)
  if (!is.null(offset)) {
    offset <- as.matrix(beside_data(offset_matrix(offset, X, obs), "offset", X, obs))
    X <- as.matrix(X)
  }
  if (is_sparse_matrix(X)) {
    cells <- sparse_weights(X, cell_weights)
    X <- cells$X
    weights <- cells$weights
    weights[is.na(X@x)] <- 0
  } else {
    impossible <- if (!is.null(offset)) which(offset == 0)
    if (any(X[impossible] > 0, na.rm = TRUE)) {
      abort("data", "`", arg, "` must be 0 where `offset` is, but is not, ",
            first_bad_cell(X, impossible[which(X[impossible] > 0)]), ".")
    }
    weights <- if (is.null(cell_weights)) array(1, dim(X)) else unname(as.matrix(cell_weights))
    weights[c(which(is.na(X)), impossible)] <- 0
    if (length(impossible)) offset[impossible] <- 1
  }
  new_source(X, if (any(weights != 1)) weights, offset)
}

# Data that a fit has kept, taken again: as they were, or with other weights or another offset.
reweighted <- function(source, cell_weights, offset, obs, arg) {
  if (is.null(cell_weights) && is.null(offset)) return(source)
  source_of(read_values(source), cell_weights, offset, obs, arg)
}

beside_data <- function(x, arg, X, obs) {
  x <- as_data(x, obs, arg)
  if (!identical(dim(x), dim(X))) {
    abort("data", "`", arg, "` must have the shape of `V`, ", by_dim(given_dim(X, obs)), ", not ",
          by_dim(given_dim(x, obs)), ".")
  }
  match_dimnames(x, dimnames(X), arg, "`V`")
}

given_dim <- function(X, obs) if (obs == "columns") rev(dim(X)) else dim(X)

# One offset for each feature stands for those of all observations.
offset_matrix <- function(offset, X, obs) {
  if (!is.null(dim(offset))) return(offset)
  offset <- as_doubles(offset, "offset")
  if (!is.numeric(offset) || length(offset) != ncol(X)) {
    abort("data", "`offset` must be a matrix like `V` or have a number for each of the ", ncol(X), " features, not ",
          shown(offset), ".")
  }
  offset <- matrix(offset, nrow(X), ncol(X), byrow = TRUE, dimnames = list(NULL, names(offset)))
  if (obs == "columns") t(offset) else offset
}

# X with every cell stored whose weight is not 1, and the weights of its stored cells.
sparse_weights <- function(X, weights) {
  if (is.null(weights)) return(list(X = X, weights = rep(1, length(X@x))))
  if (is_sparse_matrix(weights)) {            # a cell that is not stored there has the weight 0
    other <- setdiff(seq_len(length(X)), stored_cells(weights)[weights@x == 1])
  } else {
    other <- which(weights != 1)
  }
  stored <- with_stored(X, NULL, other)
  stored$weights[stored$at] <- as.numeric(weights[other])
  stored[c("X", "weights")]
}

# Any accepted input becomes a double matrix or a dgCMatrix, observations in rows. What is read in parts is put
# together.
as_data <- function(V, obs = "rows", arg = "V", missing = FALSE) {
  if (comes_in_parts(V)) whole_of(V, obs, arg) else as_cells(V, obs, arg, missing)
}

# Which margin of V holds the observations. Objects of single-cell packages hold them in columns unless told otherwise.
check_obs <- function(obs, V) {
  if (is_single_cell(V) && identical(obs, c("rows", "columns"))) return("columns")
  if (inherits(V, "nmf_blocks") && identical(obs, c("rows", "columns"))) return(V$obs)
  check_choice(obs, c("rows", "columns"), "obs")
}
