# A copy of the package with all mutants of its core inside, installed into a library of its own.

copy_package <- function(to, what) {
  dir.create(to, recursive = TRUE, showWarnings = FALSE)
  unlink(file.path(to, what), recursive = TRUE)
  file.copy(what, to, recursive = TRUE)
}

write_mutants <- function(package, sites) {
  src <- file.path(package, "src")
  for (file in unique(sites$file)) {
    path <- file.path(package, file)
    write_cpp_sites(path, sites[sites$file == file, ])
  }
  file.copy(file.path("tools", "mutants", c("mutant.h", "mutant.cpp")), src, overwrite = TRUE)
  exports <- file.path(src, "RcppExports.cpp")
  writeLines(sub("R_useDynamicSymbols(dll, FALSE)", "R_useDynamicSymbols(dll, TRUE)", readLines(exports), fixed = TRUE),
             exports)
}

# One instruction set and little optimisation: a light build. `make -k` finds the faults of all files at once.
install <- function(package, library, work) {
  dir.create(library, showWarnings = FALSE, recursive = TRUE)
  makevars <- file.path(normalizePath(work), "Makevars")
  writeLines(c("CXX17FLAGS = -O1 -w -DNMF_BASELINE -ftemplate-backtrace-limit=0 -include mutant.h"), makevars)
  log <- file.path(work, "install.log")
  status <- system2("R", c("CMD", "INSTALL", "--no-multiarch", "--no-docs", "--no-test-load",
                           paste0("--library=", library), package), stdout = log, stderr = log,
                    env = c(paste0("R_MAKEVARS_USER=", makevars), paste0("MAKEFLAGS='-k -j", jobs, "'")))
  if (status == 0) character() else readLines(log)
}

# The sites that the compiler's complaints name, by their number or by their place.
complained_of <- function(log, sites) {
  faults <- grep(": error: ", log)
  bad <- logical(nrow(sites))
  for (f in seq_along(faults)) {
    before <- log[(c(0, faults)[f] + 1):faults[f]]
    ids <- unlist(regmatches(before, gregexpr("(?<=int id = )[0-9]+", before, perl = TRUE)))
    bad <- bad | sites$id %in% as.integer(ids)
    place <- regmatches(log[faults[f]], regexec("([-a-zA-Z]+[.](?:h|cpp)):([0-9]+):", log[faults[f]], perl = TRUE))[[1]]
    if (length(place)) bad <- bad | (basename(sites$file) == place[2] & sites$line == as.integer(place[3]))
  }
  bad
}

# The sites that compile, in `work`/library. What was built before is used again while the core is the same.
make_core <- function(sites, work) {
  package <- file.path(work, "package")
  library <- file.path(work, "library")
  made <- file.path(work, "core.rds")
  copy_package(package, c("DESCRIPTION", "NAMESPACE", "LICENSE", "R", "data", "inst"))
  stamp <- list(tools::md5sum(c(list.files("src", "[.](h|cpp)$", full.names = TRUE),
                                list.files("tools/mutants", full.names = TRUE))), sites$hash)
  before <- if (file.exists(made)) readRDS(made)
  if (identical(before$stamp, stamp)) {
    log <- install(package, library, work)
    if (length(log)) stop("the package does not install")
    return(sites[sites$hash %in% before$hash, ])
  }
  for (round in 1:8) {
    copy_package(package, "src")
    unlink(list.files(file.path(package, "src"), "[.](o|so)$", full.names = TRUE))
    write_mutants(package, sites)
    log <- install(package, library, work)
    if (!length(log)) {
      saveRDS(list(stamp = stamp, hash = sites$hash), made)
      return(sites)
    }
    bad <- complained_of(log, sites)
    if (!any(bad)) {
      writeLines(utils::tail(log, 60))
      stop("the mutated core does not compile, and the compiler does not say where")
    }
    message(sum(bad), " mutants of the core do not compile")
    sites <- sites[!bad, ]
  }
  stop("the mutated core does not compile")
}
