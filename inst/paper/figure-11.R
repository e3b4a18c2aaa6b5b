# Figure 11: the top words of the topics of C/TW, rank 7, with their weights, newsgroups.
source(system.file("paper", "fits.R", package = "nmfamily"), local = TRUE)
fit <- by_model(news_models())[["C/TW"]]
figure <- autoplot(fit, "components", n = 8)

# Words of the headers and of quotations, which every group has, say nothing about a topic.
H <- fit$H / rowSums(fit$H)
top <- function(k, n = 6) paste(names(sort(H[k, ], decreasing = TRUE))[seq_len(n)], collapse = " ")
group <- apply(stats::aggregate(fit$W / rowSums(fit$W), list(newsgroups$topics), mean)[, -1], 2, which.max)
short <- sub(".*\\.", "", levels(newsgroups$topics))
compared <- do.call(rbind, lapply(seq_len(nrow(H)), function(k) {
  item(paste0("topic ", k, ", largest in ", short[group[k]]), "a picture", top(k), texts)
}))
keep(11, figure, compared, width = 9, height = 5)
