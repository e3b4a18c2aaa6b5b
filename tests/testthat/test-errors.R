# Every invalid input is refused before work starts, by class, in words that name the argument.

V <- random_data(111)
poisson_model <- function(rank = 3) model_of("traditional", nmf_poisson(), rank)

# nmf() with everything valid except what is given.
quick <- function(data = V, model = poisson_model(), ...) {
  nmf(data, model, ..., seed = 1, verbose = FALSE)
}

expect_refused <- function(expr, class = "nmf_error", names = NULL) {
  error <- expect_error(expr, class = class)
  expect_s3_class(error, "nmf_error")
  for (word in names) expect_match(conditionMessage(error), word)
  invisible(error)
}

# which() would lose a missing cell, so the bad cell is set in the sparse matrix.
as_bad_sparse <- function(bad) {
  sparse <- as_sparse(V + 1)
  sparse[2, 5] <- bad[2, 5]
  sparse
}

bad_cells <- list(negative = -1, undefined = NaN, infinite = Inf, "minus infinite" = -Inf)

for (what in names(bad_cells)) {
  test_that(paste("a", what, "cell is refused and located"), {
    bad <- V
    bad[2, 5] <- bad_cells[[what]]
    where <- c("`V`", "row 2\\b", "column 5\\b")
    expect_refused(quick(bad), "nmf_error_data", where)
    expect_refused(quick(as_bad_sparse(bad)), "nmf_error_data", where)
    expect_refused(quick(as.data.frame(bad)), "nmf_error_data", "`V`")
    # The place is the one in the caller's own matrix.
    expect_refused(quick(bad, obs = "columns"), "nmf_error_data", where)
    for (model in c("NMF/T/N/2", "NMF/C/TW1.5/2", "NMF/C/NB45/2", "NMF/T/NB/2", "NMF/T/TW/2")) {
      expect_refused(quick(bad, nmf_model(model)), "nmf_error_data")
    }
  })
}

test_that("missing cells are refused where nothing can be made of them", {
  bad <- V
  bad[2, 5] <- NA
  topics <- without_advice(fit_topics(bad, 2, n_starts = 1, seed = 1))
  expect_refused(coherence(topics), "nmf_error_data", "without missing cells")
  expect_refused(quick(V, cell_weights = replace(V, 7, NA)), "nmf_error_data", "`cell_weights`")
})

test_that("only the first of many bad cells is shown", {
  bad <- V
  bad[3:6, 2:4] <- -1
  error <- expect_refused(quick(bad), "nmf_error_data", c("row 3\\b", "column 2\\b"))
  expect_lt(nchar(conditionMessage(error)), 300)
})

test_that("a named bad cell can be found by its names", {
  bad <- V
  dimnames(bad) <- list(paste0("patient", 1:N), paste0("type", 1:M))
  bad[2, 5] <- -1
  error <- expect_refused(quick(bad), "nmf_error_data")
  expect_match(conditionMessage(error), "patient2|row 2\\b")
  expect_match(conditionMessage(error), "type5|column 5\\b")
})

test_law("data that are no numeric matrix are refused", {
  factors <- as.data.frame(V)
  factors$V3 <- factor(letters[1:N])
  expect_refused(quick(factors), "nmf_error_data", c("`V`", "V3"))
  character <- matrix(as.character(V), N)
  for (bad in list(character, V + 0i, as.list(V), NULL, 1:10, 3, "V", mean, array(1, c(2, 2, 2)))) {
    expect_refused(quick(bad), "nmf_error_data", "`V`")
  }
})

test_law("data with nothing in them are refused", {
  for (bad in list(matrix(0, 0, 3), matrix(0, 3, 0), matrix(0, 0, 0), data.frame())) {
    expect_refused(quick(bad), "nmf_error_data", "`V`")
  }
  expect_refused(quick(matrix(0, 5, 4)), "nmf_error_data", c("`V`", "zero"))
  empty <- Matrix::sparseMatrix(integer(), integer(), x = numeric(), dims = c(5, 4))
  expect_refused(quick(empty), "nmf_error_data", "`V`")
})

test_law("zeros are refused where the family has no density at zero, and located", {
  zero <- V + 1
  zero[4, 6] <- 0
  for (power in c(2, 2.5, 3)) {
    where <- c("`V`", "row 4\\b", "column 6\\b")
    expect_refused(quick(zero, model_of("traditional", nmf_tweedie(power))), names = where)
    expect_refused(quick(as_sparse(zero), model_of("convex", nmf_tweedie(power))))
  }
  expect_s3_class(without_advice(quick(zero, model_of("traditional", nmf_tweedie(1.99)), max_iter = 2)), "nmf_fit")
})

test_law("a rank that is no rank for the data is refused", {
  for (rank in list(0, -1, 2.7, NA, NA_integer_, NaN, Inf, "3", c(2, 3), numeric(0), TRUE, list(3), 13, 1e10)) {
    expect_refused(quick(model = "NMF/T/Po", rank = rank), "nmf_error_rank", "`rank`")
  }
  expect_refused(quick(model = nmf_model("NMF/T/Po/13")), "nmf_error_rank", c("`rank`", "13"))
  expect_refused(quick(model = "NMF/T/Po"), "nmf_error_rank", "`rank`")  # none anywhere
})

test_law("notation that is no model is refused, and the choices are listed", {
  bad <- list(
    "NMF/X/Po/3", "NMF/T/Foo/3", "NMF/T/Po/2.5", "NMF/T/Po/0", "NMF/T/Po/-1", "NMF/T/Po/x", "NMF/T/Po1/3",
    "NMF/T", "NMF/T/Po/3/4", "nonsense", "", NA_character_, NULL, 3, c("NMF/T/Po/3", "NMF/T/N/3"), list(), mean
  )
  for (notation in bad) expect_refused(nmf_model(notation))
  expect_refused(nmf_model("NMF/T/Foo/3"), "nmf_error_model", c("Foo", "Po", "TW", "NB"))
  expect_refused(nmf_model("NMF/X/Po/3"), "nmf_error_model", c("X", "T", "C"))
  for (model in list(3, "nonsense", NULL, list(), poisson())) expect_refused(quick(model = model))
})

test_law("a Tweedie power without a distribution is refused", {
  for (power in list(0.5, 0.999, -1, -1e-9, NA_real_, NaN, Inf, "1.5", c(1.2, 1.5), numeric(0), TRUE)) {
    expect_refused(nmf_tweedie(power), names = "`power`")
  }
  for (notation in c("NMF/T/TW0.5/3", "NMF/T/TW-1/3", "NMF/C/TWx/3")) expect_refused(nmf_model(notation))
})

test_law("an alpha that is no dispersion is refused", {
  for (alpha in list(0, -1, NA_real_, NaN, -Inf, "45", "feature", numeric(0), c(1, 0), c(1, NA), TRUE, list(45))) {
    expect_refused(nmf_negbin(alpha), names = "`alpha`")
  }
  for (notation in c("NMF/T/NB0/3", "NMF/T/NB-1/3", "NMF/C/NBx/3")) expect_refused(nmf_model(notation))
  # One alpha for each observation, and there are 12.
  expect_refused(quick(model = model_of("traditional", nmf_negbin(rep(45, 5)))), names = c("`alpha`", "5", "12"))
})

test_law("starting factors of another problem are refused", {
  good <- random_init(112, "traditional", V)
  convex <- random_init(113, "convex", V)
  bad <- list(
    "transposed" = list(W = t(good$W), H = t(good$H)),
    "W too short" = list(W = good$W[-1, ], H = good$H),
    "H too wide" = list(W = good$W, H = cbind(good$H, 1)),
    "another rank" = list(W = good$W[, -1], H = good$H[-1, ]),
    "unequal ranks" = list(W = good$W[, -1], H = good$H),
    "no H" = good["W"],
    "wrong names" = list(A = good$W, B = good$H),
    "no names" = unname(good),
    "convex factors" = convex,
    "negative" = list(W = replace(good$W, 3, -1), H = good$H),
    "missing" = list(W = good$W, H = replace(good$H, 2, NA)),
    "infinite" = list(W = replace(good$W, 3, Inf), H = good$H),
    "not numeric" = list(W = good$W, H = matrix("a", 3, M)),
    "not matrices" = list(W = as.vector(good$W), H = good$H),
    "not a list" = good$W,
    "a word" = "nndsvd!"
  )
  for (what in names(bad)) expect_refused(quick(init = bad[[what]]), "nmf_error_init", "`init")
  expect_refused(quick(init = list(W = good$W, H = cbind(good$H, 1))), "nmf_error_init", "H")
  convex_model <- model_of("convex", nmf_poisson())
  for (init in list(good, convex["E"], list(E = convex$E, D = t(convex$D)), list(E = -convex$E, D = convex$D))) {
    expect_refused(quick(model = convex_model, init = init), "nmf_error_init", "`init")
  }
})

test_law("every other argument of nmf() is checked and named", {
  count <- list(-1, 2.5, NA, "a", c(1, 2), NULL)
  bad <- list(
    n_starts = c(count, list(0, Inf)),
    max_iter = count,
    tol = list(-1, NA, "a", c(1, 2), NULL, NaN),
    time_limit = list(-1, NA, "a", c(1, 2), NULL),
    threads = list(0, -1, 2.5, NA, "a", c(1, 2)),
    solver = list("gradient", NA, 3),
    obs = list("features", NA, 3),
    control = list(list(start_itr = 5), 3, "a")
  )
  for (argument in names(bad)) for (value in bad[[argument]]) {
    call <- c(list(V, poisson_model(), seed = 1, verbose = FALSE), stats::setNames(list(value), argument))
    expect_refused(do.call(nmf, call), names = paste0("`", argument, "`"))
  }
  for (value in list("a", NA, 1.5, c(1, 2), -Inf)) {
    expect_refused(nmf(V, poisson_model(), seed = value, verbose = FALSE), names = "`seed`")
  }
  for (value in list("a", NA, c(TRUE, FALSE), list())) {
    expect_refused(nmf(V, poisson_model(), seed = 1, verbose = value), names = "`verbose`")
  }
})

test_law("an unknown choice is answered with the choices", {
  expect_refused(quick(solver = "gradient"), names = c("auto", "mm", "cd", "lbfgs"))
  expect_refused(quick(obs = "features"), names = c("rows", "columns"))
  expect_refused(nmf_control(dispersion = "moments"), names = c("`dispersion`", "auto", "pearson", "ml"))
  expect_refused(nmf_control(df = "all"), names = c("`df`", "paper", "identifiable"))
  expect_refused(nmf_control(alpha_update = "never"), names = c("`alpha_update`", "once", "joint"))
})

test_law("an unknown control is refused by name", {
  expect_error(nmf_control(max_itr = 5), "max_itr")  # nmf_control() has no `...`: R says it
  for (bad in list(-1, NA, "a", c(1, 2))) {
    expect_refused(nmf_control(start_iter = bad), "nmf_error_control", "`start_iter`")
    expect_refused(nmf_control(rel_tol = bad), "nmf_error_control", "`rel_tol`")
  }
})

test_law("estimate_alpha() checks its arguments", {
  mu <- V + 1
  expect_refused(estimate_alpha(V, mu[-1, ]), names = "`mu`")
  expect_refused(estimate_alpha(V, replace(mu, 4, -1)), names = "`mu`")
  expect_refused(estimate_alpha(V, replace(mu, 4, NA)), names = "`mu`")
  expect_refused(estimate_alpha(replace(V, 4, -1), mu), names = "`V`")
  expect_refused(estimate_alpha(V, mu, by = "feature"), names = c("`by`", "data", "observation"))
})

test_that("an error is raised with the caller's call", {
  error <- expect_refused(quick(-V))
  expect_identical(conditionCall(error)[[1]], quote(nmf))
  error <- expect_refused(nmf_model("NMF/X/Po/3"))
  expect_identical(conditionCall(error)[[1]], quote(nmf_model))
})

test_that("an error costs no random numbers", {
  withr::with_preserve_seed({
    set.seed(5)
    before <- .Random.seed
    expect_refused(nmf(-V, poisson_model(), verbose = FALSE))
    expect_identical(.Random.seed, before)
  })
})

test_law("data that are no counts are advised against once, and only under count families", {
  fractions <- V + 0.25
  advice <- function(data, family, ...) {
    model <- model_of("traditional", family)
    warnings <- capture_warnings_of(quick(data, model, n_starts = 2, ...))
    Filter(function(w) !inherits(w, "nmf_warning_not_converged"), warnings)
  }
  for (family in list(nmf_poisson(), nmf_negbin(45), nmf_negbin(NULL))) {
    warnings <- advice(fractions, family)
    expect_length(warnings, 1)
    expect_s3_class(warnings[[1]], "nmf_warning")
    expect_match(conditionMessage(warnings[[1]]), "count|whole|integer")
    expect_length(advice(as_sparse(fractions), family), 1)
    expect_length(advice(V, family), 0)
  }
  for (family in list(nmf_normal(), nmf_tweedie(1.5))) expect_length(advice(fractions, family), 0)
})
