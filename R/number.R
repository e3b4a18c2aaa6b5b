# Numbers as text.

# Evaluates code that makes text of numbers, which then does not depend on the user's options or on LC_NUMERIC: a
# notation can be read back, and results and files are the same everywhere.
in_plain_numbers <- function(code) {
  locale <- Sys.getlocale("LC_NUMERIC")
  old <- options(OutDec = ".", scipen = 0, digits = 7)
  if (locale != "C") Sys.setlocale("LC_NUMERIC", "C")
  on.exit({
    options(old)
    if (locale != "C") suppressWarnings(Sys.setlocale("LC_NUMERIC", locale))
  })
  code
}

number_text <- function(x, ...) in_plain_numbers(format(x, ...))

# Each number by itself, 100,000 and not 1e+05.
thousands <- function(x) in_plain_numbers(vapply(x, format, "", big.mark = ",", scientific = 3))

# "1 cell", "2 cells".
counted <- function(n, word) paste0(thousands(n), " ", word, if (!n %in% 1) "s")

# The same to a few digits.
short <- function(x, digits = 2) thousands(signif(x, digits))

three <- function(x) number_text(round(x, 3), nsmall = 3)

# In the unit that suits them.
bytes_text <- function(bytes) {
  unit <- max(0, min(3, floor(log(max(bytes, 1), 1000))))
  paste(format(signif(bytes / 1000^unit, 2)), c("bytes", "kB", "MB", "GB")[unit + 1])
}
