# What the package computes, says and writes of small data with names in several alphabets: a list in which an error is
# its message, to be compared between locales and options.

everything_of_few <- function() {
  dir <- tempfile("few-")
  dir.create(dir)
  on.exit(unlink(dir, recursive = TRUE))
  V <- brca21[1:8, 1:12] + 1L
  rownames(V) <- c("z", "\u00e9", "B", "a", "\u00c4", "\u6771", "a b", "10")
  words <- V
  colnames(words) <- c("i", "I", "\u0131", "\u00f6", "z", "a", "B", "1e5", "100000", "\u00e9", "\u6f22", "o")
  quick <- list(n_starts = 1, max_iter = 30, threads = 1, verbose = FALSE, seed = 1)
  with_quick <- function(f, ...) do.call(f, c(list(...), quick))
  fit <- suppressWarnings(with_quick(nmf, V, "T/Po/2"), classes = "nmf_warning")
  topics <- suppressWarnings(with_quick(fit_topics, words, 2), classes = "nmf_warning")
  choose <- function(method, ...) with_quick(select_rank, V, "T/NB", 1:2, method, ...)
  written <- function(write, ..., end = ".txt") {
    path <- file.path(dir, paste0("f\u00efle", end))
    write(..., path = path)
    list(bytes_of(native_name(path)), if (identical(write, write_signatures)) read_signatures(path))
  }
  parts <- list(
    notation = function() {
      models <- c("T/TW1.5/3", "C/NB36.44/5", "t/tw1.001", "T/NB1e5/2", "T/NB123456.789/2", "T/NB0.00001", "Poisson/3",
                  "gaussian", "Negative Binomial/4", "traditional/tweedie/2", "convex by features/poisson")
      lapply(models, function(text) {
        model <- nmf_model(text)
        stopifnot(identical(format(nmf_model(format(model))), format(model)))
        format(model)
      })
    },
    messages = function() {
      calls <- list(
        quote(nmf(V, "T/Po/99")), quote(nmf(replace(V + 0.5, 3, -1234567.5), "T/Po/2")), quote(nmf(V, "T/Posson/2")),
        quote(nmf_negbin(-0.00001)), quote(nmf(V, "T/Po/2", tol = -100000)), quote(select_rank(V, "T/Po", ranks = 1e5))
      )
      lapply(calls, function(call) tryCatch(eval(call, list(V = V)), error = conditionMessage))
    },
    nmf = function() fit,
    data_frame = function() with_quick(nmf, as.data.frame(V), "T/N/2"),
    tweedie = function() with_quick(nmf, V, "T/TW1.5/2"),
    convex = function() with_quick(nmf, V, "C/NB/2"),
    methods = function() {
      list(summary(fit), tidy(fit), glance(fit), augment(fit), logLik(fit), residuals(fit, type = "quantile"),
           simulate(fit, seed = 1), predict(fit, V[1:2, ]), attribute_cells(fit, 1), hatvalues(fit),
           update(fit, seed = 2))
    },
    intervals = function() confint(with_quick(nmf, V, "T/NB/2")),
    edited = function() {
      list(fit[2:1], merge_components(fit, list("\u00e4" = 1:2)), rename_components(topics, c("\u00e9", "B")),
           update(fit, newdata = `rownames<-`(V[1:2, ], c("\u00df", "new"))))
    },
    effects = function() {
      explain_weights(fit, ~ group, data.frame(group = rep(c("b", "A", "z", "a"), 2)), draws = 0)$table
    },
    documents = function() list(typical_documents(topics, 2), topic_correlation(topics)),
    match = function() match_components(fit, fit$H[2:1, ]),
    refit = function() with_quick(refit, V, fit),
    cells = function() choose("cells", n_splits = 2),
    observations = function() choose("observations", n_splits = 2),
    bic = function() choose("bic"),
    stability = function() choose("stability", n_runs = 2),
    choice = function() with_quick(choose_model, V, c("T/Po", "T/NB"), ranks = 1:2, n_splits = 2, n_runs = 2),
    comparison = function() with_quick(compare_models, V, c("T/Po", "T/TW", "C/NB"), 2),
    profile = function() with_quick(profile_power, V, "T/TW/2", powers = c(1.1, 1.5, 1.9)),
    consensus = function() with_quick(find_consensus, V, "T/Po/2", n_runs = 3),
    bootstrap = function() bootstrap_fit(fit, n_runs = 3, threads = 1, verbose = FALSE, seed = 1),
    check = function() check_model(fit, n_runs = 3, threads = 1, seed = 1),
    splits = function() with_quick(compare_splits, V, "T/Po", 2, n_splits = 2),
    topics = function() {
      list(topics, tidy(topics), terms(topics), coherence(topics, words), perplexity(topics, words),
           merge_topics(topics, list(all = 1:2)))
    },
    tidy_table = function() {
      long <- data.frame(document = rownames(words)[row(words)], term = colnames(words)[col(words)], n = c(words))
      with_quick(fit_topics, long, 2)
    },
    topic_differences = function() compare_topics(topics, words, shrink = FALSE),
    signatures = function() {
      own <- with_quick(nmf, stats::setNames(brca21[1:4, ], NULL), "T/Po/2")
      rownames(own$H) <- c("\u00e9", "a")
      written(write_signatures, own$H)
    },
    activities = function() written(write_activities, fit, end = ".csv"),
    probabilities = function() written(write_probabilities, fit, end = ".txt.gz"),
    ldavis = function() {
      if (!requireNamespace("jsonlite", quietly = TRUE)) return(NULL)
      written(write_ldavis, topics, V = words, n = 5, lambda_step = 0.5, end = ".json")
    },
    own_bytes = function() {                             # names as a file or the keyboard gave them
      Encoding(rownames(fit$W)) <- "unknown"
      written(write_activities, fit)
    },
    prints = function() {
      prints <- utils::capture.output(print(fit), print(summary(fit)), print(topics), print(choose("bic")),
                                      print(check_model(fit, n_runs = 0)), print(nmf_model("T/TW1.5")))
      length(prints) > 20
    },
    plots = function() {
      choice <- choose("cells", n_splits = 2)
      groups <- rep(c("b", "A", "\u00e9", "a"), 2)
      pictures <- list(autoplot(fit), autoplot(topics, groups = groups), autoplot(fit, "weights", groups = groups),
                       autoplot(fit, "residuals"), autoplot(choice))
      lapply(pictures, function(picture) list(picture$labels, picture$data))
    },
    checkpoint = function() {
      path <- file.path(dir, "caf\u00e9.rds")
      choose("cells", n_splits = 2, checkpoint = path)
      names(read_checkpoint(native_name(path), path)$values)
    }
  )
  own <- function(code) suppressMessages(suppressWarnings(code, classes = "nmf_warning"))
  lapply(parts, function(part) tryCatch(own(part()), error = conditionMessage))
}

# Other sizes of the package, such as how many cells are worked on at once, until the test has ended.
local_sizes <- function(..., frame = parent.frame()) {
  space <- asNamespace("nmfamily")
  put <- function(values) {
    for (name in names(values)) {
      unlockBinding(name, space)
      assign(name, values[[name]], space)
      lockBinding(name, space)
    }
  }
  sizes <- list(...)
  old <- mget(names(sizes), space)
  put(sizes)
  withr::defer(put(old), envir = frame)
}

# A class of data with rows of its own, until the test has ended; methods where they are found and nothing is
# registered.
local_rows <- function(class, dim, read_rows, frame = parent.frame()) {
  methods <- stats::setNames(list(dim, read_rows), paste0(c("dim.", "read_rows."), class))
  list2env(methods, globalenv())
  withr::defer(rm(list = names(methods), envir = globalenv()), envir = frame)
  structure(list(), class = class)
}
