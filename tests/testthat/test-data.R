# Built apart from data-raw: neighbours vary fastest within a substitution.
canonical_channels <- local({
  bases <- c("A", "C", "G", "T")
  in_context <- function(substitution) {
    t(outer(bases, bases, function(left, right) paste0(left, "[", substitution, "]", right)))
  }
  unlist(lapply(c("C>A", "C>G", "C>T", "T>A", "T>C", "T>G"), in_context))
})

expect_counts <- function(x) {
  expect_false(anyNA(x))
  expect_true(all(x >= 0))
  expect_true(all(x == round(x)))
}

test_that("the mutation data sets share the 96 channels in the field's order", {
  expect_length(unique(canonical_channels), 96)
  expect_identical(canonical_channels[c(1:5, 17, 96)],
                   c("A[C>A]A", "A[C>A]C", "A[C>A]G", "A[C>A]T", "C[C>A]A", "A[C>G]A", "T[T>G]T"))
  expect_identical(colnames(nmfamily::liver), canonical_channels)
  expect_identical(colnames(nmfamily::pcawg_signatures), canonical_channels)
  expect_identical(colnames(nmfamily::brca21), canonical_channels)
})

test_that("liver holds the counts of the 326 PCAWG Liver-HCC samples", {
  liver <- nmfamily::liver
  expect_true(is.matrix(liver))
  expect_type(liver, "integer")
  expect_identical(dim(liver), c(326L, 96L))
  expect_counts(liver)
  expect_match(rownames(liver), "^SP[0-9]+$")
  expect_identical(anyDuplicated(rownames(liver)), 0L)
  expect_identical(sum(liver), 3925519L)
  expect_identical(range(rowSums(liver)), c(695, 63686))
  expect_identical(liver["SP97749", c("A[C>A]A", "T[T>G]T")], c("A[C>A]A" = 190L, "T[T>G]T" = 105L))
})

test_that("pcawg_signatures are distributions up to the rounding of the source", {
  signatures <- nmfamily::pcawg_signatures
  expect_true(is.matrix(signatures))
  expect_type(signatures, "double")
  expect_identical(dim(signatures), c(67L, 96L))
  expect_true(all(signatures >= 0))
  expect_true(all(abs(rowSums(signatures) - 1) < 0.0015))
  expect_match(rownames(signatures), "^SBS[0-9]+[a-d]?$")
  expect_identical(anyDuplicated(rownames(signatures)), 0L)
  # SBS1, spontaneous deamination of 5-methylcytosine, is C>T before G; SBS12 is T>C.
  expect_gt(sum(signatures["SBS1", grepl("[C>T]G", canonical_channels, fixed = TRUE)]), 0.85)
  expect_gt(sum(signatures["SBS12", grepl("[T>C]", canonical_channels, fixed = TRUE)]), 0.6)
})

test_that("brca21 holds the counts of 21 breast cancers", {
  brca21 <- nmfamily::brca21
  expect_true(is.matrix(brca21))
  expect_type(brca21, "integer")
  expect_identical(dim(brca21), c(21L, 96L))
  expect_counts(brca21)
  expect_match(rownames(brca21), "^PD[0-9]+a$")
  expect_identical(anyDuplicated(rownames(brca21)), 0L)
  expect_identical(sum(brca21), 173673L)
  expect_identical(sum(brca21["PD4120a", ]), 67364L)
})

test_law("addresses are a sparse matrix of counts without empty rows or columns", {
  counts <- nmfamily::addresses$counts
  expect_named(nmfamily::addresses, c("counts", "documents"))
  expect_s4_class(counts, "dgCMatrix")
  expect_true(methods::validObject(counts))
  expect_identical(dim(counts), c(480L, 4263L))
  expect_counts(counts@x)
  expect_true(all(counts@x > 0))
  expect_identical(sum(counts@x), 42045)
  expect_length(counts@x, 35728)
  expect_true(all(Matrix::rowSums(counts) > 0))
  expect_true(all(Matrix::colSums(counts) > 0))
  expect_match(rownames(counts), "^[0-9]{4}-[1-4]$")
  expect_identical(anyDuplicated(rownames(counts)), 0L)
  expect_match(colnames(counts), "^[a-z]{2,}$")
  expect_identical(anyDuplicated(colnames(counts)), 0L)
  expect_false(is.unsorted(-Matrix::colSums(counts)))
  expect_false(any(c("the", "and", "was", "very") %in% colnames(counts)))
})

test_that("addresses are in order of time and their words tell the eras apart", {
  counts <- nmfamily::addresses$counts
  about <- nmfamily::addresses$documents
  expect_identical(rownames(about), rownames(counts))
  expect_named(about, c("year", "president", "party", "form", "era"))
  expect_false(anyNA(about))
  expect_false(is.unsorted(about$year))
  expect_identical(substr(rownames(counts), 1, 4), as.character(about$year))
  expect_identical(c(table(about$era)), c("1790-1912" = 248L, "1913-1968" = 118L, "1969-2020" = 114L))
  expect_identical(as.vector(tapply(about$year, about$era, min)), c(1790L, 1913L, 1969L))
  expect_identical(nlevels(about$president), 42L)
  share <- function(word) c(tapply(counts[, word], about$era, sum)) / sum(counts[, word])
  expect_gt(share("spain")[["1790-1912"]], 0.9)
  expect_gt(share("production")[["1913-1968"]], 0.6)
  expect_gt(share("jobs")[["1969-2020"]], 0.9)
})

test_law("a sparse matrix whose slots contradict each other is refused", {
  good <- as_sparse(random_sparse(5))
  broken <- function(change) {
    S <- good
    eval(substitute(change))
    S
  }
  cases <- list(
    broken(S@p[3] <- 99999L), broken(S@p <- rev(S@p)), broken(S@p[2] <- NA), broken(S@p <- S@p[1:4]),
    broken(S@i[1] <- -5L), broken(S@i[1] <- 99L), broken(S@i[1] <- NA), broken(S@i[2] <- S@i[1]),
    broken(S@i <- S@i[1:3]), broken(S@x <- S@x[1:5]), broken(S@Dim <- c(3L, ncol(S)))
  )
  rows <- methods::as(good, "RsparseMatrix")
  rows@j[1] <- 99L
  triplets <- methods::as(good, "TsparseMatrix")
  triplets@i[1] <- -1L
  for (V in c(cases, list(rows, triplets))) expect_error(nmf(V, "T/Po/2", seed = 1), class = "nmf_error_data")
  fit <- without_advice(nmf(good, "T/Po/2", n_starts = 1, seed = 1))
  expect_error(predict(fit, cases[[1]]), class = "nmf_error_data")
  expect_error(nmf(as.matrix(good), "T/Po/2", cell_weights = cases[[5]]), class = "nmf_error_data")
})

test_that("what a sparse matrix stores beyond its last column does not count", {
  S <- as_sparse(random_sparse(5))
  more <- S
  more@x <- c(S@x, 1e6)
  more@i <- c(S@i, 0L)
  expect_identical(as_data(more), as_data(S))
})

test_that("64-bit integers are read as the numbers that they are", {
  skip_if_not_installed("bit64")
  V <- random_sparse(6)
  frame <- as.data.frame(V)
  frame[[1]] <- bit64::as.integer64(V[, 1])
  expect_identical(unname(as_data(frame)), unname(V))
  long <- bit64::as.integer64(as.vector(V))
  dim(long) <- dim(V)
  expect_identical(as_data(long), V)
  tidy <- data.frame(document = c("a", "a", "b"), term = c("x", "y", "x"))
  tidy$n <- bit64::as.integer64(c(3, 2, 5))
  expect_identical(sum(as_data(tidy)), 10)
})

test_that("the core finds the smallest positive cell and takes a negative zero for zero", {
  V <- rbind(c(3, 0, 0.25), c(7, 0.5, 0))
  for (X in list(V, as_sparse(V))) expect_identical(measured(read_source(X, "rows"))$facts$least, 0.25)
  fit <- function(V, model) nmf(V, model, n_starts = 1, seed = 1, verbose = FALSE)[c("W", "H", "deviance")]
  zero <- brca21 + 0
  zero[3, 1:30] <- 0
  negative <- zero
  negative[negative == 0] <- -0
  for (model in c("T/N/2", "T/Po/2", "T/TW1.5/2", "T/NB10/2")) expect_identical(fit(negative, model), fit(zero, model))
})

test_that("64-bit integers beside the data are numbers, or refused", {
  skip_if_not_installed("bit64")
  V <- brca21[1:6, 1:5]
  long <- bit64::as.integer64
  run <- function(...) without_advice(nmf(V, "T/Po/2", n_starts = 1, max_iter = 5, seed = 1, verbose = FALSE, ...))
  fit <- run()
  expect_identical(residuals(fit, observations = long(2:3)), residuals(fit, observations = 2:3))
  expect_identical(run(offset = long(1:5))$W, run(offset = 1:5)$W)
  expect_identical(run(init = fit, fixed = list(W = long(2)))$W, run(init = fit, fixed = list(W = 2))$W)
  expect_identical(fit[long(2)]$W, fit[2]$W)
  expect_identical(unname(group_mask(long(c(1, 2)), 1)), unname(group_mask(c(1, 2), 1)))
  effect <- function(x) explain_weights(fit, ~x, data.frame(x = x), draws = 0)$coefficients
  expect_identical(effect(long(1:6)), effect(as.double(1:6)))
  topics <- function(prior) {
    without_advice(fit_topics(V, 2, prior = prior, n_starts = 1, max_iter = 5, seed = 1, verbose = FALSE))$F
  }
  expect_identical(topics(long(2)), topics(2))
  expect_identical(run(time_limit = long(100))$W, fit$W)
  expect_error(confint(fit, level = long(1)), class = "nmf_error_argument", regexp = "64-bit")
})
