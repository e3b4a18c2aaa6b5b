# Interrupts: the first one ends the work with what there is, and a second one within a second the loop or the script
# around the call as well.

presses <- new.env(parent = emptyenv())
presses$last <- -Inf

# Where an interrupt is caught.
note_interrupt <- function(condition = NULL) {
  again <- now() - presses$last < 1
  presses$last <- now()
  if (again) signal_interrupt()
  condition
}

# To whoever called the package; it passes through every handler here, for these note it once more.
signal_interrupt <- function() allowInterrupts(rlang::interrupt())

# Work that was interrupted before it had anything to show.
stop_undone <- function() {
  stop(structure(class = c("nmf_undone", "condition"),
                 list(message = "interrupted before the first step", call = NULL)))
}

# The work of an exported function, which looks for interrupts itself and keeps what it has. One that comes when all is
# done takes nothing away, but it counts as the first of two.
keep_going <- function(work) {
  tryCatch(
    suspendInterrupts({
      value <- telling(work)
      is_interrupt_pending()
      value
    }),
    nmf_undone = function(condition) signal_interrupt()
  )
}

# Work in R that an interrupt ends at once; NULL then.
unless_interrupted <- function(work) {
  tryCatch(allowInterrupts(work), interrupt = function(condition) {
    note_interrupt()
    NULL
  })
}

# An interrupt that came while interrupts were suspended is noticed only where R looks for it, as in Sys.sleep().
is_interrupt_pending <- function() {
  is.null(unless_interrupted({
    Sys.sleep(0)
    TRUE
  }))
}

# Work that ends before it is done, with how: for who called it to catch.
stop_early <- function(status) {
  stop(structure(class = c("nmf_early", "condition"), list(message = status, call = NULL, status = status)))
}

# How work is to end before it is done, or NULL.
early_end <- function(settings) {
  if (is_interrupt_pending()) "interrupted" else if (now() > settings$deadline) "time_limit"
}
