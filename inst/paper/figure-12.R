# Figure 12: the weights D of C/TW, rank 7, by document and newsgroup.
source(system.file("paper", "fits.R", package = "nmfamily"), local = TRUE)
fit <- by_model(news_models())[["C/TW"]]
figure <- autoplot(fit, "weights", relative = TRUE, groups = newsgroups$topics, order_by = "dominant")

# Each document goes to its largest component, each component to the newsgroup that it has most of.
largest <- table(max.col(fit$W / rowSums(fit$W), "first"), newsgroups$topics)
compared <- rbind(
  item("documents whose largest topic is of their own newsgroup", "align well",
       paste0(round(100 * sum(apply(largest, 1, max)) / sum(largest)), "%"), texts),
  item("the same by chance", "", paste0(round(100 * max(table(newsgroups$topics)) / 500), "%"), "the largest newsgroup")
)
keep(12, figure, compared, height = 3.2)
