# The data of the pages of explore() and report(): what the plots show, rounded, selected and never read as HTML.

skip_if_not_installed("jsonlite")

page_file <- function() withr::local_tempfile(fileext = ".html", .local_envir = parent.frame())
text_of <- function(path) paste(readLines(path, encoding = "UTF-8"), collapse = "\n")
data_in <- function(path) {
  text <- text_of(path)
  json <- sub("(?s).*<script type=\"application/json\" id=\"data\">(.*?)</script>.*", "\\1", text, perl = TRUE)
  jsonlite::fromJSON(json, simplifyDataFrame = FALSE, simplifyMatrix = FALSE)
}
# What decode() of draw.js does.
numbers_of <- function(code) {
  unlist(lapply(strsplit(code, " ", fixed = TRUE)[[1]], function(token) {
    if (startsWith(token, "~")) rep(0, as.integer(substring(token, 2))) else if (token == "?") NA else as.numeric(token)
  }))
}
lines_in <- function(codes) unname(do.call(rbind, lapply(codes, numbers_of)))

fit <- nmf(brca21, "T/NB/3", n_starts = 1, seed = 1, verbose = FALSE)
check <- check_model(fit, n_runs = 0, seed = 1)

test_that("numbers come back from their code, to the digits that were asked for", {
  x <- c(0, 0, 1234.567, NA, 0, 1e-9, 0, 0, 0)
  expect_identical(nmfamily:::coded(x), "~2 1230 ? ~1 1e-09 ~3")
  expect_identical(numbers_of(nmfamily:::coded(x, 15)), x)
  expect_identical(nmfamily:::coded(numeric()), "")
  expect_identical(numbers_of(nmfamily:::coded(1e5 + 0:1, 15)), 1e5 + 0:1)
})

test_that("the page has the data, the factors and the order of profiles", {
  path <- page_file()
  expect_identical(withVisible(explore(fit, path = path, seed = 1)), list(value = path, visible = FALSE))
  page <- data_in(path)
  order <- order(sub(".*\\[(.*)\\].*", "\\1", colnames(brca21)), colnames(brca21))
  expect_identical(page$features, colnames(brca21)[order])
  expect_identical(lines_in(page$data), unname(brca21[, order] + 0))
  one <- page$fits[[1]]
  expect_equal(lines_in(one$H), unname(fit$H[, order]), tolerance = 5e-3)
  expect_equal(t(lines_in(one$W)), unname(fit$W), tolerance = 5e-4)
  expect_equal(one$share, unname(colSums(fit$W) / sum(fit$W)), tolerance = 1e-3)
  expect_setequal(one$walk, 0:20)
  expect_identical(unique(page$channels$names[page$channels$group + 1]), c("C>A", "C>G", "C>T", "T>A", "T>C", "T>G"))
  expect_identical(page$channels$label[1:3], c("ACA", "ACC", "ACG"))
})

test_that("residuals, band, deviances and cosines are those of the plots and of the check", {
  path <- page_file()
  explore(fit, path = path, check = check, seed = 1)
  page <- data_in(path)
  one <- page$fits[[1]]
  cells <- cbind(match(page$observations, rownames(brca21))[page$cells$row + 1],
                 match(page$features, colnames(brca21))[page$cells$column + 1])
  expect_identical(numbers_of(page$cells$value), as.numeric(brca21[cells]))
  expect_equal(numbers_of(one$mean), fitted(fit)[cells], tolerance = 5e-3)
  expect_equal(numbers_of(one$residual), residuals(fit, type = "pearson")[cells], tolerance = 5e-3)
  set.seed(1)
  expect_equal(sd(numbers_of(one$quantile)), sd(residuals(fit, type = "quantile", seed = 1)), tolerance = 0.02)
  expect_equal(one$band$limit, 2 * sqrt(fit$model$family$variance(one$band$mean)), tolerance = 1e-3)
  observations <- check$observations[match(page$observations, check$observations$observation), ]
  expect_equal(numbers_of(one$deviance), observations$mean_deviance, tolerance = 5e-3)
  expect_equal(numbers_of(one$cosine), observations$cosine, tolerance = 5e-3)
  deviance <- residuals(fit, type = "deviance")
  expect_equal(abs(one$worst$residual), sort(abs(deviance), decreasing = TRUE)[1:15], tolerance = 1e-3)
  expect_identical(one$verdict$reason, check$verdict$reason)
})

test_that("missing cells, offsets and intervals are in the page", {
  V <- brca21[, 1:12] + 0
  colnames(V) <- paste0("gene", 1:12)
  V[2, 3] <- NA
  offset <- matrix(1:12, 21, 12, byrow = TRUE)
  free <- nmf(V, "T/Po/2", offset = offset, n_starts = 1, seed = 1, verbose = FALSE)
  draws <- bootstrap_fit(free, n_runs = 3, seed = 1, verbose = FALSE)
  path <- page_file()
  explore(draws, path = path)
  page <- data_in(path)
  expect_null(page$channels)
  expect_true(is.na(lines_in(page$data)[2, 3]))
  expect_identical(length(page$cells$row), 21L * 12L - 1L)
  expect_identical(lines_in(page$offset$lines), matrix(1:12 + 0, 1))
  expect_identical(page$offset$at, rep(0L, 21))
  weights <- confint(draws, "weights")
  expect_equal(c(t(lines_in(page$fits[[1]]$most))), unname(weights[, 2]), tolerance = 5e-3)
  ends <- confint(draws, "components")
  expect_equal(c(lines_in(page$fits[[1]]$low)), unname(ends[, 1]), tolerance = 5e-3)
  some <- confint(draws, "components")[3:1, ]
  explore(free, path = path, intervals = some)
  high <- lines_in(data_in(path)$fits[[1]]$high)
  expect_identical(sum(!is.na(high)), 3L)
  expect_equal(c(high)[1:3], unname(ends[1:3, 2]), tolerance = 5e-3)
})

test_that("beyond 2,000 observations or features a selection is shown and stated", {
  X <- Matrix::sparseMatrix(i = rep(1:5, 500), j = 1:2500, x = rep(c(1, 3), c(2499, 1)), dims = c(5, 2500))
  quick <- function(V) nmf(V, "T/Po/2", n_starts = 1, max_iter = 2, seed = 1, verbose = FALSE)
  wide <- suppressWarnings(quick(X), classes = "nmf_warning_not_converged")
  path <- page_file()
  explore(wide, path = path, seed = 1)
  page <- data_in(path)
  expect_length(page$features, 2000)
  expect_match(page$notes[1], "2,000 of 2,500 features are shown", fixed = TRUE)
  expect_true("2500" %in% page$features)                 # the largest of all
  expect_identical(numbers_of(page$data[2]), as.numeric(X[2, as.integer(page$features)]))
  tall <- suppressWarnings(quick(Matrix::t(X)), classes = "nmf_warning_not_converged")
  explore(tall, path = path, seed = 1)
  page <- data_in(path)
  expect_length(page$observations, 2000)
  expect_identical(range(as.integer(page$observations)), c(1L, 2500L))
  expect_match(page$notes[1], "2,000 of 2,500 observations are shown, evenly spaced", fixed = TRUE)
  expect_identical(lines_in(page$data), unname(as.matrix(Matrix::t(X)[as.integer(page$observations), ])))
})

test_that("topics are shown as proportions, in groups, with the share of each term", {
  topics <- fit_topics(addresses$counts[1:40, 1:200], 2, n_starts = 1, seed = 1, verbose = FALSE)
  path <- page_file()
  explore(topics, path = path, groups = rep(c("b", "a"), 20), seed = 1)
  page <- data_in(path)
  expect_true(page$topics)
  expect_equal(lines_in(page$fits[[1]]$H), unname(t(topics$F)), tolerance = 5e-3)
  expect_identical(page$groups, list(names = c("a", "b"), at = rep(1:0, 20)))
  total <- Matrix::colSums(addresses$counts[1:40, 1:200])
  expect_equal(numbers_of(page$overall), unname(total / sum(total)), tolerance = 1e-3)
})

test_that("a choice, ranks and a comparison bring their plots, tables and words, and the number of each fit", {
  path <- page_file()
  comparison <- compare_models(brca21, c("T/Po", "T/NB"), rank = 2, n_starts = 1, seed = 1, verbose = FALSE)
  explore(comparison, path = path, seed = 1)
  page <- data_in(path)
  expect_identical(vapply(page$fits, `[[`, "", "label"), comparison$table$model)
  expect_identical(page$choice$bars$criterion$label, comparison$table$model)
  expect_equal(page$choice$bars$criterion$value, comparison$table$delta, tolerance = 1e-3)
  expect_identical(page$choice$table$fit, 0:1)
  ranks <- select_rank(brca21, "T/Po", 1:3, "bic", n_starts = 1, keep_fits = TRUE, seed = 1, verbose = FALSE)
  explore(ranks, path = path, seed = 1)
  page <- data_in(path)
  labels <- vapply(page$fits, `[[`, "", "label")
  expect_identical(labels[page$choice$lines[[1]]$fit + 1], paste0("NMF/T/Po/", 1:3))
  expect_identical(labels[1], paste0("NMF/T/Po/", ranks$rank))   # the chosen one comes first
  expect_equal(page$choice$lines[[1]]$value, ranks$table$score, tolerance = 1e-3)
  expect_identical(which(page$choice$lines[[1]]$chosen), unname(ranks$rank))
  ranks$fits <- NULL
  explore(ranks, path = path)
  expect_length(data_in(path)$fits, 0)
  expect_error(explore(ranks, brca21), class = "nmf_error_argument")
  choice <- choose_model(brca21, "T/Po", 1:2, n_splits = 2, n_runs = 0, n_starts = 1, seed = 1, verbose = FALSE)
  explore(choice, path = path, seed = 1)
  page <- data_in(path)
  expect_identical(unlist(page$choice[c("advice", "reasons")], use.names = FALSE),
                   unname(c(choice$advice, choice$reasons)))
  expect_identical(page$fits[[1]]$verdict$reason, choice$check$verdict$reason)
  expect_identical(sum(vapply(page$choice$lines, function(line) sum(line$chosen), 0L)), 2L)  # in each panel
})

test_that("no name can end the script around the data, and the text of a report is escaped", {
  V <- brca21[1:5, 1:6] + 0
  hostile <- c("</script><script>alert(1)</script>", "<!--", "\"'&", "\u05d0\u05d1\u05d2", "\U1F600", "{{script}}")
  dimnames(V) <- list(hostile[1:5], hostile)
  few <- nmf(V, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  path <- page_file()
  explore(few, path = path)
  expect_identical(lengths(regmatches(text_of(path), gregexpr("</script", text_of(path), ignore.case = TRUE))), 2L)
  expect_identical(data_in(path)$observations, hostile[1:5])
  expect_identical(data_in(path)$features, hostile)
  report(few, path, title = "<b>&\"", check = check_model(few, n_runs = 0, seed = 1))
  expect_match(text_of(path), "<title>&lt;b&gt;&amp;&quot;</title>", fixed = TRUE)
  expect_identical(lengths(regmatches(text_of(path), gregexpr("<script>alert", text_of(path), fixed = TRUE))), 0L)
})

test_that("a report has the words of the check and of the choice, and says why it has none", {
  path <- page_file()
  report(fit, path, check = check, seed = 1)
  text <- text_of(path)
  for (reason in check$verdict$reason) expect_match(text, nmfamily:::as_html(reason), fixed = TRUE)
  expect_match(text, "A traditional non-negative matrix factorisation with Negative Binomial noise describes 21",
               fixed = TRUE)
  exact <- nmf(outer(1:4, 1:3) + 0.5, "T/N/2", n_starts = 1, seed = 1, verbose = FALSE)
  exact$sigma2 <- 0
  exact$exact <- TRUE
  report(exact, path, seed = 1)
  expect_match(text_of(path), "The noise could not be checked", fixed = TRUE)
})

test_that("a page asks nothing of the network, and nobody for a name", {
  path <- page_file()
  explore(fit, path = path, seed = 1)
  expect_match(text_of(path), "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'", fixed = TRUE)
  expect_identical(unique(regmatches(text_of(path), gregexpr("https?://[^\"' ]*", text_of(path)))[[1]]),
                   "http://www.w3.org/2000/svg")         # the name of SVG, which is not asked for
})

test_that("what cannot be shown is refused before the old page is touched", {
  path <- file.path(withr::local_tempdir(), "page.html")   # where nothing else is
  writeLines("old", path)
  other <- nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  refused <- function(code) expect_error(code, class = "nmf_error_argument")
  refused(explore(brca21, path = path))
  refused(explore(fit, path = path, groups = 1:3))
  refused(explore(fit, path = path, intervals = matrix(1, 288, 2)))
  refused(explore(fit, path = path, check = check_model(other, n_runs = 0, seed = 1)))
  refused(explore(fit, path = path, seed = 0.5))
  refused(report(fit, path, title = 1))
  expect_error(explore(fit, brca21[, 1:95], path), class = "nmf_error_data")
  expect_error(explore(fit, path), class = "nmf_error_argument", regexp = "`path = `")
  two <- compare_models(brca21, c("T/Po", "T/NB"), rank = 2, n_starts = 1, seed = 1, verbose = FALSE)
  refused(explore(two, path = path, intervals = confint(fit, "components", method = "wald")))
  expect_identical(readLines(path), "old")
  expect_identical(list.files(dirname(path), all.files = TRUE, no.. = TRUE), "page.html")
})

test_that("the generator of the user stays as it was when a seed is given", {
  set.seed(1)
  before <- .Random.seed
  explore(fit, path = page_file(), seed = 1)
  expect_identical(.Random.seed, before)
})

test_that("the known component that each is matched with is in the page, and intervals may be of few weights", {
  path <- page_file()
  ends <- confint(fit, "weights", observations = 2)
  explore(fit, path = path, reference = pcawg_signatures, intervals = ends, seed = 1)
  one <- data_in(path)$fits[[1]]
  table <- match_components(fit, pcawg_signatures)$table
  expect_identical(one$matched$name, table$reference)
  expect_equal(one$matched$cosine, table$cosine, tolerance = 1e-3)
  expect_identical(one$matched$doubtful, table$doubtful)
  least <- lines_in(one$least)
  expect_true(all(is.na(least[, -2])) && !anyNA(least[, 2]))
  expect_null(one$low)
  expect_error(explore(fit, path = path, reference = "SBS1"), class = "nmf_error_data")
  expect_error(explore(fit, path = path, intervals = cbind(a = 1, b = 2)), class = "nmf_error_argument")
  shares <- confint(fit, "weights", method = "wald", relative = TRUE)
  expect_error(explore(fit, path = path, intervals = shares), class = "nmf_error_argument", regexp = "not relative")
})

test_that("a page of many fits has fewer points of each, and says how many", {
  path <- page_file()
  models <- c("T/Po", "T/NB", "C/Po", "C/NB", "CF/Po")
  many <- suppressWarnings(compare_models(brca21, models, rank = 2, n_starts = 1, tol = 1e-1, seed = 1,
                                          verbose = FALSE))
  explore(many, path = path, seed = 1)
  page <- data_in(path)
  expect_length(page$cells$row, 1600)
  expect_match(page$notes, "1,600 of 2,016 cells")
})
