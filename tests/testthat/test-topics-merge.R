# Merging topics: what is kept, what is lost, and what the merged model no longer claims.

tiny <- tiny_topics()
means <- function(model) predict(model, type = "response")

test_that("a merged topic is the sum of proportions and the weighted mean of terms", {
  small <- topics_from(rbind(c(0.5, 0.25, 0.25), c(0, 1, 0)), cbind(c(1, 0), c(0, 1), c(0.5, 0.5)), c(8, 4))
  merged <- merge_topics(small, list(1:2))
  # m = (4, 2 + 4, 2), so F of the merged topic is (4 (1, 0) + 6 (0, 1)) / 10.
  expect_equal(unname(merged$F), cbind(c(0.4, 0.6), c(0.5, 0.5)))
  expect_equal(unname(merged$L), rbind(c(0.75, 0.25), c(1, 0)))
  expect_equal(merged$s, small$s)
  expect_identical(colnames(merged$L), c("k1+k2", "k3"))
})

test_that("expected words of each document and of each term are kept, in the group and in all", {
  model <- fit_topics(small_posts(), 5, n_starts = 1, seed = 1)
  merged <- merge_topics(model, list(first = c("k1", "k4"), second = c(5, 2)))
  expect_setequal(colnames(merged$L), c("first", "second", "k3"))
  expect_equal(colSums(means(merged)), colSums(means(model)))
  expect_equal(rowSums(means(merged)), rowSums(means(model)))
  of_topics <- function(model, k) colSums((model$L[, k] * model$s) %*% t(model$F[, k]))
  expect_equal(of_topics(merged, "first"), of_topics(model, c("k1", "k4")))
  expect_equal(of_topics(merged, "k3"), of_topics(model, "k3"))
  expect_equal(unname(rowSums(merged$L)), rep(1, nrow(merged$L)))
  expect_equal(unname(colSums(merged$F)), rep(1, 3))
  expect_false(is.unsorted(rev(nmfamily:::topic_sizes(merged))))
})

test_that("what a group becomes is the rank-one matrix nearest to it in Kullback-Leibler divergence", {
  model <- small_topics()
  part <- model$s * tcrossprod(model$L[, c(1, 3)], model$F[, c(1, 3)])
  merged <- merge_topics(model, list(g = c(1, 3)))
  nearest <- suppressWarnings(nmf(part, "T/Po/1", n_starts = 1, seed = 1, verbose = FALSE))   # means are not counts
  expect_equal(merged$s * tcrossprod(merged$L[, "g"], merged$F[, "g"]), fitted(nearest), tolerance = 1e-5,
               ignore_attr = "dimnames")
})

test_that("merging in two steps is merging at once", {
  model <- fit_topics(small_posts(), 4, n_starts = 1, seed = 1)
  at_once <- merge_topics(model, list(all = c(1, 3, 4)))
  in_steps <- merge_topics(merge_topics(model, list(some = c(1, 4))), list(all = c("some", "k3")))
  expect_equal(in_steps$L, at_once$L)
  expect_equal(in_steps$F, at_once$F)
})

test_that("topics with the same terms are merged without loss", {
  twins <- topics_from(rbind(c(0.2, 0.3, 0.5), c(0.6, 0.4, 0)), cbind(c(0.1, 0.9), c(0.7, 0.3), c(0.1, 0.9)), c(3, 5))
  expect_equal(means(merge_topics(twins, list(c(1, 3)))), means(twins))
})

test_that("labels and lists say the same, and no group changes nothing", {
  model <- small_topics()
  listed <- merge_topics(model, list(a = c(1, 3), b = 2))
  labelled <- merge_topics(model, c("a", "b", "a"))
  expect_identical(labelled, listed)
  expect_identical(merge_topics(model, factor(c("a", "b", "a"))), listed)
  expect_equal(merge_topics(model, list())[c("L", "F", "s")], model[c("L", "F", "s")])
})

test_that("empty documents stay empty, and a topic without words can be merged", {
  expect_identical(unname(is.na(merge_topics(tiny, list(1:2))$L[, 1])), c(FALSE, FALSE, FALSE, TRUE))
  unused <- topics_from(cbind(1, c(0, 0), c(0, 0)), cbind(c(0.5, 0.5), 0, 0), c(2, 3))
  expect_equal(unname(merge_topics(unused, list(c(2, 3)))$F), cbind(c(0.5, 0.5), 0))
  expect_equal(unname(merge_topics(unused, list(c(1, 3)))$F), cbind(c(0.5, 0.5), 0))
})

test_that("the merged fit claims nothing of a maximum, yet predicts and starts a fit", {
  posts <- small_posts()
  model <- small_topics()
  merged <- merge_topics(model, list(c(1, 3)))
  expect_identical(merged$fit$model$rank, 2L)
  expect_identical(c(deviance(merged), logLik(merged), BIC(merged), merged$fit$kkt), rep(NA_real_, 4))
  expect_identical(glance(merged)$converged, FALSE)
  expect_null(merged$fit$trace)
  expect_output(print(merged), "status +merged")
  expect_equal(as_poisson_nmf(merged)$W, merged$fit$W)
  expect_equal(dim(predict(merged, posts[1:4, ])), c(4L, 2L))
  again <- nmf(posts, "T/Po", rank = 2, init = merged$fit, verbose = FALSE)
  start <- sum(means(merged)) - sum(posts * log(means(merged) + (means(merged) == 0)))
  end <- sum(fitted(again)) - sum(posts * log(fitted(again) + (fitted(again) == 0)))
  expect_lt(end, start)
})

test_that("an estimated dispersion is gone, a fixed one stays", {
  normal <- tiny
  normal$fit$dispersion <- "mean squared residual"
  expect_identical(merge_topics(normal, list(1:2))$fit$sigma2, NA_real_)
  expect_identical(merge_topics(tiny, list(1:2))$fit$sigma2, 1)
})

test_that("wrong groups are refused in words that name them", {
  expect_snapshot(error = TRUE, {
    merge_topics(tiny$fit, list(1:2))
    merge_topics(tiny, list(c(1, 3)))
    merge_topics(tiny, list("k1", "k7"))
    merge_topics(tiny, list(1:2, "k1"))
    merge_topics(tiny, list(a = 1, a = 2))
    merge_topics(tiny, list(integer()))
    merge_topics(tiny, c("a", "b", "c"))
    merge_topics(tiny, c("a", NA))
  })
})
