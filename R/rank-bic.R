# BIC of the best fit of each rank.

rank_bic <- function() {
  list(
    in_blocks = TRUE,
    score = "BIC", rule = "min", rules = "min", n_splits = NULL,
    starts = c(full = 10L, split = 1L), sets_starts = "full", needs_full = TRUE, largest = min,
    tasks = function(plan) list(), work = NULL, summarise = summarise_bic
  )
}

summarise_bic <- function(values, plan) {
  fits <- plan$full[full_key(plan$name, plan$ranks)]
  of <- function(get) vapply(fits, function(fit) if (is.null(fit)) NA_real_ else get(fit), 0, USE.NAMES = FALSE)
  bic <- function(convention) of(function(fit) bic_of(fit, convention))
  table <- data.frame(rank = plan$ranks, score = of(bic_of), se = NA_real_, n = 1L)
  table$delta <- above_least(table$score, table$score[c(which.min(table$score), NA)[1]])
  table$logLik <- of(function(fit) fit$logLik)
  table$df <- of(df_of)
  table$BIC_paper <- bic("paper")
  table$BIC_identifiable <- bic("identifiable")
  table$converged <- of(function(fit) as.numeric(fit$converged))
  c(list(table = table), choose_rank(table, "min"))
}
