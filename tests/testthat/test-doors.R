# Every front door refuses what nmf() refuses.

doors <- list(
  nmf = function(V, model, ...) nmf(V, model, rank = 2, ...),
  refit = function(V, model, ...) refit(V, V[1:2, ] + 1, sub("T/", "", model), ...),
  fit_topics = function(V, model, ...) fit_topics(V, 2, sub("T/", "", model), ...),
  find_consensus = function(V, model, ...) find_consensus(V, model, rank = 2, n_runs = 2, ...),
  profile_power = function(V, model, ...) profile_power(V, "T/TW/2", powers = 1.5, ...),
  profile_alpha = function(V, model, ...) profile_alpha(V, "T/NB/2", alphas = 10, ...),
  select_rank = function(V, model, ...) select_rank(V, model, ranks = 2, ...)
)
V <- random_data(21)

for (door in names(doors)) test_that(paste0("a solver or a start that is not for the model is refused [", door, "]"), {
  open <- doors[[door]]
  for (solver in list("em", "adam", c("adam", "mm"))) {
    expect_error(open(V, "T/NB", solver = solver, seed = 1), class = "nmf_error_argument")
  }
  expect_error(open(V, "T/NB", control = nmf_control(starts = "traditional"), seed = 1), class = "nmf_error_control")
})
