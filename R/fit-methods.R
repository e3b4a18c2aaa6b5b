#' Facts of a fit
#'
#' The functions of R for models, for fits: means, residuals, likelihoods, draws, and the same fit with something
#' changed.
#'
#' @param object A fit from [nmf()].
#' @param type Residuals: `"raw"`, \eqn{v - \mu}; `"pearson"`, raw over the standard deviation of the model;
#'   `"deviance"`, \eqn{sign(v - \mu) \sqrt{d(v; \mu)}}, whose squares sum to the deviance; `"quantile"`, randomised
#'   quantile residuals, standard normal when the model is true (Dunn and Smyth 1996).
#' @param observations Numbers or names of observations whose residuals are wanted; `NULL` all. Of data in blocks (see
#'   [nmf_blocks()]) up to 20 million cells can be asked for at a time.
#' @param seed Seed of the randomised quantile residuals, see [nmf()].
#' @param df Which count of parameters, `"paper"` or `"identifiable"` (see [nmf_control()]); `NULL` takes the fit's own.
#' @param matrix Which factor: `"components"` (`H`) or `"weights"` (`W`), or another word for them, see [nmf()].
#' @param nsim Number of data sets to simulate, at least 1.
#' @param evaluate,... For `update()`: arguments to change, of the function that made the fit, and whether to fit at
#'   once or to give the call; otherwise not used.
#' @param newdata More observations, in the orientation of the data of the fit. The fit goes on with all of them from
#'   where it is: it starts at the weights and components that it has and at the projection of the new observations
#'   (see [predict.nmf_fit()]), zeros lifted a little, so that the result is that of [nmf()] with this `init` (which
#'   `$origin$arguments$init` keeps), in the order and with the names that the components had. `cell_weights`,
#'   `offset` and `mask` are then those of `newdata`; a fit with a mask asks for one. Of a consensus its refit goes on;
#'   [refit()] is made anew with all observations, to the same known components.
#' @param absent What a feature of the fit is that `newdata` does not have, see [predict.nmf_fit()]; or of the
#'   components that another `V` does not have, of [refit()].
#' @inheritParams nmf_arguments
#' @return `fitted()`: the means \eqn{\mu = W H}. `residuals()`: a matrix like the data, of the `observations`.
#'   `deviance()`, `nobs()`: a number. `logLik()`: the complete log-likelihood with its `df` and `nobs`, for
#'   [stats::AIC()] and [stats::BIC()].
#'   `coef()`: a factor. `simulate()`: a list of `nsim` matrices. `update()`: a new fit; after `newdata` with a list
#'   `updated`, which `print()` shows: the numbers of `observations` before and added, the `cosine` of each component to
#'   what it was, and by how much of their sum the `weights` of the former observations have changed.
#' @section Errors: `nmf_error_data` when the data are needed and cannot be found, or are not those that were fitted, or
#'   when `newdata` has observations of the same name; `nmf_error_argument` when it comes with another `V`, `obs`,
#'   `init` or `rank`, or without a `mask` where the fit has one.
#'   `nmf_error_package` without the package tweedie, which quantile residuals of Tweedie powers above 2 (but 3) need,
#'   and their simulation where the noise is smaller than about 1 % of the mean.
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
#' update(nmf(brca21[1:18, ], "T/Po/3", seed = 1), newdata = brca21[19:21, ])
#' @name nmf_fit-methods
#' @aliases fitted.nmf_fit
NULL

# Linear indices of the cells that count, or of some of them by their rank.
observed_cells <- function(fit, which = seq_len(fit$nobs)) {
  missing <- fit$missing
  if (is.null(missing)) which else which + findInterval(which - 1, missing - seq_along(missing))
}

#' @export
fitted.nmf_fit <- function(object, ...) {
  check_call(...)
  as_given(mean_matrix(object), object)
}

mean_matrix <- function(fit) {
  mu <- fit$W %*% fit$H
  if (is.null(fit$offset)) mu else mu * fit$offset
}

#' @rdname nmf_fit-methods
#' @export
residuals.nmf_fit <- function(object, V = NULL, type = c("raw", "pearson", "deviance", "quantile"), ...,
                              observations = NULL, seed = NULL) {
  check_call(...)
  type <- check_choice(type, c("raw", "pearson", "deviance", "quantile"), "type")
  if (!is.null(seed)) check_seed(seed)
  data <- data_of(object, V, blocks = TRUE)
  chosen <- lines_of(observations, rownames(object$W), nrow(object$W), "observations")
  if (in_blocks(data)) check_dense_answer(length(chosen), ncol(data), "`residuals()`")
  residuals <- residual_matrix(object, data, type, if (type == "quantile") check_seed(seed), chosen)
  names <- list(rownames(data)[chosen], colnames(data))
  if (!is.null(unlist(names))) dimnames(residuals) <- names
  as_given(residuals, object)
}

# N x M; each block of observations has random numbers of its own.
residual_matrix <- function(fit, data, type, seed = NULL, chosen = seq_len(nrow(data))) {
  residuals <- array(NA_real_, c(length(chosen), ncol(data)))
  blocks <- row_blocks(dim(data))
  cells_of <- cells_reader(fit, data)
  for (b in seq_along(blocks)) {
    rows <- blocks[[b]]
    here <- match(chosen, rows, 0L)
    if (!any(here)) next
    if (type != "quantile") rows <- rows[sort(unique(here))]  # whose random numbers are those of all of the block
    cells <- cells_of(rows)
    of_block <- array(NA_real_, c(length(rows), ncol(data)))
    of_block[cells$at] <- residuals_of(fit, cells$v, cells$mean, cells$row, type,
                                       if (b == 1) seed else seed_of_start(seed, b))
    residuals[here > 0, ] <- of_block[match(chosen[here > 0], rows), ]
  }
  residuals
}

# Residuals of the cells with these linear indices of the N x M data, which have the values v.
residuals_at <- function(fit, v, index, type, seed = NULL) {
  seen <- !is.na(v)
  at <- index[seen]
  replace(v, seen, residuals_of(fit, v[seen], means_at(fit, at), rows_at(fit, at), type, seed))
}

# Of cells with the values v and the means mu in these rows.
residuals_of <- function(fit, v, mu, rows, type, seed = NULL) {
  raw <- v - mu
  if (type == "raw") return(raw)
  check_dispersion(fit)
  if (has_no_noise(fit)) return(0 * raw)                   # of an exact fit they are rounding
  family <- family_of_rows(fit$model$family, rows)
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
  r <- with_seed(check_seed(seed), stats::runif(length(v)))
  tail <- function(lower) {
    at <- family$distribution(v, mu, sigma2, lower)
    before <- if (family$discrete) {
      family$distribution(ceiling(v) - 1, mu, sigma2, lower)
    } else if (!is.null(family$zero)) {
      ifelse(v == 0, if (lower) 0 else 1, at)
    } else {
      at
    }
    pmax(before + (at - before) * r, .Machine$double.xmin)
  }
  below <- tail(TRUE)
  ifelse(below < 0.5, stats::qnorm(below), stats::qnorm(tail(FALSE), lower.tail = FALSE))
}

# As a double: there may be more than a whole number of R holds.
n_cells <- function(fit) as.double(nrow(fit$W)) * ncol(fit$H)

rows_at <- function(fit, index) row_of(index, nrow(fit$W))

means_at <- function(fit, index) {
  if (length(index) == n_cells(fit)) return(as.vector(mean_matrix(fit)))
  rows <- rows_at(fit, index)
  columns <- column_of(index, nrow(fit$W))
  mu <- numeric(length(index))
  for (k in seq_len(ncol(fit$W))) mu <- mu + fit$W[rows, k] * fit$H[k, columns]
  if (is.null(fit$offset)) mu else mu * fit$offset[index]
}

# The family with its alpha spread over the cells.
family_at <- function(fit, index) family_of_rows(fit$model$family, rows_at(fit, index))

#' @rdname nmf_fit-methods
#' @export
deviance.nmf_fit <- function(object, ...) {
  check_call(...)
  object$deviance
}

#' @rdname nmf_fit-methods
#' @export
nobs.nmf_fit <- function(object, ...) {
  check_call(...)
  object$nobs
}

#' @rdname nmf_fit-methods
#' @export
logLik.nmf_fit <- function(object, df = NULL, ...) {
  check_call(...)
  convention <- check_choice(df %||% object$control$df, c("paper", "identifiable"), "df")
  structure(object$logLik, df = df_of(object, convention), nobs = object$nobs, class = "logLik")
}

#' @rdname nmf_fit-methods
#' @export
coef.nmf_fit <- function(object, matrix = c("components", "weights"), ...) {
  check_call(...)
  if (check_factor(matrix, c("components", "weights"), "matrix") == "components") object$H else object$W
}

#' @rdname nmf_fit-methods
#' @export
simulate.nmf_fit <- function(object, nsim = 1, seed = NULL, ...) {
  check_call(...)
  nsim <- check_number(nsim, "nsim", 1, 1e6, whole = TRUE)
  if (!is.null(seed)) check_seed(seed)
  mu <- fitted(object)
  index <- if (object$obs == "columns") as.vector(t(array(seq_along(mu), rev(dim(mu))))) else seq_along(mu)
  one <- function(i) array(draw_cells(object, rows_at(object, index), as.vector(mu)), dim(mu), dimnames(mu))
  draw <- function() lapply(seq_len(nsim), one)
  if (is.null(seed)) draw() else with_seed(seed, draw())
}

#' @rdname nmf_fit-methods
#' @export
update.nmf_fit <- function(object, ..., newdata = NULL, absent = c("missing", "zero"), evaluate = TRUE) {
  check_call()
  evaluate <- check_flag(evaluate, "evaluate")
  given <- !missing(absent)
  absent <- check_absent(absent)
  for (part in c("origin", "call")) if (is.null(object[[part]])) refuse_altered("object", "nmf_fit", part, NULL)
  changes <- list(...)
  if (given && is.null(newdata)) {
    if (object$origin$door != "refit" || !"V" %in% names(changes)) {
      abort("argument", "`absent` is for `newdata`, or for another `V` of refit().")
    }
    changes$absent <- absent
  }
  asked <- as.list(substitute(list(...)))[-1]
  named <- length(changes) == sum(nzchar(names(changes)))
  if (!named) abort("argument", "`...` must be named arguments of ", object$origin$door, "() to change.")
  if (!is.null(newdata)) {
    if (!evaluate) abort("argument", "`evaluate` must be TRUE with `newdata`, for no call goes on from a fit.")
    return(go_on(object, newdata, absent, changes, list(mask = asked$mask, newdata = substitute(newdata))))
  }
  if (!evaluate && !(is.null(object$edited) && is.null(object$updated))) {
    abort("argument", "`evaluate` must be TRUE for a fit that was edited or goes on from another, for no call says so.")
  }
  arguments <- object$origin$arguments
  written <- changes                                     # the call as the user would have written it
  if (!is.null(changes$model)) {
    changes$model <- nmf_model(changes$model)
    if (is.null(changes$model$rank) && is.null(changes$rank)) {
      changes$model <- with_rank(changes$model, object$model$rank)
    }
    if (!is.character(written$model)) written$model <- format(changes$model)
  } else if (!is.null(changes$rank) && !is.null(arguments$model)) {
    changes$model <- without_rank(arguments$model)
    written$model <- sub("^NMF/", "", format(changes$model))
  }
  heavy <- intersect(c("V", "cell_weights", "offset", "init"), names(changes))
  written[heavy] <- asked[heavy]
  arguments[names(changes)] <- changes
  call <- object$call
  if ("model" %in% names(changes)) call$rank <- NULL
  call[names(written)] <- written
  if (!evaluate) return(call)
  data <- data_for_update(object, names(changes))
  arguments[names(data)] <- data
  with_call(do.call(getExportedValue("nmfamily", object$origin$door), arguments, quote = TRUE), call)
}

# Of the data and what stands beside them, all that was not asked to change; `cell_weights` and `offset` of a fit that
# keeps its data are in these.
data_for_update <- function(fit, asked) {
  if (!any(c("V", "cell_weights", "offset", "obs") %in% asked)) return(list(V = data_of(fit)))
  had <- c(cell_weights = "cell_weights" %in% names(fit$call), offset = !is.null(fit$offset))
  kept <- list()
  if (!"V" %in% asked) {
    if (length(fit$missing) && any(had & names(had) %in% asked)) {
      abort("data", "`V` must be given too: the fit does not keep what stands in cells of weight or offset 0.")
    }
    data <- data_of(fit)
    X <- read_values(data)
    absent <- without_cells(data)[[2]]                    # from refit(), which finds them so again
    kept$V <- as_given(if (length(absent)) X[, -absent, drop = FALSE] else X, fit)
  }
  if (had["cell_weights"] && !"cell_weights" %in% asked) {
    data <- held_data(fit)
    if (is.null(data)) {
      abort("data", "`cell_weights` must be given too: those of the fit are not at hand. Give them, or attach the ",
            "data that were fitted by attach_data().")
    }
    kept$cell_weights <- as_given(array(dense_weights(data) %||% 1, dim(data), dimnames(data)), fit)
  }
  names <- list(rownames(fit$W), colnames(fit$H))
  if (had["offset"] && !"offset" %in% asked) kept$offset <- as_given(array(fit$offset, dim(fit$offset), names), fit)
  kept
}

with_call <- function(updated, call) {
  fit <- if (inherits(updated, "nmf_fit")) updated else updated$fit
  fit$call <- call
  if (inherits(updated, "nmf_fit")) return(fit)
  updated$fit <- fit
  updated
}
