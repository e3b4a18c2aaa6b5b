# The likelihood by which noise families are compared at the same rank.

# Fitted means take up noise, the more the smaller the variance that the family gives to a cell. With the likelihood
# integrated over the parameters of the means (Laplace), log L + sum h log Var(mu) / 2 remains of what differs between
# families: the adjusted profile likelihood of Cox and Reid (1987) with h the leverages of the cells, -log |X' Omega X|
# / 2 having the derivative sum h dlog Var / 2. Its maximum over sigma2 is Pearson's statistic over the degrees of
# freedom that are left. Counts have probabilities under continuous families too, those of v - 1/2 to v + 1/2, as the
# density at whole numbers grows without bound when a Tweedie power goes to 1.
noise_likelihood <- function(fit, data) {
  if (fit$model$family$discrete && !has_counts(data)) return(list(logLik = NA_real_))
  fit$model$family <- adjusted_noise(fit$model$family, fit, data)
  leverages <- leverages_of(fit, data)
  unit <- mean_weight(data)
  cells_of <- cells_reader(fit, data)
  family <- fit$model$family
  over_cells <- function(f, by = sum) {
    by(vapply(row_blocks(dim(data)), function(rows) {
      cells <- cells_of(rows)
      cells$h <- leverages$of_rows(rows)[cells$at]
      cells$weight <- (beside_rows(data, rows)$weights %||% array(1, c(length(rows), ncol(data))))[cells$at]
      f(cells, family_of_rows(family, cells$row))
    }, 0))
  }
  sigma2 <- 1
  if (family$has_dispersion) {
    varies <- function(cells, family) family$variance(cells$mean, 1) > 0
    pearson <- over_cells(function(cells, family) {
      sum((cells$weight * (cells$v - cells$mean)^2 / family$variance(cells$mean, 1))[varies(cells, family)])
    })
    left <- over_cells(function(cells, family) sum(cells$weight[varies(cells, family)])) - unit * leverages$total
    least <- over_cells(function(cells, family) least_dispersion(family, cells$mean), max)
    sigma2 <- max(pearson / max(left, unit), least)
  }
  as_it_is <- family$discrete || !has_counts(data)
  likelihood <- if (as_it_is) cell_log_likelihood else log_of_rounded
  value <- over_cells(function(cells, family) {
    sum(cells$weight * likelihood(cells$v, cells$mean, family, sigma2)) +
      unit * taken_up(family$variance(cells$mean, sigma2), cells$h)
  })
  list(logLik = value, sigma2 = sigma2, alpha = family$alpha)
}

# -2 log L with the penalty for the parameters of the noise. Lower is better; only for models with means of the same
# rank
# and structure.
noise_criterion <- function(fit, data) -2 * noise_likelihood(fit, data)$logLik + noise_penalty(fit)

# It looks at every cell; data too large for that have the plain likelihood.
noise_or_bic <- function(fit, data) if (prod(dim(data)) <= 1e8) noise_criterion(fit, data) else two_way_bic(fit)

# Without cells whose mean is zero.
taken_up <- function(variance, h) {
  here <- h > 0 & variance > 0
  sum(h[here] * log(variance[here])) / 2
}

# log P(v - 1/2 < V < v + 1/2), from the tail in which the probabilities keep their digits. At zero everything below
# counts.
log_of_rounded <- function(v, mu, family, sigma2) {
  value <- numeric(length(v))
  for (lower in c(TRUE, FALSE)) {
    at <- which((v <= mu) == lower)
    beyond <- family$distribution(v[at] + 0.5, mu[at], sigma2, lower)
    before <- family$distribution(pmax(v[at] - 0.5, 0), mu[at], sigma2, lower)
    before[v[at] == 0] <- as.numeric(!lower)
    value[at] <- log(pmax(abs(beyond - before), .Machine$double.xmin))
  }
  value
}
