# Exposures from substitutions, doublets, insertions and deletions together, and from each of them alone.
#   NMFAMILY_BENCH_SETS=40 Rscript bench/joint.R
# Each set is a cohort of 60 tumours with 500 to 20,000 mutations (log-normal, median 2,000) of five processes with
# Gamma(1/2) exposures. Each process has a reference signature of PCAWG (of the 49 that are no artefacts) in SBS96, and
# profiles over DBS78 and ID83 drawn from Dirichlet(0.1); for each substitution it leaves 0.01 to 0.05 doublets and 0.02
# to 0.3 insertions and deletions. Counts are Poisson, or Negative Binomial with alpha = 50 for substitutions, 20 for
# doublets and 10 for insertions and deletions. Models of rank 5 (3 starts) are fitted to all tables bound together, and
# to each alone. `error` is half the mean absolute difference between the true shares of the processes in a tumour (of
# its substitutions) and those found, components being matched with the true ones by the cosine similarity of what was
# fitted; `better` is in how many sets the joint error is below that of the substitutions. `by_table` goes on from the
# joint fit with the true alpha of each table, in plain R: what an alpha for each table could give at the most;
# `weighed` is that of weigh_tables(). `far` is the Negative Binomial with alphas that lie further apart, 200, 5 and 2.
source("bench/common.R")
library(nmfamily)
references <- pcawg_signatures[!rownames(pcawg_signatures) %in% paste0("SBS", c(27, 43, 45:60)), ]
references <- references / rowSums(references)
channels <- nmfamily:::alphabets

alphas <- list(Po = NULL, NB = c(50, 20, 10), far = c(200, 5, 2))

cohort <- function(seed, noise, n = 60, K = 5) {
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
    x <- if (noise == "Po") stats::rpois(length(mu), mu) else stats::rnbinom(length(mu), size = alpha, mu = mu)
    matrix(x, n, dimnames = list(paste0("t", seq_len(n)), colnames(H))) + 0
  }
  list(V = Map(draw, H, if (noise == "Po") c(0, 0, 0) else alphas[[noise]]), H = H, W = W)
}

shares <- function(W) W / pmax(rowSums(W), 1e-300)

error_of <- function(fit, H, W, of_sbs = function(fit) 1) {
  similarity <- cosine_similarity(H[, colnames(fit$H)] / rowSums(H), fit$H)
  at <- as.integer(clue::solve_LSAP(similarity, maximum = TRUE))
  found <- fit$W * rep(of_sbs(fit), each = nrow(W))
  mean(rowSums(abs(shares(found)[, at] - shares(W)))) / 2
}

fit_of <- function(V, family, rank, seed) {
  V <- V[, colSums(V) > 0]
  suppressWarnings(nmf(V, family, rank = rank, n_starts = 3, seed = seed, threads = 1, verbose = FALSE))
}

# Gouvert, Oberlin and Fevotte (2020), updates that never raise the deviance, with an alpha for each column.
with_alphas <- function(fit, V, alpha) {
  V <- V[, colnames(fit$H)]
  W <- fit$W
  H <- fit$H
  A <- matrix(alpha, nrow(V), ncol(V), byrow = TRUE)
  means <- function(W, H) pmax(W %*% H, 1e-12)
  deviance <- function(mu) sum(ifelse(V > 0, V * log(V / mu), 0) - (V + A) * log((V + A) / (mu + A)))
  before <- Inf
  for (i in 1:5000) {
    mu <- means(W, H)
    now <- if (i %% 50 == 1) deviance(mu)
    if (!is.null(now) && before - now < 1e-7 * now) break
    if (!is.null(now)) before <- now
    W <- W * sqrt(((V / mu) %*% t(H)) / (((V + A) / (mu + A)) %*% t(H)))
    mu <- means(W, H)
    H <- H * sqrt((t(W) %*% (V / mu)) / (t(W) %*% ((V + A) / (mu + A))))
  }
  list(W = W, H = H)
}

one <- function(seed, noise) {
  data <- cohort(seed, noise)
  family <- if (noise == "Po") "T/Po" else "T/NB"
  of_sbs <- function(fit) split_components(fit$H)$shares[, "SBS"]
  V <- do.call(bind_catalogues, data$V)
  H <- do.call(cbind, data$H)
  joint <- fit_of(V, family, nrow(H), seed)
  alone <- vapply(names(data$V), function(kind) {
    H <- data$H[[kind]]
    error_of(fit_of(data$V[[kind]], family, nrow(H), seed), H, data$W * rep(rowSums(H), each = nrow(data$W)))
  }, 0)
  by_table <- weighed <- NA
  if (noise != "Po") {
    own <- weigh_tables(joint)$weights
    again <- nmf(V[, colnames(joint$H)], joint$model, init = joint, cell_weights = own, threads = 1, verbose = FALSE)
    weighed <- error_of(again, H, data$W, of_sbs)
    alpha <- rep(alphas[[noise]], vapply(data$V, ncol, 0L))[colnames(V) %in% colnames(joint$H)]
    by_table <- error_of(with_alphas(joint, V, alpha), H, data$W, of_sbs)
  }
  data.frame(noise = noise, seed = seed, joint = error_of(joint, H, data$W, of_sbs), by_table = by_table,
             weighed = weighed, t(alone))
}

if (!interactive() && !length(commandArgs(TRUE))) {
  cases <- expand.grid(seed = seq_len(setting("sets", 40)), noise = names(alphas), stringsAsFactors = FALSE)
  all <- do.call(rbind, Map(one, cases$seed, cases$noise))
  of_noise <- function(one) {
    gain <- one$SBS - one$joint
    data.frame(noise = one$noise[1], sets = nrow(one),
               lapply(one[c("joint", "by_table", "weighed", "SBS", "DBS", "ID")], mean),
               gain = mean(gain), gain_se = stats::sd(gain) / sqrt(nrow(one)), better = mean(gain > 0),
               better_weighed = mean(one$SBS > one$weighed))
  }
  write_result(do.call(rbind, lapply(split(all, all$noise), of_noise)), "joint")
}
