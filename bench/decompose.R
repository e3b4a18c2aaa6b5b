# How often a signature that is a sum of two known ones is taken apart rightly.
#   NMFAMILY_BENCH_SETS=100 Rscript bench/decompose.R
# The size of components was chosen on these sets; NMFAMILY_BENCH_FIRST=1001 takes others, whose results are
# decompose-others.csv.
# Each set is a cohort of 100 tumours with 1,000 to 30,000 mutations (log-normal, median 5,000) of four signatures with
# Gamma(1/2) weights: two are sums of two references each, with shares of 30 to 70%, two are single references; all six
# are drawn from the 49 of PCAWG that are no artefacts. Noise is Poisson, or Negative Binomial with alpha = 50. A model
# of rank 4 is fitted from 5 starts, and its components are decomposed by all 49 references. `right` sets have each of
# the two sums taken apart into its two references and no other; `right_sums` and `right_singles` are shares of the
# signatures; `share_error` is the mean absolute error of the shares of sums that are right, `covered` how many of their
# 95% intervals hold the truth. `novel` are sums that are called novel when both of their references are left out of the
# 49, `false_novel` those that are when they are in. `by_match` are sets in which the two best references by cosine
# similarity alone are the right ones for both sums.
source("bench/common.R")
library(nmfamily)
references <- pcawg_signatures[!rownames(pcawg_signatures) %in% paste0("SBS", c(27, 43, 45:60)), ]
references <- references / rowSums(references)

cohort <- function(seed, alpha, n = 100) {
  set.seed(seed)
  drawn <- sample(rownames(references), 6)
  share <- stats::runif(2, 0.3, 0.7)
  H <- rbind(share[1] * references[drawn[1], ] + (1 - share[1]) * references[drawn[2], ],
             share[2] * references[drawn[3], ] + (1 - share[2]) * references[drawn[4], ], references[drawn[5:6], ])
  W <- matrix(stats::rgamma(4 * n, 0.5), n)
  W <- W / rowSums(W) * pmin(pmax(stats::rlnorm(n, log(5000), 0.8), 1000), 30000)
  mu <- W %*% H
  x <- if (is.finite(alpha)) stats::rnbinom(length(mu), size = alpha, mu = mu) else stats::rpois(length(mu), mu)
  list(V = matrix(x, n, dimnames = list(NULL, colnames(references))) + 0, H = H, share = share,
       truth = list(drawn[1:2], drawn[3:4], drawn[5], drawn[6]))
}

one <- function(seed, alpha) {
  data <- cohort(seed, alpha)
  family <- if (is.finite(alpha)) "T/NB/4" else "T/Po/4"
  fit <- suppressWarnings(nmf(data$V, family, n_starts = 5, seed = seed, threads = 1, verbose = FALSE))
  similarity <- cosine_similarity(data$H, fit$H)
  at <- as.integer(clue::solve_LSAP(similarity, maximum = TRUE))
  took <- system.time(parts <- decompose_signatures(fit, references))[["elapsed"]]
  found <- lapply(rownames(fit$H)[at], function(k) parts$table[parts$table$component == k, ])
  right <- mapply(function(table, truth) setequal(table$reference, truth), found, data$truth)
  of_right <- function(i) {
    if (!right[i]) return(NULL)
    own <- found[[i]][match(data$truth[[i]], found[[i]]$reference), ]
    truth <- c(data$share[i], 1 - data$share[i])
    data.frame(error = mean(abs(own$share - truth)), covered = mean(own$conf.low <= truth & truth <= own$conf.high))
  }
  shares <- do.call(rbind, lapply(1:2, of_right))
  novel <- vapply(1:2, function(i) {
    rest <- references[!rownames(references) %in% data$truth[[i]], ]
    decompose_signatures(fit, rest)$components$verdict[at[i]] == "novel"
  }, NA)
  nearest <- function(i) rownames(references)[order(-cosine_similarity(fit$H, references)[at[i], ])[1:2]]
  matched <- vapply(1:2, function(i) setequal(nearest(i), data$truth[[i]]), NA)
  data.frame(noise = if (is.finite(alpha)) "NB" else "Po", seed = seed, right = all(right[1:2]), all_right = all(right),
             right_sums = mean(right[1:2]), right_singles = mean(right[3:4]),
             share_error = if (is.null(shares)) NA else mean(shares$error),
             covered = if (is.null(shares)) NA else mean(shares$covered), by_match = all(matched),
             novel = mean(novel), false_novel = mean(parts$components$verdict[at[1:2]] == "novel"),
             cosine = min(similarity[cbind(1:4, at)]), seconds = took,
             missed = paste(mapply(function(table, truth) {
               paste0(paste(truth, collapse = "+"), ">", paste(table$reference, collapse = "+"))
             }, found[!right], data$truth[!right]), collapse = " "))
}

if (!interactive() && !length(commandArgs(TRUE))) {
  first <- setting("first", 1)
  seeds <- first - 1 + seq_len(setting("sets", 100))
  name <- if (first > 1) "decompose-others" else "decompose"
  cases <- data.frame(seed = seeds, alpha = rep_len(c(Inf, 50), length(seeds)))
  all <- do.call(rbind, Map(one, cases$seed, cases$alpha))
  write_result(all, paste0(name, "-sets"))
  mean_of <- function(x) mean(x, na.rm = TRUE)
  of_noise <- function(one) {
    data.frame(noise = one$noise[1], sets = nrow(one), right = mean(one$right),
               right_se = sqrt(mean(one$right) * (1 - mean(one$right)) / nrow(one)),
               lapply(one[c("all_right", "right_sums", "right_singles", "share_error", "covered", "by_match", "novel",
                            "false_novel", "cosine", "seconds")], mean_of))
  }
  write_result(do.call(rbind, lapply(split(all, all$noise), of_noise)), name)
}
