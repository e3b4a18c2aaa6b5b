# How many packages beyond base R come with this one, as those installed here say:
#   Rscript tools/dependencies.R
# Fails when they are more than the limit, or when CONTRIBUTING.md does not say of each import what it is for.
limit <- 33
installed <- utils::installed.packages()
needs <- function(fields) {
  needs <- trimws(unlist(strsplit(read.dcf("DESCRIPTION", fields), ",")))
  setdiff(sub("[ (\n].*", "", needs[!is.na(needs)]), "R")
}
direct <- needs(c("Depends", "Imports", "LinkingTo"))
recursive <- unlist(tools::package_dependencies(direct, installed, c("Depends", "Imports", "LinkingTo"), recursive = TRUE))
base <- rownames(installed)[installed[, "Priority"] %in% "base"]
with_r <- rownames(installed)[installed[, "Priority"] %in% c("base", "recommended")]
all <- setdiff(sort(unique(c(direct, recursive))), base)

cat("beyond base R:", length(all), "packages:", paste(all, collapse = " "), "\n")
cat("not recommended ones, which come with R:", sum(!all %in% with_r), "\n")
for (package in setdiff(direct, with_r)) {
  others <- setdiff(direct, package)
  without <- unlist(tools::package_dependencies(others, installed, c("Depends", "Imports", "LinkingTo"), recursive = TRUE))
  alone <- setdiff(all, c(others, without, with_r))
  cat(sprintf("  %-17s brings %d: %s\n", package, length(alone), paste(alone, collapse = " ")))
}

listed <- grep("^\\| `", readLines("CONTRIBUTING.md"), value = TRUE)
unexplained <- direct[!vapply(direct, function(package) any(startsWith(listed, paste0("| `", package, "` |"))), NA)]
if (length(unexplained)) cat("CONTRIBUTING.md does not say what this is for:", unexplained, "\n")
if (length(all) > limit) cat("They are more than", limit, "\n")
quit(status = length(unexplained) + (length(all) > limit) > 0)
