# The notation NMF/structure/family/rank.

test_law("what is written in full is read and written back unchanged", {
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

test_law("the notation may be short, spaced and in any case", {
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

test_law("words stand for letters, in any case, and a family alone is a traditional model", {
  same <- list(
    "NMF/T/N" = c("N", "normal", "Gaussian", "traditional/normal", "NMF/N", "tw0", "T/gaussian"),
    "NMF/T/Po" = c("Po", "poisson", "POISSON", " Poisson ", "T/Poisson", "tw1"),
    "NMF/T/TW" = c("tw", "tweedie", "Tweedie"),
    "NMF/T/TW1.5" = c("tw1.5", "tweedie1.5", "Tweedie 1.5", "tweedie 1.50"),
    "NMF/T/NB" = c("NB", "nb", "negbin", "NegBin", "negative binomial", "Negative  Binomial", "neg_bin"),
    "NMF/T/NB45.2/3" = c("traditional/NB45.2/3", "negbin 45.2/3", "T/negative binomial 45.2/3"),
    "NMF/T/NBobs" = c("nbobs", "negbin obs"),
    "NMF/T/NBInf" = c("nbinf", "negative binomial Inf"),
    "NMF/C/Po/4" = c("convex/poisson/4", "Convex/Po/4", "C/POISSON/4", "NMF/convex/po/4"),
    "NMF/CF/NB/2" = c("cf/negbin/2", "convex by features/NegBin/2"),
    "NMF/T/Po/3" = c("Po/3", "poisson/3", "traditional/poisson/3"),
    "NMF/T/Po/1000" = "T/Po/1e3"
  )
  for (full in names(same)) for (short in same[[full]]) expect_identical(format(nmf_model(short)), full)
  expect_identical(nmf_model("NegBin")$family$name, "negbin")
})

test_that("a family is a model", {
  expect_equal(nmf_model(nmf_poisson(), rank = 3), nmf_model("T/Po/3"), ignore_function_env = TRUE)
  expect_identical(format(nmf_model(nmf_tweedie(1.5))), "NMF/T/TW1.5")
  expect_identical(format(nmf_model(nmf_negbin(45), "convex", rank = 2)), "NMF/C/NB45/2")
  expect_identical(nmf_model(nmf_negbin(1:3))$family$alpha, c(1, 2, 3))
  fit <- function(...) nmf(brca21, ..., n_starts = 1, max_iter = 5, seed = 1, verbose = FALSE)
  of_family <- without_advice(fit(nmf_poisson(), rank = 3))
  expect_identical(of_family$W, without_advice(fit("T/Po/3"))$W)
  expect_identical(format(nmf_model(family = "negative binomial")), "NMF/T/NB")
  expect_error(nmf_model(family = "poison"), class = "nmf_error_model", regexp = "`family`.*\"poisson\"")
})

test_that("what is said twice must agree", {
  expect_identical(format(nmf_model("Po", "convex")), "NMF/C/Po")
  expect_identical(format(nmf_model("C/Po", structure = "convex")), "NMF/C/Po")
  expect_identical(format(nmf_model("CF/Po", structure = "convex")), "NMF/CF/Po")
  for (model in list("T/Po", nmf_model("T/Po"))) {
    expect_error(nmf_model(model, structure = "convex"), class = "nmf_error_model", regexp = "NMF/T/Po.*convex")
    expect_error(nmf_model(model, family = nmf_normal()), class = "nmf_error_model", regexp = "twice")
  }
})

test_law("the nearest right word is named, and only where it is near", {
  near <- c(
    "poison" = "poisson", "possion/3" = "poisson", "T/Poi/3" = "Po", "C/pois" = "poisson", "T/NBx" = "NB",
    "tweedy" = "tweedie", "T/guassian" = "gaussian", "T/norm/2" = "normal", "negativ binomial" = "negative binomial",
    "negbinom" = "negbin", "convx/Po/3" = "convex", "tradtional/Po" = "traditional", "T/poison1.5" = "poisson"
  )
  for (wrong in names(near)) {
    expect_error(nmf_model(wrong), class = "nmf_error_model",
                 regexp = paste0("the nearest is \"", near[[wrong]], "\""), fixed = TRUE)
  }
  for (far in c("X/Po/3", "T/Foo/3", "nonsense", "T/Beta/3", "T//3", "NMF")) {
    error <- expect_error(nmf_model(far), class = "nmf_error_model")
    expect_no_match(conditionMessage(error), "nearest")
  }
  expect_error(nmf_model("X/Po/3"), class = "nmf_error_model", regexp = "T, C or CF (traditional,", fixed = TRUE)
})

test_that("nearest() allows for a wrong letter in three and for a missing part", {
  choices <- c("n_starts", "max_iter", "tol", "seed")
  expect_identical(nearest("nstarts", choices), "n_starts")
  expect_identical(nearest("max_itr", choices), "max_iter")
  expect_identical(nearest("iter", choices), "max_iter")
  expect_identical(nearest("Seed", choices), "seed")
  expect_identical(nearest("seeds", choices), "seed")
  for (far in c("x", "alpha", "", "(tol)x[y]zw*")) expect_null(nearest(far, c("n_starts", "max_iter", "seed")))
  expect_null(nearest("tol", character()))
  # words are no patterns
  expect_null(nearest("xx+tolxx", "t.l"))
  expect_null(nearest("t.l", "extolled"))
  expect_identical(nearest("a.b", c("xxaxbxx", "xxa.bxx")), "xxa.bxx")
})

test_law("a missing model is asked for in the caller's words", {
  calls <- list(
    quote(nmf(brca21)), quote(nmf(brca21, rank = 3)), quote(nmf(brca21, NULL)), quote(nmf_model()),
    quote(nmf_model(rank = 3)), quote(find_consensus(brca21)), quote(select_rank(brca21))
  )
  for (call in calls) {
    error <- expect_error(eval(call), class = "nmf_error_model")
    expect_match(conditionMessage(error), "^`models?` is missing; give a notation such as \"NMF/T/Po/5\"")
    expect_identical(conditionCall(error)[[1]], call[[1]])
  }
})

test_law("a rank can be added but not changed, and a model passes through", {
  model <- nmf_model("T/Po/3")
  expect_identical(nmf_model(model), model)
  expect_identical(nmf_model("T/Po", rank = 5)$rank, 5L)
  for (same in list("T/Po/3", model)) expect_identical(nmf_model(same, rank = 3), nmf_model(same))
  for (other in list("T/Po/3", "poisson/3", model)) {
    error <- expect_error(nmf_model(other, rank = 5), class = "nmf_error_rank")
    expect_match(conditionMessage(error), "NMF/T/Po/3 has 3, but `rank` is 5", fixed = TRUE)
    expect_error(nmf(brca21, other, rank = 5), class = "nmf_error_rank", regexp = "twice")
  }
  for (rank in list(0, -1, 2.5, NA, Inf, "3", 1:2)) {
    expect_error(nmf_model("T/Po", rank = rank), class = "nmf_error_rank")
  }
})

test_law("models can be listed as notations, families, models and mixtures of them", {
  names <- c("NMF/T/Po/3", "NMF/C/NB/2", "NMF/T/N/3")
  mixed <- list("Po", "convex/negbin/2", nmf_normal())
  expect_named(as_models(mixed, 3), names)
  expect_named(as_models(list(c("Po", "C/NB/2"), nmf_model("T/N")), 3), names)
  expect_named(as_models(list(list("Po"), list("C/NB/2", nmf_normal())), 3), names)
  expect_named(as_models(c(a = "poisson", b = "C/NB/2", c = "normal"), 3), names)
  expect_named(as_models(factor("poisson"), 3), "NMF/T/Po/3")
  expect_named(as_models(nmf_poisson(), 3), "NMF/T/Po/3")
  expect_named(as_models(nmf_model("C/Po/4"), 4), "NMF/C/Po/4")
  expect_error(as_models(nmf_model("C/Po/4"), 3), class = "nmf_error_rank")
  expect_named(as_models(all_models()), names(all_models()))
  expect_error(as_models(list()), class = "nmf_error_argument")
  for (bad in list(3, list("Po", 3), list("Po", NULL), list("Po", character()), c("Po", "poison"), mean,
                   c(nmf_model("T/Po"), nmf_model("T/N")), c(nmf_poisson(), nmf_normal()), c("Po", nmf_normal()))) {
    expect_error(as_models(bad), class = "nmf_error_model")
  }
})

test_that("all_models() are the eight in their order", {
  expect_named(all_models(), paste0("NMF/", rep(c("T", "C"), each = 4), "/", c("N", "Po", "TW", "NB")))
  expect_named(all_models(5), paste0("NMF/", rep(c("T", "C"), each = 4), "/", c("N", "Po", "TW", "NB"), "/5"))
  for (model in all_models(5)) expect_s3_class(model, "nmf_model")
  expect_error(all_models(0), class = "nmf_error_rank")
})

test_law("what cannot be read is refused with the grammar", {
  bad <- c(
    "", "/", "T", "C", "convex", "NMF", "NMF/", "NMF/T", "Po/T", "Po/T/3", "X/Po", "X/Po/3", "T/Foo/3",
    "T/3", "3", "T/Po/3/4", "T//3", "T/Po5", "T/N1", "T/TWx",
    "T/TW0.5", "T/TW-1", "T/TWInf", "T/TW0x2", "T/NB0", "T/NB-3", "T/NBx", "T/Beta/3", "NMF/NMF/T/Po"
  )
  for (notation in bad) {
    error <- expect_error(nmf_model(notation), class = "nmf_error_model")
    expect_match(conditionMessage(error), "`model`", fixed = TRUE)
    expect_match(conditionMessage(error), "NMF/<T|C|CF>/<N|Po|TWp|NBalpha>/<rank>", fixed = TRUE)
  }
  for (notation in c("T/Po/0", "T/Po/-1", "T/Po/2.5", "T/Po/3.5", "T/Po/x", "T/Po/0x3", "T/Po/NA", "T/Po/1e10",
                     "T/Po/1e-3", "T/Po/Inf", "poisson/0", "Po/2.5")) {
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
