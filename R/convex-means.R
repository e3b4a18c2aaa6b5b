# Whether the means of a traditional model are those of a convex one.

# A convex model is fitted to E'V, averages of noisy observations, and therefore predicts held-out cells no better than
# the traditional model does, whatever the truth is. What it claims is about means: components are averages of mean
# observations, mu = D'E' mu, which holds if and only if some observations, or averages of them, consist of one
# component each (Donoho and Stodden 2004, Advances in Neural Information Processing Systems 16, 1141-1148). With one
# or two components it always does, for the outermost of observations on a line have all others between them. So the
# question is how much likelihood is lost when the means of the traditional fit are averaged in place of V. K (K - 1)
# weights become zero by this; allowed is half of what two-way BIC charges for them, since by chance a few mixed
# observations can span nearly all others (bench/convex.R). Noise hides what is mixed, so that the shares also have to
# be known well enough to be told from mixed ones.
convexity_of_means <- function(fit, data, settings) {
  model <- fit$model
  convex <- new_model("convex", model$family, model$rank)
  settings[c("tol", "n_starts")] <- list(1e-3, 3L)
  averages <- suppressMessages(fit_any(new_problem(new_source(fit$W %*% fit$H), convex), settings))
  known <- list(components = averages$H, fixed = list(nothing, averages$H * 0 + 1))
  settings[c("tol", "n_starts")] <- list(1e-4, 1L)
  again <- fit_any(new_problem(data, model, known = known), settings)
  list(loss = (again$deviance - fit$deviance) / max(fit$sigma2, .Machine$double.xmin),
       allowed = model$rank * (model$rank - 1) * log(fit$nobs / nrow(fit$W)) / 2,
       chance = chance_of_purities(least_purities(again, data), nrow(data)))
}

# When the shares of N observations are drawn at random (uniformly: those of equal exponential weights), one of them has
# a share above s of a component with a probability of at most N (1 - s)^(K - 1).
chance_of_purities <- function(s, N) prod(pmin(1, N * (1 - pmax(s, 0))^(length(s) - 1)))

chance_allowed <- 0.05

is_convex_enough <- function(found) isTRUE(found$loss <= found$allowed && found$chance <= chance_allowed)

# The largest share of each component in an observation, less two standard errors of this observation's weight by
# Fisher's information.
least_purities <- function(fit, data) {
  parts <- fit$W * rep(rowSums(fit$H), each = nrow(fit$W))
  share <- parts / pmax(rowSums(parts), .Machine$double.xmin)
  vapply(seq_len(ncol(share)), function(k) {
    i <- which.max(share[, k])
    u <- as.vector(dense_weights(data[i, ]) %||% 1) / family_at(fit, i)$variance(drop(fit$W[i, ] %*% fit$H), fit$sigma2)
    u[!is.finite(u)] <- 0
    variance <- generalised_inverse((fit$H * rep(u, each = nrow(fit$H))) %*% t(fit$H))[k, k]
    unname(share[i, k] * (1 - 2 * sqrt(variance) / fit$W[i, k]))
  }, 0)
}
