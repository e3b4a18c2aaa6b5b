# A fit of any model; an open family is estimated first.
fit_any <- function(problem, settings, start = NULL) {
  if (structure_of(problem$model)$turned) return(fit_feature_encoder(problem, settings, start, fit_any))
  problem <- complete_data(problem, settings)
  fit_family(problem$model$family, problem, settings, start)
}
