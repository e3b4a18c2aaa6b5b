# Every hostile call of tests/testthat/helper-hostile.R in child processes: Rscript tools/hostile.R [regex of functions]
# Leaves the verdicts in .check/hostile.tsv; fails unless each call is refused by a class of its own or rightly taken.
library(nmfamily)
library(testthat)
filter <- c(commandArgs(TRUE), ".")[1]
limit <- 60                                              # seconds for a call, on a busy machine
place <- new.env(parent = asNamespace("nmfamily"))
for (file in list.files("tests/testthat", "^helper-(reference|registry|hostile)", full.names = TRUE)) {
  sys.source(file, place)
}
objects <- place$hostile_objects()
calls <- place$valid_calls(objects)
values <- place$hostile_values(objects)
cases <- place$hostile_cases(objects)
cases <- cases[grepl(filter, cases$name), ]
dir.create(".check", showWarnings = FALSE)
report <- ".check/hostile.tsv"
log <- tempfile()

# A child works through its cases and writes a line before and after each, so that its parent knows where it died.
work <- function(index, log) {
  for (i in index) {
    cat(i, "began\n", file = log, sep = "\t", append = TRUE)
    verdict <- tryCatch(place$verdict_on(cases[i, ], objects, calls, values),
                        error = function(e) list(verdict = "broken harness", detail = conditionMessage(e)))
    cat(i, verdict$verdict, paste0(verdict$detail, "\n"), file = log, sep = "\t", append = TRUE)
  }
}

lines_of <- function(log) if (file.exists(log)) strsplit(readLines(log, warn = FALSE), "\t", fixed = TRUE) else list()

# The verdicts on some cases; what killed or held up the child is written down, and another goes on after it.
supervise <- function(index, log) {
  while (length(index)) {
    child <- parallel::mcparallel(work(index, log), mc.set.seed = FALSE, silent = TRUE)
    seen <- -1
    since <- Sys.time()
    repeat {
      done <- !is.null(parallel::mccollect(child, wait = FALSE, timeout = 1))
      lines <- lines_of(log)
      if (length(lines) != seen) since <- Sys.time()
      seen <- length(lines)
      hangs <- difftime(Sys.time(), since, units = "secs") > limit
      if (hangs) tools::pskill(child$pid, tools::SIGKILL)
      if (done || hangs) break
    }
    parallel::mccollect(child)
    lines <- lines_of(log)
    last <- lines[[length(lines)]]
    if (last[2] == "began\n" || last[2] == "began") {
      cat(last[1], if (hangs) "hang" else "crash", "\n", file = log, sep = "\t", append = TRUE)
    }
    index <- index[index > as.integer(last[1])]
  }
}

cores <- as.integer(Sys.getenv("HOSTILE_CORES", "2"))
shares <- split(seq_len(nrow(cases)), rep_len(seq_len(cores), nrow(cases)))
logs <- paste0(log, seq_len(cores))
workers <- Map(function(share, log) parallel::mcparallel(supervise(share, log), silent = TRUE), shares, logs)
invisible(parallel::mccollect(workers))
lines <- Filter(function(line) line[2] != "began", do.call(c, lapply(logs, lines_of)))
at <- as.integer(vapply(lines, `[`, "", 1))
cases$verdict <- cases$detail <- NA_character_
cases$verdict[at] <- vapply(lines, `[`, "", 2)
cases$detail[at] <- vapply(lines, `[`, "", 3)
utils::write.table(cases, report, sep = "\t", row.names = FALSE, quote = FALSE)
bad <- cases[!cases$verdict %in% c("refused", "taken"), ]
for (i in seq_len(min(40, nrow(bad)))) {
  cat(bad$verdict[i], ": ", bad$name[i], "(", bad$argument[i], ": ", bad$how[i], " ", bad$value[i], ") ", bad$detail[i],
      "\n", sep = "")
}
cat(nrow(cases), "calls of", length(unique(cases$name)), "functions:",
    paste(names(table(cases$verdict)), table(cases$verdict), sep = " ", collapse = ", "), "\n")
if (nrow(bad)) cat("All of them are in", report, "\n")
quit(status = nrow(bad) > 0 || nrow(cases) == 0)
