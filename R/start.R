# One start of a fit, of the kinds that nmf_control(starts = ) names; start-*.R make them.

# Start r of a fit; its kind and its random numbers depend on the seed and r alone.
random_start <- function(problem, settings, r) {
  model <- problem$model
  X <- problem$data$values
  kinds <- kinds_of_start(model, settings)
  kind <- kinds[(r - 1) %% length(kinds) + 1]
  if (!is.null(problem$data$offset)) X <- X / problem$data$offset
  if (encodes_features(model)) return(turned_start(problem, settings, r))
  start <- with_seed(seed_of_start(settings$seed, r), switch(
    kind, random = start_random(X, model), svd = start_svd(X, model), data = start_data(X, model),
    kmeans = start_kmeans(X, model), anchor = start_anchor(X, model),
    traditional = start_traditional(problem, settings)
  ))
  if (length(problem$known$penalties)) start$second <- pmax(start$second, mean(start$second) * 1e-3)
  start
}

# Features in groups, and H' and A in the places of D' and E: the start of the convex model of V'. An alpha for each
# observation would be one for each of its columns.
turned_start <- function(problem, settings, r) {
  model <- problem$model
  family <- if (length(model$family$alpha) > 1) nmf_poisson() else model$family
  random_start(new_problem(t(problem$data), new_model("convex", family, model$rank)), settings, r)
}

# The kinds that are taken in turn. A convex fit may begin with a traditional one (of missing cells), which has no
# traditional start itself.
kinds_of_start <- function(model, settings) {
  kinds <- settings$control$starts
  if (model$structure == "traditional") kinds <- setdiff(kinds, "traditional")
  if (length(kinds)) kinds else default_starts[[model$structure]]
}

# Of convex models, by bench/starts.R, those that come nearest to the best that is known; the first serves best alone.
default_starts <- list(traditional = c("random", "svd", "data"), convex = c("svd", "data", "kmeans"))

check_start_kinds <- function(model, settings) {
  if (model$structure == "traditional" && "traditional" %in% settings$control$starts) {
    abort("control", "`starts` \"traditional\" is for convex models, not ", format(model), ".")
  }
}

# The row totals of the data: components sum to 1, weights to each observation's total.
scaled_start <- function(X, model, W, second) {
  totals <- Matrix::rowSums(X)
  W <- W * (totals / rowSums(W))
  if (model$structure == "convex") {
    second <- sweep(second, 2, colSums(second * totals), "/")
  } else {
    second[, Matrix::colSums(X) == 0] <- 0
    second <- second / rowSums(second)
  }
  list(W = W, second = second)
}

# Components are the centres of groups of observations, which share a little of all others, so that nothing is zero; in
# a convex model D = G + 0.2 for the memberships G, and E is in proportion to it (Ding, Li and Jordan 2010).
start_of_groups <- function(X, model, group) {
  K <- model$rank
  member <- outer(group, seq_len(K), "==") + 0.2 + 0.05 * matrix(stats::runif(nrow(X) * K), nrow(X))
  if (model$structure == "convex") return(scaled_start(X, model, member, member))
  H <- as.matrix(Matrix::crossprod(member / pmax(Matrix::rowSums(X), .Machine$double.xmin), X))
  scaled_start(X, model, member, H + mean(H) * 1e-3)
}

# The factors of a fit as the start of a neighbouring one. Zeros would stay zeros, so they are lifted a little.
nudged <- function(fit) {
  lift <- function(x, level) pmax(x, 1e-3 * level)
  from <- factors_of(fit)
  encoder <- fit$E %||% fit$A
  by_component <- if (is.null(encoder)) rowMeans(fit$H) else rep(colMeans(encoder), each = nrow(encoder))
  list(W = lift(from$W, rowMeans(from$W)), second = lift(from$second, by_component))
}

# W and H, D' and E, or H' and A.
factors_of <- function(fit) {
  if (!is.null(fit$A)) return(list(W = unname(t(fit$H)), second = unname(fit$A)))
  list(W = unname(fit$W), second = unname(fit$E %||% fit$H))
}
