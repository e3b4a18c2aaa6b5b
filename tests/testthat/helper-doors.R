# Every exported function that fits data. A door takes data, a model without a rank, and further arguments; `number` is
# one number of its result by which inputs are compared. `ranked`: whether a rank can be given beside the model;
# `convex`: whether it takes convex models.

door <- function(open, number, ranked = TRUE, convex = TRUE) {
  list(open = open, number = number, ranked = ranked, convex = convex)
}

family_of <- function(model) sub("^(T|C)/", "", model)

doors <- function() {
  of_fit <- function(x) x$deviance
  quick <- list(n_starts = 1, max_iter = 15, tol = 1e-2, verbose = FALSE)
  with_quick <- function(f, ...) {
    given <- list(...)
    do.call(f, c(given, quick[setdiff(names(quick), names(given))]))
  }
  list(
    nmf = door(function(V, model = "T/Po", rank = 2, ...) with_quick(nmf, V, model, rank = rank, ...), of_fit),
    refit = door(function(V, model = "T/Po", ...) {
      with_quick(refit, V, unname(diag(ncol_of(V, ...))[1:3, ]) + 1, family_of(model), ...)
    }, of_fit, ranked = FALSE, convex = FALSE),
    fit_topics = door(function(V, model = "T/Po", rank = 2, ...) {
      with_quick(fit_topics, V, rank, family_of(model), ...)
    }, function(x) x$fit$deviance, convex = FALSE),
    find_consensus = door(function(V, model = "T/Po", rank = 2, ...) {
      with_quick(find_consensus, V, model, rank = rank, n_runs = 2, ...)
    }, function(x) x$fit$deviance),
    profile_power = door(function(V, model = "T/Po", ...) {
      with_quick(profile_power, V, sub("/.*", "/TW/2", model), powers = c(1, 1.5), refine = FALSE, ...)
    }, function(x) x$best$deviance, ranked = FALSE),
    profile_alpha = door(function(V, model = "T/Po", ...) {
      with_quick(profile_alpha, V, sub("/.*", "/NB/2", model), alphas = c(5, 50), refine = FALSE, ...)
    }, function(x) x$best$deviance, ranked = FALSE),
    compare_models = door(function(V, model = "T/Po", rank = 2, ...) {
      with_quick(compare_models, V, c(model, "T/N"), rank = rank, ...)
    }, function(x) x$table$logLik[x$table$family == "normal"][1]),
    compare_splits = door(function(V, model = "T/Po", rank = 2, ...) {
      with_quick(compare_splits, V, model, rank = rank, n_splits = 2, ...)
    }, function(x) x$table$rmse_out),
    select_rank = door(function(V, model = "T/Po", ...) with_quick(select_rank, V, model, 1:2, n_splits = 2, ...),
                       function(x) x$table$score[2], ranked = FALSE),
    choose_model = door(function(V, model = "T/Po", ...) {
      with_quick(choose_model, V, model, 1:2, n_splits = 2, n_runs = 0, ...)
    }, function(x) x$table$logLik[2], ranked = FALSE)
  )
}

# Features of whatever holds the data.
ncol_of <- function(V, obs = "rows", ...) {
  if (inherits(V, "simple_triplet_matrix")) return(V$ncol)
  size <- dim(V)
  if (length(size) != 2) 9 else size[if (identical(obs, "columns")) 1 else 2]
}
