# All figures, and what they compare in one table:
#   Rscript all.R [directory for figures, fits and table]
for (n in 1:12) {
  source(system.file("paper", paste0("figure-", n, ".R"), package = "nmfamily"), local = TRUE)
}
compared <- do.call(rbind, lapply(1:12, function(n) {
  data.frame(figure = n, utils::read.csv(file.path(outdir, paste0("figure-", n, ".csv")), colClasses = "character"))
}))
utils::write.csv(compared, file.path(outdir, "compared.csv"), row.names = FALSE)
