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
  overdispersed <- suppressMessages(quick(counts("NB", N = 80), c("T/N", "T/Po", "T/TW", "T/NB"), ranks = 3:4))
  expect_identical(overdispersed$models$model[1], "NMF/T/NB")
  expect_identical(overdispersed$models$rank[1], 3L)
  expect_match(format(overdispersed$model), "NB[0-9.]+/3$")
})

test_law("its parts say what they are", {
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
                                        n_starts = 3, control = list(rel_tol = 1e-5, alpha_tol = 5e-2),
                                        verbose = FALSE))
  x <- suppressMessages(quick(poisson))
  whole <- x$table$splits == 4
  expect_gte(sum(whole), 1)
  expect_equal(x$table$score[whole], ranks$table$score[whole])
  fit <- nmf(poisson, "T/Po/3", n_starts = 3, seed = 1, tol = 1e-2, control = list(rel_tol = 1e-5), verbose = FALSE)
  expect_equal(x$table$BIC[x$table$model == "NMF/T/Po" & x$table$rank == 3], BIC(fit))
})

test_that("a convex model has the noise of the traditional one, where all of its noises were fitted", {
  noise <- c("T/Po/2" = 10, "T/NB/2" = 12, "C/Po/2" = 30, "C/NB/2" = 20, "C/Po/3" = 30, "C/NB/3" = 20, "T/Po/3" = 10)
  plan <- list(models = lapply(c(a = "T/Po", b = "T/NB", c = "C/Po", d = "C/NB"), nmf_model))
  names(plan$models) <- vapply(plan$models, function(model) format(model), "")
  plan$out <- vapply(plan$models, function(model) "", "")
  plan$pairs <- data.frame(model = paste0("NMF/", dirname(names(noise))), rank = as.integer(basename(names(noise))))
  full <- lapply(noise, function(value) list(noise = value))
  names(full) <- paste0("NMF/", names(noise))
  expect_identical(names(noise)[has_best_noise(full, plan)], c("T/Po/2", "C/Po/2", "C/NB/3", "T/Po/3"))
})

test_that("the noise is that with the least adjusted criterion at each rank", {
  for (rank in 2:4) {
    own <- choice$table[choice$table$rank == rank & choice$table$model != "NMF/C/Po", ]
    expect_identical(own$model[own$candidate], own$model[which.min(own$noise)])
  }
  expect_true(all(choice$table$candidate[choice$table$model == "NMF/C/Po"]))
  fit <- nmf(poisson, "T/NB/3", n_starts = 3, seed = 1, tol = 1e-2, control = list(rel_tol = 1e-5, alpha_tol = 5e-2),
             verbose = FALSE)
  negbin <- choice$table$model == "NMF/T/NB" & choice$table$rank == 3
  from <- nmf(poisson, "T/Po/3", n_starts = 3, seed = 1, tol = 1e-2, control = list(rel_tol = 1e-5), verbose = FALSE)
  expect_equal(choice$table$noise[negbin], noise_criterion(fit, data_of(fit), from))
  expect_match(choice$reasons[["noise"]], "NMF/T/Po has the least criterion")
})

test_that("what leaves the race is behind in most observations", {
  left <- choice$table[choice$table$splits < 4, ]
  expect_gte(nrow(left), 1)
  expect_true(all(left$delta > 0 | is.na(left$delta) | !left$candidate))
  expect_false("NMF/T/Po" %in% left$model[left$rank == 3])
  expect_true(is_above_zero(1:30))
  expect_false(is_above_zero(c(-1e3, 1:29 * (-1)^(1:29))))
  expect_false(is_above_zero(rep(0, 30)))
})

test_that("of what is near the best, the lowest two-way BIC is chosen", {
  for (x in list(choice, suppressMessages(quick(counts("NB"))))) {
    within <- pmax(2 * x$table$delta_se, 1 / length(poisson))
    near <- x$table[x$table$candidate & x$table$splits == 4 & x$table$delta <= within, ]
    best <- near[which.min(near$BIC2), ]
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
  expect_null(stability_line(list(stability = data.frame(component = "c1", silhouette = NA_real_), n_runs = 4)))
  weak$silhouette <- c(0.7, 0.5)  # unstable on average, but no single one
  expect_match(warn_stability(list(stability = weak, n_runs = 4)), "0.600.$")
  weak$silhouette <- c(1, 0.6)
  expect_null(warn_stability(list(stability = weak, n_runs = 4)))
  at_end <- function(rank, ranks, BIC = 1) {
    table <- data.frame(model = "a", rank = ranks, BIC = BIC)
    warn_end(list(models = data.frame(model = "a", rank = rank), table = table))
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

test_that("counts of runs and splits have a largest value", {
  for (n in c(1e6 + 1, 1.5e6)) {
    expect_error(choose_model(poisson, n_runs = n), class = "nmf_error_argument", regexp = "n_runs")
    expect_error(choose_model(poisson, n_splits = n), class = "nmf_error_argument", regexp = "n_splits")
  }
})

test_that("ranks that are near are said to be", {
  of <- function(near, BIC2 = 1) {
    table <- data.frame(model = "NMF/T/Po", rank = 2:4, delta = c(0.1, 0, 0.1))
    reason_of_rank(list(models = data.frame(model = "NMF/T/Po", rank = 3L, BIC2 = BIC2), table = table, near = near))
  }
  expect_match(of(3L), "No other rank .* of rank 3")
  expect_match(of(integer()), "No other rank")
  expect_match(of(2:3), "Of its ranks 2, 3, .* rank 3 has the lowest two-way BIC")
  expect_match(of(2:3, NA), "is the smallest")
})

test_law("ranks grow until the best is inside by two, then the gaps about it are filled", {
  # Scores that are least at `best`; every model that is still in the race goes on.
  grown <- function(best, largest = 40L, models = "a", apart = 1, wide = 0, bic = NA) {
    plan <- list(models = list(a = nmf_model("T/Po"), b = nmf_model("C/Po"))[models], ranks = 1:6, n_splits = 2L,
                 largest = largest, out = c(a = "", b = ""), data = new_source(matrix(1, 3, 2)))
    values <- list()
    repeat {
      pairs <- all_pairs(plan)
      plan$noise <- rep(TRUE, nrow(pairs))
      for (i in seq_len(nrow(pairs))) for (split in 1:2) {
        score <- abs(pairs$rank[i] - best) + apart * (pairs$model[i] != models[1])
        values[[paste(full_key(pairs$model[i], pairs$rank[i]), "split", split)]] <-
          list(observation = 1:3, score = score + wide * score * c(-1, 0, 1), converged = TRUE)
      }
      full <- lapply(pairs$rank, function(rank) list(BIC2 = abs(rank - bic)))
      more <- next_pairs(plan, stats::setNames(full, full_key(pairs$model, pairs$rank)), values)
      if (!nrow(more)) return(pairs)
      plan$pairs <- rbind(pairs, more)
    }
  }
  expect_identical(grown(1)$rank, 1:6)
  expect_identical(grown(4)$rank, 1:6)
  expect_identical(sort(grown(5)$rank), c(1:6, 8:9))
  expect_identical(sort(grown(6)$rank), 1:9)
  expect_true(all(11:14 %in% grown(12)$rank))
  expect_lt(nrow(grown(12)), 16)
  expect_identical(max(grown(30)$rank), 40L)
  expect_true(all(29:31 %in% grown(30)$rank))
  expect_identical(max(grown(99)$rank), 40L)
  expect_identical(sort(grown(99, 7L)$rank), 1:7)
  two <- grown(8, models = c("a", "b"))
  expect_identical(sort(two$rank[two$model == "a"]), sort(grown(8)$rank))
  expect_identical(two$rank[two$model == "b"], 1:6)       # one above: another structure goes on only when it is near
  level <- grown(5, models = c("a", "b"), apart = 0)
  expect_identical(sort(level$rank[level$model == "a"]), sort(level$rank[level$model == "b"]))
  # where held-out cells hardly tell, the one that two-way BIC would choose has to be inside as well
  expect_true(all(11:13 %in% grown(3, wide = 9, bic = 12)$rank))
  expect_identical(sort(grown(3, bic = 12)$rank), 1:6)
})

test_that("ranks at which the leading model has not the best noise are not asked for again", {
  plan <- list(models = list(a = nmf_model("T/Po"), b = nmf_model("T/NB")), ranks = 1:6, n_splits = 2L, largest = 12L,
               out = c(a = "", b = ""), data = new_source(matrix(1, 3, 2)))
  values <- list()
  for (round in 1:20) {
    pairs <- all_pairs(plan)
    expect_false(anyDuplicated(pairs) > 0)
    plan$noise <- (pairs$model == "a") == (pairs$rank %in% c(2, 5, 8, 10))
    for (i in seq_len(nrow(pairs))) for (split in 1:2) {
      values[[paste(full_key(pairs$model[i], pairs$rank[i]), "split", split)]] <-
        list(observation = 1:3, score = rep(abs(pairs$rank[i] - 8), 3), converged = TRUE)
    }
    more <- next_pairs(plan, list(), values)
    if (!nrow(more)) break
    plan$pairs <- rbind(pairs, more)
  }
  expect_lt(round, 8)
  expect_true(all(7:9 %in% pairs$rank))
  # a family that had not the best noise at small ranks may have it at larger ones
  expect_setequal(pairs$model[pairs$rank == 8], c("a", "b"))
})

# Scores of 40 observations in six splits: `level` by model and rank, and differences with this standard deviation.
raced <- function(level, sd, lead = c("a/2", "b/2"), shown = lead) {
  plan <- list(models = list(a = nmf_model("T/Po"), b = nmf_model("C/Po")), ranks = 1:3, n_splits = 6L,
               out = c(a = "", b = ""), noise = rep(TRUE, 6), data = new_source(matrix(1, 40, 2)))
  pairs <- all_pairs(plan)
  plan$lead <- full_key(pairs$model, pairs$rank) %in% lead
  plan$shown <- full_key(pairs$model, pairs$rank) %in% shown
  asked <- character()
  run <- function(tasks, label) {
    asked <<- c(asked, names(tasks))
    lapply(tasks, function(task) {
      key <- full_key(task$model, task$rank)
      list(observation = 1:40, score = level[[key]] + sd[[key]] * scale(1:40)[, 1], converged = TRUE)
    })
  }
  values <- race(plan, run)
  expect_false(anyDuplicated(asked) > 0)
  # what is there already is not done again
  expect_identical(race(plan, function(tasks, label) stop("asked again"), values), values)
  splits_done(pairs, names(values), plan)
}

test_that("ranks of the structure that leads stay unless their mean is 4 standard errors above", {
  level <- c("a/1" = 3, "a/2" = 1, "a/3" = 2, "b/1" = 4, "b/2" = 1.5, "b/3" = 2)
  sd <- c("a/1" = 0.1, "a/2" = 0, "a/3" = 2, "b/1" = 1, "b/2" = 0.1, "b/3" = 1)
  expect_identical(raced(level, sd), c(2L, 6L, 6L, 0L, 2L, 0L))     # 1 / (2 / sqrt(40)) = 3.2
  sd[["a/3"]] <- 1
  expect_identical(raced(level, sd), c(2L, 6L, 2L, 0L, 2L, 0L))
  expect_identical(raced(level, sd, shown = c("a/2", "b/3")), c(2L, 6L, 2L, 0L, 2L, 2L))
})

test_that("ranks of another structure are tried when its candidate is near", {
  level <- c("a/1" = 3, "a/2" = 1, "a/3" = 2, "b/1" = 1.05, "b/2" = 1.05, "b/3" = 9)
  sd <- c("a/1" = 0.1, "a/2" = 0, "a/3" = 0.1, "b/1" = 1, "b/2" = 1, "b/3" = 0.1)
  expect_identical(raced(level, sd), c(2L, 6L, 2L, 6L, 6L, 2L))
  level[["b/2"]] <- 1.45  # 2.8 standard errors: it stays, and is not near
  expect_identical(raced(level, sd), c(2L, 6L, 2L, 0L, 6L, 0L))
})

test_that("two-way BIC charges for what informs each parameter", {
  fit <- nmf(brca21, "T/NB/3", n_starts = 2, seed = 1, verbose = FALSE)
  expect_equal(two_way_bic(fit, data_of(fit)), -2 * fit$logLik + 3 * 21 * log(96) + 3 * 96 * log(21) + log(21 * 96))
  own <- suppressMessages(nmf(brca21, "T/NBobs/3", n_starts = 2, seed = 1, verbose = FALSE))
  expect_equal(two_way_bic(own, data_of(own)), -2 * own$logLik + 3 * 21 * log(96) + 3 * 96 * log(21) + 21 * log(96))
  normal <- nmf(brca21, "T/N/3", n_starts = 2, seed = 1, verbose = FALSE)
  expect_equal(two_way_bic(normal, data_of(normal)),
               -2 * normal$logLik + 3 * 21 * log(96) + 3 * 96 * log(21) + log(21 * 96))
  convex <- nmf(brca21, "C/Po/3", n_starts = 2, seed = 1, verbose = FALSE)
  expect_equal(two_way_bic(convex, data_of(convex)), -2 * convex$logLik + 3 * 21 * log(96) + 3 * 96 * log(21))
})

test_that("a convex model is charged for about what it uses", {
  # Generalised degrees of freedom (Ye 1998): sum of d mu / d v over the cells, from refits to data that are moved a
  # little. Those of a traditional model are the sum of its leverages.
  V <- withr::with_seed(1, {
    mu <- matrix(rgamma(20 * 2, 1), 20) %*% matrix(rgamma(2 * 50, 1), 2)
    matrix(rpois(1000, 1 + 60 * mu / mean(mu)), 20) + 0
  })
  used <- function(fit) {
    mu <- fitted(fit)
    of <- function(seed) {
      move <- withr::with_seed(seed, 0.02 * sqrt(mu) * rnorm(length(V)))
      move[V < 1] <- 0
      moved <- without_advice(nmf(V + move, fit$model, init = fit, tol = 1e-5, verbose = FALSE))
      sum(move * (fitted(moved) - mu) / mu) / sum(move^2 / mu) * length(V)
    }
    mean(suppressWarnings(vapply(1:4, of, 0)))
  }
  fit <- nmf(V, "C/Po/2", n_starts = 3, seed = 1, tol = 1e-5, verbose = FALSE)
  charged <- parameters_of_means(fit)[["components"]]
  expect_identical(charged, 100L)
  expect_equal(used(fit), sum(hatvalues(fit)) + 50 * sum(fit$D * t(fit$E)), tolerance = 0.1)
  expect_equal(used(fit), 20 * 2 + charged - 4, tolerance = 0.15)
  expect_equal(used(nmf(V, "T/Po/2", n_starts = 3, seed = 1, verbose = FALSE)), 2 * (20 + 50 - 2), tolerance = 0.1)
})

test_that("shares are those of choices by resampled observations", {
  set.seed(1)
  # b is better by one standard error; a has the lower two-way BIC and is near unless that is two or more
  units <- cbind(a = rnorm(50), b = 0)
  units[, "a"] <- scale(units[, "a"]) + sqrt(1 / 50)
  expect_identical(choice_among(units, c("x", "x"), c(1, 2), 1e6), 1L)
  expect_identical(choice_among(units, c("x", "x"), c(2, 1), 1e6), 2L)
  shares <- shares_of_choices(units, c("x", "x"), c(1, 2), 1e6, seed = 1L)
  expect_equal(sum(shares), 1)
  expect_lt(abs(shares[1] - pnorm(1)), 0.1)              # the mean of a resample is 1 + N(0, 1) standard errors above
  units[, "a"] <- units[, "a"] + 4 * sqrt(1 / 50)
  expect_identical(choice_among(units, c("x", "x"), c(1, 2), 1e6), 2L)
  expect_equal(shares_of_choices(units, c("x", "x"), c(1, 2), 1e6, seed = 1L), c(0, 1), tolerance = 0.02)
  expect_equal(sum(choice$table$share, na.rm = TRUE), 1)
  expect_identical(names(shares_of(choice))[1], "NMF/T/Po/3")
  expect_match(capture.output(print(choice)), "Chosen when observations are resampled: NMF/T/Po/3 100%", all = FALSE)
})

test_that("the advice is one line", {
  expect_match(choice$advice, "^Use NMF/T/Po/3 \\(rank 3 is chosen in 100% of resamplings\\).*[.]$")
  expect_no_match(choice$advice, "stable|try more")
  choice$stability$silhouette[2:3] <- 0.4
  choice$near <- c(3L, 4L)
  expect_match(advice_of(choice),
               "report ranks 3 to 4, which predict held-out cells alike; look at k2, k3, which are not")
  choice$near <- c(3L, 5L)
  expect_match(advice_of(choice), "report ranks 3, 5, which predict held-out cells alike")
  choice$models$rank[1] <- 4L
  expect_match(advice_of(choice), "try more ranks")
})

test_that("the winner is fitted with care, and its reasons name the others", {
  expect_identical(choice$fit$settings[c("n_starts", "tol")], list(n_starts = 10L, tol = 1e-6))
  expect_match(choice$reasons[["held_out"]], "^NMF/T/Po/3 predicts held-out cells")
  others <- choice$models$model[-1]
  others <- others[choice$models$delta[-1] > 0 & !(choice$models$near & choice$models$candidate)[-1]]
  for (model in others) expect_match(choice$reasons[["held_out"]], paste0(model, "/"), fixed = TRUE)
  choice$table$converged <- c(rep(TRUE, 9), FALSE, NA, TRUE)
  expect_match(warn_failures(choice), "^1 of 12 fits to all data did not converge", all = FALSE)
  choice$table$converged <- TRUE
  expect_null(warn_failures(choice))
})

test_that("scores are means over the observations that were scored", {
  plan <- list(models = list(a = nmf_model("T/Po")), ranks = 1:2, n_splits = 2L, noise = c(TRUE, TRUE),
               out = c(a = ""), seed = 1L, data = new_source(matrix(1, 3, 2)))
  of <- function(observation, score) list(observation = observation, score = score, converged = TRUE)
  values <- list(`a/1 split 1` = of(1:2, c(1, 3)), `a/1 split 2` = of(1:2, c(3, 5)),
                 `a/2 split 1` = of(1:3, c(2, 2, 2)), `a/2 split 2` = of(1:3, c(2, 2, 5)))
  fit <- list(noise = 1, logLik = 1, df = 1, BIC = 1, BIC2 = 1, converged = TRUE)
  judged <- judge_models(list(`a/1` = fit, `a/2` = fit), values, plan, c("a/1", "a/2"))
  expect_equal(judged$table$score, c(3, mean(c(2, 2, 3.5))))
  expect_identical(judged$table$splits, c(2L, 2L))
})

test_that("what the table shows to be lower, and is not chosen, is explained", {
  choice$models$delta[2] <- -0.2
  choice$models$candidate[2] <- FALSE
  choice$models$model[2] <- "NMF/T/TW"
  expect_match(reason_of_lower(choice), "^NMF/T/TW/[0-9] has a lower score or BIC.*at whole numbers a density")
  choice$models <- choice$models[1, ]
  expect_null(reason_of_lower(choice))
  expect_identical(above_best(cbind(1:3, 1:3 - 3e-16), 1L)$delta, c(0, 0))   # rounding is no difference
  expect_equal(above_best(cbind(c(1, 2, 4, 3), c(2, 2, 9, NA)), 1L)$delta_se, c(0, sd(c(1, 0, 5)) / sqrt(3)))
  expect_identical(above_best(cbind(1:3, c(Inf, 2, 3)), 1L)$delta_se, c(0, NA))
})

test_that("a tie goes to the traditional model in words that agree with BIC", {
  near <- data.frame(model = c("NMF/T/Po", "NMF/C/Po"), rank = 3L, delta = c(0, 0.01), delta_se = c(0, 0.02),
                     BIC2 = c(101, 100), near = TRUE, candidate = TRUE)
  x <- list(models = near, table = near, near = 3L, ranked = "NMF/T/Po", carried = "p9")
  expect_match(warn_flat(x)[1], "C/Po/3 \\(0.01 \\+- 0.02 above the least\\).*goes to the traditional model")
  expect_match(warn_flat(x)[2], "mostly due to one observation, p9,")
  x$models$BIC2 <- 99:100
  expect_match(warn_flat(x)[1], "two-way BIC decided")
  x$models$rank <- 2L                                    # where both have the same means
  expect_null(warn_flat(x))
})

test_that("who makes the standard errors is named", {
  units <- cbind(0, rep(c(0.1, -0.1), 10), rep(c(0.1, -0.1), 10))
  expect_identical(carrier_of(units, 1L, 2:3), integer())
  units[7, 2:3] <- 5
  expect_identical(carrier_of(units, 1L, 1:3), 7L)
  expect_identical(carrier_of(units, integer(), 1:3), integer())
})

test_that("data without noise have the rank at which they are fitted exactly", {
  V <- withr::with_seed(1, matrix(rexp(24), 12) %*% matrix(rexp(20), 2))
  x <- suppressWarnings(quick(V, "T/N", ranks = c(1:3, 10)))
  expect_identical(format(x$model), "NMF/T/N/2")
  expect_match(x$warnings, "The fit of rank 2 is exact: there is no noise to be told or checked", all = FALSE)
  expect_identical(is.na(x$table$BIC), x$table$rank == 10)
  expect_no_match(capture.output(print(x)), "Inf")
})

test_that("a picture names what is lower and no candidate, and has no point for an exact fit", {
  choice$models$candidate[2] <- FALSE
  choice$models$delta[2] <- -0.2
  expect_match(autoplot(choice)$labels$caption, paste0("No candidates, though lower: ", model_at(choice$models[2, ])))
  choice$table$BIC2[1] <- -Inf
  drawn <- choice_frame(choice)
  expect_identical(sum(is.na(drawn$value[drawn$panel == "two-way BIC"])), 1L)
})

test_that("a convex choice says that its noise was checked in the traditional model, and has a page", {
  skip_if_not_installed("jsonlite")
  convex <- choice
  convex$fit <- nmf(poisson, "C/Po/3", n_starts = 1, tol = 1e-2, seed = 1, verbose = FALSE)
  convex$model <- convex$fit$model
  convex$models$model[1] <- "NMF/C/Po"
  convex$check$alone <- data.frame(component = "k1", observation = "a", share = 0.6, of_all = 0.1)
  expect_match(reasons_of(convex)[["checked"]], "^The noise is checked in NMF/T/Po/3, ")
  expect_false("components" %in% names(reasons_of(convex)))
  expect_false(any(grepl("k1 is mostly", warn_check(convex))))
  path <- report(convex, withr::local_tempfile(fileext = ".html"), seed = 1)
  expect_match(readLines(path), "The noise is checked in NMF/T/Po/3, ", all = FALSE)
})
