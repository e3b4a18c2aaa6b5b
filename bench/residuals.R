# Does check_model() leave a true model alone, and does it find a wrong one?
#   NMFAMILY_BENCH_SETS=200 NMFAMILY_BENCH_WRONG=50 Rscript bench/residuals.R [name of a case]
# The data are those of bench/rank.R, with other noise and with a mean weight of 600 (about 31 a cell) or 40 (about 2).
# `uniformity` is the share of p-values of the quantile residuals below 0.05, `ks` the p-value of the Kolmogorov-Smirnov
# test of all of them against the uniform distribution, `rejected` the share of sets in which uniformity, dispersion,
# mean_variance or zeros is below 0.05 / 4, `doubted` that in which the verdict doubts the noise, the variance or the
# zeros. Normal data have the standard deviation 2 and the average of its row added to each mean, which keeps the rank
# and nearly all cells above zero; Tweedie data have the dispersion 1.
source("bench/common.R")
library(nmfamily)
sets <- setting("sets", 20)
wrong_sets <- setting("wrong", 10)
true_rank <- 5

poisson <- function(s) simulate_counts(s, Inf)
negbin <- function(alpha) function(s) simulate_counts(s, alpha)
drawn <- function(family, sigma2, change = identity) {
  function(s) {
    mu <- simulate_means(s)
    change(matrix(pmax(family$random(as.vector(mu), sigma2), 0), nrow(mu)))
  }
}
normal <- function(s) {
  mu <- simulate_means(s)
  pmax(mu + rowMeans(mu) + rnorm(length(mu), 0, 2), 0)
}
tweedie <- drawn(nmf_tweedie(1.5), 1)
case <- function(model, data, true = FALSE) list(model = model, data = data, true = true)
by_observation <- nmf_model(family = nmf_negbin("observation"))
cases <- list(
  "Po to Po" = case("T/Po", poisson, true = TRUE),
  "NB to NB 10" = case("T/NB", negbin(10), true = TRUE),
  "Po to Po, means 2" = case("T/Po", function(s) simulate_counts(s, Inf, total = 40), true = TRUE),
  "NB to NB 10, means 2" = case("T/NB", function(s) simulate_counts(s, 10, total = 40), true = TRUE),
  "NB by observation to the same" = case(by_observation, negbin(NA), true = TRUE),
  "N to N" = case("T/N", normal, true = TRUE),
  "TW1.5 to TW1.5" = case("T/TW1.5", tweedie, true = TRUE),
  "Po to NB 10" = case("T/Po", negbin(10)),
  "Po to NB 200" = case("T/Po", negbin(200)),
  "Po to NB by observation" = case("T/Po", negbin(NA)),
  "Po to rounded TW1.5" = case("T/Po", drawn(nmf_tweedie(1.5), 1, round)),
  "NB to NB by observation" = case("T/NB", negbin(NA)),
  "NB to rounded TW1.5" = case("T/NB", drawn(nmf_tweedie(1.5), 1, round)),
  "NB to rounded N" = case("T/NB", function(s) round(normal(s))),
  "N to Po" = case("T/N", poisson),
  "N to NB 10" = case("T/N", negbin(10)),
  "TW1.5 to Po" = case("T/TW1.5", poisson),
  "TW1.5 to NB 10" = case("T/TW1.5", negbin(10)),
  "N to TW1.5" = case("T/N", tweedie)
)

# Five random starts, as a check needs the fit to be near its optimum.
check_of <- function(case, s) {
  V <- case$data(s)
  fit <- nmf(V, case$model, rank = true_rank, n_starts = 5, tol = 1e-3, seed = s, verbose = FALSE)
  check <- check_model(fit, V, seed = 1000 + s)
  holds <- stats::setNames(check$verdict$holds, check$verdict$statement)
  c(stats::setNames(check$table$p.value, check$table$test),
    doubted = !all(holds[intersect(c("noise", "variance", "zeros"), names(holds))]))
}

row_of_case <- function(name) {
  one <- cases[[name]]
  n <- if (one$true) sets else wrong_sets
  began <- proc.time()[["elapsed"]]
  found <- suppressWarnings(suppressMessages(as.data.frame(t(vapply(seq_len(n), check_of, numeric(6), case = one)))))
  of_noise <- found[c("uniformity", "dispersion", "mean_variance", "zeros")]
  below <- function(p) mean(p < 0.05)
  data.frame(
    case = name, true = one$true, sets = n, uniformity = below(found$uniformity),
    ks = stats::ks.test(found$uniformity, "punif")$p.value, mean_p = mean(found$uniformity),
    dispersion = below(found$dispersion), mean_variance = below(found$mean_variance), zeros = below(found$zeros),
    observations = below(found$observations),
    rejected = mean(apply(of_noise, 1, function(p) any(p < 0.05 / 4, na.rm = TRUE))), doubted = mean(found$doubted),
    seconds = (proc.time()[["elapsed"]] - began) / n
  )
}

# Each case takes the place of its last result.
for (name in if (length(commandArgs(TRUE))) commandArgs(TRUE) else names(cases)) {
  row <- row_of_case(name)
  known <- read_result("residuals")
  rows <- rbind(known[known$case != name, ], row)
  write_result(rows[order(match(rows$case, names(cases))), ], "residuals")
}
