# What holds a matrix is that matrix, or is refused in words that say what to do.

V <- random_sparse(6)
dimnames(V) <- list(paste0("s", seq_len(nrow(V))), paste0("f", seq_len(ncol(V))))

test_that("classes that are a matrix are that matrix", {
  frame <- as.data.frame(V)
  tibble <- structure(frame, class = c("tbl_df", "tbl", "data.frame"), row.names = seq_len(nrow(V)))
  nameless <- function(X) `rownames<-`(X, NULL)
  expect_identical(as_data(as.table(V)), V)
  expect_identical(as_data(tibble), nameless(V))
  expect_identical(as_data(structure(frame, class = c("data.table", "data.frame"))), V)
  expect_identical(as_data(stats::ts(V)), nameless(V))
  expect_identical(as_data(I(V)), V)
  expect_identical(as_data(noquote(V)), V)
  expect_identical(as_data(structure(V, class = "units")), V)
  expect_identical(as_data(stats::ftable(as.table(V))), V)
  expect_identical(as_data(V > 3), (V > 3) + 0)
})

test_that("objects with columns are read block by block, missing cells and all", {
  methods::setClass("mock_on_disk", slots = c(at = "environment"))
  withr::defer(methods::removeClass("mock_on_disk"))
  methods::setMethod("dim", "mock_on_disk", function(x) dim(x@at$X))
  methods::setMethod("[", "mock_on_disk", function(x, i, j, ..., drop = TRUE) x@at$X[, j, drop = FALSE])
  X <- V
  X[2, 3] <- NA
  on_disk <- methods::new("mock_on_disk", at = list2env(list(X = X)))
  expect_identical(as.matrix(as_data(on_disk, missing = TRUE)), X)
  fit <- nmf(on_disk, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  expect_equal(fit$missing, nmf(X, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)$missing)
})

test_law("what cannot be taken is refused in words that say what to do", {
  methods::setClass("float32", slots = c(Data = "matrix"))
  methods::setClass("big.matrix", slots = c(address = "externalptr"))
  methods::setClass("DelayedMatrix_mock", slots = c(seed = "ANY"))
  withr::defer(for (class in c("float32", "big.matrix", "DelayedMatrix_mock")) methods::removeClass(class))
  float <- methods::new("float32", Data = V)
  big <- methods::new("big.matrix")
  frame <- as.data.frame(V)
  expect_snapshot(error = TRUE, {
    nmf(V[1, ], "T/Po/1")
    nmf(V[, 1], "T/Po/1", obs = "columns")
    nmf(stats::dist(V), "T/Po/1")
    nmf(array(1, c(2, 3, 4)), "T/Po/1")
    nmf(V + 0i, "T/Po/1")
    nmf(as.character(V[1, ]), "T/Po/1")
    nmf("counts.csv", "T/Po/1")
    nmf(".", "T/Po/1")
    nmf("matrix.mtx.gz", "T/Po/1")
    nmf(list(1:2, 3:4), "T/Po/1")
    nmf(float, "T/Po/1")
    nmf(big, "T/Po/1")
    nmf(cbind(frame, when = Sys.Date()), "T/Po/1")
    nmf(cbind(group = factor(1), frame), "T/Po/1")
  })
  others <- list(NULL, NA, mean, quote(a), new.env(), V ~ 1, factor(V), structure(factor(V), dim = dim(V)), frame[0, ],
                 matrix(as.list(V), nrow(V)), structure(V, class = "Date"), cbind(frame, z = 1i),
                 methods::new("DelayedMatrix_mock", seed = V), list(), as.raw(1:3), complex(3), table(c(1, 1, 2)))
  for (other in others) expect_error(nmf(other, "T/Po/1"), class = "nmf_error_data")
})
