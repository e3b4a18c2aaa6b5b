#' Noise families
#'
#' A noise family says how a cell \eqn{v} of the data varies about its mean \eqn{\mu}. It is one half of an
#' [nmf_model()]; the
#' other is the structure of \eqn{\mu}.
#'
#' | family | notation | variance | unit deviance \eqn{d(v; \mu)} |
#' |---|---|---|---|
#' | `nmf_normal()` | `N` | \eqn{\sigma^2} | \eqn{(v - \mu)^2} |
#' | `nmf_poisson()` | `Po` | \eqn{\mu} | \eqn{2 (v \log(v/\mu) - v + \mu)} |
#' | `nmf_tweedie()` | `TWp` | \eqn{\sigma^2 \mu^p} | \eqn{2 (v^b/(ab) - v \mu^a/a + \mu^b/b)} with \eqn{a=1-p, b=2-p} |
#' | `nmf_negbin()` | `NBalpha` | \eqn{\mu+\mu^2/\alpha} | \eqn{2(v\log(v/\mu) - c\log(c/(\mu+\alpha))), c=v+\alpha} |
#'
#' The Tweedie family is the beta-divergence with \eqn{\beta = 2 - p}. Power 0 is the Normal and power 1 the Poisson
#' family, and
#' the constructor returns those; powers in (0, 1) have no distribution. Powers of 2 and more need positive data.
#'
#' @param power Tweedie power \eqn{p}: 0, or a number of at least 1. `NULL` asks [nmf()] to estimate it (see
#'   [profile_power()]).
#' @param alpha Negative Binomial dispersion \eqn{\alpha} (the `size` of [stats::dnbinom()]): a positive number for all
#'   the data, or
#'   one for each observation. `NULL` asks [nmf()] to estimate one for the data, `"observation"` one for each
#'   observation (see
#'   [estimate_alpha()]).
#' @return An object of class `nmf_family`: a list of the `name`, the letters of the notation (`symbol`), the parameters
#'   `power`
#'   and `alpha` (`NULL` where they are to be estimated), the `source` of their values, and the functions `variance(mu,
#'   sigma2)`,
#'   `log_saturated(v, sigma2)` (log-density at \eqn{\mu = v}), `distribution(v, mu, sigma2, lower)` and `random(mu,
#'   sigma2)`.
#' @section Errors: `nmf_error_model` when a parameter is out of its range.
#' @references
#' Févotte and Idier (2011), Algorithms for nonnegative matrix factorization with the beta-divergence,
#' Neural Computation 23, 2421-2456, \doi{10.1162/NECO_a_00168}.
#'
#' Pelizzola, Laursen and Hobolth (2023), Model selection and robust inference of mutational signatures using Negative
#' Binomial
#' non-negative matrix factorization, BMC Bioinformatics 24, 187, \doi{10.1186/s12859-023-05304-1}.
#' @examples
#' nmf_tweedie(power = 1.5)
#' nmf_tweedie(power = 1)
#' nmf_negbin()
#' @name nmf_family
NULL

new_family <- function(name, symbol, label, variance, log_saturated, distribution, random,
                       power = NULL, alpha = NULL, source = NULL, discrete = FALSE) {
  structure(
    list(name = name, symbol = symbol, label = label, power = power, alpha = alpha, source = source,
         discrete = discrete,
         variance = variance, log_saturated = log_saturated, distribution = distribution, random = random),
    class = c(paste0("nmf_", name), "nmf_family")
  )
}

#' @rdname nmf_family
#' @export
nmf_normal <- function() {
  new_family(
    "normal", "N", "Normal",
    variance = function(mu, sigma2) rep_len(sigma2, length(mu)),
    log_saturated = function(v, sigma2) rep_len(-0.5 * log(2 * pi * sigma2), length(v)),
    distribution = function(v, mu, sigma2, lower = TRUE) stats::pnorm(v, mu, sqrt(sigma2), lower.tail = lower),
    random = function(mu, sigma2) stats::rnorm(length(mu), mu, sqrt(sigma2))
  )
}

#' @rdname nmf_family
#' @export
nmf_poisson <- function() {
  new_family(
    "poisson", "Po", "Poisson", discrete = TRUE,
    variance = function(mu, sigma2) mu,
    log_saturated = function(v, sigma2) stats::dpois(v, v, log = TRUE),
    distribution = function(v, mu, sigma2, lower = TRUE) stats::ppois(v, mu, lower.tail = lower),
    random = function(mu, sigma2) stats::rpois(length(mu), mu)
  )
}

#' @rdname nmf_family
#' @export
nmf_tweedie <- function(power = NULL) {
  if (!is.null(power)) {
    ok <- is_number(power) && is.finite(power) && (power == 0 || power >= 1)
    expect_arg(ok, "power", "0 or a number of at least 1 (no Tweedie distribution has a power in (0, 1))", power,
               "model")
    if (power == 0) return(nmf_normal())
    if (power == 1) return(nmf_poisson())
  }
  new_family(
    "tweedie", "TW", "Tweedie", power = power, source = if (!is.null(power)) "given",
    variance = function(mu, sigma2) sigma2 * mu^power,
    log_saturated = function(v, sigma2) log_saturated_tweedie(v, sigma2, power),
    distribution = function(v, mu, sigma2, lower = TRUE) distribution_tweedie(v, mu, sigma2, power, lower),
    random = function(mu, sigma2) random_tweedie(mu, sigma2, power)
  )
}

#' @rdname nmf_family
#' @export
nmf_negbin <- function(alpha = NULL) {
  if (!is.null(alpha) && !identical(alpha, "observation")) {
    ok <- is.numeric(alpha) && length(alpha) > 0 && !anyNA(alpha) && all(alpha > 0)
    expect_arg(ok, "alpha", "positive (one number, or one for each observation), or \"observation\"", alpha, "model")
    alpha <- as.double(alpha)
  }
  new_family(
    "negbin", "NB", "Negative Binomial", alpha = alpha, source = if (is.numeric(alpha)) "given", discrete = TRUE,
    variance = function(mu, sigma2) mu + mu^2 / alpha,
    log_saturated = function(v, sigma2) log_saturated_negbin(v, alpha),
    distribution = function(v, mu, sigma2, lower = TRUE) stats::pnbinom(v, size = alpha, mu = mu, lower.tail = lower),
    random = function(mu, sigma2) {
      # the Poisson-Gamma mixture, which has its limit at alpha = Inf
      finite <- rep_len(is.finite(alpha), length(mu))
      shape <- rep_len(alpha, length(mu))[finite]
      mu[finite] <- mu[finite] * stats::rgamma(length(shape), shape) / shape
      stats::rpois(length(mu), mu)
    }
  )
}

#' @export
print.nmf_family <- function(x, ...) {
  cat(x$label, "noise family", if (nzchar(parameter_text(x))) paste0("(", x$symbol, parameter_text(x), ")") else "",
      "\n")
  invisible(x)
}

# Whether nmf() has a parameter to estimate.
is_open <- function(family) {
  (family$name == "tweedie" && is.null(family$power)) || (family$name == "negbin" && !is.numeric(family$alpha))
}

# The dispersion sigma^2 is a free parameter of these families; in the others it is 1.
has_dispersion <- function(family) family$name %in% c("normal", "tweedie")

has_parameter <- function(family) family$name %in% c("tweedie", "negbin")

# log Gamma(v + alpha) / Gamma(alpha) through lbeta, which keeps its digits at large alpha; 0 at v = 0.
log_saturated_negbin <- function(v, alpha) {
  alpha <- rep_len(alpha, length(v))
  value <- numeric(length(v))
  poisson <- v > 0 & is.infinite(alpha)
  value[poisson] <- stats::dpois(v[poisson], v[poisson], log = TRUE)
  here <- v > 0 & is.finite(alpha)
  v <- v[here]
  a <- alpha[here]
  value[here] <- -log(v) - lbeta(v, a) - v * log1p(a / v) - a * log1p(v / a)
  value
}

# Compound Poisson (1 < p < 2; Dunn and Smyth 2005), gamma (p = 2), inverse Gaussian (p = 3), positive stable otherwise;
# NA where the density needs a package that is not there. Where sigma2 v^(p-2) is small the series has too many terms
# and the saddlepoint approximation, log f = -log(2 pi sigma2 v^p) / 2, is exact to the last digits shown.
log_saturated_tweedie <- function(v, sigma2, power) {
  if (power == 2) return(stats::dgamma(v, shape = 1 / sigma2, scale = v * sigma2, log = TRUE))
  if (power == 3) return(-0.5 * log(2 * pi * sigma2 * v^3))
  value <- numeric(length(v))
  value[v > 0] <- -0.5 * log(2 * pi * sigma2 * v[v > 0]^power)
  by_series <- v > 0 & sigma2 * v^(power - 2) > 1e-6
  if (!any(by_series)) return(value)
  x <- v[by_series]
  value[by_series] <- if (power < 2) {
    mgcv::ldTweedie(x, mu = x, p = power, phi = sigma2)[, 1]
  } else if (has_tweedie()) {
    log(tweedie::dtweedie(x, power = power, mu = x, phi = sigma2))
  } else {
    NA_real_
  }
  value
}

has_tweedie <- function() requireNamespace("tweedie", quietly = TRUE)

# 1 < p < 2: a Poisson number of gamma jumps, so the distribution is a Poisson mixture of gamma distributions.
jumps <- function(mu, sigma2, power) {
  list(rate = mu^(2 - power) / (sigma2 * (2 - power)), shape = (2 - power) / (power - 1),
       scale = sigma2 * (power - 1) * mu^(power - 1))
}

distribution_tweedie <- function(v, mu, sigma2, power, lower = TRUE) {
  if (power == 2) return(stats::pgamma(v, shape = 1 / sigma2, scale = mu * sigma2, lower.tail = lower))
  if (power == 3) return(distribution_inverse_gaussian(v, mu, sigma2, lower))
  if (power > 2) {
    value <- tweedie::ptweedie(v, power = power, mu = mu, phi = sigma2)
    return(if (lower) value else 1 - value)
  }
  jump <- jumps(mu, sigma2, power)
  value <- if (lower) exp(-jump$rate) else numeric(length(v))    # no jump: the atom at zero
  value[v == 0 & !lower] <- -expm1(-jump$rate[v == 0 & !lower])
  last <- stats::qpois(1e-14, jump$rate, lower.tail = FALSE)
  first <- pmax(1, stats::qpois(1e-14, jump$rate))
  for (n in seq(min(first), max(last, 1))) {
    at <- which(first <= n & n <= last & v > 0)
    value[at] <- value[at] +
      stats::dpois(n, jump$rate[at]) * stats::pgamma(v[at], n * jump$shape, scale = jump$scale[at], lower.tail = lower)
  }
  pmin(value, 1)
}

# Shuster (1968); the second term is a product of a large and a small number, so it is formed on the log scale.
distribution_inverse_gaussian <- function(v, mu, sigma2, lower) {
  root <- sqrt(1 / (sigma2 * v))
  second <- exp(2 / (sigma2 * mu) + stats::pnorm(-root * (v / mu + 1), log.p = TRUE))
  first <- stats::pnorm(root * (v / mu - 1), lower.tail = lower)
  if (lower) first + second else pmax(first - second, 0)
}

random_tweedie <- function(mu, sigma2, power) {
  n <- length(mu)
  if (power == 2) return(stats::rgamma(n, shape = 1 / sigma2, scale = mu * sigma2))
  if (power == 3) {                                      # Michael, Schucany and Haas (1976)
    y <- stats::rnorm(n)^2 * sigma2 * mu
    x <- mu * (1 + y / 2 - sqrt(y + y^2 / 4))
    return(ifelse(stats::runif(n) <= mu / (mu + x), x, mu^2 / x))
  }
  if (power > 2) return(tweedie::rtweedie(n, power = power, mu = mu, phi = sigma2))
  jump <- jumps(mu, sigma2, power)
  stats::rgamma(n, shape = stats::rpois(n, jump$rate) * jump$shape, scale = jump$scale)
}

# The facts of a family that the core needs, alpha by row. At 1e15 alpha is the Poisson limit to the last digit.
core_family <- function(family, N) {
  alpha <- if (family$name == "negbin") pmin(rep_len(family$alpha, N), 1e15)
  list(name = family$name, power = family$power, alpha = alpha)
}
