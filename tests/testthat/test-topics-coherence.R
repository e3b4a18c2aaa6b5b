# Coherence against formulas applied by hand, and laws.

tiny <- tiny_topics()

# In which of four documents the terms are; a, b and c are the first topic's, by probability.
V <- rbind(c(2, 1, 0, 0, 0), c(1, 0, 0, 3, 0), c(1, 4, 1, 1, 0), c(0, 1, 0, 1, 0))
colnames(V) <- letters[1:5]

test_that("UMass is the sum of Mimno et al. (2011)", {
  # D(a) = 3, D(b) = 3, D(c) = 1, D(a, b) = 2, D(a, c) = 1, D(b, c) = 1, D(d) = 3, D(d, b) = 2, D(d, a) = 2.
  expect_equal(coherence(tiny, V, 3, "umass"),
               c(k1 = log(3 / 3) + log(2 / 3) + log(2 / 3), k2 = log(3 / 3) + log(3 / 3) + log(3 / 3)))
  # The earlier, more probable term is the one that is divided by.
  expect_equal(unname(nmfamily:::umass(rbind(c(4, 1), c(1, 2)), 9)), log(2 / 4))
})

test_that("NPMI is the mean over pairs of the formula of Bouma (2009)", {
  npmi <- function(both, one, other, N = 4) log(both / N / (one / N * other / N)) / -log(both / N)
  expect_equal(coherence(tiny, V, 3), c(k1 = mean(c(npmi(2, 3, 3), npmi(1, 3, 1), npmi(1, 3, 1))), k2 = npmi(2, 3, 3)))
})

test_that("NPMI has its limits: 1 for terms that occur together only, -1 for those that never meet, 0 if independent", {
  pair <- function(a, b) {
    unname(coherence(topics_from(matrix(1), matrix(c(0.6, 0.4), 2), 1), cbind(a, b), 2))
  }
  expect_equal(pair(c(1, 1, 0, 0), c(1, 1, 0, 0)), 1)
  expect_equal(pair(c(1, 1, 0, 0), c(0, 0, 1, 1)), -1)
  expect_equal(pair(c(1, 1, 0, 0), c(1, 0, 1, 0)), 0)
  expect_equal(pair(c(1, 1, 1, 1), c(1, 1, 1, 1)), 1)
})

test_that("coherence needs two terms, all of them in some document", {
  one <- topics_from(matrix(1), matrix(c(1, 0), 2), 1)
  expect_identical(coherence(one, diag(2), 2), c(k1 = NA_real_))
  expect_equal(coherence(tiny, V), coherence(tiny, V, 3))   # there are no more terms
  absent <- V
  absent[, "c"] <- 0
  expect_identical(is.na(coherence(tiny, absent, 3)), c(k1 = TRUE, k2 = FALSE))
  expect_identical(is.na(coherence(tiny, absent, 3, "umass")), c(k1 = TRUE, k2 = FALSE))
})

test_that("only presence counts, in sparse and dense data alike, and terms are found by name", {
  for (measure in c("npmi", "umass")) {
    value <- coherence(tiny, V, 3, measure)
    expect_equal(coherence(tiny, (V > 0) * 5, 3, measure), value)
    sparse <- Matrix::Matrix(V, sparse = TRUE)
    expect_equal(coherence(tiny, sparse, 3, measure), value)
    sparse[2, 3] <- 1
    sparse@x[sparse@i == 1 & findInterval(seq_along(sparse@i) - 1, sparse@p) == 3] <- 0
    expect_length(sparse@x, sum(V > 0) + 1)              # a stored zero
    expect_equal(coherence(tiny, sparse, 3, measure), value)
    expect_equal(coherence(tiny, cbind(z = 1, V[, 5:1]), 3, measure), value)
    expect_equal(coherence(tiny, unname(V), 3, measure), value)
  }
})

test_that("a reference corpus may lack terms that are not asked for, and come in the orientation of the fit", {
  expect_equal(coherence(tiny, V[, 1:4], 3), coherence(tiny, V, 3))
  columns <- tiny
  columns$fit$obs <- "columns"
  expect_equal(coherence(columns, t(V), 3), coherence(tiny, V, 3))
})

test_that("a reference corpus may be of a class of a text package", {
  value <- coherence(tiny, V, 3)
  rownames(V) <- paste0("d", 1:4)
  sparse <- Matrix::Matrix(V, sparse = TRUE)
  expect_equal(coherence(tiny, triplets(sparse, "DocumentTermMatrix"), 3), value)
  expect_equal(coherence(tiny, triplets(Matrix::t(sparse), "TermDocumentMatrix"), 3), value)
  expect_equal(coherence(tiny, tidy_counts(sparse), 3), value)
})

test_that("the data of the fit are found, and topics are more coherent than mixed-up ones", {
  passages <- small_passages()
  model <- fit_topics(passages, 3, n_starts = 2, seed = 1)
  expect_identical(coherence(model), coherence(model, passages))
  mixed <- model
  mixed$F <- withr::with_seed(1, model$F[sample(nrow(model$F)), ])
  rownames(mixed$F) <- rownames(model$F)
  for (measure in c("npmi", "umass")) {
    expect_gt(min(coherence(model, passages, method = measure)), max(coherence(mixed, passages, method = measure)))
  }
})

test_that("exclusivity is the mean share of the top terms", {
  # Shares (5/6, 1/2, 1) of a, b, c and (1, 1/2, 1/6) of d, b, a.
  expect_equal(exclusivity(tiny, 1), c(k1 = 5 / 6, k2 = 1))
  expect_equal(exclusivity(tiny, 2), c(k1 = 2 / 3, k2 = 3 / 4))
  expect_equal(exclusivity(tiny, 10), exclusivity(tiny, 3))   # there are no more terms
  same <- topics_from(matrix(0.25, 3, 4), matrix(0.2, 5, 4), 1:3)
  expect_equal(unname(exclusivity(same, 4)), rep(0.25, 4))
  expect_identical(exclusivity(topics_from(diag(2), cbind(c(1, 0), 0), 1:2), 1), c(k1 = 1, k2 = NA))
})

test_that("wrong arguments are refused in words that name them", {
  expect_snapshot(error = TRUE, {
    coherence(tiny$fit, V)
    coherence(tiny, V, 1)
    coherence(tiny, V, 3, "pmi")
    coherence(tiny, V[, 2:5], 3)
    coherence(tiny, unname(V)[, 2:5], 3)
    coherence(tiny, -V, 3)
    coherence(tiny, n = 3)
    exclusivity(tiny, 0)
    exclusivity(1)
  })
})
