#' Sparse and small factors
#'
#' For those who expect few components in an observation, or few features in a component: a penalty for [nmf()] that
#' makes weights or components sparse, or keeps both small.
#'
#' With \eqn{w_k} and \eqn{h_k}, component k in W and in H, and their Euclidean lengths, the fit minimises
#' \deqn{\tfrac12 \sum_{ij} d(v_{ij}; \mu_{ij}) + \lambda_W \sum_{ik} \phi(W_{ik} \|h_k\|) + \lambda_H \sum_{kj}
#' \phi(H_{kj} \|w_k\|) + \tfrac{\rho}{2} \sum_k \|w_k\|^2 \|h_k\|^2,}
#' where \eqn{\phi(t) = t} for `"l1"` and \eqn{\phi(t) = \sqrt t} for `"l1/2"`, \eqn{\lambda_W} is `W`, \eqn{\lambda_H}
#' is `H` and \eqn{\rho} is `ridge`.
#'
#' @section The scale of components: A component can be made larger in W and smaller in H without any change of the
#'   means, so that a penalty on W alone would only move scale into H. Here a weight counts as if its component had
#'   length 1 in H, \eqn{W_{ik} \|h_k\|}, and an entry of H as if it had length 1 in W (Hoyer 2002; Le Roux, Weninger
#'   and
#'   Hershey 2015). No scale of the components changes the objective: neither on the way, where H pays for its own
#'   length, nor at the end, when rows of H are made to sum to 1. A ridge on W is then one on H, and there is only one.
#'
#' @section Which type: `"l1/2"`, the default, takes much from weights that are small and little from those that are
#'   large, under any noise, as in hyperspectral unmixing, where weights sum to 1 (Qian et al. 2011). It is not convex,
#'   zero is always a local optimum of a weight, and a fit is one of several optima. `"l1"`, the usual one, is the sum
#'   of the weights, and makes all of them smaller by about as much: a little bias for few zeros. Under Poisson noise it
#'   does next to nothing else. Where all components have the same length at the same sum, it is a multiple of the sum
#'   of the means, and the best W is that without penalty, divided by \eqn{1 + \lambda}, with the same zeros.
#'
#' @section How it is fitted: First without the penalty, from all starts, which also gives an open power or `alpha`;
#'   then with it from there. Each sweep lowers the objective, which is monotone in `trace`: the penalty on W is bounded
#'   by a line in each weight, and by a parabola in the entries of H. `converged` means that the residual of the
#'   penalised objective is at most `tol`. The strengths have units, that of `V` (of its square under Normal noise) over
#'   that of \eqn{\phi}; [select_penalty()] finds them. `fit$objective` has the penalty in it, `fit$penalty` is its
#'   part; the deviance, the likelihood and BIC are those of the data, and BIC counts all parameters. `predict()` fits
#'   the weights of new observations without the penalty.
#'
#' @param W,H Strengths \eqn{\lambda_W} and \eqn{\lambda_H}, from 0 to 1e50. 0 is none, to the bit.
#' @param ... Nothing: an argument that is not known is an error.
#' @param type `"l1/2"` or `"l1"`, see below.
#' @param ridge Strength \eqn{\rho} of the ridge, from 0 to 1e50.
#' @return An object of class `nmf_penalty` for the argument `penalty` of [nmf()], which takes it for traditional
#' models,
#'   with all solvers but `"lbfgs"` under `"l1/2"`, which has no derivative at 0.
#' @section Errors: `nmf_error_argument`; from [nmf()] also `nmf_error_model` for convex models.
#' @references
#' Hoyer (2002), Non-negative sparse coding, IEEE Workshop on Neural Networks for Signal Processing, 557-565,
#' \doi{10.1109/NNSP.2002.1030067}.
#'
#' Le Roux, Weninger and Hershey (2015), Sparse NMF - half-baked or well done?, Mitsubishi Electric Research
#' Laboratories TR2015-023.
#'
#' Qian, Jia, Zhou and Robles-Kelly (2011), Hyperspectral unmixing via L1/2 sparsity-constrained nonnegative matrix
#' factorization, IEEE Transactions on Geoscience and Remote Sensing 49, 4282-4297, \doi{10.1109/TGRS.2011.2144605}.
#' @seealso [select_penalty()]; [refit()] with `sparse = TRUE` for weights on known components.
#' @examples
#' sparse <- nmf(brca21, "T/Po/3", penalty = nmf_penalty(W = 2, type = "l1/2"), n_starts = 3, seed = 1)
#' sparse
#' mean(sparse$W == 0)
#' @export
nmf_penalty <- function(W = 0, H = 0, ..., type = c("l1/2", "l1"), ridge = 0) {
  check_call(...)
  most <- 1e50
  structure(list(W = check_number(W, "W", 0, most), H = check_number(H, "H", 0, most),
                 type = check_choice(type, c("l1/2", "l1"), "type"), ridge = check_number(ridge, "ridge", 0, most)),
            class = "nmf_penalty")
}

#' @export
format.nmf_penalty <- function(x, digits = 4, ...) {
  check_call(..., .base = format.default)
  digits <- check_digits(digits)
  part <- function(strength, what) if (strength > 0) paste(what, number_text(strength, digits = digits))
  parts <- c(part(x$W, paste(x$type, "on W")), part(x$H, paste(x$type, "on H")), part(x$ridge, "ridge"))
  if (length(parts)) paste(parts, collapse = ", ") else "none"
}

#' @export
print.nmf_penalty <- function(x, digits = 4, ...) {
  check_call(..., .base = print.default)
  cat("Penalty: ", format(x, check_digits(digits)), "\n", sep = "")
  invisible(x)
}

# A penalty for this problem.
check_penalty <- function(penalty, problem) {
  expect_arg(inherits(penalty, "nmf_penalty"), "penalty", "the value of nmf_penalty()", penalty)
  check_whole(penalty, "penalty")
  penalty <- do.call(nmf_penalty, unclass(penalty))
  if (!structure_of(problem$model)$free) {
    abort("model", "`penalty` is for traditional models, not ", format(problem$model), ".")
  }
  penalty
}

# The square root has no derivative at zero, where L-BFGS would need one.
check_penalty_solver <- function(penalty, solver) {
  if (penalty$type == "l1/2" && penalty$W + penalty$H > 0 && "lbfgs" %in% solver) {
    abort("argument", "`solver` \"lbfgs\" takes no penalty of `type` \"l1/2\", only ",
          paste(dQuote(setdiff(solver_names, c("lbfgs", "adam")), FALSE), collapse = ", "), ".")
  }
}

with_penalty <- function(problem, penalty, times = 1) {
  problem$known$penalties <- c(problem$known$penalties, penalty_parts(penalty, times))
  problem
}

# As the core takes it, times a number; what is 0 is not there.
penalty_parts <- function(penalty, times = 1) {
  parts <- list(list(kind = penalty$type, block = 1L, value = matrix(times * penalty$W)),
                list(kind = penalty$type, block = 2L, value = matrix(times * penalty$H)),
                list(kind = "ridge", block = 1L, value = matrix(times * penalty$ridge)))
  Filter(function(part) part$value > 0, parts)
}

# Pseudo-counts make factors that can be told apart, and have a part in all fits; other penalties only in the last one.
is_prior <- function(part) part$kind == "dirichlet"

has_prior <- function(known) any(vapply(known$penalties, is_prior, NA))

has_sparsity <- function(known) !all(vapply(known$penalties, is_prior, NA))

refuse_penalised <- function(fit, what) {
  if (has_sparsity(fit$run$known)) {
    abort("model", what, " is about the likelihood, and this fit has a penalty; fit the model without it.")
  }
}
