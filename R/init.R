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

# Start r of a fit; its kind and its random numbers depend on the seed and r alone.
random_start <- function(X, model, settings, r) {
  kinds <- settings$control$start
  kind <- kinds[(r - 1) %% length(kinds) + 1]
  if (!is.null(settings$beside$offset)) X <- X / settings$beside$offset
  start <- with_seed(seed_of_start(settings$seed, r), switch(
    kind, random = start_random(X, model), svd = start_svd(X, model), data = start_data(X, model),
    anchor = start_anchor(X, model)
  ))
  if (!is.null(settings$pseudo)) start$second <- pmax(start$second, mean(start$second) * 1e-3)
  start
}

# Uniform factors.
start_random <- function(X, model) {
  W <- matrix(stats::runif(nrow(X) * model$rank), nrow(X))
  second <- matrix(stats::runif(model$rank * (if (model$structure == "convex") nrow(X) else ncol(X))),
                   if (model$structure == "convex") nrow(X) else model$rank)
  scaled_start(X, model, W, second)
}

# Left and right singular vectors of X for its largest singular values, by a randomised decomposition (Halko et al.
# 2011).
singular_vectors <- function(X, K) {
  unit <- max(values_of(X), .Machine$double.xmin)        # not into X, which may be large
  times <- function(B) as.matrix(X %*% (B / unit))
  cross <- function(B) as.matrix(Matrix::crossprod(X, B / unit))
  basis <- times(matrix(stats::rnorm(ncol(X) * min(K + 5, dim(X))), ncol(X)))
  for (iteration in 1:3) basis <- times(cross(qr.Q(qr(basis))))
  basis <- qr.Q(qr(basis))
  parts <- svd(cross(basis), nu = K, nv = K)
  list(u = basis %*% parts$v, v = parts$u)
}

# Non-negative parts of the singular vectors (Boutsidis and Gallopoulos 2008); what they leave empty is filled with
# small random numbers.
start_svd <- function(X, model) {
  K <- model$rank
  parts <- singular_vectors(X, K)
  W <- matrix(0, nrow(X), K)
  H <- matrix(0, K, ncol(X))
  for (k in seq_len(K)) {
    sides <- lapply(c(1, -1), function(sign) list(u = pmax(sign * parts$u[, k], 0), v = pmax(sign * parts$v[, k], 0)))
    size <- vapply(sides, function(side) sqrt(sum(side$u^2) * sum(side$v^2)), 0)
    side <- sides[[which.max(size)]]
    W[, k] <- side$u
    H[k, ] <- side$v
  }
  fill <- function(x) x + mean(x) * 0.1 * matrix(stats::runif(length(x)), nrow(x))
  scaled_start(X, model, fill(W), if (model$structure == "convex") fill(W) else fill(H))
}

# Topic SCORE (Ke and Wang 2024): in the ratios of the singular vectors of sqrt-scaled frequencies, features lie in a
# simplex whose corners are those of one component alone. The corners are found by successive projection (Araujo et al.
# 2001) among the centres of groups of frequent features, which noise moves less than single ones.
start_anchor <- function(X, model) {
  K <- model$rank
  totals <- Matrix::rowSums(X)
  frequency <- X / ifelse(totals > 0, totals, 1)
  share <- Matrix::colMeans(frequency)
  root <- sqrt(share) * (share > 0)
  scaled <- frequency %*% Matrix::Diagonal(x = ifelse(root > 0, 1 / root, 0))
  v <- singular_vectors(scaled, K)$v
  first <- abs(v[, 1])
  most <- log(nrow(X) + 10)
  ratios <- v / ifelse(first > 0, first, 1)
  ratios <- cbind(1, pmin(pmax(ratios[, -1, drop = FALSE], -most), most))
  frequent <- utils::head(order(share, decreasing = TRUE), 3000)
  corners <- farthest_points(group_centres(ratios[frequent, , drop = FALSE], 10 * K), K)
  mixture <- pmax(ratios %*% qr.solve(corners + diag(1e-10, K)), 0)
  H <- t(mixture / pmax(rowSums(mixture), .Machine$double.xmin) * root * first)
  H <- H + mean(H) * 0.1 * stats::runif(length(H))
  W <- as.matrix(frequency %*% t(H / pmax(rowSums(H), .Machine$double.xmin)))
  W <- W + 0.1 * mean(W) * stats::runif(length(W))
  scaled_start(X, model, W, if (model$structure == "convex") W else H)
}

group_centres <- function(points, n) {
  distinct <- unique(points)
  if (nrow(distinct) <= n) return(distinct)
  suppressWarnings(stats::kmeans(points, distinct[sample.int(nrow(distinct), n), ], iter.max = 20)$centers)
}

# K rows, each the farthest from the span of those before.
farthest_points <- function(points, K) {
  left <- points
  chosen <- integer(0)
  for (k in seq_len(K)) {
    size <- rowSums(left^2)
    chosen[k] <- which.max(size)
    along <- left[chosen[k], ] / sqrt(max(size, .Machine$double.xmin))
    left <- left - (left %*% along) %*% along
  }
  points[chosen, , drop = FALSE]
}

# Features near groups of observations: K of them, each chosen with a probability that grows with its angle to those
# before (Arthur and Vassilvitskii 2007), gather the others around them.
start_data <- function(X, model) {
  K <- model$rank
  scaled <- X / max(X, .Machine$double.xmin)
  norms <- sqrt(Matrix::rowSums(scaled^2))
  unit <- scaled / ifelse(norms > 0, norms, 1)
  nearest <- rep(0, nrow(X))
  group <- rep(1L, nrow(X))
  for (k in seq_len(K)) {
    distance <- ifelse(norms > 0, pmax(1 - nearest, 0), 0)
    chosen <- if (any(distance > 0)) sample.int(nrow(X), 1, prob = distance) else sample.int(nrow(X), 1)
    cosine <- as.vector(unit %*% unit[chosen, ])
    group[cosine > nearest] <- k
    nearest <- pmax(nearest, cosine)
  }
  member <- outer(group, seq_len(K), "==") + 0.2 + 0.05 * matrix(stats::runif(nrow(X) * K), nrow(X))
  H <- as.matrix(Matrix::crossprod(member / pmax(Matrix::rowSums(scaled), .Machine$double.xmin), scaled))
  scaled_start(X, model, member, if (model$structure == "convex") member else H + mean(H) * 1e-3)
}

# The row totals of the data: features sum to 1, weights to each observation's total.
scaled_start <- function(X, model, W, second) {
  totals <- Matrix::rowSums(X)
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
  wanted <- switch(structure_letters(model), T = c("W", "H"), C = c("E", "D"), CF = c("A", "H"))
  if (inherits(init, "nmf_fit")) {
    if (!all(wanted %in% names(init))) {
      abort("init", "`init` must be a fit with ", wanted[1], " and ", wanted[2], ", not one of ", format(init$model),
            ".")
    }
    init <- unclass(init)[wanted]
  }
  if (!is.list(init) || !setequal(names(init), wanted) || length(init) != 2) {
    names <- paste(c(names(init), "nothing"[!length(init)]), collapse = ", ")
    got <- if (is.list(init)) paste("a list of", names) else shown(init)
    abort("init", "`init` must be list(", wanted[1], " = , ", wanted[2], " = ) for a ", model$structure, " model, not ",
          got, ".")
  }
  shapes <- list(W = c(N, model$rank), H = c(model$rank, M), E = c(N, model$rank), D = c(model$rank, N),
                 A = c(M, model$rank))
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
  if (encodes_features(model)) return(list(W = t(init$H), second = init$A))
  if (model$structure == "convex") list(W = t(init$D), second = init$E) else list(W = init$W, second = init$H)
}

# What `update` leaves fixed, as a mask of ones for W (or D', or H' beside A) and H (or E, or A); NULL where everything
# may change.
check_update <- function(update, start, problem) {
  if (is.null(update)) return(NULL)
  convex <- problem$model$structure == "convex"
  by_feature <- encodes_features(problem$model)
  blocks <- switch(structure_letters(problem$model), T = c("W", "H"), C = c("D", "E"), CF = c("H", "A"))
  if (is.null(start)) abort("argument", "`update` needs an `init`, whose other entries stay.")
  known <- is.list(update) && length(update) && !anyDuplicated(names(update)) && all(names(update) %in% blocks)
  expect_arg(known, "update", paste0("list(", blocks[1], " = , ", blocks[2], " = )"), update)
  if (is_open(problem$model$family) && problem$model$family$name == "tweedie") {
    abort("argument", "`update` needs a model whose power is given, not ", format(problem$model), ".")
  }
  X <- problem$X
  names <- list(rownames(X), colnames(X))
  margins <- c(if (by_feature) 2 else 1, if (convex && !by_feature) 1 else 2)
  lines <- names[margins]
  sizes <- dim(X)[margins]
  fixed <- lapply(1:2, function(b) {
    free <- lines_free(update[[blocks[b]]] %||% TRUE, lines[[b]], sizes[b], paste0("update$", blocks[b]))
    mask <- matrix(as.numeric(!free), sizes[b], problem$model$rank)
    if (b == 2 && !convex) t(mask) else mask
  })
  if (min(unlist(fixed)) > 0) abort("argument", "`update` must leave something to change.")
  fixed
}

# Which of n lines are meant by TRUE, FALSE, their numbers, their names or a logical for each.
lines_free <- function(which, names, n, arg) {
  free <- logical(n)
  if (is.logical(which) && length(which) %in% c(1L, n) && !anyNA(which)) {
    free[] <- which
    return(free)
  }
  free[lines_of(which, names, n, arg, or = "TRUE, FALSE, a logical for each, ")] <- TRUE
  free
}

# Lines by their names or numbers; NULL is all.
lines_of <- function(which, names, n, arg, or = "") {
  if (is.null(which)) return(seq_len(n))
  index <- if (is.character(which)) match(which, names) else which
  ok <- is.numeric(index) && !anyNA(index) && all(index >= 1 & index <= n & index == round(index))
  expect_arg(ok, arg, paste0(or, "names or numbers from 1 to ", n), which)
  index
}

# The run of a fit that this call goes on with, if it is the same problem and the fit is as nmf() left it.
resumable <- function(init, X, model, settings) {
  if (!inherits(init, "nmf_fit") || is_open(model$family)) return(NULL)
  run <- init$run
  facts <- function(model) {
    c(model[c("structure", "rank")], encoder = model$encoder, model$family[c("name", "power", "alpha")])
  }
  same <- identical(facts(init$model), facts(model)) && identical(run$solver, solver_for(model, settings)) &&
    (!by_adam(model, settings) || identical(init$solver, settings$solver)) &&
    identical(run$fixed, settings$fixed) && identical(run$pseudo, settings$pseudo) &&
    identical(run$sums, c(sum(init$W), sum(init$H))) && identical(run$beside, sums_beside(X, settings$beside)) &&
    isTRUE(all.equal(init$total, observed_total(X, settings$beside)))
  if (!same) return(NULL)
  if (is.null(run$state)) return(NULL)
  list(status = "max_iter", solver = run$solver, before = run$before, trace = init$trace, raw = list(state = run$state))
}
