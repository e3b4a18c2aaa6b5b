# The nmf_fit class: normalising, ordering and naming of the factors, what is known about the fit, print and summary.

new_fit <- function(run, objectives, X, model, settings) {
  raw <- run$raw
  trace <- run$trace
  fit <- if (encodes_features(model)) list(W = raw$W, H = raw$H, A = raw$A) else {
    list(W = raw$W, H = raw$H, E = raw$E, D = NULL)
  }
  fit$model <- model
  fit <- name_components(order_components(fit, keep = !is.null(settings$fixed)), X)
  fit$objective <- last(trace$objective)
  fit$deviance <- 2 * (fit$objective - raw$prior)
  fit$status <- run$status
  fit$converged <- run$status == "converged"
  fit$kkt <- last(trace$kkt)
  fit$iterations <- last(trace$iteration)
  fit$trace <- trace
  fit$starts <- data.frame(start = seq_along(objectives), objective = objectives)
  fit$missing <- missing_cells(X, settings$beside)
  fit$offset <- settings$beside$offset
  fit$total <- observed_total(X, settings$beside)
  fit$nobs <- prod(dim(X)) - length(fit$missing)
  fit$seed <- settings$seed
  fit$solver <- settings$solver
  fit$control <- settings$control
  fit$settings <- settings[c("n_starts", "max_iter", "tol")]
  fit$run <- list(state = raw$state, solver = run$solver, before = run$before, fixed = settings$fixed,
                  pseudo = settings$pseudo, beside = sums_beside(X, settings$beside), sums = c(sum(fit$W), sum(fit$H)))
  structure(add_likelihood(fit, X, settings), class = "nmf_fit")
}

# A run and its continuation as one trace; the continuation begins where the run ended.
join_traces <- function(before, trace) {
  if (is.null(before)) return(trace)
  trace$iteration <- trace$iteration + last(before$iteration)
  trace$seconds <- trace$seconds + last(before$seconds)
  rbind(before, trace[-1, ])
}

# Rows of H sum to 1, W carries the scale, components by total weight. A component without features has no weight
# either.
order_components <- function(fit, keep = FALSE) {
  size <- rowSums(fit$H)
  size[size == 0] <- 1
  fit$W <- sweep(fit$W, 2, size, "*")
  order <- if (keep) seq_along(size) else order(colSums(fit$W), decreasing = TRUE)
  fit$W <- fit$W[, order, drop = FALSE]
  fit$H <- (fit$H / size)[order, , drop = FALSE]
  if (!is.null(fit$E)) {
    fit$E <- sweep(fit$E, 2, size, "/")[, order, drop = FALSE]
    fit$D <- t(fit$W)
  }
  if (!is.null(fit$A)) fit$A <- sweep(fit$A, 2, size, "*")[, order, drop = FALSE]
  fit
}

name_components <- function(fit, X) {
  components <- paste0("k", seq_len(ncol(fit$W)))
  dimnames(fit$W) <- list(rownames(X), components)
  dimnames(fit$H) <- list(components, colnames(X))
  if (!is.null(fit$E)) {
    dimnames(fit$E) <- dimnames(fit$W)
    dimnames(fit$D) <- rev(dimnames(fit$W))
  }
  if (!is.null(fit$A)) dimnames(fit$A) <- rev(dimnames(fit$H))
  fit
}

# Dispersion, complete log-likelihood and numbers of parameters.
add_likelihood <- function(fit, X, settings) {
  family <- fit$model$family
  cells <- count_values(X, family, settings$beside)
  dispersion <- estimate_dispersion(fit, X, cells, settings)
  fit$sigma2 <- dispersion$sigma2
  fit$dispersion <- dispersion$method
  fit$logLik <- log_likelihood(cells, family, fit$deviance, fit$sigma2)
  fit$df <- count_parameters(fit$model, nrow(X), ncol(X))
  fit
}

# Everything a log-likelihood needs to know of V besides its deviance: the values of its cells and how often each occurs
# (with the alpha of its observation where alphas differ), or its weight.
count_values <- function(X, family, beside = all_alike) {
  x <- values_of(X)
  weights <- as.vector(beside$weights)
  alpha <- if (length(family$alpha) > 1) family$alpha[stored_rows(X)]
  if (!is.null(alpha) || !is.null(weights)) {
    keep <- if (is.null(weights)) TRUE else weights > 0
    zeros <- if (is.null(alpha)) prod(dim(X)) - length(x)  # those not stored; they add nothing to a sum over alphas
    return(list(v = c(x[keep], 0[!is.null(zeros)]), n = c((weights %||% rep(1, length(x)))[keep], zeros),
                alpha = alpha[keep]))
  }
  runs <- count_values_cpp(x)
  list(v = c(0, runs$values), n = c(prod(dim(X)) - sum(runs$counts), runs$counts))
}

# log f(V) = -deviance / (2 sigma2) + sum log f(v; mu = v).
log_likelihood <- function(cells, family, deviance, sigma2) {
  if (family$discrete && !whole_numbers_cpp(cells$v)) return(NA_real_)
  if (sigma2 == 0) return(Inf)                           # a density at an exact fit
  here <- cells$n > 0
  if (!is.null(cells$alpha)) family <- nmf_negbin(cells$alpha)
  saturated <- family$log_saturated(cells$v[here], sigma2)
  if (anyNA(saturated)) {
    message("The log-likelihood of ", family$label, " noise with power ", format(family$power),
            " needs the package tweedie.")
    return(NA_real_)
  }
  sum(cells$n[here] * saturated) - deviance / (2 * sigma2)
}

# The row of each stored cell.
stored_rows <- function(X) {
  if (methods::is(X, "sparseMatrix")) X@i + 1L else rep_len(seq_len(nrow(X)), length(X))
}

# Sum of the cells that count, however much.
observed_total <- function(X, beside) if (is.null(beside$weights)) sum(X) else sum(counting(X, beside))

# What tells weights and offsets from others.
sums_beside <- function(X, beside) {
  if (!is.null(beside$weights) || !is.null(beside$offset)) {
    c(sum(beside$weights), sum(counting(X, beside) * (beside$weights %||% 1)), sum(beside$offset))
  }
}

is_mostly_zero <- function(X) Matrix::nnzero(X) < prod(dim(X)) / 2

estimate_dispersion <- function(fit, X, cells, settings) {
  family <- fit$model$family
  size <- total_weight(X, settings$beside)
  if (family$name == "normal") return(list(sigma2 = fit$deviance / size, method = "mean squared residual"))
  if (family$name != "tweedie") return(list(sigma2 = 1, method = "fixed"))
  pearson <- pearson_cpp(c(list(values = X), settings$beside), core_family(family, nrow(X)), fit$W, fit$H,
                         settings$threads) / size
  method <- settings$control$dispersion
  if (method == "auto") method <- if (is_mostly_zero(X)) "ml" else "pearson"
  if (method == "ml" && pearson > 0) {
    sigma2 <- maximise_dispersion(cells, family, fit$deviance, pearson)
    if (!is.na(sigma2)) return(list(sigma2 = sigma2, method = "ml"))
    method <- "pearson"                                  # no density, so no maximum likelihood either
  }
  list(sigma2 = pearson, method = "pearson")
}

# Profile likelihood of sigma2 on its log: a coarse grid first, for near p = 1 the density of counts has ripples.
maximise_dispersion <- function(cells, family, deviance, near) {
  profile <- function(log_sigma2) {
    value <- suppressMessages(log_likelihood(cells, family, deviance, exp(log_sigma2)))
    if (is.finite(value)) value else -.Machine$double.xmax
  }
  grid <- log(near) + seq(-3, 3, by = 0.25)
  value <- vapply(grid, profile, 0)
  if (max(value) == -.Machine$double.xmax) return(NA_real_)
  best <- which.max(value)
  exp(stats::optimize(profile, grid[c(max(1, best - 1), min(length(grid), best + 1))], maximum = TRUE,
                      tol = 1e-6)$maximum)
}

# The two conventions of nmf_control(df = ).
count_parameters <- function(model, N, M) {
  K <- model$rank
  family <- model$family
  parameters <- if (family$name == "tweedie") 1 else if (family$name == "negbin") length(family$alpha) else 0
  estimated <- if (identical(family$source, "given")) 0 else parameters
  lines <- lines_of_means(model, N, M)
  c(paper = lines[1] * K + lines[2] * (K - 1) + parameters,
    identifiable = sum(lines) * K - K + estimated + has_dispersion(family))
}

# How many rows W and E (or A), or W and columns H have.
lines_of_means <- function(model, N, M) {
  if (model$structure != "convex") return(c(N, M))
  rep(if (encodes_features(model)) M else N, 2)
}

# What only the caller knows.
with_origin <- function(fit, call, obs, seconds) {
  fit$obs <- obs
  fit$call <- call
  fit$seconds <- seconds
  fit
}

complete_fit <- function(fit, call, obs, began) {
  fit <- with_origin(fit, call, obs, now() - began)
  if (!fit$converged) {
    warn("not_converged", format(fit$model), ": the fit ended with status ", dQuote(fit$status, FALSE), " after ",
         fit$iterations,
         " iterations (stationarity residual ", format(fit$kkt, digits = 2), "); the best fit so far is returned.",
         call = fit$call)
  }
  fit
}

#' @export
print.nmf_fit <- function(x, ...) {
  structure <- if (x$model$structure == "convex") "Convex" else "Traditional"
  cat(format(x$model), ": ", structure, " NMF with ", x$model$family$label, " noise",
      if (encodes_features(x$model)) ", encoder over features", "\n", sep = "")
  cat("  data         ", nrow(x$W), " observations x ", ncol(x$H), " features",
      if (length(x$missing)) paste0(", ", format(length(x$missing), big.mark = ","), " cells missing"), "\n", sep = "")
  cat(parameter_line(x))
  cat("  deviance     ", format(x$deviance, digits = 7), "\n", sep = "")
  cat("  logLik       ", format(x$logLik, digits = 9), " (df ", df_of(x), ", BIC ", format(stats::BIC(x), digits = 9),
      ")\n", sep = "")
  cat("  status       ", x$status, " after ", x$iterations, " iterations, ", format(x$seconds, digits = 2),
      " s (residual ", format(x$kkt, digits = 2), ")\n", sep = "")
  share <- 100 * colSums(x$W) / sum(x$W)
  shown <- utils::head(share, 10)
  cat("  weight       ", paste0(names(shown), " ", round(shown), "%", collapse = ", "),
      if (length(share) > 10) ", ...", "\n", sep = "")
  invisible(x)
}

parameter_line <- function(x) {
  family <- x$model$family
  text <- switch(
    family$name,
    normal = paste0("  sigma2       ", format(x$sigma2, digits = 4), " (", x$dispersion, ")\n"),
    tweedie = paste0("  power        ", format(family$power, digits = 4), " (", family$source, "), sigma2 ",
                     format(x$sigma2, digits = 4),
                     " (", x$dispersion, ")\n"),
    negbin = paste0("  alpha        ",
                    paste(format(unique(range(family$alpha)), digits = 4, trim = TRUE), collapse = " to "),
                    " (", family$source, ")\n")
  )
  text %||% ""
}

df_of <- function(x, convention = x$control$df) unname(x$df[convention])

#' Summary of a fit
#'
#' @param object A fit from [nmf()].
#' @param n Number of features to name for each component, at least 1.
#' @param ... Not used.
#' @return An object of class `summary.nmf_fit`: the `fit`, and a data frame `components` with each component's share of
#'   the total
#'   weight, the effective number of its features (exponential of their entropy) and its largest features.
#' @examples
#' summary(nmf(brca21, "T/Po/3", seed = 1))
#' @export
summary.nmf_fit <- function(object, n = 5, ...) {
  n <- check_number(n, "n", 1, whole = TRUE)
  H <- object$H
  labels <- colnames(H) %||% seq_len(ncol(H))
  entropy <- apply(H, 1, function(h) -sum(h[h > 0] * log(h[h > 0])))
  components <- data.frame(
    share = colSums(object$W) / sum(object$W),
    effective_features = exp(entropy),
    top_features = apply(H, 1, function(h) paste(labels[utils::head(order(h, decreasing = TRUE), n)], collapse = " ")),
    row.names = rownames(H)
  )
  structure(list(fit = object, components = components), class = "summary.nmf_fit")
}

#' @export
print.summary.nmf_fit <- function(x, digits = 3, ...) {
  print(x$fit)
  starts <- x$fit$starts$objective
  if (length(starts)) {
    cat("  starts       ", sum(!is.na(starts)), ", objectives ", format(min(starts, na.rm = TRUE), digits = 6), " to ",
        format(max(starts, na.rm = TRUE), digits = 6), " before the best was polished\n", sep = "")
  }
  cat("\nComponents:\n")
  print(format(x$components, digits = digits), ...)
  invisible(x)
}
