# A fit block by block from a 10x file against the same fit in memory: CPU seconds of a sweep, peak memory above that of
# R with the package and the start, and how far the factors are apart after as many sweeps from the same start. Each run
# is a process of its own, of one thread.
#   Rscript bench/out-of-core.R [cells] [genes]        20 M nonzeros: 60,000 x 4,000, the default
#   Rscript bench/out-of-core.R limit [cells] [genes]  one file larger than the memory that the process is allowed, in
#       kB NMFAMILY_BENCH_LIMIT (1,300,000 of address space, in which R with its packages has 400,000): 200 M nonzeros in
#       118,000 x 20,000, a file of 1.6 GB, the default
source("bench/common.R")
arguments <- commandArgs(TRUE)
limited <- identical(arguments[1], "limit")
sizes <- as.integer(if (limited) arguments[-1] else arguments)
cells <- if (length(sizes)) sizes[1] else if (limited) 118000L else 60000L
genes <- if (length(sizes) > 1) sizes[2] else if (limited) 20000L else 4000L
folder <- Sys.getenv("NMFAMILY_BENCH_FOLDER", tempdir())
file <- file.path(folder, sprintf("cells-%d-%d.h5", cells, genes))

# Counts of ten programmes, or, without structure, nonzeros at random distances.
programmes <- function(genes, rank = 10) {
  H <- matrix(rgamma(rank * genes, 0.2), rank)
  H <- H / rowSums(H)
  function(n) {
    L <- matrix(rgamma(rank * n, 0.3), rank)
    mu <- crossprod(H, L * rep(rlnorm(n, log(350), 0.5) / colSums(L), each = rank))
    v <- rpois(length(mu), mu)
    at <- which(v > 0)
    list(at = at - 1, v = v[at])
  }
}
scattered <- function(genes, density = 0.085) {
  function(n) {
    at <- cumsum(rgeom(ceiling(1.1 * n * genes * density), density) + 1) - 1
    at <- at[at < n * genes]
    list(at = at, v = 1L + rpois(length(at), 0.5))
  }
}

# Written in pieces, as CellRanger lays them out; level 0 is without compression, 8 bytes for a nonzero.
write_cells <- function(file, cells, genes, draw, level, at_once = 5000) {
  rhdf5::h5createFile(file)
  rhdf5::h5createGroup(file, "matrix")
  for (part in c("data", "indices")) {
    rhdf5::h5createDataset(file, paste0("matrix/", part), 65536, rhdf5::H5Sunlimited(), storage.mode = "integer",
                           chunk = 65536, level = level)
  }
  ends <- 0
  for (from in seq(1, cells, by = at_once)) {
    n <- min(at_once, cells - from + 1)
    own <- draw(n)
    total <- ends[length(ends)] + length(own$at)
    parts <- list(data = own$v, indices = as.integer(own$at %% genes))
    for (part in names(parts)) {
      rhdf5::h5set_extent(file, paste0("matrix/", part), total)
      rhdf5::h5write(parts[[part]], file, paste0("matrix/", part), start = total - length(own$at) + 1,
                     count = length(own$at))
    }
    ends <- c(ends, ends[length(ends)] + cumsum(tabulate(own$at %/% genes + 1, n)))
  }
  rhdf5::h5write(ends, file, "matrix/indptr")
  rhdf5::h5write(c(genes, cells), file, "matrix/shape")
  rhdf5::h5write(sprintf("cell%d", seq_len(cells)), file, "matrix/barcodes")
  rhdf5::h5createGroup(file, "matrix/features")
  rhdf5::h5write(sprintf("gene%d", seq_len(genes)), file, "matrix/features/name")
  ends[length(ends)]
}

peak <- function() {
  line <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}

# In a process of its own.
run <- function(file, model, solver, in_memory, sweeps, factors, limit = "unlimited") {
  code <- sprintf(paste(
    ".libPaths(c(%s)); suppressMessages(library(nmfamily));",
    "peak <- %s; cpu <- function() sum(proc.time()[1:2]);",
    "n <- as.numeric(rhdf5::h5read(%s, 'matrix/shape')); K <- nmf_model(%s)$rank; set.seed(2);",
    "init <- list(W = matrix(runif(n[2] * K, 1, 20), n[2]), H = matrix(runif(K * n[1]) / n[1], K));",
    "gc(); before <- peak();",
    "began <- cpu(); V <- %s; read <- cpu() - began;",
    "fit <- function(n) { began <- cpu(); f <- suppressWarnings(nmf(V, %s, init = init, max_iter = n, tol = 0,",
    "  solver = %s, seed = 1, threads = 1, verbose = FALSE)); list(f, cpu() - began) };",
    "one <- fit(1L); many <- fit(%dL);",
    "saveRDS(many[[1]][c('W', 'H')], %s, compress = FALSE);",
    "cat(read, (many[[2]] - one[[2]]) / %d, peak() - before, many[[1]]$objective)"
  ), paste(shQuote(.libPaths()), collapse = ","), paste(deparse(peak), collapse = "\n"), shQuote(file), shQuote(model),
  if (in_memory) sprintf(paste("{ part <- function(name) as.vector(rhdf5::h5read(%s, paste0('matrix/', name)));",
    "Matrix::t(new('dgCMatrix', i = part('indices'), p = as.integer(part('indptr')), x = as.double(part('data')),",
    "Dim = as.integer(n))) }"), shQuote(file)) else
    sprintf("nmf_blocks(%s)", shQuote(file)),
  shQuote(model), shQuote(solver), sweeps + 1L, shQuote(factors), sweeps)
  script <- tempfile(fileext = ".R")
  writeLines(code, script)
  said <- system2("sh", c("-c", shQuote(sprintf("ulimit -v %s; exec Rscript %s", limit, script))), stdout = TRUE)
  values <- as.numeric(strsplit(said[length(said)], " ")[[1]])
  data.frame(model = model, solver = solver, data = if (in_memory) "memory" else "file", read = values[1],
             sweep = values[2], peak = values[3], objective = values[4])
}

length_of <- function(file) {
  parts <- rhdf5::h5ls(file)
  as.numeric(parts$dim[parts$name == "data"])
}

if (!file.exists(file)) {
  set.seed(1)
  nonzeros <- write_cells(file, cells, genes, if (limited) scattered(genes) else programmes(genes),
                          if (limited) 0 else 1)
  cat(nonzeros / 1e6, "million nonzeros,", file.size(file) / 1e6, "MB\n")
}
apart <- function(files) {
  factors <- lapply(files, readRDS)
  max(vapply(c("W", "H"), function(part) {
    max(abs(factors[[1]][[part]] - factors[[2]][[part]])) / max(abs(factors[[2]][[part]]))
  }, 0))
}
if (limited) {
  limit <- Sys.getenv("NMFAMILY_BENCH_LIMIT", "1300000")
  row <- run(file, "T/Po/20", "cd", FALSE, 2L, tempfile(), limit)
  write_result(cbind(cells = cells, genes = genes, nonzeros = length_of(file), file_mb = file.size(file) / 1e6,
                     limit_mb = as.numeric(limit) / 1024, row), "out-of-core-limit")
} else {
  rows <- list()
  for (case in list(c("T/Po/10", "cd"), c("T/Po/10", "mm"), c("T/NB5/10", "cd"), c("T/TW1.5/10", "cd"))) {
    files <- tempfile(c("file", "memory"))
    sweeps <- if (case[1] == "T/Po/10") 10L else 3L
    both <- do.call(rbind, lapply(1:2, function(i) run(file, case[1], case[2], i == 2, sweeps, files[i])))
    both$apart <- c(apart(files), NA)
    rows <- c(rows, list(cbind(cells = cells, genes = genes, both)))
  }
  write_result(do.call(rbind, rows), "out-of-core")
}
