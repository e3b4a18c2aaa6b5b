# What stands beside other data is matched by name where both sides have names, in any order, and other names are
# refused; by position where a side has none.

# Which of the `given` names are the `wanted` ones, in their order; TRUE, all as they stand, where nothing moves.
match_names <- function(given, wanted, arg, what) {
  if (is.null(given) || is.null(wanted) || identical(given, wanted)) return(TRUE)
  order <- match(wanted, given)
  fault <- if (anyNA(order)) "is missing" else if (anyDuplicated(order)) "is there more than once"
  if (!is.null(fault)) {
    name <- wanted[if (anyNA(order)) is.na(order) else duplicated(order)][1]
    abort("data", "`", arg, "` must have the ", what, "; ", dQuote(name, FALSE), " ", fault, ".")
  }
  order
}

# x, observations in rows and as many rows and columns as there are `names`, in the order of these.
match_dimnames <- function(x, names, arg, of) {
  rows <- match_names(rownames(x), names[[1]], arg, paste("observations of", of))
  columns <- match_names(colnames(x), names[[2]], arg, paste("features of", of))
  if (isTRUE(rows) && isTRUE(columns)) x else x[rows, columns, drop = FALSE]
}
