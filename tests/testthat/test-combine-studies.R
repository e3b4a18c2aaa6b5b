# Components that several studies share.

truth <- withr::with_seed(1, {
  H <- matrix(rgamma(5 * 40, 0.3), 5)
  H / rowSums(H)
})
colnames(truth) <- paste0("f", 1:40)
near <- function(rows, seed) {
  noise <- withr::with_seed(seed, matrix(rgamma(length(rows) * 40, 40, 40), length(rows)))
  h <- truth[rows, ] * noise
  h / rowSums(h)
}
studies <- list(a = near(c(1, 2, 3), 2), b = near(c(3, 1), 3)[, 40:1], c = near(c(2, 4, 1, 5), 4)[, -(1:6)])

test_that("programmes are the components that come back, with their studies", {
  both <- combine_studies(studies)
  expect_identical(both$table$studies, c("a, b, c", "a, b", "a, c")[order(-both$table$n_studies, -both$table$cosine)])
  expect_identical(both$table$n_studies, c(3L, 2L, 2L))
  expect_identical(sum(is.na(both$members$programme)), 2L)
  matched <- match_components(both$components, truth[c(1:3), ])
  expect_gt(min(matched$table$cosine), 0.97)
  expect_equal(unname(rowSums(both$components)), rep(1, 3))
})

test_that("studies may come in any order, and as fits", {
  one <- combine_studies(studies)
  other <- combine_studies(studies[c(3, 1, 2)])
  expect_equal(other$components[, colnames(one$components)], one$components, tolerance = 1e-9)
  V <- brca21[, 1:30]
  fits <- lapply(list(1:10, 11:21), function(i) nmf(V[i, ], "T/Po/2", n_starts = 2, seed = 1, verbose = FALSE))
  of_fits <- combine_studies(fits, threshold = 0.2)
  expect_identical(of_fits$members$study, rep(c("study1", "study2"), each = 2))
  expect_equal(of_fits$members$share, unname(unlist(lapply(fits, function(fit) colSums(fit$W) / sum(fit$W)))))
  expect_identical(combine_studies(lapply(fits, coef), 0.2)$components, of_fits$components)
})

test_that("a group has one component of a study at most, and the most alike come first", {
  twins <- list(a = rbind(truth[1, ], truth[1, ] * 0.9 + truth[2, ] * 0.1), b = truth[c(1, 3), ])
  both <- combine_studies(twins, threshold = 0.5, min_studies = 1)
  of_twin <- both$members$programme[both$members$study == "a"]
  expect_true(of_twin[1] != of_twin[2])
  expect_identical(of_twin[1], both$members$programme[both$members$study == "b"][1])
})

test_that("the consensus of components that lack features has what was left out of them", {
  h <- truth[1, ]
  parts <- list(a = h[1:30, drop = FALSE], b = h[11:40, drop = FALSE], c = h[c(1:15, 35:40)])
  parts <- lapply(parts, function(own) matrix(own / sum(own), 1, dimnames = list(NULL, names(own))))
  both <- combine_studies(parts)
  expect_equal(both$components[1, names(h)], h, tolerance = 1e-6)
  lacking <- combine_studies(list(a = truth[1:2, 1:20], b = truth[1:2, 1:20], c = truth[3:4, 21:40],
                                  d = truth[3:4, 21:40]))
  expect_identical(sum(is.na(lacking$components)), 4L * 20L)
  expect_true(all(is.na(lacking$similarity[1:4, 5:8])))
})

test_that("a threshold that none reaches leaves all out, and what cannot be combined is refused", {
  none <- combine_studies(list(a = truth[1, , drop = FALSE], b = truth[2, , drop = FALSE]), threshold = 0.99)
  expect_identical(nrow(none$table), 0L)
  expect_output(print(none), "0 programmes")
  expect_s3_class(autoplot(none), "ggplot")
  expect_error(combine_studies(studies[1]), class = "nmf_error_argument")
  expect_error(combine_studies(list(studies[[1]], unname(studies[[2]]))), class = "nmf_error_data")
  expect_error(combine_studies(list(unname(truth), unname(truth)[, 1:3])), class = "nmf_error_data")
  expect_error(combine_studies(list(truth, "a")), class = "nmf_error")
  expect_error(combine_studies(list(truth, cbind(truth, truth))), class = "nmf_error_data")
  expect_output(print(combine_studies(studies)), "3 programmes of at least 2 studies")
})

test_that("a component of zeros is like no other, and a programme of zeros where it is asked for", {
  found <- combine_studies(list(a = rbind(truth[1, ], 0), b = truth[1, , drop = FALSE]), min_studies = 1)
  expect_identical(found$table$n_studies, 2:1)
  expect_identical(unname(found$components[2, ]), numeric(ncol(truth)))
  expect_identical(found$members$cosine[2], 0)
})

test_that("studies that spell their channels otherwise have the same features", {
  known <- pcawg_signatures[c("SBS1", "SBS2"), ]
  other <- known[, 96:1]
  colnames(other) <- gsub("[][>]", ".", colnames(other))
  expect_equal(combine_studies(list(known, other))$components, combine_studies(list(known, known))$components)
})
