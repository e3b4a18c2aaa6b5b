# Features that stand for a component.

fit <- without_advice(nmf(brca21, "T/Po/3", n_starts = 1, seed = 1, verbose = FALSE))

test_that("the summary ranks features of any fit as terms() ranks those of topics", {
  topics <- as_topic_model(fit)
  for (by in c("prob", "lift", "frex", "exclusive")) {
    expect_identical(summary(fit, 4, by)$components$top_features,
                     unname(apply(terms(topics, 4, by), 2, paste, collapse = " ")))
  }
  convex <- without_advice(nmf(brca21, "C/Po/2", n_starts = 1, seed = 1, verbose = FALSE))
  lift <- convex$H[1, ] / (colSums(convex$W) %*% convex$H / sum(convex$W))
  expect_identical(summary(convex, 1, "lift")$components$top_features[1], colnames(lift)[which.max(lift)])
})

test_that("the picture of markers has the share of each component in the features that stand for one", {
  picture <- autoplot(fit, "markers", n = 5, by = "lift")
  tiles <- picture$data
  expect_equal(c(tapply(tiles$share, as.character(tiles$feature), sum)), rep(1, 15), ignore_attr = TRUE)
  expect_identical(nrow(tiles), 45L)
  one <- tiles[7, ]
  share <- fit$H / rep(colSums(fit$H), each = 3)
  expect_equal(one$share, share[as.character(one$component), as.character(one$feature)])
  first <- strsplit(summary(fit, 5, "lift")$components$top_features[1], " ")[[1]]
  expect_identical(unique(as.character(tiles$feature[tiles$block == "k1"])), first)
  expect_error(autoplot(fit, "markers", by = "size"), class = "nmf_error_argument")
})

test_that("a feature that stands for several components is shown once", {
  alike <- fit
  alike$H[2, ] <- alike$H[1, ]
  expect_false(any(duplicated(autoplot(alike, "markers", n = 3, by = "prob")$data[c("feature", "component")])))
})
