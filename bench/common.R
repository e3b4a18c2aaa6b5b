# What the benchmarks share. They are run from the project root, one by one or all by bench/run.R:
#   Rscript bench/liver.R
# Environment variables shorten a run: NMFAMILY_BENCH_SECONDS (limit of one run of the plain form, 60),
# NMFAMILY_BENCH_STARTS (5), NMFAMILY_BENCH_REPEATS (7), NMFAMILY_BENCH_PROCESSES (1).
.libPaths(c(".Rlib", ".Rlib-bench"))
source("bench/objective.R")
source("bench/peers.R")

setting <- function(name, default) as.numeric(Sys.getenv(paste0("NMFAMILY_BENCH_", toupper(name)), default))
n_starts <- setting("starts", 5)
n_repeats <- setting("repeats", 7)

# Data of simulated sets about their means; Normal noise has this coefficient of variation of the mean cell, cut at 0.
draw_about <- function(mu, noise, cv) {
  size <- length(mu)
  x <- switch(noise, Po = stats::rpois(size, mu), NB = stats::rnbinom(size, size = 10, mu = mu),
              N = pmax(stats::rnorm(size, mu, cv * mean(mu)), 0))
  array(x, dim(mu), dimnames(mu))
}

result_file <- function(name, extension = ".csv") file.path("bench", "results", paste0(name, extension))

# A data frame as CSV below what is known about the machine.
write_result <- function(data, name) {
  dir.create(dirname(result_file(name)), showWarnings = FALSE)
  file <- file(result_file(name), "w")
  on.exit(close(file))
  writeLines(paste("#", facts()), file)
  utils::write.csv(data, file, row.names = FALSE)
  cat("\n", result_file(name), "\n", sep = "")
  if (nrow(data) <= 50) print(data, row.names = FALSE, digits = 4) else cat(nrow(data), "rows\n")
}

read_result <- function(name) {
  file <- result_file(name)
  if (file.exists(file)) utils::read.csv(file, comment.char = "#", check.names = FALSE)
}

facts <- function() {
  processor <- grep("^model name", readLines("/proc/cpuinfo"), value = TRUE)
  flags <- grep("^flags", readLines("/proc/cpuinfo"), value = TRUE)[1]
  vectors <- Filter(function(name) grepl(paste0("\\b", name, "\\b"), flags), c("avx2", "avx512f"))
  versions <- vapply(c("nmfamily", "RcppArmadillo", peers()), version_of, "")
  c(paste0("date: ", Sys.Date()),
    paste0("processor: ", sub(".*: *", "", processor[1]), " (", toString(vectors), "), ", length(processor), " cores"),
    paste0("R: ", getRversion(), ", BLAS: ", blas_name(), ", dgemm ", signif(dgemm_speed(), 2), " GFlop/s"),
    paste0("packages: ", paste(names(versions), versions, collapse = ", ")))
}

version_of <- function(package) {
  if (has_package(package)) as.character(utils::packageVersion(package)) else "not available"
}

has_package <- function(package) nzchar(system.file(package = package))

openblas <- function() file.path(".Rlib-bench", "openblas", "libblas.so.3")

blas_name <- function() {
  if (!grepl("openblas", extSoftVersion()[["BLAS"]])) return("as R has it")
  core <- Sys.getenv("OPENBLAS_CORETYPE")
  paste0("OpenBLAS", if (nzchar(core)) paste0(" (", core, ")"))
}

# What multiplying matrices reaches, in 10^9 operations in a second of CPU: whether the BLAS knows the processor.
dgemm_speed <- function(n = 600) {
  A <- matrix(seq_len(n^2) / n^2, n)
  seconds <- vapply(1:3, function(run) sum(system.time(for (again in 1:2) A %*% A)[1:2]) / 2, 0)
  2 * n^3 / max(min(seconds), 1e-3) / 1e9
}

# An OpenBLAS that is older than the processor takes it for a Prescott, a quarter as fast, unless it is told.
core_type <- function() {
  flags <- grep("^flags", readLines("/proc/cpuinfo"), value = TRUE)[1]
  if (grepl("\\bavx512f\\b", flags)) "SKYLAKEX" else if (grepl("\\bavx2\\b", flags)) "HASWELL" else ""
}

# BLAS, allocator and OpenMP cannot be changed once R runs, so a script that needs them otherwise starts itself again.
# Others are shown at their best: with OpenBLAS, and the kernel for this processor, where it is there.
# `peers`: with OpenMP left to those who ask for threads (the Eigen library inside RcppML takes all there are).
# `plain`: with freed memory kept, as the temporaries of the plain form are large enough to go back to the system and to
# come anew with every expression. `baseline`: the same on a processor that has only x86-64's own vectors.
environments <- function(name) {
  blas <- if (file.exists(openblas())) {
    c(LD_PRELOAD = normalizePath(openblas()), OPENBLAS_CORETYPE = core_type(), OPENBLAS_L2_SIZE = "")
  }
  if (name == "peers") return(c(blas, OMP_NUM_THREADS = "1"))
  plain <- c(MALLOC_MMAP_THRESHOLD_ = "2000000000", MALLOC_TRIM_THRESHOLD_ = "2000000000")
  if (name == "plain") return(c(blas, plain))
  blas[["OPENBLAS_CORETYPE"]] <- "Prescott"
  c(blas, plain, NMFAMILY_LANES = "2", GLIBC_TUNABLES = "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-AVX512F,-AVX512VL")
}

restart_in <- function(name) {
  if (Sys.getenv("NMFAMILY_BENCH_IN") == name) return(invisible())
  script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
  quit(status = rscript(script, commandArgs(TRUE), environments(name), name))
}

rscript <- function(script, arguments = character(), environment = character(), name = "") {
  Sys.unsetenv(names(environment)[environment == ""])
  set <- c(environment[environment != ""], NMFAMILY_BENCH_IN = name)
  system2(file.path(R.home("bin"), "Rscript"), c(script, arguments), env = paste0(names(set), "=", set))
}

compile_plain <- function() Rcpp::sourceCpp("bench/plain.cpp", cacheDir = ".Rlib-bench/compiled", env = globalenv())

# A function in an R process of its own, so that its memory is its own too; with R's own BLAS unless `openblas`.
apart <- function(run, ..., openblas = FALSE) {
  callr::r(run, list(...), libpath = .libPaths(), show = TRUE,
           env = c(callr::rcmd_safe_env(), if (!openblas) c(LD_PRELOAD = "")))
}

# Megabytes resident now, and at most so far.
resident <- function() memory_line("VmRSS")
peak <- function() memory_line("VmHWM")
memory_line <- function(name) {
  line <- grep(paste0("^", name, ":"), readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}

# The full newsgroups counts in a process of its own: what was resident before they were read (in Mb), and the most
# while they were.
newsgroups_measured <- function(package) {
  loadNamespace(package)
  loadNamespace("Matrix")
  invisible(gc())
  baseline <- resident()
  V <- all_newsgroups()
  list(V = V, baseline = baseline, reading = peak() - baseline)
}

megabytes <- function(x) as.numeric(utils::object.size(x)) / 2^20

# 500 posts, which the paper has, and all of them: files of the user's.
source("inst/paper/newsgroups.R")
delayedAssign("newsgroups", read_newsgroups())
all_newsgroups <- function() {
  path <- file.path(Sys.getenv("NMFAMILY_SHARED", "../shared/data"), "newsgroups_counts.rds")
  if (!file.exists(path)) stop("The full newsgroups counts are not at ", path, "; set NMFAMILY_SHARED.")
  readRDS(path)$counts
}

# Uniform random factors of the right size for the mean of the data. The same seed gives the same start to everyone.
random_factors <- function(V, rank, seed, structure = "traditional") {
  set.seed(seed)
  W <- matrix(stats::runif(nrow(V) * rank), ncol = rank)
  if (structure == "convex") {
    E <- matrix(stats::runif(nrow(V) * rank), ncol = rank)
    reached <- sum(colSums(W) * rowSums(as.matrix(Matrix::crossprod(E, V))))
    return(list(E = E * sum(V) / reached, D = t(W)))
  }
  H <- matrix(stats::runif(rank * ncol(V)), rank)
  list(W = W, H = H * sum(V) / sum(colSums(W) * rowSums(H)))
}

# Means of observations of 96 channels: components drawn from the reference signatures, weights Gamma(1) with mean
# `total`.
simulate_means <- function(seed, n_obs = 100, K = 5, total = 600) {
  set.seed(seed)
  H <- pcawg_signatures[sample(nrow(pcawg_signatures), K), ]
  matrix(rgamma(n_obs * K, 1, 1 / total), n_obs) %*% H
}

# Documents of a topic model with 100 topics, each with two or three of them, and words with Zipf's frequencies.
simulate_documents <- function(N = 1000, M = 4000, K = 100, words = 150) {
  set.seed(1)
  H <- t(replicate(K, stats::rgamma(M, 0.1) / seq_len(M)[sample(M)]^0.7))
  H <- H / rowSums(H)
  W <- matrix(stats::rgamma(N * K, 0.03), N) + 1e-6
  W <- W / rowSums(W) * stats::rnbinom(N, 2, mu = words)
  V <- matrix(stats::rpois(N * M, W %*% H), N)
  V <- V[rowSums(V) > 0, colSums(V) > 1]
  dimnames(V) <- list(paste0("d", seq_len(nrow(V))), paste0("w", seq_len(ncol(V))))
  Matrix::Matrix(V, sparse = TRUE)
}
# Noise is Poisson at `alpha = Inf`; at NA each observation has an alpha, log-normal around 50.
simulate_counts <- function(seed, alpha, n_obs = 100, K = 5, total = 600) {
  mu <- simulate_means(seed, n_obs, K, total)
  size <- if (is.na(alpha)) exp(rnorm(n_obs, log(50))) else alpha
  counts <- if (identical(alpha, Inf)) rpois(length(mu), mu) else rnbinom(length(mu), size = size, mu = mu)
  matrix(counts, n_obs, dimnames = list(NULL, colnames(mu)))
}

# nmfamily's side: quiet, and with whatever status.
fit_ours <- function(V, model, ...) suppressWarnings(nmfamily::nmf(V, model, ..., verbose = FALSE))

# Its objective, recomputed as for everyone; its trace can be trusted when that is the same.
checked_objective <- function(V, fit, model) {
  model <- parse_model(model)
  objective <- half_deviance(V, fit$W, fit$H, model$family, model$power, model$alpha)
  if (abs(objective / fit$objective - 1) > 1e-8) stop("The objective is ", objective, ", not ", fit$objective, ".")
  objective
}

# The seconds after which a trace is first at the target or below, or above it by a fraction of it; Inf if never.
time_to <- function(trace, target, above = 0) {
  there <- which(trace$objective <= target * (1 + above))
  if (length(there)) trace$seconds[there[1]] else Inf
}

# All rows of a result that grows set by set: `of` makes the row of a case from its values, and prints as it comes; what
# is in the file already is not made again.
set_by_set <- function(name, cases, of) {
  file <- result_file(name)
  key <- function(x) do.call(paste, unname(x[names(cases)]))
  known <- if (file.exists(file)) key(utils::read.csv(file))
  for (i in which(!key(cases) %in% known)) {
    row <- do.call(of, unname(as.list(cases[i, ])))
    print(row, row.names = FALSE)
    utils::write.table(row, file, append = file.exists(file), sep = ",", row.names = FALSE,
                       col.names = !file.exists(file))
  }
  utils::read.csv(file)
}
