#' Gene sets of components
#'
#' Which known sets of genes the features that are specific to a component are rich in, by the package fgsea.
#'
#' For each component k all features are ranked by how specific they are to it,
#' \deqn{\log_2 \frac{(m_k H_{kj} + 1/2) / m_k}{(\sum_l m_l H_{lj} + 1/2) / \sum_l m_l},}{
#'       log2(((m_k H_kj + 1/2) / m_k) / ((sum_l m_l H_lj + 1/2) / sum_l m_l)),}
#' with \eqn{m_k = \sum_i W_{ik}}: the lift of [terms.nmf_topic_model()], with half a count more in both, so that rare
#' features do not win by chance. Sets whose features stand together at the upper end of this order get a high
#' enrichment score (Subramanian et al. 2005), whose p-value is that of `fgsea::fgsea(scoreType = "pos")` (Korotkevich
#' et al. 2016). P-values are adjusted over all sets and components by the method of Benjamini and Hochberg.
#'
#' @param fit A fit from [nmf()] or [refit()], a topic model, or a consensus from [find_consensus()].
#' @param sets A named list of character vectors, the features of each set, as `fgsea::gmtPathways()` reads them from a
#'   file. Features that the fit does not have are left out.
#' @param min_size,max_size Sets of fewer or more features of the fit than these are left out; whole numbers of at least
#'   1.
#' @param ... Nothing: an argument that is not known is an error.
#' @param seed Seed of the random numbers of fgsea, see [nmf()].
#' @return A data frame with a row for each `component` and `set`: its `size` (features of the fit), the enrichment
#'   score `score` and the normalised one `normalised`, `p.value`, `p.adjusted`, and `leading`, those of its features
#'   that make the score, the most specific first, separated by spaces; components in their order, and sets by their
#'   p-value.
#' @section Errors: `nmf_error_package` without the package fgsea; `nmf_error_argument` when `sets` are none, or have no
#'   feature of the fit; `nmf_error_data` when the features of the fit have no names.
#' @references
#' Korotkevich et al. (2016), Fast gene set enrichment analysis, bioRxiv, \doi{10.1101/060012}.
#'
#' Subramanian et al. (2005), Gene set enrichment analysis: a knowledge-based approach for interpreting genome-wide
#' expression profiles, PNAS 102, 15545-15550, \doi{10.1073/pnas.0506580102}.
#' @seealso `summary(fit, by = "frex")` for the marker genes themselves.
#' @examplesIf requireNamespace("fgsea", quietly = TRUE)
#' fit <- nmf(brca21, "T/Po/3", n_starts = 2, seed = 1)
#' sets <- split(colnames(brca21), sub(".*\\[(.*)\\].*", "\\1", colnames(brca21)))
#' enrich_components(fit, sets, seed = 1)
#' @export
enrich_components <- function(fit, sets, min_size = 10, max_size = 500, ..., seed = NULL) {
  check_call(...)
  fit <- fit_of_cells(fit)
  if (!is.null(seed)) check_seed(seed)
  min_size <- check_number(min_size, "min_size", 1, whole = TRUE)
  max_size <- check_number(max_size, "max_size", min_size, whole = TRUE)
  ok <- is.list(sets) && !is.object(sets) && length(sets) > 0 && !is.null(names(sets)) && !anyDuplicated(names(sets)) &&
    all(vapply(sets, is.character, NA)) && !anyNA(names(sets)) && all(nzchar(names(sets)))
  expect_arg(ok, "sets", "a list of character vectors, each with a name of its own", sets)
  features <- colnames(fit$H)
  if (is.null(features)) abort("data", "`fit` must have names of its features, which are matched with `sets`.")
  sets <- lapply(sets, function(set) unique(set[set %in% features]))
  if (!any(lengths(sets) > 0)) {
    abort("argument", "`sets` must have features of the fit, such as ", dQuote(features[1], FALSE), "; they have none.")
  }
  check_installed("fgsea", "enrich_components()", by = "BiocManager::install")
  scores <- specificity_of(fit)
  seed <- check_seed(seed)
  found <- lapply(seq_len(nrow(fit$H)), function(k) {
    stats <- sort(stats::setNames(scores[, k], features)[!duplicated(features)], decreasing = TRUE)
    result <- with_seed(seed_of_start(seed, k), run_fgsea(sets, stats, min_size, max_size))
    if (nrow(result) == 0) return(NULL)
    data.frame(component = rownames(fit$H)[k], set = result$pathway, size = result$size, score = result$ES,
               normalised = result$NES, p.value = result$pval, p.adjusted = NA_real_,
               leading = vapply(result$leadingEdge, paste, "", collapse = " "))[order(result$pval), ]
  })
  found <- do.call(rbind, found)
  if (is.null(found)) {
    abort("argument", "`sets` must have one of ", min_size, " to ", max_size, " features of the fit (`min_size`, ",
          "`max_size`).")
  }
  found$p.adjusted <- stats::p.adjust(found$p.value, "BH")
  rownames(found) <- NULL
  found
}

# M x K.
specificity_of <- function(fit) {
  m <- colSums(fit$W)
  counts <- t(fit$H * m)
  own <- (counts + 0.5) / rep(ifelse(m > 0, m, 1), each = nrow(counts))
  log2(own / ((rowSums(counts) + 0.5) / (if (any(m > 0)) sum(m) else 1)))
}

run_fgsea <- function(sets, stats, min_size, max_size) {
  as.data.frame(fgsea::fgsea(sets, stats, minSize = min_size, maxSize = max_size, scoreType = "pos", nproc = 1))
}
