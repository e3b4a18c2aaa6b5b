# The likelihood of a parameter of the noise, less log det I(W, H) / 2 (Cox and Reid 1987): a function of fits of one
# model at other values of it. The fit `from` has its plain log-likelihood; elsewhere, with the leverages h,
# -log det I = sum(h log Var(mu)) changes as the mean of what the leverages of both fits make of the change of log
# Var(mu)
# at their means (the trapezium rule).
adjusted_likelihood <- function(from, data) {
  if (is_scaled(from$model$family)) adjusted_in_power(from, data) else adjusted_in_alpha(from, data)
}

# log Var(mu) = log sigma2 + p log mu, of which sum(h) = D for the first and one more sum are all that is needed. At its
# maximum in sigma2 the dispersion has n - D degrees of freedom. All in the units of the core.
adjusted_in_power <- function(from, data) {
  unit <- measured(data)$facts$unit
  leverages <- function(fit) {
    power <- fit$model$family$power
    of <- function(mu, rows) list(ifelse(mu > 0, log(mu / unit), 0), array(1, dim(mu)))
    variance <- function(mu, rows) (mu / unit)^power
    mean_weight(data) * colSums(leverage_sums(fit, moving_parameters(fit), variance, data, of))
  }
  at <- leverages(from)
  cells <- count_values(data, from$model$family, unit)
  own <- function(fit) own_dispersion(fit, fit$run$in_units$sigma2)
  first <- own(from)
  offset <- NULL
  function(other) {
    sigma2 <- own(other)
    step <- other$model$family$power - from$model$family$power
    value <- function(fit, sigma2, change) {
      deviance <- fit$run$in_units$deviance
      log_likelihood(cells, fit$model$family, deviance, sigma2) + at[2] * log(sigma2 / first) / 2 + change
    }
    if (is.null(offset)) offset <<- from$run$in_units$logLik - value(from, first, 0)
    offset + value(other, sigma2, if (step == 0) 0 else step * (leverages(other)[1] + at[1]) / 4)
  }
}

adjusted_in_alpha <- function(from, data) {
  change <- function(fit, alpha) {
    first <- rep_len(from$model$family$alpha, nrow(data))
    alpha <- rep_len(alpha, nrow(data))
    own <- rep_len(fit$model$family$alpha, nrow(data))
    variance <- function(mu, rows) mu + mu^2 / own[rows]
    mean_weight(data) * sum(leverage_sums(fit, moving_parameters(fit), variance, data, function(mu, rows) {
      list(log((1 + mu / alpha[rows]) / (1 + mu / first[rows])))
    }))
  }
  function(other) {
    alpha <- other$model$family$alpha
    other$logLik + (change(from, alpha) + change(other, alpha)) / 4
  }
}
