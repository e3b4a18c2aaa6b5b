# One update by the core is that of plain R, whatever the noise, the size, how V is stored, what stands beside the cells
# and what is known. All is in units of the core: the largest cell, and the largest entry of the second block, are in
# [1, 2).

# The second derivative of half the deviance, from the first, (mu - v) / Var(mu).
reference_bend <- function(v, mu, family) {
  p <- family$power
  switch(family$name,
    normal = 1 + 0 * mu,
    poisson = v / mu^2,
    tweedie = p * v * mu^-(p + 1) - (p - 1) * mu^-p,
    negbin = v / mu^2 - (v + family$alpha) / (mu + family$alpha)^2
  )
}

# Matrices like V: what each cell adds to num and den, what it bends the line by, and half its deviance.
reference_cells <- function(problem, W, H) {
  mu <- pmax(problem$offset * (W %*% H), 1e-100)
  family <- problem$family
  times <- problem$weights * problem$offset
  list(num = times * family$num(problem$V, mu), den = times * family$den(problem$V, mu),
       bend = times * problem$offset * pmax(reference_bend(problem$V, mu, family), 0),
       half = problem$weights * family$half_deviance(problem$V, mu))
}

# Rounds of coordinate descent on the quadratic model with the gradient den - num and the Hessian Q (src/lines.h). What
# is 0 and not pulled up stays.
reference_descent <- function(x, num, den, Q, bend, stays, rounds) {
  g <- den - num
  stays <- stays | (x == 0 & g >= 0)
  least <- ifelse(x * den > sum(x * den) * .Machine$double.eps, 0.1 * x, 0)
  for (round in seq_len(rounds)) for (k in seq_along(x)) {
    q <- Q[k, k] + bend[k]
    moved <- if (q > 0) max(x[k] - g[k] / q, least[k]) else if (g[k] > 0) least[k] else x[k]
    now <- if (stays[k]) x[k] else if (num[k] > 0) moved else 0
    g <- g + Q[, k] * (now - x[k])
    g[k] <- g[k] + bend[k] * (now - x[k])
    x[k] <- now
  }
  x
}

# Pseudo-counts b with the mean m add b log(b / m) - b + m, where m is x with the sums of b. Of W and H' in `by` 2
# columns have sums of their own, of an encoder rows.
pseudo_mean <- function(b, x, by) sweep(x, by, apply(b, by, sum) / apply(x, by, sum), "*")
reference_pull <- function(b, x, by = 2) {
  if (is.null(b)) return(list(num = 0 * x, den = 0 * x, bend = 0 * x))
  list(num = b / x, den = pseudo_mean(b, x, by) / x, bend = b / x^2)
}

# |min(x, gradient)|, both free of scale; `largest` is like x.
reference_distance <- function(x, largest, num, den, stays) {
  slope <- ifelse(num > 0, 1 - num / den, (den > 0) + 0)
  max(abs(pmin(x / largest, slope))[!stays])
}

# X has a line in each row, Y a cell in each; `cells` are lines x length.
update_lines <- function(solver, X, Y, cells, known, gamma) {
  pull <- reference_pull(known$pseudo, X)
  num <- cells$num %*% Y + pull$num
  den <- cells$den %*% Y + pull$den
  moved <- X
  if (solver == "mm") {
    moved[] <- ifelse(known$stays, X, ifelse(num > 0, X * (num / den)^gamma, 0))
  } else {
    for (i in seq_len(nrow(X))) {
      moved[i, ] <- reference_descent(X[i, ], num[i, ], den[i, ], crossprod(Y, Y * cells$bend[i, ]), pull$bend[i, ],
                                      known$stays[i, ], 5)
    }
  }
  list(X = moved, num = num, den = den)
}

# The encoder E of H = E'V: each observation in turn, one round, with all that went before it.
update_encoder <- function(solver, E, W, problem, cells, known, gamma) {
  V <- problem$V
  pull <- reference_pull(known$pseudo, E, 1)
  num <- V %*% crossprod(cells$num, W) + pull$num
  den <- V %*% crossprod(cells$den, W) + pull$den
  moved <- E
  if (solver == "mm") {
    moved[] <- ifelse(known$stays, E, ifelse(num > 0, E * (num / den)^gamma, 0))
    return(list(X = moved, num = num, den = den))
  }
  Q <- lapply(seq_len(ncol(V)), function(j) crossprod(W, W * cells$bend[, j]))
  change <- matrix(0, ncol(V), ncol(W))                 # Q_j dh_j
  for (i in seq_len(nrow(E))) {
    hessian <- Reduce(`+`, Map(function(q, v) v^2 * q, Q, V[i, ]))
    own <- den[i, ] + drop(V[i, ] %*% change)
    moved[i, ] <- descend_with(E[i, ], num[i, ], den[i, ], own, hessian, pull$bend[i, ], known$stays[i, ])
    step <- moved[i, ] - E[i, ]
    for (j in seq_len(ncol(V))) change[j, ] <- change[j, ] + V[i, j] * drop(Q[[j]] %*% step)
  }
  list(X = moved, num = num, den = den)
}
# One round whose gradient has moved on since `num` and `den` were measured.
descend_with <- function(x, num, den, moved_den, Q, bend, stays) {
  g <- moved_den - num
  least <- ifelse(x * (g + num) > sum(x * den) * .Machine$double.eps, 0.1 * x, 0)
  for (k in seq_along(x)) {
    q <- Q[k, k] + bend[k]
    moved <- if (q > 0) max(x[k] - g[k] / q, least[k]) else if (g[k] > 0) least[k] else x[k]
    now <- if (stays[k]) x[k] else if (num[k] > 0) moved else 0
    g <- g + Q[, k] * (now - x[k])
    g[k] <- g[k] + bend[k] * (now - x[k])
    x[k] <- now
  }
  x
}

objective_at <- function(problem, W, second, known) {
  H <- if (problem$convex) crossprod(second, problem$V) else second
  prior <- function(b, x, by) if (is.null(b)) 0 else sum(half_deviance_tweedie(b, pseudo_mean(b, x, by), 1))
  priors <- list(prior(known[[1]]$pseudo, W, 2), prior(known[[2]]$pseudo, second, 1))
  sum(reference_cells(problem, W, H)$half) + sum(unlist(priors))
}

# One sweep over both blocks, what was met at its start, and the residual of each block when it was its turn.
reference_update <- function(problem, solver, start, known) {
  gamma <- problem$family$gamma
  W <- start[[1]]
  second <- start[[2]]
  H <- function() if (problem$convex) crossprod(second, problem$V) else second
  objective <- objective_at(problem, W, second, known)
  cells <- reference_cells(problem, W, H())
  first <- update_lines(solver, W, t(H()), cells, known[[1]], gamma)
  residual <- reference_distance(W, apply(W, 1, max)[row(W)], first$num, first$den, known[[1]]$stays)
  W <- first$X
  cells <- reference_cells(problem, W, H())
  if (problem$convex) {
    moved <- update_encoder(solver, second, W, problem, cells, known[[2]], gamma)
  } else {
    turned <- lapply(known[[2]], function(x) if (!is.null(x)) t(x))
    moved <- update_lines(solver, t(second), W, lapply(cells, t), turned, gamma)
    moved <- lapply(moved, t)
  }
  along <- if (problem$convex) apply(second, 2, max)[col(second)] else apply(second, 1, max)[row(second)]
  residual <- max(residual, reference_distance(second, along, moved$num, moved$den, known[[2]]$stays))
  up <- objective_at(problem, W, moved$X, known) > objective * (1 + 1e-12)   # and is taken back
  list(W = if (up) start[[1]] else W, second = if (up) second else moved$X, objective = objective, residual = residual,
       moves = !up)
}

core_update <- function(problem, solver, start, known, n = 1) {
  fixed <- lapply(known, function(one) if (any(one$stays)) one$stays + 0 else nothing)
  penalties <- Filter(Negate(is.null), lapply(1:2, function(b) {
    if (!is.null(known[[b]]$pseudo)) list(kind = "dirichlet", block = b, value = known[[b]]$pseudo)
  }))
  letters <- if (problem$convex) "C" else "T"
  family <- core_family(package_family(problem$family), nrow(problem$V))
  found <- fit_cpp(problem$data, family, letters, start, c(fixed, list(penalties)),
                   list(name = solver, extrapolate = FALSE, inner = 1L), n, 0, 0, Inf, 1L, FALSE)
  list(W = found$W, second = if (problem$convex) found$E else found$H, objective = found$trace$objective[1],
       residual = found$trace$kkt[1])
}

# `beside`: "plain", "weights", "offset" or "both".
update_problem <- function(family, structure, n, m, sparse, beside, seed, k = 3, share = 0.4) {
  positive <- isTRUE(family$power >= 2)
  V <- random_data(seed, positive, n, m, 2)
  if (sparse) V <- V * withr::with_seed(seed, rbinom(n * m, 1, share))
  V[cbind(seq_len(n), rep_len(seq_len(m), n))] <- 3
  V[cbind(rep_len(seq_len(n), m), seq_len(m))] <- 2
  V <- V / 2^floor(log2(max(V)))
  draw <- function(values) withr::with_seed(seed + 1, matrix(sample(values, n * m, TRUE), n))
  weights <- if (beside %in% c("weights", "both")) draw(c(0.5, 1, 1, 2.5)) else 1 + 0 * V
  offset <- if (beside %in% c("offset", "both")) draw(c(0.5, 0.8, 1.25, 3)) else 1 + 0 * V
  if (family$name == "negbin") family <- reference_family("negbin", alpha = rep_len(family$alpha, n))
  values <- V
  if (sparse) {
    stored <- which(V != 0 | weights != 1)
    values <- Matrix::sparseMatrix(i = row_of(stored, n), x = V[stored], dims = dim(V),
                                   p = c(0, cumsum(tabulate(column_of(stored, n), m))))
  }
  beside_cells <- function(x) if (sparse) x[which(V != 0 | weights != 1)] else x
  data <- list(values = values, weights = if (any(weights != 1)) beside_cells(weights),
               offset = if (any(offset != 1)) offset)
  list(V = V, family = family, weights = weights, offset = offset, convex = structure == "convex",
       data = Filter(Negate(is.null), data), k = k)
}

# A start that is near enough for the step to go down: one that does not is taken back.
update_start <- function(problem, seed, n) {
  init <- random_init(seed, if (problem$convex) "convex" else "traditional", problem$V, problem$k)
  start <- if (problem$convex) list(t(init$D), init$E) else list(init$W, init$H)
  near <- core_update(problem, "mm", start, nothing_known(start), n)
  size <- 2^floor(log2(max(near$second)))
  lapply(list(near$W * size, near$second / size), function(x) pmax(x, 1e-3 * max(x)))
}

nothing_known <- function(start) lapply(start, function(x) list(stays = x < 0, pseudo = NULL))

some_known <- function(start, what) {
  known <- nothing_known(start)
  draw <- function(x, of) array(withr::with_seed(71, of(length(x))), dim(x))
  for (b in 1:2) {
    if (what == "stays") known[[b]]$stays <- draw(start[[b]], function(n) stats::rbinom(n, 1, 0.3) == 1)
    if (what == "pseudo") known[[b]]$pseudo <- start[[b]] * draw(start[[b]], function(n) stats::runif(n, 0.2, 3))
  }
  known
}

# Whether it moves.
expect_same_update <- function(problem, solver, start, known) {
  core <- core_update(problem, solver, start, known)
  reference <- reference_update(problem, solver, start, known)
  expect_close(core$objective, reference$objective, 1e-11)
  expect_close(core$residual, reference$residual, 1e-9)
  expect_close(core$W, reference$W, 1e-10)
  expect_close(core$second, reference$second, 1e-10)
  reference$moves
}

update_families <- list(
  N = reference_family("normal"), Po = reference_family("poisson"), TW1.1 = reference_family("tweedie", 1.1),
  TW1.5 = reference_family("tweedie", 1.5), TW2 = reference_family("tweedie", 2),
  TW2.5 = reference_family("tweedie", 2.5), TW3 = reference_family("tweedie", 3),
  NB = reference_family("negbin", alpha = c(0.4, 3, 1))
)

test_law("one update is that of plain R, of every noise, with what stands beside the cells and what is known", {
  moves <- logical()
  for (name in names(update_families)) for (structure in c("traditional", "convex")) for (sparse in c(FALSE, TRUE)) {
    family <- update_families[[name]]
    if (sparse && isTRUE(family$power >= 2) || structure == "convex" && name %in% c("TW1.1", "TW2", "TW2.5")) next
    for (beside in c("plain", "weights", if (!sparse) if (structure == "convex") "both" else c("offset", "both"))) {
      problem <- update_problem(family, structure, 13, 7, sparse, beside, 301)
      start <- update_start(problem, 302, 15)
      knowns <- c(if (!sparse) "nothing", "stays", "pseudo")
      for (solver in c("mm", "cd")) for (what in knowns) {
        moves <- c(moves, expect_same_update(problem, solver, start, some_known(start, what)))
      }
    }
  }
  expect_gt(mean(moves), 0.9)
})

test_law("one update is that of plain R where rows and columns are not whole packs, tiles or chunks", {
  for (name in c("N", "Po", "TW1.5", "NB")) for (sparse in c(FALSE, TRUE)) {
    for (size in list(c(260, 6), c(6, 260), c(17, 5), c(2, 3))) for (beside in c("plain", "weights")) {
      problem <- update_problem(update_families[[name]], "traditional", size[1], size[2], sparse, beside, 303, k = 2)
      start <- update_start(problem, 304, 5)
      for (solver in c("mm", "cd")) expect_same_update(problem, solver, start, nothing_known(start))
    }
  }
})

test_law("one update is that of plain R where zeros lie side by side in all lines of a pack", {
  for (name in c("Po", "TW1.1", "TW1.5", "NB")) for (beside in c("plain", "weights")) {
    problem <- update_problem(update_families[[name]], "traditional", 43, 38, TRUE, beside, 307, share = 0.05)
    shared <- function(V) mean(rowsum(V, rep(1:5, each = 8)) == 0)
    expect_gt(min(shared(problem$V[1:40, ]), shared(t(problem$V)[c(1:38, 1, 2), ])), 0.3)
    start <- update_start(problem, 308, 15)
    for (data in list(problem$data, replace(problem$data, "values", list(problem$V)))) {
      problem$data <- data
      if (beside == "weights" && is.matrix(data$values)) problem$data$weights <- problem$weights
      expect_same_update(problem, "cd", start, nothing_known(start))
    }
  }
})

test_law("one update is that of plain R where the work is cut into pieces, by rows or by columns", {
  kinds <- c("Po", "TW1.5", "sparse Po", "sparse NB")
  for (i in seq_along(kinds)) {                            # dense and sparse, each by rows and by columns
    kind <- kinds[i]
    size <- if (i %% 2) c(700, 240) else c(240, 700)
    sparse <- startsWith(kind, "sparse")
    name <- sub("sparse ", "", kind)
    problem <- update_problem(update_families[[name]], "traditional", size[1], size[2], sparse,
                              if (name == "TW1.5") "weights" else "plain", 305, k = 50)
    expect_gt(prod(size) * 50, 2 * 2^22)                 # units of work for a piece, see src/pieces.h
    start <- withr::with_seed(306, list(matrix(runif(size[1] * 50, 0.01, 0.1), size[1]),
                                        matrix(runif(size[2] * 50, 0.5, 1.5), 50)))
    expect_same_update(problem, "mm", start, nothing_known(start))
    # rows do not depend on each other where the columns stay: those of few rows, which are not cut
    known <- nothing_known(start)
    known[[2]]$stays[] <- TRUE
    all <- core_update(problem, "cd", start, known)
    some <- c(1, 7, 200, seq_len(3) + size[1] - 3)
    part <- update_lines("cd", start[[1]][some, ], t(start[[2]]),
                         lapply(reference_cells(problem, start[[1]], start[[2]]), function(x) x[some, ]),
                         list(stays = matrix(FALSE, length(some), 50)), problem$family$gamma)
    expect_close(all$W[some, ], part$X, 1e-9)
  }
})

test_law("a step that goes up is taken back, to the last digit of weights that it would have ended", {
  problem <- update_problem(update_families$TW2, "traditional", 13, 7, FALSE, "plain", 301)
  start <- update_start(problem, 302, 15)
  expect_false(reference_update(problem, "cd", start, nothing_known(start))$moves)
  for (entry in seq_along(start[[1]])) {
    tiny <- start
    tiny[[1]][entry] <- 1e-15 * max(start[[1]][row(start[[1]])[entry], ])
    if (reference_update(problem, "cd", tiny, nothing_known(start))$moves) next
    core <- core_update(problem, "cd", tiny, nothing_known(start))
    expect_identical(core[c("W", "second")], list(W = tiny[[1]], second = tiny[[2]]))
  }
})
