#' @keywords internal
"_PACKAGE"

#' @useDynLib nmfamily, .registration = TRUE
#' @import ggplot2
#' @importFrom generics augment glance tidy
#' @importFrom Matrix nnzero
#' @importFrom Rcpp evalCpp
#' @importFrom stats coef confint deviance fitted hatvalues logLik nobs predict residuals simulate terms update
NULL

#' @export
generics::tidy
#' @export
generics::glance
#' @export
generics::augment
#' @export
ggplot2::autoplot

.onLoad <- function(libname, pkgname) watch_forks_cpp()

`%||%` <- function(x, y) if (is.null(x)) y else x
