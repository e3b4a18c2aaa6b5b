# Objects of single-cell packages give the same numbers as the matrix in them. The packages themselves are used, where
# they are installed.

cells <- withr::with_seed(1, {
  X <- Matrix::rsparsematrix(30, 24, 0.4, rand.x = function(n) stats::rpois(n, 4) + 1)
  dimnames(X) <- list(paste0("gene", 1:30), paste0("cell", 1:24))
  X
})
fit_of <- function(V, ...) nmf(V, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE, ...)

an_experiment <- function(assays = list(logcounts = log1p(cells), counts = cells)) {
  skip_if_not_installed("SingleCellExperiment")
  SingleCellExperiment::SingleCellExperiment(assays)
}

a_seurat <- function(counts = cells) {
  skip_if_not_installed("SeuratObject")
  SeuratObject::CreateSeuratObject(counts)
}

expect_cells_are_observations <- function(object) {
  plain <- fit_of(cells, obs = "columns")
  fit <- nmf(object, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  expect_identical(fit[c("W", "H", "obs")], plain[c("W", "H", "obs")])
  expect_identical(fitted(fit), fitted(plain))
  expect_identical(residuals(fit), residuals(plain, V = cells))    # the data are found through the call
  rows <- fit_of(object, obs = "rows")
  expect_identical(rows[c("W", "H")], plain[c("W", "H")])
  expect_identical(fitted(rows), t(fitted(plain)))
  expect_identical(predict(rows, object), predict(plain, cells))
  expect_identical(estimate_alpha(object, fit), estimate_alpha(cells, fit, obs = "columns"))
  quick <- function(V, ...) compare_models(V, "T/Po", rank = 2, n_starts = 1, seed = 1, verbose = FALSE, ...)
  expect_identical(fits(quick(object))[[1]]$W, fits(quick(cells, obs = "columns"))[[1]]$W)
  expect_identical(refit(object, plain$H, seed = 1, verbose = FALSE)$W,
                   refit(cells, plain$H, obs = "columns", seed = 1, verbose = FALSE)$W)
  expect_identical(dim(fit_topics(object, 2, n_starts = 1, seed = 1, verbose = FALSE)$L), c(24L, 2L))
}

test_that("a SingleCellExperiment is its counts, with cells as observations", {
  expect_cells_are_observations(an_experiment())
})

test_that("a Seurat object is the counts of its default assay, with cells as observations", {
  expect_cells_are_observations(a_seurat())
})

test_that("without counts the first assay is taken, and another one can be given as a matrix", {
  V <- an_experiment(list(logcounts = log1p(cells), scaled = 2 * cells))
  expect_identical(nmfamily:::as_data(V), Matrix::t(log1p(cells)))
  expect_identical(nmfamily:::as_data(SummarizedExperiment::assay(V, "scaled"), "columns"), Matrix::t(2 * cells))
})

test_that("a SummarizedExperiment without names of assays or features is taken", {
  skip_if_not_installed("SummarizedExperiment")
  V <- SummarizedExperiment::SummarizedExperiment(unname(as.matrix(cells)))
  expect_identical(nmfamily:::as_data(V), unname(t(as.matrix(cells))))
})

test_that("sparse counts stay sparse, also in a class of DelayedArray", {
  expect_s4_class(nmfamily:::as_data(an_experiment()), "dgCMatrix")
  skip_if_not_installed("DelayedArray")
  delayed <- an_experiment(list(counts = getExportedValue("DelayedArray", "DelayedArray")(cells)))
  expect_identical(nmfamily:::as_data(delayed), Matrix::t(cells))
})

test_that("assays of every class hold the same cells, and what is missing there is missing", {
  V <- as.matrix(cells)
  V[3, 4] <- NA
  V[1, 1] <- 0
  sparse <- methods::as(V, "CsparseMatrix")
  assays <- list(V, sparse, as.data.frame(V), array(V, dim(V), dimnames(V)))
  if (is_installed("S4Vectors")) {
    assays <- c(assays, getExportedValue("S4Vectors", "DataFrame")(V, check.names = FALSE))
  }
  if (is_installed("DelayedArray")) {
    delayed <- getExportedValue("DelayedArray", "DelayedArray")
    assays <- c(assays, delayed(V), delayed(sparse), delayed(2 * V) / 2, delayed(V)[30:1, ][30:1, ])
  }
  for (assay in assays) {
    X <- nmfamily:::as_data(an_experiment(list(counts = assay)), missing = TRUE)
    expect_identical(as.matrix(X), t(V))
  }
  fit <- fit_of(an_experiment(assays[length(assays)]))
  expect_equal(fit$missing, fit_of(V, obs = "columns")$missing)
  expect_length(fit$missing, 1)
})

test_that("an ExpressionSet is its values, with samples as observations, and needs no package to be read", {
  skip_if_not_installed("Biobase")
  V <- getExportedValue("Biobase", "ExpressionSet")(as.matrix(cells))
  expect_identical(fit_of(V)$W, fit_of(as.matrix(cells), obs = "columns")$W)
})

test_that("layers that are not joined are told from a missing assay", {
  V <- a_seurat()
  methods::setClass("mock_layers", slots = c(layers = "list"))
  withr::defer(methods::removeClass("mock_layers"))
  V@assays$RNA <- methods::new("mock_layers", layers = list(counts.1 = cells[, 1:9], counts.2 = cells[, 10:24]))
  expect_error(fit_of(V), "JoinLayers()", fixed = TRUE, class = "nmf_error_data")
})

test_that("mutation channels in the features of a SummarizedExperiment are where they belong", {
  skip_if_not_installed("SummarizedExperiment")
  V <- SummarizedExperiment::SummarizedExperiment(list(counts = t(brca21)))
  expect_identical(fit_of(V)$W, fit_of(brca21)$W)
  expect_identical(fit_of(V, obs = "rows")$W, fit_of(brca21)$W)
})

test_that("genes that are taken for observations are told by the barcodes of the cells", {
  letters_of <- function(i) paste(c("A", "C", "G", "T")[(i %/% 4^(0:13)) %% 4 + 1], collapse = "")
  colnames(cells) <- paste0("sample_", vapply(1:24, letters_of, ""), "-1")
  expect_message(fit_of(cells), "`obs = \"columns\"`")
  expect_silent(fit_of(cells, obs = "columns"))
})

test_that("weights and features go into a SingleCellExperiment", {
  V <- an_experiment()
  fit <- fit_of(V)
  added <- add_reduction(V, fit)
  reduction <- SingleCellExperiment::reducedDim(added, "NMF")
  expect_equal(reduction, fit$W, ignore_attr = "rotation")
  expect_identical(attr(reduction, "rotation"), t(fit$H))
  expect_identical(SingleCellExperiment::reducedDimNames(add_reduction(added, fit, "topics")), c("NMF", "topics"))
})

test_that("weights and features go into a Seurat object", {
  V <- a_seurat()
  fit <- fit_of(V)
  added <- add_reduction(V, fit, "my.nmf")[["my.nmf"]]
  expect_equal(SeuratObject::Embeddings(added), fit$W, ignore_attr = "dimnames")
  expect_identical(dimnames(SeuratObject::Embeddings(added)), list(colnames(cells), c("mynmf_1", "mynmf_2")))
  expect_equal(SeuratObject::Loadings(added), t(fit$H), ignore_attr = "dimnames")
  expect_identical(rownames(SeuratObject::Loadings(added)), rownames(cells))
})

test_that("cells are matched by name, and the fit may know more cells and fewer features", {
  V <- an_experiment()
  fit <- fit_of(V[1:20, ])
  some <- c(9, 3, 17)
  reduction <- SingleCellExperiment::reducedDim(add_reduction(V[, some], fit), "NMF")
  expect_equal(reduction, fit$W[some, ], ignore_attr = "rotation")
  expect_identical(rownames(attr(reduction, "rotation")), rownames(cells)[1:20])
  nameless <- V
  colnames(nameless) <- NULL
  expect_equal(SingleCellExperiment::reducedDim(add_reduction(nameless, fit), "NMF"), unname(fit$W),
               ignore_attr = c("rotation", "dimnames"))
})

test_that("a cell whose name is there twice does not get the weights of its namesake", {
  twice <- cells
  colnames(twice) <- rep(paste0("cell", 1:12), 2)
  V <- an_experiment(list(counts = twice))
  fit <- fit_of(V)
  kept <- SingleCellExperiment::reducedDim(add_reduction(V, fit), "NMF")
  expect_equal(unname(kept[, ]), unname(fit$W), ignore_attr = TRUE)
  expect_error(add_reduction(V[, 24:1], fit), class = "nmf_error_data", regexp = "more than once")
  expect_error(add_reduction(V[, 1:5], fit), class = "nmf_error_data", regexp = "more than once")
})

test_that("what does not fit is refused", {
  V <- an_experiment()
  fit <- fit_of(V)
  others <- V
  colnames(others)[2] <- "stranger"
  nameless <- V[, 1:4]
  colnames(nameless) <- NULL
  negative <- an_experiment(list(counts = -cells))
  expect_snapshot(error = TRUE, {
    add_reduction(cells, fit)
    add_reduction(methods::as(V, "SummarizedExperiment"), fit)
    add_reduction(V, fit$W)
    add_reduction(V, fit, "")
    add_reduction(others, fit)
    add_reduction(nameless, fit)
    nmf(negative, "T/Po/2")
    nmf(SingleCellExperiment::SingleCellExperiment(), "T/Po/2")
  })
  expect_error(add_reduction(V, fit, strrep("x", 256)), "255", class = "nmf_error_argument")
})

test_that("a Seurat object without counts is refused", {
  skip_if_not_installed("SeuratObject")
  V <- suppressWarnings(SeuratObject::CreateSeuratObject(SeuratObject::CreateAssayObject(data = log1p(cells))))
  error <- expect_error(fit_of(V), class = "nmf_error_data")
  expect_match(conditionMessage(error), "DefaultAssay()", fixed = TRUE)
})

test_that("one assay or layer is taken out with the cells in rows, and goes back where it came from", {
  V <- an_experiment(list(logcounts = log1p(cells), counts = cells, spliced = 2 * cells))
  expect_identical(cell_counts(V), Matrix::t(cells))
  expect_identical(cell_counts(V, "spliced"), Matrix::t(2 * cells))
  expect_identical(cell_counts(V, 1), Matrix::t(log1p(cells)))
  fit <- fit_of(cell_counts(V, "spliced"))
  expect_identical(fit$W, fit_of(2 * cells, obs = "columns")$W)
  expect_equal(SingleCellExperiment::reducedDim(add_reduction(V, fit)), fit$W, ignore_attr = "rotation")
  expect_error(cell_counts(V, "unspliced"), "\"logcounts\", \"counts\", \"spliced\"", class = "nmf_error_data")
  expect_error(cell_counts(V, 4), class = "nmf_error_data")
  expect_error(cell_counts(V, layer = "counts"), class = "nmf_error_argument")
  expect_error(cell_counts(cells), class = "nmf_error_data")
})

test_that("nmf() takes an assay by name, and whatever the fit is given later is that of this name", {
  other <- cells
  other@x <- rev(other@x)
  V <- an_experiment(list(counts = cells, spliced = other))
  plain <- fit_of(other, obs = "columns")
  for (obs in c("columns", "rows")) {
    fit <- fit_of(V, assay = "spliced", obs = obs)
    expect_identical(fit$W, plain$W)
    expect_identical(predict(fit, V[, 3:5]), predict(plain, other[, 3:5]))
    expect_identical(residuals(attach_data(fit, V)), residuals(fit))
    expect_identical(update(fit, seed = 1)$W, fit$W)
  }
  expect_identical(update(fit, V = V, assay = "counts")$W, fit_of(cells, obs = "columns")$W)
  expect_error(fit_of(V, assay = "unspliced"), class = "nmf_error_data")
  expect_error(fit_of(V, layer = "data"), class = "nmf_error_argument")
  expect_error(fit_of(cells, assay = 1), class = "nmf_error_data")
  expect_error(estimate_alpha(V, fit, assay = "counts"), "cell_counts", class = "nmf_error_argument")
})

test_that("assays and layers of a Seurat object are found by name", {
  V <- a_seurat()
  V[["ADT"]] <- SeuratObject::CreateAssayObject(3 * cells)
  V <- SeuratObject::SetAssayData(V, "data", log1p(cells))
  expect_identical(cell_counts(V), Matrix::t(cells))
  expect_identical(cell_counts(V, "ADT"), Matrix::t(3 * cells))
  expect_identical(cell_counts(V, layer = "data"), Matrix::t(log1p(cells)))
  expect_identical(nmf(V, "T/N/2", layer = "data", n_starts = 1, seed = 1, verbose = FALSE)$W,
                   nmf(log1p(cells), "T/N/2", obs = "columns", n_starts = 1, seed = 1, verbose = FALSE)$W)
  expect_error(cell_counts(V, "protein"), "\"RNA\", \"ADT\"", class = "nmf_error_data")
  expect_error(cell_counts(V, layer = "spliced"), class = "nmf_error_data")
})

test_that("parts of a split layer are put together, with zeros for features that one lacks", {
  parts <- list(cells[1:20, 1:9], cells[c(30:15), 10:24])
  joined <- nmfamily:::joined_layers(parts, colnames(cells)[24:1])
  expect_identical(colnames(joined), colnames(cells)[24:1])
  whole <- cells
  whole[21:30, 1:9] <- 0
  whole[1:14, 10:24] <- 0
  expect_equal(as.matrix(joined[rownames(cells), colnames(cells)]), as.matrix(whole))
})

test_that("proportions in a reduction do not follow the depth of the cells, for fits, topics and a consensus", {
  V <- an_experiment()
  of <- function(fit, ...) {
    SingleCellExperiment::reducedDim(add_reduction(V, fit, ..., scale = "proportions"), "NMF")
  }
  fit <- fit_of(V)
  expect_equal(of(fit), fit$W / rowSums(fit$W), ignore_attr = "rotation")
  topics <- as_topic_model(fit)
  expect_equal(of(topics), topics$L, ignore_attr = "rotation")
  consensus <- without_advice(find_consensus(V, "T/Po/2", n_runs = 2, n_starts = 1, seed = 1, verbose = FALSE))
  expect_equal(of(consensus), consensus$fit$W / rowSums(consensus$fit$W), ignore_attr = "rotation")
  expect_equal(SingleCellExperiment::reducedDim(add_reduction(V, topics), "NMF"), fit$W, ignore_attr = "rotation")
})

test_that("classes of other fields are taken by every door", {
  skip_if_not_installed("SummarizedExperiment")
  V <- random_data(21) + 1
  counts <- SummarizedExperiment::SummarizedExperiment(list(counts = t(V)))
  all <- doors()
  for (name in setdiff(names(all), "refit")) {
    number <- function(V) all[[name]]$number(without_advice(all[[name]]$open(V, seed = 1)))
    expect_equal(number(counts), number(V), tolerance = 1e-6, label = name)
  }
})
