# A fit of any model; an open family is estimated first.
fit_any <- function(problem, settings, start = NULL) {
  if (has_sparsity(problem$known)) return(fit_penalised(problem, settings, start))
  large <- n_stored(problem$data) > 1e6
  if (large && settings$max_iter > 0) gc(FALSE, full = FALSE)  # what reading left behind would add to the peak
  problem <- complete_data(problem, settings)
  if (!isTRUE(problem$interrupted)) return(fit_family(problem$model$family, problem, settings, start))
  settings$deadline <- -Inf
  ended_early(fit_family(problem$model$family, problem, settings, start), "interrupted")
}

# With a penalty: without it first, and then from there, so that all starts are judged by the data and the noise is that
# of a fit which nothing shrinks. Zeros are lifted a little, for some updates would keep them.
fit_penalised <- function(problem, settings, start = NULL) {
  parts <- problem$known$penalties
  if (!is.null(start) && !is_open(problem$model$family)) return(fit_model(problem, settings, start))
  problem$known$penalties <- Filter(is_prior, parts)
  free <- fit_any(problem, settings, start)
  problem$model <- free$model
  problem$known$penalties <- parts
  if (is_over(free, settings)) return(stopped_at(problem, settings, free))
  fit <- fit_model(problem, settings, nudged(free))
  fit$starts <- free$starts
  fit$steps <- free$steps
  fit
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
