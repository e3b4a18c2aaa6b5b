# What a penalty on the weights is good for: weights that are 0 in truth and are not in the fit, with the penalty that
# select_penalty() chooses and without one, and the likelihood of a tenth of the cells of which neither knows anything.
#   Rscript bench/penalty.R
# Sets differ in size, rank, share of zeros and shape of the components; each is drawn anew for each noise.
source("bench/common.R")
library(nmfamily)
n_sets <- setting("sets", 5)

draw_set <- function(seed, noise) {
  set.seed(1000 + seed)
  N <- sample(c(40, 60, 90), 1)
  M <- sample(c(30, 50, 80), 1)
  K <- sample(3:5, 1)
  H <- matrix(stats::rgamma(K * M, sample(c(0.2, 0.4, 0.8), 1)), K)
  H <- H / rowSums(H)
  used <- matrix(stats::runif(N * K) > sample(c(0.4, 0.6), 1), N)
  used[cbind(seq_len(N), sample.int(K, N, replace = TRUE))] <- TRUE
  total <- stats::rgamma(N, 4, 4) * sample(c(500, 2000), 1)
  W <- used * matrix(stats::rgamma(N * K, 2), N)
  W <- W / rowSums(W) * total
  mu <- W %*% H
  V <- draw_about(mu, noise, 0.3)
  V[cbind(seq_len(N), max.col(mu))] <- pmax(V[cbind(seq_len(N), max.col(mu))], 1)
  hidden <- sample.int(length(mu), length(mu) %/% 10)
  list(V = V, W = W, H = H, hidden = hidden, seen = replace(V, hidden, NA))
}

log_density <- function(v, mu, fit) {
  family <- fit$model$family
  sum(switch(family$name, poisson = stats::dpois(v, mu, log = TRUE),
             negbin = stats::dnbinom(v, size = family$alpha, mu = mu, log = TRUE),
             # what Normal noise takes below zero is zero
             normal = ifelse(v == 0, stats::pnorm(0, mu, sqrt(fit$sigma2), log.p = TRUE),
                             stats::dnorm(v, mu, sqrt(fit$sigma2), log = TRUE))))
}

judge <- function(fit, set) {
  pairs <- match_components(fit, set$H)$table
  order <- match(rownames(fit$H), pairs$component)
  W <- fit$W[, match(seq_len(nrow(set$H)), as.integer(pairs$reference)[order])]
  # as select_penalty() does: within a factor of 30 of the level of row and column
  level <- outer(rowMeans(set$seen, na.rm = TRUE), colMeans(set$seen, na.rm = TRUE)) / mean(set$seen, na.rm = TRUE)
  level <- pmax(level[set$hidden], 1e-6)
  mu <- pmin(pmax(fitted(fit)[set$hidden], level / 30), level * 30)
  c(false = sum(W > 0 & set$W == 0), lost = sum(W == 0 & set$W > 0), zeros = sum(set$W == 0),
    likelihood = log_density(set$V[set$hidden], mu, fit) / length(set$hidden), cosine = min(pairs$cosine))
}

one <- function(seed, noise, type) {
  set <- draw_set(seed, noise)
  model <- nmf_model(paste0("T/", noise), rank = nrow(set$H))
  began <- proc.time()[[1]]
  choice <- suppressWarnings(select_penalty(set$seen, model, penalty = nmf_penalty(W = 1, type = type), seed = 1,
                                            verbose = FALSE))
  seconds <- proc.time()[[1]] - began
  fit <- function(penalty) suppressWarnings(nmf(set$seen, model, penalty = penalty, seed = 1, verbose = FALSE))
  none <- judge(fit(NULL), set)
  sparse <- judge(fit(choice$penalty), set)
  data.frame(noise = noise, type = type, seed = seed, strength = choice$strength, zeros = none[["zeros"]],
             false_none = none[["false"]], false_penalty = sparse[["false"]], lost_none = none[["lost"]],
             lost_penalty = sparse[["lost"]], likelihood_none = none[["likelihood"]],
             likelihood_penalty = sparse[["likelihood"]], cosine_none = none[["cosine"]],
             cosine_penalty = sparse[["cosine"]], seconds = seconds)
}

kinds <- data.frame(noise = c("N", "N", "Po", "Po", "NB"), type = c("l1", "l1/2", "l1", "l1/2", "l1/2"))
sets <- do.call(rbind, lapply(seq_len(nrow(kinds)), function(i) {
  do.call(rbind, lapply(seq_len(n_sets), function(seed) one(seed, kinds$noise[i], kinds$type[i])))
}))
write_result(sets, "penalty-sets")

summary <- do.call(rbind, lapply(split(sets, interaction(sets$type, sets$noise, drop = TRUE)), function(own) {
  gain <- own$likelihood_penalty - own$likelihood_none
  data.frame(own[1, c("noise", "type")], sets = nrow(own), zeros = sum(own$zeros), false_none = sum(own$false_none),
             false_penalty = sum(own$false_penalty), times_fewer = sum(own$false_none) / sum(own$false_penalty),
             lost_none = sum(own$lost_none), lost_penalty = sum(own$lost_penalty), gain = mean(gain),
             gain_se = stats::sd(gain) / sqrt(nrow(own)), no_worse = mean(gain >= 0), seconds = mean(own$seconds))
}))
write_result(summary, "penalty")
