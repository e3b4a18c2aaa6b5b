# A fit that goes on with more observations.

V <- brca21[, c(1:6, 33:50)]
old <- 1:16
quick <- function(model, X = V[old, ], ...) without_advice(nmf(X, model, n_starts = 1, seed = 1, verbose = FALSE, ...))
means <- function(fit) unname(fitted(fit))

test_law("update(newdata) is the fit of all observations from where it was and from projected weights", {
  for (model in c("T/Po/3", "T/N/2", "T/NB50/3", "T/TW1.5/2", "C/Po/3", "CF/Po/3")) {
    X <- if (model == "T/TW1.5/2") V + 1 else V
    fit <- quick(model, X[old, ])
    more <- without_advice(update(fit, newdata = X[-old, ]))
    start <- more$origin$arguments$init
    if (model == "T/Po/3") {
      projected <- rbind(fit$W, predict(fit, V[-old, ]))
      expect_equal(start$W, unname(pmax(projected, 1e-3 * rowMeans(projected))))
      expect_equal(start$H, unname(pmax(fit$H, 1e-3 * rowMeans(fit$H))))
    }
    same <- without_advice(nmf(X, model, init = start, verbose = FALSE))
    expect_identical(dimnames(more$W), list(rownames(X), c("k1", "k2", "k3")[seq_len(ncol(more$W))]))
    expect_equal(means(more), means(same))
    expect_equal(c(logLik(more)), c(logLik(same)))
    expect_identical(more$status, same$status)
  }
})

test_that("it takes features by name, the orientation of the fit and both kinds of matrices", {
  fit <- quick("T/Po/3")
  all <- update(fit, newdata = V[-old, ])
  expect_equal(means(update(fit, newdata = V[-old, 24:1])), means(all))
  turned <- quick("T/Po/3", t(V[old, ]), obs = "columns")
  expect_equal(t(means(update(turned, newdata = t(V[-old, ])))), means(all))
  sparse <- function(X) Matrix::Matrix(X, sparse = TRUE)
  expect_equal(means(update(quick("T/Po/3", sparse(V[old, ])), newdata = sparse(V[-old, ]))), means(all))
  expect_equal(means(update(fit, newdata = sparse(V[-old, ]))), means(all))
})

test_that("features that new observations lack are missing, or zero if they say so, and others are left out", {
  fit <- quick("T/Po/2")
  few <- cbind(V[-old, -(1:2)], other = 3)
  expect_message(expect_message(more <- update(fit, newdata = few), "lacks 2 features"), "beyond those")
  expect_identical(length(more$missing), 10L)
  gaps <- V
  gaps[-old, 1:2] <- NA
  expect_equal(means(more), means(nmf(gaps, "T/Po/2", init = more$origin$arguments$init, verbose = FALSE)))
  zeros <- suppressMessages(update(fit, newdata = few, absent = "zero"))
  expect_null(zeros$missing)
  sparse <- quick("T/Po/2", Matrix::Matrix(V[old, ], sparse = TRUE))
  expect_equal(means(suppressMessages(update(sparse, newdata = Matrix::Matrix(few, sparse = TRUE)))), means(more),
               tolerance = 1e-5)
})

test_that("weights of cells and offsets of old and new observations stand side by side", {
  omega <- array(rep(c(1, 0.5, 0, 1, 1), length.out = length(V)), dim(V))
  fit <- quick("T/Po/2", cell_weights = omega[old, ])
  more <- update(fit, newdata = V[-old, ], cell_weights = omega[-old, ])
  expect_equal(c(logLik(more)), c(logLik(nmf(V, "T/Po/2", cell_weights = omega, init = more$origin$arguments$init,
                                               verbose = FALSE))))
  common <- seq(0.5, 2, length.out = ncol(V))
  offset <- quick("T/Po/2", offset = common)
  more <- update(offset, newdata = V[-old, ])
  expect_equal(more$offset, matrix(common, nrow(V), ncol(V), byrow = TRUE), ignore_attr = TRUE)
})

test_that("components keep their order and names, and the print says what has changed", {
  fit <- rename_components(quick("T/Po/3"), c("a", "b", "c"))
  more <- update(fit, newdata = V[-old, ])
  expect_identical(rownames(more$H), c("a", "b", "c"))
  expect_identical(more$updated$observations, c(before = 16L, added = 5L))
  expect_equal(more$updated$cosine, diag(cosine_similarity(fit, more)), ignore_attr = TRUE)
  expect_output(print(more), "16 observations and 5 more: components as before to a cosine of")
  expect_identical(rownames(residuals(more)), rownames(V))
})

test_that("topics, known components and a consensus go on too", {
  passages <- small_passages()
  model <- fit_topics(passages[1:100, ], 2, prior = 1.1, n_starts = 1, seed = 1, verbose = FALSE)
  more <- update(model, newdata = passages[101:120, ])
  expect_s3_class(more, "nmf_topic_model")
  expect_identical(dim(more$L), c(120L, 2L))
  known <- pcawg_signatures[c("SBS1", "SBS2", "SBS5", "SBS13"), ]
  fit <- refit(brca21[1:10, ], known, "Po", verbose = FALSE)
  expect_equal(update(fit, newdata = brca21[11:21, ])$W, refit(brca21, known, "Po", verbose = FALSE)$W,
               tolerance = 1e-6)
})

test_that("observations that are there already, or without cells, and what contradicts are refused", {
  fit <- quick("T/Po/2")
  expect_error(update(fit, newdata = V[16:17, ]), "is there already", class = "nmf_error_data")
  expect_error(update(fit, newdata = replace(V[17:18, ], c(1, 3, 5:48), NA)), class = "nmf_error_data")
  expect_error(update(fit, newdata = V[17:18, ], V = V), class = "nmf_error_argument")
  expect_error(update(fit, newdata = V[17:18, ], evaluate = FALSE), class = "nmf_error_argument")
  expect_error(update(fit, newdata = letters), class = "nmf_error_data")
})

test_that("what stays does so with more observations, of which former ones say nothing", {
  first <- quick("T/Po/2")
  held <- without_advice(nmf(V[old, ], "T/Po/2", init = first, fixed = list(H = TRUE), verbose = FALSE))
  expect_equal(update(held, newdata = V[-old, ])$H, first$H, tolerance = 1e-14)
  some <- rep(c(TRUE, FALSE), c(3, 13))
  held <- without_advice(nmf(V[old, ], "T/Po/2", init = first, fixed = list(W = some), verbose = FALSE))
  more <- without_advice(update(held, newdata = V[-old, ]))
  ratio <- more$W[1:3, ] / first$W[1:3, ]                # up to the scale of the components
  expect_equal(ratio[2:3, ], ratio[c(1, 1), ], tolerance = 1e-12, ignore_attr = TRUE)
})

test_that("what is absent is asked of new observations, or of another V", {
  fit <- quick("T/Po/2")
  expect_error(update(fit, absent = "zero"), class = "nmf_error_argument")
  known <- pcawg_signatures[c("SBS1", "SBS2"), c(1:6, 33:52)]
  refitted <- suppressMessages(refit(V, known, "Po", verbose = FALSE))
  expect_error(update(refitted, absent = "zero"), class = "nmf_error_argument")
  expect_equal(suppressMessages(update(refitted, V = V, absent = "zero"))$deviance,
               suppressMessages(refit(V, known, "Po", absent = "zero", verbose = FALSE))$deviance)
})

test_that("an alpha of each observation has to be given for new ones", {
  model <- function(alpha) nmf_model(structure = "traditional", family = nmf_negbin(alpha), rank = 2)
  fit <- without_advice(nmf(V[1:3, ], model(1:3 * 10), n_starts = 1, max_iter = 5, seed = 1, verbose = FALSE))
  expect_error(update(fit, newdata = V[4:5, ]), class = "nmf_error_argument", regexp = "all 5 observations")
  more <- without_advice(update(fit, newdata = V[4:5, ], model = model(1:5 * 10)))
  expect_identical(more$model$family$alpha, 1:5 * 10)
})

test_that("a penalty goes on with more observations", {
  penalty <- nmf_penalty(W = 3)
  fit <- quick("T/Po/3", penalty = penalty)
  more <- without_advice(update(fit, newdata = V[-old, ]))
  same <- without_advice(nmf(V, "T/Po/3", init = more$origin$arguments$init, penalty = penalty, verbose = FALSE))
  expect_gt(more$penalty, 0)
  expect_equal(more$penalty, same$penalty)
  expect_equal(means(more), means(same))
})
