# Finer channels collapse to those of the references, and are split back from counts.

W <- withr::with_seed(1, matrix(stats::rgamma(3 * 40, 0.5) * 4000, 40))
H <- pcawg_signatures[c("SBS1", "SBS4", "SBS22"), ]
H <- H / rowSums(H)
channels <- colnames(H)
transcribed <- rbind(rep(0.5, 96), ifelse(grepl("C>A", channels), 0.7, 0.5), ifelse(grepl("T>A", channels), 0.2, 0.5))
fine <- cbind(H * transcribed, H * (1 - transcribed))
colnames(fine) <- paste0(rep(c("T:", "U:"), each = 96), channels)

test_that("strands and far bases are added up, whatever the margin and the storage", {
  V <- withr::with_seed(2, matrix(stats::rpois(40 * 192, W %*% fine), 40, dimnames = list(NULL, colnames(fine))))
  sums <- V[, 1:96] + V[, 97:192] + 0
  colnames(sums) <- channels
  expect_identical(collapse_channels(V), sums)
  expect_identical(collapse_channels(V[, 192:1]), sums)
  expect_identical(collapse_channels(t(V), obs = "columns"), t(sums))
  expect_identical(as.matrix(collapse_channels(methods::as(V + 0, "CsparseMatrix"))), sums)
  expect_identical(collapse_channels(brca21), brca21 + 0)
  five <- paste0("A", channels, rep(c("G", "T"), each = 96))
  penta <- `colnames<-`(cbind(sums, sums), five)
  expect_identical(collapse_channels(penta), 2 * sums)
  doublets <- matrix(1:4, 1, dimnames = list(NULL, c("T:CC>TT", "U:CC>TT", "T:AC>CA", "U:AC>CA")))
  expect_identical(collapse_channels(doublets), matrix(c(7, 3), 1, dimnames = list(NULL, c("AC>CA", "CC>TT"))))
})

test_that("a split profile collapses to the profile and is that of the truth where counts are many", {
  V <- withr::with_seed(2, matrix(stats::rpois(40 * 192, W %*% fine), 40, dimnames = list(NULL, colnames(fine))))
  fit <- suppressMessages(refit(collapse_channels(V), H, "Po", seed = 1))
  split <- split_channels(fit, V)
  expect_equal(collapse_channels(split), fit$H, tolerance = 1e-12)
  expect_equal(rowSums(split), c(SBS1 = 1, SBS4 = 1, SBS22 = 1))
  share <- function(k, pattern) {
    all <- grepl(pattern, colnames(split))
    sum(split[k, all & startsWith(colnames(split), "T:")]) / sum(split[k, all])
  }
  expect_equal(share("SBS4", "C>A"), 0.7, tolerance = 0.02)
  expect_equal(share("SBS22", "T>A"), 0.2, tolerance = 0.02)
  expect_equal(share("SBS1", "C>T"), 0.5, tolerance = 0.02)
  # at the means themselves the truth is the maximum
  exact <- W %*% fine
  fit$W[] <- W
  expect_equal(split_channels(fit, exact, tol = 1e-15, max_iter = 5000), fine, tolerance = 1e-3, ignore_attr = TRUE)
})

test_that("the EM ends where the likelihood is stationary", {
  mu <- cbind(c(5, 1, 3), c(1, 4, 3))
  V <- rbind(c(9, 1, 2), c(2, 5, 3), c(4, 4, 1))
  q <- nmfamily:::split_one(mu, V, 1e5, 1e-16)$q
  A <- mu / rowSums(mu)
  score <- crossprod(A, V / (A %*% q))                   # by q_kf; equal over f where q_kf > 0, no larger where it is 0
  for (k in 1:2) {
    inside <- q[k, ] > 1e-6
    expect_lt(diff(range(score[k, inside])), 1e-3 * max(score[k, ]))
    expect_true(all(score[k, !inside] <= max(score[k, inside]) * (1 + 1e-3)))
  }
})

test_that("what is no table of finer channels is refused", {
  fit <- nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  V <- `colnames<-`(cbind(brca21, brca21), colnames(fine))
  expect_error(collapse_channels(matrix(1, 2, 2)), class = "nmf_error_data")
  expect_error(collapse_channels(t(V)), class = "nmf_error_data")
  expect_error(split_channels(fit, V[1:3, ]), class = "nmf_error_data")
  expect_error(split_channels(fit, `rownames<-`(V, paste0("s", 1:21))), class = "nmf_error_data")
  expect_error(split_channels(fit, V[, -c(1, 97)]), class = "nmf_error_data")
  expect_error(split_channels(fit, cbind(V, `T:CC>TT` = 1)), class = "nmf_error_data")
  expect_warning(split_channels(fit, withr::with_seed(1, V + stats::rpois(length(V), 9)), max_iter = 1),
                 class = "nmf_warning_not_converged")
})

test_that("a channel named on the other strand is added to its own", {
  both <- cbind(brca21[, c("A[C>A]G", "T[T>G]C")], `C[G>T]T` = 1, `G[A>C]A` = 2)
  expect_identical(collapse_channels(both), brca21[, c("A[C>A]G", "T[T>G]C")] + rep(c(1, 2), each = 21))
  doublets <- t(c(`AC>CA` = 1, `GT>TG` = 2, `CG>AT` = 4, `TA>GC` = 8))
  expect_identical(collapse_channels(doublets), t(c(`AC>CA` = 3, `CG>AT` = 4, `TA>GC` = 8)))
})
