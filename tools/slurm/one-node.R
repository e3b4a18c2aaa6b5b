#!/usr/bin/env Rscript
#SBATCH --cpus-per-task=2
#SBATCH --time=12:00:00
# One machine, data on its disk: the file of the session lies in the folder of the job, and what was done is kept, so that
# the same job goes on when its time is over.
library(nmfamily)
data <- Sys.getenv("NMF_DATA", "cells.h5")
model <- Sys.getenv("NMF_MODEL", "T/Po/20")
cells <- nmf_blocks(data, folder = Sys.getenv("TMPDIR", tempdir()))
print(estimate_cost(cells, model))
fit <- nmf(cells, model, seed = 1, checkpoint = "one-node-checkpoint.rds", time_limit = 11.5 * 3600,
           threads = as.integer(Sys.getenv("SLURM_CPUS_PER_TASK", 1)))
print(fit)
saveRDS(fit, "one-node.rds")
