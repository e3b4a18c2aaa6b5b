# The ranks of choose_model(), which find their own range.

# Ranks of all models, and the last one that is tried before the user has to ask for more.
first_ranks <- 6L
last_rank <- 40L

# Models and ranks to go on with: larger ranks, a quarter at a time, until the best and the one that would be chosen are
# at least two below the largest, then those between their neighbours; first for the structure of the best one, then for
# others that are near it all the same. All families of the structure are asked there, for at too small a rank what is
# left of the means looks like noise, and those of the traditional one, which has the noise of the convex ones too.
next_pairs <- function(plan, full, values) {
  pairs <- all_pairs(plan)
  units <- units_of_models(values, plan, plan$n_splits)
  splits <- splits_done(pairs, names(values), plan)
  open <- plan$noise & splits == max(splits[plan$noise], 0)
  none <- pairs[0, ]
  best <- best_unit(units, which(open))
  if (!length(best)) return(none)
  letters <- structure_letters(plan)
  structure <- letters[pairs$model]
  cells <- total_weight(plan$data)
  bic <- numbers_of_fits(full, pairs, "BIC2")
  near <- which(open & is_near(above_best(units, best), cells))
  for (one in unique(structure[c(best, near)])) {
    own <- which(open & structure == one)
    chosen <- own[choice_among(units[, own, drop = FALSE], pairs$model[own], bic[own], cells)]
    models <- names(letters)[letters %in% c(one, "T") & (plan$out[names(letters)] == "" | all(plan$out != ""))]
    for (rank in unique(pairs$rank[c(best_unit(units, own), chosen)])) {
      more <- next_ranks(rank, unique(pairs$rank[structure == one]), plan$largest)
      if (!length(more)) next
      all <- data.frame(model = rep(models, each = length(more)), rank = rep(more, length(models)))
      return(all[!full_key(all$model, all$rank) %in% full_key(pairs$model, pairs$rank), ])
    }
  }
  none
}

next_ranks <- function(best, tried, largest) {
  more <- if (best + 2 > max(tried) && max(tried) < largest) {
    pmin(ceiling(max(tried) * c(1.25, 1.5)), largest)
  } else {
    above <- tried[tried > best]
    seq(max(0, tried[tried < best]) + 1, if (length(above)) min(above) - 1 else best)
  }
  as.integer(setdiff(more, tried))
}
