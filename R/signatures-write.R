#' Write tables of mutational signatures
#'
#' For those who go on with the tools of SigProfiler.
#'
#' Tables as SigProfiler writes them:
#' * `write_signatures()` its `Signatures.txt`, with a column `MutationType` and one for each signature;
#' * `write_activities()` its `Activities.txt`, with a column `Samples` and one for each signature, and with
#'   `interval = "confidence"` two more for each after all of these, such as `SBS1_lower` and `SBS1_upper`;
#' * `write_probabilities()` its `Decomposed_Mutation_Probabilities.txt`, the probability
#'   \eqn{W_{ik} H_{kj} / \mu_{ij}} that a mutation of channel j in sample i is of signature k (see
#'   [attribute_cells()]), with the columns `Sample Names`, `MutationTypes` and one for each signature.
#'
#' Channels are spelled as SigProfiler spells them, such as `A[C>A]A`, and stand in the order of its own tables; other
#' features stay as they are. Numbers are written with as many digits as it takes to read them back unchanged, up to 17.
#' Columns are separated by commas in a file whose name ends in `.csv`, and by tabs otherwise; one that ends in `.gz` is
#' compressed, which is the only way to. The text is UTF-8. What has no name is numbered, and names that occur twice are
#' told apart by a number after them.
#'
#' @param fit A fit from [nmf()] or [refit()]. `write_signatures()` also takes a matrix with signatures in rows.
#' @param path Name of the file, which is replaced if it is there: when all is written and has been read back, so that a
#'   fault leaves the old one.
#' @param interval Whether to add the ends of the intervals of [confint.nmf_fit()]: `"confidence"`, which needs the data
#'   of the fit and takes a while, or `"none"`.
#' @param level,method Their confidence level, above 0 and below 1, and `"profile"` or `"wald"`.
#' @param V For intervals, the data of the fit where they are no longer at hand, see [attach_data()]; `NULL` otherwise.
#' @param threads Number of threads of the intervals, see [nmf()].
#' @param observations Which observations to write: numbers or names. `NULL` stands for all.
#' @param ... Nothing: an argument that is not known is an error.
#' @return `path`, invisibly. Activities are the weights \eqn{W}, of the signatures as they are written (rows of \eqn{H}
#'   sum to 1): the expected number of mutations. A probability is `NA` where the mean is 0.
#' @section Errors: `nmf_error_argument` when `fit`, `path` or `observations` is not as above; `nmf_error_data` when a
#'   matrix is not one of signatures; `nmf_error_file`, with the reason, when the file cannot be written: a full disk, a
#'   directory that is not there or a name of a directory, a pipe or a device.
#' @seealso [read_signatures()]
#' @examples
#' fit <- nmf(brca21, "T/Po/3", n_starts = 2, seed = 1)
#' path <- tempfile(fileext = ".txt")
#' write_signatures(fit, path)
#' all.equal(read_signatures(path), fit$H)
#'
#' write_activities(fit, path)
#' readLines(path, 2)
#' exposures <- refit(brca21, pcawg_signatures[c("SBS1", "SBS2", "SBS5"), ], "Po")
#' write_activities(exposures, path, interval = "confidence")
#' readLines(path, 2)
#'
#' write_probabilities(fit, path, observations = 1)
#' readLines(path, 2)
#' @export
write_signatures <- function(fit, path, ...) {
  check_call(...)
  H <- components_of(fit, "fit")
  channels <- channels_written(H)
  lines <- sigprofiler_order(channels)
  cells <- cbind(channels, exact(t(H)))[lines, , drop = FALSE]
  write_cells(path, c("MutationType", rownames(H)), list(cells))
}

#' @rdname write_signatures
#' @export
write_activities <- function(fit, path, interval = c("none", "confidence"), level = 0.95, V = NULL, ...,
                             method = c("profile", "wald"), threads = NULL) {
  check_call(...)
  check_fit(fit)
  interval <- check_choice(interval, c("none", "confidence"), "interval")
  level <- check_level(level)
  method <- check_choice(method, c("profile", "wald"), "method")
  threads <- check_threads(threads)
  if (interval == "none" && !is.null(V)) {
    abort("argument", "`V` must be NULL where `interval` is \"none\": no data are looked at.")
  }
  W <- fit$W
  numbers <- W
  header <- c("Samples", colnames(W))
  if (interval == "confidence") {
    check_text_file(path)                                # not after the work
    ends <- stats::confint(fit, "weights", level, V = V, method = method, threads = threads)
    numbers <- cbind(W, array(ends[, 1], dim(W)), array(ends[, 2], dim(W)))
    numbers <- numbers[, c(seq_len(ncol(W)), ncol(W) + t(matrix(seq_len(2 * ncol(W)), ncol(W)))), drop = FALSE]
    header <- c(header, paste0(rep(colnames(W), each = 2), c("_lower", "_upper")))
  }
  write_cells(path, header, list(cbind(labels_of(rownames(W), nrow(W)), exact(numbers))))
}

#' @rdname write_signatures
#' @export
write_probabilities <- function(fit, path, observations = NULL, ...) {
  check_call(...)
  check_fit(fit)
  samples <- labels_of(rownames(fit$W), nrow(fit$W))
  channels <- channels_written(fit$H)
  lines <- sigprofiler_order(channels)
  chosen <- lines_of(observations, rownames(fit$W), nrow(fit$W), "observations")
  of_sample <- function(i) {
    cbind(samples[i], channels, exact(matrix(attribute_cells(fit, i), length(channels))))[lines, , drop = FALSE]
  }
  write_cells(path, c("Sample Names", "MutationTypes", colnames(fit$W)), chosen, of_sample)
}

# A header and blocks of cells, each made when it is written, so that a long table needs little memory.
write_cells <- function(path, header, blocks, cells_of = identity) {
  target <- check_text_file(path)
  separator <- if (grepl("\\.csv(\\.gz)?$", path, ignore.case = TRUE)) "," else "\t"
  replace_file(target, function(put) {
    put_cells <- function(cells) put(do.call(paste, c(unname(asplit(quoted(cells), 2)), sep = separator)))
    put_cells(t(header))
    for (block in blocks) put_cells(cells_of(block))
  })
  invisible(path)
}

# Names of the features, as SigProfiler spells them where they are channels.
channels_written <- function(H) {
  labels <- as.character(labels_of(colnames(H), ncol(H)))
  channels <- channel_names(labels)
  if (anyNA(channels) || anyDuplicated(channels)) labels else channels
}

# The fewest digits, from 15 on, that are read back as the same number.
exact <- function(x) {
  in_digits <- function(x, digits) in_plain_numbers(sprintf("%.*g", digits, x))
  text <- in_digits(x, 15L)
  finite <- which(is.finite(x))
  for (digits in 16:17) {
    off <- finite[as.numeric(text[finite]) != x[finite]]
    text[off] <- in_digits(x[off], digits)
  }
  array(text, dim(x))
}

# Names with a separator, the end of a line or a quote in them, or blanks at their ends.
quoted <- function(cells) {
  risky <- grepl("[\"\t,\r\n]|^ | $", cells, useBytes = TRUE)
  cells[risky] <- paste0("\"", gsub("\"", "\"\"", cells[risky]), "\"")
  cells
}
