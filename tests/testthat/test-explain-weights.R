# Weights explained by covariates.

fit <- without_advice(nmf(brca21[, c(1:6, 33:50)], "T/Po/3", n_starts = 1, seed = 1, verbose = FALSE))
about <- data.frame(group = rep(c("b", "a", "c"), 7), age = (1:21 * 7) %% 13, row.names = rownames(brca21))
draws <- bootstrap_fit(fit, n_runs = 8, seed = 1, verbose = FALSE)
of_lm <- function(y, formula) {
  unname(summary(stats::lm(stats::update(formula, y ~ .), cbind(about, y = y)))$coefficients)
}
columns <- c("estimate", "std.error", "statistic", "p.value")
numbers <- function(effects, k) unname(as.matrix(effects$table[effects$table$component == k, columns]))

test_law("without uncertainty of the weights it is lm(), by component", {
  P <- fit$W / rowSums(fit$W)
  for (formula in list(~ group + age, ~ group * log(age + 1), ~ 1, ~ poly(age, 2) - 1)) {
    effects <- explain_weights(fit, formula, about, draws = 0)
    for (k in colnames(P)) expect_equal(numbers(effects, k), of_lm(P[, k], formula))
  }
  raw <- explain_weights(fit, ~ age, about, draws = 0, relative = FALSE, level = 0.9)
  expect_equal(numbers(raw, "k2"), of_lm(fit$W[, "k2"], ~ age))
  expect_equal(unname(as.matrix(raw$table[1:2, c("conf.low", "conf.high")])),
               unname(stats::confint(stats::lm(fit$W[, 1] ~ about$age), level = 0.9)))
  same <- draws
  same$W[] <- fit$W                                      # draws that do not vary
  expect_equal(explain_weights(fit, ~ group, about, same)$table, explain_weights(fit, ~ group, about, 0)$table)
})

test_law("the variance is what the residuals have beyond the draws, and what the coefficients of the draws have", {
  effects <- explain_weights(fit, ~ group + age, about, draws)
  X <- stats::model.matrix(~ factor(group) + age, about)
  A <- solve(crossprod(X), t(X))
  M <- diag(21) - X %*% A
  for (k in 1:3) {
    Y <- apply(draws$W, 3, function(W) W[, k] / rowSums(W))
    G <- stats::cov(t(Y))                                # of the errors of the weights, over the draws
    y <- fit$W[, k] / rowSums(fit$W)
    s2 <- max(0, sum((M %*% y)^2) - sum(diag(M %*% G))) / 17
    V <- s2 * solve(crossprod(X)) + A %*% G %*% t(A)
    expect_equal(unname(effects$covariance[, , k]), unname(V))
    row <- effects$table[effects$table$component == paste0("k", k), ]
    expect_equal(row$std.error, unname(sqrt(diag(V))))
    lm <- diag(solve(crossprod(X))) * sum((M %*% y)^2) / 17
    df <- pmin(17, diag(V)^2 / (lm^2 / 17 + diag(A %*% G %*% t(A))^2 / 7))
    expect_equal(row$df, unname(df))
    expect_equal(row$conf.high - row$estimate, stats::qt(0.975, row$df) * row$std.error)
    expect_equal(row$from_weights, unname(diag(A %*% G %*% t(A)) / diag(V)))
  }
})

test_that("effects on proportions sum to zero, and the table is that of the methods", {
  effects <- explain_weights(fit, ~ group + age, about, draws)
  expect_equal(unname(rowSums(effects$coefficients)), c(1, 0, 0, 0))
  expect_identical(as.data.frame(tidy(effects)), effects$table)
  expect_identical(as.data.frame(effects), effects$table)
  expect_output(print(effects), "explained by ~group [+] age.*8 draws.*groupb")
})

test_that("rows are matched by name, and observations without covariates or words are left out", {
  effects <- explain_weights(fit, ~ age, about, draws)
  expect_equal(explain_weights(fit, ~ age, about[21:1, ], draws)$table, effects$table)
  numbered <- rbind(about, about)                         # what is left of a larger table has the numbers of its rows
  rownames(numbered) <- NULL
  expect_equal(explain_weights(fit, ~ age, numbered[22:42, ], draws)$table, effects$table)
  lacking <- about
  lacking$age[2:3] <- NA
  expect_message(less <- explain_weights(fit, ~ age, lacking, 0), "2 observations with missing covariates")
  P <- (fit$W / rowSums(fit$W))[-(2:3), ]
  expect_equal(less$table$estimate, unname(c(stats::coef(stats::lm(P ~ age, about[-(2:3), ])))))
  words <- tiny_topics()
  expect_message(explain_weights(words, ~ x, data.frame(x = c(1, 3, 2, 5)), 0), "1 observation with")
})

test_that("topics take the draws of their fit, and a number of draws is made", {
  model <- small_topics()
  kind <- data.frame(group = gl(3, 40))
  effects <- explain_weights(model, ~ group, kind, draws = 2, seed = 3, verbose = FALSE)
  P <- stats::lm(model$L ~ kind$group)
  expect_equal(unname(effects$coefficients), unname(stats::coef(P)))
  own <- explain_weights(model, ~ group, kind, bootstrap_fit(model$fit, n_runs = 2, seed = 3, verbose = FALSE))
  expect_equal(own$table, effects$table)
})

test_that("pictures show each coefficient and the mean over all observations", {
  effects <- explain_weights(fit, ~ group + age, about, draws)
  picture <- autoplot(effects)
  expect_identical(nrow(picture$data), 9L)
  means <- autoplot(effects, "means", "group")$data
  model <- stats::lm(fit$W[, 1] / rowSums(fit$W) ~ group + age, about)
  by_hand <- vapply(c("a", "b", "c"), function(g) mean(stats::predict(model, transform(about, group = g))), 0)
  expect_equal(means$mean[means$component == "k1"], unname(by_hand))
  line <- autoplot(effects, "means", "age")$data
  expect_identical(range(line$x), range(about$age))
  expect_error(autoplot(explain_weights(fit, ~ 1, about, 0), "means"), class = "nmf_error_argument")
})

test_that("formulas, data and draws that do not fit are refused", {
  expect_snapshot(error = TRUE, {
    explain_weights(fit, group ~ age, about)
    explain_weights(fit, ~ nothing, about)
    explain_weights(fit, ~ age, about[1:5, ])
    explain_weights(fit, ~ age + I(2 * age), about)
    explain_weights(fit, ~ factor(1:21), about)
    explain_weights(fit, ~ log(age - 1e9), about)
    explain_weights(fit, ~ age, about, draws = 1)
    explain_weights(fit, ~ age, about, bootstrap_fit(fit[1:2], n_runs = 2, seed = 1, verbose = FALSE))
    explain_weights(fit, ~ age, about, bootstrap_fit(fit, n_runs = 2, observations = 1:3, seed = 1, verbose = FALSE))
    explain_weights(fit, ~ age, stats::setNames(about, c("group", "other")))
  })
  expect_error(explain_weights(fit, ~ no_function(age), about), "cannot be made of `data`",
               class = "nmf_error_argument")
})

test_that("numbers that are the names of all observations are names, and others what is left of a whole", {
  named <- without_advice(nmf(structure(brca21, dimnames = list(101:121, NULL)), "T/Po/2", n_starts = 1, max_iter = 20,
                              seed = 1, verbose = FALSE))
  about <- data.frame(age = 1:21, row.names = 101:121)
  own <- explain_weights(named, ~ age, about, draws = 0)$table
  expect_identical(explain_weights(named, ~ age, about[21:1, , drop = FALSE], draws = 0)$table, own)
  rest <- data.frame(age = c(0, 1:21))[-1, , drop = FALSE]
  expect_identical(explain_weights(named, ~ age, rest, draws = 0)$table, own)
})
