# Seeds and pseudo-counts that tell topics apart.

passages <- addresses$counts[seq(1, 480, 10), ]
passages <- passages[, Matrix::colSums(passages) > 2]

topics_of <- function(prior, K = 3, ...) {
  without_advice(fit_topics(passages, K, prior = prior, n_starts = 2, seed = 1, max_iter = 200, verbose = FALSE, ...))
}

test_that("seeds are a matrix of concentrations, which gives the same fit", {
  seeds <- seed_terms(list(money = c("treasury", "debt"), abroad = "treaty"), strength = c(40, 30))
  prior <- matrix(1, ncol(passages), 2, dimnames = list(colnames(passages), c("money", "abroad")))
  prior[c("treasury", "debt"), 1] <- 21
  prior["treaty", 2] <- 31
  fit <- topics_of(seeds)
  expect_identical(topics_of(prior)$F, fit$F)
  expect_identical(topics_of(prior[rev(rownames(prior)), ])$F, fit$F)
  expect_identical(colnames(fit$F), c("money", "abroad", "k3"))
})

test_that("each topic is that of its seeds, and the objective has the prior of its equation", {
  seeds <- list(money = c("treasury", "debt", "navy"), abroad = c("treaty", "spain"), home = c("health", "jobs"))
  fit <- topics_of(seed_terms(seeds))
  for (topic in names(seeds)) {
    own <- fit$F[seeds[[topic]], ]
    expect_identical(colnames(own)[max.col(own)], rep(topic, nrow(own)))
  }
  counts <- t(concentrations_of(seed_terms(seeds), prepare(passages, nmf_model("T/Po/3")))) - 1
  # b log(b / m) - b + m, where the sum of m is that of b
  expect_equal(fit$fit$penalty, sum(half_deviance_tweedie(counts, t(fit$F) * rowSums(counts), 1)), tolerance = 1e-10)
  reordered <- topics_of(seed_terms(rev(seeds)))
  expect_identical(colnames(reordered$F), rev(names(seeds)))
})

test_law("pseudo-counts are documents of one topic under Negative Binomial noise as under Poisson noise", {
  V <- as.matrix(passages[1:30, 1:60])
  V <- V[rowSums(V) > 0, colSums(V) > 0]
  prior <- matrix(1, ncol(V), 2)
  prior[1:5, 1] <- 9
  for (family in list("Po", "NB5")) for (solver in c("mm", "cd", "lbfgs")) {
    fit <- without_advice(fit_topics(V, 2, family, prior = prior, n_starts = 1, seed = 1, solver = solver,
                                     verbose = FALSE, max_iter = if (solver == "mm") 50 else 2000))
    expect_lte(max(diff(fit$fit$trace$objective)), 1e-9 * fit$fit$objective)
    expect_equal(fit$fit$objective - fit$fit$penalty, fit$fit$deviance / 2)
    plain <- without_advice(fit_topics(V, 2, family, n_starts = 1, seed = 1, solver = solver, verbose = FALSE,
                                       max_iter = if (solver == "mm") 50 else 2000))
    expect_gt(sum(fit$F[1:5, 1]), max(colSums(plain$F[1:5, ])))
  }
})

test_that("strong seeds win over the data and weak ones give way", {
  of <- function(strength) topics_of(seed_terms(list(a = "treasury", b = "treaty"), strength), K = 2)$F
  expect_gt(of(1e5)["treasury", 1], 0.5)
  expect_lt(of(1)["treasury", 1], 0.1)
})

test_that("priors that cannot be are refused by class", {
  refused <- function(prior, ...) {
    expect_error(fit_topics(passages, 2, prior = prior, ...), class = "nmf_error_argument")
  }
  refused(seed_terms(list("notawordatall")))
  refused(seed_terms(list("treasury", "treaty", "spain")))
  refused(matrix(1, 3, 2))
  refused(matrix(0.5, ncol(passages), 2))
  refused(matrix(2, ncol(passages), 3))
  refused(2, family = "N")
  expect_error(fit_topics(unname(passages), 2, prior = seed_terms(list("treasury"))), class = "nmf_error_argument")
  expect_error(seed_terms("treasury"), class = "nmf_error_argument")
  expect_error(seed_terms(list(1)), class = "nmf_error_argument")
  expect_error(seed_terms(list("a"), strength = 0), class = "nmf_error_argument")
  expect_message(suppressWarnings(fit_topics(passages, 2, prior = seed_terms(list(c("treasury", "notawordatall"))),
                                             n_starts = 1, max_iter = 2, seed = 1, verbose = FALSE)), "no term of `V`")
})

test_that("strengths are those of the topics by name", {
  prior <- function(strength) {
    problem <- prepare(passages, nmf_model("T/Po/3"))
    concentrations_of(seed_terms(list(a = "treasury", b = c("treaty", "spain")), strength), problem)
  }
  named <- prior(c(b = 8, a = 3))
  expect_identical(named["treasury", ], c(a = 4, b = 1))
  expect_identical(named["treaty", ], c(a = 1, b = 5))
  expect_identical(named, prior(c(3, 8)))
  expect_error(seed_terms(list(a = "treasury", b = "spain"), c(a = 1, c = 2)), class = "nmf_error_argument")
})

test_that("a start is matched with the topics of a prior by name, and topics that are held keep their names", {
  seeds <- seed_terms(list(a = "treasury", b = c("treaty", "spain")), 20)
  fit <- function(...) without_advice(fit_topics(passages, 3, ..., max_iter = 2, seed = 1, verbose = FALSE))
  first <- fit(prior = seeds, n_starts = 1)
  expect_equal(fit(prior = seeds, init = unclass(first[3:1]$fit)[c("W", "H")])$F, fit(prior = seeds, init = first)$F,
                   tolerance = 1e-12)
  held <- without_advice(update(first[c("b", "a")], prior = 1, fixed = list(H = TRUE), verbose = FALSE))
  expect_identical(colnames(held$L), c("b", "a"))
  expect_equal(held$F, first$F[, c("b", "a")])
})
