# How an iteration grows with the rank, by this version and by another one that is installed in a library of its own
# (see bench/before.R): CPU seconds of 60 iterations of "cd" on sparse counts under Poisson noise, from the same random
# start, on one thread, each by one and then the other.
#   Rscript bench/growth-before.R <library>
source("bench/common.R")
arguments <- commandArgs(TRUE)

if (length(arguments) == 2) {                              # in a process of its own: library, rank
  .libPaths(c(arguments[1], .libPaths()))
  V <- simulate_documents()
  rank <- as.integer(arguments[2])
  init <- random_factors(V, rank, 1)
  time <- system.time(fit <- fit_ours(V, "T/Po", rank = rank, init = init, solver = "cd", threads = 1, tol = 0,
                                      max_iter = 60, control = nmfamily::nmf_control(rel_tol = 0)))
  cat("result", format(fit$objective, digits = 15), sum(time[1:2]), mean(fit$W > 0), mean(fit$H > 0), "\n")
  quit()
}

by <- function(library, rank) {
  printed <- system2(file.path(R.home("bin"), "Rscript"), c("bench/growth-before.R", library, rank), stdout = TRUE)
  as.numeric(strsplit(sub("result ", "", grep("^result", printed, value = TRUE)), " ")[[1]])
}
write_result(do.call(rbind, lapply(c(10, 20, 50, 100), function(rank) {
  before <- by(arguments, rank)
  now <- by(".Rlib", rank)
  data.frame(rank = rank, before = before[2], now = now[2], times = before[2] / now[2], objective_before = before[1],
             objective = now[1], positive_w = now[3], positive_h = now[4])
})), "growth-before")
