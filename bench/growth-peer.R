# How the lead over fastTopics changes with the rank: a Poisson model of sparse counts at K = 10, 20, 50 and 100, CPU
# seconds of one thread. `peer_seconds` are those of fastTopics with its default solver and extrapolation, from a random
# start; `to_peer` are ours from one start of our own, making it included, until we are at its last objective (Inf: we
# end elsewhere).
#   NMFAMILY_BENCH_ITERATIONS=100 Rscript bench/growth-peer.R
source("bench/common.R")
restart_in("peers")
library(nmfamily)
iterations <- setting("iterations", 40)
stopifnot("fastTopics is not there" = has_package("fastTopics"))

V <- simulate_documents()
cat(nrow(V), "x", ncol(V), "with", length(V@x), "nonzeros\n")

cpu <- function(run) {
  time <- system.time(value <- run())
  list(value = value, seconds = sum(time[1:2]))
}
of_rank <- function(rank) {
  ours <- function(max_iter) {
    cpu(function() fit_ours(V, "T/Po", rank = rank, n_starts = 1, seed = 1, threads = 1, max_iter = max_iter))
  }
  theirs <- cpu(function() fit_fasttopics(V, rank, iterations, 1, random_factors(V, rank, 1)))
  target <- half_deviance(V, theirs$value$W, theirs$value$H, "poisson")
  long <- ours(3 * iterations)
  checked_objective(V, long$value, "T/Po")
  trace <- long$value$trace
  reached <- match(TRUE, trace$objective <= target)
  seconds <- if (is.na(reached)) Inf else ours(trace$iteration[reached])$seconds
  data.frame(rank = rank, peer_iterations = iterations, peer_seconds = theirs$seconds, peer_objective = target,
             iterations = trace$iteration[reached], to_peer = seconds, ratio = theirs$seconds / seconds,
             objective = long$value$objective, goal = c(4, 4, 4, 3)[match(rank, c(10, 20, 50, 100))])
}
write_result(do.call(rbind, lapply(c(10, 20, 50, 100), of_rank)), "growth-peer")
