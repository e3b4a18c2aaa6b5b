# The likelihood along a parameter of the noise.

source_of_power <- function(settings) if (settings$control$adjust) adjusted_source else "profile likelihood"

power_profile <- function(problem, powers, settings, refine, interval) {
  problem <- complete_data(problem, settings)
  if (isTRUE(problem$interrupted)) stop_undone()
  model <- problem$model
  at <- at_power(problem)
  free <- function(power) power > 1                      # elsewhere sigma2 or the family is another one
  expect_steps(costs_of_profile(1, length(powers), refine))
  begin_step(1)
  poisson <- fit_poisson(problem, settings)
  profile <- if (is_over(poisson, settings)) {
    profile_of_one(1.5, stopped_at(at(1.5), settings, poisson))
  } else {
    profile_likelihood(at, powers, 1.5, free, settings, refine, interval, also = list(nudged(poisson)),
                       adjust = if (settings$control$adjust) problem$data, steps = TRUE)
  }
  named_profile(profile, profile$values > 1, "power", model, source_of_power(settings))
}

# The powers of a profile: those of the user, or a grid of those that the data allow.
check_powers <- function(powers, data) {
  positive <- n_positive(data) == prod(dim(data))
  facts <- measured(data)$facts
  wide <- function(power) facts$least < smallest_cell(facts, nmf_tweedie(power))
  above <- if (positive) Filter(Negate(wide), c(2, if (is_installed("tweedie")) 2.5, 3))
  if (is.null(powers)) return(c(0, 1, 1.02, 1.05, seq(1.1, 1.9, by = 0.1), above))
  ok <- is_numbers(powers) && all(is.finite(powers)) && all(powers == 0 | powers >= 1)
  expect_arg(ok, "powers", "0 or at least 1", powers)
  if (max(powers) >= 2) check_support(data, nmf_tweedie(max(powers)))
  sort(unique(as.double(powers)))
}

alpha_profile <- function(problem, alphas, settings, refine) {
  problem <- complete_data(problem, settings)
  if (isTRUE(problem$interrupted)) stop_undone()
  model <- problem$model
  adjust <- settings$control$alpha_update == "adjusted"
  source <- if (adjust) adjusted_source else "profile likelihood"
  first <- NULL
  expect_steps(costs_of_profile(if (is.null(alphas)) 4 else 0, max(length(alphas), 9 * is.null(alphas)), refine))
  begin_step(1)
  if (is.null(alphas)) {
    first <- fit_family(model$family, problem, settings, NULL)
    centre <- first$model$family$alpha
    if (is_over(first, settings)) {
      return(named_profile(profile_of_one(centre, first), TRUE, "alpha", model, source))
    }
    if (is.infinite(centre)) centre <- 10 * max(first$W %*% first$H)
    alphas <- centre * sqrt(2)^(-4:4)
  }
  at <- function(log_alpha) with_model(problem, with_family(model, nmf_negbin(exp(log_alpha))))
  always <- function(log_alpha) TRUE
  profile <- profile_likelihood(at, log(alphas), stats::median(log(alphas)), always, settings, refine, refine, first,
                                adjust = if (adjust) problem$data, steps = TRUE)
  profile[c("values", "estimate", "interval")] <- lapply(profile[c("values", "estimate", "interval")], exp)
  named_profile(profile, TRUE, "alpha", model, source)
}

# In fits along the grid: the one before it (alpha and factors in turn are several), the grid of n, and what is fitted
# between its points, from neighbours.
costs_of_profile <- function(first, n, refine) c(first, n, if (refine) 0.5 * n)

is_interrupted <- function(profile) any(vapply(profile$fits, function(fit) fit$status == "interrupted", NA))

# All that there is when the fit before the profile was the last one.
profile_of_one <- function(value, fit) {
  list(values = value, fits = list(fit), estimate = value, interval = c(NA_real_, NA_real_), best = fit)
}

at_power <- function(problem) {
  function(power) with_model(problem, with_family(problem$model, nmf_tweedie(power)))
}

# Fits along a parameter. `at` poses the problem at a value, `free` tells where the profile is one smooth curve, on
# which the maximum and the interval are refined; `also` are starts beside the random ones. With the data as `adjust`
# the likelihood is adjusted from the best of these fits on. Likelihoods are those in the units of the core, so that the
# values do not depend on the user's. They come back sorted, with their fits and adjusted likelihoods. With `steps` the
# grid and what follows are told as the second and third step of the call.
profile_likelihood <- function(at, grid, centre, free, settings, refine, interval, first = NULL, also = list(),
                               level = 0.95, likelihood = function(fit) fit$run$in_units$logLik, adjust = NULL,
                               steps = FALSE) {
  progress <- new_progress(steps && settings$verbose, "profile", rep(1, length(grid)), "fits")
  if (steps) {
    begin_step(2)
    settings$verbose <- FALSE
  }
  values <- likelihoods <- numeric()
  fits <- list()
  evaluate <- function(value) {
    known <- match(value, values)
    if (!is.na(known)) return(likelihoods[known])
    near <- if (length(values)) nudged(fits[[which.min(abs(values - value))]]) else if (!is.null(first)) nudged(first)
    # off the smooth curve the neighbour may be far away, so it is only one start among others
    fit <- if (is.null(near) || !free(value)) {
      fit_model(at(value), settings, also = c(list(near)[!is.null(near)], also))
    } else {
      fit_model(at(value), settings, near)
    }
    values <<- c(values, value)
    fits <<- c(fits, list(fit))
    likelihoods <<- c(likelihoods, likelihood(fit))
    likelihoods[length(fits)]
  }
  stopped <- function() now() > settings$deadline || is_interrupted(list(fits = fits))
  for (value in grid[order(abs(grid - centre))]) {
    evaluate(value)
    tell(progress, length(values))
    if (stopped()) break
  }
  if (steps && refine) begin_step(3)
  smooth <- function() free(values) & !is.na(likelihoods)
  top <- function() {
    candidates <- if (any(smooth())) which(smooth()) else seq_along(values)
    candidates[c(which.max(likelihoods[candidates]), 1)[1]]
  }
  on_curve <- function(of, ...) {
    if (any(smooth()) && !stopped()) of(evaluate, values[smooth()], likelihoods[smooth()], ...)
  }
  if (refine) on_curve(refine_maximum, stopped)
  is_adjusted <- !is.null(adjust) && any(smooth()) && !stopped() && !fits[[top()]]$exact
  if (is_adjusted) {
    likelihood <- adjusted_likelihood(fits[[top()]], adjust)
    likelihoods[smooth()] <- vapply(fits[smooth()], likelihood, 0)
    if (refine) on_curve(refine_maximum, stopped)
  }
  # a value that was reached from a worse optimum has a likelihood that is too low, and would end the interval
  walk <- function(side, drop) {
    inner <- top()
    begun <- values[inner]
    peak <- likelihoods[inner]
    outward <- which(smooth() & side * (values - begun) > 0)
    for (other in outward[order(abs(values[outward] - begun))]) {
      fit <- fit_model(at(values[other]), settings, nudged(fits[[inner]]))
      if (fit$objective < fits[[other]]$objective) {
        fits[[other]] <<- fit
        likelihoods[other] <<- likelihood(fit)
      }
      if (stopped() || likelihoods[other] < peak - drop) break
      inner <- other
    }
  }
  elsewhere <- any(smooth()) && values[top()] != centre
  if (interval && elsewhere && !stopped()) for (side in c(-1, 1)) walk(side, stats::qchisq(level, 1) / 2)
  ends <- c(NA_real_, NA_real_)
  if (interval) ends <- on_curve(likelihood_interval, stopped, level) %||% ends
  best <- top()
  order <- order(values)
  as_asked <- function(adjusted) adjusted + vapply(fits, function(fit) fit$logLik - fit$run$in_units$logLik, 0)
  list(values = values[order], fits = fits[order], adjusted = if (is_adjusted) as_asked(likelihoods)[order],
       estimate = values[best], interval = ends, best = fits[[best]])
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
      if (min(abs(root[c(inn, out)] - 1)) < 0.02) return(new)
      if (stopped()) return(NA_real_)
      value <- evaluate(new)
      x <- c(x, new)
      y <- c(y, value)
    }
    new
  }
  c(end(-1), end(1))
}

# An interval has the ends that lie within the range that was looked at, and none about a maximum at the end of it.
closed_ends <- function(profile, range) {
  ends <- profile$interval
  if (anyNA(ends)) return(ends)
  replace(ends, ends %in% range | profile$estimate %in% range, NA)
}

# `smooth` tells which values are on the curve of the estimate.
named_profile <- function(profile, smooth, parameter, model, source) {
  fits <- profile$fits
  of <- function(what, template) vapply(fits, function(fit) fit[[what]], template)
  table <- data.frame(value = profile$values, sigma2 = of("sigma2", 0), deviance = of("deviance", 0),
                      logLik = of("logLik", 0),
                      converged = of("converged", NA))
  names(table)[1] <- parameter
  table$adjusted <- if (!is.null(profile$adjusted)) replace(profile$adjusted, !rep_len(smooth, nrow(table)), NA)
  best <- profile$best
  if (!is.null(best$model$family$parameter)) best$model$family$source <- source
  best$df <- count_parameters(best$model, nrow(best$W), ncol(best$H))
  structure(
    list(parameter = parameter, table = table, estimate = profile$estimate,
         interval = closed_ends(profile, range(profile$values[smooth])),
         logLik = best$logLik,
         model = best$model, dispersion = best$dispersion, fits = fits, best = best),
    class = "nmf_profile"
  )
}
