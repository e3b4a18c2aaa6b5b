#!/usr/bin/env Rscript
# When all ranks are done (sbatch --dependency=afterok:<job> ranks-done.R): the scores, the least first.
scores <- do.call(rbind, lapply(list.files("ranks", "^score", full.names = TRUE), readRDS))
print(scores[order(scores$score), c("rank", "score", "se", "n", "converged")], row.names = FALSE)
