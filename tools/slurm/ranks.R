#!/usr/bin/env Rscript
#SBATCH --array=2-4
#SBATCH --time=12:00:00
# A rank for each task of the array, whose number it is. All hold out the same cells, for these go by the seed; their
# checkpoints are in one folder.
library(nmfamily)
data <- Sys.getenv("NMF_DATA", "cells.h5")
rank <- as.integer(Sys.getenv("SLURM_ARRAY_TASK_ID"))
dir.create("ranks", showWarnings = FALSE)
own <- function(name) file.path("ranks", paste0(name, "-", rank, ".rds"))
choice <- select_rank(data, "T/Po", ranks = rank, n_splits = 2, seed = 1, checkpoint = own("checkpoint"), threads = 1)
saveRDS(choice$table, own("score"))
