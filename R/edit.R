# Components of a fit chosen, put in another order, merged and renamed. What an edited fit has lost is measured at its
# data, by the core, as of any other point.

#' Choose, merge and rename components
#'
#' `fit[k]` keeps some components of a fit, in the order asked for; `merge_components()` puts components that tell the
#' same story together; `rename_components()` gives them names. All take fits of every structure, of known components
#' (see [refit()]), and topic models, of which `merge_topics()` is for the latter alone.
#'
#' With \eqn{m_k = \sum_i W_{ik}}, the total weight of component k (whose row of \eqn{H} sums to 1), the component that
#' stands for a group g has
#' \deqn{W_{ig} = \sum_{k \in g} W_{ik}, \qquad H_{gj} = \sum_{k \in g} m_k H_{kj} / \sum_{k \in g} m_k,}{
#'       W_ig = sum_{k in g} W_ik,  H_gj = sum_{k in g} m_k H_kj / sum_{k in g} m_k,}
#' and so have the encoders of convex models: \eqn{E_{ig} = \sum_k m_k E_{ik} / \sum_k m_k} (so that \eqn{H = E'V}
#' holds) and \eqn{A_{jg} = \sum_k A_{jk}} (\eqn{W = V A}). The part of the group in \eqn{\mu}, \eqn{\sum_{k \in g}
#' W_{ik} H_{kj}}{sum_{k in g} W_ik H_kj}, becomes a matrix of rank one with the same row and column sums, which is the
#' one nearest to it in Kullback-Leibler divergence (Ho and Van Dooren 2008), the best there is under Poisson noise.
#' What is lost is which observations of the group use which of its features; components with the same row of \eqn{H}
#' lose nothing. In the words of a topic model, proportions are added and the probabilities of terms are averaged.
#'
#' A component that is left out takes its part of the mean with it: the weights of the others stay as they are.
#' `update(fit[k], fixed = list(H = TRUE))` fits the weights anew with the components as they are (`E = TRUE` or `A =
#' TRUE` in convex models), and `update(fit[k])` all of the smaller model from there. Of an edited [refit()], `update()`
#' refits to the components that are left.
#'
#' An edited fit is a fit for every method, but no maximum: its `status` is `"edited"` and `converged` is `FALSE`. Where
#' the data are at hand (see [attach_data()]) it is evaluated at them: `objective`, `deviance`, `logLik`, `sigma2`, `df`
#' and the stationarity residual `kkt` are those of the edited model, as [nmf()] with this start and `max_iter = 0` has
#' them, and `print()` says how much likelihood the edit has cost. Without them these are `NA`. The parameters of the
#' noise stay. Where nothing is lost, after a new order or new names, the fit stays what it was.
#'
#' @param x,fit A fit from [nmf()], [refit()] or [find_consensus()] (its `fit`), or a topic model from [fit_topics()] or
#'   [as_topic_model()], with K components.
#' @param i Which components, each at most once: numbers or names in the order that they shall have, negative numbers of
#'   those to leave out, or a logical for each. `fit[c("W", "H")]`, with names of its parts, is a plain list of these.
#' @param topics A topic model.
#' @param groups A list of vectors of components to merge, by number or by name; those that are in none of them stay as
#'   they are. Or a vector of K labels, one for each component (by name where it has names): those with the same label
#'   are merged.
#' @param names K names, or some names that are named by those that they replace, as in `c(k2 = "smoking")`.
#' @param ... Nothing: an argument that is not known is an error.
#' @return What was given, with other components. After merging they are in decreasing order of \eqn{m}; a merged one
#'   has the name of its group in the list or its label, or else the names of its components joined by `+`. An edited
#'   fit has a list `edited`: `from`, the model that it was made of; `parts`, for each component the names of those that
#'   it was; `logLik` and `deviance` before.
#' @section Errors: `nmf_error_argument` when `i` or `groups` names a component that is not there, or one more than
#'   once, or when no component, no label or no name is left for one, or two get the same.
#' @references Ho and Van Dooren (2008), Non-negative matrix factorization with fixed row and column sums, Linear
#'   Algebra and its Applications 429, 1020-1025, \doi{10.1016/j.laa.2007.02.026}.
#' @seealso [match_components()] and [feasible_set()] for components that are alike, [coherence()] for topics that say
#'   little.
#' @examples
#' fit <- nmf(brca21, "T/Po/4", n_starts = 3, seed = 1)
#' fit[c("k3", "k1")]
#' update(fit[-4], fixed = list(H = TRUE))    # the weights of the rest, fitted anew
#' merged <- merge_components(fit, list(both = c("k2", "k4")))
#' merged
#' rename_components(merged, c(k1 = "APOBEC"))
#'
#' passages <- addresses$counts[seq(1, 480, 3), ]
#' model <- fit_topics(passages, 4, n_starts = 2, seed = 1)
#' merge_topics(model, c("a", "b", "b", "b"))
#' @name merge_components
NULL

#' @rdname merge_components
#' @export
`[.nmf_fit` <- function(x, i = NULL, ...) {
  check_call(...)
  if (missing(i)) return(x)
  if (names_parts(i, x, rownames(x$H))) return(unclass(x)[i])
  regroup(x, as.list(components_meant(i, rownames(x$H))))
}

#' @rdname merge_components
#' @export
`[.nmf_topic_model` <- function(x, i = NULL, ...) {
  check_call(...)
  if (missing(i)) return(x)
  if (names_parts(i, x, colnames(x$L))) return(unclass(x)[i])
  as_topic_model(regroup(x$fit, as.list(components_meant(i, colnames(x$L)))))
}

#' @rdname merge_components
#' @export
merge_components <- function(fit, groups, ...) {
  check_call(...)
  merge_in(fit, groups)
}

#' @rdname merge_components
#' @export
merge_topics <- function(topics, groups, ...) {
  check_call(...)
  check_topics(topics)
  merge_in(topics, groups)
}

#' @rdname merge_components
#' @export
rename_components <- function(fit, names, ...) {
  check_call(...)
  own <- fit_within(fit)
  expect_arg(is.character(names) && is.null(dim(names)) && length(names) > 0 && !anyNA(names) && all(nzchar(names)) &&
               all(validEnc(names)), "names", "names", names)
  old <- rownames(own$H)
  new <- old
  if (is.null(names(names))) {
    expect_arg(length(names) == length(old), "names", paste("a name for each of the", length(old), "components"), names)
    new <- names
  } else {
    at <- match(names(names), old)
    if (anyNA(at) || anyDuplicated(at)) {
      abort("argument", "`names` must be named by components, each at most once; ",
            dQuote(names(names)[is.na(at) | duplicated(at)][1], FALSE), if (anyNA(at)) " is none." else
              " is there twice.")
    }
    new[at] <- names
  }
  if (anyDuplicated(new)) {
    abort("argument", "`names` must give each component a name of its own, not ",
          dQuote(new[duplicated(new)][1], FALSE), " to two.")
  }
  within_fit(fit, named_components(own, unname(new)))
}

# The fit in what may be a topic model, and what was given with that fit changed.
fit_within <- function(fit) {
  if (inherits(fit, "nmf_topic_model")) return(fit$fit)
  expect_arg(inherits(fit, "nmf_fit"), "fit", "a fit from nmf() or a topic model", fit)
  fit
}

within_fit <- function(given, fit) if (inherits(given, "nmf_topic_model")) as_topic_model(fit) else fit

merge_in <- function(fit, groups) {
  own <- fit_within(fit)
  member <- group_members(groups, rownames(own$H))
  total <- vapply(member, function(k) sum(own$W[, k]), 0)
  within_fit(fit, regroup(own, member[order(total, decreasing = TRUE)]))
}

# Whether `i` is about the parts of the list and not about components.
names_parts <- function(i, x, components) {
  is.character(i) && is.null(dim(i)) && length(i) > 0 && !any(i %in% components) &&
    all(i %in% c(names(parts[[class(x)[1]]]), names(unclass(x))))
}

# Numbers of the components, named.
components_meant <- function(i, names) {
  i <- as_doubles(i, "i")
  K <- length(names)
  at <- stats::setNames(seq_len(K), names)
  ok <- is.null(dim(i)) && if (is.logical(i)) length(i) == K else is.character(i) ||
    (is.numeric(i) && all(abs(i) <= K & i == round(i) & i != 0, na.rm = TRUE) && (all(i > 0) || all(i < 0)))
  chosen <- if (isTRUE(ok)) at[i]
  ok <- isTRUE(ok) && length(chosen) > 0 && !anyNA(chosen) && !anyDuplicated(chosen)
  expect_arg(ok, "i", paste0("some of the ", K, " components, each at most once, as numbers, names or a logical for ",
                             "each"), i)
  chosen
}

# Each component of the new fit is made of those of the old one with the numbers in `member`.
regroup <- function(fit, member) {
  untouched <- all(lengths(member) == 1) && length(member) == nrow(fit$H)
  edited <- named_components(with_groups(fit, member), names(member))
  edited$edited <- if (!untouched || !is.null(fit$edited)) history_of(fit, member)
  edited <- with_start_there(edited)
  if (untouched) edited else measured_anew(edited)
}

# The factors, and what is known of them, of the groups.
with_groups <- function(fit, member) {
  m <- colSums(fit$W)
  share <- function(k) if (sum(m[k]) > 0) m[k] / sum(m[k]) else rep(1 / length(k), length(k))
  added <- function(x) by_group(x, member, rowSums)
  averaged <- function(x) by_group(x, member, function(columns, k) drop(columns %*% share(k)))
  fit$W <- added(fit$W)
  fit$H <- t(averaged(t(fit$H)))
  if (!is.null(fit$E)) fit$E <- averaged(fit$E)
  if (!is.null(fit$D)) fit$D <- t(fit$W)
  if (!is.null(fit$A)) fit$A <- added(fit$A)
  fit$model$rank <- length(member)
  fit$run$known <- known_of_groups(fit$run$known, member, structure_of(fit$model)$has_encoder)
  fit$run$sums <- c(sum(fit$W), sum(fit$H))
  fit$run["state"] <- list(NULL)
  fit
}

# A column for each group, made of those of x in it (whose numbers are the second argument where there are two).
by_group <- function(x, member, make) {
  one <- function(k) if (length(formals(make)) == 2) make(x[, k, drop = FALSE], k) else make(x[, k, drop = FALSE])
  matrix(vapply(member, one, numeric(nrow(x))), nrow(x), dimnames = list(rownames(x), NULL))
}

# What is held is so in a group where all of it is, and a group is for whom one of its components is; of priors a group
# has that of its first.
known_of_groups <- function(known, member, has_encoder) {
  first <- vapply(member, `[`, 0L, 1)
  held <- function(mask) by_group(mask, member, function(x) as.numeric(rowSums(x > 0) == ncol(x)))
  for (b in seq_along(known$fixed)) {
    mask <- known$fixed[[b]]
    if (length(mask)) known$fixed[[b]] <- if (b == 2 && !has_encoder) t(held(t(mask))) else held(mask)
  }
  if (!is.null(known$mask)) known$mask <- by_group(known$mask, member, function(x) rowSums(x) > 0) > 0
  if (!is.null(known$seeds)) known$seeds <- known$seeds[first, , drop = FALSE]
  if (!is.null(known$names)) known$names <- names(member)
  known$penalties <- lapply(known$penalties, function(penalty) {
    value <- penalty$value
    if (is_prior(penalty)) {
      penalty$value <- if (penalty$block == 2 && !has_encoder) value[first, , drop = FALSE] else
        value[, first, drop = FALSE]
    }
    penalty
  })
  Filter(length, known)
}

named_components <- function(fit, names) {
  colnames(fit$W) <- rownames(fit$H) <- names
  if (!is.null(fit$E)) colnames(fit$E) <- names
  if (!is.null(fit$D)) rownames(fit$D) <- names
  if (!is.null(fit$A)) colnames(fit$A) <- names
  fit
}

# What an edited fit was made of, over all edits.
history_of <- function(fit, member) {
  history <- fit$edited
  if (is.null(history)) {
    history <- list(from = format(fit$model), components = rownames(fit$H), parts = as.list(rownames(fit$H)),
                    logLik = fit$logLik, deviance = fit$deviance)
  }
  history$parts <- lapply(unname(member), function(k) unlist(history$parts[k]))
  history
}

# update() goes on from the edited factors, or refits to the components that are left of those that are known.
with_start_there <- function(fit) {
  if (is.null(fit$origin) || is.null(fit$call)) return(fit)
  origin <- fit$origin
  arguments <- origin$arguments
  call <- fit$call
  K <- fit$model$rank
  is_known <- which_are_held(fit)
  if (origin$door == "refit" && any(is_known)) {
    arguments$components <- fit$H[is_known, , drop = FALSE]
    arguments$free <- K - sum(is_known)
    fit$run$known$components <- unname(arguments$components)
  } else {
    if (origin$door %in% c("refit", "find_consensus")) {
      model <- arguments$model %||% nmf_model(family = arguments$family, rank = K)
      arguments <- c(list(model = model), arguments[intersect(names(arguments), names(formals(nmf)))])
      arguments <- arguments[!duplicated(names(arguments))]
      origin$door <- "nmf"
      call <- call[c(1, which(names(call) %in% names(formals(nmf))))]
      call[[1]] <- quote(nmf)
      call$model <- sub("^NMF/", "", format(without_rank(model)))
      call$rank <- K
    }
    if (!is.null(arguments$model)) {
      arguments$model$rank <- K
      call$model <- sub("^NMF/", "", format(without_rank(arguments$model)))
    }
    if (!is.null(arguments$rank)) arguments$rank <- K
    if (!is.null(fit$run$known$seeds)) arguments$prior <- prior_of(fit)
    call$rank <- K
    arguments$init <- unclass(fit)[structure_of(fit$model)$init]
  }
  origin$arguments <- arguments
  fit$origin <- origin
  if (!is.null(arguments$mask)) fit$origin$arguments$mask <- mask_to_give(fit$run$known$mask, fit)
  fit$call <- call
  fit
}

# The mask as the function that made the fit takes it: refit() has known components before free ones, and names of its
# own.
mask_to_give <- function(mask, fit) {
  names <- if (nrow(mask) == nrow(fit$W)) rownames(fit$W)  # none where there are new observations in the last rows
  if (fit$origin$door != "refit") return(structure(mask, dimnames = list(names, colnames(fit$W))))
  structure(mask[, order(!which_are_held(fit)), drop = FALSE], dimnames = list(names, NULL))
}

# Components of a traditional model that are held as a whole.
which_are_held <- function(fit) {
  mask <- fit$run$known$fixed[[2]]
  if (!length(mask) || structure_of(fit$model)$has_encoder) return(rep(FALSE, nrow(fit$H)))
  rowSums(mask > 0) == ncol(mask)
}

# What the core finds at the factors, if the data are at hand. What was a result of the maximisation is gone.
measured_anew <- function(fit) {
  data <- held_data(fit)
  found <- if (!is.null(data) && !is.null(fit$settings)) keep_going(measure(fit, data))
  fit["steps"] <- NULL
  facts <- c("objective", "penalty", "deviance", "exact", "logLik", "sigma2", "dispersion", "df", "kkt", "iterations",
             "trace", "starts")
  if (!is.null(found)) {
    fit[facts] <- unclass(found)[facts]
    fit$run$in_units <- found$run$in_units
    fit$trace$seconds <- fit$seconds <- 0
  } else {
    fit[c("trace", "starts", "exact")] <- NULL
    fit[c("objective", "deviance", "logLik", "kkt", "seconds")] <- NA_real_
    fit$iterations <- NA_integer_
    fit$df[] <- NA_real_
    if (!identical(fit$dispersion, "fixed")) fit$sigma2 <- NA_real_
  }
  fit$status <- "edited"
  fit$converged <- FALSE
  fit
}

# The fit that has these factors and has not moved; NULL where it was interrupted.
measure <- function(fit, data) {
  settings <- settings_of(fit)
  problem <- complete_data(new_problem(data, fit$model, fit$obs, fit$run$known), settings)
  problem$data <- measured(problem$data)
  if (isTRUE(problem$interrupted)) return(NULL)
  run <- advance(list(start = factors_of(fit), status = "max_iter"), problem, safe_solver, 0, settings)
  if (is.null(run$raw)) return(NULL)
  found <- new_fit(run, NULL, problem, settings)
  if (identical(fit$origin$door, "refit")) {
    held <- sum(which_are_held(fit))
    found$df <- df_of_refit(found, held, nrow(fit$H) - held, isTRUE(fit$origin$arguments$sparse))
  }
  found
}

# A named list of the numbers of the components in each group; every component is in exactly one.
group_members <- function(groups, components) {
  if (!is.list(groups)) return(members_by_label(groups, components))
  expect_arg(!is.object(groups), "groups", "a list of vectors of components", groups)
  member <- lapply(groups, component_numbers, components)
  twice <- duplicated(unlist(member))
  if (any(twice)) {
    abort("argument", "`groups` must have each component at most once; ",
          dQuote(components[unlist(member)[twice][1]], FALSE), " is there twice.")
  }
  joined <- vapply(member, function(k) paste(components[k], collapse = "+"), "")
  given <- names(groups) %||% rep("", length(groups))
  names(member) <- ifelse(given == "", joined, given)
  alone <- setdiff(seq_along(components), unlist(member))
  member <- c(member, stats::setNames(as.list(alone), components[alone]))
  twice <- duplicated(names(member))
  if (any(twice)) abort("argument", "`groups` must give each component a name of its own, not ",
                        dQuote(names(member)[twice][1], FALSE), " to two.")
  member
}

members_by_label <- function(groups, components) {
  groups <- as_doubles(groups, "groups")
  expect_arg(is.atomic(groups) && length(groups) == length(components) && !anyNA(groups), "groups",
             paste("a list of vectors of components, or", length(components), "labels without missing ones"), groups)
  groups <- match_values(groups, components, "groups", "components of the model")
  split(seq_along(components), factor(groups, unique(groups)))
}

component_numbers <- function(k, components) {
  number <- if (is.character(k)) match(k, components) else as_doubles(k, "groups")
  ok <- is.numeric(number) && length(number) > 0 && all(number %in% seq_along(components))
  expect_arg(ok, "groups",
             paste0("a list of vectors of components (numbers from 1 to ", length(components), ", or names)"), k)
  as.integer(number)
}
