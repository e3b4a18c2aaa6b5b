# Convex models as autoencoders: gradients against differences, threads, solvers from the same starts, mini-batches, and
# the time to encode new observations.
#   Rscript bench/autoencoder.R
source("bench/common.R")
library(nmfamily)
rows <- list()
note <- function(what, data, model, way, quantity, value) {
  rows[[length(rows) + 1]] <<- data.frame(what, data, model, way, quantity, value)
  cat(sprintf("%-10s %-8s %-9s %-22s %-28s %.6g\n", what, data, model, way, quantity, value))
}
elapsed <- function(expr) system.time(expr)[["elapsed"]]
# c("adam", "cd") for "adam+cd", as tables call it.
parts_of <- function(solver) strsplit(solver, "+", fixed = TRUE)[[1]]

# Largest difference between gradient and central differences of order 4, relative to the largest slope.
internal <- asNamespace("nmfamily")
for (family in c("N", "Po", "TW1.5", "NB40")) {
  model <- nmf_model(paste0("C/", family), rank = 3)
  start <- random_factors(brca21, 3, 1, "convex")
  noise <- parse_model(paste0("C/", family))
  core <- internal$core_family(model$family, nrow(brca21))
  at <- function(W, E) internal$gradient_cpp(list(values = brca21 + 0), core, W, E, 1L)
  theta <- list(W = t(start$D), E = start$E)
  for (block in names(theta)) {
    f <- function(x) {
      moved <- theta
      moved[[block]] <- x
      half_deviance(brca21, moved$W, crossprod(moved$E, brca21), noise$family, noise$power, noise$alpha)
    }
    x <- theta[[block]]
    slopes <- vapply(seq_along(x), function(e) {
      h <- 1e-3 * x[e]
      by <- function(steps) f(replace(x, e, x[e] + steps * h))
      (8 * (by(1) - by(-1)) - (by(2) - by(-2))) / (12 * h)
    }, 0)
    error <- max(abs(at(theta$W, theta$E)[[block]] - slopes)) / max(abs(slopes))
    note("gradient", "brca21", paste0("C/", family, "/3"), c(W = "D", E = "E")[[block]], "relative error", error)
  }
}

# The same bits for any number of threads.
for (batch in list(NULL, 20L)) {
  fits <- lapply(c(1, 2), function(threads) {
    fit_ours(liver, "CF/Po/5", n_starts = 1, seed = 1, solver = "adam", threads = threads,
             control = nmf_control(epochs = 20, batch_size = batch))[c("W", "H", "A")]
  })
  note("threads", "liver", "CF/Po/5", if (is.null(batch)) "full batch" else "mini-batches", "1 and 2 identical",
       identical(fits[[1]], fits[[2]]))
}

# The best of twenty default starts, and traditional NMF beside it.
whole <- function(data, V, model, n_starts) {
  fits <- list()
  for (solver in c("mm", "cd", "adam+mm", "adam+cd")) {
    seconds <- elapsed(fits[[solver]] <- fit_ours(V, model, n_starts = n_starts, seed = 1, solver = parts_of(solver),
                                                  threads = 1))
    note("best of", data, model, solver, "seconds", seconds)
    note("best of", data, model, solver, "deviance per cell", fits[[solver]]$deviance / length(V))
    note("best of", data, model, solver, "converged", fits[[solver]]$converged)
  }
  traditional <- fit_ours(V, sub("^C", "T", model), n_starts = n_starts, seed = 1)
  note("best of", data, sub("^C", "T", model), "cd", "deviance per cell", traditional$deviance / length(V))
}
whole("brca21", brca21, "C/N/3", 20)

# From the same starts, kinds in turn, five seconds at most: how many come within 1 % of the best end of all, and when.
each <- function(data, V, model, starts) {
  solvers <- c("mm", "cd", "adam", "adam+mm", "adam+cd")
  runs <- lapply(stats::setNames(nm = solvers), function(solver) {
    lapply(seq_len(starts), function(seed) {
      fit_ours(V, model, n_starts = 1, seed = seed, solver = parts_of(solver), threads = 1, time_limit = 5,
               control = nmf_control(starts = c("random", "svd", "data")[(seed - 1) %% 3 + 1]))
    })
  })
  of <- function(fits, quantity) vapply(fits, function(fit) as.numeric(fit[[quantity]]), 0)
  best <- min(unlist(lapply(runs, of, "objective")))
  for (solver in solvers) {
    fits <- runs[[solver]]
    there <- vapply(fits, function(fit) time_to(fit$trace, best, 0.01), 0)
    add <- function(quantity, value) note("one start", data, model, solver, quantity, value)
    add("starts", starts)
    add("lowest end above the best, %", 100 * (min(of(fits, "objective")) / best - 1))
    add("median end above the best, %", 100 * (stats::median(of(fits, "objective")) / best - 1))
    add("share within 1 %", mean(is.finite(there)))
    add("median seconds to 1 %", if (any(is.finite(there))) stats::median(there[is.finite(there)]) else NA)
    add("share converged", mean(of(fits, "converged")))
    add("median seconds", stats::median(of(fits, "seconds")))
  }
}
for (rank in c(3, 5)) {
  each("brca21", brca21, paste0("C/N/", rank), 12)
  for (family in c("N", "Po", "NB36")) each("liver", liver, paste0("C/", family, "/", rank), 3)
}

# Mini-batches, before and after the polish.
for (batch in list(NULL, 32L, 128L)) for (solver in c("adam", "adam+cd")) {
  control <- if (is.null(batch)) nmf_control() else nmf_control(epochs = 200, batch_size = batch, learning_rate = 0.1)
  seconds <- elapsed(fit <- fit_ours(liver, "CF/Po/5", n_starts = 1, seed = 1, solver = parts_of(solver), threads = 1,
                                     control = control))
  way <- paste0(solver, if (is.null(batch)) ", full batch" else paste(", batches of", batch))
  note("batches", "liver", "CF/Po/5", way, "deviance per cell", fit$deviance / length(liver))
  note("batches", "liver", "CF/Po/5", way, "seconds", seconds)
}

# 1,000 new observations.
fit <- fit_ours(liver, "CF/Po/5", n_starts = 1, seed = 1)
new <- liver[rep_len(seq_len(nrow(liver)), 1000), ]
seconds <- vapply(seq_len(n_repeats), function(i) elapsed(for (j in 1:10) encode(fit, new)) / 10, 0)
note("encode", "liver", "CF/Po/5", "1000 rows, 96 features", "milliseconds", 1000 * stats::median(seconds))
words <- fit_ours(newsgroups$counts, "CF/Po/7", n_starts = 1, seed = 1, max_iter = 60)
new <- newsgroups$counts[rep_len(seq_len(nrow(newsgroups$counts)), 1000), ]
seconds <- vapply(seq_len(n_repeats), function(i) elapsed(encode(words, new)), 0)
note("encode", "newsgroups", "CF/Po/7", paste("1000 sparse rows,", ncol(new), "features"), "milliseconds",
     1000 * stats::median(seconds))
write_result(do.call(rbind, rows), "autoencoder")
