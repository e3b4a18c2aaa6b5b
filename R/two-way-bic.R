# BIC in which a parameter is charged by the cells that inform it.

# -2 log L + K N log M + K M log N for traditional models, the first two terms of Laplace's approximation (Pauler 1998):
# M cells inform a weight of an observation, N an entry of a component, and n those of all a parameter of the noise.
two_way_bic <- function(fit, data) {
  parameters <- parameters_of_means(fit)
  cells <- fit$nobs / c(nrow(fit$W), ncol(fit$H))
  -2 * (fit$logLik + gain_of_zeros(fit, data)) + sum(parameters * log(cells)) + noise_penalty(fit)
}

# Of weights and of components. Those of a convex model are made of the data, E'V, and follow their noise beside the
# entries of the encoder: a mean moves with its own cell by (D'E')_ii at once, M tr(D'E') degrees of freedom in all (Ye
# 1998, Journal of the American Statistical Association 93, 120-131). With the entries these are nearly as many as in
# the traditional model, to which a tie belongs, so that it is charged for as many.
parameters_of_means <- function(fit) c(weights = length(fit$W), components = length(fit$H))

# log n for each parameter of the noise, where n is the number of cells that it is estimated from: all, or those of its
# observation.
noise_penalty <- function(fit) {
  family <- fit$model$family
  n <- n_parameters(family)
  if (n > 1) n * log(fit$nobs / n) else (n + family$has_dispersion) * log(fit$nobs)
}

# How much the comparable log-likelihood of a fit is above its own.
gain_of_zeros <- function(fit, data) {
  family <- fit$model$family
  if (!has_density_at_zero(family) || has_counts(data) || is.na(fit$logLik)) return(0)
  cells_of <- cells_reader(fit, data)
  gains <- vapply(row_blocks(dim(data)), function(rows) {
    cells <- cells_of(rows)
    zero <- cells$v == 0
    if (!any(zero)) return(0)
    weight <- (beside_rows(data, rows)$weights %||% array(1, c(length(rows), ncol(data))))[cells$at]
    at_zeros <- function(likelihood) likelihood(cells$v[zero], cells$mean[zero], family, fit$sigma2)
    sum(weight[zero] * (at_zeros(comparable_log_likelihood) - at_zeros(cell_log_likelihood)))
  }, 0)
  sum(gains)
}
