# Tests of compare_topics(): how often they reject a term whose rate is the same in topics (it may at most 5 % of
# the time), how often they find one that differs, and the seconds for newsgroups.
#   Rscript bench/differential.R
# Sizes of the documents are those of newsgroups. Proportions are known: drawn from a Dirichlet, pure (one topic each,
# where the chance of a rare term is the least smooth), or those of a fit to newsgroups. `estimated`: of a topic model
# fitted to the same counts, in which half of the terms differ and the tested ones do not, or none differs at all.
source("bench/common.R")
library(nmfamily)
n_terms <- setting("terms", 2000)
level <- 0.05
classes <- c(0, 3, 10, 30, 100, 300, Inf)   # total count of a term, above and up to

sizes <- Matrix::rowSums(newsgroups$counts)

dirichlet <- function(K, concentration) {
  gamma <- matrix(stats::rgamma(length(sizes) * K, concentration), ncol = K)
  gamma / pmax(rowSums(gamma), 1e-300)
}
pure <- function(K) diag(K)[sample(K, length(sizes), replace = TRUE), ]

# Proportions need not be at the last digit.
topics_of <- function(V, K) suppressWarnings(fit_topics(V, K, n_starts = 2, max_iter = 200, seed = 1))
fitted_topics <- function(K) topics_of(newsgroups$counts, K)$L

draw <- function(L, rates) {
  V <- matrix(stats::rpois(nrow(L) * nrow(rates), sizes * tcrossprod(L, rates)), nrow(L))
  dimnames(V) <- list(NULL, seq_len(ncol(V)))
  methods::as(V, "CsparseMatrix")
}

# Terms x topics: `ratio` times a rate between very rare and common.
rates_of <- function(ratio, terms = n_terms) outer(10^stats::runif(terms, -5, -2), ratio / mean(ratio))

# The differential terms of counts with these rates given L, not the L of a fit to them. The terms are tested a
# hundred at a time, and one more fills up the documents: their rates are shares of the words of a topic.
given <- function(L, rates) {
  batches <- split(seq_len(nrow(rates)), (seq_len(nrow(rates)) - 1) %/% 100)
  do.call(rbind, lapply(batches, function(batch) {
    V <- draw(L, rates[batch, , drop = FALSE])
    V <- cbind(V, rest = pmax(sizes - Matrix::rowSums(V), 0))
    topics <- as_topic_model(suppressWarnings(nmf(V, "T/Po", rank = ncol(L), n_starts = 1, max_iter = 0, seed = 1,
                                                  verbose = FALSE)))
    topics$L[] <- L
    found <- compare_topics(topics, V, threads = 2)$table
    found$total <- Matrix::colSums(V)[found$term]
    found <- found[found$term != "rest" & found$total > 0, ]
    found$term <- paste(batch[1], found$term)
    found
  }))
}

# Shares of the tests below the level, with their standard error over terms, by the total count of the term.
shares <- function(found, design, proportions, K) {
  one <- function(part, class) {
    rejected <- tapply(part$p.value < level, part$term, mean)
    data.frame(design = design, proportions = proportions, K = K, total_count = class, terms = length(rejected),
               share = mean(rejected), standard_error = stats::sd(rejected) / sqrt(length(rejected)),
               worst_topic = max(tapply(part$p.value < level, part$topic, mean)))
  }
  labels <- paste(classes[-length(classes)] + 1, classes[-1], sep = "-")
  parts <- Filter(nrow, split(found, cut(found$total, classes, labels)))
  rbind(one(found, "all"), do.call(rbind, Map(one, parts, names(parts))))
}

proportions <- list(dirichlet = function(K) dirichlet(K, 0.2), pure = pure, fitted = fitted_topics)
set.seed(1)
null <- lapply(names(proportions), function(name) {
  lapply(2:6, function(K) {
    L <- proportions[[name]](K)
    shares(given(L, rates_of(rep(1, K))), "same in all topics", name, K)
  })
})

# Topic 1 shares its rate with topic 2 only; with a third nearby or far, and topic 2 common or rare.
first_topic <- function(design, L, ratio) {
  found <- given(L, rates_of(ratio))
  shares(found[found$topic == found$topic[1], ], design, "dirichlet", ncol(L))
}
partial <- list(
  first_topic("same in two of three, third absent", dirichlet(3, 0.3), c(1, 1, 0)),
  first_topic("same in two of three, third 8 times", dirichlet(3, 0.3), c(1, 1, 8)),
  first_topic("same in two of three, second rare, third twice",
              dirichlet(3, rep(c(0.5, 0.02, 0.5), each = length(sizes))), c(1, 1, 2))
)

power <- unlist(lapply(c(3, 6), function(K) {
  list(first_topic("4 times in one topic", dirichlet(K, 0.2), c(4, rep(1, K - 1))),
       first_topic("in one topic only", dirichlet(K, 0.2), c(1, rep(0, K - 1))))
}), recursive = FALSE)

# Topics of which half of the terms differ by e^N(0, 1.5^2), refitted; the other half is tested. The former have the
# same share of the words in all topics, so that the latter have too.
refitted <- function(design, rates, tested) {
  K <- ncol(rates)
  V <- draw(dirichlet(K, 0.2), rates / sum(rates[, 1]))
  V <- V[Matrix::rowSums(V) > 0, Matrix::colSums(V) > 0]
  found <- compare_topics(topics_of(V, K), V, threads = 2)$table
  found$total <- Matrix::colSums(V)[found$term]
  shares(found[as.integer(found$term) %in% tested, ], design, "estimated", K)
}
estimated <- lapply(c(3, 6), function(K) {
  rates <- rates_of(rep(1, K))
  differ <- seq_len(n_terms / 2)
  changed <- rates[differ, ] * exp(1.5 * stats::rnorm(length(differ) * K))
  rates[differ, ] <- sweep(changed, 2, colSums(changed), "/") * sum(rates[differ, 1])
  refitted("same in all topics", rates, setdiff(seq_len(n_terms), differ))
})
structureless <- lapply(c(3, 6), function(K) {
  refitted("no topics in the data", rates_of(rep(1, K)), seq_len(n_terms))
})

write_result(do.call(rbind, c(unlist(null, recursive = FALSE), partial, power, estimated,
                         structureless)), "differential")

topics <- topics_of(newsgroups$counts, 7)
for (threads in 1:2) {
  seconds <- vapply(seq_len(n_repeats), function(i) {
    system.time(compare_topics(topics, newsgroups$counts, threads = threads))[["elapsed"]]
  }, 0)
  cat(sprintf("newsgroups, %d x %d, K = 7, %d thread(s): %.2f s (median of %d)\n", nrow(newsgroups$counts),
              ncol(newsgroups$counts), threads, stats::median(seconds), n_repeats))
}
