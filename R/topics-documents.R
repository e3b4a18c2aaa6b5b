#' Typical documents and topics that go together
#'
#' `typical_documents()` names the documents that a topic is best read by. `topic_correlation()` says which topics are
#' used by the same documents.
#'
#' A document of three words has topic proportions of 1 and 0 by chance. So documents are ranked by their proportions
#' with one word of each topic added, \eqn{(s_i L_{ik} + 1) / (s_i + K)}: of two documents of one topic the longer one
#' comes first.
#'
#' The correlation of topics k and l is that of the columns of \eqn{L} over the documents with words. Proportions sum to
#' 1, so that topics which are independent but for this have negative correlations, under a Dirichlet distribution with
#' the means \eqn{p} of \eqn{-\sqrt{p_k p_l / ((1 - p_k) (1 - p_l))}}{-sqrt(p_k p_l / ((1 - p_k) (1 - p_l)))} (Aitchison
#' 1986): the attribute `"closure"` has these. Topics go together when their correlation is above it.
#'
#' @param topics A topic model, from [fit_topics()] or [as_topic_model()].
#' @param n Number of documents for each topic, at least 1.
#' @param text The texts of the documents, a character vector like the documents (by name where it has names), or
#'   `NULL`.
#' @param method `"pearson"`, or `"spearman"` for ranks.
#' @param ... Nothing: an argument that is not known is an error.
#' @return `typical_documents()`: a data frame with `topic`, `document`, `gamma` (its proportion of the topic), `words`
#'   (its expected number of words, \eqn{s_i}) and, if it was given, `text`; the most typical document of each topic
#'   first, and no document without any word of it.
#'
#'   `topic_correlation()`: a K x K matrix of class `nmf_topic_correlation`; correlations of a topic that all documents
#'   use alike are `NA`. `autoplot()` shows it as tiles.
#' @section Errors: `nmf_error_argument` when `n`, `text` or `method` are not as above.
#' @references Aitchison (1986), The Statistical Analysis of Compositional Data, Chapman and Hall,
#'   \doi{10.1007/978-94-009-4109-0}.
#' @examples
#' passages <- addresses$counts[seq(1, 480, 4), ]
#' model <- fit_topics(passages, 4, n_starts = 2, seed = 1)
#' typical_documents(model, 2)
#' topic_correlation(model)
#' autoplot(topic_correlation(model))
#' @export
typical_documents <- function(topics, n = 3, text = NULL, ...) {
  check_call(...)
  check_topics(topics)
  n <- check_number(n, "n", 1, whole = TRUE)
  N <- nrow(topics$L)
  K <- ncol(topics$L)
  if (!is.null(text)) {
    expect_arg(is.character(text) && length(text) == N, "text", paste("a text for each of the", N, "documents"), text)
    text <- match_values(text, rownames(topics$L), "text", "documents of the model")
  }
  s <- topics$s
  typical <- (topics$L * s + 1) / (s + K)
  best <- lapply(seq_len(K), function(k) {
    used <- which(topics$L[, k] >= .Machine$double.eps)
    i <- utils::head(used[order(typical[used, k], decreasing = TRUE)], n)
    data.frame(topic = rep(colnames(topics$L)[k], length(i)), document = labels_of(rownames(topics$L), N)[i],
               gamma = unname(topics$L[i, k]), words = unname(s[i]))
  })
  rows <- do.call(rbind, best)
  if (!is.null(text)) rows$text <- text[match(rows$document, labels_of(rownames(topics$L), N))]
  rows
}

#' @rdname typical_documents
#' @export
topic_correlation <- function(topics, method = c("pearson", "spearman"), ...) {
  check_call(...)
  check_topics(topics)
  method <- check_choice(method, c("pearson", "spearman"), "method")
  L <- topics$L[!is.na(topics$L[, 1]), , drop = FALSE]
  found <- if (nrow(L) > 1) suppressWarnings(stats::cor(L, method = method)) else array(NA_real_, rep(ncol(L), 2))
  dimnames(found) <- rep(list(colnames(L)), 2)
  odds <- colMeans(L) / (1 - colMeans(L))
  closure <- -sqrt(outer(odds, odds))
  closure[!is.finite(closure)] <- NA
  diag(closure) <- 1
  structure(found, closure = closure, method = method, class = "nmf_topic_correlation")
}

#' @export
print.nmf_topic_correlation <- function(x, digits = 2, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  cat("Correlations of topic proportions (", attr(x, "method"), ")\n", sep = "")
  print(round(matrix(x, nrow(x), dimnames = dimnames(x)), digits), ...)
  invisible(x)
}

#' @rdname typical_documents
#' @param object,x Correlations from `topic_correlation()`.
#' @export
autoplot.nmf_topic_correlation <- function(object, ...) {
  check_call(...)
  topics <- colnames(object)
  tiles <- data.frame(one = factor(topics[row(object)], rev(topics)), other = factor(topics[col(object)], topics),
                      correlation = as.vector(object))
  tiles <- tiles[row(object) != col(object), ]
  ggplot(tiles, aes(.data$other, .data$one, fill = .data$correlation)) +
    geom_tile() +
    (if (length(topics) <= 12) {
      geom_text(aes(label = ifelse(is.na(.data$correlation), "", sprintf("%.2f", .data$correlation))), size = 3)
    }) +
    scale_fill_gradient2(low = component_colours[6], high = component_colours[1], limits = c(-1, 1),
                         na.value = "grey90") +
    scale_x_discrete(expand = expansion(0)) +
    scale_y_discrete(expand = expansion(0)) +
    coord_equal() +
    labs(x = NULL, y = NULL, fill = NULL, title = "Correlation of topic proportions") +
    theme_nmf() +
    theme(panel.grid = element_blank())
}

#' @rdname typical_documents
#' @export
plot.nmf_topic_correlation <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}
