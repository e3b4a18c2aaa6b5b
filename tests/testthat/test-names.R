# What stands beside the data is matched by name where both sides have names.

rows <- 21:1
columns <- 96:1
weights <- withr::with_seed(1, matrix(runif(21 * 96), 21, dimnames = dimnames(brca21)))
fit <- nmf(brca21, "T/NB/2", n_starts = 1, seed = 1, verbose = FALSE)

test_that("weights and offsets in another order are those of their cells", {
  of <- function(...) nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE, ...)$deviance
  expect_equal(of(cell_weights = weights[rows, columns]), of(cell_weights = weights), tolerance = 1e-12)
  sparse <- Matrix::Matrix(weights[rows, ], sparse = TRUE)
  expect_equal(of(cell_weights = sparse), of(cell_weights = weights), tolerance = 1e-12)
  offset <- stats::setNames(seq(1, 2, length.out = 96), colnames(brca21))
  expect_equal(of(offset = rev(offset)), of(offset = unname(offset)), tolerance = 1e-12)
  expect_equal(of(offset = weights[rows, columns]), of(offset = weights), tolerance = 1e-12)
  expect_equal(of(cell_weights = unname(weights)), of(cell_weights = weights), tolerance = 1e-12)
})

test_that("data in another order give the residuals of the fit, at each place that takes them", {
  sorted <- brca21[rows, columns]
  expect_equal(residuals(fit, sorted), residuals(fit))
  expect_equal(residuals(fit, t(t(sorted)), type = "pearson"), residuals(fit, type = "pearson"))
  expect_equal(augment(fit, sorted), augment(fit))
  expect_equal(check_model(fit, sorted, n_runs = 3, seed = 1)$table, check_model(fit, n_runs = 3, seed = 1)$table)
  expect_equal(residuals(attach_data(fit, sorted)), residuals(fit))
  turned <- nmf(t(brca21), "T/NB/2", obs = "columns", n_starts = 1, seed = 1, verbose = FALSE)
  expect_equal(residuals(turned, t(sorted)), residuals(turned))
  expect_equal(predict(fit, sorted), predict(fit, brca21)[rows, ])
})

test_that("other names are refused, and which is missing is said", {
  other <- brca21
  rownames(other)[3] <- "no such sample"
  twice <- brca21
  colnames(twice)[2] <- colnames(twice)[1]
  refused <- function(expr, name) {
    error <- expect_error(expr, class = "nmf_error_data")
    expect_match(conditionMessage(error), name, fixed = TRUE)
  }
  refused(residuals(fit, other), rownames(brca21)[3])
  refused(residuals(fit, twice), colnames(brca21)[2])
  refused(predict(fit, twice), colnames(brca21)[2])
  refused(nmf(brca21, "T/Po/2", cell_weights = other), rownames(brca21)[3])
  refused(nmf(brca21, "T/Po/2", offset = stats::setNames(rep(1, 96), colnames(twice))), colnames(brca21)[2])
})

test_that("the same names in the same order may be there twice", {
  twice <- brca21
  rownames(twice)[2] <- rownames(twice)[1]
  same <- nmf(twice, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  expect_equal(unname(residuals(same, twice)), unname(residuals(same)))
})
