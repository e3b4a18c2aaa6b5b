# The choice of the rank.

# Counts from three features that overlap little.
truth <- rbind(a = c(8, 6, 4, 2, 1, 0, 0, 0, 0, 1, 0, 0), b = c(0, 0, 0, 1, 6, 8, 5, 2, 0, 0, 1, 0),
               c = c(1, 0, 0, 0, 0, 0, 1, 3, 7, 6, 5, 4))
truth <- truth / rowSums(truth)
known <- withr::with_seed(17, {
  W <- matrix(rexp(30 * 3, 1 / 300), 30)
  matrix(rpois(30 * 12, W %*% truth), 30) + 0
})
N <- nrow(known)

choose <- function(data = known, model = "T/Po", ranks = 1:5, method = "observations", ..., times = NULL, seed = 1,
                   n_splits = if (method != "stability") times, n_runs = if (method == "stability") times) {
  select_rank(data, model, ranks, method, n_splits = n_splits, n_runs = n_runs, ..., seed = seed, verbose = FALSE)
}
# All but functions, which are made anew by each process, and the call.
numbers_of <- function(x) x[c("table", "rank", "reason", "failures", "status")]

methods <- c("observations", "sigmos", "bic", "stability")
few <- list(observations = NULL, sigmos = 15, bic = NULL, stability = 8)
choices <- lapply(stats::setNames(methods, methods), function(m) choose(method = m, times = few[[m]]))

test_that("each method finds the rank of an easy case", {
  for (m in c("sigmos", "bic", "stability")) expect_identical(choices[[m]]$rank, c(`NMF/T/Po` = 3L))
  # the scores of held-out observations are optimistic: too many, never too few
  expect_gte(choices$observations$rank, 3L)
  noisy <- withr::with_seed(2, matrix(rnbinom(360, size = 20, mu = W %*% truth), 30) + 0)
  for (m in methods) {
    x <- suppressMessages(choose(noisy, "T/NB", 2:4, m, times = few[[m]]))
    if (m == "observations") expect_gte(x$rank, 3L) else expect_identical(unname(x$rank), 3L)
    expect_identical(vapply(x$models, format, ""), c(`NMF/T/NB` = paste0("NMF/T/NB/", x$rank)))
  }
})

test_that("each method does without missing cells, dense and sparse", {
  gappy <- known
  gappy[withr::with_seed(5, sample(length(gappy), 0.05 * length(gappy)))] <- NA
  for (m in methods) {
    dense <- choose(gappy, ranks = 2:4, method = m, times = few[[m]], tol = 1e-9)
    sparse <- choose(Matrix::Matrix(gappy, sparse = TRUE), ranks = 2:4, method = m, times = few[[m]], tol = 1e-9)
    if (m == "observations") expect_gte(dense$rank[[1]], 3L) else expect_identical(dense$rank[[1]], 3L)
    # "stability" resamples stored cells in their order; at rank 2 rounding can decide between two optima.
    if (m != "stability") expect_equal(dense$table$score[-1], sparse$table$score[-1], tolerance = 1e-4)
  }
})

test_law("a choice has its parts", {
  for (m in methods) {
    x <- choices[[m]]
    expect_s3_class(x, "nmf_rank")
    expect_identical(x$table$rank, 1:5)
    expect_true(all(is.finite(x$table$score)))
    expect_true(all(x$table$converged == 1))
    expect_identical(x$models, list(`NMF/T/Po` = nmf_model("T/Po", rank = x$rank[[1]])), ignore_function_env = TRUE)
    expect_identical(x$status, "done")
    expect_identical(nrow(x$failures), 0L)
  }
  expect_identical(choices$observations$table$n, rep(N, 5))
  expect_identical(choices$sigmos$table$n, rep(15L, 5))
})

test_that("BIC is that of the fits of nmf()", {
  x <- choose(method = "bic", ranks = 2:3, keep_fits = TRUE)
  fits <- lapply(2:3, function(k) nmf(known, "T/Po", rank = k, seed = 1, verbose = FALSE))
  expect_equal(x$table$BIC_paper, vapply(fits, BIC, 0))
  expect_equal(x$table$BIC_identifiable, vapply(fits, function(fit) BIC(logLik(fit, df = "identifiable")), 0))
  expect_identical(x$table$score, x$table$BIC_paper)
  expect_match(x$reason, "larger ones were not tried")
  expect_identical(choose(method = "bic", ranks = 2:3, control = nmf_control(df = "identifiable"))$table$score,
                   x$table$BIC_identifiable)
  expect_identical(names(x$fits), c("NMF/T/Po/2", "NMF/T/Po/3"))
  expect_identical(x$fits[[2]]$W, fits[[2]]$W)
  expect_equal(residuals(x$fits[[1]], known), residuals(fits[[1]], known))
})

test_that("held-out observations are scored by the likelihood at their own best weights", {
  folds <- lapply(1:10, held_out, N, 1L)
  expect_identical(sort(unlist(folds[1:5])), seq_len(N))
  expect_identical(sort(unlist(folds[6:10])), seq_len(N))
  expect_false(identical(folds[[1]], folds[[6]]))
  expected <- matrix(NA, 2, N)
  for (s in 1:10) {
    held <- folds[[s]]
    fit <- nmf(known[-held, ], "T/Po/2", n_starts = 3, seed = seed_of_start(1, s), verbose = FALSE)
    mu <- predict(fit, known[held, ], "response")
    expected[(s + 4) %/% 5, held] <- -rowMeans(matrix(dpois(known[held, ], mu, log = TRUE), length(held)))
  }
  unit <- colMeans(expected)
  # two ways to the weights, both converged to a residual of 1e-6
  expect_equal(choices$observations$table$score[2], mean(unit), tolerance = 1e-6)
  expect_equal(choices$observations$table$se[2], sd(unit) / sqrt(N), tolerance = 1e-4)
})

test_that("parameters that are open are estimated without the observations that are held out", {
  plan <- list(data = new_source(known), counts = TRUE, models = as_models("T/NBobs"),
               starts = c(full = 1L, split = 1L),
               seed = 1L, limit = Inf, settings = fit_settings(verbose = FALSE))
  task <- list(model = "NMF/T/NBobs", rank = 3L, split = 2L)
  value <- suppressMessages(work_observations(task, plan))
  held <- value$observation
  changed <- plan
  changed$data$values[held, ] <- 1e3
  expect_identical(suppressMessages(work_observations(task, changed))$observation, held)
  fit_of <- function(plan) {
    suppressMessages(fit_task(plan$data[-held, ], rows_of_model(plan$models[[1]], -held), task, plan))
  }
  expect_identical(fit_of(changed)$model$family$alpha, fit_of(plan)$model$family$alpha)
  given <- nmf_model(family = nmf_negbin(seq_len(N)))
  expect_identical(rows_of_model(given, -held)$family$alpha, as.double(seq_len(N))[-held])
  expect_identical(family_of_new(rows_of_model(given, -held)$family, given$family, held)$alpha, as.double(held))
})

test_that("a cell's log-likelihood is that of R", {
  v <- c(0, 1, 5, 12)
  mu <- c(0.3, 2, 4, 10)
  expect_equal(cell_log_likelihood(v, mu, nmf_poisson(), 1), dpois(v, mu, log = TRUE))
  expect_equal(cell_log_likelihood(v, mu, nmf_negbin(3), 1), dnbinom(v, 3, mu = mu, log = TRUE))
  expect_equal(cell_log_likelihood(v, mu, nmf_normal(), 4), dnorm(v, mu, 2, log = TRUE))
  expect_equal(cell_log_likelihood(v[-1], mu[-1], nmf_tweedie(2), 0.5),
               dgamma(v[-1], shape = 2, scale = mu[-1] / 2, log = TRUE))
})

test_that("SigMoS is the published procedure", {
  fit <- nmf(known, "T/Po/2", n_starts = 5, seed = 1, verbose = FALSE, control = nmf_control(starts = "random"))
  costs <- vapply(1:15, function(s) {
    seed <- seed_of_start(1, s)
    train <- with_seed(seed, sample(N, 27))
    part <- nmf(known[train, ], "T/Po/2", n_starts = 1, seed = seed, verbose = FALSE,
                control = nmf_control(starts = "random"))
    similar <- cor(t(part$H), t(fit$H))
    order <- if (max(diag(similar)) == max(similar)) 1:2 else 2:1
    v <- known[-train, ]
    mu <- fit$W[-train, order] %*% part$H
    sum(ifelse(v > 0, v * log(v / mu), 0) - v + mu)
  }, 0)
  expect_equal(choices$sigmos$table$score[2], median(costs))
})

test_law("features are matched greedily", {
  H <- rbind(c(1, 2, 3, 4, 9), c(4, 3, 2, 1, 0), c(1, 9, 1, 0, 1))
  expect_identical(greedy_match(H, H[c(3, 1, 2), ]), c(2L, 3L, 1L))
  # a flat feature correlates with none, and gets what is left
  expect_identical(greedy_match(rbind(1, H[1, ], H[3, ]), H), c(2L, 1L, 3L))
  for (seed in 1:20) {
    G <- withr::with_seed(seed, matrix(rexp(20), 4))
    K <- withr::with_seed(seed + 100, matrix(rexp(20), 4))
    partner <- greedy_match(G, K)
    expect_setequal(partner, 1:4)
    similar <- cor(t(G), t(K))
    expect_identical(which.max(similar), which(similar == max(similar[cbind(1:4, partner)])))
  }
})

test_law("standard errors are those of differences over the units that ranks share", {
  plan <- list(ranks = 2:4, rule = "1se")
  units <- cbind(c(10, 20, 30, 40), c(9, 18.5, 29.5, 38), c(9.05, 18.4, 29.55, 37.8))
  values <- rep(list(list(list(converged = TRUE))), 3)
  x <- choose_by_score(units, values, plan)
  expect_equal(x$table$delta, colMeans(units) - colMeans(units)[3])
  expect_equal(x$table$delta_se, apply(units - units[, 3], 2, sd) / 2)
  expect_identical(x$rank, 3L)                           # 0.05 above, standard error 0.062
  expect_identical(choose_by_score(units, values, list(ranks = 2:4, rule = "min"))$rank, 4L)
  units[1, 1] <- NA
  expect_equal(choose_by_score(units, values, plan)$table$score, colMeans(units[-1, ]))
  units[, 1] <- c(NA, NA, NA, 1)                         # too few to be chosen, however low
  few <- choose_by_score(units, values, plan)
  expect_identical(few$table$n, c(1L, 4L, 4L))
  expect_identical(few$rank, 3L)
  units[] <- NA
  expect_identical(choose_by_score(units, values, plan)$rank, integer())
  for (x in list(1, numeric(), c(1, NA, 2), c(1, Inf, 2))) expect_identical(standard_error(x, "mean"), NA_real_)
  expect_identical(standard_error(1, "median"), NA_real_)
  expect_equal(standard_error(c(1, 3), "mean"), 1)
  # the standard error of a normal median is sqrt(pi / 2) that of the mean
  x <- stats::qnorm(stats::ppoints(1e4))
  expect_equal(standard_error(x, "median"), sqrt(pi / 2) / 100, tolerance = 1e-3)
})

test_that("the stable rank is that of SigProfilerExtractor's rule", {
  table <- data.frame(rank = 2:6, score = c(0.99, 0.95, 0.9, 0.85, 0.9), silhouette_min = c(0.9, 0.8, 0.5, 0.3, 0.1),
                      error = c(0.5, 0.21, 0.2, 0.2, 0.1))
  errors <- lapply(table$error, function(error) error + (1:30) / 1000)
  x <- choose_stable(table, errors)
  expect_identical(x$table$stable, c(TRUE, TRUE, TRUE, TRUE, FALSE))
  expect_identical(x$rank, 4L)                           # 5 is stable; 4 is no worse; 3 is, and 2 is not asked
  expect_identical(is.na(x$table$p.value), c(TRUE, FALSE, FALSE, TRUE, TRUE))
  expect_equal(x$table$p.value[2], wilcox.test(errors[[4]], errors[[2]], exact = FALSE, correct = FALSE)$p.value)
  table$score[3] <- 0.82                                 # less stable than 5: passed over
  expect_identical(choose_stable(table, errors)$rank, 5L)
  table$silhouette_min <- 0
  expect_identical(choose_stable(table, errors)$rank, 2L)
  table$score <- c(NA, 0.8, 0.9, NA, NA)
  table$silhouette_min <- 0.2                            # at both limits a rank is stable
  expect_identical(choose_stable(table, errors)$table$stable, c(NA, TRUE, TRUE, NA, NA))
  table$score <- NA_real_
  none <- choose_stable(table, errors)
  expect_identical(none[c("rank", "reason")], list(rank = integer(), reason = "no rank could be judged"))
  expect_identical(none$table$p.value, rep(NA_real_, 5))
})

test_that("errors of observations are relative to them, without those that are empty", {
  V <- rbind(c(3, 4, 0), 0, c(1, NA, 2))
  H <- rbind(c(1, 1, 1), c(0, 1, 0))
  W <- cbind(c(1, 5, 1), c(2, 5, 9))
  expect_equal(relative_errors(new_source(V), W, H), c(sqrt(4 + 1 + 1) / 5, 1 / sqrt(5)))
})

test_that("ranks are whole, within reach, sorted, and each there once", {
  expect_identical(check_ranks(c(4, 2, 3, 2), 5), 2:4)
  expect_identical(check_ranks(2:8, 3, default = TRUE), 2:3)
  for (wrong in list(0:2, c(1, 2.5), c(1, Inf), c(1, NA), "2", numeric(), NULL, list(1, 2), 1:6)) {
    expect_error(check_ranks(wrong, 5), class = "nmf_error_rank")
  }
})

test_that("stability is that of consensus features", {
  consensus <- find_consensus(known, "T/Po/3", n_runs = 8, type = "bootstrap", outliers = Inf, seed = 1,
                                  verbose = FALSE)
  row <- choices$stability$table[3, ]
  expect_equal(row$score, mean(consensus$silhouettes))
  expect_equal(row$silhouette_min, min(consensus$table$silhouette))
  expect_equal(row$cophenetic, c(consensus$cophenetic))
  errors <- sqrt(rowSums((known - fitted(consensus$fit))^2) / rowSums(known^2))
  expect_equal(row$error, median(errors), tolerance = 1e-4)
})

test_that("numbers depend on the seed alone, and the generator is left alone", {
  withr::with_preserve_seed({
    set.seed(5)
    before <- .Random.seed
    for (m in methods) {
      again <- choose(ranks = c(4, 2), method = m, times = few[[m]])
      columns <- setdiff(names(again$table), c("delta", "delta_se", "p.value"))
      expect_equal(again$table[columns], choices[[m]]$table[c(2, 4), columns], ignore_attr = TRUE)
    }
    expect_false(identical(choose(seed = 2)$table, choices$observations$table))
    expect_identical(.Random.seed, before)
  })
})

test_that("workers give the same numbers", {
  skip_on_cran()
  skip_if_not_installed("future.apply")
  skip_if_not(future::supportsMulticore())
  old <- future::plan("multicore", workers = 2)
  on.exit(future::plan(old))
  short <- function(m) numbers_of(choose(method = m, ranks = 2:3, times = 3))
  by_workers <- lapply(c("sigmos", "stability"), short)  # each task is a process
  future::plan(old)
  expect_identical(by_workers, lapply(c("sigmos", "stability"), short))
})

test_that("a checkpoint is resumed, with more splits too, and refused for other work", {
  file <- withr::local_tempfile(fileext = ".rds")
  choose(method = "sigmos", n_splits = 5, ranks = 2:3, checkpoint = file)
  saved <- names(readRDS(file)$values)
  expect_length(saved, 12)                               # two fits to all data and ten splits
  # what is in the file is not done again: a value that was changed there stays
  content <- c(list(file = file), readRDS(file))
  content$values[["NMF/T/Po/2 split 1"]]$score <- 1e6
  write_checkpoint(content)
  x <- choose(method = "sigmos", n_splits = 2, ranks = 2, checkpoint = file)
  expect_gt(x$table$score, 4e5)
  content$values[["NMF/T/Po/2 split 1"]] <- NULL
  write_checkpoint(content)
  expect_identical(numbers_of(choose(method = "sigmos", n_splits = 15, checkpoint = file)), numbers_of(choices$sigmos))
  before <- tools::md5sum(file)
  for (change in list(list(data = known + 1), list(seed = 2), list(model = "T/N"), list(tol = 1e-3),
                      list(method = "observations"))) {
    expect_error(do.call(choose, utils::modifyList(list(method = "sigmos", checkpoint = file), change)), "other work",
                 class = "nmf_error_argument")
  }
  expect_identical(tools::md5sum(file), before)
  expect_error(choose(checkpoint = file, seed = NULL), "seed", class = "nmf_error_argument")
})

test_that("several models have one table", {
  x <- suppressMessages(choose(model = c("T/Po", "T/N", "C/Po"), ranks = 2:4, n_splits = 5))
  expect_identical(x$table$model, rep(c("NMF/T/Po", "NMF/T/N", "NMF/C/Po"), each = 3))
  expect_identical(names(x$rank), c("NMF/T/Po", "NMF/T/N", "NMF/C/Po"))
  for (name in names(x$models)) expect_identical(x$models[[name]]$rank, x$rank[[name]])
  expect_identical(grepl("not tried", x$reason), unname(x$rank == 4))
  alone <- choose(ranks = 2:4, n_splits = 5)
  expect_equal(x$table[1:3, ], alone$table)
})

test_that("orientation and sparse storage do not matter", {
  x <- choose(ranks = 2:3, n_splits = 5)
  expect_equal(choose(t(known), ranks = 2:3, n_splits = 5, obs = "columns")$table, x$table)
  expect_equal(choose(as_sparse(known), ranks = 2:3, n_splits = 5)$table, x$table, tolerance = 1e-6)
})

test_that("features that only the observations held out have do not spoil the score", {
  rare <- cbind(known, c(3, rep(0, N - 1)))
  x <- choose(rare, ranks = 2:3)
  expect_true(all(is.finite(x$table$score)))
})

test_that("a rank that fails leaves the others", {
  plan <- list(data = new_source(known), counts = TRUE, obs = "rows", models = as_models("T/Po"), ranks = 2:3,
               n_splits = 2L, rule = "min", seed = 1L)
  how <- rank_sigmos()
  fit <- nmf(known, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  done <- list(
    full = list(`NMF/T/Po/2` = fit, `NMF/T/Po/3` = simpleError("no memory")), full_tasks = full_tasks(plan),
    values = list(`NMF/T/Po/2 split 1` = list(score = 1, converged = TRUE), `NMF/T/Po/2 split 2` = NULL),
    tasks = split_tasks(plan), stopped = TRUE
  )
  expect_warning(x <- new_rank(done, plan, how, FALSE, quote(select_rank(V = known)), "sigmos"), "no memory",
                 class = "nmf_warning_not_converged")
  expect_identical(x$rank, c(`NMF/T/Po` = 2L))
  expect_identical(x$table$n, c(1L, 0L))
  expect_identical(x$table$score, c(1, NA))
  expect_identical(x$failures, data.frame(model = "NMF/T/Po", rank = 3L, split = NA_integer_, message = "no memory"))
  expect_identical(x$status, "interrupted")
  expect_snapshot(x)
  done$full[[1]] <- done$values <- NULL
  expect_error(suppressWarnings(new_rank(done, plan, how, FALSE, NULL, "sigmos")), "no memory")
})

test_that("choices are printed and drawn", {
  expect_snapshot(choices$bic)
  expect_output(print(choices$observations), "10 splits, rule \"1se\"", fixed = TRUE)
  expect_output(print(choices$sigmos), "*    3", fixed = TRUE)
  expect_output(print(choices$stability), "rank 3 is the largest that is stable", fixed = TRUE)
  for (x in choices) expect_s3_class(ggplot2::ggplot_build(autoplot(x))$plot, "ggplot")
  two <- suppressMessages(choose(model = c("T/Po", "T/N"), ranks = 2:4, method = "bic"))
  expect_identical(nrow(ggplot2::ggplot_build(autoplot(two, panels = TRUE))$layout$layout), 2L)
  expect_identical(nrow(ggplot2::ggplot_build(autoplot(two, panels = FALSE))$layout$layout), 1L)
})

test_that("errors come before any work", {
  expect_snapshot(error = TRUE, {
    choose(ranks = 2:20)
    choose(known[1:6, ], ranks = 2:6)
    choose(ranks = c(2, 2.5))
    choose(ranks = integer())
    choose(model = "T/Po/3")
    choose(model = c("T/Po", "t/po"))
    choose(model = list())
    choose(method = "elbow")
    choose(method = "bic", rule = "1se")
    choose(method = "stability", rule = "min")
    choose(rule = "2se")
    choose(method = "bic", n_splits = 5)
    choose(method = "stability", n_splits = 5)
    choose(n_runs = 5)
    choose(n_splits = 1)
    choose(-known)
    choose(init = 3)
    choose(keep_fits = NA)
    choose(model = "C/Po", solver = "em")
    autoplot(choices$bic, size = 3)
  })
})

test_that("default ranks go no further than the data", {
  small <- select_rank(brca21[1:5, ], "T/Po", n_splits = 2, n_starts = 1, seed = 1, verbose = FALSE)
  expect_identical(small$table$rank, 2:5)
  expect_error(select_rank(brca21[1:5, ], "T/Po", ranks = 2:8), class = "nmf_error_rank")
})

test_that("a single rank is not called the best, and one without a converged fit is named", {
  one <- select_rank(brca21, "T/Po", ranks = 3, n_splits = 2, seed = 1, verbose = FALSE)
  expect_equal(unname(one$reason), "rank 3 is the only one that was tried")
  cut <- suppressWarnings(
    select_rank(brca21, "T/Po", ranks = 2:3, n_splits = 2, max_iter = 3, seed = 1, verbose = FALSE)
  )
  expect_match(cut$reason, "none of its fits converged")
})

test_that("where a fit to all data failed, its splits are not tried", {
  problem <- rank_problems(known, "T/Po", "models", "rows", NULL, NULL)
  settings <- fit_settings(n_starts = 1, tol = 1e-2, verbose = FALSE, seed = 1)
  plan <- rank_plan(problem, settings, 2:3, rank_cells(), 2L, "1se", list(n_starts = 1))
  plan$models <- list(a = plan$models[[1]], b = list())  # no model
  asked <- new.env()
  work <- function(task, plan) {
    assign(full_key(task$model, task$rank), TRUE, asked)
    list(converged = TRUE)
  }
  how <- list(needs_full = TRUE, tasks = split_tasks, work = work)
  done <- do_rank_tasks(plan, how, FALSE, NULL, list())
  expect_setequal(names(asked), c("a/2", "a/3"))
  expect_length(done$values, 4)
  expect_false(done$stopped)
  done <- do_rank_tasks(plan, replace(how, "needs_full", FALSE), FALSE, NULL, list())
  expect_length(done$values, 8)
})

test_that("methods have the defaults of the help page, and reasons and refusals the numbers", {
  splits <- vapply(list(rank_cells(), rank_observations(), rank_sigmos(), rank_stability()), `[[`, 0L, "n_splits")
  expect_identical(splits, c(10L, 10L, 100L, 30L))
  expect_identical(rank_sigmos()$largest(20, 50), 18)
  expect_identical(rank_observations()$largest(20, 50), 16)
  expect_error(check_ranks(c(2, 14, 13), 12), "between 1 and 12 .* not 14")
  table <- data.frame(rank = 1:3, delta = c(9, 0.12345, 0), delta_se = c(1, 0.45678, 0))
  expect_match(choose_rank(table, "1se")$reason, "that of rank 3 (0.12 above, standard error 0.46)", fixed = TRUE)
  one <- choose(ranks = 1:2, method = "sigmos", times = 5)
  expect_true(all(is.finite(one$table$score)))
})

test_that("what has no spread has no standard error", {
  for (centre in c("mean", "median")) for (x in list(5, numeric(), c(1, NA, 2), c(1, Inf, 2))) {
    expect_identical(standard_error(x, centre), NA_real_)
  }
  x <- c(1, 4, 2, 8)
  expect_equal(standard_error(x, "mean"), sd(x) / 2)
  expect_equal(standard_error(x, "median"), sqrt(pi / 2) * IQR(x) / 1.349 / 2)
})

test_that("ranks of data without noise are told from each other, in words and without infinities", {
  V <- withr::with_seed(1, matrix(rexp(24), 12) %*% matrix(rexp(20), 2))
  for (method in c("cells", "bic")) {
    x <- select_rank(V, "T/N", 1:3, method, n_splits = if (method == "cells") 2, n_starts = 1, seed = 1,
                     verbose = FALSE)
    expect_identical(x$rank[[1]], 2L)
    expect_no_match(capture.output(print(x)), "Inf")
  }
  expect_match(x$reason, "least score, for its fit is exact")
  compared <- compare_models(V, c("T/N/2", "T/N/1"), n_starts = 1, seed = 1, verbose = FALSE)
  expect_no_match(capture.output(print(compared)), "Inf")
  expect_identical(small_p(c(NA, 2e-11, 0.04)), c("", "< 0.001", "0.040"))
})

test_that("where observations that are held out have all counts, that is said, and of no likelihood nothing", {
  V <- replace(matrix(0, 6, 4), 8, 7)
  expect_warning(select_rank(V, "T/Po", 1, method = "observations", n_splits = 3, n_starts = 1, seed = 1,
                             verbose = FALSE), "held out")
  expect_no_warning(without_advice(select_rank(random_data(1) + 0.5, "T/NB5", 1:2, method = "bic", n_starts = 1,
                                               seed = 1, verbose = FALSE)))
})
