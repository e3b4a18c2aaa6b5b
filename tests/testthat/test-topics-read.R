# Top terms, topics of documents, probabilities of new documents, and the tidy forms.

tiny <- tiny_topics()

test_that("terms are ranked by probability, and those of probability zero are never named", {
  expect_identical(terms(tiny, 5), cbind(k1 = c("a", "b", "c", NA, NA), k2 = c("d", "b", "a", NA, NA)))
  expect_identical(terms(tiny, 1), cbind(k1 = "a", k2 = "d"))
  expect_identical(terms(tiny), rbind(terms(tiny, 5), array(NA_character_, c(5, 2))))
  expect_identical(terms(tiny, 3, min_prob = 0.3), cbind(k1 = c("a", "b", NA), k2 = c("d", "b", NA)))
})

test_that("a trace that a solver left is a zero", {
  traces <- tiny
  traces$F[5, ] <- 1e-99
  traces$L[1, 2] <- 1e-99
  expect_identical(terms(traces, 5), terms(tiny, 5))
  expect_identical(topics(traces, 2), topics(tiny, 2))
})

test_that("lift and exclusivity are those computed by hand", {
  # m = (20, 20), so p is the mean of the two columns: (0.3, 0.3, 0.1, 0.3, 0).
  expect_equal(nmfamily:::topic_sizes(tiny), c(k1 = 20, k2 = 20))
  expect_equal(unname(nmfamily:::lift_of(tiny)),
               cbind(c(5 / 3, 1, 2, 0, 0), c(1 / 3, 1, 0, 2, 0)))
  expect_identical(terms(tiny, 3, by = "lift"), cbind(k1 = c("c", "a", "b"), k2 = c("d", "b", "a")))
  # Exclusivity (5/6, 1/2, 1, 0, 0) and (1/6, 1/2, 0, 1, 0); 1 / M = 0.2 leaves out a in the second topic.
  expect_identical(terms(tiny, 3, by = "exclusive"), cbind(k1 = c("c", "a", "b"), k2 = c("d", "b", NA)))
  expect_identical(terms(tiny, 3, by = "exclusive", min_prob = 0.25), cbind(k1 = c("a", "b", NA), k2 = c("d", "b", NA)))
  expect_identical(terms(tiny, 3, by = "exclusive", min_prob = 0)[3, "k2"], c(k2 = "a"))
})

test_that("lift weights topics by their size", {
  big <- topics_from(rbind(c(1, 0), c(0, 1)), tiny$F, s = c(30, 10))
  p <- drop(tiny$F %*% c(0.75, 0.25))
  expect_equal(unname(nmfamily:::lift_of(big)[1:4, ]), unname(tiny$F[1:4, ] / p[1:4]))
})

test_that("FREX is the weighted harmonic mean of two distribution functions", {
  # First topic: exclusivity (5/6, 1/2, 1, 0, 0) has ranks (4, 3, 5, 2, 2), probability (5, 4, 3, 2, 2), of 5.
  by_hand <- function(w) 1 / (w / (c(4, 3, 5, 2, 2) / 5) + (1 - w) / (c(5, 4, 3, 2, 2) / 5))
  for (w in c(0, 0.3, 0.5, 1)) {
    expect_equal(unname(nmfamily:::frex_of(tiny, w)[, 1]), by_hand(w))
  }
  # a: 1 / (0.5 / 0.8 + 0.5 / 1) = 0.889; c: 1 / (0.5 / 1 + 0.5 / 0.6) = 0.75; b: 0.686.
  expect_identical(terms(tiny, 4, by = "frex")[, "k1"], c("a", "c", "b", NA))
  expect_identical(terms(tiny, 5, by = "frex", w = 0), terms(tiny, 5))
})

test_that("ties are not decided by rounding but by probability", {
  # Both terms are exclusive; the rarer one is so to the last digit.
  probability <- cbind(c(0.2, 0.7, 0.1), c(0.2 * 1e-12, 0, 1 - 0.2 * 1e-12))
  model <- topics_from(diag(2), probability, s = c(1, 1))
  for (by in c("lift", "exclusive", "frex")) {
    expect_identical(terms(model, 2, by = by, min_prob = 0)[, "k1"], c("2", "1"))
  }
})

test_that("topics of documents are the largest shares; an empty document has none", {
  expect_identical(topics(tiny), c(d1 = "k1", d2 = "k2", d3 = "k1", d4 = NA))
  expect_identical(topics(tiny, 2), cbind(d1 = c("k1", NA), d2 = c("k2", "k1"), d3 = c("k1", "k2"), d4 = c(NA, NA)))
  expect_identical(unname(topics(topics_from(diag(2)[2:1, ], tiny$F, s = c(1, 1)))), c("k2", "k1"))
})

test_that("posterior() has distributions in rows", {
  model <- small_topics()
  both <- posterior(model)
  expect_identical(both$terms, t(model$F))
  expect_identical(both$topics, model$L)
  expect_equal(unname(rowSums(both$terms)), rep(1, 3))
})

test_that("the documents of a fit are predicted as they were fitted, and empty ones are NA", {
  model <- small_topics()
  passages <- small_passages()
  # Both solve the same convex problem; the fit to a residual of 1e-6 of all, the prediction of each row.
  expect_equal(predict(model, passages[1:20, ]), model$L[1:20, ], tolerance = 1e-3)
  some <- passages[1:3, ]
  some[2, ] <- 0
  new <- posterior(model, some)$topics
  expect_identical(unname(is.na(new[, 1])), c(FALSE, TRUE, FALSE))
  expect_equal(unname(rowSums(new[-2, ])), c(1, 1))
  expect_equal(predict(model, some * 7)[-2, ], new[-2, ], tolerance = 1e-3)   # proportions have no scale
})

test_that("weights and means are those of the fit", {
  model <- small_topics()
  passages <- small_passages()[1:2, ]
  expect_identical(predict(model, type = "weights"), model$fit$W)
  expect_identical(predict(model, passages, "weights"), predict(model$fit, passages))
  expect_equal(predict(model, type = "response"), model$s * tcrossprod(model$L, model$F))
  expect_identical(logLik(model), logLik(model$fit))
  expect_identical(BIC(model), BIC(model$fit))
  expect_identical(c(deviance(model), nobs(model)), c(deviance(model$fit), nobs(model$fit)))
  expect_identical(coef(model), model$fit$H)
})

test_that("proportions do not depend on how the rows of H are scaled", {
  model <- small_topics()
  other <- model$fit
  other$W <- sweep(other$W, 2, c(2, 3, 4), "/")
  other$H <- other$H * c(2, 3, 4)
  passages <- small_passages()[1:5, ]
  expect_equal(predict(as_topic_model(other), passages), predict(model, passages), tolerance = 1e-3)
})

test_that("tidy() has the columns of tidytext, and every entry at its names", {
  beta <- tidy(tiny)
  expect_named(beta, c("topic", "term", "beta"))
  expect_identical(beta$beta, tiny$F[cbind(beta$term, beta$topic)])
  expect_identical(anyDuplicated(beta[1:2]), 0L)
  expect_identical(nrow(beta), 10L)
  gamma <- tidy(tiny, "gamma")
  expect_named(gamma, c("document", "topic", "gamma"))
  expect_identical(gamma$gamma, tiny$L[cbind(gamma$document, gamma$topic)])
  expect_identical(nrow(gamma), 8L)
})

test_that("augment() gives each positive count its most probable topic", {
  V <- round(predict(tiny, type = "response"))
  V["d2", "c"] <- 0
  V["d1", "e"] <- 0
  tiny$fit$run <- known_total(V)
  long <- augment(tiny, V)
  expect_named(long, c("document", "term", "n", ".topic"))
  expect_identical(long$n, V[cbind(long$document, long$term)])
  expect_identical(nrow(long), sum(V > 0))
  by_hand <- mapply(function(i, j) colnames(tiny$F)[which.max(tiny$L[i, ] * tiny$F[j, ])], long$document, long$term)
  expect_identical(long$.topic, unname(by_hand))
  # d3 uses both topics alike: a is the first's (0.5 against 0.1), d can only be the second's.
  expect_identical(long$.topic[long$document == "d3" & long$term %in% c("a", "d")], c("k1", "k2"))
  sparse <- Matrix::Matrix(V, sparse = TRUE)
  expect_identical(augment(tiny, sparse), long)
  sparse@x[1] <- 0                                       # a zero that is stored is still no count
  tiny$fit$run <- known_total(sparse)
  expect_identical(nrow(augment(tiny, sparse)), nrow(long) - 1L)
})

test_that("a word that no topic of its document has belongs to none", {
  V <- round(predict(tiny, type = "response"))
  V["d1", "e"] <- 1
  tiny$fit$run <- known_total(V)
  long <- augment(tiny, V)
  expect_identical(long$.topic[long$term == "e"], NA_character_)
})

test_that("augment() finds the data of the fit", {
  passages <- small_passages()
  model <- fit_topics(passages, 2, n_starts = 1, seed = 1, max_iter = 20) |> suppressWarnings()
  expect_identical(augment(model), augment(model, passages))
})

test_that("data in the classes of text packages are found again, and predicted", {
  passages <- small_passages()
  dtm <- triplets(passages, "DocumentTermMatrix")
  tdm <- triplets(Matrix::t(passages), "TermDocumentMatrix")
  for (obs in c("rows", "columns")) {
    model <- fit_topics(tdm, 2, obs = obs, n_starts = 1, seed = 1)
    expect_identical(augment(model), augment(model, dtm))
    expect_identical(predict(model, dtm), predict(model, tdm))
  }
  counts <- tidy_counts(passages)
  model <- fit_topics(counts, 2, n_starts = 1, seed = 1)
  long <- augment(model)
  key <- function(x) paste(x$document, x$term)
  expect_setequal(key(long), key(counts))
  expect_identical(long$n, counts$n[match(key(long), key(counts))])
})

test_that("glance() is one row", {
  expect_identical(as.data.frame(glance(tiny)), data.frame(topics = 2L, documents = 4L, terms = 5L, logLik = -2,
                                                               converged = TRUE, iterations = 5L, seconds = 0.5))
})

test_that("without names, terms and documents are numbers", {
  plain <- topics_from(unname(tiny$L), unname(tiny$F), tiny$s)
  expect_identical(terms(plain, 2), cbind(k1 = c("1", "2"), k2 = c("4", "2")))
  expect_identical(topics(plain), c("k1", "k2", "k1", NA))
  expect_identical(tidy(plain)$term, rep(1:5, each = 2))
})

test_that("wrong arguments are refused in words that name them", {
  expect_snapshot(error = TRUE, {
    terms(tiny, 0)
    terms(tiny, 2, by = "beta")
    terms(tiny, 2, by = "frex", w = 2)
    terms(tiny, 2, min_prob = -1)
    topics(tiny, 3)
    tidy(tiny, "W")
    predict(tiny, type = "theta")
    posterior(tiny, matrix(1, 2, 4))
    augment(tiny)
    augment(tiny, matrix(1, 2, 4))
  })
})

test_that("what is no topic model is refused by our generics when no other package has them", {
  skip_if(isNamespaceLoaded("topicmodels") || isNamespaceLoaded("modeltools"))
  expect_error(topics(3), class = "nmf_error_argument", regexp = "topic model")
  expect_error(posterior(3), class = "nmf_error_argument", regexp = "topic model")
})

test_that("means and residuals of a topic model are those of its fit", {
  topics <- fit_topics(addresses$counts[1:40, 1:300], 2, n_starts = 1, seed = 1, verbose = FALSE)
  expect_identical(fitted(topics), fitted(topics$fit))
  expect_identical(residuals(topics, type = "pearson"), residuals(topics$fit, type = "pearson"))
})
