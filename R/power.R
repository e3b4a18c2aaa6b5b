#' Profile likelihood of the Tweedie power and of alpha
#'
#' `profile_power()` fits a Tweedie model at each power of a grid, estimates its dispersion and evaluates the complete
#' log-likelihood; the largest gives the estimate of the power (Appendix A of the paper). `profile_alpha()` does the
#' same for the
#' Negative Binomial dispersion (Figure 10).
#'
#' The first fit, in the middle of the grid, uses `n_starts` random starts; every other one begins at the factors of its
#' nearest
#' neighbour. With `refine`, the maximum is located between the neighbours of the best grid point, and the ends of the
#' 95%
#' interval by likelihood ratio, \eqn{\{p : 2 (l_{max} - l(p)) \le 3.84\}}, are solved for.
#'
#' Powers 0 (Normal) and 1 (Poisson) are models of their own, off the smooth curve of the powers above 1: at 1 the
#' dispersion is
#' fixed at 1, which is why a profile can dip there, and at 0 the likelihood is a density even at the zeros of the data.
#' They are
#' in the table for comparison, fitted from random starts as well. The density of counts has no maximum as the power
#' goes to 1 (it piles up on the whole numbers), so where most counts are 0 or 1 an estimate at the low end of the
#' grid only says that the noise is close to Poisson. The estimate and the interval are those of the powers
#' above 1.
#'
#' @param V Data, as in [nmf()].
#' @param model Notation or [nmf_model()] with a Tweedie (`"T/TW/5"`) or Negative Binomial family; a parameter in it is
#'   not used.
#' @param powers Powers to fit: 0 or at least 1, below 2 when `V` has zeros. `NULL` takes 0, 1, 1.02, 1.05, 1.1, 1.2,
#'   ..., 1.9
#'   and, when `V` has no zeros, 2, 2.5 (with package tweedie) and 3.
#' @param alphas Dispersions to fit, above 0. `NULL` takes 1/4 to 4 times the estimate of Algorithm 1 in steps of
#'   \eqn{\sqrt 2}{sqrt(2)}.
#' @param refine Whether to go on between the grid points for the maximum and the interval.
#' @param dispersion How \eqn{\sigma^2} is estimated, see [nmf_control()].
#' @param obs Which margin of `V` holds the observations.
#' @param weights Weights of the cells, see [nmf()].
#' @param ... Further arguments of [nmf()]: `n_starts`, `solver`, `max_iter`, `tol`, `time_limit`, `threads`, `seed`,
#'   `verbose`, `control`.
#' @return An object of class `nmf_profile`, a list of `parameter` (`"power"` or `"alpha"`), `table` (data frame with
#'   the parameter,
#'   `sigma2`, `deviance`, `logLik`, `converged`, sorted), `estimate`, `interval` (lower and upper end, NA when not
#'   refined),
#'   `logLik` (its maximum), `model`, `dispersion`, `fits` (one [nmf()] fit for each row of the table) and `best`, the
#'   fit at the
#'   estimate.
#' @section Errors: those of [nmf()], and `nmf_error_model` when the model has another family.
#' @references Dunn and Smyth (2005), Series evaluation of Tweedie exponential dispersion model densities, Statistics
#'   and
#'   Computing 15, 267-280, \doi{10.1007/s11222-005-4070-y}.
#' @examples
#' powers <- c(1.2, 1.5, 1.8)
#' profile <- profile_power(brca21, "T/TW/2", powers, n_starts = 2, seed = 1, tol = 1e-3)
#' profile
#' @export
profile_power <- function(V, model, powers = NULL, refine = TRUE, dispersion = c("auto", "pearson", "ml"),
                          obs = c("rows", "columns"), weights = NULL, ...) {
  model <- open_model(model, "tweedie", nmf_tweedie())
  problem <- check_problem(V, model, obs, weights)
  settings <- settings_from(...)
  settings$beside <- problem$beside
  if (!missing(dispersion)) {
    settings$control$dispersion <- check_choice(dispersion, c("auto", "pearson", "ml"), "dispersion")
  }
  powers <- check_powers(powers, problem$X)
  refine <- check_flag(refine, "refine")
  profile <- suspendInterrupts(power_profile(problem$X, problem$model, powers, settings, refine, interval = refine))
  complete_profile(profile, match.call(), problem$obs, settings)
}

#' @rdname profile_power
#' @export
profile_alpha <- function(V, model, alphas = NULL, refine = TRUE, obs = c("rows", "columns"), weights = NULL, ...) {
  model <- open_model(model, "negbin", nmf_negbin())
  problem <- check_problem(V, model, obs, weights)
  settings <- settings_from(...)
  settings$beside <- problem$beside
  refine <- check_flag(refine, "refine")
  if (!is.null(alphas)) {
    expect_arg(is.numeric(alphas) && length(alphas) && all(is.finite(alphas)) && all(alphas > 0), "alphas",
               "finite numbers above 0", alphas)
  }
  warn_not_counts(problem$X, problem$model$family, problem$beside)
  profile <- suspendInterrupts(alpha_profile(problem$X, problem$model, alphas, settings, refine))
  complete_profile(profile, match.call(), problem$obs, settings)
}

# The fits of a profile are fits like others: their data can be looked up, and they can be repeated.
complete_profile <- function(profile, call, obs, settings) {
  of_fit <- function(fit) {
    with_origin(fit, call_of(call, fit$model, settings), obs, fit$trace$seconds[nrow(fit$trace)])
  }
  profile$fits <- lapply(profile$fits, of_fit)
  profile$best <- of_fit(profile$best)
  profile
}

# The model with its parameter open; the notation of special cases (N, Po for Tweedie) is accepted too.
open_model <- function(model, name, family) {
  model <- nmf_model(model)
  refuse_feature_encoder(model)
  special <- name == "tweedie" && model$family$name %in% c("normal", "poisson")
  if (model$family$name != name && !special) {
    abort("model", "`model` must have a ", family$label, " family, not ", dQuote(format(model), FALSE), ".")
  }
  model$family <- family
  model
}

check_powers <- function(powers, X) {
  positive <- length(values_of(X)) == length(X) && all(values_of(X) > 0)
  above <- if (positive) c(2, if (has_tweedie()) 2.5, 3)
  if (is.null(powers)) return(c(0, 1, 1.02, 1.05, seq(1.1, 1.9, by = 0.1), above))
  ok <- is.numeric(powers) && length(powers) && all(is.finite(powers)) && all(powers == 0 | powers >= 1)
  expect_arg(ok, "powers", "0 or at least 1", powers)
  if (max(powers) >= 2) check_support(X, nmf_tweedie(max(powers)))
  sort(unique(as.double(powers)))
}

power_profile <- function(X, model, powers, settings, refine, interval) {
  X <- complete_data(X, model, settings)
  at <- function(power) new_model(model$structure, nmf_tweedie(power), model$rank, model$encoder)
  free <- function(power) power > 1                      # elsewhere sigma2 or the family is another one
  poisson <- fit_poisson(X, model, settings)
  profile <- if (poisson$status == "interrupted") {
    stopped <- stopped_at(X, at(1.5), settings, poisson)
    list(values = 1.5, fits = list(stopped), estimate = 1.5, interval = c(NA_real_, NA_real_), best = stopped)
  } else {
    profile_likelihood(X, at, powers, 1.5, free, settings, refine, interval, also = list(nudged(poisson)))
  }
  named_profile(profile, "power", model, "profile likelihood")
}

alpha_profile <- function(X, model, alphas, settings, refine) {
  X <- complete_data(X, model, settings)
  first <- NULL
  if (is.null(alphas)) {
    first <- fit_open_negbin(X, model, settings)
    centre <- first$model$family$alpha
    if (is.infinite(centre)) centre <- 10 * max(first$W %*% first$H)
    alphas <- centre * sqrt(2)^(-4:4)
  }
  at <- function(log_alpha) new_model(model$structure, nmf_negbin(exp(log_alpha)), model$rank, model$encoder)
  always <- function(log_alpha) TRUE
  profile <- profile_likelihood(X, at, log(alphas), stats::median(log(alphas)), always, settings, refine, refine, first)
  profile[c("values", "estimate", "interval")] <- lapply(profile[c("values", "estimate", "interval")], exp)
  named_profile(profile, "alpha", model, "profile likelihood")
}

# Fits along a parameter. `at` makes the model at a value, `free` tells where the profile is one smooth curve, on which
# the maximum and the interval are refined; `also` are starts beside the random ones. The values come back sorted, with
# their fits.
profile_likelihood <- function(X, at, grid, centre, free, settings, refine, interval, first = NULL, also = list(),
                               level = 0.95, likelihood = function(fit) fit$logLik) {
  values <- numeric()
  fits <- list()
  evaluate <- function(value) {
    known <- match(value, values)
    if (is.na(known)) {
      near <- if (length(values)) nudged(fits[[which.min(abs(values - value))]]) else if (!is.null(first)) nudged(first)
      # off the smooth curve the neighbour may be far away, so it is only one start among others
      fit <- if (is.null(near) || !free(value)) {
        fit_model(X, at(value), settings, also = c(list(near)[!is.null(near)], also))
      } else {
        fit_model(X, at(value), settings, near)
      }
      values <<- c(values, value)
      fits <<- c(fits, list(fit))
      known <- length(values)
    }
    likelihood(fits[[known]])
  }
  likelihoods <- function() vapply(fits, likelihood, 0)
  stopped <- function() now() > settings$deadline || any(vapply(fits, function(fit) fit$status == "interrupted", NA))
  for (value in grid[order(abs(grid - centre))]) {
    evaluate(value)
    if (stopped()) break
  }
  smooth <- function() free(values) & !is.na(likelihoods())
  if (refine && any(smooth()) && !stopped()) {
    refine_maximum(evaluate, values[smooth()], likelihoods()[smooth()], stopped)
  }
  ends <- c(NA_real_, NA_real_)
  if (interval && any(smooth()) && !stopped()) {
    ends <- likelihood_interval(evaluate, values[smooth()], likelihoods()[smooth()], stopped, level)
  }
  candidates <- if (any(smooth())) which(smooth()) else seq_along(values)
  best <- candidates[c(which.max(likelihoods()[candidates]), 1)[1]]
  order <- order(values)
  list(values = values[order], fits = fits[order], estimate = values[best], interval = ends, best = fits[[best]])
}

# Successive parabolas through the best point and its neighbours, kept between them, until the likelihood stops to gain.
refine_maximum <- function(evaluate, x, y, stopped) {
  for (attempt in 1:8) {
    order <- order(x)
    x <- x[order]
    y <- y[order]
    best <- which.max(y)
    if (best == 1 || best == length(x)) {
      if (length(x) == 1) return(invisible())
      inner <- if (best == 1) 2 else length(x) - 1
      new <- (x[best] + x[inner]) / 2
    } else {
      a <- x[best - 1] - x[best]
      b <- x[best + 1] - x[best]
      slope_a <- (y[best - 1] - y[best]) / a
      slope_b <- (y[best + 1] - y[best]) / b
      new <- x[best] + (slope_a * b - slope_b * a) / (2 * (slope_a - slope_b))
      # too close to the best point to teach anything: look into the wider side instead
      near <- 0.02 * (b - a)
      if (abs(new - x[best]) < near) new <- x[best] + (if (b > -a) near else -near)
    }
    gained <- evaluate(new) - y[best]
    if (stopped() || is.na(gained) || (attempt > 1 && abs(gained) < 0.02)) return(invisible())
    x <- c(x, new)
    y <- c(y, y[best] + gained)
  }
}

# Where the profile falls half a chi-squared quantile below its maximum, on either side, by the secant rule on the
# square root of the drop, which is nearly linear; an end of the range counts as an end of the interval.
likelihood_interval <- function(evaluate, x, y, stopped, level) {
  drop <- stats::qchisq(level, 1) / 2
  peak <- max(y)
  at_peak <- x[which.max(y)]
  end <- function(side) {
    seen <- side * (x - at_peak) >= 0
    x <- x[seen]
    y <- y[seen]
    for (attempt in 1:8) {
      root <- sqrt(pmax(peak - y, 0) / drop)
      outside <- which(root >= 1)
      if (length(outside) == 0) return(x[which.max(side * x)])
      out <- outside[which.min(side * x[outside])]
      within <- which(root < 1 & side * x < side * x[out])
      inn <- within[which.max(side * x[within])]
      new <- x[inn] + (1 - root[inn]) / (root[out] - root[inn]) * (x[out] - x[inn])
      if (stopped() || min(abs(root[c(inn, out)] - 1)) < 0.02) return(new)
      value <- evaluate(new)
      x <- c(x, new)
      y <- c(y, value)
    }
    new
  }
  c(end(-1), end(1))
}

named_profile <- function(profile, parameter, model, source) {
  fits <- profile$fits
  of <- function(what, template) vapply(fits, function(fit) fit[[what]], template)
  table <- data.frame(value = profile$values, sigma2 = of("sigma2", 0), deviance = of("deviance", 0),
                      logLik = of("logLik", 0),
                      converged = of("converged", NA))
  names(table)[1] <- parameter
  best <- profile$best
  if (has_parameter(best$model$family)) best$model$family$source <- source
  best$df <- count_parameters(best$model, nrow(best$W), ncol(best$H))
  structure(
    list(parameter = parameter, table = table, estimate = profile$estimate, interval = profile$interval,
         logLik = best$logLik,
         model = best$model, dispersion = best$dispersion, fits = fits, best = best),
    class = "nmf_profile"
  )
}

has_parameter <- function(family) family$name %in% c("tweedie", "negbin")

# The grid only has to tell the powers apart, so its fits end early; the one at the best power is polished.
fit_open_tweedie <- function(X, model, settings, start = NULL) {
  early <- settings
  early$tol <- max(settings$tol, 1e-2)
  early$control$rel_tol <- max(settings$control$rel_tol, 1e-5)
  at <- function(power) new_model(model$structure, nmf_tweedie(power), model$rank, model$encoder)
  poisson <- fit_poisson(X, model, settings, start)
  if (poisson$status == "interrupted") return(stopped_at(X, at(1.5), settings, poisson))
  first <- if (!is.null(start)) fit_model(X, at(1.5), early, nudged(poisson))
  profile <- profile_likelihood(X, at, Filter(function(power) power > 1, check_powers(NULL, X)), 1.5,
                                function(power) TRUE, early, TRUE, FALSE, first, list(nudged(poisson)))
  best <- named_profile(profile, "power", model, "profile likelihood")$best
  if (best$status == "interrupted") return(best)
  fit_model(X, best$model, settings, factors_of(best))
}

#' @export
print.nmf_profile <- function(x, ...) {
  name <- if (x$parameter == "power") "Tweedie power" else "Negative Binomial alpha"
  cat("Profile likelihood of the ", name, ", ", format(x$model), "\n", sep = "")
  cat("  estimate ", format(x$estimate, digits = 4), if (!anyNA(x$interval)) {
    paste0(", 95% interval ", paste(format(x$interval, digits = 4, trim = TRUE), collapse = " to "))
  }, "\n", sep = "")
  cat("  logLik ", format(x$logLik, digits = 9), if (x$parameter == "power") paste0(", dispersion by ", x$dispersion),
      "\n\n", sep = "")
  print(x$table, digits = 6, row.names = FALSE, ...)
  invisible(x)
}
