# The strength of a penalty, by cells that are held out.

V <- withr::with_seed(4, {
  H <- matrix(rgamma(3 * 20, 0.4), 3)
  W <- matrix(rgamma(90, 2) * rbinom(90, 1, 0.5), 30)
  W[rowSums(W) == 0, 1] <- 2
  matrix(rnorm(600, 60 * W %*% (H / rowSums(H)), 1), 30)
})
V <- pmax(V, 0)

choose <- function(..., seed = 1) {
  without_advice(select_penalty(V, "T/N/3", n_splits = 3, n_starts = 2, max_iter = 500, seed = seed, verbose = FALSE,
                                ...))
}
root <- nmf_penalty(W = 1, type = "l1/2")
choice <- choose(penalty = root)

test_that("without a penalty the score is that of select_rank()", {
  rank <- without_advice(select_rank(V, "T/N", 3, n_splits = 3, n_starts = 2, max_iter = 500, seed = 1,
                                     verbose = FALSE))
  expect_equal(choice$table$score[1], rank$table$score, tolerance = 1e-12)
})

test_that("the choice is the largest strength that is as good, and makes zeros", {
  table <- choice$table
  expect_identical(table$strength[1], 0)
  expect_true(all(diff(table$strength) > 0))
  near <- which(table$delta <= table$delta_se | table$delta == 0)
  expect_identical(choice$strength, table$strength[max(near)])
  expect_gt(table$zeros_W[table$strength == choice$strength], table$zeros_W[1])
  expect_equal(choice$penalty$W, choice$strength)
  least <- choose(penalty = root, rule = "min", strengths = c(20, 1))
  expect_identical(least$table$strength, c(0, 1, 20))
  expect_identical(least$strength, least$table$strength[which.min(least$table$score)])
})

test_that("the grid is relative to the data and the penalty, so that no unit has a say", {
  other <- without_advice(select_penalty(V * 8, "T/N/3", penalty = root, n_splits = 3, n_starts = 2, max_iter = 500,
                                         seed = 1, verbose = FALSE))
  expect_equal(other$table$strength, choice$table$strength * 8^1.5, tolerance = 1e-6)
  expect_equal(other$table$zeros_W, choice$table$zeros_W)
})

test_that("a checkpoint is gone on from, and what failed or was refused has its class", {
  file <- withr::local_tempfile(fileext = ".rds")
  one <- choose(penalty = root, strengths = 1, checkpoint = file)
  expect_identical(choose(penalty = root, strengths = 1, checkpoint = file)$table, one$table)
  expect_error(choose(penalty = root, strengths = 2, checkpoint = file), class = "nmf_error_argument")
  expect_error(choose(penalty = nmf_penalty()), class = "nmf_error_argument")
  expect_error(choose(strengths = -1), class = "nmf_error_argument")
  expect_error(choose(penalty = root, solver = "lbfgs"), class = "nmf_error_argument")
  expect_error(select_penalty(V, "C/N/3", seed = 1), class = "nmf_error_model")
})

test_that("it prints, and draws", {
  expect_output(print(choice), "Penalty for NMF/T/N/3")
  picture <- autoplot(choice)
  expect_s3_class(picture, "ggplot")
  expect_identical(sum(ggplot2::ggplot_build(picture)$data[[1]]$ymax > 0), nrow(choice$table))
  expect_identical(as.data.frame(choice), choice$table)
})

test_that("an exact fit tells no strengths, and strengths that are alike are drawn apart", {
  expect_error(select_penalty(matrix(5, 4, 4), "T/Po/1", n_splits = 2, n_starts = 1, seed = 1, verbose = FALSE),
               class = "nmf_error_data", regexp = "strengths")
  choice <- without_advice(select_penalty(random_data(1), "T/Po/1", strengths = c(100.1, 100.2), n_splits = 2,
                                          n_starts = 1, seed = 1, verbose = FALSE))
  expect_identical(levels(autoplot(choice)$data$strength), c("none", "100.1", "100.2"))
})
