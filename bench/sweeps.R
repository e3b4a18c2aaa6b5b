# Milliseconds of one multiplicative sweep, one thread: the plain form without an objective against the package's
# "mm" step with the objective (and the stationarity residual) in it. `special` is the plain form without pow() where
# the power has a name. Dense data; with OpenBLAS and an allocator that keeps memory, with the same on the baseline
# instruction set (both sides, OpenBLAS and the C library too), and with what R has by default.
#   Rscript bench/sweeps.R [openblas | baseline | reference]
source("bench/common.R")
blas <- commandArgs(TRUE)
if (!length(blas)) {
  for (blas in c(if (file.exists(openblas())) c("openblas", "baseline"), "reference")) rscript("bench/sweeps.R", blas)
  quit()
}
if (blas == "openblas") restart_in("plain")
if (blas == "baseline") restart_in("baseline")
library(nmfamily)
compile_plain()

goal <- c(N = 8, Po = 8, TW1.5 = 8, TW1.6 = 4, NB40 = 1.2) / if (blas == "baseline") 2 else 1
data <- list(liver = list(V = as.matrix(liver) + 0, rank = 5),
             newsgroups = list(V = as.matrix(newsgroups$counts), rank = 7))

measure <- function(name, structure, noise) {
  V <- data[[name]]$V
  rank <- data[[name]]$rank
  model <- parse_model(paste0(structure, "/", noise))
  init <- random_factors(V, rank, 1, model$structure)
  plain <- function(special, sweeps) {
    first <- if (model$structure == "convex") list(t(init$D), init$E) else list(init$W, init$H)
    run <- plain_mm(V, first[[1]], first[[2]], model$structure, model$power, model$alpha, sweeps, Inf, numeric(),
                    special)
    1000 * run$seconds / run$sweeps
  }
  ours <- function(iterations) {
    trace <- fit_ours(V, paste0(structure, "/", noise), rank = rank, init = init, solver = "mm", threads = 1, tol = 0,
                      max_iter = iterations)$trace
    trace <- trace[trace$iteration %in% c(2, iterations - 2), ]  # without what is done once
    1000 * diff(trace$seconds) / diff(trace$iteration)
  }
  sweeps <- ceiling(150 / plain(FALSE, 2)) + 1           # about 0.15 s of the plain form
  times <- replicate(n_repeats, c(plain = plain(FALSE, sweeps), special = plain(TRUE, sweeps),
                                  ours = ours(5 + 5 * sweeps)))
  times <- apply(times, 1, stats::median)
  data.frame(data = name, model = paste0(structure, "/", noise), plain_ms = times[["plain"]],
             special_ms = times[["special"]], ours_ms = times[["ours"]], ratio = times[["plain"]] / times[["ours"]],
             ratio_special = times[["special"]] / times[["ours"]], goal = goal[[noise]])
}

cases <- expand.grid(noise = names(goal), structure = c("T", "C"), name = names(data), stringsAsFactors = FALSE)
rows <- Map(measure, cases$name, cases$structure, cases$noise)
write_result(cbind(blas = blas, do.call(rbind, rows)), paste0("sweeps-", blas))
