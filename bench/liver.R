# Liver counts, K = 5, one thread: seconds until the objective is within 1e-6 (relative) of the best of its basin, for
# the plain form of the paper's updates and for nmfamily's default solver from the same random start. Where the plain
# form is not there within its limit, both are compared at the gap that it has left then.
#   Rscript bench/liver.R [model ...]     for instance T/NB40; all eight without
source("bench/common.R")
restart_in("plain")
library(nmfamily)
compile_plain()

rank <- 5
within <- 1e-6
goals <- c("T/N" = 500, "T/Po" = 500, "T/TW1.5" = 150, "T/NB40" = 60, "C/N" = 200, "C/Po" = 200, "C/TW1.5" = 200,
           "C/NB40" = 30)
models <- if (length(commandArgs(TRUE))) commandArgs(TRUE) else names(goals)
limit <- setting("seconds", 60)
V <- as.matrix(liver) + 0

# The plain form as a trace like nmfamily's. Checkpoints 2 % apart bound the error of its time.
plain_trace <- function(model, init) {
  convex <- model$structure == "convex"
  first <- if (convex) list(t(init$D), init$E) else list(init$W, init$H)
  run <- plain_mm(V, first[[1]], first[[2]], model$structure, model$power, model$alpha, Inf, limit,
                  exp(seq(log(1e-3), log(limit), by = log(1.02))))
  features <- function(second) if (convex) crossprod(second, V) else second
  points <- run$checkpoints
  trace <- data.frame(
    iteration = vapply(points, `[[`, 0, "sweeps"), seconds = vapply(points, `[[`, 0, "seconds"),
    objective = vapply(points, function(point) {
      half_deviance(V, point$W, features(point$second), model$family, model$power, model$alpha)
    }, 0)
  )
  list(trace = trace, end = if (convex) list(E = run$second, D = t(run$W)) else list(W = run$W, H = run$second))
}

one_start <- function(name, seed) {
  model <- parse_model(name)
  init <- random_factors(V, rank, seed, model$structure)
  plain <- plain_trace(model, init)
  fit <- function(init, tol) {
    # such a residual can be below rounding, hence the time limit
    fit <- fit_ours(V, name, rank = rank, init = init, threads = 1, tol = tol, max_iter = 1e5, time_limit = 5)
    checked_objective(V, fit, name)
    fit
  }
  ours <- fit(init, 1e-8)$trace
  # the optima of the two basins: the end of the plain form is polished
  plain_best <- min(plain$trace$objective, fit(plain$end, 1e-9)$objective)
  ours_best <- min(ours$objective)
  same <- abs(plain_best / ours_best - 1) < 1e-5
  if (same) plain_best <- ours_best <- min(plain_best, ours_best)
  gap <- max(within, min(plain$trace$objective) / plain_best - 1)   # what the plain form reaches within its limit
  plain_seconds <- time_to(plain$trace, plain_best, above = gap + 1e-12)
  ours_seconds <- time_to(ours, ours_best, above = gap)
  steps <- function(trace, seconds) trace$iteration[match(seconds, trace$seconds)]
  curve <- function(who, trace, best) {
    kept <- unique(round(seq(1, nrow(trace), length.out = 60)))
    data.frame(model = name, start = seed, who = who, seconds = signif(trace$seconds[kept], 4),
               gap = signif(trace$objective[kept] / best - 1, 4))
  }
  list(row = data.frame(model = name, start = seed, plain_seconds = plain_seconds,
                        plain_sweeps = steps(plain$trace, plain_seconds), seconds = ours_seconds,
                        iterations = steps(ours, ours_seconds), ratio = plain_seconds / ours_seconds,
                        same_basin = same, gap = gap, plain_best = plain_best, best = ours_best),
       curve = rbind(curve("plain", plain$trace, plain_best), curve("nmfamily", ours, ours_best)))
}

cases <- expand.grid(start = seq_len(n_starts), model = models, stringsAsFactors = FALSE)
runs <- parallel::mcmapply(one_start, cases$model, cases$start, SIMPLIFY = FALSE, mc.preschedule = FALSE,
                           mc.cores = setting("processes", 1))
starts <- do.call(rbind, lapply(unname(runs), `[[`, "row"))
write_result(starts, "liver-starts")
write_result(do.call(rbind, lapply(unname(runs), `[[`, "curve")), "liver-curves")

write_result(do.call(rbind, lapply(split(starts, factor(starts$model, models)), function(of) {
  data.frame(model = of$model[1], plain_seconds = stats::median(of$plain_seconds),
             plain_sweeps = stats::median(of$plain_sweeps), seconds = stats::median(of$seconds),
             iterations = stats::median(of$iterations), ratio = stats::median(of$ratio), goal = goals[[of$model[1]]],
             same_basin = sum(of$same_basin), starts = nrow(of), reached = sum(of$gap <= within),
             largest_gap = max(of$gap))
})), "liver")
