# Which noise model do mutation counts follow? The eight models compared on 326 liver cancers:
#   Rscript eight-models.R [directory for the figures]
library(nmfamily)
library(ggplot2)
options(width = 120)

output <- c(commandArgs(trailingOnly = TRUE), "demo-output")[1]
dir.create(output, showWarnings = FALSE, recursive = TRUE)
save_figure <- function(figure, name, width = 9, height = 5) {
  ggsave(file.path(output, paste0(name, ".png")), figure, width = width, height = height, dpi = 150, bg = "white")
}

started <- proc.time()[["elapsed"]]
comparison <- compare_models(liver, all_models(5), seed = 1)
elapsed <- proc.time()[["elapsed"]] - started

cat("Eight models of", nrow(liver), "liver cancers by", ncol(liver), "mutation types, five components each\n\n")
print(comparison)
cat(sprintf("\nAll eight models fitted in %.1f s.\n", elapsed))

best <- fits(comparison)[[1]]
matched <- match_components(best, pcawg_signatures)
cat("\nThe components of the best model, ", format(best$model), ", and the nearest known signatures:\n\n", sep = "")
print(matched)

save_figure(autoplot(comparison, type = "bic"), "bic")
save_figure(autoplot(comparison, type = "mean_variance", V = liver), "mean-variance")
save_figure(autoplot(comparison, type = "residuals", V = liver), "residuals", height = 8)
save_figure(autoplot(best, type = "components"), "features", width = 12, height = 8)
save_figure(autoplot(matched), "similarity", width = 12)
cat("\nFigures: ", paste(list.files(output, "\\.png$", full.names = TRUE), collapse = ", "), "\n", sep = "")
