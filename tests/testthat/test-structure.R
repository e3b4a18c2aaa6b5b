# A structure is a list of facts. Each of them must be true of fits.

quick_fit <- function(letters, V = brca21, ...) {
  without_advice(nmf(V, paste0(letters, "/Po/3"), n_starts = 1, max_iter = 20, seed = 1, verbose = FALSE, ...))
}

structure_fits <- lapply(structures, function(one) quick_fit(one$letters))

test_law("a notation and words lead to the structure, and back", {
  for (one in structures) {
    for (word in c(one$letters, one$name)) expect_identical(structure_of(nmf_model(paste0(word, "/Po/3"))), one)
    model <- nmf_model(structure = one$kind, family = nmf_poisson(), rank = 3, encoder = one$encoder)
    expect_identical(structure_of(model), one)
    expect_identical(format(model), paste0("NMF/", one$letters, "/Po/3"))
    expect_output(print(model), one$mean, fixed = TRUE)
    expect_output(print(structure_fits[[one$letters]]), paste0(one$title, " NMF with Poisson noise", one$aside, "\n"),
                  fixed = TRUE)
  }
  for (fact in c("letters", "name", "colour", "line")) {
    expect_identical(anyDuplicated(vapply(structures, `[[`, "", fact)), 0L)
  }
})

test_law("blocks have the shapes that the structure says", {
  for (one in structures) {
    fit <- structure_fits[[one$letters]]
    blocks <- user_start(fit)
    expect_identical(names(blocks), one$init)
    expect_setequal(one$held, one$init)
    shapes <- one$shapes(21, 96, 3)
    expect_setequal(names(shapes), one$init)
    for (name in one$init) expect_equal(dim(blocks[[name]]), shapes[[name]])
    # the core has a line of each block for each line of the data's margin
    lines <- c(21, 96)[one$margins]
    for (b in 1:2) expect_setequal(shapes[[one$held[b]]], c(lines[b], 3))
  }
})

test_law("the blocks of a user and of a fit are the same start, of the mean that the formula says", {
  means <- list(T = function(fit) fit$W %*% fit$H, C = function(fit) t(fit$D) %*% t(fit$E) %*% brca21,
                CF = function(fit) brca21 %*% fit$A %*% fit$H)
  for (one in structures) {
    fit <- structure_fits[[one$letters]]
    start <- as_start(user_start(fit), list(model = fit$model, data = read_source(brca21)))
    expect_identical(factors_of(fit), start)
    shapes <- lapply(start, dim)
    expect_equal(shapes$W, c(c(21, 96)[one$margins[1]], 3))
    expect_equal(shapes$second, if (one$has_encoder) c(c(21, 96)[one$margins[2]], 3) else c(3, 96))
    expect_close(means[[one$letters]](fit), fitted(fit), 1e-12)
    again <- quick_fit(one$letters, init = user_start(fit))
    expect_lte(again$objective, fit$objective * (1 + 1e-12))
  }
})

test_that("a block that is held stays as it is", {
  for (one in structures) for (name in one$init) {
    init <- user_start(structure_fits[[one$letters]])
    held <- stats::setNames(list(TRUE), name)
    fit <- quick_fit(one$letters, init = init, fixed = held)
    ratio <- fit[[name]] / init[[name]]                  # rows of H sum to 1, so a component may have another scale
    components <- if (nrow(ratio) == 3) ratio else t(ratio)
    expect_close(components, components[, 1] %*% t(rep(1, ncol(components))), 1e-10)
  }
})

test_law("parameters are the entries of the blocks less the scale of each component", {
  for (one in structures) {
    fit <- structure_fits[[one$letters]]
    entries <- sum(lengths(user_start(fit)))
    expect_identical(fit$df[["identifiable"]], entries - 3)
    expect_identical(fit$df[["paper"]], entries - c(21, 96)[one$margins[2]])
    for (notation in c("N", "Po", "TW", "TW1.5", "NB", "NB30")) {
      model <- nmf_model(paste(one$letters, notation, 3, sep = "/"))
      noise <- model$family$has_dispersion + is_estimated(model$family)
      expect_identical(count_parameters(model, 21, 96)[["identifiable"]], entries - 3 + noise)
    }
  }
})

test_law("solvers and starts are those that the structure says", {
  kinds <- c("random", "svd", "data", "kmeans", "anchor", "traditional")
  for (one in structures) {
    expect_true(one$solver %in% one$solvers)
    expect_true(all(one$default_starts %in% one$starts))
    expect_true(all(one$starts %in% kinds) && all(one$solvers %in% solver_names))
    model <- nmf_model(paste0(one$letters, "/Po/3"))
    for (name in setdiff(solver_names, "auto")) {
      check <- function() check_solver(model, list(solver = name))
      if (name %in% one$solvers) expect_silent(check()) else expect_error(check(), class = "nmf_error_argument")
    }
    for (kind in kinds) {
      check <- function() check_start_kinds(model, list(control = nmf_control(starts = kind)))
      if (kind %in% one$starts) expect_silent(check()) else expect_error(check(), class = "nmf_error_control")
    }
    expect_identical(kinds_of_start(model, list(control = nmf_control())), one$default_starts)
    expect_identical(solver_for(model, list(solver = "auto", control = nmf_control()))$name, one$solver)
  }
})

test_that("offsets, codes and topics are for the structures that allow them", {
  allowed <- function(yes, expr, class) {
    error <- tryCatch(without_advice(expr), nmf_error = identity)
    if (yes) expect_false(inherits(error, "error")) else expect_s3_class(error, class)
  }
  for (one in structures) {
    fit <- structure_fits[[one$letters]]
    allowed(one$offset, quick_fit(one$letters, offset = brca21 * 0 + 2), "nmf_error_model")
    allowed(one$free, as_topic_model(fit), "nmf_error_model")
    codes <- predict(fit, brca21[1:4, ])
    expect_identical(one$codes, "A" %in% names(fit) && isTRUE(all.equal(codes, brca21[1:4, ] %*% fit$A)))
  }
})

test_that("missing cells are filled in only where the structure must have them", {
  V <- replace(brca21 + 0, 5, NA)
  for (one in structures) {
    problem <- prepare(V, nmf_model(paste0(one$letters, "/Po/2")))
    settings <- fit_settings(n_starts = 1, max_iter = 20, seed = 1, verbose = FALSE)
    complete <- complete_data(problem, settings)
    expect_identical(!identical(complete$data$values, problem$data$values), one$complete)
  }
})

test_that("a fit can be resampled from its own factors", {
  for (one in structures) {
    fit <- nmf(brca21, paste0(one$letters, "/Po/2"), n_starts = 2, seed = 1, verbose = FALSE)
    draws <- without_advice(bootstrap_fit(fit, n_runs = 2, seed = 1, verbose = FALSE))
    expect_gt(min(draws$runs$cosine), 0.95)
  }
})
