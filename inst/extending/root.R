#' @rdname nmf_family
#' @export
nmf_root <- function() {
  unknown <- function(v) rep(NA_real_, length(v))
  new_family(
    "root", "Rt", "Square-root", words = "square root", colour = "#CC79A7", has_dispersion = TRUE, axis = 0.5,
    variance = function(mu, sigma2) sigma2 * sqrt(mu),
    log_saturated = function(v, sigma2) unknown(v),
    distribution = function(v, mu, sigma2, lower = TRUE) unknown(v),
    random = function(mu, sigma2) abort("model", "A quasi family has no distribution to draw from.")
  )
}
