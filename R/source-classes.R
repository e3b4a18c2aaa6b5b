# The classes of objects that hold a matrix. Each becomes a plain matrix or one of the package Matrix, or is refused in
# words that say what to do.

# Whatever holds a matrix becomes a double matrix or a dgCMatrix, observations in rows; the caller's object stays as it
# is. Missing cells are allowed where the caller knows what to do with them.
as_cells <- function(V, obs = "rows", arg = "V", missing = FALSE) {
  if (is_single_cell(V)) return(as_cells(counts_of_cells(V, arg), "columns", arg, missing))
  if (is_triplets(V)) {
    return(as_cells(from_triplets(V, arg), if (says_where_documents_are(V)) "rows" else obs, arg, missing))
  }
  if (is_tidy_counts(V)) return(as_cells(from_tidy_counts(V, arg), "rows", arg, missing))
  V <- plain_cells(V, arg, obs)
  sparse <- is_sparse_matrix(V)
  if (any(dim(V) == 0)) {
    abort("data", "`", arg, "` must have at least one row and one column, not ", by_dim(dim(V)), ".")
  }
  if (sparse) {
    V <- as_plain_sparse(V)
  } else if (!is.double(V)) {
    storage.mode(V) <- "double"
  }
  check_text(V, arg)
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

plain_cells <- function(V, arg, obs) {
  if (inherits(V, "DataFrame")) V <- as.data.frame(V, optional = TRUE)
  if (is.data.frame(V)) return(cells_of_frame(V, arg))
  V <- as_doubles(V, arg)
  check_slots(V, arg)
  if (methods::is(V, "diagonalMatrix") || methods::is(V, "indMatrix")) return(methods::as(V, "generalMatrix"))
  if (is_sparse_matrix(V)) return(V)
  if (methods::is(V, "Matrix")) return(as.matrix(V))
  if (is.matrix(V) && (is.numeric(V) || is.logical(V)) && !isS4(V)) return(if (is.object(V)) without_class(V) else V)
  X <- if (length(dim(V)) == 2 && is.object(V)) cells_by_block(V)
  if (is.null(X)) {
    abort("data", "`", arg, "` must be a numeric matrix, data frame or sparse Matrix, not ", shown(V),
          if (is.matrix(V) && !is.object(V)) paste0(" of type ", typeof(V)), advice_on(V, arg, obs), ".")
  }
  X
}

cells_of_frame <- function(V, arg) {
  numeric <- vapply(V, function(x) is.numeric(x) || is.logical(x), NA)
  if (!all(numeric)) {
    refuse_texts(V, arg)
    abort("data", "`", arg, "` must hold numbers only; column ", dQuote(names(V)[!numeric][1], FALSE), " is ",
          class(V[[which(!numeric)[1]]])[1], ". Names of the rows go into `rownames(", arg,
          ")`, and columns that are not counted are left out",
          if (length(V) == 2 && !any(numeric)) {
            paste0("; labels are counted by `xtabs(~ ", names(V)[1], " + ", names(V)[2], ", ", arg, ", sparse = TRUE)`")
          }, ".")
  }
  named <- .row_names_info(V) > 0
  V[] <- lapply(V, as_doubles, arg)
  V <- as.matrix(V)
  if (!named) rownames(V) <- NULL
  V
}

# Tables, time series and the like have methods that would answer where a plain matrix is meant.
without_class <- function(V) {
  V <- as.matrix(V)
  array(as.vector(unclass(V)), dim(V), unname(dimnames(V)))
}

# The cells of an array on disk, or of any other class that has columns, some columns at a time and those that are not
# zero: what is missing is among these, which not every coercion to a sparse matrix knows. NULL if it cannot be done.
cells_by_block <- function(V) {
  tryCatch({
    width <- max(1, 1e7 %/% nrow(V))
    block <- function(from) {
      X <- as.matrix(V[, from:min(from + width - 1, ncol(V)), drop = FALSE])
      stopifnot(is.numeric(X) || is.logical(X))
      methods::as(methods::as(methods::as(X, "generalMatrix"), "CsparseMatrix"), "dMatrix")
    }
    do.call(cbind, lapply(seq(1, ncol(V), by = width), block))
  }, error = function(condition) {
    if (isS4(V)) tryCatch(methods::as(V, "dgCMatrix"), error = function(condition) NULL)
  })
}

# What to do with an object that cannot be taken.
advice_on <- function(V, arg, obs) {
  do <- if (is.character(V) && length(V) == 1) {
    if (dir.exists(V)) {
      "that is a folder; read its files first, a \"matrix.mtx\" by Matrix::readMM(), texts by readLines()"
    } else if (grepl("[.]mtx([.]gz)?$", V)) {
      "a file of Matrix Market is read by Matrix::readMM(), and has no names"
    } else {
      "if that is a file, read it first, as by read.csv() or read_catalogue()"
    }
  } else if (is.null(dim(V)) && holds_texts(V)) {
    "count the words of texts first"
  } else if (is.numeric(V) && length(dim(V)) < 2 && !inherits(V, "dist")) {
    paste0("one observation is `", if (identical(obs, "columns")) "cbind(" else "rbind(", arg, ")`")
  } else if (length(dim(V)) > 2) {
    paste0("take one slice, or put all but its first dimension into columns by `matrix(", arg, ", nrow(", arg, "))`")
  } else if (inherits(V, "float32")) {
    paste0("use `float::dbl(", arg, ")`")
  } else if (inherits(V, "big.matrix")) {
    paste0("use `", arg, "[, ]`")
  } else if (is.object(V)) {
    paste0("use the matrix in it, such as `as.matrix(", arg, ")`")
  } else if (is.matrix(V) && !is.list(V)) {
    paste0("if its cells are numbers, use `storage.mode(", arg, ") <- \"numeric\"`")
  } else if (is.list(V) && length(V)) {
    paste0("bind its rows by `do.call(rbind, ", arg, ")`")
  }
  if (!is.null(do)) paste0("; ", do)
}

# A sparse matrix whose slots contradict each other would be read beyond its end.
check_slots <- function(V, arg) {
  if (!isS4(V) || !methods::is(V, "Matrix")) return(invisible())
  fault <- tryCatch(methods::validObject(V, test = TRUE), error = conditionMessage)
  if (isTRUE(fault)) return(invisible())
  abort("data", "`", arg, "` must be a valid ", class(V)[1], ", but it is broken: ", paste(fault, collapse = "; "), ".")
}

# Names in another encoding than they say can be neither matched, printed nor drawn.
check_text <- function(V, arg) {
  for (margin in 1:2) {
    bad <- which(!validEnc(as.character(dimnames(V)[[margin]])))
    if (!length(bad)) next
    names <- paste0(c("rownames(", "colnames(")[margin], arg, ")")
    abort("data", "`", names, "` must be valid text, but name ", bad[1], " is none in this encoding; if it is ",
          "Latin-1, use `iconv(", names, ", \"latin1\", \"UTF-8\")`.")
  }
}
