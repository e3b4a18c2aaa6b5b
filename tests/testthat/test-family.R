# A family is a list of facts. Each of them must be true of its distribution.

some_families <- function() {
  list(nmf_normal(), nmf_poisson(), nmf_tweedie(1.2), nmf_tweedie(1.7), nmf_tweedie(2), nmf_tweedie(3), nmf_negbin(3),
       nmf_negbin(0.5), nmf_negbin(Inf))
}

test_law("symbols, names and words lead to the family, and tell it from others", {
  all <- all_families()
  for (symbol in names(all)) {
    one <- all[[symbol]]
    for (word in c(symbol, one$name, one$words)) {
      expect_identical(nmf_model(word)$family[c("name", "power", "alpha")], one[c("name", "power", "alpha")])
    }
    expect_match(grammar(), paste0(symbol, " ", one$label), fixed = TRUE)
    expect_output(print(one), one$label)
  }
  for (fact in c("name", "label", "colour")) expect_identical(anyDuplicated(vapply(all, `[[`, "", fact)), 0L)
  expect_identical(unname(family_colours()[vapply(all, `[[`, "", "name")]), unname(vapply(all, `[[`, "", "colour")))
  expect_identical(grammar(), paste0(
    "The notation is NMF/<T|C|CF>/<N|Po|TWp|NBalpha>/<rank>, such as \"NMF/T/Po/5\" or \"C/TW1.5\": ",
    "T traditional, C convex, CF convex by features; N Normal, Po Poisson, TW Tweedie with power p = 0 or p >= 1, ",
    "NB Negative Binomial with alpha > 0; \"NMF/\", the structure (T), the parameter and the rank may be left out, ",
    "and words do as in \"convex/poisson/5\"."
  ))
})

# Until the test ends, all_families() has one more.
local_family <- function(family, frame = parent.frame()) {
  before <- all_families
  put <- function(value) {
    home <- asNamespace("nmfamily")
    unlockBinding("all_families", home)
    assign("all_families", value, home)
    lockBinding("all_families", home)
  }
  put(function() c(before(), stats::setNames(list(family), family$symbol)))
  withr::defer(put(before), frame)
}

test_that("a family without a parameter needs its constructor only", {
  own <- new_family("poisson", "Xy", "Exponential", colour = "#123456", has_dispersion = TRUE,
                    variance = function(mu, sigma2) sigma2 * mu^2, log_saturated = function(v, sigma2) 0 * v,
                    distribution = function(v, mu, sigma2, lower = TRUE) stats::pexp(v, 1 / mu, lower.tail = lower),
                    random = function(mu, sigma2) stats::rexp(length(mu), 1 / mu))
  class(own) <- c("nmf_exponential", "nmf_family")       # only the core takes it for Poisson
  local_family(own)
  model <- nmf_model("T/xy/2")
  expect_identical(format(model), "NMF/T/Xy/2")
  expect_match(grammar(), "<N|Po|TWp|NBalpha|Xy>", fixed = TRUE)
  expect_error(nmf_model("T/Xy1"), class = "nmf_error_model", regexp = "the Exponential family is written Xy")
  expect_true("#123456" %in% family_colours())
  expect_false(is_open(model$family) || is_estimated(model$family) || is_by_row(model$family))
  expect_identical(n_parameters(model$family), 0)
  expect_identical(adjusted_noise(model$family, NULL, NULL), model$family)
  fit <- without_advice(nmf(brca21, model, n_starts = 1, max_iter = 10, seed = 1, verbose = FALSE))
  expect_output(print(fit), "Exponential noise\n.*\n  sigma2 ")
  expect_s3_class(check_model(fit, n_runs = 0, seed = 1), "nmf_check")
})

test_law("the parameter is where the family says, and tells what is estimated", {
  cases <- list(
    list(nmf_normal(), NULL, open = FALSE, estimated = FALSE, by_row = FALSE, n = 0),
    list(nmf_poisson(), NULL, open = FALSE, estimated = FALSE, by_row = FALSE, n = 0),
    list(nmf_tweedie(), NULL, open = TRUE, estimated = TRUE, by_row = FALSE, n = 1),
    list(nmf_tweedie(1.5), 1.5, open = FALSE, estimated = FALSE, by_row = FALSE, n = 1),
    list(nmf_negbin(), NULL, open = TRUE, estimated = TRUE, by_row = FALSE, n = 1),
    list(nmf_negbin("observation"), "observation", open = TRUE, estimated = TRUE, by_row = TRUE, n = 1),
    list(nmf_negbin(30), 30, open = FALSE, estimated = FALSE, by_row = FALSE, n = 1),
    list(nmf_negbin(1:4), c(1, 2, 3, 4), open = FALSE, estimated = FALSE, by_row = TRUE, n = 4)
  )
  for (case in cases) {
    family <- case[[1]]
    expect_identical(parameter_of(family), case[[2]])
    expect_identical(is_open(family), case$open)
    expect_identical(is_estimated(family), case$estimated)
    expect_identical(is_by_row(family), case$by_row)
    expect_equal(n_parameters(family), case$n)
  }
  expect_identical(family_of_rows(nmf_negbin(1:4), c(2, 2, 4))$alpha, c(2, 2, 4))
  expect_identical(family_of_rows(nmf_negbin("observation"), 1)$alpha, "observation")
  expect_identical(with_parameter(nmf_tweedie(1.5), 1.2)$power, 1.2)
  expect_true(is_open(with_parameter(nmf_tweedie(1.5), NULL)))
})

test_that("what was estimated is opened again, and what was given is not", {
  as_estimate <- function(family) replace(family, "source", "maximum likelihood")
  opened <- function(family, ...) open_again(nmf_model(family, rank = 2), ...)$family
  expect_true(is_open(opened(as_estimate(nmf_negbin(30)))))
  expect_identical(opened(as_estimate(nmf_negbin(1:3)))$alpha, "observation")
  expect_true(is_open(opened(as_estimate(nmf_tweedie(1.5)))))
  expect_identical(opened(as_estimate(nmf_tweedie(1.5)), profiled = FALSE)$power, 1.5)
  expect_true(is_open(opened(as_estimate(nmf_negbin(30)), profiled = FALSE)))
  for (given in list(nmf_negbin(30), nmf_tweedie(1.5), nmf_poisson())) expect_identical(opened(given), given)
})

test_law("the probability of a zero is that of the distribution", {
  mu <- c(0.3, 2, 40)
  for (family in some_families()) {
    at_zero <- family$distribution(0 * mu, mu, 0.7)
    if (is.null(family$zero)) {
      expect_true(is.numeric(family$axis) && (family$axis == 0 || family$axis >= 2))
    } else {
      expect_equal(family$zero(mu, 0.7), at_zero, tolerance = 1e-12)
    }
    expect_identical(!is.null(family$positive), isTRUE(family$axis >= 2))
  }
  expect_null(nmf_tweedie(2)$zero)
  expect_null(nmf_tweedie()$zero)
})

test_law("variance and excess kurtosis are those of the distribution", {
  # Moments by sums over the counts, or by an integral; where sigma2 is free, at 0.4.
  for (mu in c(0.8, 6)) {
    for (family in list(nmf_poisson(), nmf_negbin(3), nmf_negbin(20))) {
      v <- 0:150
      p <- diff(c(0, family$distribution(v, rep(mu, length(v)), 1)))
      central <- function(k) sum((v - mu)^k * p)
      expect_equal(family$variance(mu, 1), central(2), tolerance = 1e-8)
      expect_equal(family$kurtosis(mu, 1), central(4) / central(2)^2 - 3, tolerance = 1e-6)
    }
    expect_equal(nmf_tweedie(2)$kurtosis(mu, 0.4), 6 * 0.4, tolerance = 1e-14)
    expect_equal(nmf_tweedie(3)$kurtosis(mu, 0.4), 15 * mu * 0.4, tolerance = 1e-14)
    # a Poisson number of gamma jumps: cumulants rate * E(jump^r)
    jump <- jumps(mu, 0.4, 1.5)
    cumulant <- function(r) jump$rate * jump$scale^r * gamma(jump$shape + r) / gamma(jump$shape)
    expect_equal(nmf_tweedie(1.5)$variance(mu, 0.4), cumulant(2), tolerance = 1e-12)
    expect_equal(nmf_tweedie(1.5)$kurtosis(mu, 0.4), cumulant(4) / cumulant(2)^2, tolerance = 1e-12)
    expect_identical(nmf_normal()$kurtosis(mu, 0.4), 0)
  }
})

test_that("a place on the power axis is the power of the variance", {
  mu <- c(0.5, 3, 70)
  for (family in some_families()) {
    if (is.na(family$axis)) next
    sigma2 <- if (family$has_dispersion) 0.6 else 1
    expect_equal(family$variance(mu, sigma2), sigma2 * mu^family$axis, tolerance = 1e-14)
  }
  expect_identical(nmf_negbin(3)$axis, NA_real_)
})

test_that("only a family with a dispersion looks at sigma2", {
  v <- c(1, 4, 9)
  for (family in some_families()) {
    same <- identical(family$variance(v, 1), family$variance(v, 2)) &&
      identical(family$log_saturated(v, 1), family$log_saturated(v, 2))
    expect_identical(same, !family$has_dispersion)
  }
})

test_that("the overdispersion of Poisson counts has mean 0 and standard deviation 1", {
  mu <- rep(c(1, 5, 30), each = 400)
  statistic <- function(of_cells) sum(of_cells$excess) / sqrt(sum(of_cells$variance))
  found <- withr::with_seed(1, replicate(400, statistic(nmf_poisson()$overdispersion(rpois(length(mu), mu), mu, 0))))
  # The standard error of the mean is 0.05, that of the standard deviation 0.035: four of each.
  expect_lt(abs(mean(found)), 0.2)
  expect_lt(abs(sd(found) - 1), 0.14)
  expect_identical(Filter(function(one) !is.null(one$overdispersion), all_families())[[1]]$name, "poisson")
})

test_that("Tweedie draws are the same in any unit", {
  for (power in c(1.5, 2, if (is_installed("tweedie")) 2.1, 3)) {
    drawn <- function(unit) {
      withr::with_seed(1, nmf_tweedie(power)$random(rep(3 * unit, 5), 0.5 * unit^(2 - power))) / unit
    }
    expect_equal(drawn(2^40), drawn(1))
  }
  expect_gt(min(withr::with_seed(1, nmf_tweedie(3)$random(rep(1, 50), 1e17))), 0)
})

test_that("a power that was estimated is not advised to be", {
  as <- function(symbol) symbol
  expect_match(nmf_tweedie(1.5)$advice(TRUE, as, TRUE), "Use TW with the power estimated")
  expect_match(nmf_tweedie(1.5)$advice(TRUE, as, FALSE), "No Tweedie power has this variance")
  expect_match(nmf_negbin(5)$advice(FALSE, as, FALSE), "Alpha may be too small")
  expect_match(nmf_negbin(Inf)$advice(FALSE, as, FALSE), "independent events")   # no larger one is left
})

test_that("numbers of a Tweedie power above 2 have the cumulants of the model", {
  skip_if_not_installed("tweedie")
  for (case in list(c(2.02, 0.5), c(2.5, 0.3), c(4, 2))) {
    x <- withr::with_seed(1, random_tweedie(rep(5, 4000), case[2] * 5^(2 - case[1]), case[1])) / 5
    error <- sd(x) / sqrt(4000)
    expect_lt(abs(mean(x) - 1), 4 * error)
    expect_lt(abs(var(x) / case[2] - 1), 4 * sd((x - mean(x))^2) / case[2] / sqrt(4000))
    below <- distribution_tweedie(x[1:200], 1, case[2], case[1])
    expect_gt(suppressWarnings(stats::ks.test(below, "punif"))$p.value, 1e-3)
  }
})
