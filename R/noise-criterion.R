# The likelihood by which noise families are compared at the same rank.

# Fitted means take up noise, the more the smaller the variance that the family gives to a cell. With the likelihood
# integrated over the parameters of the means (Laplace), log L - log |X' Omega X| / 2 remains of what differs between
# families: the adjusted profile likelihood of Cox and Reid (1987). With the leverages h of the cells, the change of the
# second term from one variance to another is the integral of sum(h dlog Var) / 2 on the way, by the trapezium rule of
# the leverages at both ends. It is taken from the fit `from`, a Poisson one whose variance is mu times its dispersion:
# leverages differ between fits, and so does their sum, which must not count by the size of log Var. Its maximum over
# sigma2 is Pearson's statistic over the degrees of freedom that are left. Counts have probabilities under continuous
# families too, those of v - 1/2 to v + 1/2, as the density at whole numbers grows without bound when a Tweedie power
# goes to 1.
noise_likelihood <- function(fit, data, from = fit) {
  if (fit$model$family$discrete && !has_counts(data)) return(list(logLik = NA_real_))
  fit$model$family <- adjusted_noise(fit$model$family, fit, data)
  own <- noise_cells(fit, data)
  other <- noise_cells(from, data)
  family <- fit$model$family
  sigma2 <- if (family$has_dispersion) own$dispersion() else 1
  reference <- other$dispersion()
  likelihood <- if (family$discrete) cell_log_likelihood else
    if (has_counts(data)) log_of_rounded else comparable_log_likelihood
  unit <- mean_weight(data)
  parts <- vapply(row_blocks(dim(data)), function(rows) {
    cells <- own$of(rows)
    first <- other$of(rows)
    change <- taken_up(cells$family$variance(cells$mean, sigma2), first$family$variance(first$mean, 1) * reference,
                       (cells$h + first$h) / 2)
    sum(cells$weight * likelihood(cells$v, cells$mean, cells$family, sigma2)) + unit * change
  }, 0)
  list(logLik = sum(parts), sigma2 = sigma2, alpha = family$alpha)
}

# The cells of some observations of a fit, with their leverages and weights, and Pearson's dispersion over all.
noise_cells <- function(fit, data) {
  leverages <- leverages_of(fit, data)
  cells_of <- cells_reader(fit, data)
  unit <- mean_weight(data)
  of <- function(rows) {
    cells <- cells_of(rows)
    cells$h <- leverages$of_rows(rows)[cells$at]
    cells$weight <- (beside_rows(data, rows)$weights %||% array(1, c(length(rows), ncol(data))))[cells$at]
    cells$family <- family_of_rows(fit$model$family, cells$row)
    cells
  }
  dispersion <- function() {
    sums <- vapply(row_blocks(dim(data)), function(rows) {
      cells <- of(rows)
      variance <- cells$family$variance(cells$mean, 1)
      varies <- variance > 0
      c(sum((cells$weight * (cells$v - cells$mean)^2 / variance)[varies]), sum(cells$weight[varies]),
        least_dispersion(cells$family, cells$mean))
    }, numeric(3))
    left <- sum(sums[2, ]) - unit * leverages$total
    max(sum(sums[1, ]) / max(left, unit), max(sums[3, ]))
  }
  list(of = of, dispersion = dispersion)
}

# Without cells whose mean is zero.
taken_up <- function(variance, reference, h) {
  here <- h > 0 & variance > 0 & reference > 0
  sum(h[here] * log(variance[here] / reference[here])) / 2
}

# -2 log L with the penalty for the parameters of the noise. Lower is better; only for models with means of the same
# rank and structure, from the same fit.
noise_criterion <- function(fit, data, from = fit) -2 * noise_likelihood(fit, data, from)$logLik + noise_penalty(fit)

# It looks at every cell; data too large for that have the plain likelihood.
noise_or_bic <- function(fit, data, from) {
  if (prod(dim(data)) <= 1e8) noise_criterion(fit, data, from) else two_way_bic(fit, data)
}

# log P(v - 1/2 < V < v + 1/2), at zero of everything below. Where the peaks of a density are wide enough, its integral
# by Gauss and Legendre's rule has 6 digits or more, and takes the normalising constant once for each value. Where they
# are wider than 1e4 it is the density to 9 digits, and a difference of probabilities would lose more.
log_of_rounded <- function(v, mu, family, sigma2) {
  peak <- if (!is.null(family$peak)) family$peak(mu, sigma2)
  smooth <- if (is.null(peak)) rep(FALSE, length(v)) else v > 0 & peak > 0.1
  wide <- pmin(v, sqrt(family$variance(mu, sigma2)), peak %||% Inf) > 1e4
  value <- numeric(length(v))
  for (way in list(list(wide, cell_log_likelihood), list(smooth & !wide, log_of_integral),
                   list(!smooth & !wide, log_of_difference))) {
    value[way[[1]]] <- way[[2]](v[way[[1]]], mu[way[[1]]], family, sigma2)
  }
  value
}

log_of_integral <- function(v, mu, family, sigma2) {
  rule <- gauss_legendre(12)
  each <- sort(unique(v))
  of <- core_family(family, length(v))
  density <- function(at) {
    family$log_saturated(each + at, sigma2)[match(v, each)] - half_deviance_cpp(v + at, mu, of) / sigma2
  }
  terms <- vapply(seq_along(rule$at), function(i) density(rule$at[i]) + log(rule$weight[i]), numeric(length(v)))
  log_sum_of_rows(matrix(terms, length(v)))
}

log_sum_of_rows <- function(x) {
  largest <- x[cbind(seq_len(nrow(x)), max.col(x, "first"))]
  largest + log(rowSums(exp(x - largest)))
}

# Nodes within -1/2 and 1/2, and weights that sum to 1, from the eigenvalues of a matrix (Golub and Welsch 1969,
# Mathematics of Computation 23, 221-230).
gauss_legendre <- function(n) {
  k <- seq_len(n - 1)
  recurrence <- matrix(0, n, n)
  recurrence[cbind(k, k + 1)] <- recurrence[cbind(k + 1, k)] <- k / sqrt(4 * k^2 - 1)
  parts <- eigen(recurrence, symmetric = TRUE)
  list(at = parts$values / 2, weight = parts$vectors[1, ]^2)
}

# From the tail in which the probabilities keep their digits.
log_of_difference <- function(v, mu, family, sigma2) {
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
