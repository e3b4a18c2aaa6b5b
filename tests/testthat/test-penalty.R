# Penalties on the factors: the equation of ?nmf_penalty in plain R, and what must be true of every fit with one.

reference_penalty <- function(penalty, W, H) {
  w <- sqrt(colSums(W^2))
  h <- sqrt(rowSums(H^2))
  phi <- if (penalty$type == "l1") identity else sqrt
  penalty$W * sum(phi(sweep(W, 2, h, "*"))) + penalty$H * sum(phi(H * w)) + penalty$ridge / 2 * sum(w^2 * h^2)
}

penalties <- list(
  l1 = nmf_penalty(W = 0.3, type = "l1"), l1_h = nmf_penalty(H = 0.2, type = "l1"),
  both = nmf_penalty(W = 0.1, H = 0.2, type = "l1", ridge = 1e-3),
  root = nmf_penalty(W = 0.5, type = "l1/2"), root_both = nmf_penalty(W = 0.3, H = 0.4, type = "l1/2", ridge = 1e-3),
  ridge = nmf_penalty(ridge = 0.01)
)

solvers_of <- function(case, penalty) {
  c("mm", "cd", "lbfgs"[penalty$type == "l1"], "em"[case$family == "Po"])
}

penalised <- function(case, penalty, ...) fit_case(case, penalty = penalty, init = case$init, ...)

cases <- registry(structure = "traditional", input = c("dense", "sparse"))
cases <- Filter(function(case) !(case$positive && case$input == "sparse"), cases)
for_each_case("a penalty is that of its equation, the objective has it, and no solver raises it", cases,
              function(case) {
  for (name in names(penalties)) for (solver in solvers_of(case, penalties[[name]])) {
    penalty <- penalties[[name]]
    fit <- penalised(case, penalty, solver = solver, max_iter = 25)
    expect_equal(fit$penalty, reference_penalty(penalty, fit$W, fit$H), tolerance = 1e-12)
    expect_equal(fit$objective - fit$penalty, fit$deviance / 2, tolerance = 1e-10)
    half <- reference_objective(case$dense, fitted(fit), case$reference)
    expect_equal(fit$deviance / 2, half, tolerance = 1e-8, label = paste(name, solver))
    expect_monotone(fit, objective_scale(case$dense, case$reference))
  }
})

# One sweep of majorise-minimise in plain R: a line of a penalty is added to den, and a parabola q x^2 / 2 has its root.
pull_on <- function(penalty, theta, block) {
  of_components <- function(x, b) if (b == 1) x else t(x)                # entries x components
  own <- of_components(theta[[block]], block)
  other <- of_components(theta[[3 - block]], 3 - block)
  length <- sqrt(colSums(other^2))
  slope <- function(x, lambda) {                                         # of lambda phi(x |y|) by x
    if (penalty$type == "l1") lambda * rep(1, nrow(x)) %o% length else
      lambda / 2 * sweep(1 / sqrt(x), 2, sqrt(length), "*")
  }
  strengths <- c(penalty$W, penalty$H)
  line <- slope(own, strengths[block])
  # phi(y |x|) is bounded by a parabola in x of the same slope
  across <- sqrt(colSums(own^2))
  phi1 <- if (penalty$type == "l1") 1 else 0.5 / sqrt(sweep(other, 2, across, "*"))
  q <- strengths[3 - block] * colSums(other * phi1) / across + penalty$ridge * length^2
  list(line = of_components(line, block), q = of_components(rep(1, nrow(own)) %o% q, block))
}

reference_penalised_update <- function(V, theta, block, family, penalty) {
  x <- theta[[block]]
  mu <- theta[[1]] %*% theta[[2]]
  back <- if (block == 1) function(g) g %*% t(theta[[2]]) else function(g) t(theta[[1]]) %*% g
  num <- back(family$num(V, mu))
  den <- back(family$den(V, mu))
  pull <- pull_on(penalty, theta, block)
  den <- den + pull$line
  gamma <- family$gamma
  bent <- penalty$ridge > 0 || c(penalty$W, penalty$H)[3 - block] > 0
  if (family$name == "normal") return(x * num / (den + pull$q * x))
  if (!bent) return(x * (num / den)^gamma)
  if (gamma != 1) return(x * (num / (den + pull$q * x))^(1 / (1 + 1 / gamma)))
  (sqrt(den^2 + 4 * pull$q * x * num) - den) / (2 * pull$q)
}

test_law("one multiplicative update is that of plain R", {
  for (name in c("N", "Po", "TW1.5", "NB45")) for (which in names(penalties)) {
    case <- registry(name, "traditional", "dense")[[1]]
    # in units of the core
    V <- case$dense / 2^floor(log2(max(case$dense)))
    family <- case$reference
    start <- list(case$init$W / 8, case$init$H / 2^floor(log2(max(case$init$H))))
    penalty <- penalties[[which]]
    found <- fit_cpp(list(values = V), core_family(package_family(family), N), "T", start,
                     list(nothing, nothing, penalty_parts(penalty)),
                     list(name = "mm", extrapolate = FALSE, inner = 1L), 1, 0, 0, Inf, 1L, FALSE)
    W <- reference_penalised_update(V, start, 1, family, penalty)
    H <- reference_penalised_update(V, list(W, start[[2]]), 2, family, penalty)
    expect_close(found$W, W, 1e-11)
    expect_close(found$H, H, 1e-11)
  }
})

test_law("a fit that has converged is stationary by differences of the objective, and zeros are held there", {
  for (name in c("N", "Po", "NB45")) for (which in c("l1", "both", "root_both", "ridge")) {
    case <- registry(name, "traditional", "dense")[[1]]
    penalty <- penalties[[which]]
    fit <- penalised(case, penalty, max_iter = 20000)
    expect_true(fit$converged, label = paste(name, which))
    f <- function(W, H) {
      reference_objective(case$dense, pmax(W %*% H, 1e-300), case$reference) + reference_penalty(penalty, W, H)
    }
    for (block in c("W", "H")) for (e in seq_along(fit[[block]])) {
      x <- fit[[block]][e]
      step <- 1e-4 * max(x, 1e-2 * max(fit[[block]]))
      at <- function(value) {
        do.call(f, replace(list(W = fit$W, H = fit$H), block, list(replace(fit[[block]], e, value))))
      }
      if (x > step) {
        slope <- (at(x + step) - at(x - step)) / 2
        expect_lt(abs(slope), 1e-5 * fit$objective)
      } else {
        expect_gte(at(x + step) - at(x), -1e-6 * fit$objective)
      }
    }
  }
})

test_law("no scale of the components moves a penalised fit", {
  case <- registry("Po", "traditional", "dense")[[1]]
  scaled <- case
  scaled$init <- list(W = case$init$W %*% diag(c(8, 0.5, 64)), H = diag(1 / c(8, 0.5, 64)) %*% case$init$H)
  for (penalty in penalties) {
    one <- penalised(case, penalty, max_iter = 20)
    other <- penalised(scaled, penalty, max_iter = 20)
    expect_equal(other$objective, one$objective, tolerance = 1e-9)
    expect_close(other$W, one$W, 1e-6)
  }
})

test_law("strengths of 0 are no penalty, to the bit", {
  for (case in registry(c("N", "NB45"), "traditional", c("dense", "sparse"))) for (solver in c("mm", "cd", "lbfgs")) {
    none <- fit_case(case, solver = solver, max_iter = 50)
    zero <- fit_case(case, solver = solver, max_iter = 50, penalty = nmf_penalty())
    for (part in c("W", "H", "objective", "kkt", "df", "logLik", "penalty")) {
      expect_identical(zero[[part]], none[[part]])
    }
    expect_identical(zero$trace$objective, none$trace$objective)
  }
})

test_that("data in another unit give the same fit, to the bit, at the strengths of that unit", {
  V <- random_data(12)
  for (power in c(0, 1)) for (type in c("l1", "l1/2")) {
    model <- c("T/N/3", "T/Po/3")[power + 1]
    unit <- 2^20
    objective <- unit^(2 - power)
    strength <- nmf_penalty(W = 0.2, H = 0.1, type = type)
    other <- strength
    other$W <- strength$W * objective / if (type == "l1") unit else sqrt(unit)
    other$H <- strength$H * objective / if (type == "l1") unit else sqrt(unit)
    one <- without_advice(nmf(V, model, penalty = strength, n_starts = 1, max_iter = 40, seed = 1, verbose = FALSE))
    big <- without_advice(nmf(V * unit, model, penalty = other, n_starts = 1, max_iter = 40, seed = 1, verbose = FALSE))
    expect_identical(big$W / unit, one$W)
    expect_identical(big$H, one$H)
    expect_identical(big$penalty / objective, one$penalty)
  }
})

test_law("sparse data, data in blocks and any number of threads give the same penalised fit", {
  sparse <- registry(c("Po", "N"), "traditional", "sparse")
  for (case in sparse) for (penalty in penalties[c("both", "root_both")]) {
    fit <- penalised(case, penalty, max_iter = 15)
    dense <- case
    dense$V <- case$dense
    expect_close(penalised(dense, penalty, max_iter = 15)$W, fit$W, 1e-8)
    blocks <- case
    blocks$V <- cells_of(case$V, "blocks")
    expect_close(penalised(blocks, penalty, max_iter = 15)$W, fit$W, 1e-9)
  }
  V <- withr::with_seed(1, matrix(rpois(300 * 400, 2) * rbinom(300 * 400, 1, 0.5), 300))
  of <- function(threads) {
    without_advice(nmf(V, "T/Po/8", penalty = penalties$root_both, init = random_init(2, "traditional", V, 8),
                       max_iter = 4, threads = threads, verbose = FALSE, seed = 1))
  }
  expect_identical(of(2)[c("W", "H", "objective")], of(1)[c("W", "H", "objective")])
})

test_that("closed forms: L1 under Poisson noise divides the weights, and a ridge the singular value", {
  # components of equal length and sum 1, held: W = W0 / (1 + lambda |h|)
  V <- random_data(3, m = 9)
  H <- rbind(c(rep(1, 6), rep(0, 3)), c(rep(0, 3), rep(1, 6))) / 6
  at <- function(penalty) {
    nmf(V, "T/Po/2", init = list(W = matrix(1, N, 2), H = H), fixed = list(H = TRUE), penalty = penalty, tol = 1e-10,
        verbose = FALSE)$W
  }
  expect_close(at(nmf_penalty(W = 0.7, type = "l1")), at(NULL) / (1 + 0.7 / sqrt(6)), 1e-7)
  s <- svd(V)
  fit <- nmf(V, "T/N/1", penalty = nmf_penalty(ridge = 0.4), n_starts = 1, seed = 1, tol = 1e-10, verbose = FALSE)
  expect_close(fitted(fit), s$d[1] / 1.4 * tcrossprod(s$u[, 1], s$v[, 1]), 1e-6)
  # soft threshold: W on one held component is max(V h - lambda |h|, 0) / |h|^2
  h <- matrix(1:9, 1) / 45
  fit <- nmf(V, "T/N/1", init = list(W = matrix(1, N, 1), H = h), fixed = list(H = TRUE), verbose = FALSE, tol = 1e-10,
             penalty = nmf_penalty(W = 50, type = "l1"))
  size <- sqrt(sum(h^2))
  expect_equal(as.vector(fit$W), pmax(as.vector(V %*% t(h)) - 50 * size, 0) / size^2, tolerance = 1e-7)
  expect_gt(sum(fit$W == 0), 0)
})

test_that("a penalty makes zeros, BIC is of the likelihood, and update() and bootstrap_fit() keep it", {
  V <- brca21 + 0
  of <- function(penalty) nmf(V, "T/NB/4", penalty = penalty, n_starts = 2, seed = 1, verbose = FALSE)
  none <- of(NULL)
  sparse <- of(nmf_penalty(W = 1, type = "l1/2"))
  expect_true(sparse$converged)
  expect_gt(mean(sparse$W == 0), mean(none$W == 0) + 0.1)
  expect_lte(sparse$logLik, none$logLik)
  expect_identical(sparse$model$family$alpha, none$model$family$alpha)  # of the fit that nothing shrinks
  expect_equal(BIC(sparse), sparse$df[["paper"]] * log(sparse$nobs) - 2 * sparse$logLik)
  expect_output(print(sparse), "penalty .* of the objective")
  again <- update(sparse, seed = 1)
  expect_identical(again$W, sparse$W)
  drawn <- without_advice(bootstrap_fit(sparse, n_runs = 2, seed = 1, verbose = FALSE))
  expect_gt(mean(drawn$W == 0), mean(none$W == 0))
})

test_that("what a penalty cannot do is refused by class", {
  strong <- nmf_penalty(W = 1, type = "l1/2")
  refused <- function(class, ...) expect_error(nmf(brca21, ..., verbose = FALSE, seed = 1), class = class)
  refused("nmf_error_model", "C/Po/2", penalty = strong)
  refused("nmf_error_argument", "T/Po/2", penalty = strong, solver = "lbfgs")
  refused("nmf_error_argument", "T/Po/2", penalty = 1)
  refused("nmf_error_argument", "T/Po/2", penalty = structure(list(W = -1, H = 0, type = "l1", ridge = 0),
                                                              class = "nmf_penalty"))
  expect_error(nmf_penalty(W = -1), class = "nmf_error_argument")
  expect_error(nmf_penalty(type = "l2"), class = "nmf_error_argument")
  fit <- nmf(brca21, "T/Po/2", penalty = strong, n_starts = 1, seed = 1, verbose = FALSE)
  expect_error(confint(fit, "components", features = 1), class = "nmf_error_model")
  expect_error(feasible_set(fit), class = "nmf_error_model")
  expect_snapshot(print(nmf_penalty(W = 0.5, ridge = 1)))
})
