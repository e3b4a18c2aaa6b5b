# The number of topics, from several sides.

passages <- small_passages()
choice <- choose_topics(passages, 2:3, n_splits = 2, n_starts = 1, seed = 4, verbose = FALSE)

test_that("each criterion is that of a fit to the documents of its split", {
  row <- choice$splits[choice$splits$rank == 3 & choice$splits$split == 2, ]
  plan <- list(data = new_source(as_data(passages)), n_train = 96, seed = 4)
  held <- nmfamily:::left_out(2, plan)
  seed <- nmfamily:::seed_of_start(4, 2)
  model <- fit_topics(passages[-held, ], 3, n_starts = 1, seed = seed, verbose = FALSE)
  expect_equal(row$held_out, -log(suppressMessages(perplexity(model, passages[held, ], seed = seed))))
  expect_equal(row$coherence, mean(coherence(model)))
  expect_equal(row$exclusivity, mean(exclusivity(model)))
  one <- choice$topics[choice$topics$rank == 3 & choice$topics$split == 2, ]
  expect_equal(one$coherence, unname(coherence(model)))
})

test_that("the table has the means, the stability of matched topics and the standard error to the best", {
  means <- aggregate(cbind(held_out, coherence, exclusivity) ~ rank, choice$splits, mean)
  expect_equal(choice$table[names(means)], means)
  models <- lapply(1:2, function(s) {
    held <- nmfamily:::left_out(s, list(data = new_source(as_data(passages)), n_train = 96, seed = 4))
    fit_topics(passages[-held, ], 2, n_starts = 1, seed = nmfamily:::seed_of_start(4, s), verbose = FALSE)
  })
  similarity <- cosine_similarity(models[[1]]$fit, models[[2]]$fit)
  expect_equal(choice$table$stability[1], max(mean(diag(similarity)), mean(diag(similarity[, 2:1]))))
  best <- which.max(choice$table$held_out)
  expect_identical(choice$best, choice$table$rank[best])
  other <- choice$table$rank[-best]
  difference <- with(choice$splits, held_out[rank == choice$best] - held_out[rank == other])
  expect_equal(choice$table$held_out_se[-best], stats::sd(difference) / sqrt(2))
  expect_output(print(choice), paste("predicted best with", choice$best, "topics"))
  expect_identical(as.data.frame(choice), choice$table)
})

test_that("the smallest number within one standard error is named", {
  splits <- data.frame(rank = rep(2:4, each = 3), held_out = c(-5.1, -5, -5.2, -5, -5.1, -5.1, -5, -5, -5.1))
  expect_equal(nmfamily:::se_to_best(splits, 2:4, 3),
               c(stats::sd(c(0.1, 0, 0.1)), stats::sd(c(0, 0.1, 0)), 0) / sqrt(3))
})

test_that("the picture has all four criteria, and a checkpoint repeats them", {
  picture <- autoplot(choice)
  expect_identical(levels(picture$data$panel)[4], "stability")
  expect_identical(nrow(picture$data), 8L)
  path <- withr::local_tempfile(fileext = ".rds")
  again <- function() {
    choose_topics(passages, 2, prior = 1.5, n_splits = 2, n_starts = 1, checkpoint = path, seed = 4, verbose = FALSE)
  }
  expect_identical(again(), again())
  expect_error(choose_topics(passages, 2, prior = 1.5, n_splits = 2, n_starts = 1, checkpoint = path, seed = 4,
                             solver = "mm", verbose = FALSE), "settings differs", class = "nmf_error_argument")
})

test_that("what cannot be judged is refused", {
  expect_error(choose_topics(passages, 0:2), class = "nmf_error_rank")
  expect_error(choose_topics(passages + 0.5, 2), class = "nmf_error_data") |> suppressWarnings()
  expect_error(choose_topics(passages, 2, n_splits = 1), class = "nmf_error_argument")
  expect_error(choose_topics(passages, 2, hidden = 0), class = "nmf_error_argument")
  expect_error(choose_topics(passages, 2, checkpoint = tempfile()), class = "nmf_error_argument")
})
