# What a choice of a model says in words.

reasons_of <- function(choice) {
  best <- choice$models[1, ]
  c(noise = reason_against(choice), rank = paste0("Rank: ", choice$ranks[[1]], "."), BIC = reason_of_bic(choice),
    if (!is.null(choice$check)) {
      holds <- choice$check$verdict[choice$check$verdict$holds, ]
      stats::setNames(holds$reason, holds$statement)
    },
    if (isTRUE(mean(choice$stability$silhouette) >= 0.8)) {
      c(stability = paste0("Its features are stable: over ", choice$n_runs, " fits to resampled data their mean ",
                           "silhouette is ", three(mean(choice$stability$silhouette)), "."))
    })
}

model_at <- function(models) full_key(models$model, models$rank)

plus_minus <- function(x, se) paste0(signif(x, 3), ifelse(is.na(se), "", paste0(" +- ", signif(se, 2))))

# The best other model of each family and of the other structure, by held-out cells.
reason_against <- function(choice) {
  best <- choice$models[1, ]
  if (is.na(best$score)) return(paste0(model_at(best), " has the lowest BIC; no cells were held out."))
  others <- choice$models[-1, ]
  others <- others[!is.na(others$delta), ]
  paste0(model_at(best), " predicts cells that are held out ",
         if (best$delta == 0) "best" else "as well as the best, within one standard error, at a lower BIC",
         " (minus log-likelihood per cell ", format(best$score, digits = 4), ")",
         if (nrow(others)) {
           paste0("; the others are worse by ", paste0(plus_minus(others$delta - best$delta, others$delta_se), " (",
                                                     model_at(others), ")", collapse = ", "))
         }, ".")
}

best_by_bic <- function(choice) {
  allowed <- choice$models$model[choice$models$candidate]
  table <- choice$table[choice$table$model %in% allowed & !is.na(choice$table$BIC), ]
  table[which.min(table$BIC), ]
}

reason_of_bic <- function(choice) {
  by_bic <- best_by_bic(choice)
  if (!nrow(by_bic) || by_bic$model != choice$models$model[1]) return(NULL)
  if (by_bic$rank != choice$models$rank[1]) return(paste0("BIC prefers ", by_bic$model, " too."))
  "BIC prefers the same model and rank."
}

warnings_of <- function(choice) {
  c(warn_flat(choice), warn_bic(choice), warn_end(choice), warn_density(choice), warn_check(choice),
    warn_stability(choice), warn_failures(choice))
}

warn_flat <- function(choice) {
  best <- choice$models[1, ]
  others <- choice$models[-1, ]
  ranks <- choice$table[choice$table$model == best$model, ]
  near <- ranks$rank[(ranks$delta == 0 | ranks$delta <= ranks$delta_se) %in% TRUE]
  close <- others[others$candidate & (others$delta == 0 | others$delta <= others$delta_se) %in% TRUE, ]
  c(if (length(near) > 1) {
    paste0("Flat profile: ranks ", paste(near, collapse = ", "), " are within one standard error of each other.")
  },
  if (nrow(close)) {
    paste0("Held-out cells do not tell it from ", paste(model_at(close), collapse = ", "), "; BIC decided.")
  })
}

warn_bic <- function(choice) {
  by_bic <- best_by_bic(choice)
  best <- choice$models[1, ]
  if (!nrow(by_bic) || (by_bic$model == best$model && by_bic$rank == best$rank)) return(NULL)
  paste0("BIC prefers ", full_key(by_bic$model, by_bic$rank), ", by ", thousands(round(best$BIC - by_bic$BIC)), ".")
}

warn_end <- function(choice) {
  ranks <- range(choice$table$rank)
  rank <- choice$models$rank[1]
  if (ranks[1] == ranks[2]) return(NULL)
  if (rank == ranks[2]) return(paste0("Rank ", rank, " is the largest that was tried."))
  if (rank == ranks[1] && rank > 1) paste0("Rank ", rank, " is the smallest that was tried.")
}

warn_density <- function(choice) {
  if (all(choice$models$candidate)) return(NULL)
  left <- choice$models$model[!choice$models$candidate]
  paste0("Most cells are zero, where densities do not compare with probabilities: ", paste(left, collapse = ", "),
         " could not be chosen.")
}

warn_check <- function(choice) if (!is.null(choice$check)) choice$check$verdict$reason[!choice$check$verdict$holds]

warn_stability <- function(choice) {
  stability <- choice$stability
  if (is.null(stability) || nrow(stability) == 1) return(NULL)
  weak <- stability[stability$silhouette < 0.5, ]
  average <- mean(stability$silhouette)
  if (average >= 0.8 && !nrow(weak)) return(NULL)
  paste0("Unstable features: over ", choice$n_runs, " fits to resampled data the mean silhouette is ", three(average),
         if (nrow(weak)) {
           paste0("; below 0.5: ", paste0(weak$component, " (", three(weak$silhouette), ")", collapse = ", "))
         }, ".")
}

warn_failures <- function(choice) {
  unfinished <- sum(!choice$table$converged, na.rm = TRUE)
  c(if (choice$status != "done") "The work was interrupted; the choice is made from what was done.",
    if (nrow(choice$failures)) paste(nrow(choice$failures), "fits failed, see `$failures`."),
    if (unfinished) paste(unfinished, "of", nrow(choice$table), "fits to all data did not converge."))
}

#' @export
print.nmf_choice <- function(x, digits = 4, ...) {
  cat("Recommended: ", model_at(x$models[1, ]), if (!is.null(x$fit)) paste0(", fitted as ", format(x$model)), "\n",
      sep = "")
  write_items("Why", x$reasons, "+")
  write_items("Mind", x$warnings, "-")
  cat("\nModels at their ranks, held-out score (minus log-likelihood per cell) and BIC\n\n")
  shown <- x$models
  shown$se <- NULL
  shown$candidate <- NULL
  for (column in c("score", "delta", "delta_se")) shown[[column]] <- aligned(shown[[column]], digits)
  for (column in c("BIC", "delta_BIC")) shown[[column]] <- formatC(shown[[column]], format = "f", digits = 0)
  print(shown, row.names = FALSE, right = TRUE, ...)
  invisible(x)
}

write_items <- function(title, items, mark) {
  if (!length(items)) return(invisible())
  cat("\n", title, "\n", sep = "")
  for (item in items) writeLines(strwrap(item, 90, initial = paste0("  ", mark, " "), prefix = "    "))
}
