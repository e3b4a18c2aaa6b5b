#' Weights of new observations
#'
#' Solves for the weights of each new observation under the fitted family, with the components \eqn{H} held fixed: each
#' row of `newdata` is fitted to convergence by itself, so its result does not depend on the others. A model with an
#' encoder over features (`"NMF/CF/Po/3"`) has its weights as one product instead, see [encode()]; it takes no `alpha`,
#' `cell_weights` or `offset`, and no missing cells.
#'
#' @param object A fit from [nmf()].
#' @param newdata New data with the features of the fit: a matrix, data frame or sparse Matrix in the orientation of the
#'   fit's data (`obs`); a plain vector is one observation. `NULL` returns the weights (or means) of the fit.
#' @param type `"weights"` for \eqn{W}, `"response"` for the means \eqn{W H}.
#' @param alpha Negative Binomial dispersion of the new observations when the fit has one for each of its own: a number
#'   or one for each row. `NULL` takes the median of the fitted ones.
#' @param cell_weights,offset Weights and offsets of the cells of `newdata`, see [nmf()]; missing cells have no part.
#'   `NULL` takes the offsets of the fit when they are the same for all its observations.
#' @param max_iter,tol Largest number of iterations and tolerance of the stationarity residual for each observation.
#' @param ... Nothing: an argument that is not known is an error.
#' @return A matrix: new observations x K (`"weights"`), or the means in the orientation of `newdata` (`"response"`).
#'   A row of which no cell counts is `NA`.
#' @section Errors and warnings: `nmf_error_data` when `newdata` is not valid or has other features than the fit;
#'   `nmf_warning_not_converged` when a row has not converged.
#' @examples
#' fit <- nmf(brca21[1:18, ], "T/NB/3", seed = 1)
#' predict(fit, brca21[19:21, ])
#' @export
predict.nmf_fit <- function(object, newdata = NULL, type = c("weights", "response"), alpha = NULL,
                            max_iter = 10000, tol = 1e-6, ..., cell_weights = NULL, offset = NULL) {
  check_call(...)
  type <- check_factor(type, c("weights", "response"), "type")
  if (is.null(newdata)) return(if (type == "weights") object$W else fitted(object))
  if (is.null(dim(newdata)) && is.numeric(newdata)) {
    newdata <- if (object$obs == "columns") cbind(newdata) else rbind(newdata)
    dimnames(newdata) <- NULL
  }
  given <- as_data(newdata, object$obs, "newdata", missing = TRUE)
  given <- align_features(given, object$H)
  if (structure_of(object$model)$codes) {
    if (!is.null(c(alpha, cell_weights, offset))) {
      abort("argument", "`alpha`, `cell_weights` and `offset` must be NULL for ", format(object$model),
            ", whose weights are one product.")
    }
    W <- codes_of(given, object)
    return(if (type == "weights") W else decode(object, W))
  }
  data <- source_of(given, cell_weights, offset %||% common_offset(object), object$obs, "newdata")
  family <- object$model$family
  if (is_by_row(family)) {
    alpha <- alpha %||% stats::median(parameter_of(family))
    expect_arg(length(alpha) %in% c(1L, nrow(data)), "alpha",
               paste("one number or one for each of the", nrow(data), "rows"), alpha)
    family <- with_parameter(family, alpha)
  }
  if (max(values_of(data$values), 0) > 0) check_support(data, family)
  solved <- project_rows(data, family, object$H,
                         max_iter = check_number(max_iter, "max_iter", 1, .Machine$integer.max, whole = TRUE),
                         tol = check_number(tol, "tol", 0))
  solved$W[without_cells(data)[[1]], ] <- NA
  if (!all(solved$converged)) {
    warn("not_converged", sum(!solved$converged), " of ", nrow(data),
         " rows of `newdata` have not converged (first row ",
         which(!solved$converged)[1], ").")
  }
  W <- structure(solved$W, dimnames = list(rownames(data), rownames(object$H)))
  if (type == "weights") W else as_given(W %*% object$H * (data$offset %||% 1), object)
}

# The offsets of a fit when they are the same for all observations; others have to be given.
common_offset <- function(fit) {
  if (is.null(fit$offset)) return(NULL)
  if (any(fit$offset != rep(fit$offset[1, ], each = nrow(fit$W)))) {
    abort("argument", "`offset` must be given for `newdata`, as those of the fit differ between observations.")
  }
  fit$offset[1, ]
}

# X with the features of H, in their order.
align_features <- function(X, H) {
  if (ncol(X) != ncol(H)) abort("data", "`newdata` must have the ", ncol(H), " features of the fit, not ", ncol(X), ".")
  match_dimnames(X, list(NULL, colnames(H)), "newdata", "the fit")
}
