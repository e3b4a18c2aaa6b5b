# The encoder over features is the convex model of V' with its factors turned, and encodes by one product.

cases <- Filter(function(case) length(case$reference$alpha) <= 1,
                registry(structure = "convex", input = c("dense", "sparse")))

# The same sums in another order, so the same to rounding, which 15 sweeps do not amplify beyond 1e-9.

by_features <- function(case) {
  model <- case_model(case)
  model$encoder <- "features"
  model
}

for_each_case("the encoder over features is the convex model of V'", cases, function(case) {
  for (solver in c("mm", "cd")) {
    fit <- without_advice(nmf(case$V, by_features(case), n_starts = 1, seed = 1, max_iter = 15, solver = solver))
    turned <- without_advice(nmf(Matrix::t(case$V), case_model(case), n_starts = 1, seed = 1, max_iter = 15,
                                 solver = solver))
    expect_equal(fit$trace$objective, turned$trace$objective, tolerance = 1e-10)
    expect_close(fitted(fit), t(fitted(turned)), 1e-9)
    expect_identical(fit[c("nobs", "status", "df")], turned[c("nobs", "status", "df")])
    same <- c("objective", "deviance", "sigma2", "logLik", "kkt")
    expect_equal(fit[same], turned[same], tolerance = 1e-7)
  }
  expect_close(case$dense %*% fit$A, fit$W, 1e-12)
  expect_close(rowSums(fit$H), as.numeric(rowSums(fit$H) > 0), 1e-12)
  expect_identical(dim(fit$A), c(M, K))
  expect_true(all(diff(colSums(fit$W)) <= 1e-12 * sum(fit$W)))
})

test_law("encode, decode and predict agree, on dense and sparse data in either orientation", {
  train <- brca21[1:18, ]
  new <- brca21[19:21, ]
  for (notation in c("CF/N/3", "CF/Po/3", "CF/TW1.5/3", "CF/NB40/3", "C/Po/3", "T/Po/3")) {
    fit <- nmf(train, notation, n_starts = 2, seed = 1, verbose = FALSE)
    codes <- encode(fit, new)
    expect_identical(dimnames(codes), list(rownames(new), paste0("k", 1:3)))
    expect_identical(encode(fit), fit$W)
    expect_identical(predict(fit, new), codes)
    expect_close(decode(fit, codes), predict(fit, new, "response"), 1e-14)
    expect_close(decode(fit, fit$W), fitted(fit), 1e-14)
    expect_close(encode(fit, as_sparse(new)), codes, 1e-12)
    expect_close(encode(fit, new[2, ]), codes[2, , drop = FALSE], 1e-12)
    if (startsWith(notation, "CF")) {
      expect_close(encode(fit, train), fit$W, 1e-12)
      expect_close(codes, new %*% fit$A, 1e-14)
      across <- nmf(t(train), notation, obs = "columns", n_starts = 2, seed = 1, verbose = FALSE)
      expect_identical(across$A, fit$A)
      expect_close(encode(across, t(new)), codes, 1e-14)
      expect_close(decode(across, codes), t(decode(fit, codes)), 1e-14)
    }
  }
})

test_that("what cannot be encoded or decoded is refused", {
  fit <- nmf(brca21, "CF/Po/3", n_starts = 1, seed = 1, verbose = FALSE)
  hole <- replace(brca21 + 0, 3, NA)
  expect_error(encode(fit, hole), class = "nmf_error_data", regexp = "missing")
  expect_error(encode(fit, brca21, cell_weights = brca21 * 0 + 1), class = "nmf_error_argument",
               regexp = "cell_weights")
  expect_error(encode(fit, brca21[, 1:5]), class = "nmf_error_data", regexp = "96")
  expect_error(decode(fit, diag(4)), class = "nmf_error_data", regexp = "3 components")
  expect_error(decode(fit, c(1, -1, 0)), class = "nmf_error_data", regexp = "negative")
  expect_error(nmf(brca21, "C/Po/3", init = fit), class = "nmf_error_init", regexp = "E and D")
  expect_error(nmf_model("T/Po/3", encoder = "features"), class = "nmf_error_model", regexp = "convex")
})

test_that("the notation of an encoder over features can be read back, and comparisons tell it apart", {
  model <- nmf_model("C/NB/3", encoder = "features")
  expect_identical(format(model), "NMF/CF/NB/3")
  expect_identical(nmf_model("cf/nb/3"), model, ignore_function_env = TRUE)
  expect_identical(format(nmf_model(model, encoder = "observations")), "NMF/C/NB/3")
  comparison <- compare_models(brca21, c("T/Po", "C/Po", "CF/Po"), rank = 3, n_starts = 2, seed = 1, verbose = FALSE)
  expect_setequal(comparison$table$model, c("NMF/T/Po/3", "NMF/C/Po/3", "NMF/CF/Po/3"))
  expect_setequal(comparison$table$structure, c("traditional", "convex", "convex by features"))
  best <- vapply(fits(comparison), deviance, 0)
  expect_lt(best[["NMF/T/Po/3"]], min(best[c("NMF/C/Po/3", "NMF/CF/Po/3")]))  # any convex mean is a traditional one
  K <- 3
  M <- ncol(brca21)
  of_features <- fits(comparison)[["NMF/CF/Po/3"]]
  expect_identical(of_features$df, c(paper = M * K + M * (K - 1), identifiable = 2 * M * K - K))
  again <- update(of_features)
  expect_identical(again[c("W", "H", "A")], of_features[c("W", "H", "A")])
})

test_that("the methods of a fit serve the encoder over features", {
  fit <- nmf(brca21, "CF/NB/3", n_starts = 2, seed = 1, verbose = FALSE)
  expect_equal(fit$logLik, sum(dnbinom(brca21, size = fit$model$family$alpha, mu = fitted(fit), log = TRUE)),
               tolerance = 1e-10)
  expect_equal(sum(residuals(fit, type = "deviance")^2), deviance(fit), tolerance = 1e-10)
  expect_identical(dim(simulate(fit, seed = 1)[[1]]), dim(brca21))
  expect_output(print(fit), "encoder over features")
  check <- check_model(fit, n_runs = 3, seed = 1)
  expect_s3_class(check, "nmf_check")
  # It goes on where it ended, bit for bit, and from its own factors.
  short <- without_advice(nmf(brca21, "CF/Po/3", n_starts = 1, seed = 1, max_iter = 40))
  long <- without_advice(nmf(brca21, "CF/Po/3", n_starts = 1, seed = 1, max_iter = 60))
  more <- without_advice(nmf(brca21, "CF/Po/3", init = short, seed = 1, max_iter = 20))
  expect_identical(more$H, long$H)
  again <- without_advice(nmf(brca21, "CF/Po/3", init = unclass(short)[c("A", "H")], seed = 1, max_iter = 0))
  expect_equal(again$objective, short$objective, tolerance = 1e-10)
  held <- without_advice(nmf(brca21, "CF/Po/3", init = short, fixed = list(A = FALSE, H = TRUE), seed = 1))
  expect_close(held$H, short$H, 1e-12)
  expect_lte(held$objective, short$objective)
})

test_that("all that is done with a model is done with an encoder over features", {
  quick <- function(f, ...) without_advice(f(..., seed = 1, verbose = FALSE))
  consensus <- quick(find_consensus, brca21, "CF/Po/2", n_runs = 3)
  expect_gt(min(consensus$table$silhouette), 0.9)
  expect_identical(quick(select_rank, brca21, "CF/Po", 1:2, "stability", n_runs = 3)$rank, c(`NMF/CF/Po` = 2L))
  power <- quick(profile_power, brca21, "CF/TW/2", powers = c(1.2, 1.5), n_starts = 2, refine = FALSE)
  expect_identical(vapply(power$fits, function(fit) format(fit$model), ""),
                   c(`1.2` = "NMF/CF/TW1.2/2", `1.5` = "NMF/CF/TW1.5/2"))
  alpha <- quick(profile_alpha, brca21, "CF/NB/2", alphas = c(20, 60), n_starts = 2, refine = FALSE)
  expect_equal(alpha$estimate, 20)
  fit <- quick(nmf, brca21, "CF/NB/2", n_starts = 2)
  draws <- quick(bootstrap_fit, fit, n_runs = 3)
  # the draws begin at the fit and stay with it
  expect_gt(min(draws$runs$cosine), 0.9)
  expect_s3_class(check_model(fit, n_runs = 3, seed = 1), "nmf_check")
})

test_that("alphas of observations serve an encoder over features", {
  alpha <- seq(5, 80, length.out = nrow(brca21))
  model <- nmf_model(structure = "convex", family = nmf_negbin(alpha), rank = 3, encoder = "features")
  fit <- without_advice(nmf(brca21, model, n_starts = 2, seed = 1))
  d <- 2 * (ifelse(brca21 > 0, brca21 * log(brca21 / fitted(fit)), 0) -
              (brca21 + alpha) * log((brca21 + alpha) / (fitted(fit) + alpha)))
  expect_equal(fit$deviance, sum(d), tolerance = 1e-10)
  expect_true(fit$converged)
  short <- without_advice(nmf(brca21, model, n_starts = 2, seed = 1, max_iter = 20))
  expect_lt(fit$deviance, short$deviance)
  open <- without_advice(nmf(brca21, "CF/NBobs/3", n_starts = 2, seed = 1))
  expect_length(open$model$family$alpha, nrow(brca21))
  in_batches <- nmf_control(batch_size = 7, epochs = 30)
  adam <- without_advice(nmf(brca21, open$model, n_starts = 1, seed = 1, solver = "adam", control = in_batches))
  expect_close(brca21 %*% adam$A, adam$W, 1e-12)
})

test_that("a missing cell enters through the weights by the means of the traditional model", {
  V <- random_data(5)
  V[cbind(c(2, 7, 9), c(3, 1, 8))] <- NA
  fit <- without_advice(nmf(V, "CF/Po/2", n_starts = 2, seed = 1))
  turned <- without_advice(nmf(t(V), "C/Po/2", n_starts = 2, seed = 1))
  expect_equal(fit$objective, turned$objective, tolerance = 1e-4)  # means of a fit to V, or of one to V'
  expect_identical(fit$missing, which(is.na(V)))
  expect_identical(which(is.na(residuals(fit, V))), which(is.na(V)))
  sparse <- without_advice(nmf(methods::as(V, "CsparseMatrix"), "CF/Po/2", n_starts = 2, seed = 1))
  expect_equal(sparse$objective, fit$objective, tolerance = 1e-6)
})

test_that("mini-batches depend on the seed alone and end near the full batch", {
  V <- withr::with_seed(71, {
    mu <- matrix(rgamma(300 * 3, 1), 300) %*% matrix(rgamma(3 * 20, 1), 3)
    matrix(rpois(length(mu), 5 * mu) + 0, 300)
  })
  fit <- function(batch, V, solver = "adam", ...) {
    without_advice(nmf(V, "CF/Po/3", n_starts = 1, seed = 1, solver = solver, verbose = FALSE, ...,
                       control = nmf_control(batch_size = batch, epochs = 60, learning_rate = 0.1)))
  }
  one <- fit(50, V)
  expect_identical(fit(50, V, threads = 1)[c("W", "H", "A")], one[c("W", "H", "A")])
  expect_close(fitted(fit(50, as_sparse(V))), fitted(one), 1e-8)
  expect_close(V %*% one$A, one$W, 1e-12)
  expect_monotone(one, objective_scale(V, reference_family("poisson")))
  expect_false(isTRUE(all.equal(one$objective, fit(NULL, V)$objective, tolerance = 1e-12)))
  # These data have one optimum, which every start reaches; 1e-8 is the decrease that a converged fit leaves.
  expect_equal(fit(50, V, c("adam", "cd"))$objective, fit(NULL, V, c("adam", "cd"))$objective, tolerance = 1e-8)
  expect_equal(fit(50, V, c("adam", "cd"))$objective, fit(NULL, V, "cd")$objective, tolerance = 1e-8)
  # A batch of all is no batch.
  expect_identical(fit(300, V)$trace$objective, fit(NULL, V)$trace$objective)
})
