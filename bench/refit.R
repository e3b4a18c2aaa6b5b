# How many components that are not there a sparse refit finds, and how many of those that are.
#   NMFAMILY_BENCH_SETS=2 Rscript bench/refit.R
# Tumours of 5 signatures each, out of the 49 of PCAWG that are no artefacts, with Gamma(1) weights and 500, 2,000 or
# 10,000
# mutations, under Poisson noise and Negative Binomial noise with alpha = 50. `penalty` is twice the log-likelihood that
# a
# component has to gain: log M, BIC; log M + log L; log M + 2 log L, extended BIC, the default.
source("bench/common.R")
library(nmfamily)
sets <- setting("sets", 1)
references <- pcawg_signatures[!rownames(pcawg_signatures) %in% paste0("SBS", c(27, 43, 45:60)), ]
references <- references / rowSums(references)
L <- nrow(references)
penalties <- c(BIC = log(96), between = log(96) + log(L), extended = log(96) + 2 * log(L))

tumours <- function(seed, size, alpha) {
  set.seed(seed)
  W <- t(replicate(100, replace(numeric(L), sample(L, 5), stats::rgamma(5, 1))))
  W <- W / rowSums(W) * size
  mu <- W %*% references
  draw <- if (is.finite(alpha)) stats::rnbinom(length(mu), size = alpha, mu = mu) else stats::rpois(length(mu), mu)
  list(V = matrix(draw, 100, dimnames = list(NULL, colnames(references))) + 0, W = W)
}

one <- function(seed, size, alpha) {
  data <- tumours(seed, size, alpha)
  family <- if (is.finite(alpha)) "NB" else "Po"
  do.call(rbind, lapply(names(penalties), function(name) {
    seconds <- system.time(fit <- suppressMessages(refit(data$V, references, family, sparse = TRUE, seed = seed,
                                                         add = penalties[[name]], verbose = FALSE)))[["elapsed"]]
    there <- data$W > 0
    large <- data$W > 0.02 * rowSums(data$W)
    data.frame(noise = family, mutations = size, penalty = name, false = mean(rowSums(fit$W > 0 & !there)),
               found = sum(fit$W > 0 & large) / sum(large), seconds = seconds)
  }))
}

cases <- expand.grid(seed = seq_len(sets), size = c(500, 2000, 10000), alpha = c(Inf, 50))
all <- do.call(rbind, Map(one, cases$seed, cases$size, cases$alpha))
write_result(stats::aggregate(cbind(false, found, seconds) ~ penalty + mutations + noise, all, mean), "refit")
