# The complete log-likelihood of a fit, its dispersion and its numbers of parameters.

# Dispersion, complete log-likelihood and numbers of parameters. Where V and mu have a free scale the likelihood is that
# of the data in the units of the core, for neither a square nor a power need be a double in those of the user: there
# sigma2 is times unit^(2 - p), and the densities are divided by the unit. `scaled` is the deviance in units. What is in
# units is kept, for a power that is estimated must not depend on the unit of the data.
add_likelihood <- function(fit, data, settings, scaled = fit$deviance / units_of(fit$model$family, data)) {
  family <- fit$model$family
  deviance <- if (is_scaled(family)) scaled else fit$deviance
  unit <- if (is_scaled(family)) measured(data)$facts$unit else 1
  cells <- count_values(data, family, unit)
  dispersion <- estimate_dispersion(fit, data, cells, deviance, settings)
  fit$sigma2 <- dispersion$sigma2 * units_of(family, data)
  fit$dispersion <- dispersion$method
  dense <- function(cells) sum(if (is.null(family$zero)) cells$n else cells$n[cells$v > 0])
  logLik <- log_likelihood(cells, family, deviance, dispersion$sigma2)
  fit$logLik <- logLik - log(unit) * sum_over(cells, dense)
  fit$run$in_units <- list(deviance = deviance, sigma2 = dispersion$sigma2, logLik = logLik)
  fit$df <- count_parameters(fit$model, nrow(data), ncol(data))
  fit
}

# The dispersion of a fit freed of what the means take up, if it is not yet.
own_dispersion <- function(fit, sigma2 = fit$sigma2) {
  if (!fit$model$family$has_dispersion || fit$control$adjust) return(sigma2)
  sigma2 / share_left(fit)
}

# The share of the degrees of freedom that the means have left. Weights of cells have any common scale, so that cells
# are
# counted as if they were 1 on average.
share_left <- function(fit) max(fit$nobs - directions_of(fit), 1) / fit$nobs

mean_weight <- function(data) {
  if (is.null(data$weights) && !in_blocks(data)) return(1)
  total_weight(data) / (prod(dim(data)) - length(missing_cells(data)))
}

# Whether V and mu may be counted in any unit; deviances are then in units to the power 2 - p.
is_scaled <- function(family) family$has_dispersion && is.numeric(family$axis) && !is.na(family$axis)
units_of <- function(family, data) if (is_scaled(family)) measured(data)$facts$unit^(2 - family$axis) else 1

# Everything a log-likelihood needs to know of V besides its deviance: the values of its cells and how often each occurs
# (with the alpha of its observation where alphas differ), or its weight. Values are in `unit`s. Of data on disk it may
# be a function, by which sum_over() goes through them.
count_values <- function(data, family, unit = 1) {
  if (in_blocks(data)) return(count_in_blocks(data, family, unit))
  cells <- values_in_memory(data, family)
  cells$v <- cells$v / unit
  cells
}

sum_over <- function(cells, f) if (is.function(cells)) cells(f) else f(cells)

values_in_memory <- function(data, family) {
  x <- values_of(data$values)
  weights <- as.vector(data$weights)
  alpha <- if (is_by_row(family)) parameter_of(family)[stored_rows(data$values)]
  keep <- if (is.null(weights)) TRUE else weights > 0
  if (!is.null(alpha) || any(weights[keep] != 1)) {
    zeros <- if (is.null(alpha)) prod(dim(data)) - length(x)  # those not stored; they add nothing to a sum over alphas
    return(list(v = c(x[keep], 0[!is.null(zeros)]), n = c((weights %||% rep(1, length(x)))[keep], zeros),
                alpha = alpha[keep]))
  }
  # Of least squares the density at mu = v is the same whatever v is.
  if (family$least_squares) return(list(v = 0, n = prod(dim(data)) - sum(!keep)))
  runs <- count_values_cpp(if (is.null(weights)) x else x[keep])
  list(v = c(0, runs$values), n = c(prod(dim(data)) - sum(!keep) - sum(runs$counts), runs$counts))
}

# log f(V) = -deviance / (2 sigma2) + sum log f(v; mu = v).
log_likelihood <- function(cells, family, deviance, sigma2) {
  if (family$discrete && sum_over(cells, function(cells) !whole_numbers_cpp(cells$v))) return(NA_real_)
  if (sigma2 == 0) return(Inf)                           # a density at an exact fit
  saturated <- sum_over(cells, function(cells) {
    here <- cells$n > 0
    if (!is.null(cells$alpha)) family <- with_parameter(family, cells$alpha)
    sum(cells$n[here] * family$log_saturated(cells$v[here], sigma2))
  })
  if (is.na(saturated)) {                                # a quasi family has no density and no power
    if (!is.null(family$power)) {
      message("The log-likelihood of ", family$label, " noise with power ", number_text(family$power),
              " needs the package tweedie.")
    }
    return(NA_real_)
  }
  saturated - deviance / (2 * sigma2)
}

estimate_dispersion <- function(fit, data, cells, deviance, settings) {
  family <- fit$model$family
  size <- total_weight(data)
  if (!family$has_dispersion) return(list(sigma2 = 1, method = "fixed"))
  if (fit$exact) return(list(sigma2 = 0, method = "exact fit"))
  left <- size * if (settings$control$adjust) share_left(fit) else 1
  if (family$least_squares) {
    method <- if (settings$control$adjust) "residual mean square" else "mean squared residual"
    return(list(sigma2 = deviance / left, method = method))
  }
  pearson <- pearson_cpp(data, core_family(family, nrow(data)), fit$W, fit$H, settings$threads) / left
  method <- settings$control$dispersion
  if (method == "auto") method <- if (is_mostly_zero(data)) "ml" else "pearson"
  if (method == "ml" && pearson > 0) {
    sigma2 <- maximise_dispersion(cells, family, deviance, pearson, size - left)
    if (!is.na(sigma2)) return(list(sigma2 = sigma2, method = "ml"))
    method <- "pearson"                                  # no density, so no maximum likelihood either
  }
  list(sigma2 = pearson, method = "pearson")
}

# Profile likelihood of sigma2 on its log, less log det I(W, H) / 2 as Var(mu) is a multiple of sigma2: a coarse grid
# first, for near p = 1 the density of counts has ripples.
maximise_dispersion <- function(cells, family, deviance, near, taken) {
  profile <- function(log_sigma2) {
    value <- suppressMessages(log_likelihood(cells, family, deviance, exp(log_sigma2))) + taken * log_sigma2 / 2
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

# Of an exact fit the last digits of a double are left, of which no density is infinite.
least_dispersion <- function(family, mu, error = .Machine$double.eps) {
  mu <- mu[mu > 0]
  error^2 * if (length(mu)) max(mu^2 / family$variance(mu, 1)) else 1
}

# How far above the least; exact fits, of an infinite density, are not told apart.
above_least <- function(x, least) ifelse(x == least, 0, x - least)
