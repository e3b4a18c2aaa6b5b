# How the lead over fastTopics changes with the rank: a Poisson model of sparse counts at K = 10, 20, 50 and 100, on one
# thread, from the same start. `peer_seconds` are those of fastTopics with its default solver and extrapolation, CPU
# seconds like all others; `to_peer` are ours until we are at its last objective, which are measured in a run of its own
# that ends there. Where fastTopics is not there, the target is what the solver "em" (the steps of a mixture, four on
# each block) has reached.
#   NMFAMILY_BENCH_ITERATIONS=100 Rscript bench/growth-peer.R [solver ...]       ours, "cd" without
source("bench/common.R")
restart_in("peers")
library(nmfamily)
solvers <- if (length(commandArgs(TRUE))) commandArgs(TRUE) else "cd"
iterations <- setting("iterations", 60)
peer <- if (has_package("fastTopics")) "fastTopics" else "em"

V <- simulate_documents()
cat(nrow(V), "x", ncol(V), "with", length(V@x), "nonzeros\n")

cpu <- function(run) {
  time <- system.time(value <- run())
  list(value = value, seconds = sum(time[1:2]))
}
of_rank <- function(rank) {
  init <- random_factors(V, rank, 1)
  ours <- function(solver, max_iter) {
    cpu(function() fit_ours(V, "T/Po", rank = rank, init = init, solver = solver, threads = 1, tol = 0,
                            max_iter = max_iter, control = nmf_control(rel_tol = 0)))
  }
  theirs <- if (peer == "em") ours("em", iterations) else cpu(function() fit_fasttopics(V, rank, iterations, 1, init))
  target <- half_deviance(V, theirs$value$W, theirs$value$H, "poisson")
  do.call(rbind, lapply(solvers, function(solver) {
    long <- ours(solver, 3 * iterations)
    checked_objective(V, long$value, "T/Po")
    reached <- match(TRUE, long$value$trace$objective <= target)
    seconds <- if (is.na(reached)) Inf else ours(solver, long$value$trace$iteration[reached])$seconds
    data.frame(rank = rank, peer = peer, solver = solver, peer_iterations = iterations, peer_seconds = theirs$seconds,
               peer_objective = target, iterations = long$value$trace$iteration[reached], to_peer = seconds,
               ratio = theirs$seconds / seconds, per_iteration = long$seconds / (3 * iterations),
               objective = long$value$objective, goal = c(4, 4, 4, 3)[match(rank, c(10, 20, 50, 100))])
  }))
}
write_result(do.call(rbind, lapply(c(10, 20, 50, 100), of_rank)), "growth-peer")
