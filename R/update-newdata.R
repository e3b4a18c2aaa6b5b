# A fit that goes on from where it is with more observations.

# `changes` are what update() was given beside `newdata`; `written` is how the user wrote both. Of these, `mask`,
# `cell_weights` and `offset` are those of `newdata`.
go_on <- function(fit, newdata, absent, changes, written) {
  if (any(c("V", "obs", "init", "rank") %in% names(changes))) {
    abort("argument", "`newdata` is for the model as it is; `V`, `obs`, `init` and `rank` cannot be changed with it.")
  }
  new <- read_newdata(fit, newdata, absent, changes$cell_weights, changes$offset)
  if (is.null(changes$model)) check_alpha_of_new(fit, new)
  mask <- mask_of_new(fit, new, changes$mask)
  there <- with_start_there(fit)
  arguments <- there$origin$arguments
  beside <- names(changes) %in% c("mask", "cell_weights", "offset")
  arguments[names(changes)[!beside]] <- changes[!beside]
  arguments$V <- bind_sources(data_of(fit), new)
  if (!is.null(mask)) {
    old <- fit$run$known$mask %||% array(TRUE, dim(fit$W))
    arguments$mask <- mask_to_give(rbind(unname(old), mask), there)
  }
  if (is.list(arguments$fixed) && is.null(changes$fixed)) arguments$fixed <- former_lines(arguments$fixed, fit)
  if (!is.null(arguments$init)) arguments$init <- longer_start(fit, first_weights(fit, new, mask))
  updated <- do.call(getExportedValue("nmfamily", there$origin$door), arguments, quote = TRUE)
  call <- there$call
  bound <- function(first, second, by) as.call(list(as.name(by), first, second))
  call$V <- bound(call$V, written$newdata, if (fit$obs == "columns") "cbind" else "rbind")
  if (!is.null(mask)) call$mask <- bound(call$mask %||% TRUE, written$mask, "rbind")
  one <- as_before(fit_within(updated), fit)
  one$call <- call
  within_fit(updated, one)
}

# Each observation has an alpha that was given, and new ones have none.
check_alpha_of_new <- function(fit, new) {
  family <- fit$model$family
  if (!is_by_row(family) || is_estimated(family)) return(invisible())
  abort("argument", "`model` must be given with `newdata`, as the alpha of each observation was: that of all ",
        nrow(fit$W) + nrow(new), " observations, the ", nrow(new), " new ones last, as nmf_model(structure = ",
        dQuote(fit$model$structure, FALSE), ", family = nmf_negbin(alpha), rank = ", fit$model$rank, ").")
}

# New observations with the features of the fit, in their order; what the fit has and they lack is missing or zero.
read_newdata <- function(fit, newdata, absent, cell_weights, offset) {
  given <- as_newdata(newdata, fit)
  shared <- match_features(given, fit$H, "newdata", "the fit", absent)
  common <- if (is.null(offset)) common_offset(fit)
  if (!is.null(common)) offset <- replace(rep(1, ncol(given)), shared$given, common[shared$wanted])
  data <- source_of(given, cell_weights, offset, fit$obs, "newdata")
  check_range(data, "newdata")
  if (!isTRUE(shared$given)) data <- data[, shared$given]
  if (length(shared$lacking)) {
    if (absent == "zero" && !is.null(offset) && is.null(common)) {
      abort("argument", "`offset` must be that of all features of the fit where those that are absent count as zeros.")
    }
    data <- with_lacking(data, colnames(fit$H)[shared$lacking], absent, common[shared$lacking])
  }
  data <- data[, order(c(shared$wanted, shared$lacking))]
  dimnames(data$values) <- list(rownames(data$values), colnames(fit$H))
  lost <- without_cells(data)[[1]]
  if (length(lost)) {
    abort("data", "`newdata` must have a cell that counts in each observation, but observation ", lost[1],
          " has none; leave it out.")
  }
  again <- intersect(rownames(data), rownames(fit$W))
  if (length(again)) {
    abort("data", "`newdata` must be other observations than those of the fit; ", dQuote(again[1], FALSE),
          " is there already.")
  }
  data
}

# Which components the new observations may use, or NULL where all may use all.
mask_of_new <- function(fit, new, mask) {
  if (is.null(mask)) {
    if (is.null(fit$run$known$mask)) return(NULL)
    abort("argument", "`mask` must say which components each observation of `newdata` may use, a ",
          by_dim(c(nrow(new), ncol(fit$W))), " logical matrix, for the fit has one of its own.")
  }
  if (!structure_of(fit$model)$free) abort("model", "`mask` is for traditional models, not ", format(fit$model), ".")
  unname(check_mask(mask, new, ncol(fit$W), colnames(fit$W), "`newdata`", integer()))
}

# By projection; an encoder over features makes them itself.
first_weights <- function(fit, new, mask) {
  if (structure_of(fit$model)$codes) return(matrix(0, nrow(new), ncol(fit$W)))
  beside <- function(x) if (!is.null(x)) as_given(x, fit)
  suppressMessages(stats::predict(fit, as_given(read_values(new), fit), "weights", mask = mask,
                                  cell_weights = beside(dense_weights(new)), offset = beside(new$offset)))
}

# Two sets of observations one below the other. Those without names are numbered where the others have some.
bind_sources <- function(first, second) {
  names <- list(rownames(first), rownames(second))
  if (!all(vapply(names, is.null, NA))) {
    rows <- c(nrow(first), nrow(second))
    names <- make.unique(c(names[[1]] %||% as.character(seq_len(rows[1])),
                           names[[2]] %||% as.character(rows[1] + seq_len(rows[2]))))
  } else {
    names <- NULL
  }
  sparse <- is_sparse(first) && is_sparse(second)
  if (!sparse) {
    first <- dense_source(first)
    second <- dense_source(second)
  }
  bind <- function(of) {
    both <- if (sparse) rbind(of(first), of(second)) else rbind(unname(of(first)), unname(of(second)))
    if (sparse) as_plain_sparse(both) else both
  }
  values <- bind(function(data) data$values)
  dimnames(values) <- list(names, colnames(first))
  weights <- if (!is.null(first$weights) || !is.null(second$weights)) {
    own <- function(data) data$weights %||% rep(1, length(values_of(data$values)))
    shifted <- bind(function(data) with_values(data$values, own(data) + 1))
    if (sparse) shifted@x - 1 else shifted - 1             # shifted, for zeros might be dropped
  }
  offset <- if (!is.null(first$offset) || !is.null(second$offset)) {
    rbind(first$offset %||% array(1, dim(first)), second$offset %||% array(1, dim(second)))
  }
  new_source(values, weights, offset)
}

dense_source <- function(data) {
  if (!is_sparse(data)) return(data)
  new_source(as.matrix(data$values), dense_weights(data), data$offset)
}

# The factors with the weights of the new observations below the old ones, zeros lifted a little so that they can move.
# A new observation has a small part in the components that an encoder over observations makes.
longer_start <- function(fit, W) {
  fit$W <- rbind(fit$W, W)
  if (!is.null(fit$E)) fit$E <- rbind(fit$E, matrix(0, nrow(W), ncol(W)))
  fit$run$known$fixed <- longer_masks(fit$run$known$fixed, structure_of(fit$model), nrow(W))
  start <- nudged(fit)
  if (!is.null(fit$A)) return(list(A = unname(start$second), H = unname(t(start$W))))
  if (!is.null(fit$E)) return(list(E = unname(start$second), D = unname(t(start$W))))
  list(W = unname(start$W), H = unname(start$second))
}

# What stays, with more observations: of these what stays of all.
longer_masks <- function(fixed, structure, n) {
  for (b in seq_along(fixed)) if (structure$margins[b] == 1 && length(fixed[[b]])) {
    all <- colSums(fixed[[b]] == 0) == 0
    fixed[[b]] <- rbind(fixed[[b]], matrix(as.numeric(all), n, length(all), byrow = TRUE))
  }
  fixed
}

# A logical for each of the former observations says nothing of new ones, which are free.
former_lines <- function(fixed, fit) {
  structure <- structure_of(fit$model)
  for (name in intersect(structure$held[structure$margins == 1], names(fixed))) {
    if (is.logical(fixed[[name]]) && length(fixed[[name]]) > 1) {
      stays <- which(lines_meant(fixed[[name]], rownames(fit$W), nrow(fit$W), paste0("fixed$", name)))
      fixed[[name]] <- if (length(stays)) stays else FALSE
    }
  }
  fixed
}

# Components in the order and with the names that they had, and what has changed.
as_before <- function(updated, fit) {
  similarity <- cosines(fit$H, updated$H)
  order <- as.integer(clue::solve_LSAP(pmax(similarity, 0), maximum = TRUE))
  if (is.unsorted(order)) updated <- with_groups(updated, as.list(order))
  updated <- named_components(updated, rownames(fit$H))
  old <- seq_len(nrow(fit$W))
  updated$updated <- list(observations = c(before = nrow(fit$W), added = nrow(updated$W) - nrow(fit$W)),
                          cosine = stats::setNames(similarity[cbind(seq_along(order), order)], rownames(fit$H)),
                          weights = sum(abs(updated$W[old, ] - fit$W)) / sum(fit$W))
  updated
}
