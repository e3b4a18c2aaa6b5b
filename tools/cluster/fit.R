# One fit by the workers of a cluster of sockets, whose bits must be those of one process:
#   Rscript tools/cluster/fit.R [workers]
workers <- as.integer(c(commandArgs(TRUE), 2)[1])
library(nmfamily)
options(warn = 2)                                         # a worker that is lost is an error here
cluster <- parallel::makePSOCKcluster(workers)
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
cat(workers, "workers:", if (all(same)) "the bits of one process" else "OTHER NUMBERS", "\n")
parallel::stopCluster(cluster)
quit(status = !all(same))
