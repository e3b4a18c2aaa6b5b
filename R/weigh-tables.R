#' Tables whose counts vary differently
#'
#' For a fit of [bind_catalogues()] with Negative Binomial noise, in which the counts of one table vary more about their
#' means than those of another: an `alpha` for each table, and weights of the cells with which [nmf()] fits as if it had
#' them.
#'
#' Under Negative Binomial noise a cell moves the factors by \eqn{(v - \mu) / (\mu + \mu^2 / \alpha)}. With the weight
#' \deqn{\omega_{ij} = \frac{1 + \mu_{ij} / \alpha}{1 + \mu_{ij} / \alpha_{b(j)}},}{
#' omega = (1 + mu / alpha) / (1 + mu / alpha_b),}
#' where b(j) is the table of channel j, it moves them as one of the variance \eqn{\mu + \mu^2 / \alpha_b} does. Means
#' and weights are those of `fit`. Under one alpha for all, means follow a table of large alpha less closely than they
#' should, and its \eqn{\alpha_b} is too small; the weighted fit, given as `fit`, has nearer ones. Factors hardly change
#' any more: the error of shares by less than a hundredth of it in the simulations below.
#'
#' Each \eqn{\alpha_b} maximises the adjusted profile likelihood of its own cells, \eqn{\sum \log f(v; \mu, \alpha_b) +
#' \frac12 \sum h \log(\mu + \mu^2 / \alpha_b)}{sum(log f(v; mu, alpha_b)) + sum(h log(mu + mu^2 / alpha_b)) / 2}, with
#' the leverages h of [hatvalues.nmf_fit()], see [estimate_alpha()].
#'
#' In simulations (`bench/joint.R`: 60 tumours, 5 processes, 40 data sets) with alphas of 200, 5 and 2 for
#' substitutions, doublets and indels the shares of processes were wrong by 4.6% with one alpha for all, by 3.5% with
#' these weights, and by 3.6% with the true alphas; with alphas of 50, 20 and 10 by 4.0, 3.9 and 3.9%.
#'
#' @param fit A fit from [nmf()] with Negative Binomial noise and one `alpha`. Weights of its cells are replaced.
#' @param V,cell_weights The data and the weights of the cells that were fitted; `NULL` takes those that the fit knows,
#'   see [attach_data()].
#' @param blocks Which column is of which table, as in [split_components()].
#' @param ... Nothing: an argument that is not known is an error.
#' @return A list with `alpha`, a positive number for each table, by name, `Inf` where its counts do not vary more than
#'   Poisson counts; and `weights`, a matrix like the data, 0 where cells are missing, for `cell_weights` of [nmf()]
#'   beside the model of `fit`. The likelihood of the weighted fit is that of weighted cells; it is not to be compared
#'   with that of `fit`.
#' @section Errors: `nmf_error_model` when the noise has no alpha, or one for each observation; `nmf_error_data` when
#'   the data cannot be found or are not those that were fitted; `nmf_error_argument` when columns are of no table that
#'   is known.
#' @references Cox and Reid (1987), see [estimate_alpha()].
#' @seealso [bind_catalogues()].
#' @examples
#' indels <- matrix(rnbinom(21 * 2, size = 2, mu = rowSums(brca21) / 500), 21,
#'                  dimnames = list(rownames(brca21), c("1:Del:C:0", "1:Ins:T:5")))
#' V <- bind_catalogues(SBS = brca21, ID = indels)
#' fit <- nmf(V, "T/NB/3", n_starts = 3, seed = 1)
#' own <- weigh_tables(fit)
#' own$alpha
#' again <- nmf(V, fit$model, init = fit, cell_weights = own$weights)
#' weigh_tables(again)$alpha
#' @export
weigh_tables <- function(fit, V = NULL, blocks = NULL, ..., cell_weights = NULL) {
  check_call(...)
  check_fit(fit)
  family <- fit$model$family
  if (!identical(parameter_name(family), "alpha") || is_by_row(family)) {
    abort("model", "`fit` must have Negative Binomial noise with one alpha, but is ", format(fit$model), ".")
  }
  data <- data_of(fit, V, cell_weights)
  tables <- block_labels(blocks, colnames(fit$H), ncol(fit$H), "fit")
  rows <- seq_len(nrow(fit$W))
  cells <- list(v = rows_reader(data)(rows), mu = means_of_rows(fit, rows), h = cell_leverages(fit, data))
  alpha <- vapply(split(seq_along(tables), factor(tables, unique(tables))), function(at) {
    alpha_of_table(lapply(cells, function(x) x[, at]))
  }, 0)
  own <- matrix(alpha[tables], nrow(cells$mu), ncol(cells$mu), byrow = TRUE)
  weights <- ifelse(is.na(cells$v), 0, (1 + cells$mu / family$alpha) / (1 + cells$mu / own))
  dimnames(weights) <- list(rownames(fit$W), colnames(fit$H))
  list(alpha = alpha, weights = as_given(weights, fit))
}

# With the leverages at the alpha of all tables, on which they depend little.
alpha_of_table <- function(cells) {
  counts <- which(!is.na(cells$v) & cells$mu > 0)
  v <- cells$v[counts]
  mu <- cells$mu[counts]
  h <- cells$h[counts]
  if (sum((v - mu)^2 - v + h * mu) <= 0) return(Inf)
  adjusted <- function(log_alpha) {
    alpha <- exp(log_alpha)
    sum(stats::dnbinom(v, size = alpha, mu = mu, log = TRUE)) + sum(h * log(mu + mu^2 / alpha)) / 2
  }
  exp(stats::optimize(adjusted, log(c(1e-6, 1e9)), maximum = TRUE, tol = 1e-8)$maximum)
}
