# Word counts of 480 passages of the addresses on the State of the Union, two of each of the 240 addresses from 1790 to
# 2020, whose texts are in the public domain and come from the package sotu.
# Run from the project root: Rscript data-raw/addresses.R
library(Matrix)
source("data-raw/function_words.R")

passages_of_each <- 2
words_of_passage <- c(200, 320)
min_passages <- 20
max_share <- 0.2

if (!requireNamespace("sotu", quietly = TRUE)) stop("The texts are in the package sotu, which is not installed.")
about <- sotu::sotu_meta
# What the audience did stands in brackets. What is not ASCII is dashes and a few signs.
texts <- gsub("[[(](applause|laughter)[^])]*[])]", " ", sotu::sotu_text, ignore.case = TRUE)
texts <- tolower(iconv(texts, "UTF-8", "ASCII", sub = " "))

# Runs of whole paragraphs, each ended by the paragraph that brings it to 200 words; too long ones are left out, as is
# what is left at the end of an address.
passages_of <- function(text) {
  paragraphs <- lapply(strsplit(strsplit(text, "\n+")[[1]], "[^a-z]+"), function(words) words[words != ""])
  number <- integer(length(paragraphs))
  passage <- 1
  words <- 0
  for (i in seq_along(paragraphs)) {
    number[i] <- passage
    words <- words + length(paragraphs[[i]])
    if (words >= words_of_passage[1]) {
      passage <- passage + 1
      words <- 0
    }
  }
  passages <- lapply(split(paragraphs, number), unlist)
  passages[lengths(passages) >= words_of_passage[1] & lengths(passages) <= words_of_passage[2]]
}
passages <- lapply(texts, passages_of)
address <- rep(seq_along(passages), lengths(passages))
words <- unlist(passages, recursive = FALSE)

# The vocabulary is chosen on all passages, not on the sample. Single letters and "th" are pieces of "U.S." and "4th".
vocabulary <- setdiff(unique(unlist(words)), c(function_words, letters, "st", "nd", "rd", "th"))
words <- lapply(words, function(words) words[words %in% vocabulary])
counts <- sparseMatrix(rep(seq_along(words), lengths(words)), match(unlist(words), vocabulary), x = 1,
                       dims = c(length(words), length(vocabulary)), dimnames = list(NULL, vocabulary))
n_passages <- colSums(counts > 0)
common <- n_passages > max_share * nrow(counts)
kept <- n_passages >= min_passages & !common

set.seed(1, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
drawn <- unlist(lapply(split(seq_along(address), address), function(rows) {
  sort(rows[sample.int(length(rows), passages_of_each)])
}))
message(length(address), " passages of ", nrow(about), " addresses; words in at least ", min_passages, " of them: ",
        sum(n_passages >= min_passages), "; in more than a fifth: ", sum(common), " (",
        paste(vocabulary[common], collapse = " "), "); present in the sample: ",
        sum(colSums(counts[drawn, kept]) > 0))

counts <- counts[drawn, kept]
counts <- counts[, order(-colSums(counts))]
counts <- counts[, colSums(counts) > 0]
about <- about[address[drawn], ]
# 1956-1 to 1956-4 are the passages of both addresses of 1956.
rownames(counts) <- paste0(about$year, "-", ave(about$year, about$year, FUN = seq_along))

# Wilson was the first after Adams to speak to Congress, in 1913; Nixon began in 1969.
eras <- c("1790-1912", "1913-1968", "1969-2020")
addresses <- list(counts = counts, documents = data.frame(
  year = about$year,
  president = factor(about$president, unique(about$president)),
  party = factor(about$party, unique(about$party)),
  form = factor(about$sotu_type, c("speech", "written")),
  era = cut(about$year, c(1789, 1912, 1968, 2020), eras),
  row.names = rownames(counts)
))
stopifnot(is(counts, "dgCMatrix"), all(rowSums(counts) > 0), !anyNA(addresses$documents), !is.unsorted(about$year))
save(addresses, file = "data/addresses.rda", compress = "xz", version = 3)
