# Random numbers that are repeatable and leave those of the user alone.

# Evaluates code with a generator of its own; the user's stays as it was, whatever its kind.
with_seed <- function(seed, code) {
  old <- get0(".Random.seed", globalenv(), inherits = FALSE)
  kind <- RNGkind()
  on.exit({
    if (is.null(old)) {
      do.call(RNGkind, as.list(kind))
      rm(".Random.seed", envir = globalenv())
    } else {
      assign(".Random.seed", old, globalenv())
    }
  })
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  code
}

# The seed that was given, or one drawn from R's generator.
check_seed <- function(seed) {
  if (is.null(seed)) return(draw_seed())
  check_number(seed, "seed", -.Machine$integer.max, .Machine$integer.max, whole = TRUE)
}

draw_seed <- function() as.integer(floor(stats::runif(1) * .Machine$integer.max))

seed_of_start <- function(seed, start) {
  with_seed(seed, as.integer(floor(stats::runif(start) * .Machine$integer.max)))[start]
}
