# Every family, structure and solver on every kind of data, small enough for valgrind; see valgrind.sh.
library(nmfamily)
own <- asNamespace("nmfamily")
N <- 19
M <- 13
V <- matrix(((seq_len(N * M) * 7919) %% 11)^2, N)  # overdispersed
V[cbind(seq_len(N), rep_len(seq_len(M), N))] <- 3
weights <- matrix(rep_len(c(1, 2, 0.5), N * M), N)
holes <- V
holes[seq(2, N * M, by = 7)] <- NA
sparse <- V * (V > 4 | V == 3)
data <- list(
  dense = list(V), sparse = list(Matrix::Matrix(sparse, sparse = TRUE)), missing = list(holes),
  weighted = list(V, cell_weights = weights), offset = list(V, offset = weights),
  "sparse weighted" = list(Matrix::Matrix(sparse, sparse = TRUE), cell_weights = weights)
)
powers <- c(1.3, 1.5, 2, 2.5, 3)
families <- c(Filter(function(family) family$name != "tweedie", own$all_families()), lapply(powers, nmf_tweedie))
fits <- 0
refused <- character()
for (family in families) for (structure in own$structures) for (solver in structure$solvers) for (kind in names(data)) {
  given <- data[[kind]]
  if (isTRUE(family$power >= 2)) given[[1]] <- given[[1]] + 1
  model <- nmf_model(structure = structure$kind, family = family, rank = 3, encoder = structure$encoder)
  control <- nmf_control(epochs = 2, batch_size = 5, start_iter = 2)
  ask <- c(given, list(model = model, solver = solver, n_starts = 1, max_iter = 3, control = control, threads = 2,
                       verbose = FALSE, seed = 1))
  fit <- tryCatch(suppressWarnings(do.call(nmf, ask)), nmf_error = identity)
  if (inherits(fit, "nmf_error")) {
    refused <- c(refused, paste0(format(model), ", ", solver, ", ", kind, ": ", conditionMessage(fit)))
  } else {
    fits <- fits + 1
    if (kind == "dense" && solver == "cd") predict(fit, V[1:3, ] + 1, type = "weights")
  }
}
topics <- suppressWarnings(nmf(data$sparse[[1]], "T/Po/3", n_starts = 1, max_iter = 9, verbose = FALSE, seed = 1))
differences <- compare_topics(topics)
cat(fits, "fits,", length(refused), "refused:\n")
cat(unique(sub("^.*?: ", "", refused)), sep = "\n")
stopifnot(fits > 0)
