# What the plots of topic models show: their data, order and labels.

rows <- seq(1, 480, 7)
counts <- addresses$counts[, 1:200]  # frequent words, of which most passages need several topics
groups <- addresses$documents$era[rows]
short_topics <- function(V, K) without_advice(fit_topics(V, K, n_starts = 1, max_iter = 60, seed = 1, verbose = FALSE))
topics <- short_topics(counts[rows, ], 4)
with_empty <- local({
  V <- counts[rows, ]
  V[c(3, 40), ] <- 0
  short_topics(V, 4)
})

expect_drawn <- function(picture) {
  expect_s3_class(picture, "ggplot")
  expect_silent(ggplot2::ggplotGrob(picture))
}

expect_refused <- function(expr, words, class = "nmf_error_argument") {
  error <- tryCatch(expr, error = identity)
  expect_s3_class(error, class)
  expect_match(conditionMessage(error), words)
}

plot_table <- function(table, ...) autoplot(nmfamily:::new_differential(table), ...)

# A table as compare_topics() returns it.
differential <- function(topics = c("k1", "k2"), terms = 40) {
  table <- expand.grid(term = paste0("t", seq_len(terms)), topic = topics, stringsAsFactors = FALSE)
  table$prob <- 10^-seq(1, 9, length.out = nrow(table))
  table$lfc <- sin(seq_len(nrow(table)))
  table$std.error <- 0.1
  table$z <- table$lfc / table$std.error
  table$p.value <- 2 * pnorm(-abs(table$z))
  table$conf.low <- table$lfc - 0.2
  table$conf.high <- table$lfc + 0.2
  table
}

walked <- function(L) sum(abs(diff(L))) / 2

test_law("every type is drawn without a warning, with and without groups", {
  for (type in c("structure", "terms", "embedding", "progress")) expect_drawn(autoplot(topics, type))
  for (type in c("structure", "embedding")) {
    expect_drawn(autoplot(topics, type, groups = groups))
    expect_drawn(autoplot(with_empty, type, groups = groups))
  }
  expect_drawn(autoplot(topics, "progress", by = "iteration", what = "kkt"))
})

test_that("plot draws and returns the plot invisibly", {
  withr::local_pdf(withr::local_tempfile(fileext = ".pdf"))
  expect_invisible(picture <- plot(topics, groups = groups))
  expect_s3_class(picture, "ggplot")
  expect_invisible(picture <- plot(nmfamily:::new_differential(differential())))
  expect_s3_class(picture, "ggplot")
})

test_that("the structure plot has the proportions of every document, one bar each", {
  bars <- autoplot(topics)$data
  expect_equal(nrow(bars), nrow(topics$L) * 4)
  expect_equal(as.vector(tapply(bars$proportion, bars$position, sum)), rep(1, nrow(topics$L)))
  expect_setequal(bars$document, rownames(topics$L))
  expect_equal(bars$proportion, topics$L[cbind(bars$document, as.character(bars$topic))])
  expect_identical(levels(bars$topic), colnames(topics$L))
})

test_that("what is drawn are these bars: no gap, lower topics over higher ones", {
  picture <- autoplot(topics)
  drawn <- layer_data(picture)
  bars <- picture$data
  expect_equal(range(drawn$x), c(0, nrow(topics$L)))
  expect_equal(sort(unique(drawn$x)), 0:nrow(topics$L))
  expect_true(all(drawn$ymin == 0))
  colour <- nmfamily:::component_colours[1:4]
  top <- vapply(colour, function(fill) {
    drawn$ymax[drawn$fill == fill][seq(1, 2 * nrow(topics$L), 2)]
  }, numeric(nrow(topics$L)))
  L <- topics$L[bars$document[bars$topic == "k1"], ]
  expect_equal(unname(cbind(top[, 1], t(apply(top, 1, diff)))), unname(L))
  expect_identical(unique(drawn$fill), rev(colour))
})

test_that("groups are blocks in the order of their levels, named in their middle", {
  order <- levels(groups)[c(2, 3, 1)]
  picture <- autoplot(topics, groups = factor(groups, order))
  bars <- picture$data[picture$data$topic == "k1", ]
  expect_identical(as.character(unique(bars$group)), order)
  expect_identical(as.character(bars$group), as.character(groups)[match(bars$document, rownames(topics$L))])
  expect_false(is.unsorted(bars$position))
  expect_equal(which(diff(bars$position) > 1), unname(cumsum(table(groups)[order])[1:2]))
  axis <- ggplot_build(picture)$layout$panel_params[[1]]$x
  expect_identical(axis$get_labels(), order)
  expect_equal(axis$get_breaks(), as.vector(tapply(bars$position, bars$group, function(x) mean(range(x)))))
})

test_that("a group that is missing has a block of its own, the last", {
  some <- as.character(groups)
  some[1:5] <- NA
  bars <- autoplot(topics, groups = some)$data
  expect_identical(levels(bars$group), c(levels(groups), "NA"))
  expect_setequal(bars$document[bars$group == "NA"], rownames(topics$L)[1:5])
  expect_drawn(autoplot(topics, "embedding", groups = some))
})

test_that("neighbours are similar: nearer than in the order of the data or of the first principal component", {
  L <- topics$L
  drawn <- autoplot(topics)$data
  order <- match(drawn$document[drawn$topic == "k1"], rownames(L))
  expect_lt(walked(L[order, ]), 0.5 * walked(L))
  expect_lt(walked(L[order, ]), walked(L[order(stats::prcomp(L)$x[, 1]), ]))
})

test_law("the walk goes on to the nearest document that is left", {
  L <- topics$L
  order <- nmfamily:::walk_through(L)
  expect_setequal(order, seq_len(nrow(L)))
  distance <- as.matrix(stats::dist(L))
  for (i in seq_len(nrow(L) - 1)) {
    left <- order[-seq_len(i)]
    # equal up to the rounding of |x|^2 - 2 x'y
    expect_equal(distance[order[i], order[i + 1]], min(distance[order[i], left]), tolerance = 1e-6)
  }
  expect_identical(nmfamily:::walk_through(L[1, , drop = FALSE]), 1L)
  line <- cbind(c(0.5, 0.1, 0.9, 0.3), 1 - c(0.5, 0.1, 0.9, 0.3))
  expect_true(list(nmfamily:::walk_through(line)) %in% list(c(2L, 4L, 1L, 3L), c(3L, 1L, 4L, 2L)))
})

test_that("empty documents are left out with a note", {
  for (type in c("structure", "embedding")) {
    picture <- autoplot(with_empty, type)
    expect_false(any(rownames(topics$L)[c(3, 40)] %in% picture$data$document))
    expect_match(picture$labels$caption, "2 documents without words left out")
  }
  expect_null(autoplot(topics)$labels$caption)
})

test_that("documents are drawn at random above n, repeatably, by group, and the caption says so", {
  picture <- autoplot(topics, n = 20, groups = groups, seed = 3)
  bars <- picture$data[picture$data$topic == "k1", ]
  expect_equal(nrow(bars), 20)
  expect_match(picture$labels$caption, paste("20 of", nrow(topics$L), "documents (seed 3)"), fixed = TRUE)
  expect_identical(autoplot(topics, n = 20, groups = groups, seed = 3)$data, picture$data)
  expect_false(identical(autoplot(topics, n = 20, groups = groups, seed = 4)$data, picture$data))
  expect_true(all(abs(table(bars$group) - 20 * table(groups) / length(groups)) <= 1.5))
  expect_equal(nrow(autoplot(topics, "embedding", n = 20)$data), 20)
})

test_that("samples of groups have the size asked for, and every group", {
  sizes <- c(1, 1000, 3, 250, 1)
  many <- factor(rep(seq_along(sizes), sizes))
  for (n in c(5, 6, 17, 200, 1254)) {
    taken <- table(many[nmfamily:::sample_groups(many, n, 1)])
    expect_equal(sum(taken), n)
    expect_true(all(taken >= 1 & taken <= sizes))
  }
  set.seed(5)
  before <- .Random.seed
  nmfamily:::sample_groups(many, 10, 1)
  expect_identical(.Random.seed, before)
})

test_that("documents are named when they are few, groups are upright when they are many", {
  labels <- function(picture) ggplot_build(picture)$layout$panel_params[[1]]$x$get_labels()
  few <- short_topics(counts[1:12, ], 2)
  expect_setequal(labels(autoplot(few)), rownames(few$L))
  expect_null(labels(autoplot(topics)))
  expect_identical(autoplot(topics)$labels$x, paste(nrow(topics$L), "documents"))
  expect_null(autoplot(topics, groups = rep_len(c("a", "b"), nrow(topics$L)))$theme$axis.text.x$angle)
  long <- rep_len(paste("a rather long name", 1:10), nrow(topics$L))
  expect_equal(autoplot(topics, groups = long)$theme$axis.text.x$angle, 90)
})

test_that("terms are the most probable ones, with their probabilities", {
  picture <- autoplot(topics, "terms", n = 6)
  for (k in colnames(topics$F)) {
    shown <- picture$data[picture$data$colour == k, ]
    expected <- sort(topics$F[, k], decreasing = TRUE)[1:6]
    expect_equal(rev(shown$value), unname(expected))
    expect_true(all(topics$F[shown$feature, k] == shown$value))
  }
  share <- round(100 * colSums(topics$L * topics$s) / sum(topics$s))
  expect_identical(levels(picture$data$component), paste0(colnames(topics$L), " (", share, "%)"))
  expect_drawn(autoplot(with_empty, "terms"))
})

test_that("the embedding has the principal components of the proportions", {
  picture <- autoplot(topics, "embedding", dims = c(3, 1), groups = groups)
  points <- picture$data[match(rownames(topics$L), picture$data$document), ]
  reference <- stats::prcomp(topics$L)
  expect_equal(abs(points$x), unname(abs(reference$x[, 3])))
  expect_equal(abs(points$y), unname(abs(reference$x[, 1])))
  share <- round(100 * reference$sdev^2 / sum(reference$sdev^2))
  expect_match(picture$labels$y, paste0("principal component 1 (", share[1], "%"), fixed = TRUE)
  expect_identical(as.character(points$colour), as.character(groups))
  dominant <- autoplot(topics, "embedding")$data
  expected <- colnames(topics$L)[apply(topics$L[dominant$document, ], 1, which.max)]
  expect_identical(as.character(dominant$colour), expected)
})

test_that("named topics are the corners of the hull of all documents", {
  picture <- autoplot(topics, "embedding")
  corners <- picture$layers[[2]]$data
  expect_true(all(corners$topic %in% colnames(topics$L)))
  # no document lies outside: the hull of all is no larger than that of the corners
  area <- function(points) {
    hull <- points[grDevices::chull(points$x, points$y), ]
    following <- hull[c(seq_len(nrow(hull))[-1], 1), ]
    abs(sum(hull$x * following$y - following$x * hull$y)) / 2
  }
  all <- rbind(corners[c("x", "y")], picture$data[c("x", "y")])
  expect_equal(area(all), area(corners), tolerance = 1e-8)
  three <- autoplot(short_topics(counts[rows, ], 3), "embedding")
  expect_setequal(three$layers[[2]]$data$topic, c("k1", "k2", "k3"))
})

test_that("small and large numbers of topics can be drawn", {
  one <- short_topics(counts[1:10, ], 1)
  for (type in c("structure", "terms", "progress")) expect_drawn(autoplot(one, type))
  many <- short_topics(counts[rows, ], 17)
  for (type in c("structure", "terms", "embedding")) expect_drawn(autoplot(many, type))
  expect_refused(autoplot(one, "embedding"), "at least 3 topics", "nmf_error_rank")
})

test_law("wrong arguments are refused by class, in words that name them", {
  expect_refused(autoplot(topics, "heat"), "`type`")
  expect_refused(autoplot(topics, colour = "red"), "\"colour\"")
  expect_refused(autoplot(topics, groups = 1:3), paste("`groups` must be a vector of length", nrow(topics$L)))
  expect_refused(autoplot(topics, n = 2, groups = groups), "`n` must be a whole number of at least 3")
  expect_refused(autoplot(topics, "terms", n = 0), "`n`")
  expect_refused(autoplot(topics, seed = "a"), "`seed`")
  expect_refused(autoplot(topics, "embedding", dims = c(1, 4)), "`dims` must be two different whole numbers")
  expect_refused(autoplot(topics, "embedding", dims = c(2, 2)), "`dims`")
  expect_refused(autoplot(topics, "progress", by = "hours"), "`by`")
})

poisson <- function(K, ...) {
  without_advice(nmf(brca21, paste0("T/Po/", K), n_starts = 1, max_iter = 40, seed = 1, verbose = FALSE, ...))
}
two <- poisson(2)
three <- poisson(3)

test_that("progress is the distance to the best log-likelihood, on a log scale", {
  picture <- plot_progress(two = two, three = three, by = "iteration")
  expect_drawn(picture)
  lines <- layer_data(picture, 1)
  best <- min(three$trace$objective)
  expect_lt(best, min(two$trace$objective))
  expect_equal(10^lines$y[lines$group == 1], two$trace$objective - best)
  expect_equal(lines$x[lines$group == 1], two$trace$iteration)
  distance <- three$trace$objective - best
  floor <- 1e-8 * max(two$trace$objective - best, distance)
  expect_equal(10^lines$y[lines$group == 2], pmax(distance, floor))
  expect_equal(10^min(lines$y), floor)
  # the log-likelihoods themselves
  expect_equal(10^lines$y[sum(lines$group == 1)], as.numeric(logLik(three) - logLik(two)), tolerance = 1e-6)
  expect_match(picture$labels$y, "log-likelihood")
  expect_equal(plot_progress(two = two, three = three)$data$at, c(two$trace$seconds, three$trace$seconds))
})

test_that("progress takes fits, topic models or a list, and names them", {
  named <- levels(plot_progress(a = two, b = as_topic_model(three))$data$fit)
  expect_identical(named, c("a", "b"))
  expect_equal(plot_progress(list(a = two, b = three))$data, plot_progress(a = two, b = three)$data)
  expect_identical(levels(plot_progress(two, two, c = three)$data$fit), c("NMF/T/Po/2", "NMF/T/Po/2 #1", "c"))
  expect_equal(autoplot(as_topic_model(two), "progress")$data, plot_progress(two)$data)
})

test_that("stationarity residuals have their tolerance", {
  picture <- plot_progress(two = two, three = three, what = "kkt")
  expect_drawn(picture)
  expect_equal(10^layer_data(picture, 2)$y, c(two$trace$kkt, three$trace$kkt))
  expect_equal(10^layer_data(picture, 1)$yintercept, two$settings$tol)
  ends <- layer_data(picture, 3)
  expect_equal(ends$shape, c(1, 16)[1 + c(two$converged, three$converged)])
})

test_that("fits that cannot be compared are refused", {
  normal <- without_advice(nmf(brca21, "T/N/2", n_starts = 1, max_iter = 20, seed = 1, verbose = FALSE))
  expect_refused(plot_progress(two, normal), "cannot be compared")
  expect_drawn(plot_progress(two, normal, what = "kkt"))
  expect_match(plot_progress(normal)$labels$y, "objective")
  expect_refused(plot_progress(two, topics), "same data")
  expect_refused(plot_progress(), "at least one fit")
  expect_refused(plot_progress(two, 3), "number 2 is 3")
  expect_refused(plot_progress(two, what = "loss"), "`what`")
})

test_that("the volcano plot has fold changes and -log10 p", {
  table <- differential()
  picture <- plot_table(table)
  expect_drawn(picture)
  points <- picture$data[order(picture$data$topic, as.integer(sub("t", "", picture$data$term))), ]
  expect_equal(points$lfc, table$lfc)
  expect_equal(points$evidence, -log10(table$p.value))
  expect_equal(nrow(ggplot_build(picture)$layout$layout), 2)
  expect_false(is.unsorted(picture$data$prob))
})

test_that("the most significant terms of each topic are named", {
  table <- differential()
  named <- function(picture) picture$layers[[3]]$data
  shown <- named(plot_table(table, n = 4))
  for (k in c("k1", "k2")) {
    one <- table[table$topic == k, ]
    expect_setequal(shown$term[shown$topic == k], one$term[order(one$p.value)[1:4]])
  }
  expect_equal(nrow(named(plot_table(table, n = 0))), 0)
  expect_drawn(plot_table(table, n = 0))
  expect_equal(nrow(named(plot_table(table, n = 1000))), nrow(table))
  plain <- nmfamily:::name_layer(shown, repel = FALSE)
  expect_s3_class(plain$geom, "GeomText")
  expect_true(plain$geom_params$check_overlap)
})

test_that("p-values of zero are floored, told apart and ranked by z", {
  table <- differential()
  table$p.value[1:3] <- 0
  table$z[1:3] <- c(50, -70, 60)
  picture <- plot_table(table, n = 2)
  points <- picture$data
  smallest <- min(table$p.value[table$p.value > 0])
  expect_equal(points$evidence[points$zero], rep(-log10(smallest), 3))
  expect_setequal(points$term[points$zero], c("t1", "t2", "t3"))
  first <- picture$layers[[3]]$data
  expect_setequal(first$term[first$topic == "k1"], c("t2", "t3"))
  expect_match(picture$labels$caption, "p = 0")
  table$p.value[] <- 0
  expect_drawn(plot_table(table))
})

test_that("topics can be chosen; terms without an estimate are counted", {
  table <- differential(c("k1", "k2", "k10"))
  expect_identical(levels(plot_table(table)$data$topic), c("k1", "k2", "k10"))
  expect_identical(levels(plot_table(table, topics = c("k10", "k1"))$data$topic), c("k10", "k1"))
  table$lfc[1:2] <- NA
  table$prob[3] <- 0
  picture <- plot_table(table)
  expect_drawn(picture)
  expect_equal(nrow(picture$data), nrow(table) - 2)
  expect_match(picture$labels$caption, "2 terms not estimated")
  expect_refused(plot_table(table, topics = "k4"), "`topics` must be any of \"k1\"")
  expect_refused(plot_table(table, n = -1), "`n`")
  expect_refused(plot_table(table, size = 3), "\"size\"")
})
