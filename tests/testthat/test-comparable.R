quick_choice <- function(V, ...) {
  suppressMessages(suppressWarnings(
    choose_model(V, ..., n_starts = 1, n_splits = 2, n_runs = 0, seed = 1, verbose = FALSE)
  ))
}

normal_data <- with_seed(4, {
  means <- matrix(rgamma(40 * 2, 1), 40) %*% matrix(rgamma(2 * 20, 1), 2) * 5 + 3
  pmax(means + rnorm(length(means)), 0.1)
})

test_that("a likelihood of counts is compared for whole numbers only, a density only where most cells are positive", {
  families <- list(N = nmf_normal(), Po = nmf_poisson(), TW = nmf_tweedie(), NB = nmf_negbin())
  reasons <- function(V) out_of_comparison(families, read_source(V))
  expect_identical(reasons(brca21), c(N = "", Po = "", TW = "", NB = ""))
  expect_identical(reasons(normal_data), c(N = "", Po = "not counts", TW = "", NB = "not counts"))
  expect_identical(reasons(diag(6)), c(N = "density", Po = "", TW = "density", NB = ""))
  expect_identical(out_of_comparison(families[c("N", "TW")], read_source(diag(6))), c(N = "", TW = ""))
})

test_law("the choice does not depend on the unit of continuous data", {
  choices <- lapply(c(1, 1 / 128), function(unit) {
    quick_choice(normal_data * unit, c("T/N", "T/TW", "T/NB"), ranks = 1:3)
  })
  for (choice in choices) {
    expect_identical(choice$models$model[1], "NMF/T/N")
    expect_identical(choice$table$rank[1:3], 1:3)
    expect_identical(choice$out, c(`NMF/T/NB` = "not counts"))
    expect_true(all(is.na(choice$table[choice$table$model == "NMF/T/NB", c("score", "noise", "BIC")])))
    expect_match(choice$warnings, "NMF/T/NB could not be chosen", all = FALSE)
    expect_identical(choice$models$rank, choices[[1]]$models$rank)
    expect_equal(choice$table$delta, choices[[1]]$table$delta, tolerance = 1e-6)
  }
  expect_identical(fitted(choices[[2]]$fit) * 128, fitted(choices[[1]]$fit))
})

test_that("with zeros too, units do not change the choice, and powers of two not a bit of it", {
  means <- with_seed(5, matrix(rgamma(24 * 2, 1), 24) %*% matrix(rgamma(2 * 16, 1), 2) * 5)
  tweedie <- matrix(with_seed(5, mgcv::rTweedie(as.vector(means), 1.5, 1)), 24)
  censored <- pmax(means + with_seed(6, rnorm(length(means), sd = 3)), 0)
  expect_gt(min(sum(tweedie == 0), sum(censored == 0)), 0)
  for (V in list(tweedie, censored)) {
    units <- c(1, 2^40, if (identical(V, censored)) 100)
    choices <- lapply(units, function(unit) quick_choice(V * unit, c("T/N", "T/TW"), ranks = 1:2))
    expect_identical(fitted(choices[[2]]$fit) / 2^40, fitted(choices[[1]]$fit))
    for (choice in choices[-1]) {
      expect_identical(choice$models[c("model", "rank")], choices[[1]]$models[c("model", "rank")])
      expect_identical(choice$near, choices[[1]]$near)
      expect_equal(choice$table$delta, choices[[1]]$table$delta, tolerance = 1e-3)
    }
  }
})

test_that("a zero among continuous data has a probability under all noises", {
  V <- matrix(c(0, 2.5, 1, 0.5, 0, 3), 2)
  mu <- matrix(c(0.5, 2, 1, 1, 0.7, 2.5), 2)
  of <- function(unit) comparable_log_likelihood(V * unit, mu * unit, nmf_normal(), 0.3 * unit^2)
  zero <- V == 0
  expect_equal(of(1)[zero], pnorm(0, mu[zero], sqrt(0.3), log.p = TRUE))
  expect_equal(of(1)[!zero], dnorm(V[!zero], mu[!zero], sqrt(0.3), log = TRUE))
  expect_equal(of(8), of(1) - log(8) * as.vector(!zero))
  fit <- nmf(V, "T/N/1", n_starts = 1, seed = 1)
  data <- data_of(fit)
  expect_equal(gain_of_zeros(fit, data), sum((comparable_log_likelihood(V, fitted(fit), nmf_normal(), fit$sigma2) -
                                                dnorm(V, fitted(fit), sqrt(fit$sigma2), log = TRUE))[zero]))
  positive <- nmf(V + 0.5, "T/N/1", n_starts = 1, seed = 1)
  expect_identical(gain_of_zeros(positive, data_of(positive)), 0)
  weighted <- nmf(V, "T/N/1", n_starts = 1, seed = 1, cell_weights = matrix(2, 2, 3))
  expect_equal(gain_of_zeros(weighted, data_of(weighted)), 2 * gain_of_zeros(fit, data), tolerance = 1e-6)
  expect_identical(gain_of_zeros(nmf(V * 2, "T/N/1", n_starts = 1, seed = 1), read_source(round(V))), 0)
})

test_that("count models that nobody asked for are left out where they have no likelihood", {
  expect_message(compared <- compare_models(normal_data, rank = 2, n_starts = 1, max_iter = 20, seed = 1),
                 "NMF/T/Po/2, NMF/T/NB/2, NMF/C/Po/2, NMF/C/NB/2 have no likelihood")
  expect_setequal(compared$table$family, c("normal", "tweedie"))
  asked <- suppressWarnings(compare_models(normal_data, c("T/Po", "T/N"), rank = 2, n_starts = 1, seed = 1))
  expect_identical(asked$table$model, c("NMF/T/N/2", "NMF/T/Po/2"))
  expect_identical(asked$table$delta, c(0, NA))
  expect_output(print(asked), "not made of counts")
})

test_that("ranks of one count family are chosen by deviance, two families are refused", {
  choice <- quick_choice(normal_data, "T/Po", ranks = 1:3)
  expect_output(print(choice), "half the deviance per cell")
  expect_match(choice$warnings, "the deviance decided", all = FALSE)
  expect_false(any(grepl("BIC", choice$reasons)))
  expect_error(quick_choice(normal_data, c("T/Po", "T/NB"), ranks = 1:3), "no likelihood", class = "nmf_error_data")
  ranks <- suppressWarnings(select_rank(normal_data, c("T/N", "T/Po"), ranks = 1:2, n_splits = 2, seed = 1))
  expect_match(ranks$reason[["NMF/T/Po"]], "half the deviance")
  expect_no_match(ranks$reason[["NMF/T/N"]], "deviance")
  # Half the deviance of the held-out cells, by observation.
  problem <- suppressWarnings(prepare(normal_data, nmf_model("T/Po/2")))
  plan <- rank_plan(list(problem), settings_from(seed = 1, models = list()), 2L, rank_cells(), 2L, "1se", list())
  plan$models <- list(P = plan$models[[1]])
  one <- work_cells(list(model = "P", rank = 2L, split = 1L), plan)
  held <- held_out_cells(1L, plan)
  fit <- fit_task(without(plan$data, held), plan$models$P, list(rank = 2L, split = 1L), plan)
  mu <- (fit$W %*% fit$H)[held]
  v <- normal_data[held]
  expect_equal(one$score, as.vector(tapply(v * log(v / mu) - v + mu, row(normal_data)[held], mean)), tolerance = 1e-8)
})

test_that("models that cannot be compared come last", {
  V <- with_seed(1, matrix(rpois(600, 0.3), 30))
  V <- V[rowSums(V) > 0, colSums(V) > 0]
  compared <- compare_models(V / 1, c("T/N", "T/Po", "T/NB5"), rank = 1, n_starts = 1, seed = 1)
  expect_identical(tail(compared$table$family, 1), "normal")
  expect_identical(is.na(compared$table$delta), c(FALSE, FALSE, TRUE))
})

test_that("missing cells do not make zeros the minority", {
  V <- with_seed(1, matrix(rpois(400, 0.3), 20)) + diag(20)
  V[with_seed(2, sample(400, 240))] <- NA
  diag(V) <- 1
  for (as in list(identity, as_sparse)) expect_true(is_mostly_zero(read_source(as(V), "rows")))
  expect_false(is_mostly_zero(read_source(replace(V, which(V == 0), 2), "rows")))
})
