#' Profile likelihood of the Tweedie power and of alpha
#'
#' For those who ask how well the data tell the parameter of the noise.
#'
#' `profile_power()` fits a Tweedie model at each power of a grid, estimates its dispersion and evaluates the complete
#' log-likelihood; the largest gives the estimate of the power (Appendix A of the paper). `profile_alpha()` does the
#' same for the Negative Binomial dispersion (Figure 10).
#'
#' The first fit, in the middle of the grid, uses `n_starts` random starts; every other one begins at the factors of its
#' nearest neighbour. With `refine`, the maximum is located between the neighbours of the best grid point, and the ends
#' of the 95% interval by likelihood ratio, \eqn{\{p : 2 (l_{max} - l(p)) \le 3.84\}}, are solved for.
#'
#' The likelihood that decides is adjusted for the degrees of freedom of the factors, \eqn{l - \log \det I(W, H) / 2}
#' (Cox and Reid 1987, see [estimate_alpha()]), up to a constant by which it is the plain one at the largest of that.
#' With `nmf_control(adjust = FALSE)` for a power, and `nmf_control(alpha_update = "joint")` or `"once"` for an `alpha`,
#' the plain one decides, as in the paper; it makes `alpha` too large, and its interval misses the truth.
#'
#' Powers 0 (Normal) and 1 (Poisson) are models of their own, off the smooth curve of the powers above 1: at 1 the
#' dispersion is fixed at 1, which is why a profile can dip there, and at 0 the likelihood is a density even at the
#' zeros of the data. They are in the table for comparison, fitted from random starts as well. The density of counts has
#' no maximum as the power goes to 1 (it piles up on the whole numbers), so where most counts are 0 or 1 an estimate at
#' the low end of the grid only says that the noise is close to Poisson. The estimate and the interval are those of the
#' powers above 1.
#'
#' @param model Notation or [nmf_model()] with a Tweedie (`"T/TW/5"`) or Negative Binomial family; a parameter in it is
#'   not used.
#' @param powers Powers to fit: 0 or from 1 to 100, below 2 when `V` has zeros. `NULL` takes 0, 1, 1.02, 1.05, 1.1, 1.2,
#'   ..., 1.9 and, when `V` has no zeros, 2, 2.5 (with package tweedie) and 3.
#' @param alphas Dispersions to fit, above 0. `NULL` takes 1/4 to 4 times the estimate of [nmf()] in steps of
#'   \eqn{\sqrt 2}{sqrt(2)}.
#' @param refine Whether to go on between the grid points for the maximum and the interval.
#' @param dispersion How \eqn{\sigma^2} is estimated, see [nmf_control()].
#' @param ... Further arguments of [nmf()]: `n_starts`, `solver`, `max_iter`, `tol`, `time_limit`, `control`.
#' @inheritParams nmf
#' @return An object of class `nmf_profile`, a list of `parameter` (`"power"` or `"alpha"`), `table` (data frame with
#'   the parameter, `sigma2`, `deviance`, `logLik`, `converged`, and `adjusted`, the adjusted log-likelihood, where that
#'   decides; sorted), `estimate`, `interval` (lower and upper end,
#'   NA when not refined, and where the likelihood does not fall that far within the grid), `logLik` (its maximum),
#'   `model`, `dispersion`, `fits` (one [nmf()] fit for each row of the
#'   table) and `best`, the fit at the estimate.
#' @section Errors: those of [nmf()], and `nmf_error_model` when the model has another family.
#' @references
#' Cox and Reid (1987), Parameter orthogonality and approximate conditional inference, Journal of the Royal Statistical
#' Society B 49, 1-39, \doi{10.1111/j.2517-6161.1987.tb01422.x}.
#'
#' Dunn and Smyth (2005), Series evaluation of Tweedie exponential dispersion model densities, Statistics
#'   and Computing 15, 267-280, \doi{10.1007/s11222-005-4070-y}.
#' @examples
#' powers <- c(1.2, 1.5, 1.8)
#' profile <- profile_power(brca21, "T/TW/2", powers, n_starts = 2, seed = 1, tol = 1e-3)
#' profile
#' @export
profile_power <- function(V, model, powers = NULL, refine = TRUE, dispersion = c("auto", "pearson", "ml"),
                          ..., obs = c("rows", "columns"), cell_weights = NULL, offset = NULL, threads = NULL,
                          verbose = NULL, seed = NULL) {
  check_call()
  # N and Po are special cases, and their notation will do
  model <- open_model(model, nmf_tweedie(), function(family) is_number(family$axis))
  problem <- prepare(V, model, obs, cell_weights, offset)
  powers <- check_powers(powers, problem$data)
  refine <- check_flag(refine, "refine")
  if (!missing(dispersion)) dispersion <- check_choice(dispersion, c("auto", "pearson", "ml"), "dispersion")
  settings <- settings_from(..., threads = threads, verbose = verbose, seed = seed,
                            models = list(problem$model))
  if (!missing(dispersion)) settings$control$dispersion <- dispersion
  profile <- keep_going(power_profile(problem, powers, settings, refine, interval = refine))
  complete_profile(profile, problem, settings, match.call())
}

#' @rdname profile_power
#' @export
profile_alpha <- function(V, model, alphas = NULL, refine = TRUE, ..., obs = c("rows", "columns"),
                          cell_weights = NULL, offset = NULL, threads = NULL, verbose = NULL, seed = NULL) {
  check_call()
  model <- open_model(model, nmf_negbin())
  problem <- prepare(V, model, obs, cell_weights, offset)
  refine <- check_flag(refine, "refine")
  if (!is.null(alphas)) {
    expect_arg(is_numbers(alphas) && all(is.finite(alphas)) && all(alphas > 0), "alphas",
               "finite numbers above 0", alphas)
    check_spread(problem$data, nmf_negbin(min(alphas)))
  }
  settings <- settings_from(..., threads = threads, verbose = verbose, seed = seed,
                            models = list(problem$model))
  profile <- keep_going(alpha_profile(problem, alphas, settings, refine))
  complete_profile(profile, problem, settings, match.call())
}

# The fits of a profile are fits like others.
complete_profile <- function(profile, problem, settings, call) {
  of_fit <- function(fit) {
    with_origin(fit, with_model(problem, fit$model), settings, call, fit$trace$seconds[nrow(fit$trace)])
  }
  values <- profile$table[[profile$parameter]]
  profile$fits <- stats::setNames(lapply(profile$fits, of_fit), names_of_values(values))
  profile$best <- of_fit(profile$best)
  profile
}

# To six digits, or to as many as tell them apart.
names_of_values <- function(values) {
  of <- function(x) vapply(x, number_text, "", digits = 15)
  names <- of(signif(values, 6))
  if (anyDuplicated(names)) of(values) else names
}

# The model with its parameter open.
open_model <- function(model, family, is_special = function(family) FALSE) {
  model <- nmf_model(model)
  if (!inherits(model$family, class(family)[1]) && !is_special(model$family)) {
    abort("model", "`model` must have a ", family$label, " family, not ", dQuote(format(model), FALSE), ".")
  }
  with_family(model, family)
}

#' @export
print.nmf_profile <- function(x, digits = 6, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  name <- if (x$parameter == "power") "Tweedie power" else "Negative Binomial alpha"
  cat("Profile likelihood of the ", name, ", ", format(x$model), "\n", sep = "")
  cat("  estimate ", format(x$estimate, digits = 4), interval_text(x), "\n", sep = "")
  cat("  logLik ", format(x$logLik, digits = 9), if (x$parameter == "power") paste0(", dispersion by ", x$dispersion),
      "\n\n", sep = "")
  print(x$table, digits = digits, row.names = FALSE, ...)
  invisible(x)
}
