# What a long call tells of itself: one line when it is going to take more than half a minute, with what would share the
# work; then a bar where somebody watches, or a line a minute where nobody does.

# Of the call that runs: whether that line was told, when something was last told, and its steps, with what each is
# expected to cost beside the others.
told <- new.env(parent = emptyenv())
told$depth <- 0

long_work <- 30
silence <- 60

# NULL is TRUE, but FALSE on a page that is being knitted.
check_verbose <- function(verbose) {
  if (is.null(verbose)) !isTRUE(getOption("knitr.in.progress")) else check_flag(verbose, "verbose")
}

begin_telling <- function() {
  told$announced <- FALSE
  told$began <- told$last <- now()
  told$costs <- NULL
}

# The work of the exported function that the user called, and of those that it calls in turn.
telling <- function(work) {
  if (told$depth == 0) begin_telling()
  told$depth <- told$depth + 1
  on.exit(told$depth <- told$depth - 1)
  work
}

expect_steps <- function(costs) {
  if (told$depth > 1) return(invisible())                # steps are those of the outermost call
  told$costs <- costs
  told$step <- 0
}

# Steps go on only: what an earlier one left to do is told of as part of the present one.
begin_step <- function(step) {
  if (is.null(told$costs) || told$depth > 1 || step <= told$step) return(invisible())
  told$step <- step
  told$step_began <- now()
}

# Counts the parts of a piece of work. `costs` are what they are expected to take beside each other, NA where nobody
# knows how many there will be, and `after` what comes when all are done, in the same unit; `unit` is what a part is
# called. `shared` parts are done by workers when
# there are some, others by `threads`. NULL, of which nothing is told, when `verbose` is FALSE.
new_progress <- function(verbose, label, costs, unit, shared = FALSE, threads = NULL, after = 0,
                         frame = parent.frame()) {
  if (!verbose || !length(costs)) return(NULL)
  if (told$depth == 0) begin_telling()
  progress <- new.env(parent = emptyenv())
  list2env(list(label = label, costs = costs, unit = unit, shared = shared, threads = threads, after = after,
                frame = frame, began = now(), bar = NULL), progress)
}

# Work on 1 to n in stretches of about a second, of which progress can be told; the value of each stretch.
in_stretches <- function(n, work, verbose, label, unit, first, threads = NULL) {
  if (!verbose || n <= first) return(list(work(seq_len(n))))
  progress <- new_progress(verbose, label, rep(1, n), unit, threads = threads)
  values <- list()
  done <- 0
  size <- first
  while (done < n) {
    began <- now()
    values <- c(values, list(work(done + seq_len(min(size, n - done)))))
    done <- min(done + size, n)
    size <- max(first, min(4 * size, size %/% max(now() - began, 0.01)))
    tell(progress, done)
  }
  values
}

# `done` of its parts are done; `note` is a word on how it goes.
tell <- function(progress, done, note = NULL) {
  if (is.null(progress) || done == 0) return(invisible())
  if (anyNA(progress$costs)) return(tell_open(progress, done))
  left <- time_left(progress, done)
  past <- now() - told$began
  if (!told$announced && past + left > long_work && left > long_work / 3) announce(progress, past + left)
  if (rlang::is_interactive()) {
    show_bar(progress, done, left, note)
  } else if (now() - told$last > silence) {
    say(paste0(place_of(progress), progress$label, ": ", done, " of ", length(progress$costs), " ", progress$unit,
               ", about ", time_text(left), " left"))
  }
  invisible()
}

# Work of which nobody knows how long it will take.
tell_open <- function(progress, done) {
  text <- paste0(place_of(progress), progress$label, ": ", done, " ", progress$unit)
  if (!rlang::is_interactive()) {
    if (now() - told$last > silence) say(text)
    return(invisible())
  }
  if (is.null(progress$bar)) {
    progress$bar <- cli::cli_progress_bar(total = NA, extra = list(text = text), .envir = progress$frame,
                                          format = "{cli::pb_spin} {cli::pb_extra$text}")
  }
  cli::cli_progress_update(extra = list(text = text), id = progress$bar)
}

# By the time that the parts which are done have taken, and the steps before this one.
time_left <- function(progress, done) {
  share <- sum(progress$costs[seq_len(done)]) / (sum(progress$costs) + progress$after)
  here <- (now() - progress$began) * (1 - share) / share
  costs <- told$costs
  step <- told$step
  if (is.null(costs) || step == 0) return(here)
  in_step <- now() - told$step_began
  earlier <- sum(costs[seq_len(step - 1)])
  rate <- if (earlier > 0) (told$step_began - told$began) / earlier else (in_step + here) / costs[step]
  max(here, rate * costs[step] - in_step) + rate * sum(costs[-seq_len(step)])
}

place_of <- function(progress) {
  if (is.null(told$costs) || told$step == 0) "" else paste0("step ", told$step, " of ", length(told$costs), ", ")
}

announce <- function(progress, seconds) {
  told$announced <- TRUE
  n <- length(progress$costs)
  units <- if (n == 1) sub("s$", "", progress$unit) else progress$unit
  say(paste0(place_of(progress), progress$label, ": ", n, " ", units,
             if (!is.null(told$costs)) " to begin with", "; all of it takes about ", time_text(seconds),
             how_to_share(progress)), progress$bar)
}

how_to_share <- function(progress, all = cores()) {
  if (progress$shared) {
    if (has_workers()) return(paste0(" by ", future::nbrOfWorkers(), " workers"))
    if (all < 2) return("")
    paste0("; `future::plan(\"multisession\")`", if (!is_installed("future.apply")) ", with the package future.apply,",
           " shares it among ", all, " cores")
  } else if (isTRUE(progress$threads < all)) {
    paste0("; `threads = ", all, "` would use all cores")
  }
}

say <- function(text, bar = NULL) {
  told$last <- now()
  text <- paste0("nmfamily: ", text, ".")
  if (is.null(bar)) message(text) else cli::cli_progress_output(text, id = bar)
}

show_bar <- function(progress, done, left, note) {
  extra <- list(head = paste0(place_of(progress), progress$label), unit = progress$unit,
                rest = paste0(c("", note, if (left > 1) paste(time_text(left), "left")), collapse = " | "))
  if (is.null(progress$bar)) {
    progress$bar <- cli::cli_progress_bar(
      total = length(progress$costs), extra = extra, .envir = progress$frame,
      format = paste("{cli::pb_extra$head} {cli::pb_bar} {cli::pb_current} of {cli::pb_total}",
                     "{cli::pb_extra$unit}{cli::pb_extra$rest}")
    )
  }
  cli::cli_progress_update(set = done, extra = extra, id = progress$bar)
}

# Nobody wants to know it to the second.
time_text <- function(seconds) {
  if (seconds < 90) return(paste(max(1, if (seconds < 20) round(seconds) else 10 * round(seconds / 10)), "s"))
  if (seconds < 90 * 60) return(paste(round(seconds / 60), "minutes"))
  if (seconds < 48 * 3600) return(paste(round(seconds / 3600, 1), "hours"))
  paste(round(seconds / 86400), "days")
}
