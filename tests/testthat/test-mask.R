# Components of groups: weights that a mask leaves out are 0.

test_that("group_mask() is TRUE for shared components and those of the own group", {
  mask <- group_mask(c("b", "a", "b"), shared = 1, own = c(a = 2, b = 1))
  expect_identical(mask, matrix(c(TRUE, TRUE, TRUE, FALSE, TRUE, FALSE, FALSE, TRUE, FALSE, TRUE, FALSE, TRUE), 3,
                                dimnames = list(NULL, c("shared1", "a1", "a2", "b1"))))
  expect_identical(group_mask(factor(c(x = "a", y = "b")), 0),
                   matrix(c(TRUE, FALSE, FALSE, TRUE), 2, dimnames = list(c("x", "y"), c("a1", "b1"))))
  expect_identical(colnames(group_mask(1:2, 1, c("2" = 1))), c("shared1", "21"))
})

groups <- rep(c("a", "b"), c(5, 7))
mask <- group_mask(groups, 1, own = 1)

cases <- registry(structure = "traditional", input = c("dense", "sparse"))
cases <- Filter(function(case) !(case$positive && case$input == "sparse"), cases)
for_each_case("weights outside the mask are 0, the rest is stationary, and no solver raises the objective", cases,
              function(case) {
  for (solver in c("mm", "cd", "lbfgs", "em"[case$family == "Po"])) {
    fit <- fit_case(case, mask = mask, solver = solver, max_iter = if (solver == "mm") 100 else 2000, n_starts = 2)
    expect_identical(unname(fit$W[!mask]), numeric(sum(!mask)))
    expect_identical(colnames(fit$W), colnames(mask))
    expect_monotone(fit, objective_scale(case$dense, case$reference))
    if (solver == "cd") {
      expect_true(fit$converged || fit$kkt < 1e-4, label = paste(fit$status, fit$kkt))
      # the own invariant of each observation: sum mu (mu - v) / Var(mu) = 0
      mu <- pmax(fitted(fit), 1e-300)
      score <- rowSums(mu * (case$reference$den(case$dense, mu) - case$reference$num(case$dense, mu)))
      size <- rowSums(mu * case$reference$den(case$dense, mu))
      expect_lt(max(abs(score) / pmax(size, 1e-9 * max(size))), 1e-4)
    }
  }
})

test_that("a group with components of its own is fitted alone where nothing is shared", {
  V <- random_data(5)
  own <- group_mask(groups, 0, own = c(a = 1, b = 2))
  fit <- nmf(V, "T/Po", mask = own, n_starts = 3, seed = 1, verbose = FALSE)
  a <- nmf(V[groups == "a", ], "T/Po/1", n_starts = 1, seed = 1, verbose = FALSE)
  b <- nmf(V[groups == "b", ], "T/Po/2", n_starts = 3, seed = 1, verbose = FALSE)
  expect_equal(fit$deviance, a$deviance + b$deviance, tolerance = 1e-6)
  expect_identical(fit$model$rank, 3L)
  expect_identical(unname(fit$df), unname(c(12 * 3 + 9 * 2, 12 * 3 + 9 * 3 - 3) - sum(!own)))
})

test_that("a mask is matched by name, combines with `init` and `fixed`, and is kept by update() and bootstrap_fit()", {
  V <- random_data(6)
  rownames(V) <- letters[1:N]
  named <- group_mask(stats::setNames(groups, rownames(V)), 1)
  of <- function(mask, ...) without_advice(nmf(V, "T/NB", mask = mask, n_starts = 2, seed = 1, verbose = FALSE, ...))
  fit <- of(named)
  expect_identical(of(named[N:1, ])$W, fit$W)
  expect_identical(update(fit, seed = 1)$W, fit$W)
  drawn <- without_advice(bootstrap_fit(fit, n_runs = 2, seed = 1, verbose = FALSE))
  expect_true(all(drawn$W[, , 1][!mask] == 0))
  init <- list(W = matrix(1, N, 3), H = fit$H)
  held <- without_advice(nmf(V, "T/Po", mask = named, init = init, fixed = list(H = TRUE), verbose = FALSE))
  expect_equal(held$H, fit$H, tolerance = 1e-12)
  expect_true(all(held$W[!mask] == 0))
})

test_that("predict() and refit() fit each observation with the components that the mask leaves it", {
  fit <- nmf(random_data(5), "T/Po", mask = mask, n_starts = 2, seed = 1, verbose = FALSE)
  new <- random_data(9)[1:4, ]
  own <- rbind(mask[1:3, ], mask[12, ])[, c("b1", "a1", "shared1")]
  expect_message(free <- predict(fit, new), "may use all components")
  expect_message(W <- predict(fit, new, mask = own), NA)
  for (i in 1:4) {
    k <- colnames(own)[own[i, ]]
    alone <- refit(new[i, , drop = FALSE], fit$H[k, ], "Po", verbose = FALSE)$W
    expect_equal(c(W[i, k]), c(alone), tolerance = 1e-5, ignore_attr = TRUE)
    expect_identical(unname(W[i, !colnames(W) %in% k]), 0)
  }
  expect_gt(max(abs(free - W)), 1)
  ends <- predict(fit, new, mask = own, interval = "confidence")
  expect_identical(unname(ends[4, "a1", ]), c(0, 0, 0))
  held <- refit(new, fit, "Po", mask = own, verbose = FALSE)
  expect_equal(held$W, W, tolerance = 1e-4, ignore_attr = TRUE)
  expect_equal(held$df[["paper"]], sum(own))
  expect_equal(update(held, seed = 2)$W, held$W)
  sparse <- refit(new, fit, "Po", sparse = TRUE, add = 0, drop = 0, mask = own, verbose = FALSE)
  expect_true(all(sparse$W[!own[, colnames(sparse$W)]] == 0))
  penalised <- nmf(new, "T/Po/1", penalty = nmf_penalty(1, type = "l1"), n_starts = 1, verbose = FALSE)
  expect_message(predict(penalised, new), "penalty")
})

test_that("new observations of a masked fit come with a mask of their own, and the fit is that of all under both", {
  V <- random_data(10)
  rownames(V) <- letters[1:N]
  old <- c(1:4, 6:10)
  named <- group_mask(stats::setNames(groups, rownames(V)), 1)
  fit <- nmf(V[old, ], "T/Po", mask = named[old, ], n_starts = 2, seed = 1, verbose = FALSE)
  more <- update(fit, newdata = V[-old, ], mask = named[-old, ][3:1, ])
  start <- more$origin$arguments$init
  same <- nmf(rbind(V[old, ], V[-old, ]), "T/Po", mask = rbind(named[old, ], named[-old, ]), init = start,
              verbose = FALSE)
  expect_equal(fitted(more), fitted(same), tolerance = 1e-8)
  expect_true(all(more$W[!named[rownames(more$W), ]] == 0))
  expect_identical(more$df, same$df)
  expect_identical(update(more, n_starts = 1)$W, update(more, n_starts = 1)$W)
  expect_error(update(fit, newdata = V[-old, ]), "3 x 3 logical", class = "nmf_error_argument")
  wide <- cbind(named, new1 = TRUE)
  known <- refit(V[old, ], fit, "Po", free = 1, mask = wide[old, ], n_starts = 1, seed = 1, verbose = FALSE)
  renamed <- rename_components(known, c("x", "a", "b", "y"))
  own <- wide[-old, ]
  colnames(own) <- c("x", "a", "b", "y")
  again <- update(renamed, newdata = V[-old, ], mask = own[, 4:1])
  expect_true(all(again$W[10:12, 1:3][!named[-old, ]] == 0) && any(again$W[10:12, "y"] > 0))
})

test_that("factors that are as good keep to the mask, and the deviance has risen by the quantile under it", {
  V <- random_data(11)
  fit <- nmf(V, "T/Po", mask = mask, n_starts = 3, seed = 1, tol = 1e-8, verbose = FALSE)
  mixing <- feasible_set(fit, n_draws = 0)$mixing
  # weights of the other group cannot make up for what is taken out of one that they use
  expect_true(all(mixing$same_lower[mixing$with != "shared1"] == 0))
  for (i in which(mixing$lower > -5)) {
    H <- fit$H
    a <- match(mixing$component[i], rownames(fit$H))
    row <- pmax((1 - mixing$lower[i]) * H[a, ] + mixing$lower[i] * H[match(mixing$with[i], rownames(fit$H)), ], 0)
    H[a, ] <- row / sum(row)
    again <- refit(V, H, "Po", mask = mask, tol = 1e-8, verbose = FALSE)
    expect_equal(again$deviance - fit$deviance, qchisq(0.95, 1), tolerance = 0.06)
  }
})

test_that("a start is matched with the components of a mask by name, and components have a name each", {
  V <- random_data(6)
  of <- function(mask, init) {
    without_advice(nmf(V, "T/Po", mask = mask, init = init, max_iter = 3, verbose = FALSE))
  }
  init <- list(W = matrix(1, N, 3), H = matrix(1 + (1:(3 * M)) %% 5, 3, dimnames = list(colnames(mask), NULL)))
  turned <- list(W = init$W, H = init$H[3:1, ])
  expect_identical(of(mask, turned)$H, of(mask, init)$H)
  expect_identical(rownames(of(unname(mask), init)$H), c("k1", "k2", "k3"))
  twice <- mask
  colnames(twice) <- c("a", "b", "a")
  expect_identical(rownames(of(twice, lapply(init, unname))$H), c("a", "b", "a.1"))
})

test_that("a batch component takes up an additive batch effect", {
  simulated <- withr::with_seed(8, {
    H <- matrix(rgamma(2 * 30, 0.5), 2)
    H <- H / rowSums(H)
    extra <- c(rep(0, 24), rep(1 / 6, 6))
    batch <- rep(c("x", "y"), each = 20)
    W <- matrix(rgamma(80, 0.6, 1 / 600), 40)
    V <- matrix(rpois(1200, W %*% H + outer((batch == "y") * rgamma(40, 5, 1 / 30), extra)), 40)
    list(V = V, H = H, extra = extra, batch = batch)
  })
  mask <- group_mask(simulated$batch, shared = 2, own = c(y = 1))
  fit <- nmf(simulated$V, "T/Po", mask = mask, n_starts = 5, seed = 1, verbose = FALSE)
  truth <- rbind(simulated$H, simulated$extra)
  expect_gt(cosine_similarity(fit$H["y1", , drop = FALSE], truth[3, , drop = FALSE]), 0.98)
  expect_gt(min(match_components(fit$H[1:2, ], truth[1:2, ])$table$cosine), 0.97)
})

test_that("masks that cannot be are refused by class", {
  expect_silent(expect_mask(matrix(TRUE)))               # of one observation and one component
  V <- random_data(7)
  refused <- function(class, ...) expect_error(nmf(V, ..., verbose = FALSE, seed = 1), class = class)
  refused("nmf_error_argument", "T/Po/2", mask = mask)
  refused("nmf_error_argument", "T/Po", mask = mask[1:5, ])
  refused("nmf_error_argument", "T/Po", mask = replace(mask, 2, NA))
  refused("nmf_error_argument", "T/Po", mask = mask & FALSE)
  expect_error(nmf(V, "T/Po", mask = mask & row(mask) != 5), "row 5 has none", class = "nmf_error_argument")
  expect_error(nmf(V, "T/Po", mask = mask & col(mask) != 2), "column 2 has none", class = "nmf_error_argument")
  refused("nmf_error_argument", "T/Po", mask = 1)
  refused("nmf_error_model", "C/Po", mask = mask)
  refused("nmf_error_init", "T/Po", mask = mask, init = list(W = cbind(0, matrix(1:0, N, 2)), H = matrix(1, 3, M)))
  expect_error(group_mask(groups, 1, own = c(c = 1)), class = "nmf_error_argument")
  expect_error(group_mask(groups, 0, own = 0), class = "nmf_error_argument")
  expect_error(group_mask(c("a", NA), 1), class = "nmf_error_argument")
})

test_that("a mask of one cell is one, an empty one is none, and a start is above 0 where it may be", {
  expect_silent(expect_mask(matrix(TRUE)))
  expect_error(expect_mask(matrix(logical(), 0, 0)), class = "nmf_error_argument")
  W <- cbind(c(0, 4), c(2, 2))
  allowed <- cbind(c(TRUE, TRUE), c(FALSE, TRUE))
  expect_equal(masked_start(list(W = W), allowed)$W, cbind(c(0.002, 4), c(0, 2)))
})
