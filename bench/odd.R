# Data that no model here fits, or hardly: does choose_model() on its defaults find what is there, or say what is wrong?
#   NMFAMILY_BENCH_SETS=50 Rscript bench/odd.R
#   Rscript bench/odd.R overlap,rare 1:3
# 100 x 96 counts of components that are drawn from the reference signatures, weights Gamma(1) with mean 600:
# "overlap", Negative Binomial (alpha 50) with four components, two of which have a cosine of 0.98; "rare", Negative
# Binomial with five, of which one is in five observations only; "foreign", Negative Binomial with four and one
# observation that is flat and six times as large; "zeros", Poisson with four and 15% of the cells turned to zero.
# `right` is the answer that was asked for: the rank, and for "foreign" an alpha within 20%; `words` are whether the
# choice says what is wrong: that the true rank may be as good, that some observations do not fit (and the foreign one
# is first of them) or that a component is mostly that of the foreign one, that components are alike, that there are too
# many zeros. Each set is a row of bench/results/odd-sets.csv, and what is there is not made again.
source("bench/common.R")
library(nmfamily)
kinds <- c("overlap", "rare", "foreign", "zeros")
given <- commandArgs(TRUE)
asked <- if (length(given)) strsplit(given[1], ",", fixed = TRUE)[[1]] else kinds
sets <- if (length(given) > 1) eval(parse(text = given[2])) else seq_len(setting("sets", 50))

cosine <- function(a, b) sum(a * b) / sqrt(sum(a^2) * sum(b^2))

# A component mixed with another one until it has this cosine with the first.
like <- function(h, other, wanted) {
  at <- stats::uniroot(function(t) cosine(h, (1 - t) * h + t * other) - wanted, c(0, 1))$root
  (1 - at) * h + at * other
}

simulate_odd <- function(kind, seed, N = 100) {
  set.seed(seed)
  K <- if (kind == "rare") 5 else 4
  H <- pcawg_signatures[sample(nrow(pcawg_signatures), K + 1), ]
  H <- H / rowSums(H)
  spare <- H[K + 1, ]
  H <- H[seq_len(K), ]
  if (kind == "overlap") H[2, ] <- like(H[1, ], if (cosine(H[1, ], H[2, ]) < 0.98) H[2, ] else spare, 0.98)
  W <- matrix(rgamma(N * K, 1, 1 / 600), N)
  if (kind == "rare") W[-(1:5), K] <- 0
  mu <- W %*% H
  if (kind == "foreign") mu[7, ] <- 6 * sum(mu[7, ]) / ncol(mu)
  v <- if (kind == "zeros") rpois(length(mu), mu) else rnbinom(length(mu), size = 50, mu = mu)
  if (kind == "zeros") v[sample(length(v), 0.15 * length(v))] <- 0
  list(K = K, V = matrix(v, N, dimnames = list(paste0("o", seq_len(N)), colnames(H))) + 0)
}

says <- function(choice, pattern) any(grepl(pattern, c(choice$warnings, choice$advice)))

words_for <- function(kind, choice, K) {
  other_rank <- K %in% choice$near || choice$models$rank_BIC[1] == K
  unlike <- says(choice, "observations? do(es)? not fit")
  switch(kind, overlap = other_rank || says(choice, "are alike"), rare = other_rank || unlike,
         foreign = unlike && choice$check$observations$observation[1] == "o7" || says(choice, "one observation, o7 "),
         zeros = says(choice, "Zero inflation"))
}

found_in <- function(kind, set) {
  data <- simulate_odd(kind, 5000 + set)
  choice <- suppressWarnings(suppressMessages(
    choose_model(data$V, n_runs = 0, threads = 1, verbose = FALSE, seed = set)
  ))
  rank <- choice$models$rank[1]
  alpha <- median(choice$model$family$alpha %||% NA_real_)
  right <- kind != "zeros" && rank == data$K && (kind != "foreign" || abs(log(alpha / 50)) < log(1.2))
  data.frame(kind, set, model = choice$models$model[1], rank, alpha, right, words = words_for(kind, choice, data$K))
}

`%||%` <- function(x, y) if (is.null(x)) y else x

all <- set_by_set("odd-sets", expand.grid(kind = asked, set = sets, stringsAsFactors = FALSE), found_in)
summary <- do.call(rbind, lapply(split(all, all$kind), function(one) {
  either <- mean(one$right | one$words)
  data.frame(kind = one$kind[1], sets = nrow(one), right = mean(one$right), words = mean(one$words), either,
             se = sqrt(either * (1 - either) / nrow(one)))
}))
write_result(summary, "odd")
