# Writes the tables of vignettes/truth.Rmd from bench/results, each between its markers.
#   Rscript bench/truth-tables.R
source("bench/common.R")

percent <- function(x, se = NULL) {
  paste0(format(round(100 * x)), " %", if (!is.null(se)) paste0(" (", format(round(100 * se)), ")"))
}
share_of <- function(x) percent(mean(x), sqrt(mean(x) * (1 - mean(x)) / length(x)))
noise_of <- function(alpha) ifelse(is.finite(alpha), paste("NB", alpha), "Poisson")

by <- function(data, columns, of) {
  parts <- split(data, lapply(rev(columns), function(name) factor(data[[name]], unique(data[[name]]))), drop = TRUE)
  do.call(rbind, lapply(parts, of))
}

sets_of <- function(name) {
  file <- result_file(paste0(name, "-sets"))
  if (file.exists(file)) utils::read.csv(file)
}

tables <- list(
  refit = function() {
    x <- read_result("refit")
    x <- x[x$penalty == "extended", ]
    x <- x[order(x$noise != "Po", x$mutations), ]
    data.frame(noise = c(Po = "Poisson", NB = "NB 50")[x$noise], mutations = format(x$mutations, big.mark = ","),
               `false signatures for each tumour (se)` = sprintf("%.2f (%.2f)", x$false, x$false_se),
               `of the true ones above 2 %, found (se)` = percent(x$found, x$found_se),
               `can be told` = percent(x$possible), check.names = FALSE)
  },
  convex = function() {
    by(sets_of("convex"), c("M", "alpha", "K"), function(one) {
      of <- function(truth) share_of(one$convex[one$truth %in% truth])
      data.frame(features = one$M[1], noise = noise_of(one$alpha[1]), K = one$K[1], sets = length(unique(one$set)),
                 `a third are pure` = of("pure"), `one each is pure` = of("one"), `none is pure` = of("mixed"),
                 `BIC of the paper, none is pure` = share_of(one$bic[one$truth == "mixed"]), check.names = FALSE)
    })
  },
  check = function() {
    x <- sets_of("check")
    x <- x[order(x$N, x$mean, x$alpha != Inf), ]
    by(x, c("N", "mean"), function(one) {
      level <- function(test) percent(mean(one[[test]] < 0.05, na.rm = TRUE))
      data.frame(cells = paste(one$N[1], "x", one$M[1]), mean = one$mean[1], sets = nrow(one),
                 uniformity = level("uniformity"), dispersion = level("dispersion"),
                 `mean and variance` = level("mean_variance"), zeros = level("zeros"),
                 observations = level("observations"), doubted = percent(mean(one$doubted)), check.names = FALSE)
    })
  },
  odd = function() {
    what <- c(foreign = "one observation of 100 is foreign", zeros = "15 % of the cells turned to zero",
              overlap = "two components with cosine 0.98", rare = "a component in 5 of 100 observations")
    by(sets_of("odd"), "kind", function(one) {
      data.frame(data = what[[one$kind[1]]], sets = nrow(one), `right answer` = share_of(one$right),
                 `right words` = share_of(one$words), either = share_of(one$right | one$words), check.names = FALSE)
    })
  },
  truth = function() {
    x <- sets_of("truth")
    x$truth <- factor(x$truth, c("N", "TW1.3", "TW1.7", "Po", "NB200", "NB50", "NB10", "NBobs", "convex"))
    x <- x[order(x$truth, x$K), ]
    by(x, "truth", function(one) {
      far <- abs(one$rank - one$K) > 1
      data.frame(truth = as.character(one$truth[1]), sets = nrow(one), N = toString(sort(unique(one$N))),
                 K = toString(sort(unique(one$K))), `noise and structure right (se)` = share_of(one$family_right),
                 `rank exact (se)` = share_of(one$rank == one$K), `off by more than 1` = sum(far),
                 `of these warned` = sum(far & one$warned), check.names = FALSE)
    })
  }
)

in_markdown <- function(x) {
  cells <- vapply(x, function(column) trimws(format(column)), character(nrow(x)))
  right <- vapply(x, is.numeric, NA)
  row <- function(cells) paste0("| ", paste(cells, collapse = " | "), " |")
  c(row(names(x)), paste0("|", paste0(ifelse(right, "---:", "---"), collapse = "|"), "|"),
    apply(matrix(cells, nrow(x)), 1, row))
}

page <- readLines("vignettes/truth.Rmd")
for (name in names(tables)) {
  begin <- match(paste0("<!-- table ", name, " -->"), page)
  if (is.na(begin)) next
  end <- begin + match("<!-- end -->", page[-seq_len(begin)])
  page <- c(page[seq_len(begin)], "", in_markdown(tables[[name]]()), "", page[end:length(page)])
}
writeLines(page, "vignettes/truth.Rmd")
