# Data beside a fit are those that were fitted, or are refused.

fit <- nmf(brca21, "T/NB/2", n_starts = 1, seed = 1, verbose = FALSE)

# All that take the data of a fit beside it.
doors <- list(
  residuals = function(fit, V) residuals(fit, V), augment = function(fit, V) augment(fit, V),
  check_model = function(fit, V) check_model(fit, V, n_runs = 0),
  bootstrap_fit = function(fit, V) bootstrap_fit(fit, V, n_runs = 2), confint = function(fit, V) confint(fit, V = V),
  confint_of_entries = function(fit, V) confint(fit, "components", V = V, features = 1),
  feasible_set = function(fit, V) feasible_set(fit, V, n_draws = 0),
  hatvalues = function(fit, V) hatvalues(fit, V), attach_data = function(fit, V) attach_data(fit, V),
  residual_plot = function(fit, V) autoplot(fit, "residuals", V = V),
  variance_plot = function(fit, V) autoplot(fit, "mean_variance", V = V)
)

test_law("other data than those of the fit are refused, at each place that takes them", {
  zero <- which(brca21 == 0)[1]
  wrong <- list(
    hole = replace(brca21, 5, NA), hole_at_zero = replace(brca21, zero, NA), all_missing = brca21 * NA,
    undefined = replace(brca21 + 0, 5, NaN), negative = replace(brca21, 5, -1), fewer = brca21[, -1],
    turned = t(brca21), unnamed_in_another_order = unname(brca21[21:1, ]),
    of_the_same_margins = withr::with_seed(1, stats::r2dtable(1, rowSums(brca21), colSums(brca21)))[[1]],
    of_the_same_total = unname(brca21[, 96:1]), words = matrix("a", 21, 96), vector = 1:3
  )
  for (door in names(doors)) {
    for (V in names(wrong)) {
      expect_error(doors[[door]](fit, wrong[[V]]), class = "nmf_error_data", label = paste(door, "with", V))
    }
  }
  expect_error(residuals(fit, replace(brca21, zero, NA)), regexp = "observation PD.*feature ", class = "nmf_error_data")
  expect_error(autoplot(compare_models(brca21, "T/Po", rank = 2, n_starts = 1, seed = 1, verbose = FALSE), "residuals",
                        V = wrong$hole), class = "nmf_error_data")
})

test_that("a cell that was missing in the fit has no part, whatever stands there now", {
  hole <- replace(brca21, c(5, 77), NA)
  fit <- nmf(hole, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  expect_equal(residuals(fit, brca21), residuals(fit, hole))
  expect_identical(which(is.na(residuals(fit, brca21))), c(5L, 77L))
})

test_law("weights of cells are those of the fit, or refused", {
  ones <- brca21 * 0 + 1
  expect_equal(confint(fit, cell_weights = ones), confint(fit))
  of <- list(confint = function(w, ...) confint(fit, ..., cell_weights = w),
             confint_of_entries = function(w, ...) confint(fit, "weights", ..., observations = 1, cell_weights = w),
             feasible_set = function(w, ...) feasible_set(fit, ..., n_draws = 0, cell_weights = w),
             hatvalues = function(w, ...) hatvalues(fit, ..., cell_weights = w),
             bootstrap_fit = function(w, ...) bootstrap_fit(fit, ..., n_runs = 2, cell_weights = w),
             check_model = function(w, ...) check_model(fit, ..., n_runs = 0, cell_weights = w),
             attach_data = function(w) attach_data(fit, brca21, cell_weights = w))
  for (door in names(of)) {
    for (wrong in list(-1, "a", -ones, 2 * ones, ones * 0, ones[, -1], replace(ones, 3, NA), replace(ones, 3, 0.5))) {
      expect_error(of[[door]](wrong), class = "nmf_error_data", label = door)
    }
  }
  weights <- replace(ones, 1:50, 0.5)
  weighted <- nmf(brca21, "T/NB/2", cell_weights = weights, n_starts = 1, seed = 1, verbose = FALSE)
  expect_equal(hatvalues(weighted, cell_weights = weights), hatvalues(weighted))
  expect_error(hatvalues(weighted, cell_weights = ones), class = "nmf_error_data")
})

test_that("attach_data() gives the data to all fits that a result holds", {
  far <- function(x) unserialize(serialize(x, NULL))
  topics <- small_topics()
  expect_error(compare_topics(far(topics)), class = "nmf_error_data")
  expect_equal(compare_topics(attach_data(far(topics), small_passages()))$table, compare_topics(topics)$table)
  comparison <- compare_models(brca21, c("T/Po", "T/N"), rank = 2, n_starts = 1, seed = 1, verbose = FALSE)
  again <- attach_data(far(comparison), brca21[21:1, ])
  for (model in names(fits(comparison))) {
    expect_equal(residuals(fits(again)[[model]]), residuals(fits(comparison)[[model]]))
  }
  expect_error(attach_data(far(comparison), brca21 + 1), class = "nmf_error_data")
  for (wrong in list(1, NULL, list(), brca21)) expect_error(attach_data(wrong, brca21), class = "nmf_error_argument")
})

test_that("data are those of the fit in sparse and in dense form", {
  hole <- replace(as.matrix(small_passages()), c(1, 7, 300), NA)
  fit <- suppressWarnings(nmf(Matrix::Matrix(hole, sparse = TRUE), "T/Po/2", n_starts = 1, max_iter = 9,
                              seed = 1, verbose = FALSE))
  expect_equal(residuals(fit, hole), residuals(fit))
})

test_that("a fit holds its data, not a copy of them", {
  data <- source_of(brca21 + 0)
  held <- held_data(hold_data(list(), data))
  expect_identical(rlang::obj_address(held$values), rlang::obj_address(data$values))
  expect_identical(rlang::obj_address(held), rlang::obj_address(data))
})
