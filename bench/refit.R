# How many components that are not there a sparse refit finds, and how many of those that are.
#   NMFAMILY_BENCH_SETS=2 NMFAMILY_BENCH_TUMOURS=50 Rscript bench/refit.R
#   Rscript bench/refit.R all                    other penalties as well
# Tumours (100) of 5 signatures each, out of the 49 of PCAWG that are no artefacts, with Gamma(1) weights and 500, 2,000
# or 10,000 mutations, under Poisson noise and Negative Binomial noise with alpha = 50. `penalty` is twice the
# log-likelihood that a component has to gain: log M, BIC; log M + log L; log M + 2 log L, extended BIC, the default.
# `false` are the signatures per tumour that are not there, `false_se` their Monte Carlo standard error, `found` the
# share of those above 2% of the mutations that are found, `found_all` of all; `possible` is the share of those above 2%
# that are missed by at least the penalty when the other four are known, which no choice from all 49 can exceed by much.
source("bench/common.R")
library(nmfamily)
sets <- setting("sets", 1)
n_tumours <- setting("tumours", 100)
references <- pcawg_signatures[!rownames(pcawg_signatures) %in% paste0("SBS", c(27, 43, 45:60)), ]
references <- references / rowSums(references)
L <- nrow(references)
penalties <- c(BIC = log(96), between = log(96) + log(L), extended = log(96) + 2 * log(L))
if (!"all" %in% commandArgs(TRUE)) penalties <- penalties["extended"]

tumours <- function(seed, size, alpha) {
  set.seed(seed)
  W <- t(replicate(n_tumours, replace(numeric(L), sample(L, 5), stats::rgamma(5, 1))))
  W <- W / rowSums(W) * size
  mu <- W %*% references
  draw <- if (is.finite(alpha)) stats::rnbinom(length(mu), size = alpha, mu = mu) else stats::rpois(length(mu), mu)
  list(V = matrix(draw, n_tumours, dimnames = list(NULL, colnames(references))) + 0, W = W)
}

one <- function(seed, size, alpha) {
  data <- tumours(seed, size, alpha)
  family <- if (is.finite(alpha)) "NB" else "Po"
  do.call(rbind, lapply(names(penalties), function(name) {
    took <- system.time(fit <- suppressMessages(refit(data$V, references, family, sparse = TRUE, seed = seed,
                                                      add = penalties[[name]], threads = 1, verbose = FALSE)))
    there <- data$W > 0
    large <- data$W > 0.02 * rowSums(data$W)
    possible <- rowSums(large & missed_by(fit, there) > penalties[[name]])
    data.frame(noise = family, possible, mutations = size, penalty = name, false = rowSums(fit$W > 0 & !there),
               found = rowSums(fit$W > 0 & large), large = rowSums(large), found_all = rowSums(fit$W > 0 & there),
               seconds = sum(took[1:2]))
  }))
}

# How much twice the log-likelihood falls when one of those that are there is left out.
missed_by <- function(fit, there) {
  deviance <- function(active) nmfamily:::project_on(active, fit, nmfamily:::data_of(fit))$deviance
  all <- deviance(there)
  missed <- array(0, dim(there))
  for (nth in seq_len(max(rowSums(there)))) {
    at <- cbind(seq_len(nrow(there)), apply(there, 1, function(row) which(row)[nth]))
    missed[at] <- deviance(replace(there, at, FALSE)) - all
  }
  missed
}

cases <- expand.grid(seed = seq_len(sets), size = c(500, 2000, 10000), alpha = c(Inf, 50))
all <- do.call(rbind, Map(one, cases$seed, cases$size, cases$alpha))
of_cell <- function(one) {
  data.frame(one[1, c("noise", "mutations", "penalty")], tumours = nrow(one), false = mean(one$false),
             false_se = stats::sd(one$false) / sqrt(nrow(one)), found = sum(one$found) / sum(one$large),
             possible = sum(one$possible) / sum(one$large),
             found_se = stats::sd(one$found - one$large * sum(one$found) / sum(one$large)) / mean(one$large) /
               sqrt(nrow(one)), found_all = sum(one$found_all) / (5 * nrow(one)), cpu_seconds = mean(one$seconds))
}
write_result(do.call(rbind, lapply(split(all, list(all$penalty, all$mutations, all$noise), drop = TRUE), of_cell)),
             "refit")
