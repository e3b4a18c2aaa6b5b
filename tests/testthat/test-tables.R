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

everything <- c(results, list(feasible = feasible_set(fit, n_draws = 2, seed = 1), topic_model = as_topic_model(fit),
                              decomposition = decompose_signatures(fit, pcawg_signatures[1:6, ]),
                              study = plan_study(fit, n_runs = 1, n_starts = 1, max_iter = 10, seed = 1,
                                                 verbose = FALSE) |> without_advice(),
                              studies = combine_studies(list(fit, fit)),
                              penalty_choice = select_penalty(brca21, "T/Po/2", penalty = nmf_penalty(W = 1),
                                                              strengths = 1, n_splits = 2, n_starts = 1, seed = 1,
                                                              verbose = FALSE),
                              fit = fit, topic_correlation = topic_correlation(as_topic_model(fit)),
                              topic_choice = choose_topics(brca21, 1:2, n_splits = 2, n_starts = 1, seed = 1,
                                                           verbose = FALSE),
                              effects = explain_weights(fit, ~ x, data.frame(x = 1:21), draws = 0)))

test_law("every class of result has a summary, a tidy table and a row of facts", {
  methods <- getNamespaceInfo(asNamespace("nmfamily"), "S3methods")
  classes <- methods[methods[, 1] == "print", 2]
  classes <- setdiff(classes, c("nmf_family", "nmf_model", "nmf_control", "nmf_penalty", "nmf_seeds", "nmf_summary",
                                "summary.nmf_fit", "nmf_blocks", "nmf_cost"))
  expect_setequal(classes, paste0("nmf_", names(everything)))
  for (name in names(everything)) {
    x <- everything[[name]]
    row <- glance(x)
    expect_identical(nrow(row), 1L, label = name)
    expect_false(any(vapply(row, is.list, NA)), label = name)
    expect_gt(nrow(tidy(x)), 0)
    expect_gt(length(capture.output(print(summary(x)))), nrow(row) + 1)
  }
})

test_that("the facts of a result are what its parts say", {
  facts <- lapply(results, function(x) as.list(glance(x)))
  best <- results$comparison$table[1, ]
  expect_identical(facts$comparison[c("model", "BIC", "failed")], list(model = best$model, BIC = best$BIC, failed = 0L))
  expect_equal(facts$comparison$delta, diff(results$comparison$table$criterion))
  expect_identical(facts$match$cosine_min, min(results$match$table$cosine))
  expect_identical(facts$bootstrap[c("draws", "failed")], list(draws = 2L, failed = 0L))
  expect_identical(facts$check$holds, all(results$check$verdict$holds))
  expect_identical(facts$differential$tested, sum(!is.na(results$differential$table$p.value)))
  expect_equal(unlist(facts$profile[c("conf.low", "conf.high")], use.names = FALSE), results$profile$interval)
  expect_identical(facts$rank$choice, paste0("NMF/T/Po/", results$rank$rank))
  rank <- results$choice$models$rank[1]
  expect_identical(facts$choice[c("model", "rank")], list(model = paste0("NMF/T/Po/", rank), rank = rank))
  topics <- summary(everything$topic_model)$table
  expect_identical(sum(topics$documents), 21L)
  expect_equal(topics$share, unname(colSums(fit$W) / sum(fit$W)))
})

test_that("a summary shows the facts and the first rows, and says how many there are more", {
  shown <- capture.output(print(summary(results$bootstrap), n = 3))
  expect_identical(shown[1], "Bootstrap of a fit")
  expect_match(shown[2], "^  model +NMF/T/Po/2$")
  expect_match(shown[length(shown)], "^189 more rows")
  expect_length(shown, 1 + ncol(glance(results$bootstrap)) + 1 + 1 + 3 + 1)
  expect_error(print(summary(results$match), n = 0), class = "nmf_error_argument")
})

test_that("tidy(), glance() and augment() are tibbles where tibble is, and the same data frames elsewhere", {
  skip_if_not_installed("tibble")
  tables <- list(tidy(fit), glance(fit), augment(fit), tidy(results$match), glance(results$check),
                 tidy(everything$topic_model), augment(everything$topic_model, brca21))
  for (table in tables) expect_s3_class(table, "tbl_df")
  old <- is_installed
  utils::assignInNamespace("is_installed", function(package) FALSE, "nmfamily")
  withr::defer(utils::assignInNamespace("is_installed", old, "nmfamily"))
  expect_identical(tidy(fit), as.data.frame(tables[[1]]))
  expect_identical(glance(results$check), as.data.frame(tables[[5]]))
})

test_that("settings are printed as they are, those that are not the default marked", {
  shown <- capture.output(print(nmf_control(alpha_update = "once")))
  expect_length(shown, 1 + length(nmf_control()))
  expect_match(grep("^[*]", shown, value = TRUE), "alpha_update +\"once\"$")
  expect_false(any(grepl("*", capture.output(nmf_control()), fixed = TRUE)))
})

test_that("nothing that is printed of a fit or a comparison differs between two runs", {
  slower <- replace(fit, "seconds", 100 * fit$seconds + 7)
  expect_identical(capture.output(print(slower)), capture.output(print(fit)))
  later <- results$comparison
  later$table$seconds <- later$table$seconds + 7
  expect_identical(capture.output(print(later)), capture.output(print(results$comparison)))
  expect_true(any(grepl("seconds", capture.output(summary(fit)))))
})

test_law("every result has its main table, also as a data frame, and a picture", {
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
  expect_identical(unname(as.list(tidy(results$rank)[c("estimate", "std.error")])),
                   unname(as.list(results$rank$table[c("score", "se")])))
  expect_true("estimate" %in% names(tidy(results$choice)))
  expect_identical(as.data.frame(tidy(results$bootstrap)), results$bootstrap$table)
  expect_true(all(c("estimate", "conf.low", "conf.high") %in% names(tidy(results$bootstrap))))
})

test_law("fits() is a named list of fits wherever there are some", {
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

test_law("a factor is chosen by any word that a field has for it", {
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
