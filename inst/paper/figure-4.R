# Figure 4: residuals against fitted means with bands of two standard deviations, liver data.
source(system.file("paper", "fits.R", package = "nmfamily"), local = TRUE)
comparison <- liver_models()
figure <- autoplot(comparison, "residuals", V = liver, n = 16000, seed = 1)

# Share of all cells within two standard deviations; about 95 % where the noise is right.
inside <- function(fit) mean(abs(residuals(fit, "pearson", V = liver)) <= 2)
share <- vapply(by_model(comparison)[all_eight], inside, 0)
percent <- function(models) two(paste0(models, " ", round(100 * share[models]), "%"))
compared <- rbind(
  item("Poisson: cells inside the band", "poor fit", percent(c("T/Po", "C/Po")), patients),
  item("Normal: cells inside the band", "poor fit", percent(c("T/N", "C/N")),
       "right on average only: the band is too wide at small means, too narrow at large ones"),
  item("Tweedie and NB: cells inside the band", "similar, much better", percent(c("T/TW", "T/NB", "C/TW", "C/NB")),
       patients)
)
keep(4, figure, compared, width = 8, height = 4.2)
