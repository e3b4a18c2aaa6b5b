# Kills workers of a cluster (signal 9) at random moments of a fit, and the process that they work for, and looks at
# what comes of it: the factors of the undisturbed fit with a warning of its class, within a minute, and no process
#   left. Rscript tools/cluster.R [kills]
kills <- as.integer(c(commandArgs(TRUE), 20)[1])
library(nmfamily)
set.seed(as.integer(Sys.time()))
V <- Matrix::rsparsematrix(1000, 100, 0.1, rand.x = function(n) rpois(n, 1) + 1)
# without it Linux waits 40 ms for more in each message
options(socketOptions = "no-delay")
new_cluster <- function() {
  cluster <- parallel::makePSOCKcluster(2, rscript_args = c("-e", shQuote("options(socketOptions = 'no-delay')")))
  parallel::clusterEvalQ(cluster, loadNamespace("nmfamily"))
  cluster
}
fit_it <- function(cluster) {
  nmf(V, "T/Po/6", n_starts = 1, max_iter = 20, tol = 0, seed = 1, verbose = FALSE, cluster = cluster)
}
is_running <- function(pid) {
  state <- system2("ps", c("-o", "stat=", "-p", pid), stdout = TRUE, stderr = FALSE)
  length(state) > 0 && !grepl("^Z", state)
}
gone_within <- function(pids, seconds) {
  for (i in seq_len(10 * seconds)) {
    if (!any(vapply(pids, is_running, NA))) return(TRUE)
    Sys.sleep(0.1)
  }
  FALSE
}
pids_of <- function(cluster) unlist(parallel::clusterCall(cluster, Sys.getpid))

cluster <- new_cluster()
invisible(suppressWarnings(fit_it(cluster)))
began <- Sys.time()
whole <- suppressWarnings(fit_it(cluster))
usual <- as.numeric(Sys.time() - began, units = "secs")
parallel::stopCluster(cluster)
cat(sprintf("undisturbed: %.1f s\n", usual))

results <- lapply(seq_len(kills), function(i) {
  cluster <- new_cluster()
  pids <- pids_of(cluster)
  wait <- runif(1, 0, usual)
  system(sprintf("(sleep %.3f; kill -9 %d) >/dev/null 2>&1 &", wait, pids[sample(2, 1)]))
  classes <- character()
  began <- Sys.time()
  fit <- tryCatch(withCallingHandlers(fit_it(cluster), warning = function(w) {
    classes <<- c(classes, class(w)[1])
    invokeRestart("muffleWarning")
  }), error = identity)
  seconds <- as.numeric(Sys.time() - began, units = "secs")
  if (inherits(fit, "error")) cat("error:", conditionMessage(fit), "\n")
  for (j in 1:2) suppressWarnings(try(parallel::stopCluster(cluster[j]), TRUE))
  rm(cluster)
  data.frame(wait = wait, seconds = seconds, error = inherits(fit, "error"),
             told = "nmf_warning_cluster" %in% classes,
             same = !inherits(fit, "error") && identical(fit[c("W", "H")], whole[c("W", "H")]),
             clean = gone_within(pids, 20))
})
results <- do.call(rbind, results)
print(results, digits = 3)
good <- !results$error & results$same & results$clean & results$seconds < 60
cat(sum(good), "of", kills, "fits ended in the undisturbed numbers;", sum(results$told), "told of the lost worker;",
    "the longest took", round(max(results$seconds), 1), "s;", sum(!results$clean), "left a process\n")

# The process that they work for
child <- "library(nmfamily)
cluster <- parallel::makePSOCKcluster(2)
cat(Sys.getpid(), unlist(parallel::clusterCall(cluster, Sys.getpid)), '\\n', file = commandArgs(TRUE)[1])
V <- Matrix::rsparsematrix(2000, 200, 0.1, rand.x = function(n) rpois(n, 1) + 1)
nmf(V, 'T/Po/6', n_starts = 1, max_iter = 1e5, tol = 0, seed = 1, verbose = FALSE, cluster = cluster)"
script <- tempfile()
told <- tempfile()
writeLines(child, script)
system2("Rscript", c(script, told), wait = FALSE, stdout = FALSE, stderr = FALSE)
while (!file.exists(told) || !length(readLines(told, warn = FALSE))) Sys.sleep(0.2)
pids <- scan(told, quiet = TRUE)
Sys.sleep(2)
tools::pskill(pids[1], 9)
left <- !gone_within(pids, 60)
cat("the master killed:", if (left) "processes are left" else "its workers ended", "\n")
quit(status = any(!good) || left)
