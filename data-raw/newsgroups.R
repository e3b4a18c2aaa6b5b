# Word counts of 500 posts to three newsgroups on hockey, Christianity and the Middle East,
# sampled from the 20 Newsgroups collection (Lang 1995; http://qwone.com/~jason/20Newsgroups/).
# Run from the project root: Rscript data-raw/newsgroups.R
library(Matrix)

n_documents <- 500
min_documents <- 10
groups <- c("rec.sport.hockey", "soc.religion.christian", "talk.politics.mideast")

# Words that carry grammar rather than a topic. The counts were made from text split at
# apostrophes, hence the pieces of contractions.
function_words <- c(
  articles = "a an the",
  pronouns = "i me my mine myself we us our ours ourselves you your yours yourself yourselves
    he him his himself she her hers herself it its itself they them their theirs themselves
    one oneself this that these those who whom whose which what
    anyone anybody anything everyone everybody everything someone somebody something
    nobody nothing none each either neither both all any some every such same own other
    others another whoever whatever whichever",
  prepositions = "about above across after against along among around as at before behind below
    beneath beside besides between beyond by despite down during except for from in inside into
    like near of off on onto out outside over per since than through throughout to toward towards
    under until till up upon via with within without",
  conjunctions = "and but or nor so yet if because although though unless whether while whereas
    when whenever where wherever how why whereby",
  auxiliaries = "am is are was were be been being have has had having do does did doing done
    can could may might must shall should will would ought cannot",
  contractions = "don doesn didn isn aren wasn weren haven hasn hadn wouldn couldn shouldn
    ain ll ve re",
  adverbs = "not no yes very too also just only even then there here now again ever never always
    often once still already almost perhaps maybe quite rather more most much many less least
    few well however therefore thus hence else away back"
)
function_words <- unlist(strsplit(function_words, "\\s+"))
stopifnot(!anyDuplicated(function_words))

source_counts <- readRDS(file.path(
  Sys.getenv("NMFAMILY_SHARED", "../shared/data"), "newsgroups_counts.rds"))
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
save(newsgroups, file = "data/newsgroups.rda", compress = "xz", version = 3)
