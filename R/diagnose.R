#' Does the model hold?
#'
#' For everybody, before a fit is interpreted.
#'
#' Compares a fit with its data: the shape of the noise, its variance at each mean, the number of zeros, and how well
#' each observation is reconstructed. The verdict is in words.
#'
#' A fitted mean takes up a part \eqn{h} of the noise of its own cell, its leverage: the sum of those in the regression
#' of the observation on \eqn{H} and of the feature on \eqn{W}, with weights \eqn{1 / Var(\mu)}, over the entries that
#' are not zero (Hoaglin and Welsch 1978). Over all cells it sums up to the number of free parameters of the means.
#' Residuals are therefore too small, and so is an estimated dispersion. With fitted means \eqn{\mu} and model variance
#' \eqn{Var(\mu)}, in which an estimated \eqn{\sigma^2} is multiplied by \eqn{N M / \sum (1 - h)} and an estimated
#' `alpha` maximises the likelihood adjusted for the means (Cox and Reid 1987), \eqn{\log L + \sum h \log Var(\mu) /
#' 2}, the statistics are
#' \describe{
#'   \item{`uniformity`}{the Kolmogorov-Smirnov distance \eqn{\max_u |F(u) - u|} between the probabilities \eqn{u =
#'     \Phi(z / \sqrt{1 - h})} of the standardised randomised quantile residuals \eqn{z} (Dunn and Smyth 1996) and the
#'     uniform distribution, where \eqn{h} counts as at most 0.9;}
#'   \item{`dispersion`}{under Poisson noise the score statistic against Negative Binomial noise, \eqn{T = \sum \{(v -
#'     \mu)^2 - v + h \mu\} / \sqrt{2 \sum \mu^2}} (Dean and Lawless 1989; see also Cameron and Trivedi 1990). Otherwise
#'     Pearson's \eqn{X^2 = \sum (v - \mu)^2 / Var(\mu)} over \eqn{\sum (1 - h)}. By approximation its standard
#'     deviation is \eqn{\sqrt{\sum (2 + \kappa)} / \sum (1 - h)}, where \eqn{\kappa} is the excess kurtosis of a cell:
#'     0 (Normal), \eqn{p (2 p - 1) \sigma^2 \mu^{p-2}} (Tweedie), \eqn{6 / \alpha + 1 / Var(\mu)} (Negative
#'     Binomial);}
#'   \item{`mean_variance`}{the slope of \eqn{\log ratio} of mean squared residual to its expectation, the mean of
#'     \eqn{(1 - h) Var(\mu)}, on the \eqn{\log} of the mean, by least squares over the bins in which at least 20 cells
#'     are expected not to be zero: how much faster the variance grows, as a power of the mean, than that of the model;}
#'   \item{`zeros`}{the number of zeros less that expected, \eqn{\sum P(0; \mu)}, for Poisson, Negative Binomial and
#'     Tweedie noise with \eqn{1 < p < 2};}
#'   \item{`observations`}{the largest mean deviance of an observation, over \eqn{\sigma^2}.}
#' }
#' Leverages are those of a linear model, so that the distributions in textbooks still do not apply. Each statistic is
#' therefore compared with those of `n_runs` data sets that are drawn from the fit (with the `alpha` or \eqn{\sigma^2}
#' above) and fitted again, from its factors and for at most `max_iter` iterations, with a new `alpha` or
#' \eqn{\sigma^2} if it was estimated (but the same Tweedie power). A p-value is that of a new draw from a normal
#' distribution with the mean \eqn{m} and standard deviation \eqn{s} of these statistics (the logarithm \eqn{\log(x /
#' r)} of `uniformity`, and \eqn{(1 - (x / r)^{-b}) / b} with \eqn{b = \sqrt{M \log N} / 5} for `observations`, linear
#' in \eqn{\log(x / r)} where its slope is 1/2, as the logarithm of a largest value is skewed; \eqn{r} is the
#' `reference`), by Student's t: \eqn{(x - m) / (s \sqrt{1 + 1 /
#' B})} with \eqn{B - 1} degrees of freedom, where \eqn{B} is `n_runs`. Those two are tested for large values, the
#' others on both sides. Thus a few data sets are enough, at the price of a normal approximation.
#'
#' In simulations of data that were fitted by their own model at rank 5 (100 x 96 cells with means near 31), 4.5% of 200
#' p-values of `uniformity` were below 0.05 under Poisson noise, and 4% of 200 under Negative Binomial noise with
#' `alpha = 10`; they agree with a uniform distribution (Kolmogorov-Smirnov tests, p = 0.58 and 0.62).
#' At means near 2, where parameters take up a quarter of the noise (40 x 30 cells, rank 4), it was 12% of 60 under
#' Poisson and 3% of 60 under Negative Binomial noise. A Poisson model of Negative Binomial data with `alpha = 200`
#' (100 x 96 cells) was rejected at this level by `uniformity` in 94% and by `dispersion` in 100% of 50 data sets.
#'
#' Where there are fewer than 10 counts for each parameter of the means, fitted means follow single counts, and data
#' that are drawn from them are not quite like those that were fitted: p-values are `approximate`, a statement is
#' doubted from 0.001 on, and the reason says so.
#'
#' A statement is doubted when its p-value is below 0.01, so that of a true model something is in about 4 of 100. The
#' variance has two p-values. Components are said to be alike from a cosine similarity of 0.95 on. Without data sets
#' (`n_runs = 0`) only `dispersion` has a p-value, by its normal approximation; the verdict then goes by size: a
#' distance above 0.03, a ratio of variances beyond 1.5 or below 2 / 3, or zeros that differ by more than a tenth and
#' five standard deviations. Of 60 Poisson data sets of 60 x 60 cells that were fitted by their own model, something
#' was doubted in 8 with `n_runs = 9` and in 2 without data sets; of 200 of 100 x 96 cells, noise, variance or zeros
#' in 13.
#'
#' All cells are visited, some observations at a time, so that sparse data need little more memory than they have.
#' Quantile residuals, which stand behind `uniformity`, `cells`, `residual_sd` and `qq`, are those of 500,000 cells that
#' are drawn at random with `seed` where there are more; the print says so.
#'
#' @param n_bins Number of bins with about equally many cells, by fitted mean, at least 1.
#' @param n_worst Number of observations, features and cells to name, at least 1.
#' @param n_runs Number of data sets to draw and fit, 0 or at least 3. Unasked there are none of data in blocks that do
#'   not fit memory, see [nmf_blocks()].
#' @param max_iter Largest number of iterations of each of these fits, at least 1.
#' @param threads,verbose Number of threads of these fits, and whether to tell of the progress, see [nmf()].
#' @param seed Seed of the randomised quantile residuals and of the data sets that are drawn, see [nmf()].
#' @param object,x A check from `check_model()`.
#' @param type `"qq"`, standardised quantile residuals against normal quantiles, on the line when the noise is right;
#'   `"mean_variance"`, mean squared residuals and what the model expects by bins of fitted means, those in which at
#'   least 20 cells are expected not to be zero;
#'   `"observations"`, mean deviance and cosine of each observation, the worst ones named.
#' @param ... For `plot()`, arguments of `autoplot()`; nothing otherwise.
#' @inheritParams nmf_arguments
#' @return An object of class `nmf_check`, a list of
#' \describe{
#'   \item{`model`, `dim`}{the [nmf_model()], and N and M.}
#'   \item{`table`}{data frame with a row for each statistic: `test`, `statistic`, its `reference` value and `sd` under
#'     the model (of its logarithm, or what is above, where this is compared), and `p.value`; `NA` where it is not
#'     defined.}
#'   \item{`approximate`}{whether there are too few counts for p-values to be more than approximate, see above.}
#'   \item{`bins`}{data frame with a row for each bin, by increasing mean: `cells`, `mean` of the fitted means, mean
#'     squared residual `observed`, its expectation `model`, the mean of \eqn{(1 - h) Var(\mu)}, their `ratio`, its mean
#'     `reference` in the data sets that were drawn (`NA` without), `zeros` and `expected_zeros`.}
#'   \item{`zeros`}{data frame with one row: `observed`, `expected` \eqn{\sum P(0; \mu)}, its `sd` \eqn{\sqrt{\sum P(0;
#'     \mu) \{1 - P(0; \mu)\}}} at known means, and `z`, the difference in standard deviations, from its reference in
#'     `table` when data sets were drawn; `NULL` for a family without zeros.}
#'   \item{`observations`, `features`}{data frames with a row for each, the worst first: name, `total` of the data and
#'     `mean_deviance`; for observations also `cosine`, \eqn{v'\mu / (|v| |\mu|)}, from 0 to 1, and `error`, \eqn{|v -
#'     \mu| / |v|}; both `NA` when the observation is empty.}
#'   \item{`cells`}{the `n_worst` cells with the largest absolute quantile residual of those that have one:
#'     `observation`, `feature`, `value`, fitted `mean` and `residual`.}
#'   \item{`residual_sd`}{standard deviation of the standardised quantile residuals where \eqn{\mu > 0}, about 1 when
#'     the model is true.}
#'   \item{`qq`}{data frame of at most 2000 points with `normal` and `residual` quantiles, likewise.}
#'   \item{`alike`}{data frame with one row, the two most similar components: `component`, `with` and `cosine`; `NULL`
#'     at rank 1.}
#'   \item{`alone`}{data frame with a row for each component of which one observation has more than half of all weights
#'     (and 5 / N of them): `component`, `observation`, its `share` and the share that it has `of_all` weights of all
#'     components; `NULL` when there is none.}
#'   \item{`verdict`}{data frame with `statement` (`"noise"`, `"variance"`, `"zeros"`, `"observations"`,
#'     `"components"`), whether it `holds`, and the `reason` in words.}
#'   \item{`nobs`, `n_cells`}{how many cells count, and of how many there are quantile residuals.}
#'   \item{`n_worst`, `n_runs`, `seed`}{as given.}
#' }
#' `autoplot()` returns a ggplot object; `plot()` prints it and returns it invisibly.
#' @section Errors: `nmf_error_package` without the package tweedie for Tweedie powers above 2 other than 3;
#'   `nmf_error_data` when the data cannot be found or are not those that were fitted, or the fit is exact;
#'   `nmf_error_argument` for other arguments.
#' @references
#' Cameron and Trivedi (1990), Regression-based tests for overdispersion in the Poisson model, Journal of Econometrics
#' 46, 347-364, \doi{10.1016/0304-4076(90)90014-K}.
#'
#' Cox and Reid (1987), Parameter orthogonality and approximate conditional inference, Journal of the Royal Statistical
#' Society B 49, 1-18, \doi{10.1111/j.2517-6161.1987.tb01422.x}.
#'
#' Dean and Lawless (1989), Tests for detecting overdispersion in Poisson regression models, Journal of the American
#' Statistical Association 84, 467-472, \doi{10.1080/01621459.1989.10478792}.
#'
#' Dunn and Smyth (1996), Randomized quantile residuals, Journal of Computational and Graphical Statistics 5, 236-244,
#' \doi{10.1080/10618600.1996.10474708}.
#'
#' Hoaglin and Welsch (1978), The hat matrix in regression and ANOVA, The American Statistician 32, 17-22,
#' \doi{10.1080/00031305.1978.10479237}.
#' @seealso [residuals.nmf_fit()], [compare_models()]
#' @examples
#' fit <- nmf(brca21, "T/Po/3", n_starts = 2, seed = 1)
#' check <- check_model(fit, n_runs = 5, seed = 1)
#' check
#' check$bins
#' autoplot(check, "mean_variance")
#' @export
check_model <- function(fit, V = NULL, n_bins = 20, n_worst = 5, n_runs = 9, max_iter = 30, ..., cell_weights = NULL,
                        threads = NULL, verbose = NULL, seed = NULL) {
  check_call(...)
  check_fit(fit)
  verbose <- check_verbose(verbose)
  n_bins <- check_number(n_bins, "n_bins", 1, whole = TRUE)
  n_worst <- check_number(n_worst, "n_worst", 1, whole = TRUE)
  if (!is.null(seed)) check_seed(seed)
  unasked <- missing(n_runs)
  n_runs <- check_number(n_runs, "n_runs", 0, whole = TRUE)
  expect_arg(n_runs == 0 || n_runs >= 3, "n_runs", "0 or at least 3", n_runs)
  max_iter <- check_number(max_iter, "max_iter", 1, .Machine$integer.max, whole = TRUE)
  threads <- check_threads(threads)
  data <- data_of(fit, V, cell_weights, blocks = TRUE)
  if (in_blocks(data) && n_runs > 0) data <- data_to_draw(data, unasked)
  if (in_blocks(data) && unasked) n_runs <- 0L
  check_dispersion(fit)
  if (has_no_noise(fit)) abort("data", "`fit` must leave noise to be checked, but it is exact; a lower rank does, if ",
                                "the data have any.")
  seed <- check_seed(seed)
  model <- fit$model
  fit <- with_own_noise(fit, data)
  looked_at <- sample_cells(fit$nobs, cells_looked_at, seed)
  found <- visit_cells(fit, data, n_bins, looked_at, seed)
  progress <- new_progress(verbose, "check", rep(1, n_runs), "fits", threads = threads)
  drawn <- tryCatch(
    lapply(seq_len(n_runs), function(b) {
      one <- redraw(fit, data, n_bins, seed_of_start(seed, b), max_iter, looked_at, threads)
      tell(progress, b)
      one
    }),
    nmf_undone = function(condition) signal_interrupt()
  )
  check <- list(
    model = model, dim = dim(data),
    table = test_table(found$statistics, lapply(drawn, `[[`, "statistics"), theory_of(fit, found$total),
                       bend_of_largest(dim(data))),
    bins = with_reference(found$bins, lapply(drawn, `[[`, "ratio")), observations = observation_table(found$rows, data),
    features = feature_table(found$columns, data), cells = worst_cells(found$seen, data, n_worst),
    residual_sd = stats::sd(found$residuals), qq = qq_points(found$residuals), n_worst = n_worst, n_runs = n_runs,
    nobs = fit$nobs, n_cells = length(looked_at), seed = seed
  )
  check$approximate <- model$family$discrete && sum(found$rows[, 1]) < counts_asked * directions_of(fit)
  check$zeros <- zero_table(found$total, check$table)
  check$alike <- most_alike(fit$H)
  check$alone <- mostly_of_one(fit$W)
  check$verdict <- verdict_of(check)
  structure(check, class = "nmf_check")
}

# Quantile residuals have to be sorted and take long; of more cells than this a sample has them.
cells_looked_at <- 5e5

# The fit with an estimated sigma2 or alpha freed of what the means take up.
with_own_noise <- function(fit, data) {
  family <- fit$model$family
  fit$sigma2 <- own_dispersion(fit)
  fit$model$family <- adjusted_noise(family, fit, data)
  fit
}

# With fewer counts than this for each parameter of the means, which then follow single counts, data that are drawn from
# a fit are not like those that were fitted, and p-values are approximate.
counts_asked <- 10

# The statistics, and what the tables need, added up over all cells, some observations at a time; `seen` are the cells
# that are looked at one by one, those with the ranks `looked_at` among those that count.
visit_cells <- function(fit, data, n_bins, looked_at, seed) {
  index <- observed_cells(fit, looked_at)
  # sorted, for among means that are alike rounding may turn quantiles round
  breaks <- unique(sort(stats::quantile(means_at(fit, index), seq(0, 1, length.out = n_bins + 1), names = FALSE)))
  cells_of <- cells_reader(fit, data)
  leverages <- leverages_of(fit, data)
  sums <- list(rows = matrix(0, nrow(data), 7), columns = matrix(0, ncol(data), 3), bins = matrix(0, n_bins, 6),
               total = 0)
  seen <- list()
  for (rows in row_blocks(dim(data))) {
    cells <- with_facts(cells_of(rows), fit, leverages$of_rows(rows))
    sums <- add_cells(sums, cells, fit, breaks)
    linear <- cells$row + (cells$column - 1) * nrow(data)
    chosen <- if (length(index) == fit$nobs) TRUE else index[pmax(findInterval(linear, index), 1)] == linear
    seen <- c(seen, list(cells[chosen, c("row", "column", "v", "mean", "variance", "leverage")]))
  }
  seen <- do.call(rbind, seen)
  seen$quantile <- residuals_of(fit, seen$v, seen$mean, seen$row, "quantile", seed)
  residuals <- standardised(seen)
  bins <- bin_table(sums$bins)
  list(statistics = check_statistics(fit, sums, bins, residuals), bins = bins, rows = sums$rows, columns = sums$columns,
       total = sums$total, seen = seen, residuals = residuals)
}

# Everything the statistics need to know of each cell.
with_facts <- function(cells, fit, leverages) {
  family <- family_of_rows(fit$model$family, cells$row)
  data.frame(
    row = cells$row, column = cells$column, v = cells$v, mean = cells$mean,
    variance = family$variance(cells$mean, fit$sigma2),
    zero = if (is.null(family$zero)) numeric(length(cells$v)) else family$zero(cells$mean, fit$sigma2),
    deviance = residuals_of(fit, cells$v, cells$mean, cells$row, "deviance")^2, leverage = leverages[cells$at]
  )
}

add_cells <- function(sums, cells, fit, breaks) {
  add <- function(to, of_cell, group) {
    part <- rowsum(of_cell, group)
    at <- as.integer(rownames(part))
    to[at, ] <- to[at, ] + part
    to
  }
  squared <- (cells$v - cells$mean)^2
  sums$rows <- add(sums$rows, with(cells, cbind(v, deviance, v^2, mean^2, v * mean, squared, 1)), cells$row)
  sums$columns <- add(sums$columns, with(cells, cbind(v, deviance, 1)), cells$column)
  bin <- if (length(breaks) < 2) rep(1L, nrow(cells)) else findInterval(cells$mean, breaks, all.inside = TRUE)
  of_bin <- with(cells, cbind(1, mean, squared, variance * (1 - pmin(leverage, 0.9)), v == 0, zero))
  sums$bins <- add(sums$bins, of_bin, bin)
  sums$total <- sums$total + totals_of(cells, fit)
  sums
}

# What statistics are made of, over cells of which the model knows a variance where one is asked for.
totals_of <- function(cells, fit) {
  family <- family_of_rows(fit$model$family, cells$row)
  varies <- cells$variance > 0
  own <- if (!is.null(family$overdispersion)) family$overdispersion(cells$v, cells$mean, cells$leverage)
  kurtosis <- if (!is.null(family$kurtosis)) family$kurtosis(cells$mean, fit$sigma2)[varies]
  c(excess = sum(own$excess), excess_variance = sum(own$variance),
    pearson = sum((cells$v - cells$mean)[varies]^2 / cells$variance[varies]), vary = sum(varies),
    leverage = sum(cells$leverage), kurtosis = sum(2 + kurtosis), zeros = sum(cells$v == 0),
    expected_zeros = sum(cells$zero), zero_variance = sum(cells$zero * (1 - cells$zero)))
}

# Quantile residuals where the mean is not zero, freed of what the means take up (Pierce and Schafer 1986, for deviance
# residuals). A cell that has a parameter for itself has no residual, and is not blown up.
standardised <- function(cells) {
  here <- cells$mean > 0
  cells$quantile[here] / sqrt(1 - pmin(cells$leverage[here], 0.9))
}

check_statistics <- function(fit, sums, bins, residuals) {
  total <- sums$total
  c(uniformity = distance_from_uniform(stats::pnorm(residuals)),
    dispersion = dispersion_statistic(fit, total),
    mean_variance = variance_slope(informative(bins)),
    zeros = if (!is.null(fit$model$family$zero)) total[["zeros"]] - total[["expected_zeros"]] else NA,
    observations = max(sums$rows[, 2] / sums$rows[, 7], na.rm = TRUE) / fit$sigma2)
}

mean_by <- function(x, group, weights = rep(1, length(x))) rowsum(x * weights, group) / rowsum(weights, group)

distance_from_uniform <- function(u) {
  n <- length(u)
  u <- sort(u)
  max(seq_len(n) / n - u, u - (seq_len(n) - 1) / n)
}

variance_slope <- function(bins) {
  if (nrow(bins) < 3) return(NA_real_)
  x <- log(bins$mean) - mean(log(bins$mean))
  sum(x * log(bins$ratio)) / sum(x^2)
}

# Cells of which the model knows a variance, less the parameters of their means.
left_over <- function(total) max(total[["vary"]] - total[["leverage"]], 1)

# That of the family; otherwise Pearson's statistic over its degrees of freedom.
dispersion_statistic <- function(fit, total) {
  if (!is.null(fit$model$family$overdispersion)) return(total[["excess"]] / sqrt(total[["excess_variance"]]))
  if (is_own_dispersion(fit)) return(NA_real_)
  total[["pearson"]] / left_over(total)
}

# sigma2 was estimated by Pearson's statistic, which therefore says nothing.
is_own_dispersion <- function(fit) fit$dispersion %in% c("pearson", "residual mean square", "mean squared residual")

# Mean and standard deviation of the statistics that are known without a simulation.
theory_of <- function(fit, total) {
  family <- fit$model$family
  value <- rbind(reference = c(uniformity = NA, dispersion = NA, mean_variance = NA, zeros = 0, observations = NA),
                 sd = NA)
  if (!is.null(family$overdispersion)) {
    value[, "dispersion"] <- c(0, 1)
  } else if (!is_own_dispersion(fit) && !is.null(family$kurtosis)) {
    value[, "dispersion"] <- c(1, sqrt(total[["kurtosis"]]) / left_over(total))
  }
  value["sd", "zeros"] <- sqrt(total[["zero_variance"]])
  value
}

# Bins of about equally many cells, without those that have none; equal means stay together.
bin_table <- function(sums) {
  bins <- as.data.frame(sums[sums[, 1] > 0, , drop = FALSE])
  averaged <- c("mean", "observed", "model")
  names(bins) <- c("cells", averaged, "zeros", "expected_zeros")
  bins[averaged] <- bins[averaged] / bins$cells
  bins$ratio <- bins$observed / bins$model
  bins[c("cells", averaged, "ratio", "zeros", "expected_zeros")]
}

# Bins are numbered by increasing mean in every data set, so that they can be averaged; ties may leave fewer.
with_reference <- function(bins, ratios) {
  alike <- Filter(function(ratio) length(ratio) == nrow(bins), ratios)
  reference <- if (length(alike)) rowMeans(do.call(cbind, alike)) else NA_real_
  cbind(bins[c("cells", "mean", "observed", "model", "ratio")], reference = reference,
        bins[c("zeros", "expected_zeros")])
}

# Statistics and ratios of variances of a data set that is drawn from the fit and fitted from its factors.
redraw <- function(fit, data, n_bins, seed, max_iter, looked_at, threads = NULL) {
  data <- with_seed(seed, draw_from(fit, data))
  problem <- new_problem(data, open_again(fit$model, profiled = FALSE), fit$obs, fit$run$known)
  settings <- settings_of(fit, seed, threads)
  settings$max_iter <- max_iter
  again <- suppressMessages(fit_any(problem, settings, as_start(fit, problem)))
  if (again$status == "interrupted") stop_undone()
  found <- visit_cells(with_own_noise(again, data), data, n_bins, looked_at, seed)
  list(statistics = found$statistics, ratio = found$bins$ratio)
}

# Statistics that are compared on a logarithm, and only when large; the largest of many on one that is bent.
on_log <- c("uniformity", "observations")

# The logarithm of the largest of N means of M numbers is skewed (Gumbel 1935, Annales de l'Institut Henri Poincare 5).
# Box and Cox's transformation with this exponent takes the skewness away, so that of true models 4 to 5 of 100 are
# above the upper 5% of Student's t, and 1 above its upper 1%. It has an upper end, and is continued as a line from
# where its slope is 1/2, so that what is far away is told from what is farther.
bend_of_largest <- function(dim) sqrt(dim[2] * log(max(dim[1], 2))) / 5

bent_log <- function(x, reference, bend) {
  y <- log(x / reference)
  if (bend == 0) return(y)
  ifelse(y < log(2) / bend, -expm1(-bend * y) / bend, (1 - log(2)) / (2 * bend) + y / 2)
}

from_bent_log <- function(y, reference, bend) {
  if (bend == 0) return(reference * exp(y))
  bent <- -log(1 - pmin(bend * y, 1 / 2)) / bend
  reference * exp(ifelse(bend * y < 1 / 2, bent, 2 * y - (1 - log(2)) / bend))
}

# A prediction interval turned into a test: Student's t of a new draw. Where hardly a data set has a zero, half a zero
# is the least standard deviation.
test_table <- function(found, drawn, theory, bend = 0) {
  B <- length(drawn)
  logged <- names(found) %in% on_log
  reference <- theory["reference", ]
  away <- found - reference
  sd <- theory["sd", ]
  if (B > 0) {
    drawn <- vapply(drawn, identity, found)
    reference <- rowMeans(drawn)
    away <- found - reference
    sd <- apply(drawn, 1, stats::sd)
    for (test in names(found)[logged]) {
      bends <- if (test == "observations") bend else 0
      reference[test] <- exp(mean(log(drawn[test, ])))
      # about which the transformed ones have mean 0
      for (i in 1:3) {
        reference[test] <- from_bent_log(mean(bent_log(drawn[test, ], reference[test], bends)), reference[test], bends)
      }
      away[test] <- bent_log(found[test], reference[test], bends)
      sd[test] <- stats::sd(bent_log(drawn[test, ], reference[test], bends))
    }
    sd["zeros"] <- max(sd["zeros"], 0.5)
  }
  t <- away / (sd * if (B > 0) sqrt(1 + 1 / B) else 1)
  df <- if (B > 0) B - 1 else Inf
  p <- ifelse(logged, stats::pt(t, df, lower.tail = FALSE), 2 * stats::pt(-abs(t), df))
  if (B == 0) p[names(found) != "dispersion"] <- NA
  data.frame(test = names(found), statistic = unname(found), reference = unname(reference), sd = unname(sd),
             p.value = unname(p))
}

zero_table <- function(total, tests) {
  of_zeros <- tests[tests$test == "zeros", ]
  if (is.na(of_zeros$statistic)) return(NULL)
  data.frame(observed = total[["zeros"]], expected = total[["expected_zeros"]], sd = sqrt(total[["zero_variance"]]),
             z = (of_zeros$statistic - of_zeros$reference) / of_zeros$sd)
}

# The two most similar components.
most_alike <- function(H) {
  if (nrow(H) < 2) return(NULL)
  similarity <- cosines(H, H)
  similarity[lower.tri(similarity, diag = TRUE)] <- -1
  at <- arrayInd(which.max(similarity), dim(similarity))
  data.frame(component = rownames(H)[at[1]], with = rownames(H)[at[2]], cosine = similarity[at])
}

# Components of which one observation has more than half of all weights, as one that is foreign to the others takes a
# component for itself; of a few observations one has as much by nature.
mostly_of_one <- function(W) {
  share <- sweep(W, 2, pmax(colSums(W), .Machine$double.xmin), "/")
  at <- apply(share, 2, which.max)
  most <- share[cbind(at, seq_along(at))]
  own <- which(most > max(0.5, 5 / nrow(W)))
  if (!length(own)) return(NULL)
  of_all <- rowSums(W) / sum(W)
  data.frame(component = colnames(W)[own], observation = labels_of(rownames(W), nrow(W))[at[own]], share = most[own],
             of_all = of_all[at[own]], row.names = NULL)[order(-of_all[at[own]]), ]
}

observation_table <- function(sums, data) {
  table <- data.frame(
    observation = labels_of(rownames(data), nrow(data)), total = sums[, 1], mean_deviance = sums[, 2] / sums[, 7],
    cosine = ifelse(sums[, 1] > 0, pmin(sums[, 5] / sqrt(sums[, 3] * sums[, 4]), 1), NA),
    error = ifelse(sums[, 1] > 0, sqrt(sums[, 6] / sums[, 3]), NA)
  )
  worst_first(table)
}

feature_table <- function(sums, data) {
  worst_first(data.frame(feature = labels_of(colnames(data), ncol(data)), total = sums[, 1],
                         mean_deviance = sums[, 2] / sums[, 3]))
}

worst_first <- function(table) {
  table <- table[order(table$mean_deviance, decreasing = TRUE), ]
  rownames(table) <- NULL
  table
}

worst_cells <- function(cells, data, n) {
  at <- utils::head(order(abs(cells$quantile), decreasing = TRUE), n)
  data.frame(observation = labels_of(rownames(data), nrow(data))[cells$row[at]],
             feature = labels_of(colnames(data), ncol(data))[cells$column[at]],
             value = cells$v[at], mean = cells$mean[at], residual = cells$quantile[at])
}

# Order statistics against normal quantiles: all of the 200 in each tail, every so many between.
qq_points <- function(residual, most = 2000) {
  n <- length(residual)
  at <- if (n <= most) {
    seq_len(n)
  } else {
    unique(c(seq_len(200), round(seq(201, n - 200, length.out = most - 400)), n - 199:0))
  }
  data.frame(normal = stats::qnorm((at - 0.5) / n), residual = sort(residual)[at])
}
