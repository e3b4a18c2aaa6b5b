# One list of models and data. A law is written once and holds for every case in the list.
#
# A case: label, family (name in `families()`), structure, input, V (as the user gives it), dense (V as
# a plain matrix), init, rank, scale (V and mu carry this power of two), reference (the oracle's family).

N <- 12L
M <- 9L
K <- 3L
alpha_by_observation <- seq(2, 60, length.out = N)

# `positive`: the model has no density at zero, so its data have no zeros.
# `scales`: mu scales with V, so that data of any unit are the same problem.
families <- function() {
  entry <- function(name, power = NULL, alpha = NULL, positive = FALSE) {
    list(
      reference = reference_family(name, power, alpha),
      positive = positive, scales = name != "negbin"
    )
  }
  list(
    "N" = entry("normal"),
    "Po" = entry("poisson"),
    "TW1.1" = entry("tweedie", 1.1),
    "TW1.5" = entry("tweedie", 1.5),
    "TW2" = entry("tweedie", 2, positive = TRUE),
    "TW2.5" = entry("tweedie", 2.5, positive = TRUE),
    "NB45" = entry("negbin", alpha = 45),
    "NB by observation" = entry("negbin", alpha = alpha_by_observation)
  )
}

# Noisy data of rank K: counts with zeros, or positive data.
random_data <- function(seed, positive = FALSE, n = N, m = M, k = K) {
  withr::with_seed(seed, {
    mu <- matrix(rgamma(n * k, 1, 1 / 4), n) %*% matrix(rgamma(k * m, 1), k)
    noise <- matrix(rgamma(n * m, 3, 3), n)
    if (positive) round(mu * noise, 3) + 0.001 else matrix(rpois(n * m, mu * noise), n) + 0
  })
}

# Mostly zero counts with one empty observation and one empty feature.
random_sparse <- function(seed, n = N, m = M) {
  withr::with_seed(seed, {
    V <- random_data(seed, n = n, m = m) * rbinom(n * m, 1, 0.5)
  })
  V[cbind(seq_len(n), rep_len(seq_len(m), n))] <- 3  # no other empty row or column
  V[2, ] <- 0
  V[, 4] <- 0
  V
}

random_init <- function(seed, structure, V, k = K) {
  size <- sqrt(mean(as.matrix(V)) / k)
  withr::with_seed(seed, {
    factor <- function(n, m, size) matrix(size * runif(n * m, 0.5, 1.5), n, m)
    switch(
      structure,
      traditional = list(W = factor(nrow(V), k, size), H = factor(k, ncol(V), size)),
      convex = list(E = factor(nrow(V), k, 1 / nrow(V)), D = factor(k, nrow(V), 1 / k)),
      features = list(A = factor(ncol(V), k, 1 / ncol(V)), H = factor(k, ncol(V), 1 / k))
    )
  })
}

# `structure` may also be "features", convex with an encoder over features. `cells`: "plain", "weighted" (0.5 to 3),
# "missing" (a fifth of them) or "blocks" (read by 5 rows at a time); V is then a source, which nmf() takes.
registry <- function(family = names(families()), structure = c("traditional", "convex"),
                     input = c("dense", "zeros", "sparse", "huge", "tiny"), cells = "plain") {
  cases <- list()
  entries <- families()
  for (f in family) for (s in structure) for (i in input) for (kind in cells) {
    entry <- entries[[f]]
    if (i == "zeros" && entry$positive) next
    scale <- switch(i, huge = 2^20, tiny = 2^-500, 1)
    unit <- if (i %in% c("zeros", "sparse") && !entry$positive) random_sparse(11) else
      random_data(12, entry$positive)
    dense <- unit * scale
    init <- random_init(13, s, unit)
    if (s == "traditional") init$W <- init$W * scale
    V <- if (i == "sparse") as_sparse(dense) else dense
    cases[[length(cases) + 1]] <- list(
      label = paste(s, f, i, if (kind != "plain") kind), family = f, structure = s, input = i, cells = kind, rank = K,
      scale = scale, V = if (kind == "plain") V else cells_of(V, kind), dense = dense, init = init,
      reference = entry$reference, positive = entry$positive, scales = entry$scales
    )
  }
  cases
}

# Half of the cases: of these facts, all but any one come together in every way.
half_of <- function(cases, facts) {
  number <- function(fact) {
    values <- vapply(cases, `[[`, "", fact)
    match(values, unique(values))
  }
  cases[rowSums(vapply(facts, number, numeric(length(cases)))) %% 2 == 0]
}

cells_of <- function(V, kind) {
  size <- prod(dim(V))
  if (kind == "missing") V[hidden_cells(dim(V))] <- NA
  weights <- if (kind == "weighted") withr::with_seed(5, matrix(sample(c(0.5, 1, 2, 3), size, TRUE), nrow(V)))
  source <- read_source(V, cell_weights = weights)
  if (kind == "blocks") source$rows_per_block <- 5
  source
}

# A fifth of the cells, at least one of each line left.
hidden_cells <- function(size) {
  hidden <- withr::with_seed(6, matrix(stats::runif(prod(size)) < 0.2, size[1]))
  hidden[cbind(seq_len(size[1]), rep_len(seq_len(size[2]), size[1]))] <- FALSE
  hidden
}

as_sparse <- function(V, class = "dgCMatrix") {
  triplet <- which(V != 0, arr.ind = TRUE)
  representation <- c(dgCMatrix = "C", dgRMatrix = "R", dgTMatrix = "T")[[class]]
  Matrix::sparseMatrix(triplet[, 1], triplet[, 2], x = V[triplet], dims = dim(V), repr = representation)
}

# A test of very many expectations, told as one when all hold; each that fails is told by itself. A fifth of the time
# of all tests went into telling of single successes.
test_law <- function(desc, code) {
  eval.parent(bquote(test_that(.(desc), {
    told_as_one(.(substitute(code)))
  })))
}

told_as_one <- function(code) {
  held <- 0L
  withCallingHandlers(code, expectation_success = function(success) {
    held <<- held + 1L
    invokeRestart("continue_test")
  })
  if (held > 0) testthat::succeed(paste(held, "expectations hold"))
}
told_as_one <- utils::removeSource(told_as_one)          # a failure is at the first line known, that of the test

# What holds at a glance is not compared at length, for which options, locale and width are set anew each time: a
# quarter of the time of the laws.
expect_true <- function(object, info = NULL, label = NULL) {
  if (isTRUE(object)) return(passed(object))
  testthat::expect_true(object, info, if (is.null(label)) deparse1(substitute(object)) else label)
}

expect_false <- function(object, info = NULL, label = NULL) {
  if (isFALSE(object)) return(passed(object))
  testthat::expect_false(object, info, if (is.null(label)) deparse1(substitute(object)) else label)
}

at_a_glance <- function(at_length) {
  function(object, expected, ..., label = NULL, expected.label = NULL) {
    if (identical(object, expected)) return(passed(object))
    if (is.null(label)) label <- deparse1(substitute(object))
    if (is.null(expected.label)) expected.label <- deparse1(substitute(expected))
    at_length(object, expected, ..., label = label, expected.label = expected.label)
  }
}

expect_identical <- at_a_glance(testthat::expect_identical)
expect_equal <- at_a_glance(testthat::expect_equal)

passed <- function(object) {
  testthat::succeed()
  invisible(object)
}

# One test per case, so that a failure names its case.
for_each_case <- function(law, cases, check) {
  for (case in cases) test_law(paste0(law, " [", case$label, "]"), {
    check(case)
  })
}

# The package's side of a case ---------------------------------------------------------------------

model_of <- function(structure, family, rank = K) {
  letters <- c(traditional = "T", convex = "C", features = "CF")
  model <- nmf_model(sprintf("NMF/%s/Po/%d", letters[[structure]], rank))
  model$family <- family
  model
}

package_family <- function(reference) {
  family <- Find(function(one) one$name == reference$name, all_families())
  if (is.null(family$parameter)) family else with_parameter(family, reference[[parameter_name(family)]])
}

case_model <- function(case) model_of(case$structure, package_family(case$reference), case$rank)

# The law is about the fit, not about the advice that comes with it (not converged, not counts).
without_advice <- function(expr) suppressMessages(suppressWarnings(expr, classes = "nmf_warning"))

# The warnings that `expr` gives, as conditions.
capture_warnings_of <- function(expr) {
  warnings <- list()
  withCallingHandlers(expr, warning = function(w) {
    warnings[[length(warnings) + 1]] <<- w
    tryInvokeRestart("muffleWarning")
  })
  warnings
}

# Exactly n multiplicative sweeps from a given start.
sweeps <- function(V, model, init, n, ...) {
  without_advice(nmf(V, model,
    init = init, solver = "mm", max_iter = n, tol = 0, seed = 1, verbose = FALSE, ...
  ))
}

run_case <- function(case, n) sweeps(case$V, case_model(case), case$init, n)

# The same on the oracle. Where mu scales with V the run is made at unit scale, where no power of mu
# overflows, and scaled after: the objective of V c is c^(2 - p) times that of V.
reference_case <- function(case, n) {
  if (!case$scales) return(reference_run(case$dense, case$init, case$reference, n))
  init <- case$init
  if (case$structure == "traditional") init$W <- init$W / case$scale
  run <- reference_run(case$dense / case$scale, init, case$reference, n)
  list(mu = run$mu * case$scale, objective = run$objective * case$scale^(2 - case$reference$power))
}

# The size of the objective's terms, at the scale of the case.
scale_of <- function(case) {
  if (!case$scales) return(objective_scale(case$dense, case$reference))
  objective_scale(case$dense / case$scale, case$reference) * case$scale^(2 - case$reference$power)
}

# A fit to the end by the default solver from given seeds.
fit_case <- function(case, ..., n_starts = 2, seed = 1) {
  without_advice(nmf(case$V, case_model(case), n_starts = n_starts, seed = seed, verbose = FALSE, ...))
}

fit_theta <- function(fit) if (is.null(fit$E)) fit[c("W", "H")] else fit[c("E", "D")]

# Largest error as a part of `scale`: by default of the largest expected value, so that data of any
# unit are held to the same standard.
expect_close <- function(object, expected, tolerance, scale = max(abs(expected))) {
  what <- deparse(substitute(object))[1]
  object <- unname(as.matrix(object))
  expected <- unname(as.matrix(expected))
  same_size <- identical(dim(object), dim(expected))
  error <- if (same_size) max(abs(object - expected)) else NA
  if (scale > 0) error <- error / scale
  testthat::expect(
    isTRUE(error <= tolerance),
    if (same_size) sprintf("%s is off by %.3g of the expected size, more than %.3g", what, error, tolerance) else
      sprintf("%s is %s, not %s", what, toString(dim(object)), toString(dim(expected)))
  )
  invisible(object)
}

# What every fit must be, whatever the data.
expect_valid_fit <- function(fit, V) {
  V <- as.matrix(V)
  for (block in names(fit_theta(fit))) {
    expect_true(all(is.finite(fit[[block]]) & fit[[block]] >= 0), label = paste(block, "is finite and >= 0"))
  }
  expect_true(all(is.finite(fit$W)) && all(is.finite(fit$H)), label = "W and H are finite")
  expect_identical(dim(fit$W %*% fit$H), dim(V))
  # A row of H sums to 1, or to 0 where its component has died: K-term rounding, 1e-12 is generous.
  sums <- rowSums(fit$H)
  expect_true(all(pmin(abs(sums - 1), abs(sums)) < 1e-12), label = "rows of H sum to 1")
  expect_true(is.finite(fit$deviance) && is.finite(fit$objective), label = "the deviance is finite")
  expect_true(all(diff(colSums(fit$W)) <= 1e-12 * sum(fit$W)), label = "components are ordered by weight")
  expect_identical(colnames(fit$W), paste0("k", seq_len(ncol(fit$W))))
  expect_identical(rownames(fit$H), colnames(fit$W))
}

# No step may raise the objective by more than rounding: 64 machine epsilons of the size of its terms.
expect_monotone <- function(fit, scale) {
  rise <- max(0, diff(fit$trace$objective)) / max(scale, abs(fit$trace$objective))
  testthat::expect(
    isTRUE(rise <= 64 * .Machine$double.eps),
    sprintf("the objective rises by %.3g of its scale", rise)
  )
  invisible(fit)
}

# The same with its names.
named_sparse <- function(V, class) {
  X <- as_sparse(unname(V), class)
  dimnames(X) <- dimnames(V)
  X
}
