# The log-likelihood of single cells, and their score where they were held out.

# Minus the log-likelihood of each cell, or half its deviance where the data as a whole have none under this family. Of
# fits that are exact, or nearly, all that tell a held-out cell to four digits are as good: the last digits of a double
# are no evidence.
cell_score <- function(v, mu, family, sigma2, counts) {
  exact <- family$has_dispersion && isTRUE(sigma2 < least_dispersion(family, mu, error = 1e-6))
  if (exact) sigma2 <- least_dispersion(family, mu, error = 1e-4)
  if (family$discrete && !counts) return(half_deviance_cpp(v, mu, core_family(family, length(v))))
  if (counts) -cell_log_likelihood(v, mu, family, sigma2) else -comparable_log_likelihood(v, mu, family, sigma2)
}

# log f(v; mu) = log f(v; v) - d(v; mu) / (2 sigma2).
cell_log_likelihood <- function(v, mu, family, sigma2) {
  if (isTRUE(sigma2 == 0)) sigma2 <- least_dispersion(family, mu)
  saturated <- family$log_saturated(v, sigma2)
  if (anyNA(saturated)) {
    if (is.null(family$power)) abort("model", family$label, " noise has no likelihood to score observations by.")
    check_installed("tweedie", "The log-likelihood of a Tweedie power above 2")
  }
  saturated - half_deviance_cpp(v, mu, core_family(family, length(v))) / sigma2
}

# A zero among data that are not counts has a probability under Tweedie noise, with which no density compares: which of
# the two is larger is a question of the unit. Normal noise gives it the probability of no more than zero, as in a
# censored regression (Tobin 1958, Econometrica 26, 24-36).
comparable_log_likelihood <- function(v, mu, family, sigma2) {
  value <- cell_log_likelihood(v, mu, family, sigma2)
  zero <- which(v == 0 & !is.na(value))
  if (!length(zero) || !has_density_at_zero(family)) return(value)
  if (isTRUE(sigma2 == 0)) sigma2 <- least_dispersion(family, mu)
  replace(value, zero, log(pmax(family$distribution(0, mu[zero], sigma2), .Machine$double.xmin)))
}

has_density_at_zero <- function(family) !family$discrete && is.null(family$zero)
