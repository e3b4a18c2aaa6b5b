# Runs the tests against the installed package and leaves "passed failed" in .check/test-counts:
#   Rscript tools/test.R [filter]
filter <- commandArgs(TRUE)
# Tests that wait, for a browser, a worker or a signal, leave their core to another process.
if (Sys.getenv("TESTTHAT_CPUS") == "") Sys.setenv(TESTTHAT_CPUS = 3)
count_file <- file.path(".check", "test-counts")
dir.create(dirname(count_file), showWarnings = FALSE)
unlink(count_file)
results <- as.data.frame(testthat::test_dir(
  file.path("tests", "testthat"),
  package = "nmfamily", load_package = "installed", filter = if (length(filter)) filter,
  reporter = testthat::ProgressReporter$new(max_failures = Inf, show_praise = FALSE), stop_on_failure = FALSE
))
passed <- sum(results$passed)
failed <- sum(results$failed, results$error)
cat(passed, failed, "\n", file = count_file)
if (failed > 0 || passed == 0) quit(status = 1)
