# One checker for each kind of argument: what it refuses, every function refuses, by class and before work starts.

V <- random_data(141)
fit <- without_advice(nmf(V, "T/Po/2", n_starts = 1, seed = 1, max_iter = 5))
topics <- without_advice(fit_topics(V, 2, n_starts = 1, seed = 1, max_iter = 5))

# Every function with a seed, with all else valid.
seeded <- list(
  nmf = function(seed) nmf(V, "T/Po/2", seed = seed),
  refit = function(seed) refit(V, fit$H, seed = seed),
  fit_topics = function(seed) fit_topics(V, 2, seed = seed),
  profile_power = function(seed) profile_power(V, "T/TW/2", seed = seed),
  profile_alpha = function(seed) profile_alpha(V, "T/NB/2", seed = seed),
  compare_models = function(seed) compare_models(V, rank = 2, seed = seed),
  compare_splits = function(seed) compare_splits(V, rank = 2, seed = seed),
  select_rank = function(seed) select_rank(V, "T/Po", seed = seed),
  choose_model = function(seed) choose_model(V, seed = seed),
  find_consensus = function(seed) find_consensus(V, "T/Po/2", seed = seed),
  bootstrap_fit = function(seed) bootstrap_fit(fit, seed = seed),
  select_penalty = function(seed) select_penalty(V, "T/Po/2", seed = seed),
  choose_topics = function(seed) choose_topics(V, 2:3, seed = seed),
  explain_weights = function(seed) explain_weights(fit, ~ x, data.frame(x = seq_len(nrow(V))), seed = seed),
  enrich_components = function(seed) enrich_components(fit, list(a = colnames(fit$H)[1:3]), seed = seed),
  plan_study = function(seed) plan_study(fit, seed = seed),
  check_model = function(seed) check_model(fit, seed = seed),
  feasible_set = function(seed) feasible_set(fit, seed = seed),
  explore = function(seed) explore(fit, seed = seed),
  report = function(seed) report(fit, tempfile(), seed = seed),
  simulate = function(seed) simulate(fit, seed = seed),
  "residuals, raw" = function(seed) residuals(fit, seed = seed),
  "residuals, quantile" = function(seed) residuals(fit, type = "quantile", seed = seed),
  "residuals of topics" = function(seed) residuals(topics, seed = seed),
  perplexity = function(seed) perplexity(topics, seed = seed),
  "perplexity of new data" = function(seed) perplexity(topics, V, seed = seed),
  "autoplot, components" = function(seed) autoplot(fit, seed = seed),
  "autoplot, residuals" = function(seed) autoplot(fit, "residuals", seed = seed),
  "autoplot of topics" = function(seed) autoplot(topics, "terms", seed = seed)
)

for (what in names(seeded)) test_that(paste("a seed that is no whole number is refused by", what), {
  for (seed in list(2.5, "a", NA, NA_real_, Inf, -Inf, NaN, 2^31, -2^31, 1e300, c(1, 2), integer(), TRUE, list(1))) {
    expect_error(seeded[[what]](seed), class = "nmf_error_argument")
  }
})

test_that("every exported function with a seed is in the list above", {
  exported <- getNamespaceExports("nmfamily")
  with_seed <- Filter(function(name) "seed" %in% names(formals(get(name, asNamespace("nmfamily")))), exported)
  expect_setequal(setdiff(with_seed, names(seeded)), character())
})

test_law("a whole number above 2^31 is refused by every argument that counts", {
  counted <- list(
    function(n) nmf(V, "T/Po/2", n_starts = n), function(n) nmf(V, "T/Po/2", max_iter = n),
    function(n) nmf(V, "T/Po", n), function(n) nmf(V, "T/Po/2", threads = n),
    function(n) nmf_control(start_iter = n), function(n) nmf_control(inner_iter = n),
    function(n) nmf_control(epochs = n), function(n) nmf_control(batch_size = n),
    function(n) refit(V, fit$H, free = n), function(n) fit_topics(V, n), function(n) predict(fit, V, max_iter = n),
    function(n) select_rank(V, "T/Po", n), function(n) select_rank(V, "T/Po", 2:3, n_splits = n),
    function(n) select_rank(V, "T/Po", 2:3, method = "stability", n_runs = n),
    function(n) choose_model(V, n_splits = n), function(n) compare_splits(V, rank = 2, n_splits = n),
    function(n) find_consensus(V, "T/Po/2", n_runs = n), function(n) bootstrap_fit(fit, n_runs = n),
    function(n) check_model(fit, n_runs = n), function(n) check_model(fit, n_bins = n),
    function(n) check_model(fit, n_worst = n), function(n) simulate(fit, nsim = n), function(n) summary(fit, n),
    function(n) autoplot(fit, n = n), function(n) coherence(topics, n), function(n) terms(topics, n = n),
    function(n) nmf_model("T/Po", rank = n), function(n) nmf_model(paste0("T/Po/", format(n, scientific = FALSE)))
  )
  for (call in counted) for (n in c(2^31, 1e10, 2^53, 1e300)) {
    error <- expect_error(call(n), class = "nmf_error")
    expect_no_match(conditionMessage(error), "NA")
  }
})

test_that("a fit goes on to the largest number of iterations that there is", {
  settings <- list(init = random_init(142, "traditional", V), seed = 1)
  one <- without_advice(do.call(nmf, c(list(V, "T/Po/3", max_iter = 3), settings)))
  on <- nmf(V, "T/Po/3", init = one, max_iter = .Machine$integer.max, seed = 1)
  expect_true(on$converged)
})

test_that("every exported function and method looks at its call first", {
  ns <- asNamespace("nmfamily")
  names <- unique(c(getNamespaceExports(ns), ns$.__NAMESPACE__.$S3methods[, 3]))
  functions <- Filter(is.function, mget(names[vapply(names, exists, NA, envir = ns, inherits = FALSE)], envir = ns))
  # Methods that only the package calls, primitives, the generic and the methods of read_rows(), which others call,
  # refusals, and pictures, whose arguments are those of autoplot().
  others <- "nmf_source$|^in_memory|^dim[.]|^dimnames[.]|^read_rows|^adjusted_noise|^fit_family|[.]default$|^plot[.]"
  functions <- functions[!grepl(others, names(functions))]
  expect_gt(length(functions), 100)
  begins <- vapply(functions, function(f) {
    lines <- as.list(body(f))
    "check_call" %in% unlist(lapply(lines[seq_len(min(3, length(lines)))], function(line) all.names(line)[1]))
  }, NA)
  expect_identical(names(functions)[!begins], character())
})

test_that("values are shown up to four, choices are one of them, and the nearest word is found", {
  expect_identical(shown(1:4), "c(1, 2, 3, 4)")
  expect_identical(shown(1:5), "an integer of length 5")
  expect_identical(check_choice("b", c("a", "b"), "x"), "b")
  for (x in list("c", c("a", "b", "b"), 1, NULL)) expect_error(check_choice(x, c("a", "b"), "x"), "one of \"a\", \"b\"")
  expect_identical(nearest("cells_abc_of_it", c("zzzzzz", "abc")), "abc")
  expect_null(nearest("cells_ab_of_it", c("zzzzzz", "ab")))
  named <- function(n) {
    V <- matrix(1, 2, 2, dimnames = list(NULL, c("a", "b")))
    H <- matrix(1, 1, 2 + n, dimnames = list(NULL, c("a", "b", letters[20 + seq_len(n)])))
    conditionMessage(tryCatch(match_features(V, H, "V", "`components`", "missing"), message = identity))
  }
  expect_match(named(3), "lacks 3 features (\"u\", \"v\", \"w\") of", fixed = TRUE)
  expect_match(named(4), "lacks 4 features (\"u\", \"v\", \"w\", ...) of", fixed = TRUE)
})
