#' Collapse and split mutation channels
#'
#' `collapse_channels()` adds up channels that are finer than those of the reference signatures: strands (`T:A[C>A]A`,
#' as in SBS288 and SBS384, or `T[G>T]T`, which is `A[C>A]A` on the other one), and bases beyond the neighbours
#' (`TA[C>A]AG`, as in SBS1536), so that SBS96 is left; of DBS186 and ID415 likewise DBS78 and ID83. `split_channels()`
#' goes back: the profile of each signature of a fit over finer channels, from counts of these.
#'
#' Let \eqn{V_{if}} be the counts of the finer channels f of channel j. Given that a mutation of observation i is of
#' channel j, it is of component k with the probability \eqn{A_{ik} = W_{ik} H_{kj} / \mu_{ij}} (see
#' [attribute_cells()]), and then of the finer channel f with the probability \eqn{q_{kf}}, \eqn{\sum_{f \in j} q_{kf} =
#' 1}. `split_channels()` maximises \eqn{\sum_{if} V_{if} \log \sum_k A_{ik} q_{kf}}{sum(V_if log sum(A_ik q_kf))},
#' which has one maximum, by the EM algorithm, and returns \eqn{H_{kj} q_{kf}}{H_kj q_kf}. As the counts of the
#' channels are taken as given, this is right for every noise family of the fit, and what comes back collapses to
#' \eqn{H} itself. The fit may be one of [nmf()], or of [refit()] to known signatures.
#'
#' A profile is as fine as the counts: a channel j of which a signature has few mutations among those of others is split
#' nearly as the others' are.
#'
#' @param V A table of counts, or of signatures, with the channels in the columns (`obs = "rows"`) or rows.
#' @param fit A fit from [nmf()] or [refit()] to the collapsed channels.
#' @param max_iter,tol At most so many EM iterations for each channel, at least 1, and the rise of the log-likelihood,
#'   as a share of the number of mutations, below which they end; above 0.
#' @param ... Nothing: an argument that is not known is an error.
#' @inheritParams nmf
#' @return `collapse_channels()`: a matrix in the orientation of `V`, its channels in the order of SigProfiler's tables
#'   (SBS96: of [pcawg_signatures]), sparse where `V` is. Names of channels come back as SigProfiler spells them.
#'
#' `split_channels()`: a matrix, K x finer channels of `V`, whose rows sum to 1.
#' @section Errors and warnings: `nmf_error_data` when `V` is not a table of channels that are as fine, or finer, when
#'   in `split_channels()` its observations or its collapsed channels are not those of the fit.
#'   `nmf_warning_not_converged`.
#' @references
#' Alexandrov et al. (2020), The repertoire of mutational signatures in human cancer, Nature 578, 94-101,
#' \doi{10.1038/s41586-020-1943-3}.
#' @examples
#' # Counts with the strand of transcription; of C>A twice as many are on the transcribed one.
#' share <- ifelse(grepl("C>A", colnames(brca21)), 2 / 3, 1 / 2)
#' transcribed <- round(brca21 * rep(share, each = 21))
#' stranded <- cbind(transcribed, brca21 - transcribed)
#' colnames(stranded) <- paste0(rep(c("T:", "U:"), each = 96), colnames(brca21))
#' identical(collapse_channels(stranded), brca21 + 0)
#'
#' fit <- nmf(brca21, "T/Po/3", seed = 1)
#' fine <- split_channels(fit, stranded)
#' fine["k1", c("T:A[C>A]A", "U:A[C>A]A", "T:A[C>T]G", "U:A[C>T]G")]
#' all.equal(collapse_channels(fine), fit$H)
#' @export
collapse_channels <- function(V, ..., obs = c("rows", "columns")) {
  check_call(...)
  obs <- check_choice(obs, c("rows", "columns"), "obs")
  X <- as_data(V, obs)
  of <- collapsed_names(colnames(X), "V", obs)
  to <- unique(of)
  to <- if (all(to %in% sbs96_channels)) intersect(sbs96_channels, to) else to[sigprofiler_order(to)]
  sums <- X %*% Matrix::sparseMatrix(seq_along(of), match(of, to), x = 1, dims = c(length(of), length(to)))
  if (!is_sparse_matrix(X)) sums <- as.matrix(sums)
  dimnames(sums) <- list(rownames(X), to)
  if (obs == "columns") Matrix::t(sums) else sums
}

#' @rdname collapse_channels
#' @export
split_channels <- function(fit, V, ..., obs = c("rows", "columns"), max_iter = 2000, tol = 1e-9) {
  check_call(...)
  check_fit(fit)
  obs <- check_choice(obs, c("rows", "columns"), "obs")
  max_iter <- check_number(max_iter, "max_iter", 1, whole = TRUE)
  tol <- check_number(tol, "tol", 0, open = TRUE)
  X <- as_data(V, obs)
  if (nrow(X) != nrow(fit$W)) {
    abort("data", "`V` must have the ", nrow(fit$W), " observations of the fit, not ", nrow(X), ".")
  }
  X <- as.matrix(X[match_names(rownames(X), rownames(fit$W), "V", "observations of the fit"), , drop = FALSE])
  of <- match(collapsed_names(colnames(X), "V", obs), channel_names(colnames(fit$H)))
  if (anyNA(of)) {
    abort("data", "`V` must have channels of the fit when it is collapsed; ", dQuote(colnames(X)[is.na(of)][1], FALSE),
          " is in none.")
  }
  lacking <- setdiff(which(colSums(fit$H) > 0), of)
  if (length(lacking)) {
    abort("data", "`V` must have all channels of the fit when it is collapsed, but ",
          dQuote(colnames(fit$H)[lacking[1]], FALSE), " is missing.")
  }
  fine <- matrix(0, nrow(fit$H), ncol(X), dimnames = list(rownames(fit$H), colnames(X)))
  open <- 0
  for (columns in split(seq_along(of), of)) {
    j <- of[columns[1]]
    found <- split_one(fit$W * rep(fit$H[, j], each = nrow(fit$W)), X[, columns, drop = FALSE], max_iter, tol)
    fine[, columns] <- fit$H[, j] * found$q
    open <- open + !found$converged
  }
  if (open > 0) warn("not_converged", open, " channels have not converged; give a larger `max_iter`.")
  fine
}

# The channels of which these are parts: those without a strand, substitutions between their neighbours.
collapsed_names <- function(names, arg, obs) {
  channels <- channel_names(names)
  if (!length(names) || anyNA(channels)) {
    named <- if (length(names)) paste0("; ", dQuote(names[is.na(channels)][1], FALSE), " is none")
    abort("data", "`", arg, "` must have mutation channels in ", if (obs == "rows") "columns" else "rows", named, ".")
  }
  channels <- sub("^[TUNBQ]:", "", channels)
  of_pyrimidine(sub("^[ACGT]?([ACGT]\\[[ACGT]>[ACGT]\\][ACGT])[ACGT]?$", "\\1", channels))
}

# The other strand's name of a channel, where that is the one which the alphabets have: A[G>T]C is G[C>A]T, GT>TG AC>CA.
of_pyrimidine <- function(channels) {
  turned <- chartr("ACGT", "TGCA", channels)
  turned <- sub("^(.)\\[(.)>(.)\\](.)$", "\\4[\\2>\\3]\\1", turned)
  turned <- sub("^(.)(.)>(.)(.)$", "\\2\\1>\\4\\3", turned)
  other <- is.na(alphabet_of(channels)) & alphabet_of(turned) %in% c("SBS96", "DBS78")
  ifelse(other, turned, channels)
}

# How the mutations V, observations x parts of one channel, are spread over the parts by each component; mu are the
# expected mutations of the channel by observation and component.
split_one <- function(mu, V, max_iter, tol) {
  here <- rowSums(V) > 0 & rowSums(mu) > 0
  K <- ncol(mu)
  n <- sum(V[here, ])
  q <- matrix(if (n > 0) colSums(V[here, , drop = FALSE]) / n else 1 / ncol(V), K, ncol(V), byrow = TRUE)
  if (n == 0 || ncol(V) == 1) return(list(q = q, converged = TRUE))
  A <- mu[here, , drop = FALSE] / rowSums(mu[here, , drop = FALSE])
  V <- V[here, , drop = FALSE]
  before <- -Inf
  for (turn in seq_len(max_iter)) {
    p <- A %*% q
    now <- sum(V[V > 0] * log(p[V > 0]))
    if (now - before <= tol * n) return(list(q = q, converged = TRUE))
    before <- now
    ratio <- ifelse(V > 0, V / p, 0)
    q <- q * crossprod(A, ratio)
    size <- rowSums(q)
    q[size > 0, ] <- q[size > 0, , drop = FALSE] / size[size > 0]
    q[size == 0, ] <- 1 / ncol(V)
  }
  list(q = q, converged = FALSE)
}
