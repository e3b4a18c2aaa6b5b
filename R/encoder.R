# Convex models that encode observations by their features, W = V A: mu = V A H is mu' = H' A' V', the mean D'E'V' of
# the convex model of V' with D = H and E = A.


#' Encode and decode
#'
#' For those who use a model as an autoencoder.
#'
#' The two halves of a model: `encode()` turns observations into weights, `decode()` weights into means.
#'
#' With observations in the rows of \eqn{V} (N x M) and K components, an encoder over features (`"NMF/CF/Po/3"`, see
#' [nmf_model()]) has weights and means
#' \deqn{W = V A, \qquad \mu = W H,}{W = V A,  mu = W H,}
#' \eqn{A} (M x K) and \eqn{H} (K x M) not negative: a linear autoencoder without bias, whose code of new observations
#' is one product. It is the convex model of \eqn{V'} with \eqn{E = A} and \eqn{D = H} (Ding et al. 2010; Egendal et al.
#' 2025). Its encoder is the same for all observations, so it can be trained on some of them at a time (`batch_size` in
#' [nmf_control()]).
#'
#' A convex model \eqn{\mu = D'E'V} with an encoder over observations, the one of the paper, encodes the features of its
#' own observations and says nothing of new ones; nor does a traditional model. For both, `encode()` is
#' [predict.nmf_fit()]: the weights of greatest likelihood with \eqn{H} held fixed.
#'
#' @param object A fit from [nmf()].
#' @param newdata New data with features of the fit (see [predict.nmf_fit()] for others and their order), in the
#'   orientation of its data: a matrix, data frame or sparse Matrix (it is never made dense); a plain vector is one
#'   observation. `NULL` returns the weights of the fit. An encoder over features needs every cell, so what `newdata`
#'   lacks can only be zero (`absent = "zero"`).
#' @param codes Weights, observations x K, finite and not negative; a plain vector of length K is one observation.
#'   Components are matched by name where both sides have names.
#' @param ... For `encode()`, further arguments of [predict.nmf_fit()].
#' @return `encode()`: a matrix, new observations x K. `decode()`: the means \eqn{W H}, without offset, in the
#'   orientation of the data of the fit. `predict(fit, newdata, "response")` is the one after the other.
#' @section Errors: `nmf_error_data` when `newdata` or `codes` are not valid or of another shape, and the errors of
#'   [predict.nmf_fit()].
#' @references
#' Ding, Li and Jordan (2010), Convex and semi-nonnegative matrix factorizations, IEEE TPAMI 32, 45-55,
#' \doi{10.1109/TPAMI.2008.277}.
#'
#' Egendal, Brøndum, Pelizzola, Hobolth and Bøgsted (2025), On the relation between linear autoencoders and
#' non-negative matrix factorization for mutational signature extraction, Journal of Computational Biology 32, 461-472,
#' \doi{10.1089/cmb.2024.0784}.
#' @examples
#' fit <- nmf(brca21[1:18, ], "CF/Po/3", n_starts = 2, seed = 1)
#' codes <- encode(fit, brca21[19:21, ])
#' codes
#' all.equal(codes, brca21[19:21, ] %*% fit$A)
#' all.equal(decode(fit, codes), predict(fit, brca21[19:21, ], "response"))
#' @export
encode <- function(object, newdata = NULL, ...) {
  check_call()
  UseMethod("encode")
}

#' @rdname encode
#' @export
encode.nmf_fit <- function(object, newdata = NULL, ...) {
  check_call()
  refuse_unnamed(...)
  stats::predict(object, newdata, type = "weights", ...)
}

#' @rdname encode
#' @export
encode.default <- function(object, newdata = NULL, ...) refuse_no_fit(object)

#' @rdname encode
#' @export
decode <- function(object, codes, ...) {
  check_call()
  UseMethod("decode")
}

#' @rdname encode
#' @export
decode.default <- function(object, codes, ...) refuse_no_fit(object)

refuse_no_fit <- function(object) expect_arg(FALSE, "object", "a fit from nmf()", object)

#' @rdname encode
#' @export
decode.nmf_fit <- function(object, codes, ...) {
  check_call(...)
  if (is.null(dim(codes)) && is.numeric(codes)) codes <- rbind(codes, deparse.level = 0)   # its names are the columns'
  W <- as_data(codes, arg = "codes")
  if (ncol(W) != nrow(object$H)) {
    abort("data", "`codes` must have the ", nrow(object$H), " components of the fit in columns, not ", ncol(W), ".")
  }
  W <- match_dimnames(W, list(NULL, rownames(object$H)), "codes", what = c("", "components of the fit"))
  as_given(as.matrix(W %*% object$H), object)
}

# V A for new observations.
codes_of <- function(X, fit, shared = list(given = TRUE, wanted = TRUE), absent = "zero") {
  if (absent == "missing" && length(shared$lacking)) {
    abort("data", "`newdata` must have all ", nrow(fit$A), " features of the fit, for an encoder over features has no ",
          "code of missing cells; with `absent = \"zero\"` they are zeros.")
  }
  X <- X[, shared$given, drop = FALSE]
  if (anyNA(values_of(X))) {
    abort("data", "`newdata` must not have missing cells, of which an encoder over features has no code, but has, ",
          first_bad_cell(X, is.na(values_of(X))), ".")
  }
  structure(as.matrix(X %*% fit$A[shared$wanted, , drop = FALSE]), dimnames = list(rownames(X), rownames(fit$H)))
}
