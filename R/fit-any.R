# A fit of any model; an open family is estimated first.
fit_any <- function(problem, settings, start = NULL) {
  problem <- complete_data(problem, settings)
  fit_family(problem$model$family, problem, settings, start)
}
