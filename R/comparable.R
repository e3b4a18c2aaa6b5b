# Which likelihoods of the same data can stand beside each other.

# Probabilities of counts exist for whole numbers only, and where most cells are zero a density can exceed every
# probability. For each family `""`, or why its models stay out of a comparison: "not counts" or "density".
out_of_comparison <- function(families, source) {
  discrete <- vapply(families, function(family) family$discrete, NA)
  out <- stats::setNames(character(length(discrete)), names(discrete))
  if (!has_counts(source)) {
    out[discrete] <- "not counts"
  } else if (any(discrete) && is_mostly_zero(source)) {
    out[!discrete] <- "density"
  }
  out
}

has_counts <- function(source) {
  if (in_blocks(source)) source$values$facts$whole else whole_numbers_cpp(counting(source))
}

# Of models that the user has not named, those that these data allow and whose likelihood they define.
that_take <- function(models, source) {
  takes_offset <- vapply(models, function(model) is.null(source$offset) || structure_of(model)$offset, NA)
  models <- models[takes_offset]
  has_likelihood <- has_counts(source) | !vapply(models, function(model) model$family$discrete, NA)
  if (!all(has_likelihood)) {
    message("`V` is not made of counts: ", paste(names(models)[!has_likelihood], collapse = ", "),
            " have no likelihood there and are left out.")
  }
  models[has_likelihood]
}

not_counts_note <- paste("`V` is not made of counts, so that Poisson and Negative Binomial noise have no likelihood to",
                         "be compared by.")

density_note <- paste("Most cells are zero. The log-likelihoods of Normal and Tweedie models are densities, which can",
                      "exceed 1 there, so their BIC is not comparable with that of Poisson and Negative Binomial",
                      "models, which come first; look at the residuals.")
