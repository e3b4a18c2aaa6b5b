# How often the 95% intervals of single entries of H and W cover the truth, and how wide they are.
#   NMFAMILY_BENCH_SETS=24 NMFAMILY_BENCH_ENTRIES=10 Rscript bench/intervals.R
# Truths: "signatures", 5 of the reference signatures with Gamma(1) weights (the factors are not unique), and "anchors",
# where each component has three features of its own, 55% of H and 40% of W are exactly 0 (they are). Noise: Poisson,
# and Negative Binomial with alpha = 50, which is estimated. In each data set some entries of H above 0.005 and weights
# above 1% of their observation, drawn at random.
source("bench/common.R")
library(nmfamily)
sets <- setting("sets", 24)
entries <- setting("entries", 10)

signatures <- function(N, K = 5) {
  H <- pcawg_signatures[sample(nrow(pcawg_signatures), K), ]
  list(W = matrix(rgamma(N * K, 1, 1 / 600), N), H = unname(H / rowSums(H)))
}

anchors <- function(N, K = 5, M = 96) {
  H <- matrix(rgamma(K * M, 1) * rbinom(K * M, 1, 0.45), K)
  own <- sample(M, 3 * K)
  H[, own] <- 0
  H[cbind(rep(seq_len(K), 3), own)] <- rgamma(3 * K, 2)
  W <- matrix(rgamma(N * K, 1, 1 / 600) * rbinom(N * K, 1, 0.6), N)
  W[rowSums(W) == 0, 1] <- 600
  list(W = W, H = H / rowSums(H))
}

draw <- function(mu, alpha) {
  counts <- if (is.finite(alpha)) rnbinom(length(mu), size = alpha, mu = mu) else rpois(length(mu), mu)
  matrix(counts, nrow(mu))
}

covered <- function(cell, seed) {
  set.seed(seed)
  truth <- match.fun(cell$truth)(cell$N)
  V <- draw(truth$W %*% truth$H, cell$alpha)
  fit <- fit_ours(V, if (is.finite(cell$alpha)) "T/NB/5" else "T/Po/5", seed = seed)
  order <- as.integer(clue::solve_LSAP(tcrossprod(fit$H / sqrt(rowSums(fit$H^2)), truth$H / sqrt(rowSums(truth$H^2))),
                                       maximum = TRUE))
  H <- truth$H[order, ]
  W <- truth$W[, order]
  of <- function(what, true, large) {
    at <- which(large, arr.ind = TRUE)
    at <- at[sample(nrow(at), min(entries, nrow(at))), , drop = FALSE]
    lines <- if (what == "components") c("components", "features") else c("observations", "components")
    do.call(rbind, lapply(c("profile", "wald"), function(method) {
      ends <- do.call(rbind, lapply(seq_len(nrow(at)), function(i) {
        chosen <- stats::setNames(as.list(at[i, ]), lines)
        suppressWarnings(do.call(confint, c(list(fit, what, method = method, threads = 1), chosen)))
      }))
      value <- true[at]
      data.frame(cell, seed = seed, what = what, method = method, entries = nrow(at),
                 covered = sum(ends[, 1] <= value & value <= ends[, 2]),
                 width = stats::median((ends[, 2] - ends[, 1]) / value))
    }))
  }
  rbind(of("components", H, H > 0.005), of("weights", W, W / rowSums(W) > 0.01))
}

cells <- expand.grid(truth = c("signatures", "anchors"), alpha = c(Inf, 50), N = c(60, 100, 400),
                     stringsAsFactors = FALSE)
all <- do.call(rbind, lapply(seq_len(nrow(cells)), function(i) {
  do.call(rbind, lapply(seq_len(sets), function(seed) covered(cells[i, ], 1000 * i + seed)))
}))
groups <- split(all, all[c("method", "what", "N", "alpha", "truth")], drop = TRUE)
summary <- do.call(rbind, lapply(groups, function(one) {
  share <- one$covered / one$entries
  data.frame(one[1, c("truth", "alpha", "N", "what", "method")], sets = nrow(one),
             coverage = sum(one$covered) / sum(one$entries), se = stats::sd(share) / sqrt(nrow(one)),
             relative_width = stats::median(one$width))
}))
write_result(summary, "intervals")
