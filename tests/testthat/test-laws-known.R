# What is known before the data speak: parts of a start that stay, pseudo-counts, and EM steps.

known_families <- c("N", "Po", "TW1.5", "NB45")

known_cases <- registry(known_families, input = c("dense", "sparse"))
for_each_case("what is `fixed` stays, and the rest is stationary", known_cases, function(case) {
  convex <- case$structure == "convex"
  fixed <- if (convex) list(D = 1:2, E = 5) else list(W = 1:2, H = 2)
  for (solver in c("mm", "cd", "lbfgs")) {
    fit <- fit_case(case, init = case$init, fixed = fixed, solver = solver,
                    max_iter = if (solver == "mm") 200 else 2000)
    scale <- if (convex) fit$D[, 1] / case$init$D[, 1] else fit$W[1, ] / case$init$W[1, ]
    if (convex) {
      expect_close(fit$D[, 1:2], case$init$D[, 1:2] * scale, 1e-12)
      expect_close(fit$E[5, ], case$init$E[5, ] / scale, 1e-12)
      expect_true(all(fit$E[4, ] != case$init$E[4, ] / scale))
    } else {
      expect_close(fit$W[1:2, ], sweep(case$init$W[1:2, ], 2, scale, "*"), 1e-12)
      expect_close(fit$H[, 2], case$init$H[, 2] / scale, 1e-12)
      expect_true(all(fit$H[, 3] != case$init$H[, 3] / scale))
    }
    expect_monotone(fit, objective_scale(case$dense, case$reference))
    if (solver != "mm") expect_true(fit$converged || fit$kkt < 1e-4, label = paste(solver, fit$status, fit$kkt))
  }
})

test_that("with all components fixed the weights are those of predict()", {
  fit <- nmf(brca21, "T/Po/3", n_starts = 2, seed = 1, verbose = FALSE)
  start <- list(W = matrix(1, 21, 3), H = fit$H)
  refit <- nmf(brca21, "T/Po/3", init = start, fixed = list(H = TRUE), tol = 1e-9, verbose = FALSE)
  expect_equal(refit$H, fit$H, tolerance = 1e-14)
  expect_equal(refit$W, predict(fit, brca21, tol = 1e-9), tolerance = 1e-5)
})

test_law("pseudo-documents are rows of data with fixed weights", {
  dense <- as.matrix(brca21)[1:10, ] + 0
  for (V in list(dense, as_sparse(dense))) for (solver in c("cd", "mm", "lbfgs")) {
    set.seed(1)
    K <- 3
    prior <- 1 + runif(96)
    topics <- suppressWarnings(fit_topics(V, K, prior = prior, n_starts = 1, seed = 4, tol = 1e-8, solver = solver,
                                           control = list(rel_tol = 1e-13), max_iter = 5000))
    # the same pseudo-counts written out: K more rows, whose weights stay at the identity
    pseudo <- matrix(prior - 1, K, 96, byrow = TRUE)
    stacked <- rbind(as.matrix(V), pseudo)
    scale <- rowSums(pseudo)
    init <- list(W = rbind(topics$fit$W / rep(scale, each = 10), diag(K)), H = topics$fit$H * scale)
    written_out <- suppressWarnings(nmf(stacked, nmf_model("T/Po/3"), init = init, fixed = list(W = 11:13), tol = 1e-8,
                                        verbose = FALSE))
    expect_equal(written_out$objective, topics$fit$objective, tolerance = 1e-8)
    expect_equal(unname(written_out$H), unname(topics$fit$H), tolerance = if (solver == "mm") 1e-2 else 1e-4)
    expect_true(all(topics$F > 0))
    of_data <- reference_objective(dense, fitted(topics$fit), reference_family("poisson"))
    expect_equal(topics$fit$deviance, 2 * of_data, tolerance = 1e-10)
  }
})

test_that("one EM step is one multiplicative update, and several are several", {
  for (V in list(as.matrix(brca21) + 0, addresses$counts[1:60, 1:500])) {
    fit <- function(...) without_advice(nmf(V, "T/Po/3", n_starts = 1, seed = 2, tol = 0, verbose = FALSE, ...))
    mm <- fit(solver = "mm", max_iter = 60)
    em <- fit(solver = "em", max_iter = 60, control = nmf_control(inner_iter = 1))
    expect_equal(em$W, mm$W, tolerance = 1e-12)
    expect_equal(em$H, mm$H, tolerance = 1e-12)
    several <- fit(solver = "em", max_iter = 60, control = nmf_control(inner_iter = 4))
    expect_lt(several$objective, mm$objective)
    expect_monotone(several, objective_scale(as.matrix(V), reference_family("poisson")))
  }
  # two inner steps by hand
  set.seed(3)
  V <- as.matrix(brca21) + 0
  init <- list(W = matrix(runif(63), 21), H = matrix(runif(288), 3))
  em <- suppressWarnings(nmf(V, "T/Po/3", init = init, solver = "em", max_iter = 1, verbose = FALSE,
                             control = nmf_control(inner_iter = 2)))
  W <- init$W
  H <- init$H
  for (inner in 1:2) W <- W * ((V / (W %*% H)) %*% t(H)) / rep(rowSums(H), each = 21)
  for (inner in 1:2) H <- H * (t(W) %*% (V / (W %*% H))) / colSums(W)
  expect_equal(unname(fitted(em)), unname(W %*% H), tolerance = 1e-12)
})

test_that("errors about what is known", {
  fit <- nmf(brca21, "T/Po/3", n_starts = 1, seed = 1, verbose = FALSE)
  expect_error(nmf(brca21, "T/Po/3", init = fit, fixed = list(TRUE)), class = "nmf_error_argument")
  expect_snapshot(error = TRUE, {
    nmf(brca21, "T/Po/3", fixed = list(W = TRUE))
    nmf(brca21, "T/Po/3", init = fit, fixed = list(W = TRUE, H = TRUE))
    nmf(brca21, "T/Po/3", init = fit, fixed = list(features = 1))
    nmf(brca21, "T/Po/3", init = fit, fixed = list(W = 22))
    nmf(brca21, "T/TW/3", init = fit, fixed = list(W = TRUE))
    nmf(brca21, "C/Po/3", solver = "em")
    fit_topics(brca21, 3, prior = 0.5)
    fit_topics(brca21, 3, family = "N", prior = 2)
  })
})
