# Whether tests and intervals of explain_weights() keep what they promise.
#   Rscript bench/covariates.R                   60 data sets of each size, 20 draws; two minutes
#   NMFAMILY_BENCH_SETS=200 NMFAMILY_BENCH_DRAWS=50 Rscript bench/covariates.R
# N observations (60 or 200) of about `size` counts (100 or 1,000) of 40 features by 4 components, whose proportions are
# Dirichlet with the means (0.4, 0.3, 0.2, 0.1) in one half of the observations and (0.3, 0.3, 0.2, 0.2) in the other
# half (`group`), and do not depend on a number (`age`). `null` is the share of tests at 5% that reject a covariate
# without an effect (two components by group, all by age), `covered` that of the 95% intervals of all coefficients of
# covariates that hold the truth, `found` that of the tests that reject the two effects there are, `width` the mean
# width of the intervals. `lm` takes the weights as known, `rubin` adds (1 + 1 / B) times the variance between the draws
# to the mean of their own, `draws` is explain_weights(). Components are matched with the true ones.
source("bench/common.R")
library(nmfamily)
sets <- setting("sets", 60)
n_draws <- setting("draws", 20)
means <- rbind(c(0.4, 0.3, 0.2, 0.1), c(0.3, 0.3, 0.2, 0.2))
truth <- cbind(group = means[2, ] - means[1, ], age = 0)

gammas <- function(shape) stats::rgamma(length(shape), shape)

simulate_one <- function(seed, N, size) {
  set.seed(seed)
  group <- rep(0:1, length.out = N)
  H <- matrix(gammas(rep(0.3, 4 * 40)), 4)
  P <- matrix(gammas(10 * means[group + 1, ]), N)
  totals <- size * stats::rlnorm(N, 0, 0.5)
  V <- matrix(stats::rpois(N * 40, (P / rowSums(P) * totals) %*% (H / rowSums(H))), N)
  list(V = V[, colSums(V) > 0] + 0, H = (H / rowSums(H))[, colSums(V) > 0],
       data = data.frame(group = factor(group), age = stats::rnorm(N)))
}

# Rubin (1987): total variance and degrees of freedom from the regressions of the draws.
by_rubin <- function(draws, order, data) {
  B <- dim(draws$W)[3]
  do.call(rbind, lapply(seq_along(order), function(j) {
    each <- lapply(seq_len(B), function(b) {
      P <- draws$W[, , b] / pmax(rowSums(draws$W[, , b]), 1e-300)
      summary(stats::lm(P[, order[j]] ~ group + age, data))$coefficients[-1, 1:2]
    })
    value <- rowMeans(vapply(each, function(x) x[, 1], numeric(2)))
    between <- apply(vapply(each, function(x) x[, 1], numeric(2)), 1, stats::var)
    total <- rowMeans(vapply(each, function(x) x[, 2]^2, numeric(2))) + (1 + 1 / B) * between
    df <- pmin((B - 1) * (total / ((1 + 1 / B) * between))^2, nrow(data) - 3)
    reach <- stats::qt(0.975, df) * sqrt(total)
    data.frame(component = j, term = c("group", "age"), estimate = value, low = value - reach, high = value + reach)
  }))
}

one <- function(seed, N, size) {
  made <- simulate_one(seed, N, size)
  fit <- suppressWarnings(nmf(made$V, "T/Po/4", n_starts = 5, seed = seed, threads = 1, verbose = FALSE))
  order <- as.integer(clue::solve_LSAP(cosine_similarity(made$H, fit$H), maximum = TRUE))
  draws <- suppressWarnings(bootstrap_fit(fit, n_runs = n_draws, seed = seed, threads = 1, verbose = FALSE))
  ours <- function(draws) {
    table <- explain_weights(fit, ~ group + age, made$data, draws)$table
    table <- table[table$term != "(Intercept)", ]
    data.frame(component = match(match(table$component, rownames(fit$H)), order), term = sub("1", "", table$term),
               estimate = table$estimate, low = table$conf.low, high = table$conf.high)
  }
  found <- list(lm = ours(0), rubin = by_rubin(draws, order, made$data), draws = ours(draws))
  do.call(rbind, lapply(names(found), function(name) data.frame(method = name, N, size, seed, found[[name]])))
}

sizes <- expand.grid(N = c(60, 200), size = c(100, 1000))
all <- do.call(rbind, lapply(seq_len(nrow(sizes)), function(s) {
  do.call(rbind, lapply(seq_len(sets), one, sizes$N[s], sizes$size[s]))
}))
all$truth <- truth[cbind(all$component, match(all$term, colnames(truth)))]
rejected <- all$low > 0 | all$high < 0
covered <- all$low <= all$truth & all$high >= all$truth
groups <- split(seq_len(nrow(all)), all[c("method", "N", "size")], drop = TRUE)
result <- do.call(rbind, lapply(groups, function(rows) {
  none <- rows[all$truth[rows] == 0]
  some <- rows[all$truth[rows] != 0]
  data.frame(all[rows[1], c("method", "N", "size")], sets = sets, null = mean(rejected[none]),
             covered = mean(covered[rows]), found = mean(rejected[some]),
             bias = mean((all$estimate - all$truth)[some] * sign(all$truth[some])),
             width = mean(all$high[rows] - all$low[rows]))
}))
write_result(result[order(result$N, result$size, match(result$method, c("lm", "rubin", "draws"))), ], "covariates")
