# What a check says in words.

# Below which p-value a statement is doubted.
doubt_below <- function(check) if (isTRUE(check$approximate)) 0.001 else 0.01

verdict_of <- function(check) in_plain_numbers(verdict_table(check))

verdict_table <- function(check) {
  variance <- verdict_variance(check)
  parts <- list(noise = verdict_noise(check), variance = variance, zeros = verdict_zeros(check, isTRUE(variance$small)),
                observations = verdict_observations(check), components = verdict_components(check))
  parts <- Filter(Negate(is.null), parts)
  few <- vapply(parts, function(part) isTRUE(check$approximate) && !part$holds, NA) & names(parts) != "components"
  parts[few] <- lapply(parts[few], function(part) {
    replace(part, "reason", paste(part$reason, "With so few counts the test is approximate."))
  })
  data.frame(statement = names(parts), holds = vapply(parts, `[[`, NA, "holds"),
             reason = vapply(parts, `[[`, "", "reason"), row.names = NULL)
}

statement <- function(holds, ...) list(holds = holds, reason = paste0(...))

p_of <- function(check, test) check$table$p.value[check$table$test == test]

# By the p-value, or by the size of the effect where there is none.
is_doubted <- function(check, test, by_size) {
  p <- p_of(check, test)
  if (is.na(p)) isTRUE(by_size) && check$n_runs == 0 else p < doubt_below(check)
}

p_text <- function(p) {
  if (is.na(p)) "" else if (p < 0.001) ", p < 0.001" else paste0(", p = ", three(p))
}

verdict_noise <- function(check) {
  distance <- check$table$statistic[check$table$test == "uniformity"]
  chance <- 1.63 / sqrt(check$n_cells)                    # 1% of distances are larger (Kolmogorov)
  p <- p_of(check, "uniformity")
  far <- distance > max(0.1, chance)                      # whatever a test can tell, they do not agree
  doubted <- is_doubted(check, "uniformity", distance > max(0.03, chance)) ||
    (far && isTRUE(p < 5 * doubt_below(check)))
  label <- check$model$family$label
  words <- if (doubted) paste("contradict", label, "noise") else
    if (far) "are far from uniform, but no farther than those of data drawn from the model" else
      paste(if (distance > 0.1) "do not contradict" else "agree with", label, "noise")   # so few that they tell little
  statement(!doubted, "Quantile residuals ", words, " (standard deviation ", short(check$residual_sd),
            ", distance from uniform ", short(distance), p_text(p), ").")
}

times_text <- function(bin) {
  excess <- if (bin$excess < 1e-6) 0 else bin$excess
  paste0(short(excess), " times that of the model at means near ", short(bin$mean))
}

# Bins that say something about a variance.
informative <- function(bins) bins[bins$cells - bins$expected_zeros >= 20 & bins$observed > 0 & bins$mean > 0, ]

# Observed over model variance, freed of what the estimated means take from it.
informative_excess <- function(check) {
  bins <- informative(check$bins)
  bins$excess <- bins$ratio / ifelse(is.finite(bins$reference) & bins$reference > 0, bins$reference, 1)
  bins
}

verdict_variance <- function(check) {
  bins <- informative_excess(check)
  if (nrow(bins) == 0) return(NULL)
  beyond <- max(abs(log(bins$excess))) > log(1.5)
  doubted <- c(is_doubted(check, "mean_variance", beyond), is_doubted(check, "dispersion", FALSE))
  most <- bins[which.max(bins$excess), ]
  least <- bins[which.min(bins$excess), ]
  worst <- if (most$excess * least$excess > 1) most else least
  label <- check$model$family$label
  if (!any(doubted)) {
    by_chance <- beyond && check$n_runs > 0
    return(statement(TRUE, label, " variance is ", if (by_chance) "not contradicted" else "right",
                     ": squared residuals are ", short(least$excess), " to ", short(most$excess),
                     " times it over the range of means", if (by_chance) ", which chance allows",
                     p_text(min_p(check)), "."))
  }
  if (most$excess > 1.25 && least$excess < 0.8) {
    what <- paste0(" variance has the wrong shape: the observed one is ", times_text(least), ", but ",
                   times_text(most))
  } else {
    what <- paste0(" variance is too ", if (worst$excess > 1) "small" else "large", ": the observed one is ",
                   times_text(worst))
  }
  letters <- structure_of(check$model)$letters
  family <- check$model$family
  advice <- family$advice(worst$excess > 1, function(symbol) paste0("\"", letters, "/", symbol, "\""),
                          identical(family$source, "given"))
  by_size <- is.na(p_of(check, "mean_variance")) && !doubted[2]
  said <- statement(FALSE, label, what, p_text(if (by_size) NA else min_p(check)), ". ", advice)
  said$small <- worst$excess > 1
  said
}

# The smaller of two p-values, doubled (Bonferroni); what is shown of the variance as a whole.
min_p <- function(check) {
  p <- check$table$p.value[check$table$test %in% c("mean_variance", "dispersion")]
  if (all(is.na(p))) NA else min(1, min(p, na.rm = TRUE) * sum(!is.na(p)))
}

verdict_zeros <- function(check, variance_small) {
  zeros <- check$zeros
  if (is.null(zeros)) return(NULL)
  away <- abs(zeros$observed - zeros$expected)
  doubted <- is_doubted(check, "zeros", away > 0.1 * max(zeros$expected, zeros$observed) && abs(zeros$z) > 5)
  many <- zeros$z > 0
  # as many as data have that are drawn from the model and fitted
  expected <- zeros$expected + if (check$n_runs > 0) check$table$reference[check$table$test == "zeros"] else 0
  counts <- paste0(format(zeros$observed, big.mark = ","), if (zeros$observed == 1) " zero, " else " zeros, ",
                   format(max(round(expected), 0), big.mark = ","), " expected (z = ",
                   format(round(zeros$z, 1), nsmall = 1), p_text(p_of(check, "zeros")), ").")
  if (!doubted) return(statement(TRUE, "The number of zeros is right: ", counts))
  statement(FALSE, if (many) "Zero inflation: " else "Zero deflation: ", counts,
            if (many && variance_small) " Too small a variance can do this by itself." else if (many)
              " Cells that were not measured must be NA, not 0.")
}

verdict_observations <- function(check) {
  worst <- check$observations[1, ]
  cosine <- check$observations$cosine
  p <- p_of(check, "observations")
  doubted <- is_doubted(check, "observations", FALSE)
  beyond <- if (doubted) beyond_limit(check)
  begin <- if (doubted) paste0(beyond, " of ", nrow(check$observations), " observations ",
                               if (beyond == 1) "does" else "do", " not fit: ") else
    if (!is.na(p)) "No observation stands out: "
  few <- doubted && beyond <= max(1, 0.05 * nrow(check$observations))
  statement(!doubted, begin, worst$observation, " has the largest mean deviance, ", short(worst$mean_deviance),
            " (median ", short(stats::median(check$observations$mean_deviance)), p_text(p),
            "). Cosines of observed and fitted: median ", three(stats::median(cosine, na.rm = TRUE)), ", least ",
            three(min(cosine, na.rm = TRUE)), ".",
            if (few) paste0(" Look at ", if (beyond == 1) "it" else "them", " first, and fit without ",
                            if (beyond == 1) "it" else "them", ": what is foreign to the others can make the variance ",
                            "too large and take a component for itself."))
}

# Two components that are nearly proportional may be one that was split.
verdict_components <- function(check) {
  pair <- check$alike
  if (is.null(pair)) return(NULL)
  text <- paste0(pair$component, " and ", pair$with, " (cosine ", three(pair$cosine), ")")
  if (pair$cosine < 0.95) {
    return(statement(TRUE, "No two components are alike: the most similar are ", text, ".",
                     if (!is.null(check$alone)) paste0(" ", alone_text(check$alone))))
  }
  statement(FALSE, "Two components are alike: ", text, ". They may be one that was split: see a smaller rank, and ",
            "feasible_set() for what the data tell of them.")
}

# What may be foreign to all other observations, or simply be rich in it; or one that outweighs all others together.
alone_text <- function(alone) {
  large <- alone$of_all[1] > 0.5
  if (large) {
    return(paste0("One observation, ", alone$observation[1], ", has ", percent(alone$of_all[1]), " of all weights, so ",
                  "that it decides what the components are. Fit without it to see whether they are those of the ",
                  "others."))
  }
  one <- nrow(alone) == 1
  paste0(paste0(alone$component, " is mostly that of one observation, ", alone$observation, " with ",
                percent(alone$share), " of its weights", collapse = "; "),
         ". Fit without ", if (length(unique(alone$observation)) == 1) "it" else "them", " to see whether the others ",
         "have ", if (one) "this component" else "these components", " too.")
}

# How many observations are beyond what the largest mean deviance may be at the level of the test.
beyond_limit <- function(check) {
  test <- check$table[check$table$test == "observations", ]
  B <- check$n_runs
  away <- stats::qt(1 - doubt_below(check), B - 1) * test$sd * sqrt(1 + 1 / B)
  limit <- from_bent_log(away, test$reference, bend_of_largest(check$dim))
  deviance <- check$observations$mean_deviance / check$observations$mean_deviance[1] * test$statistic
  sum(deviance > limit)
}

#' @export
print.nmf_check <- function(x, digits = 2, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  cat(format(x$model), " on ", x$dim[1], " observations x ", x$dim[2], " features: ",
      if (all(x$verdict$holds)) "nothing against the model" else "the model is in doubt",
      if (x$n_runs > 0) paste0(" (", x$n_runs, " data sets drawn and fitted)"), "\n", sep = "")
  if (isTRUE(x$approximate) && x$n_runs > 0) {
    few <- paste0("There are fewer than ", counts_asked, " counts for each parameter of the means: p-values are ",
                  "approximate, and what is below ", doubt_below(x), " is doubted.")
    writeLines(strwrap(few, 90, initial = "    ", prefix = "    "))
  }
  for (i in seq_len(nrow(x$verdict))) {
    mark <- if (x$verdict$holds[i]) "  + " else "  - "
    writeLines(strwrap(x$verdict$reason[i], 90, initial = mark, prefix = "    "))
  }
  if (x$n_cells < x$nobs) {
    writeLines(strwrap(paste("Quantile residuals are those of", thousands(x$n_cells), "of the", thousands(x$nobs),
                             "cells, drawn at random."), 90, initial = "    ", prefix = "    "))
  }
  cat("\n")
  write_list("Largest mean deviance by observation:", worst_text(x$observations, x$n_worst, digits))
  write_list("By feature:", worst_text(x$features, x$n_worst, digits))
  write_list("Most unlikely cells:", paste0(x$cells$observation, " / ", x$cells$feature, " (",
                                            short(x$cells$value, digits + 2), ", mean ", short(x$cells$mean, digits),
                                            ")"))
  invisible(x)
}

write_list <- function(title, items) {
  writeLines(strwrap(paste(title, paste(items, collapse = ", ")), 90, exdent = 2))
}

worst_text <- function(table, n, digits) {
  table <- utils::head(table, n)
  paste0(table[[1]], " (", short(table$mean_deviance, digits), ")")
}
