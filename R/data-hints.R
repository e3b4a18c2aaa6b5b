# What is peculiar in data, and what it does to a choice of a model.

# Nothing of large data, nor of those on disk.
hints_of <- function(source) {
  if (in_blocks(source) || prod(dim(source)) > 1e7) return(character())
  X <- with_values(source$values, counting(source))
  c(hint_of_copies(X), if (!has_counts(source)) hint_of_sums(X), hint_of_unit(values_of(X), prod(dim(X))))
}

# Observations with few cells that are not zero may be the same by chance.
hint_of_copies <- function(X) {
  several <- which(Matrix::rowSums(X > 0) >= 10)
  if (length(several) < 2) return(NULL)
  # the same sums with two sets of weights are taken for the same cells
  key <- X[several, , drop = FALSE] %*% cbind(sin(seq_len(ncol(X))), cos(seq_len(ncol(X))^2))
  copies <- sum(duplicated(paste(signif(key[, 1], 12), signif(key[, 2], 12))))
  if (!copies) return(NULL)
  paste0(thousands(copies), " of ", thousands(nrow(X)), " observations ",
         if (copies == 1) "is a copy" else "are copies", " of others: the fit has seen their held-out cells, which ",
         "favours too many components. Leave them out.")
}

hint_of_sums <- function(X) {
  sums <- Matrix::rowSums(X)
  if (nrow(X) < 3 || !all(abs(sums - sums[1]) <= 1e-6 * sums[1])) return(NULL)
  paste0("All observations sum to ", short(sums[1], 6), ", as shares do: their noise depends on what they are shares ",
         "of. Where there are counts, fit the counts.")
}

# Decimals are no unit: measurements are rounded to them.
hint_of_unit <- function(x, cells) {
  share <- sum(x == 1) / cells
  x <- sort(unique(x[x > 0]))
  if (identical(as.numeric(x), 1) && share > 0.1) {      # where ones are rarer, Poisson noise is near
    return(paste0("All cells are 0 or 1: a variance of at most 1/4 is not that of any of these noises, and fewer ",
                  "components may be seen than there are."))
  }
  if (length(x) < 5) return(NULL)
  unit <- min(diff(c(0, x)))
  times <- x / unit
  if (max(times) > 1e6 || any(abs(times - round(times)) > 1e-6)) return(NULL)
  digits <- -log10(unit)
  if (unit == 1 || (digits > 0 && abs(digits - round(digits)) < 1e-9)) return(NULL)
  paste0("All cells are multiples of ", short(unit, 4), ". If they are counts in another unit, give the counts: the ",
         "variance of Poisson and Negative Binomial noise is theirs.")
}
