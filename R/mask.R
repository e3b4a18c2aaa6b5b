#' Components of groups
#'
#' For those whose observations come in groups, batches or studies: which components each may use, some of them shared
#' by
#' all, others of one group.
#'
#' For observation i of group g(i) the model is
#' \deqn{\mu_i = \sum_{k \in shared} W_{ik} H_k + \sum_{k \in own(g(i))} W_{ik} H_k,}
#' any traditional model of [nmf()] in which the weights of all other components are fixed at 0. Components are shared
#' programmes, and programmes of one group alone; under any noise, with any solver.
#'
#' An additive batch effect is a special case: give each batch a component of its own, which takes up the features that
#' are there in this batch only, in an amount for each observation, and leaves the shared components without them.
#' With one component for each of two batches, `own = 1`.
#'
#' A component of a group may take in some of a shared one, as far as the weights of the group on that one can be made
#' smaller: where no observation of the group has little of it, the data do not tell the own component from such a
#' mixture (as [feasible_set()] says of fits without a mask), and a penalty on the weights chooses among them, see
#' [nmf_penalty()]. Ask for as few own components as the question needs.
#'
#' New observations have groups of their own: `mask` of [predict.nmf_fit()] and of `update(fit, newdata = )` says which
#' components each of them may use, and [refit()] has one for known components. Functions that take a fit
#' ([bootstrap_fit()], [confint.nmf_fit()], [feasible_set()], [check_model()] and others) keep its mask; those that fit
#' models anew ([select_rank()], [choose_model()], [find_consensus()], [plan_study()] and others) have none.
#'
#' @param groups The group of each observation: a vector or factor, with names where observations have some. No missing
#'   values.
#' @param shared Number of components that all may use, at least 0.
#' @param own Numbers of components that one group alone may use: a number for all groups alike, or one for each, named
#'   by the groups; groups that are not named have none.
#' @param ... Nothing: an argument that is not known is an error.
#' @return A logical matrix, observations x components, for the argument `mask` of [nmf()] and of those above. Its
#'   columns are named `shared1`, ... and by the group, such as `A1`. A matrix of your own will do as well, as
#'   for components that two of
#'   three groups use.
#' @section Errors: `nmf_error_argument`.
#' @examples
#' set.seed(1)
#' batch <- rep(c("a", "b"), c(12, 9))
#' mask <- group_mask(batch, shared = 2, own = c(b = 1))
#' colSums(mask)
#' fit <- nmf(brca21, "T/Po", mask = mask, seed = 1)
#' tapply(fit$W[, "b1"], batch, sum)
#' @export
group_mask <- function(groups, shared, own = 1, ...) {
  check_call(...)
  groups <- as_doubles(groups, "groups")
  kind <- is.factor(groups) || is.character(groups) || is.numeric(groups) || is.logical(groups)
  ok <- kind && is.null(dim(groups)) && length(groups) > 0 && !anyNA(groups)
  expect_arg(ok, "groups", "the group of each observation", groups)
  names <- names(groups)
  groups <- droplevels(as_groups(groups))
  shared <- check_number(shared, "shared", 0, 1e4, whole = TRUE)
  counts <- check_own(own, levels(groups))
  owner <- rep(c(NA, levels(groups)), c(shared, counts))
  expect_arg(length(owner) > 0, "shared", "at least 1 where no group has components of its own", shared)
  mask <- outer(as.character(groups), owner, "==")
  mask[, is.na(owner)] <- TRUE
  label <- paste0(ifelse(is.na(owner), "shared", owner), unlist(lapply(c(shared, counts), seq_len)))
  dimnames(mask) <- list(names, make.unique(label))
  mask
}

# A number for each group.
check_own <- function(own, groups) {
  ok <- is_numbers(own) && all(own >= 0 & own <= 1e4 & own == round(own)) &&
    if (is.null(names(own))) length(own) == 1 else !anyDuplicated(names(own)) && all(names(own) %in% groups)
  expect_arg(ok, "own", paste0("a whole number of at least 0, or some named by the groups ",
                               paste(dQuote(utils::head(groups, 5), FALSE), collapse = ", "),
                               if (length(groups) > 5) ", ..."), own)
  if (is.null(names(own))) return(rep(own, length(groups)))
  counts <- own[match(groups, names(own))]
  ifelse(is.na(counts), 0, counts)
}

expect_mask <- function(mask) {
  ok <- is.logical(mask) && is.matrix(mask) && length(mask) > 0 && !anyNA(mask)
  expect_arg(ok, "mask", "a logical matrix of observations x components, as from group_mask()", mask)
}

# The rank is that of the mask, and a model that leaves it open gets it from there.
rank_of_mask <- function(mask, rank, model) {
  expect_mask(mask)
  if (is.null(rank) && is.null(nmf_model(model)$rank)) ncol(mask) else rank
}

# The mask in the order of the observations, and of the components where these have names that are known. Each
# observation needs a component, and the components with the numbers in `needy` an observation.
check_mask <- function(mask, data, K, components = NULL, of = "`V`", needy = seq_len(K)) {
  expect_mask(mask)
  if (!identical(dim(mask), c(nrow(data), as.integer(K)))) {
    abort("argument", "`mask` must be a ", by_dim(c(nrow(data), K)), " matrix of observations x components, not ",
          shown(mask), ".")
  }
  rows <- match_names(rownames(mask), rownames(data), "mask", paste("observations of", of), "argument")
  columns <- if (is.null(components)) TRUE else
    match_names(colnames(mask), components, "mask", "components of the model", "argument")
  mask <- mask[rows, columns, drop = FALSE]
  lost <- c(which(rowSums(mask) == 0)[1], needy[colSums(mask[, needy, drop = FALSE]) == 0][1])
  if (!all(is.na(lost))) {
    abort("argument", "`mask` must leave each observation a component and each component an observation, but ",
          if (is.na(lost[1])) "column " else "row ", lost[!is.na(lost)][1], " has none.")
  }
  mask
}

# Weights that the mask leaves out stay at 0, whatever else stays. Components that are known have names, and need no
# observation.
with_mask <- function(problem, mask, components = NULL, needy = seq_len(problem$model$rank)) {
  model <- problem$model
  if (!structure_of(model)$free) abort("model", "`mask` is for traditional models, not ", format(model), ".")
  mask <- check_mask(mask, problem$data, model$rank, components, needy = needy)
  problem$known$mask <- unname(mask)
  problem$known$names <- names_for_components(colnames(mask)) %||% problem$known$names
  fixed <- problem$known$fixed %||% list(nothing, nothing)
  fixed[[1]] <- if (length(fixed[[1]])) pmax(fixed[[1]], !mask) else unname(!mask) + 0
  if (min(unlist(fixed)) > 0) abort("argument", "`mask` and `fixed` must leave something to change.")
  problem$known$fixed <- fixed
  problem
}

# The user's start under the mask.
under_mask <- function(start, problem) {
  start$W <- start$W * problem$known$mask
  lost <- which(rowSums(start$W) == 0 & measured(problem$data)$facts$row_totals > 0)
  if (length(lost)) {
    abort("init", "`init$W` must have a positive weight for each observation where `mask` is TRUE, but row ", lost[1],
          " has none.")
  }
  start
}

# A start of ours: what may be used is above 0, so that updates can move it.
masked_start <- function(start, mask) {
  if (is.null(mask)) return(start)
  start$W <- pmax(start$W, 1e-3 * mean(start$W)) * mask
  start
}
