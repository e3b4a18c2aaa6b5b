# Data drawn anew, for resampling.

# Multinomial counts with each observation's total and frequencies. Zeros and missing cells stay, so dense and sparse
# data go the same way.
draw_counts <- function(data) {
  X <- data$values
  x <- values_of(X)
  drawn <- which(counting(data) > 0)
  for (cells in split(drawn, stored_rows(X)[drawn])) x[cells] <- stats::rmultinom(1, sum(x[cells]), x[cells])
  new_source(with_values(X, x), data$weights, data$offset)
}

# Cells of these means; where a fit is exact there is no noise.
draw_cells <- function(fit, index, mu = means_at(fit, index)) {
  check_dispersion(fit)
  if (has_no_noise(fit)) mu else family_at(fit, index)$random(mu, fit$sigma2)
}

has_no_noise <- function(fit) isTRUE(fit$sigma2 == 0)

# A dispersion that has become 0 or infinite in the user's units says nothing.
check_dispersion <- function(fit) {
  lost <- is.infinite(fit$sigma2) || (has_no_noise(fit) && !isTRUE(fit$exact))
  if (lost) abort("data", "the dispersion of the fit is beyond the numbers of a double; fit `V` in another unit.")
}

# Data like those of a fit under it. What is missing stays; sparse data with weights are made dense.
draw_from <- function(fit, data) {
  index <- observed_cells(fit)
  drawn <- pmax(draw_cells(fit, index), 0)
  dense <- with_drawn(data, index, drawn)
  if (!is_sparse(data) || !is.null(data$weights)) return(dense)
  # general first: where all cells are tiny, any square matrix would be called symmetric
  new_source(as_plain_sparse(methods::as(dense$values, "generalMatrix")))
}
