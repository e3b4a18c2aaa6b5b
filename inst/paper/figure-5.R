# Figure 5: cosines of the signatures of each model with those of T/NB (left) and with reference signatures (right).
source(system.file("paper", "fits.R", package = "nmfamily"), local = TRUE)
models <- by_model(liver_models())[all_eight]
best <- models[["T/NB"]]
with_best <- match_components(models[setdiff(all_eight, "T/NB")], best)
with_known <- match_components(models, pcawg_signatures)
panels <- c("with NMF/T/NB", "with PCAWG references")
points <- rbind(data.frame(with_best$table, panel = panels[1]), data.frame(with_known$table, panel = panels[2]))
points$model <- factor(points$model, rev(all_eight))
figure <- ggplot(points, aes(cosine, model)) +
  geom_vline(xintercept = 0.8, linetype = "dashed", colour = "grey50") +
  geom_point(shape = 1) +
  geom_text(aes(label = reference), size = 2.3, vjust = -0.8, check_overlap = TRUE) +
  facet_wrap(vars(panel)) +
  labs(x = "cosine similarity", y = NULL) +
  theme_bw(base_size = 10)

cosines <- function(match, model) match$table$cosine[match$table$model == model]
summary_of <- function(match, model) {
  paste0(model, " ", format(round(mean(cosines(match, model)), 3)), " (least ",
         format(round(min(cosines(match, model)), 3)), ")")
}
fixed <- kept("liver-tw15", nmf(liver, "T/TW1.5/5", control = paper_control, seed = 1, verbose = FALSE))
sbs12 <- function(model) {
  at <- with_known$table$model == model & with_known$table$reference == "SBS12"
  if (any(at)) format(round(with_known$table$cosine[at], 3)) else "not matched"
}
count <- function(model) paste(model, sum(cosines(with_known, model) >= 0.8))
cosmic <- "PCAWG references here, COSMIC's there, which may not be redistributed"
compared <- rbind(
  item("mean cosine of T/TW1.5 with T/NB", 0.992, round(mean(match_components(fixed, best)$table$cosine), 3),
       paste0(patients, "; ", round(mean(cosines(with_best, "T/TW")), 3), " at the power that we estimate")),
  item("T/TW, T/Po, C/NB similar to T/NB: mean cosine", "quite similar",
       two(vapply(c("T/TW", "T/Po", "C/NB"), summary_of, "", match = with_best)),
       "one component of T/Po is none of T/NB's on our 326 patients"),
  item("all of five signatures at 0.8 or more with a reference", "T/NB, T/TW, C/NB, C/N only",
       two(vapply(all_eight, count, "")), cosmic),
  item("SBS12 in T/N, T/Po, T/TW, T/NB", "almost perfect", two(vapply(all_eight[1:4], sbs12, "")), cosmic),
  item("SBS12 in C/N, C/Po, C/TW, C/NB", "", two(vapply(all_eight[5:8], sbs12, "")), cosmic)
)
keep(5, figure, compared)
