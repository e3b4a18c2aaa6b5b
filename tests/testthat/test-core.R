# The core refuses what it does not know, whatever R let through.

ask <- function(family = nmf_poisson(), structure = "T", solver = "mm", penalties = NULL, V = random_data(1),
                start = random_init(2, "traditional", random_data(1)), fixed = list(nothing, nothing), ...) {
  family <- if (inherits(family, "nmf_family")) core_family(family, nrow(V)) else family
  solver <- list(name = solver, extrapolate = FALSE, inner = 1L, parametrisation = "abs", learning_rate = 0.1,
                 decay = 0.1, epochs = 2, batch = 100, ...)
  solver <- solver[!duplicated(names(solver), fromLast = TRUE)]
  fit_cpp(list(values = V), family, structure, start, c(fixed, list(penalties)), solver, 2, 0, 0, Inf, 1L, FALSE)
}
encoder_start <- function() {
  init <- random_init(2, "convex", random_data(1))
  list(t(init$D), init$E)
}

test_that("unknown names are errors", {
  expect_no_error(ask())
  expect_error(ask(list(name = "posson")), "family 'posson'")
  expect_error(ask(structure = "convex"), "structure 'convex'")
  expect_error(ask(solver = "newton"), "solver 'newton'")
  expect_error(ask(penalties = list(list(kind = "dirichlet", block = 3L, value = matrix(1, K, M)))), "block 1 or 2")
  expect_error(ask(penalties = list(list(kind = "l3", block = 2L, value = matrix(1, K, M)))), "penalty 'l3'")
  expect_error(ask(structure = "C", start = encoder_start(), solver = "adam", parametrisation = "exp"),
               "parametrisation 'exp'")
  expect_error(half_deviance_cpp(1, 1, list(name = "posson")), "family 'posson'")
  expect_error(pearson_cpp(list(values = random_data(1)), list(name = "posson"), matrix(1, N, 1), matrix(1, 1, M), 1L),
               "family 'posson'")
})

test_that("a solver refuses a model that is not its own", {
  expect_error(ask(nmf_negbin(45), solver = "em"), "em")
  expect_error(ask(nmf_normal(), solver = "em"), "em")
  expect_error(ask(structure = "C", start = encoder_start(), solver = "em"), "em")
  expect_error(ask(solver = "adam"), "adam")
})

test_that("blocks, masks and penalties of another shape are errors", {
  expect_error(ask(start = encoder_start()), "shapes")
  expect_error(ask(structure = "CF"), "shapes")
  expect_error(ask(fixed = list(matrix(1, 2, 2), nothing)), "like their block")
  expect_error(ask(penalties = list(list(kind = "dirichlet", block = 1L, value = matrix(1, K, M)))), "like their block")
  expect_error(fit_cpp(list(values = random_data(1), weights = 1), core_family(nmf_poisson(), N), "T",
                       random_init(2, "traditional", random_data(1)), list(nothing, nothing, NULL),
                       list(name = "mm", extrapolate = FALSE, inner = 1L), 2, 0, 0, Inf, 1L, FALSE), "like the stored")
})
