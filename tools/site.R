# Builds the site into docs/ from the package that is installed, without the network:
#   Rscript tools/site.R
options(pkgdown.internet = FALSE)
# The address of a package that is not installed would be asked of CRAN.
utils::assignInNamespace("CRAN_urls", function() data.frame(Package = character(), URL = character()), "downlit")
library(nmfamily)
unlink("docs", recursive = TRUE)

# A help page that _pkgdown.yml does not have yet comes last.
reference <- yaml::read_yaml("_pkgdown.yml")$reference
pages <- pkgdown::as_pkgdown(".")$topics
named <- c(unlist(lapply(reference, `[[`, "contents")), grep("^autoplot", pages$name, value = TRUE))
others <- setdiff(pages$name[!pages$internal], named)
if (length(others)) {
  cat("In no group of _pkgdown.yml:", others, "\n")
  reference <- c(reference, list(list(title = "Others", contents = as.list(others))))
}
pkgdown::build_site(install = FALSE, preview = FALSE, new_process = FALSE, override = list(reference = reference))

# Pages of explore() for vignettes/articles/explorer.Rmd
if ("explore" %in% getNamespaceExports("nmfamily")) {
  dir.create("docs/explore")
  topics <- fit_topics(addresses$counts, 6, seed = 1)
  fit <- nmf(liver, "T/NB/5", seed = 1)
  nmfamily::explore(fit, liver, path = "docs/explore/liver.html", reference = pcawg_signatures)
  nmfamily::explore(topics, addresses$counts, path = "docs/explore/addresses.html", groups = addresses$documents$era)
}

# A picture that pkgdown left without words has those of its caption, or of the call that drew it. Where there is no
# logo it leaves an empty picture. Articles that README names by their source are pages here.
alternative <- function(picture) {
  caption <- xml2::xml_find_first(picture, "../*[self::p[@class='caption'] or self::figcaption]")
  calls <- xml2::xml_find_all(picture, "preceding::span[contains(@class, 'r-in')]")
  words <- if (!is.na(caption)) xml2::xml_text(caption) else if (length(calls)) {
    paste("Drawn by", xml2::xml_text(calls[[length(calls)]]))
  }
  if (length(words)) gsub("\\s+", " ", trimws(words))
}
for (file in list.files("docs", "[.]html$", recursive = TRUE, full.names = TRUE)) {
  if (dirname(file) == "docs/explore") next
  page <- xml2::read_html(file)
  silent <- xml2::xml_find_all(page, "//img[not(@alt) or @alt='']")
  logo <- xml2::xml_attr(silent, "class") %in% "logo"
  xml2::xml_remove(silent[logo])
  for (picture in as.list(silent[!logo])) xml2::xml_set_attr(picture, "alt", alternative(picture))
  sources <- xml2::xml_find_all(page, "//a[starts-with(@href, 'vignettes/articles/')]")
  xml2::xml_set_attr(sources, "href", sub("^vignettes/(.*)[.]Rmd$", "\\1.html", xml2::xml_attr(sources, "href")))
  local <- xml2::xml_find_all(page, "//script[starts-with(@src, 'file:')]")  # the MathJax of the machine that builds it
  xml2::xml_remove(local)
  if (length(silent) || length(sources) || length(local)) xml2::write_html(page, file)
}
