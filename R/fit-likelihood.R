# The complete log-likelihood of a fit, its dispersion and its numbers of parameters.

# Dispersion, complete log-likelihood and numbers of parameters.
add_likelihood <- function(fit, data, settings) {
  family <- fit$model$family
  cells <- count_values(data, family)
  dispersion <- estimate_dispersion(fit, data, cells, settings)
  fit$sigma2 <- dispersion$sigma2
  fit$dispersion <- dispersion$method
  fit$logLik <- log_likelihood(cells, family, fit$deviance, fit$sigma2)
  fit$df <- count_parameters(fit$model, nrow(data), ncol(data))
  fit
}

# Everything a log-likelihood needs to know of V besides its deviance: the values of its cells and how often each occurs
# (with the alpha of its observation where alphas differ), or its weight.
count_values <- function(data, family) {
  x <- values_of(data$values)
  weights <- as.vector(data$weights)
  alpha <- if (is_by_row(family)) parameter_of(family)[stored_rows(data$values)]
  if (!is.null(alpha) || !is.null(weights)) {
    keep <- if (is.null(weights)) TRUE else weights > 0
    zeros <- if (is.null(alpha)) prod(dim(data)) - length(x)  # those not stored; they add nothing to a sum over alphas
    return(list(v = c(x[keep], 0[!is.null(zeros)]), n = c((weights %||% rep(1, length(x)))[keep], zeros),
                alpha = alpha[keep]))
  }
  runs <- count_values_cpp(x)
  list(v = c(0, runs$values), n = c(prod(dim(data)) - sum(runs$counts), runs$counts))
}

# log f(V) = -deviance / (2 sigma2) + sum log f(v; mu = v).
log_likelihood <- function(cells, family, deviance, sigma2) {
  if (family$discrete && !whole_numbers_cpp(cells$v)) return(NA_real_)
  if (sigma2 == 0) return(Inf)                           # a density at an exact fit
  here <- cells$n > 0
  if (!is.null(cells$alpha)) family <- with_parameter(family, cells$alpha)
  saturated <- family$log_saturated(cells$v[here], sigma2)
  if (anyNA(saturated)) {                                # a quasi family has no density and no power
    if (!is.null(family$power)) {
      message("The log-likelihood of ", family$label, " noise with power ", number_text(family$power),
              " needs the package tweedie.")
    }
    return(NA_real_)
  }
  sum(cells$n[here] * saturated) - deviance / (2 * sigma2)
}

estimate_dispersion <- function(fit, data, cells, settings) {
  family <- fit$model$family
  size <- total_weight(data)
  if (!family$has_dispersion) return(list(sigma2 = 1, method = "fixed"))
  if (family$least_squares) return(list(sigma2 = fit$deviance / size, method = "mean squared residual"))
  pearson <- pearson_cpp(data, core_family(family, nrow(data)), fit$W, fit$H, settings$threads) / size
  method <- settings$control$dispersion
  if (method == "auto") method <- if (is_mostly_zero(data)) "ml" else "pearson"
  if (method == "ml" && pearson > 0) {
    sigma2 <- maximise_dispersion(cells, family, fit$deviance, pearson)
    if (!is.na(sigma2)) return(list(sigma2 = sigma2, method = "ml"))
    method <- "pearson"                                  # no density, so no maximum likelihood either
  }
  list(sigma2 = pearson, method = "pearson")
}

# Profile likelihood of sigma2 on its log: a coarse grid first, for near p = 1 the density of counts has ripples.
maximise_dispersion <- function(cells, family, deviance, near) {
  profile <- function(log_sigma2) {
    value <- suppressMessages(log_likelihood(cells, family, deviance, exp(log_sigma2)))
    if (is.finite(value)) value else -.Machine$double.xmax
  }
  grid <- log(near) + seq(-3, 3, by = 0.25)
  value <- vapply(grid, profile, 0)
  if (max(value) == -.Machine$double.xmax) return(NA_real_)
  best <- which.max(value)
  exp(stats::optimize(profile, grid[c(max(1, best - 1), min(length(grid), best + 1))], maximum = TRUE,
                      tol = 1e-6)$maximum)
}

# The two conventions of nmf_control(df = ).
count_parameters <- function(model, N, M) {
  K <- model$rank
  family <- model$family
  parameters <- n_parameters(family)
  lines <- c(N, M)[structure_of(model)$margins]
  c(paper = lines[1] * K + lines[2] * (K - 1) + parameters,
    identifiable = sum(lines) * K - K + is_estimated(family) * parameters + family$has_dispersion)
}
