#' Topics for the LDAvis page
#'
#' For those who show topics to others in a browser.
#'
#' Writes a topic model as the JSON that the interactive page of LDAvis reads: a map of the topics, and the terms of a
#' topic by their relevance. `LDAvis::serVis(json)` shows it; so does any copy of that page.
#'
#' Topics are numbered by size, \eqn{m_k = \sum_i t_i L_{ik}} with \eqn{t_i} the number of words in document i; their
#' numbers in the model are in `topic.order`. The parts are
#' \describe{
#'   \item{`mdsDat`}{`x` and `y`, classical scaling ([stats::cmdscale()]) of the Jensen-Shannon distances
#'     \deqn{d_{kl}^2 = \frac{1}{2} \sum_j \left( F_{jk} \log \frac{F_{jk}}{G_j} + F_{jl} \log \frac{F_{jl}}{G_j}
#'       \right), \quad G_j = \frac{F_{jk} + F_{jl}}{2},}{
#'       d_kl^2 = sum_j (F_jk log(F_jk / G_j) + F_jl log(F_jl / G_j)) / 2, G_j = (F_jk + F_jl) / 2,}
#'     which are distances in a Euclidean space (Endres and Schindelin 2003; Fuglede and Topsoe 2004); `topics`;
#'     `cluster`, always 1; and `Freq`, \eqn{m_k} in per cent.}
#'   \item{`tinfo`}{for each topic (`Category`) every term that is among the `n` of the largest relevance
#'     \eqn{\lambda \log F_{jk} + (1 - \lambda) \log (F_{jk} / p_j)} for a \eqn{\lambda} in 0, `lambda_step`, ..., 1
#'     (Sievert and Shirley 2014), with \eqn{p_j} its share of all words in `V`: `Freq`, \eqn{m_k F_{jk}}; `Total`, how
#'     often it is in `V`; `logprob` and `loglift`, the two logarithms. For the category `Default` the `n` terms of the
#'     largest saliency \eqn{p_j \sum_k P(k | j) \log (P(k | j) / P(k))} (Chuang, Manning and Heer 2012).}
#'   \item{`token.table`}{\eqn{P(k | j) = m_k F_{jk} / \sum_l m_l F_{jl}} of these terms, where it is positive.}
#'   \item{`R`, `lambda.step`, `plot.opts`, `topic.order`}{`n`, `lambda_step`, the names of the axes, and the numbers
#'     that the topics have in `x`.}
#' }
#' The page has as many bars for one topic as for another, so `n` is lowered to the number of terms that the topic with
#' the fewest has; a topic without any word does not count.
#'
#' @param path Name of the file, which is replaced if it is there; `NULL` returns the text.
#' @param n Number of terms to show for a topic, at least 1.
#' @param lambda_step Distance between the values of \eqn{\lambda}, from 0.001 to 1.
#' @param ... Nothing: an argument that is not known is an error.
#' @inheritParams nmf_arguments
#' @return The JSON text, a character string; with a `path`, that, invisibly.
#' @section Errors: `nmf_error_package` without the package jsonlite; `nmf_error_data` when `V` are not the data of the
#'   fit, or have an `offset`; `nmf_error_argument` when the other arguments are not as above; `nmf_error_file` when the
#'   file cannot be written, as in [write_signatures()].
#' @references
#' Chuang, Manning and Heer (2012), Termite: visualization techniques for assessing textual topic models, Proceedings of
#' AVI 2012, 74-77, \doi{10.1145/2254556.2254572}.
#'
#' Endres and Schindelin (2003), A new metric for probability distributions, IEEE Transactions on Information Theory 49,
#' 1858-1860, \doi{10.1109/TIT.2003.813506}.
#'
#' Fuglede and Topsoe (2004), Jensen-Shannon divergence and Hilbert space embedding, Proceedings of the IEEE
#' International Symposium on Information Theory, 31, \doi{10.1109/ISIT.2004.1365067}.
#'
#' Sievert and Shirley (2014), LDAvis: a method for visualizing and interpreting topics, Proceedings of the Workshop on
#' Interactive Language Learning, Visualization, and Interfaces, 63-70, \doi{10.3115/v1/W14-3110}.
#' @examplesIf requireNamespace("jsonlite", quietly = TRUE)
#' passages <- addresses$counts[seq(1, 480, 3), ]
#' model <- fit_topics(passages, 3, n_starts = 2, seed = 1)
#' json <- write_ldavis(model, V = passages, lambda_step = 0.1)
#' str(jsonlite::fromJSON(json)$mdsDat)
#' @export
write_ldavis <- function(topics, path = NULL, V = NULL, n = 30, lambda_step = 0.01, ...) {
  check_call(...)
  check_topics(topics)
  n <- check_number(n, "n", 1, whole = TRUE)
  lambda_step <- check_number(lambda_step, "lambda_step", 0.001, 1)
  target <- if (!is.null(path)) check_text_file(path)
  check_installed("jsonlite", "write_ldavis()")
  refuse_offset(topics)
  X <- topic_data(topics, V)                             # here, for S4 dispatch would take the class from its errors
  page <- ldavis_page(topics, X, n, lambda_step)
  for (scalar in c("R", "lambda.step")) page[[scalar]] <- jsonlite::unbox(page[[scalar]])
  page$plot.opts <- lapply(page$plot.opts, jsonlite::unbox)
  json <- in_plain_numbers(c(unclass(jsonlite::toJSON(page, digits = I(6)))))
  json <- gsub("<", "\\u003c", json, fixed = TRUE)     # a term in a page of HTML must not end the script around it
  if (is.null(path)) return(json)
  replace_file(target, function(put) put(json))
  invisible(path)
}

# What the page reads, as R objects; topics in the order of the page.
ldavis_page <- function(x, X, n, lambda_step) {
  m <- colSums(x$L * Matrix::rowSums(X), na.rm = TRUE)
  order <- order(m, decreasing = TRUE)
  m <- m[order]
  probability <- x$F[, order, drop = FALSE]
  probability[] <- apply(probability, 2, without_traces)
  terms <- list(label = term_labels(x), total = Matrix::colSums(X))
  n <- min(n, colSums(probability > 0 & terms$total > 0)[m > 0])
  tinfo <- rbind(salient_terms(probability, m, terms, n), relevant_terms(probability, m, terms, n, lambda_step))
  at <- scaled_topics(probability)
  list(mdsDat = list(x = at[, 1], y = at[, 2], topics = seq_along(m), cluster = rep(1, length(m)),
                     Freq = unname(100 * m / sum(m))),
       tinfo = as.list(tinfo),
       token.table = as.list(token_table(probability, m, terms, unique(tinfo$Term))),
       R = n, lambda.step = lambda_step, plot.opts = list(xlab = "PC1", ylab = "PC2"), topic.order = order)
}

# Classical scaling in two dimensions. Two topics span one, and topics that are alike fewer than there are topics; what
# is not there is zero.
scaled_topics <- function(probability) {
  K <- ncol(probability)
  at <- matrix(0, K, 2)
  if (K == 1) return(at)
  found <- suppressWarnings(stats::cmdscale(jensen_shannon(probability), min(2, K - 1)))   # warns of fewer dimensions
  at[, seq_len(ncol(found))] <- found
  at
}

# d_kl^2 = h((F_k + F_l) / 2) - (h(F_k) + h(F_l)) / 2 with the entropy h; rounding may take it below zero.
jensen_shannon <- function(probability) {
  entropy <- function(p) -sum(p[p > 0] * log(p[p > 0]))
  K <- ncol(probability)
  h <- apply(probability, 2, entropy)
  squared <- matrix(0, K, K)
  for (k in seq_len(K)) {
    for (l in seq_len(k - 1)) {
      squared[k, l] <- entropy((probability[, k] + probability[, l]) / 2) - (h[k] + h[l]) / 2
    }
  }
  stats::as.dist(sqrt(pmax(squared, 0)))
}

# P(k | j), terms x K.
topics_given_term <- function(probability, m) {
  expected <- sweep(probability, 2, m, "*")
  divide_rows(expected, rowSums(expected))
}

# The page ranks these by nothing, but wants numbers for logprob and loglift.
salient_terms <- function(probability, m, terms, n) {
  given <- topics_given_term(probability, m)
  information <- given * log(sweep(given, 2, m / sum(m), "/"))
  information[given == 0] <- 0
  best <- order(terms$total * rowSums(information), terms$total, decreasing = TRUE)[seq_len(n)]
  data.frame(Term = terms$label[best], Freq = terms$total[best], Total = terms$total[best], Category = "Default",
             logprob = rev(seq_len(n)), loglift = rev(seq_len(n)), row.names = NULL)
}

relevant_terms <- function(probability, m, terms, n, lambda_step) {
  overall <- terms$total / sum(terms$total)
  of_topic <- function(k) {
    here <- which(probability[, k] > 0 & overall > 0)
    log_prob <- log(probability[here, k])
    log_lift <- log_prob - log(overall[here])
    best <- lapply(unique(c(seq(0, 1, lambda_step), 1)), function(lambda) {
      relevance <- round(lambda * log_prob + (1 - lambda) * log_lift, 8)   # exclusive terms are ties
      utils::head(order(relevance, log_prob, decreasing = TRUE), n)
    })
    best <- sort(unique(unlist(best)))
    data.frame(Term = terms$label[here[best]], Freq = m[k] * probability[here[best], k],
               Total = terms$total[here[best]], Category = rep(paste0("Topic", k), length(best)),
               logprob = log_prob[best], loglift = log_lift[best], row.names = NULL)
  }
  do.call(rbind, lapply(which(m > 0), of_topic))
}

token_table <- function(probability, m, terms, shown) {
  row <- sort(match(shown, terms$label))
  given <- topics_given_term(probability[row, , drop = FALSE], m)
  long <- data.frame(Term = rep(terms$label[row], each = ncol(given)), Topic = rep(seq_along(m), length(row)),
                     Freq = c(t(given)))
  long[long$Freq > 0, ]
}
