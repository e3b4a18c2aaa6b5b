#' Plan a study
#'
#' Which components would be found with n observations of m events, such as n tumours of m mutations? By simulation from
#' a fit: data like its own are drawn, the model is fitted to them from new starts, and a component counts as found when
#' one of that fit is as similar as `threshold`.
#'
#' In a run the weights of n observations are drawn from the rows of \eqn{W}, with replacement, and multiplied by one
#' number such that observations like those of the fit have m events on average: large observations stay large, and rare
#' components rare. Where no event happens at all, no component is found. Counts are drawn about the means from the
#' noise of the model, an `alpha` being that of the fit (of each observation, where each has its own). The
#' rank is taken as known, so that a study that has to find it needs
#' more. Components of both fits are paired as in [match_components()]. Run r of a design depends on (`seed`, n, m, r)
#' alone.
#'
#' Where the fit has a mask, an observation that is drawn may use what its row of \eqn{W} may, and a component that none
#' of them may use is not found.
#'
#' A component that is a sum of others, or not unique (see [feasible_set()]), may be missed however large a study is.
#'
#' @param fit A fit from [nmf()] or [refit()] of counts: with Poisson or Negative Binomial noise.
#' @param n,m Numbers of observations, each a whole number not below the rank, and mean numbers of events in each, from
#'   1 on. All pairs are tried. `NULL` takes those of the fit.
#' @param n_runs Number of runs for each pair, at least 1.
#' @param threshold The cosine similarity from which on a component is found, from 0 to 1.
#' @param n_starts Number of starts of each fit, see [nmf()].
#' @param ... Further arguments of [nmf()]: `solver`, `max_iter`, `tol`, `time_limit`, `control`.
#' @inheritParams nmf
#' @inheritParams nmf_arguments
#' @return A list of class `nmf_study`:
#' \describe{
#'   \item{`table`}{a row for each pair and component, and one for `"all"` components at once: `n`, `m`, `component`,
#'     the `probability` of being found, its Monte Carlo standard error `std.error` and its 95% interval (Wilson 1927)
#'     `conf.low` and `conf.high`, the mean `cosine`, and the number of `runs`.}
#'   \item{`runs`}{a row for each run and component: `n`, `m`, `run`, `component`, `cosine`.}
#'   \item{`threshold`, `n_runs`, `model`, `seed`}{as given.}
#' }
#' `autoplot()`: a ggplot object, the probability against n, a line for each m, a panel for each component.
#' @section Errors and warnings: `nmf_error_model` when the noise is not one of counts; `nmf_error_argument`; the error
#'   of the first run when none could be fitted. `nmf_warning_not_converged` when runs failed or were interrupted.
#' @references
#' Wilson (1927), Probable inference, the law of succession, and statistical inference, Journal of the American
#' Statistical Association 22, 209-212, \doi{10.1080/01621459.1927.10502953}.
#' @seealso [simulate()] for data of the same size, [bootstrap_fit()] for how well the components of a fit are known.
#' @examples
#' fit <- nmf(brca21, "T/Po/3", n_starts = 3, seed = 1)
#' study <- plan_study(fit, n = c(10, 40), m = c(300, 3000), n_runs = 5, seed = 1)
#' study
#' autoplot(study)
#' @export
plan_study <- function(fit, n = NULL, m = NULL, n_runs = 20, threshold = 0.9, n_starts = 3, ..., checkpoint = NULL,
                       threads = NULL, verbose = NULL, seed = NULL) {
  check_call()
  check_fit(fit)
  family <- fit$model$family
  if (!family$discrete) abort("model", "the noise must be one of counts, Poisson or Negative Binomial, not ",
                              family$label, ".")
  K <- ncol(fit$W)
  if ("all" %in% rownames(fit$H)) {
    abort("argument", "`fit` must not have a component named \"all\", which is said of all of them; see ",
          "rename_components().")
  }
  n <- n %||% nrow(fit$W)
  offset <- common_offset(fit)
  m <- m %||% mean(events_of(fit, offset))
  expect_arg(is_numbers(n) && all(n >= K & n <= 1e6 & n == round(n)) && !anyDuplicated(n), "n",
             paste("whole numbers from the rank,", K, "to 1e6, each once"), n)
  expect_arg(is_numbers(m) && all(m >= 1 & m <= 1e12) && !anyDuplicated(m), "m", "numbers from 1 to 1e12, each once", m)
  n_runs <- check_number(n_runs, "n_runs", 1, 1e6, whole = TRUE)
  threshold <- check_number(threshold, "threshold", 0, 1)
  check_repeatable(seed, checkpoint)
  model <- open_again(fit$model)
  settings <- settings_from(n_starts = n_starts, ..., threads = threads, verbose = verbose, seed = seed,
                            models = list(model))
  plan <- c(list(fit = unheld(fit), model = model, offset = offset), plan_of_tasks(settings, threads))
  grid <- expand.grid(run = seq_len(n_runs), n = n, m = m)
  tasks <- do.call(Map, c(list(list), grid))
  names(tasks) <- paste("n", grid$n, "m", number_text(grid$m, trim = TRUE, digits = 15), "run", grid$run)
  identity <- list(fit = fit[c("W", "H", "sigma2")], mask = fit$run$known$mask,
                   model = facts_of_model(fit$model), seed = plan$seed,
                   settings = plan$settings[c("n_starts", "solver", "max_iter", "tol", "control")])
  keep_going({
    found <- run_tasks(tasks, work_on(one_study, plan), checkpoint, plan$verbose, "Studies", identity)
    new_study(found, grid, fit, threshold, n_runs, plan$seed)
  })
}

# The similarities of the components of the fit to those found in one draw.
one_study <- function(task, plan) {
  fit <- plan$fit
  seed <- seed_of_start(seed_of_design(plan$seed, task$n, task$m), task$run)
  rows <- with_seed(seed, sample.int(nrow(fit$W), task$n, replace = TRUE))
  data <- with_seed(seed_of_start(seed, 1), draw_study(fit, rows, task$m, plan$offset))
  if (n_positive(data) == 0) return(list(cosine = numeric(nrow(fit$H))))   # nothing is found where nothing happened
  problem <- new_problem(measured(data), plan$model)
  mask <- fit$run$known$mask[rows, , drop = FALSE]
  there <- if (is.null(mask)) rep(TRUE, nrow(fit$H)) else colSums(mask) > 0
  if (!is.null(mask)) {
    problem$model$rank <- sum(there)
    problem <- with_mask(problem, mask[, there, drop = FALSE])
  }
  settings <- plan$settings
  settings$seed <- seed
  settings$deadline <- now() + plan$limit
  found <- suppressMessages(fit_any(problem, settings))
  if (found$status == "interrupted") stop_undone()
  cosine <- numeric(nrow(fit$H))
  cosine[there] <- best_pairs(cosines(fit$H[there, , drop = FALSE], found$H), 0)$cosine
  list(cosine = cosine)
}

# The same for the same design, whatever others are tried.
seed_of_design <- function(seed, n, m) {
  digits <- strtoi(substr(fingerprint(as.double(c(seed, n, m))), 1, 7), 16L)
  as.integer(digits)
}

# Expected numbers in each observation of the fit.
events_of <- function(fit, offset) if (is.null(offset)) rowSums(fit$W) else drop(fit$W %*% (fit$H %*% offset))

draw_study <- function(fit, rows, m, offset) {
  mu <- fit$W[rows, , drop = FALSE] %*% fit$H * (m / mean(events_of(fit, offset)))
  if (!is.null(offset)) {
    offset <- matrix(offset, length(rows), length(offset), byrow = TRUE)
    mu <- mu * offset
  }
  V <- family_of_rows(fit$model$family, rep(rows, ncol(mu)))$random(as.vector(mu), 1)
  new_source(array(as.double(V), dim(mu), list(NULL, colnames(fit$H))), NULL, offset)
}

new_study <- function(found, grid, fit, threshold, n_runs, seed) {
  stop_unless_any(found)
  done <- vapply(found, function(one) is.list(one) && !inherits(one, "error"), NA)
  if (!all(done)) {
    warn("not_converged", sum(!done), " of ", length(found), " runs failed or were interrupted; the table is of the ",
         "others.")
  }
  components <- rownames(fit$H)
  K <- length(components)
  lines <- rep(which(done), each = K)
  runs <- data.frame(grid[lines, c("n", "m", "run")], component = rep(components, sum(done)),
                     cosine = unlist(lapply(found[done], `[[`, "cosine"), use.names = FALSE), row.names = NULL)
  least <- vapply(found[done], function(one) min(one$cosine), 0)
  all <- data.frame(grid[done, c("n", "m", "run")], component = "all", cosine = unname(least), row.names = NULL)
  every <- rbind(runs, all)
  by <- interaction(every$n, every$m, factor(every$component, unique(every$component)), drop = TRUE, lex.order = TRUE)
  table <- do.call(rbind, lapply(split(every, by), found_of, threshold))
  rownames(table) <- NULL
  structure(list(table = table, runs = runs, threshold = threshold, n_runs = n_runs, model = fit$model, seed = seed),
            class = "nmf_study")
}

# Numbers of events to four digits, or to as many as tell them apart.
events_text <- function(m) {
  text <- short(m, 4)
  apart <- length(unique(text)) == length(unique(m))
  if (apart) text else number_text(m, digits = 15, big.mark = ",", trim = TRUE)
}

# Wilson's interval of a proportion (1927).
found_of <- function(runs, threshold) {
  R <- nrow(runs)
  p <- mean(runs$cosine >= threshold)
  z <- stats::qnorm(0.975)
  middle <- (p + z^2 / (2 * R)) / (1 + z^2 / R)
  half <- z / (1 + z^2 / R) * sqrt(p * (1 - p) / R + z^2 / (4 * R^2))
  data.frame(runs[1, c("n", "m", "component")], probability = p, std.error = sqrt(p * (1 - p) / R),
             conf.low = max(middle - half, 0), conf.high = min(middle + half, 1), cosine = mean(runs$cosine), runs = R)
}

#' @export
print.nmf_study <- function(x, digits = 2, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  cat("Probability of finding the components of ", format(x$model), " (cosine of ", number_text(x$threshold),
      " or more, ", x$n_runs, " runs)\n", sep = "")
  components <- unique(x$table$component)
  designs <- unique(x$table[c("n", "m")])
  value <- function(component) {
    own <- x$table[x$table$component == component, ]
    formatC(own$probability[match(paste(designs$n, designs$m), paste(own$n, own$m))], format = "f", digits = digits)
  }
  cells <- stats::setNames(lapply(components, value), components)
  print(data.frame(n = designs$n, m = events_text(designs$m), cells, check.names = FALSE), row.names = FALSE,
        ...)
  cat("Monte Carlo standard error up to ", number_text(signif(max(x$table$std.error), 2)), ".\n", sep = "")
  invisible(x)
}

#' @rdname plan_study
#' @param object,x A study that was planned.
#' @export
autoplot.nmf_study <- function(object, ...) {
  check_call(...)
  table <- object$table
  table$component <- factor(table$component, unique(table$component))
  table$m <- factor(table$m, sort(unique(table$m)), events_text(sort(unique(table$m))))
  sizes <- sort(unique(table$n))
  side_by_side <- position_dodge(0.04 * diff(range(if (length(sizes) > 2) log10(sizes) else sizes)))
  ggplot(table, aes(.data$n, .data$probability, colour = .data$m, group = .data$m)) +
    geom_linerange(aes(ymin = .data$conf.low, ymax = .data$conf.high), alpha = 0.5, position = side_by_side) +
    geom_line(position = side_by_side) + geom_point(size = 1.5, position = side_by_side) +
    facet_wrap(vars(.data$component)) +
    scale_component(nlevels(table$m)) +
    scale_x_continuous(breaks = sizes, minor_breaks = NULL, labels = thousands,
                       trans = if (length(sizes) > 2) "log10" else "identity") +
    scale_y_continuous(limits = c(0, 1)) +
    labs(x = "observations", y = "probability of being found", colour = "events in each",
         title = title_of(object$model),
         caption = paste0("Found: cosine similarity of ", number_text(object$threshold), " or more. Lines: 95% ",
                          "intervals of ", object$n_runs, " runs.")) +
    theme_nmf()
}

#' @rdname plan_study
#' @export
plot.nmf_study <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}
