# What help pages, vignettes and README claim: what a program can check of it.

here <- function(...) test_path("..", "..", ...)
skip_without_sources <- function() {
  skip_if_not(file.exists(here("vignettes", "nmfamily.Rmd")) && file.exists(here("R", "nmf.R")), "the sources")
}

# The sentences of a page, without its code.
sentences_of <- function(file) {
  lines <- readLines(file, encoding = "UTF-8")
  if (endsWith(file, ".R")) {
    lines <- sub("^#' ?", "", grep("^#'", lines, value = TRUE))
  } else {
    fences <- cumsum(grepl("^\\s*```", lines))
    lines <- lines[fences %% 2 == 0 & !grepl("^\\s*```", lines)]
  }
  text <- gsub("\\s+", " ", paste(lines, collapse = " "))
  strsplit(text, "(?<=[.:;|}]) (?=[A-Z`*|@])", perl = TRUE)[[1]]
}
pages <- function() {
  c(list.files(here("vignettes"), "[.]Rmd$", recursive = TRUE, full.names = TRUE),
    list.files(here("R"), "[.]R$", full.names = TRUE), Filter(file.exists, here("README.md")))
}

test_that("every claim that something is not there was checked", {
  skip_without_sources()
  absence <- paste0("not supported|unsupported|not implemented|not possible|impossible|no intervals?\\b|cannot|",
                    "not available|(is|are) an error|no way to|not yet|",
                    "there (is|are) no (function|method|way|interval)|only for|is for [a-zA-Z ]+ only|",
                    "for traditional models")
  found <- unlist(lapply(pages(), sentences_of))
  found <- unique(grep(absence, found, value = TRUE))
  found <- found[!grepl("that is not known is an error", found)]     # test-hostile.R
  checked <- read.csv(test_path("fixtures", "claims-of-absence.csv"))
  listed <- vapply(found, function(sentence) {
    any(vapply(checked$claim, grepl, NA, sentence, fixed = TRUE))
  }, NA)
  expect_identical(found[!listed], character())
  expect_true(all(nzchar(checked$by)))
  skip_if_not(dir.exists(here("vignettes", "articles")))             # claims of the site's pages, which no tarball has
  stale <- checked$claim[!vapply(checked$claim, function(claim) any(grepl(claim, found, fixed = TRUE)), NA)]
  expect_identical(stale, character())
})

test_that("what the page on extending names is there", {
  skip_without_sources()
  skip_if_not(file.exists(here("src", "family.h")), "the core")
  lines <- readLines(here("vignettes", "extending.Rmd"), encoding = "UTF-8")
  named <- unlist(regmatches(lines, gregexpr("`[A-Za-z_][A-Za-z_.0-9/-]*(\\([a-z0-9_, ]*\\))?`", lines)))
  named <- unique(gsub("`", "", named))
  tests <- grepl("^(test|helper)-.*[.]R$", named)
  named[tests] <- file.path("tests", "testthat", named[tests])
  files <- grep("/", named, value = TRUE, fixed = TRUE)
  missing <- files[!file.exists(here(files))]
  expect_identical(setdiff(missing, "src/family-root.cpp"), character())   # which the page adds
  code <- unlist(lapply(c(list.files(here("src"), "[.](h|cpp)$", full.names = TRUE),
                          list.files(here("R"), "[.]R$", full.names = TRUE),
                          list.files(here("inst", "extending"), full.names = TRUE),
                          list.files(test_path(), "[.]R$", full.names = TRUE)), readLines))
  words <- unique(unlist(strsplit(code, "[^A-Za-z_0-9.]+")))
  words <- unique(c(words, unlist(strsplit(words, ".", fixed = TRUE))))
  names <- sub("\\(.*", "", setdiff(named, files))
  expect_identical(setdiff(names, c(words, "make", "README", "stats::pgeom")), character())
  for (member in c("denominator", "made_of", "parts", "half_deviance", "exponent", "homogeneity", "smallest_mean")) {
    expect_true(any(grepl(member, readLines(here("inst", "extending", "root.h")), fixed = TRUE)), label = member)
  }
})

test_that("the map of the package names every exported function", {
  skip_without_sources()
  map <- paste(grep("^#'", readLines(here("R", "nmfamily-package.R")), value = TRUE), collapse = " ")
  exports <- setdiff(getNamespaceExports("nmfamily"), c("augment", "autoplot", "glance", "tidy"))
  linked <- vapply(exports, function(name) grepl(paste0("[", name, "()]"), map, fixed = TRUE), NA)
  expect_identical(sort(exports[!linked]), character())
})

test_law("every help page opens with a sentence of its own, and not with its title again", {
  skip_without_sources()
  for (file in list.files(here("man"), "[.]Rd$", full.names = TRUE)) {
    lines <- readLines(file, encoding = "UTF-8")
    title <- sub("^\\\\title\\{(.*)\\}$", "\\1", grep("^\\\\title\\{", lines, value = TRUE))
    first <- lines[match("\\description{", lines) + 1]
    expect_true(nzchar(first) && !identical(first, title), label = basename(file))
    expect_no_match(first, "^\\\\(describe|itemize)")
    cut <- any(grepl("\\\\%", lines, fixed = TRUE))  # a comment begins at the per cent sign
    expect_false(cut, label = basename(file))
  }
})

test_that("every vignette that is named is there", {
  skip_without_sources()
  texts <- unlist(lapply(c(pages(), here("NEWS.md")), readLines))
  named <- unlist(regmatches(texts, gregexpr("vignette\\(\"[a-z-]+\"", texts)))
  named <- unique(sub("\"", "", sub("vignette(\"", "", named, fixed = TRUE), fixed = TRUE))
  expect_identical(setdiff(named, sub("[.]Rmd$", "", list.files(here("vignettes"), "[.]Rmd$"))), character())
})
