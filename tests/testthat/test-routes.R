# T12, T13. The same data by another door are the same fit, and nobody's objects are changed.

for_each_case("a sparse matrix is the dense matrix", registry(input = "sparse"), function(case) {
  # Sums over the nonzeros against sums over all: 1e-10 after 20 sweeps is the promise.
  dense <- sweeps(case$dense, case_model(case), case$init, 20)
  for (class in c("dgCMatrix", "dgRMatrix", "dgTMatrix")) {
    sparse <- sweeps(as_sparse(case$dense, class), case_model(case), case$init, 20)
    expect_close(fitted(sparse), fitted(dense), 1e-10)
    expect_close(sparse$trace$objective, dense$trace$objective, 1e-10)
    expect_equal(as.numeric(logLik(sparse)), as.numeric(logLik(dense)), tolerance = 1e-9)
  }
})

for_each_case("the default solver on sparse and dense data from the same starts",
              registry(input = "sparse"), function(case) {
  sparse <- fit_case(case, max_iter = 10)
  case$V <- case$dense
  dense <- fit_case(case, max_iter = 10)
  # The starts themselves come from sums over V, and line searches amplify rounding.
  expect_close(sparse$starts$objective, dense$starts$objective, 1e-6)
  expect_close(fitted(sparse), fitted(dense), 1e-5)
})

for_each_case("integers are doubles, a data frame is a matrix",
              registry(c("N", "Po", "TW1.5", "NB45", "NB by observation"), input = c("dense", "zeros")),
              function(case) {
  fit <- run_case(case, 20)
  whole <- case$V
  storage.mode(whole) <- "integer"
  for (V in list(whole, as.data.frame(case$V), as.data.frame(whole))) {
    same <- sweeps(V, case_model(case), case$init, 20)
    expect_identical(unname(same$W), unname(fit$W))
    expect_identical(unname(same$H), unname(fit$H))
    expect_identical(same$trace$objective, fit$trace$objective)
  }
})

for_each_case("observations in columns", registry(input = c("dense", "sparse")), function(case) {
  V <- case$V
  dimnames(V) <- list(paste0("o", 1:N), paste0("f", 1:M))
  fit <- sweeps(V, case_model(case), case$init, 20)
  turned <- sweeps(Matrix::t(V), case_model(case), case$init, 20, obs = "columns")
  expect_identical(turned$obs, "columns")
  expect_identical(fit$obs, "rows")
  # W stays observations x K and H K x features; only what is shaped like V is turned.
  expect_close(turned$W, fit$W, 1e-11)
  expect_close(turned$H, fit$H, 1e-11)
  expect_identical(dimnames(turned$W), dimnames(fit$W))
  expect_identical(dimnames(turned$H), dimnames(fit$H))
  expect_identical(fitted(turned), t(turned$W %*% turned$H))
  expect_identical(rownames(fitted(turned)), paste0("f", 1:M))
  raw <- residuals(turned, V = Matrix::t(V), type = "raw")
  expect_close(raw, t(residuals(fit, V = V, type = "raw")), 1e-10)
})

test_law("names are carried to every factor", {
  for (case in registry(c("Po", "NB45"), input = c("dense", "sparse"))) {
    V <- case$V
    dimnames(V) <- list(paste0("o", 1:N), paste0("f", 1:M))
    fit <- sweeps(V, case_model(case), case$init, 2)
    components <- paste0("k", 1:K)
    expect_identical(dimnames(fit$W), list(rownames(V), components))
    expect_identical(dimnames(fit$H), list(components, colnames(V)))
    expect_identical(dimnames(fitted(fit)), dimnames(V))
    if (case$structure == "convex") {
      expect_identical(dimnames(fit$E), list(rownames(V), components))
      expect_identical(dimnames(fit$D), list(components, rownames(V)))
    }
  }
})

test_that("the notation, the model, and a model with the rank apart are one model", {
  V <- random_data(71)
  fit <- function(...) without_advice(nmf(V, ..., n_starts = 1, max_iter = 20, seed = 1, verbose = FALSE))
  whole <- fit(nmf_model("NMF/C/NB45/3"))
  for (other in list(fit("NMF/C/NB45/3"), fit(nmf_model("NMF/C/NB45"), rank = 3), fit("NMF/C/NB45", rank = 3L))) {
    expect_identical(other$W, whole$W)
    expect_identical(other$model, whole$model)
  }
})

for_each_case("the caller's objects are not changed",
              registry(c("N", "TW1.5", "TW2", "NB by observation"), input = c("dense", "sparse")), function(case) {
  whole <- round(case$dense)
  storage.mode(whole) <- "integer"
  if (case$positive) whole <- whole + 1L
  model <- case_model(case)
  for (V in list(case$V, whole, as.data.frame(case$dense))) for (obs in c("rows", "columns")) {
    given <- if (obs == "rows") V else if (is.data.frame(V)) as.data.frame(t(V)) else Matrix::t(V)
    init <- case$init
    alias <- given  # a write in place would show through this name too
    before <- lapply(list(given, init), serialize, NULL)
    kept <- model
    sweeps(given, model, init, 3, obs = obs)
    without_advice(nmf(given, model, obs = obs, n_starts = 1, max_iter = 3, seed = 1, verbose = FALSE))
    expect_identical(lapply(list(given, init), serialize, NULL), before)
    expect_true(identical(model, kept))  # its functions may be byte-compiled meanwhile
    expect_identical(alias, given)
  }
})
