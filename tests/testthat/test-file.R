# A file is replaced whole or not at all, what cannot be read or written is a classed error, and nothing is left beside.

numbers <- stats::setNames(lapply(1:4, function(i) list(i = i)), paste0("task", 1:4))
draw <- function(task) with_seed(task$i, stats::runif(500))
fit <- nmf(brca21, "T/Po/3", n_starts = 1, seed = 1, verbose = FALSE)
topics <- fit_topics(brca21, 3, n_starts = 1, seed = 1, verbose = FALSE)

check <- check_model(fit, n_runs = 0, seed = 1)

writers <- list(
  write_signatures = function(path) write_signatures(fit, path),
  write_activities = function(path) write_activities(fit, path),
  write_probabilities = function(path) write_probabilities(fit, path),
  write_ldavis = function(path) write_ldavis(topics, path, brca21, n = 5, lambda_step = 0.5),
  explore = function(path) explore(fit, brca21, path, seed = 1),
  report = function(path) report(fit, path, brca21, check = check, seed = 1),
  checkpoint = function(path) run_tasks(numbers, draw, path)
)
if (!requireNamespace("jsonlite", quietly = TRUE)) writers[c("write_ldavis", "explore", "report")] <- NULL
readers <- list(read_signatures = read_signatures, read_catalogue = read_catalogue)

refusal_of <- function(code) {
  tryCatch({
    code
    "no refusal"
  }, nmf_error_file = function(e) "file", nmf_error_argument = function(e) "argument", error = conditionMessage)
}

test_law("what is no name of a file is refused by all that read and write", {
  connection <- textConnection("a")
  on.exit(close(connection))
  bad <- list("", NA_character_, NA, c("a", "b"), character(), 3, list("a"), quote(a), connection, strrep("a", 5000))
  for (name in names(c(writers, readers))) {
    for (path in bad) expect_identical(refusal_of(c(writers, readers)[[name]](path)), "argument", info = name)
  }
})

test_law("directories, pipes and devices are refused, and none is waited for", {
  skip_on_os("windows")
  dir <- withr::local_tempdir()
  withr::local_dir(dir)
  dir.create("folder.txt")
  system2("mkfifo", "pipe.txt")
  file.symlink("pipe.txt", "to-pipe.txt")
  file.symlink("/dev/full", "full.txt")
  before <- list.files()
  for (path in c("folder.txt", "folder.txt/", ".", "pipe.txt", "to-pipe.txt", "full.txt", "/dev/null", "no/such.txt")) {
    for (f in c(writers, readers)) expect_identical(refusal_of(f(path)), "file", info = path)
  }
  for (f in readers) expect_identical(refusal_of(f("nowhere.txt")), "file")
  expect_identical(list.files(), before)
  skip_if(Sys.info()[["effective_user"]] == "root")      # to whom nothing is forbidden
  dir.create("kept")
  writeLines("old", "kept/old.txt")
  Sys.chmod("kept/old.txt", "0444")
  for (f in writers) expect_identical(refusal_of(f("kept/old.txt")), "file")
  Sys.chmod(c("kept/old.txt", "kept"), c("0000", "0555"))
  on.exit(Sys.chmod("kept", "0755"))
  for (f in readers) expect_identical(refusal_of(f("kept/old.txt")), "file")
  for (f in writers) expect_identical(refusal_of(f("kept/new.txt")), "file")
})

# A file of each writer, plain and compressed.
old_files <- function(dir) {
  names <- setdiff(names(writers), "checkpoint")
  for (path in file.path(dir, c(paste0(names, ".txt"), paste0(names, ".txt.gz")))) writeLines("old", path)
  run_tasks(numbers[1], function(task) 1, file.path(dir, "checkpoint.rds"))
}

# What each of them says when it is written again, named by the file.
faults_of <- function(dir) {
  paths <- list.files(dir, "[.](txt|gz|rds)$", full.names = TRUE)
  vapply(stats::setNames(paths, basename(paths)), function(path) {
    tryCatch({
      writers[[sub("[.].*", "", basename(path))]](path)
      "written"
    }, nmf_error_file = conditionMessage, nmf_warning_checkpoint = conditionMessage)
  }, "")
}

everything_in <- function(dir) tools::md5sum(list.files(dir, full.names = TRUE, all.files = TRUE, no.. = TRUE))

expect_faults <- function(faults, reason) {
  expect_length(faults, 2 * length(writers) - 1)
  for (name in names(faults)) expect_match(faults[[name]], paste0(name, "\" could not be written \\(", reason))
  expect_match(faults, "; the file is as it was", all = TRUE)
}

test_law("on a full disk the old files stay and nothing is left beside", {
  skip_on_cran()
  skip_if(Sys.info()[["sysname"]] != "Linux" || Sys.info()[["effective_user"]] != "root")
  dir <- withr::local_tempdir()
  skip_if(suppressWarnings(system2("mount", c("-t", "tmpfs", "-o", "size=1m", "none", dir), stderr = FALSE)) != 0)
  withr::defer(system2("umount", dir), priority = "first")
  old_files(dir)
  suppressWarnings(writeBin(raw(2^20), file.path(dir, "all.the.rest")))
  before <- everything_in(dir)
  expect_faults(faults_of(dir), "(.*is the disk full|.*No space)")
  expect_identical(everything_in(dir), before)
  unlink(file.path(dir, "all.the.rest"))
  expect_identical(unique(unname(faults_of(dir))), "written")
})

test_law("a limit to the size of files is found when they are read back", {
  skip_on_cran()
  skip_on_os("windows")
  dir <- withr::local_tempdir()
  old_files(dir)
  before <- everything_in(dir)
  code <- withr::local_tempfile(fileext = ".rds")
  saveRDS(function() faults_of(dir), code)
  script <- sprintf("library(nmfamily); said <- readRDS('%s')(); cat(rbind(names(said), said), sep = '\n')", code)
  limited <- sprintf("trap '' XFSZ; ulimit -f 1; exec %s -e \"%s\"", file.path(R.home("bin"), "Rscript"), script)
  said <- withr::with_envvar(c(R_LIBS = paste(.libPaths(), collapse = ":")),
                             system2("sh", c("-c", shQuote(limited)), stdout = TRUE))
  said <- matrix(said, 2)
  expect_faults(stats::setNames(said[2, ], said[1, ]), "(.*is the disk full|.*too large)")
  expect_identical(everything_in(dir), before)
})

test_that("what fails while it is made leaves the old file, and so does an interrupt", {
  dir <- withr::local_tempdir()
  path <- file.path(dir, "x.txt")
  writeLines("old", path)
  expect_error(replace_file(path, function(put) {
    put("new")
    stop("no more")
  }), "^no more$")
  expect_identical(tryCatch(replace_file(path, function(put) {
    put("new")
    signal_interrupt()
  }), interrupt = function(e) "interrupted"), "interrupted")
  expect_identical(list.files(dir, all.files = TRUE, no.. = TRUE), "x.txt")
  expect_identical(readLines(path), "old")
})

test_that("a link stays and its file is replaced, with the permissions it had", {
  skip_on_os("windows")
  dir <- withr::local_tempdir()
  withr::local_dir(dir)
  dir.create("far")
  writeLines("old", "far/old.txt")
  Sys.chmod("far/old.txt", "0640")
  file.symlink("far/old.txt", "link.txt")
  file.symlink("link.txt", "link-to-link.txt")
  file.symlink("far/new.txt", "dangling.txt")
  for (link in c("link-to-link.txt", "dangling.txt")) {
    expect_identical(expect_invisible(write_signatures(fit, link)), link)
    expect_identical(read_signatures(link), fit$H)
  }
  expect_identical(unname(Sys.readlink(c("link.txt", "link-to-link.txt", "dangling.txt"))),
                   c("far/old.txt", "link.txt", "far/new.txt"))
  expect_identical(format(file.mode("far/old.txt")), "640")
  expect_setequal(list.files("far", all.files = TRUE, no.. = TRUE), c("old.txt", "new.txt"))
  old <- Sys.umask("0027")
  write_activities(fit, "own.txt")
  Sys.umask(old)
  expect_identical(format(file.mode("own.txt")), "640")
})

test_law("what cannot be compressed is refused, what others compressed is read", {
  dir <- withr::local_tempdir()
  for (end in c(".bz2", ".xz", ".zip", ".ZST")) for (write in writers[names(writers) != "checkpoint"]) {
    expect_identical(refusal_of(write(file.path(dir, paste0("x.txt", end)))), "argument")
  }
  expect_length(list.files(dir), 0)
  path <- file.path(dir, "x.txt")
  write_signatures(fit, path)
  for (compress in list(gzfile, bzfile, xzfile)) {
    packed <- file.path(dir, "packed")
    connection <- compress(packed, "w")
    writeLines(readLines(path), connection)
    close(connection)
    expect_identical(read_signatures(packed), fit$H)
  }
})

test_that("a file that was cut, and one that is no text, is not read", {
  path <- withr::local_tempfile(fileext = ".txt.gz")
  write_signatures(fit, path)
  bytes <- readBin(path, "raw", file.size(path))
  for (cut in c(1, 4, 8, 9, 100, 1000)) {
    writeBin(utils::head(bytes, -cut), path)
    expect_identical(refusal_of(read_signatures(path)), "file", info = cut)
  }
  writeBin(charToRaw("Type\tS\xe91\nA[C>A]A\t1\n"), path)             # Latin-1
  expect_error(read_signatures(path), "line 1", class = "nmf_error_data")
  writeBin(as.raw(c(65, 9, 0, 66, 10)), path)
  expect_error(read_catalogue(path), "text", class = "nmf_error_file")
})
