# How often the means of a fit are taken for those of a convex model (step 7 of choose_model()), noise and rank known.
#   NMFAMILY_BENCH_SETS=20 Rscript bench/convex.R
#   Rscript bench/convex.R 1:50
# Fewer observations than features, weights and components Gamma(1), for 96 features components drawn from the reference
# signatures. "pure": a third of the observations are one component each, so that the truth is a convex model; "one":
# one observation for each component; "mixed": none, the truth is not convex but for what chance does. `convex` is the
# share of sets in which the convex model is taken, `bic` that in which the BIC of the paper prefers it. Each set is a
# row of bench/results/convex-sets.csv, and what is there is not made again.
source("bench/common.R")
library(nmfamily)
given <- commandArgs(TRUE)
sets <- if (length(given)) eval(parse(text = given[1])) else seq_len(setting("sets", 20))

simulate_convex <- function(truth, K, M, alpha, set, N = 30) {
  set.seed(9000 + 31 * set + K)
  W <- matrix(rgamma(N * K, 1), N)
  pure <- switch(truth, pure = seq_len(max(K, N / 3)), one = seq_len(K), mixed = integer())
  W[pure, ] <- 0
  W[cbind(pure, rep_len(seq_len(K), length(pure)))] <- rgamma(length(pure), 2)
  H <- if (M == 96) pcawg_signatures[sample(nrow(pcawg_signatures), K), ] else matrix(rgamma(K * M, 1), K)
  mu <- W %*% (H / rowSums(H))
  mu <- 25 * mu / mean(mu)
  matrix(if (is.finite(alpha)) rnbinom(length(mu), size = alpha, mu = mu) else rpois(length(mu), mu), N) + 0
}

judged <- function(truth, K, M, alpha, set) {
  V <- simulate_convex(truth, K, M, alpha, set)
  fit <- function(structure) {
    model <- nmf_model(paste0(structure, if (is.finite(alpha)) "/NB" else "/Po"))
    fit_ours(V, model, rank = K, n_starts = 3, tol = 1e-3, seed = set, threads = 1)
  }
  traditional <- fit("T")
  found <- nmfamily:::convexity_of_means(traditional, nmfamily:::data_of(traditional),
                                         nmfamily:::settings_of(traditional, set, 1))
  data.frame(truth, K, M, alpha, set, loss = found$loss, allowed = found$allowed, chance = found$chance,
             convex = nmfamily:::is_convex_enough(found), bic = BIC(fit("C")) < BIC(traditional))
}

cases <- expand.grid(truth = c("pure", "one", "mixed"), K = c(3, 4, 8, 12), M = c(300, 96), alpha = c(Inf, 10),
                     set = sets, stringsAsFactors = FALSE)
all <- set_by_set("convex-sets", cases, judged)
summary <- do.call(rbind, lapply(split(all, all[c("K", "truth", "alpha", "M")], drop = TRUE), function(one) {
  data.frame(one[1, c("truth", "K", "M", "alpha")], sets = nrow(one), convex = mean(one$convex),
             se = sqrt(mean(one$convex) * (1 - mean(one$convex)) / nrow(one)), bic = mean(one$bic),
             median_loss = stats::median(one$loss), allowed = one$allowed[1], median_chance = stats::median(one$chance))
}))
write_result(summary, "convex")
