# Reference signatures of Alexandrov et al. (2020) Nature 578:94-101,
# doi:10.1038/s41586-020-1943-3 (CC BY 4.0), with the source's rounding kept.
# Run from the project root: Rscript data-raw/pcawg_signatures.R
source("data-raw/sbs96.R")

pcawg_signatures <- read_sbs96("pcawg_sbs_reference_signatures.csv.gz")
save(pcawg_signatures, file = "data/pcawg_signatures.rda", compress = "xz", version = 3)
