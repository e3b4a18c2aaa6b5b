# Builds the site into docs/ from the package that is installed, without the network:
#   Rscript tools/site.R
options(pkgdown.internet = FALSE)
library(nmfamily)
unlink("docs", recursive = TRUE)

# Pages of explore() for vignettes/articles/explorer.Rmd
if ("explore" %in% getNamespaceExports("nmfamily")) {
  dir.create("docs/explore", recursive = TRUE)
  fit <- nmf(liver, "T/NB/5", seed = 1)
  topics <- fit_topics(newsgroups$counts, 6, seed = 1)
  nmfamily::explore(fit, liver, path = "docs/explore/liver.html")
  nmfamily::explore(topics, newsgroups$counts, path = "docs/explore/newsgroups.html")
}

pkgdown::build_site(install = FALSE, preview = FALSE, new_process = FALSE)

# Pictures of examples get no alternative text of pkgdown; the call that drew one says what it shows.
for (file in list.files("docs/reference", "[.]html$", full.names = TRUE)) {
  page <- xml2::read_html(file)
  pictures <- xml2::xml_find_all(page, "//img[not(@alt) or @alt='']")
  if (!length(pictures)) next
  title <- xml2::xml_text(xml2::xml_find_first(page, "//h1"))
  for (picture in pictures) {
    code <- xml2::xml_find_all(picture, "preceding::span[contains(@class, 'r-in')]")
    call <- if (length(code)) trimws(xml2::xml_text(code[[length(code)]])) else title
    xml2::xml_set_attr(picture, "alt", paste0("Picture drawn by ", gsub("\\s+", " ", call)))
  }
  xml2::write_html(page, file)
}
