# Choosing, merging and renaming components: what is kept, what is lost, and what an edited model no longer claims.

tiny <- tiny_topics()
means <- function(model) predict(model, type = "response")

test_that("a merged topic is the sum of proportions and the weighted mean of terms", {
  small <- topics_from(rbind(c(0.5, 0.25, 0.25), c(0, 1, 0)), cbind(c(1, 0), c(0, 1), c(0.5, 0.5)), c(8, 4))
  merged <- merge_topics(small, list(1:2))
  # m = (4, 2 + 4, 2), so F of the merged topic is (4 (1, 0) + 6 (0, 1)) / 10.
  expect_equal(unname(merged$F), cbind(c(0.4, 0.6), c(0.5, 0.5)))
  expect_equal(unname(merged$L), rbind(c(0.75, 0.25), c(1, 0)))
  expect_equal(merged$s, small$s)
  expect_identical(colnames(merged$L), c("k1+k2", "k3"))
})

test_that("expected words of each document and of each term are kept, in the group and in all", {
  model <- fit_topics(small_passages(), 5, n_starts = 1, seed = 1)
  merged <- merge_topics(model, list(first = c("k1", "k4"), second = c(5, 2)))
  expect_setequal(colnames(merged$L), c("first", "second", "k3"))
  expect_equal(colSums(means(merged)), colSums(means(model)))
  expect_equal(rowSums(means(merged)), rowSums(means(model)))
  of_topics <- function(model, k) colSums((model$L[, k] * model$s) %*% t(model$F[, k]))
  expect_equal(of_topics(merged, "first"), of_topics(model, c("k1", "k4")))
  expect_equal(of_topics(merged, "k3"), of_topics(model, "k3"))
  expect_equal(unname(rowSums(merged$L)), rep(1, nrow(merged$L)))
  expect_equal(unname(colSums(merged$F)), rep(1, 3))
  expect_false(is.unsorted(rev(nmfamily:::topic_sizes(merged))))
})

test_that("names without names are one for each component", {
  fit <- nmf(matrix(1:12, 4), "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  expect_error(rename_components(fit, "a"), "a name for each of the 2 components", class = "nmf_error_argument")
})

test_that("what is asked of a list by names of its parts alone is a part of the list", {
  fit <- nmf(matrix(1:12, 4), "T/Po/1", n_starts = 1, seed = 1, verbose = FALSE)
  expect_true(names_parts("W", fit, "k1"))
  for (i in list(1, character(), matrix("W"), "k1", c("W", "k1"), c("W", "nothing"))) {
    expect_false(names_parts(i, fit, "k1"))
  }
})

test_that("what a group becomes is the rank-one matrix nearest to it in Kullback-Leibler divergence", {
  model <- small_topics()
  part <- model$s * tcrossprod(model$L[, c(1, 3)], model$F[, c(1, 3)])
  merged <- merge_topics(model, list(g = c(1, 3)))
  nearest <- suppressWarnings(nmf(part, "T/Po/1", n_starts = 1, seed = 1, verbose = FALSE))   # means are not counts
  expect_equal(merged$s * tcrossprod(merged$L[, "g"], merged$F[, "g"]), fitted(nearest), tolerance = 1e-5,
               ignore_attr = "dimnames")
})

test_that("merging in two steps is merging at once", {
  model <- fit_topics(small_passages(), 4, n_starts = 1, seed = 1)
  at_once <- merge_topics(model, list(all = c(1, 3, 4)))
  in_steps <- merge_topics(merge_topics(model, list(some = c(1, 4))), list(all = c("some", "k3")))
  expect_equal(in_steps$L, at_once$L)
  expect_equal(in_steps$F, at_once$F)
})

test_that("topics with the same terms are merged without loss", {
  twins <- topics_from(rbind(c(0.2, 0.3, 0.5), c(0.6, 0.4, 0)), cbind(c(0.1, 0.9), c(0.7, 0.3), c(0.1, 0.9)), c(3, 5))
  expect_equal(means(merge_topics(twins, list(c(1, 3)))), means(twins))
})

test_that("labels and lists say the same, and no group changes nothing", {
  model <- small_topics()
  merge <- function(groups) merge_topics(model, groups)
  listed <- merge(list(a = c(1, 3), b = 2))
  expect_identical(merge(c("a", "b", "a")), listed)
  expect_identical(merge(factor(c("a", "b", "a"))), listed)
  expect_equal(merge_topics(model, list())[c("L", "F", "s")], model[c("L", "F", "s")])
})

test_that("empty documents stay empty, and a topic without words can be merged", {
  expect_identical(unname(is.na(merge_topics(tiny, list(1:2))$L[, 1])), c(FALSE, FALSE, FALSE, TRUE))
  unused <- topics_from(cbind(1, c(0, 0), c(0, 0)), cbind(c(0.5, 0.5), 0, 0), c(2, 3))
  expect_equal(unname(merge_topics(unused, list(c(2, 3)))$F), cbind(c(0.5, 0.5), 0))
  expect_equal(unname(merge_topics(unused, list(c(1, 3)))$F), cbind(c(0.5, 0.5), 0))
})

test_that("without its data a merged fit claims nothing, yet predicts and starts a fit", {
  passages <- small_passages()
  model <- small_topics()
  model$fit <- nmfamily:::unheld(model$fit)
  merged <- merge_topics(model, list(c(1, 3)))
  expect_identical(merged$fit$model$rank, 2L)
  expect_identical(c(deviance(merged), logLik(merged), BIC(merged), merged$fit$kkt), rep(NA_real_, 4))
  expect_identical(glance(merged)$converged, FALSE)
  expect_null(merged$fit$trace)
  expect_error(autoplot(merged$fit, "trace"), class = "nmf_error_argument")
  expect_output(print(merged), "what that costs is not known")
  expect_equal(as_poisson_nmf(merged)$W, merged$fit$W)
  expect_equal(dim(predict(merged, passages[1:4, ])), c(4L, 2L))
  again <- fit_topics(passages, 2, init = merged, verbose = FALSE)
  start <- sum(means(merged)) - sum(passages * log(means(merged) + (means(merged) == 0)))
  end <- sum(fitted(again)) - sum(passages * log(fitted(again) + (fitted(again) == 0)))
  expect_lt(end, start)
})

test_that("an estimated dispersion is gone, a fixed one stays", {
  normal <- tiny
  normal$fit$dispersion <- "mean squared residual"
  expect_identical(merge_topics(normal, list(1:2))$fit$sigma2, NA_real_)
  expect_identical(merge_topics(tiny, list(1:2))$fit$sigma2, 1)
})

test_that("wrong groups are refused in words that name them", {
  expect_snapshot(error = TRUE, {
    merge_topics(tiny$fit, list(1:2))
    merge_components(1, list(1:2))
    merge_topics(tiny, list(c(1, 3)))
    merge_topics(tiny, list("k1", "k7"))
    merge_topics(tiny, list(1:2, "k1"))
    merge_topics(tiny, list(a = 1, a = 2))
    merge_topics(tiny, list(integer()))
    merge_topics(tiny, c("a", "b", "c"))
    merge_topics(tiny, c("a", NA))
  })
})

few <- brca21[1:12, c(1:4, 33:48)]
quick <- function(model, V = few, ...) without_advice(nmf(V, model, n_starts = 1, seed = 1, verbose = FALSE, ...))
edited <- list(T = quick("T/Po/4"), NB = quick("T/NB50/3"), TW = quick("T/TW1.5/3", few + 1), N = quick("T/N/3"),
               C = quick("C/Po/3"), CF = quick("CF/Po/3"), columns = quick("T/Po/3", t(few), obs = "columns"),
               missing = quick("T/Po/3", replace(few, c(3, 50), NA)))

test_law("an edited fit is what nmf() finds at these factors before the first step, for every structure and noise", {
  for (fit in edited) for (new in list(fit[-2], merge_components(fit, list(c(1, 3))))) {
    expect_identical(c(new$status, format(new$converged)), c("edited", "FALSE"))
    expect_equal(unname(rowSums(new$H)), rep(1, nrow(new$H)))
    if (!is.null(fit$E)) expect_equal(new$H, t(new$E) %*% few)
    if (!is.null(fit$A)) expect_equal(new$W, few %*% new$A)
    V <- nmfamily:::as_given(nmfamily:::read_values(nmfamily:::data_of(fit)), fit)
    start <- new[nmfamily:::structure_of(fit$model)$init]
    same <- without_advice(nmf(V, new$model, init = start, max_iter = 0, obs = fit$obs, verbose = FALSE))
    facts <- c("objective", "deviance", "logLik", "sigma2", "dispersion", "df", "kkt", "nobs", "exact")
    expect_equal(new[facts], same[facts])
    expect_equal(fitted(new), fitted(same))
    expect_equal(sum(residuals(new, type = "deviance")^2, na.rm = TRUE), new$deviance)
    expect_lt(c(logLik(new)), c(logLik(fit)))
    expect_equal(new$edited$logLik - new$logLik, c(logLik(fit)) - c(logLik(new)))
  }
})

test_law("an edited fit is a fit for every method", {
  fit <- edited$T
  new <- merge_components(fit[c("k4", "k2", "k1")], list(both = c("k1", "k4")))
  expect_setequal(rownames(new$H), c("both", "k2"))
  expect_equal(new$W[, "both"], fit$W[, "k1"] + fit$W[, "k4"])
  m <- colSums(fit$W)
  expect_equal(new$H["both", ], (m[["k1"]] * fit$H["k1", ] + m[["k4"]] * fit$H["k4", ]) / (m[["k1"]] + m[["k4"]]))
  expect_output(print(new), "from NMF/T/Po/4: k1[+]k4 merged; k3 left out; logLik lower by")
  expect_output(print(summary(new)), "both")
  expect_identical(unique(tidy(new)$component), rownames(new$H))
  expect_identical(glance(new)$status, "edited")
  expect_equal(dim(predict(new, few[1:2, ])), c(2L, 2L))
  expect_equal(sum(hatvalues(new)), nmfamily:::directions_of(new))
  expect_equal(BIC(new), new$df[["paper"]] * log(length(few)) - 2 * new$logLik)
  expect_equal(dim(bootstrap_fit(new, n_runs = 2, seed = 1, verbose = FALSE)$H), c(2L, 20L, 2L))
  for (type in c("components", "weights", "residuals", "mean_variance")) {
    expect_s3_class(autoplot(new, type, n = 5, seed = 1), "ggplot")
  }
  expect_warning(confint(new, method = "profile"), class = "nmf_warning_not_converged")
})

test_that("a new order and new names change nothing but these", {
  fit <- edited$C
  turned <- fit[c(3, 1, 2)]
  same <- c("status", "converged", "logLik", "trace")
  expect_identical(turned[same], fit[same])
  expect_equal(fitted(turned), fitted(fit))
  expect_identical(turned$E, fit$E[, c(3, 1, 2)])
  expect_null(turned$edited)
  expect_identical(ncol(rename_components(fit, c(k2 = "W"))["W"]$W), 1L)
  named <- rename_components(fit, c(k2 = "age"))
  expect_identical(c(rownames(named$H), colnames(named$W), rownames(named$D), colnames(named$E)),
                   rep(c("k1", "age", "k3"), 4))
  expect_identical(rename_components(named, c("k1", "k2", "k3")), fit)
  topics <- rename_components(small_topics(), c("a", "b", "c"))[c("c", "a", "b")]
  expect_identical(colnames(terms(topics)), c("c", "a", "b"))
  expect_equal(topics$L[, "b"], small_topics()$L[, "k2"])
})

test_that("names of its parts still pick these from a fit", {
  fit <- edited$T
  expect_identical(fit[c("W", "nobs")], unclass(fit)[c("W", "nobs")])
  expect_identical(fit[], fit)
  expect_identical(fit[c(TRUE, FALSE, FALSE, TRUE)]$H, fit[c(1, 4)]$H)
})

test_that("what is left out can be made good: the weights alone or all anew, from there", {
  fit <- edited$T
  less <- fit[-4]
  weights <- update(less, fixed = list(H = TRUE))
  expect_equal(weights$H, less$H)
  expect_equal(weights$W, predict(fit, few)[, -4] * 0 + predict(less, few), tolerance = 1e-4)
  all <- update(less)
  expect_identical(format(all$model), "NMF/T/Po/3")
  expect_gt(c(logLik(all)), c(logLik(weights)))
  expect_gt(c(logLik(weights)), c(logLik(less)))
  expect_equal(fitted(all), fitted(nmf(few, "T/Po/3", init = less, verbose = FALSE)))
  topics <- update(small_topics()[1:2])
  expect_s3_class(topics, "nmf_topic_model")
  expect_equal(ncol(topics$L), 2)
})

test_that("known components stay known, and cost no parameters", {
  known <- pcawg_signatures[c("SBS1", "SBS2", "SBS5", "SBS13"), ]
  fit <- without_advice(refit(brca21, known, "Po", free = 1, n_starts = 1, seed = 1, verbose = FALSE))
  less <- fit[c("new1", "SBS13", "SBS2")]
  expect_identical(less$df[["identifiable"]], 21 * 3 + 95)
  expect_identical(rowSums(less$run$known$fixed[[2]]), c(0, 96, 96))
  again <- update(less, free = 0)
  expect_equal(fitted(again), fitted(refit(brca21, known[c("SBS13", "SBS2"), ], "Po", verbose = FALSE)))
  both <- merge_components(fit, list(APOBEC = c("SBS2", "SBS13")))
  expect_identical(sum(both$run$known$fixed[[2]]), 3 * 96)
})

test_that("a prior goes with its topics", {
  model <- fit_topics(small_passages(), 3, prior = 1.5, n_starts = 1, seed = 1, verbose = FALSE)
  less <- model[2:1]
  expect_identical(dim(less$fit$run$known$penalties[[1]]$value), dim(less$fit$H))
  expect_gt(less$fit$objective, less$fit$deviance / 2)
  expect_equal(ncol(update(less)$L), 2)
})

test_that("a choice or names that cannot be meant are refused", {
  fit <- edited$N
  expect_snapshot(error = TRUE, {
    fit["k9"]
    fit[c(1, 1)]
    fit[0]
    fit[c(1, -2)]
    fit[1.5]
    fit[c(TRUE, FALSE)]
    rename_components(fit, "a")
    rename_components(fit, c("a", "b", "a"))
    rename_components(fit, c(k7 = "a"))
    rename_components(fit, c(k1 = "k2"))
    rename_components(list(), "a")
  })
})

test_that("components that are held keep their names", {
  fit <- without_advice(nmf(brca21[, 1:12], "T/Po/3", n_starts = 1, max_iter = 20, seed = 1, verbose = FALSE))
  held <- without_advice(update(fit[c("k3", "k1")], fixed = list(H = TRUE), verbose = FALSE))
  expect_identical(rownames(held$H), c("k3", "k1"))
  expect_equal(held$H["k1", ], fit$H["k1", ])
})

test_that("a mask goes with its observations when the components of a fit change", {
  V <- brca21[1:8, 1:12]
  mask <- array(TRUE, c(8, 2), list(rownames(V), NULL))
  mask[1:3, 2] <- FALSE
  fit <- without_advice(nmf(V, "T/Po/2", mask = mask, n_starts = 1, max_iter = 20, seed = 1, verbose = FALSE))
  turned <- without_advice(update(fit[2:1], V = V[8:1, ], verbose = FALSE))
  expect_identical(unname(turned$W[c(1, 6:8), "k2"] == 0), c(FALSE, TRUE, TRUE, TRUE))
})
