# Many models on the same data.

quick_compare <- function(V, ...) compare_models(V, ..., n_starts = 2, seed = 1, verbose = FALSE)

all_eight <- quick_compare(brca21, rank = 3)
eight <- all_eight$table

test_that("the table has the agreed columns, best criterion first", {
  expect_s3_class(all_eight, "nmf_comparison", exact = TRUE)
  expect_identical(as.data.frame(all_eight), eight)
  expect_named(eight, c(
    "model", "structure", "family", "rank", "solver", "power", "alpha", "sigma2", "logLik", "df", "BIC", "criterion",
    "delta", "seconds", "status"
  ))
  expect_identical(nrow(eight), 8L)
  expect_false(is.unsorted(eight$criterion))
  expect_identical(eight$delta, eight$criterion - min(eight$criterion))
  expect_equal(eight$BIC, eight$df * log(length(brca21)) - 2 * eight$logLik, tolerance = 1e-14)
  expect_setequal(paste(eight$structure, eight$family), c(outer(
    c("traditional", "convex"), c("normal", "poisson", "tweedie", "negbin"), paste
  )))
  expect_true(all(eight$rank == 3))
  expect_true(all(eight$status == "converged"))
  expect_true(all(eight$seconds >= 0))
})

test_that("parameters are shown where the family has them", {
  has <- function(column, families) expect_identical(!is.na(eight[[column]]), eight$family %in% families)
  has("alpha", "negbin")
  has("power", c("normal", "poisson", "tweedie"))
  expect_true(all(eight$power[eight$family == "normal"] == 0))
  expect_true(all(eight$power[eight$family == "poisson"] == 1))
  expect_true(all(eight$sigma2[eight$family %in% c("poisson", "negbin")] == 1))
  nb <- eight[eight$family == "negbin", ]
  letter <- ifelse(nb$structure == "convex", "C", "T")
  expect_identical(nb$model, paste0("NMF/", letter, "/NB", signif(nb$alpha, 4), "/3"))
})

test_law("fits() are the fits of nmf() in the order of the table", {
  expect_named(fits(all_eight), eight$model)
  for (i in seq_len(nrow(eight))) {
    fit <- fits(all_eight)[[i]]
    expect_s3_class(fit, "nmf_fit")
    expect_identical(format(fit$model), eight$model[i])
    expect_identical(BIC(fit), eight$BIC[i])
    expect_identical(fit$logLik, eight$logLik[i])
  }
  alone <- nmf(brca21, "T/Po/3", n_starts = 2, seed = 1, verbose = FALSE)
  expect_identical(fits(all_eight)[["NMF/T/Po/3"]]$W, alone$W)
  expect_error(fits(data.frame(a = 1)), class = "nmf_error_argument")
})

test_that("the fits find their data and can be repeated", {
  table <- compare_models(brca21, c("T/Po", "C/Po"), rank = 3, n_starts = 2, seed = 1, verbose = FALSE)
  fit <- fits(table)[["NMF/C/Po/3"]]
  expect_identical(dim(residuals(fit)), dim(brca21))
  again <- update(fit)
  expect_identical(again$W, fit$W)
  counted <- compare_models(brca21, "T/Po/3", n_starts = 2, seed = 1, verbose = FALSE, df = "identifiable")
  expect_identical(BIC(update(fits(counted)[[1]])), counted$table$BIC)
})

test_law("each model is fitted by each solver as nmf() would with the same seed", {
  models <- c("T/Po", "C/N", "T/NB")
  comparison <- compare_models(brca21, models, rank = 3, solvers = c("cd", "lbfgs"), n_starts = 2, seed = 1,
                               verbose = FALSE)
  table <- comparison$table
  expect_setequal(paste(table$structure, table$family, table$solver), c(outer(
    c("traditional poisson", "convex normal", "traditional negbin"), c("cd", "lbfgs"), paste
  )))
  expect_named(fits(comparison), paste(table$model, table$solver))
  for (i in seq_len(nrow(table))) {
    fit <- fits(comparison)[[i]]
    # The Poisson fit under an open Negative Binomial model is that of the same solver.
    open <- nmf_model(open_again(fit$model, profiled = FALSE), rank = 3)
    alone <- nmf(brca21, open, n_starts = 2, seed = 1, verbose = FALSE,
                 solver = table$solver[i])
    expect_identical(alone$W, fit$W)
    expect_identical(update(fit)$W, fit$W)
  }
  one <- quick_compare(brca21, models, rank = 3, solvers = "lbfgs")
  expect_identical(one$table$BIC, table$BIC[table$solver == "lbfgs"])
  expect_no_match(capture.output(print(one)), "solver")
  expect_match(capture.output(print(comparison))[3], "solver")
})

test_that("a solver that is not for a model has a row that says so", {
  table <- quick_compare(brca21, c("T/Po/2", "T/N/2"), solvers = c("em", "cd"), max_iter = 30)$table
  failed <- table$solver == "em" & table$family == "normal"
  expect_identical(is.na(table$BIC), failed)
  expect_match(table$status[failed], "^error: `solver`")
  for (bad in list("fast", character(), c("cd", "cd"), 1, NULL, NA_character_)) {
    expect_error(quick_compare(brca21, "T/Po/2", solvers = bad), class = "nmf_error_argument", regexp = "solver")
  }
})

test_that("models come as notations, models or a list of both, and `rank` is for those without one", {
  one <- quick_compare(brca21, "T/Po/2")$table
  expect_identical(one$model, "NMF/T/Po/2")
  expect_identical(quick_compare(brca21, nmf_model("T/Po/2"))$table$BIC, one$BIC)
  mixed <- quick_compare(brca21, list(nmf_model("T/Po"), "C/Po"), rank = 2)$table
  expect_identical(mixed$BIC[mixed$model == "NMF/T/Po/2"], one$BIC)
  ranks <- quick_compare(brca21, c("T/Po/2", "T/N"), rank = 3)$table
  expect_setequal(ranks$model, c("NMF/T/Po/2", "NMF/T/N/3"))
})

test_that("the same model with several ranks can be compared", {
  several <- quick_compare(brca21, paste0("T/Po/", 1:4))
  expect_setequal(several$table$rank, 1:4)
  by_rank <- several[order(several$table$rank)]
  expect_identical(unname(vapply(fits(by_rank), function(fit) fit$model$rank, 0L)), 1:4)
  expect_false(is.unsorted(by_rank$table$logLik))  # more components fit better
})

test_that("a model that cannot be fitted keeps its row, and the others are fitted", {
  expect_gt(sum(brca21 == 0), 0)
  some <- quick_compare(brca21, c("T/TW2/3", "T/Po/3", "C/TW3/3", "T/NB45/3"))
  table <- some$table
  expect_identical(nrow(table), 4L)
  expect_identical(table$model[1:2], c("NMF/T/NB45/3", "NMF/T/Po/3"))
  expect_setequal(table$model[3:4], c("NMF/T/TW2/3", "NMF/C/TW3/3"))
  expect_true(all(is.na(table$BIC[3:4])) && all(is.na(table$logLik[3:4])) && all(is.na(table$delta[3:4])))
  expect_match(table$status[3:4], "^error: .*positive")
  expect_named(fits(some), table$model)
  expect_identical(vapply(fits(some), is.null, NA), c(FALSE, FALSE, TRUE, TRUE), ignore_attr = "names")
  expect_output(print(some), "NMF/T/TW2/3")
})

test_that("when nothing can be fitted it is an error", {
  expect_error(quick_compare(brca21, "T/TW2/3"), class = "nmf_error_data")
  expect_error(quick_compare(-brca21, rank = 3), class = "nmf_error_data")
  expect_error(quick_compare(brca21, "T/Foo/3"), class = "nmf_error_model")
  expect_error(quick_compare(brca21), class = "nmf_error_rank")
  expect_error(quick_compare(brca21, rank = 22), class = "nmf_error_rank")
  expect_error(quick_compare(brca21, rank = 3, n_stars = 1), class = "nmf_error_argument")
  expect_error(quick_compare(brca21, rank = 3, df = "none"), class = "nmf_error_argument")
})

test_law("df counts parameters as asked", {
  models <- c("T/N", "T/Po", "T/TW1.5", "T/NB", "C/N", "C/Po", "C/TW1.5", "C/NB")
  # `df` is paper: + 1 for a Tweedie power or an alpha, given or not; identifiable: + 1 for what is estimated.
  extra <- list(
    paper = c(N = 0, Po = 0, TW1.5 = 1, NB = 1),
    identifiable = c(N = 1, Po = 0, TW1.5 = 1, NB = 1)  # sigma2, nothing, sigma2, alpha
  )
  for (convention in names(extra)) {
    table <- quick_compare(brca21, models, rank = 3, df = convention, max_iter = 5)$table
    for (model in models) {
      parts <- strsplit(model, "/")[[1]]
      structure <- if (parts[1] == "C") "convex" else "traditional"
      family <- c(N = "normal", Po = "poisson", TW1.5 = "tweedie", NB = "negbin")[[parts[2]]]
      expected <- reference_df(structure, 21, 96, 3, convention, extra[[convention]][[parts[2]]])
      expect_identical(table$df[table$structure == structure & table$family == family], expected)
    }
    expect_equal(table$BIC, table$df * log(21 * 96) - 2 * table$logLik, tolerance = 1e-14)
  }
  by_control <- quick_compare(brca21, "T/N/3", control = nmf_control(df = "identifiable"), max_iter = 5)
  expect_identical(by_control$table$df, 21 * 3 + 95 * 3 + 1)
})

test_that("data that are no counts are advised against once", {
  fractions <- brca21 + 0.25
  warnings <- capture_warnings_of(table <- quick_compare(fractions, c("T/Po/2", "T/NB45/2", "T/N/2", "C/Po/2"))$table)
  expect_length(warnings, 1)
  expect_s3_class(warnings[[1]], "nmf_warning_not_counts")
  # A probability of such cells does not exist, but that of the Normal density does.
  expect_identical(table$model[1], "NMF/T/N/2")
  expect_identical(is.na(table$BIC), c(FALSE, TRUE, TRUE, TRUE))
  expect_length(capture_warnings_of(quick_compare(fractions, c("T/N/2", "T/TW1.5/2"))), 0)
})

test_that("fits that are not converged say so in the table, not in warnings", {
  expect_no_warning(table <- quick_compare(brca21, c("T/Po/3", "T/N/3"), max_iter = 5)$table)
  expect_identical(table$status, c("max_iter", "max_iter"))
  expect_no_warning(table <- quick_compare(brca21, c("T/Po/3", "T/NB/3", "T/TW/3", "C/N/3"), time_limit = 0)$table)
  expect_identical(table$status, rep("time_limit", 4))
  expect_true(all(is.finite(table$BIC)))
})

test_that("the time limit is for each model", {
  # Together they would be beyond the limit that each of them has for itself.
  table <- quick_compare(liver, c("T/NB45/5", "T/NB30/5"), tol = 0, max_iter = 1e6, time_limit = 0.5)$table
  expect_identical(table$status, c("time_limit", "time_limit"))
  expect_true(all(table$seconds > 0.45))  # each one used its time
  expect_true(all(table$seconds < 5))     # half a second, and a busy machine
})

test_that("observations may be in columns", {
  turned <- quick_compare(unname(t(brca21)), c("T/Po", "C/Po"), rank = 2, obs = "columns")
  upright <- quick_compare(unname(brca21), c("T/Po", "C/Po"), rank = 2)
  expect_identical(turned$table$BIC, upright$table$BIC)
  expect_identical(dim(fitted(fits(turned)[[1]])), c(96L, 21L))
})

test_that("densities of mostly zero counts are not silently compared with probabilities", {
  V <- random_sparse(21, 30, 20)
  V[V < 4] <- 0
  expect_gt(mean(V == 0), 0.5)
  both <- quick_compare(V, c("T/Po/2", "T/N/2"))
  expect_output(print(both), "not comparable")
  counts <- quick_compare(V, c("T/Po/2", "T/NB5/2"))
  expect_no_match(paste(capture.output(print(counts)), collapse = " "), "not comparable")
  expect_no_match(paste(capture.output(print(all_eight)), collapse = " "), "not comparable")
})

test_that("some rows are a comparison of these, with their fits", {
  two <- all_eight[2:1]
  expect_identical(two$table$model, eight$model[2:1])
  expect_identical(fits(two), fits(all_eight)[2:1])
  expect_identical(all_eight[order(-eight$criterion), ]$fits, rev(fits(all_eight)))
  expect_identical(names(fits(all_eight[eight$family == "negbin"])), eight$model[eight$family == "negbin"])
  expect_output(print(two), eight$model[2], fixed = TRUE)
  expect_no_match(paste(capture.output(print(two)), collapse = " "), eight$model[3], fixed = TRUE)
})

test_that("rows of a comparison are picked by number, name or logical, and none is invented", {
  comparison <- compare_models(brca21, c("T/Po", "T/NB", "C/Po"), rank = 2, n_starts = 1, seed = 1, verbose = FALSE)
  name <- names(fits(comparison))[2]
  expect_identical(comparison[name]$table$model, name)
  expect_identical(names(fits(comparison[-1])), names(fits(comparison))[-1])
  wrong <- list(5, c(TRUE, NA, FALSE), logical(), "no such model", c(1, NA))
  for (i in wrong) expect_error(comparison[i], class = "nmf_error_argument")
  expect_error(comparison[1, "BIC"], class = "nmf_error_argument")
  expect_error(comparison[1, foo = 2], class = "nmf_error_argument")
  expect_error(compare_models(brca21, list(), rank = 2), class = "nmf_error_argument")
})

test_that("with an offset the default models are those that can have one, and others keep their row", {
  offset <- seq(1, 2, length.out = 96)
  all <- compare_models(brca21, rank = 2, offset = offset, n_starts = 1, seed = 1, verbose = FALSE)
  expect_setequal(all$table$structure, "traditional")
  some <- compare_models(brca21, c("T/Po", "C/N"), rank = 2, offset = offset, n_starts = 1, seed = 1, verbose = FALSE)
  expect_match(some$table$status[2], "traditional")
})

test_that("the criterion is that of the noise, above the two-way BIC of the best noise of each structure and rank", {
  models <- c("T/Po/2", "T/NB/2", "T/TW/2", "T/Po/3", "T/NB/3", "C/NB/2")
  x <- suppressMessages(quick_compare(brca21, models))
  poisson <- lapply(paste0("NMF/T/Po/", 2:3), function(model) fits(x)[[model]])
  noise <- vapply(fits(x), function(fit) {
    noise_criterion(fit, data_of(fit), if (fit$model$structure == "convex") fit else poisson[[fit$model$rank - 1]])
  }, 0)
  bic <- vapply(fits(x), two_way_bic, 0)
  group <- paste(x$table$structure, x$table$rank)
  for (one in unique(group)) {
    own <- group == one
    best <- which.min(ifelse(own, noise, Inf))
    expect_equal(x$table$criterion[own], unname(bic[best] + noise[own] - noise[best]))
  }
  expect_identical(order(x$table$criterion), 1:6)
  # Slight overdispersion, which BIC does not see.
  slight <- withr::with_seed(1, {
    mu <- matrix(rexp(60 * 3), 60) %*% matrix(rexp(3 * 40), 3) * 30
    matrix(rnbinom(length(mu), size = 150, mu = mu), 60)
  })
  x <- suppressMessages(quick_compare(slight, c("T/Po/3", "T/NB/3", "T/TW/3")))
  expect_identical(x$table$family[1], "negbin")
  # the same with a Poisson fit that was made on the way
  alone <- suppressMessages(quick_compare(slight, c("T/NB/3", "T/TW/3")))
  expect_equal(alone$table$delta[2], x$table$delta[x$table$family == "tweedie"])
  expect_identical(format(reference_of(fits(alone)[[1]], fits(alone), list())$model), format(fits(alone)[[1]]$model))
  # models that do not compare have none
  sizes <- suppressWarnings(quick_compare(brca21 + 0.5, c("T/N/2", "T/Po/2")))
  expect_identical(is.na(sizes$table$criterion), c(FALSE, TRUE))
  expect_identical(is.na(sizes$table$delta), c(FALSE, TRUE))
})
