# What every solver promises: it never raises the objective, and neither threads, nor the width of the
# processor's vectors, nor how the zeros are stored change what it does.

# Iterations of a solver from a given start.
iterate <- function(V, model, init, solver, n, extrapolate = NULL, ...) {
  without_advice(nmf(V, model,
    init = init, solver = solver, max_iter = n, tol = 0, seed = 1, verbose = FALSE,
    control = nmf_control(extrapolate = extrapolate, rel_tol = 0), ...
  ))
}

ways <- list(
  list(solver = "mm", extrapolate = FALSE), list(solver = "mm", extrapolate = TRUE),
  list(solver = "cd", extrapolate = FALSE), list(solver = "cd", extrapolate = TRUE), list(solver = "lbfgs"),
  list(solver = "adam")
)

test_law("no solver raises the objective, in 10^4 iterations on random data", {
  iterations <- 0
  for (case in registry(input = c("dense", "sparse"))) for (way in ways) for (seed in 201:202) {
    if (way$solver == "adam" && case$structure != "convex") next
    V <- random_data(seed, case$positive, n = 23, m = 17)
    if (case$input == "sparse") V <- as_sparse(V * (V > stats::median(V)))
    if (case$positive && case$input == "sparse") next
    model <- case_model(case)
    if (length(case$reference$alpha) > 1) {
      case$reference <- reference_family("negbin", alpha = seq(1, 80, length.out = 23))
      model$family <- nmf_negbin(case$reference$alpha)
    }
    fit <- iterate(V, model, random_init(seed, case$structure, V), way$solver, 60, way$extrapolate)
    expect_monotone(fit, objective_scale(as.matrix(V), case$reference))
    iterations <- iterations + fit$iterations
  }
  expect_gt(iterations, 1e4)
})

for_each_case("coordinate descent on sparse data is that on dense data",
              registry(input = "sparse"), function(case) {
  dense <- iterate(case$dense, case_model(case), case$init, "cd", 8, FALSE)
  sparse <- iterate(case$V, case_model(case), case$init, "cd", 8, FALSE)
  expect_close(fitted(sparse), fitted(dense), 1e-10)
  expect_close(sparse$trace$objective, dense$trace$objective, 1e-10)
})

# One Newton step of a line by dense algebra: g and Q as in src/lines.h, the quadratic model minimised by five rounds
# of coordinate descent.
reference_line <- function(x, Y, v, parts) {
  mu <- pmax(drop(Y %*% x), 1e-100)
  p <- parts(v, mu)
  num <- drop(crossprod(Y, p$num))
  g <- drop(crossprod(Y, p$den)) - num
  Q <- crossprod(Y, Y * pmax(p$bend, 0))
  least <- 0.1 * x
  for (round in 1:5) for (k in seq_along(x)) {
    now <- if (num[k] > 0) max(x[k] - g[k] / Q[k, k], least[k]) else 0
    g <- g + Q[, k] * (now - x[k])
    x[k] <- now
  }
  x
}

test_law("one update of the rows and columns is that of plain R", {
  of <- list(
    N = function(v, mu) list(num = v, den = mu, bend = rep(1, length(v))),
    Po = function(v, mu) list(num = v / mu, den = rep(1, length(v)), bend = v / mu^2),
    "TW1.5" = function(v, mu) list(num = v * mu^-1.5, den = mu^-0.5, bend = 1.5 * v * mu^-2.5 - 0.5 * mu^-1.5),
    "TW1.1" = function(v, mu) list(num = v * mu^-1.1, den = mu^-0.1, bend = 1.1 * v * mu^-2.1 - 0.1 * mu^-1.1),
    NB45 = function(v, mu) list(num = v / mu, den = (v + 45) / (mu + 45), bend = v / mu^2 - (v + 45) / (mu + 45)^2)
  )
  for (name in names(of)) for (input in c("dense", "sparse")) {
    case <- registry(name, "traditional", input)[[1]]
    V <- case$dense
    # near enough for the step to go down: one that does not is taken back
    case$init <- unclass(sweeps(V, case_model(case), case$init, 20))[c("W", "H")]
    W <- unname(case$init$W)
    H <- unname(case$init$H)
    W <- t(vapply(seq_len(nrow(V)), function(i) reference_line(W[i, ], t(H), V[i, ], of[[name]]), numeric(ncol(W))))
    H <- vapply(seq_len(ncol(V)), function(j) reference_line(H[, j], W, V[, j], of[[name]]), numeric(ncol(W)))
    fit <- iterate(case$V, case_model(case), case$init, "cd", 1, FALSE)
    expect_close(fitted(fit), W %*% H, 1e-9)
  }
})

# With 20 components large enough to be cut into pieces: N M K is above 2^22, see src/pass.h. The components make up for
# the cells, of which each costs a density after the fit.
large <- function() {
  withr::with_seed(211, {
    mu <- matrix(rgamma(400 * 3, 1), 400) %*% matrix(rgamma(3 * 850, 0.3), 3)
    matrix(rpois(length(mu), mu) + 0, 400)
  })
}

test_law("any number of threads gives the same bits", {
  dense <- large()
  expect_gt(length(dense) * 20, 2^22)
  names <- c("N", "Po", "TW1.5", "NB45")
  for (V in list(dense, as_sparse(dense))) {
    # each noise with each way to store the data, in one structure or the other
    for (structure in c("traditional", "convex")) for (name in names[c(is.matrix(V), !is.matrix(V)) ==
                                                                      (structure == "convex")]) {
      init <- random_init(212, structure, V, 20)
      model <- case_model(registry(name, structure, "dense")[[1]])
      model$rank <- 20L
      for (solver in c("mm", "cd", "lbfgs", if (structure == "convex") "adam")) {
        one <- iterate(V, model, init, solver, 2, threads = 1)
        for (threads in if (solver == "cd") 5 else 2) {
          several <- iterate(V, model, init, solver, 2, threads = threads)
          expect_identical(several[c("W", "H")], one[c("W", "H")])
          expect_identical(several$trace$objective, one$trace$objective)
        }
      }
    }
  }
})

fits_of_all_kinds <- function() {
  start <- function(n, m) matrix(0.5 + (seq_len(n * m) * 7) %% 11 / 11, n)
  V <- nmfamily::brca21
  notations <- c("N", "Po", "TW1.5", "TW1.3", "NB45")
  unlist(lapply(c("mm", "cd"), function(solver) {
    lapply(notations, function(family) {
      init <- list(W = start(nrow(V), 3) * mean(V), H = start(3, ncol(V)))
      fit <- suppressWarnings(nmfamily::nmf(V, paste0("T/", family, "/3"), init = init, solver = solver, max_iter = 5,
                                            tol = 0, seed = 1, verbose = FALSE))
      fitted(fit)
    })
  }), recursive = FALSE)
}
environment(fits_of_all_kinds) <- globalenv()  # it runs in another process

test_law("vectors of any width give the same fit to 1e-12", {
  skip_if_not_installed("callr")
  by_width <- function(lanes) {
    callr::r(function(fits) fits(), list(fits = fits_of_all_kinds),
             env = c(callr::rcmd_safe_env(), NMFAMILY_LANES = lanes))
  }
  all <- lapply(c("2", "4", "8"), by_width)
  for (other in all[2:3]) for (i in seq_along(other)) expect_close(other[[i]], all[[1]][[i]], 1e-12)
})
# Starts -------------------------------------------------------------------------------------------

test_law("every kind of start serves every structure and input, and depends on the seed and its number alone", {
  for (case in c(registry("Po", input = c("dense", "sparse", "zeros")), registry("NB45", input = "sparse"))) {
    for (kind in c("random", "svd", "data", "kmeans", "anchor", "traditional"[case$structure == "convex"])) {
      control <- nmf_control(starts = kind)
      fit <- function(n) fit_case(case, max_iter = 25, n_starts = n, control = control)
      one <- fit(1)
      expect_valid_fit(one, case$dense)
      expect_identical(one$starts$objective[1], fit(1)$starts$objective[1])
      expect_lt(one$objective, one$trace$objective[1])
    }
    mixed <- fit_case(case, max_iter = 25, n_starts = 3)
    first <- structure_of(case_model(case))$default_starts[1]
    alike <- fit_case(case, max_iter = 25, n_starts = 2, control = nmf_control(starts = first))
    expect_identical(mixed$starts$objective[1], alike$starts$objective[1])
  }
})

test_that("a third of the starts is carried on until one is left", {
  fit <- nmf(brca21, "T/Po/4", n_starts = 8, seed = 3, verbose = FALSE, tol = 0, max_iter = 300,
             control = nmf_control(start_iter = 5, rel_tol = 0)) |> suppressWarnings()
  # 20 safe sweeps, then 5 iterations for all and 10 for three of them before the best is polished
  expect_identical(fit$starts$start, 1:8)
  expect_identical(sort(fit$starts$place), 1:8)
  expect_identical(which.min(fit$starts$objective), which(fit$starts$place == 1))
  reached <- fit$trace$objective[1 + 20 + 5 + 10]
  # the trace holds where each iteration began, a little beyond where the last one ended
  expect_lt(abs(min(fit$starts$objective) / reached - 1), 1e-5)
  expect_monotone(fit, objective_scale(brca21, reference_family("poisson")))
})

test_that("runs are judged by what they can still reach, and the lowest is never dropped", {
  run <- function(...) list(trace = list(objective = c(...)), raw = list(scaled_objective = c(...)[8]))
  flat <- run(100, 50, 20, 12, 11, 10.1, 10, 10)
  falling <- run(100, 60, 40, 30, 25, 20, 16, 13)           # 13 - 3 * (20 - 13) is far below 10
  slow <- run(100, 60, 40, 30, 20, 12.1, 12, 12)
  undone <- list(trace = NULL, raw = NULL)
  expect_identical(by_promise(1:4, list(undone, slow, falling, flat)), c(4L, 3L, 2L, 1L))
  expect_identical(by_promise(3:2, list(undone, slow, falling, flat)), 2:3)
  infinite <- falling
  infinite$trace$objective <- rep(Inf, 8)                   # of data in an extreme unit
  expect_identical(by_promise(1:2, list(infinite, flat)), 2:1)
})

test_that("Negative Binomial models begin with the Poisson fit and the two starts that came next to it", {
  poisson <- nmf(brca21, "T/Po/3", n_starts = 6, seed = 1, verbose = FALSE)
  next_to_it <- sort(poisson$starts$start[poisson$starts$place %in% 2:3])
  expect_identical(sort(runners_up(poisson)), next_to_it)
  negbin <- nmf(brca21, "T/NB/3", n_starts = 6, seed = 1, verbose = FALSE, control = nmf_control(alpha_update = "once"))
  expect_identical(sort(negbin$starts$start), c(next_to_it, 7L))
  in_turn <- nmf(brca21, "T/NB/3", n_starts = 6, seed = 1, verbose = FALSE)
  expect_identical(in_turn$starts$start, negbin$starts$start)
  expect_length(runners_up(nmf(brca21, "T/Po/3", n_starts = 1, seed = 1, verbose = FALSE)), 0)
  expect_length(runners_up(nmf(brca21, "T/Po/3", init = poisson, seed = 1, verbose = FALSE)), 0)
})

test_that("settings of starts and solvers are checked", {
  expect_error(nmf_control(starts = "best"), class = "nmf_error_control", regexp = "kmeans")
  expect_error(nmf_control(starts = character()), class = "nmf_error_control")
  expect_error(nmf_control(extrapolate = NA), class = "nmf_error_control", regexp = "extrapolate")
})

for_each_case("rows of means that begin far too high come down to the same optimum",
              registry(structure = "traditional", input = c("dense", "sparse")), function(case) {
  start <- list(W = case$init$W * rep(c(30, 1, 1000, 1), length.out = N), H = case$init$H)
  objective <- function(solver) {
    without_advice(nmf(case$V, case_model(case), init = start, fixed = list(H = TRUE), solver = solver, tol = 1e-8,
                       verbose = FALSE, control = nmf_control(rel_tol = 1e-13)))$objective
  }
  expect_equal(objective("cd"), objective("lbfgs"), tolerance = 1e-6)
})

test_that("a fit has converged when its last quarter has settled, however large the residual may be", {
  V <- random_data(214)
  init <- random_init(215, "traditional", V)
  run <- function(rel_tol) {
    solver <- list(name = "mm", extrapolate = FALSE, inner = 1L)
    fit_cpp(list(values = V), core_family(nmf_poisson(), N), "T", unname(init[c("W", "H")]),
            list(nothing, nothing, NULL), solver, 1e5, 1e3, rel_tol, Inf, 1L, FALSE)
  }
  for (rel_tol in c(1e-3, 1e-5, 1e-7)) {
    fit <- run(rel_tol)
    objective <- fit$trace$objective
    last <- length(objective) - 1                        # the end, measured once more
    window <- max(10, (last - 1) %/% 4)
    fall <- function(from) objective[from - window] - objective[from]
    expect_identical(fit$status, "converged")
    expect_gt(last, 11)
    expect_lte(fall(last), rel_tol * objective[last] * (1 + 1e-9))
    expect_gt(fall(last - 1), rel_tol * objective[last - 1] * 0.9)  # and not before
  }
})
