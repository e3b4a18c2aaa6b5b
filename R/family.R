#' Noise families
#'
#' For those who put a model together by hand, or ask what the letters of a notation stand for.
#'
#' A noise family says how a cell \eqn{v} of the data varies about its mean \eqn{\mu}. It is one half of an
#' [nmf_model()]; the other is the structure of \eqn{\mu}.
#'
#' | family | notation | variance | unit deviance \eqn{d(v; \mu)} |
#' |---|---|---|---|
#' | `nmf_normal()` | `N` | \eqn{\sigma^2} | \eqn{(v - \mu)^2} |
#' | `nmf_poisson()` | `Po` | \eqn{\mu} | \eqn{2 (v \log(v/\mu) - v + \mu)} |
#' | `nmf_tweedie()` | `TWp` | \eqn{\sigma^2 \mu^p} | \eqn{2 (v^b/(ab) - v \mu^a/a + \mu^b/b)} with \eqn{a=1-p, b=2-p} |
#' | `nmf_negbin()` | `NBalpha` | \eqn{\mu+\mu^2/\alpha} | \eqn{2(v\log(v/\mu) - c\log(c/(\mu+\alpha))), c=v+\alpha} |
#'
#' The Tweedie family is the beta-divergence with \eqn{\beta = 2 - p}. Power 0 is the Normal and power 1 the Poisson
#' family, and the constructor returns those; powers in (0, 1) have no distribution. Powers of 2 and more need positive
#' data.
#'
#' @param power Tweedie power \eqn{p}: 0, or a number from 1 to 100. `NULL` asks [nmf()] to estimate it (see
#'   [profile_power()]).
#' @param alpha Negative Binomial dispersion \eqn{\alpha} (the `size` of [stats::dnbinom()]): a positive number for all
#'   the data, or one for each observation, by name where both sides have names; no cell of the data may be above 1e12
#'   times it (1e12 where it is estimated), where the noise is that of `TW2`. `NULL` asks [nmf()] to estimate one for
#'   the data, `"observation"` one for each observation (see [estimate_alpha()]).
#' @param ... Nothing: an argument that is not known is an error.
#' @return An object of class `nmf_family`: a list of the `name`, the letters of the notation (`symbol`), the parameters
#'   `power` and `alpha` (`NULL` where they are to be estimated), the `source` of their values, and the functions
#'   `variance(mu, sigma2)`, `log_saturated(v, sigma2)` (log-density at \eqn{\mu = v}), `distribution(v, mu, sigma2,
#'   lower)` and `random(mu, sigma2)`; and further facts, see `vignette("extending")`.
#' @section Errors: `nmf_error_model` when a parameter is out of its range.
#' @references
#' Févotte and Idier (2011), Algorithms for nonnegative matrix factorization with the beta-divergence,
#' Neural Computation 23, 2421-2456, \doi{10.1162/NECO_a_00168}.
#'
#' Pelizzola, Laursen and Hobolth (2023), Model selection and robust inference of mutational signatures using Negative
#' Binomial non-negative matrix factorization, BMC Bioinformatics 24, 187, \doi{10.1186/s12859-023-05304-1}.
#' @examples
#' nmf_tweedie(power = 1.5)
#' nmf_tweedie(power = 1)
#' nmf_negbin()
#' @name nmf_family
NULL

# A family is a list of facts, so that nobody asks for its name:
#   name, symbol, label  in code, in the notation, in words; `words` are other names that a notation may have
#   colour               in plots
#   variance, log_saturated, distribution, random   see the help page
#   zero(mu, sigma2)     the probability of a zero, or NULL when a zero has none
#   kurtosis(mu, sigma2) the excess kurtosis, or NULL when it is not known
#   peak(mu, sigma2)     the width of the narrowest peaks of the density, or NULL where the distribution is quick
#   overdispersion(v, mu, leverage)   of a variance that has no parameter: what cells have in excess of it, and its own
#     variance, whose sums make a standardised statistic; or NULL
#   advice(too_small, as, given) what to do about a wrong variance; `as` writes the notation of a model of another
#                        family, `given` tells that its parameter was not estimated
#   discrete             cells are counts, with probabilities and not densities
#   latent_counts        a count is a sum of counts of the components, as EM and pseudo-counts take it
#   has_dispersion       sigma^2 is a free parameter; in the others it is 1
#   least_squares        the deviance is a sum of squared residuals, whose mean estimates sigma^2
#   positive             NULL, or who needs cells above zero and what else will do
#   axis                 p of a variance sigma^2 mu^p, or NA
#   largest              the largest cell that its variance tells from infinity
#   power, alpha, source the value of the parameter (NULL where it is to be estimated), and where it comes from
#   parameter            NULL, or facts of it: its `name`, the `letter` and the range (`grammar`) in a notation, what it
#     is `called` and `must` be, `is_valid(value)` of a notation, an `example`, whether there may be one for each
#     observation (`by_row`), whether it is estimated along a profile of fits (`profiled`), the constructor (`remake`)
#   observations         NULL, or the names of the observations that its parameter has a value for each of
# How a parameter is estimated: fit_family() and adjusted_noise() have a method for the family.
new_family <- function(name, symbol, label, variance, log_saturated, distribution, random,
                       power = NULL, alpha = NULL, source = NULL, discrete = FALSE, words = NULL, colour = "grey40",
                       zero = NULL, kurtosis = NULL, overdispersion = NULL,
                       advice = function(too_small, as, given) NULL, latent_counts = FALSE, has_dispersion = FALSE,
                       least_squares = FALSE, positive = NULL,
                       peak = NULL, axis = NA_real_, largest = Inf, parameter = NULL, observations = NULL) {
  structure(
    list(name = name, symbol = symbol, label = label, power = power, alpha = alpha, source = source,
         discrete = discrete,
         variance = variance, log_saturated = log_saturated, distribution = distribution, random = random,
         words = words, colour = colour, zero = zero, kurtosis = kurtosis, overdispersion = overdispersion,
         advice = advice, peak = peak, latent_counts = latent_counts, has_dispersion = has_dispersion,
         least_squares = least_squares, positive = positive, axis = axis, largest = largest, parameter = parameter,
         observations = observations),
    class = c(paste0("nmf_", name), "nmf_family")
  )
}

#' @rdname nmf_family
#' @export
nmf_normal <- function(...) {
  check_call(...)
  new_family(
    "normal", "N", "Normal", words = "gaussian", colour = "#0072B2", has_dispersion = TRUE, least_squares = TRUE,
    axis = 0,
    variance = function(mu, sigma2) rep_len(sigma2, length(mu)),
    log_saturated = function(v, sigma2) rep_len(-0.5 * log(2 * pi * sigma2), length(v)),
    distribution = function(v, mu, sigma2, lower = TRUE) stats::pnorm(v, mu, sqrt(sigma2), lower.tail = lower),
    random = function(mu, sigma2) stats::rnorm(length(mu), mu, sqrt(sigma2)),
    kurtosis = function(mu, sigma2) numeric(length(mu)),
    advice = function(too_small, as, given) {
      paste0("Use ", as("NB"), " for counts or ", as("TW"), ", whose variances grow with the mean.")
    }
  )
}

#' @rdname nmf_family
#' @export
nmf_poisson <- function(...) {
  check_call(...)
  distribution <- function(v, mu, sigma2, lower = TRUE) stats::ppois(v, mu, lower.tail = lower)
  new_family(
    "poisson", "Po", "Poisson", colour = "#E69F00", discrete = TRUE, latent_counts = TRUE, axis = 1,
    variance = function(mu, sigma2) mu,
    log_saturated = function(v, sigma2) stats::dpois(v, v, log = TRUE),
    distribution = distribution,
    random = function(mu, sigma2) stats::rpois(length(mu), mu),
    zero = function(mu, sigma2) distribution(0 * mu, mu, sigma2),
    kurtosis = function(mu, sigma2) 1 / mu,
    # Dean and Lawless (1989), T_a
    overdispersion = function(v, mu, leverage) list(excess = (v - mu)^2 - v + leverage * mu, variance = 2 * mu^2),
    advice = function(too_small, as, given) {
      if (too_small) paste0("Use ", as("NB"), ".") else "Are these counts of independent events?"
    }
  )
}

# Beyond it a mean that is twice as large has a variance that a double does not hold.
largest_power <- 100L

#' @rdname nmf_family
#' @export
nmf_tweedie <- function(power = NULL, ...) {
  check_call(...)
  if (!is.null(power)) {
    ok <- is_number(power) && (power == 0 || (power >= 1 && power <= largest_power))
    expect_arg(ok, "power", paste0("0 or a number between 1 and ", largest_power,
                                   " (no Tweedie distribution has a power in (0, 1))"), power, "model")
    if (power == 0) return(nmf_normal())
    if (power == 1) return(nmf_poisson())
  }
  new_family(
    "tweedie", "TW", "Tweedie", power = power, source = if (!is.null(power)) "given", colour = "#009E73",
    has_dispersion = TRUE, axis = power,
    variance = function(mu, sigma2) sigma2 * mu^power,
    log_saturated = function(v, sigma2) log_saturated_tweedie(v, sigma2, power),
    distribution = function(v, mu, sigma2, lower = TRUE) distribution_tweedie(v, mu, sigma2, power, lower),
    random = function(mu, sigma2) random_tweedie(mu, sigma2, power),
    # under 1 < p < 2 a zero is no jump
    zero = if (isTRUE(power < 2)) function(mu, sigma2) exp(-jumps(mu, sigma2, power)$rate),
    # the standard deviation of a jump
    peak = if (isTRUE(power < 2)) function(mu, sigma2) sigma2 * mu^(power - 1) * sqrt((2 - power) * (power - 1)),
    kurtosis = function(mu, sigma2) power * (2 * power - 1) * sigma2 * mu^(power - 2),
    positive = if (isTRUE(power >= 2)) {
      c(who = "a Tweedie power of 2 or more", remedy = "use a power below 2, or \"TW\" to estimate it")
    },
    advice = function(too_small, as, given) {
      if (given) return(paste0("Use ", as("TW"), " with the power estimated, or ", as("NB"), " for counts."))
      paste0("No Tweedie power has this variance: see a higher rank, or ", as("NB"), " for counts.")
    },
    parameter = list(
      name = "power", letter = "p", grammar = "power p = 0 or p >= 1", called = "the power",
      must = paste("0 or between 1 and", largest_power),
      is_valid = function(value) value == 0 || (value >= 1 && value <= largest_power), example = 1.5,
      by_row = FALSE, profiled = TRUE, remake = nmf_tweedie
    )
  )
}

#' @rdname nmf_family
#' @export
nmf_negbin <- function(alpha = NULL, ...) {
  check_call(...)
  alpha <- as_doubles(alpha, "alpha")
  if (!is.null(alpha) && !identical(alpha, "observation")) {
    ok <- is_numbers(alpha) && all(alpha > 0)
    expect_arg(ok, "alpha", "positive (one number, or one for each observation), or \"observation\"", alpha, "model")
    observations <- names(alpha)
    alpha <- as.double(alpha)
  } else {
    observations <- NULL
  }
  variance <- function(mu, sigma2) mu + mu^2 / alpha
  distribution <- function(v, mu, sigma2, lower = TRUE) stats::pnbinom(v, size = alpha, mu = mu, lower.tail = lower)
  new_family(
    "negbin", "NB", "Negative Binomial", alpha = alpha, source = if (is.numeric(alpha)) "given", discrete = TRUE,
    words = "negative binomial", colour = "#D55E00", largest = 1e12 * if (is.numeric(alpha)) min(alpha) else 1,
    variance = variance,
    log_saturated = function(v, sigma2) log_saturated_negbin(v, alpha),
    distribution = distribution,
    random = function(mu, sigma2) {
      # the Poisson-Gamma mixture, which has its limit at alpha = Inf
      finite <- rep_len(is.finite(alpha), length(mu))
      shape <- rep_len(alpha, length(mu))[finite]
      mu[finite] <- mu[finite] * stats::rgamma(length(shape), shape) / shape
      stats::rpois(length(mu), mu)
    },
    zero = function(mu, sigma2) distribution(0 * mu, mu, sigma2),
    kurtosis = function(mu, sigma2) 6 / alpha + 1 / variance(mu, sigma2),
    advice = function(too_small, as, given) {
      if (!too_small && all(is.infinite(alpha))) return(nmf_poisson()$advice(too_small, as, given))
      if (!too_small) return("Alpha may be too small for these data.")
      paste0("Try a higher rank", if (length(alpha) == 1) ", or an alpha for each observation", ".")
    },
    parameter = list(
      name = "alpha", letter = "alpha", grammar = "alpha > 0", called = "alpha", must = "above 0",
      is_valid = function(value) value > 0, example = 30, by_row = TRUE, profiled = FALSE, remake = nmf_negbin
    ),
    observations = observations
  )
}

# All families, their parameters open, named by their symbols.
all_families <- function() {
  all <- list(nmf_normal(), nmf_poisson(), nmf_tweedie(), nmf_negbin())
  stats::setNames(all, vapply(all, `[[`, "", "symbol"))
}

#' @export
print.nmf_family <- function(x, ...) {
  check_call(..., .base = print.default)
  cat(x$label, "noise family", if (nzchar(parameter_text(x))) paste0("(", x$symbol, parameter_text(x), ")") else "",
      "\n")
  invisible(x)
}

# "power", "alpha" or NULL, and its value.
parameter_name <- function(family) family$parameter$name
parameter_of <- function(family) if (!is.null(family$parameter)) family[[family$parameter$name]]

# Whether nmf() has a parameter to estimate.
is_open <- function(family) !is.null(family$parameter) && !is.numeric(parameter_of(family))

# Whether it has estimated one, or will.
is_estimated <- function(family) !is.null(family$parameter) && !identical(family$source, "given")

# Whether each observation has a parameter of its own.
is_by_row <- function(family) identical(parameter_of(family), "observation") || length(parameter_of(family)) > 1

n_parameters <- function(family) if (is.null(family$parameter)) 0 else max(1, length(parameter_of(family)))

# The family with another value of its parameter; NULL leaves it open.
with_parameter <- function(family, value) family$parameter$remake(value)

# The family of some observations, or of cells in these rows.
family_of_rows <- function(family, rows) {
  value <- parameter_of(family)
  if (length(value) > 1) with_parameter(family, value[rows]) else family
}

# A given parameter is shown in full, an estimate to four digits.
parameter_text <- function(family) {
  value <- parameter_of(family)
  if (is.null(value)) return("")
  if (is_by_row(family)) return("obs")
  if (!identical(family$source, "given")) value <- signif(value, max(4, ceiling(log10(value))))
  number_text(value, digits = 15)
}

# A fit of a model of this family; an open parameter is estimated first.
fit_family <- function(family, problem, settings, start) UseMethod("fit_family")

# The family with a parameter that was estimated freed of what the means of a fit take up of the noise.
adjusted_noise <- function(family, fit, data) UseMethod("adjusted_noise")

#' @export
adjusted_noise.nmf_family <- function(family, fit, data) family

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
  } else if (is_installed("tweedie")) {
    log(tweedie::dtweedie(x, power = power, mu = x, phi = sigma2))
  } else {
    NA_real_
  }
  value
}

# 1 < p < 2: a Poisson number of gamma jumps, so the distribution is a Poisson mixture of gamma distributions.
jumps <- function(mu, sigma2, power) {
  list(rate = mu^(2 - power) / (sigma2 * (2 - power)), shape = (2 - power) / (power - 1),
       scale = sigma2 * (power - 1) * mu^(power - 1))
}

distribution_tweedie <- function(v, mu, sigma2, power, lower = TRUE) {
  if (power == 2) return(stats::pgamma(v, shape = 1 / sigma2, scale = mu * sigma2, lower.tail = lower))
  if (power == 3) return(distribution_inverse_gaussian(v, mu, sigma2, lower))
  if (power > 2) return(distribution_above_two(v, mu, sigma2, power, lower))
  jump <- jumps(mu, sigma2, power)
  value <- if (lower) exp(-jump$rate) else -expm1(-jump$rate)    # no jump: the atom at zero
  many <- v > 0 & pmin(jump$rate, jump$rate * jump$shape) > 1e6
  value[many] <- distribution_saddlepoint(v[many], mu[many], sigma2, power, lower)
  few <- v > 0 & !many
  value[few] <- sum_over_jumps(v[few], lapply(jump, function(x) rep_len(x, length(v))[few]), lower)
  pmin(value, 1)
}

# By inversion, which is right to some digits of 1 and says nothing of a tail, with means of 1. What is far below the
# mean is what the saddlepoint approximation is good at, whatever the dispersion; beyond 1e5 neither can be relied on.
distribution_above_two <- function(v, mu, sigma2, power, lower) {
  check_installed("tweedie", "The distribution of a Tweedie power above 2")
  n <- length(v)
  mu <- rep_len(mu, n)
  dispersion <- sigma2 * mu^(power - 2)
  refuse <- function(...) {
    abort("model", "the probabilities of a Tweedie power of ", number_text(power), " cannot be computed where the ",
          "variance is ", number_text(max(dispersion), digits = 2), " times the square of the mean.")
  }
  if (any(dispersion > 1e5)) refuse()
  value <- tryCatch(tweedie::ptweedie(v / mu, power = power, mu = rep(1, n), phi = dispersion), error = refuse)
  below <- distribution_saddlepoint(v, mu, sigma2, power, TRUE)
  tail <- is.na(value) | (v < mu & below < 1e-4) | value > 1 - 1e-10
  value <- if (lower) value else 1 - value
  value[tail] <- if (lower) below[tail] else distribution_saddlepoint(v[tail], mu[tail], sigma2, power, FALSE)
  value
}

# Poisson numbers of jumps, in steps that are a quarter of the least of two widths: the Poisson distribution's, and that
# of the numbers of jumps that can add up to v. Sums over a lattice of smooth functions that vanish at both ends lose no
# digits by a step as small as that (Poisson summation), so that 64 terms or so do for any rate.
sum_over_jumps <- function(v, jump, lower) {
  last <- stats::qpois(1e-14, jump$rate, lower.tail = FALSE)
  first <- pmax(1, stats::qpois(1e-14, jump$rate))
  step <- pmax(1, floor(sqrt(jump$rate / pmax(jump$shape, 1)) / 4))
  value <- if (lower) exp(-jump$rate) else numeric(length(v))
  n <- first
  while (length(at <- which(n <= last))) {
    value[at] <- value[at] + step[at] * stats::dpois(n[at], jump$rate[at]) *
      stats::pgamma(v[at], n[at] * jump$shape[at], scale = jump$scale[at], lower.tail = lower)
    n <- n + step
  }
  value
}

# Barndorff-Nielsen's r*, Phi(r + log(u / r) / r) with the signed root r of the deviance and Wald's u (Jorgensen 1997,
# section 3.5). Near the mean, where r and u vanish, log(u / r) / r is a sixth of the skewness.
distribution_saddlepoint <- function(v, mu, sigma2, power, lower) {
  family <- list(name = "tweedie", power = power, alpha = NULL)
  r <- sign(v - mu) * sqrt(2 * half_deviance_cpp(v, mu, family) / sigma2)
  u <- (v^(1 - power) - mu^(1 - power)) / (1 - power) * sqrt(v^power / sigma2)
  correction <- ifelse(abs(r) > 1e-3, log(u / r) / r, power * sqrt(sigma2) * mu^(power / 2 - 1) / 6)
  stats::pnorm(r + correction, lower.tail = lower)
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
    x <- mu / (1 + y / 2 + sqrt(y + y^2 / 4))            # the lesser root
    return(ifelse(stats::runif(n) <= mu / (mu + x), x, mu^2 / x))
  }
  if (power > 2) return(mu * random_above_two(sigma2 * mu^(power - 2), power))
  jump <- jumps(mu, sigma2, power)
  stats::rgamma(n, shape = stats::rpois(n, jump$rate) * jump$shape, scale = jump$scale)
}

# Numbers with mean 1, these dispersions and a power above 2. Such a number is (p - 1) sigma2 times a positive stable
# one of index a = (p - 2) / (p - 1), tilted by exp(-Z): the sum of m with an m-th of its cumulants each, of which those
# that are stable (Kanter 1975) are kept with probability exp(-Z), at least 1 / e where m >= 1 / ((p - 2) sigma2)
# (Hofert 2011, ACM Transactions on Modeling and Computer Simulation 22, 3). Where these are too many, quantiles are
# looked for.
random_above_two <- function(sigma2, power) {
  a <- (power - 2) / (power - 1)
  size <- 1 / ((power - 2) * sigma2)
  x <- numeric(length(sigma2))
  many <- size > 1e4
  if (any(many)) {
    check_installed("tweedie", "Simulating from a Tweedie power above 2 with so small a dispersion")
    x[many] <- tweedie::rtweedie(sum(many), power = power, mu = rep(1, sum(many)), phi = sigma2[many])
  }
  parts <- ifelse(many, 0, pmax(1, ceiling(size)))
  for (some in split(which(!many), cumsum(parts[!many]) %/% 1e6)) {
    left <- rep(some, parts[some])
    while (length(left)) {
      u <- pi * stats::runif(length(left))
      log_stable <- (log(sin(a * u)) * a + log(sin((1 - a) * u)) * (1 - a) - log(sin(u)) -
                       (1 - a) * log(stats::rexp(length(left)))) / a
      z <- exp(log(size[left] / parts[left]) / a + log_stable)
      kept <- stats::runif(length(left)) <= exp(-z)
      sums <- rowsum(z[kept], left[kept])
      at <- as.integer(rownames(sums))
      x[at] <- x[at] + sums[, 1]
      left <- left[!kept]
    }
    x[some] <- (power - 1) * sigma2[some] * x[some]
  }
  x
}

# The facts of a family that the core needs, alpha by row.
core_family <- function(family, N) {
  alpha <- if (is.numeric(family$alpha)) rep_len(family$alpha, N)
  list(name = family$name, power = family$power, alpha = alpha)
}
