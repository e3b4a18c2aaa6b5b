# Three features that overlap little: every sound method finds them.
easy <- withr::with_seed(1, {
  H <- kronecker(diag(3), matrix(1, 1, 6)) + 0.05
  matrix(rpois(60 * 18, matrix(rgamma(180, 1, 1 / 30), 60) %*% H), 60)
})
choose <- function(method, ..., V = easy, model = "T/Po", ranks = 2:4, seed = 1) {
  select_rank(V, model, ranks, method, ..., seed = seed, verbose = FALSE)
}

test_that("held-out cells find the rank of an easy case, under each noise and structure", {
  for (model in c("T/Po", "T/NB", "C/Po")) {
    choice <- suppressMessages(choose("cells", n_splits = 5, model = model))
    expect_identical(unname(choice$rank), 3L)
    expect_identical(nrow(choice$failures), 0L)
    expect_identical(choice$table$n, rep(60L, 3))
  }
})

test_that("a cell that is held out is scored by its likelihood under the fit to the others", {
  choice <- choose("cells", n_splits = 10, ranks = 2)
  plan <- list(data = new_source(easy), seed = 1L)
  held <- lapply(1:10, held_out_cells, plan)
  expect_identical(sort(unlist(held)), seq_along(easy))     # each once
  score <- matrix(NA, nrow(easy), 10)
  for (s in 1:10) {
    V <- replace(easy + 0, held[[s]], NA)
    fit <- nmf(V, "T/Po/2", n_starts = 3, seed = seed_of_start(1L, s))
    cells <- data.frame(v = as.vector(V), row = factor(row(V)), column = factor(col(V)))
    level <- predict(glm(v ~ row + column, poisson, cells), cells, type = "response")
    mu <- pmin(pmax(as.vector(fitted(fit)), level / 30), 30 * level)
    one <- -dpois(easy[held[[s]]], mu[held[[s]]], log = TRUE)
    score[, s] <- tapply(one, factor(row(easy)[held[[s]]], 1:60), mean)
  }
  # The means of rows and columns are found to 1e-6.
  expect_equal(choice$table$score, mean(rowMeans(score, na.rm = TRUE)), tolerance = 1e-5)
})

test_that("the choice does not depend on the plan, on the other ranks or on the user's random numbers", {
  one <- choose("cells", n_splits = 3)
  set.seed(99)
  before <- .Random.seed
  expect_identical(choose("cells", n_splits = 3, ranks = 3)$table$score, one$table$score[2])
  expect_identical(.Random.seed, before)
  local_workers()
  expect_identical(choose("cells", n_splits = 3)$table, one$table)
})

test_that("missing cells are never held out, and their values change nothing", {
  V <- easy
  V[cbind(1:20, rep(1:10, 2))] <- NA
  choice <- choose("cells", n_splits = 3, V = V)
  expect_identical(choice$rank[[1]], 3L)
})

test_that("sparse data have the scores of dense data, at every call", {
  V <- random_sparse(3, n = 40, m = 12)
  dense <- choose("cells", V = V, n_splits = 3, ranks = 2:3)
  for (call in 1:2) {
    # Sums over the same cells in another order.
    expect_equal(choose("cells", V = as_sparse(V), n_splits = 3, ranks = 2:3)$table$score, dense$table$score,
                 tolerance = 1e-6)
  }
})

test_that("cells that are taken out of sparse data leave them sparse", {
  V <- random_sparse(4, n = 50, m = 40)
  S <- as_sparse(V)
  V[cbind(3:6, 3:6)] <- S[cbind(3:6, 3:6)] <- NA
  held <- c(7L, 21L, 100L, 102L)
  dense <- without(read_source(V), held)
  sparse <- without(read_source(S), held)
  expect_s4_class(sparse$values, "dgCMatrix")
  expect_lte(length(sparse$values@x), sum(is.na(V) | V > 0) + length(held))
  gone <- sort(c(held, which(is.na(V))))
  expect_identical(missing_cells(dense), gone)
  expect_equal(missing_cells(sparse), gone)
  expect_equal(unname(as.matrix(sparse$values)), dense$values, tolerance = 1e-5)
})
