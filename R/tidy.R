#' A fit as data frames
#'
#' For those who go on with tables: the factors, the facts of a fit, and every cell of the data with its mean and
#' residual. They are tibbles when the package tibble is installed, as those of broom are, and data frames otherwise.
#'
#' @param x A fit from [nmf()].
#' @param matrix Which factor: `"components"` (`H`) or `"weights"` (`W`), or another word for them, see [nmf()].
#' @param conf.int Whether to add the intervals of [confint.nmf_fit()], which need the data of the fit and take a while.
#' @param threads Number of threads of the intervals, see [nmf()].
#' @param conf.level,method Their confidence level, above 0 and below 1, and `"profile"` or `"wald"`.
#' @param observations Numbers or names of the observations whose cells `augment()` gives; `NULL` all. Of data in blocks
#'   (see [nmf_blocks()]) up to 20 million cells can be asked for at a time.
#' @param ... Nothing: an argument that is not known is an error.
#' @inheritParams nmf_arguments
#' @return `tidy()`: one row for each entry, with columns `component`, `feature`, `value` or `observation`,
#'   `component`, `value`, and with `conf.int` `conf.low` and `conf.high`. `glance()`: one row with `model`, `rank`,
#'   `power`, `alpha`, `sigma2`, `deviance`, `logLik`, `df`, `AIC`, `BIC`, `nobs`, `converged`, `status`, `kkt`,
#'   `iterations`, `seconds`. `augment()`: one row for each cell of the data, with `observation`, `feature`, `value`,
#'   `.fitted`, `.resid` (raw) and `.std.resid` (Pearson). Names that occur twice are told apart by a number after
#'   them, here and in plots; what has no name is numbered.
#' @examples
#' fit <- nmf(brca21, "T/Po/3", seed = 1)
#' head(tidy(fit))
#' head(tidy(fit, conf.int = TRUE, method = "wald"))
#' glance(fit)
#' head(augment(fit))
#' @name tidy.nmf_fit
NULL

#' @rdname tidy.nmf_fit
#' @export
tidy.nmf_fit <- function(x, matrix = c("components", "weights"), conf.int = FALSE, conf.level = 0.95, ...,
                         method = c("profile", "wald"), threads = NULL) {
  check_call(...)
  matrix <- check_factor(matrix, c("components", "weights"), "matrix")
  conf.int <- check_flag(conf.int, "conf.int")
  expect_arg(is_number(conf.level) && conf.level >= 1e-6 && conf.level < 1, "conf.level",
             "a number from 1e-6 to below 1", conf.level)
  method <- check_choice(method, c("profile", "wald"), "method")
  threads <- check_threads(threads)
  long <- entries_of(x, matrix)
  if (conf.int) {
    ends <- unname(stats::confint(x, matrix, conf.level, method = method, threads = threads))
    long$conf.low <- ends[, 1]
    long$conf.high <- ends[, 2]
  }
  broom_table(long)
}

# The entries of a factor in a long table, named.
entries_of <- function(fit, matrix) {
  W <- matrix == "weights"
  x <- if (W) fit$W else fit$H
  names <- if (W) {
    list(observation = labels_of(rownames(x), nrow(x)), component = colnames(x))
  } else {
    list(component = rownames(x), feature = labels_of(colnames(x), ncol(x)))
  }
  cbind(expand.grid(names, stringsAsFactors = FALSE, KEEP.OUT.ATTRS = FALSE), value = as.vector(x))
}

#' @rdname tidy.nmf_fit
#' @export
glance.nmf_fit <- function(x, ...) {
  check_call(...)
  parameters <- estimates_of(x)
  broom_table(data.frame(
    model = format(x$model), rank = x$model$rank, power = parameters$power, alpha = parameters$alpha,
    sigma2 = x$sigma2, deviance = x$deviance, logLik = x$logLik, df = df_of(x), AIC = stats::AIC(x),
    BIC = stats::BIC(x), nobs = x$nobs, converged = x$converged, status = x$status, kkt = x$kkt,
    iterations = x$iterations, seconds = x$seconds
  ))
}

# Power and alpha as single numbers for a table; the median stands for alphas by observation.
estimates_of <- function(fit) {
  family <- fit$model$family
  list(power = family$axis, alpha = if (is.numeric(family$alpha)) stats::median(family$alpha) else NA_real_)
}

#' @rdname tidy.nmf_fit
#' @export
augment.nmf_fit <- function(x, V = NULL, ..., observations = NULL) {
  check_call(...)
  data <- data_of(x, V, blocks = TRUE)
  chosen <- lines_of(observations, rownames(x$W), nrow(x$W), "observations")
  if (in_blocks(data)) check_dense_answer(length(chosen), ncol(data), "`augment()`")
  v <- as.vector(rows_reader(data)(chosen))
  index <- as.vector(outer(chosen, (seq_len(ncol(data)) - 1) * nrow(data), "+"))
  long <- expand.grid(observation = labels_of(rownames(data), nrow(data))[chosen],
                      feature = labels_of(colnames(data), ncol(data)), stringsAsFactors = FALSE,
                      KEEP.OUT.ATTRS = FALSE)
  long$value <- v
  long$.fitted <- means_at(x, index)
  long$.resid <- v - long$.fitted
  long$.std.resid <- residuals_at(x, v, index, "pearson")
  broom_table(long)
}
