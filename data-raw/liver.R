# Mutation counts of the PCAWG Liver-HCC samples, from the mutational catalogues of
# Alexandrov et al. (2020) Nature 578:94-101, doi:10.1038/s41586-020-1943-3 (CC BY 4.0).
# Run from the project root: Rscript data-raw/liver.R
source("data-raw/sbs96.R")

liver <- read_sbs96("pcawg_liver_hcc_sbs96.csv.gz")
stopifnot(is.integer(liver))
save(liver, file = "data/liver.rda", compress = "xz", version = 3)
