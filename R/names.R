# What stands beside other data is matched by name where both sides have names, in any order, and other names are
# refused; by position where a side has none. New data may have other features than a fit.

# Which of the `given` names are the `wanted` ones, in their order; TRUE, all as they stand, where nothing moves.
match_names <- function(given, wanted, arg, what, fault = "data") {
  if (is.null(given) || is.null(wanted)) tell_order(given %||% wanted, arg)
  if (is.null(given) || is.null(wanted) || identical(given, wanted)) return(TRUE)
  given <- spelled_as(given, wanted)
  order <- match(wanted, given)
  again <- c(wanted[duplicated(wanted)], intersect(given[duplicated(given)], wanted))
  wrong <- if (anyNA(order)) "is missing" else if (length(again)) "is there more than once"
  if (!is.null(wrong)) {
    name <- c(wanted[is.na(order)], again)[1]
    abort(fault, "`", arg, "` must have the ", what, "; ", dQuote(name, FALSE), " ", wrong, ".")
  }
  order
}

# What has no names beside channels that stand in another order than that of the field is easily meant otherwise.
tell_order <- function(named, arg) {
  at <- match(channel_names(named), sbs96_channels)
  if (length(at) > 1 && !anyNA(at) && is.unsorted(at)) {
    message("`", arg, "` and what it stands beside are matched by position, for one of them has no names; the ",
            "mutation channels of the other are in another order than those of `brca21`.")
  }
}

# x, observations in rows and as many rows and columns as there are `names`, in the order of these.
match_dimnames <- function(x, names, arg, of, what = paste(c("observations of", "features of"), of), fault = "data") {
  rows <- match_names(rownames(x), names[[1]], arg, what[1], fault)
  columns <- match_names(colnames(x), names[[2]], arg, what[2], fault)
  if (isTRUE(rows) && isTRUE(columns)) x else x[rows, columns, drop = FALSE]
}

# x, one value for each of the `names`, in their order and without names.
match_values <- function(x, names, arg, what, fault = "argument") {
  unname(x[match_names(names(x), names, arg, what, fault)])
}

# The features that x, with features in columns, shares with `wanted`: which columns of x they are, and in the same
# order which of `wanted`; and those of `wanted` that x lacks, which are `absent`.
match_features <- function(x, wanted, arg, of, absent) {
  given <- colnames(x)
  M <- ncol(wanted)
  wanted <- colnames(wanted)
  if (is.null(given) || is.null(wanted) || identical(given, wanted)) {
    if (ncol(x) != M) abort("data", "`", arg, "` must have the ", M, " features of ", of, ", not ", ncol(x), ".")
    match_names(given, wanted, arg)
    return(list(given = TRUE, wanted = seq_len(M), lacking = integer()))
  }
  given <- spelled_as(given, wanted)
  shared <- given %in% wanted
  if (!any(shared)) {
    abort("data", "`", arg, "` must have features of ", of, "; none of its own, such as ", dQuote(given[1], FALSE),
          ", is one of these.")
  }
  at <- match_names(wanted, given[shared], arg, paste("features of", of))
  if (isTRUE(at)) at <- seq_len(M)
  lacking <- setdiff(seq_len(M), at)
  named <- function(names) {
    paste0(length(names), if (length(names) == 1) " feature" else " features", " (",
           paste(dQuote(utils::head(names, 3), FALSE), collapse = ", "), if (length(names) > 3) ", ...", ")")
  }
  if (length(lacking)) {
    message("`", arg, "` lacks ", named(wanted[lacking]), " of ", of, ", which count as ",
            c(missing = "missing cells", zero = "zeros")[[absent]], " (`absent`).")
  }
  if (!all(shared)) message("`", arg, "` has ", named(given[!shared]), " beyond those of ", of, ", which are left out.")
  list(given = if (all(shared)) TRUE else which(shared), wanted = at, lacking = lacking)
}

check_absent <- function(absent, first = "missing") {
  check_choice(absent, unique(c(first, "missing", "zero")), "absent")
}
