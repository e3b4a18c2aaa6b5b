# Figure 4: residuals against fitted means with bands of two standard deviations, liver data.
source(system.file("paper", "fits.R", package = "nmfamily"), local = TRUE)
comparison <- liver_models()
figure <- autoplot(comparison, "residuals", "raw", V = liver, n = 16000, seed = 1)

# Share of all cells within two standard deviations; about 95 % where the noise is right.
inside <- function(fit) mean(abs(residuals(fit, "pearson", V = liver)) <= 2)
share <- vapply(by_model(comparison)[all_eight], inside, 0)
# The same among the cells of the smallest and of the largest tenth of the means.
tenths <- function(fit) {
  mean <- fitted(fit)
  within <- abs(residuals(fit, "pearson", V = liver)) <= 2
  ends <- stats::quantile(mean, c(0.1, 0.9))
  paste0(round(100 * c(mean(within[mean <= ends[1]]), mean(within[mean >= ends[2]]))), "%", collapse = " and ")
}
normal <- by_model(comparison)[["T/N"]]
percent <- function(models) two(paste0(models, " ", round(100 * share[models]), "%"))
compared <- rbind(
  item("Poisson: cells inside the band", "poor fit", percent(c("T/Po", "C/Po")), patients),
  item("Normal: cells inside the band", "poor fit", percent(c("T/N", "C/N")),
       paste("right on average only: T/N has", tenths(normal), "in the smallest and largest tenths of the means")),
  item("Tweedie and NB: cells inside the band", "similar, much better", percent(c("T/TW", "T/NB", "C/TW", "C/NB")),
       patients)
)
keep(4, figure, compared, width = 8, height = 4.2)
