# Exposures from substitutions, doublets, insertions and deletions together, and from each of them alone.
#   NMFAMILY_BENCH_SETS=40 Rscript bench/joint.R
# Each set is a cohort of 60 tumours with 500 to 20,000 mutations (log-normal, median 2,000) of five processes with
# Gamma(1/2) exposures. Each process has a reference signature of PCAWG (of the 49 that are no artefacts) in SBS96, and
# profiles over DBS78 and ID83 drawn from Dirichlet(0.1); for each substitution it leaves 0.01 to 0.05 doublets and 0.02
# to 0.3 insertions and deletions. Counts are Poisson, or Negative Binomial with alpha = 50 for substitutions, 20 for
# doublets and 10 for insertions and deletions. Models of rank 5 (3 starts) are fitted to all tables bound together, and
# to each alone. `error` is half the mean absolute difference between the true shares of the processes in a tumour (of
# its substitutions) and those found, components being matched with the true ones by the cosine similarity of what was
# fitted; `better` is in how many sets the joint error is below that of the substitutions.
source("bench/common.R")
library(nmfamily)
references <- pcawg_signatures[!rownames(pcawg_signatures) %in% paste0("SBS", c(27, 43, 45:60)), ]
references <- references / rowSums(references)
channels <- nmfamily:::alphabets

cohort <- function(seed, overdispersed, n = 60, K = 5) {
  set.seed(seed)
  dirichlet <- function(names) {
    x <- matrix(stats::rgamma(K * length(names), 0.1), K, dimnames = list(NULL, names))
    x / rowSums(x)
  }
  H <- list(SBS = references[sample(nrow(references), K), ],
            DBS = dirichlet(channels$DBS78$channel) * stats::runif(K, 0.01, 0.05),
            ID = dirichlet(channels$ID83$channel) * exp(stats::runif(K, log(0.02), log(0.3))))
  W <- matrix(stats::rgamma(K * n, 0.5), n)
  W <- W / rowSums(W) * pmin(pmax(stats::rlnorm(n, log(2000), 0.8), 500), 20000)
  draw <- function(H, alpha) {
    mu <- W %*% H
    x <- if (overdispersed) stats::rnbinom(length(mu), size = alpha, mu = mu) else stats::rpois(length(mu), mu)
    matrix(x, n, dimnames = list(paste0("t", seq_len(n)), colnames(H))) + 0
  }
  list(V = Map(draw, H, c(50, 20, 10)), H = H, W = W)
}

shares <- function(W) W / pmax(rowSums(W), 1e-300)

error_of <- function(V, H, W, family, seed, of_sbs = function(fit) 1) {
  V <- V[, colSums(V) > 0]
  fit <- suppressWarnings(nmf(V, family, rank = nrow(H), n_starts = 3, seed = seed, threads = 1, verbose = FALSE))
  similarity <- cosine_similarity(H[, colnames(V)] / rowSums(H), fit$H)
  at <- as.integer(clue::solve_LSAP(similarity, maximum = TRUE))
  found <- fit$W * rep(of_sbs(fit), each = nrow(W))
  mean(rowSums(abs(shares(found)[, at] - shares(W)))) / 2
}

one <- function(seed, overdispersed) {
  data <- cohort(seed, overdispersed)
  family <- if (overdispersed) "T/NB" else "T/Po"
  joint <- error_of(do.call(bind_catalogues, data$V), do.call(cbind, data$H), data$W, family, seed,
                    function(fit) split_components(fit)$shares[, "SBS"])
  alone <- vapply(names(data$V), function(kind) {
    H <- data$H[[kind]]
    error_of(data$V[[kind]], H, data$W * rep(rowSums(H), each = nrow(data$W)), family, seed)
  }, 0)
  data.frame(noise = if (overdispersed) "NB" else "Po", seed = seed, joint = joint, t(alone))
}

if (!interactive() && !length(commandArgs(TRUE))) {
  cases <- expand.grid(seed = seq_len(setting("sets", 40)), overdispersed = c(FALSE, TRUE))
  all <- do.call(rbind, Map(one, cases$seed, cases$overdispersed))
  of_noise <- function(one) {
    gain <- one$SBS - one$joint
    data.frame(noise = one$noise[1], sets = nrow(one), lapply(one[c("joint", "SBS", "DBS", "ID")], mean),
               gain = mean(gain), gain_se = stats::sd(gain) / sqrt(nrow(one)), better = mean(gain > 0))
  }
  write_result(do.call(rbind, lapply(split(all, all$noise), of_noise)), "joint")
}
