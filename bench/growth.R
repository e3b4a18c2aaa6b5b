# How the cost of an iteration of "mm" and of "cd" grows with N, M, K and the number of nonzeros, what a second thread
# brings, and the memory that it takes.
source("bench/common.R")
library(nmfamily)
library(Matrix)

# Poisson counts with a mean of rank K; sparse ones with about the given share of nonzeros.
simulate_counts <- function(N, M, K, density = 1) {
  set.seed(1)
  W <- matrix(stats::rgamma(N * K, 0.5), N)
  H <- matrix(stats::rgamma(K * M, 0.5), K)
  if (density == 1) return(matrix(stats::rpois(N * M, 20 * W %*% H), N))
  cells <- sort(sample.int(N * M, round(density * N * M)))       # N M stays below 2^31
  row <- (cells - 1L) %% N + 1L
  column <- (cells - 1L) %/% N + 1L
  v <- 1 + stats::rpois(length(cells), rowSums(W[row, , drop = FALSE] * t(H)[column, , drop = FALSE]))
  sparseMatrix(row, column, x = v, dims = c(N, M))
}

# Median seconds of an iteration after the first few, which differ in kind.
iteration_seconds <- function(V, model, rank, solver = "auto", threads = 1, iterations = 30) {
  init <- random_factors(V, rank, 1, parse_model(model)$structure)   # a start of its own would begin with "mm"
  fit <- fit_ours(V, model, rank = rank, init = init, solver = solver, threads = threads, tol = 0,
                  max_iter = iterations)
  seconds <- diff(fit$trace$seconds) / diff(fit$trace$iteration)
  stats::median(seconds[-(1:4)])
}

# Repetitions take turns, so that a busy spell of the machine falls on all alike.
interleaved <- function(runs) {
  times <- replicate(n_repeats, vapply(runs, function(run) run(), 0))
  apply(matrix(times, nrow = length(runs)), 1, stats::median)
}

bases <- list(dense = list(N = 400, M = 600, K = 8, density = 1),
              sparse = list(N = 4000, M = 3000, K = 8, density = 0.01))
# With N or M twice, sparse data have twice the nonzeros too; `nnz` doubles them in a matrix of the same size.
doubled <- function(kind, what) {
  base <- bases[[kind]]
  if (what == "nnz") base$density <- 2 * base$density else if (what != "base") base[[what]] <- 2 * base[[what]]
  base
}

doubling <- function(kind, model, solver) {
  sizes <- c("base", "N", "M", "K", if (kind == "sparse") "nnz")
  runs <- lapply(sizes, function(what) {
    size <- doubled(kind, what)
    V <- simulate_counts(size$N, size$M, size$K, size$density)
    function() iteration_seconds(V, model, size$K, solver)
  })
  seconds <- interleaved(runs)
  data.frame(data = kind, model = model, solver = solver, doubled = sizes, ms = 1000 * seconds, ratio = seconds / seconds[1],
             goal = ifelse(sizes == "base", NA, 2.2))
}
cases <- expand.grid(kind = names(bases), model = c("T/Po", "T/NB5", "C/Po", "C/NB5"), solver = c("mm", "cd"),
                     stringsAsFactors = FALSE)
write_result(do.call(rbind, Map(doubling, cases$kind, cases$model, cases$solver)), "growth")

second_thread <- function(data, V, rank, model, iterations) {
  seconds <- interleaved(lapply(1:2, function(threads) {
    function() iteration_seconds(V, model, rank, threads = threads, iterations = iterations)
  }))
  data.frame(data = data, model = model, ms_1_thread = 1000 * seconds[1], ms_2_threads = 1000 * seconds[2],
             speed_up = seconds[1] / seconds[2], goal = 1.7)
}
threads <- lapply(c("T/NB1", "C/Po", "T/Po"), function(model) {
  second_thread("newsgroups-500", newsgroups$counts, 7, model, 30)
})
everything <- all_newsgroups()
threads <- c(threads, list(second_thread("full newsgroups", everything, 10, "T/Po", 15)))
write_result(do.call(rbind, threads), "growth-threads")
rm(everything)

# Peak memory above what is resident before the fit; an N x M temporary would take `cells_mb`.
memory <- function(model, what) {
  size <- doubled("sparse", what)
  V <- simulate_counts(size$N, size$M, size$K, size$density)
  above <- apart(function(V, model, rank) {
    source("bench/common.R")
    loadNamespace("nmfamily")
    invisible(gc())
    before <- resident()
    fit_ours(V, model, rank = rank, n_starts = 1, seed = 1, threads = 2, max_iter = 10)
    peak() - before
  }, V = V, model = model, rank = size$K)
  data.frame(model = model, doubled = what, peak_mb = above, v_mb = megabytes(V), cells_mb = size$N * size$M * 8 / 2^20)
}
cases <- expand.grid(what = c("base", "N", "K", "nnz"), model = c("T/Po", "T/NB5", "C/NB5"), stringsAsFactors = FALSE)
write_result(do.call(rbind, Map(memory, cases$model, cases$what)), "growth-memory")
