# Word counts as text packages keep them. All become documents x terms.

is_triplets <- function(V) inherits(V, "simple_triplet_matrix")

# The classes of tm say which margin holds the documents; `obs` has no say. A plain triplet matrix of slam is a matrix.
says_where_documents_are <- function(V) inherits(V, c("DocumentTermMatrix", "TermDocumentMatrix"))

# The triplets as a sparse matrix, a TermDocumentMatrix transposed. slam itself is not needed.
from_triplets <- function(V, arg) {
  cells <- length(V$v)
  fits <- function(index, n) length(index) == cells && !anyNA(index) && all(index >= 1 & index <= n)
  if (!fits(V$i, V$nrow) || !fits(V$j, V$ncol)) {
    abort("data", "`", arg, "` must be a valid ", class(V)[1], ", but its rows or columns are not those of ", cells,
          " cells of ", by_dim(c(V$nrow, V$ncol)), ".")
  }
  X <- Matrix::sparseMatrix(V$i, V$j, x = as.double(V$v), dims = c(V$nrow, V$ncol), dimnames = unname(V$dimnames))
  if (inherits(V, "TermDocumentMatrix")) Matrix::t(X) else X
}

# A quanteda dfm is a dgCMatrix with more slots, whose own methods would answer where a plain one is meant.
as_plain_sparse <- function(V) {
  X <- methods::as(methods::as(methods::as(V, "dMatrix"), "generalMatrix"), "CsparseMatrix")
  stored <- seq_len(X@p[length(X@p)])
  if (length(X@x) > length(stored)) {  # a valid matrix may have more in its slots than its columns refer to
    X@x <- X@x[stored]
    X@i <- X@i[stored]
  }
  if (identical(attr(class(V), "package"), "Matrix")) return(X)
  methods::new("dgCMatrix", i = X@i, p = X@p, x = X@x, Dim = X@Dim, Dimnames = unname(X@Dimnames))
}

is_tidy_counts <- function(V) !is.null(tidy_columns(V))

# The columns of a data frame of three that hold the observations, the features and their counts, or NULL: two that
# hold labels, or numbers and labels, and then numbers.
tidy_columns <- function(V) {
  if (!is.data.frame(V) || length(V) != 3) return(NULL)
  is_label <- vapply(V, function(x) is.character(x) || is.factor(x), NA)
  is_count <- vapply(V, is.numeric, NA)
  usual <- match(c("document", "term", "n"), names(V))
  if (!anyNA(usual) && is_label[usual[2]] && is.atomic(V[[usual[1]]])) return(usual)
  count <- if (identical(unname(is_label), c(FALSE, TRUE, FALSE)) && all(is_count | is_label)) 3 else which(!is_label)
  if (length(count) != 1 || !is_count[count]) return(NULL)
  columns <- c(setdiff(1:3, count), count)
  of_features <- to_lower(names(V)[columns[1:2]]) %in% c("term", "word", "token", "lemma", "feature", "gene", "channel")
  if (identical(of_features, c(TRUE, FALSE))) columns[c(2, 1, 3)] else columns
}

# A tidy table as a sparse matrix, observations in rows. Rows of the same labels are summed. Labels keep the order of
# their levels or of their first appearance; a level without words stays.
from_tidy_counts <- function(V, arg = "V") {
  columns <- tidy_columns(V)
  names <- names(V)[columns]
  refuse_texts(V[columns[2]], arg)
  if (!identical(names[1:2], c("document", "term"))) {
    message("`", arg, "` is a table of ", dQuote(names[1], FALSE), ", the observations, ", dQuote(names[2], FALSE),
            ", the features, and ", dQuote(names[3], FALSE), ", their counts.")
  }
  n <- as_doubles(V[[columns[3]]], arg)
  if (!is.numeric(n)) abort("data", "`", arg, "$", names[3], "` must be numeric, not ", class(n)[1], ".")
  rows <- as_levels(V[[columns[1]]], names[1], arg)
  features <- as_levels(V[[columns[2]]], names[2], arg)
  Matrix::sparseMatrix(as.integer(rows), as.integer(features), x = as.double(n),
                       dims = c(nlevels(rows), nlevels(features)), dimnames = list(levels(rows), levels(features)))
}

# Texts that stand where their words should are told by their spaces; names, and taxa with all their ranks, have fewer.
holds_texts <- function(x) {
  if (!is.character(x) && !is.factor(x)) return(FALSE)
  some <- utils::head(as.character(unique(x)), 100)
  isTRUE(stats::median(lengths(gregexpr(" ", some, fixed = TRUE, useBytes = TRUE))) > 9)
}

refuse_texts <- function(V, arg) {
  texts <- names(V)[vapply(V, holds_texts, NA)]
  if (!length(texts)) return(invisible())
  abort("data", "`", arg, "` must hold counts of words, but column ", dQuote(texts[1], FALSE),
        " holds texts; count the words of each first, one row for each document and word.")
}

as_levels <- function(x, column, arg) {
  if (anyNA(x)) {
    abort("data", "`", arg, "$", column, "` must not be missing; first in row ", which(is.na(x))[1], ".")
  }
  if (is.factor(x)) x else factor(x, unique(x))
}
