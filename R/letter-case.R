# The case of the letters A to Z, whatever the locale: of an i, toupper() in Turkish makes another letter, and so does
# `ignore.case` of regular expressions, which have [iI] where it matters.

small_letters <- "abcdefghijklmnopqrstuvwxyz"
large_letters <- "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

to_upper <- function(x) chartr(small_letters, large_letters, x)

to_lower <- function(x) chartr(large_letters, small_letters, x)
