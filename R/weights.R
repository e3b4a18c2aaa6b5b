# Cells that do not count alike: missing cells, weights and offsets. The core takes them as numbers beside the stored
# cells of X. A missing cell is one of weight 0; whatever its value was, the mean of rows and columns stands there, so
# that starts, scales and convex features, which look at X alone, can be made.

# Nothing beside X.
all_alike <- list(weights = NULL, offset = NULL)

# X without missing values, and what is beside it. `weights` and `offset` are as the user gave them.
weigh_cells <- function(X, weights = NULL, offset = NULL, obs = "rows", arg = "V") {
  if (is.null(weights) && is.null(offset) && !anyNA(values_of(X))) return(list(X = X, beside = all_alike))
  if (!is.null(weights)) weights <- beside_data(weights, "weights", X, obs)
  if (!is.null(offset)) {
    offset <- beside_data(offset_matrix(offset, X, obs), "offset", X, obs)
    X <- as.matrix(X)
  }
  if (methods::is(X, "sparseMatrix")) {
    cells <- sparse_weights(X, weights)
  } else {
    if (!is.null(offset)) offset <- as.matrix(offset)
    impossible <- if (!is.null(offset)) which(offset == 0)
    if (any(X[impossible] > 0, na.rm = TRUE)) {
      abort("data", "`", arg, "` must be 0 where `offset` is, but is not, ",
            first_bad_cell(X, impossible[which(X[impossible] > 0)]), ".")
    }
    cells <- list(X = X, weights = if (is.null(weights)) array(1, dim(X)) else unname(as.matrix(weights)))
    cells$weights[c(which(is.na(X)), impossible)] <- 0
    if (length(impossible)) offset[impossible] <- 1
  }
  if (all(cells$weights == 1)) cells$weights <- NULL
  beside <- list(weights = cells$weights, offset = offset)
  missing <- which(cells$weights == 0)
  if (length(missing)) cells$X <- fill_missing(cells$X, missing, independent_means(cells$X, beside), offset)
  list(X = cells$X, beside = beside)
}

beside_data <- function(x, arg, X, obs) {
  x <- as_data(x, obs, arg)
  if (!identical(dim(x), dim(X))) {
    abort("data", "`", arg, "` must have the shape of `V`, ", by_dim(given_dim(X, obs)), ", not ",
          by_dim(given_dim(x, obs)), ".")
  }
  x
}

given_dim <- function(X, obs) if (obs == "columns") rev(dim(X)) else dim(X)

# One offset for each feature stands for those of all observations.
offset_matrix <- function(offset, X, obs) {
  if (!is.null(dim(offset))) return(offset)
  if (!is.numeric(offset) || length(offset) != ncol(X)) {
    abort("data", "`offset` must be a matrix like `V` or have a number for each of the ", ncol(X), " features, not ",
          shown(offset), ".")
  }
  offset <- matrix(offset, nrow(X), ncol(X), byrow = TRUE)
  if (obs == "columns") t(offset) else offset
}

# X with every cell stored whose weight is not 1, and the weights of its stored cells.
sparse_weights <- function(X, weights) {
  if (is.null(weights)) return(list(X = X, weights = ifelse(is.na(X@x), 0, 1)))
  own <- stored_cells(X)
  other <- if (methods::is(weights, "sparseMatrix")) {
    setdiff(seq_len(length(X)), stored_cells(weights)[weights@x == 1])
  } else {
    which(weights != 1)
  }
  stored <- sort(union(own, other))
  values <- numeric(length(stored))
  values[match(own, stored)] <- X@x
  omega <- rep(1, length(stored))
  omega[match(other, stored)] <- as.numeric(weights[other])
  omega[is.na(values)] <- 0
  full <- Matrix::sparseMatrix(i = row_of(stored, nrow(X)), x = values, dims = dim(X), dimnames = dimnames(X),
                               p = cumsum(c(0, tabulate(column_of(stored, nrow(X)), ncol(X)))))
  list(X = full, weights = omega)
}

# Linear indices of the stored cells of a sparse X, and the row and the column of cells with such indices.
stored_cells <- function(X) rep.int(seq_len(ncol(X)) - 1, diff(X@p)) * nrow(X) + X@i + 1
row_of <- function(cell, N) (cell - 1) %% N + 1
column_of <- function(cell, N) (cell - 1) %/% N + 1

# Means r_i c_j by Poisson likelihood of the cells that count: r and c in turn have the observed totals.
independent_means <- function(X, beside) {
  weights <- beside$weights
  x <- counting(X, beside)
  seen <- with_values(X, x * weights)
  totals <- list(Matrix::rowSums(seen), Matrix::colSums(seen))
  if (methods::is(X, "sparseMatrix")) {
    cells <- list(values = X, weights = weights)
    by_row <- function(c) exposure_cpp(cells, c, TRUE)
    by_column <- function(r) exposure_cpp(cells, r, FALSE)
  } else {
    exposure <- weights * (beside$offset %||% 1)
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

# `means` gives the mean of cells by their row and column, before the offset.
fill_missing <- function(X, missing, means, offset = NULL) {
  cells <- if (methods::is(X, "sparseMatrix")) stored_cells(X)[missing] else missing
  x <- values_of(X)
  x[missing] <- means(row_of(cells, nrow(X)), column_of(cells, nrow(X))) * (if (is.null(offset)) 1 else offset[cells])
  with_values(X, x)
}

# Observations and features of which no cell counts.
without_cells <- function(X, beside) {
  if (is.null(beside$weights)) return(list(integer(), integer()))
  missing <- with_values(X, as.numeric(beside$weights == 0))
  list(which(Matrix::rowSums(missing) == ncol(X)), which(Matrix::colSums(missing) == nrow(X)))
}

# A model has no means for them.
check_coverage <- function(X, beside) {
  lost <- without_cells(X, beside)
  margin <- which(lengths(lost) > 0)[1]
  if (is.na(margin)) return(invisible())
  at <- lost[[margin]][1]
  name <- dimnames(X)[[margin]][at]
  abort("data", "`V` must have a cell that counts in each observation and each feature, but ",
        c("observation ", "feature ")[margin], at, if (!is.null(name)) paste0(" (", dQuote(name, FALSE), ")"),
        " has missing cells or weights of 0 only; leave it out.")
}

# Features of a convex model are E'V, which needs a V without gaps: the means of the traditional Poisson model of the
# same rank, fitted to the cells that count, stand for what is missing. Where these cells do not determine it, a mean is
# kept within reach of that of its row and column.
complete_data <- function(X, model, settings) {
  missing <- which(settings$beside$weights == 0)
  if (model$structure != "convex" || !length(missing)) return(X)
  own <- settings
  own$fixed <- NULL
  poisson <- fit_poisson(X, new_model("traditional", nmf_poisson(), model$rank), own)
  level <- independent_means(X, settings$beside)
  fill_missing(X, missing, function(row, column) {
    within_reach(rowSums(poisson$W[row, , drop = FALSE] * t(poisson$H)[column, , drop = FALSE]), level(row, column))
  })
}

# Means no further than a factor of 30 from those of their row and column.
within_reach <- function(mu, level) pmin(pmax(mu, level / 30), level * 30)

# Values of the stored cells, 0 for those that do not count.
counting <- function(X, beside) {
  x <- values_of(X)
  if (is.null(beside$weights)) x else ifelse(beside$weights > 0, x, 0)
}

# Linear indices of the missing cells in the N x M data; NULL when there are none.
missing_cells <- function(X, beside) {
  missing <- which(beside$weights == 0)
  if (!length(missing)) return(NULL)
  if (methods::is(X, "sparseMatrix")) stored_cells(X)[missing] else missing
}

total_weight <- function(X, beside) {
  if (is.null(beside$weights)) prod(dim(X)) else prod(dim(X)) + sum(beside$weights - 1)
}

dense_weights <- function(beside, X) {
  if (!methods::is(X, "sparseMatrix")) return(beside$weights)
  unname(as.matrix(with_values(X, beside$weights - 1))) + 1
}

# Beside `change(X)`, which picks or moves cells of X.
change_beside <- function(beside, X, change) {
  weights <- beside$weights
  if (!is.null(weights)) {
    weights <- values_of(change(with_values(X, weights + 1))) - 1  # without zeros, which might be dropped
  }
  list(weights = if (!is.null(weights)) unname(weights), offset = if (!is.null(beside$offset)) change(beside$offset))
}

# X with other values in its stored cells.
with_values <- function(X, x) {
  if (methods::is(X, "sparseMatrix")) X@x <- x else X[] <- x
  X
}
