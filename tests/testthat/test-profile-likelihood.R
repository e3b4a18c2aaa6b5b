# The search along a parameter, on curves that are known.

# The points at which a search asks for the curve.
asked_of <- function(curve, x, search, stopped = function() FALSE, ...) {
  asked <- numeric()
  evaluate <- function(at) {
    asked <<- c(asked, at)
    curve(at)
  }
  value <- search(evaluate, x, curve(x), stopped, ...)
  list(asked = asked, value = value)
}
parabola <- function(peak, steepness = 40) function(x) 7 - steepness * (x - peak)^2

test_that("a parabola's maximum is found at once, then the wider side is looked into", {
  for (x in list(1:4, c(3, 1, 4, 2))) {
    expect_equal(asked_of(parabola(2.3), x, refine_maximum)$asked[1:2], c(2.3, 2.32))
    expect_equal(asked_of(parabola(2.7), x, refine_maximum)$asked[1:2], c(2.7, 2.68))
  }
  # by 0.02 of the way between the neighbours, and so on until less than 0.02 is gained or lost
  expect_length(asked_of(parabola(2.3), 1:4, refine_maximum)$asked, 2)
  expect_length(asked_of(parabola(2.3, 1e-4), 1:4, refine_maximum)$asked, 2)
})

test_that("the maximum of a curve that is no parabola is found in eight steps", {
  curve <- function(x) -100 * (exp(x - 1.3) - (x - 1.3))
  asked <- asked_of(curve, c(0, 1, 2, 3), refine_maximum)$asked
  expect_lte(length(asked), 8)
  expect_lt(min(abs(asked - 1.3)), 0.02)
  expect_true(all(asked > 0 & asked < 3))
})

test_that("at the end of a range its half is looked at, and a single point says nothing", {
  expect_equal(asked_of(function(x) x, 1:3, refine_maximum)$asked[1:2], c(2.5, 2.75))
  expect_equal(asked_of(function(x) -x, 1:3, refine_maximum)$asked[1:2], c(1.5, 1.25))
  expect_length(asked_of(function(x) x, 2, refine_maximum)$asked, 0)
})

test_that("a search ends where it is stopped or there is no likelihood", {
  expect_length(asked_of(parabola(2.3), 1:4, refine_maximum, stopped = function() TRUE)$asked, 1)
  undefined <- function(x) ifelse(x == round(x), parabola(2.3)(x), NA)
  expect_length(asked_of(undefined, 1:4, refine_maximum)$asked, 1)
})

test_that("an interval ends where the likelihood falls half a quantile of chi-squared below its maximum", {
  lopsided <- function(x) ifelse(x < 2, -1, -4) * (x - 2)^2
  for (level in c(0.8, 0.95)) {
    half <- sqrt(qchisq(level, 1) / 2)
    found <- asked_of(lopsided, c(4, 0, 1, 2, 3, 5), likelihood_interval, level = level)
    expect_equal(found$value, c(2 - half, 2 + half / 2))
    expect_lte(length(found$asked), 4)
  }
  # not quite linear: to 0.02 of the root
  curve <- function(x) -3 * (exp(x - 2) - (x - 2) - 1)
  root <- function(x) sqrt(-curve(x) / (qchisq(0.95, 1) / 2))
  found <- asked_of(curve, c(-1, 0, 1, 2, 3, 4), likelihood_interval, level = 0.95)$value
  expect_true(found[1] < 2 && found[2] > 2)
  expect_equal(root(found), c(1, 1), tolerance = 0.02)
})

test_that("where the likelihood does not fall that far the interval ends with the range", {
  expect_equal(asked_of(parabola(2, 1e-3), c(2, 1, 3, 5), likelihood_interval, level = 0.95),
               list(asked = numeric(), value = c(1, 5)))
  first <- asked_of(function(x) -(exp(x) - x), c(-3, -1, 0, 1, 3), likelihood_interval, stopped = function() TRUE,
                    level = 0.95)
  expect_length(first$asked, 0)
  profile <- list(interval = c(1, 3), estimate = 2)
  expect_equal(closed_ends(profile, c(1, 5)), c(NA, 3))
  expect_equal(closed_ends(profile, c(0, 5)), c(1, 3))
  expect_equal(closed_ends(profile, c(0, 2)), c(NA_real_, NA))
})

test_that("a profile says where its interval ends, or why it has no end, and its fits have names of their own", {
  profile_at <- function(alphas) {
    suppressWarnings(profile_alpha(brca21, "T/NB/2", alphas = alphas, n_starts = 1, max_iter = 20, refine = FALSE,
                                   seed = 1, verbose = FALSE))
  }
  narrow <- profile_at(c(30, 30.0000001, 30.0000002))
  expect_named(fits(narrow), c("30", "30.0000001", "30.0000002"))
  narrow$estimate <- 30.0000001
  expect_match(interval_text(narrow), "beyond the grid on both sides", fixed = TRUE)
  unknown <- narrow                                      # as of values that are no counts
  unknown$table$logLik <- unknown$table$adjusted <- NA_real_
  expect_identical(interval_text(unknown), "")
  wide <- narrow
  wide$table$adjusted <- c(-9, 0, -9)                    # both ends are in the grid, and were not asked for
  expect_identical(interval_text(wide), "")
  wide$interval <- c(29, 31)
  expect_identical(interval_text(wide), ", 95% interval 29 to 31")
})
