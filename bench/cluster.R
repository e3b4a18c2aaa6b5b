# One fit by 2 and 3 workers on this machine against one process, all block by block: CPU seconds of a sweep of the
# slowest worker and of the process that they work for, what travels, and whether the bits are the same.
#   Rscript bench/cluster.R [cells] [genes] [rank] [sweeps]     20 M nonzeros: 60,000 x 4,000, the default
.libPaths(c(".Rlib", .libPaths()))
suppressMessages(library(nmfamily))
given <- as.integer(commandArgs(TRUE))
size <- c(60000L, 4000L, 10L, 4L)
size[seq_along(given)] <- given
cells <- size[1]
genes <- size[2]
rank <- size[3]
sweeps <- size[4]
density <- 0.085

set.seed(1)
parts <- lapply(seq_len(10), function(i) {
  n <- cells %/% 10L
  each <- rbinom(genes, n, density)
  i <- unlist(lapply(each, function(k) sort(sample.int(n, k)))) - 1L
  Matrix::sparseMatrix(i = i, p = c(0L, cumsum(each)), x = 1 + rpois(length(i), 0.5), dims = c(n, genes), index1 = FALSE)
})
blocks <- nmf_blocks(parts)
rm(parts)
init <- list(W = matrix(runif(nrow(blocks) * rank, 1, 20), ncol = rank), H = matrix(runif(rank * genes) / genes, rank))

cpu <- function() sum(proc.time()[1:2])
run <- function(model, solver, cluster, iterations) {
  theirs <- function() if (is.null(cluster)) 0 else unlist(parallel::clusterCall(cluster, cpu))
  before <- list(cpu(), theirs(), proc.time()[[3]])
  told <- character()
  fit <- withCallingHandlers(
    suppressWarnings(nmf(blocks, model, init = init, max_iter = iterations, tol = 0, solver = solver, seed = 1,
                         threads = 1, verbose = TRUE, cluster = cluster)),
    message = function(m) {
      told <<- c(told, conditionMessage(m))
      invokeRestart("muffleMessage")
    }
  )
  list(fit = fit, own = cpu() - before[[1]], theirs = theirs() - before[[2]], wall = proc.time()[[3]] - before[[3]],
       told = grep("workers", told, value = TRUE))
}
rows <- list()
cases <- list(c(sprintf("T/Po/%d", rank), "cd"), c(sprintf("T/Po/%d", rank), "mm"), c(sprintf("T/NB5/%d", rank), "cd"))
for (case in cases) {
  alone <- NULL
  for (workers in c(0, 2, 3)) {
    cluster <- if (workers > 0) parallel::makePSOCKcluster(workers)
    run(case[1], case[2], cluster, 1L)                    # what is compiled and loaded once
    few <- run(case[1], case[2], cluster, 1L)
    many <- run(case[1], case[2], cluster, 1L + sweeps)
    if (workers > 0) parallel::stopCluster(cluster)
    alone <- if (is.null(alone)) many$fit else alone
    rows[[length(rows) + 1]] <- data.frame(
      cells = nrow(blocks), genes = genes, model = case[1], solver = case[2], workers = workers, sweeps = sweeps,
      worker = max(many$theirs - few$theirs) / sweeps, master = (many$own - few$own) / sweeps,
      wall = (many$wall - few$wall) / sweeps, same_bits = identical(many$fit[c("W", "H")], alone[c("W", "H")]),
      told = sub("\n", "", paste(many$told, collapse = ""))
    )
    print(rows[[length(rows)]], row.names = FALSE)
  }
}
dir.create(file.path("bench", "results"), showWarnings = FALSE)
file <- file("bench/results/cluster.csv", "w")
processor <- sub(".*: *", "", grep("^model name", readLines("/proc/cpuinfo"), value = TRUE)[1])
writeLines(paste0("# ", c(paste("date:", Sys.Date()), paste("processor:", processor), paste("R:", getRversion()),
                          paste("nonzeros:", blocks$facts$stored), "seconds of CPU a sweep; 0 workers is one process")),
           file)
write.csv(do.call(rbind, rows), file, row.names = FALSE)
close(file)
