# Known features, free ones beside them, and sparse selection.

signatures <- pcawg_signatures[c("SBS1", "SBS2", "SBS5", "SBS13", "SBS18"), ]
signatures <- signatures / rowSums(signatures)

# Counts of observations that have some of the signatures, 3,000 mutations each.
simulated <- withr::with_seed(1, {
  W <- matrix(rexp(30 * 5), 30) * rbinom(150, 1, 0.5)
  W[rowSums(W) == 0, 3] <- 1
  W <- 3000 * W / rowSums(W)
  list(W = W, V = matrix(rpois(30 * 96, W %*% signatures), 30, dimnames = list(NULL, colnames(signatures))))
})

test_law("weights are those of maximum likelihood, the features stay", {
  for (family in c("Po", "N", "NB200", "TW1.5")) {
    fit <- refit(simulated$V, signatures, family, tol = 1e-9, seed = 1, verbose = FALSE)
    expect_identical(rownames(fit$H), rownames(signatures))
    expect_close(fit$H, signatures, 1e-14)
    a <- adjoints(simulated$V, list(W = fit$W, H = fit$H), "W",
                  reference_family(fit$model$family$name, fit$model$family$power, fit$model$family$alpha))
    share <- fit$W / rowSums(fit$W)
    expect_lt(max(abs(pmin(share, 1 - a$num / a$den))), 1e-5)
  }
  expect_close(fit$W, predict(fit, simulated$V), 1e-4)
})

test_that("columns are matched by name, and features scaled", {
  fit <- refit(simulated$V, signatures, verbose = FALSE, seed = 1)
  mixed <- refit(simulated$V, 7 * signatures[, 96:1], verbose = FALSE, seed = 1)
  expect_close(mixed$W, fit$W, 1e-4)
  turned <- refit(t(simulated$V), signatures, obs = "columns", verbose = FALSE, seed = 1)
  expect_close(turned$W, fit$W, 1e-4)
})

test_that("a feature that is missing from the known ones is found", {
  fit <- refit(simulated$V, signatures[-4, ], free = 1, n_starts = 5, seed = 1, verbose = FALSE)
  expect_identical(rownames(fit$H), c(rownames(signatures)[-4], "new1"))
  expect_close(fit$H[1:4, ], signatures[-4, ], 1e-14)
  expect_gt(cosine_similarity(fit$H[5, , drop = FALSE], signatures[4, , drop = FALSE])[1], 0.99)
  expect_equal(fit$df[["identifiable"]], 30 * 5 + 95)
})

test_law("sparse keeps what is needed", {
  full <- refit(simulated$V, signatures, verbose = FALSE, seed = 1)
  fit <- refit(simulated$V, signatures, sparse = TRUE, verbose = FALSE, seed = 1)
  found <- fit$W > 0
  truth <- simulated$W > 0.05 * 3000
  expect_gt(mean(found[truth]), 0.97)
  expect_lt(sum(found[simulated$W == 0]), 0.02 * sum(simulated$W == 0))
  # no observation pays more than a drop at a time allows
  price <- log(ncol(signatures)) + 2 * log(nrow(signatures))
  deviance_of <- function(W) 2 * rowSums(reference_family("poisson")$half_deviance(simulated$V, W %*% signatures))
  expect_true(all(deviance_of(fit$W) <= deviance_of(full$W) + price * (rowSums(full$W > 0) - rowSums(found)) + 1e-6))
  expect_identical(refit(simulated$V, signatures, sparse = TRUE, add = price, verbose = FALSE, seed = 1)$W, fit$W)
  # leaving any other one out costs more, taking any other one in gains less
  for (i in 1:5) for (k in seq_len(nrow(signatures))) {
    active <- replace(found[i, ], k, !found[i, k])
    if (!any(active)) next
    other <- refit(simulated$V[i, , drop = FALSE], signatures[active, , drop = FALSE], verbose = FALSE, seed = 1)
    own <- deviance_of(fit$W)[i]
    if (found[i, k]) expect_gt(other$deviance - own, price) else expect_lt(own - other$deviance, price)
  }
  expect_equal(fit$deviance, sum(deviance_of(fit$W)), tolerance = 1e-10)
  expect_equal(fit$df[["identifiable"]], sum(fit$W > 0))
  greedy <- refit(simulated$V, signatures, sparse = TRUE, add = 1e9, drop = 1e9, verbose = FALSE, seed = 1)
  expect_true(all(rowSums(greedy$W > 0) == 1))
})

test_that("sparse weights are those of the best of all sets, where some are only found by an exchange", {
  excess <- unlist(lapply(c(6, 8), function(seed) {
    withr::with_seed(seed, {
      H <- matrix(rgamma(7 * 24, 0.7), 7)
      H <- H + H[c(2:7, 1), ] / 2
      W <- t(replicate(12, replace(numeric(7), sample(7, 3), rgamma(3, 1) * 80)))
      V <- matrix(rpois(12 * 24, W %*% (H / rowSums(H))), 12) + 0
    })
    fit <- refit(V, H, "Po", sparse = TRUE, add = 5, seed = 1, verbose = FALSE)
    price <- function(active) project_on(active, fit, data_of(fit))$deviance + 5 * rowSums(active)
    sets <- as.matrix(expand.grid(rep(list(c(FALSE, TRUE)), 7)))[-1, ]
    of_sets <- apply(sets, 1, function(set) price(matrix(set, 12, 7, byrow = TRUE)))
    price(fit$W > 0) - apply(of_sets, 1, min)
  }))
  expect_lt(max(excess), 0.01)                             # what an exchange gains at least
})

test_that("more known features than observations, and an open dispersion", {
  fit <- refit(brca21[1:4, ], pcawg_signatures, "Po", verbose = FALSE, seed = 1)
  expect_identical(dim(fit$W), c(4L, nrow(pcawg_signatures)))
  open <- refit(liver[1:60, ], pcawg_signatures[1:12, ], "NB", verbose = FALSE, seed = 1)
  expect_match(open$model$family$source, "adjusted")
  expect_close(open$H, pcawg_signatures[1:12, ] / rowSums(pcawg_signatures[1:12, ]), 1e-12)
})

test_that("shares of a cell add up to 1", {
  fit <- refit(simulated$V, signatures, verbose = FALSE, seed = 1)
  shares <- attribute_cells(fit, c(2, 5), c("A[C>A]A", "T[T>G]T"))
  expect_identical(dim(shares), c(2L, 2L, 5L))
  expect_close(apply(shares, 1:2, sum), matrix(1, 2, 2), 1e-14)
  expect_identical(dim(attribute_cells(fit, observations = 1)), c(1L, 96L, 5L))
  j <- match("T[T>G]T", colnames(signatures))
  expect_equal(shares[2, 2, 3], unname(fit$W[5, 3] * fit$H[3, j] / fitted(fit)[5, j]), tolerance = 1e-12)
})

test_that("fewer components are free than there are observations or features", {
  of_two <- function(free) refit(simulated$V[1:2, ], signatures[1, , drop = FALSE], free = free, verbose = FALSE)
  expect_s3_class(of_two(1), "nmf_fit")
  expect_error(of_two(2), "free", class = "nmf_error_argument")
})

test_that("errors of refit", {
  expect_snapshot(error = TRUE, {
    refit(simulated$V, unname(signatures[, 1:50]))
    refit(simulated$V, signatures * 0)
    refit(simulated$V, signatures, "TW")
    refit(simulated$V, signatures, free = 1, sparse = TRUE)
    refit(simulated$V, signatures, sparse = TRUE, add = 5, drop = 10)
    attribute_cells(1)
    attribute_cells(nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE), 22)
  })
})

test_that("observations are fitted one by one, each with its own offset", {
  V <- simulated$V[1:4, ]
  offset <- withr::with_seed(3, matrix(runif(length(V), 0.5, 2), 4, dimnames = dimnames(V)))
  all <- refit(V, signatures, sparse = TRUE, offset = offset, verbose = FALSE, seed = 1)
  for (i in 1:4) {
    one <- refit(V[i, , drop = FALSE], signatures, sparse = TRUE, offset = offset[i, , drop = FALSE], verbose = FALSE,
                 seed = 1)
    expect_close(one$W, all$W[i, , drop = FALSE], 1e-4)
  }
  mu <- all$W %*% signatures * offset
  expect_equal(all$deviance, sum(2 * reference_family("poisson")$half_deviance(V, mu)), tolerance = 1e-9)
})

test_that("the change that promises most is the one that costs least when all are fitted", {
  fit <- refit(brca21[1:4, ], pcawg_signatures[1:12, ], "Po")
  data <- data_of(fit)
  active <- fit$W > 1e-6 * rowSums(fit$W)
  for (direction in c("drop", "add")) {
    if (direction == "add") active[, 3:12] <- active[, 3:12] & col(active)[, 3:12] > 6
    current <- project_on(active, fit, data)
    every <- best_change(active, current, fit, data, direction, rep(TRUE, 4), most = 12)
    three <- best_change(active, current, fit, data, direction, rep(TRUE, 4))
    expect_identical(three$active, every$active)
    expect_equal(three$deviance, every$deviance)
    expect_true(all(direction == "add" | three$deviance >= current$deviance - 1e-6))
  }
})
