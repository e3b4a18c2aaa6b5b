# Figure 3: BIC and mean-variance relation of the eight models, liver data, rank 5.
source(system.file("paper", "fits.R", package = "nmfamily"), local = TRUE)
comparison <- liver_models()
figure <- autoplot(comparison, "bic")
second <- autoplot(comparison, "mean_variance", V = liver, seed = 1)

# The number of parameters, at the paper's number of patients.
drawn <- kept("liver-260", {
  set.seed(1)
  compare_models(liver[sort(sample(nrow(liver), 260)), ], all_models(5), control = paper_control, seed = 1)
})
df_of <- function(model) drawn$table$df[match(model, short_names(drawn))]
bic_of <- function(comparison) stats::setNames(comparison$table$BIC, short_names(comparison))
bic <- bic_of(comparison)
above <- function(bic, structure) {
  of <- function(noise) bic[paste0(structure, "/", noise)]
  max(of(c("TW", "NB"))) < min(of(c("N", "Po")))
}
families <- c("N", "Po", "TW", "NB")
best <- function(bic, structure) names(which.min(bic[startsWith(names(bic), structure)]))
compared <- rbind(
  item("parameters of T/N, T/TW, C/N, C/TW, 260 patients", "1684, 1685, 2340, 2341",
       two(df_of(c("T/N", "T/TW", "C/N", "C/TW"))), "at 260 of our 326 patients, drawn at random"),
  item("BIC of T below that of C for each noise", "yes", yes(bic[paste0("T/", families)] < bic[paste0("C/", families)]),
       patients),
  item("Tweedie and NB better than Normal and Poisson, T and C", "yes", yes(c(above(bic, "T"), above(bic, "C"))),
       patients),
  item("best T, best C", "T/NB, C/NB", two(c(best(bic, "T"), best(bic, "C"))), patients),
  item("all models by BIC", "a picture", less(paste(names(sort(bic)), whole(sort(bic)))), patients),
  item("the same order at 260 patients drawn at random", "", yes(names(sort(bic_of(drawn))) == names(sort(bic))),
       "one draw, seed 1")
)
keep(3, figure, compared, height = 7, second = second)
