# Results and files are the same under any options and in any locale.

base <- everything_of_few()

expect_same <- function(few, info = NULL) {
  for (part in names(base)) expect_true(same_work(few[[part]], base[[part]]), info = paste(info, part))
}

test_law("nothing fails", {
  faults <- Filter(function(part) is.character(part) && length(part) == 1, base)
  expect_identical(faults, structure(list(), names = character()))
  expect_identical(base$notation[[1]], "NMF/T/TW1.5/3")
})

test_law("options have no say", {
  skip_on_cran()
  # an option that was not set and is put back to NULL goes on warning
  partial <- c("warnPartialMatchDollar", "warnPartialMatchArgs", "warnPartialMatchAttr")
  withr::defer(options(lapply(stats::setNames(partial, partial), getOption, FALSE)))
  few <- function(...) withr::with_options(list(...), everything_of_few())
  expect_same(few(OutDec = ",", scipen = -20, digits = 1, useFancyQuotes = TRUE, width = 20, keep.source = TRUE,
                  contrasts = c("contr.sum", "contr.poly"), mc.cores = 2L, na.action = "na.fail", encoding = "latin1",
                  max.print = 5), "numbers")
  expect_same(few(warn = 2, warnPartialMatchDollar = TRUE, warnPartialMatchArgs = TRUE, warnPartialMatchAttr = TRUE,
                  OutDec = ",", scipen = 100, digits = 22), "warnings")
})

test_law("the locale C, which has no letters beyond ASCII, and what R warns of have no say", {
  skip_on_cran()
  skip_if_not_installed("callr")
  few <- callr::r(function(everything) {
    library(nmfamily)
    compiler::enableJIT(0)                               # R's compiler warns under check.bounds, of itself
    suppressWarnings({
      options(stringsAsFactors = TRUE, check.bounds = TRUE)  # R itself warns under these, often
      everything()
    })
  }, list(everything_of_few), env = c(LC_ALL = "C"))
  expect_same(few, "C")
})

# The first of these locales that there is, until the test ends.
in_locale_of <- function(locales, frame = parent.frame()) {
  skip_on_cran()
  skip_on_os("windows")
  ours <- Sys.getlocale("LC_CTYPE")
  withr::defer({
    Sys.setlocale("LC_NUMERIC", "C")                     # which LC_ALL leaves alone
    Sys.setlocale("LC_ALL", ours)
  }, envir = frame)
  there <- function(locale) nzchar(suppressWarnings(Sys.setlocale("LC_ALL", locale)))
  locale <- Find(there, locales)
  skip_if(is.null(locale), "no other locale")
  locale
}

test_that("the order of letters, their case and the decimal comma of a locale have no say", {
  locale <- in_locale_of(c("tr_TR.UTF-8", "et_EE.UTF-8", "de_DE.UTF-8", "fr_FR.UTF-8", "en_US.UTF-8"))
  suppressWarnings(Sys.setlocale("LC_NUMERIC", locale))
  expect_same(everything_of_few(), locale)
  expect_identical(Sys.getlocale("LC_NUMERIC"), locale)
})

test_that("an i is that of ASCII in Turkish too", {
  in_locale_of("tr_TR.UTF-8")
  expect_false(toupper("i") == "I")
  expect_error(check_text_file("x.ZIP"), class = "nmf_error_argument", regexp = "[.]ZIP")
  expect_identical(channel_names(c("1:ins:c:0", "2:DEL:R:3")), c("1:Ins:C:0", "2:Del:R:3"))
  expect_identical(nearest("INTERVALS", c("rows", "interval")), "interval")
  expect_identical(format(nmf_model("t/nbinf/2")), format(nmf_model("T/NBInf/2")))
  signatures <- data.frame(SIGNATURE = c("one", "two"), p = 1:2, q = 3:4)
  expect_false(layout_of(as.matrix(signatures), "a file")$channels_in_rows)
})
