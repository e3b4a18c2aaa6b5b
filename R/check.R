# The only file that words errors. Every error inherits from nmf_error, every warning from nmf_warning; the first class
# says what was wrong: data, model, rank, init, control, argument, package or file.

abort <- function(what, ..., call = caller()) {
  stop(errorCondition(in_plain_numbers(paste0(...)), class = c(paste0("nmf_error_", what), "nmf_error"), call = call))
}

warn <- function(what, ..., call = caller()) {
  message <- in_plain_numbers(paste0(...))
  warning(warningCondition(message, class = c(paste0("nmf_warning_", what), "nmf_warning"), call = call))
}

# The exported function that the user called, whichever helper found the fault.
caller <- function() {
  for (frame in seq_len(sys.nframe())) {
    called <- sys.call(frame)
    name <- deparse(called[[1]], nlines = 1)
    if (sub("^nmfamily::", "", name) %in% getNamespaceExports("nmfamily")) return(called)
  }
  NULL
}

by_dim <- function(dim) paste(dim, collapse = " x ")

# A value as it is shown in a message.
shown <- function(x) {
  if (is.null(x)) return("NULL")
  if (is_64(x)) return("64-bit integers, of which as.numeric() makes numbers")
  if (is.function(x)) return("a function")
  if (is.character(x) && length(x) == 1) return(dQuote(x, FALSE))
  if (is.atomic(x) && length(x) == 1) return(format(x, digits = 15))
  if (is.atomic(x) && length(x) <= 4) {
    return(paste0("c(", paste(format(x, trim = TRUE, digits = 6), collapse = ", "), ")"))
  }
  article <- if (grepl("^[aeiou]|^nmf", class(x)[1])) "an " else "a "
  if (is.null(dim(x))) return(paste0(article, class(x)[1], " of length ", length(x)))
  paste0("a ", by_dim(dim(x)), " ", class(x)[1])
}

expect_arg <- function(ok, arg, expectation, value, what = "argument") {
  if (!isTRUE(ok)) abort(what, "`", arg, "` must be ", expectation, ", not ", shown(value), ".")
}

# The 64-bit integers of package bit64 are stored in the bits of doubles, and is.numeric() takes them for such.
is_64 <- function(x) inherits(x, "integer64")

as_doubles <- function(x, arg) {
  if (!is_64(x)) return(x)
  check_installed("bit64", paste0("`", arg, "` with 64-bit integers"))
  value <- as.double(bit64::as.double.integer64(x))
  if (is.null(dim(x))) stats::setNames(value, names(x)) else array(value, dim(x), dimnames(x))
}

is_numbers <- function(x) is.numeric(x) && !is_64(x) && is.null(dim(x)) && length(x) > 0 && !anyNA(x)

is_number <- function(x) is_numbers(x) && length(x) == 1

check_number <- function(x, arg, from = -Inf, to = Inf, whole = FALSE, open = FALSE, what = "argument") {
  x <- as_doubles(x, arg)
  most <- if (whole) min(to, .Machine$integer.max) else to
  ok <- is_number(x) && x >= from && x <= most && (!whole || (is.finite(x) && x == round(x))) && (!open || x > from)
  if (isTRUE(ok)) return(if (whole) as.integer(x) else as.double(x))
  if (is_number(x) && x > most) to <- most               # a limit that only a number beyond it need know
  range <- if (is.finite(from) && is.finite(to)) {
    paste("between", number_text(from), "and", number_text(to, scientific = FALSE))
  } else if (is.finite(from)) {
    paste(if (open) "above" else "of at least", number_text(from))
  }
  expect_arg(FALSE, arg, paste(c(if (whole) "a whole number" else "a number", range), collapse = " "), x, what)
}

check_flag <- function(x, arg, what = "argument") {
  expect_arg(is.logical(x) && length(x) == 1 && !is.na(x), arg, "TRUE or FALSE", x, what)
  x
}

check_choice <- function(x, choices, arg, what = "argument") {
  if (identical(x, choices)) return(choices[1])
  expect_arg(is.character(x) && length(x) == 1 && x %in% choices, arg,
             paste("one of", paste(dQuote(choices, FALSE), collapse = ", ")), x, what)
  x
}

check_digits <- function(digits) check_number(digits, "digits", 1, 22, whole = TRUE)

# The choice that a misspelt word is likely to stand for, or NULL: one letter in three may be wrong, or a part missing.
nearest <- function(word, choices) {
  distance <- drop(utils::adist(to_lower(word), to_lower(choices)))
  size <- nchar(word)
  within <- vapply(to_lower(choices), function(choice) {
    (size >= 3 && grepl(to_lower(word), choice, fixed = TRUE)) ||
      (nchar(choice) >= 3 && grepl(choice, to_lower(word), fixed = TRUE))
  }, NA)
  near <- which((distance <= max(1, size %/% 3) & distance < size) | within)
  if (length(near)) choices[[near[which.min(distance[near])]]]
}

nearest_is <- function(word, choices) {
  found <- nearest(word, choices)
  if (!is.null(found)) paste0("; the nearest is ", dQuote(found, FALSE))
}

# The words that fields have for the two factors. Where one of them is chosen, each of these will do.
factor_words <- list(components = c("H", "features", "signatures", "topics", "programmes", "programs"),
                     weights = c("W", "exposures", "activities", "loadings"))

check_factor <- function(x, choices, arg, what = "argument") {
  if (is.character(x) && length(x) == 1 && !x %in% choices) {
    meant <- vapply(factor_words, function(words) x %in% words, NA)
    x <- c(intersect(names(factor_words)[meant], choices), x)[1]
  }
  check_choice(x, choices, arg, what)
}

check_rank <- function(rank, largest = .Machine$integer.max) {
  check_number(rank, "rank", 1, largest, whole = TRUE, what = "rank")
}

# The first cell that is wrong, named by its row and column.
first_bad_cell <- function(V, bad) {
  at <- if (is.logical(bad)) which(bad)[1] else bad[1]
  cell <- if (is_sparse_matrix(V)) {
    c(V@i[at] + 1L, findInterval(at - 1, V@p))
  } else {
    arrayInd(at, dim(V))
  }
  name <- function(names, index) if (is.null(names)) index else paste0(index, " (", dQuote(names[index], FALSE), ")")
  value <- if (is_sparse_matrix(V)) V@x[at] else V[at]
  paste0("first at row ", name(rownames(V), cell[1]), ", column ", name(colnames(V), cell[2]), ": ", format(value))
}

# Lines by their names or numbers; NULL is all.
lines_of <- function(which, names, n, arg, or = "") {
  if (is.null(which)) return(seq_len(n))
  if (is.character(which) && any(again <- which %in% names[duplicated(names)])) {
    abort("argument", "`", arg, "` must not name what is there more than once, as ", dQuote(which[again][1], FALSE),
          " is; give numbers.")
  }
  index <- if (is.character(which)) match(which, names) else as_doubles(which, arg)
  ok <- is_numbers(index) && all(index >= 1 & index <= n & index == round(index))
  expect_arg(ok, arg, paste0(or, "names or numbers from 1 to ", n), which)
  index
}

# The one place that asks for a suggested package.
is_installed <- function(package) requireNamespace(package, quietly = TRUE)

check_installed <- function(package, purpose, by = "install.packages") {
  if (!is_installed(package)) {
    abort("package", purpose, " needs the package ", package, "; get it by ", by, "(", dQuote(package, FALSE), ").")
  }
}
