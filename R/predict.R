#' Weights of new observations
#'
#' For those who have components already, and new tumours, texts or cells.
#'
#' Solves for the weights of each new observation under the fitted family, with the components \eqn{H} held fixed: each
#' row of `newdata` is fitted to convergence by itself, so its result does not depend on the others. A model with an
#' encoder over features (`"NMF/CF/Po/3"`) has its weights as one product instead, see [encode()]; it takes no `alpha`,
#' `mask`, `cell_weights` or `offset`, and no missing cells. Weights are those of maximum likelihood: a penalty of the
#' fit ([nmf_penalty()]) has no part in them, which a message says.
#'
#' @param object A fit from [nmf()].
#' @param newdata New data with features of the fit: a matrix, data frame or sparse Matrix in the orientation of the
#'   fit's data (`obs`); a plain vector is one observation. `NULL` returns the weights (or means) of the fit.
#' @param type `"weights"` for \eqn{W}, `"response"` for the means \eqn{W H}.
#' @param alpha Negative Binomial dispersion of the new observations when the fit has one for each of its own: a number
#'   or one for each row. `NULL` takes the median of the fitted ones.
#' @param cell_weights,offset Weights and offsets of the cells of `newdata`, see [nmf()]; missing cells have no part.
#'   `NULL` takes the offsets of the fit when they are the same for all its observations.
#' @param max_iter,tol Largest number of iterations and tolerance of the stationarity residual for each observation.
#' @param absent What a feature of the fit is that `newdata` does not have, when both have names: `"missing"`, not
#'   looked at, or `"zero"`, looked at and never seen, as a word that no text has. A message names such features.
#'   Features are matched by name in any order; those that the fit does not have are left out, with a message. Where a
#'   side has no names, the features must be those of the fit in their order.
#' @param mask Which components each new observation may use, a logical matrix, new observations x K, rows and columns
#'   by name where both sides have names; [group_mask()] makes one of groups. `NULL` is all, with a message when the fit
#'   has a mask: the groups of new observations are not known.
#' @param interval `"confidence"` for intervals of the weights by profile likelihood, as those of [confint.nmf_fit()]:
#'   the other weights of the observation are fitted again. They allow for the noise of the new observation, and take
#'   the components and the noise of the fit as known.
#' @param level Their confidence level, above 0 and below 1.
#' @param verbose Whether to tell of the progress, see [nmf()].
#' @param ... Nothing: an argument that is not known is an error.
#' @return A matrix: new observations x K (`"weights"`), or the means in the orientation of `newdata` (`"response"`).
#'   With `interval = "confidence"` an array, new observations x K x 3, of the weights (`"fit"`) and the ends of their
#'   intervals (`"lwr"`, `"upr"`).
#'   A row of which no cell counts is `NA`; so are the means of `absent` features of which the `offset` is not known.
#' @section Errors and warnings: `nmf_error_data` when `newdata` is not valid, has none of the features of the fit, has
#'   one of them more than once, or has no names and not as many features, and when the fit is exact and intervals are
#'   asked for;
#'   `nmf_warning_not_converged` when a row has not converged.
#' @examples
#' fit <- nmf(brca21[1:18, ], "T/NB/3", seed = 1)
#' predict(fit, brca21[19:21, ])
#' predict(fit, brca21[19:21, ], interval = "confidence")["PD4120a", , ]
#' @export
predict.nmf_fit <- function(object, newdata = NULL, type = c("weights", "response"), alpha = NULL,
                            max_iter = 10000, tol = 1e-6, ..., interval = c("none", "confidence"), level = 0.95,
                            absent = c("missing", "zero"), mask = NULL, cell_weights = NULL, offset = NULL,
                            verbose = NULL) {
  check_call(...)
  verbose <- check_verbose(verbose)
  interval <- check_choice(interval, c("none", "confidence"), "interval")
  level <- check_level(level)
  type <- check_factor(type, c("weights", "response"), "type")
  max_iter <- check_number(max_iter, "max_iter", 1, .Machine$integer.max, whole = TRUE)
  tol <- check_number(tol, "tol", 0)
  absent <- check_absent(absent)
  if (interval == "confidence" && (type != "weights" || is.null(newdata) || structure_of(object$model)$codes)) {
    abort("argument", "`interval` \"confidence\" is for weights of `newdata` that are fitted, not for ",
          if (type != "weights") "means." else if (is.null(newdata)) "those of the fit: confint(fit, \"weights\")." else
            "codes, which are one product.")
  }
  if (interval == "confidence") check_noise_left(object, "the weights")
  if (!is.null(alpha)) expect_arg(is_numbers(alpha) && all(alpha > 0), "alpha", "NULL or numbers above 0", alpha)
  if (is.null(newdata)) {
    if (!is.null(c(alpha, mask, cell_weights, offset))) {
      abort("argument", "`alpha`, `mask`, `cell_weights` and `offset` must be NULL without `newdata`, to which they ",
            "belong.")
    }
    return(if (type == "weights") object$W else fitted(object))
  }
  given <- as_newdata(newdata, object)
  shared <- match_features(given, object$H, "newdata", "the fit", absent)
  if (structure_of(object$model)$codes) {
    if (!is.null(c(alpha, mask, cell_weights, offset))) {
      abort("argument", "`alpha`, `mask`, `cell_weights` and `offset` must be NULL for ", format(object$model),
            ", whose weights are one product.")
    }
    W <- codes_of(given, object, shared, absent)
    return(if (type == "weights") W else decode(object, W))
  }
  common <- if (is.null(offset)) common_offset(object)
  if (!is.null(common)) offset <- replace(rep(1, ncol(given)), shared$given, common[shared$wanted])
  data <- source_of(given, cell_weights, offset, object$obs, "newdata")
  check_range(data, "newdata")
  if (!isTRUE(shared$given)) data <- data[, shared$given]
  if (absent == "zero" && length(shared$lacking)) {
    if (!is.null(offset) && is.null(common)) {
      abort("argument", "`offset` must be that of all features of the fit where those that are absent count as zeros.")
    }
    data <- with_lacking(data, colnames(object$H)[shared$lacking], absent, common[shared$lacking])
    shared$wanted <- c(shared$wanted, shared$lacking)
  }
  H <- object$H[, shared$wanted, drop = FALSE]
  family <- object$model$family
  if (is_by_row(family)) {
    alpha <- alpha %||% stats::median(parameter_of(family))
    expect_arg(length(alpha) %in% c(1L, nrow(data)), "alpha",
               paste("one number or one for each of the", nrow(data), "rows"), alpha)
    if (length(alpha) > 1) alpha <- match_values(alpha, rownames(data), "alpha", "rows of `newdata`")
    family <- with_parameter(family, alpha)
  } else if (!is.null(alpha)) {
    abort("argument", "`alpha` must be NULL for ", format(object$model), ", which has none for each observation.")
  }
  if (max(values_of(data$values), 0) > 0) check_support(data, family)
  if (is.null(mask)) {
    tell_of_known(object$run$known)
  } else {
    mask <- unname(check_mask(mask, data, nrow(H), rownames(H), "`newdata`", integer()))
  }
  held <- if (is.null(mask)) nothing else !mask + 0
  solved <- project_in_stretches(data, family, H, max_iter, tol, verbose, held)
  solved$W[without_cells(data)[[1]], ] <- NA
  if (!all(solved$converged)) {
    warn("not_converged", sum(!solved$converged), " of ", nrow(data),
         " rows of `newdata` have not converged (first row ",
         which(!solved$converged)[1], ").")
  }
  W <- structure(solved$W, dimnames = list(rownames(data), rownames(object$H)))
  if (interval == "confidence") {
    return(with_intervals(W, data, family, H, held, allowed_rise(object, level), verbose))
  }
  if (type == "weights") return(W)
  mu <- W %*% object$H
  if (!is.null(common)) mu <- mu * rep(common, each = nrow(mu))
  if (!is.null(offset) && is.null(common)) {              # that of features that are absent is not known
    mu[, shared$wanted] <- mu[, shared$wanted] * data$offset
    mu[, shared$lacking] <- NA
  }
  as_given(mu, object)
}

# What the fit knew of its observations and no new one is given.
tell_of_known <- function(known) {
  if (!is.null(known$mask)) {
    message("`newdata` may use all components; which ones, as the fit has it for its groups, is for `mask` to say.")
  }
  if (has_sparsity(known)) message("Weights of `newdata` are fitted without the penalty of the fit.")
}

# Where features are absent, a weight is a share of what the others have.
with_intervals <- function(W, data, family, H, held, drop, verbose) {
  known <- which(!is.na(W[, 1]))
  chosen <- expand.grid(row = known, column = seq_len(ncol(W)))
  unit <- rowSums(H)
  found <- weights_given_components(data, family, W, H, held, chosen, FALSE, drop, verbose)
  if (found$interrupted) warn("not_converged", "the intervals were interrupted; those that are missing are NA.")
  ends <- array(NA_real_, c(dim(W), 2))
  ends[cbind(chosen$row, chosen$column, 1)] <- found$ends[, 1] / unit[chosen$column]
  ends[cbind(chosen$row, chosen$column, 2)] <- found$ends[, 2] / unit[chosen$column]
  array(c(W, ends), c(dim(W), 3), c(dimnames(W), list(c("fit", "lwr", "upr"))))
}

# New observations in rows, of which a plain vector is one.
as_newdata <- function(newdata, fit) {
  if (is.null(dim(newdata)) && is.numeric(newdata)) {
    names <- names(newdata)
    newdata <- if (fit$obs == "columns") cbind(unname(newdata)) else rbind(unname(newdata))
    dimnames(newdata) <- if (!is.null(names)) if (fit$obs == "columns") list(names, NULL) else list(NULL, names)
  }
  as_data(as_fitted_cells(newdata, fit, "newdata"), fit$obs, "newdata", missing = TRUE)
}

# The offsets of a fit when they are the same for all observations; others have to be given.
common_offset <- function(fit) {
  if (is.null(fit$offset)) return(NULL)
  if (any(fit$offset != rep(fit$offset[1, ], each = nrow(fit$W)))) {
    abort("argument", "`offset` must be given for `newdata`, as those of the fit differ between observations.")
  }
  fit$offset[1, ]
}
