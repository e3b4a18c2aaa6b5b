# Work on all cells by some observations at a time.

test_that("how many cells there are at once changes no number", {
  V <- with_seed(1, matrix(stats::rpois(40 * 30, 0.8), 40))
  V[cbind(1:9, 1:9)] <- NA
  weights <- with_seed(2, matrix(sample(1:2, 1200, TRUE), 40))
  fits <- list(
    missing = without_advice(nmf(V, "T/NB/2", n_starts = 1, max_iter = 50, seed = 1, verbose = FALSE)),
    sparse = without_advice(nmf(Matrix::Matrix(ifelse(is.na(V), 0, V), sparse = TRUE), "T/TW1.5/2", n_starts = 1,
                                max_iter = 50, seed = 1, verbose = FALSE)),
    weighted = without_advice(nmf(V, "C/Po/2", n_starts = 1, max_iter = 50, cell_weights = weights, offset = NULL,
                                  seed = 1, verbose = FALSE))
  )
  facts <- function(fit) {
    check <- check_model(fit, n_runs = 0, seed = 1)
    c(check[c("table", "bins", "zeros", "observations", "features")],
      list(as.matrix(residuals(fit, type = "deviance")), hatvalues(fit), noise_likelihood(fit, data_of(fit)),
           sum(draw_from(fit, data_of(fit))$values[, 1:2] >= 0)))
  }
  at_once <- lapply(fits, facts)
  local_sizes(cells_at_once = 100)
  by_blocks <- lapply(fits, facts)
  for (name in names(fits)) {
    # residuals of other random numbers: the distance from uniform is another one
    at_once[[name]]$table$statistic[1] <- by_blocks[[name]]$table$statistic[1] <- 0
    expect_equal(by_blocks[[name]], at_once[[name]], tolerance = 1e-8, label = name)
  }
})

test_that("draws keep what is missing, weights and zeros of sparse data", {
  V <- Matrix::Matrix(with_seed(1, matrix(stats::rpois(600, 0.5), 30)), sparse = TRUE)
  V[3, 4] <- NA
  fit <- without_advice(nmf(V, "T/Po/2", n_starts = 1, max_iter = 30, seed = 1, verbose = FALSE))
  local_sizes(cells_at_once = 100)
  drawn <- with_seed(1, draw_from(fit, data_of(fit)))
  expect_true(is_sparse(drawn))
  expect_identical(missing_cells(drawn), missing_cells(data_of(fit)))
  expect_equal(mean(replicate(200, sum(draw_from(fit, data_of(fit))$values))), sum(fitted(fit)), tolerance = 0.02)
})

test_that("the memory of checks and draws of sparse data does not grow with all cells", {
  V <- with_seed(1, Matrix::rsparsematrix(1000, 800, 0.01, rand.x = function(n) stats::rpois(n, 1) + 1))
  V <- V[Matrix::rowSums(V) > 0, Matrix::colSums(V) > 0]
  fit <- without_advice(nmf(V, "T/Po/3", n_starts = 1, max_iter = 5, seed = 1, verbose = FALSE))
  local_sizes(cells_at_once = 2e4, cells_looked_at = 1e4)
  skip_if_not(capabilities("profmem"))
  log <- withr::local_tempfile()
  largest <- function(work) {                            # bytes of the largest vector above those of 5e5 doubles
    utils::Rprofmem(log, threshold = 4e6)
    force(work)
    utils::Rprofmem(NULL)
    sizes <- suppressWarnings(as.numeric(sub(" *:.*", "", readLines(log))))
    max(0, sizes, na.rm = TRUE)
  }
  expect_gt(largest(fitted(fit)), 4e6)                  # a dense answer is seen
  expect_identical(largest(draw_from(fit, data_of(fit))), 0)
  expect_identical(largest(leverages_of(fit, data_of(fit))), 0)
  expect_identical(largest(noise_likelihood(fit, data_of(fit))), 0)
  expect_identical(largest(check <- check_model(fit, n_runs = 0, seed = 1)), 0)
  expect_output(print(check), "10,000 of the [0-9,]+ cells")
})
