# Signatures and counts are read from every layout in which the field publishes them.

channels <- colnames(pcawg_signatures)
known <- pcawg_signatures[c("SBS1", "SBS5", "SBS7a"), ]
scaled <- known / rowSums(known)
substitution <- substr(channels, 3, 5)
context <- paste0(substr(channels, 1, 1), substr(channels, 3, 3), substr(channels, 7, 7))

# A file of these columns, as other programs write it.
file_of <- function(table, separator = "\t", extension = ".txt", end = "\n", bom = FALSE, quote = FALSE) {
  path <- withr::local_tempfile(fileext = extension, .local_envir = parent.frame())
  lines <- utils::capture.output(utils::write.table(table, sep = separator, quote = quote, row.names = FALSE))
  con <- if (grepl("gz$", extension)) gzfile(path, "wb") else file(path, "wb")
  writeBin(c(if (bom) as.raw(c(0xEF, 0xBB, 0xBF)), charToRaw(paste0(lines, end, collapse = ""))), con)
  close(con)
  path
}

with_labels <- function(labels, x) data.frame(labels, x, check.names = FALSE)
in_rows <- function(x, column = "Type") with_labels(stats::setNames(data.frame(colnames(x)), column), t(x))
in_columns <- function(x, column = "") with_labels(stats::setNames(data.frame(rownames(x)), column), x)

layouts <- list(
  "COSMIC" = function(x) in_rows(x)[order(colnames(x)), ],
  "COSMIC, version 2" = function(x) {
    with_labels(data.frame(`Substitution Type` = substitution, Trinucleotide = context,
                           `Somatic Mutation Type` = channels, check.names = FALSE), t(x))
  },
  "SigProfiler" = function(x) in_rows(x, "MutationType"),
  "SigProfiler, older" = function(x) in_rows(x, "Mutation Types")[96:1, ],
  "PCAWG" = function(x) with_labels(data.frame(Type = substitution, SubType = context), t(x)),
  "transposed" = function(x) in_columns(x)[, c(1, 97:2)]
)

for (layout in names(layouts)) {
  test_that(paste("signatures and counts are read from the layout:", layout), {
    table <- layouts[[layout]]
    expect_equal(read_signatures(file_of(table(known))), scaled)
    expect_identical(read_catalogue(file_of(table(brca21))), brca21)
    ways <- list(list(",", ".csv"), list(",", ".csv.gz", quote = TRUE), list("\t", ".all", "\r\n", bom = TRUE),
                 list(",", ".csv", "\r\n", bom = TRUE, quote = TRUE), list("\t", ".tsv.gz", "\r\n"))
    for (way in ways) expect_identical(read_catalogue(do.call(file_of, c(list(table(brca21)), way))), brca21)
  })
}

test_that("a table that R wrote, whose header has no name for the channels, is read", {
  path <- withr::local_tempfile()
  utils::write.table(t(brca21), path, sep = "\t", quote = FALSE)
  expect_identical(read_catalogue(path), brca21)
  utils::write.csv(brca21, path)
  expect_identical(read_catalogue(path), brca21)
})

test_that("the shipped references are those of the published layout, but for its rounding", {
  read <- read_signatures(file_of(layouts$PCAWG(pcawg_signatures), ",", ".csv"))
  expect_equal(read, pcawg_signatures / rowSums(pcawg_signatures))
  expect_lt(max(abs(rowSums(read) - 1)), 1e-12)
})

test_that("channels of other kinds keep their names and the order of the file", {
  kinds <- list(c("TT>GG", "AC>CA", "AC>CG", "AC>CT", "CC>AA", "AT>CA"),
                c("1:Del:C:0", "5:Del:M:5", "1:Ins:T:2", "2:Del:R:0", "1:Del:C:1", "3:Ins:R:5"),
                c("AA[C>A]AA", "AA[C>A]AC", "CA[T>G]AA", "AA[C>G]AA", "GA[C>A]AA", "TA[C>A]TA"),
                c("0:homdel:0-100kb", "2:het:>40Mb", "1:LOH:1Mb-10Mb"))
  for (names in kinds) {
    V <- withr::with_seed(1, matrix(stats::rpois(2 * length(names), 9), 2, dimnames = list(c("s1", "s2"), names)))
    expect_identical(read_catalogue(file_of(in_rows(V, "MutationType"))), V)
    expect_identical(read_catalogue(file_of(in_columns(V, "Samples"))), V)
  }
  penta <- with_labels(data.frame(Type = c("C>A", "T>G"), SubType = c("AACGG", "CCTAA")), data.frame(s1 = 1:2))
  expect_identical(colnames(read_catalogue(file_of(penta))), c("AA[C>A]GG", "CC[T>G]AA"))
})

test_that("channels in other spellings come back as SigProfiler spells them, and a number of lines is left out", {
  spelled <- list(paste0(substitution, "_", context), paste0(context, ">", substr(channels, 5, 5)),
                  make.names(channels))
  for (names in spelled) {
    V <- `colnames<-`(brca21, names)
    expect_identical(read_catalogue(file_of(in_rows(V))), brca21)
    expect_identical(read_catalogue(file_of(in_columns(V), ",", ".csv")), brca21)
    expect_identical(read_catalogue(file_of(cbind(data.frame(index = 0:95), in_rows(V)))), brca21)
  }
})

test_that("cells between quotes may hold separators, ends of lines, quotes and blanks", {
  path <- withr::local_tempfile(fileext = ".csv")
  cat("Type,\" a,b \" ,\"say \"\"x\"\"\r\nand y\", plain \r\n\"1:Del:C:0\", 1 ,2,3\r\n\r\n1:Del:C:1,4,\"5\",6",
      file = path)
  expect_identical(read_catalogue(path), matrix(1:6, 3, dimnames = list(c(" a,b ", "say \"x\"\r\nand y", "plain"),
                                                                        c("1:Del:C:0", "1:Del:C:1"))))
})

test_that("counts are integers, unless they are too large for it", {
  expect_type(read_catalogue(file_of(in_rows(brca21))), "integer")
  huge <- brca21 * 1e6
  expect_identical(read_catalogue(file_of(in_rows(huge))), huge)
})

test_that("a last line without an end is read", {
  path <- file_of(in_columns(brca21[1:2, ]))
  writeBin(utils::head(readBin(path, "raw", 1e6), -1), path)
  expect_identical(read_catalogue(path), brca21[1:2, ])
})

test_law("tables that cannot be read are refused in words that name the file, the column and the line", {
  path <- "table.txt"
  withr::local_dir(withr::local_tempdir())
  write <- function(table, ...) file.copy(file_of(table, ...), path, overwrite = TRUE)
  refused <- function(read = read_catalogue) expect_snapshot(error = TRUE, read(path))
  table <- in_rows(brca21[1:3, ])
  change <- function(row, column, value) {
    table[[column]] <- as.character(table[[column]])
    table[row, column] <- value
    write(table)
  }
  expect_snapshot(error = TRUE, {
    read_signatures(3)
    read_signatures("nowhere.txt")
    read_signatures(".")
  })
  change(7, 3, "many")
  refused()
  change(7, 3, "")
  refused()
  change(7, 3, "-1")
  refused()
  change(7, 3, "0.5")
  refused()
  change(7, 1, table[6, 1])
  refused()
  write(table[-c(3, 8), ])
  refused()
  write(stats::setNames(table[, 1:3], c("Type", "twin", "twin")))
  refused()
  write(table)
  refused(read_signatures)
  write(in_rows(known))
  refused()
  write(with_labels(data.frame(Type = substitution, SubType = rev(context)), t(known)))
  refused(read_signatures)
  write(table[, 1, drop = FALSE])
  refused()
  write(table[0, ])
  refused()
  write(table[, 1:2])
  for (wrong in c("A[C>A]A\t1\t2\t3\t4", "A[C>A]A", "\"A[C>A]A\t1")) {
    write(table[, 1:2])
    cat(wrong, "\n", file = path, append = TRUE)
    error <- expect_error(read_catalogue(path), class = "nmf_error_data")
    expect_match(conditionMessage(error), "table.txt")
  }
  write(table[, 1:2], end = "")                          # all in one line
  refused()
  cat("", file = path)
  refused()
})

test_that("a column that numbers the lines is left out where samples are in rows as well", {
  path <- withr::local_tempfile()
  V <- brca21[1:3, ]
  utils::write.table(data.frame(i = 1:3, Sample = rownames(V), V, check.names = FALSE), path, sep = "\t",
                     quote = FALSE, row.names = FALSE)
  expect_identical(read_catalogue(path), V)
})
