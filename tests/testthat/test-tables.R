# What all results have in common: a table, its columns in the words of broom, and the fits that they hold.

fit <- nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
results <- list(
  bootstrap = bootstrap_fit(fit, n_runs = 2, seed = 1, verbose = FALSE),
  check = check_model(fit, n_runs = 0, seed = 1),
  choice = choose_model(brca21, "T/Po", ranks = 1:2, n_splits = 2, n_runs = 0, seed = 1, n_starts = 1, verbose = FALSE),
  comparison = compare_models(brca21, c("T/Po", "T/NB45"), rank = 2, n_starts = 1, seed = 1, verbose = FALSE),
  consensus = find_consensus(brca21, "T/Po/2", n_runs = 2, seed = 1, verbose = FALSE),
  differential = compare_topics(fit, brca21),
  match = match_components(fit, pcawg_signatures),
  profile = profile_alpha(brca21, "T/NB/2", c(20, 40), n_starts = 1, seed = 1, verbose = FALSE),
  rank = select_rank(brca21, "T/Po", 1:2, "bic", keep_fits = TRUE, n_starts = 1, seed = 1, verbose = FALSE),
  splits = compare_splits(brca21, "T/Po/2", n_splits = 2, n_starts = 1, seed = 1, verbose = FALSE)
)

test_that("every result has its main table, also as a data frame, and a picture", {
  for (name in names(results)) {
    x <- results[[name]]
    expect_s3_class(x, paste0("nmf_", name), exact = TRUE)
    expect_identical(as.data.frame(x), x$table, label = name)
    expect_identical(class(x$table), "data.frame", label = name)
    expect_gt(nrow(x$table), 0)
    methods <- vapply(c("print", "plot", "autoplot"), function(generic) {
      !is.null(utils::getS3method(generic, paste0("nmf_", name), optional = TRUE))
    }, NA)
    expect_true(all(methods), label = name)
  }
})

test_that("tidy() has the column names of broom", {
  expect_named(tidy(results$check), c("term", "statistic", "reference", "sd", "p.value"))
  expect_identical(tidy(results$differential)$estimate, results$differential$table$lfc)
  expect_identical(tidy(results$rank)[c("estimate", "std.error")], results$rank$table[c("score", "se")],
                   ignore_attr = "names")
  expect_true("estimate" %in% names(tidy(results$choice)))
  expect_identical(tidy(results$bootstrap), results$bootstrap$table)
  expect_true(all(c("estimate", "conf.low", "conf.high") %in% names(tidy(results$bootstrap))))
})

test_that("fits() is a named list of fits wherever there are some", {
  for (name in c("bootstrap", "choice", "comparison", "consensus", "profile", "rank")) {
    found <- fits(results[[name]])
    expect_true(all(vapply(found, inherits, NA, "nmf_fit")), label = name)
    expect_true(all(nzchar(names(found))), label = name)
  }
  expect_identical(names(fits(results$rank)), c("NMF/T/Po/1", "NMF/T/Po/2"))
  expect_identical(unname(vapply(fits(results$profile), function(fit) fit$logLik, 0)), results$profile$table$logLik)
  expect_error(fits(select_rank(brca21, "T/Po", 1, "bic", n_starts = 1, verbose = FALSE)), class = "nmf_error_argument",
               regexp = "keep_fits")
  expect_error(fits(results$match), class = "nmf_error_argument")
})

test_that("a factor is chosen by any word that a field has for it", {
  for (word in c("components", "H", "features", "signatures", "topics", "programmes", "programs")) {
    expect_identical(coef(fit, word), fit$H)
    expect_identical(tidy(fit, word), tidy(fit))
    expect_identical(confint(results$bootstrap, word), confint(results$bootstrap))
  }
  for (word in c("weights", "W", "exposures", "activities", "loadings")) {
    expect_identical(coef(fit, word), fit$W)
    expect_identical(predict(fit, type = word), fit$W)
    expect_identical(tidy(results$bootstrap, word), tidy(results$bootstrap, "weights"))
  }
  expect_identical(autoplot(fit, "signatures")$data, autoplot(fit)$data)
  expect_identical(autoplot(fit, "exposures")$data, autoplot(fit, "weights")$data)
  expect_error(coef(fit, "cells"), class = "nmf_error_argument", regexp = "\"components\", \"weights\"")
  expect_error(predict(fit, type = "H"), class = "nmf_error_argument")
})
