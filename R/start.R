# One start of a fit, of the kinds that nmf_control(starts = ) names; start-*.R make them.

# Start r of a fit; its kind and its random numbers depend on the seed and r alone.
random_start <- function(problem, settings, r) {
  model <- problem$model
  X <- problem$data$values
  kinds <- kinds_of_start(model, settings)
  kind <- kinds[(r - 1) %% length(kinds) + 1]
  if (!is.null(problem$data$offset)) X <- X / problem$data$offset
  if (structure_of(model)$turned) return(turned_start(problem, settings, r))
  start <- with_seed(seed_of_start(settings$seed, r), switch(
    kind, random = start_random(X, model), svd = start_svd(X, model), data = start_data(X, model),
    kmeans = start_kmeans(X, model), anchor = start_anchor(X, model),
    traditional = start_traditional(problem, settings)
  ))
  if (has_prior(problem$known)) start$second <- pmax(start$second, mean(start$second) * 1e-3)
  start
}

# Features in groups, and H' and A in the places of D' and E: the start of the convex model of V'. An alpha for each
# observation would be one for each of its columns.
turned_start <- function(problem, settings, r) {
  model <- problem$model
  family <- if (length(model$family$alpha) > 1) nmf_poisson() else model$family
  random_start(new_problem(t(problem$data), new_model("convex", family, model$rank)), settings, r)
}

# The kinds that are taken in turn. A convex fit may begin with a traditional one (of missing cells), which has no
# traditional start itself.
kinds_of_start <- function(model, settings) {
  kinds <- settings$control$starts
  kinds <- kinds[kinds %in% structure_of(model)$starts]
  if (length(kinds)) kinds else structure_of(model)$default_starts
}
