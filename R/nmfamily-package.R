#' A map of the package, by task
#'
#' For everybody who explains a table of non-negative numbers by a few additive components, and has to say which noise
#' the data have, how many components there are, and how sure one can be of them.
#'
#' The mean of the data \eqn{V} (observations x features) is \eqn{W H}: weights of the observations times components.
#' The fields have names of their own, which are understood wherever one of the two is chosen:
#'
#' | here | mutational signatures | topics | single cells |
#' |---|---|---|---|
#' | observation, feature | tumour, channel | document, term | cell, gene |
#' | components, `H` | signatures | topics | programmes |
#' | weights, `W` | exposures, activities | topic proportions (scaled) | loadings, usage |
#'
#' @section Fit a model:
#' * [nmf()] fits one; [nmf_model()] and [all_models()] name models; [nmf_normal()], [nmf_poisson()], [nmf_tweedie()]
#'   and [nmf_negbin()] are their noises; [nmf_control()] has settings that are rarely needed.
#' * [refit()] fits with known components, such as reference signatures; [update()][nmf_fit-methods] changes a fit, or
#'   goes on with more observations.
#' * [nmf_penalty()] makes factors sparse, and [group_mask()] gives groups or batches components of their own, in
#'   [nmf()].
#' * `fit[k]`, [merge_components()] and [rename_components()] choose, join and name components.
#'
#' @section Data larger than memory:
#' * [nmf()] takes the name of a 10x or AnnData file, arrays on disk and lists of matrices; [nmf_blocks()] opens them
#'   for several fits, [read_rows()] is for other kinds; [estimate_cost()] tells what a fit will cost. See
#'   `vignette("large-data")`.
#'
#' @section Choose the model and the rank:
#' * [choose_model()] answers all of it in one call: noise, structure, rank, and how sure.
#' * [select_rank()] for the rank alone, [compare_models()] for models of one rank, [compare_splits()] by observations
#'   that were left out.
#' * [profile_alpha()], [profile_power()] and [estimate_alpha()] for the parameter of the noise, [select_penalty()] for
#'   the strength of a penalty.
#'
#' @section Check it, and say how sure you are:
#' * [check_model()] says whether the noise is as the model has it.
#' * [confint()][confint.nmf_fit], [bootstrap_fit()] give intervals; [find_consensus()] finds what all runs agree on;
#'   [feasible_set()] tells what other factors would do as well; [hatvalues()][hatvalues.nmf_fit] are leverages.
#' * [explain_weights()] regresses weights on covariates, with their uncertainty.
#'
#' @section Look at it, and go on:
#' * [autoplot()][autoplot.nmf_fit] draws fits and all other results; [plot_progress()] compares the courses of fits.
#' * [explore()] makes a page to look around in, [report()] one to be read, for somebody who has no R.
#' * [match_components()] and [cosine_similarity()] compare components with others, [combine_studies()] those of several
#'   studies; [attribute_cells()] shares counts out
#'   among components.
#' * [tidy()][tidy.nmf_fit], [glance()][glance.nmf_match] and [augment()][tidy.nmf_fit] are tables; [fits()] the fits in
#'   a result.
#' * [predict()][predict.nmf_fit], [encode()] and [decode()] take new observations; [attach_data()] gives a fit its data
#'   back.
#'
#' @section Topics:
#' * [fit_topics()] fits a topic model, by [seed_terms()] one that is guided by words, [as_topic_model()] and
#'   [as_poisson_nmf()] turn one model into the other.
#' * [terms()][terms.nmf_topic_model], [topics()] and [posterior()] read it; [compare_topics()] finds the terms that
#'   tell topics apart; [coherence()], [exclusivity()], [perplexity()] and [document_likelihood()] judge it;
#'   [merge_topics()] joins topics; [write_ldavis()] writes it for LDAvis.
#' * [choose_topics()] shows what speaks for each number of topics; [typical_documents()] and [topic_correlation()] are
#'   for reading.
#' * [addresses] are data.
#'
#' @section Mutational signatures:
#' * [read_catalogue()] and [read_signatures()] read the tables of the field; [write_signatures()], [write_activities()]
#'   and [write_probabilities()] write them.
#' * [decompose_signatures()] takes signatures apart into known ones, [plan_study()] tells which a further study would
#'   find.
#' * [collapse_channels()] and [split_channels()] go between fine and coarse channels; [bind_catalogues()] and
#'   [split_components()] join and part several kinds of mutations, and [weigh_tables()] gives each its own alpha.
#' * [pcawg_signatures], [brca21] and [liver] are data.
#'
#' @section Single cells:
#' * [nmf()] takes a `SingleCellExperiment` or a Seurat object, [cell_counts()] another assay or layer of it, and
#'   [add_reduction()] puts the weights back into it. [summary()][summary.nmf_fit] names marker genes,
#'   [enrich_components()] the sets of genes that they are rich in.
#'
#' @section To read:
#' `vignette("nmfamily")` first. Then, by what you want: `vignette("model-and-rank")`, `vignette("signatures")`,
#' `vignette("topics")`, `vignette("autoencoder")`; `vignette("mathematics")` for the formulas, `vignette("paper")` for
#' the figures of the paper, `vignette("truth")` for what is found how often, and `vignette("extending")` for a noise of
#' your own.
"_PACKAGE"

#' @useDynLib nmfamily, .registration = TRUE
#' @import ggplot2
#' @importFrom compiler cmpfun
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
