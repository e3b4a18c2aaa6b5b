# How often check_model() doubts a model that is true: data of the fitted family, rank and range of means.
#   NMFAMILY_BENCH_SETS=50 Rscript bench/check.R
#   Rscript bench/check.R means=0.1,0.5 sizes=100 alphas=Inf sets=1:100
# Components are drawn from the reference signatures (for 50 features, the 50 largest channels of all), weights are
# Gamma(1). `level` is the share of p-values below 0.05 of each test, `doubted` that of the sets in which any statement
# of the four on noise, variance, zeros and observations is doubted. Each set is a row of bench/results/check-sets.csv,
# and what is there is not made again.
source("bench/common.R")
library(nmfamily)
settings <- list(means = "0.1,0.5,2,20,200", sizes = "30,100,500", alphas = "Inf,10",
                 sets = paste0("1:", setting("sets", 50)))
for (one in strsplit(commandArgs(TRUE), "=", fixed = TRUE)) settings[[one[1]]] <- one[2]
numbers <- function(x) eval(parse(text = paste0("c(", x, ")")))

simulate_small <- function(seed, N, M, mean, alpha, K = 3) {
  set.seed(seed)
  H <- pcawg_signatures[sample(nrow(pcawg_signatures), K), ]
  if (M < ncol(H)) H <- H[, order(-colSums(pcawg_signatures))[seq_len(M)]]
  mu <- matrix(rgamma(N * K, 1), N) %*% (H / rowSums(H))
  mu <- mu * mean / base::mean(mu)
  counts <- if (is.finite(alpha)) rnbinom(length(mu), size = alpha, mu = mu) else rpois(length(mu), mu)
  matrix(counts, N)
}

checked <- function(mean, alpha, N, set) {
  M <- if (N == 500) 50 else 96
  seed <- 7919 * set + 10 * N + round(10 * mean)
  V <- simulate_small(seed, N, M, mean, alpha)
  fit <- fit_ours(V[rowSums(V) > 0, colSums(V) > 0], if (is.finite(alpha)) "T/NB/3" else "T/Po/3", n_starts = 3,
                  seed = seed, threads = 1)
  check <- suppressWarnings(check_model(fit, seed = seed, threads = 1, verbose = FALSE))
  p <- stats::setNames(check$table$p.value, check$table$test)
  own <- check$verdict$statement != "components"
  data.frame(mean, alpha, N, set, M, t(p), doubted = any(!check$verdict$holds[own]))
}

cases <- expand.grid(mean = numbers(settings$means), alpha = numbers(settings$alphas), N = numbers(settings$sizes),
                     set = numbers(settings$sets))
all <- set_by_set("check-sets", cases, checked)
tests <- c("uniformity", "dispersion", "mean_variance", "zeros", "observations")
summary <- do.call(rbind, lapply(split(all, all[c("mean", "alpha", "N")], drop = TRUE), function(one) {
  level <- vapply(one[tests], function(p) mean(p < 0.05, na.rm = TRUE), 0)
  data.frame(one[1, c("N", "M", "mean", "alpha")], sets = nrow(one), t(round(level, 3)), doubted = mean(one$doubted),
             se_of_0.05 = sqrt(0.05 * 0.95 / nrow(one)))
}))
write_result(summary, "check")
