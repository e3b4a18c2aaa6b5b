# Interrupts that come at a known moment, from this process to itself.

# As if the last one had been long ago.
forget_presses <- function() presses$last <- -Inf

press <- function() {
  skip_on_os("windows")  # has no SIGINT
  tools::pskill(Sys.getpid(), tools::SIGINT)
}

# What a function of the package does, after a signal at its n-th call.
pressed_in <- function(name, n = 1, frame = parent.frame()) {
  forget_presses()
  space <- asNamespace("nmfamily")
  as_it_is <- attr(get(name, space), "as_it_is") %||% get(name, space)
  calls <- 0
  with_press <- function(...) {
    calls <<- calls + 1
    if (calls == n) {
      press()
      Sys.sleep(0)
    }
    as_it_is(...)
  }
  put <- function(value) {
    unlockBinding(name, space)
    assign(name, value, space)
    lockBinding(name, space)
  }
  put(structure(with_press, as_it_is = as_it_is))
  withr::defer(put(as_it_is), envir = frame)
}

test_that("a second interrupt within a second ends the loop around the call", {
  loop <- function(pause) {
    forget_presses()
    rounds <- 0
    tryCatch(
      for (round in 1:4) {
        rounds <- round
        values <- run_tasks(list(a = 1, b = 2, c = 3), function(task) {
          if (task == 2) press()
          Sys.sleep(0)
          task
        })
        presses$last <- presses$last - pause
      },
      interrupt = function(condition) NULL
    )
    rounds
  }
  expect_identical(loop(0), 2L)
  expect_identical(loop(1), 4L)
})

test_that("nothing in the package keeps the second one from its caller", {
  twice <- function(look) {
    task <- function(task) {
      suspendInterrupts({
        press()
        look()
      })
    }
    presses$last <- now()
    tryCatch(keep_going(run_tasks(list(a = 1), task)), interrupt = function(condition) "the caller")
  }
  expect_identical(twice(is_interrupt_pending), "the caller")
  expect_identical(twice(function() unless_interrupted(Sys.sleep(5))), "the caller")
  expect_identical(twice(function() NULL), "the caller")
})

test_that("an interrupt that comes when all is done takes nothing away", {
  forget_presses()
  done <- function() {
    press()
    42
  }
  expect_identical(keep_going(done()), 42)
  expect_lt(now() - presses$last, 1)
})

test_that("a fit has the starts that were made, and one before the first is an interrupt", {
  pressed_in("random_start", 3)
  fit <- without_advice(nmf(brca21, "T/Po/3", n_starts = 10, seed = 1, verbose = FALSE))
  expect_identical(fit$status, "interrupted")
  expect_identical(sum(!is.na(fit$starts$objective)), 2L)
  expect_valid_fit(fit, brca21)
  pressed_in("run_core", 1)           # one that goes on is where it was
  again <- without_advice(nmf(brca21, "T/Po/3", init = fit, verbose = FALSE))
  expect_identical(again$status, "interrupted")
  expect_equal(again$objective, fit$objective)
  pressed_in("random_start", 1)
  expect_identical(tryCatch(nmf(brca21, "T/Po/3", seed = 1, verbose = FALSE), interrupt = function(i) "none"), "none")
})

test_that("what comes before the fit proper is not followed by it", {
  V <- brca21
  V[1, 1] <- NA
  pressed_in("random_start", 2)       # while the missing cells of a convex model are filled
  fit <- without_advice(nmf(V, "C/NB/2", n_starts = 5, seed = 1, verbose = FALSE))
  expect_identical(fit$status, "interrupted")
  expect_lte(sum(!is.na(fit$starts$objective)), 1)
  pressed_in("alpha_score_cpp", 2)    # between the Poisson fit and the Negative Binomial one
  fit <- without_advice(nmf(brca21, "T/NB/2", n_starts = 2, seed = 1, verbose = FALSE))
  expect_identical(fit$status, "interrupted")
  expect_identical(fit$iterations, 0L)
  expect_true(is.finite(fit$logLik))
  pressed_in("run_core", 12)          # in a fit of the profile of powers, of which an earlier one may be the best
  fit <- without_advice(nmf(brca21, "T/TW/2", n_starts = 1, seed = 1, verbose = FALSE))
  expect_identical(fit$status, "interrupted")
  pressed_in("add_likelihood", 1)
  profile <- profile_alpha(brca21, "T/NB/2", n_starts = 1, seed = 1, verbose = FALSE)
  expect_identical(nrow(profile$table), 1L)
  expect_true(all(is.na(profile$interval)))
})

test_that("a comparison, a refit and draws keep what they have", {
  pressed_in("random_start", 2)
  table <- compare_models(brca21, c("T/Po", "T/N"), rank = 2, n_starts = 1, seed = 1, verbose = FALSE)$table
  expect_identical(table$model, "NMF/T/Po/2")
  expect_identical(table$status, "converged")
  for (call in c(1, 3, 8)) {  # while components are left out, and taken in
    pressed_in("best_change", call)
    fit <- without_advice(refit(brca21, pcawg_signatures[1:6, ], "Po", sparse = TRUE, add = 1e3, verbose = FALSE))
    expect_identical(fit$status, "interrupted")
    expect_false(fit$converged)
  }
  expect_gt(sum(fit$W == 0), 0)
  expect_equal(fit$deviance, sum(residuals(fit, type = "deviance")^2))
  fit <- nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  pressed_in("draw_from", 4)
  draws <- without_advice(bootstrap_fit(fit, n_runs = 6, seed = 1, verbose = FALSE))
  expect_identical(draws$runs$status, rep(c("converged", "not run"), each = 3))
})

test_that("ranks of which one model has none can be printed", {
  pressed_in("work_full", 2)
  found <- suppressWarnings(select_rank(brca21, c("T/Po", "T/NB"), ranks = 2, method = "bic", n_starts = 1, seed = 1,
                                        verbose = FALSE))
  expect_identical(unname(found$rank), c(2L, NA))
  expect_output(print(found), "interrupted")
})

test_that("an interrupted choice states what it computed", {
  choose <- function() {
    without_advice(choose_model(brca21, c("T/Po", "T/NB"), ranks = 1:3, n_splits = 2, n_runs = 0, n_starts = 1,
                                seed = 1, verbose = FALSE))
  }
  stated <- function(choice) paste(c(choice$reasons, choice$warnings), collapse = " ")
  pressed_in("work_cells", 1)
  choice <- choose()
  expect_identical(choice$status, "interrupted")
  expect_no_match(stated(choice), "tell|standard error|predicts")
  expect_length(choice$near, 0)
  expect_output(print(choice), "interrupted")
  pressed_in("work_cells", 2)         # a model without the best noise has a split, the others have none
  choice <- choose()
  expect_true(choice$table$candidate[choice$table$model == choice$models$model[1]][1])
  expect_no_match(stated(choice), "tell|standard error|predicts")
  pressed_in("work_summary", 4)       # two models at rank 1, one at rank 2
  choice <- choose()
  expect_identical(sum(!is.na(choice$table$BIC)), 3L)
  expect_no_match(stated(choice), "tell|standard error|predicts|all others|largest")
  pressed_in("check_model", 1)
  choice <- choose()
  expect_identical(choice$status, "interrupted")
  expect_s3_class(choice$fit, "nmf_fit")
  expect_null(choice$check)
})

test_law("a fit is cut short within an iteration, by the clock, at a point whose objective is known", {
  V <- with_seed(1, matrix(stats::rpois(6e5, 3), 600))
  solvers <- list("T/Po/9" = "auto", "T/NB5/9" = "mm", "C/Po/9" = "auto", "CF/Po/9" = "adam", "T/TW1.5/9" = "lbfgs")
  for (model in names(solvers)) {
    fit <- without_advice(nmf(V, model, n_starts = 1, solver = solvers[[model]], time_limit = 0.001, seed = 1,
                              verbose = FALSE, control = nmf_control(starts = "random")))
    expect_identical(fit$status, "time_limit", label = model)
    expect_identical(fit$iterations, 0L, label = model)
    expect_equal(fit$deviance, sum(residuals(fit, type = "deviance")^2), label = model)
  }
})

test_that("the estimation of alpha ends early, with the estimate that it has", {
  fit <- nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  turns <- 0
  after <- function(n) {
    turns <<- 0
    function() if ((turns <<- turns + 1) > n) "time_limit"
  }
  alpha <- function(n) solve_alpha(data_of(fit), fit, "data", early_end = after(n))
  mu <- fitted(fit)
  expect_equal(alpha(0), structure(sum(mu^2) / sum((brca21 - mu)^2 - brca21), early_end = "time_limit"))
  expect_identical(attr(alpha(2), "early_end"), "time_limit")
  expect_equal(as.vector(alpha(8)), alpha(100), tolerance = 1e-3)
  cut <- without_advice(nmf(brca21, "T/NB/2", time_limit = 0, seed = 1, verbose = FALSE))
  expect_identical(cut$status, "time_limit")
  expect_true(is.finite(cut$logLik) && cut$model$family$alpha > 0)
})

test_law("a fit that is stopped within a sweep has the factors of its deviance", {
  V <- withr::with_seed(7, matrix(rpois(600 * 500, rexp(600) %o% rexp(500) * 5), 600) + 0)
  for (case in list(list("T/Po/12", 0.5), list("T/Po/12", 0.75), list("T/NB3/12", 0.75))) {
    fit <- without_advice(nmf(V, case[[1]], n_starts = 1, tol = 0, time_limit = case[[2]], seed = 1, threads = 1,
                              verbose = FALSE))
    expect_identical(fit$status, "time_limit")
    expect_equal(sum(residuals(fit, V, type = "deviance")^2), fit$deviance, tolerance = 1e-9)
    expect_lte(fit$objective, min(fit$trace$objective) * (1 + 1e-9))
  }
})

test_that("the core itself notices an interrupt, within its only run", {
  skip_on_os("windows")
  forget_presses()
  system2("sh", c("-c", shQuote(sprintf("sleep 0.5; kill -INT %d", Sys.getpid()))), wait = FALSE)
  fit <- without_advice(nmf(brca21, "T/Po/3", n_starts = 1, solver = "mm", tol = 0, max_iter = 1e9, time_limit = 20,
                            seed = 1, verbose = FALSE, control = nmf_control(rel_tol = 0)))
  expect_identical(fit$status, "interrupted")
  expect_lt(fit$seconds, 15)                             # and not by R when the time is up
  expect_valid_fit(fit, brca21)
})
