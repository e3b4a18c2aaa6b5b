# Is a fit that says "converged" where it will stay? For 20 single starts of each model on brca21: the relative change
# of
# the deviance when the same start is given ten times the iterations. The promise is less than 1e-6.
#   Rscript bench/converged.R [solver]
library(nmfamily)
solver <- c(commandArgs(trailingOnly = TRUE), "auto")[1]
for (model in c("T/N", "T/Po", "T/TW1.5", "T/NB45", "C/N", "C/Po", "C/TW1.5", "C/NB36")) {
  began <- proc.time()[["elapsed"]]
  run <- function(seed, ...) {
    suppressWarnings(nmf(brca21, model, rank = 5, seed = seed, n_starts = 1, solver = solver, verbose = FALSE, ...))
  }
  ended <- lapply(1:20, run)
  longer <- lapply(1:20, function(seed) run(seed, tol = 0, max_iter = 10 * ended[[seed]]$iterations))
  gap <- mapply(function(a, b) deviance(a) / deviance(b) - 1, ended, longer)
  converged <- vapply(ended, function(fit) fit$converged, NA)
  iterations <- vapply(ended, function(fit) fit$iterations, 0)
  cat(sprintf("%-8s converged %2d of 20, largest gap of these %8.1e, iterations median %5.0f, %.0f s\n", model,
              sum(converged), max(gap[converged]), stats::median(iterations), proc.time()[["elapsed"]] - began))
}
