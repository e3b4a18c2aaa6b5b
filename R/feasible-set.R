#' Factors that explain the data as well
#'
#' For those who interpret components: how much of what they see do the data say, and how much is one choice of many?
#'
#' Factors are not unique: \eqn{(WG, G^{-1}H)} has the same mean as \eqn{(W, H)}, and is a factorisation too as long as
#' both stay non-negative. This says how far the components of a fit can be mixed before anything changes, and before
#' the likelihood does.
#'
#' For each pair of components, a is replaced by \eqn{(1 - s) h_a + s h_b}, \eqn{s > 0} taking some of b in and
#' \eqn{s < 0} taking it out, cut at zero.
#' * `same_lower` and `same_upper` are the ends of the \eqn{s} for which the mean is exactly the same: with \eqn{s = t /
#'   (1 + t)}, \eqn{h_a + t h_b \ge 0} and \eqn{w_b - t w_a \ge 0}.
#' * `lower` and `upper` are those where the deviance, least over all weights, has risen by the chi-squared quantile of
#'   `level` (3.84 at 95%; times \eqn{\sigma^2} where the family has one): what the data do not rule out.
#'
#' `uniqueness` is the smallest cosine similarity between a component and what it can become by one such step: 1 is
#' unique. The bands of the components are the least and the largest of each entry, over all these mixtures and over a
#' random walk of `n_draws` factorisations with exactly the same mean (each changes all ordered pairs in turn by a t
#' that is uniform on what is feasible); the bands of the weights are those of the walk. A fit with binding zeros can
#' have no other factorisation with exactly the same mean.
#'
#' What was held (`fixed`) stays: components with entries that are held are not mixed, and weights that are held do not
#' move. Intervals of single entries that allow for this and for the noise are those of [confint.nmf_fit()].
#'
#' @param fit A traditional fit from [nmf()] of at least two components.
#' @param level Confidence level of `lower` and `upper`, above 0 and below 1.
#' @param n_draws Number of factorisations of the walk; 0 for none.
#' @param threads Number of threads, see [nmf()]; pairs are shared out, and no number changes.
#' @param verbose Whether to tell of the progress, see [nmf()].
#' @param seed Seed of the walk, see [nmf()].
#' @param ... Nothing: an argument that is not known is an error.
#' @inheritParams nmf_arguments
#' @return A list of class `nmf_feasible`:
#' \describe{
#'   \item{`fit`}{the fit.}
#'   \item{`table`}{a row for each component: `component`, `uniqueness`, and `with`, the component that it mixes with
#'     most.}
#'   \item{`mixing`}{a row for each ordered pair: `component` (a), `with` (b), `same_lower`, `same_upper`, `lower`,
#'     `upper` and `cosine`, the smaller similarity at the last two.}
#'   \item{`H`, `W`}{K x M x 2 and N x K x 2 arrays, the lower and the upper ends of the bands.}
#'   \item{`level`, `n_draws`, `seed`}{as given.}
#' }
#' `tidy()`: the table (`"components"`: one row for each entry with `lower` and `upper`; `"weights"` likewise;
#' `"mixing"`). `autoplot()`: the components with their bands as lines.
#' @section Errors: `nmf_error_model` for a convex fit or one of one component; `nmf_error_data` when the data are not
#'   found, are not those that were fitted, or are fitted exactly; `nmf_error_argument`.
#' @references
#' Laursen and Hobolth (2022), A sampling algorithm to compute the set of feasible solutions for nonnegative matrix
#' factorization with an arbitrary rank, SIAM Journal on Matrix Analysis and Applications 43, 257-273,
#' \doi{10.1137/20M1378971}.
#' @seealso [confint.nmf_fit()], [find_consensus()].
#' @examples
#' fit <- nmf(brca21, "T/Po/3", seed = 1)
#' set <- feasible_set(fit, seed = 1)
#' set
#' head(tidy(set, "components"))
#' autoplot(set)
#' @export
feasible_set <- function(fit, V = NULL, level = 0.95, n_draws = 1000, ..., cell_weights = NULL, threads = NULL,
                         verbose = NULL, seed = NULL) {
  check_call(...)
  check_fit(fit)
  verbose <- check_verbose(verbose)
  level <- check_level(level)
  n_draws <- check_number(n_draws, "n_draws", 0, .Machine$integer.max, whole = TRUE)
  threads <- check_threads(threads)
  seed <- check_seed(seed)
  if (!structure_of(fit$model)$free || nrow(fit$H) < 2) {
    abort("model", "`fit` must be a traditional model of at least two components, not ", format(fit$model), ".")
  }
  refuse_penalised(fit, "the set of factors that are as good")
  data <- data_of(fit, V, cell_weights)
  check_noise_left(fit, "what is as good")
  mixing <- mixing_of(fit, data, level, threads)
  bands <- with_seed(seed, bands_of_walk(fit, n_draws, verbose))
  new_feasible(fit, mixing, bands, level, n_draws, seed)
}

# A row for each ordered pair of components, the t of mixing_cpp() as shares s = t / (1 + t).
mixing_of <- function(fit, data, level, threads) {
  K <- nrow(fit$H)
  pairs <- expand.grid(with = seq_len(K), component = seq_len(K))
  pairs <- pairs[pairs$with != pairs$component, ]
  held <- rowSums(held_entries(fit, 2, fit$H)) > 0
  moves <- which(!held[pairs$component])
  known <- fit$run$known
  t <- matrix(0, nrow(pairs), 4)
  t[moves, ] <- mixing_cpp(data, core_family(fit$model$family, nrow(data)), fit$W, fit$H,
                           c(known$fixed %||% list(nothing, nothing), list(known$penalties)), pairs$component[moves],
                           pairs$with[moves], allowed_rise(fit, level), threads)
  cosine <- vapply(seq_len(nrow(pairs)), function(i) {
    a <- fit$H[pairs$component[i], , drop = FALSE]
    min(cosines(a, mixtures(fit$H, pairs[i, ], t[i, 3:4])))
  }, 0)
  shares <- ifelse(is.finite(t), t / (1 + t), 1)
  data.frame(component = rownames(fit$H)[pairs$component], with = rownames(fit$H)[pairs$with],
             same_lower = shares[, 1], same_upper = shares[, 2], lower = shares[, 3], upper = shares[, 4],
             cosine = cosine)
}

# What a component becomes, a row for each t.
mixtures <- function(H, pair, t) {
  mixed <- t(vapply(t, function(t) pmax(H[pair$component, ] + t * H[pair$with, ], 0), H[1, ]))
  mixed / rowSums(mixed)
}

# The least and the largest of each entry over a walk through factorisations of the same mean.
bands_of_walk <- function(fit, n_draws, verbose) {
  W <- unname(fit$W)
  H <- unname(fit$H)
  K <- nrow(H)
  held <- list(W = held_entries(fit, 1, W), H = held_entries(fit, 2, H))
  bands <- list(W = list(W, W), H = list(H, H))
  pairs <- expand.grid(b = seq_len(K), a = seq_len(K))
  pairs <- pairs[pairs$a != pairs$b & rowSums(held$H)[pairs$a] == 0 & colSums(held$W)[pairs$a] == 0 &
                   colSums(held$W)[pairs$b] == 0, ]
  progress <- new_progress(verbose, "walk", rep(1, n_draws), "draws")
  for (draw in seq_len(n_draws * (nrow(pairs) > 0))) {
    tell(progress, draw)
    for (i in sample.int(nrow(pairs))) {
      a <- pairs$a[i]
      b <- pairs$b[i]
      taken <- H[b, ] > 0
      given <- W[, a] > 0
      t <- stats::runif(1, -min(H[a, taken] / H[b, taken], 1), min(W[given, b] / W[given, a], 1e6))
      row <- pmax(H[a, ] + t * H[b, ], 0)
      sum <- sum(row)
      if (!(sum > 1e-12)) next
      W[, b] <- pmax(W[, b] - t * W[, a], 0)
      W[, a] <- W[, a] * sum
      H[a, ] <- row / sum
    }
    bands <- list(W = list(pmin(bands$W[[1]], W), pmax(bands$W[[2]], W)),
                  H = list(pmin(bands$H[[1]], H), pmax(bands$H[[2]], H)))
  }
  lapply(bands, function(ends) array(unlist(ends), c(dim(ends[[1]]), 2)))
}

new_feasible <- function(fit, mixing, bands, level, n_draws, seed) {
  H <- fit$H
  for (i in seq_len(nrow(mixing))) {
    pair <- list(component = match(mixing$component[i], rownames(H)), with = match(mixing$with[i], rownames(H)))
    ends <- c(mixing$lower[i], mixing$upper[i])
    reached <- mixtures(H, pair, ends / pmax(1 - ends, 1e-9))
    a <- pair$component
    bands$H[a, , 1] <- pmin(bands$H[a, , 1], reached[1, ], reached[2, ])
    bands$H[a, , 2] <- pmax(bands$H[a, , 2], reached[1, ], reached[2, ])
  }
  dimnames(bands$H) <- c(dimnames(H), list(c("lower", "upper")))
  dimnames(bands$W) <- c(dimnames(fit$W), list(c("lower", "upper")))
  worst <- vapply(rownames(H), function(k) {
    own <- which(mixing$component == k)
    own[which.min(mixing$cosine[own])]
  }, 0L)
  table <- data.frame(component = rownames(H), uniqueness = mixing$cosine[worst], with = mixing$with[worst])
  structure(list(fit = fit, table = table, mixing = mixing, H = bands$H, W = bands$W, level = level,
                 n_draws = n_draws, seed = seed), class = "nmf_feasible")
}

#' @export
print.nmf_feasible <- function(x, digits = 3, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  cat("Factors as good as those of ", format(x$fit$model), "\n", sep = "")
  of <- x$mixing[match(paste(x$table$component, x$table$with), paste(x$mixing$component, x$mixing$with)), ]
  percent <- function(share) paste0(short(100 * share), "%")
  shown <- data.frame(component = x$table$component,
                      uniqueness = formatC(x$table$uniqueness, format = "f", digits = digits),
                      `mixes most with` = x$table$with, from = percent(of$lower), to = percent(of$upper),
                      check.names = FALSE)
  print(shown, row.names = FALSE, ...)
  cat(strwrap(paste0("From taking out to taking in of the other component, where the deviance rises by ",
                     number_text(stats::qchisq(x$level, 1), digits = 3), " (", number_text(100 * x$level),
                     "%). Uniqueness is the smallest cosine on the way."), 78), sep = "\n")
  invisible(x)
}

#' @rdname feasible_set
#' @param x,object A set from `feasible_set()`.
#' @param matrix What to give: `"mixing"`, the bands of the `"components"` or those of the `"weights"`.
#' @export
tidy.nmf_feasible <- function(x, matrix = c("mixing", "components", "weights"), ...) {
  check_call(...)
  matrix <- check_factor(matrix, c("mixing", "components", "weights"), "matrix")
  if (matrix == "mixing") return(broom_table(x$mixing))
  bands <- if (matrix == "components") x$H else x$W
  broom_table(cbind(entries_of(x$fit, matrix), lower = as.vector(bands[, , 1]), upper = as.vector(bands[, , 2])))
}

#' @rdname feasible_set
#' @param n Number of features to show for each component, where they are not mutation channels; at least 1.
#' @export
autoplot.nmf_feasible <- function(object, ..., n = 10) {
  check_call(...)
  H <- object$fit$H
  labels <- paste0(rownames(H), ", uniqueness ", format(round(object$table$uniqueness, 3), nsmall = 3))
  picture <- with_ranges(plot_components(object$fit, n, fine = FALSE), H, object$H[, , 1], object$H[, , 2])
  picture + labs(title = title_of(object$fit$model), subtitle = "What its components can become",
                 caption = paste0("Lines: mixtures with another component that the likelihood does not rule out (",
                                  number_text(100 * object$level), "%).\n", paste(labels, collapse = "; ")))
}

#' @rdname feasible_set
#' @export
plot.nmf_feasible <- function(x, ...) {
  picture <- autoplot(x, ...)
  print(picture)
  invisible(picture)
}
