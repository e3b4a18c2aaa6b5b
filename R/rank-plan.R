# Many fits of one or several models at several ranks: the data and the models, checked, and the tasks.

# The problems of several models whose ranks are open; each stands at rank 1 until a task sets another one.
rank_problems <- function(V, models, arg, obs, cell_weights, offset, default = FALSE, blocks = "none") {
  models <- check_open_ranks(as_models(models, arg = arg), arg)
  prepare_all(V, lapply(models, with_rank, 1L), obs, cell_weights, offset, default = default, blocks = blocks)
}

check_open_ranks <- function(models, arg) {
  fixed <- Filter(function(model) !is.null(model$rank), models)
  if (length(fixed)) {
    abort("model", "`", arg, "` must leave the rank open, but ", dQuote(names(fixed)[1], FALSE),
          " fixes it; use `ranks`.")
  }
  check_once(models, arg)
  models
}

check_once <- function(models, arg) {
  twice <- anyDuplicated(names(models))
  if (twice) abort("argument", "`", arg, "` has ", dQuote(names(models)[twice], FALSE), " twice.")
}

# `default` ranks go no further than the data do.
check_ranks <- function(ranks, largest, default = FALSE) {
  if (default) ranks <- unique(pmin(ranks, largest))
  ranks <- as_doubles(ranks, "ranks")
  ok <- is_numbers(ranks) && all(is.finite(ranks)) && all(ranks == round(ranks)) && all(ranks >= 1)
  expect_arg(ok, "ranks", "whole numbers of at least 1", ranks, "rank")
  if (max(ranks) > largest) {
    abort("rank", "`ranks` must be between 1 and ", largest, " for these data and this method, not ", max(ranks), ".")
  }
  sort(unique(as.integer(ranks)))
}

# All that is the same for each task.
rank_plan <- function(problems, settings, ranks, how, n_splits, rule, given) {
  starts <- how$starts
  if ("n_starts" %in% names(given)) starts[how$sets_starts] <- settings$n_starts
  if (!is.null(how$kinds)) settings$control$starts <- how$kinds
  models <- lapply(problems, function(problem) problem$model)
  data <- problems[[1]]$data
  if (in_blocks(data)) for (model in models) settings <- settings_in_blocks(model, settings)
  c(list(data = data, parts = new.env(parent = emptyenv()), counts = has_counts(data),
         obs = problems[[1]]$obs, models = models, ranks = ranks, n_splits = n_splits, rule = rule, starts = starts),
    plan_of_tasks(settings, given$threads))
}

# What the values of the tasks depend on, beside the task.
identity_of <- function(plan, method) {
  list(data = identity_of_data(plan$data), model = lapply(plan$models, facts_of_model), method = method,
       seed = plan$seed, settings = list(plan$settings[c("solver", "max_iter", "tol", "control")], plan$starts))
}

# An environment of its own, for it travels to the workers.
work_on <- function(work, plan) {
  force(work)
  force(plan)
  function(task) work(task, plan)
}

full_key <- function(model, rank) paste0(model, "/", rank)

# Models and ranks, rank by rank within a model: all of them, or those of a plan that has gone on with some.
all_pairs <- function(plan) {
  plan$pairs %||% data.frame(model = rep(names(plan$models), each = length(plan$ranks)),
                             rank = rep(plan$ranks, length(plan$models)))
}

full_tasks <- function(plan) {
  pairs <- all_pairs(plan)
  pairs <- pairs[order(pairs$rank), ]
  tasks <- Map(list, model = pairs$model, rank = pairs$rank)
  stats::setNames(tasks, full_key(pairs$model, pairs$rank))
}

# Split after split, so that an interrupt leaves about as many for each rank.
split_tasks <- function(plan) {
  pairs <- all_pairs(plan)
  pairs <- pairs[order(pairs$rank), ]
  split <- rep(seq_len(plan$n_splits), each = nrow(pairs))
  tasks <- Map(list, model = rep(pairs$model, plan$n_splits), rank = rep(pairs$rank, plan$n_splits), split = split)
  stats::setNames(tasks, paste(full_key(pairs$model, pairs$rank), "split", split))
}

# The fit that nmf() makes with this seed; without the memory of its solver, which is as large as the fit.
work_full <- function(task, plan) {
  began <- now()
  fit <- fit_with(plan$data, plan$models[[task$model]], task, plan, plan$starts[["full"]], plan$seed)
  fit$run["state"] <- list(NULL)
  fit$seconds <- now() - began
  fit
}

# The fit of a split, whose starts are the same for all ranks.
fit_task <- function(data, model, task, plan) {
  fit_with(data, model, task, plan, plan$starts[["split"]], seed_of_start(plan$seed, task$split))
}

fit_with <- function(data, model, task, plan, n_starts, seed) {
  settings <- plan$settings
  settings$n_starts <- n_starts
  settings$seed <- seed
  settings$deadline <- now() + plan$limit                # the clock of this process
  fit <- suppressMessages(fit_any(new_problem(data, with_rank(model, task$rank), poisson = plan$poisson), settings))
  if (fit$status == "interrupted") stop_undone()
  fit
}

# For each rank, what the splits of a model came to.
values_of_model <- function(values, name, plan) {
  lapply(plan$ranks, function(rank) {
    unname(values[paste(full_key(name, rank), "split", seq_len(plan$n_splits %||% 0))])
  })
}

is_complete <- function(results) length(results) > 0 && !any(vapply(results, is.null, NA))

without_errors <- function(values) lapply(values, function(value) if (!inherits(value, "error")) value)

failures_of <- function(results, tasks) {
  failed <- names(Filter(function(result) inherits(result, "error"), results))
  data.frame(
    model = vapply(tasks[failed], function(task) task$model, ""),
    rank = vapply(tasks[failed], function(task) task$rank, 0L),
    split = vapply(tasks[failed], function(task) task$split %||% NA_integer_, 0L),
    message = vapply(results[failed], conditionMessage, ""), row.names = NULL
  )
}

warn_tasks <- function(failures, stopped, n, rest) {
  if (!stopped && !nrow(failures)) return(invisible())
  first <- if (nrow(failures)) paste0(", the first at rank ", failures$rank[1], ": ", failures$message[1])
  failed <- if (nrow(failures)) paste0(nrow(failures), " of ", n, " fits failed", first)
  warn("not_converged", paste(c(failed, if (stopped) "the work was interrupted"), collapse = "; "),
       "; ", rest, ".")
}
