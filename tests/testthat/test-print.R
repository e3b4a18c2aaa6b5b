# The wording: what is printed and what errors say.

# Iterations, seconds, residuals and the last digits differ between machines.
steady <- function(lines) {
  run <- "after [0-9]+ iterations \\(residual [^)]+\\)"
  lines <- gsub(run, "after <n> iterations (residual <r>)", lines)
  lines <- sub("^(  seconds +).*", "\\1<t>", lines)
  lines <- gsub("\\(stationarity residual [^)]+\\)", "(stationarity residual <r>)", lines)
  long <- gregexpr("[0-9]+\\.[0-9]+", lines)
  regmatches(lines, long) <- lapply(regmatches(lines, long), vapply, function(x) format(signif(as.numeric(x), 5)), "")
  lines
}

quick <- function(V, model, ...) suppressMessages(nmf(V, model, n_starts = 2, seed = 1, verbose = FALSE, ...))

test_that("families and models", {
  expect_snapshot({
    nmf_normal()
    nmf_poisson()
    nmf_tweedie()
    nmf_tweedie(1.5)
    nmf_negbin()
    nmf_negbin(36.44)
    nmf_negbin("observation")
    nmf_model("T/Po/3")
    nmf_model("c/tw")
    nmf_model("C/NB36.44/5")
    nmf_model("T/NBobs/4")
    names(all_models(5))
  })
})

test_that("fits", {
  expect_snapshot(quick(brca21, "T/N/3"), transform = steady)
  expect_snapshot(quick(brca21, "T/Po/3"), transform = steady)
  expect_snapshot(quick(brca21, "C/TW1.5/3"), transform = steady)
  # The likelihood is flat in the power: what goes with it is known to two digits.
  tweedie <- quick(brca21, "T/TW/3")
  tweedie$model$family$power <- round(tweedie$model$family$power, 2)
  for (part in c("sigma2", "deviance")) tweedie[[part]] <- signif(tweedie[[part]], 2)
  expect_snapshot(tweedie, transform = steady)
  expect_snapshot(quick(brca21, "C/NB/3"), transform = steady)
  # Many rounds of alphas and factors end at other factors of the same means; one has the digits.
  once <- nmf_control(alpha_update = "once")
  expect_snapshot(quick(brca21, "T/NBobs/3", control = once), transform = steady)
  # Twelve components: a few sweeps, for at the end small differences have grown.
  expect_snapshot(without_advice(quick(brca21, "T/NB20/12", max_iter = 5)), transform = steady)
  calm <- withr::with_seed(1, round(matrix(rgamma(24, 1, 0.1), 12) %*% matrix(rgamma(18, 1), 2)))
  expect_snapshot(quick(calm, "T/NB/2"), transform = steady)
})

test_that("a fit that has not converged", {
  expect_snapshot(quick(brca21, "T/Po/3", max_iter = 45), transform = steady)
})

test_that("data that are no counts", {
  expect_snapshot(quick(brca21 + 0.5, "T/Po/3"), transform = steady)
})

test_that("a summary", {
  expect_snapshot(summary(quick(brca21, "T/Po/3")), transform = steady)
  expect_snapshot(summary(quick(brca21, "C/NB45/2"), n = 3), transform = steady)
})

test_that("comparisons", {
  models <- c("T/N", "T/Po", "T/TW1.4", "T/NB", "C/N", "C/Po", "C/TW1.4", "C/NB")
  table <- compare_models(brca21, models, rank = 2, n_starts = 2, seed = 1, verbose = FALSE)
  expect_snapshot(table)
  failed <- compare_models(brca21, c("T/Po/2", "T/TW2/2"), n_starts = 2, seed = 1, verbose = FALSE)
  expect_snapshot(failed)
  V <- random_sparse(21, 30, 20)
  V[V < 4] <- 0
  mostly_zero <- compare_models(V, c("T/Po/2", "T/N/2"), n_starts = 2, seed = 1, verbose = FALSE)
  expect_snapshot(mostly_zero)
})

test_that("profiles", {
  profile <- profile_power(brca21, "T/TW/2", powers = c(0, 1, 1.2, 1.4, 1.6), n_starts = 2, seed = 1, verbose = FALSE)
  # What was refined is known to two digits only, what was fitted to five.
  profile$table <- profile$table[profile$table$power %in% c(0, 1, 1.2, 1.4, 1.6), ]
  profile$table[2:4] <- signif(profile$table[2:4], 5)
  profile$model$family$power <- round(profile$model$family$power, 2)
  for (part in c("estimate", "interval", "logLik")) profile[[part]] <- round(profile[[part]], 2)
  expect_snapshot(profile)
  coarse <- profile_alpha(brca21, "T/NB/2",
    alphas = c(10, 20, 40), refine = FALSE, n_starts = 2, seed = 1, verbose = FALSE
  )
  coarse$table <- signif(coarse$table, 5)
  coarse$logLik <- round(coarse$logLik, 2)
  expect_snapshot(coarse)
})

test_that("matched features", {
  fit <- without_advice(quick(liver, "T/Po/3", max_iter = 100))
  expect_snapshot(match_components(fit, pcawg_signatures))
  expect_snapshot(match_components(fit, pcawg_signatures, threshold = 0.9))
  expect_snapshot(match_components(fit, pcawg_signatures, threshold = 0.99))
})

test_that("messages about alpha", {
  mu <- matrix(c(3, 9, 4, 7, 5, 2), 2)
  expect_snapshot(estimate_alpha(mu, mu))
  expect_snapshot(estimate_alpha(rbind(mu[1, ], c(0, 30, 1)), mu, by = "observation"))
})

test_that("errors about models", {
  expect_snapshot(error = TRUE, {
    nmf_model("T/Foo/3")
    nmf_model("X/Po/3")
    nmf_model("T")
    nmf_model("T/Poi/3")
    nmf_model("poison")
    nmf_model("convx/Po/3")
    nmf_model("T/Po", structure = "convex")
    nmf_model("T/Po", family = nmf_normal())
    nmf_model(family = "poison")
    nmf(brca21)
    as_models(c(nmf_poisson(), nmf_normal()))
    nmf_model("T/TW0.5/3")
    nmf_model("T/NB-1/3")
    nmf_model("T/Po5")
    nmf_model(3)
    nmf_tweedie(0.5)
    nmf_negbin(-1)
    nmf_negbin("patient")
    nmf(brca21, nmf_model(family = nmf_negbin(1:5), rank = 3))
    profile_power(brca21, "T/NB/3")
  })
})

test_that("errors about ranks", {
  expect_snapshot(error = TRUE, {
    nmf_model("T/Po/2.5")
    nmf(brca21, "T/Po")
    nmf(brca21, "T/Po", rank = 31)
    nmf(brca21, "T/Po", rank = c(2, 3))
    nmf(brca21, "T/Po", rank = "three")
  })
})

test_that("errors about data", {
  bad <- brca21 + 0
  bad[2, 5] <- -1
  missing <- brca21 + 0
  missing[3:4, 7] <- NaN
  sparse <- as_sparse(random_sparse(9))
  names <- data.frame(a = 1:3, b = c("x", "y", "z"))
  expect_snapshot(error = TRUE, {
    nmf(bad, "T/Po/3")
    nmf(unname(bad), "T/Po/3")
    nmf(missing, "T/Po/3")
    nmf(names, "T/Po/1")
    nmf(1:10, "T/Po/1")
    nmf(mean, "T/Po/1")
    nmf(NULL, "T/Po/1")
    nmf(matrix(0, 3, 3), "T/Po/1")
    nmf(matrix(0, 0, 3), "T/Po/1")
    nmf(brca21, "T/TW2/3")
    nmf(sparse, "T/TW2/3")
    nmf(t(brca21), "T/Po/3")
    nmf(brca21, "T/Po/3", obs = "columns")
    estimate_alpha(brca21, brca21[-1, ])
  })
})

test_that("errors about the data of a fit and about new data", {
  fit <- quick(brca21, "T/Po/3")
  lost <- unserialize(serialize(fit, NULL))
  expect_snapshot(error = TRUE, {
    residuals(lost)
    residuals(fit, V = brca21[-1, ])
    predict(fit, unname(brca21[, -1]))
    predict(fit, `colnames<-`(brca21, paste("type", 1:96)))
    predict(fit, "brca21")
    match_components(fit, unname(pcawg_signatures[, -1]))
  })
})

test_that("errors about starts", {
  init <- random_init(52, "traditional", brca21)
  negative <- init
  negative$W[2, 3] <- -1
  expect_snapshot(error = TRUE, {
    nmf(brca21, "C/Po/3", init = init)
    nmf(brca21, "T/Po/4", init = init)
    nmf(brca21, "T/Po/3", init = negative)
    nmf(brca21, "T/Po/3", init = "random")
  })
})

test_that("errors about settings", {
  expect_snapshot(error = TRUE, {
    nmf_control(start_itr = 5)
    nmf_control(start_iter = 0)
    nmf_control(rel_tol = -1)
    nmf_control(alpha_update = "never")
    nmf(brca21, "T/Po/3", control = 5)
    nmf(brca21, "T/Po/3", n_starts = 0)
    nmf(brca21, "T/Po/3", max_iter = 1.5)
    nmf(brca21, "T/Po/3", tol = -1)
    nmf(brca21, "T/Po/3", time_limit = "soon")
    nmf(brca21, "T/Po/3", seed = "a")
    nmf(brca21, "T/Po/3", solver = "newton")
    nmf(brca21, "T/Po/3", obs = "row")
    nmf(brca21, "T/Po/3", verbose = NA)
    profile_power(brca21, "T/TW/3", powers = 0.5)
    compare_models(brca21, rank = 3, n_stars = 5)
    fits(1)
  })
})

test_that("one of something is not several", {
  expect_identical(counted(1, "cell"), "1 cell")
  expect_identical(counted(1200, "iteration"), "1,200 iterations")
  expect_identical(counted(NA_integer_, "iteration"), "NA iterations")
})

test_that("an exact fit and an edited one are printed without infinities and NA", {
  V <- withr::with_seed(1, matrix(rexp(24), 12) %*% matrix(rexp(20), 2))
  fit <- nmf(V, "T/N/2", n_starts = 1, seed = 1, verbose = FALSE)
  expect_match(capture.output(print(fit)), "logLik +infinite, for the fit is exact$", all = FALSE)
  expect_no_match(capture.output(print(merge_components(fit, list(both = 1:2)))), "after NA")
})
