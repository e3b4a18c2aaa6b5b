# Models on random parts of the observations.

quick_splits <- function(V, models, ..., rank = 2, n_splits = 3) {
  compare_splits(V, models, rank, n_splits, n_starts = 2, seed = 5, verbose = FALSE, ...)
}

# What does not depend on the clock.
numbers_of <- function(splits) {
  splits$table$seconds <- splits$scores$seconds <- splits$call <- NULL
  unclass(splits)
}

easy <- withr::with_seed(1, {
  mu <- matrix(rgamma(40, 1, 1 / 40), 20) %*% matrix(rgamma(24, 0.5), 2)
  matrix(rnbinom(240, size = 20, mu = mu), 20, dimnames = list(paste0("s", 1:20), letters[1:12])) + 0
})

cosine <- function(x, y) sum(x * y) / sqrt(sum(x^2) * sum(y^2))
# The better of the two ways to match two features.
of_two <- function(x, y) {
  same <- cosine(x[1, ], y[1, ]) + cosine(x[2, ], y[2, ])
  crossed <- cosine(x[1, ], y[2, ]) + cosine(x[2, ], y[1, ])
  max(same, crossed) / 2
}

test_law("scores are what nmf() and predict() give on the parts", {
  reference <- withr::with_seed(2, matrix(rexp(24), 2, dimnames = list(c("a", "b"), letters[1:12])))
  models <- c("T/N", "T/Po", "C/Po", "T/TW1.5", "C/NB40")
  splits <- quick_splits(easy, models, reference = reference[, 12:1])
  deviances <- list(
    normal = function(v, mu) (v - mu)^2,
    poisson = function(v, mu) 2 * (ifelse(v > 0, v * log(v / mu), 0) - v + mu),
    tweedie = function(v, mu) ifelse(v == mu, 0, 4 * (sqrt(v) - sqrt(mu))^2 / sqrt(mu)),
    negbin = function(v, mu) 2 * (ifelse(v > 0, v * log(v / mu), 0) - (v + 40) * log((v + 40) / (mu + 40)))
  )
  for (s in 1:3) {
    held <- splits$left_out[[s]]
    expect_length(held, 4)
    for (i in seq_along(models)) {
      fit <- nmf(easy[-held, ], models[i], rank = 2, n_starts = 2, seed = seed_of_start(5, s), verbose = FALSE)
      row <- splits$scores[splits$scores$split == s, ][i, ]
      expect_identical(unname(splits$components[[i]][[s]]), unname(fit$H))
      for (part in c("in", "out")) {
        V <- if (part == "in") easy[-held, ] else easy[held, ]
        mu <- if (part == "in") fitted(fit) else predict(fit, V, "response")
        deviance <- mean(deviances[[fit$model$family$name]](V, mu))
        expect_equal(row[[paste0("deviance_", part)]], deviance, tolerance = 1e-12)
        expect_equal(row[[paste0("rmse_", part)]], sqrt(mean((V - mu)^2)), tolerance = 1e-12)
        each <- vapply(seq_len(nrow(V)), function(n) cosine(V[n, ], mu[n, ]), 0)
        expect_equal(row[[paste0("cosine_", part)]], mean(each), tolerance = 1e-12)
      }
      expect_equal(row$match, of_two(fit$H, reference), tolerance = 1e-12)
    }
  }
  for (i in seq_along(models)) {
    pairs <- splits$pairs[splits$pairs$model == splits$table$model[i], ]
    H <- splits$components[[i]]
    expected <- c(of_two(H[[1]], H[[2]]), of_two(H[[1]], H[[3]]), of_two(H[[2]], H[[3]]))
    expect_equal(pairs$consistency, expected, tolerance = 1e-12)
    expect_identical(cbind(pairs$split, pairs$other), cbind(c(1L, 1L, 2L), c(2L, 3L, 3L)))
    expect_equal(splits$table$consistency[i], mean(expected), tolerance = 1e-12)
    own <- splits$scores[splits$scores$model == splits$table$model[i], ]
    expect_equal(splits$table$rmse_out[i], mean(own$rmse_out), tolerance = 1e-14)
  }
})

test_that("numbers do not depend on the plan, the order, the other models or earlier splits", {
  models <- c("T/Po", "C/N")
  all <- quick_splits(easy, models, solvers = c("cd", "lbfgs"))
  expect_identical(names(all$components), c("NMF/T/Po/2 cd", "NMF/T/Po/2 lbfgs", "NMF/C/N/2 cd", "NMF/C/N/2 lbfgs"))
  alone <- numbers_of(quick_splits(easy, "C/N", solvers = "lbfgs", n_splits = 2))
  expect_identical(alone$components[[1]], all$components[[4]][1:2])
  expect_identical(alone$left_out, all$left_out[1:2])
  other <- quick_splits(easy, rev(models), solvers = c("lbfgs", "cd"))
  expect_identical(other$components[rev(names(all$components))], rev(all$components))
  file <- withr::local_tempfile(fileext = ".rds")
  quick_splits(easy, models, solvers = c("cd", "lbfgs"), n_splits = 2, checkpoint = file)
  resumed <- quick_splits(easy, models, solvers = c("cd", "lbfgs"), checkpoint = file)
  expect_identical(numbers_of(resumed), numbers_of(all))
  expect_error(quick_splits(easy + 1, models, checkpoint = file), class = "nmf_error_argument", regexp = "data differs")
  local_workers()
  expect_identical(numbers_of(quick_splits(easy, models, solvers = c("cd", "lbfgs"))), numbers_of(all))
})

test_that("orientation and storage of the data do not matter, and R's random numbers stay", {
  upright <- numbers_of(quick_splits(easy, c("T/Po", "C/Po")))
  withr::local_seed(3)
  before <- .Random.seed
  turned <- numbers_of(quick_splits(t(easy), c("T/Po", "C/Po"), obs = "columns"))
  expect_identical(.Random.seed, before)
  expect_identical(turned, upright)
  sparse <- numbers_of(quick_splits(as_sparse(easy), c("T/Po", "C/Po")))
  # Sums over stored cells are taken in another order.
  expect_equal(sparse$table, upright$table, tolerance = 1e-6)
})

test_that("traditional fits reconstruct what is fitted at least as well as convex ones, which are a special case", {
  splits <- compare_splits(brca21, c("T/N", "C/N", "T/Po", "C/Po"), rank = 3, n_splits = 4, n_starts = 6, seed = 1,
                           verbose = FALSE)
  for (family in c("N", "Po")) {
    of <- function(structure) {
      splits$scores$deviance_in[splits$scores$model == paste("NMF", structure, family, 3, sep = "/")]
    }
    expect_true(all(of("T") < of("C")))
  }
})

test_that("features without data in a training part are zero there, and alphas go with their observations", {
  V <- easy
  V[, 3] <- 0
  V[1, 3] <- 7
  alpha <- seq(5, 100, length.out = 20)
  splits <- quick_splits(V, list(nmf_model(family = nmf_negbin(alpha)), "C/NB", "C/Po"), n_splits = 6)
  hidden <- vapply(splits$left_out, function(held) 1 %in% held, NA)
  expect_true(any(hidden) && !all(hidden))
  for (components in splits$components) {
    expect_identical(vapply(components, function(H) all(H[, 3] == 0), NA), hidden, ignore_attr = "names")
  }
  expect_true(all(is.finite(splits$scores$deviance_out)))
  held <- splits$left_out[[1]]
  fit <- nmf(V[-held, colSums(V[-held, ]) > 0], nmf_model(family = nmf_negbin(alpha[-held])), rank = 2, n_starts = 2,
             seed = seed_of_start(5, 1), verbose = FALSE)
  expect_equal(splits$scores$deviance_in[1] * fit$nobs, fit$deviance, tolerance = 1e-10)
  by_observation <- quick_splits(easy, "T/NBobs")        # new observations take the median
  expect_true(all(is.finite(by_observation$scores$deviance_out)))
})

test_law("what cannot be compared is refused before any fit", {
  expect_bad <- function(class, ...) expect_error(quick_splits(easy, ...), class = paste0("nmf_error_", class))
  expect_bad("argument", "T/Po", n_splits = 1)
  for (train in list(0, 1, 0.05, "half", NA, c(0.5, 0.6))) expect_bad("argument", "T/Po", train = train)
  expect_bad("argument", c("T/Po", "T/Po"))
  expect_bad("argument", "C/Po", solvers = "em")
  expect_bad("argument", "T/Po", solvers = "fast")
  expect_bad("argument", "T/Po", n_stars = 2)
  expect_bad("data", "T/Po", reference = easy[, 1:5])
  expect_bad("control", "T/Po", control = nmf_control(starts = "traditional"))
  expect_error(compare_splits(easy, "T/Po"), class = "nmf_error_rank")
  expect_error(compare_splits(easy, "T/Po/2", checkpoint = "x.rds"), class = "nmf_error_argument", regexp = "seed")
  some <- quick_splits(easy, c("T/Po", "C/Po"), solvers = c("em", "cd"), max_iter = 30)
  expect_identical(paste(some$table$structure, some$table$solver), c("traditional em", "traditional cd", "convex cd"))
})

test_that("prints and plots show every model", {
  splits <- quick_splits(easy, c("T/Po", "C/Po"), solvers = c("cd", "mm"), max_iter = 50, reference = easy[1:3, ])
  text <- paste(capture.output(print(splits)), collapse = "\n")
  expect_match(text, "3 random splits, 4 observations", fixed = TRUE)
  for (column in c("solver", "deviance_out", "match", "consistency")) expect_match(text, column)
  expect_no_match(text, "same noise only")
  expect_match(paste(capture.output(print(quick_splits(easy, c("T/Po", "T/N")))), collapse = " "), "same noise only")
  panels <- ggplot2::ggplot_build(autoplot(splits))$layout$layout
  expect_identical(nrow(panels), 6L)
  expect_match(as.character(panels$panel)[1], "^deviance")
  mixed <- ggplot2::ggplot_build(autoplot(quick_splits(easy, c("T/Po", "T/N"))))$layout$layout
  expect_identical(nrow(mixed), 5L)                      # no reference
  expect_match(as.character(mixed$panel)[1], "^root mean")
  expect_error(autoplot(splits, colour = 1), class = "nmf_error_argument")
})

test_that("a feature that the fitted observations have only in missing cells is left out", {
  V <- random_data(3) + 1
  V[, 4] <- c(0, 9, 0, 0, NA, rep(0, N - 5))
  splits <- without_advice(compare_splits(V, "T/Po", rank = 2, n_splits = 2, seed = 2, n_starts = 1, verbose = FALSE))
  expect_true(any(vapply(splits$left_out, function(held) 2 %in% held, NA)))
  expect_lt(max(splits$table$deviance_out), 10)
})

test_that("a split of observations without counts says nothing of cosines", {
  splits <- without_advice(compare_splits(diag(6) * 7, "T/Po", rank = 1, n_splits = 2, n_starts = 1, seed = 1,
                                          verbose = FALSE))
  expect_identical(splits$table$cosine_out, NA_real_)
})
