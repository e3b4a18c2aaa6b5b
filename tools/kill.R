# Kills select_rank(), choose_model() and a fit by two workers (the process that they work for) while they write their
# checkpoints, and compares what comes of it with work that was left alone:
#   Rscript tools/kill.R [kills] [calls]           70 kills of all three, or of those that are named
arguments <- commandArgs(TRUE)
kills <- as.numeric(c(arguments, 70)[1])
shares <- c(choose_rank_of_few = 25, choose_model_of_few = 25, fit_by_workers = 20)
if (length(arguments) > 1) shares <- shares[arguments[-1]]
library(nmfamily)
env <- new.env(parent = asNamespace("nmfamily"))
sys.source(file.path("tests", "testthat", "helper-kill.R"), env)
wrong <- 0
for (name in names(shares)) {
  call <- env[[name]]
  dir <- tempfile()
  dir.create(dir)
  resumed <- env$killed_and_resumed(call, ceiling(kills * shares[[name]] / sum(shares)), dir)
  same <- env$same_work(resumed$value, call(NULL))
  clean <- identical(resumed$left, "work.rds")
  cat(name, ": ", resumed$kills, " kills, ", resumed$beside, " of them in the middle of a file; the result is ",
      if (same) "the same" else "another one", if (!clean) "; files are left beside", "\n", sep = "")
  wrong <- wrong + !same + !clean
}
quit(status = wrong > 0)
