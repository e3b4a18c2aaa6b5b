#' @keywords internal
"_PACKAGE"

#' @useDynLib nmfamily, .registration = TRUE
#' @import ggplot2
#' @importFrom generics augment glance tidy
#' @importFrom Matrix nnzero
#' @importFrom Rcpp evalCpp
#' @importFrom rlang %||%
#' @importFrom stats coef confint deviance fitted hatvalues logLik nobs predict residuals simulate terms update
NULL

#' Arguments that functions share
#'
#' Arguments of fits are described in [nmf()]; these are those of functions that take a fit or do many.
#'
#' @param fit A fit from [nmf()] or [refit()].
#' @param topics A topic model, from [fit_topics()] or [as_topic_model()].
#' @param V The data that were fitted. `NULL` takes those that the fit knows; a fit that was read from a file knows
#'   none, see [attach_data()].
#' @param cell_weights The weights of the cells that were fitted, where `V` is given and there were any.
#' @param checkpoint Name of a file such as `"fits.rds"` that keeps finished work, and from which the same call goes on
#'   after an interrupt, or `NULL`; it needs a `seed`. See [select_rank()], also for workers.
#' @keywords internal
#' @name nmf_arguments
NULL

#' @export
generics::tidy
#' @export
generics::glance
#' @export
generics::augment
#' @export
ggplot2::autoplot

.onLoad <- function(libname, pkgname) {
  watch_forks_cpp()
  serve_generic("topicmodels", "topics", function(x, ...) topics.nmf_topic_model(x, ...))
  serve_generic("modeltools", "posterior", function(object, newdata, ...) {
    posterior.nmf_topic_model(object, if (missing(newdata)) NULL else newdata, ...)
  })
}

# topics() and posterior() are generics of topicmodels too, S4 ones, which see no S3 methods. Once its package is
# loaded, such a generic gets a method for our topic models, so that it does not matter which package was attached last.
serve_generic <- function(package, generic, method) {
  add <- function(...) {
    home <- new.env(parent = asNamespace("nmfamily"))      # the namespaces are sealed
    methods::setOldClass("nmf_topic_model", where = home)
    # another version of that package may have other generics, which is no reason not to load
    try(methods::setMethod(getExportedValue(package, generic), "nmf_topic_model", method, where = home), silent = TRUE)
  }
  if (isNamespaceLoaded(package)) add() else setHook(packageEvent(package, "onLoad"), add)
}
