#' Components that many runs agree on
#'
#' For those who want components that do not depend on a start or on a few observations.
#'
#' Fits the same model many times, each time from another random start, or also to resampled data, matches the
#' components of all runs, measures how well they agree, and refits the weights with the median components.
#'
#' 1. Run r begins at random factors that depend on (`seed`, r) alone and is polished like any fit of [nmf()]. With
#'    `type = "bootstrap"` its data are resampled first. Counts under Poisson or Negative Binomial noise are drawn
#'    anew within each observation, from the multinomial distribution with its total \eqn{t_i} and the probabilities
#'    \eqn{v_{ij} / t_i}. All other data (and totals of 2^31 and more) are simulated from a fit of the model to `V`;
#'    what Normal noise takes below zero is zero. A Tweedie power or Negative Binomial `alpha` that the model leaves
#'    open is estimated once, by such a fit, and is the same in all runs.
#' 2. The K components of each run are put into K groups, one into each, such that the sum of their cosine similarities
#'    with the centres \eqn{c_k} of the groups is as large as possible (the assignment problem, see
#'    [match_components()]). A centre is the sum of its group's components, each of length 1. Assignment and centres
#'    alternate, beginning with the components of the run with the lowest objective, until nothing moves; neither lowers
#'    the total similarity.
#' 3. With cosine distances \eqn{1 - \cos(h, g)}, the silhouette of a component (Rousseeuw 1987) is
#'    \deqn{s = (b - a) / \max(a, b),} where a is its mean distance to the others of its group, and b the least of its
#'    mean distances to another group: near 1 when groups are tight and far apart, below 0 when the component is nearer
#'    to another group. All components count, outliers too.
#' 4. A component is an outlier when its mean cosine distance to the nearest 30% of the others in its group is above
#'    `outliers` (after Kotliar et al. 2019, whose Euclidean threshold of 0.5 between components of length 1 is a cosine
#'    distance of 0.125).
#' 5. The consensus is the median of each group without its outliers, entry by entry, scaled to sum to 1. Where all K
#'    medians of a feature are less than half its share of the data, which they then cannot explain, means take their
#'    place; and its share, where these are zero.
#' 6. The weights are fitted to `V` with these components held fixed. A convex model is refitted as the traditional one
#'    of the same family, for a median of components \eqn{E'V} is in general no such product itself.
#' 7. In the consensus matrix of the observations, \eqn{C_{ij}} is the share of the runs in which observations i and j
#'    have their largest weight in the same component. The cophenetic correlation coefficient (Brunet et al. 2004)
#'    is the correlation of \eqn{1 - C} with the heights at which average linkage joins the observations: 1 when all
#'    runs make the same groups. Observations that are all zero are left out.
#'
#' When the package future.apply is installed and a `future::plan()` of several workers is set, the runs are done by
#' them. Neither this nor the order of the runs changes a number.
#'
#' @param n_runs Number of runs R, at least 2.
#' @param type `"starts"`: all runs fit `V` itself, and agreement means that the optimum is found again.
#'   `"bootstrap"`: each run fits data of its own, and agreement means that components would be found again in similar
#'   data.
#' @param outliers Largest mean cosine distance to the nearest components of the group for a component to have a part in
#'   the consensus; at least 0. `Inf` keeps all.
#' @param ... Further arguments of [nmf()]: `n_starts` (of each run, of which the best is polished; here 1), `solver`,
#'   `max_iter`, `tol`, `time_limit` (of each run), `control`. Starts of the runs are of the kind
#'   `"random"`, whatever `control` says, for the others differ too little to tell stable components from unstable ones.
#' @inheritParams nmf
#' @return `find_consensus()`: a list of class `nmf_consensus`. R is the number of runs that could be used, which
#'   are all but those that failed or were interrupted.
#' \describe{
#'   \item{`fit`}{an `nmf_fit` with the consensus components as `H`, see [nmf()]; components by total weight.}
#'   \item{`table`}{data frame with a row for each `component`: `silhouette`, the mean over runs, and
#'     `silhouette_min`, both from -1 to 1 (`NA` for one component); `cosine`, the mean cosine similarity of the runs'
#'     components with the consensus; `kept`, the number of runs that are no outliers; `share` of the total weight.}
#'   \item{`components`}{K x M x R array, the matched components of the runs, each with sum 1; the third margin is named
#'     by the number of the run.}
#'   \item{`silhouettes`, `outlier`}{K x R matrices: the silhouette of each component, and whether it is an outlier.}
#'   \item{`objectives`}{objective of each run (half the deviance, of its own data); `NA` for one that was not used.}
#'   \item{`cophenetic`}{cophenetic correlation coefficient; `NA`, with the attribute `reason`, for more than 3000
#'     observations or when all of them are in one group.}
#'   \item{`runs`}{data frame with the `run`, its `seed`, `status` (see [nmf()]; or the error, or `"not run"` after an
#'     interrupt), `objective` and `iterations`.}
#'   \item{`model`, `type`, `outliers`, `seed`, `call`}{the [nmf_model()] of the runs, and what is needed to repeat
#'     them.}
#' }
#' @section Errors and warnings: `nmf_error_argument` and the errors of [nmf()], before any run; the error of the first
#'   run that failed, when fewer than two can be used. `nmf_warning_not_converged` when runs have not converged, failed
#'   or were interrupted, or when the refit has not converged; `nmf_warning_unstable` when a component is an outlier in
#'   all runs, and its median is then taken of all of them; `nmf_warning_not_counts` as in [nmf()].
#' @references
#' Brunet, Tamayo, Golub and Mesirov (2004), Metagenes and molecular pattern discovery using matrix factorization, PNAS
#' 101, 4164-4169, \doi{10.1073/pnas.0308531101}.
#'
#' Kotliar et al. (2019), Identifying gene expression programs of cell-type identity and cellular activity with
#' single-cell RNA-Seq, eLife 8, e43803, \doi{10.7554/eLife.43803}.
#'
#' Rousseeuw (1987), Silhouettes: a graphical aid to the interpretation and validation of cluster analysis, Journal of
#' Computational and Applied Mathematics 20, 53-65, \doi{10.1016/0377-0427(87)90125-7}.
#' @seealso [autoplot.nmf_consensus()] for pictures, [match_components()] to compare the components with known ones.
#' @examples
#' consensus <- find_consensus(brca21, "T/Po/3", n_runs = 10, seed = 1)
#' consensus
#' consensus$fit
#' dim(consensus$components)
#' @export
find_consensus <- function(V, model, rank = NULL, n_runs = 30, type = c("starts", "bootstrap"), outliers = 0.1, ...,
                           obs = c("rows", "columns"), cell_weights = NULL, offset = NULL, threads = NULL,
                           verbose = NULL, seed = NULL) {
  check_call()
  began <- now()
  call <- match.call()
  problem <- prepare(V, nmf_model(model, rank = rank), obs, cell_weights, offset)
  n_runs <- check_number(n_runs, "n_runs", 2, whole = TRUE)
  type <- check_choice(type, c("starts", "bootstrap"), "type")
  outliers <- check_number(outliers, "outliers", 0)
  settings <- settings_from(..., threads = threads, verbose = verbose, seed = seed,
                            models = list(problem$model))
  n_starts <- if ("n_starts" %in% names(list(...))) settings$n_starts else 1L
  keep_going({
    costs <- c(base = if (needs_base(problem, type)) 3, runs = n_runs, refit = 1)   # in runs
    expect_steps(costs)
    begin_step(1)
    task <- prepare_runs(problem, type, settings, n_starts)
    begin_step(length(costs) - 1)
    runs <- do_runs(n_runs, task, settings$verbose)
    warn_runs(runs)
    begin_step(length(costs))
    consensus <- consensus_of(runs, with_model(problem, task$problem$model), settings, outliers)
  })
  consensus$fit <- complete_fit(consensus$fit, problem, settings, call, began, "find_consensus",
                                list(n_runs = n_runs, type = type, outliers = outliers))
  consensus <- c(consensus, list(runs = run_facts(runs), model = task$problem$model, type = type, outliers = outliers,
                                 seed = settings$seed, call = call))
  structure(consensus, class = "nmf_consensus")
}

# Whether a fit to all data comes first.
needs_base <- function(problem, type) {
  is_open(problem$model$family) || (type == "bootstrap" && !can_draw_counts(problem))
}

# What every run needs: a problem without open parameters, how to resample, and settings for a run of its own.
# `base`, a fit of the model to all data, is made where it is needed and not given.
prepare_runs <- function(problem, type, settings, n_starts, base = NULL) {
  limit <- settings$deadline - now()
  model <- problem$model
  how <- if (type == "starts") "none" else if (can_draw_counts(problem)) "multinomial" else "simulation"
  if (is_open(model$family) || how == "simulation") {
    if (is.null(base)) base <- fit_any(problem, settings)
    if (base$status == "interrupted") stop_undone()
    problem$model <- base$model
  }
  settings$n_starts <- n_starts
  settings$control$starts <- "random"
  settings$verbose <- FALSE
  problem <- complete_data(problem, settings)
  if (isTRUE(problem$interrupted)) stop_undone()
  list(problem = problem, base = if (how == "simulation") unheld(base), how = how,
       settings = settings, limit = limit)
}

can_draw_counts <- function(problem) {
  facts <- measured(problem$data)$facts
  problem$model$family$discrete && has_counts(problem$data) &&
    max(facts$row_totals) * facts$unit <= .Machine$integer.max
}

# All runs. What fails is noted, and stops no other run.
do_runs <- function(n_runs, task, verbose) {
  runs <- stats::setNames(lapply(seq_len(n_runs), function(r) list(run = r)), seq_len(n_runs))
  done <- run_tasks(runs, function(run) one_run(run$run, task), verbose = verbose,
                    label = paste("runs of", format(task$problem$model)))
  noted_runs(runs, done, task$settings$seed)
}

# What came of each run: its value, or its error, or that it was not run.
noted_runs <- function(runs, done, seed) {
  unname(Map(function(run, result) {
    if (is.list(result) && !inherits(result, "error")) return(result)
    facts <- list(run = run$run, seed = seed_of_start(seed, run$run))
    if (is.null(result)) return(c(facts, list(status = "not run")))
    c(facts, list(status = paste("error:", conditionMessage(result)), error = result))
  }, runs, done))
}

# Run r: a random start, polished.
one_run <- function(r, task) {
  settings <- task$settings
  settings$seed <- seed_of_start(settings$seed, r)
  settings$deadline <- now() + task$limit                # the clock of this process
  problem <- task$problem
  problem$data <- measured(resampled(task, settings$seed))
  run <- best_of_starts(problem, settings)
  run <- advance(run, problem, solver_for(problem$model, settings), Inf, settings)
  if (run$status == "interrupted") stop_undone()
  c(list(run = r, seed = settings$seed), summary_of_run(run))
}

# Components that sum to 1, and the component in which each observation has its largest weight.
summary_of_run <- function(run) {
  factors <- order_components(run$raw[c("W", "H")])
  list(status = run$status, objective = run$objective, iterations = last(run$trace$iteration), H = factors$H,
       largest = max.col(factors$W, "first"))
}

resampled <- function(task, seed) {
  data <- task$problem$data
  switch(task$how, none = data, multinomial = with_seed(seed, draw_counts(data)),
         simulation = with_seed(seed, draw_from(task$base, data)))
}

is_usable <- function(runs) vapply(runs, function(run) !is.null(run$H) && run$status != "interrupted", NA)

warn_runs <- function(runs) {
  status <- vapply(runs, function(run) run$status, "")
  bad <- status != "converged"
  if (!any(bad)) return(invisible())
  warn("not_converged", sum(bad), " of ", length(runs), " runs did not converge (", count_words(status[bad]), ").")
}

# "3 max_iter, 1 interrupted"
count_words <- function(words) {
  counts <- table(factor(words, unique(words)))
  paste(counts, names(counts), collapse = ", ")
}

run_facts <- function(runs) {
  of <- function(name, none) vapply(runs, function(run) run[[name]] %||% none, none)
  data.frame(run = of("run", 0L), seed = of("seed", 0L), status = of("status", ""),
             objective = objectives_of(runs), iterations = as.integer(of("iterations", NA_real_)))
}

objectives_of <- function(runs) {
  ifelse(is_usable(runs), vapply(runs, function(run) run$objective %||% NA_real_, 0), NA_real_)
}

# From the runs to the consensus: groups, their agreement, medians and the refit.
consensus_of <- function(runs, problem, settings, outliers) {
  data <- problem$data
  usable <- runs[is_usable(runs)]
  if (length(usable) < 2) refuse_runs(runs)
  components <- matched_components(lapply(usable, function(run) run$H), objectives_of(usable))
  outlier <- are_outliers(components, outliers)
  used <- !outlier
  used[rowSums(used) == 0, ] <- TRUE
  H <- fill_gaps(group_centre(components, used, row_medians), group_centre(components, used, rowMeans), data$values)
  W <- project_rows(data, problem$model$family, H, max_iter = max(1L, settings$max_iter), tol = settings$tol)$W
  order <- order(colSums(W), decreasing = TRUE)          # components by total weight
  fit <- refit_weights(W[, order, drop = FALSE], H[order, , drop = FALSE], problem, settings)
  run_names <- vapply(usable, function(run) as.character(run$run), "")
  components <- components[order, , , drop = FALSE]
  dimnames(components) <- list(rownames(fit$H), colnames(data), run_names)
  outlier <- outlier[order, , drop = FALSE]
  dimnames(outlier) <- list(rownames(fit$H), run_names)
  silhouettes <- silhouette_widths(components)
  list(fit = fit, table = stability_table(fit, components, silhouettes, outlier), components = components,
       silhouettes = silhouettes, outlier = outlier, objectives = objectives_of(runs),
       cophenetic = cophenetic_correlation(lapply(usable, function(run) run$largest), Matrix::rowSums(data$values) > 0))
}

refuse_runs <- function(runs) {
  errors <- Filter(Negate(is.null), lapply(runs, function(run) run$error))
  if (length(errors)) stop(errors[[1]])
  stop_undone()
}

stability_table <- function(fit, components, silhouettes, outlier) {
  table <- data.frame(
    component = rownames(fit$H), silhouette = rowMeans(silhouettes), silhouette_min = apply(silhouettes, 1, min),
    cosine = rowMeans(cosines_with(components, fit$H)), kept = as.integer(ncol(outlier) - rowSums(outlier)),
    share = colSums(fit$W) / sum(fit$W), row.names = NULL
  )
  lost <- table$component[table$kept == 0]
  if (length(lost)) {
    warn("unstable", "All runs of ", paste(lost, collapse = ", "), " are outliers: the runs do not agree on ",
         if (length(lost) == 1) "it" else "them", ", and the median is taken of all.")
  }
  table
}

# K x R cosine similarities of matched components with their consensus.
cosines_with <- function(components, H) {
  slices <- seq_len(dim(components)[3])
  unit <- unit_rows(H)
  matrix(vapply(slices, function(r) rowSums(unit_rows(slice(components, r)) * unit), numeric(nrow(H))), nrow(H))
}

slice <- function(components, r) matrix(components[, , r], nrow(components))

# Components of the runs in the order of balanced groups, K x M x R. The sum of the cosines between components and
# centres is raised by both steps, as in spherical k-means, so the rounds end.
matched_components <- function(components, objectives) {
  units <- lapply(components, unit_rows)
  centres <- units[[which.min(objectives)]]
  order <- NULL
  for (round in 1:100) {
    moved <- lapply(units, function(unit) as.integer(clue::solve_LSAP(tcrossprod(centres, unit), maximum = TRUE)))
    if (identical(moved, order)) break
    order <- moved
    centres <- unit_rows(Reduce(`+`, Map(function(unit, o) unit[o, , drop = FALSE], units, order)))
  }
  ordered <- unlist(Map(function(H, o) as.vector(H[o, ]), components, order), use.names = FALSE)
  array(ordered, c(dim(components[[1]]), length(components)))
}

# Silhouette of each component, K x R, by cosine distance (Rousseeuw 1987): s = (b - a) / max(a, b), and 0 when a = b.
# The mean cosine with a group is that with its sum, so no matrix of all distances is needed.
silhouette_widths <- function(components) {
  K <- dim(components)[1]
  R <- dim(components)[3]
  silhouettes <- matrix(NA_real_, K, R, dimnames = dimnames(components)[c(1, 3)])
  if (K == 1) return(silhouettes)
  units <- lapply(seq_len(R), function(r) unit_rows(slice(components, r)))
  sums <- Reduce(`+`, units)
  for (r in seq_len(R)) {
    cosine <- tcrossprod(units[[r]], sums)
    own <- pmax(1 - (diag(cosine) - rowSums(units[[r]]^2)) / (R - 1), 0)
    diag(cosine) <- -Inf
    other <- 1 - apply(cosine, 1, max) / R
    silhouettes[, r] <- ifelse(own == other, 0, (other - own) / pmax(own, other))
  }
  silhouettes
}

# Mean cosine distance to the nearest 30% of the other components in the group (Kotliar et al. 2019) above the
# threshold; K x R.
are_outliers <- function(components, threshold) {
  R <- dim(components)[3]
  nearest <- seq_len(max(1, floor(0.3 * R)))
  distant <- function(k) {
    distance <- 1 - tcrossprod(unit_rows(t(matrix(components[k, , ], ncol = R))))
    diag(distance) <- Inf                                # no neighbour of itself
    apply(distance, 1, function(d) mean(sort(d)[nearest])) > threshold
  }
  t(vapply(seq_len(dim(components)[1]), distant, logical(R)))
}

# One centre for each group, K x M with rows that sum to 1, of the components in use.
group_centre <- function(components, used, centre) {
  of_group <- function(k) centre(matrix(components[k, , used[k, ]], dim(components)[2]))
  H <- matrix(vapply(seq_len(nrow(used)), of_group, numeric(dim(components)[2])), nrow(used), byrow = TRUE)
  sum_to_one(H)
}

sum_to_one <- function(H) H / pmax(rowSums(H), .Machine$double.xmin)

# The middle of each row, which is sorted by one call for all.
row_medians <- function(x) {
  n <- ncol(x)
  sorted <- matrix(x[order(row(x), x)], ncol = n, byrow = TRUE)
  (sorted[, (n + 1) %/% 2] + sorted[, n %/% 2 + 1]) / 2
}

# Where the component of a rare feature differs between the runs, all its medians may be zero or nearly so, which makes
# the data impossible: a mean of K components can only be its share of the data if one of them is that large or larger.
# Means over the runs take their place, and that of a component whose medians are all zero.
fill_gaps <- function(medians, means, X) {
  share <- Matrix::colSums(X) / sum(X)
  empty <- rowSums(medians) == 0
  medians[empty, ] <- means[empty, ]
  gap <- apply(medians, 2, max) < share / 2
  medians[, gap] <- means[, gap]
  unseen <- colSums(medians) == 0 & share > 0            # in no resampled data
  medians[, unseen] <- rep(share[unseen], each = nrow(medians))
  sum_to_one(medians)
}

# nmf(fixed = list(H = TRUE)) of the traditional model.
refit_weights <- function(W, H, problem, settings) {
  problem$model <- new_model("traditional", problem$model$family, problem$model$rank)
  problem$known <- list(fixed = list(W * 0, H * 0 + 1))
  fit_model(problem, settings, list(W = W, second = H))
}

# Correlation of the distances 1 - C between observations with those of their tree (Brunet et al. 2004).
cophenetic_correlation <- function(largest, occupied) {
  most <- 3000
  if (sum(occupied) > most) return(no_number("more than ", most, " observations"))
  members <- lapply(largest, function(group) outer(group[occupied], unique(group[occupied]), "==") + 0)
  shared <- tcrossprod(do.call(cbind, members)) / length(largest)
  if (all(shared == 1)) return(no_number("all observations are in one group"))
  distance <- stats::as.dist(1 - shared)
  tree <- stats::cophenetic(stats::hclust(distance, "average"))
  apart <- length(distance) > 1 && stats::sd(distance) > 0 && stats::sd(tree) > 0
  if (!apart) return(no_number("all observations are equally far apart"))
  stats::cor(distance, tree)
}

no_number <- function(...) structure(NA_real_, reason = paste0(...))

#' @export
print.nmf_consensus <- function(x, digits = 3, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  R <- dim(x$components)[3]
  how <- if (x$type == "starts") "random starts" else "resampled data"
  cat("Consensus of ", R, " runs of ", format(x$model), " from ", how, "\n", sep = "")
  if (R < nrow(x$runs)) cat("  not used     ", nrow(x$runs) - R, " runs that failed or were interrupted\n", sep = "")
  cat("  objectives   ", paste(format(range(x$objectives, na.rm = TRUE), digits = 7, trim = TRUE), collapse = " to "),
      ", of the refit ", format(x$fit$objective, digits = 7), "\n", sep = "")
  reason <- attr(x$cophenetic, "reason")
  cat("  cophenetic   ", if (is.null(reason)) format(c(x$cophenetic), digits = digits) else paste0("NA: ", reason),
      "\n\n", sep = "")
  shown <- x$table
  for (column in c("silhouette", "silhouette_min", "cosine")) {
    shown[[column]] <- formatC(shown[[column]], format = "f", digits = digits)
  }
  shown$share <- paste0(round(100 * shown$share), "%")
  print(shown, row.names = FALSE, ...)
  invisible(x)
}
