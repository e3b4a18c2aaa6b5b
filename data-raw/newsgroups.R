# Word counts of 500 posts to three newsgroups on hockey, Christianity and the Middle East, the second data set of
# James, Hobolth and Pelizzola (2026), drawn anew from the 20 Newsgroups collection (Lang 1995;
# http://qwone.com/~jason/20Newsgroups/). The collection states no licence, so the package does not hold them: whoever
# has the collection makes them for the figures of the paper, its tests and the benchmarks.
#   Rscript data-raw/newsgroups.R newsgroups_counts.rds newsgroups.rds
# The first file holds the whole collection, a list of `counts` (a sparse matrix of the 18,774 posts of 20news-bydate x
# 55,911 words) and `topics` (the newsgroup of each post). The second file is written; the environment variable
# NMFAMILY_NEWSGROUPS names it to those who read it (inst/paper/newsgroups.R).
library(Matrix)
source("data-raw/function_words.R")

files <- commandArgs(trailingOnly = TRUE)
if (length(files) != 2) stop("Two files are needed: the counts of the whole collection, and the file to write.")

n_documents <- 500
min_documents <- 10
groups <- c("rec.sport.hockey", "soc.religion.christian", "talk.politics.mideast")

source_counts <- readRDS(files[1])
in_groups <- which(source_counts$topics %in% groups)

# The vocabulary is chosen on all posts of the three groups, not on the sample.
frequent <- colSums(source_counts$counts[in_groups, ] > 0) >= min_documents
vocabulary <- frequent & !colnames(source_counts$counts) %in% function_words

set.seed(1, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
documents <- sort(sample(in_groups, n_documents))
documents <- documents[order(source_counts$topics[documents])]

counts <- source_counts$counts[documents, vocabulary]
counts <- counts[, colSums(counts) > 0]
rownames(counts) <- paste0("doc", documents)
message(length(in_groups), " posts in the three groups; words in at least ", min_documents, " of them: ",
        sum(frequent), "; without function words: ", sum(vocabulary), "; present in the sample: ", ncol(counts))

newsgroups <- list(counts = counts, topics = factor(source_counts$topics[documents], levels = groups))
stopifnot(is(counts, "dgCMatrix"), all(rowSums(counts) > 0), !anyNA(newsgroups$topics))
saveRDS(newsgroups, files[2], compress = "xz", version = 3)
