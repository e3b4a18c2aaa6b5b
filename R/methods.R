#' Facts of a fit
#'
#' @param object A fit from [nmf()].
#' @param V The data that were fitted. A fit does not store them; `NULL` looks them up by the name that was used in the
#'   call.
#' @param type Residuals: `"raw"`, \eqn{v - \mu}; `"pearson"`, raw over the standard deviation of the model;
#'   `"deviance"`,
#'   \eqn{sign(v - \mu) \sqrt{d(v; \mu)}}, whose squares sum to the deviance; `"quantile"`, randomised quantile
#'   residuals, standard normal when the model is true
#'   (Dunn and Smyth 1996).
#' @param seed Seed of the randomised quantile residuals.
#' @param df Which count of parameters, `"paper"` or `"identifiable"` (see [nmf_control()]); `NULL` takes the fit's own.
#' @param matrix Which factor: `"features"` (`H`) or `"weights"` (`W`).
#' @param nsim Number of data sets to simulate, at least 1.
#' @param evaluate,... For `update()`: arguments of [nmf()] to change, whether to fit at once; otherwise not
#'   used.
#' @return `fitted()`: the means \eqn{\mu = W H}. `residuals()`: a matrix like the data. `deviance()`, `nobs()`: a
#'   number.
#'   `logLik()`: the complete log-likelihood with its `df` and `nobs`, for [stats::AIC()] and [stats::BIC()]. `coef()`:
#'   a factor.
#'   `simulate()`: a list of `nsim` matrices. `update()`: a new fit.
#' @section Errors: `nmf_error_data` when the data are needed and cannot be found, or are not those that were fitted.
#' @references Dunn and Smyth (1996), Randomized quantile residuals, Journal of Computational and Graphical Statistics
#'   5, 236-244.
#' @examples
#' fit <- nmf(brca21, "T/NB/3", seed = 1)
#' BIC(fit)
#' BIC(logLik(fit, df = "identifiable"))
#' range(residuals(fit, type = "pearson"))
#' sd(residuals(fit, type = "quantile"))
#' dim(simulate(fit, seed = 1)[[1]])
#' update(fit, model = "T/Po/3")
#' @name nmf_fit-methods
#' @aliases fitted.nmf_fit
NULL

# A matrix that is N x M inside in the orientation of the user's data.
as_given <- function(x, fit) if (fit$obs == "columns") Matrix::t(x) else x

# The data of a fit, N x M, found through its call and held against what is known of them.
data_of <- function(fit, V = NULL, envir = parent.frame(2)) {
  found <- if (is.null(V)) tryCatch(eval(fit$call$V, envir), error = function(e) NULL) else V
  if (is.null(found) || is.function(found)) {
    abort("data", "`V`, the data of the fit (", paste(deparse(fit$call$V), collapse = ""),
          "), were not found; give them as `V = `.")
  }
  X <- as_data(found, fit$obs, missing = TRUE)
  total <- sum(X) - (if (length(fit$missing)) sum(X[fit$missing]) else 0)
  if (is.na(total)) total <- sum(X[-fit$missing])        # NA is among the missing cells, or it is other data
  if (!identical(dim(X), c(nrow(fit$W), ncol(fit$H))) || !isTRUE(all.equal(total, fit$total))) {
    abort("data", "`V` must be the data that were fitted (", nrow(fit$W), " observations x ", ncol(fit$H),
          " features, total ",
          format(fit$total), "), not ", shown(found), " with total ", format(total), ".")
  }
  X
}

# The data of a fit without gaps and what was beside them; weights are found through its call, as the data are.
problem_of <- function(fit, V = NULL, weights = NULL, envir = parent.frame(2)) {
  force(envir)
  X <- data_of(fit, V, envir)
  if (is.null(fit$run$beside)) return(list(X = X, beside = all_alike))
  weights <- weights %||% tryCatch(eval(fit$call$weights, envir), error = function(e) NULL)
  if (length(fit$missing)) X[fit$missing] <- NA
  cells <- weigh_cells(X, weights, if (!is.null(fit$offset)) as_given(fit$offset, fit), fit$obs)
  if (!isTRUE(all.equal(sums_beside(cells$X, cells$beside), fit$run$beside))) {
    abort("data", "`weights` must be those that were fitted; give them as `weights = `.")
  }
  cells
}

# Linear indices of the cells that count, or of some of them by their rank.
observed_cells <- function(fit, which = seq_len(fit$nobs)) {
  if (is.null(fit$missing)) which else seq_len(nrow(fit$W) * ncol(fit$H))[-fit$missing][which]
}

#' @export
fitted.nmf_fit <- function(object, ...) as_given(mean_matrix(object), object)

mean_matrix <- function(fit) {
  mu <- fit$W %*% fit$H
  if (is.null(fit$offset)) mu else mu * fit$offset
}

#' @rdname nmf_fit-methods
#' @export
residuals.nmf_fit <- function(object, V = NULL, type = c("raw", "pearson", "deviance", "quantile"), seed = 1, ...) {
  type <- check_choice(type, c("raw", "pearson", "deviance", "quantile"), "type")
  X <- data_of(object, V)
  value <- residuals_at(object, as.vector(as.matrix(X)), seq_along(X), type, seed)
  as_given(array(value, dim(X), dimnames(X)), object)
}

# Residuals of the cells with these linear indices of the N x M data, which have the values v.
residuals_at <- function(fit, v, index, type, seed = 1) {
  if (anyNA(v)) {
    seen <- !is.na(v)
    return(replace(v, seen, residuals_at(fit, v[seen], index[seen], type, seed)))
  }
  mu <- means_at(fit, index)
  raw <- v - mu
  if (type == "raw") return(raw)
  family <- family_at(fit, index)
  value <- switch(
    type,
    pearson = raw / sqrt(family$variance(mu, fit$sigma2)),
    deviance = sign(raw) * sqrt(2 * pmax(half_deviance_cpp(v, mu, core_family(family, length(v))), 0)),
    quantile = quantile_residuals(family, v, mu, fit$sigma2, seed)
  )
  value[mu == 0 & v == 0] <- 0                           # a cell that must be zero and is
  value
}

# A randomised probability between those below and at the cell: F(v - 1) and F(v) for counts, 0 and F(0) at a zero under
# TW. Each half of the normal distribution is reached from its own tail, where probabilities keep their digits.
quantile_residuals <- function(family, v, mu, sigma2, seed) {
  r <- with_seed(seed, stats::runif(length(v)))
  tail <- function(lower) {
    at <- family$distribution(v, mu, sigma2, lower)
    before <- if (family$discrete) {
      family$distribution(ceiling(v) - 1, mu, sigma2, lower)
    } else if (family$name == "tweedie") {
      ifelse(v == 0, if (lower) 0 else 1, at)
    } else {
      at
    }
    pmax(before + (at - before) * r, .Machine$double.xmin)
  }
  below <- tail(TRUE)
  ifelse(below < 0.5, stats::qnorm(below), stats::qnorm(tail(FALSE), lower.tail = FALSE))
}

rows_at <- function(fit, index) row_of(index, nrow(fit$W))

means_at <- function(fit, index) {
  if (length(index) == nrow(fit$W) * ncol(fit$H)) return(as.vector(mean_matrix(fit)))
  cols <- column_of(index, nrow(fit$W))
  mu <- rowSums(fit$W[rows_at(fit, index), , drop = FALSE] * t(fit$H)[cols, , drop = FALSE])
  if (is.null(fit$offset)) mu else mu * fit$offset[index]
}

# The family with its alpha spread over the cells.
family_at <- function(fit, index) {
  family <- fit$model$family
  if (length(family$alpha) > 1) nmf_negbin(family$alpha[rows_at(fit, index)]) else family
}

#' @rdname nmf_fit-methods
#' @export
deviance.nmf_fit <- function(object, ...) object$deviance

#' @rdname nmf_fit-methods
#' @export
nobs.nmf_fit <- function(object, ...) object$nobs

#' @rdname nmf_fit-methods
#' @export
logLik.nmf_fit <- function(object, df = NULL, ...) {
  convention <- check_choice(df %||% object$control$df, c("paper", "identifiable"), "df")
  structure(object$logLik, df = df_of(object, convention), nobs = object$nobs, class = "logLik")
}

#' @rdname nmf_fit-methods
#' @export
coef.nmf_fit <- function(object, matrix = c("features", "weights"), ...) {
  if (check_choice(matrix, c("features", "weights"), "matrix") == "features") object$H else object$W
}

#' @rdname nmf_fit-methods
#' @export
simulate.nmf_fit <- function(object, nsim = 1, seed = NULL, ...) {
  nsim <- check_number(nsim, "nsim", 1, whole = TRUE)
  mu <- fitted(object)
  index <- if (object$obs == "columns") as.vector(t(array(seq_along(mu), rev(dim(mu))))) else seq_along(mu)
  family <- family_at(object, index)
  one <- function(i) array(family$random(as.vector(mu), object$sigma2), dim(mu), dimnames(mu))
  draw <- function() lapply(seq_len(nsim), one)
  if (is.null(seed)) draw() else with_seed(seed, draw())
}

#' @rdname nmf_fit-methods
#' @export
update.nmf_fit <- function(object, ..., evaluate = TRUE) {
  call <- object$call
  changes <- as.list(match.call(expand.dots = FALSE)$...)
  if ("model" %in% names(changes)) call$rank <- NULL
  call[names(changes)] <- changes
  if (is.null(call$seed)) call$seed <- object$seed
  if (evaluate) eval(call, parent.frame()) else call
}

#' Weights of new observations
#'
#' Solves for the weights of each new observation under the fitted family, with the features \eqn{H} held fixed: each
#' row of
#' `newdata` is fitted to convergence by itself, so its result does not depend on the others.
#' A model with an encoder over features (`"NMF/CF/Po/3"`) has its weights as one product instead, see [encode()]; it
#' takes no `alpha`, `weights` or `offset`, and no missing cells.
#'
#' @param object A fit from [nmf()].
#' @param newdata New data with the features of the fit: a matrix, data frame or sparse Matrix in the orientation of the
#'   fit's data
#'   (`obs`); a plain vector is one observation. `NULL` returns the weights (or means) of the fit.
#' @param type `"weights"` for \eqn{W}, `"response"` for the means \eqn{W H}.
#' @param alpha Negative Binomial dispersion of the new observations when the fit has one for each of its own: a number
#'   or one for
#'   each row. `NULL` takes the median of the fitted ones.
#' @param weights,offset Weights and offsets of the cells of `newdata`, see [nmf()]; missing cells have no part. `NULL`
#'   takes the offsets of the fit when they are the same for all its observations.
#' @param max_iter,tol Largest number of iterations and tolerance of the stationarity residual for each observation.
#' @param ... Not used.
#' @return A matrix: new observations x K (`"weights"`), or the means in the orientation of `newdata` (`"response"`).
#'   A row of which no cell counts is `NA`.
#' @section Errors and warnings: `nmf_error_data` when `newdata` is not valid or has other features than the fit;
#'   `nmf_warning_not_converged` when a row has not converged.
#' @examples
#' fit <- nmf(brca21[1:18, ], "T/NB/3", seed = 1)
#' predict(fit, brca21[19:21, ])
#' @export
predict.nmf_fit <- function(object, newdata = NULL, type = c("weights", "response"), alpha = NULL, weights = NULL,
                            offset = NULL, max_iter = 10000, tol = 1e-6, ...) {
  type <- check_choice(type, c("weights", "response"), "type")
  if (is.null(newdata)) return(if (type == "weights") object$W else fitted(object))
  if (is.null(dim(newdata)) && is.numeric(newdata)) {
    newdata <- if (object$obs == "columns") cbind(newdata) else rbind(newdata)
    dimnames(newdata) <- NULL
  }
  X <- as_data(newdata, object$obs, "newdata", missing = TRUE)
  check_features(X, object$H)
  if (encodes_features(object$model)) {
    if (!is.null(c(alpha, weights, offset))) {
      abort("argument", "`alpha`, `weights` and `offset` must be NULL for ", format(object$model),
            ", whose weights are one product.")
    }
    W <- codes_of(X, object)
    return(if (type == "weights") W else decode(object, W))
  }
  cells <- weigh_cells(X, weights, offset %||% common_offset(object), object$obs, "newdata")
  X <- cells$X
  family <- object$model$family
  if (family$name == "negbin" && length(family$alpha) > 1) {
    alpha <- alpha %||% stats::median(family$alpha)
    expect_arg(length(alpha) %in% c(1L, nrow(X)), "alpha", paste("one number or one for each of the", nrow(X), "rows"),
               alpha)
    family <- nmf_negbin(alpha)
  }
  if (max(values_of(X), 0) > 0) check_support(X, family)
  solved <- project_rows(X, family, object$H,
                         max_iter = check_number(max_iter, "max_iter", 1, .Machine$integer.max, whole = TRUE),
                         tol = check_number(tol, "tol", 0), beside = cells$beside)
  solved$W[without_cells(X, cells$beside)[[1]], ] <- NA
  if (!all(solved$converged)) {
    warn("not_converged", sum(!solved$converged), " of ", nrow(X), " rows of `newdata` have not converged (first row ",
         which(!solved$converged)[1], ").")
  }
  W <- structure(solved$W, dimnames = list(rownames(X), rownames(object$H)))
  if (type == "weights") W else as_given(W %*% object$H * (cells$beside$offset %||% 1), object)
}

# The offsets of a fit when they are the same for all observations; others have to be given.
common_offset <- function(fit) {
  if (is.null(fit$offset)) return(NULL)
  if (any(fit$offset != rep(fit$offset[1, ], each = nrow(fit$W)))) {
    abort("argument", "`offset` must be given for `newdata`, as those of the fit differ between observations.")
  }
  fit$offset[1, ]
}

# Weights of each row of X by itself, with the features H fixed. They begin at `start`, of which the entries with a 1 in
# `fixed` stay.
project_rows <- function(X, family, H, start = matrix(Matrix::rowSums(X) / nrow(H), nrow(X), nrow(H)), fixed = nothing,
                         max_iter, tol, rel_tol = 1e-10, beside = all_alike) {
  if (!is.null(beside$offset)) start <- start / Matrix::rowMeans(beside$offset)
  project_cpp(c(list(values = Matrix::t(X)), change_beside(beside, X, Matrix::t)), core_family(family, nrow(X)), H,
              start, fixed, max_iter, tol, rel_tol)
}

check_features <- function(X, H) {
  if (ncol(X) != ncol(H)) abort("data", "`newdata` must have the ", ncol(H), " features of the fit, not ", ncol(X), ".")
  if (!is.null(colnames(X)) && !is.null(colnames(H)) && !identical(colnames(X), colnames(H))) {
    at <- which(colnames(X) != colnames(H))[1]
    abort("data", "`newdata` must have the features of the fit in their order; feature ", at, " is ",
          dQuote(colnames(X)[at], FALSE),
          ", not ", dQuote(colnames(H)[at], FALSE), ".")
  }
}

#' A fit as data frames
#'
#' @param x A fit from [nmf()].
#' @param matrix Which factor, `"features"` (`H`) or `"weights"` (`W`).
#' @param V The data that were fitted, or `NULL` to look them up through the call.
#' @param ... Not used.
#' @return `tidy()`: one row for each entry, with columns `component`, `feature`, `value` or `observation`, `component`,
#'   `value`.
#'   `glance()`: one row with `model`, `rank`, `power`, `alpha`, `sigma2`, `deviance`, `logLik`, `df`, `AIC`, `BIC`,
#'   `nobs`,
#'   `converged`, `status`, `kkt`, `iterations`, `seconds`. `augment()`: one row for each cell of the data, with
#'   `observation`, `feature`,
#'   `value`, `.fitted`, `.resid` (raw) and `.std.resid` (Pearson).
#' @examples
#' fit <- nmf(brca21, "T/Po/3", seed = 1)
#' head(tidy(fit))
#' glance(fit)
#' head(augment(fit))
#' @name tidy.nmf_fit
NULL

# Names of the observations or features, numbers where they have none.
labels_of <- function(names, n) if (is.null(names)) seq_len(n) else names

#' @rdname tidy.nmf_fit
#' @export
tidy.nmf_fit <- function(x, matrix = c("features", "weights"), ...) {
  if (check_choice(matrix, c("features", "weights"), "matrix") == "features") {
    long <- expand.grid(component = rownames(x$H), feature = labels_of(colnames(x$H), ncol(x$H)),
                        stringsAsFactors = FALSE,
                        KEEP.OUT.ATTRS = FALSE)
    long$value <- as.vector(x$H)
  } else {
    long <- expand.grid(observation = labels_of(rownames(x$W), nrow(x$W)), component = colnames(x$W),
                        stringsAsFactors = FALSE,
                        KEEP.OUT.ATTRS = FALSE)
    long$value <- as.vector(x$W)
  }
  long
}

#' @rdname tidy.nmf_fit
#' @export
glance.nmf_fit <- function(x, ...) {
  parameters <- estimates_of(x)
  data.frame(model = format(x$model), rank = x$model$rank, power = parameters$power, alpha = parameters$alpha,
             sigma2 = x$sigma2,
             deviance = x$deviance, logLik = x$logLik, df = df_of(x), AIC = stats::AIC(x), BIC = stats::BIC(x),
             nobs = x$nobs,
             converged = x$converged, status = x$status, kkt = x$kkt, iterations = x$iterations, seconds = x$seconds)
}

# Power and alpha as single numbers for a table; the median stands for alphas by observation.
estimates_of <- function(fit) {
  family <- fit$model$family
  power <- switch(family$name, normal = 0, poisson = 1, tweedie = family$power, NA_real_)
  list(power = power, alpha = if (is.numeric(family$alpha)) stats::median(family$alpha) else NA_real_)
}

#' @rdname tidy.nmf_fit
#' @export
augment.nmf_fit <- function(x, V = NULL, ...) {
  X <- data_of(x, V)
  v <- as.vector(as.matrix(X))
  long <- expand.grid(observation = labels_of(rownames(X), nrow(X)), feature = labels_of(colnames(X), ncol(X)),
                      stringsAsFactors = FALSE,
                        KEEP.OUT.ATTRS = FALSE)
  long$value <- v
  long$.fitted <- means_at(x, seq_along(v))
  long$.resid <- v - long$.fitted
  long$.std.resid <- residuals_at(x, v, seq_along(v), "pearson")
  long
}
