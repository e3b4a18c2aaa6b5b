# The notation NMF/structure/family/rank.

test_that("what is written in full is read and written back unchanged", {
  notations <- c(
    "NMF/T/N/1", "NMF/T/N", "NMF/C/N/12", "NMF/T/Po/3", "NMF/C/Po", "NMF/T/TW", "NMF/C/TW/5", "NMF/T/TW1.5/3",
    "NMF/T/TW1.02", "NMF/C/TW2/3", "NMF/T/TW2.5/3", "NMF/C/TW3", "NMF/T/NB", "NMF/C/NB/5", "NMF/C/NB36.44/5",
    "NMF/T/NB12345.678/2", "NMF/T/NB0.001", "NMF/T/NB1e-08/2", "NMF/T/NBInf/2", "NMF/T/NBobs/4", "NMF/C/NBobs"
  )
  for (notation in notations) expect_identical(format(nmf_model(notation)), notation)
})

test_that("every number of up to 15 digits survives", {
  for (value in c(1 / 3, pi, 1.0000000001, 1.99999999999, 123456.789012345)) {
    text <- format(value, digits = 15)
    expect_identical(format(nmf_model(paste0("NMF/T/NB", text, "/2"))), paste0("NMF/T/NB", text, "/2"))
    if (value >= 1 && value < 2) expect_identical(nmf_model(paste0("T/TW", text))$family$power, as.numeric(text))
  }
})

test_that("the notation may be short, spaced and in any case", {
  same <- list(
    "NMF/T/Po/3" = c("T/Po/3", "t/po/3", "nmf/t/PO/3", " NMF / T / Po / 3 ", "NMF/T/po/3", "T/Po/3.0", "T/Po/03"),
    "NMF/C/TW" = c("C/TW", "c/tw", "NMF/c/Tw"),
    "NMF/C/NB36.44/5" = c("C/NB36.44/5", "c/nb36.440/5", "c/nb3.644e1/5"),
    "NMF/T/NBobs/4" = c("T/NBobs/4", "t/nbOBS/4"),
    "NMF/T/N" = c("T/TW0", "T/TW0.0"),
    "NMF/T/Po/2" = c("T/TW1/2", "T/TW1.0/2")
  )
  for (full in names(same)) for (short in same[[full]]) {
    expect_identical(format(nmf_model(short)), full)
  }
})

test_that("the parts say what the notation says", {
  model <- nmf_model("C/NB36.44/5")
  expect_s3_class(model, "nmf_model")
  expect_identical(model$structure, "convex")
  expect_identical(model$family$name, "negbin")
  expect_identical(model$family$alpha, 36.44)
  expect_identical(model$rank, 5L)
  expect_identical(nmf_model("T/NBobs/4")$family$alpha, "observation")
  open <- nmf_model("T/TW")
  expect_identical(open$structure, "traditional")
  expect_null(open$family$power)
  expect_null(open$rank)
})

test_that("the notation and its parts make the same model", {
  parts <- list(
    "T/N" = nmf_model(family = nmf_normal()),
    "T/Po/3" = nmf_model(structure = "traditional", family = nmf_poisson(), rank = 3),
    "C/TW1.5" = nmf_model(structure = "convex", family = nmf_tweedie(1.5)),
    "C/NB/5" = nmf_model(structure = "convex", family = nmf_negbin(), rank = 5),
    "T/NBobs" = nmf_model(family = nmf_negbin("observation"))
  )
  # Functions made in two calls differ in their environments only.
  for (notation in names(parts)) expect_equal(parts[[notation]], nmf_model(notation), ignore_function_env = TRUE)
})

test_that("a rank can be added or changed, and a model passes through", {
  model <- nmf_model("T/Po/3")
  expect_identical(nmf_model(model), model)
  expect_identical(nmf_model(model, rank = 5)$rank, 5L)
  expect_identical(nmf_model("T/Po", rank = 5)$rank, 5L)
  for (rank in list(0, -1, 2.5, NA, Inf, "3", 1:2)) {
    expect_error(nmf_model("T/Po", rank = rank), class = "nmf_error_rank")
  }
})

test_that("all_models() are the eight in their order", {
  expect_named(all_models(), paste0("NMF/", rep(c("T", "C"), each = 4), "/", c("N", "Po", "TW", "NB")))
  expect_named(all_models(5), paste0("NMF/", rep(c("T", "C"), each = 4), "/", c("N", "Po", "TW", "NB"), "/5"))
  for (model in all_models(5)) expect_s3_class(model, "nmf_model")
  expect_error(all_models(0), class = "nmf_error_rank")
})

test_that("what cannot be read is refused with the grammar", {
  bad <- c(
    "", "/", "T", "NMF", "NMF/", "NMF/T", "Po/T", "X/Po", "T/Foo/3", "T/Po/3/4", "T//3", "T/Po5", "T/N1", "T/TWx",
    "T/TW0.5", "T/TW-1", "T/TWInf", "T/NB0", "T/NB-3", "T/NBx", "T/Beta/3", "NMF/NMF/T/Po"
  )
  for (notation in bad) {
    error <- expect_error(nmf_model(notation), class = "nmf_error_model")
    expect_match(conditionMessage(error), "`model`", fixed = TRUE)
    expect_match(conditionMessage(error), "NMF/<T|C|CF>/<N|Po|TWp|NBalpha>/<rank>", fixed = TRUE)
  }
  for (notation in c("T/Po/0", "T/Po/-1", "T/Po/2.5", "T/Po/x", "T/Po/1e10", "T/Po/Inf")) {
    error <- expect_error(nmf_model(notation), class = "nmf_error_rank")
    expect_match(conditionMessage(error), "NMF/<T|C|CF>/<N|Po|TWp|NBalpha>/<rank>", fixed = TRUE)
  }
})

test_that("what is no notation and no model is refused", {
  for (bad in list(3, NA, NA_character_, character(), c("T/Po", "T/N"), list(), mean, stats::poisson())) {
    expect_error(nmf_model(bad), class = "nmf_error_model")
  }
  expect_error(nmf_model(), class = "nmf_error_model")
  expect_error(nmf_model(structure = "convex"), class = "nmf_error_model")
  expect_error(nmf_model(structure = "semi", family = nmf_poisson()), class = "nmf_error_model")
  expect_error(nmf_model(family = stats::poisson()), class = "nmf_error_model")
})

test_that("an estimate is shown to four digits, a given parameter as it was given", {
  fit <- nmf(brca21, "T/NB/3", n_starts = 1, seed = 1, verbose = FALSE)
  alpha <- fit$model$family$alpha
  expect_identical(format(fit$model), paste0("NMF/T/NB", signif(alpha, 4), "/3"))
  expect_false(isTRUE(all.equal(alpha, signif(alpha, 4), tolerance = 1e-9)))  # or the line above says nothing
  expect_identical(format(nmf_model("T/NB36.441234/3")), "NMF/T/NB36.441234/3")
})
