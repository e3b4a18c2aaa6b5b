# Files of 10x and AnnData, whole and damaged.

skip_if_not_installed("rhdf5")

V <- random_sparse(21, 40, 12)
dimnames(V) <- list(paste0("cell", 1:40), paste0("gene", 1:12))
S <- as_sparse(V)
dimnames(S) <- dimnames(V)
write_h5 <- function(x, file, name) suppressMessages(rhdf5::h5write(x, file, name))
new_file <- function(ending = ".h5", frame = parent.frame()) {
  file <- withr::local_tempfile(fileext = ending, .local_envir = frame)
  rhdf5::h5createFile(file)
  file
}

# Cells in columns, compressed; `change` alters a part.
write_compressed <- function(file, at, X, change = list()) {
  parts <- utils::modifyList(list(data = X@x, indices = X@i, indptr = X@p), change)
  rhdf5::h5createGroup(file, at)
  for (part in names(parts)) if (length(parts[[part]])) write_h5(parts[[part]], file, paste0(at, "/", part))
}

write_tenx <- function(change = list(), group = "matrix", version = 3, frame = parent.frame()) {
  file <- new_file(frame = frame)
  local_sizes(blocks_at_least = 8, frame = frame)
  write_compressed(file, group, Matrix::t(S), utils::modifyList(list(shape = c(12L, 40L)), change))
  write_h5(rownames(V), file, paste0(group, "/barcodes"))
  if (version == 3) {
    rhdf5::h5createGroup(file, paste0(group, "/features"))
    write_h5(paste0("ENSG", 1:12), file, paste0(group, "/features/id"))
    write_h5(colnames(V), file, paste0(group, "/features/name"))
  } else {
    write_h5(paste0("ENSG", 1:12), file, paste0(group, "/genes"))
    write_h5(colnames(V), file, paste0(group, "/gene_names"))
  }
  file
}

write_attribute <- function(file, at, ...) {
  handle <- rhdf5::H5Fopen(file)
  object <- rhdf5::H5Oopen(handle, at)
  values <- list(...)
  for (name in names(values)) rhdf5::h5writeAttribute(values[[name]], object, name)
  rhdf5::H5Oclose(object)
  rhdf5::H5Fclose(handle)
}

write_anndata <- function(kind, at = "X", frame = parent.frame()) {
  file <- new_file(".h5ad", frame)
  if (dirname(at) != ".") rhdf5::h5createGroup(file, dirname(at))
  local_sizes(blocks_at_least = 8, frame = frame)
  if (kind == "dense") {
    write_h5(t(V), file, at)                              # as C lays it out: cells x genes
  } else {
    write_compressed(file, at, if (kind == "csc") S else Matrix::t(S))
    write_attribute(file, at, "encoding-type" = paste0(kind, "_matrix"), shape = c(40L, 12L))
  }
  for (group in c("obs", "var")) {
    rhdf5::h5createGroup(file, group)
    write_h5(if (group == "obs") rownames(V) else colnames(V), file, paste0(group, "/index"))
    write_attribute(file, group, "_index" = "index")
  }
  file
}

expect_same_cells <- function(blocks) {
  expect_identical(dim(blocks), dim(V))
  expect_identical(dimnames(blocks), dimnames(V))
  expect_identical(as.matrix(read_rows(blocks, 1, 40)), unname(V))
}

test_law("10x and AnnData files are read with their names, however they are laid out", {
  expect_same_cells(nmf_blocks(write_tenx()))
  expect_same_cells(nmf_blocks(write_tenx(group = "GRCh38", version = 2)))
  for (kind in c("csr", "csc", "dense")) {
    file <- write_anndata(kind)
    expect_same_cells(nmf_blocks(file))
    expect_same_cells(nmf_blocks(file, layer = "X"))
  }
  layer <- write_anndata("csr", "layers/counts")
  expect_same_cells(nmf_blocks(layer, layer = "counts"))
  expect_error(nmf_blocks(layer), "there is \"counts\"", class = "nmf_error_file")
  file <- withr::local_tempfile()                         # without an ending
  file.copy(write_tenx(), file)
  expect_same_cells(nmf_blocks(file))
  both <- write_tenx()
  write_compressed(both, "other", Matrix::t(S), list(shape = c(12L, 40L)))
  expect_error(nmf_blocks(both), "several matrices", class = "nmf_error_file")
  expect_identical(dim(nmf_blocks(both, layer = "other")), dim(V))
  expect_error(nmf_blocks(both, layer = "no"), "\"no\"", class = "nmf_error_file")
})

test_that("by features a file is read in one go where memory allows, and in several otherwise", {
  file <- write_anndata("csc")
  local_sizes(cells_of_window = 40)
  expect_same_cells(nmf_blocks(file))
})

test_that("cells in any order, and twice, are what they say", {
  turned <- Matrix::t(S)
  first <- seq_len(turned@p[2])
  mixed <- write_tenx(list(indices = replace(turned@i, first, rev(turned@i[first])),
                           data = replace(turned@x, first, rev(turned@x[first]))))
  expect_same_cells(nmf_blocks(mixed))
  twice <- write_tenx(list(indices = replace(turned@i, 2, turned@i[1])))
  expect_identical(sum(read_rows(nmf_blocks(twice), 1, 40)), sum(V))
})

test_law("a fit of a file is that of its matrix, and goes on from a fit to it", {
  init <- random_init(22, "traditional", V, 2)
  fit_of <- function(V, model, solver) {
    suppressMessages(without_advice(suppressWarnings(
      nmf(V, model, init = init, max_iter = 15, tol = 1e-12, solver = solver, seed = 1, verbose = FALSE, threads = 1),
      "nmf_warning_not_converged"
    )))
  }
  tenx <- nmf_blocks(write_tenx())
  dense <- nmf_blocks(write_anndata("dense"))
  for (model in c("T/N/2", "T/Po/2", "T/TW1.5/2", "T/NB9/2")) for (solver in c("cd", "mm")) {
    memory <- fit_of(S, model, solver)
    for (file in list(tenx, dense)) {
      fit <- fit_of(file, model, solver)
      expect_close(fit$W, memory$W, 1e-8)
      expect_close(fit$H, memory$H, 1e-8)
      expect_equal(fit$logLik, memory$logLik, tolerance = 1e-8)
    }
  }
  expect_identical(dimnames(fit$W)[[1]], rownames(V))
  expect_identical(predict(fit, tenx)[3, ], predict(fit, V)[3, ])
  file <- write_tenx()
  expect_identical(fit_of(file, "T/Po/2", "cd")[c("W", "H")], fit_of(tenx, "T/Po/2", "cd")[c("W", "H")])
  expect_identical(as_data(file), methods::as(S, "CsparseMatrix"))
})

test_law("a damaged file is refused with its name", {
  turned <- Matrix::t(S)
  refused <- function(file, words, layer = NULL) {
    condition <- expect_error(nmf_blocks(file, layer = layer), class = "nmf_error_file")
    expect_match(conditionMessage(condition), basename(file), fixed = TRUE)
    expect_match(conditionMessage(condition), words)
  }
  cut <- withr::local_tempfile(fileext = ".h5")
  bytes <- readBin(write_tenx(), "raw", 1e6)
  writeBin(bytes[seq_len(length(bytes) %/% 2)], cut)
  refused(cut, "cannot be read")
  text <- withr::local_tempfile(fileext = ".h5", lines = "no HDF5")
  refused(text, "cannot be read")
  refused(withr::local_tempfile(fileext = ".h5"), "not there")
  empty <- new_file()
  refused(empty, "neither")
  refused(write_tenx(list(data = numeric())), "neither")
  refused(write_tenx(list(indices = replace(turned@i, 30, 12L))), "indices must be from 0 to 11")
  refused(write_tenx(list(indices = replace(turned@i, 30, -1L))), "indices must be from 0 to 11")
  refused(write_tenx(list(indptr = replace(turned@p, 3, 0L))), "never go down")
  refused(write_tenx(list(indptr = turned@p[-1])), "indptr")
  refused(write_tenx(list(data = turned@x[-1])), "indptr ends")
  refused(write_tenx(list(shape = c(12L, 41L))), "41 observations")
  refused(write_tenx(list(shape = c(12.5, 40))), "shape")
  refused(write_tenx(list(data = replace(turned@x, 5, -1))), "block 1 of 8.*below zero")
  refused(write_tenx(list(data = replace(turned@x, 5, NaN))), "block 1 of 8")
  refused(write_tenx(list(data = paste(turned@x))), "numbers")
  refused(write_anndata("csr"), "there is \"X\"", layer = "counts")
  refused(write_anndata("coo"), "csr_matrix or csc_matrix")
})

test_that("a DelayedMatrix stays where it is when it is large, whoever holds it", {
  skip_if_not_installed("HDF5Array")
  local_sizes(blocks_at_least = 8)
  file <- new_file()
  write_h5(V, file, "V")
  dense <- nmf_blocks(HDF5Array::HDF5Array(file, "V"))
  expect_false(dense$sparse)
  expect_identical(read_rows(dense, 1, 40), unname(V))
  delayed <- DelayedArray::DelayedArray(Matrix::t(S))     # cells in columns
  sparse <- nmf_blocks(delayed, obs = "columns")
  expect_true(sparse$sparse)
  expect_same_cells(sparse)
  fit_of <- function(V, ...) {
    suppressMessages(nmf(V, "T/Po/2", n_starts = 1, tol = 1e-3, seed = 1, verbose = FALSE, ...))
  }
  expect_false(in_blocks(held_data(fit_of(delayed, obs = "columns"))))
  local_sizes(cells_in_memory = 100)
  fit <- fit_of(delayed, obs = "columns")
  expect_true(in_blocks(held_data(fit)))
  skip_if_not_installed("SingleCellExperiment")
  cells <- suppressMessages(SingleCellExperiment::SingleCellExperiment(list(counts = delayed)))
  expect_identical(fit_of(cells)[c("W", "H", "obs")], fit[c("W", "H", "obs")])
})

test_that("a TENxMatrix is read as its file is", {
  skip_if_not_installed("HDF5Array")
  file <- write_tenx(group = "GRCh38", version = 2)
  matrix <- tryCatch(HDF5Array::TENxMatrix(file, "GRCh38"), error = function(condition) {
    skip(paste("HDF5Array does not open the file:", conditionMessage(condition)))
  })
  blocks <- nmf_blocks(matrix, obs = "columns")
  expect_true(blocks$sparse)
  expect_same_cells(blocks)
})

test_that("a matrix of BPCells is read by its rows, which are turned into a sparse matrix", {
  # BPCells is on no registry that the tests may use: a class of its name, with what is asked of it.
  here <- environment()
  methods::setClass("IterableMatrix", representation(X = "dgCMatrix"), where = here)
  withr::defer(methods::removeClass("IterableMatrix", where = here))
  methods::setMethod("dim", "IterableMatrix", function(x) dim(x@X), where = here)
  methods::setMethod("dimnames", "IterableMatrix", function(x) dimnames(x@X), where = here)
  of_rows <- function(x, i, j, ..., drop) methods::new("IterableMatrix", X = x@X[i, , drop = FALSE])
  methods::setMethod("[", "IterableMatrix", of_rows, where = here)
  methods::setAs("IterableMatrix", "dgCMatrix", function(from) from@X, where = here)
  local_sizes(blocks_at_least = 8)
  stored <- methods::new("IterableMatrix", X = S)
  expect_true(is_on_disk(stored))
  blocks <- nmf_blocks(stored)
  expect_true(blocks$sparse)
  expect_same_cells(blocks)
})
