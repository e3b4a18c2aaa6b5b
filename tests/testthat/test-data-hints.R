# What is peculiar in data.

counts <- withr::with_seed(1, matrix(rpois(120, 9), 10)) + 0
hints <- function(V) hints_of(read_source(V))

test_that("ordinary counts and measurements are given no hint", {
  expect_null(hints(counts))
  expect_null(hints(withr::with_seed(1, matrix(rexp(120), 10))))
  expect_null(hints(round(counts / 7, 1)))
  expect_null(hints(rbind(counts * 0, diag(12))))        # the same by chance, with one count each
})

test_that("copies, shares and units are named, dense or sparse", {
  for (as in list(identity, as_sparse)) {
    expect_match(hints(as(counts[c(1:10, 4), ])), "^1 of 11 observations is a copy of others")
    expect_match(hints(as(counts[c(1:10, 4, 4, 5), ])), "^3 of 13 observations are copies of others")
    expect_match(hints(as(counts * 10)), "^All cells are multiples of 10[.]")
    expect_match(hints(as(counts / rowSums(counts)))[1], "^All observations sum to 1,")
  }
  expect_match(hints(counts / 3), "multiples of 0.3333")
})

test_that("zeros and ones are no counts, unless ones are rare", {
  expect_match(hints((counts > 9) + 0), "^All cells are 0 or 1")
  expect_null(hints(rbind(diag(12), diag(12)[12:1, ])))
})
