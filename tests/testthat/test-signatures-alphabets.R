# The closed alphabets, made by rule, are those of the field.

alphabets <- nmfamily:::alphabets

test_law("each alphabet has as many channels as its name says, each once", {
  for (name in names(alphabets)) {
    expect_identical(nrow(alphabets[[name]]), as.integer(sub("[A-Z]+", "", name)))
    expect_identical(anyDuplicated(alphabets[[name]]$channel), 0L)
    expect_false(anyNA(alphabets[[name]]))
  }
  expect_identical(alphabets$SBS96$channel, colnames(pcawg_signatures))
})

test_law("a channel of an alphabet is read as itself, in the spelling of read.csv() too, and is of that alphabet", {
  for (name in names(alphabets)) {
    channels <- alphabets[[name]]$channel
    for (names in list(channels, make.names(channels), tolower(channels))) {
      expect_identical(nmfamily:::channel_names(names), channels)
    }
    expect_identical(unique(nmfamily:::alphabet_of(channels)), name)
  }
  expect_identical(nmfamily:::alphabet_of(c("T:A[C>A]A", "GT>TG", "gene")), rep(NA_character_, 3))
})

test_that("doublets are one of each pair of reverse complements, both bases changed", {
  channels <- alphabets$DBS78$channel
  bases <- c("A", "C", "G", "T")
  all <- expand.grid(a = bases, b = bases, c = bases, d = bases, stringsAsFactors = FALSE)
  all <- all[all$a != all$c & all$b != all$d, ]
  forward <- paste0(all$a, all$b, ">", all$c, all$d)
  other <- function(x) chartr("ACGT", "TGCA", x)
  turned <- paste0(other(all$b), other(all$a), ">", other(all$d), other(all$c))
  expect_true(all(forward %in% channels | turned %in% channels))
  expect_identical(sum(forward %in% channels & turned %in% channels & forward != turned), 0L)
  # as COSMIC has them
  expect_true(all(c("CG>TT", "CG>TC", "GC>AA", "TA>GT", "TA>GG", "AT>GA", "CC>TT", "TG>GT") %in% channels))
})

test_that("tables are written in the order of SigProfiler, several kinds one after the other", {
  ordered <- function(names) names[nmfamily:::sigprofiler_order(names)]
  for (name in c("DBS78", "ID83", "CN48", "SV32")) {
    channels <- alphabets[[name]]$channel
    expect_identical(ordered(rev(channels)), channels)
  }
  mixed <- c(alphabets$ID83$channel[5:1], "CC>TT", rev(colnames(brca21)))
  expect_identical(ordered(mixed), c(sort(colnames(brca21), method = "radix"), "CC>TT", alphabets$ID83$channel[1:5]))
})
