#' Where a cell comes from
#'
#' For those who ask which process made a given mutation, or which topic a given word.
#'
#' The probability that an event of a cell, such as a mutation of one type in one tumour, is of each component:
#' \eqn{W_{ik} H_{kj} / \mu_{ij}}.
#'
#' @param observations,features Which cells: numbers or names of observations and of features. `NULL` stands for all.
#' @param ... Nothing: an argument that is not known is an error.
#' @inheritParams nmf_arguments
#' @return An array, observations x features x K, that sums to 1 over the components; `NA` where the mean is 0.
#' @section Errors: `nmf_error_argument` when an observation or a feature is not there, or is named and there more
#'   than once.
#' @seealso [write_probabilities()] writes them to a file, one observation at a time.
#' @examples
#' fit <- nmf(brca21, "T/Po/3", seed = 1)
#' shares <- attribute_cells(fit, observations = 1)
#' round(head(shares[1, , ]), 2)
#' @export
attribute_cells <- function(fit, observations = NULL, features = NULL, ...) {
  check_call(...)
  check_fit(fit)
  W <- fit$W[lines_of(observations, rownames(fit$W), nrow(fit$W), "observations"), , drop = FALSE]
  H <- fit$H[, lines_of(features, colnames(fit$H), ncol(fit$H), "features"), drop = FALSE]
  mu <- W %*% H
  mu[mu == 0] <- NA
  shares <- vapply(seq_len(ncol(W)), function(k) outer(W[, k], H[k, ]) / mu, mu)
  array(shares, c(dim(mu), ncol(W)), list(rownames(W), colnames(H), colnames(W)))
}
