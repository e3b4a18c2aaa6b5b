# Line coverage of the tests, R and C++ apart; fails when either is below 90 %.
least <- 90
# -O0 takes several times as long; threads may count the same line at the same time.
flags <- getOption("covr.flags", c(CXX17FLAGS = "-O1 --coverage", LDFLAGS = "--coverage"))
flags["CXX17FLAGS"] <- paste(flags["CXX17FLAGS"], "-fprofile-update=atomic")
options(covr.flags = flags)

coverage <- covr::package_coverage(
  type = "tests", line_exclusions = list("R/RcppExports.R", "src/RcppExports.cpp")
)
lines <- covr::tally_coverage(coverage, by = "line")
lines$covered <- lines$value > 0
lines$language <- ifelse(startsWith(lines$filename, "R/"), "R", "C++")
percent <- function(by) sort(100 * tapply(lines$covered, lines[[by]], mean))

cat(sprintf("%6.1f %%  %s\n", percent("filename"), names(percent("filename"))), "\n", sep = "")
total <- percent("language")
cat(sprintf("%6.1f %%  %s\n", total, names(total)), sep = "")
if (any(total < least)) {
  cat("Coverage is below", least, "%.\n")
  quit(status = 1)
}
