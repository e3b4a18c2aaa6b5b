# What a choice of a model says in words.

reasons_of <- function(choice) {
  c(noise = reason_of_noise(choice), by_observation = reason_of_own(choice), convex = reason_of_convex(choice),
    held_out = reason_of_cells(choice),
    rank = reason_of_rank(choice), BIC = reason_of_bic(choice), lower = reason_of_lower(choice),
    if (!is.null(choice$check)) {
      instead <- is_checked_instead(choice)
      holds <- choice$check$verdict[choice$check$verdict$holds, ]
      holds <- holds[!(instead & holds$statement == "components"), ]
      reason <- holds$reason
      if (!is.null(choice$check$alone)) {                # that is said among what to mind
        reason <- sub(paste0(" ", alone_text(choice$check$alone)), "", reason, fixed = TRUE)
      }
      c(checked = if (instead) checked_instead(choice$check), stats::setNames(reason, holds$statement))
    },
    if (NROW(choice$stability) > 1 && is_stable(choice$stability)) {   # one component has no other to be told from
      c(stability = paste0("Its components are stable: over ", choice$n_runs, " fits to resampled data their mean ",
                           "silhouette is ", three(mean(choice$stability$silhouette)), "."))
    })
}

# Whether the noise was looked at in the traditional model, whose components are others.
is_checked_instead <- function(choice) {
  !is.null(choice$model) && structure_of(choice$check$model)$letters != structure_of(choice$model)$letters
}

checked_instead <- function(check) {
  paste0("The noise is checked in ", format(check$model), ", for a convex model is made of noisy observations.")
}

model_at <- function(models) full_key(models$model, models$rank)

reason_of_cells <- function(choice) {
  best <- choice$models[1, ]
  if (!nrow(held_out_pairs(choice))) {
    return(paste0(model_at(best), " has the lowest two-way BIC of the fits to all data; no two of them were ",
                  "compared on cells that are held out."))
  }
  others <- choice$models[-1, ]
  others <- others[!(others$near & others$candidate) & !is.na(others$delta) & others$delta > 0, ]
  if (nrow(choice$table) == 1) {
    return(paste0(model_at(best), " is the only candidate; ", words_of_score(choice), " per held-out cell ",
                  format(best$score, digits = 4), "."))
  }
  rivals <- choice$models$model[!choice$models$candidate & !choice$models$model %in% names(choice$out)]
  paste0(model_at(best), " predicts held-out cells ",
         if (best$delta <= 0) paste0("best", if (length(rivals)) " of the candidates") else
           if (best$near) "within two standard errors of the best" else
             paste0(short(best$delta, 3), " +- ", short(best$delta_se), " above the least"),
         " (", words_of_score(choice), " per cell ", format(best$score, digits = 4), ")",
         if (nrow(others)) {
           paste0("; above the least: ", paste0(model_at(others), " ", short(others$delta, 3), " +- ",
                                                short(others$delta_se), collapse = ", "))
         }, ".")
}

# Models and ranks with a score for held-out cells; none where there is only one of several, for it compares with none.
held_out_pairs <- function(choice) {
  table <- choice$table
  scored <- table[!is.na(table$delta), ]
  if (nrow(scored) > 1 || nrow(table) == 1) scored else scored[0, ]
}

# Ranks of the recommended model, likewise.
held_out_ranks <- function(choice) {
  pairs <- held_out_pairs(choice)
  pairs$rank[pairs$model == ranked_row(choice)$model]
}

# The model whose ranks were compared: the recommended one, or that with one parameter for all observations.
ranked_row <- function(choice) {
  if (is.null(choice$ranked)) return(choice$models[1, ])
  choice$models[choice$models$model == choice$ranked, ]
}

# Other families of the same structure and rank.
reason_of_noise <- function(choice) {
  best <- ranked_row(choice)
  letter <- function(models) sub("/[^/]*$", "", models)
  own <- choice$table[letter(choice$table$model) == letter(best$model) & choice$table$rank == best$rank, ]
  others <- own[!own$model %in% c(best$model, choice$models$model[1]) & !is.na(own$noise), ]
  if (!nrow(others) || is.na(best$noise) || best$BIC2 %in% -Inf) return(NULL)   # no noise is left of an exact fit
  others <- others[order(others$noise), ]
  paste0("Of the noises at rank ", best$rank, ", that of ", best$model, " has the least criterion; above it: ",
         paste0(others$model, " ", thousands(round(others$noise - best$noise)), collapse = ", "), ".")
}

# With one parameter for each observation, or one for all.
reason_of_own <- function(choice) {
  own <- choice$own
  if (is.null(own$gain)) return(NULL)
  ranked <- ranked_row(choice)
  name <- parameter_name(nmf_model(ranked$model)$family)
  raise <- paste0("raises twice the adjusted log-likelihood by ", short(own$gain, 3), ", where ", short(own$charge, 2),
                  " would do")
  if (own$gain > own$charge) {
    paste0(toupper(substr(name, 1, 1)), substring(name, 2), " differs between observations: a log-normal one ",
           "(standard deviation ", short(own$spread, 2), " on the log) ", raise, ".")
  } else if (own$gain > 0) {
    paste0("One ", name, " does for all observations: a log-normal one ", sub("would do", "is asked for", raise), ".")
  } else {
    paste0("One ", name, " does for all observations.")
  }
}

# The convex model in place of the traditional one, or not.
reason_of_convex <- function(choice) {
  convex <- choice$convex
  if (is.null(convex$loss)) return(NULL)
  loses <- paste0("twice the log-likelihood falls by ", short(max(convex$loss, 0), 3), " when components are ",
                  "averages of mean observations, where ", short(convex$allowed, 3), " is allowed")
  if (convex$loss > convex$allowed) return(paste0("A convex model is not true: ", loses, "."))
  if (!is_convex_enough(convex)) {
    return(paste0("A convex model may be true, but these data do not show it: ", loses, ", but mixed observations ",
                  "would look as pure as these by chance."))
  }
  paste0("The means are those of a convex model, which has fewer parameters: ", loses, ", and each component has ",
         "observations of its own. It may predict held-out cells less well, for it averages noisy observations.")
}

# Models and ranks by the share of resampled observations that choose them; those of less than 2% are left out.
shares_of <- function(choice) {
  table <- choice$table[!is.na(choice$table$share) & choice$table$share >= 0.02, ]
  table <- table[order(-table$share), ]
  if (nrow(table) == 0) return(numeric())
  stats::setNames(table$share, model_at(table))
}

percent <- function(share) paste0(round(100 * share), "%")

reason_of_rank <- function(choice) {
  rank <- choice$models$rank[1]
  if (length(held_out_ranks(choice)) < 2) return(NULL)
  if (length(choice$near) <= 1) {
    return(paste0("No other rank of this model is within two standard errors of the held-out score of rank ", rank,
                  "."))
  }
  paste0("Of its ranks ", paste(choice$near, collapse = ", "), ", which are within two standard errors, rank ", rank,
         if (is.na(choice$models$BIC2[1])) " is the smallest." else " has the lowest two-way BIC.")
}

best_by_bic <- function(choice) {
  table <- choice$table[choice$table$candidate & !is.na(choice$table$BIC2), ]
  table[which.min(table$BIC2), ]
}

reason_of_bic <- function(choice) {
  by_bic <- best_by_bic(choice)
  if (nrow(choice$table) > 1 && !anyNA(choice$table$BIC2) && nrow(by_bic) &&
        model_at(by_bic) == model_at(choice$models[1, ])) {
    others <- if (all(choice$table$candidate)) "others" else "other candidates"
    paste0("Two-way BIC prefers the same model and rank to all ", others, ".")
  }
}

# Whose score or BIC is lower without being a candidate: what a reader of the table would take for the better one.
lower_ones <- function(choice) {
  best <- choice$models[1, ]
  lower <- choice$models[-1, ]
  if (best$model %in% names(choice$out)) return(lower[0, ])
  lower[!lower$candidate & !lower$model %in% names(choice$out) &
          ((lower$delta < min(best$delta, 0, na.rm = TRUE)) %in% TRUE | (lower$BIC2 < best$BIC2) %in% TRUE), ]
}

reason_of_lower <- function(choice) {
  best <- choice$models[1, ]
  lower <- lower_ones(choice)
  if (!nrow(lower)) return(NULL)
  density <- !vapply(lower$model, function(model) nmf_model(model)$family$discrete, NA)
  paste0(paste(model_at(lower), collapse = ", "), if (nrow(lower) == 1) " has" else " have",
         " a lower score or BIC, but not the least criterion of the noise",
         if (all(density) && nmf_model(best$model)$family$discrete) {
           paste0(": at whole numbers a density can exceed every probability, and the criterion compares ",
                  "probabilities alone")
         }, ".")
}

warnings_of <- function(choice) {
  c(warn_flat(choice), warn_bic(choice), warn_end(choice), warn_out(choice), choice$hints, warn_exact(choice),
    warn_check(choice), warn_stability(choice), warn_failures(choice))
}

warn_flat <- function(choice) {
  others <- choice$models[!choice$models$model %in% c(choice$models$model[1], choice$ranked), ]
  close <- others[others$candidate & others$near & !is.na(others$delta) & !is_same_mean(others, choice$models[1, ]), ]
  tied <- (close$BIC2 < ranked_row(choice)$BIC2) %in% TRUE
  named <- function(close) {
    paste0(model_at(close), ifelse(close$delta > 0, paste0(" (", short(close$delta, 3), " +- ", short(close$delta_se),
                                                           " above the least)"), ""), collapse = ", ")
  }
  flat <- length(choice$near) > 1 && length(held_out_ranks(choice)) > 1
  c(if (flat) {
    paste0("Flat profile: held-out cells do not tell ranks ", paste(choice$near, collapse = ", "), " apart.")
  },
  if (!all(tied)) {
    paste0("Held-out cells do not tell it from ", named(close[!tied, ]), "; two-way BIC decided.")
  },
  if (any(tied)) {
    paste0("Held-out cells do not tell it from ", named(close[tied, ]), ", and two-way BIC hardly does: such a tie ",
           "goes to the traditional model.")
  },
  if ((flat || nrow(close)) && length(choice$carried)) {
    paste0("This is mostly due to one observation, ", choice$carried, ", whose cells are hard to predict: look at it, ",
           "or choose again without it.")
  })
}

# With one or two components the means of a convex model are those of the traditional one.
is_same_mean <- function(others, best) {
  as_traditional <- function(model) format(without_rank(traditional_of(nmf_model(model))))
  others$rank == best$rank & best$rank <= 2 &
    vapply(others$model, as_traditional, "") == as_traditional(best$model)
}

warn_bic <- function(choice) {
  by_bic <- best_by_bic(choice)
  best <- ranked_row(choice)
  if (!nrow(by_bic) || model_at(by_bic) %in% model_at(choice$models[1, ])) return(NULL)
  if (!isTRUE(best$BIC2 > by_bic$BIC2) || is_same_mean(by_bic, best)) return(NULL)
  paste0("Two-way BIC prefers ", model_at(by_bic), ", by ", thousands(round(best$BIC2 - by_bic$BIC2)), ".")
}

warn_end <- function(choice) {
  rank <- choice$models$rank[1]
  own <- choice$table$model == ranked_row(choice)$model & !is.na(choice$table$BIC)
  ranks <- range(choice$table$rank[own], rank)
  if (ranks[1] == ranks[2]) return(NULL)
  if (rank == ranks[2]) return(paste0("Rank ", rank, " is the largest that was tried."))
  if (rank == ranks[1] && rank > 1) paste0("Rank ", rank, " is the smallest that was tried.")
}

warn_out <- function(choice) {
  if (!length(choice$out)) return(NULL)
  why <- switch(choice$out[1], density = "Most cells are zero, where densities do not compare with probabilities",
                `not counts` = "`V` is not made of counts, and count noise has no likelihood there")
  left <- setdiff(names(choice$out), choice$models$model[1])
  paste0(why, if (length(left)) paste0(": ", paste(left, collapse = ", "), " could not be chosen") else
    "; the deviance decided", ".")
}

warn_exact <- function(choice) {
  if (is.null(choice$fit) || !has_no_noise(choice$fit)) return(NULL)
  paste0("The fit of rank ", choice$models$rank[1], " is exact: there is no noise to be told or checked, and no data ",
         "were drawn for the stability of its components.")
}

words_of_score <- function(choice) {
  if (choice$models$model[1] %in% names(choice$out)) "half the deviance" else "minus log-likelihood"
}

warn_check <- function(choice) {
  check <- choice$check
  if (is.null(check)) return(NULL)
  instead <- is_checked_instead(choice)
  doubted <- check$verdict[!check$verdict$holds & !(instead & check$verdict$statement == "components"), ]
  c(doubted$reason, if (!is.null(check$alone) && !instead) alone_text(check$alone))
}

warn_stability <- function(choice) {
  stability <- choice$stability
  if (is.null(stability) || is_stable(stability)) return(NULL)
  weak <- stability[stability$silhouette < 0.5, ]
  average <- mean(stability$silhouette)
  paste0("Unstable components: over ", choice$n_runs, " fits to resampled data the mean silhouette is ", three(average),
         if (nrow(weak)) {
           paste0("; below 0.5: ", paste0(weak$component, " (", three(weak$silhouette), ")", collapse = ", "))
         }, ".")
}

# One component has no others to be mixed up with.
is_stable <- function(stability) {
  nrow(stability) == 1 || (mean(stability$silhouette) >= 0.8 && all(stability$silhouette >= 0.5))
}

warn_failures <- function(choice) {
  unfinished <- sum(!choice$table$converged, na.rm = TRUE)
  c(if (choice$status != "done") "The work was interrupted; the choice is made from what was done.",
    if (nrow(choice$failures)) {
      paste(nrow(choice$failures), if (nrow(choice$failures) == 1) "fit" else "fits", "failed, see `$failures`.")
    },
    if (unfinished) paste(unfinished, "of", nrow(choice$table), "fits to all data did not converge."))
}

# "2 to 4", or "2, 4, 5" where one between them is missing.
ranks_text <- function(ranks) {
  if (all(diff(ranks) == 1)) paste(ranks[1], "to", last(ranks)) else paste(ranks, collapse = ", ")
}

# What to do, in one line.
advice_of <- function(choice) {
  rank <- choice$models$rank[1]
  near <- sort(unique(c(choice$near, rank)))
  stability <- choice$stability
  weak <- if (!is.null(stability) && nrow(stability) > 1) stability$component[stability$silhouette < 0.8]
  checked <- choice$check$verdict
  share <- ranked_row(choice)$share
  paste0(
    "Use ", model_at(choice$models[1, ]),
    if (!is.null(share) && !is.na(share)) paste0(" (rank ", rank, " is chosen in ", percent(share), " of resamplings)"),
    if (length(near) > 1) paste0("; report ranks ", ranks_text(near), ", which predict held-out cells alike"),
    if (!is.null(warn_end(choice)) && rank > 1) "; try more ranks",
    if (length(weak)) paste0("; look at ", paste(weak, collapse = ", "), if (length(weak) > 1) ", which are" else
      ", which is", " not stable"),
    if (!all(checked$holds)) "; see check_model() for what the noise does not explain", "."
  )
}

#' @export
print.nmf_choice <- function(x, digits = 4, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  cat("Recommended: ", model_at(x$models[1, ]), if (!is.null(x$fit)) paste0(", fitted as ", format(x$model)), "\n",
      sep = "")
  write_items("Why", x$reasons, "+")
  write_items("Mind", x$warnings, "-")
  cat("\nModels at their ranks, held-out score (", words_of_score(x), " per cell), two-way BIC and BIC\n\n", sep = "")
  shown <- x$models[c("model", "rank", "score", "delta", "delta_se", "splits", "BIC2", "rank_BIC", "BIC")]
  shown <- shown[vapply(shown, function(column) !all(is.na(column)), NA)]
  for (column in intersect(c("score", "delta", "delta_se"), names(shown))) {
    shown[[column]] <- ifelse(is.na(shown[[column]]), "", short(shown[[column]], min(digits, 3)))
  }
  for (column in intersect(c("BIC2", "BIC"), names(shown))) {
    shown[[column]] <- ifelse(is.na(shown[[column]]), "", ifelse(
      is.infinite(shown[[column]]), "exact fit", formatC(shown[[column]], format = "f", digits = 0)
    ))
  }
  print(shown, row.names = FALSE, right = TRUE, ...)
  shares <- shares_of(x)
  if (length(shares)) {
    writeLines(c("", strwrap(paste0("Chosen when observations are resampled: ",
                                    paste(names(shares), percent(shares), collapse = ", "), ".",
                                    if (!identical(x$ranked, x$models$model[1]) && !is.null(x$ranked)) {
                                      paste0(" Ranks were compared under ", x$ranked, ".")
                                    }), 90, exdent = 2)))
  }
  writeLines(c("", strwrap(x$advice, 90, exdent = 2)))
  invisible(x)
}

write_items <- function(title, items, mark) {
  if (!length(items)) return(invisible())
  cat("\n", title, "\n", sep = "")
  for (item in items) writeLines(strwrap(item, 90, initial = paste0("  ", mark, " "), prefix = "    "))
}
