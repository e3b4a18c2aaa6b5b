#' Plots of a fit
#'
#' Shows what the components are, who has how much of them, and whether the noise is as the model has it.
#'
#' `autoplot()` returns a ggplot object, which can be changed and saved; `plot()` prints it.
#'
#' \describe{
#'   \item{`"components"`}{The rows of \eqn{H}. When all features are named as mutation channels such as `A[C>A]T`, the
#'     96-channel profile: one facet for each substitution in the colours of the field, one row for each signature with
#'     an axis of its own, channels in alphabetical order of their context. DBS78, ID83, CN48 and SV32 are drawn
#'     likewise. Channels with a strand (`T:A[C>A]T`) are bars side by side in each channel, the transcribed one full;
#'     those with the bases next but one (`TA[C>A]TG`, SBS1536) a map, in which strands are added up. A `reference` is
#'     matched with what they are when collapsed, see [collapse_channels()]. Of other features the `n`
#'     largest of each component.}
#'   \item{`"difference"`}{Each component above the one of `reference` that it is matched with, and the difference.}
#'   \item{`"markers"`}{The `n` features that stand for each component by `by`, and for all components the share
#'     \eqn{H_{kj} / \sum_l H_{lj}}{H_kj / sum_l H_lj} that each has in them: a block on the diagonal is a component
#'     with features of its own.}
#'   \item{`"weights"`}{The rows of \eqn{W} as stacked bars, one for each observation; what one component has in all
#'     of them is one area where they are more than 50.}
#'   \item{`"heat_map"`}{\eqn{W} as a heat map, a column for each observation, on a logarithmic scale unless
#'     `relative`.}
#'   \item{`"reconstruction"`}{Observations above their means \eqn{WH}, and the difference: those of `observations`, or
#'     the three whose cosine similarity to their means is least.}
#'   \item{`"residuals"`}{Residuals against fitted means, with a band of two standard deviations of the model on either
#'     side, at \eqn{\pm 2 \sqrt{Var(\mu)}} for raw residuals and at \eqn{\pm 2} for the others (Figures 4 and 7 of the
#'     paper). The caption says which share of the cells lies inside, about 95% when the model is true. Where each
#'     observation has its own alpha, the lines are those of the median.}
#'   \item{`"mean_variance"`}{The mean squared residual of cells with similar fitted means, against their mean: on the
#'     line when the variance function of the model is right. Cells are put into 30 bins of equal width in \eqn{\log
#'     \mu}, bins with fewer than 10 cells are left out, as are the smallest means that make up 0.5% of the total.}
#'   \item{`"trace"`}{Objective above its last value, and the stationarity residual with its tolerance, by iteration.}
#' }
#' At most `n` cells, drawn at random, are used for `"residuals"` and `"mean_variance"`; a sparse `V` is never
#' made dense.
#'
#' @param object,x A fit from [nmf()].
#' @param type What to show, see below; other words for the factors will do, see [nmf()].
#' @param n For `"components"`, `"difference"` and `"reconstruction"`, the number of features to show for each when they
#'   are no channels, and for `"markers"`; `NULL` is 10, for differences and reconstructions 30. For `"residuals"` and
#'   `"mean_variance"`, the largest number of cells; `NULL` is 1e5. At least 1.
#' @param by For `"markers"`, what ranks the features, see [summary.nmf_fit()].
#' @param reference Known components such as [pcawg_signatures]: for `"components"`, the heading of each has the one
#'   that it is matched with and their cosine similarity, and says when the match is doubtful, see [match_components()];
#'   for `"difference"` it is shown below the component.
#' @param components,features For `"components"` and `"difference"`: which of them to show, by names or numbers, for
#'   example the channels of one kind where a fit has several; `NULL` is all.
#' @param observations For `"reconstruction"`: which of them to show, by names or numbers; `NULL` see below.
#' @param relative Whether weights are shown as shares of each observation's total.
#' @param groups A factor or vector with the group of each observation (length N; by name where it has
#'   names), shown side by side.
#' @param order_by Order of the observations (within groups): similar ones side by side, `"similar"`, by the walk of the
#'   structure plot ([autoplot.nmf_topic_model()]); by their largest component and its share, `"dominant"`; by total
#'   weight, `"total"`; or `"data"`, as in the data. `NULL` takes `"similar"` for relative and `"total"` for absolute
#'   weights.
#' @param residual Type of residual, see [residuals.nmf_fit()]; those of the first type have the same standard deviation
#'   at all means.
#' @param V The data that were fitted, for `"residuals"`, `"mean_variance"` and `"reconstruction"`. `NULL` takes those
#'   that the fit knows, see [attach_data()].
#' @param seed Seed of the draw of the cells and of randomised quantile residuals, see [nmf()].
#' @param ... For `plot()`, arguments of `autoplot()`; nothing otherwise.
#' @return `autoplot()`: a ggplot object. `plot()`: the same, invisibly.
#' @section Errors: `nmf_error_data` when the data are needed and cannot be found, or are not those that were fitted;
#'   `nmf_error_argument`.
#' @seealso [autoplot.nmf_comparison()], [autoplot.nmf_profile()], [autoplot.nmf_match()]
#' @examples
#' fit <- nmf(brca21, "T/NB/3", n_starts = 2, seed = 1)
#' autoplot(fit, reference = pcawg_signatures)
#' autoplot(fit, "weights")
#' autoplot(fit, "markers", n = 6)
#' autoplot(fit, "residuals")
#' autoplot(fit, "mean_variance")
#' plot(fit, "trace")
#' @export
autoplot.nmf_fit <- function(object, type = c("components", "difference", "weights", "heat_map", "reconstruction",
                                              "residuals", "mean_variance", "trace", "markers"), n = NULL,
                             relative = TRUE, groups = NULL, order_by = NULL,
                             residual = c("pearson", "quantile", "deviance", "raw"), V = NULL, ..., reference = NULL,
                             by = c("frex", "lift", "exclusive", "prob"), components = NULL, features = NULL,
                             observations = NULL, seed = NULL) {
  check_call(...)
  type <- check_factor(type, c("components", "difference", "weights", "heat_map", "reconstruction", "residuals",
                               "mean_variance", "trace", "markers"), "type")
  by <- check_choice(by, c("frex", "lift", "exclusive", "prob"), "by")
  if (!is.null(seed)) check_seed(seed)
  if (!is.null(n)) n <- check_number(n, "n", 1)
  relative <- check_flag(relative, "relative")
  groups <- check_groups(groups, rownames(object$W), nrow(object$W), "observations of the fit")
  order_by <- check_order(order_by, relative)
  residual <- check_choice(residual, c("pearson", "quantile", "deviance", "raw"), "residual")
  check_shown(type, components = components, features = features, observations = observations)
  k <- unique(lines_of(components, rownames(object$H), nrow(object$H), "components", "NULL or "))
  j <- unique(lines_of(features, colnames(object$H), ncol(object$H), "features", "NULL or "))
  data <- if (!is.null(V) || type %in% c("reconstruction", "residuals", "mean_variance")) data_of(object, V)
  switch(type, components = plot_components(object, n %||% 10, reference, k, j),
         difference = plot_difference(object, reference, k, j, n %||% 30),
         weights = plot_weights(object, relative, groups, order_by), trace = plot_trace(object),
         markers = plot_markers(object, n %||% 10, by),
         heat_map = plot_heat_map(object, relative, groups, order_by),
         reconstruction = plot_reconstruction(object, data, observations, n %||% 30),
         plot_cells(object, type, residual, n %||% 1e5, data$values, check_seed(seed)))
}

# What only some types show.
check_shown <- function(type, ...) {
  of <- list(components = c("components", "difference"), features = c("components", "difference"),
             observations = "reconstruction")
  given <- Filter(Negate(is.null), list(...))
  for (arg in names(given)) {
    if (!type %in% of[[arg]]) {
      abort("argument", "`", arg, "` must be NULL for `type` ", dQuote(type, FALSE), "; it is for ",
            paste(dQuote(of[[arg]], FALSE), collapse = " and "), ".")
    }
  }
}

#' @rdname autoplot.nmf_fit
#' @export
plot.nmf_fit <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}

plot_trace <- function(object) {
  if (is.null(object$trace)) {
    abort("argument", "`object` must be a fit with a trace, but it was edited without its data and has none.")
  }
  panels <- c("objective above its last value", "stationarity residual")
  trace <- data.frame(
    iteration = object$trace$iteration,
    value = c(object$trace$objective - object$objective, object$trace$kkt),
    panel = factor(rep(panels, each = nrow(object$trace)), panels)
  )
  trace <- trace[!is.na(trace$value) & trace$value > 0, ]
  tolerance <- data.frame(value = object$settings$tol, panel = factor(panels[2], panels))
  ggplot(trace, aes(.data$iteration, .data$value)) +
    geom_hline(aes(yintercept = .data$value), tolerance, linetype = "dashed", colour = "grey40") +
    geom_line(colour = object$model$family$colour) +
    facet_wrap(vars(.data$panel), scales = "free_y") +
    scale_y_log10() +
    labs(x = "iteration", y = NULL, title = title_of(object$model), subtitle = paste("Status:", object$status),
         caption = paste0("Dashed: tolerance ", number_text(object$settings$tol), ".")) +
    theme_nmf()
}
