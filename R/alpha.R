#' Negative Binomial dispersion by maximum likelihood
#'
#' For those who have means already, from whatever model, and ask how much the counts vary about them.
#'
#' Given the means \eqn{\mu}, solves the likelihood equation
#' \deqn{\sum \psi(v + \alpha) - \psi(\alpha) - (v + \alpha)/(\alpha + \mu) + \log(\alpha/(\alpha + \mu)) + 1 = 0}
#' by Newton-Raphson on \eqn{\log \alpha}, kept inside a bracket of the root. The variance of the model is \eqn{\mu +
#' \mu^2/\alpha}.
#'
#' When \eqn{\sum (v - \mu)^2 \le \sum v} the data are not overdispersed about these means: the likelihood increases
#' towards the Poisson limit, and the estimate is `Inf`, with a message.
#'
#' Maximum likelihood takes the means as known. When they are those of a fit, K (N + M - K) parameters have followed the
#' noise, what is left of it is too small, and `alpha` too large. With `adjust`, the adjusted profile likelihood of Cox
#' and Reid (1987) is maximised,
#' \deqn{l_A(\alpha) = l(\alpha) - \frac12 \log \det I(W, H; \alpha),}{l_A(alpha) = l(alpha) - log det I(W, H; alpha) /
#' 2,} with the Fisher information of the factors, as McCarthy, Chen and Smyth (2012) do for linear models of counts.
#' Its score has the additional term \eqn{-\frac12 \sum h_{ij} \mu_{ij} / (\alpha (\alpha + \mu_{ij}))}{-sum(h mu /
#' (alpha (alpha + mu))) / 2} with the leverages h of [hatvalues.nmf_fit()] at this \eqn{\alpha}. The likelihood is that
#' of means fitted at the same \eqn{\alpha}: [nmf()] fits both in turn. At the means of
#' a Poisson fit, which follow large counts more closely than the Negative Binomial model would, the adjusted estimate
#' can be too small when \eqn{\alpha} is small.
#'
#' @param V Counts, N x M, as in [nmf()]; missing cells have no part.
#' @param mu Means: a matrix like `V`, or a fit from [nmf()]; by name where both sides have names, in any order.
#' @param by `"data"` for one dispersion, `"observation"` for one for each observation.
#' @param obs Which margin of `V` (and of a matrix `mu`) holds the observations.
#' @param cell_weights Weights of the cells, as in [nmf()].
#' @param adjust Whether to allow for the degrees of freedom of a fit; `mu` must then be one.
#' @param ... Nothing: an argument that is not known is an error.
#' @return A positive number, or a vector with one for each observation; `Inf` where there is no overdispersion.
#' @section Errors: `nmf_error_data` when `V` or `mu` is not valid or their shapes differ, when `mu` is 0 where `V` is
#'   not, or when there are no counts where it is not 0; `nmf_error_argument` when
#'   `adjust` is `TRUE` and `mu` is not a fit.
#' @references
#' Cox and Reid (1987), Parameter orthogonality and approximate conditional inference, Journal of the Royal Statistical
#' Society B 49, 1-39, \doi{10.1111/j.2517-6161.1987.tb01422.x}.
#'
#' McCarthy, Chen and Smyth (2012), Differential expression analysis of multifactor RNA-Seq experiments with respect to
#' biological variation, Nucleic Acids Research 40, 4288-4297, \doi{10.1093/nar/gks042}.
#'
#' Pelizzola, Laursen and Hobolth (2023), BMC Bioinformatics 24, 187, \doi{10.1186/s12859-023-05304-1}.
#' @examples
#' fit <- nmf(brca21, "T/Po/3", seed = 1)
#' estimate_alpha(brca21, fit)
#' range(estimate_alpha(brca21, fit, by = "observation"))
#' nmf(brca21, "T/NB/3", seed = 1)
#' @export
estimate_alpha <- function(V, mu, by = c("data", "observation"), adjust = FALSE, ..., obs = c("rows", "columns"),
                           cell_weights = NULL) {
  check_call(...)
  by <- check_choice(by, c("data", "observation"), "by")
  obs <- check_obs(obs, V)
  data <- read_source(V, obs, cell_weights)
  check_range(data)
  check_spread(data, nmf_negbin())
  adjust <- check_flag(adjust, "adjust")
  check_whole(mu, "mu")
  if (adjust && !inherits(mu, "nmf_fit")) {
    abort("argument", "`adjust` needs a fit as `mu`: the adjustment depends on the factors, not on the means alone.")
  }
  of_fit <- inherits(mu, "nmf_fit")
  means <- if (of_fit) mu else list(W = as.matrix(as_data(mu, obs, "mu")), H = matrix(0))
  shape <- c(nrow(means$W), if (of_fit) ncol(means$H) else ncol(means$W))
  if (!identical(shape, dim(data))) {
    abort("data", "`mu` must have the shape of `V`, ", by_dim(dim(data)), ", not ", by_dim(shape), ".")
  }
  rows <- seq_len(nrow(data))
  names <- rownames(data)
  if (of_fit) {
    own <- match_names(names, rownames(mu$W), "V", "observations of `mu`")
    rows <- rows[own]
    data <- data[own, match_names(colnames(data), colnames(mu$H), "V", "features of `mu`")]
    data <- new_source(data$values, data$weights, mu$offset)
  } else {
    means$W <- match_dimnames(means$W, dimnames(data), "mu", "`V`")
  }
  if (!in_blocks(data)) check_possible(data, means, of_fit, by)
  alpha <- solve_alpha(data, means, by, given = !of_fit, adjust = adjust)
  if (by == "observation") stats::setNames(alpha[order(rows)], names) else alpha
}

# A count at a mean of 0 is impossible whatever alpha is, and where there are no counts at all, though means are above
# 0, the likelihood rises for ever as alpha goes to 0.
check_possible <- function(data, means, of_fit, by) {
  N <- nrow(data)
  cells <- if (is_sparse(data)) stored_cells(data$values) else seq_along(data$values)
  cells <- cells[counting(data) > 0]
  row <- row_of(cells, N)
  column <- column_of(cells, N)
  possible <- if (of_fit) logical(length(cells)) else means$W[cells] > 0
  if (of_fit) for (k in seq_len(ncol(means$W))) possible <- possible | means$W[row, k] * means$H[k, column] > 0
  rows <- labels_of(rownames(data), N)
  impossible <- which(!possible)
  if (length(impossible)) {
    abort("data", "`mu` must be above 0 where `V` is, but ", length(impossible), if (length(impossible) == 1) " is" else
      " are", " 0, first that of observation ", rows[row[impossible[1]]], " and feature ",
      labels_of(colnames(data), ncol(data))[column[impossible[1]]], ".")
  }
  total <- if (of_fit) drop(means$W %*% rowSums(means$H)) else rowSums(means$W)
  lost <- total > 0 & !seq_len(N) %in% row
  if (if (by == "data") !length(cells) && any(lost) else any(lost)) {
    abort("data", "`V` must have a count ", if (by == "data") "where `mu` is above 0." else
      paste0("in each observation whose `mu` is above 0, but ", rows[which(lost)[1]], " has none: alpha would be 0."))
  }
}

# Score of alpha, summed over the data or over each observation: a function of alpha that gives its `first` and `second`
# derivative of the log-likelihood, and `excess`, which is positive when the likelihood falls towards the Poisson limit;
# sum(mu^2), `squares`, over it is the estimate by moments. `others` are the alphas that each observation finds in the
# others. With `one_pass`, what the adjustment adds is found at the first alpha alone.
score_of_alpha <- function(data, means, by, given, threads, adjust, others = NULL, one_pass = FALSE,
                           look = function() NULL) {
  of_data <- by == "data"
  x <- if (!in_blocks(data)) values_of(data$values)
  if (in_blocks(data)) {
    counts <- counts_on_disk(data, of_data)
    group <- counts$row
  } else if (of_data && !any(data$weights != 1 & data$weights > 0)) {
    counts <- count_values_cpp(if (is.null(data$weights)) x else x[data$weights > 0])
    group <- rep(1L, length(counts$values))
  } else {
    weights <- data$weights %||% rep(1, length(x))
    counted <- x > 0 & weights > 0
    counts <- list(values = x[counted], counts = weights[counted])
    group <- if (of_data) rep(1L, length(counts$values)) else stored_rows(data$values)[counted]
  }
  groups <- if (of_data) 1L else nrow(data)
  total <- function(each) {
    if (of_data) sum(each) else as.vector(rowsum(c(each, numeric(groups)), c(group, seq_len(groups))))
  }
  moving <- if (adjust) moving_parameters(means)
  unit <- if (adjust) mean_weight(data)
  adjustment <- function(alpha) unit * alpha_adjustment(means, moving, alpha, data, others, look)
  if (one_pass) adjustment <- near_first(adjustment)
  # As alpha goes to 0, alpha times the score goes to the number of positive cells, less sum h / 2 when it is adjusted:
  # where that is not positive, the adjusted likelihood has no maximum, and the plain one is left.
  positive <- total(counts$counts * (counts$values > 0))
  able <- NULL
  function(alpha) {
    spread <- rep_len(alpha, nrow(data))
    of_mu <- alpha_score_cpp(data, means$W, means$H, given, spread, threads)
    of_h <- if (adjust) adjustment(spread)
    if (of_data) of_mu <- t(colSums(of_mu))
    if (adjust) {
      if (of_data) of_h <- t(colSums(of_h))
      able <<- able %||% (of_h[, 4] < positive)
      of_mu[, 1:3] <- of_mu[, 1:3] + able * of_h[, 1:3]
    }
    gain <- gamma_gain(counts$values, alpha[group])
    list(first = total(counts$counts * gain$first) + of_mu[, 1],
         second = total(counts$counts * gain$second) + of_mu[, 2],
         excess = of_mu[, 3], squares = of_mu[, 4])
  }
}

# What Cox and Reid's adjustment adds to the score: -1/2 d/da log det I = -1/2 sum h d/da log(1 / (mu + mu^2 / a)), with
# the leverages h; its derivative at constant h; its part of the excess, which is meant at a = Inf; and sum h / 2, to
# which the first goes, times -a, at a = 0.
alpha_adjustment <- function(fit, moving, alpha, data, others = NULL, look = function() NULL) {
  variance <- function(alpha) function(mu, rows) mu + mu^2 / alpha[rows]
  leverage_sums(fit, moving, variance(alpha), data, function(mu, rows) {
    a <- alpha[rows]
    list(-mu / (2 * a * (a + mu)), mu * (2 + mu / a) / (2 * a * (a + mu)^2), mu, array(0.5, dim(mu)))
  }, variance(others %||% alpha), look)
}

# The leverages take most of the time of a score, and depend little on alpha: at the first finite one the adjustment is
# found, and elsewhere alpha times it goes along its tangent in log alpha, between its limits at 0 and at infinity.
near_first <- function(adjustment) {
  force(adjustment)
  first <- NULL
  function(alpha) {
    if (!any(is.finite(alpha))) return(adjustment(alpha))
    if (is.null(first)) first <<- list(alpha = alpha, parts = adjustment(alpha))
    value <- first$alpha * first$parts[, 1]
    slope <- value + first$alpha^2 * first$parts[, 2]
    tangent <- value + slope * log(alpha / first$alpha)
    value <- pmin(pmax(tangent, -first$parts[, 4]), 0)
    parts <- cbind(value / alpha, (ifelse(value == tangent, slope, 0) - value) / alpha^2, 0)
    parts[!is.finite(alpha) | !is.finite(first$alpha), ] <- 0
    cbind(parts, first$parts[, 4])
  }
}

# A larger alpha than this is found at random, where the likelihood is flat to the last digit: the limit is as good.
poisson_from <- 1e12

# `near` is where to begin, instead of the estimate by moments; `early_end` says whether to end before it is done, and
# how, which the result then has as an attribute. With `one_pass` the root is that of near_first(), for fits that come
# back with the next alpha and their means at it.
solve_alpha <- function(data, means, by, given = FALSE, threads = default_threads(), adjust = FALSE, near = NULL,
                        early_end = function() NULL, one_pass = FALSE) {
  groups <- if (by == "data") 1L else nrow(data)
  early <- NULL
  look <- function() if (!is.null(status <- early_end())) stop_early(status)
  or_early <- function(work, other = NULL) {
    tryCatch(work, nmf_early = function(condition) {
      early <<- condition$status
      other
    })
  }
  score <- score_of_alpha(data, means, by, given, threads, adjust, one_pass = one_pass, look = look)
  overdispersed <- rep(TRUE, groups)
  from_near <- !is.null(near) && all(is.finite(near))
  if (!from_near) {
    at_limit <- or_early(score(rep(Inf, groups)),
                         score_of_alpha(data, means, by, given, threads, FALSE)(rep(Inf, groups)))
    # a larger alpha is rounding; means of missing cells alone may be too large for any square
    overdispersed <- (at_limit$excess > 1e-12 * at_limit$squares) %in% TRUE
    near <- near %||% (at_limit$squares / at_limit$excess)
  }
  near <- ifelse(is.finite(near), pmin(pmax(near, 1e-3), 1e9), near)
  log_alpha <- rep_len(log(ifelse(is.finite(near) & overdispersed, near, 1)), groups)
  bracket <- list(low = rep(-Inf, groups), high = rep(Inf, groups))
  for (iteration in 1:200) {
    or_early(look())
    alpha <- exp(log_alpha)
    s <- if (is.null(early)) or_early(score(ifelse(overdispersed, alpha, Inf)))
    if (!is.null(early)) break
    up <- s$first > 0
    bracket$low[up] <- log_alpha[up]
    bracket$high[!up] <- log_alpha[!up]
    slope <- alpha * s$first + alpha^2 * s$second
    newton <- log_alpha - alpha * s$first / slope
    outward <- ifelse(is.infinite(bracket$low), bracket$high - 3, bracket$low + 3)
    closed <- is.finite(bracket$low) & is.finite(bracket$high)
    middle <- ifelse(closed, (bracket$low + bracket$high) / 2, outward)
    inside <- is.finite(newton) & newton >= bracket$low & newton <= bracket$high & abs(newton - log_alpha) < 5
    proposal <- ifelse(inside, newton, middle)
    done <- !overdispersed | abs(proposal - log_alpha) < (if (one_pass) 1e-7 else 1e-10)
    log_alpha <- ifelse(overdispersed, proposal, log_alpha)
    if (all(done)) break
    if (from_near && any(log_alpha > log(near) + 5)) {     # on the way to the limit, perhaps
      return(solve_alpha(data, means, by, given, threads, adjust, NULL, early_end, one_pass))
    }
  }
  overdispersed <- overdispersed & (log_alpha < log(poisson_from)) %in% TRUE
  if (!all(overdispersed)) {
    share <- if (by == "observation") paste0(", for ", sum(!overdispersed), " of ", groups, " observations")
    message("alpha = Inf, the Poisson limit", share, ": the data are not overdispersed about these means.")
  }
  structure(ifelse(overdispersed, exp(log_alpha), Inf), early_end = early)
}

# psi(v + a) - psi(a) and its derivative in a; at large a by the asymptotic series, where the difference would lose its
# digits.
gamma_gain <- function(v, a) {
  a <- rep_len(a, length(v))
  large <- a > 1e3
  first <- second <- numeric(length(v))
  x <- a[large]
  b <- x + v[large]
  first[large] <- log1p(v[large] / x) + v[large] / (2 * x * b) + (1 / x^2 - 1 / b^2) / 12
  second[large] <- -v[large] / (x * b) - (1 / x^2 - 1 / b^2) / 2 - (1 / x^3 - 1 / b^3) / 6
  x <- a[!large]
  b <- x + v[!large]
  first[!large] <- digamma(b) - digamma(x)
  second[!large] <- trigamma(b) - trigamma(x)
  list(first = first, second = second)
}

#' @export
adjusted_noise.nmf_negbin <- function(family, fit, data) {  # nolint: object_name_linter.
  if (!is_estimated(family) || identical(family$source, adjusted_source)) return(family)
  by <- if (is_by_row(family)) "observation" else "data"
  adjusted <- nmf_negbin(suppressMessages(solve_alpha(data, fit, by, adjust = TRUE)))
  adjusted$source <- family$source
  adjusted
}
