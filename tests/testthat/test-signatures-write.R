# What is written is what SigProfiler writes, and is read back to the last bit.

fit <- nmf(brca21, "T/Po/3", n_starts = 1, seed = 1, verbose = FALSE)

test_that("a number has as many digits as it needs", {
  x <- withr::with_seed(1, c(0, 1, 0.1, 1 / 3, 1e300 / 3, 2^52 + 1, stats::runif(2000), exp(stats::rnorm(2000, 0, 50))))
  text <- nmfamily:::exact(cbind(x))
  expect_identical(as.numeric(text), x)
  expect_identical(text[c(1:3, 6)], c("0", "1", "0.1", "4503599627370497"))
})

test_that("signatures come back as they were, whatever the extension", {
  for (extension in c(".txt", ".csv", ".tsv.gz", ".csv.gz")) {
    path <- withr::local_tempfile(fileext = extension)
    expect_identical(expect_invisible(write_signatures(fit, path)), path)
    expect_identical(read_signatures(path), fit$H)
  }
  path <- withr::local_tempfile(fileext = ".csv")
  write_signatures(pcawg_signatures, path)
  expect_identical(readLines(path, 1), paste(c("MutationType", rownames(pcawg_signatures)), collapse = ","))
  expect_equal(read_signatures(path), pcawg_signatures / rowSums(pcawg_signatures))
})

test_that("names with separators and quotes come back", {
  H <- fit$H
  rownames(H) <- c("a,b", "say \"x\"", "plain")
  path <- withr::local_tempfile(fileext = ".csv")
  write_signatures(H, path)
  expect_identical(read_signatures(path), H)
})

test_that("a catalogue goes round: what is read can be fitted, and its weights are read by others", {
  path <- withr::local_tempfile(fileext = ".txt")
  write_activities(fit, path)
  table <- utils::read.delim(path, check.names = FALSE)
  expect_identical(names(table), c("Samples", "k1", "k2", "k3"))
  expect_identical(table$Samples, rownames(brca21))
  expect_identical(unname(as.matrix(table[-1])), unname(fit$W))
})

test_that("intervals of activities stand after them, and the table is still read by others", {
  exposures <- refit(brca21[1:3, ], pcawg_signatures[c("SBS1", "SBS5"), ], "Po", seed = 1)
  path <- withr::local_tempfile(fileext = ".txt")
  write_activities(exposures, path, interval = "confidence", level = 0.9)
  table <- utils::read.delim(path, check.names = FALSE)
  expect_identical(names(table), c("Samples", "SBS1", "SBS5", "SBS1_lower", "SBS1_upper", "SBS5_lower", "SBS5_upper"))
  expect_identical(unname(as.matrix(table[2:3])), unname(exposures$W))
  ends <- confint(exposures, "weights", level = 0.9)
  expect_identical(unlist(table[4:7], use.names = FALSE), c(ends[1:3, 1], ends[1:3, 2], ends[4:6, 1], ends[4:6, 2]),
                   ignore_attr = TRUE)
  write_activities(exposures, path, interval = "confidence", method = "wald")
  wald <- utils::read.delim(path, check.names = FALSE)
  expect_identical(wald$SBS1_upper, unname(confint(exposures, "weights", method = "wald")[1:3, 2]))
  expect_error(write_activities(exposures, tempfile("no/such"), interval = "confidence"), class = "nmf_error_file")
})

test_that("probabilities are those of attribute_cells(), a line for each sample and channel", {
  path <- withr::local_tempfile(fileext = ".txt.gz")
  write_probabilities(fit, path, c("PD4120a", "PD3851a"))
  table <- utils::read.delim(path, check.names = FALSE)
  expect_identical(names(table), c("Sample Names", "MutationTypes", "k1", "k2", "k3"))
  expect_identical(table$`Sample Names`, rep(c("PD4120a", "PD3851a"), each = 96))
  expect_identical(table$MutationTypes, rep(sort(colnames(brca21), method = "radix"), 2))
  expect_equal(rowSums(table[3:5]), rep(1, 192), ignore_attr = TRUE)
  mu <- fit$W %*% fit$H
  expect_identical(table$MutationTypes[5], "A[C>G]A")
  expect_equal(table$k2[96 + 5], fit$W["PD3851a", 2] * fit$H[2, "A[C>G]A"] / mu["PD3851a", "A[C>G]A"])
  write_probabilities(fit, path)
  expect_identical(length(readLines(path)), 1L + length(brca21))
})

test_that("one signature, and data without names, are written", {
  one <- nmf(unname(brca21), "T/Po/1", n_starts = 1, seed = 1, verbose = FALSE)
  path <- withr::local_tempfile(fileext = ".txt")
  write_signatures(one, path)
  expect_identical(unname(read_signatures(path)), unname(one$H))
  write_activities(one, path)
  expect_identical(utils::read.delim(path)$Samples, 1:21)
  write_probabilities(one, path, 2)
  expect_equal(utils::read.delim(path)$k1, rep(1, 96))
})

test_that("what cannot be written is refused", {
  expect_snapshot(error = TRUE, {
    write_signatures("fit", "x.txt")
    write_activities(fit$W, "x.txt")
    write_probabilities(fit$W, "x.txt")
    write_probabilities(fit, tempfile(), "nobody")
    write_signatures(fit, 3)
    write_signatures(fit, "no/such/directory/x.txt")
  })
})

test_that("channels are written in the order and the spelling of SigProfiler, whatever those of the data", {
  named <- function(names) `colnames<-`(fit$H, names)[, 96:1]
  path <- withr::local_tempfile(fileext = ".txt")
  substitution <- substr(colnames(brca21), 3, 5)
  context <- gsub("\\[(.)>.\\]", "\\1", colnames(brca21))
  for (names in list(colnames(brca21), make.names(colnames(brca21)), paste0(substitution, "_", context))) {
    write_signatures(named(names), path)
    expect_identical(utils::read.delim(path)[c(1, 4, 5, 96), 1], c("A[C>A]A", "A[C>A]T", "A[C>G]A", "T[T>G]T"))
    expect_identical(read_signatures(path), fit$H)
  }
})

test_that("the probabilities of an empty sample are missing, without a warning", {
  V <- brca21[1:3, ]
  V[2, ] <- 0L
  empty <- nmf(V, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  path <- withr::local_tempfile(fileext = ".txt")
  expect_no_warning(write_probabilities(empty, path))
  table <- utils::read.delim(path)
  mu <- fitted(empty)[cbind(match(table[[1]], rownames(V)), match(table[[2]], colnames(V)))]
  expect_identical(is.na(table$k1), mu == 0)
  expect_identical(table[[1]][mu > 0 & !is.na(table$k1)], table[[1]][mu > 0])
  expect_true(all(is.na(table$k1[table[[1]] == rownames(V)[2]])))
})
