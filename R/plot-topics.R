#' Plots of a topic model
#'
#' Shows what the topics are, and what the documents are made of.
#'
#' `autoplot()` returns a ggplot object, which can be changed and saved; `plot()` prints it.
#'
#' \describe{
#'   \item{`"structure"`}{The structure plot of Rosenberg et al. (2002): one stacked bar for each document, whose parts
#'     are its topic proportions \eqn{L_i}. Within a group, a walk puts similar documents side by side: it begins with
#'     the document farthest out on the first principal component and goes on to the nearest one (in Euclidean distance
#'     of proportions) that it has not yet been to. Groups are named where there is room for their names; without
#'     groups, documents are when they are at most 50.}
#'   \item{`"terms"`}{The `n` most probable terms of each topic, with their probabilities \eqn{F_{jk}}. The heading of
#'     a topic has its share of all words.}
#'   \item{`"embedding"`}{Documents on two principal components of \eqn{L}. A topic is named where a document of this
#'     topic alone would lie, if that is a corner of the picture; topics that these two components do not tell apart
#'     from mixtures of others are not named.}
#'   \item{`"progress"`}{The course of the fit, see [plot_progress()].}
#' }
#' Documents without words have no proportions; `"structure"` and `"embedding"` leave them out and say so.
#'
#' @param object,x A topic model from [fit_topics()] or [as_topic_model()].
#' @param type What to show, see below.
#' @param n For `"terms"`, the number of terms of each topic; `NULL` is 10. For `"structure"` and `"embedding"`, the
#'   largest number of documents, at least one for each group; `NULL` is 5000. When there are more, each group keeps its
#'   share of them, drawn at random.
#' @param groups A factor or vector with the group of each document (length N; by name where it has names). Groups are
#'   blocks of the structure plot, in the order of the levels, and colours of the embedding, which are otherwise those
#'   of the most probable topics.
#' @param dims The two principal components of the embedding: different whole numbers between 1 and K - 1.
#' @param by,what For `"progress"`, see [plot_progress()].
#' @param seed Seed of the draw of the documents, see [nmf()].
#' @param ... For `plot()`, arguments of `autoplot()`; nothing otherwise.
#' @return `autoplot()`: a ggplot object. `plot()`: the same, invisibly.
#' @section Errors: `nmf_error_argument`, and `nmf_error_rank` for an embedding of fewer than 3 topics.
#' @references Pritchard, Stephens and Donnelly (2000), Inference of population structure using multilocus genotype
#'   data, Genetics 155, 945-959, \doi{10.1093/genetics/155.2.945}, for the model.
#'
#'   Rosenberg, Pritchard, Weber et al. (2002), Genetic structure of human populations, Science 298, 2381-2385,
#'   \doi{10.1126/science.1078311}, for the plot.
#' @seealso [plot_progress()] to compare several fits.
#' @examples
#' topics <- fit_topics(addresses$counts[seq(1, 480, 5), ], 4, n_starts = 1, seed = 1)
#' groups <- addresses$documents$era[seq(1, 480, 5)]
#' autoplot(topics, groups = groups)
#' autoplot(topics, "terms", n = 8)
#' autoplot(topics, "embedding", groups = groups)
#' plot(topics, "progress")
#' @export
autoplot.nmf_topic_model <- function(object, type = c("structure", "terms", "embedding", "progress"), n = NULL,
                                     groups = NULL, dims = c(1, 2), by = c("seconds", "iteration"),
                                     what = c("objective", "kkt"), ..., seed = NULL) {
  check_call(...)
  type <- check_choice(type, c("structure", "terms", "embedding", "progress"), "type")
  if (!is.null(seed)) check_seed(seed)
  if (!is.null(n)) n <- check_number(n, "n", 1, whole = TRUE)
  groups <- check_groups(groups, rownames(object$L), nrow(object$L), "documents of the model")
  dims <- check_dims(dims, max(2, ncol(object$L) - 1))
  by <- check_choice(by, c("seconds", "iteration"), "by")
  what <- check_choice(what, c("objective", "kkt"), "what")
  if (type == "terms") return(plot_terms(object, n %||% 10))
  if (type == "progress") return(plot_progress(object, by = by, what = what))
  documents <- choose_documents(object, n %||% 5000, groups, check_seed(seed))
  if (type == "embedding") plot_embedding(object, documents, dims) else plot_structure(object, documents)
}

#' @rdname autoplot.nmf_topic_model
#' @export
plot.nmf_topic_model <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}

# The documents to show: their rows, their groups, and in words what is not shown.
choose_documents <- function(topics, n, groups, seed) {
  N <- nrow(topics$L)
  grouped <- !is.null(groups)
  groups <- as_groups(if (grouped) groups else rep("all", N))
  levels(groups)[is.na(levels(groups))] <- "NA"
  row <- which(!is.na(topics$L[, 1]))
  empty <- N - length(row)
  groups <- droplevels(groups[row])
  n <- check_number(n, "n", nlevels(groups), whole = TRUE)
  caption <- c(
    if (length(row) > n) {
      paste0("A random sample of ", thousands(n), " of ", thousands(length(row)), " documents (seed ", seed, ").")
    },
    if (empty) paste0(thousands(empty), if (empty == 1) " document" else " documents", " without words left out.")
  )
  if (length(row) > n) {
    kept <- sample_groups(groups, n, seed)
    row <- row[kept]
    groups <- groups[kept]
  }
  list(row = row, group = groups, grouped = grouped, caption = if (length(caption)) paste(caption, collapse = " "))
}

# n of the elements of a factor, at least one of each level, the others in proportion to the sizes of the levels.
sample_groups <- function(groups, n, seed) {
  size <- tabulate(groups, nlevels(groups))
  others <- floor(cumsum(size - 1) * (n - length(size)) / (length(groups) - length(size)) + 0.5)
  take <- 1 + diff(c(0, others))
  with_seed(seed, {
    sort(unlist(Map(function(i, k) i[sample.int(length(i), k)], split(seq_along(groups), groups), take)))
  })
}
