# Tests against mutants. This process has the package and the helpers of the tests loaded; each mutant lives in a child
# that is forked from it, runs the tests that reach the mutant, the cheapest first, and ends itself at the first that
# fails.

ns <- asNamespace("nmfamily")
test_dir <- NULL

call_core <- function(name, ...) .C(getNativeSymbolInfo(name, "nmfamily"), ...)
choose_core <- function(id) {
  Sys.setenv(NMF_MUTANT = id)
  call_core("nmf_mutants_choose")
}

# R ----------------------------------------------------------------------------------------------------------------

# Puts code in the place of what the namespace, and the table of methods, has.
replace_in_namespace <- function(code) {
  own <- new.env(parent = ns)
  for (expression in parse(text = code, keep.source = FALSE)) eval(expression, own)
  for (name in ls(own, all.names = TRUE)) {
    value <- own[[name]]
    if (is.function(value)) environment(value) <- ns
    if (exists(name, ns, inherits = FALSE)) unlockBinding(name, ns)
    assign(name, value, ns)
    methods <- ns[[".__S3MethodsTable__."]]
    if (exists(name, methods, inherits = FALSE)) assign(name, value, methods)
    for (table in method_tables(name)) assign(name, value, table)
  }
}

# Methods of generics of other packages are registered there.
method_tables <- function(name) {
  parts <- strsplit(name, ".", fixed = TRUE)[[1]]
  if (length(parts) < 2) return(list())
  generics <- vapply(seq_len(length(parts) - 1), function(n) paste(parts[seq_len(n)], collapse = "."), "")
  tables <- lapply(generics, function(generic) {
    found <- tryCatch(get(generic, envir = ns, mode = "function"), error = function(e) NULL)
    home <- if (!is.null(found)) topenv(environment(found) %||% baseenv())
    if (is.null(home)) NULL else get0(".__S3MethodsTable__.", home, inherits = FALSE)
  })
  Filter(function(table) !is.null(table) && exists(name, table, inherits = FALSE), tables)
}
`%||%` <- function(x, y) if (is.null(x)) y else x

# Tests ------------------------------------------------------------------------------------------------------------

# Runs `file`, the tests numbered `which` in it; `each` is called when one begins, `fails` when an expectation does.
run_file <- function(file, which, each = function(n, name) NULL, fails) {
  reporter <- R6::R6Class("Fails", inherit = testthat::Reporter, public = list(
    add_result = function(context, test, result) {
      if (inherits(result, c("expectation_failure", "expectation_error"))) fails(test, result)
    }
  ))$new()
  env <- new.env(parent = helpers)
  n <- 0
  own_test <- function(desc, code) {
    n <<- n + 1
    each(n, desc)
    call <- if (is.null(which) || n %in% which) {
      substitute(testthat::test_that(desc, code), list(desc = desc, code = substitute(code)))
    } else {
      quote(testthat::test_that("left out", testthat::skip("not reached")))
    }
    eval(call, parent.frame())
    each(0, "")
  }
  assign("test_that", own_test, helpers)
  testthat::test_file(file.path(test_dir, file), reporter = reporter, env = env, load_helpers = FALSE,
                      package = "nmfamily", load_package = "none")
  each(0, "")
}

# The helpers of the tests, loaded once.
load_tests <- function(work) {
  test_dir <<- file.path(normalizePath(work), "tests")
  unlink(test_dir, recursive = TRUE)
  file.copy(file.path("tests", "testthat"), work, recursive = TRUE)
  file.rename(file.path(work, "testthat"), test_dir)
  Sys.setenv(NOT_CRAN = "true", TESTTHAT = "true", TESTTHAT_PARALLEL = "false", TESTTHAT_PKG = "nmfamily",
             TESTTHAT_EDITION = "3")
  helpers <<- new.env(parent = ns)
  testthat::local_edition(3, .env = globalenv())
  invisible(testthat::source_test_helpers(test_dir, env = helpers))
}

restore_snapshots <- function() {
  unlink(file.path(test_dir, "_snaps"), recursive = TRUE)
  file.copy(file.path("tests", "testthat", "_snaps"), test_dir, recursive = TRUE)
}

# A child ends without saying good-bye to what it shares with its parent.
leave <- function() tools::pskill(Sys.getpid(), tools::SIGKILL)

cpu <- function() sum(proc.time()[c(1, 2, 4, 5)], na.rm = TRUE)

# Runs `work` of each task in a child, which writes to a file of its own in `dir`, and hands the lines of that file and
# the seconds to `done`. A child that has written nothing for `patience` seconds is killed, and its last line is "late".
# R removes its temporary directory when it crashes, so each child makes itself one, as it does where there is none.
in_children <- function(tasks, work, patience, done, dir) {
  unlink(c(tempdir(), dir), recursive = TRUE)
  dir.create(dir, recursive = TRUE)
  running <- list()
  waiting <- seq_along(tasks)
  while (length(waiting) || length(running)) {
    while (length(waiting) && length(running) < jobs) {
      at <- waiting[1]
      waiting <- waiting[-1]
      path <- tempfile("child", dir)
      file.create(path)
      dir.create(paste0(path, ".tmp"))
      if (!length(running)) restore_snapshots()
      job <- parallel::mcparallel({
        sink("/dev/null")
        Sys.setenv(TMPDIR = paste0(path, ".tmp"))
        tempdir(check = TRUE)
        work(tasks[[at]], path)
        leave()
      }, silent = TRUE)
      running[[length(running) + 1]] <- list(job = job, at = at, path = path, began = Sys.time())
    }
    Sys.sleep(0.05)
    for (r in rev(seq_along(running))) {
      one <- running[[r]]
      ended <- !is.null(suppressWarnings(parallel::mccollect(one$job, wait = FALSE, timeout = 0)))
      silent <- as.numeric(difftime(Sys.time(), file.mtime(one$path), units = "secs"))
      if (!ended && silent <= patience) next
      if (!ended) {
        tools::pskill(one$job$pid, tools::SIGKILL)
        suppressWarnings(parallel::mccollect(one$job, wait = TRUE))
        note(one$path, "late")
      }
      done(tasks[[one$at]], readLines(one$path), one$path, as.numeric(difftime(Sys.time(), one$began, units = "secs")))
      unlink(c(one$path, paste0(one$path, c(".rds", ".tmp"))), recursive = TRUE)
      running[[r]] <- NULL
    }
  }
}

note <- function(path, ...) cat(paste0(..., collapse = ""), "\n", sep = "", file = path, append = TRUE)

# Which tests reach which mutants, and how long they take: of what stands outside of tests ("0") and of each test its
# `seconds` and whom it has `reached`; and which tests fail without any mutant.
record_file <- function(file, path) {
  own <- new.env()
  own$r <- integer()
  assign(".mutant_reached", function(id, value) {
    own$r[id] <- 1L
    value
  }, globalenv())
  parts <- list()
  last <- "0"
  failed <- integer()
  impossible <- integer()
  take <- function(n, name) {
    core <- call_core("nmf_mutants_reached", integer(4096))[[1]]
    reached <- union(which(core == 1), which(own$r == 1))
    impossible <<- union(impossible, which(core == -1))
    part <- parts[[last]]
    parts[[last]] <<- list(seconds = sum(part$seconds, cpu() - began), reached = union(part$reached, reached))
    call_core("nmf_mutants_forget")
    own$r <- integer()
    began <<- cpu()
    last <<- as.character(n)
    note(path, n)
  }
  call_core("nmf_mutants_forget")
  began <- cpu()
  run_file(file, NULL, each = take, fails = function(test, result) {
    failed <<- c(failed, as.integer(last))
    note(path, "failed: ", file, ": ", test, ": ", gsub("\n", " ", substr(conditionMessage(result), 1, 200)))
  })
  saveRDS(list(parts = parts, failed = unique(failed), impossible = impossible), paste0(path, ".rds"))
}

# Tests that are about a file, besides the one of its name.
about <- c("^rank-" = "select-rank|rank-cells", "^choose-" = "choose-model", "^diagnose" = "diagnose",
           "^names$" = "names|check", "^differential" = "topics-compare", "^complement" = "weights|laws-sparse",
           "^adam" = "laws-adam", "^(in-memory|step)$" = "exact", "^(watch|solve)$" = "interrupt",
           "^(lbfgs|step|solve|solvers|products)$" = "laws-solvers|laws-stationarity|laws-monotone",
           "^(family|elementary)" = "laws-densities|core", "^known|^penalty" = "laws-known|laws-blocks",
           "^encoder" = "laws-everywhere", "^(tiles|pass|cells|in-memory)$" = "reference|laws-sparse",
           "^profile$" = "confint-factors|confint", "^mixing$" = "feasible-set", "^structure$" = "laws-zeros",
           "^data$" = "refit", "^row-blocks" = "laws-blocks",
           "^(cells|data|distance|encoder|family|known|lines|pass)$" = "laws-updates",
           "^(penalty|pieces|solve|structure|tiles)$" = "laws-updates")

# What to run against a mutant: what is about its file first, the laws of fits for the core, and else the cheapest. What
# is outside of functions is evaluated before any test: then all that is about its file.
plan_for <- function(mutant, record) {
  stem <- sub("[.].*", "", basename(mutant$file))
  own <- paste0("^test-(", paste(c(stem, about[vapply(names(about), grepl, NA, stem)]), collapse = "|"), ")[.]R$")
  plans <- lapply(names(record), function(file) {
    parts <- record[[file]]$parts
    has <- vapply(parts, function(part) mutant$id %in% part$reached, NA)
    if (!any(has)) return(NULL)
    tests <- if (has[["0"]]) names(parts) else names(parts)[has]
    which <- setdiff(as.integer(tests), c(0, record[[file]]$failed))
    cost <- sum(vapply(parts[unique(c("0", which))], `[[`, 0, "seconds"))
    nearer <- if (grepl(own, file)) 20 else if (startsWith(mutant$file, "src/") && grepl("^test-laws", file)) 5 else 1
    list(file = file, which = which, rank = cost / nearer)
  })
  plans <- Filter(Negate(is.null), plans)
  if (!length(plans)) {
    plans <- lapply(grep(own, names(record), value = TRUE), function(file) {
      parts <- record[[file]]$parts
      list(file = file, which = setdiff(as.integer(names(parts)), c(0, record[[file]]$failed)),
           rank = sum(vapply(parts, `[[`, 0, "seconds")))
    })
  }
  plans[order(vapply(plans, `[[`, 0, "rank"))]
}

# Runs the tests; the last line says how it ended. It survives also when `budget` seconds have not been enough.
try_mutant <- function(mutant, plans, budget, path) {
  began <- cpu()
  if (is.na(mutant$r_code)) choose_core(mutant$id) else replace_in_namespace(mutant$r_code)
  for (plan in plans) {
    if (cpu() - began > budget) {
      note(path, "cut")
      return()
    }
    now <- "outside of tests"
    note(path, plan$file, ": ", now)
    run_file(plan$file, plan$which, each = function(n, name) {
      if (n) now <<- name
      note(path, plan$file, ": ", now)
    }, fails = function(test, result) {
      note(path, "killed")
      leave()
    })
  }
  note(path, "survived")
}
