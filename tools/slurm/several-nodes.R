#!/usr/bin/env Rscript
#SBATCH --ntasks=2
#SBATCH --time=12:00:00
# One fit by as many workers as the job has tasks. mirai starts each by srun within the job and talks to it over the
# network of the machines.
library(nmfamily)
data <- Sys.getenv("NMF_DATA", "cells.h5")
model <- Sys.getenv("NMF_MODEL", "T/Po/20")
srun <- mirai::remote_config("srun", c("--ntasks=1", "--overlap", "."), file.path(R.home("bin"), "Rscript"))
workers <- lapply(seq_len(as.integer(Sys.getenv("SLURM_NTASKS", 2))), function(i) {
  mirai::make_cluster(1, url = mirai::host_url(), remote = srun)
})
fit <- nmf(data, model, seed = 1, cluster = workers, checkpoint = "several-nodes-checkpoint.rds",
           time_limit = 11.5 * 3600, verbose = TRUE)
for (worker in workers) parallel::stopCluster(worker)
print(fit)
saveRDS(fit, "several-nodes.rds")
