# Differential terms: rates, tests and intervals of each term with the proportions of the documents given.

# A topic model with these proportions and sizes, as if it had been fitted to V.
topics_with <- function(V, L) {
  topics <- topics_from(L, matrix(0, ncol(V), ncol(L), dimnames = list(colnames(V), NULL)), s = rep(1, nrow(L)))
  topics$L <- L
  topics$fit$run <- known_total(V)
  topics
}

dirichlet <- function(n, alpha) {
  gamma <- matrix(stats::rgamma(n * length(alpha), rep(alpha, each = n)), n)
  gamma / rowSums(gamma)
}

# Counts of terms with the rates `rates` (terms x topics) in documents of fixed sizes; the last term fills them up.
counts_of <- function(L, sizes, rates) {
  V <- matrix(stats::rpois(nrow(L) * nrow(rates), sizes * L %*% t(rates)), nrow(L))
  as_sparse(cbind(V, pmax(sizes - rowSums(V), 0)))
}

simulated <- function(n, alpha, rates, mean_size = 80) {
  L <- dirichlet(n, alpha)
  V <- counts_of(L, round(stats::rlnorm(n, log(mean_size), 0.5)) + 10, rates)
  list(V = V, L = L, found = compare_topics(topics_with(V, L), V)$table)
}

set.seed(71)
L <- dirichlet(40, c(1, 2, 1))
rates <- rbind(c(0.1, 0.02, 0.02), c(0.01, 0.01, 0.01), c(0.05, 0.1, 0), c(0, 0, 0.02))
V <- counts_of(L, stats::rpois(40, 60) + 1, rates)
colnames(V) <- c("one", "two", "three", "four", "rest")
topics <- topics_with(V, L)

# Poisson regression with identity link on the documents and the pseudo-documents; columns k go into l by their ratio.
glm_of <- function(j, tie = NULL, ratio = 1) {
  sizes <- rowSums(as.matrix(V))
  overall <- sum(V[, j]) / sum(sizes)
  X <- rbind(sizes * L, diag(0.5 / overall, 3))
  if (length(tie)) {
    X[, tie[2]] <- X[, tie[2]] + ratio * X[, tie[1]]
    X <- X[, -tie[1]]
  }
  suppressWarnings(stats::glm(c(V[, j], rep(0.5, 3)) ~ 0 + X, family = stats::poisson("identity"),
                              start = rep(overall, ncol(X)), control = list(epsilon = 1e-14, maxit = 500)))
}

test_law("rates, tests and intervals are those of Poisson regression with identity link", {
  found <- compare_topics(topics, V, level = 0.9)$table
  for (j in c(1, 2, 5)) {
    free <- glm_of(j)
    rate <- unname(stats::coef(free))
    row <- function(k) found[found$topic == k & found$term == colnames(V)[j], ]
    for (k in 1:3) {
      others <- setdiff(1:3, k)
      lfc <- log2(rate[k] / rate[others])
      nearest <- which.min(abs(lfc))
      # The criterion is flat at its minimum: what is fitted to 1e-13 of it is right to the root of that.
      expect_equal(row(k)$prob, rate[k], tolerance = 1e-5)
      expect_equal(row(k)$against, others[nearest])
      expect_equal(row(k)$lfc, lfc[nearest], tolerance = 1e-5)
      cost <- vapply(others, function(l) glm_of(j, c(k, l))$deviance - free$deviance, 0)
      expect_equal(row(k)$z, sign(lfc[nearest]) * sqrt(min(cost)), tolerance = 1e-5)
      expect_equal(row(k)$p.value, stats::pchisq(min(cost), 1, lower.tail = FALSE), tolerance = 1e-4)
      expect_equal(row(k)$lfc / row(k)$std.error, row(k)$z)
      for (limit in c(row(k)$conf.low, row(k)$conf.high)) {
        tied <- glm_of(j, c(k, others[nearest]), 2^limit)
        expect_equal(tied$deviance - free$deviance, stats::qnorm(0.95)^2, tolerance = 1e-4)
      }
    }
  }
})

test_that("the nearest of many topics is found, whichever pairs are left out on the way", {
  set.seed(75)
  L <- dirichlet(60, rep(0.5, 6))
  rates <- rbind(0.02 * c(1, 1.1, 2, 3, 5, 9), 0.003 * c(1, 1, 1, 1, 1, 8), 0.05 * c(1, 0, 0, 0.9, 3, 0),
                 0.001 * c(1, 2, 1, 2, 1, 2))
  V <- counts_of(L, stats::rpois(60, 120) + 1, rates)
  found <- compare_topics(topics_with(V, L), V)$table
  sizes <- rowSums(as.matrix(V))
  for (j in 1:5) {
    X <- rbind(sizes * L, diag(0.5 / (sum(V[, j]) / sum(sizes)), 6))
    counts <- c(V[, j], rep(0.5, 6))
    # minus the log-likelihood of log rates, of which those of a tie are one
    lowest <- function(tie = NULL) {
      place <- seq_len(6)
      if (length(tie)) place[tie[1]] <- tie[2]
      used <- unique(place)
      value <- function(x) {
        mu <- as.vector(X %*% exp(x[match(place, used)]))
        sum(mu - counts * log(mu))
      }
      slope <- function(x) {
        f <- exp(x[match(place, used)])
        each <- as.vector(crossprod(X, 1 - counts / as.vector(X %*% f))) * f
        as.vector(rowsum(each, match(place, used)))
      }
      stats::nlminb(rep(log(sum(V[, j]) / sum(sizes)), length(used)), value, slope,
                    control = list(rel.tol = 1e-14, iter.max = 1000, eval.max = 2000))$objective
    }
    free <- lowest()
    cost <- outer(1:6, 1:6, Vectorize(function(k, l) if (k == l) Inf else 2 * (lowest(c(k, l)) - free)))
    expect_equal(abs(found$z[(0:5) * 5 + j]), sqrt(pmax(apply(cost, 1, min), 0)), tolerance = 1e-4)
  }
})

test_that("dense and sparse data and any number of threads give the same numbers", {
  found <- compare_topics(topics, V, threads = 1)
  expect_identical(compare_topics(topics, as.matrix(V), threads = 1), found)
  for (threads in c(2, 4)) expect_identical(compare_topics(topics, V, threads = threads), found)
  expect_identical(compare_topics(topics, V), found)
})

test_that("the columns are what the help page says", {
  differential <- compare_topics(topics, V)
  found <- differential$table
  expect_s3_class(differential, "nmf_differential", exact = TRUE)
  expect_identical(as.data.frame(differential), found)
  columns <- c("topic", "term", "prob", "against", "lfc", "std.error", "z", "p.value", "conf.low", "conf.high")
  expect_named(found, columns)
  expect_named(tidy(differential), replace(columns, c(5, 7), c("estimate", "statistic")))
  expect_equal(found$topic, rep(1:3, each = 5))
  expect_equal(found$term, rep(colnames(V), 3))
  expect_true(all(found$against != found$topic))
  expect_true(all(found$conf.low < found$lfc & found$lfc < found$conf.high))
  expect_equal(found$lfc, log2(found$prob / found$prob[(found$against - 1) * 5 + match(found$term, colnames(V))]))
  expect_true(all(found$std.error > 0))
})

# Terms with the same rate in all topics, from one count to thousands: with 2 topics the test is that of a single
# likelihood ratio, with more it takes the largest of several p-values.
test_that("null terms are rejected at 5 % no more often than they may", {
  set.seed(72)
  for (K in c(2, 3, 6)) {
    null <- simulated(500, rep(0.2, K), matrix(rep(10^seq(-5, -2.5, length.out = 300), K), ncol = K))
    tested <- null$found[null$found$term <= 300 & !is.na(null$found$z), ]
    # Terms are independent, the topics of one are not; 5 % and three standard errors of a share of the terms.
    allowed <- function(terms) 0.05 + 3 * sqrt(0.05 * 0.95 / terms)
    for (topic in seq_len(K)) {
      own <- tested[tested$topic == topic, ]
      expect_lt(mean(own$p.value < 0.05), allowed(nrow(own)))
    }
    expect_lt(mean(tested$p.value < 0.05), allowed(length(unique(tested$term))))
  }
})

test_that("a rate like that of an uncertain topic is not differential, however near another one is", {
  set.seed(73)
  rates <- 0.003 * matrix(rep(c(1, 1, 2), each = 200), 200)     # topics 1 and 2 share it; few documents have topic 2
  found <- simulated(500, c(0.5, 0.02, 0.5), rates)$found
  one <- found[found$topic == 1 & found$term <= 200, ]
  expect_lt(mean(one$p.value < 0.05), 0.05 + 3 * sqrt(0.05 * 0.95 / 200))
})

test_that("a term four times as frequent in one topic, or absent from the others, is found", {
  set.seed(74)
  rates <- rbind(matrix(rep(c(0.008, 0.002, 0.002), each = 50), 50), matrix(rep(c(0.003, 0, 0), each = 50), 50))
  found <- simulated(500, rep(0.3, 3), rates)$found
  one <- found[found$topic == 1 & found$term <= 100, ]
  expect_gt(mean(one$p.value < 0.01 & one$lfc > 0), 0.95)
  # log2(4) lies in an interval of 95 % in all but a few of 50; the nearest of two topics is a little too near.
  expect_gt(sum(one$conf.low < 2 & one$conf.high > 2 & one$term <= 50), 50 * 0.95 - 4 * sqrt(50 * 0.95 * 0.05))
  expect_equal(mean(one$lfc[one$term <= 50]), 2, tolerance = 0.2)
})

test_that("terms without counts, documents without words and topics without documents have nothing to say", {
  empty <- V
  empty[, "two"] <- 0
  found <- compare_topics(topics_with(empty, L), empty)$table
  two <- found[found$term == "two", ]
  expect_equal(two$prob, rep(0, 3))
  expect_true(all(is.na(two[setdiff(names(two), c("topic", "term", "prob"))])))
  expect_output(print(new_differential(two)), "none")
  expect_false(anyNA(found[found$term != "two", ]))
  others <- compare_topics(topics, V)$table
  expect_equal(found$z[found$term != "two"], others$z[others$term != "two"], tolerance = 0.5)

  silent <- rbind(V, 0)
  with_silent <- compare_topics(topics_with(silent, rbind(L, NA)), silent)
  expect_equal(with_silent$table, others)

  # A fourth topic that no document has changes nothing for the others.
  dead <- compare_topics(topics_with(V, cbind(L, 0)), V)$table
  expect_equal(dead[dead$topic < 4, ], others)
  expect_true(all(is.na(dead$z[dead$topic == 4])))
  single <- compare_topics(topics_with(V, cbind(rep(1, 40), 0)), V)
  expect_true(all(is.na(single$table$z)))
})

test_that("the data are found through the call, in the orientation of the fit", {
  counts <- addresses$counts[1:60, ]
  counts <- counts[, Matrix::colSums(counts) > 20]
  model <- fit_topics(counts, 2, n_starts = 1, seed = 1)
  found <- compare_topics(model)
  expect_equal(found, compare_topics(model, V = counts))
  expect_equal(found, compare_topics(model$fit))
  expect_equal(unique(found$table$topic), colnames(model$L))
  expect_equal(unique(found$table$term), colnames(counts))
  transposed <- t(as.matrix(counts))
  by_column <- fit_topics(transposed, 2, obs = "columns", n_starts = 1, seed = 1)
  expect_equal(compare_topics(by_column)$table$z, found$table$z, tolerance = 1e-3)   # two fits, each to its tolerance
})

test_that("a larger pseudo-count draws the rates together", {
  spread <- function(pseudocount) {
    found <- compare_topics(topics, V, pseudocount = pseudocount)$table
    tapply(log(found$prob), found$term, stats::sd)
  }
  expect_true(all(spread(0.01) > spread(0.5) & spread(0.5) > spread(10)))
})

test_law("shrinkage draws fold changes to zero and keeps the tests", {
  skip_if_not_installed("ashr")
  found <- compare_topics(topics, V)$table
  shrunk <- compare_topics(topics, V, shrink = TRUE)$table
  expect_true(all(abs(shrunk$lfc) <= abs(found$lfc)))
  expect_equal(shrunk[c("topic", "term", "prob", "against", "z", "p.value")],
               found[c("topic", "term", "prob", "against", "z", "p.value")])
  expect_true(all(shrunk$lfsr >= 0 & shrunk$lfsr <= 1))
  expect_equal(shrunk$conf.high - shrunk$lfc, stats::qnorm(0.975) * shrunk$std.error)
})

test_that("what is not valid is refused by class", {
  refused <- function(class, ...) expect_error(compare_topics(...), class = class)
  refused("nmf_error_argument", L)
  refused("nmf_error_argument", topics, V, level = 1)
  refused("nmf_error_argument", topics, V, level = 0)
  refused("nmf_error_argument", topics, V, pseudocount = 0)
  refused("nmf_error_argument", topics, V, threads = 0)
  refused("nmf_error_argument", topics, V, shrink = NA)
  refused("nmf_error_rank", topics_with(V, cbind(rep(1, 40))), V)
  refused("nmf_error_data", topics, V[1:39, ])
  refused("nmf_error_data", topics, -V)
  refused("nmf_error_model", nmf(as.matrix(V), "C/Po", rank = 2, n_starts = 1, seed = 1, verbose = FALSE), V)
  half <- V / 2
  expect_warning(compare_topics(topics_with(half, L), half), class = "nmf_warning_not_counts")
})

test_that("messages and print are worded well", {
  expect_snapshot(error = TRUE, {
    compare_topics(L)
    compare_topics(topics, V, level = 1)
    compare_topics(topics, V, pseudocount = 0)
    compare_topics(topics_with(V, cbind(rep(1, 40))), V)
    compare_topics(topics, V[1:39, ])
  })
  half <- V / 2
  expect_snapshot(invisible(compare_topics(topics_with(half, L), half)))
  found <- compare_topics(topics, V)
  expect_snapshot({
    found
    print(found, n = 1)
    found$table[1:2, c("topic", "term", "against")]
  })
})

test_that("a topic counts however little of the documents it has, and none when it has nothing", {
  few <- cbind(L[, 1:2] / rowSums(L[, 1:2]), 0)
  few[1, ] <- c(0.5, 0.4995, 0.0005)
  found <- compare_topics(topics_with(V, few), V)$table
  expect_lt(0.0005 * sum(V[1, ]), 1)
  expect_false(anyNA(found$prob[found$topic == 3]))
  few[1, ] <- c(0.5, 0.5, 0)
  found <- compare_topics(topics_with(V, few), V)$table
  expect_true(all(is.na(found$prob[found$topic == 3])))
  expect_error(compare_topics(topics, V, levels = 0.9), class = "nmf_error_argument")
})
