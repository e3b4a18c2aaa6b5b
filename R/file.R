# Files: which names are taken, how one is read, and how it is replaced. Every writer goes through replace_file().

check_file_name <- function(path, arg) {
  ok <- is.character(path) && length(path) == 1 && !is.na(path) && nzchar(path) && nchar(path, "bytes") < 4096
  expect_arg(ok, arg, "the name of a file", path)
  native_name(path)
}

# To the system a name is its bytes. Under the locale "C" R has no letters beyond ASCII and would ask for <U+00E9>.
native_name <- function(path) {
  if (is_c_locale()) Encoding(path) <- "unknown"
  path
}

is_c_locale <- function() Sys.getlocale("LC_CTYPE") %in% c("C", "POSIX")

# Text as it goes into files, UTF-8. Under "C" bytes beyond ASCII belong to no letter; where they are UTF-8 they stay.
as_utf8 <- function(text) {
  if (is_c_locale()) Encoding(text[Encoding(text) == "unknown" & validUTF8(text)]) <- "UTF-8"
  enc2utf8(text)
}

# Whether opening it cannot wait for another program, as with a pipe, or be a device. What is not empty is ordinary.
is_ordinary <- function(path) {
  .Platform$OS.type != "unix" || isTRUE(file.size(path) > 0) || system2("test", c("-f", shQuote(path))) == 0
}

# The name of a file that is there and can be read, as the system has it.
check_readable <- function(path, arg = "path") {
  name <- check_file_name(path, arg)
  fault <- if (dir.exists(name)) {
    "is a directory"
  } else if (!file.exists(name)) {
    "is not there"
  } else if (!is_ordinary(name)) {
    "is a pipe or a device"
  } else if (file.access(name, 4) != 0) {
    "must not be read by you"
  }
  if (is.null(fault)) return(normalizePath(name))
  abort(c("file", "data"), "`", arg, "` must be a file, but ", dQuote(path, FALSE), " ", fault, ".")
}

# The file to replace, or to make, behind symbolic links and by its full name.
check_writable <- function(path, arg = "path") {
  refuse <- function(...) abort(c("file", "argument"), "`", arg, "` must be ", ..., ".")
  target <- behind_links(check_file_name(path, arg))
  folder <- dirname(target)
  if (!dir.exists(folder)) refuse("in a directory that exists, not ", dQuote(folder, FALSE))
  if (dir.exists(target) || grepl("[/\\]$", path)) refuse("a file, but ", dQuote(path, FALSE), " is a directory")
  if (file.exists(target) && !is_ordinary(target)) {
    refuse("a file, but ", dQuote(path, FALSE), " is a pipe or a device")
  }
  if (file.exists(target) && file.access(target, 2) != 0) {
    refuse("a file that may be replaced, but ", dQuote(path, FALSE), " is write-protected")
  }
  if (file.access(folder, 2) != 0) refuse("in a directory that you may write to, not ", dQuote(folder, FALSE))
  file.path(normalizePath(folder), basename(target))
}

behind_links <- function(path) {
  for (step in 1:40) {                                   # as many as Linux follows
    to <- Sys.readlink(path)
    if (is.na(to) || !nzchar(to)) break
    path <- if (grepl("^/", to)) to else file.path(dirname(path), to)
  }
  path
}

# The same for text, which gzip compresses where the name says so; it has no other way to.
check_text_file <- function(path) {
  target <- check_writable(path)
  other <- regmatches(path, regexpr("[.](bz2|xz|z[iI]p|zst|Z|7z)$", path, ignore.case = TRUE))
  if (length(other)) {
    abort("argument", "`path` must be the name of a file that is plain or ends in .gz, not in ", other, ".")
  }
  target
}

is_gzip <- function(path) grepl("[.]gz$", path, ignore.case = TRUE)

# Replaces a file, or makes it, in one step: after a fault, and killed at any moment, it is the old one or the new one.
# `produce` is a function of another, which it gives lines of text or raw vectors to write. As C's library holds back
# what it writes and R does not ask whether closing went well, the bytes that arrived are counted.
replace_file <- function(path, produce, gzip = is_gzip(path), beside = tempfile("nmfamily-", dirname(path))) {
  connection <- NULL
  on.exit({
    if (!is.null(connection)) close(connection)
    unlink(beside)
  })
  disk <- function(code, reason = NULL) {
    refuse <- function(condition) {
      abort("file", dQuote(path, FALSE), " could not be written (", reason %||% conditionMessage(condition), ")",
            if (file.exists(path)) "; the file is as it was", ".")
    }
    tryCatch(code, error = refuse, warning = refuse)
  }
  connection <- disk(if (gzip) gzfile(beside, "wb") else file(beside, "wb"))
  written <- 0
  produce(function(piece) {
    if (is.character(piece)) piece <- charToRaw(paste0(as_utf8(piece), "\n", collapse = ""))
    disk(writeBin(piece, connection), "it takes no more; is the disk full?")
    written <<- written + length(piece)
  })
  suppressWarnings(close(connection))                    # the count tells
  connection <- NULL
  disk({
    arrived <- bytes_in(beside, gzip)
    if (arrived != written) {
      stop("of ", format(written, scientific = FALSE), " bytes ", format(arrived, scientific = FALSE),
           " arrived; is the disk full?")
    }
    if (file.exists(path)) Sys.chmod(beside, file.mode(path), use_umask = FALSE)
    if (!file.rename(beside, path)) stop("it cannot be replaced")
  })
  invisible(path)
}

# How many bytes a file holds when it is uncompressed.
bytes_in <- function(path, gzip) {
  if (!gzip) return(file.size(path))
  n <- 0
  for_pieces(path, function(piece) n <<- n + length(piece))
  if (gzip_size(path) != n %% 2^32) stop("its end is missing; is the disk full?")
  n
}

for_pieces <- function(path, f) {
  connection <- gzfile(path, "rb")                       # which takes bzip2, xz and plain files, too
  on.exit(close(connection))
  while (length(piece <- readBin(connection, "raw", 2^22))) f(piece)
}

# What gzip writes into the last four bytes (RFC 1952): the size of the last member, modulo 2^32. R does not miss an end
# that was cut off.
gzip_size <- function(path) {
  connection <- file(path, "rb", raw = TRUE)
  on.exit(close(connection))
  seek(connection, file.size(path) - 4)
  sum(as.integer(readBin(connection, "raw", 4)) * 256^(0:3))
}

# The whole of a file, uncompressed.
bytes_of <- function(path) {
  pieces <- list()
  for_pieces(path, function(piece) pieces <<- c(pieces, list(piece)))
  bytes <- as.raw(unlist(pieces))
  zipped <- identical(readBin(path, "raw", 2), as.raw(c(0x1f, 0x8b)))
  if (zipped && gzip_size(path) > length(bytes)) stop("its end is missing")
  bytes
}

in_file <- function(path) paste0("In ", dQuote(path, FALSE), ", ")

# A text, UTF-8 under any locale.
read_text <- function(path) {
  refuse <- function(...) abort(c("file", "data"), dQuote(path, FALSE), " cannot be read: ", ..., ".")
  failed <- function(condition) refuse(conditionMessage(condition))
  file <- check_readable(path)
  bytes <- tryCatch(bytes_of(file), error = failed, warning = failed)
  if (any(bytes == 0)) refuse("it is not a text")
  text <- rawToChar(bytes)
  if (!validUTF8(text)) {
    lines <- strsplit(text, "\n", fixed = TRUE, useBytes = TRUE)[[1]]
    refuse("it must be in UTF-8, but line ", which(!validUTF8(lines))[1], " is not")
  }
  Encoding(text) <- "UTF-8"
  sub("^\ufeff", "", text)
}
