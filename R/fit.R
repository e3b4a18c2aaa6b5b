# The nmf_fit class: normalising, ordering and naming of the factors, what is known about the fit, print and summary.

new_fit <- function(run, starts, problem, settings) {
  data <- problem$data
  raw <- run$raw
  trace <- run$trace
  fit <- structure_of(problem$model)$keep(raw)
  fit$model <- problem$model
  known <- problem$known
  keep <- !is.null(known$fixed) || !is.null(known$seeds)
  fit <- name_components(order_components(fit, keep), data, known$names)
  fit$objective <- last(trace$objective)
  if (is.nan(fit$objective)) {
    abort("data", "`V` must tell more of its missing cells: their means grow without end, beyond what a number holds. ",
          "Use a lower rank, or leave out observations and features in which hardly a cell counts.")
  }
  fit$deviance <- max(0, 2 * (fit$objective - raw$prior))  # rounding at an exact fit may have either sign
  if (length(known$penalties)) fit$penalty <- raw$prior
  fit$exact <- raw$exact                                 # the deviance is rounding, and says nothing of the noise
  fit$status <- run$status
  fit$converged <- run$status == "converged"
  fit$kkt <- last(trace$kkt)
  fit$iterations <- last(trace$iteration)
  fit$trace <- trace
  fit$starts <- starts %||% data.frame(start = integer(), objective = numeric(), place = integer())
  fit$missing <- missing_cells(data)
  fit$offset <- data$offset
  fit$nobs <- prod(dim(data)) - length(fit$missing)
  fit$seed <- settings$seed
  fit$solver <- settings$solver
  fit$control <- settings$control
  fit$settings <- settings[c("n_starts", "max_iter", "tol")]
  fit$run <- list(state = raw$state, solver = run$solver, before = run$before, known = known,
                  data = sums_of(data), sums = c(sum(fit$W), sum(fit$H)))
  fit <- add_likelihood(fit, data, settings, raw$scaled_deviance)
  fit$df <- fit$df - sum(known$mask == FALSE)            # weights that are left out are no parameters
  structure(fit, class = "nmf_fit")
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

name_components <- function(fit, data, names = NULL) {
  components <- names %||% paste0("k", seq_len(ncol(fit$W)))
  dimnames(fit$W) <- list(rownames(data), components)
  dimnames(fit$H) <- list(components, colnames(data))
  if (!is.null(fit$E)) {
    dimnames(fit$E) <- dimnames(fit$W)
    dimnames(fit$D) <- rev(dimnames(fit$W))
  }
  if (!is.null(fit$A)) dimnames(fit$A) <- rev(dimnames(fit$H))
  fit
}

# Names for components from what a user gave: each but once, and numbers for none.
names_for_components <- function(names) if (!is.null(names)) as.character(labels_of(names, length(names)))

# What only the door knows: the margin of the observations, the data, and how the fit is made again.
with_origin <- function(fit, problem, settings, call, seconds, door = "nmf", own = list()) {
  fit$obs <- problem$obs
  fit$call <- call
  fit$seconds <- seconds
  arguments <- c(list(model = problem$model, obs = problem$obs),
                 settings[c("n_starts", "solver", "max_iter", "tol", "control", "seed", "verbose")])
  arguments[names(own)] <- own
  fit$origin <- list(door = door, arguments = Filter(Negate(is.null), arguments))
  hold_data(fit, problem$data)
}

complete_fit <- function(fit, problem, settings, call, began, door = "nmf", own = list()) {
  fit <- with_origin(fit, problem, settings, call, now() - began, door, own)
  if (!fit$converged) {
    warn("not_converged", format(fit$model), ": the fit ended with status ", dQuote(fit$status, FALSE), " after ",
         counted(fit$iterations, "iteration"), " (stationarity residual ", format(fit$kkt, digits = 2), "); the ",
         "best fit so far is returned.",
         call = fit$call)
  }
  fit
}

#' @export
print.nmf_fit <- function(x, digits = 4, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  structure <- structure_of(x$model)
  cat(format(x$model), ": ", structure$title, " NMF with ", x$model$family$label, " noise", structure$aside, "\n",
      sep = "")
  cat("  data         ", nrow(x$W), " observations x ", ncol(x$H), " features",
      if (length(x$missing)) paste0(", ", counted(length(x$missing), "cell"), " missing"), "\n", sep = "")
  cat(parameter_line(x, digits))
  cat("  deviance     ", format(x$deviance, digits = digits + 3), "\n", sep = "")
  if (!is.null(x$penalty)) {
    cat("  penalty      ", format(x$penalty, digits = digits), " of the objective ",
        format(x$objective, digits = digits + 3), "\n", sep = "")
  }
  cat("  logLik       ", if (x$logLik %in% Inf) "infinite, for the fit is exact" else
    paste0(format(x$logLik, digits = digits + 5), " (df ", df_of(x), ", BIC ",
           format(stats::BIC(x), digits = digits + 5), ")"), "\n", sep = "")
  cat("  status       ", x$status, if (!is.na(x$iterations)) paste0(" after ", counted(x$iterations, "iteration")),
      if (!is.na(x$kkt)) paste0(" (residual ", format(x$kkt, digits = 2), ")"), "\n", sep = "")
  if (!is.null(x$edited)) cat("  edited       ", edited_text(x, digits), "
", sep = "")
  if (!is.null(x$updated)) cat("  updated      ", updated_text(x$updated, digits), "
", sep = "")
  share <- 100 * colSums(x$W) / sum(x$W)
  shown <- utils::head(share, 10)
  cat("  weight       ", paste0(names(shown), " ", round(shown), "%", collapse = ", "),
      if (length(share) > 10) ", ...", "\n", sep = "")
  invisible(x)
}

# Of what an edited fit was made, and what that has cost.
edited_text <- function(x, digits) {
  history <- x$edited
  merged <- vapply(Filter(function(part) length(part) > 1, history$parts), paste, "", collapse = "+")
  left <- setdiff(history$components, unlist(history$parts))
  done <- c(if (length(merged)) paste(paste(merged, collapse = ", "), "merged"),
            if (length(left)) paste(paste(left, collapse = ", "), "left out"))
  cost <- history$logLik - x$logLik
  paste0("from ", history$from, ": ", paste(done, collapse = "; "), "; ",
         if (is.na(cost)) "what that costs is not known without the data" else
           paste0("logLik ", if (cost < 0) "higher" else "lower", " by ", format(abs(cost), digits = digits)))
}

# What more observations have changed.
updated_text <- function(updated, digits) {
  least <- which.min(updated$cosine)
  paste0(updated$observations[["before"]], " observations and ", updated$observations[["added"]],
         " more: components as before to a cosine of ", format(updated$cosine[[least]], digits = digits), " at least (",
         names(least), "), former weights changed by ", format(100 * updated$weights, digits = 2), "%")
}

parameter_line <- function(x, digits) {
  family <- x$model$family
  part <- function(name, value, from) {
    value <- paste(format(unique(range(value)), digits = digits, trim = TRUE), collapse = " to ")
    c(name, paste0(value, " (", from, ")"))
  }
  parts <- cbind(if (!is.null(family$parameter)) part(parameter_name(family), parameter_of(family), family$source),
                 if (family$has_dispersion) part("sigma2", x$sigma2, x$dispersion))
  if (!length(parts)) return("")
  parts[1, 1] <- formatC(parts[1, 1], width = -12)       # as wide as the other names
  paste0("  ", paste(parts[1, ], parts[2, ], collapse = ", "), "\n")
}

df_of <- function(x, convention = x$control$df) unname(x$df[convention])

bic_of <- function(fit, convention = fit$control$df) log(fit$nobs) * df_of(fit, convention) - 2 * fit$logLik

#' Summary of a fit
#'
#' What the components of a fit are at a glance: their shares, and their largest features.
#'
#' @param object A fit from [nmf()].
#' @param n Number of features to name for each component, at least 1.
#' @param by What ranks them: `"prob"`, their share of the component; or how specific they are to it, `"lift"`, `"frex"`
#'   or `"exclusive"`, see [terms.nmf_topic_model()]. Marker genes of a programme are those by `"frex"` or `"lift"`: by
#'   share, genes that all cells express come first.
#' @param ... Nothing: an argument that is not known is an error.
#' @return An object of class `summary.nmf_fit`: the `fit`, and a data frame `components` with each component's share of
#'   the total weight, the effective number of its features (exponential of their entropy) and its first features.
#' @examples
#' fit <- nmf(brca21, "T/Po/3", seed = 1)
#' summary(fit)
#' summary(fit, by = "frex")$components
#' @export
summary.nmf_fit <- function(object, n = 5, by = c("prob", "lift", "frex", "exclusive"), ...) {
  check_call(...)
  n <- check_number(n, "n", 1, whole = TRUE)
  by <- check_choice(by, c("prob", "lift", "frex", "exclusive"), "by")
  H <- object$H
  labels <- colnames(H) %||% seq_len(ncol(H))
  x <- by_feature(object)
  top <- top_terms(x, min(n, ncol(H)), score_of(x, by), least_named(x, by))
  entropy <- apply(H, 1, function(h) -sum(h[h > 0] * log(h[h > 0])))
  components <- data.frame(
    share = colSums(object$W) / sum(object$W),
    effective_features = exp(entropy),
    top_features = apply(top, 2, function(j) paste(labels[j[!is.na(j)]], collapse = " ")),
    row.names = rownames(H)
  )
  structure(list(fit = object, components = components), class = "summary.nmf_fit")
}

#' @export
print.summary.nmf_fit <- function(x, digits = 3, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  print(x$fit)
  starts <- x$fit$starts$objective
  if (length(starts)) {
    cat("  starts       ", sum(!is.na(starts)), ", objectives ", format(min(starts, na.rm = TRUE), digits = 6), " to ",
        format(max(starts, na.rm = TRUE), digits = 6), " before the best was polished\n", sep = "")
  }
  cat("  seconds      ", format(x$fit$seconds, digits = 2), "\n", sep = "")
  cat("\nComponents:\n")
  print(format(x$components, digits = digits), ...)
  invisible(x)
}
