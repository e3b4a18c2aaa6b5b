#' Leverages of the cells of a fit
#'
#' For those who look for cells that decide on their own mean, and for what residuals have to be divided by.
#'
#' How much of each cell its own mean follows: the diagonal of the hat matrix of the linearised model. Leverages sum to
#' the number of directions into which the means can move, \eqn{K (N + M - K)} when no factor has a zero, and
#' \eqn{(v - \mu)^2 / Var(\mu)} is \eqn{1 - h} on average when the model is true.
#'
#' A small change of the factors moves the means \eqn{\mu_{ij} = o_{ij} \sum_k W_{ik} H_{kj}} by
#' \eqn{o_{ij} \sum_k (dW_{ik} H_{kj} + W_{ik} dH_{kj})}. With the Fisher information of a mean, \eqn{\omega_{ij} /
#' Var(\mu_{ij})}, and \eqn{u_{ij} = \omega_{ij} o_{ij}^2 / Var(\mu_{ij})}, the weights of observation i alone give the
#' leverages
#' \deqn{r_{ij} = u_{ij} H_j' (\sum_l u_{il} H_l H_l')^{-1} H_j,}
#' of which K belong to each observation, and the entries of feature j alone \eqn{c_{ij} = u_{ij} W_i' (\sum_n u_{nj}
#' W_n W_n')^{-1} W_i}, of which K belong to each feature. Both move the means in some directions alike (\eqn{W G} and
#' \eqn{G^{-1} H} have the same product), in \eqn{K^2} when no factor has a zero. Taken together,
#' \deqn{h_{ij} = r_{ij} + c_{ij} - \kappa r_{ij} c_{ij}}
#' with the one \eqn{\kappa} for which the sum is right. This is exact when \eqn{u} is a product of a number for each
#' observation and one for each feature, with \eqn{\kappa = 1}; otherwise it is an approximation that needs K x K
#' matrices only.
#'
#' Entries that are zero (below \eqn{10^{-6}} of their observation or component) or were held fixed do not move, nor do
#' the directions of \eqn{G} that would move them, at least K of which are left when nothing is held. In a convex model
#' the components move as far as the encoder has entries to move them by, at most M for each.
#'
#' @param model A fit from [nmf()].
#' @param V,cell_weights The data and the weights of the cells that were fitted; needed only for fits with weights,
#'   offsets or missing cells. `NULL` takes those that the fit knows, see [attach_data()].
#' @param ... Nothing: an argument that is not known is an error.
#' @return A matrix like the data, of numbers that are mostly between 0 and 1; 0 for cells without weight or with a mean
#'   of 0.
#' @section Errors: `nmf_error_data` when the data or weights are needed and cannot be found, or are not those that were
#'   fitted.
#' @references McCullagh and Nelder (1989), Generalized Linear Models, section 12.7.1,
#'   \doi{10.1007/978-1-4899-3242-6}, for the leverages of a generalised linear model.
#' @seealso [estimate_alpha()], which adjusts the dispersion by them.
#' @examples
#' fit <- nmf(brca21, "T/NB/3", seed = 1)
#' h <- hatvalues(fit)
#' sum(h)
#' h["PD4120a", order(h["PD4120a", ], decreasing = TRUE)[1:3]]
#' @export
hatvalues.nmf_fit <- function(model, V = NULL, ..., cell_weights = NULL) {
  check_call(...)
  alike <- is.null(V) && is.null(cell_weights) && is.null(model$run$data$beside)
  h <- cell_leverages(model, if (!alike) data_of(model, V, cell_weights))
  dimnames(h) <- list(rownames(model$W), colnames(model$H))
  as_given(h, model)
}

# All of them, N x M; `data` may be NULL where all cells count alike.
cell_leverages <- function(fit, data) {
  leverages <- leverages_of(fit, data)
  h <- array(0, c(nrow(fit$W), ncol(fit$H)))
  for (rows in row_blocks(dim(h))) h[rows, ] <- leverages$of_rows(rows)
  h
}

# Their sum, and a function that gives those of some observations.
leverages_of <- function(fit, data) {
  variance <- function(mu, rows) {
    array(family_of_rows(fit$model$family, rows)$variance(mu, 1), dim(mu))  # sigma2 cancels
  }
  moving <- moving_parameters(fit)
  parts_of <- leverage_parts(fit, moving, variance, data)
  single <- both <- 0
  for (rows in row_blocks(c(nrow(fit$W), ncol(fit$H)))) {
    parts <- parts_of(rows)
    single <- single + sum(parts$by_row + parts$by_column)
    both <- both + sum(parts$by_row * parts$by_column)
  }
  shared <- moving$shared / max(both, .Machine$double.xmin)
  last <- list(rows = rows, parts = parts)
  of_rows <- function(rows) {
    parts <- if (identical(rows, last$rows)) last$parts else parts_of(rows)
    parts$by_row + parts$by_column - shared * parts$by_row * parts$by_column
  }
  list(total = single - shared * both, of_rows = of_rows)
}

# The two parts of the leverages, r and c, as a function of some observations that gives their means, r and c, so that
# no N x M matrix is needed. `variance` is a function of means and their rows, `elsewhere` that of the observations that
# an observation shares its features with; `look` is called again and again, and may end the work by a condition.
leverage_parts <- function(fit, moving, variance, data, elsewhere = variance, look = function() NULL) {
  W <- fit$W
  H <- fit$H
  pairs <- t(products(t(H)))
  cells_of <- function(rows, variance) {
    mu <- W[rows, , drop = FALSE] %*% H
    own <- beside_rows(data, rows)
    offset <- own$offset %||% 1
    mean <- mu * offset
    information <- (own$weights %||% 1) * offset^2 / variance(mean, rows)
    information[mean <= 1e-12 * apply(mean, 1, max)] <- 0  # of cells that must be zero and are
    list(mu = mu, information = information)
  }
  of_columns <- 0
  for (rows in row_blocks(c(nrow(W), ncol(H)))) {
    look()
    of_columns <- of_columns + crossprod(products(W[rows, , drop = FALSE]), cells_of(rows, elsewhere)$information)
  }
  of_features <- t(inverses(t(of_columns), t(moving$H)))
  function(rows) {
    cells <- cells_of(rows, variance)
    of_weights <- inverses(tcrossprod(cells$information, pairs), moving$W[rows, , drop = FALSE])
    list(mu = cells$mu, by_row = cells$information * (of_weights %*% pairs) * moving$share[1],
         by_column = cells$information * (products(W[rows, , drop = FALSE]) %*% of_features) * moving$share[2])
  }
}

# Sums over the features of each observation of h times what `of` makes of the means and their rows, a list of matrices.
leverage_sums <- function(fit, moving, variance, data, of, elsewhere = variance, look = function() NULL) {
  single <- both <- NULL
  shared <- 0
  parts_of <- leverage_parts(fit, moving, variance, data, elsewhere, look)
  for (rows in row_blocks(c(nrow(fit$W), ncol(fit$H)))) {
    look()
    parts <- parts_of(rows)
    for_each <- of(parts$mu, rows)
    sums <- function(h) matrix(vapply(for_each, function(x) rowSums(h * x), numeric(length(rows))), length(rows))
    single <- rbind(single, sums(parts$by_row + parts$by_column))
    both <- rbind(both, sums(parts$by_row * parts$by_column))
    shared <- shared + sum(parts$by_row * parts$by_column)
  }
  single - both * moving$shared / max(shared, .Machine$double.xmin)
}

# Weights and offsets of some observations, dense.
beside_rows <- function(data, rows) {
  if (in_blocks(data)) {
    if (!data$values$weighted) return(NULL)
    own <- source_of_rows(data$values, rows)
  } else {
    if (is.null(data$weights) && is.null(data$offset)) return(NULL)
    own <- data[rows, ]
  }
  list(weights = dense_weights(own), offset = own$offset)
}

# Which entries of the factors move, by how much less those of a convex model that its encoder makes (`share`, of
# weights
# and of components) move than if they were free, and in how many directions both factors move the means alike. An
# encoder over features is one over observations of V'.
moving_parameters <- function(fit) {
  if (is.null(fit$A)) return(moving_of(fit))
  turned <- moving_of(list(W = t(fit$H), H = t(fit$W), E = fit$A, run = fit$run))
  list(W = t(turned$H), H = t(turned$W), share = rev(turned$share), shared = turned$shared)
}

moving_of <- function(fit) {
  second <- if (is.null(fit$E)) fit$H else t(fit$E)
  held <- list(held_entries(fit, 1, fit$W), held_entries(fit, 2, second))
  if (!is.null(fit$E) && length(fit$run$known$fixed[[2]])) held[[2]] <- t(held[[2]])
  moving <- list(W = positive_entries(fit$W) & !held[[1]], H = positive_entries(second) & !held[[2]], share = c(1, 1))
  moving$shared <- shared_directions(fit$W, moving$W, second, moving$H, held)
  if (!is.null(fit$E)) {
    entries <- rowSums(moving$H)
    moving$H <- positive_entries(fit$H)
    moving$share[2] <- sum(pmin(entries, rowSums(moving$H))) / sum(moving$H)
  }
  moving
}

# In how many directions the means can move, which is what leverages add up to.
directions_of <- function(fit) {
  moving <- moving_parameters(fit)
  sum(moving$share * c(sum(moving$W), sum(moving$H))) - moving$shared
}

# Relative to the largest of each row.
positive_entries <- function(x) x > 1e-6 * x[cbind(seq_len(nrow(x)), max.col(x, "first"))]

held_entries <- function(fit, which, like) {
  fixed <- fit$run$known$fixed[[which]]
  if (length(fixed)) fixed > 0 else array(FALSE, dim(like))
}

# The dimension of the G for which W G and -G H (or -G E') move only what moves. An entry of W that does not asks W_i'
# G_l = 0 of a column of G, one of H asks G_k H_j = 0 of a row; what is left is at least the scale of each component.
# The two are counted as if they were independent.
shared_directions <- function(W, moves, second, moves_second, held) {
  K <- ncol(W)
  asked <- function(lines, free) sum(vapply(seq_len(K), function(k) rank_of(lines[!free[, k], , drop = FALSE]), 0))
  scales <- sum(colSums(held[[1]]) == 0 & rowSums(held[[2]]) == 0)
  max(scales, K^2 - asked(W, moves) - asked(t(second), t(moves_second)))
}

rank_of <- function(lines) {
  if (nrow(lines) == 0) return(0)
  values <- eigen(crossprod(unit_rows(lines)), symmetric = TRUE, only.values = TRUE)$values
  sum(values > 1e-8 * max(values))
}

# Products of all pairs of entries of each row, n x K^2.
products <- function(x) {
  K <- ncol(x)
  x[, rep(seq_len(K), K), drop = FALSE] * x[, rep(seq_len(K), each = K), drop = FALSE]
}

# Inverses of symmetric K x K matrices, each a row, of the entries that move; generalised ones where a matrix is
# singular. All at once by the sweep operator (Goodnight 1979, The American Statistician 33, 149-158), on the scale of
# their diagonals.
inverses <- function(matrices, moving) {
  K <- ncol(moving)
  entry <- matrix(seq_len(K^2), K)
  scale <- matrices[, diag(entry), drop = FALSE]
  scale <- ifelse(moving & scale > 0, 1 / sqrt(scale), 0)
  A <- matrices * products(scale)
  for (k in seq_len(K)) {
    pivot <- A[, entry[k, k]]
    inverse <- ifelse(pivot > 1e-10, 1 / pivot, 0)
    line <- A[, entry[, k], drop = FALSE]
    A <- A - products(line) * inverse
    A[, entry[, k]] <- A[, entry[k, ]] <- line * inverse
    A[, entry[k, k]] <- -inverse
  }
  -A * products(scale)
}
