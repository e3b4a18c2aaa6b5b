# What the plots show: their data, order and labels.

quick <- function(V, model, ...) {
  without_advice(nmf(V, model, n_starts = 1, max_iter = 60, seed = 1, verbose = FALSE, ...))
}

channels <- quick(brca21, "T/NB45/3")
words <- quick(addresses$counts[1:60, 1:200], "T/Po/2")
comparison <- without_advice(
  compare_models(brca21, c("T/Po", "T/NB45", "C/Po", "C/N"), rank = 2, n_starts = 1, max_iter = 60, seed = 1,
                 verbose = FALSE)
)

# Builds without a word: nothing is dropped, recycled or out of range.
expect_drawn <- function(picture) {
  expect_s3_class(picture, "ggplot")
  expect_silent(ggplot2::ggplotGrob(picture))
}

sparse_fit <- function(obs = "rows") {
  V <- random_sparse(3, 40, 60)
  list(V = if (obs == "columns") t(V) else V, fit = quick(if (obs == "columns") t(V) else V, "T/Po/2", obs = obs))
}

test_law("every type of every plot is drawn without a warning", {
  for (type in c("components", "weights", "residuals", "mean_variance", "trace")) {
    expect_drawn(autoplot(channels, type, V = brca21))
  }
  for (type in c("bic", "mean_variance", "residuals", "similarity")) {
    expect_drawn(autoplot(comparison, type, V = brca21))
  }
  for (residual in c("raw", "pearson", "deviance", "quantile")) {
    expect_drawn(autoplot(channels, "residuals", residual = residual, V = brca21))
  }
  expect_drawn(autoplot(comparison, "residuals", residual = "quantile", V = brca21))
})

test_that("autoplot does not draw, plot does and returns the plot invisibly", {
  withr::local_pdf(withr::local_tempfile(fileext = ".pdf"))
  expect_invisible(picture <- plot(channels, "trace"))
  expect_s3_class(picture, "ggplot")
  expect_s3_class(plot(comparison), "ggplot")
  expect_s3_class(plot(channels, "residuals"), "ggplot")
})

test_that("channels are in the order of the field, whatever the order of the columns", {
  expected <- paste0(substr(colnames(brca21), 1, 1), substr(colnames(brca21), 3, 3), substr(colnames(brca21), 7, 7))
  substitution <- substr(colnames(brca21), 3, 5)
  order <- order(match(substitution, c("C>A", "C>G", "C>T", "T>A", "T>C", "T>G")), expected)
  for (fit in list(channels, quick(brca21[, 96:1], "T/Po/2"))) {
    picture <- autoplot(fit)
    expect_identical(levels(picture$data$feature), colnames(brca21)[order])
    expect_identical(levels(picture$data$group), c("C>A", "C>G", "C>T", "T>A", "T>C", "T>G"))
    panels <- ggplot_build(picture)$layout$layout
    expect_equal(nrow(panels), 6 * nrow(fit$H))
    expect_identical(panels$SCALE_Y, as.integer(panels$ROW))   # an axis for each component
  }
  expect_identical(unique(layer_data(autoplot(channels))$fill),
                   c("#03BCEE", "#010101", "#E32926", "#CAC9C9", "#A1CE63", "#EBC6C4"))
  expect_identical(autoplot(channels)$labels$title, "3 components, Negative Binomial noise (NMF/T/NB45/3)")
})

test_that("a flat signature beside a peaked one fills its panel", {
  flat <- channels
  flat$H <- rbind(k1 = rep(1, 96) / 96, k2 = replace(rep(0.001, 96), 5, 0.905), k3 = channels$H[3, ])
  colnames(flat$H) <- colnames(channels$H)
  built <- ggplot_build(autoplot(flat))
  tops <- vapply(built$layout$panel_params, function(panel) panel$y.range[2], 0)
  expect_equal(tops[built$layout$layout$ROW == 1], rep(1.05 / 96, 6))
  expect_equal(tops[built$layout$layout$ROW == 2], rep(1.05 * 0.905, 6))
})

test_that("each substitution has a strip in its colour, and each bar its context", {
  picture <- autoplot(channels)
  strips <- Filter(function(layer) inherits(layer$geom, "GeomCustomAnn"), picture$layers)
  colours <- vapply(strips, function(layer) layer$geom_params$grob$gp$fill, "")
  at <- vapply(strips, function(layer) as.character(layer$data$group), "")
  alphabet <- nmfamily:::alphabets$SBS96
  expect_identical(colours, alphabet$colour[match(at, alphabet$group)])
  expect_identical(at, c("C>A", "C>G", "C>T", "T>A", "T>C", "T>G"))
  expect_identical(unique(vapply(strips, function(layer) as.integer(layer$data$component), 0L)), 1L)
  panel <- ggplot_build(picture)$layout$panel_params[[1]]$x
  channel <- as.vector(panel$get_breaks())
  labels <- strsplit(panel$get_labels(), "\n")
  expect_identical(vapply(labels, `[`, "", 1), substr(channel, 7, 7))
  below <- vapply(labels, function(label) trimws(c(label, "")[2]), "")
  expect_identical(below[seq(2, 16, 4)], substr(channel, 1, 1)[seq(2, 16, 4)])
  expect_identical(unique(below[-seq(2, 16, 4)]), "")
})

test_that("a component is named with its reference and their cosine", {
  pairs <- match_components(channels, pcawg_signatures)$table
  labels <- strsplit(levels(autoplot(channels, reference = pcawg_signatures)$data$component), "\n")
  expect_identical(vapply(labels, `[`, "", 2), paste(pairs$reference, sprintf("%.2f", pairs$cosine)))
  expect_identical(lengths(labels) == 3, pairs$doubtful)
  top <- autoplot(words, reference = words$H)$data
  expect_match(levels(top$component), "k[12] 1.00$")
  expect_error(autoplot(channels, reference = "SBS5"), class = "nmf_error_data")
})

test_that("other features are shown by the largest of each component", {
  top <- autoplot(words, n = 4)$data
  expect_equal(as.vector(table(top$component)), c(4, 4))
  for (k in 1:2) {
    shown <- top[as.integer(top$component) == k, ]
    expected <- sort(words$H[k, ], decreasing = TRUE)[1:4]
    expect_equal(rev(shown$value), unname(expected))
    expect_identical(rev(shown$feature), names(expected))
    expect_false(is.unsorted(as.integer(shown$level)))
  }
  unnamed <- quick(unname(brca21), "T/Po/2")
  expect_equal(nrow(autoplot(unnamed)$data), 20)
  expect_drawn(autoplot(unnamed))
})

test_that("weights are stacked bars of every observation", {
  bars <- autoplot(channels, "weights", relative = FALSE)$data
  expect_equal(nrow(bars), 21 * 3)
  totals <- tapply(bars$value, bars$position, sum)
  expect_equal(as.vector(totals), unname(sort(rowSums(channels$W), decreasing = TRUE)))
  relative <- autoplot(channels, "weights")$data
  expect_equal(as.vector(tapply(relative$value, relative$position, sum)), rep(1, 21))
  as_given <- autoplot(channels, "weights", relative = FALSE, order_by = "data")$data
  expect_equal(as_given$value[as_given$component == "k1"], unname(channels$W[, 1]))
})

test_that("relative weights have similar observations side by side, as the structure plot has documents", {
  expect_similar <- function(groups) {
    bars <- autoplot(channels, "weights", groups = groups)$data
    bars <- bars[bars$component == "k1", ]
    as_topics <- autoplot(as_topic_model(channels), groups = groups)$data
    as_topics <- as_topics[as_topics$topic == "k1", ]
    expect_equal(bars$value[order(bars$position)], as_topics$proportion)
  }
  expect_similar(NULL)
  expect_similar(rep(1:3, 7))
})

test_that("many observations are drawn as areas that reach as high as their bars", {
  picture <- autoplot(words, "weights", relative = FALSE)
  drawn <- layer_data(picture)
  expect_equal(range(drawn$x), c(0.5, 60.5))
  tops <- function(k) drawn$ymax[drawn$fill == nmfamily:::component_colours[k]][seq(1, 120, 2)]
  expect_equal(sort(tops(2)), sort(unname(rowSums(words$W))))
  expect_equal(sort(tops(1)), sort(unname(words$W[, 1])))
  expect_equal(tops(2), sort(tops(2), decreasing = TRUE))
})

test_that("weights can be ordered by the dominant component, then by its share", {
  shares <- channels$W / rowSums(channels$W)
  bars <- autoplot(channels, "weights", order_by = "dominant")$data
  bars <- bars[order(bars$position), ]
  dominant <- tapply(bars$value, bars$position, which.max)
  largest <- tapply(bars$value, bars$position, max)
  expect_false(is.unsorted(dominant))
  for (k in unique(dominant)) expect_false(is.unsorted(-largest[dominant == k]))
  expect_equal(sort(as.vector(largest)), sort(unname(apply(shares, 1, max))))
})

test_that("observations are named when they are few, and grouped when asked", {
  labels <- function(picture) ggplot_build(picture)$layout$panel_params[[1]]$x$get_labels()
  expect_identical(labels(autoplot(channels, "weights", order_by = "total")),
                   names(sort(rowSums(channels$W), decreasing = TRUE)))
  expect_null(labels(autoplot(words, "weights")))
  group <- rep(c("one", "two", NA), 7)
  panels <- ggplot_build(autoplot(channels, "weights", groups = group))$layout$layout
  expect_equal(nrow(panels), 3)
})

test_that("an observation without weight has a bar of height 0", {
  V <- brca21
  V[4, ] <- 0
  bars <- autoplot(quick(V, "T/Po/2"), "weights", relative = TRUE, order_by = "data")$data
  expect_equal(bars$value[bars$position == 4], c(0, 0))
})

test_that("residuals are those of residuals(), with the band of the model's own variance", {
  for (type in c("raw", "pearson", "deviance", "quantile")) {
    cells <- autoplot(channels, "residuals", residual = type, seed = 1)$data
    expect_equal(cells$residual, as.vector(residuals(channels, type = type, seed = 1)))
    expect_equal(cells$mean, as.vector(fitted(channels)))
  }
  band <- layer_data(autoplot(channels, "residuals", residual = "raw"), 3)
  mean <- band$x^2
  expect_equal(abs(band$y), 2 * sqrt(mean + mean^2 / 45))
  expect_equal(range(abs(layer_data(autoplot(channels, "residuals"), 3)$y)), c(2, 2))
  raw <- autoplot(channels, "residuals", residual = "raw")$data
  expect_equal(raw$inside, as.vector(abs(residuals(channels, type = "pearson"))) <= 2)
})

test_that("the caption tells the share of cells inside the band", {
  inside <- mean(abs(residuals(channels, type = "pearson")) <= 2)
  expect_match(autoplot(channels, "residuals")$labels$caption, sprintf("%.1f%%", 100 * inside), fixed = TRUE)
})

test_that("cells are drawn at random above n, repeatably, and the caption says so", {
  picture <- autoplot(channels, "residuals", n = 500, seed = 7)
  expect_equal(nrow(picture$data), 500)
  expect_match(picture$labels$caption, "500 of 2,016 cells (seed 7)", fixed = TRUE)
  expect_identical(autoplot(channels, "residuals", n = 500, seed = 7)$data, picture$data)
  expect_false(identical(autoplot(channels, "residuals", n = 500, seed = 8)$data, picture$data))
  panels <- autoplot(comparison, "residuals", n = 400)
  expect_equal(as.vector(table(panels$data$model)), rep(100, 4))
})

test_that("a draw leaves R's random numbers alone", {
  set.seed(5)
  before <- .Random.seed
  autoplot(channels, "residuals", residual = "quantile", n = 50, seed = 1)
  for (type in c("components", "residuals", "mean_variance")) autoplot(channels, type)   # nothing is drawn
  expect_identical(.Random.seed, before)
})

test_that("a sparse matrix gives the cells of the dense one, in both orientations", {
  for (obs in c("rows", "columns")) {
    sparse <- sparse_fit(obs)
    for (points in c(300, 1e5)) {
      at <- function(V) autoplot(sparse$fit, "residuals", V = V, n = points, seed = 1)$data
      expect_equal(at(sparse$V), at(as.matrix(sparse$V)))
    }
    expect_equal(autoplot(sparse$fit, "mean_variance", V = sparse$V)$data,
                 autoplot(sparse$fit, "mean_variance", V = as.matrix(sparse$V))$data)
  }
})

test_that("mean squared residuals follow the variance function of a true model", {
  mu <- outer(exp(seq(0, 6, length.out = 100)), rep(c(1, 2), 20))
  V <- withr::with_seed(1, matrix(rnbinom(length(mu), size = 5, mu = mu), nrow(mu)))
  fit <- quick(V, "T/NB5/1")
  bins <- autoplot(fit, "mean_variance")$data
  expect_gt(nrow(bins), 10)
  expect_true(all(bins$cells >= 10))
  ratio <- bins$variance / (bins$mean + bins$mean^2 / 5)
  expect_lt(abs(stats::weighted.mean(ratio, bins$cells) - 1), 0.1)
})

test_that("alphas by observation are drawn at their median and counted one by one", {
  fit <- quick(brca21, nmf_model(family = nmf_negbin(seq(10, 50, by = 2)), rank = 2))
  picture <- autoplot(fit, "residuals", residual = "raw")
  expect_equal(picture$data$inside, as.vector(abs(residuals(fit, type = "pearson"))) <= 2)
  band <- layer_data(picture, 3)
  expect_equal(abs(band$y), 2 * sqrt(band$x^2 + band$x^4 / 30))
})

test_that("both lines of a band are in the panel", {
  for (residual in c("raw", "pearson")) {
    built <- ggplot_build(autoplot(channels, "residuals", residual = residual))
    expect_lte(built$layout$panel_params[[1]]$y.range[1], min(built$data[[3]]$y))
    expect_gte(built$layout$panel_params[[1]]$y.range[2], max(built$data[[3]]$y))
  }
})

test_that("no line joins the ranks on both sides of one that failed", {
  choice <- without_advice(select_rank(brca21, c("T/Po", "T/NB45"), ranks = 1:5, method = "bic", n_starts = 1,
                                       max_iter = 5, seed = 1, verbose = FALSE))
  choice$table$score[choice$table$model == "NMF/T/Po" & choice$table$rank == 3] <- NA
  for (panels in c(TRUE, FALSE)) {
    picture <- autoplot(choice, panels = panels)
    expect_drawn(picture)
    geoms <- vapply(picture$layers, function(layer) class(layer$geom)[1], "")
    line <- layer_data(picture, which(geoms == "GeomLine"))
    broken <- line[line$group == line$group[is.na(line$y)], ]
    expect_equal(broken$x[is.na(broken$y)], 3)           # a path is broken at NA
    expect_equal(broken$x, 1:5)
  }
})

test_that("the trace shows objective and stationarity residual", {
  trace <- autoplot(channels, "trace")$data
  expect_equal(trace$value[trace$panel == "stationarity residual"], channels$trace$kkt)
  expect_true(all(trace$value > 0))
})

test_that("small and large numbers of components, observations and features can be drawn", {
  tiny <- quick(matrix(c(1, 2, 3, 4), 2), "T/Po/1")
  for (type in c("components", "weights", "residuals", "mean_variance")) expect_drawn(autoplot(tiny, type))
  expect_drawn(autoplot(quick(matrix(c(1, 3, 3, 1), 2), "T/Po/1"), "mean_variance"))
  many <- quick(brca21, "T/Po/10")
  for (type in c("components", "weights")) expect_drawn(autoplot(many, type))
})

test_that("BIC is shown above the best model, by structure", {
  picture <- autoplot(comparison)
  expect_identical(picture$data$delta, comparison$table$delta)
  expect_match(picture$labels$x, "Criterion above")
  picture <- autoplot(comparison, "bic")
  expect_match(picture$labels$x, "BIC above")
  expect_equal(picture$data$delta, comparison$table$BIC - min(comparison$table$BIC))
  expect_identical(rev(levels(picture$data$model)), comparison$table$model)
  expect_identical(levels(picture$data$structure), c("traditional", "convex"))
})

test_that("models that failed are left out and counted", {
  broken <- without_advice(
    compare_models(brca21, c("T/Po", "T/TW2"), rank = 2, n_starts = 1, max_iter = 20, seed = 1, verbose = FALSE)
  )
  picture <- autoplot(broken)
  expect_equal(nrow(picture$data), 1)
  expect_match(picture$labels$caption, "1 of the models failed")
  expect_drawn(autoplot(broken, "residuals", V = brca21))
})

test_that("panels of residuals are ordered by structure and family", {
  picture <- autoplot(comparison, "residuals", "raw")
  expect_identical(levels(picture$data$model), c("NMF/T/Po/2", "NMF/T/NB45/2", "NMF/C/N/2", "NMF/C/Po/2"))
  panel <- picture$data[picture$data$model == "NMF/C/N/2", ]
  expect_equal(panel$residual, as.vector(residuals(fits(comparison)[["NMF/C/N/2"]], V = brca21)))
})

test_that("the same model twice is two panels", {
  twice <- without_advice(
    compare_models(brca21, c("T/Po", "T/Po"), rank = 2, n_starts = 1, max_iter = 20, seed = 1, verbose = FALSE)
  )
  for (type in c("bic", "residuals", "mean_variance", "similarity")) expect_drawn(autoplot(twice, type, V = brca21))
})

test_that("variance curves are those of the families", {
  curves <- autoplot(comparison, "mean_variance")$data
  of <- function(model) curves[curves$model == model, ]
  expect_equal(of("NMF/T/Po/2")$variance, of("NMF/T/Po/2")$mean)
  expect_equal(of("NMF/T/NB45/2")$variance, of("NMF/T/NB45/2")$mean * (1 + of("NMF/T/NB45/2")$mean / 45))
  expect_equal(of("NMF/C/N/2")$variance, rep(fits(comparison)[["NMF/C/N/2"]]$sigma2, 100))
})

test_that("a profile is joined by a line above power 1 only", {
  profile <- without_advice(
    profile_power(brca21, "T/TW/2", powers = c(0, 1, 1.3, 1.6), n_starts = 1, max_iter = 60, seed = 1, verbose = FALSE)
  )
  picture <- autoplot(profile)
  expect_drawn(picture)
  layers <- lapply(seq_along(picture$layers), function(i) layer_data(picture, i))
  geoms <- vapply(picture$layers, function(layer) class(layer$geom)[1], "")
  expect_setequal(layers[[which(geoms == "GeomPoint")]]$x, profile$table$power)
  expect_setequal(layers[[which(geoms == "GeomLine")]]$x, profile$table$power[profile$table$power > 1])
  expect_equal(layers[[which(geoms == "GeomHline")]]$yintercept,
               max(profile$table$adjusted, na.rm = TRUE) - qchisq(0.95, 1) / 2)
  expect_equal(layers[[which(geoms == "GeomVline")]]$xintercept, profile$estimate)
  expect_equal(unlist(layers[[which(geoms == "GeomRect")]][c("xmin", "xmax")], use.names = FALSE), profile$interval)
  near <- autoplot(profile, zoom = TRUE)$data$value
  expect_true(all(near > 1) && profile$estimate %in% near)
})

test_that("a profile of alpha has a log axis, and no interval when it was not refined", {
  profile <- without_advice(
    profile_alpha(brca21, "T/NB/2", alphas = c(20, 40, 80), refine = FALSE, n_starts = 1, max_iter = 60, seed = 1,
                  verbose = FALSE)
  )
  picture <- autoplot(profile)
  expect_drawn(picture)
  expect_equal(10^layer_data(picture, length(picture$layers))$x, c(20, 40, 80))
  expect_no_match(picture$labels$subtitle, "interval")
  expect_error(autoplot(profile, zoom = TRUE), class = "nmf_error_argument")
})

test_that("zoom takes an interval with one end", {
  profile <- without_advice(profile_alpha(brca21, "T/NB/2", n_starts = 1, max_iter = 60, seed = 1, verbose = FALSE))
  profile$interval[2] <- NA
  kept <- autoplot(profile, zoom = TRUE)$data$value
  expect_equal(max(kept), max(profile$table$alpha))
})

test_law("wrong arguments are refused by class, in words that name them", {
  refused <- function(expr, words, class = "nmf_error_argument") {
    error <- tryCatch(expr, error = identity)
    expect_s3_class(error, class)
    expect_match(conditionMessage(error), words)
  }
  refused(autoplot(channels, "heat"), "`type`")
  refused(autoplot(channels, "components", n = 0), "`n`")
  refused(autoplot(channels, colour = "red"), "\"colour\"")
  refused(autoplot(channels, "weights", relative = 2), "`relative`")
  refused(autoplot(channels, "weights", groups = 1:3), "`groups` must be a vector of length 21")
  refused(autoplot(channels, "weights", order_by = "name"), "`order_by`")
  refused(autoplot(channels, "residuals", residual = "working"), "`residual`")
  refused(autoplot(channels, "residuals", n = 0), "`n`")
  refused(autoplot(channels, "residuals", seed = "a"), "`seed`")
  refused(autoplot(comparison, "heat"), "`type`")
  refused(autoplot(comparison, "residuals", n = 0), "`n`")
  refused(autoplot(channels, "residuals", V = brca21 + 1), "`V`", "nmf_error_data")
  gone <- channels
  gone["data"] <- NULL
  refused(autoplot(gone, "residuals"), "attach_data", "nmf_error_data")
})

test_that("the data of a fit are known wherever the plot is asked for", {
  draw <- function(how) {
    counts <- brca21
    fit <- without_advice(nmf(counts, "T/Po/2", n_starts = 1, max_iter = 20, seed = 1, verbose = FALSE))
    how(fit, "residuals")
  }
  expect_s3_class(draw(autoplot), "ggplot")
  withr::local_pdf(withr::local_tempfile(fileext = ".pdf"))
  expect_s3_class(draw(plot), "ggplot")
})

test_that("other alphabets are drawn in the groups and the order of the field", {
  for (name in c("DBS78", "ID83", "CN48", "SV32")) {
    alphabet <- nmfamily:::alphabets[[name]]
    x <- withr::with_seed(1, stats::rpois(4 * nrow(alphabet), 3) + 1)
    V <- matrix(x, 4, dimnames = list(NULL, alphabet$channel))
    fit <- quick(V[, rev(seq_len(ncol(V)))], "T/Po/2")
    picture <- autoplot(fit)
    expect_identical(levels(picture$data$feature), alphabet$channel)
    expect_identical(levels(picture$data$group), levels(alphabet$group))
    expect_identical(unique(layer_data(picture)$fill), unique(alphabet$colour))
  }
})

test_that("some components and features are shown, with the heights that they have", {
  picture <- autoplot(channels, components = "k2", features = colnames(brca21)[17:32])
  expect_identical(levels(picture$data$group), "C>G")
  expect_identical(picture$data$value, unname(channels$H["k2", 17:32]))
  expect_error(autoplot(channels, observations = 1), class = "nmf_error_argument")
  expect_error(autoplot(channels, "trace", features = 1), class = "nmf_error_argument")
  expect_error(autoplot(channels, components = "none"), class = "nmf_error_argument")
})

test_law("a profile stands above its reference, and the difference is theirs", {
  picture <- autoplot(channels, "difference", reference = pcawg_signatures[, 96:1])
  bars <- picture$data
  matched <- match_components(channels, pcawg_signatures)$table$reference
  lines <- levels(bars$component)
  expect_length(lines, 9)
  for (k in 1:3) {
    at <- function(i) bars$value[bars$component == lines[3 * (k - 1) + i]]
    known <- pcawg_signatures[matched[k], ]
    expect_equal(at(1), unname(channels$H[k, ]))
    expect_equal(at(2), unname(known / sum(known)))
    expect_equal(at(3), at(1) - at(2))
  }
  expect_drawn(picture)
  expect_drawn(autoplot(channels, "difference", components = 2, reference = channels))
  expect_error(autoplot(channels, "difference"), class = "nmf_error_argument")
})

test_that("observed counts stand above their means, first those least like them", {
  picture <- autoplot(channels, "reconstruction", observations = c("PD4120a", "PD3851a"))
  bars <- picture$data
  mu <- channels$W %*% channels$H
  expect_equal(bars$value[bars$component == levels(bars$component)[4]], unname(brca21["PD3851a", ] + 0))
  expect_equal(bars$value[bars$component == levels(bars$component)[2]], unname(mu["PD4120a", ]))
  cosine <- diag(cosine_similarity(brca21, mu))
  worst <- names(sort(stats::setNames(cosine, rownames(brca21))))[1:3]
  lines <- levels(autoplot(channels, "reconstruction")$data$component)
  expect_identical(sub("^[0-9] (.*)\nobserved", "\\1", lines[c(1, 4, 7)]), worst)
  expect_drawn(picture)
  names <- quick(unname(brca21), "T/Po/2")
  expect_length(unique(autoplot(names, "reconstruction", observations = 1, n = 7)$data$feature), 7)
})

test_that("a heat map has the weights, or their proportions", {
  picture <- autoplot(channels, "heat_map", relative = FALSE, order_by = "data")
  expect_equal(picture$data$value, as.vector(channels$W))
  picture <- autoplot(channels, "heat_map", groups = rep(c("a", "b", "c"), 7))
  expect_equal(sum(picture$data$value), 21)
  expect_drawn(picture)
})

test_that("finer channels are drawn as bars by strand, or as a map of the bases next but one, that sum to the 96", {
  H <- unit_rows(pcawg_signatures[c("SBS1", "SBS4"), ])
  of <- function(H) {
    rownames(H) <- c("a", "b")
    list(H = H, W = matrix(1, 3, 2, dimnames = list(NULL, c("a", "b"))), model = nmf_model("T/Po/2"))
  }
  stranded <- cbind(0.7 * H, 0.3 * H)
  colnames(stranded) <- paste0(rep(c("T:", "U:"), each = 96), colnames(H))
  bars <- layer_data(plot_components(of(stranded), 10))
  expect_equal(sum(bars$y), sum(H))
  expect_equal(sort(unique(bars$alpha)), c(0.5, 1))
  expect_equal(tapply(bars$y, bars$alpha, sum)[["1"]], 0.7 * sum(H))
  outer <- expand.grid(c("A", "C", "G", "T"), c("A", "C", "G", "T"))
  wide <- do.call(cbind, lapply(1:16, function(i) `colnames<-`(H * i, paste0(outer[i, 1], colnames(H), outer[i, 2]))))
  tiles <- layer_data(plot_components(of(wide), 10))
  expect_identical(nrow(tiles), 2L * 1536L)
  expect_equal(max(tiles$alpha), 1)
  expect_match(levels(plot_components(of(wide), 10, reference = pcawg_signatures)$data$component)[1], "SBS1 1.00")
  expect_null(fine_channels(c(colnames(H), "T:A[C>A]A")))
  expect_null(fine_channels("gene"))
})

test_that("what is asked for twice is drawn once", {
  fit <- nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  same <- function(one, other) expect_identical(one$data, other$data)
  same(autoplot(fit, components = c(2, 2)), autoplot(fit, components = 2))
  same(autoplot(fit, features = c(3, 3, 1)), autoplot(fit, features = c(3, 1)))
  same(autoplot(fit, "reconstruction", observations = c(4, 4)), autoplot(fit, "reconstruction", observations = 4))
  parts <- decompose_signatures(fit, pcawg_signatures[1:4, ])
  same(autoplot(parts, components = c(2, 2)), autoplot(parts, components = 2))
  terms <- suppressWarnings(compare_topics(as_topic_model(fit), verbose = FALSE))
  same(autoplot(terms, topics = c("k1", "k1")), autoplot(terms, topics = "k1"))
})
