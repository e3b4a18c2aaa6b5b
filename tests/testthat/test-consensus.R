# Features that many runs agree on.

# Counts from three features that overlap little, with observations that are nearly pure: the optimum is well defined.
truth <- rbind(a = c(8, 6, 4, 2, 1, 0, 0, 0, 0, 1, 0, 0), b = c(0, 0, 0, 1, 6, 8, 5, 2, 0, 0, 1, 0),
               c = c(1, 0, 0, 0, 0, 0, 1, 3, 7, 6, 5, 4))
truth <- truth / rowSums(truth)
known <- withr::with_seed(11, {
  W <- 400 * diag(3)[rep(1:3, each = 12), ] + matrix(rexp(36 * 3, 1 / 40), 36)
  matrix(rpois(36 * 12, W %*% truth), 36) + 0
})

consensus <- function(data = known, model = "T/Po/3", n_runs = 8, ..., seed = 1) {
  find_consensus(data, model, n_runs = n_runs, ..., seed = seed, verbose = FALSE)
}

found <- consensus()
shifted <- consensus(type = "bootstrap")

# Runs as one_run() makes them, to change one of them.
task <- prepare_runs(prepare(known, nmf_model("T/Po/3")), "starts",
                     fit_settings(seed = 1, verbose = FALSE), 1L)
runs <- do_runs(8, task, FALSE)
settings <- task$settings
assemble <- function(runs, outliers = 0.1) consensus_of(runs, task$problem, settings, outliers)

# Everything but times.
timeless <- function(x) {
  x$fit$seconds <- x$fit$trace <- x$fit$call <- x$fit$run <- x$call <- NULL
  x
}

test_that("known features are found again", {
  for (x in list(found, shifted)) {
    expect_gt(min(match_components(x$fit, truth)$table$cosine), 0.99)
    expect_gt(min(x$table$cosine), 0.99)
    expect_gt(min(x$table$silhouette), 0.9)
    expect_equal(x$table$kept, rep(8L, 3))
  }
  # other data in each run are less alike than other starts
  expect_lt(mean(shifted$table$silhouette), mean(found$table$silhouette))
})

test_that("the parts of a consensus have their shapes and names", {
  expect_s3_class(found, "nmf_consensus")
  expect_s3_class(found$fit, "nmf_fit")
  expect_identical(dim(found$components), c(3L, 12L, 8L))
  expect_identical(dimnames(found$components)[[3]], as.character(1:8))
  expect_identical(dim(found$silhouettes), c(3L, 8L))
  expect_identical(dim(found$outlier), c(3L, 8L))
  expect_identical(found$table$component, c("k1", "k2", "k3"))
  expect_equal(sum(found$table$share), 1)
  expect_false(is.unsorted(-found$table$share))
  expect_equal(found$runs$objective, found$objectives)
  expect_equal(unname(rowSums(found$fit$H)), rep(1, 3))
  expect_equal(unname(colSums(aperm(found$components, c(2, 1, 3)))), matrix(1, 3, 8))
  expect_equal(residuals(found$fit, known), known - fitted(found$fit))
})

test_law("every run puts exactly one feature into each group", {
  for (r in 1:8) {
    expect_equal(sort(found$components[, 1, r]), sort(runs[[r]]$H[, 1]), ignore_attr = TRUE)
    for (x in list(found, shifted)) {
      expect_identical(max.col(cosine_similarity(x$fit$H, slice(x$components, r))), 1:3)
    }
  }
})

test_that("no other balanced grouping of a run is nearer to the centres", {
  orders <- rbind(1:3, c(1, 3, 2), c(2, 1, 3), c(2, 3, 1), c(3, 1, 2), c(3, 2, 1))
  noisy <- withr::with_seed(3, lapply(1:6, function(r) {
    H <- truth * rexp(36) + 0.02
    sum_to_one(H[sample(3), ])
  }))
  matched <- matched_components(noisy, 6:1)
  units <- lapply(1:6, function(r) unit_rows(slice(matched, r)))
  centres <- unit_rows(Reduce(`+`, units))
  for (unit in units) {
    totals <- apply(orders, 1, function(o) sum(unit[o, ] * centres))
    expect_equal(totals[1], max(totals))
  }
})

test_that("the consensus is the median, and the weights are those of the features", {
  medians <- apply(found$components, 1:2, median)
  expect_equal(unname(found$fit$H), unname(medians / rowSums(medians)), tolerance = 1e-12)
  expect_identical(found$fit$H[, 1] > 0, medians[, 1] > 0)
  again <- predict(found$fit, known)
  expect_close(unname(found$fit$W), unname(again), 1e-4)  # both are converged to a residual of 1e-6
  expect_gte(found$fit$objective, min(found$objectives) * (1 - 1e-9))
  expect_lt(found$fit$objective, min(found$objectives) * 1.01)
})

test_that("medians by row are those of R", {
  withr::with_seed(1, for (n in 1:6) {
    x <- matrix(rexp(7 * n), 7)
    expect_equal(row_medians(x), apply(x, 1, median))
  })
})

test_that("the order of the runs does not matter", {
  one <- assemble(runs)
  other <- assemble(runs[c(5, 2, 8, 1, 7, 3, 6, 4)])
  # the order of a sum is rounding only
  expect_equal(other$fit$H, one$fit$H, tolerance = 1e-12)
  expect_equal(other$table, one$table, tolerance = 1e-8)
  expect_equal(other$components[, , as.character(1:8)], one$components, tolerance = 1e-12)
  expect_equal(other$cophenetic, one$cophenetic)
})

test_that("runs are those of their seed and number alone", {
  expect_identical(one_run(3L, task), runs[[3]])
  expect_identical(consensus(n_runs = 3)$objectives, found$objectives[1:3])
})

test_that("a run that found something else is dropped and does not move the median", {
  strange <- runs[[8]]
  strange$run <- 9L
  strange$H <- withr::with_seed(5, sum_to_one(matrix(rexp(36)^3, 3)))
  strange$objective <- 2 * strange$objective
  clean <- assemble(runs)
  dirty <- assemble(c(runs, list(strange)))
  expect_true(all(dirty$outlier[, "9"]))
  expect_equal(dirty$table$kept, rep(8L, 3))
  expect_equal(dirty$fit$H, clean$fit$H, tolerance = 1e-12)
  kept <- assemble(c(runs, list(strange)), outliers = Inf)
  expect_false(any(kept$outlier))
})

test_that("silhouettes are those of the package cluster", {
  skip_if_not_installed("cluster")
  for (components in list(found$components, shifted$components)) {
    flat <- matrix(aperm(components, c(3, 1, 2)), 24)
    expected <- cluster::silhouette(rep(1:3, each = 8), stats::as.dist(1 - cosines(flat, flat)))[, "sil_width"]
    # distances of 1e-9 between converged runs have 1e-7 of their digits left
    expect_equal(as.vector(t(silhouette_widths(components))), unname(expected), tolerance = 1e-6)
  }
})

test_that("a tie between groups has silhouette 0, one component has none", {
  same <- array(rep(c(1, 1, 2, 2), 3), c(2, 2, 3))
  expect_equal(unname(silhouette_widths(same)), matrix(0, 2, 3))
  single <- consensus(model = "T/Po/1", n_runs = 2)
  expect_true(all(is.na(single$silhouettes)))
  expect_match(attr(single$cophenetic, "reason"), "one group")
})

test_that("the cophenetic correlation is that of Brunet et al.", {
  groups <- list(c(1, 1, 2, 2, 3), c(1, 1, 2, 3, 3), c(2, 2, 1, 1, 3))
  together <- Reduce(`+`, lapply(groups, function(g) outer(g, g, "=="))) / 3
  d <- stats::as.dist(1 - together)
  expected <- stats::cor(d, stats::cophenetic(stats::hclust(d, "average")))
  expect_equal(cophenetic_correlation(groups, rep(TRUE, 5)), expected)
  expect_equal(cophenetic_correlation(lapply(groups, c, 1), rep(c(TRUE, FALSE), c(5, 1))), expected)
  expect_match(attr(cophenetic_correlation(list(1:3001), rep(TRUE, 3001)), "reason"), "3000")
  expect_equal(found$cophenetic, 1)
})

test_that("the same seed gives the same numbers and leaves the generator alone", {
  withr::with_preserve_seed({
    set.seed(5)
    before <- .Random.seed
    for (type in c("starts", "bootstrap")) {
      first <- consensus(n_runs = 3, type = type)
      expect_identical(timeless(consensus(n_runs = 3, type = type)), timeless(first))
      expect_false(identical(consensus(n_runs = 3, type = type, seed = 2)$objectives, first$objectives))
    }
    expect_identical(.Random.seed, before)
  })
})

test_that("workers of a future plan give the same numbers", {
  skip_on_cran()
  skip_if_not_installed("future.apply")
  skip_if_not(future::supportsMulticore())
  old <- future::plan("multicore", workers = 2)
  on.exit(future::plan(old))
  expect_true(has_workers())
  expect_identical(timeless(consensus()), timeless(found))
})

test_that("sparse data and other orientations have the same consensus", {
  sparse <- as_sparse(known)
  expect_identical(as.matrix(withr::with_seed(1, draw_counts(new_source(sparse)))$values),
                   withr::with_seed(1, draw_counts(new_source(known)))$values)
  for (type in c("starts", "bootstrap")) {
    dense <- consensus(n_runs = 2, type = type)
    expect_equal(consensus(sparse, n_runs = 2, type = type)$fit$H, dense$fit$H, tolerance = 1e-8)
    expect_equal(consensus(t(known), n_runs = 2, type = type, obs = "columns")$fit$H, dense$fit$H)
  }
})

test_that("drawn counts keep the totals of the observations and the zeros", {
  drawn <- withr::with_seed(1, draw_counts(new_source(known)))$values
  expect_identical(rowSums(drawn), rowSums(known))
  expect_true(all(drawn[known == 0] == 0))
  expect_false(identical(drawn, known))
})

test_law("other noise is simulated from a fit, and open parameters are estimated once", {
  for (model in c("T/N/3", "T/TW1.5/3", "T/NB/3", "T/TW/3", "C/Po/3", "C/N/3")) {
    x <- without_advice(suppressMessages(consensus(model = model, n_runs = 3, type = "bootstrap", n_starts = 2)))
    expect_gt(min(match_components(x$fit, truth)$table$cosine), 0.95)
    expect_false(is_open(x$fit$model$family))
    expect_identical(x$fit$model$structure, "traditional")
    expect_identical(x$model$structure, nmf_model(model)$structure)
  }
})

test_that("a run that fails or is interrupted leaves the others", {
  broken <- runs
  broken[[2]] <- list(run = 2L, seed = 1L, status = "error: no", error = simpleError("no"))
  broken[[4]]$status <- "interrupted"
  x <- assemble(broken)
  expect_identical(dimnames(x$components)[[3]], as.character(c(1, 3, 5:8)))
  expect_identical(is.na(x$objectives), 1:8 %in% c(2, 4))
  expect_identical(run_facts(broken)$status[1:2], c("converged", "error: no"))
  expect_error(assemble(broken[c(1, 2)]), "no")
  expect_snapshot(warn_runs(broken))
})

test_that("components on which the runs do not agree are reported", {
  scattered <- runs[1:4]
  for (r in 1:4) scattered[[r]]$H <- withr::with_seed(r, sum_to_one(matrix(rexp(36), 3)))
  expect_warning(x <- assemble(scattered, 0.001), class = "nmf_warning_unstable")
  expect_identical(x$table$kept, rep(0L, 3))
  expect_true(is.finite(x$fit$objective))
})

test_that("a feature that the medians leave out keeps the data possible", {
  medians <- rbind(c(0.5, 0.5, 0, 0, 0), c(0, 1, 0, 0, 0), 0)
  means <- rbind(c(0.4, 0.5, 0.1, 0, 0), c(0, 1, 0, 0, 0), c(0.2, 0, 0.8, 0, 0))
  X <- rbind(c(5, 5, 1, 1, 0), c(0, 9, 0, 0, 0))
  H <- fill_gaps(medians, means, X)
  expect_equal(rowSums(H), rep(1, 3))
  expect_identical(colSums(H) > 0, c(TRUE, TRUE, TRUE, TRUE, FALSE))
  # nearly zero is no better
  almost <- medians[1:2, ] + 1e-200 * (means[1:2, ] > 0)
  expect_gt(fill_gaps(almost, means[1:2, ], X)[1, 3], 0.05)
  # of sparse data on which the runs do not agree at all, the consensus is still a model
  passages <- without_advice(consensus(small_passages(), "T/Po/4", n_runs = 4))
  expect_true(passages$fit$converged)
  expect_lt(passages$fit$objective, 1.5 * min(passages$objectives))
})

test_that("a consensus is printed and drawn", {
  expect_output(print(found), "Consensus of 8 runs of NMF/T/Po/3 from random starts")
  for (x in list(found, shifted)) for (type in c("stability", "heatmap", "components")) {
    expect_s3_class(ggplot2::ggplot_build(autoplot(x, type))$plot, "ggplot")
  }
  signatures <- consensus(brca21, n_runs = 3)
  built <- ggplot2::ggplot_build(autoplot(signatures, "components"))
  expect_identical(nrow(built$data[[length(built$data)]]), 3L * 96L)
})

test_that("errors of consensus features", {
  expect_snapshot(error = TRUE, {
    consensus(n_runs = 1)
    consensus(n_runs = 2.5)
    consensus(type = "jackknife")
    consensus(outliers = -1)
    consensus(model = "T/Po")
    consensus(model = "C/Po/3", solver = "em")
    consensus(-known)
    consensus(init = found$fit)
    autoplot(found, "silhouette")
    autoplot(found, size = 3)
    autoplot(consensus(model = "T/Po/1", n_runs = 2))
  })
})

test_that("two observations have no tree", {
  found <- without_advice(find_consensus(rbind(c(14, 34), c(7, 41)), "T/Po/2", n_runs = 2, seed = 1, verbose = FALSE))
  expect_match(attr(found$cophenetic, "reason"), "equally far apart")
})
