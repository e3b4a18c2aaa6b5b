# What the figures share: the fits, with the paper's choices, each made once and kept in the folder `outdir`; and how a
# figure and what it compares are kept.
library(nmfamily)
library(ggplot2)

# The folder: a variable that is there before source(), or the argument of Rscript.
if (!exists("outdir")) outdir <- c(commandArgs(trailingOnly = TRUE), "paper-output")[1]
dir.create(outdir, showWarnings = FALSE, recursive = TRUE)

# `value` is worked out only where no file has it yet.
kept <- function(name, value) {
  path <- file.path(outdir, paste0(name, ".rds"))
  if (!file.exists(path)) saveRDS(value, path)
  readRDS(path)
}

# Algorithm 1 (alpha by maximum likelihood at the Poisson fit), and plain likelihoods for power and dispersion.
paper_control <- nmf_control(alpha_update = "once", adjust = FALSE)

# Section 3.1: rank 5; Section 3.2: rank 7. The power and alpha are estimated.
liver_models <- function() kept("liver", compare_models(liver, all_models(5), control = paper_control, seed = 1))
source(system.file("paper", "newsgroups.R", package = "nmfamily"), local = TRUE)
delayedAssign("newsgroups", read_newsgroups())  # the figures of the liver data do without
delayedAssign("news", newsgroups$counts)
news_models <- function() kept("newsgroups", compare_models(news, all_models(7), control = paper_control, seed = 1))

# The fits of a comparison by what their models are called in text: "T/N", ..., "C/NB".
by_model <- function(comparison) stats::setNames(fits(comparison), short_names(comparison))
short_names <- function(comparison) {
  symbols <- c(normal = "N", poisson = "Po", tweedie = "TW", negbin = "NB")
  structures <- c(traditional = "T", convex = "C")
  paste0(structures[comparison$table$structure], "/", symbols[comparison$table$family])
}
all_eight <- c("T/N", "T/Po", "T/TW", "T/NB", "C/N", "C/Po", "C/TW", "C/NB")

# The likelihood of newsgroup models along a parameter, each fit started at the Poisson fit of the same structure: with
# starts of their own, neighbours on the curve end in different local optima.
news_profile <- function(structure, symbol, values) {
  po <- by_model(news_models())[[paste0(structure, "/Po")]]
  init <- if (structure == "C") list(E = po$E, D = t(po$W)) else po[c("W", "H")]
  likelihood <- function(value) {
    if (symbol == "TW" && value == 1) return(po$logLik)
    model <- nmf_model(paste0(structure, "/", symbol, format(value, digits = 15), "/7"))
    suppressWarnings(nmf(news, model, init = init, control = paper_control, seed = 1, verbose = FALSE))$logLik
  }
  data.frame(value = values, logLik = vapply(values, likelihood, 0))
}

noise_colours <- c(N = nmf_normal()$colour, Po = nmf_poisson()$colour, TW = nmf_tweedie()$colour,
                   NB = nmf_negbin()$colour)
# "C/TW1.5/5" -> "TW".
noise_of <- function(models) factor(sub("^./([A-Za-z]+).*", "\\1", models), names(noise_colours))

# One row of what is compared.
item <- function(item, published, here, why = "") {
  data.frame(item, published = as.character(published), here = as.character(here), why)
}
two <- function(x) paste(x, collapse = ", ")
less <- function(x) paste(x, collapse = " < ")
yes <- function(x) if (isTRUE(all(x))) "yes" else "no"
whole <- function(x) formatC(round(x), big.mark = ",", format = "d")

patients <- "326 patients here, 260 there, who are not named"
texts <- "posts and words drawn anew: 500 x 5,982 here, 500 x 6,354 there"

# figure-<n>.png, with `second` below it where the paper has two panels of different kinds, and figure-<n>.csv.
keep <- function(n, figure, compared, width = 7, height = 4, second = NULL) {
  path <- function(ending) file.path(outdir, paste0("figure-", n, ending))
  grDevices::png(path(".png"), width, height, units = "in", res = 80, type = if (capabilities("cairo")) "cairo")
  on.exit(grDevices::dev.off())
  if (is.null(second)) {
    print(figure)
  } else {
    grid::grid.newpage()
    print(figure, vp = grid::viewport(y = 0.75, height = 0.5))
    print(second, vp = grid::viewport(y = 0.25, height = 0.5))
  }
  utils::write.csv(compared, path(".csv"), row.names = FALSE)
  invisible(figure)
}
