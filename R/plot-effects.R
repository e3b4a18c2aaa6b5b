#' Plots of explained weights
#'
#' Shows which covariates go with which components, and how surely.
#'
#' \describe{
#'   \item{`"effects"`}{The coefficients of each component with their intervals, one panel for each term but the
#'     intercept; filled points are those whose interval does not hold zero.}
#'   \item{`"means"`}{The mean weight of each component by one covariate, with intervals of the mean, over the weights
#'     of the observations. Other covariates stay as they are in the data, and the mean is over all observations.}
#' }
#'
#' @param object,x Explained weights from [explain_weights()].
#' @param type What to show, see below.
#' @param variable For `"means"`, the covariate, a variable of `data`; `NULL` is the first one of the formula.
#' @param ... For `plot()`, arguments of `autoplot()`; nothing otherwise.
#' @return `autoplot()`: a ggplot object. `plot()`: the same, invisibly.
#' @section Errors: `nmf_error_argument`, also when there is no covariate to show.
#' @examples
#' some <- seq(1, 480, 4)
#' topics <- fit_topics(addresses$counts[some, ], 3, n_starts = 2, seed = 1)
#' effects <- explain_weights(topics, ~ era + form, addresses$documents[some, ], draws = 10, seed = 1)
#' autoplot(effects)
#' autoplot(effects, "means")
#' @export
autoplot.nmf_effects <- function(object, type = c("effects", "means"), variable = NULL, ...) {
  check_call(...)
  type <- check_choice(type, c("effects", "means"), "type")
  variables <- names(object$frame)
  if (!is.null(variable)) variable <- check_choice(variable, variables, "variable")
  if (type == "effects") return(plot_effects(object))
  expect_arg(length(variables) > 0, "object", "explained by a covariate", object)
  plot_means(object, variable %||% variables[1])
}

#' @rdname autoplot.nmf_effects
#' @export
plot.nmf_effects <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}

caption_of_effects <- function(object) {
  paste0("Lines: ", number_text(100 * object$level), "% intervals",
         if (object$n_draws > 0) paste0(" with the uncertainty of the weights (", object$n_draws, " draws)"), ".")
}

plot_effects <- function(object) {
  table <- object$table
  terms <- rownames(object$coefficients)
  if (length(terms) > 1) terms <- setdiff(terms, "(Intercept)")
  table <- table[table$term %in% terms, ]
  table$term <- factor(table$term, terms)
  table$component <- factor(table$component, rev(colnames(object$coefficients)))
  table$clear <- table$conf.low > 0 | table$conf.high < 0
  ggplot(table, aes(.data$estimate, .data$component)) +
    geom_vline(xintercept = 0, colour = "grey60") +
    geom_linerange(aes(xmin = .data$conf.low, xmax = .data$conf.high), linewidth = 0.8,
                   colour = object$model$family$colour) +
    geom_point(aes(shape = .data$clear), size = 2.2, fill = "white", colour = object$model$family$colour) +
    scale_shape_manual(values = c(`TRUE` = 16, `FALSE` = 21), guide = "none") +
    facet_wrap(vars(.data$term), scales = "free_x") +
    scale_x_continuous(n.breaks = 4, guide = guide_axis(check.overlap = TRUE)) +
    labs(x = if (object$relative) "change of the proportion" else "change of the weight", y = NULL,
         title = title_of(object$model), caption = caption_of_effects(object)) +
    theme_nmf() +
    theme(panel.spacing.x = unit(16, "pt"))
}

plot_means <- function(object, variable) {
  x <- object$frame[[variable]]
  expect_arg(is.null(dim(x)), "variable", "a covariate of one column", variable)
  values <- if (is.numeric(x)) seq(min(x), max(x), length.out = 30) else factor(levels(x), levels(x))
  X <- mean_rows(object$frame, variable, values)
  components <- colnames(object$coefficients)
  lines <- do.call(rbind, lapply(components, function(k) {
    mean <- drop(X %*% object$coefficients[, k])
    df <- min(object$table$df[object$table$component == k], na.rm = TRUE)
    error <- sqrt(pmax(rowSums((X %*% object$covariance[, , k]) * X), 0)) * stats::qt((1 + object$level) / 2, df)
    data.frame(component = factor(k, components), x = values, mean = mean, low = mean - error,
               high = mean + error, row.names = NULL)
  }))
  points <- data.frame(component = factor(rep(components, each = nrow(object$weights)), components),
                       x = rep(x, length(components)), weight = as.vector(object$weights))
  picture <- ggplot(lines, aes(.data$x, .data$mean, colour = .data$component, fill = .data$component))
  picture <- if (is.numeric(x)) {
    picture + geom_point(aes(.data$x, .data$weight), points, size = 0.6, alpha = 0.5) +
      geom_ribbon(aes(ymin = .data$low, ymax = .data$high), alpha = 0.25, colour = NA) +
      geom_line(linewidth = 0.8)
  } else {
    picture +
      geom_point(aes(.data$x, .data$weight), points, size = 0.6, alpha = 0.5,
                 position = position_jitter(0.15, 0, seed = 1)) +
      geom_pointrange(aes(ymin = .data$low, ymax = .data$high), colour = "black", shape = 21, size = 0.5)
  }
  picture +
    facet_wrap(vars(.data$component), scales = if (object$relative) "fixed" else "free_y") +
    scale_component(length(components)) +
    guides(colour = "none", fill = "none") +
    labs(x = variable, y = if (object$relative) "proportion of weight" else "weight", title = title_of(object$model),
         caption = caption_of_effects(object)) +
    theme_nmf() +
    theme(axis.text.x = if (max(nchar(levels(x)), 0) * length(values) > 30 && !is.numeric(x)) {
      element_text(angle = 90, hjust = 1, vjust = 0.5)
    })
}

# Mean rows of the model matrix with each of the values of a covariate for all observations.
mean_rows <- function(frame, variable, values) {
  one <- function(v) {
    frame[[variable]][] <- values[v]
    colMeans(model_rows(frame))
  }
  do.call(rbind, lapply(seq_along(values), one))
}
