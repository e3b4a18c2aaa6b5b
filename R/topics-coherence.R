#' Coherence and exclusivity of topics
#'
#' For those who have to tell good topics from bad ones, or one number of topics from another.
#'
#' A topic is coherent when its most probable terms occur in the same documents, and exclusive when other topics do not
#' use them. People find topics meaningful that are both.
#'
#' Of the `n` most probable terms of a topic, in decreasing order \eqn{v_1, ..., v_n}, let \eqn{D(v)} be the number of
#' documents of \eqn{V} in which \eqn{v} occurs, \eqn{D(v, v')} that in which both occur, and \eqn{P = D / N}.
#' \describe{
#'   \item{`"npmi"`}{the mean of the normalised pointwise mutual information (Bouma 2009; for topics Lau et al. 2014)
#'     over all pairs,
#'     \deqn{\frac{\log \{P(v, v') / (P(v) P(v'))\}}{-\log P(v, v')},}{log(P(v, v') / (P(v) P(v'))) / -log P(v, v'),}
#'     which is 1 for terms that only occur together, 0 for independent ones and -1 (the limit) for terms that never
#'     meet. Two terms that are in every document count as 1.}
#'   \item{`"umass"`}{(Mimno et al. 2011)
#'     \deqn{\sum_{a = 2}^{n} \sum_{b = 1}^{a - 1} \log \frac{D(v_a, v_b) + 1}{D(v_b)},}{
#'           sum_{b < a} log((D(v_a, v_b) + 1) / D(v_b)),}
#'     a sum over n (n - 1) / 2 pairs of mostly negative numbers: compare topics with the same `n` only.}
#' }
#' The exclusivity of a topic is the mean of \eqn{F_{jk} / \sum_l F_{jl}} over its `n` most probable terms.
#'
#' Coherence on the documents that were fitted says how well the topics describe these; on other documents, how well
#' they describe the language.
#'
#' @param V Documents in which to look for the terms: those of the fit (`NULL`, see [attach_data()]) or
#'   others, in any form and in the orientation that [fit_topics()] took. Columns are found by name when both have
#'   names (twice is refused), and may be more than the terms of the model; otherwise they are the terms of the model in
#'   their order. Only whether a count is positive matters.
#' @param n Number of most probable terms of each topic, at least 2 for coherence and 1 for exclusivity. A topic with
#'   fewer terms of positive probability is judged by those.
#' @param method `"npmi"` or `"umass"`.
#' @param ... Nothing: an argument that is not known is an error.
#' @inheritParams nmf_arguments
#' @return A vector of K numbers, named by topic: between -1 and 1 (`"npmi"`), at most \eqn{n (n - 1) / 2 \log 2}{
#'   n (n - 1) / 2 log 2} (`"umass"`), between 0 and 1 (exclusivity). Coherence is `NA` for a topic with fewer than two
#'   terms, and when one of its terms is in no document of `V`; exclusivity for a topic without terms.
#' @section Errors: `nmf_error_argument` when `n` or `method` are not as above; `nmf_error_data` when `V` is not valid
#'   or lacks a term.
#' @references
#' Bouma (2009), Normalized (pointwise) mutual information in collocation extraction, Proceedings of GSCL 2009, 31-40.
#'
#' Lau, Newman and Baldwin (2014), Machine reading tea leaves: automatically evaluating topic coherence and topic model
#' quality, Proceedings of EACL 2014, 530-539, \doi{10.3115/v1/E14-1056}.
#'
#' Mimno, Wallach, Talley, Leenders and McCallum (2011), Optimizing semantic coherence in topic models, Proceedings of
#' EMNLP 2011, 262-272, \url{https://aclanthology.org/D11-1024/}.
#' @examples
#' passages <- addresses$counts[seq(1, 480, 3), ]
#' model <- fit_topics(passages, 3, n_starts = 2, seed = 1)
#' coherence(model, passages)
#' coherence(model, addresses$counts, method = "umass")
#' exclusivity(model)
#' @export
coherence <- function(topics, V = NULL, n = 10, method = c("npmi", "umass"), ...) {
  check_call(...)
  check_topics(topics)
  n <- check_number(n, "n", 2, whole = TRUE)
  method <- check_choice(method, c("npmi", "umass"), "method")
  of_topic <- switch(method, npmi = npmi, umass = umass)
  X <- if (is.null(V)) topic_data(topics) else as_data(V, topics$fit$obs)
  top <- top_terms(topics, n)
  column <- term_columns(topics, X, unique(top[!is.na(top)]))
  value <- apply(top, 2, function(term) {
    present <- as_presence(X[, column[term[!is.na(term)]], drop = FALSE])
    of_topic(as.matrix(Matrix::crossprod(present)), nrow(X))
  })
  stats::setNames(value, colnames(topics$F))
}

#' @rdname coherence
#' @export
exclusivity <- function(topics, n = 10, ...) {
  check_call(...)
  check_topics(topics)
  top <- top_terms(topics, check_number(n, "n", 1, whole = TRUE))
  value <- array(exclusivity_of(topics)[cbind(c(top), c(col(top)))], dim(top))   # NA where there are no more terms
  stats::setNames(ifelse(is.na(top[1, ]), NA, colMeans(value, na.rm = TRUE)), colnames(topics$F))
}

# Where the terms that are needed are among the columns of X; by name if both have names.
term_columns <- function(x, X, needed) {
  if (is.null(rownames(x$F)) || is.null(colnames(X)) || identical(rownames(x$F), colnames(X))) {
    if (ncol(X) != nrow(x$F)) {
      abort("data", "`V` must have the ", nrow(x$F), " terms of the topic model, not ", ncol(X), ".")
    }
    match_names(colnames(X), rownames(x$F), "V")
    return(seq_len(ncol(X)))
  }
  column <- integer(nrow(x$F))
  column[needed] <- seq_len(ncol(X))[match_names(colnames(X), rownames(x$F)[needed], "V", "terms of the topic model")]
  column
}

# 1 where a count is positive.
as_presence <- function(X) {
  if (is_sparse_matrix(X)) X@x <- as.double(X@x > 0) else X <- (X > 0) + 0
  X
}

# D holds D(v) in its diagonal and D(v, v') elsewhere, terms in decreasing order of probability.
umass <- function(D, N) {
  if (ncol(D) < 2 || any(diag(D) == 0)) return(NA_real_)
  pair <- lower.tri(D)                                   # row a, column b < a
  sum(log((D[pair] + 1) / diag(D)[col(D)[pair]]))
}

npmi <- function(D, N) {
  if (ncol(D) < 2 || any(diag(D) == 0)) return(NA_real_)
  pair <- lower.tri(D)
  P <- D / N
  both <- P[pair]
  value <- log(both / (diag(P)[row(P)[pair]] * diag(P)[col(P)[pair]])) / -log(both)
  value[both == 0] <- -1
  value[both == 1] <- 1
  mean(value)
}
