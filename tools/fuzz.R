# The laws of tests/testthat/helper-property.R on random problems: Rscript tools/fuzz.R [cases] [first seed]
# Each failure is shrunk and printed as code; put it into tests/testthat/fixtures/property-cases.csv once it is mended.
library(nmfamily)
given <- as.numeric(commandArgs(TRUE))
cases <- c(given, 20000)[1]
first <- if (length(given) > 1) given[2] else as.numeric(Sys.Date()) %% 1e4 * 1e5
cores <- as.integer(Sys.getenv("FUZZ_CORES", "2"))
place <- new.env(parent = asNamespace("nmfamily"))
for (file in list.files("tests/testthat", "^helper-(reference|registry|property)", full.names = TRUE)) {
  sys.source(file, place)
}

try_case <- function(seed) {
  case <- place$random_case(seed)
  failure <- place$failure_of(case, place$laws_for(case))
  if (is.null(failure)) NULL else paste0("seed ", seed, ": ", place$report_of(case, failure))
}

seeds <- first + seq_len(cases) - 1
found <- parallel::mclapply(seeds, try_case, mc.cores = cores, mc.preschedule = TRUE, mc.set.seed = FALSE)
dead <- sum(vapply(found, inherits, NA, "try-error"))
reports <- unlist(Filter(is.character, found))
cat(reports, sep = "\n")
cat(cases, "cases from seed", format(first, scientific = FALSE), "on,", length(reports), "broke a law\n")
quit(status = length(reports) > 0 || dead > 0)
