# One fit by the workers of a cluster, whose bits must be those of one process:
#   Rscript tools/cluster/fit.R psock 3
#   mpirun -n 3 Rscript tools/cluster/fit.R mpi          one master, two workers
#   srun -n 3 --mpi=pmix Rscript tools/cluster/fit.R mpi
#   Rscript tools/cluster/fit.R mirai 2
given <- commandArgs(TRUE)
kind <- given[1]
workers <- as.integer(c(given[-1], 2)[1])
if (kind == "mpi") {
  suppressMessages(library(Rmpi))
  if (mpi.comm.rank(0) > 0) {
    sink(nullfile())
    snow::workLoop(snow::makeMPImaster())
    mpi.quit()
  }
}
library(nmfamily)
cluster <- switch(kind, psock = parallel::makePSOCKcluster(workers), mpi = snow::makeMPIcluster(),
                  mirai = mirai::make_cluster(workers))
set.seed(1)
V <- Matrix::rsparsematrix(2000, 200, 0.1, rand.x = function(n) rpois(n, 1) + 1)
init <- list(W = matrix(runif(2000 * 5), 2000), H = matrix(runif(5 * 200), 5))
fit_it <- function(model, solver, cluster, verbose = FALSE) {
  suppressWarnings(nmf(nmf_blocks(V), model, init = init, solver = solver, max_iter = 10, tol = 0, seed = 1,
                       verbose = verbose, cluster = cluster))
}
same <- vapply(list(c("T/Po/5", "cd"), c("T/Po/5", "mm"), c("T/NB2/5", "cd")), function(case) {
  identical(fit_it(case[1], case[2], cluster, TRUE)[c("W", "H")], fit_it(case[1], case[2], NULL)[c("W", "H")])
}, NA)
cat(kind, "with", length(cluster), "workers:", if (all(same)) "the bits of one process" else "OTHER NUMBERS", "\n")
parallel::stopCluster(cluster)
if (!all(same)) quit(status = 1)
if (kind == "mpi") mpi.quit()
