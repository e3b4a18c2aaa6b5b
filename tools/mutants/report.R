# Score and survivors. A survivor that is `equivalent` gives the same results as the original, and is no mutant; any
# other one counts, whatever its reason.
reasons_path <- file.path("tools", "mutants", "survivors.csv")
reasons <- utils::read.csv(reasons_path, colClasses = "character")
results$language <- ifelse(startsWith(results$file, "R/"), "R", "C++")
at <- match(paste(results$file, results$code, results$change), paste(reasons$file, reasons$code, reasons$change))
results$equivalent <- results$how == "survived" & reasons$equivalent[at] %in% "yes"
for (language in c("C++", "R")) {
  own <- results[results$language == language & results$how == "survived", ]
  cat("\nSurvivors in ", language, "\n", sep = "")
  for (s in seq_len(nrow(own))) {
    reason <- reasons$reason[match(paste(own$file, own$code, own$change)[s],
                                   paste(reasons$file, reasons$code, reasons$change))]
    cat("  ", own$file[s], ":", own$line[s], "  ", own$change[s], if (own$equivalent[s]) "  (equivalent)", "\n    ",
        own$code[s], "\n    ", if (is.na(reason)) paste("?", own$by[s]) else reason, "\n", sep = "")
  }
}
score <- vapply(c("C++" = "C++", R = "R"), function(language) {
  own <- results[results$language == language & !results$equivalent, ]
  killed <- own$how != "survived"
  same <- sum(results$equivalent[results$language == language])
  cat(sprintf("\n%s: %d of %d mutants are killed, %.1f %%; %d more are equivalent", language, sum(killed), nrow(own),
              100 * mean(killed), same))
  100 * mean(killed)
}, 0)
cat("\n")
if (any(score < least)) quit(status = 1)
