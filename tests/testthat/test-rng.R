# T14. What a seed promises.

V <- random_data(81)
model <- function() model_of("traditional", nmf_negbin(45))
fit_with <- function(...) {
  without_advice(nmf(V, model(), ..., max_iter = 30, verbose = FALSE))
}
same_bits <- function(a, b) {
  identical(a$W, b$W) && identical(a$H, b$H) && identical(a$starts, b$starts) &&
    identical(a$trace$objective, b$trace$objective)
}

test_that("the same seed gives the same bits, another seed others", {
  for (structure in c("traditional", "convex")) {
    fit <- function(seed) {
      without_advice(nmf(V, model_of(structure, nmf_poisson()),
        n_starts = 3, seed = seed, max_iter = 30, verbose = FALSE
      ))
    }
    expect_true(same_bits(fit(1), fit(1)))
    expect_false(isTRUE(all.equal(fit(1)$starts$objective, fit(2)$starts$objective)))
  }
})

test_that("a seed leaves .Random.seed untouched, whether it exists or not", {
  withr::with_preserve_seed({
    set.seed(5)
    before <- .Random.seed
    fit_with(seed = 1, n_starts = 2)
    expect_identical(.Random.seed, before)
    rm(".Random.seed", envir = globalenv())
    fit_with(seed = 1, n_starts = 2)
    expect_false(exists(".Random.seed", envir = globalenv(), inherits = FALSE))
  })
})

test_that("without a seed set.seed() controls and the generator advances", {
  withr::with_preserve_seed({
    set.seed(5)
    before <- .Random.seed
    first <- fit_with(n_starts = 2)
    expect_false(identical(.Random.seed, before))
    other <- fit_with(n_starts = 2)
    set.seed(5)
    again <- fit_with(n_starts = 2)
    expect_true(same_bits(first, again))
    expect_false(same_bits(first, other))
    # The fit records what repeats it.
    expect_true(same_bits(first, fit_with(n_starts = 2, seed = first$seed)))
  })
})

test_that("the fit does not depend on the generator in use, nor change it", {
  expected <- fit_with(seed = 1, n_starts = 2)
  kinds <- list(
    c("Wichmann-Hill", "Box-Muller", "Rejection"),
    c("L'Ecuyer-CMRG", "Inversion", "Rejection"),
    c("Mersenne-Twister", "Inversion", "Rounding")
  )
  for (kind in kinds) {
    withr::with_preserve_seed({
      old <- suppressWarnings(RNGkind(kind[1], kind[2], kind[3]))  # R warns of "Rounding"
      fit <- fit_with(seed = 1, n_starts = 2)
      current <- RNGkind()
      suppressWarnings(RNGkind(old[1], old[2], old[3]))
      expect_identical(current, kind)
      expect_true(same_bits(fit, expected))
    })
  }
})

test_that("a start is the same alone and in company", {
  six <- fit_with(seed = 1, n_starts = 6)
  three <- fit_with(seed = 1, n_starts = 3)
  expect_identical(nrow(six$starts), 6L)
  expect_identical(three$starts$objective, six$starts$objective[1:3])
  expect_identical(six$starts$start, 1:6)
  expect_length(unique(six$starts$objective), 6)  # six different starts
})

test_that("the best start is the one that is kept", {
  fit <- without_advice(nmf(V, model(), n_starts = 6, seed = 1, verbose = FALSE))
  # Polishing only lowers the objective, so the fit is at least as good as its best start.
  expect_lte(fit$objective, min(fit$starts$objective) * (1 + 1e-12))
})

test_that("more starts never end higher", {
  few <- fit_with(seed = 1, n_starts = 1)
  many <- fit_with(seed = 1, n_starts = 8)
  expect_lte(min(many$starts$objective), min(few$starts$objective))
})

test_that("a fit from given factors needs no random numbers", {
  withr::with_preserve_seed({
    set.seed(5)
    before <- .Random.seed
    init <- random_init(82, "traditional", V)
    first <- without_advice(nmf(V, model(), init = init, max_iter = 30, verbose = FALSE))
    set.seed(6)
    second <- without_advice(nmf(V, model(), init = init, max_iter = 30, seed = 9, verbose = FALSE))
    expect_identical(first$W, second$W)
  })
})
