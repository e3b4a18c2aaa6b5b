#' A page to look around in
#'
#' For everybody who wants to see a result before reading it, or sends it to somebody who has no R. Writes one file of
#' HTML that shows a fit, a topic model or a choice of models in any browser: what the components are, what each
#' observation is made of, how well it is fitted, and why this model. It holds its data and asks nothing of the network;
#' the address keeps the view, so that a view can be mailed.
#'
#' The views are linked: a component, an observation or a fit that is chosen in one is chosen in all.
#' \describe{
#'   \item{Components}{the profile of each component where the features are the channels of an alphabet such as SBS96,
#'     with an axis of its own, and its largest features otherwise, by their relevance \eqn{\lambda \log H_{kj} + (1 -
#'     \lambda) \log (H_{kj} / p_j)} (Sievert and Shirley 2014), \eqn{p_j} being the share of the feature in the data;
#'     and the observations with most of it. `intervals` are drawn as lines, and `reference` names the known component
#'     that is nearest.}
#'   \item{Observations}{weights as stacked bars that can be sorted and searched, in blocks where there are `groups`;
#'     of the one that is chosen the weights, with their intervals, and the observed and the fitted values, \eqn{v_{ij}}
#'     and \eqn{\mu_{ij}}.}
#'   \item{Residuals}{Pearson, quantile or raw residuals (see [residuals.nmf_fit()]) against fitted means, with the band
#'     of two
#'     standard deviations of the model, those with the largest deviance residuals, and the words of `check`.}
#'   \item{Choice}{score and BIC by model and rank, and the words of the choice. What has a fit in `x` opens it.}
#' }
#' The frames are those of the plots, see [autoplot.nmf_fit()] and its like. At most 2,000 observations, evenly spaced,
#' and 2,000 features, the largest of each component, are in the page, and 2,000 points in the picture of the residuals
#' (fewer where there are more than four fits); the page says so. Numbers are rounded to three digits or more; counts
#' are not.
#'
#' All works from the keyboard: arrows change the tab, or the observation where its bar has the focus.
#'
#' @param x A fit from [nmf()] or [refit()], a topic model from [fit_topics()], a bootstrap from [bootstrap_fit()], or
#'   what [compare_models()], [choose_model()] or [select_rank()] found (with its fits, if it had `keep_fits`).
#' @param path Name of the file, which is replaced if it is there and should end in `.html`. `NULL` is a temporary file.
#' @param groups A factor or vector with the group of each observation (length N; by name where it has names).
#' @param reference Known components, such as [pcawg_signatures]: each component is shown with the one that it is
#'   matched with and their cosine similarity, see [match_components()].
#' @param intervals Intervals of the components, the weights or both of the one fit: a bootstrap from [bootstrap_fit()],
#'   or what `confint(fit, "components")` or `confint(fit, "weights")` gives, or both of these bound by their rows. A
#'   bootstrap as `x` brings its own.
#' @param check What [check_model()] found of the fit, to have its words in the page. A choice brings its own.
#' @param seed Seed of the draw of the residuals that are shown, see [nmf()].
#' @param ... Nothing: an argument that is not known is an error.
#' @inheritParams nmf_arguments
#' @return The path, invisibly. In an interactive session the page is opened, in RStudio's viewer if it is temporary.
#' @section Errors: `nmf_error_package` without the package jsonlite; `nmf_error_data` when the data cannot be found or
#'   are not those that were fitted; `nmf_error_file` when the file cannot be written, and the old one stays as it was;
#'   `nmf_error_argument` for other arguments.
#' @references Sievert and Shirley (2014), LDAvis: a method for visualizing and interpreting topics, Proceedings of the
#'   Workshop on Interactive Language Learning, Visualization, and Interfaces, 63-70, \doi{10.3115/v1/W14-3110}.
#' @seealso [report()] for a page to be read.
#' @examplesIf requireNamespace("jsonlite", quietly = TRUE)
#' fit <- nmf(brca21, "T/Po/3", seed = 1)
#' page <- explore(fit, path = tempfile(fileext = ".html"))
#' file.size(page)
#' if (interactive()) explore(compare_models(brca21, rank = 3, n_starts = 2, seed = 1))
#' @export
explore <- function(x, V = NULL, path = NULL, ..., groups = NULL, reference = NULL, intervals = NULL, check = NULL,
                    seed = NULL) {
  check_call(...)
  expect_arg(!is.character(V) || !any(grepl("[.]html?$", V)), "V", "the data; the file is named by `path = `", V)
  path <- path %||% tempfile("explore-", fileext = ".html")
  target <- check_text_file(path)
  if (!is.null(seed)) check_seed(seed)
  check_installed("jsonlite", "explore()")
  page <- in_plain_numbers({
    data <- page_data(x, V, groups, reference, intervals, check, seed)
    page_of("explore", page_title(data), data)
  })
  write_page(page, path, target)
}

page_title <- function(data) {
  if (length(data$fits)) data$fits[[1]]$label else "Choice of a model"
}
