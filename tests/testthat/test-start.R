# Where fits begin.

start_of <- function(V, model, kind, seed = 1, rank = 3) {
  problem <- without_advice(prepare(V, nmf_model(model, rank = rank)))
  random_start(problem, fit_settings(seed = seed, verbose = FALSE, control = nmf_control(starts = kind)), 1)
}

objective_of <- function(V, start, family, convex = TRUE) {
  mu <- start$W %*% (if (convex) crossprod(start$second, V) else start$second)
  sum(half_deviance_cpp(as.vector(V) + 0, as.vector(mu), core_family(family, length(V))))
}

# Three groups of observations whose profiles are far apart, of any total.
grouped <- withr::with_seed(1, {
  profiles <- matrix(rgamma(3 * 20, 0.3), 3)
  matrix(rpois(30 * 20, rep(c(50, 200, 3000), 10) * profiles[rep(1:3, each = 10), ]), 30)
})
groups <- rep(1:3, each = 10)

test_law("k-means starts have the groups as components, in proportion D = G + 0.2 (Ding, Li and Jordan 2010)", {
  found <- FALSE
  for (seed in 1:10) {
    start <- start_of(grouped, "C/N", "kmeans", seed)
    member <- start$W / apply(start$W, 1, max)
    group <- max.col(member, "first")
    if (length(unique(paste(group, groups))) > 3) next   # k-means may end in a worse grouping
    found <- TRUE
    others <- member[cbind(seq_len(30), group %% 3 + 1)]
    # 0.2 to 0.25 of 1.2 to 1.25: memberships and a small random part that tells equal components apart
    expect_true(all(others >= 0.2 / 1.25 & others <= 0.25 / 1.2))
    expect_equal(rowSums(start$W), rowSums(grouped))
    expect_equal(rowSums(crossprod(start$second, grouped)), rep(1, 3))
    centres <- start_of(grouped, "T/N", "kmeans", seed)$second
    for (k in 1:3) {
      own <- colSums((grouped / rowSums(grouped))[groups == groups[match(k, group)], ])
      expect_gt(min(cosines(rbind(centres[k, ]), rbind(own))), 0.9)
    }
  }
  expect_true(found)
})

test_that("k-means starts do not ask how data are stored, nor in which unit they are", {
  for (model in c("T/Po", "C/Po")) {
    dense <- start_of(grouped, model, "kmeans")
    expect_equal(start_of(as_sparse(grouped), model, "kmeans"), dense, tolerance = 1e-6)
    tiny <- start_of(grouped * 2^-500, model, "kmeans")
    expect_equal(tiny$W * 2^500, dense$W, tolerance = 1e-12)
  }
  # All rows alike, and fewer different ones than components.
  for (V in list(matrix(1, 6, 5), rbind(0, 1:5, 1:5, 1:5))) {
    start <- start_of(V, "C/Po", "kmeans")
    expect_true(all(is.finite(start$W)) && all(is.finite(start$second)))
  }
})

test_law("traditional starts of convex models are near the best convex fit with these weights", {
  for (family in c("N", "Po", "TW1.5", "NB40")) {
    model <- nmf_model(paste0("C/", family, "/3"))
    start <- start_of(brca21, model, "traditional")
    at <- objective_of(brca21, start, model$family)
    held <- without_advice(nmf(brca21, model, init = list(E = start$second, D = t(start$W)), fixed = list(D = TRUE),
                               max_iter = 5000, verbose = FALSE))
    # The lift of zeros costs less than 1 % of the deviance in all four.
    expect_lt(at, 1.01 * held$objective)
    for (kind in c("random", "data", "kmeans")) {
      expect_lt(at, objective_of(brca21, start_of(brca21, model, kind), model$family))
    }
    expect_gt(min(start$W), 0)
    expect_gt(min(start$second), 0)
  }
})

test_that("traditional starts are refused for traditional models, and serve convex ones with missing cells", {
  control <- nmf_control(starts = "traditional")
  expect_error(nmf(brca21, "T/Po/2", control = control), class = "nmf_error_control", regexp = "convex")
  expect_error(select_rank(brca21, "T/Po", ranks = 2, control = control), class = "nmf_error_control")
  both <- compare_models(brca21, c("T/Po/2", "C/Po/2"), n_starts = 2, seed = 1, verbose = FALSE, control = control)
  expect_match(both$table$status[is.na(both$table$BIC)], "^error: `starts`")
  V <- brca21
  V[3, 7] <- NA
  expect_true(without_advice(nmf(V, "C/Po/2", n_starts = 2, seed = 1, verbose = FALSE, control = control))$converged)
})

test_that("convex Normal starts on brca21 reach the best error that is known", {
  fit <- nmf(brca21, "C/N/3", n_starts = 20, seed = 1, verbose = FALSE)
  # 204,843 is the least half deviance of bench/starts.R.
  expect_lt(fit$deviance / length(brca21), 203.3)
  for (family in c("N", "Po")) {
    traditional <- nmf(brca21, paste0("T/", family, "/3"), n_starts = 10, seed = 1, verbose = FALSE)
    convex <- nmf(brca21, paste0("C/", family, "/3"), n_starts = 10, seed = 1, verbose = FALSE)
    expect_lt(traditional$deviance, convex$deviance)
  }
})

test_that("every kind has a start of rank 1, which is the one there is", {
  kinds <- list(T = c("random", "svd", "data", "kmeans"), C = c("random", "svd", "data", "kmeans", "traditional"))
  for (structure in names(kinds)) for (kind in kinds[[structure]]) {
    fit <- nmf(brca21, paste0(structure, "/Po"), rank = 1, n_starts = 1, seed = 1, verbose = FALSE,
               control = nmf_control(starts = kind))
    expect_equal(fitted(fit), outer(rowSums(brca21), colSums(brca21)) / sum(brca21), tolerance = 1e-5)
  }
})
