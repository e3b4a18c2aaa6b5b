# Prints the packages that DESCRIPTION asks for and this R lacks (or has too old), one a line:
#   Rscript tools/missing.R run | test | check | dev | proof | site | cluster
group <- commandArgs(TRUE)
fields <- c("Imports", "LinkingTo", if (group != "run") "Suggests",
            if (group %in% c("dev", "site", "cluster")) paste0("Config/Needs/", group))
needs <- trimws(unlist(strsplit(read.dcf("DESCRIPTION", fields), ",")))
package <- sub(" *\\(.*", "", needs)
version <- ifelse(grepl(">=", needs), gsub(".*>= *|\\)", "", needs), "0")
present <- mapply(function(package, version) {
  nzchar(system.file(package = package)) && utils::packageVersion(package) >= version
}, package, version)
writeLines(unique(package[!present]))
