#' Merge topics
#'
#' Puts topics that tell the same story together, and keeps the expected number of words of each document and term.
#'
#' With \eqn{m_k = \sum_i s_i L_{ik}}, the expected number of words of topic k, the topic that stands for a group g has
#' \deqn{L_{ig} = \sum_{k \in g} L_{ik}, \qquad F_{jg} = \sum_{k \in g} m_k F_{jk} / \sum_{k \in g} m_k,}{
#'       L_ig = sum_{k in g} L_ik,  F_jg = sum_{k in g} m_k F_jk / sum_{k in g} m_k,}
#' and \eqn{s} stays. The part of the group in \eqn{\mu}, \eqn{s_i \sum_{k \in g} L_{ik} F_{jk}}{
#' s_i sum_{k in g} L_ik F_jk}, becomes a matrix of rank one with the same row and column sums, which is the one nearest
#' to it in Kullback-Leibler divergence (Ho and Van Dooren 2008). What is lost is which documents of the group use which
#' of its terms; topics with the same \eqn{F} lose nothing.
#'
#' A merged model is not a maximum-likelihood fit of its rank. To get one, start there:
#' `nmf(V, "T/Po", rank = K, init = merged$fit)`.
#'
#' @param topics A topic model with K topics, from [fit_topics()] or [as_topic_model()].
#' @param groups A list of vectors of topics to merge, by number or by name; topics that are in none of them stay as
#'   they are. Or a vector of K labels, one for each topic (by name where it has names): those with the same label are
#'   merged.
#' @param ... Nothing: an argument that is not known is an error.
#' @return A topic model, topics in decreasing order of \eqn{m}. A merged topic has the name of its group in the list or
#'   its label, or else the names of its topics joined by `+`. In its `fit`, `W`, `H` and the rank are the merged ones;
#'   everything that was a result of the maximisation (deviance, log-likelihood, numbers of parameters, an estimated
#'   `sigma2`, trace) is `NA` or gone, and `status` is `"merged"`. The parameters of the noise family stay.
#' @section Errors: `nmf_error_argument` when `groups` names a topic that is not there, or one more than once, or does
#'   not have a label for each topic.
#' @references Ho and Van Dooren (2008), Non-negative matrix factorization with fixed row and column sums, Linear
#'   Algebra and its Applications 429, 1020-1025, \doi{10.1016/j.laa.2007.02.026}.
#' @examples
#' posts <- newsgroups$counts[c(1:60, 181:240, 341:400), ]
#' model <- fit_topics(posts, 4, n_starts = 2, seed = 1)
#' merged <- merge_topics(model, list(both = c("k2", "k4")))
#' terms(merged, 6)
#' merge_topics(model, c("a", "b", "b", "b"))
#' @export
merge_topics <- function(topics, groups, ...) {
  check_call(...)
  check_topics(topics)
  x <- topics
  member <- group_members(groups, colnames(x$L))
  m <- topic_sizes(x)
  fit <- as_merged(x$fit)
  fit$W <- sum_columns(ifelse(is.na(x$L), 0, x$L) * x$s, member)
  fit$H <- t(sum_columns(sweep(x$F, 2, m, "*"), member))
  total <- vapply(member, function(k) sum(m[k]), 0)
  fit$H <- fit$H / ifelse(total > 0, total, 1)
  fit$model$rank <- length(member)
  as_topic_model(order_components(fit))
}

# The columns of each group added.
sum_columns <- function(x, member) {
  sums <- vapply(member, function(k) rowSums(x[, k, drop = FALSE]), numeric(nrow(x)))
  matrix(sums, nrow(x), dimnames = list(rownames(x), names(member)))
}

# A named list of the numbers of the topics in each group; every topic is in exactly one.
group_members <- function(groups, topics) {
  if (!is.list(groups)) return(members_by_label(groups, topics))
  expect_arg(!is.object(groups), "groups", "a list of vectors of topics", groups)
  member <- lapply(groups, topic_numbers, topics)
  twice <- duplicated(unlist(member))
  if (any(twice)) {
    abort("argument", "`groups` must have each topic at most once; ", dQuote(topics[unlist(member)[twice][1]], FALSE),
          " is there twice.")
  }
  joined <- vapply(member, function(k) paste(topics[k], collapse = "+"), "")
  given <- names(groups) %||% rep("", length(groups))
  names(member) <- ifelse(given == "", joined, given)
  alone <- setdiff(seq_along(topics), unlist(member))
  member <- c(member, stats::setNames(as.list(alone), topics[alone]))
  twice <- duplicated(names(member))
  if (any(twice)) abort("argument", "`groups` must give each topic a name of its own, not ",
                        dQuote(names(member)[twice][1], FALSE), " to two.")
  member
}

members_by_label <- function(groups, topics) {
  expect_arg(is.atomic(groups) && length(groups) == length(topics) && !anyNA(groups), "groups",
             paste("a list of vectors of topics, or", length(topics), "labels without missing ones"), groups)
  groups <- match_values(groups, topics, "groups", "topics of the model")
  split(seq_along(topics), factor(groups, unique(groups)))
}

topic_numbers <- function(k, topics) {
  number <- if (is.character(k)) match(k, topics) else k
  ok <- is.numeric(number) && length(number) > 0 && all(number %in% seq_along(topics))
  expect_arg(ok, "groups", paste0("a list of vectors of topics (numbers from 1 to ", length(topics), ", or names)"), k)
  as.integer(number)
}

# A fit without what the maximisation found out. It is in one piece for print() and predict(), but claims nothing.
as_merged <- function(fit) {
  fit[c("trace", "starts", "steps", "settings", "solver")] <- NULL
  fit[c("objective", "deviance", "logLik", "kkt", "seconds")] <- NA_real_
  fit$iterations <- NA_integer_
  fit$df[] <- NA_real_
  if (!identical(fit$dispersion, "fixed")) fit$sigma2 <- NA_real_
  fit$status <- "merged"
  fit$converged <- FALSE
  fit
}
