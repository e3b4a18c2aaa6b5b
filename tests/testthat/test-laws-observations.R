# Observations whose components are fixed: the weights of each are its own problem.

H <- random_init(21, "traditional", random_data(12))$H
solved_rows <- function(source, reference, rows = TRUE) {
  if (length(reference$alpha) > 1) reference$alpha <- reference$alpha[rows]
  project_rows(source[rows, ], package_family(reference), H, max_iter = 10000L, tol = 1e-8)
}
with_offsets <- function(case) {
  case$label <- paste(case$label, "offset")
  V <- case$V
  case$V <- read_source(V, offset = withr::with_seed(7, matrix(runif(length(V), 0.5, 2), nrow(V))))
  case
}
cases <- c(
  registry(structure = "traditional", input = c("dense", "zeros", "sparse"), cells = c("plain", "weighted", "missing")),
  lapply(registry(structure = "traditional", input = "zeros"), with_offsets)
)
source_case <- function(case) if (inherits(case$V, "nmf_source")) case$V else read_source(case$V)

for_each_case("weights of observations are stationary", cases, function(case) {
  source <- source_case(case)
  solved <- solved_rows(source, case$reference)
  expect_true(all(solved$converged))
  W <- solved$W
  V <- as.matrix(source$values)
  omega <- dense_weights(source) %||% array(1, dim(V))
  offset <- source$offset %||% array(1, dim(V))
  mu <- W %*% H * offset
  num <- (omega * offset * case$reference$num(V, mu)) %*% t(H)
  den <- (omega * offset * case$reference$den(V, mu)) %*% t(H)
  slope <- ifelse(num > 0, 1 - num / den, 1)
  # tol is 1e-8; of a row that ends at a stationary point of rounding no more than its digits are known.
  expect_lt(max(abs(pmin(W / pmax(apply(W, 1, max), 1e-300), slope))), 1e-6)
})

for_each_case("weights of an observation are the same bits in any company", cases, function(case) {
  source <- source_case(case)
  together <- solved_rows(source, case$reference)
  expect_identical(solved_rows(source, case$reference, N:1)$W, together$W[N:1, ])
  alone <- lapply(seq_len(N), function(i) solved_rows(source, case$reference, i)$W)
  expect_identical(do.call(rbind, alone), together$W)
})
