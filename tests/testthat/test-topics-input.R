# Word counts in the classes of text packages give the same numbers as plain matrices.

passages <- small_passages()[, 1:60]
passages <- passages[Matrix::rowSums(passages) > 0, ]
fit_of <- function(V, ...) {
  model <- fit_topics(V, 2, n_starts = 1, seed = 1, ...)
  model[c("L", "F", "s", "u")]
}
plain <- fit_of(passages)

test_that("a DocumentTermMatrix and a TermDocumentMatrix are documents x terms, whatever obs", {
  for (obs in c("rows", "columns")) {
    expect_equal(fit_of(triplets(passages, "DocumentTermMatrix"), obs = obs), plain)
    expect_equal(fit_of(triplets(Matrix::t(passages), "TermDocumentMatrix"), obs = obs), plain)
  }
  named <- triplets(passages, "DocumentTermMatrix")
  names(named$dimnames) <- c("Docs", "Terms")            # as in tm
  expect_equal(fit_of(named), plain)
})

test_that("a plain triplet matrix is a matrix, whose margin obs names", {
  expect_equal(fit_of(triplets(passages)), plain)
  expect_equal(fit_of(triplets(Matrix::t(passages)), obs = "columns"), plain)
})

test_that("a dfm, an S4 class that extends dgCMatrix, becomes a plain dgCMatrix", {
  methods::setClass("mock_dfm", contains = "dgCMatrix", slots = c(docvars = "data.frame"))
  withr::defer(methods::removeClass("mock_dfm"))
  names <- stats::setNames(dimnames(passages), c("docs", "features"))
  dfm <- methods::new("mock_dfm", i = passages@i, p = passages@p, x = passages@x, Dim = dim(passages), Dimnames = names)
  inside <- nmfamily:::as_data(dfm)
  expect_identical(c(class(inside)), "dgCMatrix")
  expect_identical(inside, passages)
  expect_equal(fit_of(dfm), plain)
  expect_equal(dim(nmfamily:::as_data(dfm, "columns")), rev(dim(passages)))
})

test_that("a tidy table is the matrix that it lists, duplicates summed", {
  counts <- tidy_counts(passages)
  X <- nmfamily:::as_data(counts)
  expect_identical(X[rownames(passages), colnames(passages)], passages)
  shuffled <- withr::with_seed(1, counts[sample(nrow(counts)), 3:1])
  expect_identical(nmfamily:::as_data(shuffled)[rownames(passages), colnames(passages)], passages)
  expect_equal(sum(nmfamily:::as_data(rbind(counts, counts[1:5, ]))), sum(passages) + sum(counts$n[1:5]))
  expect_identical(nmfamily:::as_data(rbind(counts, counts))[rownames(passages), colnames(passages)], 2 * passages)
  ordered <- transform(counts, document = factor(document, rownames(passages)), term = factor(term, colnames(passages)))
  for (obs in c("rows", "columns")) {
    expect_equal(fit_of(ordered, obs = obs), plain)
  }
})

test_that("labels keep the order of first appearance or of their levels, and empty levels stay", {
  counts <- data.frame(document = c("z", "a", "z"), term = c("q", "q", "b"), n = 1:3)
  expect_identical(as.matrix(nmfamily:::as_data(counts)),
                   rbind(z = c(q = 1, b = 3), a = c(2, 0)))
  counts$document <- factor(counts$document, c("a", "m", "z"))
  expect_identical(rownames(nmfamily:::as_data(counts)), c("a", "m", "z"))
  model <- fit_topics(counts, 1, n_starts = 1, seed = 1)
  expect_identical(is.na(model$L[, 1]), c(a = FALSE, m = TRUE, z = FALSE))
})

test_that("a data frame of other columns is taken as numbers, as ever", {
  frame <- data.frame(document = 1:3, term = c(2, 0, 1), n = c(1, 5, 2))
  expect_identical(nmfamily:::as_data(frame), as.matrix(frame))
  expect_identical(dim(fit_topics(frame, 1, n_starts = 1, seed = 1)$L), c(3L, 1L))
})

test_that("tf-idf weights are told from counts, in words about words when the data are sparse", {
  tfidf <- passages
  tfidf@x <- tfidf@x * 1.37
  expect_warning(fit_topics(tfidf, 2, n_starts = 1, seed = 1), "tf-idf", class = "nmf_warning_not_counts")
  expect_warning(nmf(tfidf, "T/Po/2", n_starts = 1, seed = 1), "tf-idf", class = "nmf_warning_not_counts")
  warned <- expect_warning(fit_topics(as.matrix(tfidf), 2, n_starts = 1, seed = 1), class = "nmf_warning_not_counts")
  expect_no_match(conditionMessage(warned), "tf-idf")
  expect_silent(fit_topics(tfidf, 2, "N", n_starts = 1, seed = 1))
})

test_that("tables that are not counts are refused in words that name them", {
  counts <- data.frame(document = c("a", "a", "b"), term = c("x", NA, "x"), n = c(1, 2, 3))
  whole <- counts[-2, ]
  negative <- transform(whole, n = -n)
  negative_triplets <- triplets(-passages[1:3, ], "DocumentTermMatrix")
  texts <- data.frame(id = c("a", "b"), year = 2001:2002, text = strrep("the words of a text ", 2:3))
  expect_snapshot(error = TRUE, {
    fit_topics(counts, 1)
    fit_topics(transform(whole, n = c("1", "3")), 1)
    fit_topics(negative, 1)
    fit_topics(whole[0, ], 1)
    fit_topics(cbind(whole, extra = 1), 1)
    fit_topics(negative_triplets, 1)
    fit_topics(whole[c("document", "term")], 1)
    fit_topics(texts, 1)
    fit_topics(texts$text, 1)
    fit_topics(cbind(texts, by = "c"), 1)
  })
  taxa <- data.frame(sample = c("a", "b"), n = 1, taxon = "k__B; p__F; c__C; o__L; f__L; g__L; s__")
  expect_message(expect_s3_class(fit_topics(taxa, 1, n_starts = 1), "nmf_topic_model"), "the features")
})

test_that("documents of a tidy table may be numbered", {
  named <- data.frame(document = c("1", "1", "2"), term = c("a", "b", "a"), n = 1:3)
  numbered <- transform(named, document = as.integer(document))
  expect_identical(nmfamily:::as_data(numbered), nmfamily:::as_data(named))
})

test_law("any two columns of labels and one of numbers are a tidy table, at every door", {
  counts <- tidy_counts(passages)
  named <- function(...) stats::setNames(counts[c("document", "term", "n")], c(...))
  plain <- nmfamily:::as_data(counts)
  roles <- function(V) gsub("\\s+", " ", conditionMessage(expect_message(nmfamily:::as_data(V), "observations")))
  for (names in list(c("sample", "gene", "value"), c("doc_id", "x", "freq"), c("document", "token", "count"))) {
    V <- named(names)
    said <- sprintf('"%s", the observations, "%s", the features, and "%s"', names[1], names[2], names[3])
    expect_match(roles(V), said)
    for (same in list(V, V[c(3, 1, 2)], V[c(1, 3, 2)], structure(V, class = c("tbl_df", "tbl", "data.frame")))) {
      expect_identical(suppressMessages(nmfamily:::as_data(same)), plain)
    }
  }
  expect_identical(suppressMessages(nmfamily:::as_data(named("book", "word", "n")[c(2, 1, 3)])), plain)
  expect_identical(nmf(counts, "T/Po/2", n_starts = 1, seed = 1)$H, nmf(plain, "T/Po/2", n_starts = 1, seed = 1)$H)
  model <- fit_topics(counts, 2, n_starts = 1, seed = 1)
  expect_identical(predict(model, counts), predict(model, plain))
  counts$n[3] <- NA
  expect_length(nmf(counts, "T/Po/2", n_starts = 1, seed = 1)$missing, 1)
})

test_that("an identifier beside two features is no tidy table", {
  beside <- data.frame(id = c("a", "b"), x = c(1, 2), y = c(0, 3))
  expect_error(nmf(beside, "T/Po/1"), class = "nmf_error_data", "rownames")
})
