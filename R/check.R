# The only file that words errors. Every error inherits from nmf_error, every warning from nmf_warning; the first class
# says what was wrong: data, model, rank, init, control, argument or package.

abort <- function(what, ..., call = caller()) {
  stop(errorCondition(paste0(...), class = c(paste0("nmf_error_", what), "nmf_error"), call = call))
}

warn <- function(what, ..., call = caller()) {
  warning(warningCondition(paste0(...), class = c(paste0("nmf_warning_", what), "nmf_warning"), call = call))
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
  if (is.character(x) && length(x) == 1) return(dQuote(x, FALSE))
  if (is.atomic(x) && length(x) == 1) return(format(x, digits = 15))
  if (is.atomic(x) && length(x) <= 4) {
    return(paste0("c(", paste(format(x, trim = TRUE, digits = 6), collapse = ", "), ")"))
  }
  if (is.null(dim(x))) return(paste0("a ", class(x)[1], " of length ", length(x)))
  paste0("a ", by_dim(dim(x)), " ", class(x)[1])
}

expect_arg <- function(ok, arg, expectation, value, what = "argument") {
  if (!isTRUE(ok)) abort(what, "`", arg, "` must be ", expectation, ", not ", shown(value), ".")
}

is_number <- function(x) is.numeric(x) && length(x) == 1 && !is.na(x)

check_number <- function(x, arg, from = -Inf, to = Inf, whole = FALSE, open = FALSE, what = "argument") {
  ok <- is_number(x) && x >= from && x <= to && (!whole || (is.finite(x) && x == round(x))) && (!open || x > from)
  range <- if (is.finite(from) && is.finite(to)) {
    paste("between", format(from), "and", format(to, scientific = FALSE))
  } else if (is.finite(from)) {
    paste(if (open) "above" else "of at least", format(from))
  }
  expect_arg(ok, arg, paste(c(if (whole) "a whole number" else "a number", range), collapse = " "), x, what)
  if (whole) as.integer(x) else as.double(x)
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
  cell <- if (methods::is(V, "sparseMatrix")) {
    c(V@i[at] + 1L, findInterval(at - 1, V@p))
  } else {
    arrayInd(at, dim(V))
  }
  name <- function(names, index) if (is.null(names)) index else paste0(index, " (", dQuote(names[index], FALSE), ")")
  value <- if (methods::is(V, "sparseMatrix")) V@x[at] else V[at]
  paste0("first at row ", name(rownames(V), cell[1]), ", column ", name(colnames(V), cell[2]), ": ", format(value))
}

values_of <- function(V) if (methods::is(V, "sparseMatrix")) V@x else V

# Any accepted input becomes a double matrix or a dgCMatrix, observations in rows; the caller's object stays as it is.
# Missing cells are allowed where the caller knows what to do with them.
as_data <- function(V, obs = "rows", arg = "V", missing = FALSE) {
  if (is_single_cell(V)) return(as_data(counts_of_cells(V, arg), "columns", arg, missing))
  if (is_triplets(V)) return(as_data(from_triplets(V), if (says_where_documents_are(V)) "rows" else obs, arg, missing))
  if (is.data.frame(V)) {
    numeric <- vapply(V, function(x) is.numeric(x) || is.logical(x), NA)
    if (!all(numeric)) {
      abort("data", "`", arg, "` must hold numbers only; column ", dQuote(names(V)[!numeric][1], FALSE), " is ",
            class(V[[which(!numeric)[1]]])[1], ".")
    }
    named <- .row_names_info(V) > 0
    V <- as.matrix(V)
    if (!named) rownames(V) <- NULL
  }
  if (methods::is(V, "diagonalMatrix") || methods::is(V, "indMatrix")) V <- methods::as(V, "generalMatrix")
  sparse <- methods::is(V, "sparseMatrix")
  if (methods::is(V, "Matrix") && !sparse) V <- as.matrix(V)
  if (!sparse && !(is.matrix(V) && (is.numeric(V) || is.logical(V)))) {
    abort("data", "`", arg, "` must be a numeric matrix, data frame or sparse Matrix, not ", shown(V), ".")
  }
  if (any(dim(V) == 0)) {
    abort("data", "`", arg, "` must have at least one row and one column, not ", by_dim(dim(V)), ".")
  }
  if (sparse) {
    V <- as_plain_sparse(V)
  } else if (!is.double(V)) {
    storage.mode(V) <- "double"
  }
  x <- values_of(V)
  lowest <- min(x, 0, na.rm = missing)
  undefined <- anyNA(x) && (!missing || any(is.nan(x)))
  if (undefined || !is.finite(lowest) || !is.finite(max(x, 0, na.rm = missing))) {
    bad <- if (missing) is.infinite(x) | is.nan(x) else !is.finite(x)
    abort("data", "`", arg, "` must have finite cells only; ", sum(bad), if (sum(bad) == 1) " is" else " are",
          if (missing) " undefined or infinite, " else " missing or infinite, ", first_bad_cell(V, bad), ".")
  }
  if (lowest < 0) {
    bad <- which(x < 0)
    abort("data", "`", arg, "` must not be negative; ", length(bad), if (length(bad) == 1) " cell is" else " cells are",
          " below zero, ", first_bad_cell(V, bad), ".")
  }
  if (obs == "columns") V <- if (sparse) Matrix::t(V) else t(V)
  V
}

# `obs` decides which margin is which; the channels of mutational signatures tell when it was forgotten.
check_orientation <- function(X, obs) {
  if (are_channels(rownames(X)) && !are_channels(colnames(X))) {
    other <- if (obs == "rows") "columns" else "rows"
    abort("data", "`V` has mutation channels as observations. Use `obs = ", dQuote(other, FALSE),
          "`: the samples are in the other margin.")
  }
}

# Lines by their names or numbers; NULL is all.
lines_of <- function(which, names, n, arg, or = "") {
  if (is.null(which)) return(seq_len(n))
  index <- if (is.character(which)) match(which, names) else which
  ok <- is.numeric(index) && !anyNA(index) && all(index >= 1 & index <= n & index == round(index))
  expect_arg(ok, arg, paste0(or, "names or numbers from 1 to ", n), which)
  index
}

# Which margin of V holds the observations. Objects of single-cell packages hold them in columns unless told otherwise.
check_obs <- function(obs, V) {
  if (is_single_cell(V) && identical(obs, c("rows", "columns"))) return("columns")
  check_choice(obs, c("rows", "columns"), "obs")
}

check_installed <- function(package, purpose, by = "install.packages") {
  if (!requireNamespace(package, quietly = TRUE)) {
    abort("package", purpose, " needs the package ", package, "; get it by ", by, "(", dQuote(package, FALSE), ").")
  }
}

# What a family asks of the cells beyond being non-negative.
check_support <- function(V, family) {
  if (max(values_of(V), 0) == 0) abort("data", "`V` must have a positive cell; all are zero.")
  if (identical(family$name, "tweedie") && isTRUE(family$power >= 2)) {
    zero <- if (methods::is(V, "sparseMatrix")) length(V@x) < length(V) || any(V@x == 0) else any(V == 0)
    if (zero) {
      where <- if (methods::is(V, "sparseMatrix")) "" else paste0(" (", first_bad_cell(V, V == 0), ")")
      abort("data", "`V` must be positive for a Tweedie power of 2 or more, but it has zeros", where,
            "; use a power below 2, or \"TW\" to estimate it.")
    }
  }
}

warn_not_counts <- function(V, family, beside = all_alike) {
  if (!family$name %in% c("poisson", "negbin")) return(invisible())
  x <- counting(V, beside)
  if (!whole_numbers_cpp(x)) {
    bad <- x != floor(x)
    warn("not_counts", "`V` is not made of counts (", first_bad_cell(V, bad), "); the ", family$label,
         " model is fitted by its deviance, and its log-likelihood is not defined for such cells.",
         if (methods::is(V, "sparseMatrix")) " Of words, counts are expected and not tf-idf weights.")
  }
}
