#' Compare models on random splits
#'
#' For those who compare NMF with autoencoders, or a solver with another, on observations that were left out.
#'
#' Fits several models, each by one or several solvers, to the same random parts of the observations, and compares how
#' well they reconstruct these and the observations left out, how consistent their components are over the splits, and
#' how near they come to known ones.
#'
#' In split s a random part of the observations, a share `train` of all, is fitted. With the components \eqn{H} of this
#' fit, its means are \eqn{\mu_i = w_i H}; those of an observation that was left out are \eqn{\hat w_i H} with
#' \deqn{\hat w_i = \arg\min_{w \ge 0} \sum_j d(v_{ij}; (w H)_j),} see [predict.nmf_fit()]. For both parts T:
#'
#' * `deviance`, \eqn{\sum_{i \in T} \sum_j d(v_{ij}; \mu_{ij}) / (|T| M)}, by the noise of the model, so that it
#'   compares models of the same noise;
#' * `rmse`, \eqn{(\sum_{i \in T} \sum_j (v_{ij} - \mu_{ij})^2 / (|T| M))^{1/2}}, in the unit of the data;
#' * `cosine`, the mean of the cosine similarities of \eqn{v_i} and \eqn{\mu_i}.
#'
#' The `consistency` of two splits is the mean cosine similarity of their components, matched one to one such that it is
#' as large as possible, see [match_components()]; `match` is the same for a split and `reference`. Features that are
#' zero in all observations of a training part are left out there.
#'
#' Convex NMF is an autoencoder: linear, with non-negative weights and without bias (Egendal et al. 2025). So models
#' `"T/..."` and `"C/..."` of the same noise and rank compare NMF with autoencoders.
#'
#' @param V Data, N x M, as in [nmf()], without missing cells. Means are made dense.
#' @param models A list or vector of notations or [nmf_model()]s; those without a rank get `rank`. `NULL` takes
#'   `all_models(rank)`.
#' @param rank Number of components K for models that do not fix it.
#' @param n_splits Number of random splits, at least 2.
#' @param train Share of the observations that is fitted, between 0 and 1: at least K, and not all.
#' @param solvers One or more solvers, as in [compare_models()]. A model is fitted by each that is for it.
#' @param reference Known components to match with, such as [pcawg_signatures], or `NULL`.
#' @param ... Further arguments of [nmf()]: `n_starts`, `max_iter`, `tol`, `time_limit` (for each fit), `control`.
#' @param seed A whole number that makes the result repeatable and leaves R's random number generator alone. `NULL`
#'   draws one from it. Splits and starts depend on it and on the number of the split alone, and are the same for all
#'   models.
#' @inheritParams nmf
#' @inheritParams nmf_arguments
#' @return A list of class `nmf_splits`.
#' \describe{
#'   \item{`table`}{data frame with a row for each `model` and `solver`, its `structure`, `family` and `rank`, and the
#'     means over splits of `deviance_in`, `deviance_out`, `rmse_in`, `rmse_out`, `cosine_in`, `cosine_out`, `match`
#'     (`NA` without `reference`) and `seconds`, that over pairs of splits of `consistency`, and the share of the fits
#'     that `converged`. `NA` where nothing was fitted.}
#'   \item{`scores`}{data frame with these numbers for each `model`, `solver` and `split`.}
#'   \item{`pairs`}{data frame with the `consistency` of each two splits, `split` and `other`.}
#'   \item{`components`}{for each model and solver the list of the components of its splits, K x M each, named by
#'     split.}
#'   \item{`left_out`}{list with the numbers of the observations that each split left out.}
#'   \item{`failures`}{data frame of the fits that failed: `model`, `rank`, `split`, `message`, `solver`.}
#'   \item{`status`, `train`, `seed`, `call`}{`"done"` or `"interrupted"`, and what is needed to repeat it.}
#' }
#' `autoplot()`: a ggplot object, with a panel for each criterion: means over splits, ranges, and each split (or pair
#' of splits) as a small point. Reconstruction is shown by the deviance when all models have the same noise, and by the
#' root mean squared error otherwise.
#' @section Errors and warnings: those of [nmf()] for invalid data, models or settings, before any fit;
#'   `nmf_error_argument` also when no model is for any solver, and for a checkpoint of other work. The error of the
#'   first fit when all of them failed. `nmf_warning_not_converged` when fits failed or were interrupted.
#' @references
#' Egendal et al. (2025), On the relation between linear autoencoders and non-negative matrix factorization for
#' mutational signature extraction, Journal of Computational Biology 32, 461-472, \doi{10.1089/cmb.2024.0784}.
#' @seealso [compare_models()] for models fitted to all data, [select_rank()] to choose the rank.
#' @examples
#' splits <- compare_splits(brca21, c("T/Po", "C/Po"), rank = 3, n_splits = 4, n_starts = 3,
#'                          reference = pcawg_signatures, seed = 1)
#' splits
#' autoplot(splits)
#' @export
compare_splits <- function(V, models = NULL, rank = NULL, n_splits = 10, train = 0.8, solvers = "auto",
                           reference = NULL, ..., obs = c("rows", "columns"), cell_weights = NULL, offset = NULL,
                           checkpoint = NULL, threads = NULL, verbose = NULL, seed = NULL) {
  check_call()
  call <- match.call()
  n_splits <- check_number(n_splits, "n_splits", 2, 1e6, whole = TRUE)
  models <- if (is.null(models)) all_models(rank) else as_models(models, rank)
  check_once(models, "models")
  problems <- prepare_all(V, models, obs, cell_weights, offset)
  data <- problems[[1]]$data
  n_train <- check_train(train, nrow(data), max(vapply(models, function(model) model$rank, 0)))
  if (!is.null(reference)) {
    reference <- align_columns(components_of(reference, "reference"), data, "reference", "the data")
  }
  solvers <- check_solvers(solvers)
  check_repeatable(seed, checkpoint)
  settings <- settings_from(solver = solvers[[1]], ..., threads = threads, verbose = verbose, seed = seed %||% 1)
  for (model in models) check_start_kinds(model, settings)
  tasks <- model_split_tasks(models, solvers, n_splits, settings)
  settings$seed <- check_seed(seed)
  plan <- c(list(data = data, models = models, solvers = solvers, n_train = n_train,
                 starts = c(split = settings$n_starts)),
            plan_of_tasks(settings, threads))
  identity <- list(data = unclass(data), model = lapply(models, facts_of_model), train = n_train, seed = plan$seed,
                   settings = plan$settings[c("n_starts", "max_iter", "tol", "control")])
  keep_going({
    values <- run_tasks(tasks, work_on(work_split, plan), checkpoint, plan$verbose, "splits", identity)
    new_splits(values, tasks, plan, reference, n_splits, call)
  })
}

# How many of N observations are fitted.
check_train <- function(train, N, largest_rank) {
  train <- check_number(train, "train", 0, 1)
  n <- round(train * N)
  if (n >= N || n < largest_rank) {
    abort("argument", "`train` must leave ", largest_rank, " to ", N - 1, " of the ", N,
          " observations to be fitted, not ", n, " (", format(train), ").")
  }
  n
}

# Each model by each solver that is for it, split after split.
model_split_tasks <- function(models, solvers, n_splits, settings) {
  grid <- expand.grid(solver = names(solvers), model = names(models), split = seq_len(n_splits),
                      stringsAsFactors = FALSE)
  grid$rank <- vapply(models[grid$model], function(model) model$rank, 0L)
  fault <- Map(function(model, solver) {
    settings$solver <- solvers[[solver]]
    tryCatch(check_solver(models[[model]], settings), nmf_error = identity)
  }, grid$model, grid$solver)
  suited <- !vapply(fault, inherits, NA, "error")
  if (!any(suited)) stop(fault[[1]])
  grid <- grid[suited, ]
  tasks <- do.call(Map, c(f = list, grid))
  stats::setNames(tasks, paste(grid$model, grid$solver, "split", grid$split))
}

left_out <- function(split, plan) {
  N <- nrow(plan$data)
  with_seed(seed_of_start(plan$seed, split), sort(sample.int(N, N - plan$n_train)))
}

# A feature that is zero in all training data has a mean of zero under any model and is left out.
work_split <- function(task, plan) {
  began <- now()
  held <- left_out(task$split, plan)
  seen <- features_without(plan$data, held)
  data <- plan$data[-held, seen]
  new <- plan$data[held, seen]
  given <- plan$models[[task$model]]
  plan$settings$solver <- plan$solvers[[task$solver]]
  fit <- fit_task(data, rows_of_model(given, -held), task, plan)
  fit$obs <- "rows"
  family <- family_of_new(fit$model$family, given$family, held)
  mu <- means_of_new(fit, new, family)
  H <- matrix(0, task$rank, ncol(plan$data), dimnames = list(rownames(fit$H), colnames(plan$data)))
  H[, seen] <- fit$H
  list(inside = reconstruction(data, mean_matrix(fit), fit$model$family), outside = reconstruction(new, mu, family),
       H = H, converged = fit$converged, seconds = now() - began)
}

# Mean deviance and root mean squared error per cell that counts, mean cosine per observation that is not zero.
reconstruction <- function(data, mu, family) {
  X <- as.matrix(data$values)
  counts <- as.vector(dense_weights(data) %||% array(1, dim(X)))
  deviances <- 2 * half_deviance_cpp(as.vector(X), as.vector(mu), core_family(family, length(X)))
  X[counts == 0] <- mu[counts == 0] <- 0
  cosine <- rowSums(unit_rows(X) * unit_rows(mu))
  average <- function(x) sum((counts * x)[counts > 0]) / sum(counts)
  occupied <- rowSums(X) > 0
  c(deviance = average(deviances), rmse = sqrt(average(as.vector(X - mu)^2)),
    cosine = if (any(occupied)) mean(cosine[occupied]) else NA)
}

new_splits <- function(values, tasks, plan, reference, n_splits, call) {
  stop_unless_any(values)
  failures <- failures_of(values, tasks)
  failures$solver <- vapply(tasks[vapply(values, inherits, NA, "error")], function(task) task$solver, "")
  stopped <- any(vapply(values, is.null, NA))
  warn_tasks(failures, stopped, length(tasks), "means are over the others")
  by <- vapply(tasks, function(task) paste(task$model, task$solver), "")
  by <- factor(by, unique(by))
  judged <- Map(judge_splits, split(tasks, by), split(values, by), list(plan), list(reference))
  bound <- function(part) do.call(rbind, unname(lapply(judged, `[[`, part)))
  table <- bound("table")
  structure(
    list(table = table, scores = bound("scores"), pairs = bound("pairs"),
         components = stats::setNames(lapply(judged, `[[`, "components"), labels_of_rows(table)),
         left_out = lapply(seq_len(n_splits), left_out, plan), failures = failures,
         status = if (stopped) "interrupted" else "done", n_splits = n_splits, train = plan$n_train / nrow(plan$data),
         seed = plan$seed, call = call),
    class = "nmf_splits"
  )
}

# All splits of one model and solver.
judge_splits <- function(tasks, values, plan, reference) {
  done <- !vapply(values, function(value) is.null(value) || inherits(value, "error"), NA)
  scores <- do.call(rbind, unname(Map(score_row, tasks[done], values[done], list(reference))))
  splits <- vapply(tasks[done], function(task) task$split, 0L)
  components <- stats::setNames(lapply(values[done], function(value) value$H), splits)
  pairs <- consistencies(components)
  model <- plan$models[[tasks[[1]]$model]]
  facts <- data.frame(model = tasks[[1]]$model, words_of(model), rank = model$rank, solver = tasks[[1]]$solver)
  criteria <- c("deviance_in", "deviance_out", "rmse_in", "rmse_out", "cosine_in", "cosine_out", "match", "converged",
                "seconds")
  means <- vapply(criteria, function(name) {
    known <- scores[[name]][!is.na(scores[[name]])]      # without a split of empty observations
    if (length(known)) mean(known) else NA_real_
  }, 0)
  consistency <- if (nrow(pairs)) mean(pairs$consistency) else NA_real_
  list(table = data.frame(facts, as.list(means), consistency), scores = scores, components = components,
       pairs = data.frame(facts[rep(1, nrow(pairs)), c("model", "solver")], pairs, row.names = NULL))
}

score_row <- function(task, value, reference) {
  part <- function(scores, label) as.list(stats::setNames(scores, paste0(names(scores), label)))
  match <- if (is.null(reference)) NA_real_ else matched_cosine(value$H, reference)
  data.frame(task[c("model", "solver", "split", "rank")], part(value$inside, "_in"), part(value$outside, "_out"),
             match = match, seconds = value$seconds, converged = value$converged)
}

# Mean cosine of components that are matched one to one.
matched_cosine <- function(x, y) mean(best_pairs(cosines(x, y), 0)$cosine, na.rm = TRUE)

# Each two splits of a model.
consistencies <- function(components) {
  pair <- which(lower.tri(diag(length(components))), arr.ind = TRUE)
  of_pair <- function(one, other) matched_cosine(components[[one]], components[[other]])
  split <- as.integer(names(components))
  data.frame(split = split[pair[, 2]], other = split[pair[, 1]],
             consistency = as.numeric(mapply(of_pair, pair[, 2], pair[, 1])))
}

#' @export
print.nmf_splits <- function(x, digits = 4, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  n <- length(x$left_out[[1]])
  cat("Models on ", x$n_splits, " random splits, ", n, if (n == 1) " observation" else " observations",
      " left out of each\n\n", sep = "")
  shown <- x$table[names(x$table) != "seconds"]
  shown$structure <- shown$family <- shown$rank <- NULL
  if (length(unique(shown$solver)) < 2) shown$solver <- NULL
  if (all(shown$converged %in% 1)) shown$converged <- NULL
  shown <- shown[vapply(shown, function(column) !all(is.na(column)), NA)]
  for (column in names(shown)[vapply(shown, is.double, NA)]) {
    shown[[column]] <- aligned(shown[[column]], digits)
  }
  print(shown, row.names = FALSE, right = TRUE, ...)
  cat("\nMeans over splits, and over pairs of splits for the consistency of the components.\n")
  if (length(unique(x$table$family)) > 1) cat("Deviances compare models of the same noise only.\n")
  if (x$status != "done") cat("The work was interrupted; the table has what was done.\n")
  failed <- nrow(x$failures)
  if (failed) cat(failed, if (failed == 1) "fit" else "fits", "failed, see `$failures`.\n")
  invisible(x)
}
