# Poisson topic model of the full newsgroups counts, K = 10: CPU seconds of one thread that nmfamily needs to come
# within 1e-6 of the objective that fastTopics has after 100 iterations of its default solver with extrapolation. And
# the peak memory of both, each run in a process of its own.
#   Rscript bench/topics.R [again]       `again` repeats the peer, whose result is kept otherwise
source("bench/common.R")
restart_in("peers")
rank <- 10
threads <- 1
peer_iterations <- setting("topics", 100)

# In Mb, `baseline` is what is resident before V is read, `peak` the most that is until the fit is there, `reading` the
# most until V is there.
run_apart <- function(package, ...) {
  apart(function(package, rank, threads, start_seed, ...) {
    source("bench/common.R")
    data <- newsgroups_measured(package)
    V <- data$V
    init <- if (!is.null(start_seed)) random_factors(V, rank, start_seed)
    if (package == "fastTopics") {
      fit <- fit_fasttopics(V, rank, threads = threads, init = init, ...)
      most <- peak()
      fit$objective <- half_deviance(V, fit$W, fit$H, "poisson")
      fit$log_likelihood <- poisson_log_likelihood(V, fit$objective)
    } else {
      # its own start, like the peer's, is made from singular vectors
      time <- system.time(fit <- fit_ours(V, ..., rank = rank, init = init, threads = threads, n_starts = 1,
                                          control = nmfamily::nmf_control(starts = "svd")))
      fit$cpu_seconds <- sum(time[1:2])
      most <- peak()
      if (fit$model$family$name == "poisson") checked_objective(V, fit, "T/Po")
    }
    factors <- (length(fit$W) + length(fit$H)) * 8 / 2^20
    c(unclass(fit)[c("trace", "seconds", "cpu_seconds", "iterations", "objective", "log_likelihood", "status")],
      list(reading_mb = data$reading, peak_mb = most - data$baseline, bound_mb = 1.5 * megabytes(V) + factors + 64))
  }, package = package, rank = rank, threads = threads, ..., openblas = package == "fastTopics")
}

if (has_package("fastTopics") && (is.null(read_result("topics-peer")) || "again" %in% commandArgs(TRUE))) {
  runs <- list(own = run_apart("fastTopics", start_seed = NULL, iterations = peer_iterations),
               shared = run_apart("fastTopics", start_seed = 1, iterations = peer_iterations))
  saturated <- runs$own$log_likelihood + runs$own$objective
  write_result(do.call(rbind, lapply(names(runs), function(start) {
    data.frame(package = "fastTopics", start = start, iterations = runs[[start]]$iterations,
               seconds = runs[[start]]$seconds, cpu_seconds = runs[[start]]$cpu_seconds,
               seconds_in_loop = max(runs[[start]]$trace$seconds),
               objective = runs[[start]]$objective, log_likelihood = runs[[start]]$log_likelihood,
               peak_mb = runs[[start]]$peak_mb)
  })), "topics-peer")
  write_result(do.call(rbind, lapply(names(runs), function(start) {
    data.frame(start = start, iteration = runs[[start]]$trace$iteration, seconds = runs[[start]]$trace$seconds,
               objective = saturated - runs[[start]]$trace$log_likelihood)
  })), "topics-peer-trace")
}
peer <- read_result("topics-peer")

# A second run goes as far as the first one needed: the seconds of a trace are those of the clock.
compare <- function(start, seed) {
  target <- peer[peer$start == start, ]
  ours <- function(max_iter) {
    run_apart("nmfamily", start_seed = if (start == "shared") seed, model = "T/Po", seed = seed, max_iter = max_iter)
  }
  fit <- ours(3 * peer_iterations)
  row <- data.frame(model = "T/Po", start = start, seed = seed, iterations = fit$iterations,
                    cpu_seconds = fit$cpu_seconds, status = fit$status, objective = fit$objective,
                    peak_mb = fit$peak_mb, bound_mb = fit$bound_mb)
  if (is.null(peer)) return(row)
  reached <- fit$trace$iteration[which(fit$trace$objective <= target$objective * (1 + 1e-6))[1]]
  to_peer <- if (is.na(reached)) Inf else ours(max(reached, 1))$cpu_seconds
  cbind(row, peer_objective = target$objective, peer_seconds = target$cpu_seconds, to_peer = to_peer,
        ratio = target$cpu_seconds / to_peer, goal = 4)
}
rows <- c(list(compare("shared", 1)), lapply(seq_len(n_starts), function(seed) compare("own", seed)))
write_result(do.call(rbind, rows), "topics")

# The other families stream all 10^9 cells: few iterations, for their memory and the seconds of one.
streamed <- lapply(c("T/Po", "T/NB1", "T/TW1.5"), function(model) {
  fit <- run_apart("nmfamily", start_seed = 1, model = model, seed = 1, max_iter = 4, tol = 0)
  data.frame(model = model, seconds_per_iteration = stats::median(diff(fit$trace$seconds)),
             reading_mb = fit$reading_mb, peak_mb = fit$peak_mb,
             bound_mb = fit$bound_mb)
})
write_result(do.call(rbind, streamed), "topics-memory")
