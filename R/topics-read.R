#' Reading a topic model
#'
#' For those who read topics: their words, their documents and the numbers behind them.
#'
#' `terms()` names the words that stand for each topic, `topics()` the topics of each document. `posterior()` and
#' `predict()` give the probabilities themselves, also for new documents.
#'
#' With \eqn{F} and \eqn{L} of [fit_topics()], \eqn{m_k = \sum_i s_i L_{ik}} the expected number of words of topic k
#' and \eqn{p_j = \sum_k m_k F_{jk} / \sum_k m_k} the overall probability of term j, the terms of topic k are ranked by
#' \describe{
#'   \item{`"prob"`}{\eqn{F_{jk}}: what the topic is mostly made of.}
#'   \item{`"lift"`}{\eqn{F_{jk} / p_j} (Taddy 2012): what it has more of than the corpus. Rare terms win.}
#'   \item{`"exclusive"`}{\eqn{\phi_{jk} = F_{jk} / \sum_l F_{jl}}: what no other topic has. A rare term is easily
#'     exclusive, by chance; terms with \eqn{F_{jk}} below `min_prob` are therefore left out. Its default 1/M is the
#'     probability that every term would have if all were alike.}
#'   \item{`"frex"`}{a compromise (Bischof and Airoldi 2012), the weighted harmonic mean of two ranks within the topic,
#'     \deqn{\left(\frac{w}{e_k(\phi_{jk})} + \frac{1 - w}{g_k(F_{jk})}\right)^{-1},}{
#'           1 / (w / e_k(phi_jk) + (1 - w) / g_k(F_jk)),}
#'     where \eqn{e_k} is the empirical distribution function of the exclusivities \eqn{\phi_{jk}} over the M terms, and
#'     \eqn{g_k} that of the probabilities \eqn{F_{jk}}.}
#' }
#' Scores that agree to eight digits are ties, and go to the more probable term. Solvers leave traces where a
#' probability is zero; one below \eqn{2^{-52}}{2^-52} of the largest of its topic counts as zero.
#'
#' The topic proportions of new documents are \eqn{W_{ik} u_k / \sum_l W_{il} u_l} with the weights \eqn{W} from
#' [predict.nmf_fit()].
#'
#' @param x,object A topic model, from [fit_topics()] or [as_topic_model()].
#' @param n Number of terms for each topic, at least 1, or of topics for each document, 1 to K.
#' @param by What ranks the terms, see Details.
#' @param w Weight of exclusivity in `"frex"`, between 0 (probability only) and 1 (exclusivity only).
#' @param min_prob Terms with a smaller probability in the topic are not named, between 0 and 1. `NULL` stands for 1/M
#'   under `"exclusive"` and 0 otherwise.
#' @param newdata New documents, in any form that [fit_topics()] takes. `NULL` stands for the documents of the fit.
#' @param absent What a term of the model is that `newdata` does not have: `"zero"`, a word that no document has, or
#'   `"missing"`, one that was not counted, see [predict.nmf_fit()]. Terms that the model does not have are left out.
#' @param type `"topics"` for topic proportions, `"weights"` for \eqn{W} and `"response"` for the means
#'   \eqn{\mu = W H}.
#' @param nsim,seed See [simulate.nmf_fit()].
#' @param ... For `posterior()` and `predict()`: `alpha`, `max_iter` and `tol` of [predict.nmf_fit()]. For `logLik()`,
#'   `residuals()`, `coef()` and `update()`: those of [logLik.nmf_fit()]. Otherwise not used.
#' @return `terms()`: an n x K character matrix, the best term of each topic first; `NA` when no more terms are left,
#'   for a term of probability zero is never named.
#'
#' `topics()`: a character vector of topics, named by the documents; for `n` above 1 an n x N matrix. `NA` for a
#' document without words, and for a topic that has no part in it.
#'
#' `posterior()`: a list of `terms`, K x M with rows that sum to 1, and `topics`, N x K likewise; a document without
#' words has a row of `NA`.
#'
#' `predict()`: a matrix, N x K for topics and weights; for the response in the orientation of the data of the fit.
#'
#' `fitted()`, `residuals()`, `logLik()`, `deviance()`, `nobs()`, `coef()`, `simulate()`: those of the [nmf()] fit, so
#' that [stats::BIC()] works. `update()`: a topic model that is fitted anew with other arguments, see
#' [update.nmf_fit()].
#' @section Errors and warnings: `nmf_error_argument` when `n`, `by`, `w`, `min_prob` or `type` are not as above. For
#'   new documents those of [predict.nmf_fit()].
#' @references
#' Bischof and Airoldi (2012), Summarizing topical content with word frequency and exclusivity, Proceedings of the 29th
#' International Conference on Machine Learning, 201-208, \doi{10.48550/arXiv.1206.4631}.
#'
#' Taddy (2012), On estimation and selection for topic models, Proceedings of the 15th International Conference on
#' Artificial Intelligence and Statistics, 1184-1193, \doi{10.48550/arXiv.1109.4518}.
#' @examples
#' some <- seq(1, 480, 3)
#' model <- fit_topics(addresses$counts[some, ], 3, n_starts = 2, seed = 1)
#' terms(model, 6)
#' terms(model, 6, by = "frex")
#' table(topics(model), addresses$documents$era[some])
#' round(posterior(model, addresses$counts[c("1803-1", "1961-1", "2009-1"), ])$topics, 2)
#' @name terms.nmf_topic_model
NULL

#' @rdname terms.nmf_topic_model
#' @export
terms.nmf_topic_model <- function(x, n = 10, by = c("prob", "lift", "frex", "exclusive"), w = 0.5, min_prob = NULL,
                                  ...) {
  check_call(...)
  n <- check_number(n, "n", 1, whole = TRUE)
  by <- check_choice(by, c("prob", "lift", "frex", "exclusive"), "by")
  w <- check_number(w, "w", 0, 1)
  least <- check_number(min_prob %||% least_named(x, by), "min_prob", 0, 1)
  top <- top_terms(x, n, score_of(x, by, w), least)
  matrix(term_labels(x)[top], n, dimnames = list(NULL, colnames(x$F)))
}

term_labels <- function(x) as.character(labels_of(rownames(x$F), nrow(x$F)))

#' @rdname terms.nmf_topic_model
#' @export
topics <- function(x, ...) {
  check_call()
  UseMethod("topics")
}

#' @rdname terms.nmf_topic_model
#' @export
topics.nmf_topic_model <- function(x, n = 1, ...) {
  check_call(...)
  n <- check_number(n, "n", 1, ncol(x$L), whole = TRUE)
  # The entries of each document, the largest first: K x N indices into L.
  entry <- matrix(order(row(x$L), -x$L), ncol(x$L))[seq_len(n), , drop = FALSE]
  topic <- (entry - 1) %/% nrow(x$L) + 1
  share <- x$L[c(entry)]
  topic[is.na(share) | share < .Machine$double.eps] <- NA
  label <- matrix(colnames(x$L)[topic], n, dimnames = list(NULL, rownames(x$L)))
  if (n == 1) label[1, ] else label
}

#' @export
topics.default <- function(x, ...) {
  check_call()
  pass_on("topicmodels", "topics", x, ...)
}

#' @rdname terms.nmf_topic_model
#' @export
posterior <- function(x, newdata = NULL, ...) {
  check_call()
  UseMethod("posterior")
}

#' @rdname terms.nmf_topic_model
#' @export
posterior.nmf_topic_model <- function(x, newdata = NULL, ...) {
  check_call()
  refuse_unnamed(...)
  list(terms = t(x$F), topics = stats::predict(x, newdata, "topics", ...))
}

#' @export
posterior.default <- function(x, newdata = NULL, ...) {
  check_call()
  if (is.null(newdata)) pass_on("modeltools", "posterior", x, ...) else
    pass_on("modeltools", "posterior", x, newdata, ...)
}

#' @rdname terms.nmf_topic_model
#' @export
predict.nmf_topic_model <- function(object, newdata = NULL, type = c("topics", "weights", "response"), ...,
                                    absent = c("zero", "missing")) {
  check_call()
  refuse_unnamed(...)
  type <- check_factor(type, c("topics", "weights", "response"), "type")
  if (is.null(newdata) && type == "topics") check_call(...)
  absent <- check_absent(absent, "zero")
  if (type != "topics") return(stats::predict(object$fit, newdata, type, ..., absent = absent))
  predict_topics(object, newdata, ..., absent = absent)
}

predict_topics <- function(x, newdata, ..., absent = "zero") {
  if (!identical(list(...)$interval %||% "none", "none")) {
    abort("argument", "`interval` must be \"none\" for proportions of topics; `type` \"weights\" has intervals.")
  }
  W <- stats::predict(x$fit, newdata, "weights", ..., absent = absent)
  if (is.null(newdata)) return(x$L)
  sizes <- sweep(W, 2, x$u, "*")
  s <- rowSums(sizes)
  sizes / ifelse(s > 0, s, NA)
}

#' @rdname terms.nmf_topic_model
#' @export
fitted.nmf_topic_model <- function(object, ...) {
  check_call()
  stats::fitted(object$fit, ...)
}

#' @rdname terms.nmf_topic_model
#' @export
residuals.nmf_topic_model <- function(object, ...) {
  check_call()
  stats::residuals(object$fit, ...)
}

#' @rdname terms.nmf_topic_model
#' @export
simulate.nmf_topic_model <- function(object, nsim = 1, seed = NULL, ...) {
  check_call()
  stats::simulate(object$fit, nsim, seed, ...)
}

#' @rdname terms.nmf_topic_model
#' @export
update.nmf_topic_model <- function(object, ...) {
  check_call()
  updated <- stats::update(object$fit, ...)
  if (inherits(updated, "nmf_fit")) as_topic_model(updated) else updated
}

#' @rdname terms.nmf_topic_model
#' @export
logLik.nmf_topic_model <- function(object, ...) {
  check_call()
  stats::logLik(object$fit, ...)
}

#' @rdname terms.nmf_topic_model
#' @export
deviance.nmf_topic_model <- function(object, ...) {
  check_call(...)
  object$fit$deviance
}

#' @rdname terms.nmf_topic_model
#' @export
nobs.nmf_topic_model <- function(object, ...) {
  check_call(...)
  object$fit$nobs
}

#' @rdname terms.nmf_topic_model
#' @export
coef.nmf_topic_model <- function(object, ...) {
  check_call()
  stats::coef(object$fit, ...)
}

#' A topic model as data frames
#'
#' For those who go on with tidytext and the tidyverse.
#'
#' The column names are those of tidytext.
#'
#' The topic of a word in a document is the one that it most probably came from: of the words of term j in document i,
#' the share \eqn{L_{ik} F_{jk} / \sum_l L_{il} F_{jl}} is of topic k.
#'
#' @param x A topic model, from [fit_topics()] or [as_topic_model()].
#' @param matrix `"beta"` for term probabilities (\eqn{F}), `"gamma"` for topic proportions (\eqn{L}).
#' @param integer Whether topics are whole numbers from 1 to K, as tidytext has those of other packages, and not names.
#' @param ... Nothing: an argument that is not known is an error.
#' @inheritParams nmf_arguments
#' @return `tidy()`: a row for each entry, with columns `topic`, `term`, `beta` (K M rows), or `document`, `topic`,
#'   `gamma` (N K rows). `augment()`: a row for each positive count, with `document`, `term`, its number of words `n`
#'   and `.topic`, the most probable topic \eqn{\arg\max_k L_{ik} F_{jk}}; `NA` where all are zero. `glance()`: one row
#'   with the numbers of `topics`, `documents` and `terms`, `logLik`, `converged`, `iterations`, `seconds`. They are
#'   tibbles when the package tibble is installed, and data frames otherwise.
#' @section Errors: `nmf_error_argument` when `matrix` is neither; `nmf_error_data` when the data of the fit are not
#'   found, or `V` are others.
#' @references Silge and Robinson (2016), tidytext: text mining and analysis using tidy data principles in R, Journal of
#'   Open Source Software 1, 37, \doi{10.21105/joss.00037}.
#' @examples
#' passages <- addresses$counts[seq(1, 480, 3), ]
#' model <- fit_topics(passages, 3, n_starts = 2, seed = 1)
#' head(tidy(model))
#' head(tidy(model, "gamma", integer = TRUE))
#' words <- augment(model)
#' head(words[words$term == "peace", ])
#' glance(model)
#' @name tidy.nmf_topic_model
NULL

#' @rdname tidy.nmf_topic_model
#' @export
tidy.nmf_topic_model <- function(x, matrix = c("beta", "gamma"), ..., integer = FALSE) {
  check_call(...)
  integer <- check_flag(integer, "integer")
  topics <- if (integer) seq_len(ncol(x$F)) else colnames(x$F)
  if (check_choice(matrix, c("beta", "gamma"), "matrix") == "beta") {
    long <- expand.grid(topic = topics, term = labels_of(rownames(x$F), nrow(x$F)), stringsAsFactors = FALSE,
                        KEEP.OUT.ATTRS = FALSE)
    long$beta <- c(t(x$F))
  } else {
    long <- expand.grid(document = labels_of(rownames(x$L), nrow(x$L)), topic = topics,
                        stringsAsFactors = FALSE, KEEP.OUT.ATTRS = FALSE)
    long$gamma <- c(x$L)
  }
  broom_table(long)
}

#' @rdname tidy.nmf_topic_model
#' @export
augment.nmf_topic_model <- function(x, V = NULL, ..., integer = FALSE) {
  check_call(...)
  integer <- check_flag(integer, "integer")
  cells <- positive_cells(seen_counts(documents_of(x, V)))
  topic <- most_probable_topic(x, cells$i, cells$j)
  broom_table(data.frame(document = labels_of(rownames(x$L), nrow(x$L))[cells$i],
                         term = labels_of(rownames(x$F), nrow(x$F))[cells$j], n = cells$n,
                         .topic = if (integer) topic else colnames(x$F)[topic]))
}

# The counts that were fitted, documents x terms, of which none may be missing.
topic_data <- function(x, V = NULL) {
  data <- documents_of(x, V)
  if (!is.null(data$weights)) {
    abort("data", "the topic model must be one of data without missing cells: only those are counts of whole ",
          "documents.")
  }
  data$values
}

# The documents that were fitted; cells may be missing, but a part of a count is no count.
documents_of <- function(x, V = NULL) {
  data <- data_of(x$fit, V)
  if (!all(data$weights %in% 0:1)) abort("data", "the topic model must be one of data without `cell_weights`.")
  data
}

# Rows, columns and values of the positive cells, column by column.
positive_cells <- function(X) {
  if (!is_sparse_matrix(X)) {
    at <- which(X > 0, arr.ind = TRUE, useNames = FALSE)
    return(list(i = at[, 1], j = at[, 2], n = X[at]))
  }
  here <- X@x > 0
  list(i = X@i[here] + 1L, j = rep.int(seq_len(ncol(X)), diff(X@p))[here], n = X@x[here])
}

# argmax_k L_ik F_jk of many cells, with memory for one topic at a time.
most_probable_topic <- function(x, i, j) {
  largest <- numeric(length(i))
  topic <- rep(NA_integer_, length(i))
  for (k in seq_len(ncol(x$L))) {
    share <- x$L[i, k] * x$F[j, k]
    better <- which(share > largest)
    largest[better] <- share[better]
    topic[better] <- k
  }
  topic
}

#' @rdname tidy.nmf_topic_model
#' @export
glance.nmf_topic_model <- function(x, ...) {
  check_call(...)
  fit <- x$fit
  broom_table(data.frame(topics = ncol(x$L), documents = nrow(x$L), terms = nrow(x$F), logLik = fit$logLik,
                         converged = fit$converged, iterations = fit$iterations, seconds = fit$seconds))
}

# The other way round: what is no topic model of ours goes to the generic of the other package, if that is loaded.
pass_on <- function(package, generic, x, ...) {
  if (isNamespaceLoaded(package)) return(getExportedValue(package, generic)(x, ...))
  check_topics(x, "x")
}
