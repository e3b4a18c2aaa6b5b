#' Choose the number of topics
#'
#' Fits topic models of several numbers of topics K to random parts of the documents, and shows side by side what speaks
#' for each: how well it predicts the words of the documents that were left out, how coherent and exclusive its topics
#' are, and whether the same topics come out again.
#'
#' In split s a random share `train` of the documents is fitted with each K. Then
#' \describe{
#'   \item{`held_out`}{is the mean log-likelihood of a word of the other documents, of which each is hidden with the
#'     probability `hidden` and predicted from the words that are seen: minus the logarithm of [perplexity()];}
#'   \item{`coherence`, `exclusivity`}{are the means over the topics of [coherence()] (NPMI, in the documents that were
#'     fitted) and [exclusivity()], of the `n` most probable terms;}
#'   \item{`stability`}{is the mean cosine similarity of the topics of two splits, matched one to one so that it is as
#'     large as possible, over all pairs of splits.}
#' }
#' Of all of them more is better, and they seldom agree: the likelihood of words wants many topics, people want topics
#' that hold together, and topics that the next draw of the documents does not have are no finding (Chang et al. 2009;
#' Greene et al. 2014). `best` is the K with the largest mean `held_out`, `simplest` the smallest one that is not worse
#' by more than one standard error of its difference to that over the splits. For a choice by a rule alone see
#' [select_rank()] and [choose_model()].
#'
#' @param V Counts, documents x terms, in any form that [fit_topics()] takes.
#' @param ranks Numbers of topics K, whole numbers of at least 1, each once.
#' @param family,prior See [fit_topics()].
#' @param n_splits Number of random splits, at least 2.
#' @param train Share of the documents that is fitted, between 0 and 1: at least the largest K, and not all.
#' @param hidden,smooth See [perplexity()]; `hidden` is above 0.
#' @param n Number of terms of each topic that are judged, at least 2.
#' @param ... Further arguments of [nmf()] for each fit: `n_starts`, `solver`, `max_iter`, `tol`, `time_limit`,
#'   `control`.
#' @inheritParams nmf
#' @inheritParams nmf_arguments
#' @param seed A whole number that makes the result repeatable and leaves R's random number generator alone. `NULL`
#'   draws one from it. Splits depend on it and on their number alone, and are the same for all K.
#' @return A list of class `nmf_topic_choice`:
#' \describe{
#'   \item{`table`}{data frame with a row for each `rank`: the means over splits of `held_out`, `coherence`,
#'     `exclusivity` and `stability`, the standard errors of the first (`held_out_se`, of its difference to the best,
#'     0 for that itself), and the `seconds` of the fits.}
#'   \item{`splits`}{the same for each `rank` and `split` (but for `stability`, which is of pairs), with the `status` of
#'     the fit.}
#'   \item{`topics`}{data frame with the `coherence` and `exclusivity` of each `topic` of each `rank` and `split`.}
#'   \item{`best`, `simplest`}{numbers of topics, see above.}
#'   \item{`n_splits`, `train`, `seed`}{what is needed to repeat it.}
#' }
#' @section Errors and warnings: those of [fit_topics()] before any fit; `nmf_error_data` when cells are missing or the
#'   counts are no whole numbers; `nmf_warning_not_converged` when fits have not converged or were interrupted. What has
#'   been done until an interrupt is kept.
#' @references
#' Chang, Boyd-Graber, Gerrish, Wang and Blei (2009), Reading tea leaves: how humans interpret topic models, Advances in
#' Neural Information Processing Systems 22, 288-296.
#'
#' Greene, O'Callaghan and Cunningham (2014), How many topics? Stability analysis for topic models, ECML PKDD 2014,
#' 498-513, \doi{10.1007/978-3-662-44848-9_32}.
#'
#' Wallach, Murray, Salakhutdinov and Mimno (2009), Evaluation methods for topic models, Proceedings of the 26th
#' International Conference on Machine Learning, 1105-1112, \doi{10.1145/1553374.1553515}.
#' @examples
#' passages <- addresses$counts[seq(1, 480, 4), ]
#' choice <- choose_topics(passages, 2:4, n_splits = 2, n_starts = 1, seed = 1)
#' choice
#' autoplot(choice)
#' @export
choose_topics <- function(V, ranks = 2:10, family = nmf_poisson(), prior = 1, n_splits = 3, train = 0.8, hidden = 0.5,
                          smooth = 0.001, n = 10, ..., obs = c("rows", "columns"), checkpoint = NULL, threads = NULL,
                          verbose = NULL, seed = NULL) {
  check_call()
  ranks <- check_numbers_of_topics(ranks)
  n_splits <- check_number(n_splits, "n_splits", 2, 1e4, whole = TRUE)
  hidden <- check_number(hidden, "hidden", 0, 1, open = TRUE)
  expect_arg(hidden < 1, "hidden", "less than 1", hidden)
  smooth <- check_number(smooth, "smooth", 0, 1)
  n <- check_number(n, "n", 2, whole = TRUE)
  problem <- prepare(V, nmf_model(family = as_family(family), rank = max(ranks)), obs)
  data <- problem$data
  whole <- is.null(data$weights) && whole_numbers_cpp(values_of(data$values))
  if (!whole) abort("data", "`V` must be counts of whole documents, without missing cells.")
  n_train <- check_train(train, nrow(data), max(ranks))
  check_repeatable(seed, checkpoint)
  settings <- settings_from(..., threads = threads, verbose = verbose, seed = seed %||% 1, models = list(problem$model))
  priors <- lapply(ranks, function(K) with_prior(with_model(problem, with_rank(problem$model, K)), prior)$known)
  settings$seed <- check_seed(seed)
  plan <- c(list(data = data, model = problem$model, priors = stats::setNames(priors, ranks), n_train = n_train,
                 hidden = hidden, smooth = smooth, n = n), plan_of_tasks(settings, threads))
  grid <- expand.grid(split = seq_len(n_splits), rank = ranks)
  tasks <- stats::setNames(Map(function(split, rank) list(split = split, rank = rank), grid$split, grid$rank),
                           paste(grid$rank, "topics, split", grid$split))
  identity <- list(data = unclass(data), model = facts_of_model(plan$model), priors = priors, train = n_train,
                   judged = c(hidden, smooth, n), seed = plan$seed,
                   settings = plan$settings[c("n_starts", "solver", "max_iter", "tol", "control")])
  keep_going({
    values <- run_tasks(tasks, work_on(judge_topics, plan), checkpoint, plan$verbose, "topic models", identity)
    new_topic_choice(values, grid, n_splits, train, plan)
  })
}

check_numbers_of_topics <- function(ranks) {
  ranks <- as_doubles(ranks, "ranks")
  ok <- is_numbers(ranks) && all(ranks >= 1 & ranks <= .Machine$integer.max & ranks == round(ranks)) &&
    !anyDuplicated(ranks)
  expect_arg(ok, "ranks", "whole numbers of at least 1, each once", ranks, "rank")
  as.integer(sort(ranks))
}

# One fit and what speaks for it.
judge_topics <- function(task, plan) {
  began <- now()
  held <- left_out(task$split, plan)
  seed <- seed_of_start(plan$seed, task$split)
  settings <- plan$settings
  settings$seed <- seed
  settings$deadline <- now() + plan$limit
  model <- with_rank(plan$model, task$rank)
  train <- plan$data[-held, ]
  problem <- new_problem(measured(train), model, known = plan$priors[[as.character(task$rank)]])
  fit <- fit_any(problem, settings)
  if (fit$status == "interrupted") stop_undone()
  topics <- as_topic_model(with_origin(fit, problem, settings, NULL, now() - began))
  documents <- plan$data$values[held, , drop = FALSE]
  surprise <- suppressMessages(perplexity(topics, documents, hidden = plan$hidden, smooth = plan$smooth, seed = seed))
  list(held_out = -log(surprise), coherence = unname(coherence(topics, train$values, plan$n)),
       exclusivity = unname(exclusivity(topics, plan$n)), H = unname(fit$H), status = fit$status,
       seconds = now() - began)
}

new_topic_choice <- function(values, grid, n_splits, train, plan) {
  stop_unless_any(values)
  done <- vapply(values, function(value) is.list(value) && !inherits(value, "error"), NA)
  of <- function(name) vapply(seq_along(values), function(i) if (done[i]) values[[i]][[name]] else NA_real_, 0)
  mean_of <- function(name) {
    vapply(seq_along(values), function(i) if (done[i]) mean(values[[i]][[name]], na.rm = TRUE) else NA_real_, 0)
  }
  status <- vapply(seq_along(values), function(i) {
    if (done[i]) values[[i]]$status else if (is.null(values[[i]])) "not run" else conditionMessage(values[[i]])
  }, "")
  splits <- data.frame(rank = grid$rank, split = grid$split, held_out = of("held_out"),
                       coherence = mean_of("coherence"), exclusivity = mean_of("exclusivity"), seconds = of("seconds"),
                       status = status)
  topics <- do.call(rbind, lapply(which(done), function(i) {
    data.frame(rank = grid$rank[i], split = grid$split[i], topic = seq_len(grid$rank[i]),
               coherence = values[[i]]$coherence, exclusivity = values[[i]]$exclusivity)
  }))
  ranks <- unique(grid$rank)
  by_rank <- function(name, f = mean) {
    vapply(ranks, function(K) f(splits[[name]][splits$rank == K & done]), 0)
  }
  usual <- function(x) if (length(x)) mean(x) else NA_real_
  table <- data.frame(rank = ranks, held_out = by_rank("held_out", usual), held_out_se = NA_real_,
                      coherence = by_rank("coherence", usual), exclusivity = by_rank("exclusivity", usual),
                      stability = vapply(ranks, function(K) stability_of_topics(values[grid$rank == K & done]), 0),
                      seconds = by_rank("seconds", sum))
  best <- which.max(table$held_out)
  table$held_out_se <- se_to_best(splits, ranks, best)
  near <- table$held_out >= table$held_out[best] - table$held_out_se
  choice <- structure(
    list(table = table, splits = splits, topics = topics, best = ranks[best], simplest = ranks[which(near)[1]],
         n_splits = n_splits, train = train, seed = plan$seed),
    class = "nmf_topic_choice"
  )
  bad <- splits$status != "converged"
  if (any(bad)) {
    warn("not_converged", sum(bad), " of ", nrow(splits), " fits did not converge (", count_words(splits$status[bad]),
         ").")
  }
  choice
}

# The mean cosine of topics that belong together, over all pairs of fits.
stability_of_topics <- function(values) {
  if (length(values) < 2) return(NA_real_)
  pairs <- utils::combn(length(values), 2)
  mean(apply(pairs, 2, function(pair) {
    similarity <- pmax(cosines(values[[pair[1]]]$H, values[[pair[2]]]$H), 0)
    mean(similarity[cbind(seq_len(nrow(similarity)), as.integer(clue::solve_LSAP(similarity, maximum = TRUE)))])
  }))
}

# Standard error of the mean difference to the best, of the splits that both have.
se_to_best <- function(splits, ranks, best) {
  of <- function(K) splits$held_out[splits$rank == K]
  vapply(ranks, function(K) {
    difference <- stats::na.omit(of(ranks[best]) - of(K))
    if (K == ranks[best]) 0 else if (length(difference) > 1) stats::sd(difference) / sqrt(length(difference)) else NA
  }, 0)
}

#' @export
print.nmf_topic_choice <- function(x, digits = 3, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  cat("Numbers of topics by ", x$n_splits, " splits of the documents; more is better but for seconds\n\n", sep = "")
  shown <- format(x$table, digits = digits)
  shown$held_out_se[x$table$rank == x$best] <- "-"         # of the difference to itself
  print(shown, row.names = FALSE, ...)
  cat("\nHidden words of other documents are predicted best with ", x$best, " topics",
      if (x$simplest < x$best) paste0(", and within one standard error with ", x$simplest), ".\n", sep = "")
  invisible(x)
}

#' Plot of the numbers of topics
#'
#' The four criteria of [choose_topics()] by the number of topics, each in its panel: means over the splits as a line,
#' splits as points. Dashed: the number that predicts hidden words best; dotted: the smallest one within one standard
#' error of it, where that is another.
#'
#' @param object,x A result of [choose_topics()].
#' @param ... For `plot()`, arguments of `autoplot()`; nothing otherwise.
#' @return `autoplot()`: a ggplot object. `plot()`: the same, invisibly.
#' @examples
#' passages <- addresses$counts[seq(1, 480, 4), ]
#' autoplot(choose_topics(passages, 2:4, n_splits = 2, n_starts = 1, seed = 1))
#' @export
autoplot.nmf_topic_choice <- function(object, ...) {
  check_call(...)
  panels <- c(held_out = "log-likelihood of a hidden word", coherence = "coherence (NPMI)", exclusivity = "exclusivity",
              stability = "stability")
  long <- function(table, names) {
    do.call(rbind, lapply(names, function(name) {
      data.frame(rank = table$rank, value = table[[name]], panel = factor(panels[[name]], panels))
    }))
  }
  means <- long(object$table, names(panels))
  points <- long(object$splits, names(panels)[-4])
  marks <- data.frame(rank = unique(c(object$best, object$simplest)))
  marks$kind <- ifelse(marks$rank == object$best, "dashed", "dotted")
  ggplot(means[!is.na(means$value), ], aes(.data$rank, .data$value)) +
    geom_vline(aes(xintercept = .data$rank, linetype = .data$kind), marks, colour = "grey40") +
    geom_point(data = points[!is.na(points$value), ], size = 0.8, colour = "grey55") +
    geom_line(colour = component_colours[1], linewidth = 0.8) +
    geom_point(colour = component_colours[1], size = 1.8) +
    scale_linetype_identity() +
    scale_x_continuous(breaks = if (nrow(object$table) <= 12) object$table$rank else waiver()) +
    facet_wrap(vars(.data$panel), scales = "free_y") +
    labs(x = "number of topics", y = NULL, title = "Numbers of topics",
         caption = paste0("Points: ", object$n_splits, " splits. Dashed: hidden words predicted best (", object$best,
                          ")", if (object$simplest < object$best) {
                            paste0("; dotted: within one standard error of it (", object$simplest, ")")
                          }, ".")) +
    theme_nmf()
}

#' @rdname autoplot.nmf_topic_choice
#' @export
plot.nmf_topic_choice <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}
