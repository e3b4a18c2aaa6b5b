# How far the estimates of alpha are from the truth, and how often their 95% intervals cover it.
#   NMFAMILY_BENCH_SETS=50 Rscript bench/alpha.R
# Data of simulate_counts(), the true rank. Three estimates: maximum likelihood at the Poisson fit (Algorithm 1), the
# joint maximum, and that of the adjusted likelihood.
source("bench/common.R")
library(nmfamily)
sets <- setting("sets", 50)
updates <- c("once", "joint", "adjusted")

estimates <- function(seed, alpha) {
  V <- simulate_counts(seed, alpha)
  of_update <- function(update) {
    fit <- suppressMessages(fit_ours(V, "T/NB/5", n_starts = 5, seed = seed,
                                     control = nmf_control(alpha_update = update)))
    interval <- confint(fit, V = V)
    data.frame(alpha = alpha, seed = seed, update = update, estimate = fit$model$family$alpha, lower = interval[1],
               upper = interval[2])
  }
  do.call(rbind, lapply(updates, of_update))
}

tasks <- expand.grid(seed = seq_len(sets), alpha = c(10, 200))
all <- do.call(rbind, Map(estimates, tasks$seed, tasks$alpha))
summary <- do.call(rbind, lapply(split(all, list(all$update, all$alpha)), function(one) {
  data.frame(alpha = one$alpha[1], update = one$update[1], sets = nrow(one),
             median_relative_bias = median(one$estimate / one$alpha) - 1,
             mean_relative_bias = mean(one$estimate / one$alpha) - 1,
             coverage = mean(one$lower <= one$alpha & one$alpha <= one$upper),
             relative_width = median((one$upper - one$lower) / one$alpha))
}))
write_result(summary, "alpha")
