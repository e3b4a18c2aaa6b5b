# Cosine similarity and the best pairing of features.

features <- rbind(a = c(1, 0, 0, 2), b = c(0, 3, 1, 0), c = c(1, 1, 1, 1))
colnames(features) <- c("w", "x", "y", "z")

# The largest total similarity over all ways to give each row a column of its own.
best_total <- function(similarity) {
  if (nrow(similarity) == 0) return(0)
  totals <- vapply(seq_len(ncol(similarity)), function(j) {
    similarity[1, j] + best_total(similarity[-1, -j, drop = FALSE])
  }, 0)
  max(totals)
}

test_that("cosine similarity is the cosine", {
  expected <- features %*% t(features) / tcrossprod(sqrt(rowSums(features^2)))
  expect_equal(cosine_similarity(features), expected)
  expect_equal(unname(diag(cosine_similarity(features))), rep(1, 3))
  expect_equal(cosine_similarity(features, features[2:3, ]), expected[, 2:3])
})

test_that("cosine similarity does not depend on the scale of a feature, however extreme", {
  scaled <- features * c(1e-200, 1, 1e200)
  expect_equal(cosine_similarity(scaled, features), cosine_similarity(features))
})

test_that("a zero feature has similarity 0, also with itself", {
  zero <- rbind(features, zero = 0)
  expect_equal(cosine_similarity(zero)["zero", ], c(a = 0, b = 0, c = 0, zero = 0))
  expect_equal(match_components(zero, features)$table$cosine, c(1, 1, 1, NA))
  expect_equal(match_components(zero, zero)$table$cosine, c(1, 1, 1, 0))
})

test_that("columns are aligned by name when both sides have names", {
  expect_equal(cosine_similarity(features, features[, 4:1]), cosine_similarity(features))
  expect_equal(match_components(features, features[, c(2, 1, 4, 3)])$table$cosine, c(1, 1, 1))
  unnamed <- unname(features)
  expect_equal(unname(cosine_similarity(features, unnamed)), unname(cosine_similarity(features)))
})

test_law("the pairs have the largest total similarity", {
  set.seed(1)
  for (size in list(c(4, 4), c(3, 5), c(5, 3), c(1, 6), c(6, 1))) {
    x <- matrix(rexp(size[1] * 7), size[1])
    y <- matrix(rexp(size[2] * 7), size[2])
    matched <- match_components(x, y)
    similarity <- matched$similarity
    expect_equal(dim(similarity), size)
    wide <- if (size[1] <= size[2]) similarity else t(similarity)
    expect_equal(sum(matched$table$cosine, na.rm = TRUE), best_total(wide))
    expect_equal(sum(!is.na(matched$table$reference)), min(size))
    expect_false(anyDuplicated(na.omit(matched$table$reference)) > 0)
    pairs <- matched$table[!is.na(matched$table$reference), ]
    expect_equal(similarity[cbind(pairs$component, pairs$reference)], pairs$cosine)
  }
})

test_that("permuted features are found again", {
  matched <- match_components(features, features[c(3, 1, 2), ])
  expect_identical(matched$table$component, c("a", "b", "c"))
  expect_identical(matched$table$reference, c("a", "b", "c"))
  expect_equal(matched$table$cosine, c(1, 1, 1))
})

test_that("pairs below the threshold are unmatched, and the similarities stay", {
  matched <- match_components(features, rbind(A = c(1, 0, 0, 2), B = c(1, 0, 0, 0)), threshold = 0.9)
  expect_identical(matched$table$reference, c("A", NA, NA))
  expect_identical(dim(matched$similarity), c(3L, 2L))
})

test_that("fits, lists of fits and comparisons are matched with a reference", {
  comparison <- without_advice(
    compare_models(brca21, c("T/Po", "T/NB45"), rank = 2, n_starts = 1, max_iter = 50, seed = 1, verbose = FALSE)
  )
  best <- fits(comparison)[[1]]
  expect_equal(match_components(best, best)$table$cosine, c(1, 1))
  expect_equal(cosine_similarity(best), cosine_similarity(best$H))

  matched <- match_components(comparison, best)
  expect_s3_class(matched, "nmf_match")
  expect_named(as.data.frame(matched), c("model", "component", "reference", "cosine", "second",
                                          "second_cosine", "doubtful"))
  expect_identical(unique(matched$table$model), names(fits(comparison)))
  expect_named(matched$similarity, names(fits(comparison)))
  expect_equal(match_components(fits(comparison), best), matched)
  expect_equal(matched$table$cosine[1:2], c(1, 1))

  unnamed <- match_components(unname(fits(comparison)), best)
  expect_identical(unnamed$table$model, matched$table$model)
  expect_identical(unique(match_components(list(features, features), features)$table$model), c("model 1", "model 2"))
  expect_output(print(matched), "NMF/T/NB45/2")
})

test_that("a match prints its pairs", {
  expect_output(print(match_components(features, features[1:2, ])), "mean 1.*unmatched")
  expect_output(print(match_components(features, features)), "component")
})

test_law("features that cannot be compared are refused", {
  refused <- function(expr, words, class = "nmf_error_data") {
    error <- tryCatch(expr, error = identity)
    expect_s3_class(error, class)
    expect_match(conditionMessage(error), words)
  }
  refused(cosine_similarity(features, unname(features[, 1:3])), "`y` must have the 4 features")
  refused(match_components(features, unname(features[, 1:3])), "`reference` must have the 4 features")
  other <- features
  # the same names, but which of two is which?
  twice <- features
  colnames(twice)[2] <- colnames(twice)[1]
  refused(cosine_similarity(twice, twice[, c(2:4, 1)]), "is there more than once")
  refused(match_names(c("a", "b", "a"), c("b", "a"), "x", "columns"), "\"a\" is there more than once")
  expect_identical(match_names(c("a", "b", "a"), "b", "x", "columns"), 2L)
  expect_equal(diag(cosine_similarity(twice, twice)), rep(1, 3), ignore_attr = TRUE)
  colnames(other) <- letters[1:4]
  refused(cosine_similarity(features, other), "\"a\", is one of these")
  refused(cosine_similarity(-features), "`x` must not be negative")
  refused(cosine_similarity(features, features + NA), "`y` must have finite cells")
  refused(match_components("a", features), "`x` must be a numeric matrix")
  refused(match_components(list(), features), "`x`", "nmf_error_argument")
  refused(match_components(features, features, threshold = 2), "`threshold`", "nmf_error_argument")
})

test_that("the heat map of one model shows every feature and frames the pairs", {
  matched <- match_components(features, rbind(features[c(2, 1), ], d = c(0, 0, 1, 0)))
  picture <- autoplot(matched)
  expect_s3_class(picture, "ggplot")
  cells <- picture$data
  expect_equal(nrow(cells), 9)
  expect_equal(cells$cosine, matched$similarity[cbind(as.character(cells$row), as.character(cells$column))])
  framed <- layer_data(picture, 2)
  expect_equal(nrow(framed), 3)
  expect_no_warning(ggplot_build(picture))
  withr::local_pdf(withr::local_tempfile(fileext = ".pdf"))
  expect_identical(plot(matched)$data, cells)
})

test_that("of many references only those matched or similar are shown", {
  references <- rbind(features, matrix(rep(c(0, 0, 0, 1), each = 30), 30))
  rownames(references) <- c("a", "b", "c", paste0("z", 1:30))
  matched <- match_components(features, references)
  expect_identical(levels(autoplot(matched, threshold = 0.95)$data$column), c("a", "b", "c"))
  expect_identical(nlevels(autoplot(matched)$data$column), 33L)
})

test_that("the heat map of several models has a row for each model", {
  matched <- match_components(list(first = features, second = features[1:2, ]), features)
  cells <- autoplot(matched)$data
  expect_identical(levels(cells$row), c("second", "first"))
  expect_identical(levels(cells$column), c("a", "b", "c"))
  expect_equal(nrow(cells), 5)
  expect_error(autoplot(matched, size = 2), class = "nmf_error_argument")
})

test_that("a match is doubtful when it is weak or has a rival, and the second best is named", {
  similarity <- rbind(clear = c(0.95, 0.3, 0.2, 0), weak = c(0.1, 0.79, 0.2, 0), rivalled = c(0.92, 0.1, 0.9, 0))
  colnames(similarity) <- c("A", "B", "C", "D")
  table <- best_pairs(similarity, 0)
  expect_identical(table$reference, c("A", "B", "C"))
  expect_identical(table$second, c("B", "C", "A"))
  expect_equal(table$second_cosine, c(0.3, 0.2, 0.92))
  expect_identical(table$doubtful, c(FALSE, TRUE, TRUE))
  unmatched <- best_pairs(similarity, 0.8)
  expect_identical(unmatched$second[2], "B")
  expect_identical(unmatched$doubtful, c(FALSE, FALSE, TRUE))
  expect_identical(best_pairs(similarity[, 1, drop = FALSE], 0)$second[1], NA_character_)
  matrix <- rbind(c(0.9, 0.1, 0), c(0, 0.2, 0.9))
  expect_match(capture.output(print(match_components(matrix, matrix, threshold = 1)))[1], "mean 1|none above")
})
