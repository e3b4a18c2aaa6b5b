# Score, standard errors and choice of each rank. `units` has a row for each unit and a column for each rank, NA where
# nothing was scored.
choose_by_score <- function(units, values, plan, centre = c("mean", "median")) {
  table <- cbind(rank = plan$ranks, score_table(units, values, centre))
  c(list(table = table), choose_rank(table, plan$rule))
}

# A row for each column of `units`; `values` are what came of the splits.
score_table <- function(units, values, centre = c("mean", "median")) {
  middle <- switch(match.arg(centre), mean = mean, median = stats::median)
  scored <- colSums(!is.na(units))
  usable <- scored > 0 & scored >= max(scored) / 2
  shared <- rowSums(is.na(units[, usable, drop = FALSE])) == 0
  if (!any(shared)) usable <- usable & FALSE
  of_rank <- function(k, of) of(units[if (usable[k]) shared else !is.na(units[, k]), k])
  each <- seq_len(ncol(units))
  table <- data.frame(score = vapply(each, of_rank, 0, middle),
                      se = vapply(each, of_rank, 0, function(x) standard_error(x, centre)),
                      n = vapply(each, of_rank, 0L, length))
  table$score[scored == 0] <- NA                         # not NaN
  best <- which.min(ifelse(usable, table$score, NA))
  table$delta <- table$delta_se <- NA_real_
  if (length(best)) {
    table$delta[usable] <- table$score[usable] - table$score[best]
    difference <- units[shared, usable, drop = FALSE] - units[shared, best]
    table$delta_se[usable] <- apply(difference, 2, standard_error, centre)
  }
  table$converged <- vapply(values, share_converged, 0)
  table[c("score", "se", "n", "delta", "delta_se", "converged")]
}

standard_error <- function(x, centre) {
  if (length(x) < 2 || anyNA(x) || !all(is.finite(x))) return(NA_real_)
  spread <- if (centre[1] == "mean") stats::sd(x) else sqrt(pi / 2) * stats::IQR(x) / 1.349
  spread / sqrt(length(x))
}

share_converged <- function(values) {
  values <- Filter(Negate(is.null), values)
  if (length(values)) mean(vapply(values, function(value) value$converged, NA)) else NA_real_
}

choose_rank <- function(table, rule) {
  best <- which.min(table$delta)
  if (!length(best)) return(list(rank = integer(), reason = "no rank could be judged"))
  least <- paste("rank", table$rank[best], "has the least score")
  if (rule == "min") return(list(rank = table$rank[best], reason = least))
  near <- which(table$delta <= table$delta_se)
  chosen <- min(near, best)
  reason <- if (chosen == best) {
    paste0(least, ", and none of the smaller ones is within one standard error of it")
  } else {
    paste0("rank ", table$rank[chosen], " is the smallest within one standard error of the least score, that of rank ",
           table$rank[best], " (", number_text(table$delta[chosen], digits = 2), " above, standard error ",
           number_text(table$delta_se[chosen], digits = 2), ")")
  }
  list(rank = table$rank[chosen], reason = reason)
}
