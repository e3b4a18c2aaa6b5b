# How often the 95% intervals of bootstrap_fit() cover the truth.
#   NMFAMILY_BENCH_SETS=20 Rscript bench/bootstrap.R
# Data of simulate_counts() with alpha = 50, the true rank, alpha by the adjusted likelihood, 100 parametric draws.
# Entries of H above 0.005 and below, weights above 1% of their observation and below, as totals and as proportions.
source("bench/common.R")
library(nmfamily)
sets <- setting("sets", 20)
draws <- setting("draws", 100)
alpha <- 50

# The factors of simulate_counts(), whose first random numbers they are.
true_factors <- function(seed, n_obs = 100, K = 5) {
  set.seed(seed)
  H <- pcawg_signatures[sample(nrow(pcawg_signatures), K), ]
  W <- matrix(rgamma(n_obs * K, 1, 1 / 600), n_obs)
  list(W = sweep(W, 2, rowSums(H), "*"), H = H / rowSums(H))
}

covered <- function(seed) {
  V <- simulate_counts(seed, alpha)
  fit <- fit_ours(V, "T/NB/5", n_starts = 5, seed = seed, control = nmf_control(alpha_update = "adjusted"))
  boot <- suppressWarnings(bootstrap_fit(fit, V, draws, seed = seed, verbose = FALSE))
  truth <- true_factors(seed)
  order <- match(match_components(fit, truth$H)$table$reference, rownames(truth$H))
  H <- truth$H[order, ]
  W <- truth$W[, order]
  shares <- W / rowSums(W)
  groups <- list(
    list("components", FALSE, H, H > 0.005, "H > 0.005"), list("components", FALSE, H, H <= 0.005, "H <= 0.005"),
    list("weights", FALSE, W, shares > 0.01, "W > 1%"), list("weights", FALSE, W, shares <= 0.01, "W <= 1%"),
    list("weights", TRUE, shares, shares > 0.01, "share > 1%"), list("parameters", FALSE, alpha, TRUE, "alpha")
  )
  do.call(rbind, lapply(c("percentile", "basic"), function(method) {
    do.call(rbind, lapply(groups, function(group) {
      ends <- confint(boot, group[[1]], method = method, relative = group[[2]])
      true <- as.vector(group[[3]])
      inside <- (ends[, 1] <= true & true <= ends[, 2])[as.vector(group[[4]])]
      data.frame(seed = seed, method = method, what = group[[5]], entries = length(inside),
                 coverage = mean(inside), cosine = min(boot$runs$cosine))
    }))
  }))
}

all <- do.call(rbind, lapply(seq_len(sets), covered))
summary <- do.call(rbind, lapply(split(all, all[c("what", "method")], drop = TRUE), function(one) {
  data.frame(one[1, c("method", "what")], sets = nrow(one),
             coverage = sum(one$coverage * one$entries) / sum(one$entries), lowest = min(one$coverage),
             least_cosine = min(one$cosine))
}))
write_result(summary, "bootstrap")
