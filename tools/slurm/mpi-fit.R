# What each rank of mpi.sh runs; only the first gets beyond mpi_cluster().
jobs <- Sys.getenv("NMF_JOBS", ".")
source(file.path(jobs, "mpi.R"))
workers <- mpi_cluster()
library(nmfamily)
data <- Sys.getenv("NMF_DATA", "cells.h5")
model <- Sys.getenv("NMF_MODEL", "T/Po/20")
fit <- nmf(data, model, seed = 1, cluster = workers, checkpoint = "mpi-checkpoint.rds", time_limit = 11.5 * 3600,
           verbose = TRUE)
saveRDS(fit, "mpi.rds")
print(fit)
parallel::stopCluster(workers)
Rmpi::mpi.finalize()
