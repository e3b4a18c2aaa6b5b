# How often select_rank() finds the true rank, by method and noise.
#   NMFAMILY_BENCH_SETS=50 Rscript bench/rank.R
# 100 observations of 96 channels: five components drawn from the reference signatures, weights Gamma(1) with mean 600,
# noise Poisson or Negative Binomial; the model fitted is NMF/T/Po or NMF/T/NB, ranks are 3 to 7. "NB by observation":
# alphas are log-normal around 50, with a standard deviation of 1 on the log, and the model has one for each too.
source("bench/common.R")
library(nmfamily)
sets <- setting("sets", 8)
true_rank <- 5
ranks <- 3:7
noises <- list("Poisson" = Inf, "NB 200" = 200, "NB 10" = 10, "NB by observation" = NA)
methods <- list(cells = list(), observations = list(), bic = list(n_starts = 3), sigmos = list(n_splits = 20))

chosen <- function(V, alpha, method, seed) {
  by_observation <- nmf_model(family = nmf_negbin("observation"))
  model <- if (is.na(alpha)) by_observation else if (is.finite(alpha)) "T/NB" else "T/Po"
  asked <- list(V, list(model), ranks, method, seed = seed, tol = 1e-3, verbose = FALSE)
  began <- proc.time()[["elapsed"]]
  rank <- suppressWarnings(do.call(select_rank, c(asked, methods[[method]])))$rank
  data.frame(method = method, rank = rank, seconds = proc.time()[["elapsed"]] - began)
}

results <- do.call(rbind, lapply(names(noises), function(noise) {
  of_set <- function(s) {
    V <- simulate_counts(s, noises[[noise]], K = true_rank)
    do.call(rbind, lapply(names(methods), function(method) chosen(V, noises[[noise]], method, s)))
  }
  cbind(noise = noise, do.call(rbind, lapply(seq_len(sets), of_set)))
}))
exact <- aggregate(cbind(exact = rank == true_rank, rank, seconds) ~ noise + method, results, mean)
names(exact)[names(exact) == "rank"] <- "mean_rank"
exact$sets <- sets
print(exact, digits = 3, row.names = FALSE)
write_result(exact, "rank")
