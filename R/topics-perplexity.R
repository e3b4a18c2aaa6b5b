#' Perplexity of documents
#'
#' For those who choose the number of topics, or compare models, by documents that were not fitted.
#'
#' How surprised a topic model is by a word of new documents, \eqn{\exp(-\sum_{ij} v_{ij} \log \pi_{ij} / \sum_{ij}
#' v_{ij})} with \eqn{\pi_{ij} = \sum_k L_{ik} F_{jk}}: as if the word had been drawn from that many equally likely
#' ones. Lower is better; the number of terms is what no model at all reaches.
#'
#' A new document has no topic proportions yet. Fitted to the very words that are then scored, they make every model
#' with more topics look better. So by default each word of a document is hidden with the probability `hidden`, the
#' proportions are those of the words that are seen, and the hidden ones are scored (document completion, Wallach et al.
#' 2009).
#'
#' A topic fitted by maximum likelihood gives no probability to words that it has not met. So
#' \eqn{(1 - \epsilon) \pi_{ij} + \epsilon p_j} is scored, where \eqn{p_j} is the share of term j among the expected
#' words of the fit and \eqn{\epsilon} is `smooth`. Terms that the fit has never met have no probability in any model:
#' their words are left out, with a message that counts them. Where cells are missing, what is scored is divided by its
#' sum over the cells of the document that are not.
#'
#' @param newdata New documents, in any form that [fit_topics()] takes; cells may be missing. `NULL` stands for the
#'   documents of the fit with their own proportions, which hides nothing.
#' @param V The counts that were fitted, or `NULL` to look them up through the call; needed when `newdata` is `NULL`.
#' @param hidden Probability with which a word is hidden, between 0 and 1. With 0 nothing is, and the documents are
#'   scored with the proportions fitted to them.
#' @param smooth \eqn{\epsilon}, from 0 to 1.
#' @param by `"total"` for one number, `"document"` for one for each document, `NA` where no word was scored.
#' @param absent What a term of the model is that `newdata` does not have, when both have names: `"zero"`, a word that
#'   no document has, or `"missing"`, one that was not counted. A message names such terms; terms that the model does
#'   not have are left out, with a message.
#' @param seed Seed of what is hidden, see [nmf()].
#' @param ... `max_iter` and `tol` of [predict.nmf_fit()].
#' @inheritParams nmf_arguments
#' @return A number of at least 1, or a vector with one for each document.
#' @section Errors: `nmf_error_data` when `newdata` are not counts or share no term with the model, when no word
#'   is left to be scored, or when the model has an `offset`; `nmf_error_argument`.
#' @references Wallach, Murray, Salakhutdinov and Mimno (2009), Evaluation methods for topic models, Proceedings of the
#'   26th International Conference on Machine Learning, 1105-1112, \doi{10.1145/1553374.1553515}.
#' @examples
#' train <- seq_len(480) %% 5 > 0
#' counts <- addresses$counts
#' sapply(2:4, function(K) {
#'   model <- fit_topics(counts[train, ], K, n_starts = 2, seed = 1)
#'   suppressMessages(perplexity(model, counts[!train, ]))
#' })
#' @export
perplexity <- function(topics, newdata = NULL, V = NULL, hidden = 0.5, smooth = 0.001, by = c("total", "document"), ...,
                       absent = c("zero", "missing"), seed = NULL) {
  check_call()
  check_topics(topics)
  refuse_offset(topics)
  x <- topics
  hidden <- check_number(hidden, "hidden", 0, 1)
  expect_arg(hidden < 1, "hidden", "less than 1", hidden)
  smooth <- check_number(smooth, "smooth", 0, 1)
  by <- check_choice(by, c("total", "document"), "by")
  if (!is.null(seed)) check_seed(seed)
  absent <- check_absent(absent, "zero")
  terms <- x$F
  all <- TRUE                                            # terms that are not there are none of the documents' words
  refuse_unnamed(...)
  if (is.null(newdata)) {
    check_call(...)
    data <- documents_of(x, V)
    L <- predict_topics(x, NULL, ..., absent = absent)
  } else {
    if (!is.null(V)) abort("argument", "`V` must be NULL with `newdata`, which are scored instead.")
    beside <- intersect(c("cell_weights", "offset"), names(list(...)))
    if (length(beside)) abort("argument", "`", beside[1], "` is not for perplexity(), which scores words as they are.")
    X <- as_newdata(newdata, x$fit)
    shared <- match_features(X, x$fit$H, "newdata", "the model", absent)
    X <- X[, shared$given, drop = FALSE]
    terms <- terms[shared$wanted, , drop = FALSE]
    all <- absent == "zero" || !length(shared$lacking)
    scored <- if (hidden > 0) hide_words(X, hidden, check_seed(seed)) else X
    seen <- if (hidden > 0) X - scored else X
    L <- suppressMessages(predict_topics(x, as_given(seen, x$fit), ..., absent = absent))
    data <- source_of(scored)
  }
  scored <- seen_counts(data)
  unknown <- rowSums(terms) == 0
  if (any(scored[, unknown] > 0)) {
    message(sum(scored[, unknown]), " of ", sum(scored),
            " words are of terms that the fit has never met; they are left out.")
    scored[, unknown] <- 0
  }
  terms <- cbind(terms, overall = terms %*% (topic_sizes(x) / sum(topic_sizes(x))))
  L[is.na(L)] <- 0                                        # of a document of which nothing was seen, only p is known
  left <- ifelse(rowSums(L) > 0, smooth, 1)
  L <- cbind((1 - left) * L, left)
  words <- Matrix::rowSums(scored)
  if (!any(words > 0)) {
    abort("data", "`", if (is.null(newdata)) "V" else "newdata", "` must have words to be scored, but no word is left.")
  }
  means <- log_means_cpp(list(values = scored), L, t(terms)) -
    words * log(share_seen(L, terms, missing_cells(data), all))
  surprise <- -ifelse(words > 0, means, 0)
  if (by == "total") return(exp(sum(surprise) / sum(words)))
  stats::setNames(exp(surprise / ifelse(words > 0, words, NA)), rownames(scored))
}

# Each word by itself is hidden with this probability.
hide_words <- function(X, hidden, seed) {
  v <- stats::na.omit(c(values_of(X)))
  if (!whole_numbers_cpp(v)) {
    bad <- which(values_of(X) != floor(values_of(X)))
    abort("data", "`newdata` must be counts, so that words can be hidden (", first_bad_cell(X, bad), ").")
  }
  hide <- function(v) replace(v, !is.na(v), stats::rbinom(sum(!is.na(v)), v[!is.na(v)], hidden))
  with_seed(seed, map_values(X, hide))
}
