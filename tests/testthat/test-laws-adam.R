# A convex model as an autoencoder: its gradients, and what training by Adam promises.

convex_cases <- function(input = c("dense", "sparse")) registry(structure = "convex", input = input)

core_gradient <- function(case, W, E) {
  gradient_cpp(list(values = case$V), core_family(case_model(case)$family, nrow(case$V)), W, E, 1L)
}

for_each_case("gradients are the slopes of the objective in plain R", convex_cases(), function(case) {
  W <- t(case$init$D)
  E <- case$init$E
  V <- case$dense
  objective <- function(W, E) reference_objective(V, W %*% crossprod(E, V), case$reference)
  got <- core_gradient(case, W, E)
  expect_equal(got$objective, objective(W, E), tolerance = 1e-12)
  # Central differences of order 4 with a step of 1e-3 of the entry lose about 1e-12 to the fifth derivative and 1e-13
  # of f / x to rounding: 1e-7 of the largest slope tells a wrong gradient.
  slopes <- function(x, f) {
    vapply(seq_along(x), function(e) {
      h <- 1e-3 * x[e]
      at <- function(steps) f(replace(x, e, x[e] + steps * h))
      (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h)
    }, 0)
  }
  expect_close(as.vector(got$W), slopes(W, function(W) objective(W, E)), 1e-7)
  expect_close(as.vector(got$E), slopes(E, function(E) objective(W, E)), 1e-7)
})

# Adam as published (Kingma and Ba 2015, algorithm 1) on |u| in units of the block's mean, in plain R.
reference_adam <- function(V, init, family, rates) {
  theta <- list(E = init$E, D = init$D)
  unit <- lapply(theta, mean)
  u <- Map(`/`, theta, unit)
  m <- lapply(u, `*`, 0)
  v <- m
  best <- Inf
  path <- numeric()
  for (t in seq_len(length(rates) + 1)) {
    theta <- Map(function(u, unit) abs(u) * unit, u, unit)
    objective <- reference_objective(V, reference_mu(V, theta), family)
    if (objective < best) {
      best <- objective
      mu <- reference_mu(V, theta)
    }
    path[t] <- best
    if (t > length(rates)) break
    g <- lapply(names(theta), function(block) {
      unit[[block]] * sign(u[[block]]) * reference_gradient(V, theta, block, family)
    })
    m <- Map(function(m, g) 0.9 * m + 0.1 * g, m, g)
    v <- Map(function(v, g) 0.99 * v + 0.01 * g^2, v, g)
    u <- Map(function(u, m, v) u - rates[t] * (m / (1 - 0.9^t)) / pmax(sqrt(v / (1 - 0.99^t)), 1e-200), u, m, v)
  }
  list(mu = mu, path = path)
}

for_each_case("training is Adam as published, on the best point so far", convex_cases("dense"), function(case) {
  control <- nmf_control(learning_rate = 0.05, decay = 0.1, epochs = 6)
  fit <- without_advice(nmf(case$V, case_model(case), init = case$init, solver = "adam", seed = 1, control = control))
  run <- reference_adam(case$dense, case$init, case$reference, 0.05 * 0.1^(0:5 / 5))
  expect_close(fit$trace$objective, run$path, 1e-9)
  expect_close(fitted(fit), run$mu, 1e-9)
})

for_each_case("a training that goes astray returns its start", convex_cases(), function(case) {
  for (way in c("abs", "relu", "projection")) {
    control <- nmf_control(parametrisation = way, learning_rate = 1e6, decay = 1, epochs = 3)
    fit <- without_advice(nmf(case$V, case_model(case), init = case$init, solver = "adam", seed = 1, control = control))
    start <- reference_objective(case$dense, reference_mu(case$dense, case$init), case$reference)
    expect_lte(fit$objective, start * (1 + 1e-12))
    expect_monotone(fit, scale_of(case))
  }
})

for_each_case("each parametrisation learns, and a polish ends where others do", convex_cases("dense"), function(case) {
  fit <- function(solver, ...) {
    without_advice(nmf(case$V, case_model(case), init = case$init, solver = solver, seed = 1,
                       control = nmf_control(epochs = 200, learning_rate = 0.1, ...)))
  }
  for (way in c("abs", "relu", "projection")) {
    trained <- fit("adam", parametrisation = way)
    expect_lt(trained$objective, 0.9 * trained$trace$objective[1])
    expect_valid_fit(trained, case$dense)
    polished <- fit(c("adam", "cd"), parametrisation = way)
    expect_lte(polished$objective, trained$objective * (1 + 1e-12))
    expect_true(polished$converged)
    expect_lte(reference_kkt(case$dense, fit_theta(polished), case$reference), 1e-3)
  }
})

test_that("Adam is for convex models, and its settings are checked", {
  expect_error(nmf(brca21, "T/Po/3", solver = "adam"), class = "nmf_error_argument", regexp = "convex")
  expect_error(nmf_control(learning_rate = 0), class = "nmf_error_control", regexp = "learning_rate")
  expect_error(nmf_control(decay = 2), class = "nmf_error_control", regexp = "decay")
  expect_error(nmf_control(epochs = 0), class = "nmf_error_control", regexp = "epochs")
  expect_error(nmf_control(batch_size = 0), class = "nmf_error_control", regexp = "batch_size")
  expect_error(nmf_control(parametrisation = "exp"), class = "nmf_error_control", regexp = "relu")
})

test_that("by batches of features each step has the share of the penalties that the batch has of the data", {
  V <- random_data(171)
  V <- V / 2^floor(log2(max(V)))                         # units of the core are 1
  init <- random_init(172, "convex", V)
  size <- 2^floor(log2(max(init$E)))
  u <- list(W = t(init$D) * size, E = init$E / size)
  pseudo <- 20 * u$E * withr::with_seed(173, runif(N * K, 0.5, 2))
  family <- reference_family("poisson")
  level <- function(E) rowSums(pseudo) / rowSums(E)      # the mean of pseudo-counts is E with their sums
  gradient <- function(theta, columns) {
    own <- list(E = theta$E, D = t(theta$W))
    share <- length(columns) / M
    list(W = t(reference_gradient(V[, columns], own, "D", family)),
         E = reference_gradient(V[, columns], own, "E", family) + share * (level(theta$E) - pseudo / theta$E))
  }
  objective <- function(theta) {
    reference_objective(V, theta$W %*% crossprod(theta$E, V), family) +
      sum(half_deviance_tweedie(pseudo, level(theta$E) * theta$E, 1))
  }
  rates <- 0.05 * 0.1^(0:3 / 3)
  start <- unname(u)
  unit <- lapply(u, mean)
  u <- Map(`/`, u, unit)
  m <- v <- lapply(u, `*`, 0)
  at <- function() Map(function(u, unit) abs(u) * unit, u, unit)
  steps <- 0
  path <- objective(at())
  for (rate in rates) {
    for (columns in list(1:4, 5:8, 9)) {
      steps <- steps + 1
      g <- Map(function(g, u, unit) unit * sign(u) * g, gradient(at(), columns), u, unit)
      m <- Map(function(m, g) 0.9 * m + 0.1 * g, m, g)
      v <- Map(function(v, g) 0.99 * v + 0.01 * g^2, v, g)
      u <- Map(function(u, m, v) u - rate * (m / (1 - 0.9^steps)) / sqrt(v / (1 - 0.99^steps)), u, m, v)
    }
    path <- c(path, min(path, objective(at())))
  }
  solver <- list(name = "adam", extrapolate = FALSE, inner = 1L, parametrisation = "abs", learning_rate = 0.05,
                 decay = 0.1, epochs = 4, batch = 4)
  known <- list(nothing, nothing, list(list(kind = "dirichlet", block = 2L, value = pseudo)))
  fit <- fit_cpp(list(values = V), core_family(nmf_poisson(), N), "C", start, known, solver, 10, 0, 0, Inf, 1L, FALSE)
  expect_close(unique(fit$trace$objective), unique(path), 1e-9)
})
