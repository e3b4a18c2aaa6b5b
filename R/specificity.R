# Which features stand for a component: by their probability, or by how much more it has of them than others. `x` is a
# topic model, or the same of any fit: F, the features of each component, and L and s, of which L s are the weights.

by_feature <- function(fit) list(F = t(fit$H), L = fit$W, s = rep(1, nrow(fit$W)))

score_of <- function(x, by, w = 0.5) {
  switch(by, prob = x$F, lift = lift_of(x), frex = frex_of(x, w), exclusive = exclusivity_of(x))
}

# The least probability of a feature that is named: where rare ones win by chance, that of all were they alike.
least_named <- function(x, by) if (by == "exclusive") 1 / nrow(x$F) else 0

# Indices of the n terms with the best scores, n x K, NA where terms run out. Rounding must not decide between equals.
top_terms <- function(x, n, score = x$F, least = 0) {
  score <- signif(score, 8)
  top <- vapply(seq_len(ncol(x$F)), function(topic) {
    probability <- without_traces(x$F[, topic])
    best <- order(score[, topic], probability, decreasing = TRUE)
    best[probability[best] > 0 & probability[best] >= least][seq_len(n)]
  }, integer(n))
  matrix(top, n)
}

# Probabilities that the solver would have at zero, had it time without end.
without_traces <- function(p) p * (p >= .Machine$double.eps * max(p, 0))

# Expected number of words of each topic, m_k = sum_i s_i L_ik.
topic_sizes <- function(x) colSums(x$L * x$s, na.rm = TRUE)

# F_jk / p_j with p_j = sum_k m_k F_jk / sum_k m_k.
lift_of <- function(x) {
  m <- topic_sizes(x)
  divide_rows(x$F, drop(x$F %*% (m / sum(m))))
}

# phi_jk = F_jk / sum_l F_jl.
exclusivity_of <- function(x) divide_rows(x$F, rowSums(x$F))

# Rows of zeros stay zero.
divide_rows <- function(x, by) x / ifelse(by > 0, by, 1)

frex_of <- function(x, w) 1 / (w / ecdf_within(exclusivity_of(x)) + (1 - w) / ecdf_within(x$F))

# Empirical distribution function of each column at its own entries: the share of entries that are not larger.
ecdf_within <- function(x) {
  ranks <- apply(signif(x, 8), 2, rank, ties.method = "max")
  array(ranks / nrow(x), dim(x), dimnames(x))
}
