# How often choose_model() on its defaults finds the noise and the rank that made the data.
#   NMFAMILY_BENCH_SETS=50 Rscript bench/truth.R
#   Rscript bench/truth.R truths=NB50,Po ranks=1,4,8 sizes=30,100 sets=1:3
# Data have 96 features (convex ones 300 and 30 observations). Counts: components drawn from the reference signatures,
# weights Gamma(1) with mean 600. Continuous data: weights and components Gamma(1), cells with mean 20; Normal noise has
# standard deviation 2 and is drawn again below 0, Tweedie noise sigma2 = 1 at p = 1.3 and 0.3 at p = 1.7. Under "NBobs"
# alphas are log-normal around 50 with a standard deviation of 1 on the log. In "convex" a third of the observations are
# one component each; the traditional model is true there as well, and with one or two components both have the same
# means, so that either is right.
#
# Each set is a row of bench/results/truth-sets.csv, and what is there is not made again; bench/results/truth.csv and
# truth.md have a row for each truth, rank and size: shares with their Monte Carlo standard errors. `warned` is, of the
# sets with a rank that is off by more than one, the share in which the choice says that other ranks are as good, that
# two-way BIC has another one, or that the rank is at an end. `checks=no` leaves out the checks of the winner, which
# have no say in the choice and take half of the time.
source("bench/common.R")
library(nmfamily)
settings <- list(truths = "N,TW1.3,TW1.7,Po,NB200,NB50,NB10,NBobs,convex", ranks = "1,2,4,8,12", sizes = "30,100,500",
                 sets = paste0("1:", setting("sets", 2)), checks = "yes")
given <- strsplit(commandArgs(TRUE), "=", fixed = TRUE)
for (one in given) settings[[one[1]]] <- one[2]
words <- function(x) strsplit(x, ",", fixed = TRUE)[[1]]
numbers <- function(x) eval(parse(text = paste0("c(", x, ")")))

if (settings$checks == "no") {
  utils::assignInNamespace("evidence_on", function(model, ...) list(model = model, complete = TRUE), "nmfamily")
}

n_features <- 96
continuous <- c("N", "TW1.3", "TW1.7")

means_of <- function(seed, truth, K, N) {
  if (!truth %in% continuous) return(simulate_means(seed, N, K))
  set.seed(seed)
  mu <- matrix(rgamma(N * K, 1), N) %*% matrix(rgamma(K * n_features, 1), K)
  20 * mu / mean(mu)
}

draw_normal <- function(mu, sd) {
  v <- rnorm(length(mu), mu, sd)
  while (any(v <= 0)) v[v <= 0] <- rnorm(sum(v <= 0), mu[v <= 0], sd)
  v
}

simulate_truth <- function(seed, truth, K, N) {
  if (truth == "convex") return(simulate_convex(seed, K))
  mu <- means_of(seed, truth, K, N)
  alpha <- switch(truth, NB200 = 200, NB50 = 50, NB10 = 10, NBobs = exp(rnorm(N, log(50))))
  v <- switch(truth, N = draw_normal(mu, 2), TW1.3 = mgcv::rTweedie(as.vector(mu), 1.3, 1),
              TW1.7 = mgcv::rTweedie(as.vector(mu), 1.7, 0.3), Po = rpois(length(mu), mu),
              rnbinom(length(mu), size = alpha, mu = mu))
  matrix(v, N, dimnames = list(paste0("o", seq_len(N)), colnames(mu))) + 0
}

# A third of the observations are one component each, so that all components are mixtures of observations.
simulate_convex <- function(seed, K, N = 30, M = 300) {
  set.seed(seed)
  W <- matrix(rgamma(N * K, 1), N)
  pure <- seq_len(max(K, N / 3))
  W[pure, ] <- 0
  W[cbind(pure, rep_len(seq_len(K), length(pure)))] <- rgamma(length(pure), 2)
  mu <- W %*% matrix(rgamma(K * M, 1), K)
  matrix(rpois(N * M, 50 * mu / mean(mu)), N, dimnames = list(paste0("o", seq_len(N)), paste0("f", seq_len(M)))) + 0
}

letters_of <- function(truth, K) {
  switch(truth, convex = if (K > 2) "C/Po" else c("T/Po", "C/Po"), NBobs = "T/NBobs", paste0("T/", sub("[0-9.]+$", "", truth)))
}

found_in <- function(truth, K, N, set) {
  V <- simulate_truth(1000 * set + 7 * K + N, truth, K, N)
  took <- system.time(choice <- suppressWarnings(suppressMessages(
    choose_model(V, n_runs = 0, threads = 1, verbose = FALSE, seed = set)
  )))
  letters <- sub("^NMF/", "", choice$models$model[1])
  family <- choice$model$family
  data.frame(truth, K, N, set, family = letters, rank = choice$models$rank[1],
             family_right = letters %in% letters_of(truth, K),
             warned = any(grepl("Flat profile|largest that was|smallest that was|Two-way BIC prefers|higher rank",
                                choice$warnings)),
             near = paste(choice$near, collapse = " "), rank_BIC = choice$models$rank_BIC[1],
             parameter = c(if (is.numeric(family$alpha)) median(family$alpha), family$power, NA)[1],
             seconds = sum(took[1:2]))
}

file <- result_file("truth-sets")
known <- if (file.exists(file)) utils::read.csv(file, colClasses = c(near = "character"))
cases <- expand.grid(N = numbers(settings$sizes), K = numbers(settings$ranks), truth = words(settings$truths),
                     set = numbers(settings$sets), stringsAsFactors = FALSE)
cases$N[cases$truth == "convex"] <- 30
cases <- unique(cases)
key <- function(x) paste(x$truth, x$K, x$N, x$set)
for (i in which(!key(cases) %in% if (is.null(known)) character() else key(known))) {
  row <- found_in(cases$truth[i], cases$K[i], cases$N[i], cases$set[i])
  print(row, row.names = FALSE)
  utils::write.table(row, file, append = file.exists(file), sep = ",", row.names = FALSE,
                     col.names = !file.exists(file))
}

all <- utils::read.csv(file, colClasses = c(near = "character"))
share <- function(x) c(mean(x), sqrt(mean(x) * (1 - mean(x)) / length(x)))
of_cell <- function(one) {
  far <- abs(one$rank - one$K) > 1
  data.frame(one[1, c("truth", "K", "N")], sets = nrow(one), family_right = mean(one$family_right),
             family_se = share(one$family_right)[2], rank_exact = mean(one$rank == one$K),
             rank_se = share(one$rank == one$K)[2], off_by_more = sum(far), of_these_warned = sum(far & one$warned),
             median_seconds = stats::median(one$seconds))
}
summary <- do.call(rbind, lapply(split(all, list(all$N, all$K, all$truth), drop = TRUE), of_cell))
write_result(summary, "truth")
overall <- rbind(share(all$family_right), share(all$rank == all$K))
percent <- function(x) sprintf("%.1f +- %.1f %%", 100 * x[1], 100 * x[2])
writeLines(c(
  "# What choose_model() finds of the truth", "",
  paste0("Family right in ", percent(overall[1, ]), ", rank exact in ", percent(overall[2, ]), " of ", nrow(all),
         " sets (`bench/truth.R`)."), "",
  paste0("| ", paste(names(summary), collapse = " | "), " |"), paste0("|", strrep("---|", ncol(summary))),
  apply(format(summary, digits = 2, trim = TRUE), 1, function(row) paste0("| ", paste(row, collapse = " | "), " |"))
), result_file("truth", ".md"))
