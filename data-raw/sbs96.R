# The 96 channels of single base substitutions in the field's order: substitution
# of the pyrimidine, then its 5' and its 3' neighbour (Alexandrov et al. 2013, 2020).
bases <- c("A", "C", "G", "T")
sites <- expand.grid(right = bases, left = bases,
                     substitution = c("C>A", "C>G", "C>T", "T>A", "T>C", "T>G"))
channels <- sprintf("%s[%s]%s", sites$left, sites$substitution, sites$right)

# A table with one row per sample or signature and one column per channel.
read_sbs96 <- function(file) {
  folder <- Sys.getenv("NMFAMILY_SHARED", "../shared/data")
  x <- as.matrix(read.csv(file.path(folder, file), row.names = 1, check.names = FALSE))
  stopifnot(identical(colnames(x), channels), !anyNA(x), all(x >= 0), !anyDuplicated(rownames(x)))
  x
}
