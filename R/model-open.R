# Models whose estimated parameters are to be estimated again.

# The model with an alpha that was estimated to be estimated again.
reopened <- function(model) {
  family <- model$family
  if (family$name == "negbin" && !identical(family$source, "given")) {
    model$family <- nmf_negbin(if (length(family$alpha) > 1) "observation")
  }
  model
}

# The model with an alpha or a power that was estimated to be estimated again.
open_again <- function(model) {
  if (model$family$name == "tweedie" && !identical(model$family$source, "given")) model$family <- nmf_tweedie()
  reopened(model)
}
