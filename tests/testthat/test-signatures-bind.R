# Several kinds of mutations side by side.

doublets <- withr::with_seed(1, matrix(stats::rpois(21 * 5, 9), 21, dimnames = list(
  rownames(brca21), nmfamily:::alphabets$DBS78$channel[1:5])))

test_that("tables are bound by the names of the samples", {
  V <- bind_catalogues(SBS = brca21, DBS = doublets[21:1, ])
  expect_identical(V, cbind(brca21, doublets) + 0)
  expect_identical(bind_catalogues(SBS = t(brca21), DBS = t(doublets), obs = "columns"), t(V))
  expect_identical(bind_catalogues(SBS = unname(brca21), DBS = doublets)[, 97:101], doublets + 0)
})

test_that("tables of other samples, or with a channel in common, are refused", {
  expect_error(bind_catalogues(SBS = brca21, DBS = doublets[-1, ]), class = "nmf_error_data")
  expect_error(bind_catalogues(SBS = brca21, DBS = `rownames<-`(doublets, 1:21)), class = "nmf_error_data")
  expect_error(bind_catalogues(SBS = brca21, again = brca21), class = "nmf_error_data")
  expect_error(bind_catalogues(brca21), class = "nmf_error_argument")
  expect_error(bind_catalogues(), class = "nmf_error_argument")
})

test_that("components come apart into profiles and the share of each kind", {
  V <- bind_catalogues(SBS = brca21, DBS = doublets)
  fit <- nmf(V, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  parts <- split_components(fit)
  expect_identical(names(parts$components), c("SBS", "DBS"))
  expect_equal(unname(rowSums(parts$shares)), c(1, 1))
  again <- cbind(parts$components$SBS * parts$shares[, "SBS"], parts$components$DBS * parts$shares[, "DBS"])
  expect_equal(again, fit$H)
  blocks <- rep(c("a", "b"), c(96, 5))
  expect_equal(unname(split_components(fit, blocks)$shares), unname(parts$shares))
  named <- stats::setNames(rep(c("b", "a"), c(5, 96)), rev(colnames(V)))
  expect_equal(unname(split_components(fit, named)$shares), unname(parts$shares))
  expect_error(split_components(matrix(1, 2, 3)), class = "nmf_error_argument")
  expect_error(split_components(fit, 1:3), class = "nmf_error_argument")
})

test_that("a component without mutations of a kind has a profile of zeros", {
  parts <- split_components(rbind(c(1, 3, 0), c(0, 1, 1)), c("a", "a", "b"))
  expect_identical(parts$components$b, matrix(c(0, 1), 2, dimnames = list(c("1", "2"), NULL)))
  expect_equal(parts$shares, rbind(`1` = c(a = 1, b = 0), `2` = c(a = 0.5, b = 0.5)))
})

test_that("a channel that is spelled otherwise is the same channel", {
  expect_error(bind_catalogues(A = brca21[, 1:2], B = `colnames<-`(brca21[, 2:3], c("A.C.A.C", "A.C.A.G"))),
               class = "nmf_error_data", regexp = "in another table")
})
