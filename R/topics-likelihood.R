#' Likelihood of documents
#'
#' For those who look for documents that a topic model does not explain.
#'
#' The log-likelihood of each document under a topic model, as a Poisson or a multinomial observation.
#'
#' With \eqn{t_i} words in document i, \eqn{\pi_{ij} = \sum_k L_{ik} F_{jk}} and \eqn{\mu_{ij} = s_i \pi_{ij}},
#' \deqn{\log p_i^{multinomial} = \log t_i! - \sum_j \log v_{ij}! + \sum_j v_{ij} \log \pi_{ij}, \quad
#'   \log p_i^{Poisson} = \sum_j (v_{ij} \log \mu_{ij} - \mu_{ij} - \log v_{ij}!),}
#' and the second is the first plus \eqn{\log Pois(t_i; s_i)} (Carbonetto et al. 2021, Lemma 1). Only the nonzeros are
#' visited. Where cells are missing, a document has its words in the others: \eqn{\pi_{ij}} is divided by its sum
#' \eqn{c_i} over these, and \eqn{s_i} multiplied by it.
#'
#' @param V The counts that were fitted, or `NULL` to look them up through the call. They may be others of the same
#'   documents and terms, matched by name where both sides have names.
#' @param type `"multinomial"` or `"poisson"`.
#' @param ... Nothing: an argument that is not known is an error.
#' @inheritParams nmf_arguments
#' @return A vector, one log-likelihood for each document; their sum is that of the data. It is 0 for a document
#'   without words, and `-Inf` for one with a word of probability zero.
#' @section Errors: `nmf_error_data` when the counts are not found or are of another size, or the model has an `offset`;
#'   `nmf_error_argument`.
#' @references Carbonetto, Sarkar, Wang and Stephens (2021), Non-negative matrix factorization algorithms greatly
#'   improve topic model fits, \doi{10.48550/arXiv.2105.13440}.
#' @seealso [perplexity()] for new documents.
#' @examples
#' passages <- addresses$counts[seq(1, 480, 3), ]
#' model <- fit_topics(passages, 3, n_starts = 2, seed = 1)
#' sum(document_likelihood(model, type = "poisson"))
#' logLik(model)
#' summary(document_likelihood(model) / Matrix::rowSums(passages))   # by word
#' @export
document_likelihood <- function(topics, V = NULL, type = c("multinomial", "poisson"), ...) {
  check_call(...)
  check_topics(topics)
  refuse_offset(topics)
  x <- topics
  type <- check_choice(type, c("multinomial", "poisson"), "type")
  data <- if (is.null(V)) documents_of(x) else same_documents(x, V)
  likelihood_of(data, x$L, x$F, if (type == "poisson") x$s)
}

# With an offset the terms of a document are not drawn with the probabilities of its topics.
refuse_offset <- function(topics) {
  if (!is.null(topics$fit$offset)) abort("data", "the topic model must be one of data without `offset`.")
}

# Other counts of the same documents and terms.
same_documents <- function(x, V) {
  X <- as_data(V, x$fit$obs, missing = TRUE)
  if (!identical(dim(X), c(nrow(x$L), nrow(x$F)))) {
    abort("data", "`V` must have the ", nrow(x$L), " documents and ", nrow(x$F), " terms of the model, not ",
          by_dim(dim(X)), ".")
  }
  source_of(match_dimnames(X, list(rownames(x$L), rownames(x$F)), "V", "the model"))
}

# By document: multinomial, or Poisson where the expected sizes s are given. A multinomial document has its words in the
# cells that are not missing.
likelihood_of <- function(data, L, terms, s = NULL) {
  X <- seen_counts(data)
  t <- Matrix::rowSums(X)
  log_factorials <- Matrix::rowSums(map_values(X, function(v) lgamma(v + 1)))
  L[is.na(L)] <- 0
  words <- ifelse(t > 0, log_means_cpp(list(values = X), L, t(terms)), 0)
  seen <- share_seen(L, terms, missing_cells(data))
  value <- words - log_factorials + if (is.null(s)) {
    lgamma(t + 1) - ifelse(t > 0, t * log(seen), 0)
  } else {
    ifelse(t > 0, t * log(ifelse(s > 0, s, 1)), 0) - s * seen
  }
  stats::setNames(value, rownames(X))
}

# The probability that a word of a document is of a cell that is not missing. `terms` are all that there are, but for
# those of no document, which are missing too.
share_seen <- function(L, terms, missing, all = TRUE) {
  seen <- if (all) rep(1, nrow(L)) else drop(L %*% colSums(terms))
  if (!length(missing)) return(seen)
  row <- row_of(missing, nrow(L))
  unseen <- rowSums(L[row, , drop = FALSE] * terms[column_of(missing, nrow(L)), , drop = FALSE])
  pmax(seen - rowsum(c(unseen, numeric(nrow(L))), c(row, seq_len(nrow(L))))[, 1], 0)
}

# f(0) is 0.
map_values <- function(X, f) {
  if (is_sparse_matrix(X)) X@x <- f(X@x) else X[] <- f(X)
  X
}
