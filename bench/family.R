# How often the true noise family has the best criterion.
#   NMFAMILY_BENCH_SETS=50 Rscript bench/family.R
# The data are those of bench/rank.R. Candidates at the true rank are Normal, Poisson, Tweedie (its power estimated) and
# Negative Binomial noise with one alpha and with one for each observation. Criteria are
#   paper, identifiable   BIC of compare_models() with either count of parameters
#   joint                 the same ("identifiable"), but alpha and factors at their joint maximum
#   rounded               the same ("identifiable"), with P(v - 1/2 < V < v + 1/2) in the place of densities
#   adjusted              also adjusted for the means' leverages, R/noise-criterion.R
#   score test            Poisson against Negative Binomial only: is the p-value of Dean and Lawless, with these
#                         leverages, below 0.01?
#   cells                 probabilities of a tenth of the cells, held out
# The criteria joint and cells are found for the first NMFAMILY_BENCH_HELD sets of each noise.
source("bench/common.R")
library(nmfamily)
sets <- setting("sets", 8)
held_sets <- min(setting("held", 8), sets)
true_rank <- 5
noises <- list("Poisson" = Inf, "NB 200" = 200, "NB 10" = 10, "NB by observation" = NA)
by_observation <- nmf_model(family = nmf_negbin("observation"))
models <- c(as.list(c(N = "T/N", Po = "T/Po", TW = "T/TW", NB = "T/NB")), list("NB by observation" = by_observation))
rounded <- nmfamily:::log_of_rounded
alike <- function(fit) if (length(fit$model$family$alpha) > 1) "NB by observation" else fit$model$family$symbol

fits_of <- function(V, of = models, ...) {
  table <- compare_models(V, of, true_rank, n_starts = 3, tol = 1e-3, seed = 1, verbose = FALSE, ...)
  fits <- fits(table)
  stats::setNames(fits, vapply(fits, alike, ""))
}

joint_fits <- function(V) {
  fits_of(V, models[c("NB", "NB by observation")], control = nmf_control(alpha_update = "joint"))
}

log_probability <- function(fit, v, cells, mu = fitted(fit)[cells]) {
  family <- nmfamily:::family_at(fit, cells)
  if (family$discrete) return(sum(nmfamily:::cell_log_likelihood(v, mu, family, 1)))
  sum(rounded(v, mu, family, fit$sigma2))
}

# Means are kept near those of rows and columns, as in select_rank().
held_out <- function(V, seed) {
  set.seed(seed)
  cells <- sort(sample(length(V), length(V) / 10))
  rest <- replace(V, cells, NA)
  means <- nmfamily:::independent_means(nmfamily:::read_source(rest))
  level <- means((cells - 1) %% nrow(V) + 1, (cells - 1) %/% nrow(V) + 1)
  use <- level > 0
  vapply(fits_of(rest), function(fit) {
    mu <- pmin(pmax(fitted(fit)[cells], level / 30), level * 30)
    -log_probability(fit, V[cells][use], cells[use], mu[use])
  }, 0)
}

# Of the Poisson fit, with the leverage of each cell.
overdispersion_p <- function(fit, V) {
  mu <- fitted(fit)
  score <- sum((V - mu)^2 - V + hatvalues(fit) * mu) / sqrt(2 * sum(mu^2))
  stats::pnorm(score, lower.tail = FALSE)
}

choose <- function(V, s) {
  fits <- fits_of(V)
  bic <- function(fits, df) vapply(fits, function(fit) BIC(logLik(fit, df = df)), 0)
  scores <- list(
    paper = bic(fits, "paper"), identifiable = bic(fits, "identifiable"),
    joint = if (s <= held_sets) bic(c(fits[c("N", "Po", "TW")], joint_fits(V)), "identifiable"),
    rounded = vapply(fits, function(fit) {
      log(fit$nobs) * fit$df[["identifiable"]] - 2 * log_probability(fit, as.vector(V), seq_along(V))
    }, 0),
    adjusted = vapply(fits, function(fit) nmfamily:::noise_criterion(fit, nmfamily:::data_of(fit), fits$Po), 0),
    cells = if (s <= held_sets) held_out(V, s)
  )
  best <- vapply(Filter(Negate(is.null), scores), function(x) names(x)[which.min(x)], "")
  test <- if (overdispersion_p(fits$Po, V) < 0.01) "NB" else "Po"
  adjusted <- nmfamily:::noise_likelihood(fits$NB, nmfamily:::data_of(fits$NB))$alpha
  data.frame(set = s, criterion = c(names(best), "score test"), chosen = c(unname(best), test),
             alpha = fits$NB$model$family$alpha, adjusted_alpha = adjusted)
}

of_noise <- function(noise) {
  found <- do.call(rbind, lapply(seq_len(sets), function(s) choose(simulate_counts(s, noises[[noise]]), s)))
  found$right <- if (noise == "Poisson") found$chosen == "Po" else grepl("^NB", found$chosen)
  criteria <- unique(found$criterion)
  per <- function(f) vapply(split(found, factor(found$criterion, criteria)), f, 0)
  chosen <- c("N", "Po", "TW", "NB", "NB by observation")
  counts <- table(factor(found$criterion, criteria), factor(found$chosen, chosen))
  data.frame(noise, criterion = criteria, sets = per(nrow), right = per(function(x) mean(x$right)), unclass(counts),
             median_alpha = stats::median(found$alpha), median_adjusted_alpha = stats::median(found$adjusted_alpha),
             goal = 0.98, row.names = NULL)
}

# Each noise takes the place of its last result.
for (noise in names(noises)) {
  rows <- suppressWarnings(suppressMessages(of_noise(noise)))
  known <- read_result("family")
  write_result(rbind(known[known$noise != noise, ], rows), "family")
}
