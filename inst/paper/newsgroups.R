# The paper's second data set, a sample of 20 Newsgroups. The collection states no licence, so the package does not hold
# it: data-raw/newsgroups.R of its sources makes `counts` (500 posts x 5,982 words) and `topics` of a copy of the
# collection, and the environment variable NMFAMILY_NEWSGROUPS names the file.
read_newsgroups <- function() {
  path <- Sys.getenv("NMFAMILY_NEWSGROUPS", "newsgroups.rds")
  if (!file.exists(path)) {
    text <- paste0("The word counts of 500 newsgroup posts are not at \"", path, "\". Make them of a copy of 20 ",
                   "Newsgroups by data-raw/newsgroups.R of the package's sources, and name the file in ",
                   "NMFAMILY_NEWSGROUPS.")
    stop(structure(list(message = text, call = NULL), class = c("no_newsgroups", "error", "condition")))
  }
  readRDS(path)
}
