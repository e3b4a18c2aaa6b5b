# Checks of a fit: the numbers against plain R, and verdicts on data of which the truth is known.

# Gamma factors; means are about `size`.
true_means <- function(seed, n = 40, m = 30, K = 2, size = 20) {
  withr::with_seed(seed, {
    mu <- matrix(rgamma(n * K, 1), n) %*% matrix(rgamma(K * m, 0.5), K)
    mu * size / mean(mu)
  })
}

counts <- function(mu, seed, draw) {
  V <- withr::with_seed(seed, matrix(draw(length(mu), mu), nrow(mu)))
  dimnames(V) <- list(paste0("s", seq_len(nrow(mu))), paste0("f", seq_len(ncol(mu))))
  V
}

fit_to <- function(V, model, ...) without_advice(nmf(V, model, n_starts = 2, seed = 1, verbose = FALSE, ...))
holds <- function(check) stats::setNames(check$verdict$holds, check$verdict$statement)
reason <- function(check, statement) check$verdict$reason[check$verdict$statement == statement]
statistic <- function(check, test) check$table$statistic[check$table$test == test]

mu <- true_means(1)
poisson_data <- counts(mu, 2, rpois)
negbin_data <- counts(mu, 3, function(n, mu) rnbinom(n, size = 10, mu = mu))
poisson_fit <- fit_to(poisson_data, "T/Po/2")
negbin_fit <- fit_to(negbin_data, "T/NB/2")
wrong_fit <- fit_to(negbin_data, "T/Po/2")

test_that("statistics of a Poisson fit are those of plain R", {
  check <- check_model(wrong_fit, n_runs = 0, seed = 1, n_bins = 5)
  V <- negbin_data
  mu <- fitted(wrong_fit)
  leverage <- unname(hatvalues(wrong_fit))
  z <- (residuals(wrong_fit, V, type = "quantile", seed = 1) / sqrt(1 - leverage))[mu > 0]
  expect_equal(statistic(check, "uniformity"), unname(ks.test(pnorm(z), "punif")$statistic))
  # Dean and Lawless (1989), T_a.
  expect_equal(statistic(check, "dispersion"), sum((V - mu)^2 - V + leverage * mu) / sqrt(2 * sum(mu^2)))
  expect_equal(check$table$p.value[2], 2 * pnorm(-abs(statistic(check, "dispersion"))))
  expect_equal(statistic(check, "zeros"), sum(V == 0) - sum(exp(-mu)))
  expect_equal(check$zeros, data.frame(observed = sum(V == 0), expected = sum(exp(-mu)),
                                       sd = sqrt(sum(exp(-mu) * (1 - exp(-mu)))),
                                       z = (sum(V == 0) - sum(exp(-mu))) / sqrt(sum(exp(-mu) * (1 - exp(-mu))))))
  deviances <- rowMeans(residuals(wrong_fit, V, type = "deviance")^2)
  expect_equal(statistic(check, "observations"), max(deviances))
  expect_equal(check$residual_sd, sd(z))
  expect_true(all(is.na(check$table$p.value[-2])))
})

test_that("bins are those of plain R", {
  check <- check_model(negbin_fit, n_runs = 0, seed = 1, n_bins = 5)
  mu <- as.vector(fitted(negbin_fit))
  v <- as.vector(negbin_data)
  alpha <- noise_likelihood(negbin_fit, data_of(negbin_fit))$alpha
  bin <- cut(mu, quantile(mu, 0:5 / 5), include.lowest = TRUE, right = FALSE, labels = FALSE)
  freed <- negbin_fit
  freed$model$family <- nmf_negbin(alpha)
  h <- as.vector(hatvalues(freed))
  by_bin <- function(x, f = mean) as.vector(tapply(x, bin, f))
  bin[mu == max(mu)] <- 5
  expected <- data.frame(cells = by_bin(mu, length), mean = by_bin(mu), observed = by_bin((v - mu)^2),
                         model = by_bin((mu + mu^2 / alpha) * (1 - h)))
  expected$ratio <- expected$observed / expected$model
  expected$reference <- NA_real_
  expected$zeros <- by_bin(v == 0, sum)
  expected$expected_zeros <- by_bin(dnbinom(0, size = alpha, mu = mu), sum)
  expect_equal(check$bins, expected)
  used <- expected[expected$cells - expected$expected_zeros >= 20, ]
  expect_equal(statistic(check, "mean_variance"), unname(coef(lm(log(ratio) ~ log(mean), used))[2]))
  # Pearson's statistic, with the excess kurtosis of the Negative Binomial distribution.
  variance <- mu + mu^2 / alpha
  here <- variance > 0
  left <- sum(here) - sum(h)
  expect_equal(statistic(check, "dispersion"), sum(((v - mu)^2 / variance)[here]) / left)
  expect_equal(check$table$sd[2], sqrt(sum(2 + (6 / alpha + 1 / variance)[here])) / left)
})

test_that("observations, features and cells are the worst ones, by name", {
  check <- check_model(wrong_fit, n_runs = 0, seed = 1, n_worst = 3)
  V <- negbin_data
  mu <- fitted(wrong_fit)
  d <- residuals(wrong_fit, V, type = "deviance")^2
  by_row <- sort(rowMeans(d), decreasing = TRUE)
  expect_equal(check$observations$observation, names(by_row))
  expect_equal(check$observations$mean_deviance, unname(by_row))
  expect_equal(check$observations$total, unname(rowSums(V)[names(by_row)]))
  cosine <- rowSums(V * mu) / sqrt(rowSums(V^2) * rowSums(mu^2))
  expect_equal(check$observations$cosine, unname(cosine[names(by_row)]))
  expect_equal(check$observations$error, unname(sqrt(rowSums((V - mu)^2) / rowSums(V^2))[names(by_row)]))
  by_column <- sort(colMeans(d), decreasing = TRUE)
  expect_equal(check$features$feature, names(by_column))
  expect_equal(check$features$mean_deviance, unname(by_column))
  z <- residuals(wrong_fit, V, type = "quantile", seed = 1)
  at <- arrayInd(order(abs(z), decreasing = TRUE)[1:3], dim(z))
  expect_equal(check$cells, data.frame(observation = rownames(V)[at[, 1]], feature = colnames(V)[at[, 2]],
                                       value = unname(V[at]), mean = unname(mu[at]), residual = unname(z[at])))
})

test_that("an empty observation has no cosine", {
  V <- poisson_data
  V[7, ] <- 0
  check <- check_model(fit_to(V, "T/Po/2"), V, n_runs = 3, seed = 1)
  at <- check$observations$observation == "s7"
  expect_true(is.na(check$observations$cosine[at]) && is.na(check$observations$error[at]))
  expect_identical(check$observations$mean_deviance[at], 0)
  expect_output(print(check), "nothing against the model")
})

test_that("p-values are Student's t of a new draw", {
  check <- check_model(poisson_fit, n_runs = 4, seed = 1)
  log_of <- log(statistic(check, "uniformity") / check$table$reference[1]) / (check$table$sd[1] * sqrt(1 + 1 / 4))
  expect_equal(check$table$p.value[1], pt(log_of, 3, lower.tail = FALSE))
  z <- (statistic(check, "zeros") - check$table$reference[4]) / check$table$sd[4]
  expect_equal(check$zeros$z, z)
  expect_equal(check$table$p.value[4], 2 * pt(-abs(z) / sqrt(1 + 1 / 4), 3))
})

test_that("where drawn data have no zeros, half a zero is the least standard deviation", {
  statistics <- function(zeros) c(uniformity = 0.1, dispersion = 1, mean_variance = 0, zeros = zeros, observations = 2)
  drawn <- list(statistics(0), statistics(0) * 1.1, statistics(0) * 1.2)
  of_zeros <- function(drawn, zeros) test_table(statistics(zeros), drawn, NULL)[4, ]
  expect_equal(of_zeros(drawn, 1)$sd, 0.5)
  expect_equal(of_zeros(drawn, 1)$p.value, 2 * pt(-1 / (0.5 * sqrt(1 + 1 / 3)), 2))
  drawn[[1]]["zeros"] <- 6  # as many as there are
  expect_equal(of_zeros(drawn, 1)$sd, sd(c(6, 0, 0)))
})

test_that("a statement is doubted by its p-value, and by size alone where none was asked for", {
  check <- function(p, n_runs) list(table = data.frame(test = c("zeros", "other"), p.value = c(p, 0)), n_runs = n_runs)
  expect_false(is_doubted(check(0.0101, 9), "zeros", TRUE))
  expect_false(is_doubted(check(0.01, 9), "zeros", TRUE))
  expect_true(is_doubted(check(0.0099, 9), "zeros", FALSE))
  expect_true(is_doubted(check(0.0099, 0), "zeros", FALSE))
  expect_true(is_doubted(check(NA, 0), "zeros", TRUE))
  expect_false(is_doubted(check(NA, 0), "zeros", FALSE))
  expect_false(is_doubted(check(NA, 0), "zeros", NA))
  expect_false(is_doubted(check(NA, 9), "zeros", TRUE))
})

test_that("a bin says something about a variance from 20 cells on that are not expected to be zero", {
  bins <- data.frame(cells = c(30, 30, 30, 30, 25), expected_zeros = c(10, 10.5, 10, 10, 4),
                     observed = c(2, 2, 0, 2, 0.5), mean = c(1, 1, 1, 0, 0.5))
  expect_identical(rownames(informative(bins)), c("1", "5"))
  bins$ratio <- 3
  bins$reference <- c(1.5, 1, 1, 1, NA)
  expect_equal(informative_excess(list(bins = bins))$excess, c(2, 3))
  bins$reference <- c(0, 1, 1, 1, 2)
  expect_equal(informative_excess(list(bins = bins))$excess, c(3, 1.5))
})

test_that("residuals stand against normal quantiles, of many all in the tails", {
  x <- c(3, 1, 2)
  expect_equal(qq_points(x), data.frame(normal = qnorm(c(1, 3, 5) / 6), residual = c(1, 2, 3)))
  all <- qq_points(1:9000, most = 9000)
  some <- qq_points(9000:1)
  expect_true(all(c(1:200, 8801:9000) %in% some$residual))
  expect_lte(nrow(some), 2000)
  expect_gt(nrow(some), 1900)
  expect_identical(some$normal, all$normal[some$residual])
})

test_that("true models are not doubted", {
  # Ten statistics at the level 0.01, with fixed seeds.
  expect_true(all(holds(check_model(poisson_fit, seed = 1))))
  expect_true(all(holds(check_model(negbin_fit, seed = 1))))
  # The same by size; estimated means take a tenth of the variance.
  expect_true(all(holds(check_model(negbin_fit, n_runs = 0, seed = 1))))
})

test_that("estimated means are allowed for: 20 p-values of a true model are about uniform", {
  skip_on_cran()
  p <- vapply(1:20, function(s) {
    V <- counts(true_means(s), s + 100, rpois)
    check_model(fit_to(V, "T/Po/2", tol = 1e-4), V, n_runs = 5, seed = 1)$table$p.value
  }, numeric(5))
  # P(mean of 20 uniform numbers beyond 0.5 +- 0.25) is 1e-4.
  expect_true(all(abs(rowMeans(p) - 0.5) < 0.25))
})

test_that("and so they are where the means take up a quarter of the noise and alpha is far too large", {
  skip_on_cran()
  p <- vapply(1:16, function(s) {
    V <- counts(true_means(s, K = 4, size = 2), s + 200, function(n, mu) rnbinom(n, size = 10, mu = mu))
    check_model(suppressMessages(fit_to(V, "T/NB/4", tol = 1e-3)), V, n_runs = 4, seed = 1)$table$p.value
  }, numeric(5))
  # P(mean of 16 uniform numbers beyond 0.5 +- 0.28) is 1e-4.
  expect_true(all(abs(rowMeans(p) - 0.5) < 0.28))
})

test_that("a Poisson fit to Negative Binomial data is told so", {
  for (n_runs in c(0, 5)) {
    check <- check_model(wrong_fit, n_runs = n_runs, seed = 1)
    expect_identical(unname(holds(check)[c("noise", "variance")]), c(FALSE, FALSE))
    expect_match(reason(check, "variance"), "Poisson variance is too small: .* Use \"T/NB\"")
  }
})

test_that("zero inflation is told from a right number of zeros", {
  V <- poisson_data
  V[withr::with_seed(4, runif(length(V)) < 0.05)] <- 0
  check <- check_model(fit_to(V, "T/Po/2"), V, n_runs = 5, seed = 1)
  expect_false(holds(check)[["zeros"]])
  expect_match(reason(check, "zeros"), "Zero inflation")
  expect_gt(check$zeros$z, 5)
  expect_match(reason(check_model(poisson_fit, n_runs = 5, seed = 1), "zeros"), "The number of zeros is right")
})

test_that("an odd observation is named", {
  V <- poisson_data
  V["s9", ] <- rev(sort(V["s9", ]))[c(2:30, 1)] + rep(c(0, 90), 15)
  check <- check_model(fit_to(V, "T/Po/2"), V, n_runs = 5, seed = 1)
  expect_false(holds(check)[["observations"]])
  expect_match(reason(check, "observations"), "of 40 observations do not fit: s9 ")
})

test_that("every family and structure can be checked", {
  for (model in c("T/N/2", "T/TW1.5/2", "C/Po/2", "C/NB/2")) {
    check <- check_model(fit_to(negbin_data, model), n_runs = 3, seed = 1)
    expect_s3_class(check, "nmf_check")
    expect_true(all(check$table$p.value >= 0 & check$table$p.value <= 1, na.rm = TRUE))
    expect_identical(is.null(check$zeros), model == "T/N/2")
  }
  V <- negbin_data + 1
  expect_null(check_model(fit_to(V, "T/TW2/2"), V, n_runs = 3, seed = 1)$zeros)
  by_row <- fit_to(negbin_data, nmf_model(family = nmf_negbin("observation"), rank = 2))
  expect_true(all(is.finite(check_model(by_row, n_runs = 3, seed = 1)$table$p.value)))
})

test_that("sparse data and observations in columns give the same check", {
  check <- check_model(poisson_fit, n_runs = 3, seed = 1)
  sparse <- Matrix::Matrix(poisson_data, sparse = TRUE)
  expect_equal(check_model(poisson_fit, sparse, n_runs = 3, seed = 1), check)
  turned <- t(poisson_data)
  in_columns <- fit_to(turned, "T/Po/2", obs = "columns")
  expect_equal(check_model(in_columns, n_runs = 3, seed = 1), check, tolerance = 1e-6)   # as far as fits are alike
})

test_that("the data are looked up and the random numbers of R are left alone", {
  withr::with_preserve_seed({
    set.seed(5)
    before <- .Random.seed
    check <- check_model(poisson_fit, n_runs = 3, seed = 1)
    expect_identical(.Random.seed, before)
  })
  expect_identical(check_model(poisson_fit, poisson_data, n_runs = 3, seed = 1), check)
  other <- check_model(poisson_fit, n_runs = 3, seed = 2)
  expect_false(statistic(other, "uniformity") == statistic(check, "uniformity"))
})

test_that("pictures are drawn without a warning", {
  check <- check_model(wrong_fit, n_runs = 3, seed = 1)
  for (type in c("qq", "mean_variance", "observations")) {
    picture <- autoplot(check, type)
    expect_s3_class(picture, "ggplot")
    expect_silent(ggplot2::ggplotGrob(picture))
  }
  z <- residuals(wrong_fit, negbin_data, type = "quantile", seed = 1)
  z <- (z / sqrt(1 - hatvalues(wrong_fit)))[fitted(wrong_fit) > 0]
  expect_equal(check$qq, data.frame(normal = qnorm(ppoints(length(z), 0.5)), residual = sort(z)))
  expect_error(autoplot(check, colour = 2), class = "nmf_error_argument")
})

test_that("wrong arguments are refused in words that name them", {
  expect_snapshot(error = TRUE, cnd_class = TRUE, {
    check_model(poisson_data)
    check_model(poisson_fit, poisson_data[, -1])
    check_model(poisson_fit, n_bins = 0)
    check_model(poisson_fit, n_worst = 1.5)
    check_model(poisson_fit, n_runs = 2, seed = 1)
    check_model(poisson_fit, max_iter = 0)
    check_model(poisson_fit, seed = NA)
    autoplot(check_model(poisson_fit, poisson_data, n_runs = 0, seed = 1), "bars")
  })
})

test_that("a check is printed in words", {
  expect_snapshot(print(check_model(wrong_fit, negbin_data, n_worst = 3, seed = 1)))
})

test_that("the standard error of the dispersion takes the alpha of each cell's own observation", {
  V <- negbin_data + 0
  V[cbind(1:20, 1:20)] <- NA
  fit <- without_advice(nmf(V, "T/NBobs/2", n_starts = 1, seed = 1, verbose = FALSE))
  seen <- which(!is.na(V))
  alpha <- fit$model$family$alpha[row(V)[seen]]
  mu <- fitted(fit)[seen]
  found <- visit_cells(fit, data_of(fit), 20, seq_along(seen), 1)
  variance <- mu + mu^2 / alpha
  expect_equal(found$seen$variance, variance)
  known <- variance > 0                                  # that of a cell whose mean is 0 is not
  expect_equal(theory_of(fit, found$total)["sd", "dispersion"][[1]],
               sqrt(sum((2 + 6 / alpha + 1 / variance)[known])) / (sum(known) - sum(found$seen$leverage)))
})

test_that("data drawn for a check are fitted by the solver of the fit", {
  fit <- without_advice(nmf(poisson_data, "T/Po/2", solver = "mm", n_starts = 1, max_iter = 30, seed = 1))
  used <- character()
  with_fit <- function(..., solver) used <<- c(used, solver$name)
  suppressMessages(trace("run_core", where = asNamespace("nmfamily"), print = FALSE,
                         tracer = bquote((.(with_fit))(solver = solver))))
  redraw(fit, data_of(fit), 5, 1, 3, seq_len(fit$nobs))
  suppressMessages(untrace("run_core", where = asNamespace("nmfamily")))
  expect_identical(unique(used), "mm")
})

test_that("observations that do not fit are counted against a prediction interval of the drawn ones", {
  deviance <- c(9, 4.95, 2, 1, 1)
  B <- 9
  check <- list(n_runs = B, dim = c(20, 30), observations = data.frame(mean_deviance = deviance), table = data.frame(
    test = "observations", statistic = 9, reference = 2, sd = 0.15
  ))
  bend <- sqrt(30 * log(20)) / 5
  away <- qt(0.99, 8) * 0.15 * sqrt(10 / 9)              # bent where it is above 1 / (2 bend), as here
  limit <- 2 * exp(2 * away - (1 - log(2)) / bend)
  expect_gt(limit, 4.2)
  expect_lt(limit, 4.9)
  expect_identical(beyond_limit(check), sum(deviance > limit))
  check$table$sd <- 0.08
  limit <- 2 * (1 - bend * qt(0.99, 8) * 0.08 * sqrt(10 / 9))^(-1 / bend)
  check$observations$mean_deviance[3] <- limit * 1.001
  expect_identical(beyond_limit(check), 3L)
  check$observations$mean_deviance[3] <- limit * 0.999
  expect_identical(beyond_limit(check), 2L)
})

test_that("the bent logarithm rises, has no end, and is turned round", {
  x <- exp(seq(-3, 9, by = 0.25))
  for (bend in c(0, 0.5, 4)) {
    y <- bent_log(x, 3, bend)
    expect_true(all(diff(y) > 0))
    expect_equal(from_bent_log(y, 3, bend), x)
    expect_equal(bent_log(3, 3, bend), 0)
  }
  expect_equal(bent_log(x, 3, 1e-6), log(x / 3), tolerance = 1e-4)
  far <- bent_log(3 * 2^(1 / 4) * c(1 - 1e-6, 1, 1 + 1e-6), 3, 4)
  expect_equal(diff(far)[1], diff(far)[2], tolerance = 1e-4)
})

test_that("the p-value of the largest deviance is right for the largest of many means", {
  one <- function() {
    c(uniformity = 0.1, dispersion = 1, mean_variance = 0, zeros = 0, observations = max(rgamma(60, 40)) / 40)
  }
  p <- withr::with_seed(1, replicate(1500, {
    test_table(one(), replicate(6, one(), simplify = FALSE), NULL, bend_of_largest(c(60, 80)))$p.value[5]
  }))
  expect_lt(abs(mean(p < 0.05) - 0.05), 3 * sqrt(0.05 * 0.95 / 1500))
  expect_lt(mean(p < 0.01), 0.01 + 3 * sqrt(0.01 * 0.99 / 1500))
})

test_that("a component of which one observation has more than half is named, and of few observations 5 / N", {
  W <- cbind(k1 = rep(1, 20), k2 = c(20, rep(1, 19)), k3 = 0, k4 = c(1, 18, rep(1, 18)))
  rownames(W) <- paste0("o", 1:20)
  expect_equal(mostly_of_one(W), data.frame(component = "k2", observation = "o1", share = 20 / 39, of_all = 22 / 96))
  expect_null(mostly_of_one(W[, c("k1", "k3")]))
  expect_null(mostly_of_one(W[1:6, ]))                # 20 of 25, where 5 of 6 are asked for
  expect_identical(alone_text(mostly_of_one(W)),
                   paste("k2 is mostly that of one observation, o1 with 51% of its weights. Fit without it to see",
                         "whether the others have this component too."))
  check <- check_model(poisson_fit, n_runs = 0, seed = 1)
  expect_match(alone_text(mostly_of_one(cbind(W, W))), "Fit without it to see")
  expect_match(alone_text(mostly_of_one(W * c(100, rep(1, nrow(W) - 1)))), "^One observation, [^,]*, has [0-9]+%")
  check$alone <- mostly_of_one(W)
  last <- verdict_of(check)
  expect_match(last$reason[last$statement == "components"], "the most similar are .* k2 is mostly that of one")
  expect_true(last$holds[last$statement == "components"])
  expect_match(warn_check(list(check = check)), "^k2 is mostly that of one observation", all = FALSE)
})

test_that("with few counts for each parameter the tests are approximate, doubt less, and say so", {
  sparse <- withr::with_seed(2, matrix(rpois(600, 0.2), 20)) + 0
  sparse[cbind(1:20, rep(1:2, 10))] <- 1
  fit <- nmf(sparse, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  check <- check_model(fit, n_runs = 3, seed = 1)
  expect_true(check$approximate)
  expect_match(capture.output(print(check)), "fewer than 10 counts for each parameter", all = FALSE)
  expect_false(check_model(poisson_fit, n_runs = 0, seed = 1)$approximate)
  check$table$p.value[] <- 0.005
  expect_true(all(verdict_of(check)$holds[c(1, 3)]))
  check$table$p.value[] <- 0.0005
  verdict <- verdict_of(check)
  expect_false(any(verdict$holds[c(1, 3)]))
  expect_match(verdict$reason[!verdict$holds & verdict$statement != "components"], "so few counts .* approximate.$")
})

test_that("the worst bin is that farthest from 1 on the log scale, and zeros are doubted beyond a tenth", {
  of <- function(ratio) {
    list(bins = data.frame(cells = 100, mean = seq_along(ratio), observed = ratio, model = 1, ratio = ratio,
                           reference = 1, zeros = 0, expected_zeros = 0),
         n_runs = 0, model = nmf_model("T/Po/2"),
         table = data.frame(test = c("mean_variance", "dispersion"), p.value = NA_real_))
  }
  expect_match(verdict_variance(of(c(1.2, 0.4)))$reason, "too large: the observed one is 0.4 times")
  expect_match(verdict_variance(of(c(2.6, 0.9)))$reason, "too small: the observed one is 2.6 times")
  zeros <- function(observed, expected, z = 9) {
    verdict_zeros(list(zeros = list(observed = observed, expected = expected, z = z), n_runs = 0,
                       table = data.frame(test = "zeros", p.value = NA_real_)), TRUE)$holds
  }
  expect_true(zeros(100, 90))    # a tenth, not more
  expect_false(zeros(100, 89.9))
  expect_true(zeros(100, 50, z = 5))
  expect_false(zeros(100, 50, z = -5.01))
  expect_identical(nrow(check_model(poisson_fit, n_runs = 0, seed = 1)$cells), 5L)
})

test_that("residuals that are far from uniform are never said to agree", {
  words <- function(distance, p, n_cells = 2000) {
    verdict_noise(list(table = data.frame(test = "uniformity", statistic = distance, p.value = p), n_cells = n_cells,
                       n_runs = if (is.na(p)) 0 else 9, residual_sd = 1, model = nmf_model("T/NB5/2")))
  }
  expect_match(words(0.99, 0.02)$reason, "contradict Negative Binomial noise .*distance from uniform 0.99, p = 0.020")
  expect_false(words(0.99, 0.02)$holds)
  expect_true(words(0.99, 0.05)$holds)                   # five times the level, not less
  expect_match(words(0.3, 0.4)$reason, "far from uniform, but no farther than")
  expect_match(words(0.02, 0.02)$reason, "agree with")
  expect_match(words(0.02, 0.005)$reason, "contradict")
  # without draws by size, beyond what chance leaves: 1.63 / sqrt(2000) = 0.036
  expect_match(words(0.035, NA)$reason, "agree with")
  expect_match(words(0.04, NA)$reason, "contradict")
  expect_match(words(0.04, NA, 1000)$reason, "agree with")
  expect_match(words(0.031, NA, 1e5)$reason, "contradict")
})

test_that("a foreign row, zeros that were added and a split component are named as such", {
  set.seed(5)
  H <- pcawg_signatures[c("SBS1", "SBS4", "SBS7a"), ]
  mu <- matrix(rgamma(180, 1, 1 / 600), 60) %*% H
  draw <- function(mu) matrix(rpois(length(mu), mu), nrow(mu))
  check <- function(V, rank = 3) {
    fit <- suppressWarnings(nmf(V, paste0("T/Po/", rank), n_starts = 3, seed = 1, verbose = FALSE))
    check_model(fit, seed = 1)
  }
  reason <- function(check, statement) check$verdict$reason[check$verdict$statement == statement]
  right <- check(draw(mu))
  expect_true(all(right$verdict$holds))
  expect_match(reason(right, "components"), "No two components are alike")
  foreign <- mu
  foreign[7, ] <- sum(mu[7, ]) * rev(pcawg_signatures["SBS17b", ])
  foreign <- check(draw(foreign))
  expect_match(reason(foreign, "observations"), "1 of 60 observations does not fit: 7 has .* fit without it")
  of_so_many <- function(n) {
    foreign$observations$mean_deviance[seq_len(n)] <- foreign$observations$mean_deviance[1]
    verdict_observations(foreign)$reason
  }
  expect_match(of_so_many(3), "3 of 60 observations do not fit: .* fit without them")
  expect_no_match(of_so_many(4), "fit without")          # more than a twentieth are not foreign
  V <- draw(mu)
  V[sample(length(V), 0.15 * length(V))] <- 0
  expect_match(reason(check(V), "zeros"), "^Zero inflation")
})

test_that("components that are nearly proportional are said to be alike", {
  H <- rbind(a = c(1, 2, 3, 4), b = c(4, 3, 2, 1), c = c(1, 2, 3, 4.5))
  expect_identical(most_alike(H)[1:2], data.frame(component = "a", with = "c"))
  expect_equal(most_alike(H)$cosine, cosine_similarity(H)[1, 3])
  expect_null(most_alike(H[1, , drop = FALSE]))
  said <- function(cosine) verdict_components(list(alike = data.frame(component = "a", with = "c", cosine = cosine)))
  expect_true(said(0.94)$holds)
  expect_false(said(0.951)$holds)
  expect_match(said(0.96)$reason, "a and c \\(cosine 0.960\\)")
})

test_that("too small a variance is blamed for zeros only where it is too small", {
  zeros <- list(zeros = data.frame(observed = 300, expected = 200, z = 9), n_runs = 9,
                table = data.frame(test = "zeros", p.value = 1e-5))
  expect_match(verdict_zeros(zeros, TRUE)$reason, "Too small a variance")
  expect_false(grepl("Too small a variance", verdict_zeros(zeros, FALSE)$reason))
})

test_that("expected zeros are those of drawn data, and what chance allows is not called right", {
  zeros <- list(observed = 88, expected = 100, z = 0.5)
  table <- data.frame(test = "zeros", p.value = 0.6, reference = -13)
  expect_match(verdict_zeros(list(zeros = zeros, n_runs = 9, table = table), FALSE)$reason, "88 zeros, 87 expected")
  bins <- data.frame(cells = 30, expected_zeros = 0, observed = 2, mean = 1:2, ratio = c(2, 1), reference = 1)
  check <- list(bins = bins, n_runs = 9, model = nmf_model("T/Po/1"),
                table = data.frame(test = c("mean_variance", "dispersion"), p.value = 0.4))
  expect_match(verdict_variance(check)$reason, "variance is not contradicted.*which chance allows, p = 0.800")
})

test_that("means that differ by rounding have bins", {
  W <- rbind(c(50.47287948876320485, 5.5271205112367934), c(0.54789903482210855, 42.4521009651778840))
  H <- rbind(c(0.309701024937978409, 0.69029897506202165), c(0.066670789972790315, 0.93332921002720970))
  fit <- without_advice(nmf(rbind(c(14, 34), c(7, 41)), "T/Po/2", init = list(W = W, H = H), max_iter = 0))
  expect_lte(nrow(check_model(fit, n_runs = 0, seed = 1)$bins), 4)
})
