# The JSON for the page of LDAvis: its shape, its numbers and its extremes.

skip_if_not_installed("jsonlite")

tiny <- tiny_topics()
# Counts of the tiny model whose sums are those of its means: words (12, 12, 4, 12, 0), documents of (10, 20, 10, 0).
V <- rbind(c(5, 3, 2, 0, 0), c(4, 6, 1, 9, 0), c(3, 3, 1, 3, 0), 0)
page <- function(x = tiny, data = V, ...) jsonlite::fromJSON(write_ldavis(x, V = data, ...))

test_that("the parts and columns are those that the page reads", {
  json <- page(n = 2)
  expect_named(json, c("mdsDat", "tinfo", "token.table", "R", "lambda.step", "plot.opts", "topic.order"))
  expect_named(json$mdsDat, c("x", "y", "topics", "cluster", "Freq"))
  expect_named(json$tinfo, c("Term", "Freq", "Total", "Category", "logprob", "loglift"))
  expect_named(json$token.table, c("Term", "Topic", "Freq"))
  expect_identical(json[c("R", "lambda.step", "plot.opts")],
                   list(R = 2L, lambda.step = 0.01, plot.opts = list(xlab = "PC1", ylab = "PC2")))
  text <- write_ldavis(tiny, V = V, n = 2)
  expect_match(text, "\"R\":2,\"lambda.step\":0.01,\"plot.opts\":{\"xlab\":\"PC1\"", fixed = TRUE)
})

test_that("sizes, frequencies, relevance and P(topic | term) are those computed by hand", {
  # m = t' L = (10 + 5 + 5, 15 + 5) = (20, 20).
  json <- page(n = 3)
  expect_equal(json$mdsDat$Freq, c(50, 50))
  info <- as.data.frame(json$tinfo)
  of <- function(category, term) info[info$Category == category & info$Term == term, ]
  # 0.5 x 20 words of a are of the first topic; of all 40, 12 are a.
  expect_equal(unlist(of("Topic1", "a")[c("Freq", "Total", "logprob", "loglift")]),
               c(Freq = 10, Total = 12, logprob = log(0.5), loglift = log(0.5 / 0.3)), tolerance = 1e-5)
  expect_equal(unlist(of("Topic2", "d")[c("Freq", "Total", "logprob", "loglift")]),
               c(Freq = 12, Total = 12, logprob = log(0.6), loglift = log(2)), tolerance = 1e-5)
  token <- as.data.frame(json$token.table)
  expect_equal(token$Freq[token$Term == "a"], c(5 / 6, 1 / 6), tolerance = 1e-5)
  expect_identical(token$Topic[token$Term == "c"], 1L)   # the second topic has none
  # Saliencies: d 12 log 2, c 4 log 2, a 12 (5/6 log 5/3 + 1/6 log 1/3), b 0.
  expect_identical(info$Term[info$Category == "Default"], c("d", "a", "c"))
  expect_false("e" %in% info$Term)
})

test_law("for every lambda of the grid the most relevant terms are there, and no others", {
  model <- small_topics()
  passages <- small_passages()
  info <- as.data.frame(page(model, passages, n = 5, lambda_step = 0.25)$tinfo)
  overall <- Matrix::colSums(passages) / sum(passages)
  order <- page(model, passages, n = 5, lambda_step = 0.25)$topic.order
  for (k in 1:3) {
    probability <- model$F[, order[k]]
    lift <- probability / overall
    shown <- info$Term[info$Category == paste0("Topic", k)]
    # above the fifth largest relevance all are shown, and nothing is shown far below it; ties may go either way
    near <- lapply(0:4 / 4, function(lambda) {
      relevance <- lambda * log(probability) + (1 - lambda) * log(lift)
      fifth <- sort(relevance, decreasing = TRUE)[5]
      expect_true(all(names(which(relevance > fifth + 1e-5)) %in% shown))
      names(which(relevance > fifth - 1e-5))
    })
    expect_true(all(shown %in% unlist(near)))
    expect_gte(length(shown), 5)
  }
})

test_that("P(topic | term) sums to 1 for each term shown, and topics go by size", {
  model <- small_topics()
  model$L <- model$L[, 3:1]
  model$F <- model$F[, 3:1]
  json <- page(model, small_passages(), n = 10, lambda_step = 0.1)
  token <- as.data.frame(json$token.table)
  expect_equal(unname(c(tapply(token$Freq, token$Term, sum))), rep(1, length(unique(token$Term))), tolerance = 1e-5)
  expect_setequal(token$Term, json$tinfo$Term)
  expect_equal(sum(json$mdsDat$Freq), 100, tolerance = 1e-5)
  expect_identical(json$topic.order, order(-nmfamily:::topic_sizes(model)))
  expect_false(is.unsorted(rev(json$mdsDat$Freq)))
})

test_that("the map keeps Jensen-Shannon distances, of three topics exactly", {
  model <- small_topics()
  by_hand <- function(p, q) {
    kl <- function(a, b) sum(ifelse(a > 0, a * log(a / b), 0))
    sqrt((kl(p, (p + q) / 2) + kl(q, (p + q) / 2)) / 2)
  }
  expect_equal(c(nmfamily:::jensen_shannon(tiny$F)), by_hand(tiny$F[, 1], tiny$F[, 2]))
  expect_equal(c(nmfamily:::jensen_shannon(diag(2))), sqrt(log(2)))   # the largest there is
  json <- page(model, small_passages())
  f <- model$F[, json$topic.order]
  expect_equal(c(dist(cbind(json$mdsDat$x, json$mdsDat$y))),
               c(by_hand(f[, 1], f[, 2]), by_hand(f[, 1], f[, 3]), by_hand(f[, 2], f[, 3])), tolerance = 1e-4)
})

test_that("the data of the fit are known", {
  passages <- small_passages()
  model <- fit_topics(passages, 2, n_starts = 1, seed = 1)
  expect_identical(write_ldavis(model), write_ldavis(model, V = passages))
})

test_that("one topic, two topics and topics that are alike have a place", {
  expect_equal(page(n = 2)$mdsDat$y, c(0, 0))
  one <- merge_topics(tiny, list(1:2))
  expect_equal(page(one, n = 2)$mdsDat[c("x", "y", "Freq")], list(x = 0, y = 0, Freq = 100))
  expect_match(write_ldavis(one, V = V, n = 1), "\"topics\":[1]", fixed = TRUE)   # still an array
  alike <- topics_from(matrix(1 / 3, 2, 3), matrix(0.25, 4, 3), c(4, 8))
  json <- expect_silent(page(alike, alike$fit$W %*% alike$fit$H, n = 2))
  expect_equal(unlist(json$mdsDat[c("x", "y")], use.names = FALSE), rep(0, 6))
})

test_that("n is lowered to the terms that there are, and a topic without words does not lower it", {
  expect_identical(page(n = 5)$R, 3L)                    # each topic has three terms
  unused <- topics_from(cbind(tiny$L, 0), cbind(tiny$F, 0), tiny$s)
  json <- page(unused, V, n = 5)
  expect_identical(json$R, 3L)
  expect_equal(json$mdsDat$Freq, c(50, 50, 0))
  expect_identical(unique(json$tinfo$Category), c("Default", "Topic1", "Topic2"))
})

test_that("a file holds the same text, in UTF-8", {
  rownames(tiny$F)[1] <- "caf\u00e9"
  file <- withr::local_tempfile(fileext = ".json")
  expect_identical(write_ldavis(tiny, file, V, n = 3), file)
  expect_identical(readLines(file, encoding = "UTF-8"), write_ldavis(tiny, V = V, n = 3))
  expect_true("caf\u00e9" %in% jsonlite::fromJSON(file)$tinfo$Term)
})

test_that("wrong arguments and a missing package are refused", {
  expect_snapshot(error = TRUE, {
    write_ldavis(tiny$fit, V = V)
    write_ldavis(tiny, V = V[, 1:4])
    write_ldavis(tiny, V = V, n = 0)
    write_ldavis(tiny, V = V, n = 2, lambda_step = 0)
    write_ldavis(tiny, 3, V)
    write_ldavis(tiny, "no/such/place.json", V)
    nmfamily:::check_installed("nosuchpackage", "write_ldavis()")
  })
  expect_error(nmfamily:::check_installed("nosuchpackage", "x"), class = "nmf_error_package")
})

test_that("one term will do", {
  fit <- without_advice(nmf(brca21[1:4, 1, drop = FALSE], "T/Po/1", n_starts = 1, seed = 1, verbose = FALSE))
  expect_identical(jsonlite::fromJSON(write_ldavis(as_topic_model(fit)))$R, 1L)
})
