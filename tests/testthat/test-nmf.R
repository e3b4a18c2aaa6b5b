# The front door: how a fit begins, how it ends and what it says about its end.

notations <- c("T/N/3", "T/Po/3", "T/TW1.5/3", "T/NB45/3", "C/N/3", "C/Po/3", "C/TW1.5/3", "C/NB45/3")

# Runs until something else ends it; also in another process, where only the package is there.
endless <- function(model, ..., V = nmfamily::liver, fit = nmfamily::nmf) {
  fit(V, model, ..., seed = 1, max_iter = 1e9, tol = 0, threads = 1, verbose = FALSE)
}

# Ends ---------------------------------------------------------------------------------------------

for (notation in notations) test_that(paste("converged is what it says", notation), {
  for (seed in 1:2) {
    fit <- nmf(brca21, notation, n_starts = 1, seed = seed, verbose = FALSE)
    expect_identical(fit$status, "converged")
    expect_true(fit$converged)
    expect_lte(fit$kkt, 1e-6)  # the default of `tol`
    # Nine times as many iterations again, with nothing to stop them, hardly lower the deviance: the promise of
    # rel_tol = 1e-8 over the last quarter is three times that for the rest of a slow run.
    more <- without_advice(nmf(brca21, notation,
      init = fit, max_iter = 9 * fit$iterations, tol = 0, seed = seed, verbose = FALSE,
      control = nmf_control(rel_tol = 0)
    ))
    # A fit is resumed where it was before its last weights were set to 0, which takes a little off.
    expect_lte(more$deviance, fit$deviance * (1 + 1e-10))
    expect_lt((fit$deviance - more$deviance) / fit$deviance, 1e-6)
  }
})

test_law("max_iter ends a fit with a warning and a valid result", {
  for (notation in notations) for (max_iter in c(0, 1, 110)) {
    expect_warning(
      fit <- nmf(brca21, notation, n_starts = 2, seed = 1, max_iter = max_iter, tol = 0, verbose = FALSE),
      class = "nmf_warning_not_converged"
    )
    expect_identical(fit$status, "max_iter")
    expect_false(fit$converged)
    expect_equal(fit$iterations, max_iter)
    expect_equal(fit$trace$iteration, 0:max_iter)
    expect_valid_fit(fit, brca21)
  }
})

test_that("the first sweeps count and the trace has no seam", {
  fit <- nmf(brca21, "T/Po/3", n_starts = 2, seed = 1, verbose = FALSE, control = nmf_control(start_iter = 20))
  # the start that was polished was the best of the short runs: 20 safe sweeps and 20 iterations
  expect_equal(min(fit$starts$objective), fit$trace$objective[1 + 40], tolerance = 1e-9)  # a little beyond
  expect_monotone(fit, objective_scale(brca21, reference_family("poisson")))
  expect_false(is.unsorted(fit$trace$seconds))
  expect_equal(fit$objective, fit$trace$objective[nrow(fit$trace)])
  expect_equal(fit$objective, reference_objective(brca21, fitted(fit), reference_family("poisson")), tolerance = 1e-10)
  expect_lte(fit$trace$seconds[nrow(fit$trace)], fit$seconds + 0.05)  # two clocks
})

test_that("a stricter tolerance goes on for longer", {
  fit <- function(tol, rel_tol) {
    nmf(brca21, "T/Po/3", n_starts = 1, seed = 1, tol = tol, verbose = FALSE, control = nmf_control(rel_tol = rel_tol))
  }
  loose <- fit(1e-2, 1e-3)
  strict <- fit(1e-6, 1e-8)
  expect_lt(loose$iterations, strict$iterations)
  expect_lte(loose$kkt, 1e-2)
  expect_lte(strict$objective, loose$objective)
})

test_law("a time limit returns the best fit so far with a warning", {
  for (model in c("T/NB45/5", "C/TW1.5/5", "T/NB/5", "T/TW/5")) {
    warned <- capture_warnings_of(fit <- endless(model, n_starts = 2, time_limit = 0.5))
    expect_length(warned, 1)
    expect_s3_class(warned[[1]], "nmf_warning_not_converged")
    expect_match(conditionMessage(warned[[1]]), "time_limit")
    expect_identical(fit$status, "time_limit")
    expect_valid_fit(fit, liver)
    expect_true(is.finite(fit$logLik))
    expect_lt(fit$seconds, 5)  # one step and what comes after the fit, on a busy machine
  }
})

test_law("a time limit of zero is still a fit", {
  for (model in c("T/Po/5", "C/N/5", "T/NB/5", "T/TW/5")) {
    fit <- without_advice(endless(model, n_starts = 2, time_limit = 0))
    expect_identical(fit$status, "time_limit")
    expect_valid_fit(fit, liver)
  }
})

test_that("the solver that cannot step says stalled or converged, never an error", {
  # An exact fit: no step can lower a deviance of zero.
  init <- random_init(51, "traditional", brca21)
  V <- init$W %*% init$H
  fit <- without_advice(nmf(V, "T/N/3", init = init, seed = 1, verbose = FALSE))
  expect_true(fit$status %in% c("converged", "stalled"))
  expect_lt(fit$deviance, 1e-20 * sum(V^2))  # rounding, squared
  expect_valid_fit(fit, V)
})

# Interrupts ---------------------------------------------------------------------------------------

# A process of its own with the package, for all jobs; it ends with this one.
process <- NULL
other_process <- function() {
  skip_on_cran()
  skip_on_os("windows")  # has no SIGINT
  skip_if_not_installed("callr")
  if (!is.null(process)) return(process)
  process <<- callr::r_session$new(callr::r_session_options(libpath = .libPaths()), wait_timeout = 60000)
  # R compiles a function when it is called again: an interrupt is to meet the fit, not that.
  process$run(function() {
    for (model in rep(c("T/NB/2", "T/TW/2"), 2)) {
      suppressWarnings(nmfamily::nmf(nmfamily::brca21, model, n_starts = 1, max_iter = 2, seed = 1))
    }
    nmfamily::compare_models(nmfamily::brca21, "T/Po/2", n_starts = 1, seed = 1)
    NULL
  })
  process
}

# The value of `job()` in that process, interrupted when it has worked for so many seconds, however busy the machine is.
# What is around a function would be sent with it.
interrupted <- function(job, process, after = 0.7) {
  ready <- withr::local_tempfile()
  environment(job) <- environment(endless) <- globalenv()
  process$call(function(job, endless, ready) {
    environment(job) <- environment()
    file.create(ready)
    job()
  }, list(job, endless, ready))
  for (wait in 1:300) if (file.exists(ready) || !process$is_alive()) break else Sys.sleep(0.1)
  worked <- function() sum(process$get_cpu_times()[c("user", "system")])
  begun <- worked()
  while (process$is_alive() && worked() - begun < after) Sys.sleep(0.05)
  asked <- Sys.time()
  process$interrupt()
  process$poll_process(20000)
  waited <- as.numeric(Sys.time() - asked, units = "secs")
  end <- process$read()
  Sys.sleep(1)                                           # sooner, the next one would be a second press of the same
  if (!is.null(end$error)) stop(end$error)
  list(value = end$result, waited = waited)
}

test_law("an interrupt returns the best fit so far", {
  jobs <- list(
    dense = function() endless("C/NB45/5", n_starts = 1),
    starts = function() endless("T/NB45/5", n_starts = 1e6),
    alpha = function() endless("T/NB/5", n_starts = 1),
    power = function() endless("T/TW/5", n_starts = 1000),
    sparse = function() endless("C/Po/5", n_starts = 1, V = nmfamily::addresses$counts)
  )
  process <- other_process()
  for (name in names(jobs)) {
    run <- interrupted(jobs[[name]], process)
    fit <- run$value
    expect_s3_class(fit, "nmf_fit")
    expect_identical(fit$status, "interrupted", label = name)
    expect_valid_fit(fit, if (name == "sparse") addresses$counts else liver)
    expect_true(is.finite(fit$logLik))
    expect_lte(fit$objective, fit$trace$objective[1])
    expect_lt(run$waited, 10)  # some steps, the density of the data, and a busy machine
  }
})

test_that("an interrupted comparison keeps what it has", {
  run <- interrupted(function() endless(c("T/Po/5", "T/NB45/5"), n_starts = 1, fit = nmfamily::compare_models),
                     other_process())
  expect_s3_class(run$value, "nmf_comparison")
  table <- run$value$table
  expect_identical(table$status, "interrupted")
  expect_identical(table$model, "NMF/T/Po/5")
})

test_that("an interrupted profile keeps what it has", {
  run <- interrupted(function() endless("T/TW/5", n_starts = 1, fit = nmfamily::profile_power), other_process())
  expect_s3_class(run$value, "nmf_profile")
  expect_gte(nrow(run$value$table), 1)
  expect_identical(run$value$best$status, "interrupted")
})

# Starts -------------------------------------------------------------------------------------------

test_law("a fit goes on from an earlier one as if it had not ended", {
  for (notation in c(notations, "em")) {
    solver <- if (notation == "em") "em" else "auto"
    model <- if (notation == "em") "T/Po/3" else notation
    fit <- function(...) without_advice(nmf(brca21, model, ..., solver = solver, tol = 0, verbose = FALSE))
    first <- fit(n_starts = 1, seed = 1, max_iter = 37)
    second <- fit(init = first, max_iter = 63)
    whole <- fit(n_starts = 1, seed = 1, max_iter = 100)
    for (name in c("W", "H", "E", "objective", "kkt", "status", "iterations")) {
      expect_identical(second[[name]], whole[[name]], label = paste(notation, name))
    }
    expect_identical(second$trace[c("iteration", "objective", "kkt")], whole$trace[c("iteration", "objective", "kkt")])
    expect_false(is.unsorted(second$trace$seconds))
    expect_identical(nrow(second$starts), 0L)
  }
})

test_that("a fit that was changed, or another solver, starts anew", {
  first <- without_advice(nmf(brca21, "T/Po/3", n_starts = 1, seed = 1, max_iter = 30, verbose = FALSE))
  changed <- first
  changed$H[, 1] <- changed$H[, 1] + 0.01
  starts <- list(changed = list(init = changed), solver = list(init = first, solver = "lbfgs"))
  for (start in starts) {
    again <- do.call(nmf, c(list(brca21, "T/Po/3", verbose = FALSE), start))
    reference <- reference_objective(brca21, start$init$W %*% start$init$H, reference_family("poisson"))
    expect_equal(again$trace$objective[1], reference, tolerance = 1e-10)
    expect_identical(again$status, "converged")
  }
})

test_that("a fit of another family is a start too, one of another structure is not", {
  poisson <- nmf(brca21, "T/Po/3", n_starts = 1, seed = 1, verbose = FALSE)
  negbin <- nmf(brca21, "T/NB45/3", init = poisson, verbose = FALSE, seed = 1)
  expect_identical(negbin$status, "converged")
  expect_error(nmf(brca21, "C/Po/3", init = poisson), class = "nmf_error_init")
  expect_error(nmf(brca21, "T/Po/4", init = poisson), class = "nmf_error_init")
  expect_error(nmf(brca21[-1, ], "T/Po/3", init = poisson), class = "nmf_error_init")
})

test_that("more starts are not worse and are all recorded", {
  many <- nmf(brca21, "T/NB45/3", n_starts = 5, seed = 1, verbose = FALSE)
  expect_identical(many$starts$start, 1:5)
  expect_true(all(is.finite(many$starts$objective)))
  expect_lte(many$objective, min(many$starts$objective))
})

test_that("all solvers find the same optimum from the same start", {
  init <- random_init(52, "traditional", brca21)
  init$W <- init$W * mean(brca21)
  by <- function(solver) nmf(brca21, "T/Po/3", init = init, solver = solver, max_iter = 1e5, seed = 1, verbose = FALSE)
  mm <- by("mm")
  expect_identical(c(mm$solver, mm$status), c("mm", "converged"))
  for (solver in c("cd", "lbfgs")) {
    other <- by(solver)
    expect_identical(c(other$solver, other$status), c(solver, "converged"))
    # Other paths could end in other optima; from this start they do not. Right to 1e-6, the promise of "converged".
    expect_equal(other$deviance, mm$deviance, tolerance = 1e-6)
    expect_lt(other$iterations, mm$iterations)
  }
  expect_identical(by("auto")$W, by("cd")$W)
})

# Data ---------------------------------------------------------------------------------------------

test_that("channels in the rows are noticed, whichever way `obs` points", {
  channels_in_rows <- t(brca21)
  error <- expect_error(nmf(channels_in_rows, "T/Po/3"), class = "nmf_error_data")
  expect_match(conditionMessage(error), "obs = \"columns\"", fixed = TRUE)
  error <- expect_error(nmf(brca21, "T/Po/3", obs = "columns"), class = "nmf_error_data")
  expect_match(conditionMessage(error), "obs = \"rows\"", fixed = TRUE)
  right <- nmf(channels_in_rows, "T/Po/3", obs = "columns", n_starts = 1, seed = 1, verbose = FALSE)
  expect_identical(right$W, nmf(brca21, "T/Po/3", n_starts = 1, seed = 1, verbose = FALSE)$W)
})

test_that("what is needed to repeat a fit is in it", {
  fit <- nmf(brca21, "T/Po/3", n_starts = 3, seed = 7, max_iter = 900, tol = 1e-4, verbose = FALSE)
  expect_identical(fit$seed, 7L)
  expect_identical(fit$obs, "rows")
  expect_identical(fit$settings[c("n_starts", "tol")], list(n_starts = 3L, tol = 1e-4))
  expect_s3_class(fit$control, "nmf_control")
  expect_identical(eval(fit$call)$W, fit$W)
  expect_lt(object.size(fit), 40 * object.size(list(fit$W, fit$H)))  # the data are not in it
})

test_that("verbose shows the starts, and is silent otherwise", {
  quiet <- capture.output(invisible(nmf(brca21, "T/Po/3", n_starts = 2, seed = 1, verbose = FALSE)), type = "message")
  expect_length(quiet, 0)
  rlang::local_interactive()                               # elsewhere there are lines a minute apart
  withr::local_options(cli.progress_show_after = 0, cli.dynamic = FALSE, cli.progress_clear = FALSE,
                       cli.progress_handlers_only = "cli", cli.ansi = FALSE, cli.num_colors = 1)
  loud <- capture.output(fit <- nmf(liver, "T/NB45/5", n_starts = 4, seed = 1, max_iter = 40, tol = 1, verbose = TRUE,
                                    control = nmf_control(rel_tol = 1)), type = "message")
  expect_match(paste(loud, collapse = " "), "NMF/T/NB45/5 .*4 of 4 starts \\| objective [0-9.]+")
  expect_error(nmf(brca21, "T/Po/3", verbose = "yes"), class = "nmf_error_argument")
})

test_that("settings may be given as a list", {
  fit <- nmf(brca21, "T/Po/3", n_starts = 1, seed = 1, verbose = FALSE, control = list(start_iter = 5))
  expect_identical(fit$control$start_iter, 5L)
  expect_error(nmf(brca21, "T/Po/3", control = list(5)), class = "nmf_error_control")
  expect_error(nmf(brca21, "T/Po/3", control = list(start_itr = 5)), class = "nmf_error_control", regexp = "start_itr")
})
