# Figure 8: cosines of the topics of each model with those of C/TW, newsgroups.
source(system.file("paper", "fits.R", package = "nmfamily"), local = TRUE)
models <- by_model(news_models())[all_eight]
matched <- match_components(models[setdiff(all_eight, "C/TW")], models[["C/TW"]])

# With ten starts each, models end in basins of their own. In one basin, that of C/Po, only the noise differs.
po <- models[["C/Po"]]
from_po <- function(model, init) {
  nmf(news, model, init = init, control = paper_control, seed = 1, verbose = FALSE)
}
basin <- kept("newsgroups-basin", list(
  "C/Po" = po,
  "C/TW" = from_po("C/TW1.02/7", list(E = po$E, D = t(po$W))),
  "C/NB" = from_po(format(models[["C/NB"]]$model), list(E = po$E, D = t(po$W))),
  "T/Po" = from_po("T/Po/7", po[c("W", "H")]),
  "T/NB" = from_po(format(models[["T/NB"]]$model), po[c("W", "H")])
))
in_basin <- match_components(basin[c("C/Po", "C/NB", "T/Po", "T/NB")], basin[["C/TW"]])$table

panels <- c("best of ten starts each", "all started at C/Po")
points <- rbind(data.frame(matched$table, panel = panels[1]), data.frame(in_basin, panel = panels[2]))
points$model <- factor(points$model, rev(all_eight))
figure <- ggplot(points, aes(cosine, model)) +
  geom_point(shape = 1) +
  geom_text(aes(label = reference), size = 2.5, vjust = -0.8, check_overlap = TRUE) +
  facet_wrap(vars(panel)) +
  labs(x = "cosine similarity with the components of C/TW", y = NULL) +
  theme_bw(base_size = 10)

shown <- function(models, table = matched$table) {
  average <- tapply(table$cosine, as.character(table$model), mean)
  two(paste(models, format(round(average[models], 3))))
}
own <- "each model at the best of its own ten starts, which are different local optima"
same <- "C/TW, C/NB, T/Po and T/NB started at the C/Po fit"
compared <- rbind(
  item("C/Po, C/NB: mean cosine with C/TW", "highly concordant", shown(c("C/Po", "C/NB")), own),
  item("T/Po, T/NB: mean cosine with C/TW", "slightly less", shown(c("T/Po", "T/NB")), own),
  item("T/N, C/N: mean cosine with C/TW", "much lower", shown(c("T/N", "C/N")), own),
  item("T/TW: mean cosine with C/TW", "a picture", shown("T/TW"), own),
  item("C/Po, C/NB: the same in one basin", "highly concordant", shown(c("C/Po", "C/NB"), in_basin), same),
  item("T/Po, T/NB: the same in one basin", "slightly less", shown(c("T/Po", "T/NB"), in_basin), same),
  item("BIC of C/TW: best of ten starts, from C/Po", "", two(whole(c(BIC(models[["C/TW"]]), BIC(basin[["C/TW"]])))),
       "ten starts of a convex model on these data did not find the best optimum")
)
keep(8, figure, compared, height = 3)
