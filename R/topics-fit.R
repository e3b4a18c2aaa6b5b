#' Multinomial topic models
#'
#' For those who have counts of words and want to know what the texts are about.
#'
#' `fit_topics()` fits a topic model by maximum likelihood through Poisson NMF; `as_topic_model()` reads any
#' traditional fit as one; `as_poisson_nmf()` goes back.
#'
#' With documents in the rows of \eqn{V} and \eqn{\mu = W H}, Definition 1 of Carbonetto et al. (2021) sets
#' \deqn{u_k = \sum_j H_{kj}, \quad F_{jk} = H_{kj} / u_k, \quad s_i = \sum_k W_{ik} u_k, \quad L_{ik} = W_{ik} u_k /
#' s_i,} so that \eqn{\mu_{ij} = s_i \sum_k L_{ik} F_{jk}}: a document of expected size \eqn{s_i} draws its words from a
#' mixture of topics, the columns of \eqn{F}, in proportions \eqn{L_i}. The Poisson likelihood is the multinomial one
#' times \eqn{\prod_i Pois(t_i; s_i)}, where \eqn{t_i} is the size of the document (Lemma 1), and maximum-likelihood
#' fits of one are those of the other. Of a Normal, Tweedie or Negative Binomial fit the same numbers are a
#' normalisation only.
#'
#' @param V Counts, documents x terms: whatever [nmf()] takes, a quanteda `dfm`, a tm `DocumentTermMatrix` or
#'   `TermDocumentMatrix`, or a tidy table, a data frame with a row for each document and term and three columns:
#'   `document`, `term` and `n` in any order, or else two of labels (characters or factors; those of documents may be
#'   numbers, when they stand first and the counts last) and one of numbers. The labels that stand first are those of
#'   documents, unless they are called `term`, `word`, `token`, `lemma`, `feature`, `gene` or `channel`; a message says
#'   what was taken for what. Rows of the same labels are summed, and levels without a row are documents without words
#'   or words without a document.
#' @param rank Number of topics K.
#' @param family Noise family: [nmf_poisson()] for a multinomial topic model, or another one, or its letters such as
#'   `"NB"`, for topics under that noise.
#' @param prior Concentrations a of a Dirichlet prior on each topic's distribution over the terms, at least 1: a number,
#'   a value for each term, or a matrix of terms x topics, each by name where both sides have names; or words that seed
#'   some topics, from [seed_terms()]. The fit is then the posterior mode: topic k gets \eqn{a_{jk} - 1} words of every
#'   term j as if from a document of its own (Corollary 2). 1 is maximum likelihood. A matrix may have fewer columns
#'   than there are topics, which keep its order and names; the others are free. Poisson and Negative Binomial noise
#'   only; `fit$objective` has the prior in it, the deviance and the likelihood have not.
#' @param init A start: a topic model or a fit of the same documents, terms and rank, or `list(W = , H = )`, see
#'   [nmf()].
#' @param obs Which margin of `V` holds the documents. The classes of tm and a data frame of documents and terms say so
#'   themselves: of these, `obs` only sets the orientation in which fitted values and residuals come back.
#' @param ... Further arguments of [nmf()]: `n_starts`, `solver`, `max_iter`, `tol`, `time_limit`, `control`.
#' @param fit A fit from [nmf()] of a traditional model.
#' @param topics A topic model.
#' @inheritParams nmf
#' @return A list of class `nmf_topic_model`:
#' \describe{
#'   \item{`L`}{documents x K, topic proportions; each row sums to 1. `NA` for a document without words.}
#'   \item{`F`}{terms x K, term probabilities; each column sums to 1.}
#'   \item{`s`, `u`}{expected sizes of the documents, sizes of the rows of H.}
#'   \item{`fit`}{the [nmf()] fit.}
#' }
#' `as_poisson_nmf()` returns the fit with \eqn{W} and \eqn{H} made from these.
#' @section Errors and warnings: Those of [nmf()], with `nmf_error_data` also for texts whose words are not counted yet.
#'   Weights that are not counts, such as tf-idf, give the warning `nmf_warning_not_counts`.
#' @seealso [terms.nmf_topic_model()] and [tidy.nmf_topic_model()] to read the topics, [coherence()] to judge them,
#'   [merge_components()] to choose, merge and rename topics, [write_ldavis()].
#' @references Carbonetto, Sarkar, Wang and Stephens (2021), Non-negative matrix factorization algorithms greatly
#'   improve topic model fits, \doi{10.48550/arXiv.2105.13440}.
#' @examples
#' topics <- fit_topics(addresses$counts[381:480, ], 3, n_starts = 2, seed = 1)
#' topics
#' round(head(topics$L), 3)
#' @export
as_topic_model <- function(fit, ...) {
  check_call(...)
  check_fit(fit)
  if (!structure_of(fit$model)$free) {
    abort("model", "`fit` must be of a traditional model, not ", format(fit$model), ".")
  }
  u <- rowSums(fit$H)
  sizes <- sweep(fit$W, 2, u, "*")
  s <- rowSums(sizes)
  structure(list(L = sizes / ifelse(s > 0, s, NA), F = t(fit$H / ifelse(u > 0, u, 1)), s = s, u = u, fit = fit),
            class = "nmf_topic_model")
}

#' @rdname as_topic_model
#' @export
as_poisson_nmf <- function(topics, ...) {
  check_call(...)
  check_topics(topics)
  fit <- topics$fit
  u <- ifelse(topics$u > 0, topics$u, 1)
  fit$W[] <- sweep(ifelse(is.na(topics$L), 0, topics$L) * topics$s, 2, u, "/")
  fit$H[] <- topics$u * t(topics$F)
  fit
}

#' @rdname as_topic_model
#' @export
fit_topics <- function(V, rank, family = nmf_poisson(), prior = 1, ..., obs = c("rows", "columns"),
                       cell_weights = NULL, offset = NULL, init = NULL, fixed = NULL, threads = NULL, verbose = NULL,
                       seed = NULL) {
  check_call()
  began <- now()
  call <- match.call()
  family <- as_family(family)
  problem <- prepare(V, nmf_model(family = family, rank = rank), obs, cell_weights, offset)
  problem <- with_prior(problem, prior)
  if (inherits(init, "nmf_topic_model")) init <- check_whole(init, "init")$fit
  start <- if (!is.null(init)) as_start(init, problem, problem$known$names)
  problem$known$fixed <- check_fixed(fixed, start, problem)
  if (!is.null(problem$known$fixed) && is.null(problem$known$names)) {
    problem$known$names <- names_for_components(names_of_start(init, problem$model))
  }
  settings <- settings_from(..., threads = threads, verbose = verbose, seed = seed,
                            models = list(problem$model))
  if (!is.null(start)) start$before <- resumable(init, problem, settings)
  fit <- keep_going(fit_any(problem, settings, start))
  own <- list(model = NULL, rank = problem$model$rank, family = family, prior = prior, init = user_start(init),
              fixed = fixed)
  as_topic_model(complete_fit(fit, problem, settings, call, began, "fit_topics", own))
}

check_topics <- function(topics, arg = "topics") {
  expect_arg(inherits(topics, "nmf_topic_model"), arg, "a topic model from fit_topics() or as_topic_model()", topics)
}

#' @export
print.nmf_topic_model <- function(x, digits = 4, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  cat("Topic model of ", nrow(x$L), " documents x ", nrow(x$F), " terms, ", ncol(x$L), " topics\n", sep = "")
  top <- apply(x$F, 2, function(f) paste(top_labels(f, rownames(x$F), 6), collapse = " "))
  share <- round(100 * colSums(x$L * x$s, na.rm = TRUE) / sum(x$s))
  cat(paste0("  ", format(colnames(x$L)), " ", format(share, width = 3), "%  ", top, "\n"), sep = "")
  cat("by ")
  print(x$fit, digits)
  invisible(x)
}

# Names (or numbers) of the n largest entries.
top_labels <- function(x, names, n) labels_of(names, length(x))[utils::head(order(x, decreasing = TRUE), n)]
