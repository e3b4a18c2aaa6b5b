# T7. Changes of the data that must change the fit in a known way, or not at all.

power_of_two <- function(case, k, n) {
  init <- case$init
  if (case$structure == "traditional") init$W <- init$W * 2^k
  sweeps(case$V * 2^k, case_model(case), init, n)
}

for_each_case("scaling V by a power of two scales the fit, bit for bit",
              registry(c("N", "Po", "TW2"), input = c("dense", "sparse")), function(case) {
  fit <- run_case(case, 20)
  for (k in c(20, -300)) {
    scaled <- power_of_two(case, k, 20)
    expect_identical(scaled$H, fit$H)
    expect_identical(scaled$W, fit$W * 2^k)
  }
})

for_each_case("scaling V by a power of two scales the default fit from its own starts, bit for bit",
              registry(c("N", "Po", "TW2"), input = "dense"), function(case) {
  fit <- fit_case(case, max_iter = 30)
  case$V <- case$V * 2^20
  scaled <- fit_case(case, max_iter = 30)
  expect_identical(scaled$H, fit$H)
  expect_identical(scaled$W, fit$W * 2^20)
  expect_identical(scaled$iterations, fit$iterations)
  expect_identical(scaled$status, fit$status)
})

for_each_case("scaling V scales the fit",
              registry(c("N", "Po", "TW1.1", "TW1.5", "TW2", "TW2.5"), input = c("dense", "sparse")), function(case) {
  fit <- run_case(case, 20)
  p <- case$reference$power
  for (factor in c(2^20, 2^-300, 3)) {
    init <- case$init
    if (case$structure == "traditional") init$W <- init$W * factor
    scaled <- sweeps(case$V * factor, case_model(case), init, 20)
    # pow() and a factor of 3 round at another magnitude: a few epsilons in each of 20 sweeps, which grow.
    expect_close(scaled$H, fit$H, 1e-11)
    expect_close(scaled$W, fit$W * factor, 1e-11)
    expect_close(scaled$trace$objective, fit$trace$objective * factor^(2 - p), 1e-10)
  }
})

test_law("scaling V and alpha together scales the negative binomial mean", {
  # Var = mu + mu^2 / alpha keeps its unit only in the limit; num / den = v / mu (mu + alpha) / (v + alpha)
  # depends on v / alpha and mu / alpha alone, so the updates do scale.
  for (case in registry("NB45", input = c("dense", "sparse"))) {
    fit <- run_case(case, 20)
    init <- case$init
    if (case$structure == "traditional") init$W <- init$W * 2^20
    scaled <- sweeps(case$V * 2^20, model_of(case$structure, nmf_negbin(45 * 2^20)), init, 20)
    expect_close(scaled$H, fit$H, 1e-12)
    expect_close(scaled$W, fit$W * 2^20, 1e-12)
  }
})

for_each_case("permuting observations, features and components permutes the fit",
              registry(input = c("dense", "sparse")), function(case) {
  rows <- c(5, 12, 1, 9, 3, 7, 2, 11, 4, 10, 8, 6)
  columns <- c(4, 9, 1, 7, 3, 8, 2, 6, 5)
  components <- c(2, 3, 1)
  init <- if (case$structure == "traditional") {
    list(W = case$init$W[rows, components], H = case$init$H[components, columns])
  } else {
    list(E = case$init$E[rows, components], D = case$init$D[components, rows])
  }
  reference <- case$reference
  if (length(reference$alpha) > 1) reference$alpha <- reference$alpha[rows]
  fit <- run_case(case, 20)
  permuted <- sweeps(case$V[rows, columns], model_of(case$structure, package_family(reference)), init, 20)
  # Only the order of sums differs. Ordering components by weight undoes the third permutation.
  expect_close(permuted$W, fit$W[rows, ], 1e-11)
  expect_close(permuted$H, fit$H[, columns], 1e-11)
})

for_each_case("an empty feature or observation changes nothing else",
              registry(c("N", "Po", "TW1.1", "TW1.5", "NB45"), input = c("dense", "sparse")), function(case) {
  fit <- run_case(case, 20)
  bind <- function(x, y) if (inherits(x, "Matrix")) as_sparse(rbind(as.matrix(x), y)) else rbind(x, y)
  bind_column <- function(x, y) if (inherits(x, "Matrix")) as_sparse(cbind(as.matrix(x), y)) else cbind(x, y)

  # The padding starts at zero, where its share of the first update's den is zero too.
  init <- case$init
  if (case$structure == "traditional") init$H <- cbind(init$H, 0)
  padded <- sweeps(bind_column(case$V, rep(0, N)), case_model(case), init, 20)
  expect_close(padded$W, fit$W, 1e-12)  # sums of one more zero may be grouped otherwise
  expect_close(padded$H[, -(M + 1)], fit$H, 1e-12)
  expect_identical(as.vector(padded$H[, M + 1]), rep(0, K))

  init <- case$init
  if (case$structure == "traditional") {
    init$W <- rbind(init$W, 0)
  } else {
    init$E <- rbind(init$E, 0)
    init$D <- cbind(init$D, 0)
  }
  padded <- sweeps(bind(case$V, rep(0, M)), case_model(case), init, 20)
  expect_close(padded$W[-(N + 1), ], fit$W, 1e-12)
  expect_close(padded$H, fit$H, 1e-12)
  expect_identical(as.vector(padded$W[N + 1, ]), rep(0, K))
})

for_each_case("an empty observation or feature of the data gets zero weight",
              registry(c("N", "Po", "TW1.1", "TW1.5", "NB45"), input = c("zeros", "sparse")), function(case) {
  fit <- fit_case(case, max_iter = 200)
  # Zero against the data's size; TW approaches it as a power, not in one step.
  expect_lte(max(fit$W[2, ]), 1e-8 * max(fit$W))
  expect_lte(max(fitted(fit)[, 4]), 1e-8 * max(case$dense))
})

for_each_case("rescaling the components of the start changes nothing", registry(input = "dense"), function(case) {
  init <- case$init
  scale <- c(2^30, 2^-7, 2^3)
  if (case$structure == "traditional") {
    init$W <- init$W %*% diag(scale)
    init$H <- init$H / scale
  } else {
    init$E <- init$E %*% diag(scale)
    init$D <- init$D / scale
  }
  fit <- run_case(case, 20)
  rescaled <- sweeps(case$V, case_model(case), init, 20)
  expect_close(rescaled$W, fit$W, 1e-11)
  expect_close(rescaled$H, fit$H, 1e-11)
})
