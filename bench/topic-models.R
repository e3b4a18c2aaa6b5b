# Topic models of the full newsgroups counts, one thread: fastTopics' default fit (100 EM iterations, then 100 of
# extrapolated coordinate descent) against nmfamily's default in at most the same CPU seconds; CPU seconds of an
# iteration with objective and residual; and peak memory. Single starts from singular vectors are in topics.R.
#   Rscript bench/topic-models.R [again]       `again` repeats the peer, whose result is kept otherwise
source("bench/common.R")
restart_in("peers")
ranks <- c(10, 5)

# Mb above what is resident before the data are read.
run_apart <- function(package, rank, ..., start_seed = NULL) {
  apart(function(package, rank, ..., start_seed) {
    source("bench/common.R")
    data <- newsgroups_measured(package)
    V <- data$V
    if (package == "fastTopics") {
      fit <- fit_fasttopics_default(V, rank)
    } else {
      init <- if (!is.null(start_seed)) random_factors(V, rank, start_seed)
      time <- system.time(fit <- fit_ours(V, "T/Po", rank = rank, threads = 1, init = init, ...))
      fit$cpu_seconds <- time[["user.self"]] + time[["sys.self"]]
    }
    most <- peak()
    objective <- half_deviance(V, fit$W, fit$H, "poisson")
    data.frame(package = package, rank = rank, iterations = fit$iterations, cpu_seconds = fit$cpu_seconds,
               cpu_seconds_per_iteration = fit$cpu_seconds / fit$iterations, objective = objective,
               log_likelihood = poisson_log_likelihood(V, objective), peak_mb = most - data$baseline,
               status = if (is.null(fit$status)) NA else fit$status)
  }, package = package, rank = rank, ..., start_seed = start_seed, openblas = package == "fastTopics")
}

if (has_package("fastTopics") && (is.null(read_result("topic-models-peer")) || "again" %in% commandArgs(TRUE))) {
  write_result(run_apart("fastTopics", 10), "topic-models-peer")
}
peer <- read_result("topic-models-peer")

published <- c("10" = -12385000, "5" = -13008060)        # best of 4 methods after 2,000 iterations each
rows <- lapply(ranks, function(rank) {
  limit <- if (!is.null(peer) && rank == 10) peer$cpu_seconds else 600
  fit <- run_apart("nmfamily", rank, n_starts = 10, seed = 1, time_limit = limit)
  cbind(fit, published = published[[as.character(rank)]])
})
iteration <- run_apart("nmfamily", 10, start_seed = 1, tol = 0, max_iter = 50)
rows <- c(rows, list(cbind(iteration, published = NA)))
write_result(do.call(rbind, rows), "topic-models")
