# Whether a parameter of the noise differs between observations.

# A parameter of each observation has N values, and a criterion that charges for each of them is blind to differences
# that are there. With log alpha_i ~ Normal(m, s^2) there is one more parameter, s, and the likelihood of an observation
# is the integral of L_i(alpha) over its distribution. L_i is that of noise_likelihood(), at the means of the common
# alpha. `gain` is twice the logarithm of the ratio of the largest to that at s = 0; one parameter of the noise is
# charged log n, as in noise_penalty().
noise_varies <- function(fit, data) {
  centre <- log(parameter_of(fit$model$family))
  if (!is.finite(centre)) return(list(gain = 0, spread = 0, charge = log(fit$nobs)))
  at <- centre + seq(-5, 5, by = 0.5)
  likelihood <- likelihood_of_rows(fit, data, exp(at))
  fine <- centre + seq(-5, 5, by = 0.05)
  likelihood <- apply(likelihood, 1, function(y) stats::spline(at, y, xout = fine)$y)
  common <- max(rowSums(likelihood))
  top <- apply(likelihood, 2, max)
  relative <- exp(t(likelihood) - top)
  ends <- (fine[-1] + fine[-length(fine)]) / 2
  mixed <- function(middle, spread) {
    share <- diff(c(0, stats::pnorm(ends, middle, spread), 1))
    sum(log(pmax(relative %*% share, .Machine$double.xmin)) + top)
  }
  best <- function(spread) stats::optimize(mixed, centre + c(-3, 3), spread = spread, maximum = TRUE)$objective
  spreads <- 2^seq(-4, 2, by = 0.5)
  values <- vapply(spreads, best, 0)
  list(gain = 2 * max(0, values - common), spread = spreads[which.max(values)], charge = log(fit$nobs))
}

# Adjusted log-likelihood of each observation (row) at each of some values of the parameter (column).
likelihood_of_rows <- function(fit, data, values) {
  leverages <- leverages_of(fit, data)
  unit <- mean_weight(data)
  cells_of <- cells_reader(fit, data)
  families <- lapply(values, function(value) with_parameter(fit$model$family, value))
  do.call(rbind, lapply(row_blocks(dim(data)), function(rows) {
    cells <- cells_of(rows)
    h <- leverages$of_rows(rows)[cells$at]
    weight <- (beside_rows(data, rows)$weights %||% array(1, c(length(rows), ncol(data))))[cells$at]
    vapply(families, function(family) {
      variance <- family$variance(cells$mean, 1)
      taken <- ifelse(h > 0 & variance > 0, h * log(variance), 0) / 2
      each <- weight * cell_log_likelihood(cells$v, cells$mean, family, 1) + unit * taken
      as.vector(rowsum(c(each, numeric(length(rows))), c(cells$row, rows)))
    }, numeric(length(rows)))
  }))
}
