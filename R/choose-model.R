#' Which model, which rank?
#'
#' For everybody who does not know the noise or the number of components, which is nearly everybody.
#'
#' Fits all candidate structures, noise families and ranks, judges them by BIC and by cells that are held out, tests the
#' noise of the winner, measures how stable its components are, and says in words what the data support and what speaks
#' against it.
#'
#' @section How the choice is made:
#' 1. **BIC.** Every model is fitted at every rank (`n_starts` starts), which gives \eqn{BIC = df \log(N M) - 2 \log L}
#'   with complete log-likelihoods, see [compare_models()], and the two-way BIC, \eqn{-2 \log L + K N \log M + K M \log
#'   N} and \eqn{\log n} for each parameter of the noise. M cells inform a weight, N an entry of a component, and a
#'   criterion that charges \eqn{\log(N M)} for each asks for too few components (Pauler 1998). A convex model is
#'   charged like the traditional one: its components are made of the data and follow their noise, \eqn{M tr(D'E')}
#'   degrees of freedom (Ye 1998), which with the entries of its encoder are nearly as many.
#' 2. **Noise.** Of the families with the same structure and rank, the one goes on that has, in the traditional model
#'   when there is one (for a convex one is made of noisy observations), the least \eqn{-2 \log L_A + q \log n}, q being
#'   its number of noise parameters and n the number of cells that each is
#'   estimated from. The adjusted likelihood \eqn{L_A} (Cox and Reid 1987) allows for the noise that the fitted means
#'   take up, \eqn{\log L_A = \log L + \sum \bar h \log (Var(\mu) / Var_0(\mu_0)) / 2}, with the leverages of
#'   [hatvalues.nmf_fit()], \eqn{\bar h} being the mean of those of the fit and of the Poisson fit of the same structure
#'   and rank, whose variance is \eqn{Var_0}, Pearson's dispersion times the mean; and counts have the probability of
#'   \eqn{v \pm 1/2} under Normal and Tweedie noise. Plain BIC mistakes slight overdispersion for a Tweedie power near
#'   1, and held-out cells favour the wider of two noises, because means are uncertain there. Where data are not
#'   counts, Normal noise gives a zero the probability of no more than zero (Tobin 1958), for a density there does not
#'   compare with the probability that it has under Tweedie noise. Data of more than 1e8 cells have plain likelihoods.
#' 3. **Held-out likelihood.** `n_splits` times a tenth of the cells is held out, and scored by minus its mean
#'   log-likelihood under each model at each rank, with a power, `alpha` or \eqn{\sigma^2} that the other cells give;
#'   all models see the same splits (method `"cells"` of [select_rank()]). Structures race, by the model and rank with
#'   the best noise and the lowest two-way BIC in each: after every second split one that is behind leaves (a race, as
#'   in Maron and Moore 1997), by Wilcoxon's signed-rank test of the differences of the observations at the level of
#'   1e-4 when its mean is not near. The best structure is tried at all ranks, at each with the best noise, and a rank
#'   leaves only when its mean is 4 standard errors above the least; between the others the means over all splits
#'   decide. Other structures are tried at their ranks when their candidate is near at the end. Other models have two
#'   splits at one rank each, to be shown. All standard errors are those of differences, with the observations as units.
#' 4. **Ranks**, unless they are given: 1 to 6 for all models. The best structure, and others that stay near it, go on
#'   by a quarter at a time, with all families, until the best and the one that would be chosen are at least two below
#'   the largest, then with the ranks between its neighbours; up to 40.
#' 5. **Choice**: of all models and ranks with the best noise whose held-out score is at most two standard errors (or
#'   one unit of the log-likelihood of all cells) above the least one, that with the lowest two-way BIC. Held-out
#'   likelihood says how well cells are predicted that had no part in the fit, and decides where it can; two-way BIC
#'   breaks ties, where a convex model has to be 10 below a traditional one (Kass and Raftery 1995). On its own it goes
#'   on to too many components where the noise is none of these families. The `share` of a model and rank is how often
#'   this rule chooses it when the held-out scores of the observations are drawn 200 times with replacement (Efron
#'   1979): what other patients would have told, the fits and BIC being what they are.
#' 6. **One alpha or many**, when `models` is `NULL` and the choice has one: if log-normal alphas of the observations
#'   raise twice the adjusted log-likelihood, integrated over them, by more than the \eqn{\log n} that their spread is
#'   charged, at the rank of the choice, at the next one and at that with the least held-out score, the model with an
#'   alpha for each observation is recommended, at the same rank.
#' 7. **Traditional or convex**, when `models` has both under the noise of a traditional choice of three or more
#'   components, and the convex one has fewer parameters there, as the paper counts them (\eqn{N < M}). A convex model
#'   is fitted to averages of noisy observations and predicts held-out cells less well, whatever the truth is; what it
#'   claims is about means, \eqn{\mu = D'E'\mu}, which holds when some observations, or averages of them, consist of
#'   one component each (Donoho and Stodden 2004). So the fitted means are averaged in place of `V`. The convex model is
#'   recommended when twice the log-likelihood loses at most \eqn{K (K - 1) \log(M) / 2} by it, half of what two-way
#'   BIC charges for the weights that become zero, and noise does not hide what is mixed: with \eqn{s_k} the largest
#'   share of component k in an observation, less two standard errors, \eqn{\prod_k \min(1, N (1 - s_k)^{K - 1})}, about
#'   the probability that shares which are drawn uniformly come as near to 1, must not be above 0.05. With one or two
#'   components the means of both models are the same ones, and the traditional model is named.
#' 8. **Evidence on the winner**, which is fitted again (10 starts, `tol = 1e-6`): [check_model()] for the noise, and
#'   `n_runs` fits to resampled data for the stability of its components, see [find_consensus()].
#'
#' Where most cells are zero, densities do not compare with probabilities (see [compare_models()]), and Normal and
#' Tweedie models are reported but not chosen for counts. Where `V` has cells that are not whole numbers, Poisson and
#' Negative Binomial noise have no likelihood: their models are reported but not chosen, and are not among those that
#' are tried by default. When nothing but one of these families is asked for, held-out deviance (a quasi-likelihood)
#' decides between ranks and structures.
#'
#' @section Warnings of a choice: `$warnings` are statements in words, not R warnings: that several ranks or models
#'   cannot be told apart (a flat profile), that two-way BIC would choose otherwise, that the rank is the largest that
#'   was tried, that components are not stable (mean silhouette of a component below 0.5, or that of all below 0.8),
#'   each statement of [check_model()] that does not hold (wrong noise, wrong variance, zero inflation, observations
#'   that do not fit), a component that is mostly that of one observation, fits that failed, and what is peculiar in
#'   the data: copies of observations, sums that are all the same, cells that are all multiples of a number.
#'
#' @param V Data, N x M, as in [nmf()]; missing cells are allowed.
#' @param models Notations or [nmf_model()]s without a rank. `NULL` takes the eight of [all_models()], as far as they
#'   are for the data.
#' @param ranks Ranks to try: whole numbers from 1 to min(N, M). `NULL` looks for the range, see below.
#' @param n_splits Number of splits of what stays in the race, at least 2.
#' @param n_runs Number of fits to resampled data, at least 2, or 0 for none.
#' @param ... Further arguments of [nmf()]: `n_starts` of each fit (default 3), `tol` and `control` of the fits that
#'   are compared (default `tol = 1e-2`, `rel_tol = 1e-5` and `alpha_tol = 5e-2`: scores and BIC need no more
#'   digits), `solver`, `max_iter`,
#'   `time_limit` (of each fit), `control`.
#' @inheritParams nmf
#' @inheritParams nmf_arguments
#' @return A list of class `nmf_choice`.
#' \describe{
#'   \item{`model`}{the [nmf_model()] that is recommended, with its rank, and estimates filled in.}
#'   \item{`fit`}{its fit to all data, from [nmf()].}
#'   \item{`advice`}{what to do, in one line.}
#'   \item{`reasons`, `warnings`}{why, and what to mind, in words.}
#'   \item{`table`}{data frame with a row for each `model` and `rank`: the number of `splits` it took part in, whether
#'     it is a `candidate` (it has the best noise, see above), its `score` (minus held-out log-likelihood per cell),
#'     `delta` and `delta_se` (the score above the least one, over the same splits, and the standard error of this
#'     difference), its `share` of resampled choices, the criterion `noise`, and `logLik`, `df`, `BIC`, the two-way
#'     `BIC2` and `converged` of the fit to all data.}
#'   \item{`models`}{the rows of `table` for each model at the rank that the same rule chooses within it, the
#'     recommended model first, then by score; `rank_BIC`, the rank that two-way BIC prefers; and whether it is `near`
#'     the least score.}
#'   \item{`ranked`}{the model whose ranks were compared: the recommended one, that with one alpha for all observations
#'     where each has its own, or the traditional one where a convex one is recommended.}
#'   \item{`own`}{`gain` (the smaller of two) and `spread` of log-normal alphas, and the `charge` for them, see above;
#'     `NULL` where this was not asked.}
#'   \item{`convex`}{the `loss` of twice the log-likelihood when means are averages of fitted ones, how much is
#'     `allowed`, and the `chance` of observations that are as pure, see above; `NULL` where this was not asked.}
#'   \item{`out`}{models that could not be chosen, and why: `"density"`, where most cells are zero, or `"not counts"`.}
#'   \item{`near`}{the ranks of the recommended model that are within two standard errors of its best one.}
#'   \item{`carried`}{the observation of which more than half of the squares in the standard errors of these ranks, and
#'     of models that are near as well, comes; empty when there is none.}
#'   \item{`check`}{the [check_model()] of `fit`; of the traditional fit of the same noise and rank where `fit` is
#'     convex and that is a candidate, for a convex model is made of noisy observations.}
#'   \item{`stability`}{data frame with the `component`, its mean and least `silhouette` and its mean `cosine` with the
#'     consensus over the runs; `NULL` when `n_runs` is 0.}
#'   \item{`cophenetic`}{cophenetic correlation of the runs.}
#'   \item{`failures`, `status`, `n_splits`, `n_runs`, `seed`, `call`}{as in [select_rank()].}
#' }
#' @section Errors and warnings: those of [select_rank()].
#' @references
#' Donoho and Stodden (2004), When does non-negative matrix factorization give a correct decomposition into parts?,
#' Advances in Neural Information Processing Systems 16, 1141-1148.
#'
#' Efron (1979), Bootstrap methods: another look at the jackknife, Annals of Statistics 7, 1-26,
#' \doi{10.1214/aos/1176344552}.
#'
#' Cox and Reid (1987), Parameter orthogonality and approximate conditional inference, Journal of the Royal Statistical
#' Society B 49, 1-39, \doi{10.1111/j.2517-6161.1987.tb01422.x}.
#'
#' Kass and Raftery (1995), Bayes factors, Journal of the American Statistical Association 90, 773-795,
#' \doi{10.1080/01621459.1995.10476572}.
#'
#' Maron and Moore (1997), The racing algorithm: model selection for lazy learners, Artificial Intelligence Review 11,
#' 193-225, \doi{10.1023/A:1006556606079}.
#'
#' Tobin (1958), Estimation of relationships for limited dependent variables, Econometrica 26, 24-36,
#' \doi{10.2307/1907382}.
#'
#' Pauler (1998), The Schwarz criterion and related methods for normal linear models, Biometrika 85, 13-27,
#' \doi{10.1093/biomet/85.1.13}.
#'
#' Ye (1998), On measuring and correcting the effects of data mining and model selection, Journal of the American
#' Statistical Association 93, 120-131, \doi{10.1080/01621459.1998.10474094}.
#' @seealso [autoplot.nmf_choice()] for the picture; [select_rank()] and [compare_models()] for single questions.
#' @examples
#' choice <- choose_model(brca21, c("T/Po", "T/NB"), ranks = 1:4, n_splits = 4, n_runs = 5, seed = 1)
#' choice
#' choice$models
#' autoplot(choice)
#' @export
choose_model <- function(V, models = NULL, ranks = NULL, n_splits = 10, n_runs = 20, ...,
                         obs = c("rows", "columns"), cell_weights = NULL, offset = NULL, checkpoint = NULL,
                         threads = NULL, verbose = NULL, seed = NULL) {
  check_call()
  call <- match.call()
  n_splits <- check_number(n_splits, "n_splits", 2, 1e6, whole = TRUE)
  n_runs <- check_number(n_runs, "n_runs", 0, 1e6, whole = TRUE)
  expect_arg(n_runs != 1, "n_runs", "0 or at least 2", n_runs)
  check_repeatable(seed, checkpoint)
  default <- is.null(models)
  problems <- rank_problems(V, models %||% all_models(), "models", obs, cell_weights, offset, default = default)
  largest <- min(dim(problems[[1]]$data))
  grows <- is.null(ranks)
  ranks <- check_ranks(ranks %||% seq_len(min(first_ranks, largest)), largest)
  settings <- settings_from(..., threads = threads, verbose = verbose, seed = seed,
                            models = lapply(problems, function(problem) without_rank(problem$model)))
  final <- settings[c("tol", "n_starts", "control")]
  given <- names(list(...))
  if (!"tol" %in% given) settings$tol <- 1e-2
  if (!"control" %in% given) settings$control[c("rel_tol", "alpha_tol")] <- list(1e-5, 5e-2)
  how <- rank_cells()
  how$starts <- c(full = 3L, split = 3L)
  plan <- rank_plan(problems, settings, ranks, how, n_splits, "1se", list(threads = threads, ...))
  plan$out <- out_of_comparison(lapply(plan$models, `[[`, "family"), plan$data)
  if (grows) plan$largest <- min(largest, last_rank)
  plan$default <- default
  check_comparable(plan)
  keep_going(make_choice(plan, final, n_runs, checkpoint, call))
}

# The choice and what speaks for it, as far as they come.
make_choice <- function(plan, final, n_runs, checkpoint, call) {
  identity <- identity_of(plan, "choose_model")
  run <- function(tasks, work, label) run_tasks(tasks, work_on(work, plan), checkpoint, plan$verbose, label, identity)
  full <- values <- list()
  expect_steps(costs_of_choice(plan, n_runs))
  begin_step(1)
  repeat {
    tasks <- full_tasks(plan)
    full <- c(full, run(tasks[!names(tasks) %in% names(full)], work_summary, "fits to all data"))
    plan$noise <- has_best_noise(without_errors(full), plan)
    plan <- with_leaders(plan, without_errors(full))
    if (!is_complete(full)) break
    begin_step(2)
    values <- race(plan, function(tasks, label) run(tasks, work_cells, label), values)
    if (!is_complete(values) || is.null(plan$largest)) break
    more <- next_pairs(plan, without_errors(full), without_errors(values))
    if (!nrow(more)) break
    plan$pairs <- rbind(all_pairs(plan), more)
    plan$pairs <- plan$pairs[order(match(plan$pairs$model, names(plan$models)), plan$pairs$rank), ]
  }
  begun <- names(Filter(Negate(is.null), full))
  judged <- if (is_complete(c(full, values))) judge_models(without_errors(full), without_errors(values), plan, begun)
  own <- if (!is.null(judged) && plan$default) noise_of_observations(judged, plan, run)
  if (isTRUE(own$gain > own$charge)) {
    plan <- add_observations(plan, own)
    tasks <- full_tasks(plan)[own$key]
    full <- c(full, run(tasks, work_summary, "fits to all data"))
    tasks <- split_tasks(plan)
    tasks <- tasks[paste(own$key, "split", seq_len(heat))]
    values <- c(values, run(tasks, work_cells, "held-out cells, an alpha for each observation"))
    begun <- c(begun, own$key)
  }
  convex <- if (!is.null(judged) && !isTRUE(own$gain > own$charge)) convex_instead(judged$models, plan, run)
  if (is_convex_enough(convex)) {
    plan <- add_instead(plan, convex)
    full <- c(full, run(full_tasks(plan)[setdiff(convex$key, names(full))], work_summary, "fits to all data"))
    tasks <- split_tasks(plan)[paste(convex$key, "split", seq_len(heat))]
    tasks <- tasks[!names(tasks) %in% names(values)]
    if (length(tasks)) values <- c(values, run(tasks, work_cells, "held-out cells of the convex model"))
    begun <- c(begun, convex$key)
  }
  results <- c(full, values)
  stop_unless_any(results)
  failures <- failures_of(results, c(full_tasks(plan), split_tasks(plan)))
  warn_tasks(failures, !is_complete(results), length(results), "the choice is made from the others")
  judged <- judge_models(without_errors(full), without_errors(values), plan, begun)
  judged$own <- own[c("gain", "charge", "spread")]
  judged$convex <- convex[c("loss", "allowed", "chance")]
  winner <- with_rank(plan$models[[judged$models$model[1]]], judged$models$rank[1])
  evidence <- list(model = winner, complete = FALSE)
  if (is_complete(results)) evidence <- evidence_on(winner, plan, final, n_runs, call)
  complete <- evidence$complete
  evidence$complete <- NULL
  choice <- c(evidence, judged, list(
    failures = failures, status = if (complete) "done" else "interrupted", n_splits = plan$n_splits, n_runs = n_runs,
    seed = plan$seed, call = call
  ))
  words <- in_plain_numbers({
    choice$hints <- hints_of(plan$data)
    list(advice = advice_of(choice), reasons = reasons_of(choice), warnings = warnings_of(choice))
  })
  choice$hints <- NULL
  choice <- c(words, choice)
  structure(choice, class = "nmf_choice")
}

# What the steps are expected to cost beside each other, in fits of rank 1: all models at all ranks, the splits with one
# of the noises at each rank, the winner with more starts, the fits of its check, and its runs.
costs_of_choice <- function(plan, n_runs) {
  ranks <- all_pairs(plan)$rank
  c(1.5 * sum(ranks), plan$n_splits * sum(unique(ranks)), mean(ranks) * c(5, 4, n_runs / 2)[c(TRUE, TRUE, n_runs > 0)])
}

# Without a likelihood a family has its deviance, which orders ranks and structures but not families.
check_comparable <- function(plan) {
  families <- unique(vapply(plan$models, function(model) model$family$symbol, ""))
  if (all(plan$out != "") && length(families) > 1) {
    abort("data", not_counts_note, " Give `models` of one of the two, or those of Normal and Tweedie noise.")
  }
}

# What the criteria need of the fit to all data, and no more, for there are many. The Poisson fit that noises are
# compared from is the one that open families begin with.
work_summary <- function(task, plan) {
  plan$poisson <- new.env(parent = emptyenv())
  fit <- work_full(task, plan)
  noise <- NA_real_
  if (plan$out[[task$model]] == "") {
    plan$models[[task$model]] <- with_family(plan$models[[task$model]], nmf_poisson())
    noise <- noise_or_bic(fit, plan$data, from = work_full(task, plan))
  }
  bic <- c(BIC = bic_of(fit), BIC2 = two_way_bic(fit, plan$data), noise = noise)
  # as many components as observations or features fit anything, which says nothing for them
  if (has_no_noise(fit) && task$rank == min(dim(plan$data)) && any(plan$ranks < task$rank)) bic[] <- NA
  c(list(logLik = fit$logLik, df = df_of(fit), converged = fit$converged), as.list(bic))
}

# The table of all models and ranks, and that of the models, each at its rank, without those to which an interrupt left
# no time: `begun` are the keys of those that were fitted to all data, or failed.
judge_models <- function(full, values, plan, begun) {
  table <- all_pairs(plan)
  table$splits <- splits_done(table, names(Filter(Negate(is.null), values)), plan)
  table$candidate <- plan$noise
  units <- units_of_models(values, plan, plan$n_splits)
  able <- if (any(table$candidate)) table$candidate else !is.na(numbers_of_fits(full, table, "BIC"))
  instead <- full_key(table$model, table$rank) %in% plan$instead
  able <- able & !instead
  open <- able & table$splits == max(table$splits[able], 0)
  above <- above_on_shared(values, plan, table$splits, best_unit(units, which(open)))
  table$score <- ifelse(colSums(!is.na(units)) > 0, colMeans(units, na.rm = TRUE), NA)
  table <- cbind(table, above)
  for (what in c("noise", "logLik", "df", "BIC", "BIC2")) table[[what]] <- numbers_of_fits(full, table, what)
  table$converged <- numbers_of_fits(full, table, "converged") == 1
  rownames(table) <- NULL
  cells <- total_weight(plan$data)
  near_own <- function(name) {
    own <- which(table$model == name)
    if (any(table$candidate[own])) own <- own[table$candidate[own]]
    own <- own[table$splits[own] == max(table$splits[own])]
    best <- best_unit(units, own)
    own[is_near(above_on_shared(values, plan, table$splits, best)[own, ], cells)]
  }
  at <- vapply(names(plan$models), function(name) lowest_bic(near_own(name), table$BIC2), 0L)
  bic <- table$BIC2 + very_strong * (structure_letters(plan)[table$model] != "T")
  choose <- function(of, ...) of(units[, open, drop = FALSE], table$model[open], bic[open], cells, ...)
  chosen <- if (any(open)) which(open)[choose(choice_among)] else NA_integer_
  table$share <- NA_real_
  if (sum(open) > 1 && any(!is.na(units[, open]))) table$share[open] <- choose(shares_of_choices, seed = plan$seed)
  first <- c(which(instead & !is.na(table$BIC2)), chosen)
  at <- at[!table$model[at] %in% table$model[first] & table$model[at] %in% models_of(begun, plan)]
  at <- c(first, at[order(table$delta[at], table$BIC2[at])])
  models <- cbind(table[at, ], rank_BIC = rank_by_bic(table)[table$model[at]])
  rownames(models) <- NULL
  models$near <- is_near(models, cells) & !is.na(models$delta)
  near <- near_own(table$model[chosen])
  near <- near[!is.na(table$delta[near])]
  close <- which(full_key(table$model, table$rank) %in% model_at(models[models$near & models$candidate, ]))
  carrier <- carrier_of(units, best_unit(units, which(open)), union(near, close))
  list(models = models, table = table, near = table$rank[near], ranked = table$model[chosen],
       carried = as.character(labels_of(rownames(plan$data), nrow(plan$data))[carrier]), out = plan$out[plan$out != ""])
}

models_of <- function(keys, plan) unique(vapply(full_tasks(plan)[keys], function(task) task$model, ""))

lowest_bic <- function(at, bic) c(at[which.min(bic[at])], at)[1]

rank_by_bic <- function(table) {
  vapply(split(table, table$model), function(own) c(own$rank[which.min(own$BIC2)], NA_integer_)[1], 0L)
}

# The fit whose noise is checked: that of a traditional model, where it is among the candidates, for the means of a
# convex one are made of noisy observations. NULL when it was interrupted.
traditional_fit <- function(fit, problem, plan, settings, call) {
  problem$model <- traditional_of(fit$model)
  if (!structure_of(fit$model)$has_encoder) return(fit)
  if (!format(without_rank(open_again(problem$model))) %in% names(plan$models)) return(fit)
  began <- now()
  fit <- tryCatch(fit_any(problem, settings), nmf_undone = function(condition) NULL)
  if (is.null(fit) || fit$status == "interrupted") NULL else complete_fit(fit, problem, settings, call, began)
}

# The winner fitted with care, its noise checked and its components resampled, and whether it came to all of this.
evidence_on <- function(model, plan, final, n_runs, call) {
  began <- now()
  settings <- plan$settings
  settings$verbose <- plan$verbose
  settings$deadline <- began + plan$limit
  settings[names(final)] <- final
  problem <- new_problem(plan$data, model, plan$obs)
  begin_step(3)
  fit <- tryCatch(fit_any(problem, settings), nmf_undone = function(condition) NULL)
  if (is.null(fit)) return(list(model = model, complete = FALSE))
  fit <- complete_fit(fit, problem, settings, call, began)
  evidence <- list(model = fit$model, fit = fit, complete = FALSE)
  if (fit$status == "interrupted") return(evidence)
  if (has_no_noise(fit)) return(replace(evidence, "complete", TRUE))
  coarse <- traditional_fit(fit, problem, plan, settings, call)
  if (is.null(coarse)) return(evidence)
  # its redraws need alpha no better than the comparisons did
  coarse$control$alpha_tol <- max(fit$control$alpha_tol, plan$settings$control$alpha_tol)
  begin_step(4)
  if (!has_no_noise(coarse)) {
    evidence$check <- unless_interrupted(check_model(coarse, seed = plan$seed, verbose = plan$verbose))
    if (is.null(evidence$check)) return(evidence)
  }
  if (n_runs == 0) return(replace(evidence, "complete", TRUE))
  problem$model <- fit$model
  settings[c("tol", "control")] <- plan$settings[c("tol", "control")]
  begin_step(5)
  runs <- do_runs(n_runs, prepare_runs(problem, "bootstrap", settings, 1L, fit), plan$verbose)
  if (any(vapply(runs, function(run) run$status == "not run", NA))) return(evidence)
  consensus <- suppressWarnings(consensus_of(runs, problem, settings, 0.1))
  c(replace(evidence, "complete", TRUE),
    list(stability = consensus$table[1:4], cophenetic = c(consensus$cophenetic)))
}
