#' Seed words of topics
#'
#' For those who know some words, genes or other features by which topics or programmes are to be told: a prior for
#' [fit_topics()].
#'
#' Each topic with seeds is given `strength` pseudo-counts, in equal parts on its seeds, as if from a document that is
#' about this topic alone: with the pseudo-counts \eqn{b_{jk}} the fit maximises the likelihood times
#' \eqn{\prod_{jk} F_{jk}^{b_{jk}}}, a Dirichlet prior on each topic with concentrations \eqn{1 + b_{jk}}. A seed is
#' where
#' a topic leans to and not what it must be: words that never come with the seeds stay out of the topic, and seeds of
#' little `strength` give way to the data. Each start begins with half of a topic at its seeds.
#'
#' @param seeds A list with the seeds of each topic, characters; the names are those of the topics. A topic may have as
#'   few seeds as one. Seeds that the data have no term for are left out, with a message.
#' @param strength Pseudo-counts of each topic, above 0: a number, or one for each topic, by name where both `seeds` and
#'   `strength` have names. `NULL` is a tenth of the words
#'   that a topic has on average.
#' @param ... Nothing: an argument that is not known is an error.
#' @return An object of class `nmf_seeds` for the argument `prior` of [fit_topics()]. Topics beyond those with seeds are
#'   free, and come after them.
#' @section Errors: `nmf_error_argument`; from [fit_topics()] also for a topic of whose seeds the data have none.
#' @references Lu, Ott, Cardie and Tsou (2011), Multi-aspect sentiment analysis with topic models, IEEE ICDM Workshops,
#'   81-88, \doi{10.1109/ICDMW.2011.125}, for seed words as asymmetric priors.
#' @examples
#' seeds <- seed_terms(list(money = c("treasury", "revenue"), abroad = c("treaty", "peace")))
#' topics <- fit_topics(addresses$counts[seq(1, 480, 5), ], 3, prior = seeds, n_starts = 2, seed = 1)
#' terms(topics, 4)
#' @export
seed_terms <- function(seeds, strength = NULL, ...) {
  check_call(...)
  words <- function(x) is.character(x) && length(x) > 0 && !anyNA(x)
  ok <- is.list(seeds) && length(seeds) > 0 && !is.object(seeds) && all(vapply(seeds, words, NA))
  expect_arg(ok, "seeds", "a list of the seeds of each topic, characters", seeds)
  if (!is.null(strength)) {
    ok <- is_numbers(strength) && length(strength) %in% c(1L, length(seeds)) && all(strength > 0 & strength <= 1e50)
    expect_arg(ok, "strength", "a number above 0, or one for each topic", strength)
    if (length(strength) > 1) strength <- match_values(strength, names(seeds), "strength", "topics of `seeds`")
    strength <- unname(strength)
  }
  structure(list(seeds = lapply(seeds, unique), strength = strength), class = "nmf_seeds")
}

#' @export
print.nmf_seeds <- function(x, ...) {
  check_call(..., .base = print.default)
  labels <- labels_of(names(x$seeds), length(x$seeds))
  strength <- if (is.null(x$strength)) "a tenth of a topic" else paste(number_text(unique(x$strength)), collapse = ", ")
  cat("Seeds of ", length(x$seeds), if (length(x$seeds) == 1) " topic" else " topics", ", pseudo-counts: ", strength,
      "\n", sep = "")
  cat(paste0("  ", format(labels), "  ", vapply(x$seeds, paste, "", collapse = " "), "\n"), sep = "")
  invisible(x)
}

# Terms x topics, 1 + pseudo-counts, of seeds that these data have.
concentrations_of <- function(seeds, problem) {
  check_whole(seeds, "prior")
  seeds <- do.call(seed_terms, unclass(seeds))
  terms <- colnames(problem$data)
  if (is.null(terms)) abort("argument", "`prior` has seeds, and `V` has no names of terms to find them by.")
  if (length(seeds$seeds) > problem$model$rank) {
    abort("argument", "`prior` has seeds of ", length(seeds$seeds), " topics, and `rank` is ", problem$model$rank, ".")
  }
  mean_size <- sum(counting(problem$data)) / problem$model$rank
  strength <- rep_len(seeds$strength %||% (mean_size / 10), length(seeds$seeds))
  prior <- matrix(1, length(terms), length(seeds$seeds), dimnames = list(terms, names(seeds$seeds)))
  unknown <- setdiff(unlist(seeds$seeds), terms)
  if (length(unknown)) {
    message(length(unknown), if (length(unknown) == 1) " seed is" else " seeds are", " no term of `V`, first ",
            dQuote(unknown[1], FALSE), ", and left out.")
  }
  for (k in seq_along(seeds$seeds)) {
    at <- match(intersect(seeds$seeds[[k]], terms), terms)
    if (!length(at)) {
      abort("argument", "`prior` must have a seed for each topic that is a term of `V`, but topic ", k, " has none.")
    }
    prior[at, k] <- 1 + strength[k] / length(at)
  }
  prior
}

# Terms x topics of concentrations, in the order of the terms; of topics beyond its columns 1.
prior_matrix <- function(prior, problem) {
  size <- c(ncol(problem$data), problem$model$rank)
  ok <- is.numeric(prior) && nrow(prior) == size[1] && ncol(prior) %in% seq_len(size[2]) && all(is.finite(prior)) &&
    all(prior >= 1) && max(prior) <= 1e50
  expect_arg(ok, "prior", paste0("a number of at least 1, one for each of the ", size[1],
                                 " terms, a matrix of terms x topics, or seed_terms()"), prior)
  order <- match_names(rownames(prior), colnames(problem$data), "prior", "terms of `V`", "argument")
  prior <- prior[order, , drop = FALSE]
  free <- size[2] - ncol(prior)
  names <- colnames(prior)
  prior <- cbind(prior, matrix(1, size[1], free))
  if (!is.null(names)) colnames(prior) <- make.unique(c(names, sprintf("k%d", length(names) + seq_len(free))))
  prior
}

# A problem with pseudo-counts on the components. Where they tell topics apart these keep their order, have the names of
# the prior, and begin half where it leans to.
with_prior <- function(problem, prior) {
  prior <- as_doubles(prior, "prior")
  if (inherits(prior, "nmf_seeds")) prior <- concentrations_of(prior, problem)
  if (is.matrix(prior)) {
    prior <- prior_matrix(prior, problem)
    counts <- unname(t(prior)) - 1
    leans <- rowSums(counts)
    problem$known$names <- colnames(prior)
    problem$known$seeds <- counts / ifelse(leans > 0, leans, 1)
  } else {
    M <- ncol(problem$data)
    ok <- is_numbers(prior) && length(prior) %in% c(1L, M) && all(is.finite(prior)) && all(prior >= 1)
    expect_arg(ok, "prior", paste0("a number of at least 1, one for each of the ", M, " terms, a matrix of terms x ",
                                   "topics, or seed_terms()"), prior)
    if (length(prior) > 1) prior <- match_values(prior, colnames(problem$data), "prior", "terms of `V`")
    counts <- matrix(rep(prior - 1, length.out = M), problem$model$rank, M, byrow = TRUE)
  }
  if (all(counts == 0)) return(problem)
  if (!problem$model$family$discrete) abort("argument", "`prior` is for Poisson and Negative Binomial noise only.")
  problem$known$penalties <- c(problem$known$penalties, list(list(kind = "dirichlet", block = 2L, value = counts)))
  problem
}

# Topics that lean somewhere begin half there.
seeded_start <- function(start, seeds) {
  if (is.null(seeds)) return(start)
  leans <- rowSums(seeds) > 0
  own <- start$second[leans, , drop = FALSE]
  start$second[leans, ] <- (own + seeds[leans, , drop = FALSE] * rowSums(own)) / 2
  start
}

# The prior of a fit, terms x topics.
prior_of <- function(fit) {
  counts <- Find(is_prior, fit$run$known$penalties)$value
  structure(1 + t(counts), dimnames = rev(dimnames(fit$H)))
}
