# Negative Binomial fits whose alpha is open.

adjusted_source <- "adjusted profile likelihood"

# Algorithm 1 of the paper: Poisson fit, alpha given its means, Negative Binomial fit (from the Poisson factors as well
# as from the random starts); alpha and factors in turn when their joint maximum, or that of the adjusted likelihood, is
# asked for.
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
  fit <- fit_model(with_alpha(alpha), settings, start, also = list(nudged(poisson)))
  rounds <- 0
  while (joint && rounds < 100 && !is_over(fit, settings)) {
    rounds <- rounds + 1
    previous <- alpha
    alpha <- suppressMessages(estimate(fit, alpha))
    early <- attr(alpha, "early_end")
    if (!is.null(early)) {
      fit <- ended_early(fit, early)
      break
    }
    if (max(ifelse(alpha == previous, 0, abs(alpha / previous - 1))) < settings$control$alpha_tol) break
    fit <- fit_model(with_alpha(alpha), settings, nudged(fit))
  }
  fit$steps <- list(poisson = list(deviance = poisson$deviance, logLik = poisson$logLik, status = poisson$status))
  fit
}
