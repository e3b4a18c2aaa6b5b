# Without the suggested packages everything works, or is refused by a class and the name of the package.

V <- brca21[1:8, 1:12] + 1L
quick <- function(f, ...) f(..., n_starts = 1, max_iter = 20, threads = 1, verbose = FALSE, seed = 1)
fit <- suppressWarnings(suppressMessages(quick(nmf, V, "T/TW2.5/2")))
topics <- suppressWarnings(quick(fit_topics, V, 2))

without_packages <- function(code) {
  old <- is_installed
  utils::assignInNamespace("is_installed", function(package) FALSE, "nmfamily")
  on.exit(utils::assignInNamespace("is_installed", old, "nmfamily"))
  suppressWarnings(suppressMessages(code), classes = "nmf_warning")
}

seurat <- structure(list(), class = "Seurat")
summarized <- structure(list(), class = "SummarizedExperiment")
h5 <- tempfile(fileext = ".h5")
writeLines("", h5)
long <- structure(array(0, dim(V), dimnames(V)), class = "integer64")

# Every function that calls a suggested package, and what leads to it.
uses <- list(
  tweedie = list(
    distribution_above_two = function() residuals(fit, type = "quantile"),
    distribution_above_two = function() check_model(fit, n_runs = 0),
    random_above_two = function() simulate(replace(fit, "sigma2", 1e-9)),
    log_saturated_tweedie = function() quick(select_rank, V, "T/TW2.5", 1:2, n_splits = 2)
  ),
  ashr = list(shrink_differential = function() compare_topics(topics, V, shrink = TRUE)),
  jsonlite = list(write_ldavis = function() write_ldavis(topics, V = V), as_page_data = function() explore(fit, V)),
  fgsea = list(run_fgsea = function() enrich_components(fit, list(a = colnames(V)))),
  bit64 = list(as_doubles = function() nmf(long, "T/Po/2")),
  DelayedArray = list(read_rows.DelayedMatrix = function() read_rows.DelayedMatrix(1, 1, 1)),
  rhdf5 = list(open_h5 = function() nmf(h5, "T/Po/2"), find_anndata = function() nmf_blocks(h5),
               h5_read = function() select_rank(h5, "T/Po"), h5_dim = function() estimate_cost(h5, "T/Po/2")),
  SummarizedExperiment = list(assay_counts = function() nmf(summarized, "T/Po/2")),
  SeuratObject = list(seurat_counts = function() nmf(seurat, "T/Po/2"),
                      layer_of = function() cell_counts(seurat),
                      add_to_seurat = function() add_to_seurat(seurat, fit$W, fit$H, "x")),
  SingleCellExperiment = list(add_to_experiment = function() add_to_experiment(summarized, fit$W, fit$H, "x"))
)

# These ask first and do without.
go_without <- list(ggrepel = "name_layer", tibble = "broom_table",
                   future = c("has_workers", "run_tasks", "how_to_share"), future.apply = "by_workers")

test_law("what needs a package that is not there says so", {
  for (package in names(uses)) for (call in uses[[package]]) {
    error <- expect_error(without_packages(call()), class = "nmf_error_package", info = deparse(body(call)))
    expect_match(conditionMessage(error), paste0("the package ", package, ";"))
  }
})

test_that("what can do without a package does", {
  without_packages({
    expect_false(has_workers())
    expect_s3_class(autoplot(compare_topics(topics, V, shrink = FALSE)), "ggplot")
    expect_true(is.na(logLik(suppressMessages(quick(nmf, V, "T/TW2.5/2")))))
    expect_false(2.5 %in% quick(profile_power, V, "T/TW/2")$table$power)
    expect_s3_class(quick(select_rank, V, "T/TW1.5", 1:2, n_splits = 2), "nmf_rank")
    expect_length(simulate(quick(nmf, V, "T/TW3/2"), nsim = 1), 1)
  })
})

# The packages that an expression calls by `::`.
called_packages <- function(e) {
  if (!is.call(e)) return(NULL)
  own <- if (identical(e[[1]], quote(`::`))) as.character(e[[2]])
  c(own, unlist(lapply(as.list(e), function(part) if (!rlang::is_missing(part)) called_packages(part))))
}

test_that("no other function calls a suggested package", {
  suggested <- strsplit(utils::packageDescription("nmfamily")$Suggests, "[ ,\n]+")[[1]]
  namespace <- asNamespace("nmfamily")
  functions <- Filter(is.function, mget(ls(namespace, all.names = TRUE), namespace))
  callers <- lapply(functions, function(f) intersect(called_packages(body(f)), suggested))
  found <- paste(unlist(callers), rep(names(callers), lengths(callers)))
  known <- c(lapply(uses, function(calls) unique(names(calls))), go_without)
  expect_identical(sort(found), sort(unlist(Map(paste, names(known), known), use.names = FALSE)))
})
