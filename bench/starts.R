# Which kinds of starts come nearest to the best convex fit that is known. Each kind alone and mixtures of them get 10
# starts in all, of which the best is polished (as nmf() does); the gap is that of the objective above the least that
# any fit of the same model to the same data reached.
#   NMFAMILY_BENCH_SEEDS=3 Rscript bench/starts.R
source("bench/common.R")
library(nmfamily)
seeds <- seq_len(setting("seeds", 3))
choices <- list(
  "random", "svd", "data", "kmeans", "traditional", c("random", "svd", "data"), c("random", "svd", "kmeans"),
  c("svd", "data", "kmeans"), c("svd", "data", "traditional"), c("random", "svd", "data", "traditional"),
  c("svd", "data", "kmeans", "traditional"), c("random", "svd", "data", "kmeans", "traditional")
)
names(choices) <- vapply(choices, paste, "", collapse = " ")
models <- c("C/N", "C/Po", "C/TW1.5", "C/NB40")
cases <- expand.grid(seed = seeds, start = names(choices), rank = c(3, 5), model = models, data = c("brca21", "liver"),
                     stringsAsFactors = FALSE)

fit_of <- function(case) {
  began <- proc.time()[["elapsed"]]
  fit <- nmf(get(case$data), case$model, rank = case$rank, n_starts = 10, seed = case$seed, verbose = FALSE,
             control = nmf_control(starts = choices[[case$start]]))
  data.frame(case, objective = fit$objective, seconds = proc.time()[["elapsed"]] - began)
}

fits <- do.call(rbind, lapply(seq_len(nrow(cases)), function(i) fit_of(cases[i, ])))
problem <- paste(fits$data, fits$model, fits$rank)
fits$gap <- fits$objective / ave(fits$objective, problem, FUN = min) - 1
summary <- aggregate(cbind(gap, seconds) ~ start + data, fits, mean)
summary$largest_gap <- aggregate(gap ~ start + data, fits, max)$gap
summary$found <- aggregate(gap ~ start + data, fits, function(gap) mean(gap < 1e-4))$gap
summary <- summary[order(summary$data, summary$gap), ]
print(summary, digits = 3, row.names = FALSE)
fits$objective <- signif(fits$objective, 9)
fits$gap <- signif(fits$gap, 3)
fits$seconds <- round(fits$seconds, 2)
write_result(fits[c("data", "model", "rank", "start", "seed", "objective", "gap", "seconds")], "starts")
