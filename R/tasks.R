# Independent tasks: by the workers of the user's future plan where there are some, kept in a checkpoint where one is
# asked for.

# `tasks` is a list of small plain lists with unique names, `work` a function of a task that returns a small value,
# never NULL, and owes nothing to R's random numbers or to other tasks: the values are then the same under any plan, in
# any order and after any number of resumptions. With workers, all of the environment of `work` travels to them, so it
# should hold the data and little else.
#
# Comes back named like `tasks`: the value of each; the error condition of one that failed, which stops no other; NULL
# for one that an interrupt left undone.
#
# `checkpoint` is a file such as "x.rds" of the values so far, and `identity` a named list of plain objects (data,
# notations, settings) on which they depend. Errors are not kept: what failed is tried again.
run_tasks <- function(tasks, work, checkpoint = NULL, verbose = FALSE, label = "", identity = list()) {
  force(work)
  saved <- open_checkpoint(checkpoint, identity)
  values <- stats::setNames(vector("list", length(tasks)), names(tasks))
  known <- intersect(names(tasks), names(saved$values))
  values[known] <- saved$values[known]
  left <- setdiff(names(tasks), known)
  workers <- if (has_workers()) min(future::nbrOfWorkers(), max(1, length(left))) else 1
  at_once <- if (workers > 1) 2 * workers else 1
  rounds <- 1
  costs <- vapply(tasks[left], function(task) if (is.list(task)) as.double(task$rank %||% 1) else 1, 0)
  progress <- new_progress(verbose, label, costs, "fits", shared = TRUE)
  suspendInterrupts(while (length(left)) {
    batch <- utils::head(left, at_once)
    began <- now()
    results <- if (workers > 1) by_workers(tasks[batch], work, rounds) else list(attempt(tasks[[batch]], work))
    undone <- vapply(results, inherits, NA, c("interrupt", "nmf_undone"))
    values[batch[!undone]] <- results[!undone]
    left <- utils::tail(left, -length(batch))
    tell(progress, length(costs) - length(left))
    saved <- keep_values(saved, values[batch[!undone]], last = length(left) == 0 || any(undone))
    if (any(undone)) break
    if (is_interrupt_pending()) {
      saved <- keep_values(saved, list(), last = TRUE)
      break
    }
    if (workers > 1) {
      each <- max(now() - began, 1e-3) * workers / length(batch)
      at_once <- batch_size(at_once, workers, each)
      rounds <- min(4, ceiling(each * at_once / workers / 5))
    }
  })
  if (!is.null(saved$fault)) {
    warn("checkpoint", "`checkpoint` ", saved$fault, " The results are not affected.")
  }
  values
}

check_repeatable <- function(seed, checkpoint) {
  if (!is.null(checkpoint) && is.null(seed)) {
    abort("argument", "`seed` must be given with a `checkpoint`, so that the same call can go on from it.")
  }
}

# Settings of fits that are tasks: each is silent and has a clock of its own, with workers it takes one thread unless
# `threads` asks for more.
plan_of_tasks <- function(settings, threads) {
  plan <- list(settings = settings, limit = settings$deadline - now(), seed = settings$seed, verbose = settings$verbose)
  plan$settings$verbose <- FALSE
  if (has_workers() && is.null(threads)) plan$settings$threads <- 1L
  plan
}

# When nothing was done, what befell the first task is the user's error.
stop_unless_any <- function(values) {
  if (any(vapply(values, function(value) !is.null(value) && !inherits(value, "error"), NA))) return(invisible())
  errors <- Filter(function(value) inherits(value, "error"), values)
  if (length(errors)) stop(errors[[1]])
  stop_undone()
}

has_workers <- function() {
  is_installed("future.apply") && is_installed("future") && future::nbrOfWorkers() > 1
}

attempt <- function(task, work) {
  tryCatch(allowInterrupts(work(task)), error = identity, nmf_undone = identity, interrupt = note_interrupt)
}

# What befalls the workers themselves befalls all tasks of the batch. Seeds are keyed by task, so future has none to
# make. Each worker gets its tasks in some rounds, so that a slow one does not hold up all others, but in one for each
# five seconds of work, for future may wait some tenths of a second before it notices that a worker is free.
by_workers <- function(tasks, work, rounds) {
  for_all <- function(condition) rep(list(condition), length(tasks))
  tryCatch(
    allowInterrupts(future.apply::future_lapply(tasks, attempt, work, future.seed = NULL,
                                                future.packages = "nmfamily", future.scheduling = rounds)),
    error = for_all, interrupt = function(condition) for_all(note_interrupt(condition))
  )
}

# Batches of about ten seconds: between two of them checkpoints are written, and no more is lost by an interrupt. `each`
# is what one task took, in seconds; the first ones may not be like the others, so batches grow step by step.
batch_size <- function(before, workers, each) {
  wanted <- min(16 * before / workers, 10 / each)
  max(2, floor(wanted)) * workers
}

# A checkpoint as it was found, or a new one; that of other work is refused. Nothing is written yet. What a process that
# was killed left beside it is removed.
open_checkpoint <- function(path, identity) {
  if (is.null(path)) return(NULL)
  file <- check_writable(path, "checkpoint")
  identity <- vapply(identity, fingerprint, "")
  found <- if (file.exists(file)) read_checkpoint(file, path)
  if (!is.null(found)) check_same_work(path, found$identity, identity)
  old <- list.files(dirname(file), all.files = TRUE, full.names = TRUE)
  unlink(old[startsWith(old, beside_checkpoint(file, ""))], expand = FALSE)
  list(file = file, identity = identity, values = found$values, due = now(), written = TRUE)
}

beside_checkpoint <- function(file, process = Sys.getpid()) paste0(file, "-part-", process)

# The file ends with the fingerprint of all that goes before.
read_checkpoint <- function(file, path) {
  refuse <- function(...) abort(c("file", "argument"), "`checkpoint` ", dQuote(path, FALSE), ..., ".")
  bytes <- tryCatch(bytes_of(file), error = function(e) NULL, warning = function(w) NULL)
  found <- tryCatch(suppressWarnings(unserialize(bytes)), error = function(e) NULL)
  if (!is.list(found) || !identical(found$kind, "nmfamily checkpoint")) {
    refuse(" exists and is not a checkpoint, or not a whole one; give another name or remove the file")
  }
  if (!identical(found$version, version_now())) {
    refuse(" was written by another version of nmfamily; give another name or remove the file")
  }
  size <- length(bytes) - 32
  if (!identical(bytes[-seq_len(size)], charToRaw(rlang::hash(bytes[seq_len(size)])))) {
    refuse(" has been changed since it was written; give another name or remove the file")
  }
  found
}

version_now <- function() unname(getNamespaceVersion("nmfamily"))

check_same_work <- function(file, found, asked) {
  parts <- union(names(found), names(asked))
  same <- vapply(parts, function(part) identical(found[part], asked[part]), NA)
  if (all(same)) return(invisible())
  abort("argument", "`checkpoint` ", dQuote(file, FALSE), " is of other work: ", paste(parts[!same], collapse = ", "),
        if (sum(!same) == 1) " differs" else " differ", ". Give another name, or remove the file.")
}

# Of a plain object. Serialised in version 2, which writes what a vector holds and not how it is stored; the header, 14
# bytes with the version of R, is blanked.
fingerprint <- function(x) {
  bytes <- serialize(x, NULL, version = 2)
  bytes[1:14] <- as.raw(0)
  rlang::hash(bytes)
}

# New values go into the checkpoint, and into its file when that is due: a few seconds after it was last written, and so
# seldom that writing takes a small part of the time.
keep_values <- function(saved, values, last) {
  if (is.null(saved)) return(NULL)
  good <- Filter(function(value) !inherits(value, "error"), values)
  saved$values[names(good)] <- good
  saved$written <- saved$written && length(good) == 0
  if (saved$written || (!last && now() < saved$due)) return(saved)
  began <- now()
  saved$fault <- tryCatch(write_checkpoint(saved), nmf_error_file = conditionMessage)
  saved$written <- is.null(saved$fault)
  saved$due <- now() + rest_after(now() - began, saved$rest %||% 2)
  saved
}

# Between two writings, in seconds.
rest_after <- function(seconds, least = 2) max(least, 20 * seconds)

write_checkpoint <- function(saved) {
  content <- c(list(kind = "nmfamily checkpoint", version = version_now()), saved[c("identity", "values")])
  bytes <- serialize(content, NULL)
  replace_file(saved$file, function(put) {
    put(bytes)
    put(charToRaw(rlang::hash(bytes)))
  }, gzip = TRUE, beside = beside_checkpoint(saved$file))
  NULL
}
