# The case of the letters A to Z, whatever the locale: of an i, toupper() in Turkish makes another letter, and so does
# `ignore.case` of regular expressions, which have [iI] where it matters.

to_upper <- function(x) chartr(paste(letters, collapse = ""), paste(LETTERS, collapse = ""), x)

to_lower <- function(x) chartr(paste(LETTERS, collapse = ""), paste(letters, collapse = ""), x)
