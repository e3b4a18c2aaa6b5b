# Data drawn anew, for resampling.

# Multinomial counts with each observation's total and frequencies. Zeros and missing cells stay, so dense and sparse
# data go the same way.
draw_counts <- function(data) {
  if (in_blocks(data)) return(drawn_blocks(data, function(own, rows) draw_counts(own)))
  X <- data$values
  x <- values_of(X)
  drawn <- which(counting(data) > 0)
  for (cells in split(drawn, stored_rows(X)[drawn])) x[cells] <- stats::rmultinom(1, sum(x[cells]), x[cells])
  new_source(with_values(X, x), data$weights, data$offset)
}

# Cells of these means in these rows; where a fit is exact there is no noise.
draw_cells <- function(fit, rows, mu) {
  check_dispersion(fit)
  if (has_no_noise(fit)) mu else family_of_rows(fit$model$family, rows)$random(mu, fit$sigma2)
}

has_no_noise <- function(fit) isTRUE(fit$sigma2 == 0)

check_noise_left <- function(fit, what) {
  if (!has_no_noise(fit)) return(invisible())
  abort("data", "the model must leave noise, which tells ", what, ", but the fit is exact; a lower rank does, if the ",
        "data have noise.")
}

# A dispersion that has become 0 or infinite in the user's units says nothing.
check_dispersion <- function(fit) {
  lost <- is.infinite(fit$sigma2) || (has_no_noise(fit) && !isTRUE(fit$exact))
  if (lost) abort("data", "the dispersion of the fit is beyond the numbers of a double; fit `V` in another unit.")
}

# Data like those of a fit under it, negative ones put to zero. What is missing stays, and what is sparse.
draw_from <- function(fit, data) {
  if (in_blocks(data)) return(drawn_blocks(data, function(own, rows) drawn_in_memory(fit_of_rows(fit, rows), own)))
  drawn <- drawn_in_memory(fit, data)
  if (!any(counting(drawn) > 0)) {
    abort("data", "all cells of data drawn from the fit are zero: its means, ",
          format(sum(colSums(fit$W) * rowSums(fit$H)), digits = 2), " in all, are too small to draw from.")
  }
  drawn
}

drawn_in_memory <- function(fit, data) {
  cells_of <- cells_reader(fit, data)
  draw <- function(cells) pmax(draw_cells(fit, cells$row, cells$mean), 0)
  if (is_sparse(data)) return(sparse_draw(data, cells_of, draw))
  values <- data$values
  for (rows in row_blocks(dim(data))) {
    cells <- cells_of(rows)
    of_block <- values[rows, , drop = FALSE]
    of_block[cells$at] <- draw(cells)
    values[rows, ] <- of_block
  }
  new_source(values, data$weights, data$offset)
}

# Block after block, each with a seed of its own.
drawn_blocks <- function(data, draw) {
  seed <- draw_seed()
  changed_blocks(data, change = function(own, from) {
    with_seed(seed_of_start(seed, findInterval(from - 1, data$values$from)), draw(own, from - 1 + seq_len(nrow(own))))
  })
}

# What a fit knows of some observations, as a fit to these alone; what their data are is not in it.
fit_of_rows <- function(fit, rows) {
  fit$W <- fit$W[rows, , drop = FALSE]
  fit$model$family <- family_of_rows(fit$model$family, rows)
  if (!is.null(fit$offset)) fit$offset <- fit$offset[rows, , drop = FALSE]
  fit
}

sparse_draw <- function(data, cells_of, draw) {
  parts <- lapply(row_blocks(dim(data)), function(rows) {
    cells <- cells_of(rows)
    x <- draw(cells)
    here <- which(x > 0)
    list(row = as.integer(cells$row[here]), column = as.integer(cells$column[here]), x = as.double(x[here]))
  })
  of <- function(name) unlist(lapply(parts, `[[`, name), use.names = FALSE)
  X <- Matrix::sparseMatrix(of("row"), of("column"), x = of("x"), dims = dim(data), dimnames = dimnames(data))
  if (is.null(data$weights)) return(new_source(X))
  own <- which(data$weights != 1)
  stored <- with_stored(X, NULL, stored_cells(data$values)[own])
  stored$weights[stored$at] <- data$weights[own]
  missing <- data$weights[own] == 0
  stored$X@x[stored$at[missing]] <- data$values@x[own][missing]
  new_source(stored$X, stored$weights)
}
