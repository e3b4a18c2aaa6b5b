# Normal loss, K = 10, one thread: seconds that nmfamily needs to the final objective of RcppML on the full sparse
# newsgroups counts, and of NNLM on 500 of the documents (it takes dense data only).
source("bench/common.R")
restart_in("peers")
library(nmfamily)
library(Matrix)

case <- function(peer, data, V, fit) list(peer = peer, model = "T/N", data = data, V = V, rank = 10, fit = fit)
compare_with(list(
  case("RcppML", "full newsgroups, sparse", all_newsgroups(), fit_rcppml),
  case("RcppML", "newsgroups-500, sparse", newsgroups$counts, fit_rcppml),
  case("NNLM", "newsgroups-500, dense", as.matrix(newsgroups$counts), fit_nnlm)
), "normal")
