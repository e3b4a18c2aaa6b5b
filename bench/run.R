# All benchmarks in order, then the report:  Rscript bench/run.R [name ...], for instance liver sweeps
source("bench/common.R")
scripts <- c("sweeps", "liver", "liver-peers", "topics", "topic-models", "differential",
             "normal", "normal-dense", "growth", "growth-peer", "rank", "family", "residuals", "alpha", "power",
             "bootstrap", "starts", "autoencoder")
chosen <- if (length(commandArgs(TRUE))) commandArgs(TRUE) else scripts
began <- proc.time()[["elapsed"]]
failed <- Filter(function(name) {
  cat("\n== ", name, "\n", sep = "")
  rscript(file.path("bench", paste0(name, ".R"))) != 0
}, chosen)
rscript("bench/report.R")
cat(sprintf("\nAll benchmarks took %.0f minutes.\n", (proc.time()[["elapsed"]] - began) / 60))
if (length(failed)) stop("These benchmarks failed: ", toString(failed))
