# A fit knows its data by a key, an empty environment: here stands what it opens, for as long as the key is in use. So
# the data are neither copied, nor saved or sent with the fit, nor in the way when two fits are compared.
held <- new.env(parent = emptyenv())

# R copies what a weak reference is given, but not an environment.
hold_data <- function(fit, data) {
  fit$data <- new.env(parent = emptyenv())
  room <- list2env(list(data = data), parent = emptyenv())
  leave <- function(key) rm(list = rlang::obj_address(key), envir = held)
  assign(rlang::obj_address(fit$data), rlang::new_weakref(fit$data, room, leave), held)
  fit
}

held_data <- function(fit) {
  if (is.null(fit$data)) return(NULL)
  entry <- get0(rlang::obj_address(fit$data), held, inherits = FALSE)
  if (!is.null(entry) && identical(rlang::wref_key(entry), fit$data)) rlang::wref_value(entry)$data
}

# A fit that travels to other processes takes no data along.
unheld <- function(fit) {
  fit["data"] <- NULL
  fit
}

#' Attach data to a fit
#'
#' For a fit that was read from a file, or that comes from another process.
#'
#' A fit from [nmf()] knows the data that were fitted without a copy of them, so that residuals, checks, draws and
#' [update()] find them wherever it was made. They are not written by `saveRDS()`, and a fit that was read from a file
#' or came from another process has none: give them back once, or as `V = ` where they are needed.
#'
#' @param fit A fit from [nmf()] or [refit()], a topic model, or a result that holds fits, such as a comparison from
#'   [compare_models()], of which all get the data.
#' @param V,cell_weights The data and the weights of cells that were fitted; where they have names, in any order.
#' @param ... Nothing: an argument that is not known is an error.
#' @return What was given, with its data.
#' @section Errors: `nmf_error_data` when the data are not those that were fitted.
#' @examples
#' fit <- nmf(brca21, "T/Po/3", seed = 1)
#' file <- tempfile(fileext = ".rds")
#' saveRDS(fit, file)
#' again <- attach_data(readRDS(file), brca21)
#' range(residuals(again))
#' @export
attach_data <- function(fit, V, ..., cell_weights = NULL) {
  check_call(...)
  if (inherits(fit, "nmf_fit")) return(hold_data(fit, data_of(fit, V, cell_weights, blocks = TRUE)))
  places <- if (is.list(fit)) intersect(c("fit", "best", "fits"), names(fit))
  expect_arg(length(places) > 0, "fit", "a fit from nmf() or a result that holds fits", fit)
  again <- function(one) attach_data(one, V, cell_weights = cell_weights)
  for (place in places) {
    if (inherits(fit[[place]], "nmf_fit")) {
      fit[[place]] <- again(fit[[place]])
    } else {
      there <- lengths(fit[[place]]) > 0                 # a model that failed has no fit
      fit[[place]][there] <- lapply(fit[[place]][there], again)
    }
  }
  fit
}

# The data of a fit: those it holds, or those given, held against what is known of them. With `blocks` data on disk stay
# there.
data_of <- function(fit, V = NULL, cell_weights = NULL, blocks = FALSE) {
  held <- if (is.null(V)) held_data(fit)
  V <- as_fitted_cells(V, fit)
  if (!is.null(held) && in_blocks(held)) held <- if (blocks) checked_blocks(held) else source_in_memory(held)
  if (!is.null(held) && is.null(cell_weights)) return(held)
  if (blocks && stays_on_disk(V)) return(blocks_of(fit, V, cell_weights))
  if (!is.null(held)) V <- as_given(read_values(held), fit)
  if (is.null(V)) {
    abort("data", "the data of the fit are not at hand: it was read from a file, or comes from another process. Give ",
          "them as `V = `, or once and for all by attach_data(fit, V).")
  }
  if (inherits(V, "nmf_source")) return(V)
  X <- as_refitted(as_data(V, fit$obs, missing = TRUE), fit)
  if (!identical(dim(X), c(nrow(fit$W), ncol(fit$H)))) {
    abort("data", "`V` must be the data that were fitted (", nrow(fit$W), " observations x ", ncol(fit$H),
          " features), not ", shown(V), ".")
  }
  X <- match_dimnames(X, list(rownames(fit$W), colnames(fit$H)), "V", "the fit")
  if (length(fit$missing)) X[fit$missing] <- NA
  offset <- if (!is.null(fit$offset)) as_given(fit$offset, fit)
  data <- source_of(X, cell_weights, offset, fit$obs)
  gone <- setdiff(missing_cells(data), fit$missing)
  if (length(gone)) {
    at <- c(row_of(gone[1], nrow(X)), column_of(gone[1], nrow(X)))
    abort("data", if (is.na(X[gone[1]])) "`V`" else "`cell_weights`", " must have all cells that were fitted, but ",
          length(gone), if (length(gone) == 1) " does" else " do", " not count, first that of observation ",
          labels_of(rownames(X), nrow(X))[at[1]], " and feature ", labels_of(colnames(X), ncol(X))[at[2]], ".")
  }
  check_same_data(data, fit, V)
}

# Data on disk, of which neither the order nor the features change.
blocks_of <- function(fit, V, cell_weights = NULL) {
  data <- source_in_blocks(V, fit$obs, cell_weights)
  if (!identical(dim(data), c(nrow(fit$W), ncol(fit$H)))) {
    abort("data", "`V` must be the data that were fitted (", nrow(fit$W), " observations x ", ncol(fit$H),
          " features), not ", by_dim(dim(data)), ".")
  }
  names <- list(rownames(fit$W), colnames(fit$H))
  for (margin in 1:2) {
    own <- dimnames(data)[[margin]]
    if (!is.null(own) && !is.null(names[[margin]]) && !identical(own, names[[margin]])) {
      abort("data", "`V` must have the ", c("observations", "features")[margin], " that were fitted, in their order.")
    }
  }
  if (!identical(missing_cells(data), fit$missing)) {
    abort("data", "`V` must have the cells that were fitted, and no others.")
  }
  check_same_data(data, fit, V)
}

check_same_data <- function(data, fit, V) {
  found <- sums_of(data)
  fitted <- fit$run$data
  if (!isTRUE(all.equal(found$total, fitted$total))) {
    abort("data", "`V` must be the data that were fitted (", nrow(fit$W), " observations x ", ncol(fit$H),
          " features, total ", format(fitted$total), "), not ", shown(V), " with total ", format(found$total), ".")
  }
  if (!same_sums(found, fitted, c("margins", "cells"))) {
    abort("data", "`V` must be the data that were fitted; its total is theirs, but its cells are others, or in ",
          "another order.")
  }
  if (!isTRUE(all.equal(found$beside, fitted$beside))) {
    abort("data", "`cell_weights` must be ", if (is.null(fitted$beside)) "NULL, for the fit had none." else
      "those that were fitted; give them as `cell_weights = `, here or to attach_data().")
  }
  data
}

# Without the features that refit() has left out, and with those that it has found lacking; where these were missing the
# fit says so.
as_refitted <- function(X, fit) {
  if (ncol(X) == ncol(fit$H) || is.null(fit$origin$arguments$absent)) return(X)
  shared <- suppressMessages(match_features(X, fit$H, "V", "the fit", "zero"))
  with_lacking(new_source(X[, shared$given, drop = FALSE]), colnames(fit$H)[shared$lacking], "zero")$values
}

# The problem of a fit, with what was known beforehand.
problem_of <- function(fit, V = NULL, cell_weights = NULL, blocks = FALSE) {
  new_problem(data_of(fit, V, cell_weights, blocks), fit$model, fit$obs, fit$run$known)
}

# What tells data from others in a checkpoint; a file of the session has another name in the next one.
identity_of_data <- function(data) if (in_blocks(data)) sums_of(data) else unclass(data)

# The settings with which a fit was made, for further fits of its kind.
settings_of <- function(fit, seed = fit$seed, threads = NULL) {
  fit_settings(fit$settings$n_starts, fit$solver, fit$settings$max_iter, fit$settings$tol, seed = seed,
               threads = threads, verbose = FALSE, control = fit$control)
}

# A matrix that is N x M inside in the orientation of the user's data.
as_given <- function(x, fit) if (fit$obs == "columns") Matrix::t(x) else x
