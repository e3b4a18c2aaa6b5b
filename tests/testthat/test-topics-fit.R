# Conversion, likelihoods, completion of documents.

counts <- addresses$counts[c(1:30, 181:210, 441:470), Matrix::colSums(addresses$counts) > 5]
model <- fit_topics(counts, 4, n_starts = 2, seed = 1, verbose = FALSE)

random_topics <- function(seed, N = 7, M = 11, K = 3) {
  withr::with_seed(seed, {
    V <- matrix(rpois(N * M, 3), N)
    init <- list(W = matrix(rexp(N * K), N), H = matrix(rexp(K * M), K))
  })
  fit <- without_advice(nmf(V, "T/Po/3", init = init, max_iter = 0, verbose = FALSE))
  list(V = V, fit = fit, topics = as_topic_model(fit))
}

test_law("L, F, s and u are those of Definition 1", {
  for (seed in 1:20) {
    case <- random_topics(seed)
    x <- case$topics
    expect_close(rowSums(x$L), rep(1, 7), 1e-14)
    expect_close(colSums(x$F), rep(1, 3), 1e-14)
    expect_close(x$s * x$L %*% t(x$F), fitted(case$fit), 1e-14)
    back <- as_poisson_nmf(x)
    expect_close(back$W, case$fit$W, 1e-14)
    expect_close(back$H, case$fit$H, 1e-14)
    expect_s3_class(back, "nmf_fit")
  }
})

test_law("Lemma 1: Poisson is multinomial times the Poisson of the sizes", {
  for (seed in 1:50) {
    case <- random_topics(seed)
    V <- case$V
    s <- case$topics$s
    poisson <- rowSums(stats::dpois(V, fitted(case$fit), log = TRUE))
    pi <- case$topics$L %*% t(case$topics$F)
    multinomial <- vapply(1:7, function(i) stats::dmultinom(V[i, ], prob = pi[i, ], log = TRUE), 0)
    for (data in list(V, as_sparse(V))) {
      expect_close(document_likelihood(case$topics, data, "poisson"), poisson, 1e-10)
      expect_close(document_likelihood(case$topics, data), multinomial, 1e-10)
    }
    expect_close(document_likelihood(case$topics, V, "poisson"),
                 document_likelihood(case$topics, V) + stats::dpois(rowSums(V), s, log = TRUE), 1e-10)
  }
})

test_that("the sum over documents is the log-likelihood of the fit", {
  expect_equal(sum(document_likelihood(model, type = "poisson")), c(logLik(model$fit)), tolerance = 1e-10)
  dense <- as.matrix(counts)
  expect_close(document_likelihood(model, dense), document_likelihood(model, counts), 1e-10)
})

test_that("an empty document keeps its row, without proportions", {
  V <- counts
  V[5, ] <- 0
  x <- suppressMessages(fit_topics(V, 3, n_starts = 1, seed = 1, verbose = FALSE))
  expect_true(all(is.na(x$L[5, ])))
  expect_identical(x$s[[5]], 0)
  expect_equal(document_likelihood(x, V)[[5]], 0)
  expect_equal(document_likelihood(x, V, "poisson")[[5]], 0)
  expect_close(as_poisson_nmf(x)$W, x$fit$W, 1e-14)
  expect_true(is.na(perplexity(x, V[4:5, ], by = "document")[[2]]))
})

test_that("a maximum-likelihood document is as large as expected", {
  expect_close(model$s, Matrix::rowSums(counts), 1e-4)
})

test_that("perplexity is what its formula says", {
  V <- as.matrix(counts)
  # nothing hidden and no smoothing: the exponential of the mean surprise
  pi <- model$L %*% t(model$F)
  expected <- exp(-sum(V[V > 0] * log(pi[V > 0])) / sum(V))
  expect_equal(perplexity(model, smooth = 0), expected, tolerance = 1e-10)
  expect_equal(perplexity(model, counts, hidden = 0, smooth = 0), expected, tolerance = 1e-3)
  # smoothing alone is the overall distribution
  p <- Matrix::colSums(counts) / sum(counts)
  expect_equal(perplexity(model, counts, smooth = 1, hidden = 0),
               exp(-sum(Matrix::colSums(counts)[p > 0] * log(p[p > 0])) / sum(V)), tolerance = 1e-4)
  by_document <- perplexity(model, smooth = 0, by = "document")
  expect_equal(exp(sum(rowSums(V) * log(by_document)) / sum(V)), expected, tolerance = 1e-10)
})

test_that("documents are completed repeatably, and better by a model of them than by none", {
  train <- seq_len(nrow(counts)) %% 3 > 0
  model <- fit_topics(counts[train, ], 3, n_starts = 3, seed = 1, verbose = FALSE)
  new <- counts[!train, ]
  of <- function(..., seed = 1) suppressMessages(perplexity(model, new, ..., seed = seed))
  runif(1)
  before <- .Random.seed
  expect_identical(of(seed = 3), of(seed = 3))
  expect_identical(.Random.seed, before)
  expect_false(identical(of(seed = 3), of(seed = 4)))
  expect_lt(of(), of(smooth = 1))
  expect_lt(of(hidden = 0), of())           # scored on what they were fitted to
  dense <- suppressMessages(perplexity(model, as.matrix(new)))
  expect_true(is.finite(dense))
  # a document does not depend on the others
  expect_equal(predict(model, new)[4, ], predict(model, new[4, , drop = FALSE])[1, ], tolerance = 1e-8)
})

test_that("topics of other noise are a normalisation", {
  for (family in c("N", "NB5", "TW1.5")) {
    x <- without_advice(fit_topics(counts[1:40, 1:300], 2, family, n_starts = 1, seed = 1, max_iter = 200,
                                    verbose = FALSE))
    expect_close(x$s * ifelse(is.na(x$L), 0, x$L) %*% t(x$F), fitted(x$fit), 1e-12)
  }
})

test_that("errors of topic models", {
  expect_snapshot(error = TRUE, {
    as_topic_model(1)
    as_topic_model(nmf(brca21, "C/Po/2", n_starts = 1, seed = 1, verbose = FALSE))
    as_poisson_nmf(list())
    document_likelihood(model, counts[1:2, ])
    document_likelihood(model, type = "normal")
    perplexity(model, unname(as.matrix(counts[, 1:3])))
    perplexity(model, counts, hidden = 1)
    perplexity(model, counts / 2)
  })
})
