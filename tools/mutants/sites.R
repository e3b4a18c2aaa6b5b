# Which of all sites are tried. The choice goes by a hash of what a site is, not of where: what is changed elsewhere
# does not move it.

name_sites <- function(sites) {
  key <- paste(sites$file, sites$code, sites$change, sep = "\n")
  sites$nth <- stats::ave(seq_along(key), key, FUN = seq_along)
  sites$hash <- vapply(paste(key, sites$nth, sep = "\n"), function(x) rlang::hash(list(seed, x)), "")
  sites
}

# About `n`, evenly over files by the root of what they have, and no two of one token.
choose_sites <- function(sites, n) {
  sites <- name_sites(sites)
  count <- table(sites$file)
  quota <- stats::setNames(pmax(2, round(n * sqrt(count) / sum(sqrt(count)))), names(count))
  own <- lapply(names(count), function(file) {
    of_file <- sites[sites$file == file, ]
    of_file <- of_file[order(of_file$hash), ]
    of_file <- of_file[!duplicated(of_file$at), ]
    utils::head(of_file, quota[[file]])
  })
  do.call(rbind, own)
}

# Mutants by hand: R code that survived before, whatever is chosen.
named_sites <- function(sites) {
  named <- utils::read.csv(file.path("tools", "mutants", "named.csv"))
  own <- lapply(seq_len(nrow(named)), function(n) {
    one <- named[n, ]
    site <- sites[sites$file == one$file & sites$code == one$code, ][1, ]
    if (is.na(site$file)) stop("named.csv has a line that ", one$file, " has not: ", one$code)
    text <- paste(readLines(one$file), collapse = "\n")
    line <- regexpr(one$code, text, fixed = TRUE)
    site$from <- line + regexpr(one$from, one$code, fixed = TRUE) - 1
    site$to <- site$from + nchar(one$from) - 1
    site[c("before", "after")] <- ""
    site$instead <- one$to
    site$change <- paste(trimws(one$from), "->", trimws(one$to))
    site
  })
  name_sites(do.call(rbind, own))
}
