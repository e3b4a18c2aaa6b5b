#' Rarely used settings of a fit
#'
#' For those who repeat a published fit or try an algorithm; the defaults were chosen by measurement.
#'
#' @param starts Kinds of starts, which are taken in turn: `"random"`, uniform factors; `"svd"`, the non-negative parts
#'   of the singular vectors (NNDSVD, Boutsidis and Gallopoulos 2008); `"data"`, components gathered around observations
#'   that are far from each other; `"kmeans"`, components that are the centres of groups of observations, found by
#'   k-means, with memberships \eqn{G} and \eqn{D = G + 0.2}, \eqn{E \propto G + 0.2} in convex models (Ding, Li and
#'   Jordan 2010); `"anchor"`, features that belong to one component alone, found as corners (Ke and Wang 2024; Araujo
#'   et al. 2001); `"traditional"`, for convex models, a short run of the traditional model, whose \eqn{W H} is
#'   projected on the cone of the data by an \eqn{E} fitted with \eqn{D = W'}. All are scaled to the totals of the
#'   observations. `NULL` takes `c("random", "svd", "data")` for traditional and, by measurement, `c("svd", "data",
#'   "kmeans")` for convex models.
#' @param start_iter Iterations of the first short run of each start, after 20 multiplicative sweeps (none before `"cd"`
#'   in a traditional model with Normal noise, where its steps are exact); a third of the starts then gets twice as
#'   many, and so on until one is left to be polished. A whole number of at least 1.
#' @param extrapolate Whether `"cd"`, `"mm"` and `"em"` begin each iteration a little beyond where the last one ended,
#'   and undo this when it raises the objective. `NULL` is `TRUE` for `"cd"` and `FALSE` for `"mm"` and `"em"`;
#'   `"lbfgs"` has its own acceleration.
#' @param inner_iter How many updates `"em"` gives to `W`, and then to `H`, in each iteration; a whole number of at
#'   least 1. With 1 it is `"mm"`.
#' @param parametrisation,learning_rate,decay,epochs,batch_size How `"adam"` trains a convex model: non-negative factors
#'   are `"abs"`, \eqn{|u|}; `"relu"`, \eqn{\max(u, 0)}; or `"projection"`, \eqn{u} put back to zero after each step,
#'   with \eqn{u} in units of the mean of the factor at the start. The step size falls geometrically from
#'   `learning_rate` (above 0) to `learning_rate` times `decay` (above 0, at most 1) in the last of the `epochs` (at
#'   least 1), the passes over the data. A step sees `batch_size` observations (an encoder over features) or features
#'   (one over observations) of a random partition that depends on `seed` alone; `NULL` is all of them.
#' @param rel_tol A fit has converged when the stationarity residual is below `tol` and the last quarter of the
#'   iterations lowered the objective by no more than this fraction of it; at least 0.
#' @param alpha_update How a Negative Binomial `alpha` is estimated: `"adjusted"`, in turn with the factors, by the
#'   likelihood that allows for the degrees of freedom they have used up, see [estimate_alpha()]; `"joint"`, likewise by
#'   maximum likelihood; or `"once"`, by maximum likelihood at the Poisson fit (Algorithm 1 of the paper). The last two
#'   come out too large, the more so the fewer observations there are for each component (`bench/alpha.R`).
#' @param alpha_tol Relative change of the variances \eqn{\mu + \mu^2 / \alpha}, at the mean of the cells that the
#'   counts are in, below which the estimation of `alpha` in turn with the factors ends; above 0. It ends too where
#'   changes have not become smaller for 10 rounds, as may be with an `alpha` for each observation.
#' @param adjust Whether the dispersion \eqn{\sigma^2} and a Tweedie power allow for the degrees of freedom of the
#'   factors: a power, and a \eqn{\sigma^2} by maximum likelihood, maximise the likelihood from which \eqn{\log \det
#'   I(W,
#'   H; p, \sigma^2) / 2} is taken (Cox and Reid 1987), and sums of squares are divided by \eqn{n - D}, n being the
#'   number of cells and D that of the directions into which the means can move (see [hatvalues.nmf_fit()]), instead of
#'   n. `FALSE` is the paper's.
#' @param checkpoint_every Seconds between two writings of the `checkpoint` of [nmf()], at least 0. They are further
#'   apart where writing takes more than a twentieth of the time.
#' @param dispersion How the Tweedie dispersion \eqn{\sigma^2} is estimated: `"pearson"`, the mean of \eqn{(v - \mu)^2 /
#'   \mu^p} (see `adjust`); `"ml"`, maximum likelihood; `"auto"`, maximum likelihood when more than half of the cells
#'   are zero, Pearson
#'   otherwise.
#' @param df Which count of parameters `logLik()` and `BIC()` use: `"paper"`, N K + M (K - 1) for traditional and N K +
#'   N (K - 1) for convex models, plus one for a Tweedie power or an `alpha` (one per observation when each has its
#'   own); or `"identifiable"`, N K + (M - 1) K and 2 N K - K plus every estimated dispersion, power and alpha.
#' @param ... Nothing: a name that is not known is an error.
#' @return An object of class `nmf_control`: a list of the settings.
#' @section Errors: `nmf_error_control` for a value out of range or an unknown name.
#' @references
#' Araujo et al. (2001), The successive projections algorithm for variable selection in spectroscopic multicomponent
#' analysis, Chemometrics and Intelligent Laboratory Systems 57, 65-73, \doi{10.1016/S0169-7439(01)00119-8}.
#'
#' Boutsidis and Gallopoulos (2008), SVD based initialization: a head start for nonnegative matrix factorization,
#' Pattern Recognition 41, 1350-1362, \doi{10.1016/j.patcog.2007.09.010}.
#'
#' Ding, Li and Jordan (2010), Convex and semi-nonnegative matrix factorizations, IEEE TPAMI 32, 45-55,
#' \doi{10.1109/TPAMI.2008.277}.
#'
#' Ke and Wang (2024), Using SVD for topic modeling, Journal of the American Statistical Association 119, 434-449,
#' \doi{10.1080/01621459.2022.2123813}.
#' @examples
#' nmf_control(alpha_update = "once", adjust = FALSE)  # the paper's
#' @export
nmf_control <- function(starts = NULL, ..., start_iter = 20, extrapolate = NULL, inner_iter = 4,
                        parametrisation = c("abs", "relu", "projection"), learning_rate = 0.3, decay = 0.1,
                        epochs = 1000, batch_size = NULL, rel_tol = 1e-8,
                        alpha_update = c("adjusted", "joint", "once"), alpha_tol = 1e-4, adjust = TRUE,
                        dispersion = c("auto", "pearson", "ml"), df = c("paper", "identifiable"),
                        checkpoint_every = 120) {
  check_call(..., .what = "control")
  structure(
    list(
      starts = if (!is.null(starts)) check_kinds(starts),
      start_iter = check_number(start_iter, "start_iter", 1, whole = TRUE, what = "control"),
      extrapolate = if (!is.null(extrapolate)) check_flag(extrapolate, "extrapolate", "control"),
      inner_iter = check_number(inner_iter, "inner_iter", 1, 1000, whole = TRUE, what = "control"),
      parametrisation = check_choice(parametrisation, c("abs", "relu", "projection"), "parametrisation", "control"),
      learning_rate = check_number(learning_rate, "learning_rate", 0, open = TRUE, what = "control"),
      decay = check_number(decay, "decay", 0, 1, open = TRUE, what = "control"),
      epochs = check_number(epochs, "epochs", 1, .Machine$integer.max, whole = TRUE, what = "control"),
      batch_size = if (!is.null(batch_size)) {
        check_number(batch_size, "batch_size", 1, .Machine$integer.max, whole = TRUE, what = "control")
      },
      rel_tol = check_number(rel_tol, "rel_tol", 0, what = "control"),
      alpha_update = check_choice(alpha_update, c("adjusted", "joint", "once"), "alpha_update", "control"),
      alpha_tol = check_number(alpha_tol, "alpha_tol", 0, open = TRUE, what = "control"),
      adjust = check_flag(adjust, "adjust", "control"),
      dispersion = check_choice(dispersion, c("auto", "pearson", "ml"), "dispersion", "control"),
      df = check_choice(df, c("paper", "identifiable"), "df", "control"),
      checkpoint_every = check_number(checkpoint_every, "checkpoint_every", 0, what = "control")
    ),
    class = "nmf_control"
  )
}

#' @rdname nmf_control
#' @param x A control.
#' @export
print.nmf_control <- function(x, ...) {
  check_call(..., .base = print.default)
  x <- as_control(x)
  values <- vapply(x, function(value) paste(deparse(value), collapse = " "), "")
  changed <- !mapply(identical, unclass(x), unclass(nmf_control()))
  cat("Settings of a fit", if (any(changed)) ", * where they are not the default", "\n",
      paste0(ifelse(changed, "* ", "  "), format(names(x)), "  ", values, "\n"), sep = "")
  invisible(x)
}

check_kinds <- function(starts) {
  kinds <- c("random", "svd", "data", "kmeans", "anchor", "traditional")
  expect_arg(is.character(starts) && length(starts) && all(starts %in% kinds), "starts",
             paste("one or more of", paste(dQuote(kinds, FALSE), collapse = ", ")), starts, "control")
  starts
}

as_control <- function(control) {
  expect_arg(is.list(control) && !is.null(names(control)), "control", "the value of nmf_control() or a named list",
             control, "control")
  do.call(nmf_control, unclass(control), quote = TRUE)
}

# The settings of a fit, numbers and choices only, checked by themselves and against the models; a seed is drawn last,
# so that an error leaves R's random numbers alone.
fit_settings <- function(n_starts = 10, solver = "auto", max_iter = 20000, tol = 1e-6, time_limit = Inf,
                         control = nmf_control(), threads = NULL, verbose = NULL, seed = NULL,
                         models = list()) {
  if (!is.null(seed)) check_seed(seed)
  settings <- list(
    n_starts = check_number(n_starts, "n_starts", 1, whole = TRUE),
    solver = check_solver_names(solver),
    max_iter = check_number(max_iter, "max_iter", 0, .Machine$integer.max, whole = TRUE),
    tol = check_number(tol, "tol", 0),
    deadline = now() + check_number(time_limit, "time_limit", 0),
    threads = check_threads(threads),
    verbose = check_verbose(verbose),
    control = as_control(control)
  )
  for (model in models) check_settings(model, settings)
  settings$seed <- check_seed(seed)
  settings
}

# Solvers and starts that are not for the model.
check_settings <- function(model, settings) {
  check_solver(model, settings)
  check_start_kinds(model, settings)
}

check_start_kinds <- function(model, settings) {
  if (length(setdiff(settings$control$starts, structure_of(model)$starts))) {
    abort("control", "`starts` \"traditional\" is for convex models, not ", format(model), ".")
  }
}

# The same from the dots of functions that pass them on to a fit.
settings_from <- function(..., models = list()) {
  given <- list(...)
  known <- setdiff(names(formals(fit_settings)), "models")
  unknown <- setdiff(names(given), known)
  if (length(unknown) || length(given) != sum(nzchar(names(given)))) {
    what <- if (length(unknown)) dQuote(unknown[1], FALSE) else "unnamed values"
    abort("argument", "`...` must be arguments of nmf(), not ", what,
          if (length(unknown)) nearest_is(unknown[1], known), ".")
  }
  do.call(fit_settings, c(given, list(models = models)), quote = TRUE)
}

check_threads <- function(threads) {
  if (is.null(threads)) default_threads() else check_number(threads, "threads", 1, 1024, whole = TRUE)
}

now <- function() proc.time()[["elapsed"]]

# Two unless the machine or the environment says less: the limit under which packages are checked.
default_threads <- function() {
  limit <- suppressWarnings(as.integer(Sys.getenv("OMP_THREAD_LIMIT", "2")))
  max(1L, min(2L, limit, cores(), na.rm = TRUE))
}

# Counted once a session: R starts a process to do it.
cores <- local({
  counted <- NULL
  function() counted <<- counted %||% parallel::detectCores()
})
