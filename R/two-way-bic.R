# BIC in which a parameter is charged by the cells that inform it.

# -2 log L + K N log M + K M log N for traditional models, the first two terms of Laplace's approximation (Pauler 1998):
# M cells inform a weight of an observation, N an entry of a component, and n those of all a parameter of the noise. The
# encoder of a convex model has more entries than its components have features to move by; it is charged for no more.
two_way_bic <- function(fit) {
  parameters <- parameters_of_means(fit)
  cells <- fit$nobs / c(nrow(fit$W), ncol(fit$H))
  -2 * fit$logLik + sum(parameters * log(cells)) + noise_penalty(fit)
}

# Of weights and of components.
parameters_of_means <- function(fit) {
  N <- nrow(fit$W)
  M <- ncol(fit$H)
  used <- function(encoder, most) sum(pmin(colSums(encoder > 0), most))
  c(weights = if (is.null(fit$A)) length(fit$W) else used(fit$A, N),
    components = if (is.null(fit$E)) length(fit$H) else used(fit$E, M))
}

# log n for each parameter of the noise, where n is the number of cells that it is estimated from: all, or those of its
# observation.
noise_penalty <- function(fit) {
  family <- fit$model$family
  n <- n_parameters(family)
  if (n > 1) n * log(fit$nobs / n) else (n + family$has_dispersion) * log(fit$nobs)
}
