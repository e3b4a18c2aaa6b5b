#' Fit with known components
#'
#' For those who have reference signatures, and ask how much of each a tumour has.
#'
#' The weights of observations on components that are known, such as reference signatures, by maximum likelihood under
#' any noise family; with `free` above 0, that many more components are found at the same time.
#'
#' The model is \eqn{\mu = W H} with the rows of \eqn{H} that are known held fixed. For Normal and Poisson noise the
#' objective is convex in the weights alone, so that without free components every start ends at the same mean.
#'
#' Maximum likelihood leaves small weights on many components. With `sparse = TRUE` each observation keeps those that it
#' needs: as long as leaving one out costs twice the log-likelihood of the observation at most `drop`, the least missed
#' is left out; then, as long as one that is out gains at least `add`, the one that gains most is taken in; then, as
#' long as the likelihood rises by it, one that is in is exchanged for one that is out; and so on in turn until nothing
#' of this happens. Of each turn the three that promise most by a quadratic approximation are fitted.
#'
#' With the default thresholds tumours of 5 out of 49 reference signatures (`bench/refit.R`, 100 of each kind, standard
#' errors of 0.05 and 2%) get 0.1 to 0.3 signatures that are not there, and keep of those that have more than 2% of
#' their mutations 99% with 10,000 mutations, 90% with 2,000 and 77% with 500 under Poisson noise; 95, 89 and 80%
#' under Negative Binomial noise with `alpha = 50`. This is what the data tell: when the other four are known already,
#' 99, 92 and 79% (96, 91 and 80%) are missed by the price of a component. Ten mutations of 500 that are spread over
#' 96 channels can mostly be told by others.
#'
#' @param components Known components, a matrix L x M with components in rows, for example [pcawg_signatures], or a fit,
#'   of which `H` is taken, but neither its mask nor its penalty. Rows are scaled to sum to 1.
#' @param family Noise family such as [nmf_negbin()], or its letters such as `"NB"`. An open Negative Binomial
#'   dispersion is estimated; a Tweedie power must be given.
#' @param free Number of further components, at least 0.
#' @param sparse Whether to leave out what an observation does not need; only without free components.
#' @param add,drop Thresholds of `sparse` for twice the log-likelihood of an observation, at least 0; `drop` must not be
#'   above `add`. Without `add` it is the price of a parameter in the extended BIC of Chen and Chen (2008), \eqn{\log
#'   M + 2 \log L}, which allows for the choice among L components; without `drop` it is `add`.
#' @param absent What a feature of `components` is that `V` does not have, when both have names: `"missing"`, not looked
#'   at, or `"zero"`, looked at and never seen. It is a feature of the fit all the same, the last, and a message names
#'   it. Features are matched by name in any order; those that `components` do not have are left out of `V`, with a
#'   message. Where a side has no names, both must have the same features in the same order.
#' @param mask Which components each observation may use, such as the signatures that its kind of tumour has: a logical
#'   matrix, N x L (with free components N x (L + `free`), these last), rows and columns by name where both sides have
#'   names. Where it is `FALSE` the weight is 0 and no parameter. `NULL` is all.
#' @param ... Further arguments of [nmf()]: `n_starts`, `solver`, `max_iter`, `tol`, `time_limit`, `control`.
#' @inheritParams nmf
#' @return An `nmf_fit`, see [nmf()], whose components have the names and the order of the known components, followed by
#'   the free ones, `"new1"` and so on. Its degrees of freedom count the weights, under `sparse` those that are not 0,
#'   and the free components.
#' @section Errors and warnings: those of [nmf()]; `nmf_error_data` when `components` are not valid, have mutation
#'   channels in rows or share no feature with `V`; `nmf_error_argument` when the other arguments are not as above.
#' @references Chen and Chen (2008), Extended Bayesian information criteria for model selection with large model spaces,
#'   Biometrika 95, 759-771, \doi{10.1093/biomet/asn034}.
#' @seealso [confint.nmf_fit()] for intervals of the weights (`confint(fit, "weights")`; of those that `sparse` keeps,
#'   given this choice); [predict.nmf_fit()] for the weights of new observations under a fit; [match_components()].
#' @examples
#' known <- pcawg_signatures[c("SBS1", "SBS2", "SBS5", "SBS13"), ]
#' fit <- refit(brca21, known, "Po", sparse = TRUE)
#' round(head(fit$W))
#' confint(fit, "weights", observations = 1)
#' more <- refit(brca21, known, "Po", free = 1, n_starts = 3, seed = 1)
#' match_components(more, pcawg_signatures)
#' @export
refit <- function(V, components, family = nmf_poisson(), free = 0, sparse = FALSE, add = NULL, drop = NULL, ...,
                  absent = c("missing", "zero"), mask = NULL, obs = c("rows", "columns"), cell_weights = NULL,
                  offset = NULL, threads = NULL, verbose = NULL, seed = NULL) {
  check_call()
  began <- now()
  call <- match.call()
  absent <- check_absent(absent)
  given <- read_observations(V, obs, cell_weights, offset)
  H <- known_components(components)
  given$data <- with_features_of(H, given$data, absent)
  H <- align_columns(H, given$data, "components", "the data")
  free <- check_number(free, "free", 0, max(0, min(dim(given$data)) - 1), whole = TRUE)
  check_coverage(given$data, 1)
  if (free > 0 && length(without_cells(given$data)[[2]])) {
    abort("data", "`V` must have all features of `components`, for `free` ones have no value where all cells are ",
          "missing; with `absent = \"zero\"` those that it lacks are zeros.")
  }
  limits <- check_selection(add, drop, H)
  sparse <- check_flag(sparse, "sparse")
  if (sparse && free > 0) abort("argument", "`sparse` is for known components only, without `free` ones.")
  model <- nmf_model(family = family_for(as_family(family), given$data), rank = nrow(H) + free)
  parameter <- model$family$parameter
  if (is_open(model$family) && parameter$profiled) {
    abort("model", "the ", model$family$label, " ", parameter$name, " must be given, as in ",
          dQuote(paste0(model$family$symbol, parameter$example), FALSE), ".")
  }
  check_support(given$data, model$family)
  warn_not_counts(given$data, model$family)
  settings <- settings_from(..., threads = threads, verbose = verbose, seed = seed, models = list(model))
  if (free == 0) settings$n_starts <- 1L
  fixed <- list(nothing, rbind(H * 0 + 1, matrix(0, free, ncol(H))))
  problem <- new_problem(given$data, model, given$obs, list(components = H, fixed = fixed))
  if (!is.null(mask)) problem <- with_mask(problem, mask, names_of_refit(H, free), nrow(H) + seq_len(free))
  own <- list(model = NULL, components = components, family = family, free = free, sparse = sparse, add = limits$add,
              drop = limits$drop, absent = absent, mask = mask)
  fit <- keep_going({
    fit <- name_known(fit_any(problem, settings), H, free)
    if (sparse && !is_over(fit, settings)) fit <- keep_needed(fit, problem$data, limits$add, limits$drop, settings)
    fit
  })
  fit$df <- df_of_refit(fit, nrow(H), free, sparse)
  complete_fit(fit, problem, settings, call, began, "refit", own)
}

# The thresholds of sparse weights, by default those of Chen and Chen (2008).
check_selection <- function(add, drop, H) {
  add <- if (is.null(add)) log(ncol(H)) + 2 * log(nrow(H)) else check_number(add, "add", 0)
  list(add = add, drop = if (is.null(drop)) add else check_number(drop, "drop", 0, add))
}

# The known components, rows summing to 1.
known_components <- function(components, arg = "components") {
  H <- components_of(components, arg)
  size <- rowSums(H)
  if (any(size == 0)) {
    abort("data", "`", arg, "` must not have a row of zeros, but row ", which(size == 0)[1], " is one.")
  }
  H / size
}

# The data with all features of the known components and no others.
with_features_of <- function(H, data, absent, arg = "V", of = "`components`") {
  shared <- match_features(data, H, arg, of, absent)
  if (!isTRUE(shared$given)) data <- data[, shared$given]
  if (length(shared$lacking)) data <- with_lacking(data, colnames(H)[shared$lacking], absent)
  measured(data)
}

names_of_refit <- function(H, free) c(rownames(H), if (free > 0) paste0("new", seq_len(free)))

name_known <- function(fit, H, free) {
  colnames(fit$W) <- rownames(fit$H) <- names_of_refit(H, free)
  fit
}

df_of_refit <- function(fit, known, free, sparse) {
  weights <- if (sparse) sum(fit$W > 0) else sum(fit$run$known$mask %||% length(fit$W))
  full <- count_parameters(fit$model, nrow(fit$W), ncol(fit$H))
  all_weights <- c(length(fit$W), length(fit$W))
  all_components <- c(ncol(fit$H) * (fit$model$rank - 1), (ncol(fit$H) - 1) * fit$model$rank)
  full - all_weights - all_components + weights + (ncol(fit$H) - 1) * free
}

# Backward and forward selection of components, and exchanges of one for another, for all observations at once, as far
# as it comes. Twice the log-likelihood is the deviance in units of sigma2.
keep_needed <- function(fit, data, add, drop, settings) {
  active <- fit$W > 1e-6 * rowSums(fit$W)
  unit <- max(fit$sigma2, .Machine$double.xmin)
  most <- c(drop = drop, add = -add, exchange = -exchange_gains)  # how much it may cost
  early <- NULL
  current <- unless_interrupted(project_on(active, fit, data))
  if (is.null(current)) return(ended_early(fit, "interrupted"))
  per_observation <- function() paste(number_text(round(mean(rowSums(active)), 1), nsmall = 1), "components in each")
  progress <- new_progress(settings$verbose, format(fit$model), rep(1, nrow(active)), "observations")
  # Observations for which a change of this kind may be worth it: those that have changed since it was tried.
  open <- lapply(most, function(kind) rep(TRUE, nrow(active)))
  for (turn in seq_len(2 * ncol(active))) {
    for (kind in names(open)) while (is.null(early) && any(open[[kind]])) {
      tried <- open[[kind]]
      candidate <- unless_interrupted(best_change(active, current, fit, data, kind, tried))
      early <- if (is.null(candidate)) "interrupted" else early_end(settings)
      if (!is.null(early)) break
      better <- tried & is.finite(candidate$deviance) & (candidate$deviance - current$deviance) / unit <= most[[kind]]
      open <- lapply(open, `|`, better)
      open[[kind]][tried & !better] <- FALSE
      active[better, ] <- candidate$active[better, ]
      current$W[better, ] <- candidate$W[better, ]
      current$deviance[better] <- candidate$deviance[better]
      tell(progress, sum(!Reduce(`|`, open)), per_observation())
    }
    if (!any(unlist(open)) || !is.null(early)) break
  }
  if (!is.null(early)) fit <- ended_early(fit, early)
  fit$W[] <- current$W * active
  fit$objective <- sum(current$deviance) / 2
  fit$deviance <- sum(current$deviance)
  fit$exact <- FALSE
  add_likelihood(fit, data, list(control = fit$control, threads = default_threads()))
}

# What an exchange gains at least, so that there is an end to them.
exchange_gains <- 0.01

# For each observation that is tried the change of this kind that costs least, of those that promise most: the
# components that are in after it, their weights and the deviance.
best_change <- function(active, current, fit, data, kind, tried, most = 3) {
  best <- list(active = active, W = current$W, deviance = rep(Inf, nrow(active)))
  if (kind != "exchange") return(best_of_changes(best, active, current$W, fit, data, kind, which(tried), most))
  several <- tried & rowSums(active) > 1
  leaving <- promising_changes(active, current$W, fit, data, "drop", which(several), most)
  for (choice in seq_len(most)) {
    rows <- which(!is.na(leaving[, choice]))
    if (!length(rows)) next
    without <- active
    without[cbind(rows, leaving[rows, choice])] <- FALSE
    W <- current$W
    W[rows, ] <- project_on(without[rows, , drop = FALSE], fit, data, rows)$W
    best <- best_of_changes(best, without, W, fit, data, "add", rows, most)
  }
  best
}

best_of_changes <- function(best, active, W, fit, data, kind, rows, most) {
  if (kind == "drop") rows <- rows[rowSums(active[rows, , drop = FALSE]) > 1]
  promising <- promising_changes(active, W, fit, data, kind, rows, most)
  for (choice in seq_len(ncol(promising))) {
    rows <- which(!is.na(promising[, choice]))
    if (!length(rows)) next
    changed <- active[rows, , drop = FALSE]
    changed[cbind(seq_along(rows), promising[rows, choice])] <- kind == "add"
    one <- project_on(changed, fit, data, rows)
    less <- one$deviance < best$deviance[rows]
    best$active[rows[less], ] <- changed[less, ]
    best$W[rows[less], ] <- one$W[less, ]
    best$deviance[rows[less]] <- one$deviance[less]
  }
  best
}

# Which changes cost least by the quadratic model at the present weights, in ascending order. With the information A of
# the weights that are in, twice the log-likelihood falls by w_k^2 / (A^-1)_kk when k is left out, and rises by
# g_k^2 / (A_kk - A_k. A^-1 A_.k) when k is taken in, g being the score.
promising_changes <- function(active, W, fit, data, direction, rows, most) {
  H <- fit$H
  chosen <- matrix(NA_integer_, nrow(active), most)
  for (i in rows) {
    own <- data[i, ]
    offset <- as.vector(own$offset %||% 1)
    mu <- pmax(drop(W[i, ] %*% H) * offset, 1e-9)
    u <- as.vector(dense_weights(own) %||% 1) * offset / family_at(fit, i)$variance(mu, 1)
    inside <- which(active[i, ])
    others <- which(!active[i, ] & (fit$run$known$mask[i, ] %||% TRUE))
    information <- function(a, b) (H[a, , drop = FALSE] * rep(u * offset, each = length(a))) %*% t(H[b, , drop = FALSE])
    A <- information(inside, inside)
    inverse <- generalised_inverse(A)
    if (direction == "drop") {
      cost <- W[i, inside]^2 / pmax(diag(inverse), .Machine$double.xmin)
      order <- inside[order(cost)]
    } else {
      score <- drop(H[others, , drop = FALSE] %*% (u * (as.vector(as.matrix(own$values)) - mu)))
      joint <- information(others, inside)
      left <- rowSums(H[others, , drop = FALSE]^2 * rep(u * offset, each = length(others))) -
        rowSums((joint %*% inverse) * joint)
      gain <- ifelse(score > 0 & left > 0, score^2 / left, 0)
      order <- others[order(-gain)][sort(-gain) < 0]
    }
    chosen[i, seq_len(min(most, length(order)))] <- utils::head(order, most)
  }
  chosen
}

generalised_inverse <- function(x) {
  if (!length(x)) return(x)
  parts <- eigen(x, symmetric = TRUE)
  kept <- parts$values > 1e-10 * max(parts$values, 0)
  vectors <- parts$vectors[, kept, drop = FALSE]
  vectors %*% (t(vectors) / parts$values[kept])
}

# Weights on the active components alone, and the deviance of each observation.
project_on <- function(active, fit, data, rows = seq_len(nrow(data))) {
  data <- data[rows, ]
  start <- active * Matrix::rowSums(data$values) / pmax(rowSums(active), 1)
  W <- project_rows(data, family_at(fit, rows), fit$H, start, (!active) + 0, 1000L, 1e-6, 1e-8)$W
  v <- as.vector(as.matrix(data$values))
  family <- family_at(fit, rep(rows, ncol(data)))
  d <- half_deviance_cpp(v, as.vector(W %*% fit$H * (data$offset %||% 1)), core_family(family, length(v)))
  if (!is.null(data$weights)) d <- d * as.vector(dense_weights(data))
  list(W = W, deviance = 2 * rowSums(matrix(d, length(rows))))
}
