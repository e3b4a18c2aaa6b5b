#' Read tables of mutational signatures
#'
#' For those who have files of COSMIC, PCAWG or SigProfiler.
#'
#' `read_signatures()` reads signatures from a file of COSMIC, PCAWG or SigProfiler, `read_catalogue()` the mutation
#' counts of samples. Both put channels into columns, as [nmf()], [refit()] and [match_components()] take them.
#'
#' Files have a header line and are separated by tabs or commas. They are in UTF-8 and may be compressed by gzip, bzip2
#' or xz. Channels are told by their names, whatever their column is called, and may be
#' * in rows, named in one column (COSMIC `Type`, SigProfiler `MutationType` or `Mutation Types`);
#' * in rows, named in two columns (PCAWG `Type` and `SubType`), such as `C>A` and `ACA`, from which `A[C>A]A` is made;
#' * in columns, with the names of signatures or samples in the first one.
#'
#' Known names of channels are those of SBS96 (`A[C>A]A`), SBS1536 (`AA[C>A]AA`), DBS78 (`AC>CA`), ID83 (`1:Del:C:0`,
#' also from `DEL_C_1_0` as in PCAWG), CN48 (`1:LOH:>40Mb`) and SV32 (`clustered_del_1-10Kb`), of substitutions with a
#' strand too (`T:A[C>A]A`, see [collapse_channels()]). Other spellings such as `A.C.A.A`, `C>A_ACA` or `ACA>A` come
#' back as these. A column before the names that only numbers the lines is left out. Where neither margin has such
#' names, channels are taken to be in rows, unless the header of the first column begins with `Sample` or `Signature`.
#' The channels of SBS96 come back in the order of [pcawg_signatures], others in that of the file.
#'
#' @param path Name of a file.
#' @param ... Nothing: an argument that is not known is an error.
#' @return `read_signatures()`: a numeric matrix, signatures x channels. Rows sum to 1; they are scaled where the
#'   rounding of the source left them within 2 % of it.
#'
#' `read_catalogue()`: an integer matrix, samples x channels. A cell that was not counted is filled in the file, and set
#' to `NA` in the matrix: [nmf()] leaves it out.
#' @section Errors: `nmf_error_argument` when `path` is no name. `nmf_error_file` when the file is not there, is a
#'   directory, a pipe or a device, was cut or is no text. `nmf_error_data`, with the name of the file, the column and
#'   the line, when it is not such a table; when cells are missing, negative or no numbers; when names occur twice or
#'   some of the 96 channels are missing; when signatures do not sum to 1, or counts are not whole.
#' @references Alexandrov et al. (2020), The repertoire of mutational signatures in human cancer, Nature 578, 94-101,
#'   \doi{10.1038/s41586-020-1943-3}.
#' @seealso [write_signatures()]
#' @examples
#' path <- tempfile(fileext = ".txt")
#' write_signatures(pcawg_signatures[c("SBS1", "SBS5"), ], path)
#' readLines(path, 3)
#' signatures <- read_signatures(path)
#' signatures[, 1:3]
#' @export
read_signatures <- function(path, ...) {
  check_call(...)
  H <- read_channels(path)
  size <- rowSums(H)
  far <- which(abs(size - 1) > 0.02)
  if (length(far)) {
    abort("data", in_file(path), "signature ", dQuote(rownames(H)[far[1]], FALSE), " sums to ",
          format(size[far[1]], digits = 6), " and not to 1; counts are read by read_catalogue().")
  }
  rounded <- abs(size - 1) > 1e-12                       # other rows stay as they are, to the last bit
  H[rounded, ] <- H[rounded, ] / size[rounded]
  H
}

#' @rdname read_signatures
#' @export
read_catalogue <- function(path, ...) {
  check_call(...)
  V <- read_channels(path)
  bad <- V != floor(V)
  if (any(bad)) {
    at <- arrayInd(which(bad)[1], dim(V))
    abort("data", in_file(path), "the count of sample ", dQuote(rownames(V)[at[1]], FALSE), " in channel ",
          dQuote(colnames(V)[at[2]], FALSE), " must be whole, not ", format(V[at], digits = 6),
          "; signatures are read by read_signatures().")
  }
  if (max(V) <= .Machine$integer.max) storage.mode(V) <- "integer"
  V
}

# The numbers of a table, channels in columns.
read_channels <- function(path) {
  cells <- cells_of_text(read_text(path), path)
  layout <- layout_of(cells, path)
  numbers <- as_numbers(cells[, layout$numbers])
  numbers <- array(numbers, c(nrow(cells), length(layout$numbers)), list(layout$rows, colnames(cells)[layout$numbers]))
  check_cells(numbers, cells[, layout$numbers, drop = FALSE], path)
  if (layout$channels_in_rows) numbers <- t(numbers)
  check_names(rownames(numbers), if (layout$channels_in_rows) "column" else "row", path)
  channels <- channel_names(colnames(numbers))
  if (!anyNA(channels)) colnames(numbers) <- channels
  check_names(colnames(numbers), "channel", path)
  in_order(numbers, path)
}

# Which columns hold the numbers, what their rows are called, and whether these are channels.
layout_of <- function(cells, path) {
  text <- which(colSums(is.na(array(as_numbers(cells), dim(cells)))) > 0)
  counts_lines <- function(j) all(diff(as_numbers(cells[, j])) %in% 1)
  those <- function(has) Filter(function(j) has(cells[, j]), text)
  channels <- those(are_channels)
  substitution <- those(function(column) all(grepl("^[ACGT]>[ACGT]$", column)))
  context <- those(function(column) all(grepl("^[ACGT]{3}([ACGT]{2})?$", column)))
  labels <- c(channels, substitution, context)
  in_rows <- TRUE
  if (length(channels)) {
    rows <- cells[, channels[1]]
  } else if (length(substitution) && length(context)) {
    rows <- join_channel(cells[, c(substitution[1], context[1])], path)
  } else {
    first <- c(text, 1)[1]
    labels <- if (all(vapply(seq_len(first - 1), counts_lines, NA))) first else 1
    rows <- cells[, labels]
    in_rows <- !are_channels(colnames(cells)[-labels]) &&
      !grepl("^(sample|s[iI]gnature)", colnames(cells)[labels], ignore.case = TRUE)
  }
  index <- Filter(counts_lines, seq_len(labels[1] - 1))
  numbers <- setdiff(seq_len(ncol(cells)), c(labels, index))
  if (!length(numbers)) abort("data", in_file(path), "there is no column of numbers.")
  list(numbers = numbers, rows = rows, channels_in_rows = in_rows)
}

# C>A in ACA is A[C>A]A.
join_channel <- function(columns, path) {
  substitution <- columns[, 1]
  context <- columns[, 2]
  flank <- (nchar(context) - 1) / 2
  changed <- substr(context, flank + 1, flank + 1)
  bad <- which(changed != substr(substitution, 1, 1))
  if (length(bad)) {
    abort("data", in_file(path), "the base in the middle of column ", dQuote(colnames(columns)[2], FALSE),
          " must be the one that changes in column ", dQuote(colnames(columns)[1], FALSE), "; in line ", bad[1] + 1,
          " they are ", context[bad[1]], " and ", substitution[bad[1]], ".")
  }
  paste0(substr(context, 1, flank), "[", substitution, "]", substring(context, flank + 2))
}

as_numbers <- function(cells) suppressWarnings(as.numeric(cells))

check_cells <- function(numbers, cells, path) {
  bad <- !is.finite(numbers) | numbers < 0
  if (!any(bad)) return(invisible())
  at <- arrayInd(which(bad)[1], dim(numbers))
  abort("data", in_file(path), "column ", dQuote(colnames(cells)[at[2]], FALSE),
        " must have numbers of at least 0, but has ", dQuote(cells[at], FALSE), " in line ", at[1] + 1, ".")
}

check_names <- function(names, what, path) {
  if (any(names == "")) abort("data", in_file(path), "a ", what, " has no name.")
  twice <- names[duplicated(names)]
  if (length(twice)) abort("data", in_file(path), what, " ", dQuote(twice[1], FALSE), " is there more than once.")
}

# The 96 channels in the field's order; others stay where they are.
in_order <- function(x, path) {
  if (!all(colnames(x) %in% sbs96_channels)) return(x)
  missing <- setdiff(sbs96_channels, colnames(x))
  if (length(missing)) {
    abort("data", in_file(path), length(missing), " of the 96 channels ", if (length(missing) == 1) "is" else "are",
          " missing, first ", dQuote(missing[1], FALSE), ".")
  }
  x[, sbs96_channels, drop = FALSE]
}
