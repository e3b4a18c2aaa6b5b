# Liver counts, K = 5, one thread: seconds that nmfamily needs to the final objective of the peers that fit the Normal
# or the Poisson model to dense data.
source("bench/common.R")
restart_in("peers")
library(nmfamily)

V <- as.matrix(liver) + 0
case <- function(peer, model, fit) list(peer = peer, model = model, data = "liver", V = V, rank = 5, fit = fit)
poisson <- function(fit) function(...) fit(..., family = "poisson")
compare_with(list(
  case("NMF", "T/N", fit_nmf),
  case("NMF", "T/Po", poisson(fit_nmf)),
  case("NNLM", "T/N", fit_nnlm),
  case("NNLM", "T/Po", poisson(fit_nnlm)),
  case("RcppML", "T/N", fit_rcppml),
  case("fastTopics", "T/Po", fit_fasttopics)
), "liver-peers")
