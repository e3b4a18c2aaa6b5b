#' Compare topics
#'
#' For those who name topics: the words that tell one topic from all others, with a test.
#'
#' Which terms set a topic apart: for each term and topic, the log fold change of its rate against the topic that is
#' least different, with an interval and a test. A term is differential for a topic when its rate differs from that of
#' every other topic.
#'
#' The proportions \eqn{L} and the sizes \eqn{t_i = \sum_j v_{ij}}{t_i = sum_j v_ij} of the documents are held fixed,
#' and the rates \eqn{f_{jk}} of each term are fitted anew to its counts as by Carbonetto et al. (2023), with Newton's
#' method:
#' \deqn{v_{ij} \sim Pois(t_i \sum_k L_{ik} f_{jk}).}{v_ij ~ Pois(t_i sum_k L_ik f_jk).}
#' A document of which the cell of a term is missing has no say on that term; its size is then its expected one.
#' A pseudo-document of each topic is added, in which the term has the count `pseudocount` and its overall rate: rates
#' stay above zero, and those of which the counts say nothing are equal. With \eqn{l^*} the topic whose rate is nearest
#' on the log scale, the other than \eqn{k} with the smallest \eqn{|\log_2(f_{jk} / f_{jl})|},
#' \deqn{LFC_{jk} = \log_2 (f_{jk} / f_{jl^*}).}
#'
#' Each other topic \eqn{l} is tested by the likelihood ratio of \eqn{f_{jk} = f_{jl}}, and the largest of these
#' p-values is given (intersection-union test; Berger 1982). It is valid for the hypothesis that some other topic has
#' the same rate, and conservative when several have; that of the nearest topic alone would not be valid. Neither would
#' power remain with the standard errors of the observed information, which grow without bounds as a rate goes to zero,
#' so that words of one topic only would not be found. Carbonetto et al. sample the posterior distribution instead.
#'
#' P-values and intervals take \eqn{L} as known. When it was estimated from the same counts, its uncertainty is left
#' out, and topics were chosen to differ. In simulations, terms that do not differ between topics that are there were
#' still rejected as seldom as they should; but in counts without any structure, of which the topics are noise, terms
#' were rejected up to eight times as often as with \eqn{L} known. Counts that vary more than Poisson counts (words come
#' in bursts) make p-values too small, too. Read them as a ranking of the terms then, or take \eqn{L} from other counts
#' of the same documents. No correction for the number of tests is made; see [stats::p.adjust()].
#'
#' @param x A topic model from [fit_topics()] or [as_topic_model()], with at least two topics, or an [nmf()] fit of a
#'   traditional model. For `print()`: the result of `compare_topics()`.
#' @param shrink Whether to shrink the log fold changes towards zero by adaptive shrinkage (Stephens 2017), with the
#'   package ashr.
#' @param level Level of the intervals, above 0 and at most 0.9999.
#' @param pseudocount Count of each term in the pseudo-document of each topic, between 0.01 and 100.
#' @param n Number of terms to show for each topic.
#' @param digits Number of decimals of the log fold changes.
#' @param ... Nothing: an argument that is not known is an error.
#' @inheritParams nmf_arguments
#' @inheritParams nmf
#' @return A list of class `nmf_differential`, of which `table` is a data frame with one row for each topic and term:
#' \describe{
#'   \item{`topic`, `term`}{their names, or numbers where they have none.}
#'   \item{`prob`}{the rate \eqn{f_{jk}}: the share of the term in the words of the topic.}
#'   \item{`against`}{the topic \eqn{l^*} with the nearest rate.}
#'   \item{`lfc`}{\eqn{\log_2} of the ratio of the two.}
#'   \item{`std.error`}{standard error that goes with `lfc` and `z`: `lfc / z`; by the delta method where both are
#'     zero.}
#'   \item{`z`, `p.value`}{signed root of the smallest likelihood ratio, with the sign of `lfc`, and its two-sided
#'     normal p-value.}
#'   \item{`conf.low`, `conf.high`}{interval of `lfc`: the profile likelihood of the ratio to `against`. It can leave
#'     out zero when the test, which heeds all topics, does not reject.}
#' }
#' With `shrink = TRUE`, `lfc` and `std.error` are posterior means and standard deviations, `conf.low` and `conf.high`
#' are the ends of normal intervals with these, and `lfsr` is the local false sign rate. A term without counts has
#' `prob` 0 and statistics `NA`; a topic without documents, against which none is compared either, has `NA` in all.
#' @section Errors and warnings: `nmf_error_argument` when `x` or an argument is not valid; `nmf_error_package` for
#'   `shrink` without the package ashr; `nmf_error_rank` for fewer than two topics; `nmf_error_model` for a convex
#'   model; `nmf_error_data` when `V` cannot be found or is not what was fitted, or has an `offset`.
#'   `nmf_warning_not_counts` for data that are not counts: their variance is not known, and standard errors depend on
#'   their unit.
#' @references
#' Carbonetto, Luo, Sarkar, Hung, Tayeb, Pott and Stephens (2023), GoM DE: interpreting structure in sequence count data
#' with differential expression analysis allowing for grades of membership, Genome Biology 24, 236,
#' \doi{10.1186/s13059-023-03067-9}.
#'
#' Berger (1982), Multiparameter hypothesis testing and acceptance sampling, Technometrics 24, 295-300,
#' \doi{10.1080/00401706.1982.10487790}.
#'
#' Stephens (2017), False discovery rates: a new deal, Biostatistics 18, 275-294, \doi{10.1093/biostatistics/kxw041}.
#' @examples
#' counts <- addresses$counts[281:480, ]
#' counts <- counts[, Matrix::colSums(counts) >= 20]
#' topics <- fit_topics(counts, 3, n_starts = 2, seed = 1)
#' differential <- compare_topics(topics)
#' differential
#' subset(differential$table, topic == topic[1] & lfc > 2 & p.adjust(p.value, "BH") < 0.05)
#' @export
compare_topics <- function(x, V = NULL, shrink = FALSE, level = 0.95, pseudocount = 0.5, ..., threads = NULL,
                           verbose = NULL) {
  check_call(...)
  verbose <- check_verbose(verbose)
  topics <- if (inherits(x, "nmf_fit")) as_topic_model(x) else x
  check_topics(topics, "x")
  refuse_offset(topics)
  if (ncol(topics$L) < 2) abort("rank", "`x` must have at least 2 topics, not ", ncol(topics$L), ".")
  expect_arg(is_number(level) && level > 0 && level <= 0.9999, "level", "above 0 and at most 0.9999", level)
  pseudocount <- check_number(pseudocount, "pseudocount", 0.01, 100)
  threads <- if (is.null(threads)) default_threads() else check_number(threads, "threads", 1, 1024, whole = TRUE)
  if (check_flag(shrink, "shrink")) check_installed("ashr", "`shrink = TRUE`")
  data <- documents_of(topics, V)
  X <- seen_counts(data)
  warn_rates_of_no_counts(X)
  z <- stats::qnorm((1 + level) / 2)
  sizes <- Matrix::rowSums(X)
  missing <- missing_cells(data)
  holed <- unique(row_of(missing, nrow(X)))
  sizes[holed] <- topics$s[holed]
  found <- differences_of(X, topics$L, sizes, missing, pseudocount, z, threads, verbose)
  differential <- differential_frame(topics, found)
  if (shrink) shrink_differential(differential, z) else differential
}

# The names that the core has for what the table has as `against`, `std.error`, `conf.low` and `conf.high`.
statistics <- c("prob", "reference", "lfc", "se", "z", "lower", "upper")

# Matrices K x M by the names above. A topic without documents has no say, nor have for a term the documents in which it
# is missing.
differences_of <- function(X, L, sizes, missing, pseudocount, z, threads, verbose) {
  sizes <- ifelse(is.na(rowSums(L)), 0, sizes)
  L[is.na(L)] <- 0
  alive <- which(colSums(L * sizes) > 0)
  blank <- matrix(NA_real_, ncol(L), ncol(X))
  value <- stats::setNames(rep(list(blank), length(statistics)), statistics)
  if (length(alive) < 2) return(value)
  for (terms in alike_terms(missing, dim(X))) {
    rows <- if (length(terms$out)) -terms$out else seq_len(nrow(X))
    work <- function(at) {
      differences_cpp(list(values = X[rows, terms$columns[at], drop = FALSE]), L[rows, alive, drop = FALSE],
                      sizes[rows], pseudocount, z, threads)
    }
    found <- in_stretches(length(terms$columns), work, verbose, "differences", "terms", first = 1024, threads)
    for (name in statistics) {
      of_terms <- do.call(cbind, lapply(found, `[[`, name))
      if (name == "reference") of_terms[] <- alive[of_terms + 1]
      of_terms[is.nan(of_terms)] <- NA
      value[[name]][alive, terms$columns] <- of_terms
    }
  }
  value
}

# The terms in groups that are missing in the same documents, `out`.
alike_terms <- function(missing, dim) {
  whole <- setdiff(seq_len(dim[2]), column_of(missing, dim[1]))
  out <- split(row_of(missing, dim[1]), column_of(missing, dim[1]))
  holed <- lapply(split(names(out), vapply(out, paste, "", collapse = " ")), function(columns) {
    list(columns = as.integer(columns), out = out[[columns[1]]])
  })
  c(list(list(columns = whole))[length(whole) > 0], unname(holed))
}

differential_frame <- function(topics, found) {
  topic <- labels_of(colnames(topics$L), ncol(topics$L))
  term <- labels_of(rownames(topics$F), nrow(topics$F))
  by_topic <- lapply(found, function(value) as.vector(t(value)))
  in_bits <- function(name) by_topic[[name]] / log(2)
  new_differential(data.frame(
    topic = rep(topic, each = length(term)), term = rep(term, length(topic)), prob = by_topic$prob,
    against = topic[by_topic$reference], lfc = in_bits("lfc"), std.error = in_bits("se"), z = by_topic$z,
    p.value = 2 * stats::pnorm(-abs(by_topic$z)), conf.low = in_bits("lower"), conf.high = in_bits("upper")
  ))
}

new_differential <- function(table) structure(list(table = table), class = "nmf_differential")

shrink_differential <- function(differential, z) {
  table <- differential$table
  tested <- which(is.finite(table$z))
  table$lfsr <- NA_real_
  if (length(tested)) {
    shrunk <- ashr::ash(table$lfc[tested], table$std.error[tested], mixcompdist = "normal")$result
    table$lfc[tested] <- shrunk$PosteriorMean
    table$std.error[tested] <- shrunk$PosteriorSD
    table$lfsr[tested] <- shrunk$lfsr
    table$conf.low <- table$lfc - z * table$std.error
    table$conf.high <- table$lfc + z * table$std.error
  }
  new_differential(table)
}

warn_rates_of_no_counts <- function(X) {
  x <- values_of(X)
  if (!whole_numbers_cpp(x)) {
    warn("not_counts", "`V` is not made of counts (", first_bad_cell(X, x != floor(x)),
         "); standard errors and p-values hold for counts only.")
  }
}

#' @rdname compare_topics
#' @export
print.nmf_differential <- function(x, n = 5, digits = 1, ...) {
  check_call(..., .base = print.default)
  n <- check_number(n, "n", 1, whole = TRUE)
  digits <- check_digits(digits)
  table <- x$table
  topics <- unique(table$topic)
  cat("Differential terms: ", length(unique(table$term)), " terms in ", length(topics), " topics\n",
      "Terms most clearly more frequent than in any other topic, with their log2 fold change:\n", sep = "")
  top <- vapply(topics, function(topic) clearest_terms(table[which(table$topic == topic), ], n, digits), "")
  cat(paste0("  ", format(as.character(topics)), "  ", top, "\n"), sep = "")
  invisible(x)
}

clearest_terms <- function(x, n, digits) {
  x <- x[which(x$z > stats::qnorm(0.975)), ]
  x <- x[utils::head(order(-x$z), n), ]
  if (nrow(x) == 0) return("none")
  paste(sprintf("%s %.*f", x$term, digits, x$lfc), collapse = ", ")
}
