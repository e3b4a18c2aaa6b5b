# Sends an interrupt at a random moment to each of many runs of the functions that may take long, in a process of their
# own, and a second one after half of them. The call must come back with a valid object, or the process see a true
# interrupt, within half a second of CPU:
#   Rscript tools/interrupts.R [how many] [seed] [jobs, a regular expression]
library(nmfamily)
given <- c("100", "1", ".")
given[seq_along(commandArgs(TRUE))] <- commandArgs(TRUE)
n <- as.integer(given[1])
set.seed(as.integer(given[2]))

# Each takes seconds, or for ever.
jobs <- list(
  poisson = function() nmf(liver, "T/Po/5", n_starts = 1e5, tol = 0, max_iter = 1e6, verbose = FALSE),
  negbin = function() nmf(liver, "T/NB/5", n_starts = 50, verbose = FALSE),
  negbin_joint = function() {
    nmf(liver, "T/NBobs/5", n_starts = 1, tol = 0, verbose = FALSE, control = nmf_control(alpha_update = "adjusted"))
  },
  tweedie = function() nmf(liver, "T/TW/5", n_starts = 20, verbose = FALSE),
  convex = function() nmf(liver, "C/NB/5", n_starts = 50, verbose = FALSE),
  adam = function() nmf(liver, "C/Po/5", n_starts = 50, solver = c("adam", "cd"), verbose = FALSE),
  gaps = function() {
    V <- liver
    V[cbind(1:90, 1:90)] <- NA
    nmf(V, "C/Po/5", n_starts = 1000, verbose = FALSE)
  },
  large = function() {
    set.seed(1)
    nmf(matrix(rpois(1500 * 2000, 3), 1500), "T/NB/8", n_starts = 3, verbose = FALSE)
  },
  sparse = function() nmf(addresses$counts, "T/TW/5", n_starts = 20, verbose = FALSE),
  topics = function() fit_topics(addresses$counts, 8, n_starts = 100, verbose = FALSE),
  refit = function() refit(liver, pcawg_signatures, "Po", sparse = TRUE, verbose = FALSE),
  refit_free = function() refit(liver, pcawg_signatures[1:20, ], "NB", free = 3, n_starts = 200, verbose = FALSE),
  compare = function() compare_models(liver, rank = 5, verbose = FALSE),
  choose = function() choose_model(liver, c("T/Po", "T/NB"), ranks = 2:6, verbose = FALSE),
  choose_small = function() choose_model(brca21, c("T/Po", "T/NB"), ranks = 2:3, n_splits = 2, verbose = FALSE),
  rank_cells = function() select_rank(liver, c("T/Po", "T/TW"), verbose = FALSE),
  rank_observations = function() select_rank(liver, "T/NB", method = "observations", verbose = FALSE),
  rank_sigmos = function() select_rank(liver, "T/Po", method = "sigmos", verbose = FALSE),
  rank_bic = function() select_rank(liver, c("T/Po", "T/NB"), method = "bic", n_starts = 50, verbose = FALSE),
  rank_stability = function() select_rank(liver, "T/Po", method = "stability", verbose = FALSE),
  splits = function() compare_splits(liver, rank = 5, verbose = FALSE),
  consensus = function() find_consensus(liver, "T/NB/5", n_runs = 500, verbose = FALSE),
  bootstrap = function() bootstrap_fit(ready$poisson, n_runs = 500, verbose = FALSE),
  study = function() plan_study(ready$poisson, n_runs = 500, verbose = FALSE),
  check = function() check_model(ready$negbin, n_runs = 50),
  interval_alpha = function() confint(ready$alphas, "alpha", adjust = TRUE),
  interval_entries = function() confint(ready$poisson),
  interval_power = function() confint(ready$tweedie),
  profile_power = function() profile_power(liver, "T/TW/5", verbose = FALSE),
  profile_alpha = function() profile_alpha(liver, "T/NB/5", verbose = FALSE),
  predict = function() for (i in 1:1000) predict(ready$negbin, liver, tol = 1e-12)
)
jobs <- jobs[grepl(given[3], names(jobs))]

is_valid <- function(value) {
  fits <- if (inherits(value, "nmf_topic_model")) list(value$fit) else if (inherits(value, "nmf_fit")) list(value)
  sound <- vapply(fits, function(fit) {
    all(is.finite(fit$W), is.finite(fit$H), fit$W >= 0, fit$H >= 0, is.finite(fit$deviance))
  }, NA)
  printed <- tryCatch(length(utils::capture.output(print(value))) > 0, error = function(error) FALSE)
  all(sound) && printed
}

session <- function() {
  process <- callr::r_session$new(callr::r_session_options(libpath = .libPaths()))
  process$run(function() {                                # fits that jobs begin with, lest they take the interrupt
    library(nmfamily)
    models <- c(poisson = "T/Po/5", negbin = "T/NB/5", alphas = "T/NBobs/5", tweedie = "T/TW/5")
    fitted_to <- function(model) nmf(liver, model, n_starts = 1, tol = 1e-2, verbose = FALSE)
    assign("ready", lapply(models, fitted_to), globalenv())
    NULL
  })
  process
}

# In the process: what comes of the job, and the CPU seconds used by then, in a file. An interrupt that is early or
# late, or the second one, has no way in but through the job: in callr, around it, it would lose the answer.
do_job <- function(job, path) {
  suspendInterrupts({
    file.create(paste0(path, "-begun"))
    value <- tryCatch(allowInterrupts(job()), error = identity, interrupt = identity)
    saveRDS(list(value = value, used = sum(proc.time()[1:2])), paste0(path, "-part"))
    file.rename(paste0(path, "-part"), path)
  })
  NULL
}

used <- function(process) sum(ps::ps_cpu_times(process$as_ps_handle())[c("user", "system")])

# What came of it, how much CPU time went by between the signal and the return, and how long it took.
interrupt_once <- function(process, job, after, twice) {
  path <- tempfile()
  on.exit(unlink(paste0(path, c("", "-begun"))))
  is_there <- function(path, within) {
    limit <- Sys.time() + within
    while (!file.exists(path) && Sys.time() < limit && process$is_alive()) Sys.sleep(0.02)
    file.exists(path)
  }
  is_over <- function(within) is_there(path, within)
  process$call(do_job, list(job, path))
  if (!is_there(paste0(path, "-begun"), 60)) stop("the process does not begin")
  if (is_over(after)) return(NULL)
  before <- used(process)
  began <- Sys.time()
  process$interrupt()
  if (twice && !is_over(0.3)) process$interrupt()
  over <- is_over(60)
  wall <- as.numeric(Sys.time() - began, units = "secs")
  if (!over) {
    alive <- process$is_alive()
    cpu <- if (alive) used(process) - before else NA
    return(list(end = if (alive) "hangs" else "crashes", status = "", cpu = cpu, wall = wall))
  }
  answer <- readRDS(path)
  value <- answer$value
  end <- if (inherits(value, "interrupt")) {
    "interrupt"
  } else if (inherits(value, "error")) {
    paste("error:", conditionMessage(value))
  } else {
    if (is_valid(value)) class(value)[1] else "invalid"
  }
  list(end = end, status = if (is.list(value)) value$status %||% "" else "", cpu = max(0, answer$used - before),
       wall = wall)
}

`%||%` <- function(x, y) if (is.null(x)) y else x

results <- list()
process <- session()
missed <- 0
while (length(results) < n) {
  name <- names(jobs)[length(results) %% length(jobs) + 1]
  twice <- stats::runif(1) < 0.3
  # after a late interrupt callr may not be there again
  if (!process$is_alive() || (process$get_state() != "idle" && process$poll_process(2000) != "ready")) {
    process$kill()
    process <- session()
  }
  if (process$get_state() != "idle") process$read()
  result <- interrupt_once(process, jobs[[name]], stats::runif(1, 0.2, 4) / (1 + missed), twice)
  missed <- if (is.null(result)) missed + 1 else 0
  if (is.null(result)) next
  results <- c(results, list(data.frame(job = name, twice, result)))
  with(result, cat(sprintf("%-18s %-6s %-18s %-12s cpu %.2f wall %.2f\n", name, if (twice) "twice" else "", end, status,
                           cpu, wall)))
  if (result$end %in% c("hangs", "crashes")) process$kill()
  Sys.sleep(1)                                           # so that no signal counts as the second of two
}
process$close()
results <- do.call(rbind, results)
bad <- grepl("^(error|invalid|hangs|crashes)", results$end)
quick <- results$cpu <= 0.5 & !is.na(results$cpu)
cat(sum(!bad), "of", nrow(results), "valid or interrupted;", sum(quick), "within 0.5 s of CPU, the most",
    format(max(results$cpu, na.rm = TRUE)), "\n")
quit(status = as.integer(any(bad) || mean(quick) < 0.99))
