# Studies planned by simulation from a fit.

H <- rbind(c(8, 4, 1, 1, 0, 0, 0, 0), c(0, 0, 1, 1, 4, 8, 0, 0), c(1, 0, 0, 1, 0, 0, 6, 6)) / 14
W <- withr::with_seed(1, matrix(stats::rgamma(90, 0.5) * 2000, 30))
colnames(H) <- paste0("f", 1:8)
fit <- nmf(withr::with_seed(2, matrix(stats::rpois(240, W %*% H), 30, dimnames = list(NULL, colnames(H)))), "T/Po/3",
           n_starts = 2, seed = 1, verbose = FALSE)
quick <- function(...) plan_study(fit, ..., n_starts = 1, max_iter = 200, tol = 1e-3, verbose = FALSE)

test_that("large studies find the components and tiny ones do not", {
  study <- quick(n = c(4, 40), m = c(5, 5000), n_runs = 8, seed = 1)
  all <- study$table[study$table$component == "all", ]
  expect_identical(nrow(all), 4L)
  expect_equal(all$probability[all$n == 40 & all$m == 5000], 1)
  expect_lt(all$probability[all$n == 4 & all$m == 5], 0.5)
})

test_that("the table is made of the runs, with Wilson's interval", {
  study <- quick(n = 6, m = 60, n_runs = 10, seed = 2, threshold = 0.95)
  for (k in rownames(fit$H)) {
    cosine <- study$runs$cosine[study$runs$component == k]
    row <- study$table[study$table$component == k, ]
    p <- mean(cosine >= 0.95)
    expect_equal(row$probability, p)
    expect_equal(row$std.error, sqrt(p * (1 - p) / 10))
    expect_equal(row$cosine, mean(cosine))
    wilson <- stats::prop.test(sum(cosine >= 0.95), 10, correct = FALSE)$conf.int
    expect_equal(c(row$conf.low, row$conf.high), wilson[1:2])
  }
  least <- tapply(study$runs$cosine, study$runs$run, min)
  expect_equal(study$table$probability[study$table$component == "all"], mean(least >= 0.95))
})

test_that("a design has the same numbers whatever others are tried with it", {
  alone <- quick(n = 8, m = 100, n_runs = 2, seed = 3)$runs
  both <- quick(n = c(5, 8), m = c(100, 900), n_runs = 2, seed = 3)$runs
  expect_identical(both[both$n == 8 & both$m == 100, "cosine"], alone$cosine)
  expect_false(identical(quick(n = 8, m = 100, n_runs = 2, seed = 4)$runs$cosine, alone$cosine))
})

test_that("draws have the size that was asked for, and the noise of the model", {
  V <- withr::with_seed(1, nmfamily:::draw_study(fit, sample.int(30, 4000, TRUE), 50, NULL))$values
  expect_equal(mean(rowSums(V)), 50, tolerance = 0.05)
  expect_equal(colSums(V) / sum(V), drop(colSums(fit$W) %*% fit$H) / sum(fit$W), tolerance = 0.05)
  noisy <- fit
  noisy$W <- matrix(100, 30, 3)
  noisy$model$family <- nmf_negbin(2)
  V <- withr::with_seed(1, nmfamily:::draw_study(noisy, sample.int(30, 4000, TRUE), 300, NULL))$values
  mu <- 300 * colMeans(fit$H)
  expect_equal(apply(V, 2, stats::var) / (mu + mu^2 / 2), rep(1, 8), tolerance = 0.15, ignore_attr = TRUE)
})

test_that("observations may use in a study what the mask of the fit lets them", {
  V <- withr::with_seed(2, matrix(stats::rpois(240, W %*% H), 30, dimnames = list(NULL, colnames(H))))
  mask <- cbind(shared = TRUE, a = rep(c(TRUE, FALSE), c(28, 2)), b = rep(c(FALSE, TRUE), c(28, 2)))
  masked <- nmf(V, "T/Po/3", mask = mask, n_starts = 1, seed = 1, verbose = FALSE)
  seen <- list()
  fit_any_itself <- nmfamily:::fit_any
  local_sizes(fit_any = function(problem, settings) {
    seen <<- c(seen, list(problem$known$mask))
    fit_any_itself(problem, settings)
  })
  study <- plan_study(masked, n = 4, n_runs = 4, n_starts = 1, max_iter = 50, tol = 1e-2, seed = 1, verbose = FALSE)
  expect_setequal(vapply(seen, ncol, 0L), 2:3)           # two of 30 observations may use b
  for (own in seen) {
    allowed <- rowSums(own)
    expect_true(all(allowed == 2 | ncol(own) == 2) && all(own[, 1]))
  }
  absent <- study$runs$run[study$runs$component == "b" & study$runs$cosine == 0]
  expect_identical(absent, which(vapply(seen, ncol, 0L) == 2))
})

test_that("what cannot be planned is refused, and a study prints and draws", {
  normal <- nmf(W %*% H, "T/N/2", n_starts = 1, tol = 1e-2, seed = 1, verbose = FALSE)
  expect_error(plan_study(normal), class = "nmf_error_model")
  expect_error(quick(n = 2), class = "nmf_error_argument")
  expect_error(quick(n = c(20, 2)), class = "nmf_error_argument")
  expect_error(quick(m = 0), class = "nmf_error_argument")
  expect_error(quick(n_runs = 1.5), class = "nmf_error_argument")
  study <- quick(n = c(4, 12), m = c(20, 200), n_runs = 3, seed = 1)
  expect_output(print(study), "Probability of finding")
  expect_identical(as.data.frame(study), study$table)
  expect_s3_class(ggplot2::ggplot_build(autoplot(study)), "ggplot_built")
})

test_that("events are those of the means with their offset", {
  offset <- stats::setNames(1:8, colnames(H))
  V <- withr::with_seed(3, matrix(stats::rpois(240, W %*% H), 30, dimnames = list(NULL, colnames(H))))
  rates <- nmf(V, "T/Po/2", offset = offset, n_starts = 1, max_iter = 50, tol = 1e-3, seed = 1, verbose = FALSE)
  drawn <- withr::with_seed(1, draw_study(rates, sample.int(nrow(rates$W), 4000, TRUE), 500, common_offset(rates)))
  events <- rowSums(drawn$values)
  expect_lt(abs(mean(events) - 500), 5 * stats::sd(events) / sqrt(4000))
  expect_equal(mean(events_of(rates, common_offset(rates))), mean(rowSums(fitted(rates))))
  expect_error(plan_study(rename_components(fit, c(k1 = "all"))), class = "nmf_error_argument")
})

test_that("a study without an event finds nothing", {
  one <- nmf(matrix(c(rep(0, 9), 5000), 10), "T/Po/1", n_starts = 1, seed = 1, verbose = FALSE)
  study <- plan_study(one, n = 1, m = 1, n_runs = 8, n_starts = 1, seed = 1, verbose = FALSE)
  expect_identical(study$runs$cosine[study$runs$component == "k1"] %in% 0:1, rep(TRUE, 8))
  expect_lt(study$table$probability[1], 1)
  expect_identical(study$table$runs, c(8L, 8L))
})

test_that("numbers of events that differ in the fifth digit are told apart", {
  expect_identical(events_text(c(1e4, 2e6)), c("10,000", "2,000,000"))
  expect_identical(events_text(c(10001, 10002, 10001)), c("10,001", "10,002", "10,001"))
  expect_identical(events_text(c(10001, 10001)), c("10,000", "10,000"))
})

test_that("runs that failed are counted, and the table is of the others", {
  fit <- nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  found <- list(simpleError("no"), list(cosine = c(0.9, 0.7)), simpleError("no"), simpleError("no"))
  expect_warning(study <- new_study(found, expand.grid(n = 21, m = 100, run = 1:4), fit, 0.8, 4L, 1), "^3 of 4 runs",
                 class = "nmf_warning_not_converged")
  expect_identical(study$runs$run, c(2L, 2L))
  expect_identical(study$table$runs, c(1L, 1L, 1L))
})
