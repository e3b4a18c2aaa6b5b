# Plots of a check.

#' @rdname check_model
#' @export
autoplot.nmf_check <- function(object, type = c("qq", "mean_variance", "observations"), ...) {
  check_call(...)
  type <- check_choice(type, c("qq", "mean_variance", "observations"), "type")
  switch(type, qq = plot_qq(object), mean_variance = plot_check_bins(object), observations = plot_observations(object))
}

#' @rdname check_model
#' @export
plot.nmf_check <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}

plot_qq <- function(check) {
  colour <- check$model$family$colour
  ggplot(check$qq[is.finite(check$qq$residual), ], aes(.data$normal, .data$residual)) +
    geom_abline(slope = 1, intercept = 0, colour = "grey70") +
    geom_point(size = 0.9, shape = 16, colour = colour) +
    labs(x = "normal quantile", y = "standardised quantile residual", title = title_of(check$model),
         caption = paste0("Line: the model is true. Standard deviation of the residuals ", short(check$residual_sd),
                          ".")) +
    theme_nmf()
}

plot_check_bins <- function(check) {
  bins <- informative(check$bins)
  if (nrow(bins) == 0) bins <- check$bins[check$bins$mean > 0 & check$bins$observed > 0, ]
  ggplot(bins, aes(.data$mean, .data$observed)) +
    geom_line(aes(y = .data$model), colour = check$model$family$colour, linewidth = 0.8) +
    geom_point(colour = "grey30", size = 1.8) +
    scale_x_log10(labels = thousands) + scale_y_log10(labels = thousands) +
    labs(x = "fitted mean", y = "mean squared residual", title = title_of(check$model),
         caption = paste0("Points: bins of about ", thousands(round(stats::median(check$bins$cells))),
                          " cells. Line: what the model expects.")) +
    theme_nmf()
}

plot_observations <- function(check) {
  table <- check$observations[!is.na(check$observations$cosine), ]
  named <- utils::head(table, check$n_worst)
  named$term <- named$observation
  ggplot(table, aes(.data$cosine, .data$mean_deviance)) +
    geom_point(size = 1.5, alpha = 0.6, shape = 16, colour = "grey30") +
    geom_point(data = named, size = 1.8, colour = check$model$family$colour) +
    name_layer(named) +
    scale_x_continuous(expand = expansion(0.08)) +
    scale_y_continuous(expand = expansion(c(0.05, 0.1))) +
    labs(x = "cosine of observed and fitted", y = "mean deviance", title = title_of(check$model),
         caption = "Named: the observations with the largest mean deviance.") +
    theme_nmf()
}
