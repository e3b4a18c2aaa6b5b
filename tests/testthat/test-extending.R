# The family that the vignette "extending" adds, from the files that the page shows: its C++ is compiled against the
# sources of the core and linked with what the package has compiled of it, as a file of the package would be.

page <- function(file) system.file("extending", file, package = "nmfamily", mustWork = TRUE)
core <- test_path("..", "..", "src")

# The shared object, or why there is none.
compile_root <- function() {
  if (!file.exists(file.path(core, "in-memory.h"))) return("the sources of the core are not here")
  if (Sys.info()[["sysname"]] != "Linux") return("only Linux links with a package as with a library")
  armadillo <- system.file("include", package = "RcppArmadillo")
  if (!nzchar(armadillo)) return("there are no headers of Armadillo")
  if (!nzchar(Sys.which("make"))) return("there is no make")
  dir <- withr::local_tempdir(.local_envir = teardown_env())
  quoted <- function(path) shQuote(normalizePath(path))
  package <- getLoadedDLLs()[["nmfamily"]][["path"]]
  writeLines(c(
    "CXX17FLAGS = -O0 -DNMF_BASELINE",
    paste0("PKG_CPPFLAGS = -I", quoted(core), " -I", quoted(dirname(page("root.h"))), " -I", quoted(armadillo)),
    paste("PKG_LIBS =", quoted(package), "$(LAPACK_LIBS) $(BLAS_LIBS) $(FLIBS)")
  ), file.path(dir, "Makevars.user"))
  file.copy(test_path("fixtures", "root.cpp"), dir)
  log <- withr::with_dir(dir, withr::with_envvar(
    c(R_MAKEVARS_USER = file.path(dir, "Makevars.user"), USE_CXX17 = "1"),
    suppressWarnings(system2(file.path(R.home("bin"), "R"), "CMD SHLIB root.cpp", stdout = TRUE, stderr = TRUE))
  ))
  object <- file.path(dir, paste0("root", .Platform$dynlib.ext))
  if (!file.exists(object)) stop(paste(c("root.cpp does not compile:", log), collapse = "\n"))
  dyn.load(object)
  withr::defer(dyn.unload(object), teardown_env())
  object
}
root <- local({
  made <- NULL
  function() {
    skip_on_cran()
    if (is.null(made)) made <<- compile_root()
    if (!file.exists(made)) skip(made)
  }
})

root_cells <- function(v, mu) {
  n <- length(v)
  .C("root_cells", n, as.double(v), as.double(mu), num = double(n), den = double(n), curvature = double(n),
     relief = double(n), half_deviance = double(n), known = integer(2), PACKAGE = "root")
}
# What all calls say of the data.
of_data <- function(V, theta) {
  sparse <- methods::is(V, "dgCMatrix")
  size <- as.integer(c(dim(V), ncol(theta[[1]]), sparse, nrow(theta[[2]]) == nrow(theta[[1]])))
  list(size, if (sparse) V@x else as.double(V), if (sparse) V@p else 0L, if (sparse) V@i else 0L,
       first = as.double(theta[[1]]), second = as.double(theta[[2]]))
}
like <- function(x, block) array(x, dim(block))
root_score <- function(V, theta) {
  n <- lengths(theta)
  out <- do.call(.C, c("root_score", of_data(V, theta), list(
    objective = 0, first_num = double(n[[1]]), first_den = double(n[[1]]), second_num = double(n[[2]]),
    second_den = double(n[[2]]), PACKAGE = "root"
  )))
  list(objective = out$objective, num = list(like(out$first_num, theta[[1]]), like(out$second_num, theta[[2]])),
       den = list(like(out$first_den, theta[[1]]), like(out$second_den, theta[[2]])))
}
root_fit <- function(V, theta, solver, steps, tol = 0) {
  out <- do.call(.C, c("root_fit", of_data(V, theta), list(
    solver, as.integer(steps), tol, objective = double(steps + 1), n = 0L, converged = 0L, PACKAGE = "root"
  )))
  list(theta = list(like(out$first, theta[[1]]), like(out$second, theta[[2]])),
       objective = out$objective[seq_len(out$n)], converged = out$converged == 1)
}

# The same in plain R, from the formulas of the page; a cell that must be zero and is pulls on nothing.
num_of_root <- function(v, mu) ifelse(v == 0, 0, v / sqrt(mu))
half_deviance_of_root <- function(v, mu) 2 / 3 * mu^1.5 - 2 * v * sqrt(mu) + 4 / 3 * v^1.5
mean_of <- function(V, theta) {
  V <- as.matrix(V)
  if (nrow(theta[[2]]) == nrow(V)) theta[[1]] %*% t(theta[[2]]) %*% V else theta[[1]] %*% theta[[2]]
}
adjoints_of <- function(V, theta, x) {
  V <- as.matrix(V)
  convex <- nrow(theta[[2]]) == nrow(V)
  H <- if (convex) t(theta[[2]]) %*% V else theta[[2]]
  of_features <- t(theta[[1]]) %*% x
  list(x %*% t(H), if (convex) V %*% t(of_features) else of_features)
}

cases <- list()
for (structure in c("traditional", "convex")) for (input in c("dense", "sparse")) {
  V <- if (input == "dense") random_data(12) else as_sparse(random_sparse(11))
  init <- random_init(13, structure, V)
  theta <- if (structure == "traditional") list(init$W, init$H) else list(t(init$D), init$E)
  cases[[length(cases) + 1]] <- list(label = paste(structure, input), structure = structure, V = V, theta = theta)
}

test_that("the parts of the score are those of the half deviance", {
  root()
  cells <- expand.grid(v = c(0, 1e-3, 0.3, 1, 7, 1e4), mu = c(1e-3, 0.2, 1, 1.01, 30, 1e5))
  at <- function(mu) root_cells(cells$v, mu)
  here <- at(cells$mu)
  expect_identical(here$known, c(1L, 0L))
  for (part in c("num", "den", "curvature", "relief")) expect_gte(min(here[[part]]), 0)
  expect_identical(here$num[cells$v == 0], rep(0, sum(cells$v == 0)))
  expect_equal(here$num, cells$v / sqrt(cells$mu), tolerance = 1e-14)
  expect_equal(here$den, sqrt(cells$mu), tolerance = 1e-14)
  # The digits that cancel in the plain formula are those of its largest term.
  terms <- cells$mu^1.5 + cells$v * sqrt(cells$mu) + cells$v^1.5
  expect_lt(max(abs(here$half_deviance - half_deviance_of_root(cells$v, cells$mu)) / terms), 1e-14)
  expect_gte(min(here$half_deviance), 0)
  # Central differences over a part h of the mean are off by h^2 of the terms, and by their rounding over h.
  h <- 1e-5
  up <- at(cells$mu * (1 + h))
  down <- at(cells$mu * (1 - h))
  slope <- function(name) (up[[name]] - down[[name]]) / (2 * h * cells$mu)
  expect_lt(max(abs(slope("half_deviance") - (here$den - here$num)) * cells$mu / terms), 1e-9)
  bend <- slope("den") - slope("num")
  expect_lt(max(abs(bend - (here$curvature - here$relief)) / here$curvature), 1e-8)
})

test_that("the half deviance keeps its digits near the mean, and its degree", {
  root()
  # d / 2 = (v - mu)^2 / (2 sqrt(mu)) (1 + O(v / mu - 1))
  near <- 1 + 10^-(4:8)
  expect_lt(max(abs(root_cells(near, rep(1, 5))$half_deviance / ((near - 1)^2 / 2) - 1) / (near - 1)), 1)
  v <- c(0, 1, 5)
  expect_equal(root_cells(4 * v, 4 * c(2, 3, 4))$half_deviance, 4^1.5 * root_cells(v, c(2, 3, 4))$half_deviance,
               tolerance = 1e-14)
})

for_each_case("scores are those of plain R", cases, function(case) {
  root()
  score <- root_score(case$V, case$theta)
  V <- as.matrix(case$V)
  mu <- mean_of(V, case$theta)
  expect_equal(score$objective, sum(half_deviance_of_root(V, mu)), tolerance = 1e-13)
  for (b in 1:2) {
    expect_close(score$num[[b]], adjoints_of(V, case$theta, num_of_root(V, mu))[[b]], 1e-13)
    expect_close(score$den[[b]], adjoints_of(V, case$theta, sqrt(mu))[[b]], 1e-13)
  }
})

for_each_case("sweeps by majorise-minimise are those of plain R", cases, function(case) {
  root()
  theta <- case$theta
  V <- as.matrix(case$V)
  for (b in c(1, 2, 1, 2)) {
    mu <- mean_of(V, theta)
    num <- adjoints_of(V, theta, num_of_root(V, mu))[[b]]
    den <- adjoints_of(V, theta, sqrt(mu))[[b]]
    theta[[b]] <- theta[[b]] * ifelse(num > 0, num / den, 0)
  }
  expect_close(mean_of(V, root_fit(case$V, case$theta, "mm", 2)$theta), mean_of(V, theta), 1e-12)
})

for_each_case("no sweep raises the objective", cases, function(case) {
  root()
  V <- as.matrix(case$V)
  scale <- sum(half_deviance_of_root(V, 2 * mean(V)))
  for (solver in c("mm", "cd", "lbfgs")) {
    objective <- root_fit(case$V, case$theta, solver, 40)$objective
    expect_lte(max(diff(objective)) / scale, 64 * .Machine$double.eps)
    expect_lt(objective[length(objective)], 0.9 * objective[1])
  }
})

for_each_case("coordinate descent ends at a stationary point", cases, function(case) {
  root()
  V <- as.matrix(case$V)
  fit <- root_fit(case$V, case$theta, "cd", 5000, 1e-6)
  expect_true(fit$converged)
  mu <- mean_of(V, fit$theta)
  for (b in 1:2) {
    x <- fit$theta[[b]]
    num <- adjoints_of(V, fit$theta, num_of_root(V, mu))[[b]]
    den <- adjoints_of(V, fit$theta, sqrt(mu))[[b]]
    slope <- ifelse(num == 0 & x == 0, 0, 1 - num / den)
    # An entry counts as a part of the largest of its observation in W, and of its component in H and in E.
    largest <- if (b == 1 || case$structure == "traditional") apply(x, 1, max)[row(x)] else apply(x, 2, max)[col(x)]
    expect_lte(max(abs(pmin(x / pmax(largest, 1e-300), slope))), 1.01e-6)  # the tolerance, and rounding
  }
})

test_that("the constructor of the page makes a quasi family", {
  here <- new.env(parent = asNamespace("nmfamily"))
  sys.source(page("root.R"), here)
  family <- here$nmf_root()
  expect_s3_class(family, "nmf_family")
  expect_identical(family$variance(c(1, 4), 3), c(3, 6))
  expect_identical(family$log_saturated(c(1, 4), 3), c(NA_real_, NA_real_))
  expect_identical(family$distribution(c(1, 4), 2, 3), c(NA_real_, NA_real_))
  expect_error(family$random(1:2, 1), class = "nmf_error_model")
  expect_match(capture.output(print(family)), "Square-root noise family")
  expect_identical(core_family(family, 3)$name, "root")
  # Without a likelihood there is none to ask for, and no package that would have it.
  cells <- list(v = c(0, 3), n = c(1, 2), alpha = NULL)
  expect_no_message(expect_identical(log_likelihood(cells, family, 5, 1), NA_real_))
  expect_error(cell_log_likelihood(3, 2, family, 1), class = "nmf_error_model")
})
