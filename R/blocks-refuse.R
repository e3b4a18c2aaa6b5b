# All that data in blocks cannot have or do: the class of the error, and what it says.
not_in_blocks <- list(
  offset = c("data", "`offset` must be NULL for data that are read block by block. One of features, or of ",
             "observations, needs none: divide `H`, or `W`, of the fit without it by the offset."),
  solver = c("argument", "`solver` must be one of %s for %s and data that are read block by block, not %s."),
  gaps = c("data", "`V` must have no missing cell for %s and data that are read block by block: the components of a ",
           "convex model are sums over all observations."),
  order = c("data", "`cell_weights` must have the dimensions and the names of `V`, in their order, for data that are ",
            "read block by block."),
  method = c("argument", "`method` must be \"cells\", \"observations\" or \"bic\" for data in blocks that do not fit ",
             "memory, not \"%s\"."),
  memory = c("data", "the data are in blocks on disk, and %s needs all of their %s cells in memory, more than %s; ",
             "take a part of the observations, read as a matrix."),
  answer = c("data", "%s would give %s cells, more than %s of data in blocks; ask for some of them by `observations`, ",
             "and check_model() goes through all."),
  rows = c("argument", "`V` must come in rows of its own with `obs` \"rows\": read_rows() of class %s gives the rows.")
)

refuse_in_blocks <- function(what, ...) {
  text <- not_in_blocks[[what]]
  number <- function(x) if (is.numeric(x)) format(x, big.mark = ",", scientific = FALSE) else x
  abort(text[1], do.call(sprintf, c(list(paste(text[-1], collapse = "")), lapply(list(...), number))))
}
