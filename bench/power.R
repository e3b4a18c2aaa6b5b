# How often the 95% intervals of the Tweedie power cover it, with the adjustment for degrees of freedom and without.
#   NMFAMILY_BENCH_SETS=40 Rscript bench/power.R
# 80 observations of 40 features, two components, mean 10, sigma2 = 1, power 1.5; the true rank.
source("bench/common.R")
library(nmfamily)
sets <- setting("sets", 40)
power <- 1.5

simulate_tweedie <- function(seed, n_obs = 80, n_features = 40, K = 2) {
  set.seed(seed)
  mu <- matrix(rgamma(n_obs * K, 2), n_obs) %*% matrix(rgamma(K * n_features, 2), K)
  matrix(mgcv::rTweedie(as.vector(10 * mu / mean(mu)), p = power, phi = 1), n_obs)
}

intervals <- function(seed) {
  V <- simulate_tweedie(seed)
  fit <- fit_ours(V, "T/TW/2", n_starts = 2, seed = seed)
  of <- function(adjust) {
    ends <- confint(fit, adjust = adjust, V = V)
    data.frame(adjusted = adjust, estimate = fit$model$family$power, lower = ends[1], upper = ends[2])
  }
  rbind(of(FALSE), of(TRUE))
}

all <- do.call(rbind, lapply(seq_len(sets), intervals))
summary <- do.call(rbind, lapply(split(all, all$adjusted), function(one) {
  data.frame(adjusted = one$adjusted[1], sets = nrow(one), mean_estimate = mean(one$estimate),
             coverage = mean(one$lower <= power & power <= one$upper), mean_lower = mean(one$lower),
             mean_upper = mean(one$upper))
}))
write_result(summary, "power")
