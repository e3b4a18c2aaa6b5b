# Mutation counts of the 21 breast cancers of Nik-Zainal et al. (2012)
# Cell 149:979-993, doi:10.1016/j.cell.2012.04.024.
# Run from the project root: Rscript data-raw/brca21.R
source("data-raw/sbs96.R")

brca21 <- read_sbs96("brca21_sbs96.csv")
stopifnot(is.integer(brca21))
save(brca21, file = "data/brca21.rda", compress = "xz", version = 3)
