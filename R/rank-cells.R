# Hold out single cells.

rank_cells <- function() {
  abort("argument", "`method` \"cells\" is not there yet; use \"patients\", \"sigmos\", \"bic\" or \"stability\".")
}
