# Random small problems and the laws that hold for each of them. test-property.R tries 200 of them, `make fuzz`
# (tools/fuzz.R) 20,000. A failure is shrunk to a smaller case that fails the same law, and printed as code.
#
# A case is a list of words and numbers: `seed` of the cells, `n` x `m` and `rank`, `family` and `structure` as in
# registry(), `cells` ("plain", "weighted", "missing", "offset"), `form` ("dense", "sparse", "blocks"), `scale` (V is
# multiplied by 2^scale), `density` (share of cells that may be positive), `named`.

random_case <- function(seed) {
  withr::with_seed(seed, {
    pick <- function(...) sample(c(...), 1)
    n <- pick(1:9)
    m <- pick(1:9)
    family <- pick(names(families()))
    structure <- pick("traditional", "traditional", "convex", "features")
    if (structure == "features" && family == "NB by observation") family <- "NB45"  # it has none by observation
    positive <- families()[[family]]$positive
    case <- list(
      seed = seed, n = n, m = m, rank = pick(seq_len(min(n, m))), family = family, structure = structure,
      cells = pick("plain", "plain", "weighted", "missing", if (structure == "traditional") "offset"),
      form = pick("dense", "sparse", "blocks"),
      scale = if (families()[[family]]$scales) pick(0, 0, 0, -300, -40, 7, 60, 300) else 0,
      density = if (positive) 1 else pick(0.2, 0.6, 1), named = pick(TRUE, FALSE)
    )
    if (case$cells == "offset" && case$form == "sparse") case$form <- "dense"
    if (structure == "features" && case$form == "blocks") case$form <- "sparse"   # needs all rows at once
    case
  })
}

code_of <- function(case) paste0("failure_of(", paste(deparse(case, width.cutoff = 500), collapse = ""), ")")

# The problem of a case: what goes to nmf(), and the same for the oracle.
pose_case <- function(case) {
  entry <- families()[[case$family]]
  n <- case$n
  m <- case$m
  unit <- random_data(case$seed, entry$positive, n, m, case$rank)
  drawn <- withr::with_seed(case$seed + 1, list(
    kept = matrix(stats::runif(n * m) < case$density, n), weights = matrix(sample(c(0.5, 1, 2, 3), n * m, TRUE), n),
    hidden = matrix(stats::runif(n * m) < 0.3, n), offset = matrix(stats::runif(n * m, 0.5, 2), n),
    rows = sample(n), columns = sample(m), components = sample(case$rank)
  ))
  unit <- unit * drawn$kept
  diagonal <- cbind(seq_len(max(n, m)) - 1, seq_len(max(n, m)) - 1) %% rep(c(n, m), each = max(n, m)) + 1
  drawn$hidden[diagonal] <- FALSE                        # a cell that counts in each line
  if (all(unit[!drawn$hidden] == 0)) unit[1, 1] <- 3     # (1, 1) is on the diagonal
  V <- unit * 2^case$scale
  if (case$named) dimnames(V) <- list(paste0("row", seq_len(n)), paste0("column", seq_len(m)))
  omega <- switch(case$cells, weighted = drawn$weights, missing = 1 - drawn$hidden, matrix(1, n, m))
  reference <- entry$reference
  if (length(reference$alpha) > 1) reference <- reference_family("negbin", alpha = rep_len(reference$alpha, n))
  init <- random_init(case$seed + 2, case$structure, unit, case$rank)
  if (case$structure == "traditional") init$W <- init$W * 2^case$scale
  x <- list(V = V, unit = unit, omega = omega, reference = reference, init = init, drawn = drawn, entry = entry,
            offset = if (case$cells == "offset") drawn$offset, size = mean(unit) * 2^case$scale)
  delayedAssign("swept", sweeps_of(case, x), assign.env = memory <- new.env())
  x$memory <- memory
  x
}

# V as the case has it, and what goes with it.
arguments_of <- function(case, x, form = case$form) {
  V <- x$V
  if (case$cells == "missing") V[x$omega == 0] <- NA
  weights <- if (case$cells == "weighted") x$omega
  V <- switch(
    form,
    sparse = stored_with_gaps(V),
    blocks = {
      source <- read_source(V, cell_weights = weights, offset = x$offset)
      source$rows_per_block <- 2
      source
    },
    V
  )
  list(V = V, cell_weights = if (form != "blocks") weights, offset = if (form != "blocks") x$offset)
}

# as() would call a matrix symmetric that is not, where its cells are tiny.
stored_with_gaps <- function(V) {
  at <- which(is.na(V) | V != 0, arr.ind = TRUE)
  Matrix::sparseMatrix(at[, 1], at[, 2], x = V[at], dims = dim(V), dimnames = dimnames(V))
}

model_of_case <- function(case, x) model_of(case$structure, package_family(x$reference), case$rank)

# A given number of multiplicative sweeps from the start of the case.
sweeps_of <- function(case, x, n = 5, arguments = arguments_of(case, x)) {
  without_advice(do.call(nmf, c(arguments, list(
    model = model_of_case(case, x), init = x$init, solver = "mm", max_iter = n, tol = 0, seed = 1, verbose = FALSE,
    threads = 1
  ))))
}

fit_of <- function(case, x, ...) {
  without_advice(do.call(nmf, c(arguments_of(case, x), list(
    model = model_of_case(case, x), n_starts = 1, seed = case$seed, verbose = FALSE, threads = 1, ...
  ))))
}

means_of <- function(fit, x) fit$W %*% fit$H * (x$offset %||% 1)

# Half the deviance of the oracle, cell by cell, 0 where a cell does not count.
half_deviances <- function(x, mu, reference = x$reference, scale = 1) {
  V <- unname(x$V) / scale
  ifelse(x$omega == 0, 0, x$omega * reference$half_deviance(V, ifelse(x$omega == 0, V + 1, unname(mu) / scale)))
}

# The size of the terms of the objective, at the scale of the case.
objective_size <- function(case, x) {
  unit <- unname(x$unit)
  one <- x$reference$half_deviance(unit, matrix(2 * mean(unit), nrow(unit), ncol(unit)))
  sum(x$omega * one) * if (x$entry$scales) 2^(case$scale * (2 - x$reference$power)) else 1
}

# NULL, or in words by how much `x` is not `y`, in parts of `size`.
gap <- function(what, x, y, tolerance, size = max(abs(y))) {
  x <- unname(as.matrix(x))
  y <- unname(as.matrix(y))
  if (!identical(dim(x), dim(y))) return(paste(what, "has another shape"))
  error <- max(abs(x - y))
  if (isTRUE(size > 0)) error <- error / size
  if (!isTRUE(error <= tolerance)) paste(what, "is off by", format(error, digits = 3), "of the expected size")
}

# Laws -----------------------------------------------------------------------------------------------------------------

# Each is a function of a case and its problem: NULL, or what is wrong. What a missing cell of a convex model holds
# comes from a fit to few cells, which may have many optima: of such data no two forms need have the same.
filled_by_a_fit <- function(case) case$cells == "missing" && case$structure != "traditional"

laws <- list(
  "factors are finite and not negative, the trace never rises, converged is stationary" = function(case, x) {
    fit <- fit_of(case, x, max_iter = 150)
    if (!all(is.finite(fit$W) & fit$W >= 0) || !all(is.finite(fit$H) & fit$H >= 0)) return("W or H is no factor")
    sums <- rowSums(fit$H)
    if (!all(pmin(abs(sums - 1), abs(sums)) < 1e-12)) return("rows of H do not sum to 1")
    rise <- max(0, diff(fit$trace$objective)) / max(objective_size(case, x), abs(fit$trace$objective))
    if (!isTRUE(rise <= 64 * .Machine$double.eps)) return(paste("the objective rises by", rise))
    if (fit$converged && !(fit$kkt <= 1e-6)) return(paste("converged with a residual of", fit$kkt))
    if (fit$converged != (fit$status == "converged")) return("converged and status disagree")
    expected <- sum(half_deviances(x, means_of(fit, x)))
    gap("the objective", fit$objective, expected, 1e-9, max(objective_size(case, x), expected))
  },
  "the residual is the oracle's" = function(case, x) {
    if (case$cells == "offset" || filled_by_a_fit(case)) return(NULL)
    fit <- fit_of(case, x, max_iter = 150)
    if (!fit$converged) return(NULL)
    reference <- x$reference
    weighted <- reference
    flip <- if (case$structure == "features") t else identity
    omega <- flip(x$omega)
    scale <- if (x$entry$scales) 2^case$scale else 1
    weighted$num <- function(v, mu) ifelse(omega == 0, 0, omega * reference$num(v, ifelse(omega == 0, 1, mu)))
    weighted$den <- function(v, mu) ifelse(omega == 0, 0, omega * reference$den(v, ifelse(omega == 0, 1, mu)))
    theta <- switch(case$structure, traditional = list(W = fit$W / scale, H = fit$H), convex = fit[c("E", "D")],
                    features = list(E = fit$A, D = fit$H))
    if (case$structure == "convex") theta$D <- theta$D / scale
    if (case$structure == "convex") theta$E <- theta$E * scale
    residual <- reference_kkt(flip(unname(x$V) / scale), theta, weighted)
    # Entries are measured against another size there.
    if (!isTRUE(residual <= 1e-2)) paste("converged, but the oracle's residual is", format(residual, digits = 3))
  },
  "sparse, dense and blocks are one" = function(case, x) {
    if (filled_by_a_fit(case)) return(NULL)
    fit <- x$memory$swept
    forms <- c("dense", if (case$cells != "offset") "sparse", if (case$structure != "features") "blocks")
    for (form in setdiff(forms, case$form)) {
      other <- sweeps_of(case, x, arguments = arguments_of(case, x, form))
      fault <- gap(paste("the mean of", form, "data"), means_of(other, x), means_of(fit, x), 1e-8)
      if (!is.null(fault)) return(fault)
    }
  },
  "sweeps are the oracle's" = function(case, x) {
    if (case$cells != "plain" || case$structure == "features") return(NULL)
    scale <- if (x$entry$scales) 2^case$scale else 1
    init <- x$init
    if (case$structure == "traditional") init$W <- init$W / scale
    run <- reference_run(unname(x$V) / scale, init, x$reference, 5)
    gap("the mean", means_of(x$memory$swept, x) / scale, run$mu, 1e-9)
  },
  "data in another unit have the same fit" = function(case, x) {
    if (filled_by_a_fit(case)) return(NULL)
    fit <- x$memory$swept
    y <- x
    factor <- 2^(if (case$scale > 0) -80 else 80)
    y$V <- x$V * factor
    if (case$structure == "traditional") y$init$W <- x$init$W * factor
    if (!x$entry$scales) y$reference <- reference_family("negbin", alpha = x$reference$alpha * factor)
    scaled <- sweeps_of(case, y)
    gap("the mean", means_of(scaled, x) / factor, means_of(fit, x), 1e-8)
  },
  "permuted data have the permuted fit" = function(case, x) {
    if (filled_by_a_fit(case)) return(NULL)
    fit <- x$memory$swept
    rows <- x$drawn$rows
    columns <- x$drawn$columns
    k <- x$drawn$components
    y <- x
    y$V <- x$V[rows, columns, drop = FALSE]
    y$omega <- x$omega[rows, columns, drop = FALSE]
    y$offset <- x$offset[rows, columns, drop = FALSE]
    if (length(x$reference$alpha) > 1) y$reference <- reference_family("negbin", alpha = x$reference$alpha[rows])
    y$init <- switch(
      case$structure,
      traditional = list(W = x$init$W[rows, k, drop = FALSE], H = x$init$H[k, columns, drop = FALSE]),
      convex = list(E = x$init$E[rows, k, drop = FALSE], D = x$init$D[k, rows, drop = FALSE]),
      features = list(A = x$init$A[columns, k, drop = FALSE], H = x$init$H[k, columns, drop = FALSE])
    )
    permuted <- sweeps_of(case, y)
    gap("the mean", means_of(permuted, y), means_of(fit, x)[rows, columns, drop = FALSE], 1e-8)
  },
  "what stands beside the data goes by name" = function(case, x) {
    fit <- x$memory$swept
    if (!identical(list(rownames(fit$W), colnames(fit$H)), list(rownames(x$V), colnames(x$V)))) {
      return("names of the factors are not those of the data")
    }
    if (!case$named || case$form == "blocks" || !case$cells %in% c("weighted", "offset")) return(NULL)
    arguments <- arguments_of(case, x)
    beside <- if (case$cells == "weighted") "cell_weights" else "offset"
    named <- `dimnames<-`(arguments[[beside]], dimnames(x$V))
    arguments[[beside]] <- named[x$drawn$rows, x$drawn$columns, drop = FALSE]
    other <- sweeps_of(case, x, arguments = arguments)
    if (!identical(other$objective, fit$objective)) "another order of names changes the objective"
  },
  "what a missing cell held changes nothing" = function(case, x) {
    if (case$cells != "missing") return(NULL)
    fit <- x$memory$swept
    y <- x
    y$V[x$omega == 0] <- x$size * 5 + 2^case$scale
    arguments <- arguments_of(utils::modifyList(case, list(cells = "weighted")), y)
    gap("the mean", means_of(sweeps_of(case, x, arguments = arguments), x), means_of(fit, x), 1e-8)
  },
  "the likelihood is that of R's own densities" = function(case, x) {
    if (case$cells != "plain" || case$scale != 0) return(NULL)
    # A sum over jumps takes long, and the exact fits of few cells have no dispersion.
    fit <- x$memory$swept
    if (!x$reference$name %in% c("normal", "poisson", "negbin") || fit$deviance < 1e-6 * objective_size(case, x)) {
      return(NULL)
    }
    own <- reference_loglik(unname(x$V), means_of(fit, x), x$reference, fit$sigma2)
    gap("the log-likelihood", fit$logLik, own, 1e-8, abs(fit$logLik) + length(x$V))
  },
  "residuals, means and new weights fit the data" = function(case, x) {
    fit <- x$memory$swept
    mu <- stats::fitted(fit)
    fault <- gap("fitted()", mu, means_of(fit, x), 1e-12)
    if (!is.null(fault)) return(fault)
    raw <- stats::residuals(fit)
    if (!identical(is.na(unname(raw)), unname(x$omega == 0))) return("residuals are NA elsewhere than the data")
    fault <- gap("residuals()", raw[x$omega > 0], (x$V - mu)[x$omega > 0], 1e-12, max(x$V, mu))
    if (!is.null(fault)) return(fault)
    deviances <- sum(x$omega * stats::residuals(fit, type = "deviance")^2, na.rm = TRUE)
    gap("the sum of squared deviance residuals", deviances, fit$deviance, 1e-6,
        max(fit$deviance, objective_size(case, x)))
  }
)

# Some laws for a case, so that many cases can be tried.
laws_for <- function(case, n = 2) withr::with_seed(case$seed + 3, sample(names(laws), n))

# The first law that a case breaks, with what is wrong; NULL when it keeps all.
failure_of <- function(case, which = names(of), of = laws) {
  x <- pose_case(case)
  for (law in which) {
    fault <- tryCatch(of[[law]](case, x), error = function(e) paste("error:", conditionMessage(e)),
                      warning = function(w) paste("warning:", conditionMessage(w)))
    if (!is.null(fault)) return(list(law = law, fault = fault))
  }
  NULL
}

# A smaller case that breaks the same law: each step makes one thing plainer, as long as the law stays broken.
shrink <- function(case, law, of = laws) {
  broken <- function(case) !is.null(failure_of(case, law, of))
  repeat {
    smaller <- list(
      n = unique(c(1, case$n %/% 2, case$n - 1)), m = unique(c(1, case$m %/% 2, case$m - 1)),
      rank = unique(c(1, case$rank - 1)), family = if (case$family != "Po") "Po",
      structure = if (case$structure != "traditional") "traditional", cells = if (case$cells != "plain") "plain",
      form = if (case$form != "dense") "dense", scale = if (case$scale != 0) 0, density = if (case$density != 1) 1,
      named = if (case$named) FALSE
    )
    found <- FALSE
    for (field in names(smaller)) for (value in smaller[[field]]) {
      trial <- case
      trial[[field]] <- value
      trial$rank <- min(trial$rank, trial$n, trial$m)
      if (trial$n < 1 || trial$m < 1 || trial$rank < 1 || identical(trial, case) || found) next
      if (broken(trial)) {
        case <- trial
        found <- TRUE
      }
    }
    if (!found) return(case)
  }
}

# What to say of a case that fails.
report_of <- function(case, failure, of = laws) {
  small <- shrink(case, failure$law, of)
  again <- failure_of(small, failure$law, of) %||% failure
  paste0(again$law, ": ", again$fault, "\n  ", code_of(small))
}
