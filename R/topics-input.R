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

is_tidy_counts <- function(V) {
  is.data.frame(V) && setequal(names(V), c("document", "term", "n")) && is.atomic(V$document) &&
    (is.character(V$term) || is.factor(V$term))
}

# A tidy table as a sparse matrix in the orientation of `obs`; anything else as it is. Rows of the same document and
# term are summed. Labels keep the order of their levels or of their first appearance; a level without words stays.
as_counts <- function(V, obs = "rows", arg = "V") {
  if (!is_tidy_counts(V)) return(V)
  V$n <- as_doubles(V$n, arg)
  if (!is.numeric(V$n)) abort("data", "`", arg, "$n` must be numeric, not ", class(V$n)[1], ".")
  document <- as_levels(V$document, "document", arg)
  term <- as_levels(V$term, "term", arg)
  counts <- Matrix::sparseMatrix(as.integer(document), as.integer(term), x = as.double(V$n),
                                 dims = c(nlevels(document), nlevels(term)),
                                 dimnames = list(levels(document), levels(term)))
  if (identical(obs, "columns")) Matrix::t(counts) else counts
}

as_levels <- function(x, column, arg) {
  if (anyNA(x)) {
    abort("data", "`", arg, "$", column, "` must not be missing; first in row ", which(is.na(x))[1], ".")
  }
  if (is.factor(x)) x else factor(x, unique(x))
}
