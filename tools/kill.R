# Kills select_rank() and choose_model() while they write their checkpoints, and compares what comes of it with work
# that was left alone:
#   Rscript tools/kill.R [kills]
kills <- as.numeric(c(commandArgs(TRUE), 50)[1])
library(nmfamily)
env <- new.env(parent = asNamespace("nmfamily"))
sys.source(file.path("tests", "testthat", "helper-kill.R"), env)
wrong <- 0
for (name in c("choose_rank_of_few", "choose_model_of_few")) {
  call <- env[[name]]
  dir <- tempfile()
  dir.create(dir)
  resumed <- env$killed_and_resumed(call, ceiling(kills / 2), dir)
  same <- env$same_work(resumed$value, call(NULL))
  clean <- identical(resumed$left, "work.rds")
  cat(name, ": ", resumed$kills, " kills, ", resumed$beside, " of them in the middle of a file; the result is ",
      if (same) "the same" else "another one", if (!clean) "; files are left beside", "\n", sep = "")
  wrong <- wrong + !same + !clean
}
quit(status = wrong > 0)
