#' Negative Binomial dispersion by maximum likelihood
#'
#' Given the means \eqn{\mu}, solves the likelihood equation
#' \deqn{\sum \psi(v + \alpha) - \psi(\alpha) - (v + \alpha)/(\alpha + \mu) + \log(\alpha/(\alpha + \mu)) + 1 = 0}
#' by Newton-Raphson on \eqn{\log \alpha}, kept inside a bracket of the root. The variance of the model is \eqn{\mu +
#' \mu^2/\alpha}.
#'
#' When \eqn{\sum (v - \mu)^2 \le \sum v} the data are not overdispersed about these means: the likelihood increases
#' towards
#' the Poisson limit, and the estimate is `Inf`, with a message.
#'
#' Maximum likelihood takes the means as known. When they are those of a fit, K (N + M - K) parameters have followed the
#' noise, what is left of it is too small, and `alpha` too large. With `adjust`, the adjusted profile likelihood of Cox
#' and Reid (1987) is maximised,
#' \deqn{l_A(\alpha) = l(\alpha) - \frac12 \log \det I(W, H; \alpha),}{l_A(alpha) = l(alpha) - log det I(W, H; alpha) /
#' 2,}
#' with the Fisher information of the factors, as McCarthy, Chen and Smyth (2012) do for linear models of counts. Its
#' score has the additional term \eqn{-\frac12 \sum h_{ij} \mu_{ij} / (\alpha (\alpha + \mu_{ij}))}{-sum(h mu / (alpha
#' (alpha + mu))) / 2} with the leverages h of [hatvalues.nmf_fit()] at this \eqn{\alpha}. The likelihood is that of
#' means fitted at the same \eqn{\alpha}: `nmf_control(alpha_update = "adjusted")` fits both in turn. At the means of a
#' Poisson fit, which follow large counts more closely than the Negative Binomial model would, the adjusted estimate can
#' be too small when \eqn{\alpha} is small.
#'
#' @param V Counts, N x M, as in [nmf()]; missing cells have no part.
#' @param mu Means: a matrix like `V`, or a fit from [nmf()].
#' @param by `"data"` for one dispersion, `"observation"` for one for each observation.
#' @param obs Which margin of `V` (and of a matrix `mu`) holds the observations.
#' @param adjust Whether to allow for the degrees of freedom of a fit; `mu` must then be one.
#' @return A positive number, or a vector with one for each observation; `Inf` where there is no overdispersion.
#' @section Errors: `nmf_error_data` when `V` or `mu` is not valid or their shapes differ; `nmf_error_argument` when
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
#' nmf(brca21, "T/NB/3", seed = 1, control = nmf_control(alpha_update = "adjusted"))
#' @export
estimate_alpha <- function(V, mu, by = c("data", "observation"), obs = c("rows", "columns"), adjust = FALSE) {
  by <- check_choice(by, c("data", "observation"), "by")
  obs <- check_obs(obs, V)
  cells <- weigh_cells(as_data(V, obs, missing = TRUE))
  X <- cells$X
  adjust <- check_flag(adjust, "adjust")
  if (adjust && !inherits(mu, "nmf_fit")) {
    abort("argument", "`adjust` needs a fit as `mu`: the adjustment depends on the factors, not on the means alone.")
  }
  means <- if (inherits(mu, "nmf_fit")) mu else list(W = as.matrix(as_data(mu, obs, "mu")), H = matrix(0))
  shape <- c(nrow(means$W), if (inherits(mu, "nmf_fit")) ncol(means$H) else ncol(means$W))
  if (!identical(shape, dim(X))) {
    abort("data", "`mu` must have the shape of `V`, ", by_dim(dim(X)), ", not ", by_dim(shape), ".")
  }
  beside <- list(weights = cells$beside$weights, offset = if (inherits(mu, "nmf_fit")) mu$offset)
  alpha <- solve_alpha(X, means, by, given = !inherits(mu, "nmf_fit"), beside = beside, adjust = adjust)
  if (by == "observation") names(alpha) <- rownames(X)
  alpha
}

# Score of alpha, summed over the data or over each observation: a function of alpha that gives its `first` and `second`
# derivative of the log-likelihood, and `excess`, which is positive when the likelihood falls towards the Poisson limit.
# `others` are the alphas that each observation finds in the others.
score_of_alpha <- function(X, means, by, given, threads, beside, adjust, others = NULL) {
  of_data <- by == "data"
  x <- values_of(X)
  weights <- beside$weights %||% rep(1, length(x))
  counted <- x > 0 & weights > 0
  counts <- if (of_data && is.null(beside$weights)) {
    count_values_cpp(x)
  } else {
    list(values = x[counted], counts = weights[counted])
  }
  group <- if (of_data) rep(1L, length(counts$values)) else stored_rows(X)[counted]
  groups <- if (of_data) 1L else nrow(X)
  total <- function(each) {
    if (of_data) sum(each) else as.vector(rowsum(c(each, numeric(groups)), c(group, seq_len(groups))))
  }
  moving <- if (adjust) moving_parameters(means)
  function(alpha) {
    spread <- rep_len(alpha, nrow(X))
    of_mu <- alpha_score_cpp(c(list(values = X), beside), means$W, means$H, given, spread, threads)
    if (adjust) of_mu <- of_mu + alpha_adjustment(means, moving, spread, X, beside, others)
    if (of_data) of_mu <- t(colSums(of_mu))
    gain <- gamma_gain(counts$values, alpha[group])
    list(first = total(counts$counts * gain$first) + of_mu[, 1],
         second = total(counts$counts * gain$second) + of_mu[, 2],
         excess = of_mu[, 3])
  }
}

# What Cox and Reid's adjustment adds to the score: -1/2 d/da log det I = -1/2 sum h d/da log(1 / (mu + mu^2 / a)), with
# the leverages h; its derivative at constant h; and its part of the excess, which is meant at a = Inf.
alpha_adjustment <- function(fit, moving, alpha, X, beside, others) {
  variance <- function(alpha) function(mu, rows) mu + mu^2 / alpha[rows]
  leverage_sums(fit, moving, variance(alpha), X, beside, function(mu, rows) {
    a <- alpha[rows]
    list(-mu / (2 * a * (a + mu)), mu * (2 + mu / a) / (2 * a * (a + mu)^2), mu)
  }, variance(others %||% alpha))
}

solve_alpha <- function(X, means, by, given = FALSE, threads = default_threads(), beside = all_alike, adjust = FALSE,
                        near = 1) {
  groups <- if (by == "data") 1L else nrow(X)
  score <- score_of_alpha(X, means, by, given, threads, beside, adjust)
  log_alpha <- rep_len(log(ifelse(is.finite(near), near, 1)), groups)
  bracket <- list(low = rep(-Inf, groups), high = rep(Inf, groups))
  overdispersed <- score(rep(Inf, groups))$excess > 0
  for (iteration in 1:200) {
    alpha <- exp(log_alpha)
    s <- score(ifelse(overdispersed, alpha, Inf))
    up <- s$first > 0
    bracket$low[up] <- log_alpha[up]
    bracket$high[!up] <- log_alpha[!up]
    slope <- alpha * s$first + alpha^2 * s$second
    newton <- log_alpha - alpha * s$first / slope
    outward <- ifelse(is.infinite(bracket$low), bracket$high - 3, bracket$low + 3)
    closed <- is.finite(bracket$low) & is.finite(bracket$high)
    middle <- ifelse(closed, (bracket$low + bracket$high) / 2, outward)
    inside <- is.finite(newton) & slope < 0 & newton > bracket$low & newton < bracket$high & abs(newton - log_alpha) < 5
    proposal <- ifelse(inside, newton, middle)
    done <- !overdispersed | abs(proposal - log_alpha) < 1e-10
    log_alpha <- ifelse(overdispersed, proposal, log_alpha)
    if (all(done)) break
  }
  if (!all(overdispersed)) {
    share <- if (by == "observation") paste0(", for ", sum(!overdispersed), " of ", groups, " observations")
    message("alpha = Inf, the Poisson limit", share, ": the data are not overdispersed about these means.")
  }
  ifelse(overdispersed, exp(log_alpha), Inf)
}

# psi(v + a) - psi(a) and its derivative in a; at large a by the asymptotic series, where the difference would lose its
# digits.
gamma_gain <- function(v, a) {
  large <- a > 1e3
  b <- a + v
  list(
    first = ifelse(large, log1p(v / a) + v / (2 * a * b) + (1 / a^2 - 1 / b^2) / 12, digamma(b) - digamma(a)),
    second = ifelse(large, -v / (a * b) - (1 / a^2 - 1 / b^2) / 2 - (1 / a^3 - 1 / b^3) / 6, trigamma(b) - trigamma(a))
  )
}

adjusted_source <- "adjusted profile likelihood"

# Algorithm 1 of the paper: Poisson fit, alpha given its means, Negative Binomial fit (from the Poisson factors as well
# as from the random starts); alpha and factors in turn when their joint maximum, or that of the adjusted likelihood, is
# asked for.
fit_open_negbin <- function(X, model, settings, start = NULL) {
  by <- if (identical(model$family$alpha, "observation")) "observation" else "data"
  poisson <- fit_poisson(X, model, settings, start)
  update <- settings$control$alpha_update
  joint <- update != "once"
  source <- c(once = "maximum likelihood at the Poisson fit", joint = "joint maximum likelihood",
              adjusted = adjusted_source)[[update]]
  estimate <- function(fit, near = 1) {
    solve_alpha(X, fit, by, threads = settings$threads, beside = settings$beside, adjust = update == "adjusted",
                near = near)
  }
  with_alpha <- function(alpha) {
    model$family <- nmf_negbin(alpha)
    model$family$source <- source
    model
  }
  alpha <- estimate(poisson)
  if (poisson$status == "interrupted") return(stopped_at(X, with_alpha(alpha), settings, poisson))
  fit <- fit_model(X, with_alpha(alpha), settings, start, also = list(nudged(poisson)))
  rounds <- 0
  while (joint && rounds < 100 && !fit$status %in% c("interrupted", "time_limit")) {
    rounds <- rounds + 1
    previous <- alpha
    alpha <- suppressMessages(estimate(fit, alpha))
    if (max(ifelse(alpha == previous, 0, abs(alpha / previous - 1))) < settings$control$alpha_tol) break
    fit <- fit_model(X, with_alpha(alpha), settings, nudged(fit))
  }
  fit$steps <- list(poisson = list(deviance = poisson$deviance, logLik = poisson$logLik, status = poisson$status))
  fit
}

# The factors of a fit as the start of a neighbouring one. Zeros would stay zeros, so they are lifted a little.
nudged <- function(fit) {
  lift <- function(x, level) pmax(x, 1e-3 * level)
  from <- factors_of(fit)
  encoder <- fit$E %||% fit$A
  by_component <- if (is.null(encoder)) rowMeans(fit$H) else rep(colMeans(encoder), each = nrow(encoder))
  list(W = lift(from$W, rowMeans(from$W)), second = lift(from$second, by_component))
}

# W and H, D' and E, or H' and A.
factors_of <- function(fit) {
  if (!is.null(fit$A)) return(list(W = unname(t(fit$H)), second = unname(fit$A)))
  list(W = unname(fit$W), second = unname(fit$E %||% fit$H))
}

# The model at factors that are already there: what an interrupted estimation returns.
stopped_at <- function(X, model, settings, fit) {
  settings$max_iter <- 0L
  stopped <- fit_model(X, model, settings, factors_of(fit))
  stopped$status <- fit$status
  stopped
}
