#' What a fit will cost
#'
#' Tells the memory of a fit, the room on disk and the seconds of a sweep before any of it is spent. A few hundred
#' observations are read and two sweeps made with them.
#'
#' Memory is that above R itself, at the polishing of the best start: the data (one block of them where they stay on
#' disk, see [nmf_blocks()]), the sums over cells and the copies of the factors. Seconds are those of this machine with
#' these `threads`, as measured on the sample and multiplied by the share that it is of the data; they are told to a
#' factor of two or so. How many sweeps a fit needs is not known beforehand; `sweeps` is what they are multiplied by.
#'
#' @param V,model,rank,obs,solver,threads As in [nmf()]; a file stays where it is, and is not read as a whole.
#' @param sweeps Number of sweeps that the total is for, at least 1: a fit takes some tens to some hundreds.
#' @param x What a fit costs.
#' @param ... Nothing: an argument that is not known is an error.
#' @return An object of class `nmf_cost`, a list of the dimensions `dim`, the number of `stored` cells (of a file by
#'   features, or of another array on disk, as many as the sample lets expect), `memory` and `disk` in bytes, `seconds`
#'   to `read` the data once, of a `sweep`, and in `total`, whether they are in `blocks`, and in `open` what the model
#'   leaves open (the power, alpha) and has here an example's value: to estimate it takes several fits.
#'   `as.data.frame()` has
#'   all of it in one row.
#' @section Errors: those of [nmf()] and [nmf_blocks()].
#' @seealso [nmf_blocks()], `vignette("large-data")`.
#' @examples
#' estimate_cost(brca21, "T/Po/3")
#' @export
estimate_cost <- function(V, model, rank = NULL, ..., obs = c("rows", "columns"), solver = "auto", threads = NULL,
                          sweeps = 100) {
  check_call(...)
  obs <- check_obs(obs, V)
  model <- nmf_model(model, rank = rank)
  sweeps <- check_number(sweeps, "sweeps", 1)
  settings <- fit_settings(1, solver, threads = threads, verbose = FALSE, seed = 1, models = list(model))
  blocks <- stays_on_disk(V)
  rows <- if (!blocks) read_source(V, obs) else if (inherits(V, "nmf_blocks")) check_blocks(V) else
    rows_to_read(V, obs)
  size <- as.double(dim(rows))
  sample <- cost_sample(rows, size, blocks, 2 * (model$rank %||% 1))
  problem <- pose(sample$data, known_noise(model, sample$data))
  K <- problem$model$rank
  if (blocks) settings <- settings_in_blocks(problem$model, settings)
  share <- nrow(sample$data) / size[1]
  stored <- stored_in(rows, sample$data, share)
  sweep <- seconds_of_sweep(problem, settings) * stored / max(n_stored(sample$data), 1)
  sparse <- is_sparse(sample$data)
  read <- if (blocks && !inherits(rows, "nmf_blocks")) sample$seconds / share else 0
  cost <- list(
    open = if (is_open(model$family)) model$family$parameter$called, model = format(problem$model), dim = size,
    stored = stored, blocks = blocks,
    memory = cost_in_memory(size, K, stored, sparse, blocks),
    disk = if (blocks) stored * if (sparse) 4 else 2 else 0,
    seconds = c(read = read, sweep = sweep, total = read + sweeps * sweep), sweeps = sweeps
  )
  cost$table <- data.frame(model = cost$model, observations = size[1], features = size[2], as.list(cost$seconds),
                           cost[c("stored", "blocks", "memory", "disk", "sweeps")])
  structure(cost, class = "nmf_cost")
}

# A model whose parameters are all known: what is open costs several fits, each like one with any value.
known_noise <- function(model, data) {
  family <- model$family
  if (is_open(family)) return(with_family(model, with_parameter(family, family$parameter$example)))
  value <- parameter_of(family)
  if (length(value) > 1) return(with_family(model, with_parameter(family, stats::median(value))))
  model
}

# Some observations from the front, and the seconds that it took to read and lay out those after them: the first ones
# have to wait for files to be opened and packages to be loaded.
cost_sample <- function(rows, size, blocks, least) {
  n <- min(size[1], max(20, least, ceiling(1.2e6 / size[2])))
  if (!blocks) return(list(data = measured(rows[seq_len(n), ]), seconds = 0))
  take <- function(from) measured(read_source(read_rows(rows, from, from + n - 1)))
  began <- now()
  data <- take(1)
  if (2 * n <= size[1]) {
    began <- now()
    take(n + 1)
  }
  list(data = data, seconds = now() - began)
}

stored_in <- function(rows, sample, share) {
  if (inherits(rows, "nmf_source")) return(as.double(n_stored(rows)))
  if (inherits(rows, "nmf_blocks")) return(rows$facts$stored)
  if (is_file(rows) && rows$by != "dense") return(rows$stored)
  n_stored(sample) / share
}

# Two sweeps after a first one, from a random start.
seconds_of_sweep <- function(problem, settings) {
  start <- random_start(problem, settings, 1)
  run <- run_core(problem, start, solver_for(problem$model, settings), 3L, settings, FALSE)
  seconds <- diff(run$trace$seconds)
  if (length(seconds)) stats::median(seconds) else 0
}

# Bytes. A sparse cell is 12, and as much again for the index by rows; a block is there five times while R reads and
# checks it. Eight copies of both factors are there when a fit is handed over: in the state from which it goes on (3),
# in the core (3) and in R (2).
cost_in_memory <- function(size, K, stored, sparse, blocks) {
  of_cells <- stored * if (sparse) 20 else 8
  of_sums <- (2 * K + K * (K + 1) / 2) * size[2] * 8
  factors <- 8 * 8 * K * sum(size)
  if (!blocks) return(of_cells + of_sums + factors)
  n <- length(cuts_of(size)) - 1
  of_cells * 5 / n + of_sums * (2 + log2(n)) + factors
}

#' @rdname estimate_cost
#' @export
print.nmf_cost <- function(x, ...) {
  check_call(..., .base = print.default)
  number <- function(n) format(round(n), big.mark = ",", scientific = FALSE)
  cat(x$model, " of ", number(x$dim[1]), " observations x ", number(x$dim[2]), " features, about ", number(x$stored),
      " stored cells\n", sep = "")
  cat("  memory       ", bytes_text(x$memory), " above R", if (x$blocks) ", in blocks", "\n", sep = "")
  if (x$blocks) cat("  on disk      ", bytes_text(x$disk), "\n", sep = "")
  if (x$blocks) cat("  reading once ", time_text(x$seconds[["read"]]), "\n", sep = "")
  cat("  a sweep      ", sweep_text(x$seconds[["sweep"]]), "\n", sep = "")
  if (!is.null(x$open)) cat("  ", x$open, " is open, which takes several such fits, most of them short\n", sep = "")
  cat("  ", formatC(paste(number(x$sweeps), "sweeps"), width = -13), sweep_text(x$seconds[["total"]]), "\n", sep = "")
  invisible(x)
}

sweep_text <- function(seconds) if (seconds < 10) paste(format(signif(seconds, 2)), "s") else time_text(seconds)
