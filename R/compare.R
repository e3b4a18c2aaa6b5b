#' Compare models
#'
#' For those who know the rank and ask for the noise and the structure.
#'
#' Fits several models to the same data, the eight of [all_models()] unless told otherwise, and puts them into one
#' table, best first. The log-likelihoods are complete (with all normalising constants), so that criteria made of them
#' compare across families.
#'
#' Models of the same structure and rank differ in their `criterion` by the noise alone: by \eqn{-2 \log L_A} and
#' \eqn{\log
#' n} for each parameter of the noise, where \eqn{L_A} allows for the noise that the fitted means have taken up (step 2
#' of
#' [choose_model()]). The best of them has its two-way BIC, which charges each parameter of the means by the cells that
#' inform it (step 1 there) and so compares structures and ranks. BIC, \eqn{df \log(N M) - 2 \log L}, stands beside; it
#' takes slight overdispersion for Poisson noise or for a Tweedie power near 1, and asks for too few components.
#'
#' Normal and Tweedie likelihoods are densities, Poisson and Negative Binomial ones probabilities. For counts that
#' spread over many values the two agree; where most cells are 0 or 1 a density can exceed 1 and its BIC means nothing
#' beside that of a count model. When most cells are zeros, models with densities come after those of counts. Cells
#' that are not whole numbers have no probability: count models have no criterion there and come last, and are not among
#' those
#' that are compared by default. The print says so.
#'
#' @param models A list or vector of notations or [nmf_model()]s; those without a rank get `rank`. `NULL` takes
#'   `all_models(rank)`.
#' @param rank Number of components K for models that do not fix it.
#' @param df Which count of parameters, `"paper"` or `"identifiable"`, see [nmf_control()]; by default that of
#'   `control`.
#' @param solvers One or more solvers, by each of which each model is fitted from the same starts: a vector of names, or
#'   a list whose elements are solvers as [nmf()] takes them, such as `list("cd", c("adam", "cd"))`.
#' @param ... Further arguments of [nmf()]: `n_starts`, `max_iter`, `tol`, `time_limit` (for each fit), `control`.
#' @inheritParams nmf
#' @return A list of class `nmf_comparison`, of which `x[i]` is the comparison of some rows.
#' \describe{
#'   \item{`table`}{data frame, best first, with a row for each model and solver: `model` (notation, estimates
#'     filled in), `structure`, `family`, `rank`, `solver`, `power`, `alpha` (the median where there is one for each
#'     observation), `sigma2`, `logLik`, `df`, `BIC`, `criterion` (`NA` for models that do not compare with the best),
#'     `delta`, the criterion above the best, `seconds` and `status`. A model that fails, or is not for a solver, keeps
#'     its row, with the error as
#'     `status`.}
#'   \item{`fits`}{the fits in the same order, named by notation, and by solver when there are several (`NULL` for a fit
#'     that failed); also by [fits()].}
#'   \item{`note`}{what to mind of the table, or `NULL`.}
#'   \item{`seed`, `call`}{what is needed to repeat it.}
#' }
#' @section Errors: those of [nmf()] for invalid data or settings, before any model is fitted.
#' @examples
#' comparison <- compare_models(brca21, c("T/Po", "T/NB", "C/Po"), rank = 3, n_starts = 3, seed = 1)
#' comparison
#' fits(comparison)[[1]]
#' compare_models(brca21, "C/Po/3", solvers = c("cd", "mm"), n_starts = 2, seed = 1)
#' @export
compare_models <- function(V, models = NULL, rank = NULL, df = NULL, solvers = "auto", ..., obs = c("rows", "columns"),
                           cell_weights = NULL, offset = NULL, threads = NULL, verbose = NULL, seed = NULL) {
  check_call()
  default <- is.null(models)
  models <- if (default) all_models(rank) else as_models(models, rank)
  call <- match.call()
  problems <- prepare_all(V, models, obs, cell_weights, offset, keep = TRUE, default = default)
  if (default) models <- models[names(problems)]
  solvers <- check_solvers(solvers)
  if (!is.null(df)) df <- check_choice(df, c("paper", "identifiable"), "df")
  settings <- settings_from(solver = solvers[[1]], ..., threads = threads, verbose = verbose, seed = seed)
  settings$control$df <- df %||% settings$control$df
  limit <- settings$deadline - now()
  tasks <- expand.grid(solver = names(solvers), model = seq_along(models), stringsAsFactors = FALSE)
  known <- lapply(solvers, function(solver) new.env(parent = emptyenv()))
  fits <- vector("list", nrow(tasks))
  rows <- vector("list", nrow(tasks))
  keep_going(for (i in seq_len(nrow(tasks))) {
    if (i == 1) expect_steps(vapply(models[tasks$model], function(model) as.double(model$rank %||% 1), 0))
    begin_step(i)
    began <- now()
    model <- models[[tasks$model[i]]]
    problem <- problems[[tasks$model[i]]]
    settings$solver <- solvers[[tasks$solver[i]]]
    settings$deadline <- began + limit
    result <- tryCatch({
      if (inherits(problem, "error")) stop(problem)
      check_settings(problem$model, settings)
      problem$poisson <- known[[tasks$solver[i]]]
      fit <- fit_any(problem, settings)
      suppress_class(complete_fit(fit, problem, settings, call, began), "nmf_warning_not_converged")
    }, error = identity, nmf_undone = identity)
    if (inherits(result, "nmf_undone")) if (i == 1) stop(result) else break
    rows[[i]] <- comparison_row(result, model, tasks$solver[i], now() - began)
    if (!inherits(result, "error")) fits[[i]] <- result
    if (identical(rows[[i]]$status, "interrupted") || is_interrupt_pending()) break
  })
  rows <- do.call(rbind, rows[lengths(rows) > 0])
  fits <- fits[seq_len(nrow(rows))]
  sound <- Filter(function(problem) !inherits(problem, "error"), problems)
  data <- sound[[1]]$data
  out <- out_of_comparison(lapply(models[tasks$model[seq_len(nrow(rows))]], `[[`, "family"), data)
  rows$criterion <- criterion_of(replace(fits, out != "", list(NULL)), data, known)
  order <- order(out != "", rows$criterion, rows$BIC)
  table <- rows[order, ]
  table$delta <- above_least(table$criterion, table$criterion[1])
  note <- switch(max(out), density = density_note, `not counts` = not_counts_note)
  rownames(table) <- NULL
  table <- table[c("model", "structure", "family", "rank", "solver", "power", "alpha", "sigma2", "logLik", "df", "BIC",
                   "criterion", "delta", "seconds", "status")]
  structure(list(table = table, fits = stats::setNames(fits[order], labels_of_rows(table)),
                 note = note, seed = settings$seed, call = call),
            class = "nmf_comparison")
}

# The criterion for the noise within a structure and rank, above the two-way BIC of the best there. NULL stands for no
# fit; what an interrupt leaves no time for has none. `known` are Poisson fits that were made on the way.
criterion_of <- function(fits, data, known = list()) {
  of <- function(f) vapply(fits, function(fit) if (is.null(fit)) NA_real_ else f(fit), 0)
  stopped <- is_interrupt_pending() || any(vapply(fits, function(fit) identical(fit$status, "interrupted"), NA))
  noise <- of(function(fit) {
    value <- if (!stopped) unless_interrupted(noise_or_bic(fit, data, reference_of(fit, fits, known)))
    stopped <<- is.null(value)
    value %||% NA_real_
  })
  bic <- of(function(fit) two_way_bic(fit, data))
  group <- vapply(fits, function(fit) {
    if (is.null(fit)) "" else paste(structure_of(fit$model)$letters, fit$model$rank)
  }, "")
  best <- stats::ave(noise, group, FUN = function(x) seq_along(x) == c(which.min(x), 0)[1]) == 1
  place <- stats::ave(ifelse(best, bic, 0), group, FUN = sum)
  place + above_least(noise, stats::ave(noise, group, FUN = function(x) c(x[which.min(x)], NA)[1]))
}

# The fit from which the noises of a structure and rank are compared: a Poisson one where there is one.
reference_of <- function(fit, fits, known) {
  place <- function(fit) format(with_family(fit$model, nmf_poisson()))
  alike <- Filter(function(other) !is.null(other) && place(other) == place(fit), fits)
  made <- lapply(known, function(memory) memory[[place(fit)]])
  poisson <- Filter(function(other) !is.null(other) && format(other$model) == place(fit), c(alike, made))
  c(poisson, alike)[[1]]
}

# Notations, and solvers where there are several.
labels_of_rows <- function(table) {
  if (length(unique(table$solver)) > 1) paste(table$model, table$solver) else table$model
}

suppress_class <- function(expr, class) {
  withCallingHandlers(expr, warning = function(w) if (inherits(w, class)) invokeRestart("muffleWarning"))
}

comparison_row <- function(result, model, solver, seconds) {
  ok <- !inherits(result, "error")
  fit <- if (ok) result
  parameters <- if (ok) estimates_of(fit) else list(power = NA_real_, alpha = NA_real_)
  data.frame(
    model = format(if (ok) fit$model else model), words_of(model), rank = model$rank %||% NA_integer_,
    solver = solver, power = parameters$power, alpha = parameters$alpha, sigma2 = fit$sigma2 %||% NA_real_,
    logLik = fit$logLik %||% NA_real_, df = if (ok) df_of(fit) else NA_real_,
    BIC = if (ok) bic_of(fit) else NA_real_, seconds = seconds,
    status = if (ok) fit$status else paste("error:", conditionMessage(result))
  )
}

# Rows of the table, with their fits.
#' @rdname compare_models
#' @param x A comparison.
#' @param i Which rows: their numbers, the names of their fits, or a logical for each.
#' @param j Not used: the columns are in `table`.
#' @export
`[.nmf_comparison` <- function(x, i = NULL, j = NULL, ...) {
  if (!missing(j)) abort("argument", "a comparison is picked by its rows alone; its columns are in `x$table`.")
  check_call(...)
  if (missing(i)) return(x)
  n <- nrow(x$table)
  rows <- stats::setNames(seq_len(n), names(x$fits))
  ok <- if (is.logical(i)) length(i) == n else is.character(i) ||
    (is.numeric(i) && is.null(dim(i)) && all(abs(i) <= n & i == round(i), na.rm = TRUE))
  row <- if (ok) unname(rows[i])
  expect_arg(ok && !anyNA(row), "i", paste("numbers or names of the", n, "rows, or a logical for each"), i)
  x$table <- x$table[row, ]
  x$fits <- x$fits[row]
  x
}

#' @export
print.nmf_comparison <- function(x, digits = 4, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  cat(if (is.unsorted(x$table$delta, na.rm = TRUE)) "Models\n\n" else "Models, best first\n\n")
  shown <- x$table
  shown$structure <- shown$family <- shown$rank <- shown$logLik <- NULL
  shown$seconds <- NULL                                  # of a page that is knitted twice they would be what differs
  if (length(unique(shown$solver)) < 2) shown$solver <- NULL
  number <- function(x, digits) {
    ifelse(is.na(x) | x == Inf, "", ifelse(x == -Inf, "exact", formatC(x, format = "f", digits = digits)))
  }
  small <- function(x) {
    ifelse(is.na(x), "", format(signif(x, digits), digits = digits, trim = TRUE, drop0trailing = TRUE))
  }
  whole <- function(x) number(x, 0)
  formats <- list(power = small, alpha = small, sigma2 = small, BIC = whole, criterion = whole, delta = whole)
  for (column in intersect(names(formats), names(shown))) {
    shown[[column]] <- vapply(shown[[column]], formats[[column]], "")
  }
  failed <- startsWith(x$table$status, "error: ")
  shown$status[failed] <- "error"
  print(shown, right = TRUE, row.names = FALSE, ...)
  if (any(failed)) cat("\n")
  for (i in which(failed)) cat(strwrap(paste0(x$table$model[i], ": ", x$table$status[i]), 78, exdent = 2), sep = "\n")
  if (!is.null(x$note)) cat("\n", paste(strwrap(x$note, 78), collapse = "\n"), "\n", sep = "")
  invisible(x)
}
