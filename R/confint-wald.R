# Wald intervals of the entries of H and W, from the Fisher information at the fit. Entries at zero are held there.
# With u_ij the information of a cell (see leverages), the weights of observation i have A_i = sum_j u_ij H_j H_j', H
# has C = diag_j(sum_i u_ij W_i W_i'), and B_i is what joins both: K x K M, of entries u_ij H_lj W_ik. Without the
# weights H has the information
#   S = C - sum_i B_i' A_i^- B_i,
# of which directions without information, such as those of W G and G^-1 H, are left out.

wald_intervals <- function(fit, data, what, level, relative, chosen, threads) {
  K <- nrow(fit$H)
  M <- ncol(fit$H)
  if (K * M > largest_wald) {
    abort("argument", "`method` \"wald\" needs a matrix of (K M)^2 numbers and is for K M up to ",
          number_text(largest_wald), ", not ", number_text(K * M), "; ask for some entries by \"profile\".")
  }
  information <- factor_information(fit, data)
  se <- if (what == "components") component_errors(fit, information, chosen) else
    weight_errors(fit, information, relative, chosen)
  value <- entry_values(fit, what, relative, chosen)
  z <- stats::qnorm((1 + level) / 2)
  most <- if (what == "components" || relative) 1 else Inf
  cbind(pmax(value - z * se, 0), pmin(value + z * se, most))
}

largest_wald <- 2000

# `root`, with root root' the covariance of H, whose rows go through the components of the first feature, then of the
# second, ...; for each observation A_i^- in a row of `of_weights`, and u_i in a row of `cells`.
factor_information <- function(fit, data) {
  W <- fit$W
  H <- fit$H
  K <- nrow(H)
  M <- ncol(H)
  moving <- list(W = positive_entries(W) & !held_entries(fit, 1, W), H = positive_entries(H) & !held_entries(fit, 2, H))
  component <- rep(seq_len(K), M)
  feature <- rep(seq_len(M), each = K)
  pairs <- t(products(t(H)))
  joined <- matrix(0, K * M, K * M)
  of_features <- 0
  of_weights <- cells <- NULL
  for (rows in row_blocks(c(nrow(W), K * K * M))) {
    own <- W[rows, , drop = FALSE]
    u <- information_of_cells(fit, data, rows)
    inverse <- inverses(tcrossprod(u, pairs), moving$W[rows, , drop = FALSE])
    halves <- lapply(seq_along(rows), function(i) {
      B <- (H * rep(u[i, ], each = K))[, feature, drop = FALSE] * rep(own[i, component], each = K)
      crossprod(root_of(matrix(inverse[i, ], K)), B)
    })
    joined <- joined + crossprod(do.call(rbind, halves))
    of_features <- of_features + crossprod(products(own), u)
    of_weights <- rbind(of_weights, inverse)
    cells <- rbind(cells, u)
  }
  C <- matrix(0, K * M, K * M)
  C[cbind(rep(seq_len(K), K * M) + K * (rep(seq_len(M), each = K^2) - 1),
          rep(rep(seq_len(K), each = K), M) + K * (rep(seq_len(M), each = K^2) - 1))] <- of_features
  scale <- ifelse(as.vector(moving$H) & diag(C) > 0, 1 / sqrt(diag(C)), 0)
  root <- scale * root_of((C - joined) * outer(scale, scale), inverse = TRUE)
  list(root = root, of_weights = of_weights, cells = cells, component = component, feature = feature)
}

information_of_cells <- function(fit, data, rows) {
  beside <- beside_rows(data, rows)
  offset <- beside$offset %||% 1
  mu <- fit$W[rows, , drop = FALSE] %*% fit$H * offset
  variance <- family_of_rows(fit$model$family, rows)$variance(mu, fit$sigma2 %||% 1)
  u <- (beside$weights %||% 1) * offset^2 / array(variance, dim(mu))
  u[mu <= 1e-12 * apply(mu, 1, max)] <- 0
  u
}

# R with R R' = x, or a generalised inverse of it.
root_of <- function(x, inverse = FALSE) {
  parts <- eigen(x, symmetric = TRUE)
  kept <- parts$values > 1e-9 * max(parts$values, 0)
  power <- if (inverse) -0.5 else 0.5
  parts$vectors[, kept, drop = FALSE] * rep(parts$values[kept]^power, each = nrow(x))
}

# Standard error of H_kj / sum_j H_kj.
component_errors <- function(fit, information, chosen) {
  K <- nrow(fit$H)
  root <- information$root
  sums <- rowsum(root, information$component)
  entry <- (chosen$column - 1) * K + chosen$row
  share <- fit$H[cbind(chosen$row, chosen$column)]
  sqrt(rowSums((root[entry, , drop = FALSE] - share * sums[chosen$row, , drop = FALSE])^2))
}

# Standard error of W_ik sum_j H_kj, or of its share in its observation. With the derivatives p by W_i and r by the sums
# of the components, the variance is p' A_i^- p + (r - B_i' A_i^- p)' S^- (r - B_i' A_i^- p).
weight_errors <- function(fit, information, relative, chosen) {
  K <- nrow(fit$H)
  root <- information$root
  one <- function(i, k) {
    w <- fit$W[i, ]
    p <- if (relative) ((seq_len(K) == k) - w[k] / sum(w)) / sum(w) else as.numeric(seq_len(K) == k)
    q <- drop(matrix(information$of_weights[i, ], K) %*% p)
    shared <- information$cells[i, ] * drop(q %*% fit$H)
    moves <- (w * p)[information$component] - w[information$component] * shared[information$feature]
    sqrt(sum(p * q) + sum(crossprod(root, moves)^2))
  }
  mapply(one, chosen$row, chosen$column)
}
