# The objective of every package, computed here and in double: half the deviance at W H. V is N x M, dense or a
# dgCMatrix; family is "normal", "poisson", "tweedie" (with its power) or "negbin" (with its alpha).
half_deviance <- function(V, W, H, family, power = NA, alpha = NA) {
  sparse <- methods::is(V, "sparseMatrix")
  if (sparse && family == "normal") {
    # sum (v - mu)^2 = sum v^2 - 2 sum v mu + sum mu^2, the last by the K x K Grams
    return((sum(V@x^2) - 2 * sum(V@x * mean_at_nonzeros(V, W, H)) + sum(crossprod(W) * tcrossprod(H))) / 2)
  }
  if (sparse && family == "poisson") {
    v <- V@x
    return(sum(v * log(v / mean_at_nonzeros(V, W, H)) - v) + sum(colSums(W) * rowSums(H)))
  }
  width <- max(1, floor(4e6 / nrow(V)))          # columns at a time, so that sparse data may be large
  blocks <- split(seq_len(ncol(V)), ceiling(seq_len(ncol(V)) / width))
  sum(vapply(blocks, function(columns) {
    mu <- W %*% H[, columns, drop = FALSE]
    sum(unit_deviance(as.matrix(V[, columns, drop = FALSE]), mu, family, power, alpha)) / 2
  }, 0))
}

# A cell where v = mu = 0 adds nothing.
unit_deviance <- function(v, mu, family, power = NA, alpha = NA) {
  v_log_ratio <- function() ifelse(v > 0, v * log(v / mu), 0)
  switch(
    family,
    normal = (v - mu)^2,
    poisson = 2 * (v_log_ratio() - v + mu),
    tweedie = {
      a <- 1 - power
      b <- 2 - power
      2 * (v^b / (a * b) - ifelse(v > 0, v * mu^a, 0) / a + mu^b / b)
    },
    negbin = 2 * (v_log_ratio() - (v + alpha) * log((v + alpha) / (mu + alpha)))
  )
}

mean_at_nonzeros <- function(V, W, H) {
  row <- V@i + 1L
  column <- rep.int(seq_len(ncol(V)), diff(V@p))
  mu <- numeric(length(row))
  for (k in seq_len(ncol(W))) mu <- mu + W[row, k] * H[k, column]
  mu
}

# The complete Poisson log-likelihood from half the deviance: log dpois(v; v) is what the deviance leaves out.
poisson_log_likelihood <- function(V, objective) {
  v <- if (methods::is(V, "sparseMatrix")) V@x else V[V > 0]
  sum(stats::dpois(v, v, log = TRUE)) - objective
}

# Family, power and alpha of a notation such as "T/TW1.5" or "C/NB40".
parse_model <- function(model) {
  structure <- if (startsWith(model, "C")) "convex" else "traditional"
  noise <- sub("^[TC]/", "", model)
  value <- as.numeric(gsub("[^0-9.]", "", noise))
  family <- switch(gsub("[0-9.]", "", noise), N = "normal", Po = "poisson", TW = "tweedie", NB = "negbin")
  list(structure = structure, family = family, alpha = if (family == "negbin") value else NA_real_,
       power = switch(family, normal = 0, poisson = 1, tweedie = value, NA_real_))
}
