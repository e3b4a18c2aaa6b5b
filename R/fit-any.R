# A fit of any model; an open family is estimated first.
fit_any <- function(problem, settings, start = NULL) {
  large <- length(values_of(problem$data$values)) > 1e6
  if (large && settings$max_iter > 0) gc(FALSE)           # what R has not swept up yet would add to the peak
  problem <- complete_data(problem, settings)
  if (!isTRUE(problem$interrupted)) return(fit_family(problem$model$family, problem, settings, start))
  settings$deadline <- -Inf
  ended_early(fit_family(problem$model$family, problem, settings, start), "interrupted")
}

ended_early <- function(fit, status) {
  fit$status <- status
  fit$converged <- FALSE
  fit
}

# Whether a fit was the last one for which there is time.
is_over <- function(fit, settings) fit$status == "interrupted" || now() > settings$deadline

# The model at factors that are already there: what is left of an estimation that is over.
stopped_at <- function(problem, settings, fit) {
  settings$max_iter <- 0L
  settings$deadline <- -Inf
  ended_early(fit_model(problem, settings, factors_of(fit)),
              if (fit$status == "interrupted") "interrupted" else "time_limit")
}
