# Which rank is found when the model is slightly wrong: choose_model() on its defaults, held-out cells, the rule of
# SigProfilerExtractor, SigMoS and the BIC of the paper.
#   NMFAMILY_BENCH_SETS=20 Rscript bench/misspecified.R
#   Rscript bench/misspecified.R contaminated10,rows 1:5
# 100 observations of 96 channels, five components drawn from the reference signatures, weights Gamma(1) with mean 600.
# "contaminated": each observation has components of its own, a share of 5, 10 or 20% of which is a Dirichlet(1) draw,
# as in the simulations of BayesPowerNMF (PLoS Computational Biology 2026), with Poisson counts; "rows": a dispersion
# that differs between observations, alpha log-normal around 50 with a standard deviation of 1 on the log, which the
# methods that ask for a model are not told. They are given T/NB, the paper's BIC also T/Po, and ranks 2 to 9. Each set
# is a row of bench/results/misspecified-sets.csv, and what is there is not made again.
source("bench/common.R")
library(nmfamily)
truths <- c("contaminated5", "contaminated10", "contaminated20", "rows")
given <- commandArgs(TRUE)
asked <- if (length(given)) strsplit(given[1], ",", fixed = TRUE)[[1]] else truths
sets <- if (length(given) > 1) eval(parse(text = given[2])) else seq_len(setting("sets", 20))
true_rank <- 5
ranks <- 2:9

simulate_wrong <- function(truth, seed, N = 100) {
  set.seed(seed)
  H <- pcawg_signatures[sample(nrow(pcawg_signatures), true_rank), ]
  H <- H / rowSums(H)
  W <- matrix(rgamma(N * true_rank, 1, 1 / 600), N)
  share <- if (truth == "rows") 0 else as.numeric(sub("contaminated", "", truth)) / 100
  mu <- t(vapply(seq_len(N), function(i) {
    own <- matrix(rgamma(length(H), 1), true_rank)
    drop(W[i, ] %*% ((1 - share) * H + share * own / rowSums(own)))
  }, numeric(ncol(H))))
  v <- if (truth == "rows") rnbinom(length(mu), size = exp(rnorm(N, log(50))), mu = mu) else rpois(length(mu), mu)
  matrix(v, N, dimnames = list(paste0("o", seq_len(N)), colnames(H))) + 0
}

ranks_by <- function(truth, set) {
  V <- simulate_wrong(truth, 7000 + set)
  quiet <- function(x) suppressWarnings(suppressMessages(x))
  select <- function(method, model = "T/NB", ...) {
    quiet(select_rank(V, list(model), ranks, method, ..., seed = set, threads = 1, tol = 1e-3, verbose = FALSE))$rank
  }
  chosen <- quiet(choose_model(V, n_runs = 0, seed = set, threads = 1, verbose = FALSE))
  data.frame(truth, set, choose_model = chosen$models$rank[1], model = chosen$models$model[1],
             near = paste(chosen$near, collapse = " "), cells = select("cells"),
             stability = select("stability"), sigmos = select("sigmos", n_splits = 20),
             bic = select("bic", n_starts = 3), bic_poisson = select("bic", "T/Po", n_starts = 3))
}

all <- set_by_set("misspecified-sets", expand.grid(truth = asked, set = sets, stringsAsFactors = FALSE), ranks_by)
methods <- c("choose_model", "cells", "stability", "sigmos", "bic", "bic_poisson")
summary <- do.call(rbind, lapply(split(all, all$truth), function(one) {
  data.frame(truth = one$truth[1], sets = nrow(one), method = methods,
             exact = vapply(one[methods], function(rank) mean(rank == true_rank), 0),
             mean_rank = vapply(one[methods], mean, 0), row.names = NULL)
}))
write_result(summary, "misspecified")
