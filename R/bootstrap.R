#' Bootstrap of a fit
#'
#' For those who report components or weights, and have to say how sure they are.
#'
#' Draws data sets like those of a fit, fits the same model to each, and so shows how well its components, weights and
#' parameters are known.
#'
#' 1. Data set b depends on (`seed`, b) alone. `"parametric"`: each cell is drawn from the noise of the model about the
#'    fitted mean; what Normal noise takes below zero is zero. `"multinomial"`: the counts of each observation are drawn
#'    anew with its total \eqn{t_i} and the probabilities \eqn{v_{ij} / t_i}, without any model, but with the noise of
#'    the data once more on top of that which is already in them.
#' 2. The fit to it begins at the factors of `fit`, with zeros lifted a little, so that it ends in the optimum that
#'    belongs to them. An `alpha` or power that was estimated in `fit` is estimated again in the same way. What was
#'    held fixed stays fixed.
#' 3. Components that have changed places are put back: the components are matched with those of `fit` such that the
#'    total cosine similarity is as large as possible (see [match_components()]). `runs$cosine` is the smallest
#'    similarity of a pair; where it is low, a component has been lost, and the draws of that component mix different
#'    things.
#'
#' Intervals of level \eqn{1 - 2a} are `"percentile"`, from the a-quantile to the \eqn{(1 - a)}-quantile of the draws,
#' or `"basic"`, \eqn{[2 \hat\theta - q_{1-a}, 2 \hat\theta - q_a]}{from 2 theta - q(1 - a) to 2 theta - q(a)}, cut at
#' zero (Davison and Hinkley 1997, chapter 5). Where the draws lie to one side of a biased estimate, the interval is
#' widened to it: none leaves its estimate out. They allow for the noise alone: not for a wrong noise family, a wrong
#' rank or another optimum. Entries that are zero in `fit` are zero in the simulated truth as well, so intervals of
#' entries near zero are too short. In 20 simulated data sets (`bench/bootstrap.R`: 100 observations, 96 features, K =
#' 5, \eqn{\alpha = 50}), 95% percentile intervals covered 84% of the entries of `H` above 0.005 and of the weights
#' above 1% of their observation, basic ones 82% and 81%, for where factors are not unique the draws stay near the
#' solution of `fit`; those of `alpha` covered it in 19 of the 20 sets.
#'
#' The draws take 8 `n_runs` K (n + M) bytes, n being the number of observations whose weights are kept: 100 draws with
#' 10 components and 20,000 features are 160 Mb, and as much again for each 20,000 observations. With many, ask for some
#' of them (`observations`). A data set drawn for a sparse `V` is dense for as long as it is being drawn. Of data in
#' blocks that do not fit memory (see [nmf_blocks()]) it is drawn block by block into another file beside theirs.
#'
#' When the package future.apply is installed and a `future::plan()` of several workers is set, the data sets are
#' fitted by them; neither this nor the order changes a number.
#'
#' @param n_runs Number of data sets B, at least 2.
#' @param type `"parametric"` or `"multinomial"`, see above; the latter needs counts.
#' @param observations Whose weights to keep: numbers or names of observations; `NULL` all, `integer()` none.
#' @param ... Nothing: an argument that is not known is an error.
#' @inheritParams nmf_arguments
#' @inheritParams nmf
#' @return `bootstrap_fit()`: a list of class `nmf_bootstrap`. B is the number of data sets that could be fitted.
#' \describe{
#'   \item{`fit`}{the fit.}
#'   \item{`table`}{the 95% percentile intervals of the components, as `tidy()` gives them.}
#'   \item{`H`, `W`}{K x M x B and n x K x B arrays of draws, components in the order of `fit`.}
#'   \item{`parameters`}{B-row matrix of the draws of `alpha` (a column for each) or `power`, and of `sigma2` where the
#'     family has one; no column when there is nothing to estimate.}
#'   \item{`runs`}{data frame with `run`, `seed`, `status` (see [nmf()]; or the error, or `"not run"` after an
#'     interrupt), `cosine` and `objective`.}
#'   \item{`observations`, `type`, `seed`}{numbers of the observations in `W`, and what is needed to repeat the draws.}
#' }
#' `confint()`: a matrix with the lower and the upper end in its columns and a row for each entry, named
#' `"component, feature"`, `"observation, component"` or by the parameter. `tidy()`: the same as a data frame with
#' `component` and `feature` or `observation` (or `term`, the name of a parameter), `estimate`, `conf.low` and
#' `conf.high`.
#' @section Errors and warnings: `nmf_error_data` when the data are not found or are not those that were fitted, or are
#'   no counts for `"multinomial"`; `nmf_error_argument`; the error of the first run when fewer than two can be used.
#'   `nmf_warning_not_converged` when runs have not converged, failed or were interrupted.
#' @references
#' Davison and Hinkley (1997), Bootstrap Methods and their Application, Cambridge University Press,
#' \doi{10.1017/CBO9780511802843}.
#'
#' Efron and Tibshirani (1986), Bootstrap methods for standard errors, confidence intervals, and other measures of
#' statistical accuracy, Statistical Science 1, 54-75, \doi{10.1214/ss/1177013815}.
#' @seealso [autoplot.nmf_bootstrap()] for pictures, [find_consensus()] for agreement between random starts.
#' @examples
#' fit <- nmf(brca21, "T/Po/3", seed = 1)
#' draws <- bootstrap_fit(fit, n_runs = 20, seed = 1)
#' draws
#' head(confint(draws))
#' head(tidy(draws, "weights", relative = TRUE))
#' @export
bootstrap_fit <- function(fit, V = NULL, n_runs = 100, type = c("parametric", "multinomial"), observations = NULL, ...,
                          cell_weights = NULL, checkpoint = NULL, threads = NULL, verbose = NULL,
                          seed = NULL) {
  check_call(...)
  check_fit(fit)
  problem <- problem_of(fit, V, cell_weights, blocks = TRUE)
  problem$data <- where_they_fit(problem$data)
  n_runs <- check_number(n_runs, "n_runs", 2, whole = TRUE)
  type <- check_choice(type, c("parametric", "multinomial"), "type")
  if (type == "multinomial" && !can_draw_counts(problem)) {
    abort("data", "`type` \"multinomial\" needs counts under Poisson or Negative Binomial noise, with totals below ",
          "2^31.")
  }
  kept <- if (identical(observations, integer())) observations else
    lines_of(observations, rownames(fit$W), nrow(fit$W), "observations")
  verbose <- check_verbose(verbose)
  task <- list(problem = problem, fit = unheld(fit), type = type, observations = kept,
               settings = settings_of(fit, seed, threads))
  if (in_blocks(problem$data)) task$settings <- settings_in_blocks(fit$model, task$settings)
  tasks <- stats::setNames(lapply(seq_len(n_runs), function(b) list(run = b)), seq_len(n_runs))
  identity <- list(data = identity_of_data(problem$data), fit = unclass(fit)[c("W", "H", "sigma2")],
                   model = facts_of_model(fit$model), type = type, observations = kept, seed = task$settings$seed,
                   settings = unclass(task$settings$control))
  keep_going({
    done <- run_tasks(tasks, work_on(fit_draw, task), checkpoint, verbose, paste("draws of", format(fit$model)),
                      identity)
    runs <- noted_runs(tasks, done, task$settings$seed)
    warn_runs(runs)
    new_bootstrap(runs, task)
  })
}

# Draw b and the fit to it, its components put into the order of the fit.
fit_draw <- function(one, task) {
  fit <- task$fit
  settings <- task$settings
  seed <- seed_of_start(settings$seed, one$run)
  settings$seed <- seed
  problem <- with_model(task$problem, open_again(fit$model))
  problem$data <- with_seed(seed, if (task$type == "parametric") draw_from(fit, problem$data) else
    draw_counts(problem$data))
  drawn <- suppressMessages(fit_any(problem, settings, lifted_start(fit)))
  if (drawn$status == "interrupted") stop_undone()
  similarity <- cosines(fit$H, drawn$H)
  order <- if (is.null(problem$known$fixed)) {
    as.integer(clue::solve_LSAP(pmax(similarity, 0), maximum = TRUE))
  } else {
    seq_len(nrow(fit$H))
  }
  list(run = one$run, seed = seed, status = drawn$status, objective = drawn$objective,
       cosine = min(similarity[cbind(seq_along(order), order)]), H = unname(drawn$H[order, , drop = FALSE]),
       W = unname(drawn$W[task$observations, order, drop = FALSE]), parameters = free_parameters(drawn))
}

# What was held is not lifted.
lifted_start <- function(fit) {
  start <- nudged(fit)
  own <- factors_of(fit)
  for (b in seq_along(start)) {
    held <- fit$run$known$fixed[[b]]
    if (length(held)) start[[b]][held > 0] <- own[[b]][held > 0]
  }
  start
}

# Estimated parameters of the noise, named.
free_parameters <- function(fit) {
  family <- fit$model$family
  value <- if (is_estimated(family)) stats::setNames(parameter_of(family), parameter_names(fit))
  c(value, if (family$has_dispersion) c(sigma2 = fit$sigma2))
}

new_bootstrap <- function(runs, task) {
  usable <- Filter(function(run) !is.null(run$H), runs)
  if (length(usable) < 2) refuse_runs(runs)
  fit <- task$fit
  stack <- function(name, names) {
    values <- lapply(usable, `[[`, name)
    array(unlist(values, use.names = FALSE), c(dim(values[[1]]), length(values)), c(names, list(NULL)))
  }
  facts <- run_facts(runs)
  facts$cosine <- vapply(runs, function(run) run$cosine %||% NA_real_, 0)
  draws <- structure(
    list(fit = hold_data(fit, task$problem$data), H = stack("H", dimnames(fit$H)),
         W = stack("W", dimnames(fit$W[task$observations, , drop = FALSE])),
         parameters = do.call(rbind, lapply(usable, `[[`, "parameters")) %||% matrix(0, length(usable), 0),
         runs = facts[c("run", "seed", "status", "cosine", "objective")], observations = task$observations,
         type = task$type, seed = task$settings$seed),
    class = "nmf_bootstrap"
  )
  draws$table <- bootstrap_table(draws, "components", 0.95, "percentile", FALSE)
  draws
}

#' @rdname bootstrap_fit
#' @param object,x A bootstrap.
#' @param parm,matrix What to give intervals of: `"components"` (`H`), `"weights"` (`W`) or `"parameters"`.
#' @param level Confidence level, above 0 and below 1.
#' @param method `"percentile"` or `"basic"`, see above.
#' @param relative Whether weights are proportions of the total weight of their observation.
#' @param ... Nothing: an argument that is not known is an error.
#' @export
confint.nmf_bootstrap <- function(object, parm = c("components", "weights", "parameters"), level = 0.95,
                                  method = c("percentile", "basic"), relative = FALSE, ...) {
  check_call(...)
  table <- bootstrap_table(object, parm, level, method, relative)
  names <- table[setdiff(names(table), c("estimate", "conf.low", "conf.high"))]
  ends <- as.matrix(table[c("conf.low", "conf.high")])
  structure(ends, dimnames = list(do.call(paste, c(unname(names), sep = ", ")), level_names(level)))
}

#' @rdname bootstrap_fit
#' @export
tidy.nmf_bootstrap <- function(x, matrix = c("components", "weights", "parameters"), level = 0.95,
                               method = c("percentile", "basic"), relative = FALSE, ...) {
  check_call(...)
  broom_table(bootstrap_table(x, matrix, level, method, relative))
}

bootstrap_table <- function(object, what, level, method, relative) {
  what <- check_factor(what, c("components", "weights", "parameters"), "parm")
  check_level(level)
  method <- check_choice(method, c("percentile", "basic"), "method")
  relative <- check_flag(relative, "relative")
  if (relative && what != "weights") abort("argument", "`relative` is for weights, not ", what, ".")
  fit <- object$fit
  if (what == "parameters") {
    estimate <- free_parameters(fit)
    draws <- object$parameters
    return(data.frame(term = names(estimate) %||% character(),
                      intervals_of(draws, as.numeric(estimate), level, method), row.names = NULL))
  }
  if (what == "weights") {
    fit$W <- fit$W[object$observations, , drop = FALSE]
    draws <- object$W
    if (relative) {
      fit$W <- proportions_of(fit$W)
      draws <- sweep(draws, c(1, 3), pmax(apply(draws, c(1, 3), sum), .Machine$double.xmin), "/")
    }
  } else {
    draws <- object$H
  }
  table <- entries_of(fit, what)
  flat <- t(matrix(draws, ncol = dim(draws)[3]))
  cbind(table[names(table) != "value"], intervals_of(flat, table$value, level, method))
}

# Draws in rows. Quantiles are draws themselves (type 1), so that an alpha of Inf is one like others. An interval has
# its estimate in it, which can only raise its coverage.
intervals_of <- function(draws, estimate, level, method) {
  probabilities <- c((1 - level) / 2, (1 + level) / 2)
  ends <- vapply(seq_len(ncol(draws)), function(j) stats::quantile(draws[, j], probabilities, names = FALSE, type = 1),
                 numeric(2))
  if (method == "basic") ends <- pmax(rbind(2 * estimate - ends[2, ], 2 * estimate - ends[1, ]), 0)
  data.frame(estimate = unname(estimate), conf.low = pmin(ends[1, ], estimate), conf.high = pmax(ends[2, ], estimate))
}

# Those that lie to one side of their draws, but for 2.5% of these.
biased_parameters <- function(object) {
  estimate <- free_parameters(object$fit)
  share <- function(beyond) colMeans(beyond(object$parameters, rep(estimate, each = nrow(object$parameters))))
  names(estimate)[pmin(share(`<=`), share(`>=`)) < 0.025]
}

#' @export
print.nmf_bootstrap <- function(x, digits = 3, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  B <- dim(x$H)[3]
  cat("Bootstrap of ", format(x$fit$model), ", ", B, " ", x$type, " draws\n", sep = "")
  if (B < nrow(x$runs)) cat("  not used     ", nrow(x$runs) - B, " runs that failed or were interrupted\n", sep = "")
  cat("  cosine       ", paste(format(range(x$runs$cosine, na.rm = TRUE), digits = digits), collapse = " to "),
      " between the components of a run and of the fit, at the least\n", sep = "")
  if (ncol(x$parameters) > 0 && ncol(x$parameters) <= 3) {
    shown <- bootstrap_table(x, "parameters", 0.95, "percentile", FALSE)
    shown[-1] <- lapply(shown[-1], format, digits = digits + 1)
    names(shown)[3:4] <- level_names(0.95)
    print(shown, row.names = FALSE, ...)
    biased <- biased_parameters(x)
    if (length(biased)) {
      cat(strwrap(paste0("The estimate of ", paste(biased, collapse = ", "), " is an end of its interval: nearly all ",
                         "draws lie to one side of it, for its estimator is biased. `confint(x, \"parameters\", ",
                         "method = \"basic\")` allows for that."), 78), sep = "\n")
    }
  }
  invisible(x)
}
