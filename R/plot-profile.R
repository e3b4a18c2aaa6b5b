#' Plot of a profile likelihood
#'
#' Shows how well the data tell a power or an alpha.
#'
#' The log-likelihood of each fit, adjusted where the estimate is, against the Tweedie power, or against \eqn{\alpha} on
#' a log axis (Figures 9 and 10 of the paper). The vertical line is the estimate, the shaded range its 95% interval, and
#' the dashed line the cut-off
#' half a chi-squared quantile, 1.92, below the maximum. A line joins powers above 1 only: at powers 0 and 1 the model
#' is another one with its plain likelihood, and between them there is none. Hollow points are fits that have not
#' converged.
#'
#' @param object,x A profile from [profile_power()] or [profile_alpha()].
#' @param zoom Whether to show the neighbourhood of the interval only, where the cut-off can be seen.
#' @param ... For `plot()`, arguments of `autoplot()`; nothing otherwise.
#' @return `autoplot()`: a ggplot object. `plot()`: the same, invisibly.
#' @section Errors: `nmf_error_argument`.
#' @examples
#' profile <- profile_power(brca21, "T/TW/3", powers = c(0, 1, 1.2, 1.5, 1.8), n_starts = 2, seed = 1)
#' autoplot(profile)
#' autoplot(profile, zoom = TRUE)
#' @export
autoplot.nmf_profile <- function(object, zoom = FALSE, ...) {
  check_call(...)
  zoom <- check_flag(zoom, "zoom")
  power <- object$parameter == "power"
  table <- object$table
  adjusted <- !is.null(table$adjusted)
  curve <- if (adjusted) ifelse(is.na(table$adjusted), table$logLik, table$adjusted) else table$logLik
  points <- data.frame(value = table[[object$parameter]], logLik = curve,
                       converged = factor(table$converged, c(TRUE, FALSE)))
  points <- points[!is.na(points$logLik), ]
  if (zoom) points <- near_interval(points, object$interval)
  cutoff <- (if (adjusted) max(table$adjusted, na.rm = TRUE) else object$logLik) - stats::qchisq(0.95, 1) / 2
  name <- if (power) "power" else "alpha"
  colour <- (if (power) nmf_tweedie() else nmf_negbin())$colour
  ggplot(points, aes(.data$value, .data$logLik)) +
    (if (!anyNA(object$interval)) {
      annotate("rect", xmin = object$interval[1], xmax = object$interval[2], ymin = -Inf, ymax = Inf, fill = colour,
               alpha = 0.15)
    }) +
    geom_hline(yintercept = cutoff, linetype = "dashed", colour = "grey40") +
    geom_vline(xintercept = object$estimate, colour = colour) +
    geom_line(data = points[!power | points$value > 1, ], colour = colour) +
    geom_point(aes(shape = .data$converged), show.legend = FALSE) +
    scale_shape_manual(values = c(`TRUE` = 16, `FALSE` = 1)) +
    (if (!power) scale_x_log10()) +
    scale_y_continuous(labels = thousands) +
    labs(x = if (power) "power p" else expression(alpha), y = paste0(if (adjusted) "adjusted ", "log-likelihood"),
         title = title_of(object$model),
         subtitle = paste0(name, " = ", number_text(object$estimate, digits = 4), interval_text(object))) +
    theme_nmf()
}

#' @rdname autoplot.nmf_profile
#' @export
plot.nmf_profile <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}

interval_text <- function(profile) {
  ends <- number_text(profile$interval, digits = 4, trim = TRUE)
  known <- !is.na(profile$interval)
  if (all(known)) return(paste0(", 95% interval ", ends[1], " to ", ends[2]))
  if (known[1]) return(paste0(", 95% interval from ", ends[1], " to beyond the grid"))
  if (known[2]) return(paste0(", 95% interval from below the grid to ", ends[2]))
  if (profile$estimate %in% range(profile$table[[profile$parameter]])) {
    return(" at the end of the grid, beyond which the likelihood may still rise")
  }
  y <- if (all(is.na(profile$table$adjusted))) profile$table$logLik else profile$table$adjusted
  y <- y[!is.na(y)]
  flat <- length(y) > 0 && max(y) - min(y[1], y[length(y)]) <= stats::qchisq(0.95, 1) / 2
  if (flat) ", 95% interval beyond the grid on both sides" else ""
}

# The points within the interval and as far again on either side; an end that is not known is that of the grid.
near_interval <- function(points, interval) {
  if (all(is.na(interval))) abort("argument", "`zoom` needs a profile with an interval, from `refine = TRUE`.")
  interval <- ifelse(is.na(interval), range(points$value), interval)
  points[points$value >= interval[1] - diff(interval) & points$value <= interval[2] + diff(interval), ]
}
