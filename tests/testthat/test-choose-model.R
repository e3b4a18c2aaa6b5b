# The choice of model and rank at once.

signatures <- rbind(a = c(8, 6, 4, 2, 1, 0, 0, 0, 0, 1, 0, 0), b = c(0, 0, 0, 1, 6, 8, 5, 2, 0, 0, 1, 0),
                    c = c(1, 0, 0, 0, 0, 0, 1, 3, 7, 6, 5, 4))
signatures <- signatures / rowSums(signatures)
counts <- function(noise, seed = 3, N = 40, size = 300) {
  withr::with_seed(seed, {
    mu <- matrix(rexp(N * 3, 1 / size), N) %*% signatures
    matrix(if (noise == "Po") rpois(length(mu), mu) else rnbinom(length(mu), size = 8, mu = mu), N) + 0
  })
}
quick <- function(V, models = c("T/Po", "T/NB"), ranks = 2:4, ..., n_runs = 0, seed = 1) {
  choose_model(V, models, ranks, n_splits = 4, n_runs = n_runs, ..., seed = seed, verbose = FALSE)
}
poisson <- counts("Po")
choice <- quick(poisson, c("T/N", "T/Po", "T/NB", "C/Po"), n_runs = 4)

test_that("noise, structure and rank of easy cases are found", {
  expect_identical(format(choice$model), "NMF/T/Po/3")
  overdispersed <- suppressMessages(quick(counts("NB"), c("T/N", "T/Po", "T/TW", "T/NB")))
  expect_identical(overdispersed$models$model[1], "NMF/T/NB")
  expect_identical(overdispersed$models$rank[1], 3L)
  expect_match(format(overdispersed$model), "NB[0-9.]+/3$")
})

test_that("its parts say what they are", {
  expect_s3_class(choice, "nmf_choice")
  expect_s3_class(choice$fit, "nmf_fit")
  expect_true(choice$fit$converged)
  expect_identical(format(choice$fit$model), format(choice$model))
  expect_s3_class(choice$check, "nmf_check")
  expect_identical(choice$stability$component, rownames(choice$fit$H))
  expect_true(all(choice$stability$silhouette > 0.9))
  expect_identical(nrow(choice$table), 12L)
  expect_lt(choice$table$delta[choice$table$model == "NMF/T/Po" & choice$table$rank == 3], 1e-6)
  expect_setequal(choice$models$model, c("NMF/T/N", "NMF/T/Po", "NMF/T/NB", "NMF/C/Po"))
  expect_equal(update(choice$fit)$W, choice$fit$W)
  expect_null(quick(poisson)$stability)
  expect_match(choice$reasons[["stability"]], "stable: over 4 fits to resampled data their mean silhouette is 0.9")
  choice$stability$silhouette <- 0.4
  expect_false("stability" %in% names(reasons_of(choice)))
  expect_match(warnings_of(choice), "Unstable", all = FALSE)
})

test_that("held-out scores are those of select_rank(), BIC that of nmf(), as far as the race went", {
  ranks <- suppressMessages(select_rank(poisson, c("T/Po", "T/NB"), 2:4, "cells", n_splits = 4, seed = 1, tol = 1e-2,
                                        n_starts = 3, control = list(rel_tol = 1e-5), verbose = FALSE))
  x <- suppressMessages(quick(poisson))
  whole <- x$table$splits == 4
  expect_gte(sum(whole), 1)
  expect_equal(x$table$score[whole], ranks$table$score[whole])
  fit <- nmf(poisson, "T/Po/3", n_starts = 3, seed = 1, tol = 1e-2, control = list(rel_tol = 1e-5), verbose = FALSE)
  expect_equal(x$table$BIC[x$table$model == "NMF/T/Po" & x$table$rank == 3], BIC(fit))
})

test_that("the noise is that with the least adjusted criterion at each rank", {
  for (rank in 2:4) {
    own <- choice$table[choice$table$rank == rank & choice$table$model != "NMF/C/Po", ]
    expect_identical(own$model[own$candidate], own$model[which.min(own$noise)])
  }
  expect_true(all(choice$table$candidate[choice$table$model == "NMF/C/Po"]))
  fit <- nmf(poisson, "T/NB/3", n_starts = 3, seed = 1, tol = 1e-2, control = list(rel_tol = 1e-5), verbose = FALSE)
  negbin <- choice$table$model == "NMF/T/NB" & choice$table$rank == 3
  expect_equal(choice$table$noise[negbin], noise_criterion(fit, data_of(fit)))
  expect_match(choice$reasons[["noise"]], "NMF/T/Po has the least criterion")
})

test_that("what leaves the race is behind in most observations", {
  left <- choice$table[choice$table$splits < 4, ]
  expect_gte(nrow(left), 1)
  expect_true(all(left$delta > 0 | !left$candidate))
  expect_false("NMF/T/Po" %in% left$model[left$rank == 3])
  expect_true(is_above_zero(1:30))
  expect_false(is_above_zero(c(-1e3, 1:29 * (-1)^(1:29))))
  expect_false(is_above_zero(rep(0, 30)))
})

test_that("of what is near the best, the lowest BIC is chosen", {
  for (x in list(choice, suppressMessages(quick(counts("NB"))))) {
    within <- pmax(x$table$delta_se, 1 / length(poisson))
    near <- x$table[x$table$candidate & x$table$splits == 4 & x$table$delta <= within, ]
    best <- near[which.min(near$BIC), ]
    expect_identical(x$models[1, c("model", "rank")], best[c("model", "rank")], ignore_attr = TRUE)
  }
})

test_that("the seed decides, whatever the plan, and R's generator is left alone", {
  set.seed(4)
  before <- .Random.seed
  one <- suppressMessages(quick(poisson, ranks = 2:3, n_runs = 2))
  expect_identical(.Random.seed, before)
  local_workers()
  two <- suppressMessages(quick(poisson, ranks = 2:3, n_runs = 2))
  numbers <- c("table", "models", "reasons", "warnings", "stability", "near")
  expect_identical(two[numbers], one[numbers])
})

test_that("a checkpoint holds what was done", {
  file <- withr::local_tempfile(fileext = ".rds")
  one <- suppressMessages(quick(poisson, ranks = 2:3, checkpoint = file))
  kept <- length(readRDS(file)$values)
  expect_gte(kept, 4 + 2 * 4)
  two <- suppressMessages(quick(poisson, ranks = 2:4, checkpoint = file))
  expect_identical(two$table[two$table$rank == 2, "score"], one$table[one$table$rank == 2, "score"])
  expect_identical(suppressMessages(quick(poisson, ranks = 2:4))$table, two$table)
  expect_error(quick(poisson, checkpoint = file, seed = NULL), class = "nmf_error_argument", regexp = "seed")
})

test_that("missing cells are allowed", {
  gappy <- poisson
  gappy[withr::with_seed(5, sample(length(gappy), 30))] <- NA
  x <- suppressMessages(quick(gappy, c("T/N", "T/Po")))
  expect_identical(x$models$model[1], "NMF/T/Po")
  expect_identical(x$models$rank[1], 3L)
  expect_identical(x$fit$missing, which(is.na(gappy)))
})

test_that("densities are not chosen where most cells are zero", {
  V <- counts("Po", size = 2)
  x <- suppressMessages(suppressWarnings(quick(V, c("T/N", "T/TW", "T/Po"), ranks = 1:2)))
  expect_identical(x$models$model[1], "NMF/T/Po")
  expect_identical(x$table$candidate, rep(c(FALSE, FALSE, TRUE), each = 2))
  expect_identical(x$out, c(`NMF/T/N` = "density", `NMF/T/TW` = "density"))
  expect_match(x$warnings, "densities do not compare", all = FALSE)
})

test_that("warnings say what to mind", {
  x <- quick(poisson, "T/Po", ranks = 1:2)
  expect_match(x$warnings, "Rank 2 is the largest that was tried", all = FALSE)
  expect_match(x$warnings, "Poisson variance", all = FALSE)
  x <- quick(poisson, "T/Po", ranks = 3:4)
  expect_match(x$warnings, "Rank 3 is the smallest that was tried", all = FALSE)
  weak <- data.frame(component = c("c1", "c2"), silhouette = c(0.9, 0.3))
  expect_match(warn_stability(list(stability = weak, n_runs = 4)),
               "below 0.5: c2 (0.300)", fixed = TRUE)
  expect_null(warn_stability(list(stability = data.frame(component = "c1", silhouette = NA_real_), n_runs = 4)))
  weak$silhouette <- c(0.7, 0.5)  # unstable on average, but no single one
  expect_match(warn_stability(list(stability = weak, n_runs = 4)), "0.600.$")
  weak$silhouette <- c(1, 0.6)
  expect_null(warn_stability(list(stability = weak, n_runs = 4)))
  at_end <- function(rank, ranks, BIC = 1) {
    warn_end(list(models = data.frame(rank = rank), table = data.frame(rank = ranks, BIC = BIC)))
  }
  expect_null(at_end(1, 1:3))
  expect_null(at_end(2, 1:3))
  expect_null(at_end(2, 2))
  expect_match(at_end(2, 2:4), "Rank 2 is the smallest")
  expect_match(at_end(2, 1:2), "Rank 2 is the largest")
  expect_null(at_end(2, 1:4, c(1, 1, 1, NA)))  # the last one was not reached
})

test_that("a choice prints and draws itself", {
  text <- capture.output(print(choice))
  expect_match(text[1], "Recommended: NMF/T/Po/3")
  expect_true(all(c("Why", "Mind") %in% text))
  picture <- autoplot(choice)
  expect_s3_class(picture, "ggplot")
  expect_silent(ggplot2::ggplot_build(picture))
  expect_error(autoplot(choice, "bic"), class = "nmf_error_argument")
})

test_that("what is not valid is refused before any fit", {
  expect_error(choose_model(poisson, "T/Po/3"), class = "nmf_error_model", regexp = "models")
  expect_error(choose_model(poisson, character()), class = "nmf_error_argument", regexp = "models")
  expect_error(choose_model(poisson, ranks = 0:3), class = "nmf_error_rank")
  expect_error(choose_model(poisson, ranks = 13), class = "nmf_error_rank")
  expect_error(choose_model(poisson, n_splits = 1), class = "nmf_error_argument", regexp = "n_splits")
  expect_error(choose_model(poisson, n_runs = 1), class = "nmf_error_argument", regexp = "n_runs")
  expect_error(choose_model(-poisson), class = "nmf_error_data")
  expect_error(choose_model(poisson, n_start = 3), class = "nmf_error_argument", regexp = "n_start")
})

test_that("a single candidate is not said to be better than others", {
  choice <- choose_model(brca21, "T/Po", ranks = 3, n_starts = 1, n_splits = 2, n_runs = 0, seed = 1, verbose = FALSE)
  expect_match(choice$reasons[["held_out"]], "the only candidate")
  expect_false(any(c("rank", "BIC") %in% names(choice$reasons)))
})
