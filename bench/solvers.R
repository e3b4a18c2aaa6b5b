# What "auto" stands for (R/solver.R): seconds until each solver is within 1e-6 of where it ends from the same starts,
# and
# how far above the best of the solvers that is; one thread, medians over three starts, ten seconds at most.
#   Rscript bench/solvers.R
source("bench/common.R")
library(nmfamily)
data <- list(liver = list(V = liver, rank = 5, alpha = 40), newsgroups = list(V = newsgroups$counts, rank = 7, alpha = 1))
for (name in names(data)) for (structure in c("T", "C")) for (family in c("N", "Po", "TW1.5", "NB")) {
  d <- data[[name]]
  notation <- paste0(structure, "/", family, if (family == "NB") d$alpha)
  runs <- lapply(c(mm = "mm", cd = "cd", lbfgs = "lbfgs"), function(solver) {
    lapply(1:3, function(seed) {
      suppressWarnings(nmf(d$V, notation, rank = d$rank, n_starts = 1, seed = seed, solver = solver, max_iter = 1e5,
                           time_limit = 10, threads = 1, verbose = FALSE))$trace
    })
  })
  reached <- vapply(runs, function(traces) {
    stats::median(vapply(traces, function(trace) {
      trace$seconds[which(trace$objective <= min(trace$objective) * (1 + 1e-6))[1]]
    }, 0))
  }, 0)
  ends <- vapply(runs, function(traces) stats::median(vapply(traces, function(trace) min(trace$objective), 0)), 0)
  cat(sprintf("%-10s %-7s seconds to 1e-6 of its own end: %s | median end above the best: %s\n", name, notation,
              paste(names(runs), sprintf("%.3f", reached), collapse = ", "),
              paste(names(runs), sprintf("%.2f%%", 100 * (ends / min(ends) - 1)), collapse = ", ")))
}
