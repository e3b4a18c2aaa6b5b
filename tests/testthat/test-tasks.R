# Independent tasks: the same values under any plan and in any order, and none done twice.

numbers <- function(n) stats::setNames(lapply(seq_len(n), function(i) list(i = i)), paste0("task", seq_len(n)))

draw <- function(task) with_seed(task$i, stats::runif(2))

expected <- lapply(numbers(9), draw)

# Work that writes a line for each time that it is done.
counted <- function(log, work = draw) {
  function(task) {
    cat(task$i, "\n", file = file.path(log, paste0("task", task$i)), append = TRUE)
    work(task)
  }
}
times_done <- function(log) {
  files <- list.files(log, full.names = TRUE)
  stats::setNames(vapply(files, function(file) length(readLines(file)), 0L), basename(files))
}

test_that("values do not depend on the plan or on the order", {
  expect_identical(run_tasks(numbers(9), draw), expected)
  expect_identical(run_tasks(rev(numbers(9)), draw), rev(expected))
  expect_identical(unname(run_tasks(list(), draw)), list())
})

test_that("workers give the same values and the same errors", {
  skip_on_cran()
  skip_if_not_installed("future.apply")
  odd <- function(task) if (task$i == 4) stop("four") else draw(task)
  alone <- run_tasks(numbers(9), odd)
  old <- future::plan("multisession", workers = 2)
  on.exit(future::plan(old))
  expect_true(has_workers())
  expect_identical(run_tasks(numbers(9), draw), expected)
  expect_identical(lapply(run_tasks(numbers(9), odd), unclass)[-4], lapply(alone, unclass)[-4])
  expect_identical(conditionMessage(run_tasks(numbers(9), odd)$task4), "four")
  expect_identical(run_tasks(rev(numbers(9)), draw), rev(expected))
  future::plan("sequential")
  expect_false(has_workers())
})

test_that("a task that fails stops no other", {
  odd <- function(task) if (task$i %in% c(1, 4, 9)) abort("data", "no ", task$i) else draw(task)
  values <- run_tasks(numbers(9), odd)
  expect_identical(values[-c(1, 4, 9)], expected[-c(1, 4, 9)])
  for (i in c(1, 4, 9)) expect_s3_class(values[[i]], "nmf_error_data")
})

test_that("an interrupt leaves what is done, in the checkpoint too", {
  file <- withr::local_tempfile(fileext = ".rds")
  tired <- function(task) if (task$i == 5) stop_undone() else draw(task)
  values <- run_tasks(numbers(9), tired, file)
  expect_identical(values[1:4], expected[1:4])
  expect_identical(unname(values[5:9]), vector("list", 5))
  log <- withr::local_tempdir()
  expect_identical(run_tasks(numbers(9), counted(log), file), expected)
  expect_setequal(names(times_done(log)), paste0("task", 5:9))
  skip_on_os("windows")
  pressed <- function(task) {
    if (task$i == 3) tools::pskill(Sys.getpid(), tools::SIGINT)
    draw(task)
  }
  done <- unname(lengths(run_tasks(numbers(9), pressed)))
  expect_identical(done[-3], rep(c(2L, 0L), c(2, 6)))
  expect_true(done[3] %in% c(0L, 2L))                     # R looks for an interrupt when it likes
})

test_that("finished tasks are not done again, failed ones are", {
  file <- withr::local_tempfile(fileext = ".rds")
  log <- withr::local_tempdir()
  odd <- function(task) if (task$i == 4) stop("four") else draw(task)
  run_tasks(numbers(6), counted(log, odd), file)
  expect_identical(run_tasks(numbers(9), counted(log), file), expected)
  expect_identical(times_done(log)[names(expected)], stats::setNames(c(1L, 1L, 1L, 2L, 1L, 1L, 1L, 1L, 1L),
                                                                     names(expected)))
  # tasks that are not asked for stay
  run_tasks(numbers(2), draw, file)
  expect_identical(names(readRDS(file)$values), names(expected)[c(1:3, 5:6, 4, 7:9)])
})

test_that("a killed process is resumed", {
  skip_on_cran()
  skip_on_os("windows")
  skip_if_not_installed("callr")
  dir <- withr::local_tempdir()
  file <- file.path(dir, "x.rds")
  log <- file.path(dir, "log")
  dir.create(log)
  slow <- function(log, file) {
    tasks <- stats::setNames(lapply(1:40, function(i) list(i = i)), paste0("task", 1:40))
    work <- function(task) {
      cat(task$i, "\n", file = file.path(log, paste0("task", task$i)), append = TRUE)
      Sys.sleep(0.1)
      task$i^2
    }
    getFromNamespace("run_tasks", "nmfamily")(tasks, work, file, identity = list(what = "squares"))
  }
  child <- callr::r_bg(slow, list(log, file))
  on.exit(child$kill())
  while (!file.exists(file) && child$is_alive()) Sys.sleep(0.05)
  Sys.sleep(0.3)                                         # tasks that are not in the file yet
  child$kill()                                           # SIGKILL
  kept <- names(readRDS(file)$values)
  expect_gt(length(kept), 0)
  expect_lt(length(times_done(log)), 40)
  work <- counted(log, function(task) task$i^2)
  values <- run_tasks(numbers(40), work, file, identity = list(what = "squares"))
  expect_identical(unlist(values, use.names = FALSE), (1:40)^2)
  expect_true(all(times_done(log)[kept] == 1))
  expect_length(times_done(log), 40)
  expect_setequal(list.files(dir), c("x.rds", "log"))
})

test_that("the checkpoint of other work, and other files, are refused and left alone", {
  dir <- withr::local_tempdir()
  withr::local_dir(dir)
  identity <- list(data = matrix(1:6 + 0, 2), model = "NMF/T/Po/3")
  run_tasks(numbers(3), draw, "x.rds", identity = identity)
  saveRDS(1:3, "other.rds")
  writeLines("text", "notes.txt")
  before <- tools::md5sum(list.files())
  other <- list(data = identity$data + 1, model = "NMF/T/Po/3")
  expect_snapshot(error = TRUE, {
    run_tasks(numbers(3), draw, "x.rds", identity = other)
    run_tasks(numbers(3), draw, "x.rds")
    run_tasks(numbers(3), draw, "other.rds", identity = identity)
    run_tasks(numbers(3), draw, "notes.txt", identity = identity)
    run_tasks(numbers(3), draw, "nowhere/x.rds", identity = identity)
    run_tasks(numbers(3), draw, 3, identity = identity)
  })
  expect_identical(tools::md5sum(list.files()), before)
})

test_law("a checkpoint that was edited, cut or written by another version is refused and left alone", {
  file <- withr::local_tempfile(fileext = ".rds")
  choose <- function() {
    select_rank(brca21[1:8, ], "T/Po", ranks = 2, n_splits = 2, n_starts = 1, max_iter = 20, checkpoint = file,
                seed = 1)
  }
  suppressWarnings(choose())
  whole <- readRDS(file)
  bytes <- readBin(file, "raw", 1e6)
  edits <- list(
    function(x) utils::modifyList(x, list(values = unname(x$values))),
    function(x) utils::modifyList(x, list(values = lapply(x$values, function(value) list()))),
    function(x) utils::modifyList(x, list(values = lapply(x$values, function(value) value["score"]))),
    function(x) utils::modifyList(x, list(values = lapply(x$values, function(value) "a"))),
    function(x) x[names(x) != "values"],
    function(x) x["kind"],
    function(x) x[c("kind", "version")],
    function(x) c(x, list(more = 1)),
    function(x) x,                                       # written by saveRDS(): whose values, nobody knows
    function(x) utils::modifyList(x, list(identity = NULL)),
    function(x) utils::modifyList(x, list(version = "0.0.1")),
    function(x) unlist(x),
    function(x) NULL
  )
  for (edit in edits) {
    saveRDS(edit(whole), file)
    before <- tools::md5sum(file)
    error <- expect_error(choose(), "give another name or remove the file", class = "nmf_error_file")
    expect_s3_class(error, "nmf_error_argument")
    expect_identical(conditionCall(error)[[1]], quote(select_rank))
    expect_identical(tools::md5sum(file), before)
  }
  for (cut in c(1:40, 200, length(bytes))) {
    writeBin(utils::head(bytes, -cut), file)
    expect_error(choose(), "give another name or remove the file", class = "nmf_error_file")
  }
  writeBin(bytes, file)
  expect_identical(suppressWarnings(choose())$table$rank, 2L)
})

test_that("work that is killed while it writes goes on to the same result", {
  skip_on_cran()
  skip_on_os("windows")
  skip_if_not_installed("callr")
  resumed <- withr::with_seed(1, killed_and_resumed(choose_rank_of_few, kills = 2))
  expect_identical(resumed$kills, 2)
  expect_identical(resumed$left, "work.rds")
  expect_true(same_work(resumed$value, choose_rank_of_few(NULL)))
})

test_that("a fingerprint is that of the values", {
  expect_identical(fingerprint(1:10), fingerprint(c(1L, 2:9, 10L)))
  expect_identical(fingerprint(list(a = brca21)), fingerprint(list(a = brca21[1:21, ])))
  expect_false(fingerprint(1:10) == fingerprint(c(1:9, 11L)))
  expect_false(fingerprint(brca21) == fingerprint(unname(brca21)))
})

test_that("a checkpoint that cannot be written is a warning", {
  file <- file.path(withr::local_tempdir(), "x.rds")
  vanish <- function(task) {
    unlink(dirname(file), recursive = TRUE)
    draw(task)
  }
  expect_warning(values <- run_tasks(numbers(3), vanish, file), class = "nmf_warning_checkpoint")
  expect_identical(values, expected[1:3])
})
