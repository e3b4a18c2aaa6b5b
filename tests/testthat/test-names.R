# What stands beside the data is matched by name where both sides have names.

rows <- 21:1
columns <- 96:1
weights <- withr::with_seed(1, matrix(runif(21 * 96), 21, dimnames = dimnames(brca21)))
fit <- nmf(brca21, "T/NB/2", n_starts = 1, seed = 1, verbose = FALSE)

test_that("weights and offsets in another order are those of their cells", {
  of <- function(...) nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE, ...)$deviance
  expect_equal(of(cell_weights = weights[rows, columns]), of(cell_weights = weights), tolerance = 1e-12)
  sparse <- Matrix::Matrix(weights[rows, ], sparse = TRUE)
  expect_equal(of(cell_weights = sparse), of(cell_weights = weights), tolerance = 1e-12)
  offset <- stats::setNames(seq(1, 2, length.out = 96), colnames(brca21))
  expect_equal(of(offset = rev(offset)), of(offset = unname(offset)), tolerance = 1e-12)
  expect_equal(of(offset = weights[rows, columns]), of(offset = weights), tolerance = 1e-12)
  expect_equal(of(cell_weights = unname(weights)), of(cell_weights = weights), tolerance = 1e-12)
})

test_that("data in another order give the residuals of the fit, at each place that takes them", {
  sorted <- brca21[rows, columns]
  expect_equal(residuals(fit, sorted), residuals(fit))
  expect_equal(residuals(fit, t(t(sorted)), type = "pearson"), residuals(fit, type = "pearson"))
  expect_equal(augment(fit, sorted), augment(fit))
  expect_equal(check_model(fit, sorted, n_runs = 3, seed = 1)$table, check_model(fit, n_runs = 3, seed = 1)$table)
  expect_equal(residuals(attach_data(fit, sorted)), residuals(fit))
  turned <- nmf(t(brca21), "T/NB/2", obs = "columns", n_starts = 1, seed = 1, verbose = FALSE)
  expect_equal(residuals(turned, t(sorted)), residuals(turned))
  expect_equal(predict(fit, sorted), predict(fit, brca21)[rows, ])
})

test_that("other names are refused, and which is missing is said", {
  other <- brca21
  rownames(other)[3] <- "no such sample"
  twice <- brca21
  colnames(twice)[2] <- colnames(twice)[1]
  refused <- function(expr, name) {
    error <- expect_error(expr, class = "nmf_error_data")
    expect_match(conditionMessage(error), name, fixed = TRUE)
  }
  refused(residuals(fit, other), rownames(brca21)[3])
  refused(residuals(fit, twice), colnames(brca21)[2])
  refused(suppressMessages(predict(fit, twice)), colnames(brca21)[1])
  refused(nmf(brca21, "T/Po/2", cell_weights = other), rownames(brca21)[3])
  refused(nmf(brca21, "T/Po/2", offset = stats::setNames(rep(1, 96), colnames(twice))), colnames(brca21)[2])
})

sparse <- function(V) Matrix::Matrix(V, sparse = TRUE)
quietly <- function(expr) suppressWarnings(suppressMessages(expr))

test_that("starts, alphas and means in another order are those of their observations and features", {
  at <- function(V, init) quietly(nmf(V, "T/NB/2", init = init, max_iter = 0, verbose = FALSE)$deviance)
  expect_equal(at(brca21, list(W = fit$W[rows, 2:1], H = fit$H[, columns])), at(brca21, fit), tolerance = 1e-12)
  expect_equal(at(brca21[rows, columns], fit), at(brca21, fit), tolerance = 1e-6)     # alpha is estimated
  convex <- quietly(nmf(brca21, "C/Po/2", n_starts = 1, max_iter = 30, seed = 1, control = list(start_iter = 5)))
  again <- quietly(nmf(brca21, "C/Po/2", init = list(E = convex$E[rows, ], D = convex$D[, rows]), max_iter = 0))
  expect_equal(again$deviance, convex$deviance, tolerance = 1e-12)
  expect_error(nmf(brca21, "T/NB/2", init = list(W = fit$W, H = `rownames<-`(fit$H, c("a", "b")))),
               class = "nmf_error_init", regexp = "\"k1\" is missing")

  alpha <- quietly(estimate_alpha(brca21, fit, by = "observation"))
  expect_equal(quietly(estimate_alpha(brca21[rows, columns], fit, by = "observation")), alpha[rows])
  expect_equal(quietly(estimate_alpha(brca21[rows, columns], fitted(fit), by = "observation")), alpha[rows])
  of <- function(alpha) refit(brca21, pcawg_signatures[1:3, ], nmf_negbin(alpha), seed = 1, verbose = FALSE)$deviance
  expect_equal(of(rev(alpha)), of(unname(alpha)), tolerance = 1e-12)
  expect_error(of(stats::setNames(alpha, rev(LETTERS)[1:21])), class = "nmf_error_model", regexp = "PD4194a")
  # the alphas of a fit go with their observations
  each <- quietly(refit(brca21, pcawg_signatures[1:3, ], "NBobs", seed = 1, verbose = FALSE))
  turned <- refit(brca21[rows, ], pcawg_signatures[1:3, ], each$model$family, seed = 1, verbose = FALSE)
  expect_equal(turned$deviance, each$deviance, tolerance = 1e-8)
  new <- brca21[1:3, ]
  expect_equal(predict(each, new, alpha = alpha[3:1]), predict(each, new, alpha = unname(alpha[1:3])))
})

test_that("priors, groups, codes and what is fixed are matched by name", {
  passages <- small_passages()[, 1:60]
  prior <- stats::setNames(seq(1, 3, length.out = 60), colnames(passages))
  of <- function(prior) quietly(fit_topics(passages, 2, prior = prior, n_starts = 1, max_iter = 20, seed = 1))$F
  expect_equal(of(rev(prior)), of(unname(prior)))
  expect_error(of(stats::setNames(prior, 1:60)), class = "nmf_error_argument")

  expect_equal(decode(fit, fit$W[, 2:1]), decode(fit, fit$W))
  expect_equal(decode(fit, rev(fit$W[1, ])), decode(fit, fit$W[1, ]))
  groups <- stats::setNames(rep(c("a", "b", "c"), 7), rownames(brca21))
  bars <- function(groups) autoplot(fit, "weights", groups = groups)$data
  expect_equal(bars(rev(groups)), bars(unname(groups)))
  expect_error(autoplot(fit, "weights", groups = stats::setNames(groups, 1:21)), class = "nmf_error_argument")
  labels <- c(k3 = "a", k1 = "b", k2 = "a")
  expect_equal(merge_topics(small_topics(), labels), merge_topics(small_topics(), unname(labels[c("k1", "k2", "k3")])))
  held <- stats::setNames(rep(c(TRUE, FALSE, FALSE), 7), rownames(brca21))
  of <- function(held) quietly(nmf(brca21, "T/Po/2", init = fit, fixed = list(W = held), max_iter = 3))$deviance
  expect_equal(of(rev(held)), of(unname(held)))
})

test_that("documents of a topic model are matched by name", {
  model <- small_topics()
  passages <- small_passages()
  turned <- passages[rev(seq_len(nrow(passages))), rev(seq_len(ncol(passages)))]
  expect_equal(document_likelihood(model, turned), document_likelihood(model, passages))
  expect_equal(compare_topics(model, turned)$table, compare_topics(model, passages)$table)
  expect_equal(coherence(model, turned), coherence(model, passages))
  twice <- turned
  colnames(twice)[2] <- terms(model, 1)[1, 1]
  expect_error(coherence(model, twice), class = "nmf_error_data", regexp = "more than once|missing")
})

test_that("what has no names beside channels in another order is taken as it stands, and it is said", {
  turned <- nmf(brca21[, columns], "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  expect_message(predict(turned, unname(brca21[, columns])), "position")
  unnamed <- unname(brca21[, columns])
  expect_message(nmf(brca21[, columns], "T/N/1", cell_weights = unnamed * 0 + 1, n_starts = 1, seed = 1), "position")
  spelled <- brca21[, columns]
  colnames(spelled) <- make.names(colnames(spelled))
  expect_message(nmf(spelled, "T/N/1", cell_weights = unnamed * 0 + 1, n_starts = 1, seed = 1), "position")
  expect_no_message(predict(fit, unname(brca21)))
})

test_law("features that new data lack are missing or zeros, and others are left out", {
  lost <- c(5, 50, 96)
  few <- brca21[1:4, -lost][, 93:1]
  few <- cbind(few, other = 1e6)
  hole <- replace(brca21 + 0, cbind(rep(1:21, each = 3), lost), NA)[1:4, ]
  zero <- replace(hole, is.na(hole), 0)
  expect_message(expect_message(predict(fit, few), "3 features.*missing cells"), "\"other\".*left out")
  for (type in c("weights", "response")) {
    expect_equal(quietly(predict(fit, few, type)), predict(fit, hole, type), tolerance = 1e-6)
    expect_equal(quietly(predict(fit, few, type, absent = "zero")), predict(fit, zero, type), tolerance = 1e-6)
    expect_equal(quietly(predict(fit, sparse(few), type, absent = "zero")), predict(fit, zero, type), tolerance = 1e-6)
  }
  expect_equal(predict(fit, rev(brca21[2, ])), predict(fit, brca21[2, ]))
  expect_equal(quietly(predict(fit, few[1, ])), unname(predict(fit, hole[1, , drop = FALSE])), ignore_attr = TRUE,
               tolerance = 1e-6)
  expect_error(predict(fit, few, absent = "none"), class = "nmf_error_argument")
  expect_error(predict(fit, few[, "other", drop = FALSE]), class = "nmf_error_data", regexp = "\"other\"")

  # weights and offsets stand beside the columns of the new data
  w <- matrix(seq_len(length(few)) %% 3, 4)
  beside <- matrix(1, 4, 96)
  beside[, match(colnames(few)[1:93], colnames(brca21))] <- w[, 1:93]
  expect_equal(quietly(predict(fit, few, cell_weights = w)), predict(fit, hole, cell_weights = beside),
               tolerance = 1e-6)
  scaled <- nmf(brca21, "T/Po/2", offset = seq(1, 2, length.out = 96), n_starts = 1, seed = 1, verbose = FALSE)
  expect_equal(quietly(predict(scaled, few, "response")), predict(scaled, hole, "response"), tolerance = 1e-6)
  expect_equal(quietly(predict(scaled, few, absent = "zero")), predict(scaled, zero), tolerance = 1e-6)

  coder <- quietly(nmf(brca21, "CF/Po/2", n_starts = 1, max_iter = 20, seed = 1))
  expect_equal(quietly(encode(coder, few, absent = "zero")), encode(coder, zero))
  expect_error(quietly(encode(coder, few)), class = "nmf_error_data", regexp = "absent = \"zero\"")
})

test_law("refit() and match_components() take what both sides have", {
  known <- pcawg_signatures[1:4, ] / rowSums(pcawg_signatures[1:4, ])
  few <- cbind(brca21[, 96:11], other = 1:21)
  for (V in list(few, sparse(few))) {
    fit <- quietly(refit(V, known, seed = 1, verbose = FALSE))
    hole <- quietly(predict(fit, brca21[, 11:96]))
    expect_equal(fit$W, hole, tolerance = 1e-4)
    expect_equal(fit$nobs, 21 * 86)
    expect_equal(fit$H[, colnames(known)], known)
    expect_equal(deviance(update(fit)), deviance(fit), tolerance = 1e-8)
    zero <- quietly(refit(V, known, absent = "zero", seed = 1, verbose = FALSE))
    expect_equal(zero$deviance, refit(replace(brca21, seq_len(210), 0), known, seed = 1, verbose = FALSE)$deviance,
                 tolerance = 1e-8)
  }
  far <- unserialize(serialize(fit, NULL))
  expect_equal(quietly(residuals(far, few)), residuals(fit))
  expect_error(residuals(far, few[, -1]), class = "nmf_error_data")
  halved <- update(fit, cell_weights = few[, colnames(fit$H)[1:86]] * 0 + 0.5)
  expect_equal(deviance(halved), deviance(fit) / 2, tolerance = 1e-6)
  expect_error(quietly(refit(few, known, free = 1)), class = "nmf_error_data", regexp = "zero")

  cosine <- function(x, y) sum(x * y) / sqrt(sum(x^2) * sum(y^2))
  expect_message(found <- cosine_similarity(known, few[, 1:80]), "6 features|16 features")
  expect_equal(found[2, 3], cosine(known[2, 96:17], few[3, 1:80]))
  found <- quietly(cosine_similarity(known, few, absent = "zero"))
  expect_equal(found[2, 3], cosine(known[2, ], c(rep(0, 10), few[3, 86:1])))
  expect_equal(quietly(match_components(known, few[1:4, ], absent = "zero"))$similarity, found[, 1:4])
})

test_that("perplexity counts what new documents lack, and conditions on what is missing", {
  model <- small_topics()
  passages <- small_passages()
  seen <- Matrix::colSums(passages[1:9, ]) > 0
  of <- function(V, ...) quietly(perplexity(model, V, hidden = 0, by = "document", ...))
  expect_equal(of(passages[1:9, seen]), of(passages[1:9, ]), tolerance = 1e-5)
  hole <- as.matrix(passages[1:9, ])
  hole[, 1:40] <- NA
  expect_equal(of(passages[1:9, -(1:40)], absent = "missing"), of(hole), tolerance = 1e-5)
  # a model of one topic is a multinomial distribution, and of what is left of it
  one <- fit_topics(passages, 1, n_starts = 1, seed = 1, verbose = FALSE)
  p <- Matrix::colSums(passages)[-(1:40)] / sum(passages[, -(1:40)])
  v <- passages[1, -(1:40)]
  expect_equal(unname(perplexity(one, hole[1, , drop = FALSE], hidden = 0, smooth = 0)),
               exp(-sum((v * log(p))[v > 0]) / sum(v)), tolerance = 1e-6)
})

test_that("the same names in the same order may be there twice", {
  twice <- brca21
  rownames(twice)[2] <- rownames(twice)[1]
  same <- nmf(twice, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  expect_equal(unname(residuals(same, twice)), unname(residuals(same)))
})

test_that("a name that is there twice does not stand for its first bearer", {
  twice <- brca21
  rownames(twice)[2] <- rownames(twice)[1]
  fit <- nmf(twice, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  expect_error(attribute_cells(fit, rownames(twice)[1]), class = "nmf_error_argument", regexp = "more than once")
  expect_error(write_probabilities(fit, tempfile(), rownames(twice)[2]), class = "nmf_error_argument")
  expect_equal(dim(attribute_cells(fit, rownames(twice)[3])), c(1L, 96L, 2L))
})

test_that("a rank is given once", {
  expect_error(nmf(brca21, "T/Po/3", rank = 5), class = "nmf_error_rank")
  expect_error(compare_models(brca21, c("T/Po/3", "T/N/2"), rank = 3), class = "nmf_error_rank")
  expect_error(compare_splits(brca21, "T/Po/3", rank = 5), class = "nmf_error_rank")
  expect_named(nmfamily:::as_models(c("T/Po/3", "T/N"), 5), c("NMF/T/Po/3", "NMF/T/N/5"))
})

test_that("update() with data in another order keeps weights and offsets with their cells", {
  of <- function(...) nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE, ...)
  for (fit in list(of(cell_weights = weights), of(offset = weights + 1))) {
    expect_equal(deviance(update(fit, V = brca21[rows, columns])), deviance(fit), tolerance = 1e-6)
    expect_error(update(fit, V = `rownames<-`(brca21, 1:21)), class = "nmf_error_data")
  }
})
