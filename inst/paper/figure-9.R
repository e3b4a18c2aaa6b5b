# Figure 9: profile likelihood of the Tweedie power.
source(system.file("paper", "fits.R", package = "nmfamily"), local = TRUE)
profile_of <- function(model) profile_power(liver, model, control = paper_control, seed = 1, verbose = FALSE)
curve_of <- function(profile) data.frame(value = profile$table$power, logLik = profile$table$logLik)
near_one <- c(0, 1, 1.01, 1.02, 1.05, 1.1, 1.2, 1.4, 1.6)
profiles <- list(T = kept("power-liver-T", profile_of("T/TW/5")), C = kept("power-liver-C", profile_of("C/TW/5")))
curves <- list(
  "liver, T" = curve_of(profiles$T), "liver, C" = curve_of(profiles$C),
  "newsgroups, T" = kept("power-news-T", news_profile("T", "TW", near_one)),
  "newsgroups, C" = kept("power-news-C", news_profile("C", "TW", near_one))
)
points <- do.call(rbind, lapply(names(curves), function(name) data.frame(curves[[name]], panel = name)))
points$panel <- factor(points$panel, names(curves))
figure <- ggplot(points, aes(value, logLik)) +
  geom_line(data = points[points$value > 1, ], colour = noise_colours[["TW"]]) +
  geom_point(size = 1.2) +
  facet_wrap(vars(panel), scales = "free") +
  labs(x = "power p", y = "log-likelihood") +
  theme_bw(base_size = 10)

liver_power <- vapply(profiles, function(profile) profile$estimate, 0)
news_power <- vapply(curves[3:4], function(curve) {
  tweedie <- curve[curve$value > 1, ]
  tweedie$value[which.max(tweedie$logLik)]
}, 0)
dips <- function(curve) {
  at <- function(p) curve$logLik[curve$value == p]
  at(1) < min(at(0), curve$logLik[curve$value > 1 & curve$value < 1.1][1])
}
above_normal <- function(curve) max(curve$logLik[curve$value > 1]) > curve$logLik[curve$value == 0]
interval <- paste(round(profiles$T$interval, 3), collapse = " to ")
compared <- rbind(
  item("liver: power of T, C", "about 1.5", two(round(liver_power, 3)), patients),
  item("liver: higher for C than for T", "slightly", yes(liver_power[["C"]] > liver_power[["T"]]), patients),
  item("liver: the curve is flat about the maximum", "quite flat", paste("95% interval of T", interval),
       "31,296 cells say much about p"),
  item("liver: it falls at p = 1", "yes", yes(c(dips(curves[[1]]), dips(curves[[2]]))),
       "sigma2 is 1 there and free elsewhere"),
  item("newsgroups: power of T, C above 1", "1.01 (1.02 in Figure 7)", two(news_power),
       "no maximum inside: the least power above 1 of a grid, as the density near 1 has spikes at the counts"),
  item("newsgroups: the likelihood is larger there than at p = 0", "yes",
       yes(vapply(curves[3:4], above_normal, NA)),
       "the Normal density of cells that are nearly all 0, with a small sigma2, is the largest")
)
keep(9, figure, compared, height = 4.5)
