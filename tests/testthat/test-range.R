# Numbers at the ends of the scale: right, or refused by class before work starts.

V <- random_data(151) + 1
quick <- function(data, model, ...) {
  without_advice(nmf(data, model, ..., n_starts = 1, seed = 1, max_iter = 200, verbose = FALSE))
}
refused <- function(expr, class) expect_error(expr, class = class)

test_law("a start far from the data is refused, and one far away that can find back does", {
  for (model in c("T/N/2", "T/Po/2", "T/TW1.5/2", "T/TW2.5/2", "T/NB10/2", "C/Po/2", "CF/N/2")) {
    shapes <- structure_of(nmf_model(model))$shapes(N, M, 2)
    init <- function(first, second) {
      sizes <- c(first, second)
      lapply(stats::setNames(1:2, names(shapes)), function(b) sizes[b] * matrix(1, shapes[[b]][1], shapes[[b]][2]))
    }
    for (size in c(1e300, 1e150, 1e-150, 1e-320, 0)) for (other in c(1e300, 1, 1e-320)) {
      if (size * other > 1e-25 && size * other < 1e25) next
      refused(nmf(V, model, init = init(size, other), seed = 1), "nmf_error_init")
    }
    expect_equal(sum(quick(V, model, init = init(1e10, 1))$W), sum(V), tolerance = 0.1)
  }
})

test_law("scaling V scales the fit and its likelihood as far as doubles go", {
  families <- c("N", "Po", "TW1.1", "TW1.5", "TW2", "TW2.5", "TW3")
  for (model in c(paste0("T/", families, "/2"), "C/N/2", "C/TW1.5/2")) {
    family <- nmf_model(model)$family
    one <- quick(V, model)
    for (k in c(-900, -500, 500, 900)) {
      fit <- quick(V * 2^k, model)
      expect_close(fit$W, one$W * 2^k, 1e-6)
      expect_close(fit$H, one$H, 1e-6)
      # A density is divided by the unit.
      if (family$has_dispersion) expect_equal(fit$logLik, one$logLik - length(V) * k * log(2), tolerance = 1e-8)
    }
  }
})

test_law("scaling V and alpha scales the negative binomial fit as far as doubles go", {
  one <- quick(V, "T/NB10/2")
  for (k in c(-900, -500, 500, 900)) {
    fit <- quick(V * 2^k, nmf_model(nmf_negbin(10 * 2^k), rank = 2))
    expect_close(fit$W, one$W * 2^k, 1e-6)
    expect_close(fit$H, one$H, 1e-6)
  }
  # Data that are tiny beside alpha are Poisson data.
  poisson <- quick(V, "T/Po/2")
  for (model in c("T/NB10/2", "T/NB/2")) expect_close(quick(V * 2^-1000, model)$W, poisson$W * 2^-1000, 1e-3)
})

test_law("cells whose sums or differences of scale a double does not hold are refused", {
  for (model in c("T/N/2", "T/Po/2", "T/TW1.5/2", "T/TW2.5/2", "T/TW/2", "T/NB/2", "T/NB10/2", "C/Po/2", "C/N/2")) {
    for (X in list(V * 1e306, V * 1e-320, replace(V, 5, 1e308), replace(V, 7, 1e-308),
                   replace(V, 3:4, c(1e200, 1e-200)))) {
      refused(quick(X, model), "nmf_error_data")
    }
  }
  # A power whose variance is steeper lets less far apart; a zero is no small cell.
  wide <- replace(V, 5, 1e-30)
  expect_true(is.finite(quick(wide, "T/TW1.5/2")$deviance))
  refused(quick(wide, "T/TW20/2"), "nmf_error_data")
  for (alpha in c(1e-300, 1e-15)) refused(quick(V, nmf_model(nmf_negbin(alpha), rank = 2)), "nmf_error_data")
  refused(quick(V * 1e13, "T/NB/2"), "nmf_error_data")
  for (alpha in c(1e300, Inf)) {
    expect_close(quick(V, nmf_model(nmf_negbin(alpha), rank = 2))$W, quick(V, "T/Po/2")$W, 1e-6)
  }
  for (power in c(101, 1e10, 1e300, Inf)) refused(nmf_tweedie(power), "nmf_error_model")
  refused(nmf_model("T/TW1e10/2"), "nmf_error_model")
})

test_law("weights and offsets of any common scale give the same fit, and others are refused", {
  for (model in c("T/N/2", "T/Po/2", "T/TW1.5/2", "T/NB10/2")) {
    one <- quick(V, model)
    for (c in c(2^-150, 2^150)) {
      weighted <- quick(V, model, cell_weights = array(c, dim(V)))
      expect_close(weighted$W %*% weighted$H, one$W %*% one$H, 1e-3)
      expect_equal(weighted$sigma2, one$sigma2, tolerance = 1e-3)
      moved <- quick(V, model, offset = array(c, dim(V)))
      expect_close(fitted(moved), one$W %*% one$H, 1e-3)
    }
    for (c in c(1e308, 1e-308, 1e-320)) for (cells in list(1, seq_along(V))) {
      beside <- replace(array(1, dim(V)), cells, c)
      refused(quick(V, model, cell_weights = beside), "nmf_error_data")
      refused(quick(V, model, offset = beside), "nmf_error_data")
    }
  }
})

test_that("cells are counted beyond 2^31", {
  fit <- list(W = matrix(1, 70000, 1), H = matrix(2, 1, 70000), missing = NULL)
  expect_identical(expect_no_warning(means_at(fit, c(1, 4.9e9))), c(2, 2))
})

test_that("distributions near a power of 2 are those of gamma noise, as quickly", {
  mu <- withr::with_seed(152, rexp(50)) * 5 + 0.1
  v <- mu * withr::with_seed(153, rgamma(50, 2, 2))
  for (sigma2 in c(1e-8, 0.1, 1)) for (power in c(2 - 1e-8, 2 - 1e-12)) {
    began <- proc.time()[[1]]
    p <- distribution_tweedie(v, mu, sigma2, power)
    expect_equal(p, stats::pgamma(v, 1 / sigma2, scale = mu * sigma2), tolerance = 1e-6)
    expect_lt(proc.time()[[1]] - began, 5)
  }
})
