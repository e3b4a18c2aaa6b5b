# The oracle: every formula again in plain R, sharing nothing with the package.
# Letters as in the help pages: V data, mu mean, W weights, H features, E encoder, D decoder.

# Families ---------------------------------------------------------------------------------------
# (mu - v) / Var(mu) = den - num, both >= 0; gamma is the exponent of the multiplicative update.
# N, Po: Lee and Seung (2001). TW: Fevotte and Idier (2011, table 2) with beta = 2 - p.
# NB: Gouvert, Oberlin and Fevotte (2020). A vector alpha runs down the rows of V.
# A cell with v = mu = 0 pulls on nothing that is not already zero, so den(0, 0) := 0.

reference_family <- function(name, power = NULL, alpha = NULL) {
  f <- switch(name,
    normal  = list(num = function(v, mu) v, den = function(v, mu) mu, gamma = 1, power = 0),
    poisson = list(num = function(v, mu) v / mu, den = function(v, mu) 1 + 0 * mu, gamma = 1, power = 1),
    tweedie = list(
      num = function(v, mu) v * mu^-power,
      den = function(v, mu) mu^(1 - power),
      gamma = if (power >= 1) 1 / power else 1, power = power
    ),
    negbin  = list(
      num = function(v, mu) v / mu,
      den = function(v, mu) (v + alpha) / (mu + alpha),
      gamma = 1, alpha = alpha
    )
  )
  num <- f$num
  den <- f$den
  f$name <- name
  f$num <- function(v, mu) ifelse(v == 0, 0, num(v, mu))
  # Where a zero has the mean 0, the slope from above: it holds the mean down.
  f$den <- function(v, mu) den(v, ifelse(v == 0, pmax(mu, 1e-100), mu))
  f$half_deviance <- switch(name,
    negbin = function(v, mu) half_deviance_negbin(v, mu, alpha),
    function(v, mu) half_deviance_tweedie(v, mu, f$power)
  )
  f
}

# Half the unit deviance of Tweedie p (Jorgensen 1997, section 4.1) as v q(1 - p) - q(2 - p) with
# q(t) = mu^t expm1(t log(v / mu)) / t: no digits are lost near p = 1 and p = 2.
half_deviance_tweedie <- function(v, mu, p) {
  if (p == 0) return((v - mu)^2 / 2)
  q <- function(t) if (t == 0) log(v / mu) else mu^t * expm1(t * log(v / mu)) / t
  d <- ifelse(v == 0, 0, v * q(1 - p)) - q(2 - p)
  ifelse(v == 0 & mu == 0, 0, d)
}

# v log(v / mu) - (v + a) log((v + a) / (mu + a)) cancels when a is much smaller or much larger than v.
# Collected by v and by a both terms are of the size of the answer:
# v log(v (mu + a) / (mu (v + a))) - a log((v + a) / (mu + a)); log1p never sees an argument near -1.
half_deviance_negbin <- function(v, mu, alpha) {
  if (all(is.infinite(alpha))) return(half_deviance_tweedie(v, mu, 1))
  up <- v >= mu
  log_v <- ifelse(up, log1p(alpha * (v - mu) / (mu * (v + alpha))), -log1p(alpha * (mu - v) / (v * (mu + alpha))))
  log_a <- ifelse(up, log1p((v - mu) / (mu + alpha)), -log1p((mu - v) / (v + alpha)))
  ifelse(v == 0, 0, v * log_v) - alpha * log_a
}

# The textbook forms, only to check the two functions above (McCullagh and Nelder 1989, table 2.1;
# Jorgensen 1997).
textbook_half_deviance <- function(v, mu, family) {
  p <- family$power
  v_log_v <- ifelse(v == 0, 0, v * log(v / mu))
  switch(family$name,
    normal  = (v - mu)^2 / 2,
    poisson = v_log_v - v + mu,
    tweedie = if (p == 2) v / mu - log(v / mu) - 1 else
      v^(2 - p) / ((1 - p) * (2 - p)) - v * mu^(1 - p) / (1 - p) + mu^(2 - p) / (2 - p),
    negbin  = v_log_v - (v + family$alpha) * log((v + family$alpha) / (mu + family$alpha))
  )
}

reference_variance <- function(mu, family) {
  if (family$name == "negbin") mu + mu^2 / family$alpha else mu^family$power
}

# Structures and sweeps --------------------------------------------------------------------------
# theta is list(W, H) for mu = W H and list(E, D) for mu = D' E' V (Ding, Li and Jordan 2010).

reference_mu <- function(V, theta) {
  if (is.null(theta$E)) theta$W %*% theta$H else t(theta$D) %*% (t(theta$E) %*% V)
}

reference_objective <- function(V, mu, family) sum(family$half_deviance(V, mu))

# The objective of a constant mean: what a fit has to explain.
null_objective <- function(V, family) {
  reference_objective(V, matrix(mean(V), nrow(V), ncol(V)), family)
}

# The objective of a mean twice too large: never zero, and the size of the terms whose rounding counts.
objective_scale <- function(V, family) {
  reference_objective(V, matrix(2 * mean(V), nrow(V), ncol(V)), family)
}

# The adjoint of theta[block] -> mu applied to num and to den.
adjoints <- function(V, theta, block, family) {
  mu <- reference_mu(V, theta)
  adjoint <- switch(block,
    W = function(x) x %*% t(theta$H),
    H = function(x) t(theta$W) %*% x,
    D = function(x) t(x %*% t(t(theta$E) %*% V)),
    E = function(x) V %*% (t(x) %*% t(theta$D))
  )
  list(num = adjoint(family$num(V, mu)), den = adjoint(family$den(V, mu)))
}

# One MM sweep: weights, then features, each from a fresh mu; 0 / 0 := 0.
reference_sweep <- function(V, theta, family) {
  for (block in if (is.null(theta$E)) c("W", "H") else c("D", "E")) {
    a <- adjoints(V, theta, block, family)
    theta[[block]] <- theta[[block]] * ifelse(a$num == 0, 0, a$num / a$den)^family$gamma
  }
  theta
}

# n sweeps: the last mu and the objective before the first sweep and after each.
reference_run <- function(V, theta, family, n) {
  objective <- reference_objective(V, reference_mu(V, theta), family)
  for (i in seq_len(n)) {
    theta <- reference_sweep(V, theta, family)
    objective[i + 1] <- reference_objective(V, reference_mu(V, theta), family)
  }
  list(theta = theta, mu = reference_mu(V, theta), objective = objective)
}

# Stationarity -----------------------------------------------------------------------------------

# Gradient of the objective in one block.
reference_gradient <- function(V, theta, block, family) {
  a <- adjoints(V, theta, block, family)
  a$den - a$num
}

# |min(x, gradient)| is zero exactly at a Karush-Kuhn-Tucker point (Lin 2007). Both sides made free
# of scale: x by its share of the row, column or component it belongs to, the gradient by den.
reference_kkt <- function(V, theta, family) {
  residual <- function(block) {
    a <- adjoints(V, theta, block, family)
    part <- theta[[block]] * a$den
    total <- switch(block,
      W = rowSums(part)[row(part)], H = , D = colSums(part)[col(part)], E = colSums(part)[col(part)]
    )
    slope <- ifelse(a$num == 0 & a$den == 0, 0, 1 - a$num / a$den)
    max(abs(pmin(ifelse(part == 0, 0, part / total), slope)))
  }
  max(vapply(names(theta), residual, 0))
}

# sum mu (v - mu) / Var(mu) over each row, each column and each component, as a part of
# sum mu v / Var(mu): zero at a stationary point, because scaling a row of W, a column of H or a
# component must not change the objective to first order. Convex features cannot scale one column.
reference_invariant <- function(V, W, H, family, columns = TRUE) {
  mu <- W %*% H
  gap <- family$num(V, mu) - family$den(V, mu)
  size <- family$num(V, mu)
  relative <- function(gap, size) max(abs(gap[size > 0] / size[size > 0]))
  c(
    rows = relative(rowSums(mu * gap), rowSums(mu * size)),
    columns = if (columns) relative(colSums(mu * gap), colSums(mu * size)),
    components = relative(diag(t(W) %*% gap %*% t(H)), diag(t(W) %*% size %*% t(H)))
  )
}

# Densities --------------------------------------------------------------------------------------

# log density of every cell, normalising constants included.
reference_log_density <- function(V, mu, family, sigma2) {
  p <- family$power
  if (isTRUE(p == 3)) skip_if_not_installed("statmod")
  v <- as.vector(V)
  m <- as.vector(mu)
  switch(family$name,
    normal  = dnorm(v, m, sqrt(sigma2), log = TRUE),
    poisson = dpois(v, m, log = TRUE),
    negbin  = dnbinom(v, size = rep_len(family$alpha, length(v)), mu = m, log = TRUE),
    tweedie = if (p == 2) dgamma(v, shape = 1 / sigma2, scale = m * sigma2, log = TRUE)
      else if (p == 2.5) log_density_tilted_stable(v, m, sigma2)
      else if (p == 3) statmod::dinvgauss(v, mean = m, dispersion = sigma2, log = TRUE)
      else log_density_compound_poisson(v, m, p, sigma2)
  )
}

reference_loglik <- function(V, mu, family, sigma2 = mean((V - mu)^2)) {
  sum(reference_log_density(V, mu, family, sigma2))
}

# Tweedie 1 < p < 2 is a Poisson number of gamma jumps (Jorgensen 1997, section 4.2): the sum over that
# number, far beyond both the number expected and the number that v makes likeliest.
log_density_compound_poisson <- function(v, mu, p, sigma2) {
  rate <- mu^(2 - p) / (sigma2 * (2 - p))
  likeliest <- v^(2 - p) / (sigma2 * (2 - p))
  one <- function(v, mu, rate, likeliest) {
    if (v == 0) return(-rate)
    n <- seq_len(ceiling(4 * max(rate, likeliest)) + 100)
    terms <- dpois(n, rate, log = TRUE) +
      dgamma(v, n * (2 - p) / (p - 1), scale = sigma2 * (p - 1) * mu^(p - 1), log = TRUE)
    max(terms) + log(sum(exp(terms - max(terms))))
  }
  mapply(one, v, mu, rate, likeliest)
}

# Tweedie p = 2.5 is an exponentially tilted positive stable law of index (p - 2) / (p - 1) = 1/3
# (Jorgensen 1997, section 4.2), and the stable law with Laplace transform exp(-s^(1/3)) has the
# density x^(-3/2) K_{1/3}(2 / sqrt(27 x)) / (3 pi) (Zolotarev 1986, section 2.8).
# Y = c X tilted by exp(-b y), c = 12 / sigma2^2, b = mu^(-3/2) / (1.5 sigma2).
log_density_tilted_stable <- function(v, mu, sigma2) {
  c <- 12 / sigma2^2
  z <- 2 / sqrt(27 * v / c)
  log_stable <- -1.5 * log(v / c) + log(besselK(z, 1 / 3, expon.scaled = TRUE)) - z - log(3 * pi)
  log_stable - log(c) - v * mu^-1.5 / (1.5 * sigma2) + 2 / (sigma2 * sqrt(mu))
}

# Estimates --------------------------------------------------------------------------------------

# sum (v - mu)^2 / mu^p / (N M): the paper's Pearson estimate of the dispersion.
pearson_dispersion <- function(V, mu, power) {
  sum(ifelse(V == 0 & mu == 0, 0, (V - mu)^2 / mu^power)) / length(V)
}

# Maximum likelihood alpha given mu, on log(alpha).
reference_alpha <- function(V, mu) {
  loglik <- function(log_alpha) sum(dnbinom(V, size = exp(log_alpha), mu = mu, log = TRUE))
  exp(optimize(loglik, c(-10, 15), maximum = TRUE, tol = 1e-10)$maximum)
}

# Free parameters: the paper's count, and the count of what the data can identify.
# `estimated` is the number of estimated family parameters.
reference_df <- function(structure, N, M, K, count, estimated) {
  factors <- switch(paste(count, structure),
    "paper traditional" = N * K + M * (K - 1),
    "paper convex" = N * K + N * (K - 1),
    "identifiable traditional" = N * K + (M - 1) * K,
    "identifiable convex" = 2 * N * K - K
  )
  factors + estimated
}
