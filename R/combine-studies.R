#' Components that several studies share
#'
#' For those who have fits to several data sets, such as cohorts, batches or tissues: groups their components into those
#' that come back in more than one of them (meta-programmes), and says in which.
#'
#' 1. Two components of different studies are compared by their cosine similarity over the features that both studies
#'    have, matched by name.
#' 2. Groups begin as single components. The two groups of different studies with the largest mean similarity between
#'    their components are made one, as long as this is at least `threshold` (average linkage). A group has at most one
#'    component of each study: a study that has two of the same kind is asked to keep them apart.
#' 3. The consensus of a group is the mean of its components, each with sum 1. A component of a study that lacks
#' features
#'    sums to what the consensus has on the features of the study,
#'    \deqn{\bar h_j = \frac{1}{|S_j|} \sum_{s \in S_j} c_s h_{sj}, \qquad c_s = \sum_{j \in F_s} \bar h_j,}
#'    where \eqn{F_s} are the features of study s and \eqn{S_j} the studies of the group that have feature j; both are
#'    repeated until they are at rest.
#'
#' The fits may have different models, ranks and features; none is changed, and no data are needed. For runs of the same
#' model on the same data there is [find_consensus()].
#'
#' @param fits A list of at least two fits from [nmf()], consensuses, topic models or matrices of components (K x M),
#'   named by the studies. Where their features have no names they must be as many.
#' @param threshold Least mean cosine similarity between the components of two groups that are made one, from 0 to 1.
#' @param min_studies Number of studies that a group must come from, at least 1; others are left out.
#' @param ... Nothing: an argument that is not known is an error.
#' @return `combine_studies()`: a list of class `nmf_studies`.
#' \describe{
#'   \item{`table`}{data frame with a row for each `programme`: the number `n_studies` it comes from, their names in
#'     `studies`, the mean and the least `cosine` similarity of its components with the consensus (`cosine_min`), and
#'     the mean `share` of the total weight in its studies (`NA` where these were given as matrices). Programmes of most
#'     studies come first, then those of larger cosine.}
#'   \item{`members`}{data frame with a row for each component of each study: `study`, `component`, the `programme` that
#'     it belongs to (`NA` for none), its `cosine` with the consensus, and its `share`.}
#'   \item{`components`}{matrix of programmes x features of all studies, rows summing to 1 (or zeros, of components that
#'     are); `NA` for a feature that none
#'     of the studies of a programme has.}
#'   \item{`similarity`}{cosine similarities between all components, in the order of `members`; `NA` where two studies
#'     share no feature.}
#'   \item{`threshold`, `min_studies`}{as given.}
#' }
#' @section Errors: `nmf_error_argument` and `nmf_error_data`.
#' @references
#' Gavish et al. (2023), Hallmarks of transcriptional intratumour heterogeneity across a thousand tumours, Nature 618,
#' 598-606, \doi{10.1038/s41586-023-06130-4}, for meta-programmes of many tumours.
#' @seealso [find_consensus()], [match_components()], [autoplot.nmf_studies()].
#' @examples
#' a <- nmf(brca21[1:10, ], "T/Po/3", n_starts = 2, seed = 1)
#' b <- nmf(brca21[11:21, -(1:4)], "T/Po/3", n_starts = 2, seed = 1)
#' both <- combine_studies(list(first = a, second = b))
#' both
#' both$members
#' @export
combine_studies <- function(fits, threshold = 0.8, min_studies = 2, ...) {
  check_call(...)
  ok <- is.list(fits) && !is.data.frame(fits) && !is.object(fits) && length(fits) >= 2
  expect_arg(ok, "fits", "a list of at least two fits or matrices of components", fits)
  threshold <- check_number(threshold, "threshold", 0, 1)
  min_studies <- check_number(min_studies, "min_studies", 1, length(fits), whole = TRUE)
  studies <- names(fits) %||% rep("", length(fits))
  studies[is.na(studies) | !nzchar(studies)] <- paste0("study", which(is.na(studies) | !nzchar(studies)))
  studies <- make.unique(studies)
  H <- in_one_spelling(lapply(fits, study_components))
  features <- features_of_studies(H, studies)
  members <- data.frame(study = rep(studies, vapply(H, nrow, 0L)), component = unlist(lapply(H, rownames)),
                        share = unlist(lapply(fits, shares_of_weight)))
  # all components over all features, NA where a study has none
  all <- do.call(rbind, lapply(H, function(h) {
    h <- h / pmax(rowSums(h), .Machine$double.xmin)
    if (is.null(features)) return(unname(h))
    wide <- matrix(NA_real_, nrow(h), length(features))
    wide[, match(colnames(h), features)] <- h
    wide
  }))
  similarity <- similarities_of_studies(all)
  group <- grouped_components(similarity, match(members$study, studies), threshold)
  new_studies(all, features, members, similarity, group, studies, threshold, min_studies)
}

study_components <- function(fit) {
  if (inherits(fit, c("nmf_consensus", "nmf_topic_model"))) {
    check_whole(fit, "fits")
    fit <- fit$fit
  }
  components_of(fit, "fits")
}

shares_of_weight <- function(fit) {
  if (inherits(fit, c("nmf_consensus", "nmf_topic_model"))) fit <- fit$fit
  if (inherits(fit, "nmf_fit")) unname(colSums(fit$W) / sum(fit$W)) else rep(NA_real_, nrow(study_components(fit)))
}

# Mutation channels as the first study that has them spells them.
in_one_spelling <- function(H) {
  known <- NULL
  for (s in seq_along(H)) {
    colnames(H[[s]]) <- spelled_as(colnames(H[[s]]), known)
    known <- union(known, colnames(H[[s]]))
  }
  H
}

# The features of all studies, by name, or by number where none has names.
features_of_studies <- function(H, studies) {
  unnamed <- vapply(H, function(h) is.null(colnames(h)), NA)
  if (all(unnamed)) {
    sizes <- vapply(H, ncol, 0L)
    if (length(unique(sizes)) > 1) {
      abort("data", "`fits` must have names of features, or as many of them; studies ", dQuote(studies[1], FALSE),
            " and ", dQuote(studies[sizes != sizes[1]][1], FALSE), " have ", sizes[1], " and ",
            sizes[sizes != sizes[1]][1], ".")
    }
    return(NULL)
  }
  if (any(unnamed)) {
    abort("data", "`fits` must have names of features in all studies, but ", dQuote(studies[unnamed][1], FALSE),
          " has none.")
  }
  twice <- vapply(H, function(h) anyDuplicated(colnames(h)) > 0, NA)
  if (any(twice)) {
    abort("data", "`fits` must name each feature once, but ", dQuote(studies[twice][1], FALSE), " has one twice.")
  }
  unique(unlist(lapply(H, colnames)))
}

# Cosines over the features that both components have.
similarities_of_studies <- function(all) {
  seen <- !is.na(all)
  x <- replace(all, !seen, 0)
  size <- sqrt(tcrossprod(x^2, seen))                    # of a row on the features of another
  similarity <- tcrossprod(x) / pmax(size * t(size), .Machine$double.xmin)
  similarity[tcrossprod(seen + 0) == 0] <- NA
  similarity
}

# Average linkage in which no group has two components of a study: a number for each component.
grouped_components <- function(similarity, study, threshold) {
  groups <- as.list(seq_along(study))
  between <- replace(similarity, is.na(similarity) | outer(study, study, "=="), -Inf)
  repeat {
    best <- which.max(between)
    if (!length(best) || between[best] < threshold || !is.finite(between[best])) break
    a <- (best - 1) %% length(groups) + 1
    b <- (best - 1) %/% length(groups) + 1
    sizes <- lengths(groups)
    merged <- (sizes[a] * between[a, ] + sizes[b] * between[b, ]) / (sizes[a] + sizes[b])
    between[a, ] <- between[, a] <- merged
    groups[[a]] <- c(groups[[a]], groups[[b]])
    between[a, a] <- -Inf
    groups <- groups[-b]
    between <- between[-b, -b, drop = FALSE]
  }
  group <- integer(length(study))
  for (g in seq_along(groups)) group[groups[[g]]] <- g
  group
}

# The mean of components of which some lack features.
mean_of_studies <- function(x) {
  seen <- !is.na(x)
  here <- colSums(seen) > 0
  scale <- rep(1, nrow(x))
  for (round in 1:1000) {
    centre <- colMeans(x * scale, na.rm = TRUE)
    total <- sum(centre[here])
    centre <- ifelse(here, centre, NA) / if (total > 0) total else 1   # of zeros is zeros
    before <- scale
    scale <- apply(seen, 1, function(own) sum(centre[own]))
    if (max(abs(scale - before)) < 1e-12) break
  }
  centre
}

new_studies <- function(all, features, members, similarity, group, studies, threshold, min_studies) {
  kept <- which(tabulate(group) >= min_studies)
  centres <- lapply(kept, function(g) mean_of_studies(all[group == g, , drop = FALSE]))
  cosine <- rep(NA_real_, length(group))
  for (g in seq_along(kept)) for (i in which(group == kept[g])) {
    cosine[i] <- similarities_of_studies(rbind(all[i, ], centres[[g]]))[1, 2]
  }
  facts <- lapply(kept, function(g) {
    own <- which(group == g)
    data.frame(n_studies = length(own), studies = paste(members$study[own], collapse = ", "),
               cosine = mean(cosine[own]), cosine_min = min(cosine[own]), share = mean(members$share[own]))
  })
  table <- do.call(rbind, facts) %||% data.frame(n_studies = integer(), studies = character(), cosine = numeric(),
                                                 cosine_min = numeric(), share = numeric())
  order <- order(-table$n_studies, -table$cosine)
  names <- sprintf("m%d", seq_along(kept))
  table <- data.frame(programme = names, table[order, ], row.names = NULL)
  components <- matrix(as.numeric(unlist(centres[order])), length(kept), ncol(all), byrow = TRUE,
                       dimnames = list(names, features))
  members <- data.frame(members[c("study", "component")], programme = names[match(group, kept[order])],
                        cosine = cosine, share = members$share, row.names = NULL)
  label <- paste(members$study, members$component)
  dimnames(similarity) <- list(label, label)
  structure(list(table = table, members = members, components = components, similarity = similarity,
                 threshold = threshold, min_studies = min_studies), class = "nmf_studies")
}

#' @export
print.nmf_studies <- function(x, digits = 3, ...) {
  check_call(..., .base = print.default)
  digits <- check_digits(digits)
  left <- sum(is.na(x$members$programme))
  cat("Components of ", length(unique(x$members$study)), " studies: ", nrow(x$table),
      if (nrow(x$table) == 1) " programme" else " programmes", " of at least ", x$min_studies,
      if (x$min_studies == 1) " study" else " studies", " (cosine similarity ", number_text(x$threshold), " or more), ",
      left, " of ", nrow(x$members), " components in none\n", sep = "")
  if (!nrow(x$table)) return(invisible(x))
  shown <- x$table
  for (column in c("cosine", "cosine_min")) shown[[column]] <- formatC(shown[[column]], format = "f", digits = digits)
  shown$share <- ifelse(is.na(shown$share), "", paste0(round(100 * shown$share), "%"))
  cat("\n")
  print(shown, row.names = FALSE, ...)
  invisible(x)
}
