# What a fit will cost, before it does.

test_law("the cost of a fit has the size of the data, and grows with it", {
  V <- random_sparse(41, 400, 30)
  small <- estimate_cost(V, "T/Po/3", threads = 1)
  large <- estimate_cost(V, "T/Po", rank = 12, threads = 1, sweeps = 10)
  expect_identical(small$dim, c(400, 30))
  expect_identical(small$stored, 12000)
  expect_false(small$blocks)
  expect_gt(large$memory, small$memory)
  expect_identical(small$disk, 0)
  expect_equal(small$seconds[["total"]], small$seconds[["read"]] + 100 * small$seconds[["sweep"]])
  expect_equal(large$seconds[["total"]], large$seconds[["read"]] + 10 * large$seconds[["sweep"]])
  expect_identical(nrow(as.data.frame(small)), 1L)
  expect_output(print(small), "400 observations x 30 features.*a sweep.*100 sweeps")
  for (model in c("T/NB/2", "T/TW/2", "C/N/2", "CF/Po/2")) expect_gt(estimate_cost(V, model)$memory, 0)
  expect_error(estimate_cost(V, "T/Po"), class = "nmf_error_rank")
  expect_error(estimate_cost(-V, "T/Po/2"), class = "nmf_error_data")
})

test_that("data on disk are looked at, not read", {
  V <- random_sparse(42, 5000, 30)
  asked <- 0
  x <- local_rows("nmf_test_cost", function(x) c(1e6L, 30L), function(x, from, to) {
    asked <<- asked + to - from + 1
    V[(from:to - 1) %% 5000 + 1, , drop = FALSE]
  })
  cost <- estimate_cost(x, "T/Po/3", threads = 1)
  expect_lte(asked, 1e5)
  expect_true(cost$blocks)
  expect_equal(cost$stored, 30e6, tolerance = 1e-12)
  blocks <- nmf_blocks(as_sparse(V))
  expect_identical(estimate_cost(blocks, "T/Po/3", threads = 1)$stored, as.double(sum(V > 0)))
  memory <- lapply(list(blocks, as_sparse(V)), function(V) estimate_cost(V, "T/Po/3", threads = 1)$memory)
  expect_lt(memory[[1]], memory[[2]])
})

test_that("bytes and seconds are in the unit that suits them", {
  expect_identical(bytes_text(0), "0 bytes")
  expect_identical(bytes_text(1234), "1.2 kB")
  expect_identical(bytes_text(83e6), "83 MB")
  expect_identical(bytes_text(2.4e10), "24 GB")
  expect_identical(sweep_text(1.234), "1.2 s")
  expect_identical(sweep_text(600), "10 minutes")
})
