# Work with a checkpoint, done by processes that are killed (SIGKILL) while they write it, each going on from what the
# one before has left. `call` is a function of the checkpoint that needs nothing around it. Comes back as a list: the
# `value` of the last process, the number of `kills`, and how many of them left the part of a file `beside`.

killed_and_resumed <- function(call, kills, dir = withr::local_tempdir()) {
  environment(call) <- globalenv()                       # what is around it would be sent with it
  file <- file.path(dir, "work.rds")
  done <- c(kills = 0, beside = 0)
  repeat {
    child <- callr::r_bg(function(call, file) {
      utils::assignInNamespace("rest_after", function(...) 0, "nmfamily")   # a checkpoint after each task
      call(file)
    }, list(call, file))
    if (done[["kills"]] >= kills) {
      child$wait()
      return(c(list(value = child$get_result(), left = list.files(dir)), as.list(done)))
    }
    while (child$is_alive() && !length(list.files(dir, "-part-"))) Sys.sleep(1e-4)
    Sys.sleep(stats::runif(1, 0, sample(c(0.002, 0.05), 1)))                    # in this writing, or soon after
    if (child$is_alive()) {
      child$kill()
      done["kills"] <- done["kills"] + 1
      done["beside"] <- done["beside"] + (length(list.files(dir, "-part-")) > 0)
      if (file.exists(file)) read_checkpoint(file, file)                         # whole, or an error
    } else {
      unlink(file)                                       # all is done: from the beginning again
    }
  }
}

# Whether results are the same but for what a clock says and where their data are.
same_work <- function(a, b) {
  plain <- function(x) {
    if (is.environment(x)) return("environment")
    if (!is.list(x)) return(x)
    x <- lapply(unclass(x), plain)
    x[setdiff(names(x), c("seconds", "call"))]
  }
  identical(plain(a), plain(b), ignore.bytecode = TRUE, ignore.environment = TRUE)
}

# Calls to kill.
choose_rank_of_few <- function(checkpoint) {
  suppressWarnings(nmfamily::select_rank(
    nmfamily::brca21[1:8, 1:40], c("T/Po", "T/NB"), ranks = 2:3, n_splits = 6, n_starts = 1, max_iter = 200,
    keep_fits = TRUE, checkpoint = checkpoint, threads = 1, verbose = FALSE, seed = 1
  ))
}

# A fit in blocks by two workers, whose master is killed.
fit_by_workers <- function(checkpoint) {
  cluster <- parallel::makePSOCKcluster(2)
  on.exit(parallel::stopCluster(cluster))
  set.seed(1)
  V <- matrix(rpois(300 * 40, 3), 300)
  suppressWarnings(nmfamily::nmf(V, "T/NB5/3", n_starts = 2, max_iter = 60, tol = 0, checkpoint = checkpoint,
                                 cluster = cluster, control = nmfamily::nmf_control(checkpoint_every = 0), threads = 1,
                                 verbose = FALSE, seed = 1))
}

choose_model_of_few <- function(checkpoint) {
  suppressWarnings(nmfamily::choose_model(
    nmfamily::brca21[1:8, 1:40], c("T/Po", "C/Po"), ranks = 1:3, n_splits = 4, n_runs = 3, n_starts = 2,
    max_iter = 200, checkpoint = checkpoint, threads = 1, verbose = FALSE, seed = 1
  ))
}
