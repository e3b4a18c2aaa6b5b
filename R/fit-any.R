# A fit of any model; an open family is estimated first.
fit_any <- function(problem, settings, start = NULL) {
  problem <- complete_data(problem, settings)
  family <- problem$model$family
  if (family$name == "poisson") return(fit_poisson(problem, settings, start))
  if (!is_open(family)) return(fit_model(problem, settings, start))
  switch(family$name,
         negbin = fit_open_negbin(problem, settings, start),
         tweedie = fit_open_tweedie(problem, settings, start))
}

# Features of a convex model are E'V, which needs a V without gaps: the means of the traditional Poisson model of the
# same rank, fitted to the cells that count, stand for what is missing. Where these cells do not determine it, a mean is
# kept within reach of that of its row and column.
complete_data <- function(problem, settings) {
  if (problem$model$structure != "convex" || !any(problem$data$weights == 0)) return(problem)
  traditional <- new_problem(problem$data, new_model("traditional", nmf_poisson(), problem$model$rank))
  poisson <- fit_poisson(traditional, settings)
  level <- independent_means(problem$data)
  problem$data <- fill_missing(problem$data, function(row, column) {
    within_reach(rowSums(poisson$W[row, , drop = FALSE] * t(poisson$H)[column, , drop = FALSE]), level(row, column))
  })
  problem
}
