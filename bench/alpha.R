# How far the estimates of alpha and of a Tweedie power are from the truth, and how often their 95% intervals cover it.
#   NMFAMILY_BENCH_SETS=50 Rscript bench/alpha.R
#   Rscript bench/alpha.R 1:10 profile           these sets, and the profile likelihoods as well
# Counts of five components of the reference signatures with weights Gamma(1) of mean 600, 100 x 96, or 60 x 60 (a draw
# of the channels), and the true rank. Methods are the default, confint() of a default fit; profile, profile_alpha();
# and the paper's: once, maximum likelihood at the Poisson fit (Algorithm 1), and joint. Powers: 80 x 40, two
# components, mean 10, sigma2 = 2, 1 and 0.4 at powers of 1.2, 1.5 and 1.8; confint() and profile_power(). Each set is a
# row of bench/results/alpha-sets.csv, and what is there is not made again.
source("bench/common.R")
library(nmfamily)
given <- commandArgs(TRUE)
sets <- if (length(given)) eval(parse(text = given[1])) else seq_len(setting("sets", 50))
with_profile <- "profile" %in% given

counts_of <- function(seed, alpha, N, M) {
  set.seed(seed)
  H <- pcawg_signatures[sample(nrow(pcawg_signatures), 5), sort(sample(ncol(pcawg_signatures), M))]
  mu <- matrix(rgamma(N * 5, 1, 1 / 600), N) %*% (H / rowSums(H))
  matrix(rnbinom(length(mu), size = alpha, mu = mu), N, dimnames = list(NULL, colnames(H))) + 0
}

tweedie_of <- function(seed, power, N = 80, M = 40) {
  set.seed(seed)
  mu <- matrix(rgamma(N * 2, 2), N) %*% matrix(rgamma(2 * M, 2), 2)
  sigma2 <- c(`1.2` = 2, `1.5` = 1, `1.8` = 0.4)[[as.character(power)]]
  matrix(mgcv::rTweedie(as.vector(10 * mu / mean(mu)), p = power, phi = sigma2), N)
}

row_of_set <- function(case, method, estimate, interval) {
  data.frame(case, method, estimate, lower = interval[1], upper = interval[2])
}

# `methods` are those that are lacking.
alphas <- function(case, methods) {
  V <- counts_of(case$set, case$truth, case$N, case$M)
  do.call(rbind, lapply(methods, function(method) {
    if (method == "profile") {
      found <- profile_alpha(V, "T/NB/5", n_starts = 5, threads = 1, seed = case$set, verbose = FALSE)
      return(row_of_set(case, method, found$estimate, found$interval))
    }
    update <- if (method == "default") "adjusted" else method
    control <- nmf_control(alpha_update = update)
    fit <- fit_ours(V, "T/NB/5", n_starts = 5, threads = 1, seed = case$set, control = control)
    row_of_set(case, method, fit$model$family$alpha, confint(fit, V = V))
  }))
}

powers <- function(case, methods) {
  V <- tweedie_of(case$set, case$truth)
  do.call(rbind, lapply(methods, function(method) {
    if (method == "profile") {
      found <- profile_power(V, "T/TW/2", seq(1.1, 1.9, by = 0.1), n_starts = 3, threads = 1, seed = case$set,
                             verbose = FALSE)
      return(row_of_set(case, method, found$estimate, found$interval))
    }
    fit <- fit_ours(V, "T/TW/2", n_starts = 3, threads = 1, seed = case$set)
    row_of_set(case, method, fit$model$family$power, confint(fit, V = V))
  }))
}

file <- result_file("alpha-sets")
of_alpha <- merge(expand.grid(set = sets, truth = c(5, 10, 50, 200)), data.frame(N = c(100, 60), M = c(96, 60)))
of_power <- data.frame(expand.grid(set = sets, truth = c(1.2, 1.5, 1.8)), N = 80, M = 40)
cases <- rbind(cbind(parameter = "alpha", of_alpha), cbind(parameter = "power", of_power))
for (i in order(cases$set)) {
  case <- cases[i, ]
  asked <- c("default", if (with_profile) "profile", if (case$parameter == "alpha" && !with_profile) c("once", "joint"))
  known <- if (file.exists(file)) merge(utils::read.csv(file), case)$method
  lacking <- setdiff(asked, known)
  if (!length(lacking)) next
  rows <- suppressMessages(if (case$parameter == "alpha") alphas(case, lacking) else powers(case, lacking))
  utils::write.table(rows, file, append = file.exists(file), sep = ",", row.names = FALSE,
                     col.names = !file.exists(file))
}

all <- utils::read.csv(file)
of_cell <- function(one) {
  n <- nrow(one)
  # an end that lies outside the grid of a profile is none
  lower <- ifelse(is.na(one$lower), -Inf, one$lower)
  covers <- lower <= one$truth & one$truth <= ifelse(is.na(one$upper), Inf, one$upper)
  error <- if (one$parameter[1] == "alpha") one$estimate / one$truth - 1 else one$estimate - one$truth
  data.frame(one[1, c("parameter", "truth", "N", "M", "method")], sets = n, median_bias = stats::median(error),
             bias_se = 1.2533 * stats::mad(error) / sqrt(n), coverage = mean(covers),
             coverage_se = sqrt(mean(covers) * (1 - mean(covers)) / n),
             width = stats::median((one$upper - one$lower) / one$truth, na.rm = TRUE))
}
cells <- split(all, list(all$method, all$truth, all$N, all$parameter), drop = TRUE)
write_result(do.call(rbind, lapply(cells, of_cell)), "alpha")
