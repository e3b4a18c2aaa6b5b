# Looks for what is broken in the site:
#   Rscript tools/links.R [docs]
# Every link within the site must lead to a file, and to a place in it where it names one; every picture must say in
# words what it shows, every frame have a title. Links to other sites are not followed. Fails when anything is found.
site <- normalizePath(c(commandArgs(TRUE), "docs")[1], mustWork = TRUE)
files <- list.files(site, "[.]html$", recursive = TRUE)
pages <- lapply(structure(file.path(site, files), names = files), xml2::read_html)

attribute <- function(page, nodes, name) xml2::xml_attr(xml2::xml_find_all(page, nodes), name)
places <- lapply(pages, function(page) c(attribute(page, "//*[@id]", "id"), attribute(page, "//a[@name]", "name")))

# "a/../b" is "b": a link is as good as the path that a browser makes of it.
resolved <- function(path) {
  parts <- character()
  for (part in strsplit(path, "/", fixed = TRUE)[[1]]) {
    parts <- if (part == "..") parts[-length(parts)] else if (part %in% c(".", "")) parts else c(parts, part)
  }
  paste(parts, collapse = "/")
}

broken_link <- function(link, file) {
  target <- utils::URLdecode(sub("[?#].*", "", link))
  place <- if (grepl("#", link, fixed = TRUE)) utils::URLdecode(sub("^[^#]*#", "", link)) else ""
  path <- if (target == "") file else resolved(file.path(dirname(file), target))
  if (dir.exists(file.path(site, path))) path <- resolved(file.path(path, "index.html"))
  if (!file.exists(file.path(site, path))) return(TRUE)
  nzchar(place) && place != "top" && path %in% files && !place %in% places[[path]]
}

faults <- character()
counts <- c(pages = length(pages), links = 0, pictures = 0, frames = 0)
for (file in files) {
  page <- pages[[file]]
  links <- c(attribute(page, "//*[@href]", "href"), attribute(page, "//*[@src]", "src"))
  links <- unique(links[!grepl("^([a-z]+:|//)", links, ignore.case = TRUE) & !links %in% c("", "#")])
  bad <- links[vapply(links, broken_link, NA, file = file)]
  alt <- attribute(page, "//img", "alt")
  silent <- attribute(page, "//img", "src")[is.na(alt) | !nzchar(trimws(alt))]
  frames <- attribute(page, "//iframe", "title")
  faults <- c(
    faults,
    if (length(bad)) paste0(file, ": broken link ", bad),
    if (length(silent)) paste0(file, ": no alternative text for ", substr(silent, 1, 80)),
    if (any(is.na(frames))) paste0(file, ": a frame without a title")
  )
  counts <- counts + c(0, length(links), length(alt), length(frames))
}
writeLines(as.character(faults))
cat(paste(counts, names(counts), collapse = ", "), ": ", length(faults), " faults\n", sep = "")
quit(status = length(faults) > 0)
