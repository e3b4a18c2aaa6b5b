#' Models in the notation NMF/structure/family/rank
#'
#' For those who want to know what `"T/NB/5"` says, or make a model without a notation.
#'
#' A model says what the mean of the data is and how the data vary about it, and nothing about any data. Its notation is
#' `NMF/<T|C|CF>/<N|Po|TWp|NBalpha>/<rank>`, for example `NMF/T/TW2/3` or `NMF/C/NB36.44/5`. A missing parameter
#' means that it is estimated, a missing rank that it is not fixed.
#'
#' Words do as well as letters, in any case: `"traditional"`, `"convex"`, `"convex by features"`; `"normal"` or
#' `"gaussian"`, `"poisson"`, `"tweedie"`, `"negbin"` or `"negative binomial"`. `NMF/` may be left out, and so may the
#' structure: `"Po"`, `"poisson/3"` and a family such as [nmf_poisson()] are traditional models.
#'
#' With observations in the rows of the N x M data \eqn{V}, the mean is
#' \itemize{
#'   \item `T`, traditional: \eqn{\mu = W H}, weights \eqn{W} (N x K) and features \eqn{H} (K x M);
#'   \item `C`, convex: \eqn{\mu = D' E' V}, encoder \eqn{E} (N x K) and decoder \eqn{D} (K x N): the features
#'     \eqn{H = E' V} are non-negative combinations of the observations and \eqn{W = D'};
#'   \item `CF`, convex with an encoder over features: \eqn{\mu = V A H}, encoder \eqn{A} (M x K): the weights
#'     \eqn{W = V A} are non-negative combinations of the features, also of new observations (see [encode()]). It is the
#'     convex model of \eqn{V'}, with 2 M K - K identifiable parameters.
#' }
#' The families are described in [nmf_family].
#'
#' @param model The notation, a family such as [nmf_poisson()], or an `nmf_model`.
#' @param structure `"traditional"` or `"convex"`, where `model` does not say it.
#' @param family A family such as [nmf_poisson()], or its notation such as `"TW1.5"`, instead of `model`.
#' @param encoder For a convex model, `"observations"` (`C`) or `"features"` (`CF`); `NULL` is what the notation says,
#'   otherwise `"observations"`.
#' @param rank Number of components K, a whole number of at least 1, or `NULL`. A model that has a rank keeps it.
#' @param ... Nothing: an argument that is not known is an error.
#' @return `nmf_model()`: an object of class `nmf_model`, a list of `structure`, `family` and `rank`, and of
#'   `encoder` where it is `"features"`. `all_models()`: a
#'   list of the
#'   eight models, named by their notation. `format()`: the notation as text.
#' @section Errors: `nmf_error_model` when the model is missing, its notation cannot be read, a parameter is out of
#'   range or two arguments contradict each other; `nmf_error_rank` for a rank that is not a whole number of at least 1,
#'   and for a `rank` that is not the one of `model`.
#' @references James, Hobolth and Pelizzola (2026), MM-algorithms for traditional and convex NMF with Tweedie and
#'   Negative Binomial cost functions and empirical evaluation, arXiv:2603.09601, section 2.1.
#' @examples
#' nmf_model("NMF/T/NB45.21/5")
#' nmf_model("c/tw")
#' nmf_model("convex/poisson/4")
#' nmf_model(nmf_poisson(), rank = 3)
#' nmf_model("C/Po/3", encoder = "features")
#' nmf_model(structure = "convex", family = nmf_tweedie(power = 1.5), rank = 5)
#' names(all_models(5))
#' @export
nmf_model <- function(model = NULL, structure = c("traditional", "convex"), family = NULL, rank = NULL, encoder = NULL,
                      ...) {
  check_call(...)
  structure <- if (!missing(structure)) check_choice(structure, c("traditional", "convex"), "structure", "model")
  if (missing(model)) model <- NULL                      # the caller's own argument may be what is missing
  if (!is.null(model) && !is.null(family)) {
    abort("model", "the family is given twice, in `model` and as `family`; give one of them.")
  }
  if (is.null(model) && is.null(family) && is.null(structure)) missing_model()
  model <- if (is.null(model)) as_family(family) else model
  if (inherits(model, "nmf_family")) {
    model <- new_model(if (is.null(structure)) "traditional" else structure, model, NULL)
  } else if (!inherits(model, "nmf_model")) {
    model <- parse_model(model, structure)
  }
  if (!is.null(structure) && structure != model$structure) {
    abort("model", "`model` is ", format(model), ", but `structure` is ", dQuote(structure, FALSE),
          "; leave one of them out.")
  }
  with_encoder(with_own_rank(model, rank), encoder)
}

missing_model <- function(arg = "model") {
  abort("model", "`", arg, "` is missing; give a notation such as \"NMF/T/Po/5\", a family such as nmf_poisson(), or ",
        "an nmf_model.\n", grammar())
}

new_model <- function(structure, family, rank, encoder = NULL) {
  model <- structure(list(structure = structure, family = family, rank = rank), class = "nmf_model")
  model$encoder <- encoder
  model
}

with_encoder <- function(model, encoder) {
  if (is.null(encoder)) return(model)
  encoder <- check_choice(encoder, c("observations", "features"), "encoder", "model")
  if (!structure_of(model)$has_encoder) abort("model", "`encoder` is for convex models, not ", format(model), ".")
  model$encoder <- if (encoder == "features") encoder
  model
}

with_rank <- function(model, rank) {
  if (!is.null(rank)) model$rank <- check_rank(rank)
  model
}

# A rank from outside is for a model that has none, or the same.
with_own_rank <- function(model, rank) {
  ranked <- with_rank(model, rank)
  if (!is.null(model$rank) && ranked$rank != model$rank) {
    abort("rank", "the rank is given twice: `model` ", format(model), " has ", model$rank, ", but `rank` is ", rank,
          "; leave one of them out.")
  }
  ranked
}

without_rank <- function(model) {
  model["rank"] <- list(NULL)
  model
}

traditional_of <- function(model) new_model("traditional", model$family, model$rank)

with_family <- function(model, family) {
  model$family <- family
  model
}

# The model with a parameter that was estimated to be estimated again; `profiled`: also one that takes many fits.
open_again <- function(model, profiled = TRUE) {
  family <- model$family
  if (!is_estimated(family) || (family$parameter$profiled && !profiled)) return(model)
  with_family(model, with_parameter(family, if (is_by_row(family)) "observation"))
}

# Structure and family as tables have them.
words_of <- function(model) list(structure = structure_of(model)$name, family = model$family$name)

grammar <- function() {
  letters <- vapply(all_families(), function(family) paste0(family$symbol, family$parameter$letter), "")
  of_family <- vapply(all_families(), function(family) {
    paste0(family$symbol, " ", family$label, if (!is.null(family$parameter)) paste(" with", family$parameter$grammar))
  }, "")
  of_structure <- vapply(structures, function(one) paste(one$letters, one$name), "")
  paste0(
    "The notation is NMF/<", paste(names(structures), collapse = "|"), ">/<", paste(letters, collapse = "|"),
    ">/<rank>, such as \"NMF/T/Po/5\" or \"C/TW1.5\": ", paste(of_structure, collapse = ", "), "; ",
    paste(of_family, collapse = ", "), "; \"NMF/\", the structure (T), the parameter and the rank may be left out, ",
    "and words do as in \"convex/poisson/5\"."
  )
}

# What a notation may say, named by what it stands for.
structure_words <- function() {
  unlist(lapply(unname(structures), function(one) stats::setNames(c(one$letters, one$name), rep(one$letters, 2))))
}

family_words <- function(families) {
  unlist(lapply(unname(families), function(family) {
    words <- c(family$symbol, family$name, family$words)
    stats::setNames(words, rep(family$symbol, length(words)))
  }))
}

# "T, C or CF (traditional, convex, convex by features)"
choices_text <- function(letters, words) {
  n <- length(letters)
  paste0(paste(letters[-n], collapse = ", "), " or ", letters[n], " (", paste(words, collapse = ", "), ")")
}

# Case and spaces do not matter.
plain <- function(text) gsub("[[:space:]_]", "", to_upper(text))

letters_of <- function(word, words) names(words)[match(plain(word), plain(words))]

# A decimal number, or NA.
number_in <- function(text) {
  if (grepl("^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)(E[+-]?[0-9]+)?$|^[+-]?INF$", text)) as.numeric(text) else NA_real_
}

parse_model <- function(text, structure = NULL) {
  expect_arg(is.character(text) && length(text) == 1 && !is.na(text), "model",
             "one notation, a family such as nmf_poisson() or an nmf_model", text, "model")
  refuse <- function(..., what = "model") {
    abort(what, "`model` ", dQuote(text, FALSE), " cannot be read: ", ..., ".\n", grammar())
  }
  parts <- strsplit(sub("^[[:space:]]*NMF[[:space:]]*/", "", text, ignore.case = TRUE), "/", fixed = TRUE)[[1]]
  parts <- trimws(parts)
  if (!length(parts) %in% 1:3) refuse("it must have a structure, a family and at most a rank")
  letters <- letters_of(parts[1], structure_words())
  if (is.na(letters) && without_structure(parts)) {
    parts <- c("", parts)
    letters <- if (identical(structure, "convex")) "C" else "T"
  }
  if (is.na(letters)) {
    all <- choices_text(names(structures), vapply(structures, `[[`, "", "name"))
    refuse("the structure must be ", all, ", not ", dQuote(parts[1], FALSE), nearest_is(parts[1], structure_words()))
  }
  if (length(parts) == 1) refuse("it has a structure but no family")
  family <- read_family(parts[2], refuse)
  rank <- if (length(parts) == 3) read_rank(parts[3], refuse)
  model <- new_model(structures[[letters]]$kind, family, rank)
  model$encoder <- structures[[letters]]$encoder
  model
}

# "Po", "poisson/3": a family alone, or with a rank.
without_structure <- function(parts) {
  length(parts) == 1 || (length(parts) == 2 && !is.na(number_in(plain(parts[2]))))
}

# The word, and the parameter at its end.
family_parts <- function(text) {
  pattern <- "^(.*?)([+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:E[+-]?[0-9]+)?|[+-]?INF|OBS)?$"
  regmatches(plain(text), regexec(pattern, plain(text), perl = TRUE))[[1]][-1]
}

read_family <- function(text, refuse) {
  families <- all_families()
  words <- family_words(families)
  parts <- family_parts(text)
  letters <- letters_of(parts[1], words)
  if (is.na(letters)) {
    word <- if (nzchar(parts[2])) parts[1] else text
    all <- choices_text(names(families), vapply(families, `[[`, "", "name"))
    refuse("the family must be ", all, ", not ", dQuote(text, FALSE), nearest_is(word, words))
  }
  number <- parts[2]
  family <- families[[letters]]
  if (!nzchar(number)) return(family)
  parameter <- family$parameter
  if (is.null(parameter)) refuse("the ", family$label, " family is written ", letters, ", without a parameter")
  if (parameter$by_row && number == "OBS") return(with_parameter(family, "observation"))
  value <- number_in(number)
  if (is.na(value)) refuse(dQuote(number, FALSE), " is not a number")
  if (!parameter$is_valid(value)) refuse(parameter$called, " must be ", parameter$must, ", not ", number)
  with_parameter(family, value)
}

read_rank <- function(text, refuse) {
  rank <- number_in(plain(text))
  if (is.na(rank) || rank < 1 || rank != round(rank) || rank > .Machine$integer.max) {
    refuse("the rank must be a whole number of at least 1, not ", text, what = "rank")
  }
  as.integer(rank)
}

# A family, or its notation.
as_family <- function(family, arg = "family") {
  if (inherits(family, "nmf_family")) return(check_whole(family, arg))
  expect_arg(is.character(family) && length(family) == 1 && !is.na(family), arg,
             "a noise family such as nmf_poisson(), or its notation such as \"Po\"", family, "model")
  refuse <- function(...) abort("model", "`", arg, "` ", dQuote(family, FALSE), " cannot be read: ", ..., ".")
  read_family(family, refuse)
}

#' @rdname nmf_model
#' @param x An `nmf_model`.
#' @param ... Nothing: an argument that is not known is an error.
#' @export
format.nmf_model <- function(x, ...) {
  check_call(..., .base = format.default)
  paste(c("NMF", structure_of(x)$letters, paste0(x$family$symbol, parameter_text(x$family)), x$rank),
        collapse = "/")
}

#' @export
print.nmf_model <- function(x, ...) {
  check_call(..., .base = print.default)
  one <- structure_of(x)
  cat(format(x), ": ", one$kind, " NMF (", one$mean, "), ", x$family$label, " noise",
      if (is_open(x$family)) paste0(", ", parameter_name(x$family), " to be estimated"),
      if (is.null(x$rank)) ", rank not fixed", "\n", sep = "")
  invisible(x)
}

#' @rdname nmf_model
#' @export
all_models <- function(rank = NULL, ...) {
  check_call(...)
  as_models(c("T/N", "T/Po", "T/TW", "T/NB", "C/N", "C/Po", "C/TW", "C/NB"), rank)
}

# Notations, models, families or a mixture of them as a list of models, named by notation.
as_models <- function(models, rank = NULL, arg = "models") {
  if (missing(models)) missing_model(arg)
  models <- lapply(one_by_one(models, arg), nmf_model)
  expect_arg(length(models) > 0, arg, "at least one model", models)
  open <- vapply(models, function(model) is.null(model$rank), NA)
  ranked <- if (any(open)) open else TRUE                # a rank for none of them is given twice
  models[ranked] <- lapply(models[ranked], with_own_rank, rank)
  names(models) <- vapply(models, format, "")
  models
}

# What a model says, without the functions of its family, which are not the same object in every session.
facts_of_model <- function(model) {
  list(structure = model$structure, encoder = model$encoder, rank = model$rank, family = model$family$name,
       parameter = parameter_of(model$family))
}

# A model and a family are lists too, and c() of them is a list of their parts.
one_by_one <- function(models, arg) {
  if (is.atomic(models)) return(as.list(as.vector(models)))
  if (!is.list(models) || inherits(models, c("nmf_model", "nmf_family"))) return(list(models))
  if (any(c("structure", "symbol") %in% names(models))) {
    abort("model", "`", arg, "` must have models and families in list(), not in c().")
  }
  do.call(c, lapply(unname(models), function(one) if (length(one)) one_by_one(one, arg) else list(one)))
}
