# Figure 6: BIC and mean-variance relation of the eight models, newsgroups, rank 7.
source(system.file("paper", "fits.R", package = "nmfamily"), local = TRUE)
comparison <- news_models()
# autoplot(comparison, "bic") leaves out the models whose likelihoods are densities; the paper shows all.
bars <- data.frame(comparison$table, noise = noise_of(short_names(comparison)))
figure <- ggplot(bars, aes(BIC, stats::reorder(model, -BIC), fill = noise)) +
  geom_col() +
  scale_fill_manual(values = noise_colours) +
  facet_grid(rows = vars(structure), scales = "free_y") +
  scale_x_continuous(labels = function(x) whole(x / 1000)) +
  labs(x = "BIC in thousands", y = NULL) +
  theme_bw(base_size = 11)
second <- autoplot(comparison, "mean_variance", V = news, n = 1e5, seed = 1)

table <- comparison$table
rownames(table) <- short_names(comparison)
bic <- stats::setNames(table$BIC, rownames(table))
df <- function(N, M, K) c(N * K + M * (K - 1), N * K + N * (K - 1))
without <- bic[!grepl("/N$", names(bic))]
compared <- rbind(
  item("parameters of T/Po and C/Po, 500 posts, 6,354 words", "41624, 6500", two(df(500, 6354, 7)),
       "N K + M (K - 1) and N K + N (K - 1)"),
  item("the same with the words that we have", "", two(table[c("T/Po", "C/Po"), "df"]), texts),
  item("least BIC: first, second, third", "C/TW < C/NB < C/Po", less(names(sort(without))[1:3]),
       "Normal models left out here: see the last row"),
  item("BIC of C below that of T for Po, TW, NB", "yes",
       yes(bic[c("C/Po", "C/TW", "C/NB")] < bic[c("T/Po", "T/TW", "T/NB")]), texts),
  item("all of these by BIC", "a picture", less(paste(names(sort(without)), whole(sort(without)))), texts),
  item("BIC of C/N, T/N", "not among the lowest three", two(whole(bic[c("C/N", "T/N")])),
       "a density on cells that are nearly all 0: below zero, and not comparable with that of counts")
)
keep(6, figure, compared, height = 7, second = second)
