# One long fit in a checkpoint.

V <- random_sparse(31, 40, 12)
every_time <- nmf_control(checkpoint_every = 0)
fit_in <- function(V, model = "T/Po/2", ..., seed = 1, control = every_time) {
  suppressMessages(without_advice(suppressWarnings(
    nmf(V, model, ..., seed = seed, verbose = FALSE, n_starts = 2, control = control, threads = 1),
    "nmf_warning_not_converged"
  )))
}
numbers <- function(fit) {
  c(fit[c("W", "H", "E", "objective", "logLik", "sigma2", "iterations", "status", "starts")],
    list(fit$trace[c("iteration", "objective", "kkt")], parameter_of(fit$model$family)))
}

# The checkpoint as it was at each writing.
states_of <- function(work, checkpoint) {
  states <- list()
  write <- write_checkpoint
  local_sizes(write_checkpoint = function(saved) {
    result <- write(saved)
    states[[length(states) + 1]] <<- readBin(checkpoint, "raw", 1e7)
    result
  }, rest_after = function(...) 0)
  work()
  states
}

test_law("a fit goes on from any state of its checkpoint to the bit", {
  cases <- list(list(V, "T/Po/2", "cd"), list(V, "T/Po/2", "mm"), list(as_sparse(V), "T/NB/2", "cd"),
                list(V, "T/TW1.5/2", "cd"), list(V, "C/Po/2", "mm"), list(nmf_blocks(as_sparse(V)), "T/Po/2", "cd"))
  for (case in cases) {
    fit_case <- function(...) fit_in(case[[1]], case[[2]], solver = case[[3]], max_iter = 60, tol = 1e-4, ...)
    whole <- numbers(fit_case())
    checkpoint <- withr::local_tempfile(fileext = ".rds")
    states <- states_of(function() expect_identical(numbers(fit_case(checkpoint = checkpoint)), whole), checkpoint)
    expect_gt(length(states), 10)
    for (state in states[c(1, 2, 5, length(states) %/% 2, length(states))]) {
      writeBin(state, checkpoint)
      expect_identical(numbers(fit_case(checkpoint = checkpoint)), whole)
    }
  }
})

test_that("what is done is not done again", {
  checkpoint <- withr::local_tempfile(fileext = ".rds")
  fit_in(V, "T/NB/2", checkpoint = checkpoint)
  calls <- 0
  local_sizes(run_core = function(...) {
    calls <<- calls + 1
    stop("no run")
  })
  again <- fit_in(V, "T/NB/2", checkpoint = checkpoint)
  expect_identical(calls, 0)
  expect_s3_class(again, "nmf_fit")
})

test_that("a fit that time has ended goes on from its checkpoint", {
  checkpoint <- withr::local_tempfile(fileext = ".rds")
  whole <- numbers(fit_in(V))
  stopped <- fit_in(V, checkpoint = checkpoint, time_limit = 0)
  expect_identical(stopped$status, "time_limit")
  expect_identical(numbers(fit_in(V, checkpoint = checkpoint)), whole)
})

test_that("data in blocks are told from others by all of their cells and weights", {
  swapped <- V * 0 + 1
  swapped[1:2, 1:2] <- c(1, 2, 2, 1)
  other <- swapped
  other[1:2, 1:2] <- c(2, 1, 1, 2)
  facts <- function(V, ...) all_of(source_in_blocks(V, "rows", ...))
  expect_identical(facts(swapped), facts(swapped))
  expect_false(identical(facts(swapped), facts(other)))
  expect_false(identical(facts(V, cell_weights = swapped), facts(V, cell_weights = other)))
})

test_that("a checkpoint of other work is refused, and one needs a seed", {
  checkpoint <- withr::local_tempfile(fileext = ".rds")
  with_same_margins <- withr::with_seed(1, stats::r2dtable(1, rowSums(V), colSums(V)))[[1]]
  fit_in(V, checkpoint = checkpoint)
  refused <- function(..., words = "of other work") {
    expect_error(fit_in(..., checkpoint = checkpoint), words, class = "nmf_error_argument")
  }
  refused(V + 1)
  refused(V[c(2, 1, 3:40), ])
  refused(with_same_margins)
  refused(V, "T/Po/3")
  refused(V, "T/N/2")
  refused(V, tol = 1e-3)
  refused(V, seed = 2)
  refused(V, solver = "mm")
  refused(V, init = random_init(1, "traditional", V, 2))
  refused(V, seed = NULL, words = "seed")
  fit_in(V, checkpoint = checkpoint, control = nmf_control(checkpoint_every = 50))
  writeBin(as.raw(1:9), checkpoint)
  refused(V, words = "not a checkpoint")
  expect_error(fit_in(V, checkpoint = file.path(tempfile(), "x.rds")), class = "nmf_error_file")
  expect_error(nmf_control(checkpoint_every = -1), class = "nmf_error_control")
})
