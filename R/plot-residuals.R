# Residuals against means, and the mean-variance relation, on a random sample of the cells.

# Linear indices of the cells to show.
sample_cells <- function(size, n, seed) {
  n <- check_number(n, "n", 1)
  if (size <= n) seq_len(size) else with_seed(seed, sort(sample.int(size, n)))
}

# Without anything random no seed is drawn, for an argument that is not looked at is not evaluated.
plot_cells <- function(object, type, residual, n, X, seed) {
  index <- observed_cells(object, sample_cells(object$nobs, n, seed))
  if (type == "mean_variance") return(plot_mean_variance(object, X, index))
  plot_residuals(object, X, index, residual, seed)
}

# One row for each cell: fitted mean, residual, and whether it lies inside the band.
residual_cells <- function(object, X, index, type, seed) {
  v <- as.vector(X[index])
  mean <- means_at(object, index)
  residual <- residuals_at(object, v, index, type, seed)
  limit <- two_deviations(type, family_at(object, index)$variance(mean, object$sigma2), object$sigma2)
  data.frame(mean = mean, residual = residual, inside = abs(residual) <= limit)
}

# Twice the standard deviation that a residual of this type has under the model.
two_deviations <- function(type, variance, sigma2) {
  2 * sqrt(switch(type, raw = variance, deviance = rep(sigma2, length(variance)), rep(1, length(variance))))
}

# The variance function of a fit along a range of means; alphas by observation are represented by their median.
variance_curve <- function(object, mean) {
  family <- object$model$family
  if (is_by_row(family)) family <- with_parameter(family, stats::median(parameter_of(family)))
  family$variance(mean, object$sigma2)
}

# The lower and the upper line of the band; finer at small means, where the standard deviation bends most.
residual_band <- function(object, largest, type) {
  mean <- largest * seq(0, 1, length.out = 200)^2
  limit <- two_deviations(type, variance_curve(object, mean), object$sigma2)
  data.frame(mean = mean, limit = c(-limit, limit), side = rep(c("lower", "upper"), each = length(mean)))
}

residual_labels <- c(raw = "residual", pearson = "Pearson residual", deviance = "deviance residual",
                     quantile = "quantile residual")

plot_residuals <- function(object, X, index, type, seed) {
  cells <- residual_cells(object, X, index, type, seed)
  band <- residual_band(object, max(cells$mean), type)
  band$family <- words_of(object$model)$family
  ggplot(cells, aes(.data$mean, .data$residual)) +
    residual_layers(cells, band) +
    labs(x = "fitted mean (square-root scale)", y = residual_labels[[type]], title = title_of(object$model),
         caption = paste0("Lines: 2 standard deviations; ", inside_text(cells), " of the cells lie between.",
                          sample_caption(length(index), object$nobs, seed))) +
    theme_nmf()
}

# Both lines are inside the panel, whichever way the residuals are skewed.
residual_layers <- function(cells, band) {
  shown <- range(cells$residual[is.finite(cells$residual)], band$limit[is.finite(band$limit)])
  list(
    geom_hline(yintercept = 0, colour = "grey70"),
    geom_point(size = 0.7, alpha = 0.3, colour = "grey20", shape = 16),
    geom_line(aes(.data$mean, .data$limit, group = .data$side, colour = .data$family), data = band, linewidth = 0.8,
              show.legend = FALSE),
    scale_colour_manual(values = family_colours()),
    scale_x_sqrt(breaks = square_breaks, labels = thousands),
    coord_cartesian(ylim = shown)
  )
}

# Round numbers that are about equally far apart on the square-root scale.
square_breaks <- function(limits) unique(signif(seq(0, sqrt(max(limits)), length.out = 5)^2, 1))

inside_text <- function(cells) sprintf("%.1f%%", 100 * mean(cells$inside, na.rm = TRUE))

sample_caption <- function(n, size, seed) {
  if (n == size) return("")
  paste0("\nA random sample of ", thousands(n), " of ", thousands(size), " cells (seed ", seed, ").")
}

# Mean squared residual and mean of the fitted means in bins of equal width on the log scale. The smallest means, which
# make up 0.5% of the total, would be bins without a single event.
mean_variance_bins <- function(cells) {
  cells <- cells[order(cells$mean), ]
  cells <- cells[cumsum(cells$mean) > 0.005 * sum(cells$mean), ]
  breaks <- seq(log(min(cells$mean)), log(max(cells$mean)), length.out = min(30, ceiling(nrow(cells) / 20)) + 1)
  bin <- findInterval(log(cells$mean), breaks, all.inside = TRUE)
  count <- tapply(cells$mean, bin, length)
  variance <- tapply(cells$residual^2, bin, mean)
  averages <- data.frame(mean = tapply(cells$mean, bin, mean), variance = variance, cells = count)
  averages[count >= min(10, max(count)), ]
}

plot_mean_variance <- function(object, X, index) {
  bins <- mean_variance_bins(residual_cells(object, X, index, "raw", 1))
  curve <- data.frame(mean = exp(seq(log(min(bins$mean)), log(max(bins$mean)), length.out = 100)))
  curve$variance <- variance_curve(object, curve$mean)
  ggplot(bins, aes(.data$mean, .data$variance)) +
    geom_point(aes(size = .data$cells), colour = "grey30", shape = 1) +
    geom_line(data = curve, colour = object$model$family$colour, linewidth = 0.8) +
    scale_x_log10(labels = thousands) + scale_y_log10(labels = thousands) + scale_size_area(max_size = 4) +
    labs(x = "fitted mean", y = "mean squared residual", title = title_of(object$model)) +
    theme_nmf()
}
