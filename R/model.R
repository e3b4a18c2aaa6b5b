#' Models in the notation NMF/structure/family/rank
#'
#' A model says what the mean of the data is and how the data vary about it, and nothing about any data. Its notation is
#' `NMF/<T|C|CF>/<N|Po|TWp|NBalpha>/<rank>`, for example `NMF/T/TW2/3` or `NMF/C/NB36.44/5`. A missing parameter
#' means that it is
#' estimated, a missing rank that it is not fixed.
#'
#' With observations in the rows of the N x M data \eqn{V}, the mean is
#' \itemize{
#'   \item `T`, traditional: \eqn{\mu = W H}, weights \eqn{W} (N x K) and features \eqn{H} (K x M);
#'   \item `C`, convex: \eqn{\mu = D' E' V}, encoder \eqn{E} (N x K) and decoder \eqn{D} (K x N): the features
#'     \eqn{H = E' V} are non-negative combinations of the observations and \eqn{W = D'};
#'   \item `CF`, convex with an encoder over features: \eqn{\mu = V A H}, encoder \eqn{A} (M x K): the weights
#'     \eqn{W = V A} are non-negative combinations of the features, also of new observations (see [encode()]). It is the
#'     convex model of \eqn{V'}, with 2 M K - K identifiable parameters;
#'     [profile_power()], [profile_alpha()], [consensus_features()] and `method = "stability"` of [select_rank()] refuse
#'     it.
#' }
#' The families are described in [nmf_family].
#'
#' @param model The notation (the leading `NMF/` may be left out and case does not matter), or an `nmf_model`.
#' @param structure `"traditional"` or `"convex"`, when no notation is given.
#' @param family A family such as [nmf_poisson()], when no notation is given.
#' @param encoder For a convex model, `"observations"` (`C`) or `"features"` (`CF`); `NULL` is what the notation says,
#'   otherwise `"observations"`.
#' @param rank Number of components K, a whole number of at least 1, or `NULL`.
#' @return `nmf_model()`: an object of class `nmf_model`, a list of `structure`, `family` and `rank`, and of
#'   `encoder` where it is `"features"`. `all_models()`: a
#'   list of the
#'   eight models, named by their notation. `format()`: the notation as text.
#' @section Errors: `nmf_error_model` when the notation cannot be read or a parameter is out of range, `nmf_error_rank`
#'   for a rank
#'   that is not a whole number of at least 1.
#' @references James, Hobolth and Pelizzola (2026), MM-algorithms for traditional and convex NMF with Tweedie and
#'   Negative Binomial
#'   cost functions and empirical evaluation, arXiv:2603.09601, section 2.1.
#' @examples
#' nmf_model("NMF/T/NB45.21/5")
#' nmf_model("c/tw")
#' nmf_model("C/Po/3", encoder = "features")
#' nmf_model(structure = "convex", family = nmf_tweedie(power = 1.5), rank = 5)
#' names(all_models(5))
#' @export
nmf_model <- function(model = NULL, structure = c("traditional", "convex"), family = NULL, rank = NULL,
                      encoder = NULL) {
  if (inherits(model, "nmf_model")) return(with_encoder(with_rank(model, rank), encoder))
  if (!is.null(model)) return(with_encoder(with_rank(parse_model(model), rank), encoder))
  structure <- check_choice(structure, c("traditional", "convex"), "structure", "model")
  expect_arg(inherits(family, "nmf_family"), "family", "a noise family such as nmf_poisson()", family, "model")
  with_encoder(with_rank(new_model(structure, family, NULL), rank), encoder)
}

new_model <- function(structure, family, rank, encoder = NULL) {
  model <- structure(list(structure = structure, family = family, rank = rank), class = "nmf_model")
  model$encoder <- encoder
  model
}

with_encoder <- function(model, encoder) {
  if (is.null(encoder)) return(model)
  encoder <- check_choice(encoder, c("observations", "features"), "encoder", "model")
  if (model$structure != "convex") abort("model", "`encoder` is for convex models, not ", format(model), ".")
  model$encoder <- if (encoder == "features") encoder
  model
}

with_rank <- function(model, rank) {
  if (!is.null(rank)) model$rank <- check_rank(rank)
  model
}

grammar <- paste0(
  "The notation is NMF/<T|C|CF>/<N|Po|TWp|NBalpha>/<rank>, such as \"NMF/T/Po/5\" or \"C/TW1.5\": ",
  "T traditional, C convex, CF convex by features; N Normal, Po Poisson, TW Tweedie with power p = 0 or p >= 1, ",
  "NB Negative Binomial with alpha > 0; ",
  "\"NMF/\", the parameter and the rank may be left out."
)

parse_model <- function(text) {
  expect_arg(is.character(text) && length(text) == 1 && !is.na(text), "model", "one text or an nmf_model", text,
             "model")
  refuse <- function(...) abort("model", "`model` ", dQuote(text, FALSE), " cannot be read: ", ..., ".\n", grammar)
  parts <- strsplit(sub("^NMF/", "", toupper(gsub("[[:space:]]", "", text))), "/", fixed = TRUE)[[1]]
  if (!length(parts) %in% 2:3) refuse("it must have a structure, a family and at most a rank")
  structure <- switch(parts[1], T = "traditional", C = , CF = "convex",
                      refuse("the structure must be T, C or CF, not ", dQuote(parts[1], FALSE)))
  letters <- regmatches(parts[2], regexpr("^(NB|N|PO|TW)", parts[2]))
  if (length(letters) == 0) refuse("the family must be N, Po, TW or NB, not ", dQuote(parts[2], FALSE))
  number <- sub(letters, "", parts[2], fixed = TRUE)
  if (letters %in% c("N", "PO") && nzchar(number)) {
    refuse("the ", c(N = "Normal", PO = "Poisson")[[letters]], " family is written ", c(N = "N", PO = "Po")[[letters]],
           ", without a parameter")
  }
  per_observation <- letters == "NB" && number == "OBS"
  value <- if (nzchar(number) && !per_observation) suppressWarnings(as.numeric(number))
  if (isTRUE(is.na(value))) refuse(dQuote(number, FALSE), " is not a number")
  if (letters == "TW" && !is.null(value) && !(is.finite(value) && (value == 0 || value >= 1))) {
    refuse("the power must be 0 or at least 1, not ", number)
  }
  if (letters == "NB" && !is.null(value) && value <= 0) refuse("alpha must be above 0, not ", number)
  family <- switch(letters, N = nmf_normal(), PO = nmf_poisson(), TW = nmf_tweedie(value),
                   NB = nmf_negbin(if (per_observation) "observation" else value))
  rank <- NULL
  if (length(parts) == 3) {
    rank <- suppressWarnings(as.numeric(parts[3]))
    if (is.na(rank) || rank < 1 || rank != round(rank) || rank > .Machine$integer.max) {
      abort("rank", "`model` ", dQuote(text, FALSE), ": the rank must be a whole number of at least 1, not ", parts[3],
            ".\n", grammar)
    }
  }
  with_encoder(new_model(structure, family, if (!is.null(rank)) as.integer(rank)), if (parts[1] == "CF") "features")
}

structure_letters <- function(model) {
  if (encodes_features(model)) "CF" else if (model$structure == "convex") "C" else "T"
}

# A given parameter is shown in full, an estimate to four digits.
parameter_text <- function(family) {
  value <- if (family$name == "tweedie") family$power else family$alpha
  if (is.null(value)) return("")
  if (identical(value, "observation") || length(value) > 1) return("obs")
  if (!identical(family$source, "given")) value <- signif(value, max(4, ceiling(log10(value))))
  format(value, digits = 15)
}

#' @rdname nmf_model
#' @param x An `nmf_model`.
#' @param ... Not used.
#' @export
format.nmf_model <- function(x, ...) {
  paste(c("NMF", structure_letters(x), paste0(x$family$symbol, parameter_text(x$family)), x$rank),
        collapse = "/")
}

#' @export
print.nmf_model <- function(x, ...) {
  mean <- switch(structure_letters(x), T = "mu = WH", C = "mu = D'E'V", CF = "mu = VAH")
  cat(format(x), ": ", if (x$structure == "convex") "convex" else "traditional", " NMF (", mean, "), ", x$family$label,
      " noise",
      if (is_open(x$family)) paste0(", ", if (x$family$name == "tweedie") "power" else "alpha", " to be estimated"),
      if (is.null(x$rank)) ", rank not fixed", "\n", sep = "")
  invisible(x)
}

#' @rdname nmf_model
#' @export
all_models <- function(rank = NULL) {
  as_models(c("T/N", "T/Po", "T/TW", "T/NB", "C/N", "C/Po", "C/TW", "C/NB"), rank)
}

# Notations, models or a mixture of both as a list of models, named by notation.
as_models <- function(models, rank = NULL) {
  if (inherits(models, "nmf_model")) models <- list(models)
  models <- lapply(models, nmf_model)
  models <- lapply(models, function(model) if (is.null(model$rank)) with_rank(model, rank) else model)
  names(models) <- vapply(models, format, "")
  models
}
