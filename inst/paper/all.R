# All figures, and what they compare in one table:
#   Rscript all.R [directory for figures, fits and table]
# A figure that needs newsgroups is left out where these are not there (newsgroups.R), and its rows stay as they were.
source(system.file("paper", "fits.R", package = "nmfamily"))
rows_of <- function(path) utils::read.csv(path, colClasses = "character")
before <- rows_of(system.file("paper", "compared.csv", package = "nmfamily"))
tables <- lapply(1:12, function(n) {
  rows <- tryCatch({
    source(system.file("paper", paste0("figure-", n, ".R"), package = "nmfamily"), local = TRUE)
    rows_of(file.path(outdir, paste0("figure-", n, ".csv")))
  }, no_newsgroups = function(condition) {
    message("Figure ", n, " is left out. ", conditionMessage(condition))
    before[before$figure == n, -1]
  })
  data.frame(figure = n, rows)
})
utils::write.csv(do.call(rbind, tables), file.path(outdir, "compared.csv"), row.names = FALSE)
