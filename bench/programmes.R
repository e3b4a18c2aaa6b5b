# Shared and own programmes by group_mask(): how often all components of a simulated set are recovered, with a cosine
# similarity of at least 0.95 each, and how often a fit of the same rank without a mask does.
#   Rscript bench/programmes.R
source("bench/common.R")
library(nmfamily)
n_sets <- setting("sets", 12)

draw_set <- function(seed, noise) {
  set.seed(2000 + seed)
  M <- sample(c(40, 60, 100), 1)
  groups <- rep(c("a", "b", "c"), sample(20:50, 3))
  mask <- group_mask(groups, shared = sample(1:3, 1), own = c(a = sample(1:2, 1), b = 1))
  K <- ncol(mask)
  H <- matrix(stats::rgamma(K * M, 0.3), K)
  H <- H / rowSums(H)
  W <- matrix(stats::rgamma(length(mask), 1), nrow(mask)) * mask * 1000 / K
  mu <- W %*% H
  list(V = draw_about(mu, noise, 0.2), H = H, mask = mask)
}

# Components of the same kind may be in any order.
recovered <- function(fit, set) {
  kind <- sub("[0-9]+$", "", colnames(set$mask))
  least <- vapply(unique(kind), function(one) {
    at <- kind == one
    min(match_components(fit$H[at, , drop = FALSE], set$H[at, , drop = FALSE])$table$cosine)
  }, 0)
  c(shared = least[["shared"]], own = min(least[names(least) != "shared"]))
}

one <- function(seed, noise) {
  set <- draw_set(seed, noise)
  model <- paste0("T/", noise)
  masked <- suppressWarnings(nmf(set$V, model, mask = set$mask, seed = 1, verbose = FALSE))
  plain <- suppressWarnings(nmf(set$V, model, ncol(set$mask), seed = 1, verbose = FALSE))
  least <- recovered(masked, set)
  data.frame(noise = noise, seed = seed, rank = ncol(set$mask), shared = least[["shared"]], own = least[["own"]],
             plain = min(match_components(plain, set$H)$table$cosine), converged = masked$converged)
}

sets <- do.call(rbind, lapply(c("Po", "NB", "N"), function(noise) {
  do.call(rbind, lapply(seq_len(n_sets), one, noise))
}))
write_result(sets, "programmes-sets")
share <- function(x) mean(x >= 0.95)
write_result(do.call(rbind, lapply(split(sets, sets$noise), function(own) {
  data.frame(noise = own$noise[1], sets = nrow(own), shared = share(own$shared), own = share(own$own),
             all = share(pmin(own$shared, own$own)), without_mask = share(own$plain), converged = mean(own$converged))
})), "programmes")
