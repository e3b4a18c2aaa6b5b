#' Confidence intervals of components, weights, alpha and the Tweedie power
#'
#' For those who report single entries of a signature, exposures of a tumour or the parameter of the noise.
#'
#' The values that the likelihood-ratio test does not reject: for a profile log-likelihood \eqn{l_P} of a parameter
#' \eqn{\theta},
#' \deqn{\{\theta : 2 (l_P(\hat\theta) - l_P(\theta)) \le \chi^2_{1; level}\}.}{those with 2 (max l - l(theta)) <=
#' qchisq(level, 1).}
#'
#' @section Components and weights:
#' \eqn{\theta} is one entry: the share \eqn{h_{kj} / \sum_j h_{kj}} of a feature in its component, the weight
#' \eqn{w_{ik}} where components sum to one, or with `relative` its share \eqn{w_{ik} / \sum_l w_{il}} in its
#' observation. For `method = "profile"` everything else is fitted again, other components included, so the interval is
#' right where factors are not unique as well: \eqn{WG} and \eqn{G^{-1}H} have the same mean, the likelihood is flat as
#' far as both stay non-negative, and an interval reaches over all of that. The noise (`alpha`, the power,
#' \eqn{\sigma^2}) is held at its estimate, to which the means are orthogonal or nearly so, and \eqn{\sigma^2} divides
#' the deviance. An end is where half the deviance has risen to within a percent or so of the width. The upper
#' end of a weight is `Inf` where it never rises as far, as may be under Tweedie noise of a power above 2.
#'
#' `method = "wald"` takes \eqn{\hat\theta \pm z} standard errors, cut at 0 and 1, from the Fisher information with
#' entries at zero held there. It is at hand at once, and agrees with the profile where factors are unique. Directions
#' in which the likelihood is flat are left out: the interval holds *given* the mixing of components of this fit, and is
#' too short as an answer to where the truth is. It is for K M up to 2000; an entry at zero has no standard error.
#'
#' In simulations (`bench/intervals.R`: 60, 100 and 400 observations of 96 features, K = 5, Poisson and Negative
#' Binomial noise, 30 data sets of each kind) 95% intervals by `"profile"` held the truth in 95 to 96 of 100 entries of
#' `H` above 0.005 and in 94 to 97 of 100 weights above 1% where factors are unique, in 91 to 94 and 87 to 95 where they
#' are not; those by `"wald"` in 94 to 97 where they are unique, in 80 to 90 where they are not.
#'
#' @section alpha and the power:
#' For `alpha`, \eqn{l_P} is the likelihood at the fitted means, with the adjustment of [estimate_alpha()] when
#' `adjust`: \eqn{\alpha} and the means are orthogonal parameters (their expected information is 0), so means fitted at
#' another \eqn{\alpha} would hardly differ. The likelihood is integrated from the score by Simpson's rule on \eqn{\log
#' \alpha}, outwards from its maximum at these means. With one alpha for each observation, each has its interval given
#' the others. The upper end is `Inf` where the Poisson limit is not rejected.
#'
#' For `power`, the factors are fitted again at each power, as in [profile_power()]. With `adjust`, \eqn{\log \det I(W,
#' H; p, \sigma^2) / 2} is taken from the likelihood and \eqn{\sigma^2} multiplied by \eqn{n / (n - D)}, n being the
#' number of cells and D the sum of the leverages. In 40 simulated data sets (`bench/power.R`: 80 observations, 40
#' features, K = 2, p = 1.5) the 95% intervals covered 1.5 in 38, without the adjustment in 25.
#'
#' Without `adjust`, the interval of `alpha` lies about an estimate that is too large, see [estimate_alpha()], and
#' covers the truth too seldom unless the data are many times as many as the parameters.
#'
#' @param object A fit from [nmf()].
#' @param parm `"components"` (`H`) or `"weights"` (`W`), of a traditional model; `"alpha"` or `"power"`, of one in
#'   which it was estimated. `NULL` takes `"alpha"` or `"power"` where there is one, otherwise `"components"`.
#' @param level Confidence level, above 0 and below 1.
#' @param adjust Of `"alpha"` and `"power"`: whether to adjust the likelihood for the degrees of freedom of the factors;
#'   `NULL` does when the estimate was adjusted.
#' @param method Of components and weights: `"profile"` or `"wald"`, see below.
#' @param relative Whether weights are proportions of the total weight of their observation.
#' @param observations,components,features Which entries, by names or numbers; `NULL` is all. An end takes about 100 to
#'   300 evaluations of the likelihood by `"profile"`: all 480 entries of five components of 96 features in 260
#'   observations take half a minute.
#' @param threads Number of threads, see [nmf()]; entries are shared out, and no number changes.
#' @param verbose Whether to tell of the progress, see [nmf()].
#' @param ... Nothing: an argument that is not known is an error.
#' @inheritParams nmf_arguments
#' @return A matrix with a row for each entry, named `"component, feature"` or `"observation, component"`, or for each
#'   parameter, and the lower and the upper end in its columns; `NA` where an interrupt came first.
#' @section Errors and warnings: `nmf_error_model` when the model has no such parameter, it was given, or `"components"`
#'   and `"weights"` of a convex model are asked for; `nmf_error_data` when the data are not found, are not those that
#'   were fitted or are fitted exactly; `nmf_error_argument`. `nmf_warning_not_converged` when the fit turns out not to
#'   be at its maximum, or the work was interrupted.
#' @references
#' Cox and Reid (1987), Parameter orthogonality and approximate conditional inference, Journal of the Royal Statistical
#' Society B 49, 1-39, \doi{10.1111/j.2517-6161.1987.tb01422.x}.
#'
#' Venzon and Moolgavkar (1988), A method for computing profile-likelihood-based confidence intervals, Applied
#' Statistics 37, 87-94, \doi{10.2307/2347496}.
#' @seealso [profile_alpha()] and [profile_power()] for the whole curve, [bootstrap_fit()] for intervals by
#'   simulation, of every model.
#' @examples
#' fit <- nmf(brca21, "T/NB/3", seed = 1)
#' fit$model$family$alpha
#' confint(fit)
#' confint(fit, "components", components = 1, features = 1:3)
#' confint(fit, "weights", observations = "PD4120a", relative = TRUE)
#' confint(fit, "components", method = "wald")[1:3, ]
#' @export
confint.nmf_fit <- function(object, parm = NULL, level = 0.95, adjust = NULL, V = NULL, ...,
                            method = c("profile", "wald"), relative = FALSE, observations = NULL, components = NULL,
                            features = NULL, cell_weights = NULL, threads = NULL, verbose = NULL) {
  check_call(...)
  verbose <- check_verbose(verbose)
  family <- object$model$family
  parm <- check_parameter(parm, family)
  level <- check_level(level)
  if (!is.null(adjust)) adjust <- check_flag(adjust, "adjust")
  method <- check_choice(method, c("profile", "wald"), "method")
  relative <- check_flag(relative, "relative")
  threads <- check_threads(threads)
  of_factor <- parm %in% c("components", "weights")
  if (!of_factor && !(is.null(observations) && is.null(components) && is.null(features))) {
    abort("argument", "`observations`, `components` and `features` are for `parm` \"components\" or \"weights\", not ",
          dQuote(parm, FALSE), ".")
  }
  if (of_factor && !is.null(adjust)) abort("argument", "`adjust` is for the parameters of the noise, not ", parm, ".")
  if (!of_factor && method != "profile") abort("argument", "`method` must be \"profile\" for ", parm, ".")
  if (relative && parm != "weights") abort("argument", "`relative` is for weights, not ", parm, ".")
  chosen <- if (of_factor) chosen_entries(object, parm, observations, components, features)
  data <- data_of(object, V, cell_weights)
  check_noise_left(object, paste("the", parm))
  if (of_factor) return(factor_intervals(object, data, parm, level, method, relative, chosen, threads, verbose))
  adjust <- adjust %||% identical(family$source, adjusted_source)
  interval <- if (parm == "alpha") alpha_interval else power_interval
  ends <- interval(object, data, adjust, level, threads)
  structure(ends, dimnames = list(parameter_names(object), level_names(level)))
}

# Of a model with an alpha or a power; with alphas by observation, alpha[its name].
parameter_names <- function(fit) {
  name <- parameter_name(fit$model$family)
  if (is_by_row(fit$model$family)) paste0(name, "[", labels_of(rownames(fit$W), nrow(fit$W)), "]") else name
}

# Without a wish: the parameter of the noise where there is an estimated one, or else the components.
check_parameter <- function(parm, family) {
  own <- parameter_name(family)
  if (is.null(parm)) return(if (is_estimated(family)) own else "components")
  parm <- check_factor(parm, c("components", "weights", "alpha", "power"), "parm")
  if (parm %in% c("components", "weights")) return(parm)
  if (!identical(parm, own)) {
    abort("model", "the model must have the parameter ", parm, ", but its noise is ", family$label, ".")
  }
  if (identical(family$source, "given")) {
    abort("model", "`", own, "` must have been estimated, but was given; profile_", own, "() shows its likelihood.")
  }
  own
}

check_level <- function(level) {
  expect_arg(is_number(level) && level >= 1e-6 && level < 1, "level", "a number from 1e-6 to below 1", level)
  level
}

level_names <- function(level) {
  paste(number_text(100 * c((1 - level) / 2, (1 + level) / 2), trim = TRUE, scientific = FALSE, digits = 3), "%")
}

# Ends of the intervals of all alphas, one row for each, at the means of the fit.
alpha_interval <- function(fit, data, adjust, level, threads) {
  by <- if (is_by_row(fit$model$family)) "observation" else "data"
  peak <- suppressMessages(solve_alpha(data, fit, by, threads = threads, adjust = adjust))
  score <- score_of_alpha(data, fit, by, FALSE, threads, adjust, if (by == "observation") peak)
  limit <- log(1e4 * max(fit$W %*% Matrix::rowSums(fit$H)))   # beyond it the model is Poisson to four digits
  from <- pmin(log(peak), limit)
  at <- score(exp(from))
  curvature <- -(exp(from) * at$first + exp(2 * from) * at$second)
  step <- ifelse(curvature > 0, pmin(0.25 / sqrt(pmax(curvature, 1e-300)), 0.25), 0.25)
  slope <- function(log_alpha) exp(log_alpha) * score(exp(log_alpha))$first
  drop <- stats::qchisq(level, 1) / 2
  cbind(exp(likelihood_falls(slope, from, -step, drop, -30)), exp(likelihood_falls(slope, from, step, drop, limit)))
}

# Where several log-likelihoods, of which `slope` gives the derivatives, have fallen by `drop` from their maxima: by
# Simpson's rule in steps that grow up to 1/2, the last of them cut by the secant on the square root of the fall.
# Infinite where they have not up to the limit.
likelihood_falls <- function(slope, from, step, drop, limit) {
  x <- from
  fallen <- numeric(length(x))
  end <- rep(sign(limit) * Inf, length(x))
  open <- rep(TRUE, length(x))
  s <- slope(x)
  for (turn in 1:400) {
    middle <- slope(x + step)
    last <- slope(x + 2 * step)
    more <- fallen - step / 3 * (s + 4 * middle + last)
    there <- open & more >= drop
    root <- sqrt(pmax(cbind(fallen, more), 0) / drop)
    end[there] <- (x + 2 * step * (1 - root[, 1]) / (root[, 2] - root[, 1]))[there]
    x <- x + 2 * step
    open <- open & !there & sign(limit) * x < abs(limit)
    if (!any(open)) break
    fallen <- more
    s <- last
    step <- sign(step) * pmin(1.25 * abs(step), 0.25)
  }
  end
}

# Powers near the estimate, and all of the grid of a profile where these do not reach the ends.
power_interval <- function(fit, data, adjust, level, threads) {
  settings <- settings_of(fit, threads = threads)
  problem <- complete_data(new_problem(data, fit$model, fit$obs, fit$run$known), settings)
  power <- fit$model$family$power
  at <- at_power(problem)
  range <- range(Filter(function(power) power > 1, check_powers(NULL, data)))
  likelihood <- if (adjust) adjusted_likelihood(fit, data) else function(fit) fit$run$in_units$logLik
  ends <- function(grid) {
    grid <- sort(unique(c(power, grid[grid >= range[1] & grid <= range[2]])))
    found <- keep_going({
      found <- profile_likelihood(at, grid, power, function(power) TRUE, settings, refine = adjust, interval = TRUE,
                                  fit, level = level, likelihood = likelihood)
      if (is_interrupted(found)) stop_undone()
      found
    })
    list(ends = found$interval, open = found$interval %in% grid[c(1, length(grid))])
  }
  near <- ends(power + c(-0.1, -0.03, 0.03, 0.1))
  if (!any(near$open)) rbind(near$ends) else rbind(ends(check_powers(NULL, data))$ends)
}
