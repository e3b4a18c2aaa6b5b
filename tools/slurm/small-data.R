# A small file as CellRanger writes them.
library(Matrix)
path <- commandArgs(TRUE)[1]
set.seed(1)
profiles <- matrix(rgamma(3 * 100, 0.3), 3)
counts <- matrix(rpois(400 * 100, 5 * matrix(rgamma(1200, 0.5), 400) %*% profiles), 400)
sparse <- as(t(counts), "CsparseMatrix")
invisible(rhdf5::h5createFile(path))
invisible(rhdf5::h5createGroup(path, "matrix"))
parts <- list(data = sparse@x, indices = sparse@i, indptr = sparse@p, shape = dim(sparse),
              barcodes = paste0("cell", 1:400))
for (part in names(parts)) rhdf5::h5write(parts[[part]], path, paste0("matrix/", part))
