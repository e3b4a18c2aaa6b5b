# One thin function for each peer: it fits V (N x M), and returns W (N x K), H (K x M), the seconds of the peer's own
# call and its iterations. Starts are the peer's own unless `init` is given.
peers <- function() c("fastTopics", "RcppML", "NNLM", "NMF")

# `seconds` are those on the clock, `cpu_seconds` those of all threads.
fit_peer <- function(time, W, H, iterations, ...) {
  list(W = unname(as.matrix(W)), H = unname(as.matrix(H)), seconds = time[["elapsed"]],
       cpu_seconds = time[["user.self"]] + time[["sys.self"]], iterations = iterations, ...)
}

# Poisson. Its default solver, sequential coordinate descent, with extrapolation, which it has off by default.
# `trace` holds its own log-likelihood (up to its rounding of zero cells) and seconds by iteration.
fit_fasttopics <- function(V, rank, iterations = 100, threads = 1, init = NULL, seed = 1) {
  set.seed(seed)
  control <- list(extrapolate = TRUE, nc = threads)
  run <- function(...) fastTopics::fit_poisson_nmf(V, ..., numiter = iterations, control = control, verbose = "none")
  if (is.null(init)) {
    time <- system.time(fit <- run(k = rank))
  } else {
    dimnames(init$W) <- list(rownames(V), paste0("k", seq_len(rank)))
    H <- t(init$H)
    dimnames(H) <- list(colnames(V), colnames(init$W))
    start <- fastTopics::init_poisson_nmf(V, F = H, L = init$W, verbose = "none")
    time <- system.time(fit <- run(fit0 = start))
  }
  fit_peer(time, fit$L, t(fit$F), iterations,
           trace = data.frame(iteration = fit$progress$iter, log_likelihood = fit$progress$loglik,
                              seconds = cumsum(fit$progress$timing)))
}

# Its topic model as it is by default: 200 iterations in two phases.
fit_fasttopics_default <- function(V, rank, threads = 1, seed = 1) {
  set.seed(seed)
  control <- list(numiter = 4, nc = threads)
  time <- system.time(fit <- fastTopics::fit_topic_model(V, rank, control.main = control,
                                                         control.refine = c(control, extrapolate = TRUE),
                                                         verbose = "none"))
  fit_peer(time, fit$s * fit$L, t(fit$F), nrow(fit$progress))
}

# Normal, on sparse or dense data; for the former it needs Matrix attached. Its `tol` is on the correlation between the
# factors of two iterations.
fit_rcppml <- function(V, rank, iterations = 1000, tol = 1e-6, threads = 1, seed = 1) {
  RcppML::setRcppMLthreads(threads)
  time <- system.time(fit <- RcppML::nmf(V, rank, tol = tol, maxit = iterations, seed = seed, verbose = FALSE))
  fit_peer(time, fit$w, fit$d * fit$h, fit$iter)
}

# Normal or Poisson, dense data; sequential coordinate descent.
fit_nnlm <- function(V, rank, family = "normal", iterations = 500, tol = 1e-6, threads = 1, seed = 1) {
  set.seed(seed)
  loss <- c(normal = "mse", poisson = "mkl")[[family]]
  time <- system.time(fit <- NNLM::nnmf(as.matrix(V), rank, loss = loss, max.iter = iterations, rel.tol = tol,
                                       n.threads = threads, verbose = 0))
  fit_peer(time, fit$W, fit$H, fit$n.iteration)
}

# Normal or Poisson, dense data; multiplicative updates. It refuses rows of zeros.
fit_nmf <- function(V, rank, family = "normal", iterations = 2000, seed = 1) {
  method <- c(normal = "lee", poisson = "brunet")[[family]]
  time <- system.time(fit <- NMF::nmf(as.matrix(V), rank, method = method, seed = seed, maxIter = iterations,
                                     .options = "-p"))
  fit_peer(time, NMF::basis(fit), NMF::coef(fit), NMF::niter(fit))
}

# Seconds that nmfamily needs to the final objective of a peer (within 1e-6 of it), by seed, one thread. The peer's are
# CPU seconds, ours those of the trace times the share of the clock that the process had. `own`: each package from
# random starts of its own, which may end in different optima. `shared`: nmfamily starts where the peer is after its
# first iteration.
against <- function(peer, model, data, V, rank, fit) {
  family <- parse_model(model)$family
  one_start <- function(seed) {
    theirs <- fit(V, rank, seed = seed)
    target <- half_deviance(V, theirs$W, theirs$H, family)
    ours <- function(...) {
      time <- system.time(fit <- fit_ours(V, model, rank = rank, n_starts = 1, seed = seed, threads = 1, ...,
                                          time_limit = max(5, 5 * theirs$seconds)))
      fit$trace$seconds <- fit$trace$seconds * min(1, sum(time[1:2]) / time[["elapsed"]])
      fit
    }
    fits <- list(own = ours(), shared = ours(init = first_iterate(fit(V, rank, seed = seed, iterations = 1))))
    seconds_to_peer <- vapply(fits, function(fit) time_to(fit$trace, target, above = 1e-6), 0)
    data.frame(peer = peer, model = model, data = data, seed = seed, start = names(fits),
               peer_iterations = theirs$iterations, peer_seconds = theirs$cpu_seconds, peer_objective = target,
               objective = vapply(fits, function(fit) checked_objective(V, fit, model), 0),
               seconds_to_peer = seconds_to_peer, ratio = theirs$cpu_seconds / seconds_to_peer)
  }
  do.call(rbind, lapply(seq_len(n_starts), one_start))
}

# An entry that is exactly zero would stay so under multiplicative steps.
first_iterate <- function(fit) lapply(fit[c("W", "H")], function(x) pmax(x, 1e-3 * mean(x)))

# Runs the comparisons of the peers that are there, and saves and prints them.
compare_with <- function(comparisons, name) {
  there <- vapply(comparisons, function(comparison) has_package(comparison$peer), NA)
  for (comparison in comparisons[!there]) cat(comparison$peer, "is not available\n")
  if (!any(there)) return(invisible())
  table <- do.call(rbind, lapply(comparisons[there], function(comparison) do.call(against, comparison)))
  write_result(table, name)
  print(stats::aggregate(table[c("peer_seconds", "peer_objective", "objective", "seconds_to_peer", "ratio")],
                         table[c("start", "data", "model", "peer")], stats::median), digits = 4, row.names = FALSE)
}
