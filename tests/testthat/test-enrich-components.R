# Gene sets of components: what is handed to fgsea and what comes back. The package itself is tried where it is
# installed.

fit <- without_advice(nmf(brca21, "T/Po/3", n_starts = 1, seed = 1, verbose = FALSE))
sets <- split(colnames(brca21), substr(colnames(brca21), 3, 5))

with_stand_in <- function(stand_in, code) {
  old <- list(is_installed = is_installed, run_fgsea = run_fgsea)
  on.exit(for (name in names(old)) utils::assignInNamespace(name, old[[name]], "nmfamily"))
  utils::assignInNamespace("is_installed", function(package) TRUE, "nmfamily")
  utils::assignInNamespace("run_fgsea", stand_in, "nmfamily")
  code
}

test_that("features are ranked by their lift with half a count more, the most specific first", {
  m <- colSums(fit$W)
  by_hand <- function(k, j) {
    log2((m[[k]] * fit$H[k, j] + 0.5) / m[[k]] / ((sum(m * fit$H[, j]) + 0.5) / sum(m)))
  }
  scores <- specificity_of(fit)
  expect_equal(scores[17, 2], by_hand(2, 17), ignore_attr = TRUE)
  expect_equal(scores[96, 3], by_hand(3, 96), ignore_attr = TRUE)
  seen <- list()
  stand_in <- function(sets, stats, min_size, max_size) {
    seen[[length(seen) + 1]] <<- stats
    data.frame(pathway = names(sets), pval = seq_along(sets) / 10, ES = 1, NES = 2, size = lengths(sets),
               leadingEdge = I(lapply(sets, utils::head, 2)))
  }
  found <- with_stand_in(stand_in, enrich_components(fit, c(sets, list(strange = "no gene")), seed = 1))
  expect_length(seen, 3)
  expect_false(is.unsorted(-seen[[2]]))
  expect_equal(seen[[2]][colnames(brca21)], scores[, 2], ignore_attr = TRUE)
  expect_identical(unique(found$component), c("k1", "k2", "k3"))
  expect_equal(found$p.adjusted, stats::p.adjust(found$p.value, "BH"))
  expect_identical(found$leading[1], paste(sets[[1]][1:2], collapse = " "))
  expect_identical(found$size[found$set == "strange"], c(0L, 0L, 0L))
})

test_that("what are no sets of features of the fit is refused, and so is a missing package", {
  expect_error(enrich_components(fit, list("a")), class = "nmf_error_argument")
  expect_error(enrich_components(fit, list(a = 1)), class = "nmf_error_argument")
  expect_error(enrich_components(fit, list(a = "no gene")), class = "nmf_error_argument")
  expect_error(enrich_components(fit, sets, min_size = 5, max_size = 4), class = "nmf_error_argument")
  nameless <- fit
  colnames(nameless$H) <- NULL
  expect_error(enrich_components(nameless, sets), class = "nmf_error_data")
  skip_if(nmfamily:::is_installed("fgsea"))
  expect_error(enrich_components(fit, sets), "fgsea", class = "nmf_error_package")
})

test_that("substitutions are enriched in the signature that they make", {
  skip_if_not_installed("fgsea")
  found <- enrich_components(fit, sets, seed = 1)
  of_first <- found[found$component == "k1", ]
  scores <- vapply(sets, function(set) mean(specificity_of(fit)[match(set, colnames(fit$H)), 1]), 0)
  expect_identical(of_first$set[which.max(of_first$score)], names(which.max(scores)))
})
