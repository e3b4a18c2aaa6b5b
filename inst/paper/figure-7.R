# Figure 7: residuals against fitted means with bands of two standard deviations, newsgroups.
source(system.file("paper", "fits.R", package = "nmfamily"), local = TRUE)
comparison <- news_models()
figure <- autoplot(comparison, "residuals", "raw", V = news, n = 1e5, seed = 1)

table <- comparison$table
rownames(table) <- short_names(comparison)
compared <- rbind(
  item("power of C/TW", "1.02 (1.01 in Appendix A, 1.026 below Figure 8)", round(table["C/TW", "power"], 3),
       "each power in a local optimum of its own; in one basin there is no maximum inside, see Figure 9"),
  item("alpha of C/NB", "0.45 (0.67 in Appendix B)", round(table["C/NB", "alpha"], 3),
       paste("the paper has two values;", texts)),
  item("alpha of T/NB", "0.71 (Appendix B)", round(table["T/NB", "alpha"], 3), texts),
  item("number of cells", 3177000, format(length(news), scientific = FALSE), texts)
)
keep(7, figure, compared, width = 8, height = 4.2)
