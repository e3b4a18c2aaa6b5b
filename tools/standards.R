# Looks through the tags of R/standards.R:
#   Rscript tools/standards.R
# Fails unless every id of the three sets of standards is there once, and every file, and every test of a file, that is
# named.
ids <- c(
  # General
  "G1.0 G1.1 G1.2 G1.3 G1.4 G1.4a G1.5 G1.6 G2.0 G2.0a G2.1 G2.1a G2.2 G2.3 G2.3a G2.3b G2.4 G2.4a G2.4b G2.4c G2.4d G2.4e",
  "G2.5 G2.6 G2.7 G2.8 G2.9 G2.10 G2.11 G2.12 G2.13 G2.14 G2.14a G2.14b G2.14c G2.15 G2.16 G3.0 G3.1 G3.1a G4.0 G5.0 G5.1",
  "G5.2 G5.2a G5.2b G5.3 G5.4 G5.4a G5.4b G5.4c G5.5 G5.6 G5.6a G5.6b G5.7 G5.8 G5.8a G5.8b G5.8c G5.8d G5.9 G5.9a G5.9b",
  "G5.10 G5.11 G5.11a G5.12",
  # Dimensionality reduction, clustering and unsupervised learning
  "UL1.0 UL1.1 UL1.2 UL1.3 UL1.3a UL1.4 UL1.4a UL1.4b UL2.0 UL2.1 UL2.2 UL2.3 UL3.0 UL3.1 UL3.2 UL3.3 UL3.4 UL4.0 UL4.1",
  "UL4.2 UL4.3 UL4.3a UL4.4 UL6.0 UL6.1 UL6.2 UL7.0 UL7.1 UL7.2 UL7.3 UL7.4 UL7.5 UL7.5a",
  # Probability distributions
  "PD1.0 PD2.0 PD3.0 PD3.1 PD3.2 PD3.3 PD3.4 PD3.5 PD3.5a PD4.0 PD4.1 PD4.2 PD4.3 PD4.4"
)
ids <- unlist(strsplit(ids, " "))

lines <- sub("^#' ?", "", grep("^#'", readLines("R/standards.R"), value = TRUE))
starts <- grep("^@srrstats", lines)
tag <- cumsum(seq_along(lines) %in% starts)
tags <- unname(tapply(lines[tag > 0], tag[tag > 0], function(part) paste(trimws(part), collapse = " ")))
found <- sub("^@srrstats(NA)? [{]([^}]+)[}].*", "\\2", tags)
text <- sub("^[^}]+[}] *", "", tags)

faults <- c(
  if (length(absent <- setdiff(ids, found))) paste("not there:", absent),
  if (any(duplicated(found))) paste("more than once:", found[duplicated(found)]),
  if (length(unknown <- setdiff(found, ids))) paste("no such id:", unknown),
  if (any(silent <- !nzchar(text))) paste("no evidence:", found[silent])
)
squeezed <- function(file) gsub("\\s+", " ", paste(readLines(file), collapse = " "))
for (i in seq_along(tags)) {
  # A path between backticks, then titles of tests between quotes, which belong to the path before them.
  parts <- regmatches(text[i], gregexpr("`[^` ]*[/.][^` ]*`|\"[^\"]+\"", text[i]))[[1]]
  parts <- parts[!grepl("[()=]", parts) | grepl("^\"", parts)]
  path <- NULL
  for (part in parts) {
    name <- substr(part, 2, nchar(part) - 1)
    if (startsWith(part, "`")) {
      path <- name
      if (!file.exists(path)) faults <- c(faults, paste0(found[i], ": there is no ", path))
    } else if (!is.null(path) && grepl("^tests/", path) && file.exists(path) && !grepl(name, squeezed(path), fixed = TRUE)) {
      faults <- c(faults, paste0(found[i], ": ", path, " has no test \"", name, "\""))
    }
  }
}
writeLines(as.character(faults))
cat(length(ids), "standards,", sum(!grepl("^@srrstatsNA", tags)), "met,", sum(grepl("^@srrstatsNA", tags)), "not applicable:",
    length(faults), "faults\n")
quit(status = length(faults) > 0)
