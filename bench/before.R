# What people wait for, by this version and by another one that is installed in a library of its own: CPU seconds of one
# thread, each case by one and then the other in processes of their own, and whether default fits end as low.
#   git worktree add ../before <commit>; R CMD INSTALL --library=<library> ../before
#   Rscript bench/before.R <library>
source("bench/common.R")
arguments <- commandArgs(TRUE)
fits <- rbind(
  expand.grid(data = "liver", seed = 1:2,
              model = c("T/N/5", "T/Po/5", "T/Po/8", "T/TW/5", "T/NB/5", "T/NBobs/5", "C/Po/5", "C/NB/4")),
  expand.grid(data = "brca21", seed = 1:2,
              model = c("T/N/4", "T/Po/3", "T/Po/5", "T/TW/3", "T/NB/4", "C/Po/3", "C/NB/3")),
  expand.grid(data = "newsgroups", seed = 1:4, model = c("T/Po/7", "T/Po/12"))
)

data_of <- function(name) {
  switch(name, liver = nmfamily::liver, brca21 = nmfamily::brca21, newsgroups = newsgroups$counts)
}

# One case: a number by which the answers of both can be compared, and the seconds it takes.
cases <- list(
  fit = function(i) {
    case <- fits[i, ]
    V <- data_of(as.character(case$data))
    list(function() nmfamily::nmf(V, as.character(case$model), seed = case$seed, threads = 1, verbose = FALSE),
         function(fit) fit$objective)
  },
  `100 small fits` = function(i) {
    V <- nmfamily::brca21[, 1:20]
    init <- with(nmfamily::nmf(V, "T/Po/2", seed = 1, n_starts = 1, verbose = FALSE), list(W = W, H = H))
    list(function() {
      for (call in 1:100) fit <- nmfamily::nmf(V, "T/Po/2", init = init, threads = 1, verbose = FALSE)
      fit
    }, function(fit) fit$objective)
  },
  `predict(), 326 tumours` = function(i) {
    fit <- nmfamily::nmf(nmfamily::liver, "T/NB40/5", seed = 1, n_starts = 1, verbose = FALSE)
    list(function() predict(fit, nmfamily::liver), sum)
  },
  `predict(), 200 texts` = function(i) {
    V <- newsgroups$counts
    fit <- suppressWarnings(nmfamily::nmf(V, "T/Po/7", seed = 1, n_starts = 1, max_iter = 60, verbose = FALSE))
    list(function() predict(fit, V[1:200, ]), sum)
  },
  `compare_topics()` = function(i) {
    V <- newsgroups$counts
    topics <- suppressWarnings(nmfamily::fit_topics(V, 7, seed = 1, n_starts = 1, max_iter = 60))
    list(function() nmfamily::compare_topics(topics, V, threads = 1)$table$z, function(z) sum(abs(z), na.rm = TRUE))
  },
  `refit(sparse = TRUE), 20 tumours` = function(i) {
    list(function() {
      nmfamily::refit(nmfamily::liver[1:20, ], nmfamily::pcawg_signatures, "Po", sparse = TRUE, threads = 1,
                      verbose = FALSE)
    }, function(fit) fit$objective)
  }
)

if (length(arguments) == 3) {                              # in a process of its own: library, case, number
  .libPaths(c(arguments[1], .libPaths()))
  job <- cases[[arguments[2]]](as.integer(arguments[3]))
  time <- system.time(value <- suppressMessages(suppressWarnings(job[[1]]())))
  cat("result", format(job[[2]](value), digits = 15), sum(time[1:2]), "\n")
  quit()
}

stopifnot("give the library of the other version" = length(arguments) == 1)
by <- function(library, name, i) {
  printed <- system2(file.path(R.home("bin"), "Rscript"), shQuote(c("bench/before.R", library, name, i)), stdout = TRUE)
  as.numeric(strsplit(sub("result ", "", grep("^result", printed, value = TRUE)), " ")[[1]][1:2])
}
jobs <- rbind(data.frame(case = "fit", i = seq_len(nrow(fits))),
              data.frame(case = setdiff(names(cases), "fit"), i = 1))
table <- do.call(rbind, lapply(seq_len(nrow(jobs)), function(j) {
  before <- by(arguments, jobs$case[j], jobs$i[j])
  now <- by(".Rlib", jobs$case[j], jobs$i[j])
  of_fit <- fits[if (jobs$case[j] == "fit") jobs$i[j] else 0, ]
  data.frame(case = if (nrow(of_fit)) paste(of_fit$data, of_fit$model) else jobs$case[j], seed = c(of_fit$seed, NA)[1],
             before = before[2], now = now[2], ratio = signif(now[2] / before[2], 3),
             value_before = before[1], value = now[1], relative = signif(now[1] / before[1] - 1, 2))
}))
write_result(table, "before")
