# Documents that a topic is read by, and topics of the same documents.

tiny <- tiny_topics()

test_that("the longest document of a topic alone is its most typical one", {
  L <- rbind(a = c(1, 0), b = c(1, 0), c = c(0.9, 0.1), d = c(0, 1))
  model <- topics_from(L, cbind(c(1, 0), c(0, 1)), c(3, 30, 200, 5))
  typical <- typical_documents(model, 3)
  # (s L + 1) / (s + 2): 0.8, 31 / 32, 181 / 202, and of the second topic 21 / 202, 6 / 7.
  expect_identical(typical$document[typical$topic == "k1"], c("b", "c", "a"))
  expect_identical(typical$document[typical$topic == "k2"], c("d", "c"))
  expect_identical(typical$gamma[1:3], c(1, 0.9, 1))
  expect_identical(typical$words[1:3], c(30, 200, 3))
})

test_that("texts stand beside their documents, by name where they have names", {
  text <- c(d4 = "four", d2 = "two", d1 = "one", d3 = "three")
  typical <- typical_documents(tiny, 1, text)
  expect_identical(typical$text, unname(text[typical$document]))
  expect_identical(typical_documents(tiny, 1, unname(text[c("d1", "d2", "d3", "d4")])), typical)
  expect_error(typical_documents(tiny, text = "a"), class = "nmf_error_argument")
})

test_that("correlations are those of the proportions, with what the closure alone makes of them", {
  model <- small_topics()
  found <- topic_correlation(model)
  expect_equal(unclass(found), stats::cor(model$L), ignore_attr = c("closure", "method"))
  p <- colMeans(model$L)
  expect_equal(attr(found, "closure")[1, 3], -sqrt(p[[1]] * p[[3]] / ((1 - p[[1]]) * (1 - p[[3]]))))
  expect_equal(attr(topic_correlation(tiny), "closure")[1, 2], -1)   # two topics that sum to one
  expect_equal(c(topic_correlation(tiny, "spearman")), c(1, -1, -1, 1))
  expect_output(print(found), "Correlations of topic proportions")
  expect_identical(nrow(autoplot(found)$data), 6L)
})

test_that("topics are whole numbers where they shall be", {
  model <- small_topics()
  expect_identical(tidy(model, integer = TRUE)$topic, match(tidy(model)$topic, colnames(model$L)))
  expect_identical(unique(tidy(model, "gamma", integer = TRUE)$topic), 1:3)
  expect_type(augment(model, integer = TRUE)$.topic, "integer")
  expect_identical(colnames(model$L)[augment(model, integer = TRUE)$.topic], augment(model)$.topic)
})
