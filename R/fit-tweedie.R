# Tweedie fits whose power is open.

# The grid only has to tell the powers apart, so its fits end early; the one at the best power is polished.
#' @export
fit_family.nmf_tweedie <- function(family, problem, settings, start = NULL) {  # nolint: object_name_linter.
  if (!is_open(family)) return(fit_model(problem, settings, start))
  early <- settings
  early$tol <- max(settings$tol, 1e-2)
  early$control$rel_tol <- max(settings$control$rel_tol, 1e-5)
  at <- at_power(problem)
  poisson <- fit_poisson(problem, settings, start)
  if (is_over(poisson, settings)) return(stopped_at(at(1.5), settings, poisson))
  first <- if (!is.null(start)) fit_model(at(1.5), early, nudged(poisson))
  if (!is.null(first) && is_over(first, settings)) return(stopped_at(at(1.5), settings, first))
  profile <- profile_likelihood(at, Filter(function(power) power > 1, check_powers(NULL, problem$data)), 1.5,
                                function(power) TRUE, early, TRUE, FALSE, first, list(nudged(poisson)),
                                adjust = if (settings$control$adjust) problem$data)
  best <- named_profile(profile, TRUE, "power", problem$model, source_of_power(settings))$best
  if (is_interrupted(profile)) return(ended_early(best, "interrupted"))
  if (is_over(best, settings)) return(ended_early(best, "time_limit"))
  fit <- fit_model(with_model(problem, best$model), settings, factors_of(best))
  if (fit$exact) message("power = ", format(fit$model$family$power), ", as good as any: the fit is exact, so that the ",
                         "data do not tell it.")
  fit
}
