# The scripts behind vignette("paper").

paper_file <- function(file) system.file("paper", file, package = "nmfamily")
paper_page <- function() {
  page <- c(test_path("..", "..", "vignettes", "paper.Rmd"), system.file("doc", "paper.Rmd", package = "nmfamily"))
  page <- page[file.exists(page)]
  if (length(page) == 0) skip("the vignette is not here")
  readLines(page[1])
}
published <- function() utils::read.csv(paper_file("compared.csv"), colClasses = "character")

test_that("every figure of the vignette has its script and its rows, and none has more", {
  figures <- sub("^## Figure ([0-9]+)\\..*", "\\1", grep("^## Figure ", paper_page(), value = TRUE))
  expect_identical(figures, as.character(1:12))
  for (n in figures) expect_true(file.exists(paper_file(paste0("figure-", n, ".R"))), info = n)
  expect_identical(unique(published()$figure), figures)
})

test_law("every script is R code that makes `figure` and `compared` under its own number", {
  for (n in 1:12) {
    code <- parse(paper_file(paste0("figure-", n, ".R")))
    made <- unlist(lapply(code, function(line) if (identical(line[[1]], as.name("<-"))) as.character(line[[2]])[1]))
    expect_true(all(c("figure", "compared") %in% made), info = n)
    last <- as.list(code[[length(code)]])
    expect_identical(unname(last[1:2]), list(as.name("keep"), as.numeric(n)), info = n)
  }
})

test_that("what is compared has its columns, and a reason where it is not the published value", {
  table <- published()
  expect_named(table, c("figure", "item", "published", "here", "why"))
  expect_true(all(nzchar(table$item)) && all(nzchar(table$here)))
  expect_true(all(nzchar(table$why[table$published != table$here])))
})

test_that("what the vignette claims is in the table", {
  table <- published()
  here <- function(n, start) table$here[table$figure == n & startsWith(table$item, start)]
  expect_identical(here(3, "parameters of"), "1684, 1685, 2340, 2341")
  expect_identical(here(6, "parameters of"), "41624, 6500")
  for (item in c("BIC of T below", "Tweedie and NB better", "the same order")) expect_identical(here(3, item), "yes")
  expect_identical(here(6, "least BIC"), "C/TW < C/NB < C/Po")
  # The two errors of Algorithm 1 nearly cancel on the liver data.
  numbers <- function(x) as.numeric(strsplit(x, ", ")[[1]])
  expect_equal(numbers(here(10, "liver: alpha of T")), numbers(here(10, "liver: alpha that allows")), tolerance = 0.03)
  # In one basin the paper's statement about the topics comes out.
  cosine <- function(start) as.numeric(regmatches(here(8, start), gregexpr("[01][.][0-9]+", here(8, start)))[[1]])
  expect_gt(min(cosine("C/Po, C/NB: the same")), max(cosine("T/Po, T/NB: the same")))
})

test_that("Figure 1 is made, and its densities have the moments of the paper", {
  path <- withr::local_tempdir()
  made <- new.env(parent = globalenv())
  made$outdir <- path
  source(paper_file("figure-1.R"), local = made)
  expect_s3_class(made$figure, "ggplot")
  expect_identical(nrow(made$compared), 6L)
  expect_identical(made$compared$here, made$compared$published)
  expect_true(file.size(file.path(path, "figure-1.png")) > 5000)
  expect_identical(utils::read.csv(file.path(path, "figure-1.csv"))$here, made$compared$here)
})

test_that("newsgroups are read from the user's file, and a script that lacks it says which variable names it", {
  source(paper_file("newsgroups.R"), local = TRUE)
  path <- withr::local_tempfile(fileext = ".rds")
  withr::local_envvar(NMFAMILY_NEWSGROUPS = path)
  expect_error(read_newsgroups(), "NMFAMILY_NEWSGROUPS", class = "no_newsgroups")
  made <- new.env(parent = globalenv())
  made$outdir <- withr::local_tempdir()
  expect_error(source(paper_file("figure-12.R"), local = made), class = "no_newsgroups")
  saveRDS(list(counts = 1, topics = 2), path)
  expect_identical(read_newsgroups(), list(counts = 1, topics = 2))
})
