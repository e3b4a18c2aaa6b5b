# Writes from DESCRIPTION what repeats it: CITATION.cff, codemeta.json, its own BugReports, the address in _pkgdown.yml
# and the account in README.md.
#   Rscript tools/release.R            writes them
#   Rscript tools/release.R --check    fails when one is not what it should be
# What a person fills in is Authors@R and URL of DESCRIPTION: https://github.com/ACCOUNT/nmfamily, and nothing else.
check <- "--check" %in% commandArgs(TRUE)
text <- readLines("DESCRIPTION")
fields <- as.list(read.dcf("DESCRIPTION", keep.white = "Authors@R")[1, ])
flat <- function(x) trimws(gsub("\\s+", " ", x))

home <- flat(sub(",.*", "", fields$URL))
account <- if (grepl("^https://github.com/", home)) strsplit(home, "/")[[1]][4]
site <- if (is.null(account)) home else sprintf("https://%s.github.io/%s", account, fields$Package)
issues <- paste0(home, "/issues")
people <- eval(str2expression(fields$`Authors@R`))
with_role <- function(role) people[vapply(unclass(people), function(person) role %in% person$role, NA)]
authors <- with_role("aut")
cited <- utils::readCitationFile("inst/CITATION", fields)[-1]

write <- function(lines, file) {
  old <- if (file.exists(file)) readLines(file)
  if (identical(old, lines)) return(TRUE)
  if (check) cat(file, "is not what DESCRIPTION says: run make release\n") else writeLines(lines, file)
  !check
}
replaced <- function(file, pattern, by) sub(pattern, by, readLines(file))

# YAML takes JSON's strings.
quoted <- function(x) vapply(flat(x), function(x) as.character(jsonlite::toJSON(x, auto_unbox = TRUE)), "", USE.NAMES = FALSE)
person_cff <- function(person, indent) {
  part <- function(key, value) if (length(value)) paste0(key, ": ", quoted(paste(value, collapse = " ")))
  lines <- c(part("family-names", person$family), part("given-names", person$given), part("email", person$email),
             part("orcid", if ("ORCID" %in% names(person$comment)) paste0("https://orcid.org/", person$comment[["ORCID"]])))
  paste0(indent, c("- ", rep("  ", length(lines) - 1)), lines)
}
reference_cff <- function(entry) {
  field <- function(key, value) if (length(value)) paste0("    ", key, ": ", quoted(value))
  c(
    paste0("  - type: ", if (length(entry$journal)) "article" else "unpublished"),
    field("title", entry$title),
    "    authors:",
    unlist(lapply(seq_along(entry$author), function(i) person_cff(entry$author[i], "      "))),
    field("journal", entry$journal), field("volume", entry$volume), field("year", entry$year), field("doi", entry$doi)
  )
}
cff <- c(
  "# Written by tools/release.R from DESCRIPTION and inst/CITATION.",
  "cff-version: 1.2.0",
  "message: If you use this software, please cite it and the papers below.",
  "type: software",
  paste("title:", quoted(paste0(fields$Package, ": ", fields$Title))),
  paste("version:", quoted(fields$Version)),
  paste("abstract:", quoted(fields$Description)),
  "authors:", unlist(lapply(seq_along(authors), function(i) person_cff(authors[i], "  "))),
  "license: MIT",
  paste("repository-code:", quoted(home)),
  paste("url:", quoted(site)),
  "references:", unlist(lapply(seq_along(cited), function(i) reference_cff(cited[i])))
)

person_json <- function(person) {
  c(list(`@type` = "Person", givenName = paste(person$given, collapse = " "), familyName = person$family),
    if (length(person$email)) list(email = person$email))
}
packages <- function(field) {
  needs <- flat(strsplit(fields[[field]], ",")[[1]])
  lapply(needs, function(need) {
    version <- if (grepl("\\(", need)) list(version = sub(".*\\(|\\)$", "", sub("\\)$", "", need)))
    name <- sub(" .*", "", need)
    c(list(`@type` = "SoftwareApplication", identifier = name, name = name), version)
  })
}
codemeta <- list(
  `@context` = "https://doi.org/10.5063/schema/codemeta-2.0",
  `@type` = "SoftwareSourceCode",
  identifier = fields$Package,
  name = paste0(fields$Package, ": ", flat(fields$Title)),
  description = flat(fields$Description),
  version = fields$Version,
  license = "https://spdx.org/licenses/MIT",
  codeRepository = home,
  issueTracker = issues,
  url = site,
  programmingLanguage = list(`@type` = "ComputerLanguage", name = "R", url = "https://r-project.org"),
  runtimePlatform = flat(fields$Depends),
  author = lapply(seq_along(authors), function(i) person_json(authors[i])),
  maintainer = person_json(with_role("cre")),
  softwareRequirements = packages("Imports"),
  softwareSuggestions = packages("Suggests"),
  referencePublication = lapply(seq_along(cited), function(i) {
    list(`@type` = "ScholarlyArticle", name = cited[i]$title, identifier = cited[i]$doi, datePublished = cited[i]$year)
  })
)

right <- c(
  write(cff, "CITATION.cff"),
  write(strsplit(jsonlite::toJSON(codemeta, auto_unbox = TRUE, pretty = TRUE), "\n")[[1]], "codemeta.json"),
  write(replaced("DESCRIPTION", "^BugReports:.*", paste("BugReports:", issues)), "DESCRIPTION"),
  write(replaced("_pkgdown.yml", "^url:.*", paste("url:", site)), "_pkgdown.yml"),
  write(replaced("README.md", "install_github\\(\"[^/\"]*/", paste0("install_github(\"", if (is.null(account)) "<account>" else account, "/")),
        "README.md")
)

# What only a person can do, and what CRAN refuses.
open <- c(
  if (grepl("example.org", paste(home, people$email))) "Authors@R and URL of DESCRIPTION still name example.org",
  if (grepl("[.]9000$", fields$Version)) paste("the version is that of development,", fields$Version),
  if (!grepl(paste0("^# ", fields$Package, " ", fields$Version, "$"), readLines("NEWS.md", 1))) "NEWS.md does not begin with the version"
)
if (!check && length(open)) cat("before a release:", paste0("\n  * ", open), "\n", sep = "")
quit(status = !all(right))
