# De novo signatures as sums of known ones.

known <- pcawg_signatures[!rownames(pcawg_signatures) %in% paste0("SBS", c(27, 43, 45:60)), ]
known <- known / rowSums(known)
mix <- function(...) {
  share <- c(...)
  drop(share %*% known[names(share), ])
}
H <- rbind(a = mix(SBS2 = 0.6, SBS13 = 0.4), b = mix(SBS4 = 0.3, SBS12 = 0.7), c = mix(SBS22 = 1))

test_that("sums of known signatures are taken apart, and single ones are known", {
  parts <- decompose_signatures(H, known, sizes = 1e5)
  expect_identical(parts$table$component, c("a", "a", "b", "b", "c"))
  expect_identical(parts$table$reference, c("SBS2", "SBS13", "SBS12", "SBS4", "SBS22"))
  expect_equal(parts$table$share, c(0.6, 0.4, 0.7, 0.3, 1), tolerance = 1e-4)
  expect_identical(parts$components$verdict, c("sum", "sum", "known"))
  expect_equal(parts$components$cosine, rep(1, 3), tolerance = 1e-6)
  expect_equal(parts$sums, H, tolerance = 1e-3)
  expect_identical(parts$components$best, c("SBS2", "SBS12", "SBS22"))
  expect_equal(parts$components$best_cosine, c(cosine_similarity(H, known)[cbind(1:3, match(c("SBS2", "SBS12", "SBS22"),
                                                                                          rownames(known)))]))
})

test_that("intervals of shares are those of profile likelihood, and hold the truth as often as they say", {
  V <- withr::with_seed(1, stats::rmultinom(60, 2000, H["a", ]))
  parts <- decompose_signatures(t(V), known[c("SBS2", "SBS13"), ], sizes = 2000)
  share <- parts$table[parts$table$reference == "SBS2", ]
  expect_gt(mean(share$conf.low <= 0.6 & 0.6 <= share$conf.high), 0.87)  # 95% less three standard errors
  # twice the profile log-likelihood, by another optimiser
  n <- V[, 1]
  R <- known[c("SBS2", "SBS13"), ]
  fall <- function(w) {
    -2 * stats::optimize(function(other) sum(stats::dpois(n, pmax(c(w, other) %*% R, 1e-300), log = TRUE)), c(0, 3000),
                         maximum = TRUE, tol = 1e-8)$objective
  }
  least <- stats::optimize(fall, c(500, 2000), tol = 1e-6)$objective
  for (end in unlist(share[1, c("conf.low", "conf.high")]) * 2000) {
    expect_equal(fall(end) - least, stats::qchisq(0.95, 1), tolerance = 0.03)
  }
})

test_that("what no sum comes near is novel", {
  odd <- rbind(odd = replace(numeric(96), c(3, 40, 77), c(0.5, 0.3, 0.2)))
  colnames(odd) <- colnames(known)
  parts <- decompose_signatures(odd, known, sizes = 1e4)
  expect_identical(parts$components$verdict, "novel")
  expect_lt(parts$components$conf.high, 0.9)
  expect_gt(parts$components$unexplained, 0.3)
  expect_identical(decompose_signatures(odd, known, sizes = 1e4, threshold = 0)$components$verdict == "novel", FALSE)
})

test_that("the interval of the cosine is of the component without its noise", {
  truth <- cosine_similarity(H["b", , drop = FALSE], known["SBS12", , drop = FALSE])[1]
  V <- t(withr::with_seed(2, stats::rmultinom(100, 300, H["b", ])))
  one <- t(apply(V / 300, 1, nmfamily:::cosine_interval, known["SBS12", ], 300, 0.95))
  expect_lt(mean(one[, 1]), truth - 0.02)                # noise lowers what is seen
  expect_gt(mean(one[, 2] <= truth & truth <= one[, 3]), 0.88)
})

test_that("a component alone under Poisson noise is known by its mutations, and by fewer beside others", {
  one <- nmf(brca21, "T/Po/1", seed = 1, verbose = FALSE)
  expect_equal(nmfamily:::effective_counts(one, nmfamily:::data_of(one)), c(k1 = sum(brca21)), tolerance = 1e-6)
  fit <- nmf(brca21, "T/NB/3", n_starts = 1, seed = 1, verbose = FALSE)
  data <- nmfamily:::data_of(fit)
  n <- nmfamily:::effective_counts(fit, data)
  expect_true(all(n < colSums(fit$W)))
  expect_equal(decompose_signatures(fit, known)$components$size, round(unname(n)))
  mu <- fit$W %*% fit$H
  u <- 1 / (mu + mu^2 / fit$model$family$alpha)
  given <- vapply(1:96, function(j) {
    free <- fit$H[, j] > 0
    replace(numeric(3), free, diag(solve(crossprod(fit$W[, free], u[, j] * fit$W[, free]))))
  }, numeric(3))
  variance <- given * (1 - fit$H)
  expect_equal(n, rowSums(fit$H * (1 - fit$H)) / rowSums(variance), tolerance = 1e-6)
})

test_that("a reference that is not exact does not make a large component a patchwork", {
  off <- H["b", ] * withr::with_seed(3, exp(stats::rnorm(96, 0, 0.15)))
  off <- rbind(b = off / sum(off))
  few <- decompose_signatures(off, known, sizes = 1e7)
  expect_lte(nrow(few$table), 5)
  expect_true(all(c("SBS4", "SBS12") %in% few$table$reference))
  expect_equal(few$table, decompose_signatures(off, known, sizes = 1e9)$table, tolerance = 1e-3)
  # by the deviance that all references leave, for each of its degrees of freedom
  all <- without_advice(refit(off * 1e7, known, "Po"))
  own <- sum_of_known(off, known, 1e7, add = 1, drop = 1, least = 0)
  expect_equal(own$sizes, c(b = 1e7 / (all$deviance / (96 - sum(all$W > 1e-6 * sum(all$W))))), tolerance = 1e-3,
               ignore_attr = TRUE)
})

test_that("features are matched by name, and small shares are left out", {
  parts <- decompose_signatures(H, known, sizes = 1e5)
  turned <- suppressMessages(decompose_signatures(H[, 96:1], known[, 48:1 * 2], sizes = 1e5))
  expect_identical(turned$table$reference, parts$table$reference)
  expect_setequal(colnames(turned$H), colnames(known)[48:1 * 2])
  many <- rbind(x = mix(SBS2 = 0.96, SBS22 = 0.04))
  expect_identical(decompose_signatures(many, known, sizes = 1e6)$table$reference, "SBS2")
  expect_identical(decompose_signatures(many, known, sizes = 1e6, least = 0)$table$reference, c("SBS2", "SBS22"))
})

test_that("what cannot be decomposed is refused", {
  expect_snapshot(error = TRUE, {
    decompose_signatures(H, known)
    decompose_signatures(H, known, sizes = -1)
    decompose_signatures(H, t(known), sizes = 1e3)
    decompose_signatures(H, known[, 1:3] * 0, sizes = 1e3)
  })
  expect_error(decompose_signatures(H, known, sizes = c(1e3, 0, 1e3)), "sizes", class = "nmf_error_argument")
})

test_that("a decomposition prints, and draws each component above its sum", {
  parts <- decompose_signatures(H, known, sizes = 1e4)
  expect_snapshot(parts)
  expect_identical(as.data.frame(parts), parts$table)
  expect_identical(names(tidy(parts))[3], "estimate")
  picture <- autoplot(parts, components = c("a", "c"))
  expect_identical(length(unique(ggplot2::ggplot_build(picture)$layout$layout$component)), 6L)
  expect_equal(sum(picture$data$value[grepl("difference", picture$data$component)]), 0, tolerance = 1e-6)
})

test_that("a component of zeros is a sum of nothing", {
  parts <- decompose_signatures(rbind(H[1, ], 0), known, sizes = 1e4)
  expect_identical(parts$components$cosine[2], 0)
  expect_identical(sum(parts$table$component == parts$components$component[2]), 0L)
  expect_output(print(parts), "novel")
})

test_that("the size of a component is that of its features that the references have", {
  whole <- cbind(H * 0.25, other = 0.75)
  parts <- suppressMessages(decompose_signatures(whole, known, sizes = 4e4))
  expect_equal(parts$table, decompose_signatures(H, known, sizes = 1e4)$table)
  expect_identical(unique(parts$components$size), 1e4)
  expect_error(decompose_signatures(H, known, sizes = 1e4, V = brca21), class = "nmf_error_argument")
})

test_that("the size of a component does not depend on the unit, and counts cells as often as they count", {
  sizes <- function(model, V, ...) {
    fit <- without_advice(nmf(V, model, ..., n_starts = 1, max_iter = 20, seed = 1, verbose = FALSE))
    effective_counts(fit, data_of(fit))
  }
  V <- brca21[, 1:12]
  expect_equal(sizes("T/N/2", V / 1024), sizes("T/N/2", V))
  expect_equal(sizes("T/Po/2", V, cell_weights = 2 + 0 * V), 2 * sizes("T/Po/2", V))
  expect_equal(sizes("T/Po/1", V, offset = rep(4, 12)), c(k1 = sum(V)), tolerance = 1e-6)
  expect_equal(sizes("T/Po/1", cbind(V[, 1], 0)), c(k1 = sum(V[, 1])))
})
