# Topic models of documents of which some cells are missing: these are left out, and are not zeros.

passages <- as.matrix(small_passages()[c(1:30, 41:70), ])
passages <- passages[, order(-colSums(passages))[1:30]]
passages <- passages[rowSums(passages) > 3, ]
hole <- replace(passages, cbind(c(1, 2, 3, 3, 9), c(4, 4, 4, 7, 7)), NA)
model <- fit_topics(hole, 2, n_starts = 2, seed = 1, verbose = FALSE)
seen <- !is.na(hole)
share <- model$L %*% t(model$F)
each <- function(f) vapply(seq_len(nrow(hole)), function(i) f(i, seen[i, ]), 0)

test_that("likelihoods are those of the cells that are seen", {
  of <- function(...) unname(document_likelihood(model, ...))
  expect_equal(of(), each(function(i, here) stats::dmultinom(hole[i, here], prob = share[i, here], log = TRUE)))
  expect_equal(of(type = "poisson"), each(function(i, here) {
    sum(stats::dpois(hole[i, here], model$s[i] * share[i, here], log = TRUE))
  }))
  expect_equal(sum(of(type = "poisson")), as.numeric(logLik(model)), tolerance = 1e-10)
  sparse <- Matrix::Matrix(hole, sparse = TRUE)
  expect_equal(of(sparse), of())
  expect_equal(of(passages[rev(seq_len(nrow(passages))), ]), unname(document_likelihood(model, passages)))
})

test_that("perplexity is that of a word among the cells that are seen", {
  surprise <- each(function(i, here) -sum((hole[i, ] * log(share[i, ] / sum(share[i, here])))[here & hole[i, ] > 0]))
  expected <- exp(sum(surprise) / sum(hole, na.rm = TRUE))
  expect_equal(perplexity(model, smooth = 0), expected, tolerance = 1e-10)
  expect_equal(perplexity(model, hole, hidden = 0, smooth = 0), expected, tolerance = 1e-4)
  expect_true(is.finite(perplexity(model, hole, seed = 1)))
  expect_error(perplexity(model, hole * NA), class = "nmf_error_data")
  expect_error(perplexity(model, passages * 0), class = "nmf_error_data")
  expect_error(perplexity(model, passages, V = hole), class = "nmf_error_argument")
  expect_error(perplexity(model, passages, cell_weights = passages * 0 + 1), class = "nmf_error_argument")
  for (of in list(perplexity, predict, posterior)) {
    expect_error(of(model, passages, interval = "confidence"), "`interval`", class = "nmf_error_argument")
  }
  columns <- fit_topics(t(passages), 2, obs = "columns", n_starts = 2, seed = 1, verbose = FALSE)
  rows <- fit_topics(passages, 2, n_starts = 2, seed = 1, verbose = FALSE)
  expect_equal(perplexity(columns, t(passages), seed = 1), perplexity(rows, passages, seed = 1))
})

test_that("a document has no say on a term that is missing there", {
  found <- compare_topics(model)$table
  of <- function(term, out = integer()) {
    L <- model$L
    sizes <- ifelse(rowSums(!seen) > 0, model$s, rowSums(passages))
    kept <- setdiff(seq_len(nrow(L)), out)
    overall <- sum(hole[kept, term]) / sum(sizes[kept])
    X <- rbind(sizes[kept] * L[kept, ], diag(0.5 / overall, 2))
    fit <- suppressWarnings(stats::glm(c(hole[kept, term], 0.5, 0.5) ~ 0 + X, family = stats::poisson("identity"),
                                       start = rep(overall, 2), control = list(epsilon = 1e-12, maxit = 200)))
    expect_equal(found$prob[found$term == colnames(hole)[term]], unname(stats::coef(fit)), tolerance = 1e-4)
  }
  of(4, 1:3)
  of(7, c(3, 9))
  of(1)
  expect_equal(compare_topics(model, passages)$table, found)
})

test_that("what needs whole documents says so, and the rest is there", {
  expect_error(coherence(model), class = "nmf_error_data", regexp = "missing")
  if (requireNamespace("jsonlite", quietly = TRUE)) {
    expect_error(write_ldavis(model), class = "nmf_error_data", regexp = "missing")
  }
  expect_true(all(is.finite(coherence(model, passages))))
  expect_equal(nrow(augment(model)), sum(hole > 0, na.rm = TRUE))
  expect_s3_class(update(model, rank = 1), "nmf_topic_model")
  expect_identical(simulate(model, seed = 1), simulate(model$fit, seed = 1))
  weighted <- fit_topics(passages, 1, cell_weights = passages * 0 + 0.5, n_starts = 1, seed = 1, verbose = FALSE)
  for (of in list(document_likelihood, perplexity, compare_topics, coherence, augment)) {
    expect_error(of(weighted), class = "nmf_error")
  }
  rates <- without_advice(fit_topics(passages, 2, offset = seq_len(ncol(passages)), n_starts = 1, max_iter = 5,
                                     seed = 1, verbose = FALSE))
  for (of in list(document_likelihood, perplexity, compare_topics)) {
    expect_error(of(rates), "without `offset`", class = "nmf_error_data")
  }
  expect_error(perplexity(rates, passages), class = "nmf_error_data")
})
