# A small corpus with names, and one fit of it for all tests that read topics.

small_passages <- function() {
  passages <- nmfamily::addresses$counts[c(1:40, 181:220, 441:480), ]
  passages[, Matrix::colSums(passages > 0) >= 4]
}

small_topics <- local({
  model <- NULL
  function() {
    if (is.null(model)) model <<- fit_topics(small_passages(), 3, n_starts = 2, seed = 1)
    model
  }
})

# A topic model with given L, F and s: 4 documents, the last one empty, and 5 terms, the last one of probability zero.
tiny_topics <- function() {
  L <- rbind(d1 = c(1, 0), d2 = c(0.25, 0.75), d3 = c(0.5, 0.5), d4 = NA)
  probability <- cbind(c(0.5, 0.3, 0.2, 0, 0), c(0.1, 0.3, 0, 0.6, 0))
  rownames(probability) <- letters[1:5]
  topics_from(L, probability, s = c(10, 20, 10, 0))
}

# Any topic model by hand; the fit around it knows the data only by their sum.
topics_from <- function(L, probability, s, family = nmf_poisson()) {
  components <- paste0("k", seq_len(ncol(L)))
  W <- ifelse(is.na(L), 0, L) * s
  H <- t(probability)
  dimnames(W) <- list(rownames(L), components)
  dimnames(H) <- list(components, rownames(probability))
  fit <- structure(
    list(W = W, H = H, model = nmf_model(family = family, rank = ncol(L)), run = known_total(W %*% H),
         nobs = length(W %*% H), deviance = 1, logLik = -2, df = c(paper = 3, identifiable = 3),
         control = nmf_control(),
         obs = "rows", converged = TRUE, iterations = 5L, seconds = 0.5, status = "converged", kkt = 0, sigma2 = 1,
         dispersion = "fixed"),
    class = "nmf_fit"
  )
  as_topic_model(fit)
}

# What a fit to V remembers of it.
known_total <- function(V) list(data = sums_of(new_source(as_data(V))))

# What slam makes: a list of triplets. tm puts a class before it and the weighting beside.
triplets <- function(X, class = NULL) {
  entries <- methods::as(X, "TsparseMatrix")
  structure(list(i = entries@i + 1L, j = entries@j + 1L, v = entries@x, nrow = nrow(X), ncol = ncol(X),
                 dimnames = dimnames(X)), class = c(class, "simple_triplet_matrix"))
}

tidy_counts <- function(X) {
  entries <- methods::as(X, "TsparseMatrix")
  data.frame(document = rownames(X)[entries@i + 1], term = colnames(X)[entries@j + 1], n = entries@x)
}
