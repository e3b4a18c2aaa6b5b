#' Plots of a comparison of models
#'
#' Shows how far models are apart, and which noise the data have.
#'
#' \describe{
#'   \item{`"criterion"`, `"bic"`}{The criterion of [compare_models()], or BIC (Figures 3 and 6 of the paper), of each
#'     model above the best one, as bars.}
#'   \item{`"mean_variance"`}{The variance function of each model over the range of fitted means, and as points the mean
#'     squared residuals of the best model (see [autoplot.nmf_fit()]).}
#'   \item{`"residuals"`}{Residuals against fitted means for each model, with a band of two standard deviations (Figures
#'     4 and 7 of the paper). All panels show the same cells.}
#'   \item{`"similarity"`}{Cosine similarity of each model's components with those of the best model, see
#'     [match_components()].}
#' }
#'
#' @param object,x A comparison from [compare_models()].
#' @param type What to show, see below.
#' @param residual Type of residual, see [residuals.nmf_fit()].
#' @param V The data that were fitted, for `"mean_variance"` and `"residuals"`. `NULL` takes those that
#'   the fit knows, see [attach_data()].
#' @param n Largest number of points in all panels together; cells are drawn at random.
#' @param seed Seed of the draw of the cells and of randomised quantile residuals, see [nmf()].
#' @param ... For `plot()`, arguments of `autoplot()`; nothing otherwise.
#' @return `autoplot()`: a ggplot object. `plot()`: the same, invisibly.
#' @section Errors: `nmf_error_data` when the data are needed and cannot be found, or are not those that were fitted;
#'   `nmf_error_argument`.
#' @examples
#' models <- c("T/Po", "T/NB", "C/Po", "C/NB")
#' comparison <- compare_models(brca21, models, rank = 3, n_starts = 2, seed = 1)
#' autoplot(comparison)
#' autoplot(comparison, "mean_variance")
#' autoplot(comparison, "residuals")
#' autoplot(comparison, "similarity")
#' @export
autoplot.nmf_comparison <- function(object, type = c("criterion", "bic", "mean_variance", "residuals", "similarity"),
                                    residual = c("pearson", "quantile", "deviance", "raw"), V = NULL,
                                    n = 1e5, ..., seed = NULL) {
  check_call(...)
  type <- check_choice(type, c("criterion", "bic", "mean_variance", "residuals", "similarity"), "type")
  if (!is.null(seed)) check_seed(seed)
  residual <- check_choice(residual, c("pearson", "quantile", "deviance", "raw"), "residual")
  n <- check_number(n, "n", 1)
  bars <- type %in% c("criterion", "bic")
  if (bars && is.null(V)) return(plot_bars(object, type))
  models <- Filter(Negate(is.null), object$fits)
  if (length(models) == 0) abort("argument", "`object` must have a model that was fitted.")
  names(models) <- make.unique(names(models), " #")
  data <- if (!is.null(V) || type %in% c("mean_variance", "residuals")) data_of(models[[1]], V)
  if (bars) return(plot_bars(object, type))
  if (type == "similarity") return(autoplot(match_components(models, models[[1]])))
  if (type == "residuals") n <- max(1, n / length(models))
  plot_cells_of_models(models, type, residual, n, data$values, check_seed(seed))
}

plot_cells_of_models <- function(models, type, residual, n, X, seed) {
  index <- observed_cells(models[[1]], sample_cells(models[[1]]$nobs, n, seed))
  if (type == "mean_variance") return(plot_variances(models, X, index))
  plot_residual_panels(models, X, index, residual, seed)
}

#' @rdname autoplot.nmf_comparison
#' @export
plot.nmf_comparison <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}

# The models that compare, and how far each is above the best.
bars_frame <- function(object, type) {
  table <- object$table[!is.na(object$table$delta), ]
  if (type == "bic") table$delta <- above_least(table$BIC, min(table$BIC, Inf))
  table
}

plot_bars <- function(object, type) {
  table <- bars_frame(object, type)
  left_out <- nrow(object$table) - nrow(table)
  labels <- make.unique(labels_of_rows(table), " #")
  table$model <- factor(labels, rev(labels))
  table$structure <- factor(table$structure, intersect(structure_names(), table$structure))
  ggplot(table, aes(.data$delta, .data$model, fill = .data$family)) +
    geom_col(width = 0.75) +
    geom_text(aes(label = paste0(" ", thousands(round(.data$delta)))), hjust = 0, size = 3) +
    facet_grid(rows = vars(.data$structure), scales = "free_y", space = "free_y", labeller = label_wrap_gen(10)) +
    scale_fill_manual(values = family_colours(), labels = family_labels(), breaks = names(family_labels())) +
    scale_x_continuous(labels = thousands, expand = expansion(c(0, 0.2))) +
    labs(x = paste(if (type == "bic") "BIC" else "Criterion", "above the best model"), y = NULL, fill = "noise",
         title = "How far models are from the best",
         caption = if (left_out) paste(left_out, "of the models failed or do not compare.")) +
    theme_nmf() +
    theme(panel.grid.major.y = element_blank())
}

# Structure and family of each fit, with its notation as the label of a panel or curve.
model_facts <- function(models) {
  words <- do.call(rbind, lapply(unname(models), function(fit) data.frame(words_of(fit$model))))
  cbind(model = names(models), words)
}

# One data frame from one for each model.
bind_models <- function(models, frames) {
  facts <- model_facts(models)
  levels <- facts$model[order(match(facts$structure, structure_names()), match(facts$family, names(family_labels())))]
  facts$model <- factor(facts$model, levels)
  joined <- function(i) data.frame(facts[rep(i, nrow(frames[[i]])), ], frames[[i]], row.names = NULL)
  do.call(rbind, lapply(seq_along(models), joined))
}

plot_variances <- function(models, X, index) {
  best <- residual_cells(models[[1]], X, index, "raw", 1)
  bins <- mean_variance_bins(best)
  mean <- exp(seq(log(min(bins$mean)), log(max(bins$mean)), length.out = 100))
  curve_of <- function(fit) data.frame(mean = mean, variance = variance_curve(fit, mean))
  curves <- bind_models(models, lapply(models, curve_of))
  ggplot(curves, aes(.data$mean, .data$variance)) +
    geom_point(aes(size = .data$cells), data = bins, colour = "grey50", shape = 1) +
    geom_line(aes(colour = .data$family, linetype = .data$structure, group = .data$model), linewidth = 0.8) +
    scale_colour_manual(values = family_colours(), labels = family_labels(), breaks = names(family_labels())) +
    scale_linetype_manual(values = structure_lines(), breaks = structure_names()) +
    guides(colour = guide_legend(order = 1), linetype = guide_legend(order = 2), size = guide_legend(order = 3)) +
    scale_x_log10(labels = thousands) + scale_y_log10(labels = thousands) + scale_size_area(max_size = 4) +
    labs(x = "mean", y = "variance", colour = "noise", linetype = "structure",
         caption = paste0("Circles: mean squared residuals of ", names(models)[1], ".")) +
    theme_nmf()
}

plot_residual_panels <- function(models, X, index, type, seed) {
  cells <- lapply(models, residual_cells, X, index, type, seed)
  bands <- Map(function(fit, cells) residual_band(fit, max(cells$mean), type), models, cells)
  shares <- lapply(cells, function(cells) data.frame(label = paste(inside_text(cells), "inside")))
  points <- bind_models(models, cells)
  ggplot(points, aes(.data$mean, .data$residual)) +
    residual_layers(points, bind_models(models, bands)) +
    geom_text(aes(0, Inf, label = .data$label), bind_models(models, shares), hjust = 0, vjust = 1.5, size = 3) +
    facet_wrap(vars(.data$model), nrow = length(unique(model_facts(models)$structure))) +
    labs(x = "fitted mean (square-root scale)", y = residual_labels[[type]],
         caption = paste0("Lines: 2 standard deviations.", sample_caption(length(index), models[[1]]$nobs, seed))) +
    theme_nmf()
}
