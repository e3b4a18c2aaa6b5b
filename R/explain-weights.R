#' Weights explained by covariates
#'
#' Regresses the weights of each component on what is known of the observations, after the fit, with the uncertainty of
#' the weights carried along: what a covariate changes of the proportion of a topic, a signature or a programme.
#'
#' For each component k, \eqn{y_i = x_i'\beta + e_i}, where \eqn{y_i} is the weight \eqn{W_{ik}} of observation i, by
#' default as a proportion \eqn{W_{ik} / \sum_l W_{il}} of all its weights (\eqn{L_{ik}} of a topic model), and
#' \eqn{x_i} a row of the model matrix X of `formula`. The coefficients are those of least squares, so that effects on
#' proportions sum to zero over the components.
#'
#' The weights are estimates, \eqn{\hat y_i = y_i + m_i}. Errors m that are independent do not bias \eqn{\beta}, and are
#' already a part of the residuals of [stats::lm()]; but all weights of a component come from the same row of \eqn{H},
#' so that their errors are not independent, and they differ in size between observations. The draws of
#' [bootstrap_fit()], each of which is fitted anew, show the m of all observations together, and so
#' \deqn{Var(\hat\beta) = s^2 (X'X)^{-1} + Var_b(\hat\beta_b), \qquad s^2 = \max\{0, RSS - E_b RSS_b\} / (n - p),}{
#'       Var = s^2 (X'X)^-1 + Var_b(beta_b),  s^2 = max(0, RSS - E_b RSS_b) / (n - p),}
#' where \eqn{\hat\beta_b} are the coefficients of the weights of draw b, \eqn{RSS_b} the residual sum of squares of
#' their deviations from the mean of all draws, and p the number of coefficients. This is the estimator of Lewis and
#' Linzer (2005, equations 9 and 10; Hanushek 1974) with the whole covariance matrix of the m in the place of its
#' diagonal: \eqn{s^2} is what is left of the residuals when the errors of the weights are taken out, so that these are
#' not counted twice, as they would be by Rubin's rules, or by pooling the regressions of the draws (the method of
#' composition), for draws that are not from a posterior but scatter around the estimate. Without draws it is `lm()`.
#'
#' Tests and intervals are those of t, with the degrees of freedom of Satterthwaite (1946), at most \eqn{n - p}:
#' \eqn{V^2 / \{V_{lm}^2 / (n - p) + V_b^2 / (B - 1)\}} for the variance V of a coefficient, that of `lm()` and that of
#' B draws. They hold for the components as they came out: where factors are not unique (see [feasible_set()]) or a
#' component mixes two causes, so do its weights. P-values are not adjusted for the number of components, see
#' [stats::p.adjust()].
#'
#' In 240 simulated data sets (`bench/covariates.R`: 60 or 200 observations of 100 or 1,000 counts, four components
#' whose proportions follow a Dirichlet distribution, standard errors of 1%) tests at 5% rejected 5 to 6% of the
#' covariates without an effect, and 95% intervals held 93 to 94% of the true coefficients. Rubin's rules rejected 2
#' to 5% with intervals up to 20% wider. With these errors, nearly independent, `lm()` does as well.
#'
#' @param fit A fit from [nmf()] or [refit()], or a topic model.
#' @param formula A formula without a left side, such as `~ group + age`. Factors have treatment contrasts, unless they
#'   bring others along.
#' @param data A data frame with the covariates and a row for each observation of the fit; by name where both have row
#'   names (row numbers are names where they are those of all observations). Observations with a missing covariate, or
#'   without any weight, are left out, with a message.
#' @param draws A bootstrap of the fit from [bootstrap_fit()] that has kept the weights of all observations, or how many
#'   draws to make: 0, which takes the weights as known, or at least 2.
#' @param relative Whether weights are proportions of the total weight of their observation.
#' @param level Confidence level, above 0 and below 1.
#' @param ... Nothing: an argument that is not known is an error.
#' @inheritParams nmf_arguments
#' @inheritParams nmf
#' @return A list of class `nmf_effects`:
#' \describe{
#'   \item{`table`}{data frame with a row for each `component` and `term` (coefficient): `estimate`, `std.error`,
#'     `statistic`, `df`, `p.value`, `conf.low`, `conf.high`, and `from_weights`, the share of the variance that the
#'     uncertainty of the weights has; also by [as.data.frame()] and [tidy()].}
#'   \item{`weights`, `frame`}{the n x K weights that were explained, and the variables that explain them.}
#'   \item{`coefficients`, `covariance`}{p x K, and p x p x K.}
#'   \item{`formula`, `relative`, `level`, `n_draws`, `model`}{what was asked for, and the model of the fit.}
#' }
#' @section Errors: `nmf_error_argument` when `formula` or `data` are not as above, a coefficient follows from others or
#'   there are not fewer of them than observations, or `draws` are of another fit; those of [bootstrap_fit()].
#' @references
#' Hanushek (1974), Efficient estimators for regressing regression coefficients, The American Statistician 28, 66-67,
#' \doi{10.1080/00031305.1974.10479073}.
#'
#' Lewis and Linzer (2005), Estimating regression models in which the dependent variable is based on estimates,
#' Political Analysis 13, 345-364, \doi{10.1093/pan/mpi026}.
#'
#' Roberts et al. (2014), Structural topic models for open-ended survey responses, American Journal of Political Science
#' 58, 1064-1082, \doi{10.1111/ajps.12103}, for the method of composition.
#'
#' Satterthwaite (1946), An approximate distribution of estimates of variance components, Biometrics Bulletin 2,
#' 110-114, \doi{10.2307/3002019}.
#' @seealso [autoplot.nmf_effects()] for pictures.
#' @examples
#' some <- seq(1, 480, 4)
#' topics <- fit_topics(addresses$counts[some, ], 3, n_starts = 2, seed = 1)
#' effects <- explain_weights(topics, ~ era + form, addresses$documents[some, ], draws = 10, seed = 1)
#' effects
#' autoplot(effects)
#' @export
explain_weights <- function(fit, formula, data, draws = 100, relative = TRUE, level = 0.95, ...,
                            threads = NULL, verbose = NULL, seed = NULL) {
  check_call(...)
  own <- fit_within(fit)
  relative <- check_flag(relative, "relative")
  level <- check_level(level)
  verbose <- check_verbose(verbose)
  threads <- check_threads(threads)
  if (!is.null(seed)) check_seed(seed)
  frame <- covariates_of(formula, data, own)
  W <- if (relative) proportions_of(own$W) else own$W
  used <- stats::complete.cases(frame) & (!relative | rowSums(own$W) > 0)
  if (!all(used)) {
    message(sum(!used), if (sum(!used) == 1) " observation" else " observations",
            " with missing covariates or without any weight left out.")
  }
  frame <- with_terms(droplevels(frame[used, , drop = FALSE]), attr(frame, "terms"))
  X <- design_of(frame)
  drawn <- drawn_weights(draws, own, relative, threads, verbose, seed)
  new_effects(X, W[used, , drop = FALSE], if (length(drawn)) drawn[used, , , drop = FALSE], frame, formula, relative,
              level, own$model)
}

# The variables of the formula, a row for each observation of the fit.
covariates_of <- function(formula, data, fit) {
  ok <- inherits(formula, "formula") && length(formula) == 2
  expect_arg(ok, "formula", "a formula without a left side, such as ~ group", formula)
  expect_arg(is.data.frame(data) && nrow(data) == nrow(fit$W), "data",
             paste("a data frame with a row for each of the", nrow(fit$W), "observations"), data)
  order <- match_names(row_names_of(data, rownames(fit$W)), rownames(fit$W), "data", "observations of the fit",
                       "argument")
  if (!isTRUE(order)) data <- data[order, , drop = FALSE]
  lacking <- setdiff(all.vars(formula), c(names(data), "."))
  if (length(lacking)) {
    abort("argument", "`data` must have the variables of `formula`; ", dQuote(lacking[1], FALSE), " is missing.")
  }
  data[] <- lapply(data, as_doubles, "data")
  words <- vapply(data, function(x) is.character(x) || is.logical(x), NA)
  data[words] <- lapply(data[words], as_groups_of_data)
  frame <- tryCatch(stats::model.frame(formula, data, na.action = stats::na.pass), error = conditionMessage)
  if (is.character(frame)) abort("argument", "`formula` cannot be made of `data`: ", frame, ".")
  if (!is.null(stats::model.offset(frame))) abort("argument", "`formula` must not have an offset.")
  frame
}

# Row numbers may be what is left of those of a whole, or were read as names: these are those of the observations.
row_names_of <- function(data, observations) {
  numbers <- !is.character(attr(data, "row.names"))
  if (numbers && (.row_names_info(data) < 0 || !setequal(rownames(data), observations))) NULL else rownames(data)
}

# Groups in the same order under any locale; missing ones stay missing.
as_groups_of_data <- function(x) factor(x, sort(unique(x[!is.na(x)]), method = "radix"))

with_terms <- function(frame, terms) {
  attr(frame, "terms") <- terms
  frame
}

# The model matrix, under any options: treatment contrasts, polynomial ones of ordered levels, or those of the factor.
model_rows <- function(frame) {
  plain <- Filter(function(name) is.factor(frame[[name]]) && is.null(attr(frame[[name]], "contrasts")), names(frame))
  contrasts <- lapply(frame[plain], function(x) if (is.ordered(x)) "contr.poly" else "contr.treatment")
  stats::model.matrix(attr(frame, "terms"), frame, contrasts.arg = if (length(plain)) contrasts)
}

design_of <- function(frame) {
  X <- tryCatch(model_rows(frame), error = conditionMessage)
  if (is.character(X)) abort("argument", "`formula` cannot be made of `data`: ", X, ".")
  if (!all(is.finite(X))) abort("argument", "`data` must have finite covariates.")
  if (ncol(X) == 0) abort("argument", "`formula` must have a term.")
  if (nrow(X) <= ncol(X)) {
    abort("argument", "`formula` must have fewer coefficients than there are observations (", nrow(X), "), not ",
          ncol(X), ".")
  }
  found <- qr(X)
  if (found$rank < ncol(X)) {
    abort("argument", "`formula` must have coefficients that can be told apart; ",
          dQuote(colnames(X)[found$pivot[found$rank + 1]], FALSE), " follows from the others.")
  }
  X
}

# Draws of all weights, N x K x B; NULL for none.
drawn_weights <- function(draws, fit, relative, threads, verbose, seed) {
  if (!inherits(draws, "nmf_bootstrap")) {
    ok <- is_number(draws) && draws >= 0 && draws != 1 && draws == round(draws)
    expect_arg(ok, "draws", "a bootstrap from bootstrap_fit(), 0 or a whole number of at least 2", draws)
    if (draws == 0) return(NULL)
    draws <- bootstrap_fit(fit, n_runs = check_number(draws, "draws", 2, whole = TRUE), threads = threads,
                           verbose = verbose, seed = seed)
  } else {
    check_whole(draws, "draws")
    same <- identical(dim(draws$fit$W), dim(fit$W)) && isTRUE(all.equal(unname(draws$fit$W), unname(fit$W)))
    if (!same) abort("argument", "`draws` must be a bootstrap of `fit`, but its fit has other weights.")
    if (!identical(as.integer(draws$observations), seq_len(nrow(fit$W)))) {
      abort("argument", "`draws` must have kept the weights of all observations, and not of some (`observations`).")
    }
  }
  W <- draws$W
  if (relative) sweep(W, c(1, 3), pmax(apply(W, c(1, 3), sum), .Machine$double.xmin), "/") else W
}

new_effects <- function(X, W, drawn, frame, formula, relative, level, model) {
  inverse <- chol2inv(qr.R(qr(X)))
  solve_for <- function(y) inverse %*% crossprod(X, y)
  residual_square <- function(y) sum((y - X %*% solve_for(y))^2)
  n <- nrow(X)
  p <- ncol(X)
  B <- if (is.null(drawn)) 0L else dim(drawn)[3]
  of_component <- function(k) {
    rss <- residual_square(W[, k])
    from_draws <- array(0, c(p, p))
    rss_draws <- 0
    if (B > 0) {
      deviation <- drawn[, k, ] - rowMeans(drawn[, k, ])
      from_draws <- tcrossprod(solve_for(deviation)) / (B - 1)
      rss_draws <- residual_square(deviation) / (B - 1)
    }
    left <- max(0, rss - rss_draws) / (n - p)
    lm <- diag(inverse) * rss / (n - p)
    total <- inverse * left + from_draws
    drawn_share <- diag(from_draws)
    freedom <- if (B > 0) diag(total)^2 / (lm^2 / (n - p) + drawn_share^2 / (B - 1)) else rep(n - p, p)
    list(coefficients = drop(solve_for(W[, k])), covariance = total, df = pmin(freedom, n - p),
         from_weights = ifelse(diag(total) > 0, drawn_share / diag(total), 0))
  }
  found <- lapply(seq_len(ncol(W)), of_component)
  coefficients <- matrix(vapply(found, `[[`, numeric(p), "coefficients"), p, dimnames = list(colnames(X), colnames(W)))
  effects <- list(
    table = NULL, weights = W, frame = frame, coefficients = coefficients,
    covariance = array(unlist(lapply(found, `[[`, "covariance")), c(p, p, ncol(W)),
                       list(colnames(X), colnames(X), colnames(W))),
    formula = formula, relative = relative, level = level, n_draws = B, model = model
  )
  of <- function(name) unlist(lapply(found, `[[`, name))
  effects$table <- effects_table(effects, of("df"), of("from_weights"))
  structure(effects, class = "nmf_effects")
}

effects_table <- function(effects, df, from_weights) {
  coefficients <- effects$coefficients
  estimate <- as.vector(coefficients)
  error <- sqrt(as.vector(apply(effects$covariance, 3, diag)))
  statistic <- ifelse(error > 0, estimate / error, NA)
  reach <- ifelse(is.finite(df), stats::qt((1 + effects$level) / 2, df), 0) * error
  data.frame(component = rep(colnames(coefficients), each = nrow(coefficients)),
             term = rep(rownames(coefficients), ncol(coefficients)), estimate = estimate, std.error = error,
             statistic = statistic, df = ifelse(is.finite(df), df, NA), p.value = 2 * stats::pt(-abs(statistic), df),
             conf.low = estimate - reach, conf.high = estimate + reach, from_weights = from_weights)
}

#' @export
print.nmf_effects <- function(x, digits = 3, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  cat(if (x$relative) "Proportions of weights" else "Weights", " of ", nrow(x$weights), " observations, ",
      format(x$model), ", explained by ", paste(deparse(x$formula), collapse = " "), "\n", sep = "")
  cat(if (x$n_draws > 0) {
    part <- round(100 * max(x$table$from_weights))
    paste0("with the uncertainty of the weights (", x$n_draws, " draws), ",
           if (part < 1) "less than 1% of each variance" else paste0("up to ", part, "% of a variance"))
  } else {
    "as if they were known"
  }, "\n\n", sep = "")
  table <- x$table
  shown <- table[c("component", "term")]
  shown$estimate <- format(table$estimate, digits = digits)
  ends <- level_names(x$level)
  shown[[ends[1]]] <- format(table$conf.low, digits = digits)
  shown[[ends[2]]] <- format(table$conf.high, digits = digits)
  shown$p.value <- format.pval(table$p.value, digits = digits, eps = 1e-4)
  print(shown, row.names = FALSE, ...)
  invisible(x)
}
