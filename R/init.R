# The user's start, what of it stays, and the run that it goes on with.

# The user's start as the core takes it: W and H, or W = D' and E. Its components are in the order of the names
# `components`, where they have these.
as_start <- function(init, problem, components = NULL) {
  model <- problem$model
  N <- nrow(problem$data)
  M <- ncol(problem$data)
  wanted <- structure_of(model)$init
  if (inherits(init, "nmf_fit")) {
    check_whole(init, "init")
    if (!all(wanted %in% names(init))) {
      abort("init", "`init` must be a fit with ", wanted[1], " and ", wanted[2], ", not one of ", format(init$model),
            ".")
    }
    init <- unclass(init)[wanted]
  }
  if (!is.list(init) || !setequal(names(init), wanted) || length(init) != 2) {
    names <- paste(c(names(init), "nothing"[!length(init)]), collapse = ", ")
    got <- if (!is.list(init)) shown(init) else if (is.null(names(init)) && length(init)) "a list without names" else
      paste("a list of", names)
    abort("init", "`init` must be list(", wanted[1], " = , ", wanted[2], " = ) for a ", model$structure, " model, not ",
          got, ".")
  }
  shapes <- structure_of(model)$shapes(N, M, model$rank)
  in_shape <- structure_of(model)$shapes                 # of sizes, or of anything else that stands for the margins
  own <- names_of_start(init, model)
  if (is.null(components) || !setequal(own, components)) components <- own
  named <- in_shape(list(rownames(problem$data)), list(colnames(problem$data)), list(components))
  margins <- in_shape("observations of `V`", "features of `V`", "components of the other factor")
  for (name in wanted) {
    x <- as_doubles(init[[name]], paste0("init$", name))
    if (!is.matrix(x) || !is.numeric(x) || !identical(dim(x), as.integer(shapes[[name]]))) {
      abort("init", "`init$", name, "` must be a ", paste(shapes[[name]], collapse = " x "), " numeric matrix, not ",
            shown(x), ".")
    }
    if (!all(is.finite(x)) || any(x < 0)) {
      bad <- !is.finite(x) | x < 0
      abort("init", "`init$", name, "` must be finite and not negative, ", first_bad_cell(x, bad), ".")
    }
    storage.mode(x) <- "double"
    init[[name]] <- unname(match_dimnames(x, named[[name]], paste0("init$", name), what = margins[[name]],
                                          fault = "init"))
  }
  start <- structure_of(model)$as_start(init)
  check_start_range(start, problem)
  start
}

# The names that a start has for its components; NULL for none.
names_of_start <- function(init, model) {
  structure <- structure_of(model)
  at <- structure$shapes(1, 2, 3)
  Find(Negate(is.null), lapply(structure$init, function(name) dimnames(init[[name]])[[match(3, at[[name]])]]))
}

# What stays, as a mask of ones for W (or D', or H' beside A) and H (or E, or A); NULL where everything may change.
check_fixed <- function(fixed, start, problem) {
  if (is.null(fixed)) return(NULL)
  structure <- structure_of(problem$model)
  blocks <- structure$held
  if (is.null(start)) abort("argument", "`fixed` needs an `init`, whose entries stay.")
  known <- is.list(fixed) && length(fixed) && !is.null(names(fixed)) && !anyDuplicated(names(fixed)) &&
    all(names(fixed) %in% blocks)
  expect_arg(known, "fixed", paste0("list(", blocks[1], " = , ", blocks[2], " = )"), fixed)
  family <- problem$model$family
  if (is_open(family) && family$parameter$profiled) {
    abort("argument", "`fixed` needs a model whose ", parameter_name(family), " is given, not ", format(problem$model),
          ".")
  }
  X <- problem$data
  names <- list(rownames(X), colnames(X))
  lines <- names[structure$margins]
  sizes <- dim(X)[structure$margins]
  masks <- lapply(1:2, function(b) {
    stays <- lines_meant(fixed[[blocks[b]]] %||% FALSE, lines[[b]], sizes[b], paste0("fixed$", blocks[b]))
    mask <- matrix(as.numeric(stays), sizes[b], problem$model$rank)
    if (b == 2 && !structure$has_encoder) t(mask) else mask
  })
  if (min(unlist(masks)) > 0) abort("argument", "`fixed` must leave something to change.")
  masks
}

# Which of n lines are meant by TRUE, FALSE, their numbers, their names or a logical for each.
lines_meant <- function(which, names, n, arg) {
  meant <- logical(n)
  if (is.logical(which) && length(which) %in% c(1L, n) && !anyNA(which)) {
    meant[] <- if (length(which) > 1) match_values(which, names, arg, "lines that it is about") else which
    return(meant)
  }
  meant[lines_of(which, names, n, arg, or = "TRUE, FALSE, a logical for each, ")] <- TRUE
  meant
}

# The run of a fit that this call goes on with, if it is the same problem and the fit is as nmf() left it.
resumable <- function(init, problem, settings) {
  model <- problem$model
  if (!inherits(init, "nmf_fit") || is_open(model$family)) return(NULL)
  run <- init$run
  now <- sums_of(problem$data)
  same <- identical(facts_of_model(init$model), facts_of_model(model)) &&
    identical(run$solver, solver_for(model, settings)) &&
    (!by_adam(model, settings) || identical(init$solver, settings$solver)) &&
    is_known_alike(run$known, problem$known, rownames(init$H)) && identical(run$sums, c(sum(init$W), sum(init$H))) &&
    same_sums(run$data, now) && isTRUE(all.equal(run$data$beside, now$beside))
  if (!same) return(NULL)
  if (is.null(run$state)) return(NULL)
  list(status = "max_iter", solver = run$solver, before = run$before, trace = init$trace, raw = list(state = run$state))
}

# Names say nothing that a run knows, but must not change their order.
is_known_alike <- function(before, now, names) {
  unnamed <- function(known) known[setdiff(names(known), "names")]
  identical(unnamed(before), unnamed(now)) && (is.null(now$names) || identical(now$names, names))
}

# The user's start as it is kept to repeat the call: the factors of a fit, and not the fit.
user_start <- function(init) {
  if (!inherits(init, "nmf_fit")) return(init)
  unclass(init)[structure_of(init$model)$init]
}
