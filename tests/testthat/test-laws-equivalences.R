# T6. Different models that must give the same numbers.

# mu and objective after n sweeps; identical models differ by rounding only: 1e-12 after 20 sweeps.
expect_same_run <- function(a, b, tolerance = 1e-12) {
  expect_close(fitted(a), fitted(b), tolerance)
  expect_close(a$trace$objective, b$trace$objective, tolerance)
}

test_law("Tweedie 0 is Normal and Tweedie 1 is Poisson", {
  for (structure in c("traditional", "convex")) for (input in c("dense", "zeros", "sparse")) {
    case <- registry("N", structure, input)[[1]]
    run <- function(family) sweeps(case$V, model_of(structure, family), case$init, 20)
    expect_same_run(run(nmf_tweedie(0)), run(nmf_normal()))
    expect_same_run(run(nmf_tweedie(1)), run(nmf_poisson()))
  }
})

test_law("Tweedie is continuous in its power at 1 and 2", {
  case <- registry("TW2", "traditional", "dense")[[1]]
  run <- function(family) sweeps(case$V, model_of("traditional", family), case$init, 20)
  for (h in c(1e-14, 1e-10)) {
    # mu moves by O(20 h) in 20 sweeps; below that it is rounding.
    expect_same_run(run(nmf_tweedie(1 + h)), run(nmf_poisson()), 1e-7)
    expect_same_run(run(nmf_tweedie(2 - h)), run(nmf_tweedie(2)), 1e-7)
    expect_same_run(run(nmf_tweedie(2 + h)), run(nmf_tweedie(2)), 1e-7)
  }
})

test_law("the negative binomial with large alpha is Poisson", {
  for (structure in c("traditional", "convex")) for (input in c("dense", "sparse")) {
    case <- registry("Po", structure, input)[[1]]
    run <- function(family) sweeps(case$V, model_of(structure, family), case$init, 20)
    poisson <- run(nmf_poisson())
    # The updates differ by O(v / alpha), 20 times over.
    expect_same_run(run(nmf_negbin(1e12)), poisson, 1e-8)
    expect_same_run(run(nmf_negbin(Inf)), poisson, 1e-12)
  }
})

test_that("alpha (l_NB - l_Po) tends to half the sum of (v - mu)^2 - v", {
  # W = V, H = I is stationary for both, so mu = V and the limit is -sum(v) / 2.
  V <- random_data(51)[1:6, 1:6] + 1
  at_data <- function(family) {
    sweeps(V, model_of("traditional", family, 6), list(W = V, H = diag(6)), 1)
  }
  poisson <- as.numeric(logLik(at_data(nmf_poisson())))
  for (alpha in c(1e5, 1e7)) {
    gap <- alpha * (as.numeric(logLik(at_data(nmf_negbin(alpha)))) - poisson)
    # Next term O(v^2 / alpha); cancellation 1e2 * eps * 1e7 = 2e-7. Both below 1e-2 of the limit.
    expect_equal(gap, -sum(V) / 2, tolerance = 1e-2)
  }
  # Differences of lgamma lose 0.4 at 1e14.
  expect_equal(as.numeric(logLik(at_data(nmf_negbin(1e14)))), poisson, tolerance = 1e-10)
})

test_law("one alpha for all is the same as that alpha for each observation", {
  for (structure in c("traditional", "convex")) for (input in c("dense", "sparse")) {
    case <- registry("NB45", structure, input)[[1]]
    run <- function(alpha) sweeps(case$V, model_of(structure, nmf_negbin(alpha)), case$init, 20)
    expect_same_run(run(rep(45, N)), run(45), 1e-14)
    expect_equal(as.numeric(logLik(run(rep(45, N)))), as.numeric(logLik(run(45))), tolerance = 1e-13)
  }
})

test_law("convex with V = I is traditional", {
  V <- diag(7)
  W <- random_init(52, "traditional", V)$W
  H <- random_init(53, "traditional", V)$H
  for (family in list(nmf_normal(), nmf_poisson(), nmf_tweedie(1.1), nmf_tweedie(1.5), nmf_negbin(45))) {
    traditional <- sweeps(V, model_of("traditional", family), list(W = W, H = H), 20)
    convex <- sweeps(V, model_of("convex", family), list(E = t(H), D = t(W)), 20)
    expect_same_run(convex, traditional)
  }
})

for_each_case("a convex fit is a traditional fit that could still improve",
              registry(structure = "convex", input = c("dense", "sparse")), function(case) {
  convex <- fit_case(case, max_iter = 300)
  traditional <- without_advice(nmf(case$V, model_of("traditional", package_family(case$reference)),
    init = convex[c("W", "H")], max_iter = 300, seed = 1, verbose = FALSE
  ))
  expect_close(traditional$trace$objective[1], convex$objective, 1e-12)  # the same mu, summed again
  expect_lte(deviance(traditional), deviance(convex) * (1 + 1e-12))
})
