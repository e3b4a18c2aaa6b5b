# Where fits start: random factors that depend on (seed, start) alone, or the user's.

# Evaluates code with a generator of its own; the user's stays as it was, whatever its kind.
with_seed <- function(seed, code) {
  old <- get0(".Random.seed", globalenv(), inherits = FALSE)
  kind <- RNGkind()
  on.exit({
    if (is.null(old)) {
      do.call(RNGkind, as.list(kind))
      rm(".Random.seed", envir = globalenv())
    } else {
      assign(".Random.seed", old, globalenv())
    }
  })
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  code
}

draw_seed <- function() as.integer(floor(stats::runif(1) * .Machine$integer.max))

seed_of_start <- function(seed, start) {
  with_seed(seed, as.integer(floor(stats::runif(start) * .Machine$integer.max)))[start]
}

# Uniform factors with the row totals of the data: features that sum to 1, weights that sum to each observation's total.
random_start <- function(X, model, seed, start) {
  N <- nrow(X)
  M <- ncol(X)
  K <- model$rank
  totals <- Matrix::rowSums(X)
  with_seed(seed_of_start(seed, start), {
    W <- matrix(stats::runif(N * K), N, K)
    second <- if (model$structure == "convex") matrix(stats::runif(N * K), N, K) else matrix(stats::runif(K * M), K, M)
  })
  W <- W * (totals / rowSums(W))
  if (model$structure == "convex") {
    second <- sweep(second, 2, colSums(second * totals), "/")
  } else {
    second[, Matrix::colSums(X) == 0] <- 0
    second <- second / rowSums(second)
  }
  list(W = W, second = second)
}

# The user's start as the core takes it: W and H, or W = D' and E.
as_start <- function(init, model, N, M) {
  wanted <- if (model$structure == "convex") c("E", "D") else c("W", "H")
  if (inherits(init, "nmf_fit")) init <- unclass(init)[wanted]
  if (!is.list(init) || !setequal(names(init), wanted) || length(init) != 2) {
    names <- paste(c(names(init), "nothing"[!length(init)]), collapse = ", ")
    got <- if (is.list(init)) paste("a list of", names) else shown(init)
    abort("init", "`init` must be list(", wanted[1], " = , ", wanted[2], " = ) for a ", model$structure, " model, not ",
          got, ".")
  }
  shapes <- list(W = c(N, model$rank), H = c(model$rank, M), E = c(N, model$rank), D = c(model$rank, N))
  for (name in wanted) {
    x <- init[[name]]
    if (!is.matrix(x) || !is.numeric(x) || !identical(dim(x), as.integer(shapes[[name]]))) {
      abort("init", "`init$", name, "` must be a ", paste(shapes[[name]], collapse = " x "), " numeric matrix, not ",
            shown(x), ".")
    }
    if (!all(is.finite(x)) || any(x < 0)) {
      bad <- !is.finite(x) | x < 0
      abort("init", "`init$", name, "` must be finite and not negative, ", first_bad_cell(x, bad), ".")
    }
    storage.mode(init[[name]]) <- "double"
    dimnames(init[[name]]) <- NULL
  }
  if (model$structure == "convex") list(W = t(init$D), second = init$E) else list(W = init$W, second = init$H)
}
