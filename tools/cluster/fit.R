# One fit by the workers of a cluster, whose bits must be those of one process:
#   Rscript tools/cluster/fit.R [workers] [sockets | mirai]
#   mpirun -n 3 Rscript tools/cluster/fit.R 2 mpi
given <- commandArgs(TRUE)
workers <- as.integer(c(given, 2)[1])
kind <- c(given[-1], "sockets")[1]
source("tools/cluster/mpi.R")
cluster <- switch(kind, sockets = parallel::makePSOCKcluster(workers), mpi = mpi_cluster(),
                  mirai = lapply(seq_len(workers), function(i) mirai::make_cluster(1)))
library(nmfamily)
options(warn = 2)                                         # a worker that is lost is an error here
set.seed(1)
V <- Matrix::rsparsematrix(2000, 200, 0.1, rand.x = function(n) rpois(n, 1) + 1)
init <- list(W = matrix(runif(2000 * 5), 2000), H = matrix(runif(5 * 200), 5))
fit_it <- function(model, solver, cluster, verbose = FALSE) {
  suppressWarnings(nmf(nmf_blocks(V), model, init = init, solver = solver, max_iter = 10, tol = 0, seed = 1,
                       verbose = verbose, cluster = cluster), "nmf_warning_not_converged")
}
same <- vapply(list(c("T/Po/5", "cd"), c("T/Po/5", "mm"), c("T/NB2/5", "cd")), function(case) {
  identical(fit_it(case[1], case[2], cluster, TRUE)[c("W", "H")], fit_it(case[1], case[2], NULL)[c("W", "H")])
}, NA)
cat(workers, "workers of", kind, if (all(same)) "have the bits of one process" else "have OTHER NUMBERS", "\n")
for (one in if (kind == "mirai") cluster else list(cluster)) parallel::stopCluster(one)
if (kind == "mpi") Rmpi::mpi.finalize()
quit(status = !all(same))
