# Whatever the names of observations and features are, they change no number; plots draw every bar, tables keep every
# entry apart, and files come back.

odd <- c("twin", "twin", "twin.1", "", NA, " blank", "blank ", "blank", "a\rb", "a\nb", "tab\tcomma,\"quote\"",
         strrep("x", 1e5), "\u00e9t\u00e9", "\u65e5\u672c", "</script><script>alert(1)</script>",
         "=HYPERLINK(\"http://x\")", "%s {x} $a^b \\", "TRUE")
told_apart <- make.unique(replace(odd, 4:5, c("4", "5")))
N <- length(odd)
V <- withr::with_seed(1, matrix(stats::rpois(N * N, 5) + 20 * (outer(1:N, 1:N, `+`) %% 3 == 0), N))
named <- `dimnames<-`(V, list(odd, rev(odd)))
quick <- function(V, ...) without_advice(nmf(V, "T/Po/3", n_starts = 1, seed = 1, verbose = FALSE, ...))
fit <- quick(named)
entries <- function(table, columns) do.call(paste, c(table[columns], sep = "\t|"))

test_that("odd names change no number and stay with their rows and columns", {
  expect_identical(unname(fit$W), unname(quick(V)$W))
  expect_identical(rownames(fit$W), odd)
  expect_identical(colnames(fit$H), rev(odd))
  expect_identical(unname(residuals(fit, named)), unname(residuals(quick(V))))
  expect_equal(unname(predict(fit, named)), unname(fit$W), tolerance = 1e-3)
  expect_output(print(fit))
})

test_that("tables keep all entries apart", {
  tables <- list(tidy(fit), tidy(fit, "weights"), augment(fit))
  keys <- list(c("component", "feature"), c("observation", "component"), c("observation", "feature"))
  for (i in 1:3) expect_identical(anyDuplicated(entries(tables[[i]], keys[[i]])), 0L)
  expect_identical(unique(tables[[1]]$feature), as.character(nmfamily:::labels_of(rev(odd), N)))
  expect_identical(tables[[1]]$value, as.vector(fit$H))
  expect_identical(tables[[3]]$value, as.vector(named))
  model <- as_topic_model(fit)
  expect_identical(anyDuplicated(entries(tidy(model), c("topic", "term"))), 0L)
  expect_identical(sum(augment(model)$n), sum(V))
  expect_identical(anyDuplicated(entries(tidy(compare_topics(model)), c("topic", "term"))), 0L)
  expect_length(coherence(model), 3)
})

test_that("plots draw each bar once, with the interval that is its own", {
  bars <- function(picture, layer = 1) ggplot2::layer_data(picture, layer)
  expect_identical(nrow(unique(bars(autoplot(fit, n = 5))[c("PANEL", "y")])), 15L)
  expect_identical(length(unique(bars(autoplot(fit, "weights"))$x)), N)
  draws <- bootstrap_fit(fit, n_runs = 3, seed = 1, verbose = FALSE)
  for (type in c("components", "weights")) expect_s3_class(ggplot2::ggplot_build(autoplot(draws, type)), "ggplot_built")
  shown <- autoplot(draws, n = 5)$data
  table <- tidy(draws)
  own <- match(entries(shown, c("colour", "feature")), entries(table, c("component", "feature")))
  expect_identical(shown$value, table$estimate[own])
  model <- as_topic_model(fit)
  for (type in c("terms", "structure", "embedding")) {
    expect_s3_class(ggplot2::ggplot_build(autoplot(model, type)), "ggplot_built")
  }
  expect_s3_class(ggplot2::ggplot_build(autoplot(compare_topics(model))), "ggplot_built")
  references <- `rownames<-`(fit$H[rep(1:3, 6), ], odd)
  expect_identical(nrow(bars(autoplot(match_components(fit, references), threshold = 0))), 3L * N)
})

test_that("a plot of channels in another spelling is the 96-channel profile", {
  other <- quick(`colnames<-`(brca21, make.names(colnames(brca21))))
  profile <- function(fit) ggplot2::layer_data(autoplot(fit))
  expect_identical(profile(other), profile(quick(brca21)))
})

test_that("files come back, names and numbers", {
  H <- `dimnames<-`(t(fit$W) / colSums(fit$W), list(c("twin", "twin", "=1+1"), odd))
  for (extension in c(".txt", ".csv", ".csv.gz")) {
    path <- withr::local_tempfile(fileext = extension)
    write_signatures(H, path)
    expect_identical(read_signatures(path), `dimnames<-`(H, list(c("twin", "twin.1", "=1+1"), told_apart)))
    counts <- `dimnames<-`(V, list(told_apart, rev(told_apart))) / 1
    write_signatures(counts, path)
    expect_equal(read_catalogue(path), counts)
    write_probabilities(fit, path, 5)
    written <- utils::read.table(path, sep = if (extension == ".txt") "\t" else ",", header = TRUE, comment.char = "")
    expect_identical(dim(written), c(N, 5L))
  }
})

test_that("the page of topics tells all terms apart, and no term can end the script around it", {
  skip_if_not_installed("jsonlite")
  json <- write_ldavis(as_topic_model(fit), n = N)
  expect_false(grepl("<", json, fixed = TRUE))
  terms <- jsonlite::fromJSON(json)$tinfo
  expect_setequal(terms$Term[terms$Category == "Default"], as.character(nmfamily:::labels_of(rev(odd), N)))
})

test_that("names that are no text in their encoding are refused", {
  skip_if_not(l10n_info()$`UTF-8`)
  broken <- `rownames<-`(V, replace(as.character(1:N), 2, "\xff\xfe"))
  error <- expect_error(quick(broken), class = "nmf_error_data")
  expect_match(conditionMessage(error), "iconv(rownames(V)", fixed = TRUE)
  latin <- `rownames<-`(V, replace(as.character(1:N), 2, iconv("\u00e9", "UTF-8", "latin1")))
  expect_identical(rownames(quick(latin)$W)[2], "\u00e9")
})
