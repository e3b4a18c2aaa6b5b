#' Confidence intervals of alpha and of the Tweedie power
#'
#' The values of the parameter that the likelihood-ratio test does not reject: for a profile log-likelihood \eqn{l_P},
#' \deqn{\{\alpha : 2 (l_P(\hat\alpha) - l_P(\alpha)) \le \chi^2_{1; level}\}.}{those with 2 (max l - l(alpha)) <=
#' qchisq(level, 1).}
#'
#' For `alpha`, \eqn{l_P} is the likelihood at the fitted means, with the adjustment of [estimate_alpha()] when
#' `adjust`: \eqn{\alpha} and the means are orthogonal parameters (their expected information is 0), so means fitted at
#' another \eqn{\alpha} would hardly differ. The likelihood is integrated from the score by Simpson's rule on \eqn{\log
#' \alpha}, outwards from its maximum at these means. With one alpha for each observation, each has its interval given
#' the others. The upper end is `Inf` where the Poisson limit is not rejected.
#'
#' For `power`, the factors are fitted again at each power, as in [profile_power()]. With `adjust`, \eqn{\log \det I(W,
#' H; p, \sigma^2) / 2} is taken from the likelihood and \eqn{\sigma^2} multiplied by \eqn{n / (n - D)}, n being the
#' number of cells and D the sum of the leverages. In 40 simulated data sets (`bench/power.R`: 80 observations, 40
#' features, K =
#' 2, p = 1.5) the 95% intervals covered 1.5 in 38, without the adjustment in 25.
#'
#' Without `adjust`, the interval of `alpha` lies about an estimate that is too large, see [estimate_alpha()], and
#' covers the truth too seldom unless the data are many times as many as the parameters.
#'
#' @param object A fit from [nmf()] whose `alpha` or power was estimated.
#' @param parm `"alpha"` or `"power"`; `NULL` takes the one that the model has.
#' @param level Confidence level, above 0 and below 1.
#' @param adjust Whether to adjust the likelihood for the degrees of freedom of the factors; `NULL` does
#'   when the estimate was adjusted.
#' @param threads Number of threads of the fits to other powers, see [nmf()].
#' @param ... Nothing: an argument that is not known is an error.
#' @inheritParams nmf_arguments
#' @return A matrix with a row for each parameter and the lower and the upper end in its columns.
#' @section Errors: `nmf_error_model` when the model has no such parameter or it was given; `nmf_error_data` when the
#'   data are not found or are not those that were fitted; `nmf_error_argument`.
#' @references
#' Cox and Reid (1987), Parameter orthogonality and approximate conditional inference, Journal of the Royal Statistical
#' Society B 49, 1-39, \doi{10.1111/j.2517-6161.1987.tb01422.x}.
#' @seealso [profile_alpha()] and [profile_power()] for the whole curve, [bootstrap_fit()] for intervals of the factors.
#' @examples
#' fit <- nmf(brca21, "T/NB/3", seed = 1)
#' fit$model$family$alpha
#' confint(fit)
#' @export
confint.nmf_fit <- function(object, parm = NULL, level = 0.95, adjust = NULL, V = NULL, ..., cell_weights = NULL,
                             threads = NULL) {
  check_call(...)
  family <- object$model$family
  parm <- check_parameter(parm, family)
  level <- check_level(level)
  adjust <- check_flag(adjust %||% identical(family$source, adjusted_source), "adjust")
  data <- data_of(object, V, cell_weights)
  if (has_no_noise(object)) {
    abort("data", "the model must leave noise, which tells its power, but the fit is exact; use a lower rank.")
  }
  interval <- if (parm == "alpha") alpha_interval else power_interval
  ends <- interval(object, data, adjust, level, check_threads(threads))
  structure(ends, dimnames = list(parameter_names(object), level_names(level)))
}

# Of a model with an alpha or a power; with alphas by observation, alpha[its name].
parameter_names <- function(fit) {
  name <- parameter_name(fit$model$family)
  if (is_by_row(fit$model$family)) paste0(name, "[", labels_of(rownames(fit$W), nrow(fit$W)), "]") else name
}

check_parameter <- function(parm, family) {
  own <- parameter_name(family)
  if (!is.null(parm)) parm <- check_choice(parm, c("alpha", "power"), "parm")
  if (is.null(own) || !identical(parm %||% own, own)) {
    abort("model", "the model must have ", if (is.null(parm)) "an alpha or a power" else paste0("the parameter ", parm),
          ", but its noise is ", family$label, ".")
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
  likelihood <- if (adjust) adjusted_likelihood(fit, data) else function(fit) fit$logLik
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
