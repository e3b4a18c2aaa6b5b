# Mutants of the C++ core and of the R files that decide (T18 of what makes tests worth something): faults are put into
# them one at a time, and some test has to fail.
#   Rscript tools/mutants.R [cpp=190] [r=150] [jobs=2] [seed=1] [budget=90] [again=all|rest] [files=.] [least=95,90]
# `budget` is the CPU time in seconds that a mutant is given, `again=rest` leaves out what was killed before or is
# equivalent, and `files` is a regular expression of the test files that may kill. Results are in
# bench/results/mutants.csv; tools/mutants/survivors.csv says why a survivor may live.
given <- strsplit(commandArgs(TRUE), "=", fixed = TRUE)
given <- stats::setNames(lapply(given, `[`, 2), vapply(given, `[`, "", 1))
of <- function(name, default) if (is.null(given[[name]])) default else given[[name]]
jobs <- as.integer(of("jobs", 2))
seed <- as.integer(of("seed", 1))
budget <- as.numeric(of("budget", 90))
least <- as.numeric(strsplit(of("least", "95,90"), ",", fixed = TRUE)[[1]])
work <- file.path(".check", "mutants")
table_path <- file.path("bench", "results", "mutants.csv")
dir.create(work, recursive = TRUE, showWarnings = FALSE)
for (file in c("cpp-sites", "r-sites", "sites", "build")) source(file.path("tools", "mutants", paste0(file, ".R")))

r_files <- c(
  "alpha.R", "power.R", "profile-likelihood.R", "leverage.R", "match.R", "names.R", "topics-compare.R", "check.R",
  "noise-criterion.R", "noise-by-observation.R", "convex-means.R", "comparable.R", "multistart.R", "two-way-bic.R",
  "penalty.R", "mask.R", "edit.R", "refit.R", "feasible-set.R", "signatures-decompose.R", "plan-study.R",
  "explain-weights.R", "select-rank.R", grep("^(rank|choose|diagnose)", list.files("R"), value = TRUE)
)
cpp_files <- setdiff(list.files("src", "[.](h|cpp)$"), cpp_left_out)
cpp <- do.call(rbind, lapply(cpp_files, function(file) cpp_sites(file.path("src", file))))
r <- do.call(rbind, lapply(r_files, function(file) r_sites(file.path("R", file))))
message(nrow(cpp), " places in the core and ", nrow(r), " in R")
cpp <- choose_sites(cpp, as.integer(of("cpp", 190)))
r <- rbind(named_sites(r), choose_sites(r, as.integer(of("r", 150))))
cpp$id <- seq_len(nrow(cpp))
r$id <- nrow(cpp) + seq_len(nrow(r))
r$r_code <- vapply(seq_len(nrow(r)), function(i) r_mutant(r$file[i], r[i, ]), "")
noted <- lapply(split(r, r$file), function(sites) r_noted(sites$file[1], sites))
cpp <- make_core(cpp, work)
cpp$r_code <- NA_character_
columns <- c("id", "hash", "file", "line", "change", "code", "r_code")
mutants <- rbind(cpp[columns], r[columns])

.libPaths(c(normalizePath(file.path(work, "library")), .libPaths()))
Sys.setenv(R_LIBS = paste(.libPaths(), collapse = ":"), OMP_NUM_THREADS = 1, OPENBLAS_NUM_THREADS = 1)
suppressPackageStartupMessages({
  library(testthat)
  library(nmfamily)
})
source(file.path("tools", "mutants", "run.R"))
load_tests(work)
children <- file.path(normalizePath(work), "children")

# Which tests reach what; from before while the test, its helpers and the mutants are the same.
files <- grep(of("files", "."), setdiff(list.files(test_dir, "^test-.*[.]R$"), "test-extending.R"), value = TRUE)
helper_files <- list.files(test_dir, "^helper-.*[.]R$", full.names = TRUE)
stamps <- lapply(stats::setNames(files, files), function(file) {
  snapshots <- list.files(file.path(test_dir, "_snaps"), full.names = TRUE)
  list(tools::md5sum(c(file.path(test_dir, file), helper_files, snapshots)), mutants$hash,
       tools::md5sum(list.files("R", full.names = TRUE)))
})
record_path <- file.path(work, "record.rds")
record <- if (file.exists(record_path)) readRDS(record_path) else list()
record <- record[names(record) %in% files]
old <- vapply(files, function(file) identical(record[[file]]$stamp, stamps[[file]]), NA)
message(sum(!old), " of ", length(files), " test files are run without a mutant")
assign(".mutant_reached", function(id, value) value, globalenv())
in_children(files[!old], function(file, path) {
  for (code in noted) replace_in_namespace(code)
  record_file(file, path)
}, patience = 600, dir = children, done = function(file, lines, path, seconds) {
  writeLines(grep("^(failed|late)", lines, value = TRUE))
  if (!file.exists(paste0(path, ".rds"))) return(writeLines(paste(file, "ended early")))
  record[[file]] <<- c(readRDS(paste0(path, ".rds")), list(stamp = stamps[[file]]))
  saveRDS(record, record_path)
})

reached <- unlist(lapply(record, function(one) lapply(one$parts, `[[`, "reached")))
impossible <- setdiff(unlist(lapply(record, `[[`, "impossible")), reached)
mutants <- mutants[!mutants$id %in% impossible, ]  # known to none of the types that they were compiled for

known <- if (file.exists(table_path)) utils::read.csv(table_path) else data.frame(hash = character())
todo <- seq_len(nrow(mutants))
if (of("again", "all") == "rest") {
  reasons <- utils::read.csv(file.path("tools", "mutants", "survivors.csv"), colClasses = "character")
  reasons <- reasons[reasons$equivalent == "yes", ]
  key <- function(x) paste(x$file, x$code, x$change, sep = "\n")
  todo <- which(!mutants$hash %in% known$hash[known$how != "survived" | key(known) %in% key(reasons)])
}
todo <- todo[order(mutants$hash[todo])]  # in no order, so that a part of them stands for all
results <- known[known$hash %in% mutants$hash & !known$hash %in% mutants$hash[todo], ]
plans <- lapply(seq_len(nrow(mutants)), function(m) plan_for(mutants[m, ], record))
in_children(todo, function(m, path) try_mutant(mutants[m, ], plans[[m]], budget, path), patience = 120, dir = children,
            done = function(m, lines, path, seconds) {
  last <- utils::tail(c("before the first test", lines), 1)
  how <- switch(last, survived = , cut = "survived", killed = "failure", late = "time", "crash")
  at <- utils::tail(c("", grep("^test-", lines, value = TRUE)), 1)
  by <- if (!length(plans[[m]])) "no test gets there" else switch(last, cut = "budget", survived = "", at)
  one <- data.frame(hash = mutants$hash[m], file = mutants$file[m], line = mutants$line[m], change = mutants$change[m],
                    code = mutants$code[m], how = how, by = by,
                    seconds = round(seconds, 1))
  results <<- rbind(results, one)
  utils::write.csv(results, table_path, row.names = FALSE)
  if (how == "survived") message(one$file, ":", one$line, "  ", one$change, "  ", one$code)
})
source(file.path("tools", "mutants", "report.R"))
