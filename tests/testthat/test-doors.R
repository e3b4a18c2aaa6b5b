# Every front door refuses what nmf() refuses, and takes what it takes.

V <- random_data(21)
V[1, ] <- V[1, ] + 1                                      # no empty line in any split
V[, 1] <- V[, 1] + 1
dimnames(V) <- list(paste0("o", seq_len(N)), paste0("f", seq_len(M)))
all_doors <- doors()

# What comes of a call: the class of its error, or NA.
refusal <- function(call) {
  tryCatch({
    without_advice(call)
    NA_character_
  }, nmf_error = function(e) class(e)[1])
}

broken <- as_sparse(unname(V))
broken@i[1] <- 99L
without_cells_of <- function(margin) {
  X <- V
  if (margin == 1) X[3, ] <- NA else X[, 3] <- NA
  X
}
channels <- matrix(rpois(96 * 3, 5), 96, dimnames = list(rownames(nmfamily::pcawg_signatures |> t()), NULL))

refused <- list(
  "a negative cell" = list(V = replace(V, 5, -1)),
  "an infinite cell" = list(V = replace(V, 5, Inf)),
  "an undefined cell" = list(V = replace(V, 5, NaN)),
  "zeros only" = list(V = V * 0),
  "text" = list(V = matrix("a", 4, 4)),
  "no matrix" = list(V = 1:5),
  "NULL" = list(V = NULL),
  "no rows" = list(V = V[0, ]),
  "a broken sparse matrix" = list(V = broken),
  "an observation without cells" = list(V = without_cells_of(1)),
  "a feature without cells" = list(V = without_cells_of(2)),
  "channels as observations" = list(V = channels),
  "weights of another shape" = list(V = V, cell_weights = V[-1, ]),
  "negative weights" = list(V = V, cell_weights = -V),
  "missing weights" = list(V = V, cell_weights = replace(V, 2, NA)),
  "an offset of another length" = list(V = V, offset = 1:3),
  "a negative offset" = list(V = V, offset = -seq_len(M)),
  "another margin" = list(V = V, obs = "both"),
  "a seed that is no number" = list(V = V, seed = "a"),
  "no threads" = list(V = V, threads = 0),
  "a flag that is none" = list(V = V, verbose = NA),
  "no starts" = list(V = V, n_starts = 0),
  "a negative tolerance" = list(V = V, tol = -1),
  "an unknown solver" = list(V = V, solver = "newton"),
  "an unknown setting" = list(V = V, control = list(start_itr = 3)),
  "starts of convex models" = list(V = V, control = nmf_control(starts = "traditional")),
  "a solver of convex models" = list(V = V, solver = "adam")
)
# Two doors compare solvers, and a model that is not for one keeps its row.
solver_is_not_one <- c("compare_models", "compare_splits")
of_one_model <- c("starts of convex models", "a solver of convex models")

by_nmf <- lapply(refused, function(arguments) refusal(do.call(all_doors$nmf$open, arguments)))

for (name in names(all_doors)) {
  open <- all_doors[[name]]$open
  all_refused <- setdiff(names(refused), if (name == "compare_models") of_one_model)
  for (what in all_refused) test_law(paste0("what nmf() refuses is refused [", name, ", ", what, "]"), {
    arguments <- refused[[what]]
    own <- arguments
    if (name %in% solver_is_not_one) names(own)[names(own) == "solver"] <- "solvers"
    set.seed(1)
    before <- .Random.seed
    expect_false(is.na(by_nmf[[what]]))
    expect_identical(refusal(do.call(open, own)), by_nmf[[what]])
    expect_identical(.Random.seed, before)
  })
  test_law(paste0("an argument that nmf() does not know is refused with the nearest one [", name, "]"), {
    error <- expect_error(without_advice(open(V, seed = 1, max_itr = 3)))
    expect_match(conditionMessage(error), "max_itr")
  })
}

for (name in setdiff(names(all_doors), "nmf")) {
  open <- all_doors[[name]]$open
  test_law(paste0("solvers, families and ranks that are not for each other are refused [", name, "]"), {
    if (!name %in% c(solver_is_not_one, "profile_power", "profile_alpha")) {
      expect_identical(refusal(open(V, "T/NB45", solver = "em", seed = 1)), "nmf_error_argument")
    }
    if (!grepl("profile", name) && name != "compare_models") {
      expect_identical(refusal(open(V * (V > 2), "T/TW2", seed = 1)), "nmf_error_data")
    }
    if (all_doors[[name]]$ranked) expect_identical(refusal(open(V, rank = 10, seed = 1)), "nmf_error_rank")
    if (all_doors[[name]]$convex && name != "compare_models") {
      expect_identical(refusal(open(V, "C/Po", offset = seq_len(M), seed = 1)), "nmf_error_model")
    }
  })
}

integers <- V
storage.mode(integers) <- "integer"
hidden <- withr::with_seed(3, matrix(runif(length(V)) < 0.1, nrow(V)))
gaps <- replace(V, hidden, NA)
same <- list(
  "integers" = list(V = integers),
  "a data frame" = list(V = as.data.frame(V)),
  "compressed columns" = list(V = named_sparse(V, "dgCMatrix")),
  "compressed rows" = list(V = named_sparse(V, "dgRMatrix")),
  "triplets" = list(V = named_sparse(V, "dgTMatrix")),
  "triplets of slam" = list(V = triplets(named_sparse(V, "dgCMatrix"))),
  "observations in columns" = list(V = t(V), obs = "columns"),
  "weights of 1" = list(V = V, cell_weights = V * 0 + 1),
  "offsets of 1" = list(V = V, offset = rep(1, M))
)

for (name in names(all_doors)) {
  open <- all_doors[[name]]$open
  number <- function(...) all_doors[[name]]$number(without_advice(open(..., seed = 1)))
  test_law(paste0("what nmf() takes is taken [", name, "]"), {
    set.seed(1)
    before <- .Random.seed
    plain <- number(V)
    expect_true(is.finite(plain))
    expect_identical(.Random.seed, before)
    for (what in names(same)) {
      # Sums over sparse and dense cells come in another order.
      expect_equal(do.call(number, same[[what]]), plain, tolerance = 1e-6, label = what)
    }
    # A missing cell is one of weight 0, whatever stands there.
    weighted <- number(replace(V, hidden, 1e3), cell_weights = 1 - hidden)
    expect_equal(number(gaps), weighted, tolerance = 1e-6)
    sparse <- named_sparse(V, "dgCMatrix")
    sparse[hidden] <- NA
    expect_equal(number(sparse), weighted, tolerance = 1e-6)
    expect_true(is.finite(number(V, cell_weights = V * 0 + 2, offset = seq(0.5, 2, length.out = M))))
    if (all_doors[[name]]$convex) expect_true(is.finite(number(gaps, "C/Po")))
  })
}
