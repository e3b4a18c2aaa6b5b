# Which likelihoods of the same data can stand beside each other.

# Probabilities of counts exist for whole numbers only, and where most cells are zero a density can exceed every
# probability. For each family `""`, or why its models stay out of a comparison: "not counts" or "density".
out_of_comparison <- function(families, source) {
  discrete <- vapply(families, function(family) family$discrete, NA)
  out <- stats::setNames(character(length(discrete)), names(discrete))
  if (!has_counts(source)) {
    out[discrete] <- "not counts"
  } else if (any(discrete) && is_mostly_zero(source)) {
    out[!discrete] <- "density"
  }
  out
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

has_counts <- function(source) whole_numbers_cpp(counting(source))

# Of models that the user has not named, those that these data allow and whose likelihood they define.
that_take <- function(models, source) {
  takes_offset <- vapply(models, function(model) is.null(source$offset) || structure_of(model)$offset, NA)
  models <- models[takes_offset]
  has_likelihood <- has_counts(source) | !vapply(models, function(model) model$family$discrete, NA)
  if (!all(has_likelihood)) {
    message("`V` is not made of counts: ", paste(names(models)[!has_likelihood], collapse = ", "),
            " have no likelihood there and are left out.")
  }
  models[has_likelihood]
}

not_counts_note <- paste("`V` is not made of counts, so that Poisson and Negative Binomial noise have no likelihood to",
                         "be compared by.")

density_note <- paste("Most cells are zero. The log-likelihoods of Normal and Tweedie models are densities, which can",
                      "exceed 1 there, so their BIC is not comparable with that of Poisson and Negative Binomial",
                      "models, which come first; look at the residuals.")
