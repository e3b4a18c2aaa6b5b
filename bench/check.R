# How often check_model() doubts a model that is true: data of the fitted family, rank and range of means.
#   NMFAMILY_BENCH_SETS=50 Rscript bench/check.R
# Components are drawn from the reference signatures (for 50 features, the 50 largest channels of all), weights are
# Gamma(1). `level` is the share of p-values below 0.05 of each test, `doubted` that of the sets in which any statement
# of the four on noise, variance, zeros and observations is doubted.
source("bench/common.R")
library(nmfamily)
sets <- setting("sets", 50)

simulate_small <- function(seed, N, M, mean, alpha, K = 3) {
  set.seed(seed)
  H <- pcawg_signatures[sample(nrow(pcawg_signatures), K), ]
  if (M < ncol(H)) H <- H[, order(-colSums(pcawg_signatures))[seq_len(M)]]
  mu <- matrix(rgamma(N * K, 1), N) %*% (H / rowSums(H))
  mu <- mu * mean / base::mean(mu)
  counts <- if (is.finite(alpha)) rnbinom(length(mu), size = alpha, mu = mu) else rpois(length(mu), mu)
  matrix(counts, N)
}

checked <- function(cell, seed) {
  V <- simulate_small(seed, cell$N, cell$M, cell$mean, cell$alpha)
  keep <- rowSums(V) > 0
  fit <- fit_ours(V[keep, colSums(V) > 0], if (is.finite(cell$alpha)) "T/NB/3" else "T/Po/3", n_starts = 3, seed = seed)
  check <- suppressWarnings(check_model(fit, seed = seed))
  p <- stats::setNames(check$table$p.value, check$table$test)
  own <- check$verdict$statement != "components"
  data.frame(cell, seed = seed, t(p), doubted = any(!check$verdict$holds[own]))
}

cells <- expand.grid(mean = c(0.1, 0.5, 2, 20, 200), alpha = c(Inf, 10), N = c(30, 100, 500))
cells$M <- ifelse(cells$N == 500, 50, 96)
all <- do.call(rbind, lapply(seq_len(nrow(cells)), function(i) {
  do.call(rbind, lapply(seq_len(sets), function(seed) checked(cells[i, ], 1000 * i + seed)))
}))
tests <- c("uniformity", "dispersion", "mean_variance", "zeros", "observations")
summary <- do.call(rbind, lapply(split(all, all[c("mean", "alpha", "N")], drop = TRUE), function(one) {
  level <- vapply(one[tests], function(p) mean(p < 0.05, na.rm = TRUE), 0)
  data.frame(one[1, c("N", "M", "mean", "alpha")], sets = nrow(one), t(round(level, 3)), doubted = mean(one$doubted))
}))
write_result(summary, "check")
