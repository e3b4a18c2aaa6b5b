# Negative Binomial fits whose alpha is open.

adjusted_source <- "adjusted profile likelihood"

# Algorithm 1 of the paper: Poisson fit, alpha given its means, Negative Binomial fit (from the Poisson factors as well
# as from the starts that came next to them); alpha and factors in turn when their joint maximum, or that of the
# adjusted likelihood, is asked for.
#' @export
fit_family.nmf_negbin <- function(family, problem, settings, start = NULL) {  # nolint: object_name_linter.
  if (!is_open(family)) return(fit_model(problem, settings, start))
  model <- problem$model
  by <- if (identical(model$family$alpha, "observation")) "observation" else "data"
  poisson <- fit_poisson(problem, settings, start)
  update <- settings$control$alpha_update
  joint <- update != "once"
  source <- c(once = "maximum likelihood at the Poisson fit", joint = "joint maximum likelihood",
              adjusted = adjusted_source)[[update]]
  estimate <- function(fit, near = NULL) {
    alpha <- solve_alpha(problem$data, fit, by, threads = settings$threads, adjust = update == "adjusted", near = near,
                         early_end = function() early_end(settings), one_pass = TRUE)
    if (by == "observation") names(alpha) <- rownames(problem$data)
    alpha
  }
  with_alpha <- function(alpha) {
    model$family <- nmf_negbin(structure(alpha, early_end = NULL))
    model$family$source <- source
    with_model(problem, model)
  }
  if (is_over(poisson, settings)) settings$deadline <- -Inf
  alpha <- estimate(poisson)
  if (identical(attr(alpha, "early_end"), "interrupted")) poisson$status <- "interrupted"
  if (is_over(poisson, settings)) return(stopped_at(with_alpha(alpha), settings, poisson))
  fit <- fit_model(with_alpha(alpha), settings, start, also = list(nudged(poisson)), among = runners_up(poisson))
  starts <- fit$starts
  sizes <- numeric()                                      # of the changes in each round
  before <- NULL
  progress <- new_progress(settings$verbose, paste0(format(problem$model), ", alpha and factors in turn"), NA, "rounds")
  while (joint && length(sizes) < 100 && !is_over(fit, settings)) {
    previous <- alpha
    alpha <- suppressMessages(estimate(fit, alpha))
    early <- attr(alpha, "early_end")
    if (!is.null(early)) {
      fit <- ended_early(fit, early)
      break
    }
    moved <- change_of_variance(fit, previous, alpha)
    sizes <- c(sizes, sqrt(mean(moved^2)))
    if (max(abs(moved)) < settings$control$alpha_tol || is_at_rest(sizes)) break
    if (by == "data") {
      change <- if (alpha == previous) 0 else log(alpha / previous)
      if (!is.null(before)) alpha <- alpha * exp(aitken(before, change))
      before <- if (is.null(before)) change
    }
    fit <- fit_model(with_alpha(alpha), settings, nudged(fit))
    tell(progress, length(sizes))
  }
  fit$starts <- starts
  fit$steps <- list(poisson = list(deviance = poisson$deviance, logLik = poisson$logLik, status = poisson$status))
  fit
}

# By how much the logarithm of the variance mu + mu^2 / alpha changes at the size-biased mean, sum(mu^2) / sum(mu), of
# each observation, or of all for one alpha; an alpha that goes to infinity changes it by ever less.
change_of_variance <- function(fit, from, to) {
  mu <- as.vector(fit$W %*% rowSums(fit$H))
  squares <- rowSums((fit$W %*% tcrossprod(fit$H)) * fit$W)
  size <- if (length(to) == 1) sum(squares) / sum(mu) else ifelse(mu > 0, squares / mu, 0)
  size[!is.finite(size)] <- .Machine$double.xmax           # of means of missing cells alone
  log1p(size / to) - log1p(size / from)
}

# Whether changes have stopped to become smaller: weights that are next to zero come and go with an alpha of one
# observation, the number of parameters with them, and so alpha again.
is_at_rest <- function(sizes) length(sizes) - which.min(sizes) >= 10

# What is still to come of a sequence that changes by a constant factor (Aitken's process), from two of its changes; at
# most 1, for an alpha that goes to infinity changes by no such factor.
aitken <- function(first, second) {
  rate <- second / first
  ahead <- second * pmin(rate, 0.95) / (1 - pmin(rate, 0.95))
  ifelse(is.finite(rate) & is.finite(second) & rate > 0, pmin(pmax(ahead, -1), 1), 0)
}
