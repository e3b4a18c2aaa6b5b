# Normal noise on dense data, 2,000 x 1,000 and K = 20, one thread: CPU seconds that nmfamily needs to the objective at
# which scikit-learn's coordinate descent ends, from the same start, and each from a start of its own, the making of it
# included. R has its own BLAS here, whatever that is; numpy has OpenBLAS where it is there.
#   NMFAMILY_BENCH_ITERATIONS=200 Rscript bench/normal-dense.R        /usr/bin/python3 with scikit-learn
source("bench/common.R")
Sys.setenv(OMP_NUM_THREADS = "1", OPENBLAS_NUM_THREADS = "1")
library(nmfamily)
iterations <- setting("iterations", 200)
N <- 2000
M <- 1000
K <- 20
set.seed(1)
V <- matrix(stats::rgamma(N * K, 0.5), N) %*% matrix(stats::rgamma(K * M, 0.5), K)
V <- V * matrix(stats::rgamma(N * M, 10, 10), N)

fit_sklearn <- function(V, init, iterations) {
  dir <- tempfile()
  dir.create(dir)
  on.exit(unlink(dir, recursive = TRUE))
  write <- function(x, name) writeBin(as.vector(x), file.path(dir, name))
  write(V, "V")
  if (!is.null(init)) Map(write, init[c("W", "H")], c("W", "H"))
  python <- Sys.getenv("NMFAMILY_BENCH_PYTHON", "/usr/bin/python3")
  blas <- environments("peers")
  printed <- system2(python, c("bench/scikit.py", dir, nrow(V), ncol(V), K, iterations, if (is.null(init)) "own"),
                     stdout = TRUE, env = paste0(names(blas), "=", blas)[blas != ""])
  read <- function(name, rows, columns) {
    matrix(readBin(file.path(dir, name), "double", rows * columns), rows)
  }
  list(W = read("W", nrow(V), K), H = read("H", K, ncol(V)), seconds = as.numeric(strsplit(printed, " ")[[1]][1]))
}

cpu <- function(...) {
  time <- system.time(fit <- fit_ours(V, "T/N", rank = K, threads = 1, tol = 0, control = nmf_control(rel_tol = 0),
                                      ...))
  list(fit = fit, seconds = sum(time[1:2]))
}

# Either both begin at the same factors, or each at a start that it makes, by default, within its time.
against <- function(seed) {
  one <- function(start, peer_start, ...) {
    peer <- fit_sklearn(V, peer_start, iterations)
    target <- sum((V - peer$W %*% peer$H)^2) / 2
    long <- cpu(..., max_iter = 2 * iterations)$fit
    reached <- match(TRUE, long$trace$objective <= target)
    seconds <- if (is.na(reached)) Inf else cpu(..., max_iter = max(1, long$trace$iteration[reached]))$seconds
    data.frame(seed = seed, start = start, peer_iterations = iterations, peer_seconds = peer$seconds,
               peer_objective = target, iterations = long$trace$iteration[reached], to_peer = seconds,
               ratio = peer$seconds / seconds, goal = 2, objective = long$objective)
  }
  init <- random_factors(V, K, seed)
  rbind(one("shared", init, init = init), one("own", NULL, n_starts = 1, seed = seed))
}
write_result(do.call(rbind, lapply(1:3, against)), "normal-dense")
