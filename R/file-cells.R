# The cells of a text whose columns are separated by tabs or commas (RFC 4180): between quotes stand separators, ends of
# lines and blanks like other letters, and two quotes are one. The time grows with the number of cells.

# A matrix of text, its header in the names of the columns.
cells_of_text <- function(text, path) {
  ends <- if (grepl("\n", text, fixed = TRUE)) "\n" else "\r"
  lines <- whole_pieces(split_text(text, ends), ends)
  lines <- sub("\r$", "", lines)
  lines <- lines[grepl("[^ ]", lines)]
  if (!length(lines)) abort("data", in_file(path), "there is nothing.")
  bare <- gsub("\"[^\"]*\"", "", lines[1])
  separator <- if (grepl("\t", bare, fixed = TRUE)) "\t" else ","
  if (!grepl(separator, bare, fixed = TRUE)) {
    abort("data", in_file(path), "the header must name columns separated by tabs or commas, but is ", shown(lines[1]),
          ".")
  }
  cells <- lapply(lines, function(line) whole_pieces(split_text(line, separator), separator))
  size <- lengths(cells)
  if (length(size) > 1 && size[2] == size[1] + 1) {      # as R writes it: the names of the rows have no header
    cells[[1]] <- c("", cells[[1]])
    size[1] <- size[2]
  }
  bad <- which(size != size[1])
  if (length(bad)) {
    abort("data", in_file(path), "the table is broken: line ", bad[1], " has ", size[bad[1]], " cells and the header ",
          size[1], ".")
  }
  cells <- unquoted(unlist(cells))
  if (length(lines) == 1) abort("data", in_file(path), "there is no line after the header.")
  cells <- matrix(cells, ncol = size[1], byrow = TRUE)
  structure(cells[-1, , drop = FALSE], dimnames = list(NULL, cells[1, ]))
}

# What stands before, between and after the separators.
split_text <- function(text, separator) {
  pieces <- strsplit(paste0(text, separator), separator, fixed = TRUE, useBytes = TRUE)[[1]]
  Encoding(pieces) <- "UTF-8"
  pieces
}

# Pieces put together again where a separator stood between quotes.
whole_pieces <- function(pieces, separator) {
  if (!any(grepl("\"", pieces, fixed = TRUE))) return(pieces)
  quotes <- nchar(pieces, "bytes") - nchar(gsub("\"", "", pieces, fixed = TRUE), "bytes")
  if (all(quotes %% 2 == 0)) return(pieces)
  first <- c(TRUE, cumsum(quotes[-length(quotes)]) %% 2 == 0)
  vapply(split(pieces, cumsum(first)), paste, "", collapse = separator, USE.NAMES = FALSE)
}

unquoted <- function(cells) {
  blank <- grepl("^[ \t\r]|[ \t\r]$", cells)
  cells[blank] <- gsub("^[ \t\r]+|[ \t\r]+$", "", cells[blank])
  within <- grepl("^\".*\"$", cells)
  cells[within] <- gsub("\"\"", "\"", substr(cells[within], 2, nchar(cells[within]) - 1), fixed = TRUE)
  cells
}
