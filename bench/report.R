# The saved results as one page, bench/results/report.md, with two figures.
source("bench/common.R")
library(ggplot2)

readable <- function(x) {
  if (is.logical(x)) return(ifelse(x, "yes", "no"))
  if (!is.numeric(x)) return(as.character(x))
  text <- ifelse(abs(x) >= 1000, format(round(x), big.mark = ",", trim = TRUE, scientific = FALSE),
                 vapply(signif(x, 3), format, "", digits = 3))
  ifelse(is.na(x), "", ifelse(is.infinite(x), "not reached", text))
}

markdown_table <- function(data) {
  rows <- function(cells) paste0("| ", do.call(paste, c(unname(as.list(cells)), sep = " | ")), " |")
  text <- as.data.frame(lapply(data, readable), check.names = FALSE)
  c(rows(gsub("_", " ", names(data))), rows(ifelse(vapply(data, is.numeric, NA), "---:", "---")), rows(text))
}

# Comparisons with a peer: medians over its seeds, and how many of them reached its objective.
medians <- function(data) {
  if (is.null(data)) return(NULL)
  by <- c("peer", "model", "data", "start")
  of <- c("peer_iterations", "peer_seconds", "peer_objective", "objective", "seconds_to_peer", "ratio")
  data$reached <- is.finite(data$seconds_to_peer)
  cbind(stats::aggregate(data[of], data[rev(by)], stats::median)[c(by, of)],
        reached = paste(stats::aggregate(data["reached"], data[rev(by)], sum)$reached, "of",
                        stats::aggregate(data["reached"], data[rev(by)], length)$reached))
}

section <- function(title, text, table, figure = NULL) {
  if (is.null(table)) return(NULL)
  c(paste("##", title), "", strwrap(text, 118), "", if (!is.null(figure)) c(sprintf("![%s](%s)", title, figure), ""),
    markdown_table(table), "")
}

okabe_ito <- c(nmfamily = "#0072B2", plain = "#D55E00")
plain_theme <- theme_minimal(base_size = 12) +
  theme(panel.grid.minor = element_blank(), plot.title.position = "plot", legend.position = "top")
save_figure <- function(figure, name, height) {
  ggsave(result_file(name, ".png"), figure, width = 8, height = height, dpi = 150, bg = "white")
}
powers <- function(x) parse(text = paste0("10^", round(log10(x))))

plot_ratios <- function(data) {
  data$model <- factor(data$model, rev(data$model))
  ggplot(data, aes(ratio, model)) +
    geom_segment(aes(x = 1, xend = ratio, yend = model), colour = okabe_ito[["nmfamily"]], linewidth = 1) +
    geom_point(colour = okabe_ito[["nmfamily"]], size = 3) +
    geom_point(aes(x = goal), shape = "|", size = 6, colour = "grey30") +
    geom_text(aes(label = readable(ratio)), nudge_y = 0.33, size = 3.5) +
    scale_x_log10() +
    labs(title = "How many times faster than the plain multiplicative updates",
         subtitle = paste("Liver counts, K = 5, medians: time to within 1e-6 of the optimum, or to where the",
                          "plain\nupdates are at their time limit if that is not there; the upright bars are the goals"),
         x = NULL, y = NULL) +
    plain_theme + theme(panel.grid.major.y = element_blank())
}

plot_curves <- function(data) {
  data <- data[startsWith(data$model, "T/"), ]
  data$gap <- pmax(data$gap, 1e-9)
  data$model <- factor(data$model, unique(data$model))
  ggplot(data[data$seconds > 0, ], aes(seconds, gap, colour = who, group = interaction(who, start))) +
    geom_line(linewidth = 0.5, alpha = 0.8) +
    geom_hline(yintercept = 1e-6, linetype = "dashed", colour = "grey40") +
    facet_wrap(~model) +
    scale_x_log10(labels = powers) +
    scale_y_log10(labels = powers, breaks = 10^seq(-8, 2, 2)) +
    coord_cartesian(ylim = c(1e-9, NA)) +
    scale_colour_manual(values = okabe_ito, labels = c(plain = "plain multiplicative updates")) +
    labs(title = "From the same random starts", subtitle = "Liver counts, K = 5, one thread; dashed: within 1e-6",
         x = "Seconds", y = "Objective above the optimum of its basin, relative", colour = NULL) +
    plain_theme
}

liver <- read_result("liver")
at_best <- read_result("sweeps-openblas")
if (!is.null(liver) && !is.null(at_best)) {
  # the same sweeps without pow(), each at its measured cost
  at_best <- at_best[at_best$data == "liver", ]
  at_best <- at_best[match(liver$model, at_best$model), ]
  liver$ratio_special <- liver$ratio * at_best$special_ms / at_best$plain_ms
}
if (!is.null(liver)) {
  save_figure(plot_ratios(liver), "liver-ratios", 4)
  save_figure(plot_curves(read_result("liver-curves")), "liver-curves", 6)
}
# Tables with different columns below each other.
list_rows <- function(...) {
  tables <- Filter(Negate(is.null), list(...))
  columns <- Reduce(union, lapply(tables, names))
  do.call(rbind, lapply(tables, function(table) {
    table[setdiff(columns, names(table))] <- NA
    table[columns]
  }))
}
sweeps <- do.call(rbind, Filter(Negate(is.null), lapply(paste0("sweeps-", c("openblas", "baseline", "reference")), read_result)))
sweeps <- sweeps[setdiff(names(sweeps), "openblas_core")]

writeLines(c(
  "# Benchmarks", "",
  "Written by `make bench`. Ratios above 1 are in favour of nmfamily; objectives are half the deviance, recomputed in",
  "double by one function for all packages; seconds are on the clock; one thread unless said; medians over starts.",
  "Each table's CSV file has the date, the machine and the BLAS of its own run at its head.", "",
  paste("*", facts()), "",
  section("Against the plain multiplicative updates", "The paper's updates written as Armadillo expressions, with
          OpenBLAS, from the same random start: seconds until the objective is within 1e-6 of the best of the basin.
          `reached` counts the starts where the plain form was there within its limit; otherwise both are compared at
          the gap that it had left then. `ratio special`: if the plain form were written without pow() where the power
          has a name (see the next table).", liver, "liver-ratios.png"),
  if (!is.null(liver)) c("![Objective against seconds](liver-curves.png)", ""),
  section("One multiplicative sweep", "Milliseconds; nmfamily's with the objective in it, the plain form's without.
          `special` is the plain form without pow() where the power has a name. openblas: OpenBLAS, and an allocator
          that keeps memory; baseline: the same with x86-64's own vectors only; reference: what R has by default.", sweeps),
  section("Other packages on the liver counts", "Seconds to the final objective of the peer. own: from random starts of
          its own, shared: from where the peer is after its first iteration.",
          medians(read_result("liver-peers"))),
  section("Topic model of the full newsgroups", "18,774 x 55,911, T/Po, K = 10, CPU seconds. fastTopics: default solver
          with extrapolation, from its own start and from a random one that is shared.", read_result("topics-peer")),
  section("nmfamily to that objective", "One thread, CPU seconds. Memory: peak above what was resident before
          the data were read; the bound is 1.5 times the data, plus the factors, plus 64 Mb.", read_result("topics")),
  section("Topic models of the full newsgroups", "One thread, CPU seconds. nmfamily: ten starts within the CPU seconds of
          the peer's 200 iterations (600 where it was not run); `published` is the best log-likelihood of its authors
          after 2,000 iterations of four methods. The last row is 50 iterations without starts.",
          list_rows(read_result("topic-models-peer"), read_result("topic-models"))),
  section("Over the rank, against fastTopics", "1,000 simulated documents of 4,000 words, T/Po, one thread, CPU seconds, one
          start of our own, which is in them.", read_result("growth-peer")),
  section("Dense Normal data, against scikit-learn", "2,000 x 1,000, K = 20.", read_result("normal-dense")),
  section("False positives and power of differential terms", "Share of p-values below 0.05.",
          read_result("differential")),
  section("Memory of the models that stream all cells", "The same data; seconds of an iteration of the default solver.",
          read_result("topics-memory")),
  section("Normal loss", "K = 10; seconds to the final objective of the peer.",
          medians(read_result("normal"))),
  section("Growth", "Milliseconds of an iteration of the default solver as one size doubles, on simulated counts.",
          read_result("growth")),
  section("Threads", "Milliseconds of an iteration.", read_result("growth-threads")),
  section("Memory", "Peak above what was resident before the fit, sparse simulated counts; `cells mb` is what an N x M
          temporary would take.", read_result("growth-memory"))
), result_file("report", ".md"))
cat("\n", result_file("report", ".md"), "\n", sep = "")
