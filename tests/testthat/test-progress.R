# What a long call tells of itself, and that it changes no number.

# Work that began some seconds ago.
begun <- function(seconds, ..., verbose = TRUE) {
  begin_telling()
  progress <- new_progress(verbose, ...)
  told$began <- told$last <- now() - seconds
  if (!is.null(progress)) progress$began <- now() - seconds
  progress
}
in_script <- function(frame = parent.frame()) withr::local_options(rlang_interactive = FALSE, .local_envir = frame)
sharing <- function(...) how_to_share(list2env(list(...)), all = 8)

test_that("one line is told before work of more than half a minute, and none before shorter work", {
  in_script()
  expect_silent(tell(begun(8, "work", rep(1, 2), "fits"), 1))             # 16 s in all
  progress <- begun(4000, "work", rep(1, 15), "fits")
  expect_message(tell(progress, 1), "nmfamily: work: 15 fits; all of it takes about 16.7 hours")
  expect_silent(tell(progress, 2))
  expect_silent(tell(begun(40, "work", rep(1, 100), "fits"), 90))         # nearly over
})

test_that("parts count by what they cost, and what comes after them counts too", {
  in_script()
  expect_message(tell(begun(3600, "work", c(1, 2, 3, 4), "fits"), 1), "about 10 hours")
  expect_message(tell(begun(600, "work", rep(1, 10), "starts", after = 10), 5), "about 40 minutes")
})

test_that("the line says what shares the work", {
  expect_match(sharing(shared = TRUE), "future::plan\\(\"multisession\"\\)`.* shares it among 8 cores")
  expect_match(sharing(shared = FALSE, threads = 2), "`threads = 8` would use all cores")
  expect_null(sharing(shared = FALSE, threads = 8))
  expect_null(sharing(shared = FALSE, threads = NULL))
  expect_identical(how_to_share(list2env(list(shared = TRUE)), all = 1), "")
})

test_that("a script is told a line a minute", {
  in_script()
  progress <- begun(600, "work", rep(1, 100), "fits")
  suppressMessages(tell(progress, 1))
  expect_silent(tell(progress, 2))
  told$last <- now() - 61
  expect_message(tell(progress, 50), "nmfamily: work: 50 of 100 fits, about 10 minutes left")
  expect_silent(tell(progress, 51))
})

test_that("steps are counted, with one time for all that is left", {
  in_script()
  telling({
    expect_steps(c(1, 3, 1))
    begin_step(1)
    progress <- new_progress(TRUE, "first", 1:4, "fits")
    told$began <- told$step_began <- progress$began <- now() - 600
    expect_message(tell(progress, 4), "step 1 of 3, first: 4 fits to begin with; all of it takes about 50 minutes")
    begin_step(2)
    begin_step(1)                                         # back is not told
    told$last <- now() - 61
    progress <- new_progress(TRUE, "second", rep(1, 6), "fits")
    told$began <- now() - 1200
    told$step_began <- progress$began <- now() - 600
    # a third of 30 minutes is over; 20 of them and the 10 of the third step are left
    expect_message(tell(progress, 2), "step 2 of 3, second: 2 of 6 fits, about 30 minutes left")
    telling(expect_steps(rep(1, 9)))                      # of a call within
    expect_identical(place_of(progress), "step 2 of 3, ")
  })
  expect_equal(told$depth, 0)
})

test_that("a profile and a consensus have steps, and what is called within them does not", {
  in_script()
  quick <- list(V = brca21[, 1:12], n_starts = 1, seed = 1, tol = 1e-2, verbose = TRUE)
  of <- function(f, ...) without_advice(do.call(f, c(quick, list(...))))
  of(profile_alpha, model = "T/NB/2", alphas = c(5, 50))
  expect_equal(told$costs, c(0, 2, 1))
  expect_equal(told$step, 3)
  of(profile_power, model = "T/TW/2", powers = c(1.3, 1.6), refine = FALSE)
  expect_equal(told$costs, c(1, 2))
  expect_equal(told$step, 2)
  of(find_consensus, model = "T/NB/2", n_runs = 2)
  expect_equal(unname(told$costs), c(3, 2, 1))
  expect_equal(told$step, 3)
  of(nmf, model = "T/TW/2")
  expect_null(told$costs)
})

test_that("work without a known end is told of a line a minute too", {
  in_script()
  progress <- begun(10, "work", NA, "rounds")
  expect_silent(tell(progress, 3))
  told$last <- now() - 61
  expect_message(tell(progress, 4), "nmfamily: work: 4 rounds")
})

test_that("somebody who watches sees a bar", {
  withr::local_options(rlang_interactive = TRUE)
  progress <- begun(3, "work", rep(1, 9), "fits")
  tell(progress, 2)
  expect_false(is.null(progress$bar))
  open <- begun(3, "work", NA, "rounds")
  tell(open, 2)
  expect_false(is.null(open$bar))
  expect_identical(begun(3, "work", rep(1, 9), "fits", verbose = FALSE), NULL)
  expect_silent(tell(NULL, 1))
})

test_that("nothing is told on a page that is being knitted, unless it is asked for", {
  withr::local_options(knitr.in.progress = TRUE)
  expect_false(check_verbose(NULL))
  expect_true(check_verbose(TRUE))
  withr::local_options(knitr.in.progress = NULL)
  expect_true(check_verbose(NULL))
  expect_error(check_verbose(NA), class = "nmf_error_argument")
})

test_that("stretches make up the whole, in order", {
  in_script()
  seen <- in_stretches(100, identity, TRUE, "work", "rows", first = 7)
  expect_gt(length(seen), 1)
  expect_equal(unlist(seen), 1:100)
  expect_identical(in_stretches(100, identity, FALSE, "work", "rows", first = 7), list(1:100))
})

test_that("no number depends on what is told", {
  in_script()
  fit <- without_advice(nmf(brca21, "T/Po/3", n_starts = 2, max_iter = 50, seed = 1, verbose = FALSE))
  expect_same <- function(f, ...) expect_identical(f(..., verbose = TRUE), f(..., verbose = FALSE))
  expect_same(predict, fit, brca21[rep(1:21, 26), ])
  expect_same(confint, fit, "components", components = 1, features = 1:20, threads = 1)
  topics <- without_advice(fit_topics(addresses$counts[1:40, 1:1500], 3, n_starts = 1, max_iter = 20, seed = 1,
                                      verbose = FALSE))
  expect_same(compare_topics, topics)
  weights <- function(...) refit(brca21[1:4, ], pcawg_signatures[1:6, ], sparse = TRUE, seed = 1, ...)$W
  expect_same(weights)
})
