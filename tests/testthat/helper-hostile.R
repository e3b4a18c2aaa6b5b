# A registry of hostile calls: every exported function and S3 method of NAMESPACE, each argument of a valid call in turn
# replaced by each hostile value, or missing, misspelt, unknown, one too many. test-hostile.R tries some of them,
# `make hostile` (tools/hostile.R) all, in child processes.

# Methods that no user calls: those of generics that are not exported, of the class inside a problem, of what blocks are
# read from, and of classes of other packages.
hostile_functions <- function() {
  space <- asNamespace("nmfamily")
  methods <- getNamespaceInfo(space, "S3methods")
  exports <- sort(getNamespaceExports(space))
  own <- methods[, 1] %in% ls(space, all.names = TRUE)
  inside <- c("nmf_source", "nmf_h5", "nmf_turned", "nmf_bound", "nmf_made", "DelayedMatrix", "IterableMatrix")
  internal <- methods[, 2] %in% inside | methods[, 1] %in% c("dim", "dimnames") | (own & !methods[, 1] %in% exports)
  c(exports, methods[!internal, 3])
}

formals_of <- function(name) formals(get(name, asNamespace("nmfamily")))

# Generics are called by their own name.
called_name <- function(name) {
  methods <- getNamespaceInfo(asNamespace("nmfamily"), "S3methods")
  at <- match(name, methods[, 3])
  if (is.na(at)) name else methods[at, 1]
}

# Objects --------------------------------------------------------------------------------------------------------------

hostile_objects <- function() {
  without_advice(make_hostile_objects())
}

make_hostile_objects <- function() {
  o <- list()
  o$V <- withr::with_seed(7, matrix(stats::rpois(48, outer(1:8, 6:1)), 8, 6)) + 1
  dimnames(o$V) <- list(paste0("s", 1:8), paste0("f", 1:6))
  quick <- list(n_starts = 1, max_iter = 30, tol = 1e-2, seed = 1, verbose = FALSE)
  with_quick <- function(f, ...) do.call(f, list(...) |> c(quick))
  o$fit <- with_quick(nmf, o$V, "T/Po/2")
  o$open <- with_quick(nmf, o$V, "T/NB/2")
  o$convex <- with_quick(nmf, o$V, "CF/Po/2")
  o$topics <- with_quick(fit_topics, o$V, 2)
  o$comparison <- with_quick(compare_models, o$V, c("T/Po", "T/N"), rank = 2)
  o$feasible <- feasible_set(o$fit, n_draws = 2, seed = 1)
  o$bootstrap <- bootstrap_fit(o$fit, n_runs = 3, seed = 1, verbose = FALSE)
  o$check <- check_model(o$fit, n_runs = 3, seed = 1)
  o$rank <- with_quick(select_rank, o$V, "T/Po", 1:2, n_splits = 2, keep_fits = TRUE)
  o$choice <- with_quick(choose_model, o$V, "T/Po", 1:2, n_splits = 2, n_runs = 2)
  o$consensus <- with_quick(find_consensus, o$V, "T/Po/2", n_runs = 3)
  o$profile <- with_quick(profile_alpha, o$V, "T/NB/2", alphas = c(5, 50), refine = FALSE)
  o$splits <- with_quick(compare_splits, o$V, c("T/Po", "T/N"), rank = 2, n_splits = 2)
  o$topic_choice <- with_quick(choose_topics, o$V, 1:2, n_splits = 2)
  o$correlation <- topic_correlation(o$topics)
  o$effects <- explain_weights(o$fit, ~ x, data.frame(x = 1:8), o$bootstrap)
  o$differential <- compare_topics(o$topics)
  o$penalties <- with_quick(select_penalty, o$V, "T/Po/2", penalty = nmf_penalty(W = 1), strengths = 1, n_splits = 2)
  o$studies <- combine_studies(list(o$fit, o$open))
  o$penalty <- nmf_penalty(W = 1)
  o$seeds <- seed_terms(list("f1"))
  o$match <- match_components(o$fit, o$open)
  o$blocks <- nmf_blocks(o$V)
  o$cost <- estimate_cost(o$V, "T/Po/2")
  o$decomposition <- decompose_signatures(o$fit, o$open)
  o$study <- plan_study(o$fit, n_runs = 1, n_starts = 1, max_iter = 10, seed = 1, verbose = FALSE)
  o$summary <- summary(o$match)
  o$control <- nmf_control()
  o$counts <- tempfile(fileext = ".tsv")
  writeLines(c("Type\ts1\ts2", paste0(colnames(pcawg_signatures), "\t", 1:96, "\t", 96:1)), o$counts)
  o$signatures <- tempfile(fileext = ".tsv")
  write_signatures(pcawg_signatures[1:2, ], o$signatures)
  o$channels <- with_quick(nmf, brca21[1:4, ] + 0, "T/NB20/2")
  # not a SingleCellExperiment, whose classes take six seconds to load
  if (requireNamespace("SeuratObject", quietly = TRUE)) {
    o$cells <- suppressWarnings(SeuratObject::CreateSeuratObject(Matrix::Matrix(t(o$V), sparse = TRUE)))
  }
  o
}

# Valid calls ----------------------------------------------------------------------------------------------------------

# A name stands for its function, and for all methods that are not listed by themselves. An export without an entry
# fails the test: write a call of it that takes some milliseconds. `...` stands for an argument without a name.
valid_calls <- function(o) {
  quick <- list(n_starts = 1, max_iter = 10, tol = 1e-2, verbose = FALSE, seed = 1)
  seeded <- list(verbose = FALSE, seed = 1)
  calls <- list(
    add_reduction = list(object = o$cells, fit = o$fit),
    all_models = list(),
    as_poisson_nmf = list(topics = o$topics),
    as_topic_model = list(fit = o$fit),
    attach_data = list(fit = o$fit, V = o$V),
    attribute_cells = list(fit = o$fit),
    augment = list(x = o$fit),
    autoplot = list(object = o$fit),
    bind_catalogues = list(SBS = brca21, obs = "rows"),
    bootstrap_fit = c(list(fit = o$fit, n_runs = 2), seeded),
    cell_counts = list(object = o$cells),
    check_model = list(fit = o$fit, n_runs = 0, seed = 1),
    choose_model = c(list(V = o$V, models = "T/Po", ranks = 1:2, n_splits = 2, n_runs = 0), quick),
    choose_topics = c(list(V = o$V, ranks = 1:2, n_splits = 2), quick),
    coherence = list(topics = o$topics, n = 2),
    collapse_channels = list(V = brca21),
    combine_studies = list(fits = list(o$fit$H, o$open$H)),
    compare_models = c(list(V = o$V, models = "T/Po/2"), quick),
    compare_splits = c(list(V = o$V, models = "T/Po/2", n_splits = 2), quick),
    compare_topics = list(x = o$topics),
    cosine_similarity = list(x = o$V),
    decode = list(object = o$fit, codes = o$fit$W),
    decompose_signatures = list(x = o$fit, reference = o$open),
    document_likelihood = list(topics = o$topics),
    encode = list(object = o$convex),
    estimate_cost = list(V = o$V, model = "T/Po/2"),
    enrich_components = list(fit = o$fit, sets = list(a = colnames(o$V))),
    estimate_alpha = list(V = o$V, mu = stats::fitted(o$fit)),
    explore = list(x = o$fit, path = file.path(tempdir(), "explore.html"), seed = 1),
    exclusivity = list(topics = o$topics, n = 2),
    explain_weights = list(fit = o$fit, formula = ~ x, data = data.frame(x = 1:8), draws = 0),
    feasible_set = list(fit = o$fit, n_draws = 2, seed = 1),
    find_consensus = c(list(V = o$V, model = "T/Po/2", n_runs = 2), quick),
    fit_topics = c(list(V = o$V, rank = 2), quick),
    fits = list(x = o$comparison),
    glance = list(x = o$fit),
    group_mask = list(groups = c("a", "b"), shared = 1),
    match_components = list(x = o$fit, reference = o$open),
    merge_components = list(fit = o$open, groups = list(both = 1:2)),
    merge_topics = list(topics = o$topics, groups = list(both = 1:2)),
    nmf = c(list(V = o$V, model = "T/Po/2"), quick),
    nmf_blocks = list(V = o$V),
    nmf_control = list(),
    nmf_model = list(model = "T/Po"),
    nmf_negbin = list(),
    nmf_normal = list(),
    nmf_penalty = list(),
    nmf_poisson = list(),
    nmf_tweedie = list(),
    perplexity = list(topics = o$topics, seed = 1),
    plan_study = c(list(fit = o$fit, n_runs = 1), quick),
    plot_progress = list(... = o$fit),
    posterior = list(x = o$topics),
    profile_alpha = c(list(V = o$V, model = "T/NB/2", alphas = c(5, 50), refine = FALSE), quick),
    profile_power = c(list(V = o$V, model = "T/TW/2", powers = c(1, 2), refine = FALSE), quick),
    read_catalogue = list(path = o$counts),
    read_signatures = list(path = o$signatures),
    read_rows.default = list(x = o$V, from = 1, to = 2),
    read_rows = list(x = o$V, from = 1, to = 2),
    rename_components = list(fit = o$fit, names = c("a", "b")),
    refit = c(list(V = o$V, components = o$fit$H), quick),
    report = list(x = o$fit, path = file.path(tempdir(), "report.html"), check = o$check, seed = 1),
    seed_terms = list(seeds = list("f1")),
    select_penalty = c(list(V = o$V, model = "T/Po/2", penalty = o$penalty, strengths = 1, n_splits = 2), quick),
    select_rank = c(list(V = o$V, models = "T/Po", ranks = 1:2, n_splits = 2), quick),
    split_channels = list(fit = o$channels, V = brca21[1:4, ]),
    split_components = list(x = o$channels),
    weigh_tables = list(fit = o$channels),
    tidy = list(x = o$fit),
    topic_correlation = list(topics = o$topics),
    summary = list(object = o$fit),
    topics = list(x = o$topics),
    typical_documents = list(topics = o$topics, n = 1),
    write_activities = list(fit = o$channels, path = file.path(tempdir(), "activities.txt")),
    write_ldavis = list(topics = o$topics),
    write_probabilities = list(fit = o$channels, path = file.path(tempdir(), "probabilities.txt")),
    write_signatures = list(fit = o$channels, path = file.path(tempdir(), "signatures.txt")),
    `[.nmf_comparison` = list(x = o$comparison, i = 1),
    `[.nmf_fit` = list(x = o$fit, i = 1),
    `[.nmf_topic_model` = list(x = o$topics, i = 1),
    confint = list(object = o$open),
    decode.default = list(object = o$fit, codes = o$fit$W),
    encode.default = list(object = o$convex),
    decode.nmf_fit = list(object = o$fit, codes = o$fit$W),
    encode.nmf_fit = list(object = o$convex),
    posterior.default = list(x = o$topics),
    topics.default = list(x = o$topics),
    fits.default = list(x = o$comparison),
    print.summary.nmf_fit = list(x = summary(o$fit)),
    update = list(object = o$fit, rank = 1),
    format.nmf_penalty = list(x = o$penalty),
    print.nmf_family = list(x = nmf_poisson()),
    print.nmf_model = list(x = nmf_model("T/Po")),
    format.nmf_model = list(x = nmf_model("T/Po"))
  )
  if (is.null(o$cells)) calls[c("add_reduction", "cell_counts")] <- NULL
  calls
}

# The object that a method is for, by its class.
object_of_class <- function(o, class) {
  Find(function(object) identical(class(object)[1], class), o)
}

valid_call <- function(name, o, calls = valid_calls(o)) {
  methods <- getNamespaceInfo(asNamespace("nmfamily"), "S3methods")
  at <- match(name, methods[, 3])
  if (!is.null(calls[[name]]) || is.na(at)) return(calls[[name]])
  object <- object_of_class(o, methods[at, 2])
  if (is.null(object)) return(NULL)
  found <- calls[[methods[at, 1]]]
  if (is.null(found) || inherits(found[[1]], setdiff(class(object), "list"))) found <- found
  first <- stats::setNames(list(object), names(formals_of(name))[1])
  if (is.null(found) || !inherits(found[[1]], class(object)[1])) first else found
}

# Hostile values -------------------------------------------------------------------------------------------------------

hostile_values <- function(o) {
  X <- o$V
  broken <- methods::as(X, "CsparseMatrix")
  broken@i[2] <- 99L
  list(
    "NULL" = NULL, "NA" = NA, "NA_character_" = NA_character_, "NaN" = NaN, "Inf" = Inf, "-Inf" = -Inf, "-1" = -1,
    "0" = 0, "1.5" = 1.5, "2^31" = 2^31, "1e10" = 1e10, "1e-320" = 1e-320, "TRUE" = TRUE, "\"a\"" = "a", "\"\"" = "",
    "character(0)" = character(), "numeric(0)" = numeric(), "c(1, NA)" = c(1, NA), "c(a = 1, a = 2)" = c(a = 1, a = 2),
    "list()" = list(), "list(1, \"a\")" = list(1, "a"), "list(NULL)" = list(NULL), "a function" = mean,
    "an environment" = new.env(), "a symbol" = quote(x), "a call" = quote(f(x)), "a formula" = y ~ x,
    "a data frame" = as.data.frame(X), "a data frame of text" = data.frame(x = letters[1:8], y = "b"),
    "a matrix with NA" = replace(X, 2, NA), "a matrix with -1" = replace(X, 2, -1),
    "a matrix with Inf" = replace(X, 2, Inf), "a matrix of text" = matrix("a", 8, 6),
    "a matrix of 0 rows" = X[0, ], "a matrix of 1 cell" = X[1, 1, drop = FALSE],
    "a matrix of twice the same name" = `dimnames<-`(X, list(rep("s", 8), rep("f", 6))),
    "a matrix of another size" = X[1:5, 1:4], "an array" = array(1, c(8, 6, 2)),
    "1e5 letters" = strrep("x", 1e5), "a factor" = factor("a"), "a date" = as.Date("2020-01-01"), "1i" = 1i,
    "raw" = as.raw(1), "an S4 object" = methods::getClass("numeric"), "a broken dgCMatrix" = broken,
    "a linear model" = structure(list(coefficients = 1, fitted.values = 2), class = "lm"),
    "a hollow fit" = structure(list(), class = "nmf_fit"), "a hollow model" = structure(list(), class = "nmf_model"),
    "a hollow family" = structure(list(), class = "nmf_family"),
    "a hollow topic model" = structure(list(), class = "nmf_topic_model"), "a match" = o$match
  )
}

# What was made by this package and then altered by hand: each field left out, and each replaced by nonsense.
altered <- function(object) {
  if (!is.list(object)) return(list())
  fields <- Filter(function(field) !is.null(object[[field]]), names(object))
  each <- function(what, fields, change) {
    changed <- lapply(fields, function(field) {
      object[field] <- list(change(object[[field]]))
      object
    })
    stats::setNames(changed, if (length(fields)) paste0(what, fields))
  }
  without <- lapply(fields, function(field) {
    structure(unclass(object)[setdiff(names(object), field)], class = class(object))
  })
  tables <- Filter(function(field) is.matrix(object[[field]]), fields)
  c(stats::setNames(without, paste0("without $", fields)),
    each("nonsense in $", fields, function(value) if (is.character(value)) -1 else "nonsense"),
    each("a row less in $", tables, function(value) value[-1, , drop = FALSE]))
}

# Calls ----------------------------------------------------------------------------------------------------------------

# One line for each hostile call. `how` is "value", "altered", "missing", "unknown", "misspelt" or "extra".
hostile_cases <- function(o) {
  calls <- valid_calls(o)
  values <- names(hostile_values(o))
  one <- function(name) {
    given <- valid_call(name, o, calls)
    if (is.null(given)) return(NULL)
    arguments <- setdiff(names(formals_of(name)), "...")
    is_method <- called_name(name) != name
    generic <- if (is_method) arguments[1]
    grid <- function(how, argument, value) {
      if (length(argument) && length(value)) expand.grid(name = name, how = how, argument = argument, value = value,
                                                         stringsAsFactors = FALSE)
    }
    own <- Filter(function(argument) startsWith(class(given[[argument]])[1], "nmf_"), names(given))
    required <- Filter(function(argument) is_empty(formals_of(name)[[argument]]), arguments)
    brackets <- startsWith(called_name(name), "[")
    rbind(
      grid("value", setdiff(c(arguments, names(given)), generic), values),
      do.call(rbind, lapply(own, function(argument) grid("altered", argument, names(altered(given[[argument]]))))),
      if (!brackets) grid("missing", setdiff(required, generic), ""),
      if (!brackets) grid("unknown", "nonsense", ""),
      if (!brackets) grid("misspelt", setdiff(arguments[nchar(arguments) > 3], generic), c("shorter", "longer")),
      if (!brackets) grid("extra", "the last", "")
    )
  }
  do.call(rbind, lapply(hostile_functions(), one))
}

# The arguments of a case: in `call` how they are written, in `given` what they are.
hostile_call <- function(case, o, calls = valid_calls(o), values = hostile_values(o)) {
  given <- valid_call(case$name, o, calls)
  switch(
    case$how,
    value = given[case$argument] <- values[case$value],
    altered = given[[case$argument]] <- altered(given[[case$argument]])[[case$value]],
    missing = given[case$argument] <- NULL,
    unknown = given$nonsense_argument <- 1,
    misspelt = {
      value <- given[[case$argument]] %||% 1
      given[case$argument] <- NULL
      end <- nchar(case$argument)
      given[[if (case$value == "shorter") substr(case$argument, 1, end - 1) else paste0(case$argument, "x")]] <- value
    },
    extra = {
      formals <- formals_of(case$name)
      formals <- formals[!vapply(formals, is_empty, NA) & !names(formals) %in% c("...", names(given))]
      defaults <- lapply(formals, eval, asNamespace("nmfamily"))
      given <- c(given, defaults, list(... = 99))
    }
  )
  if (case$how == "extra" && called_name(case$name) != case$name) names(given)[1] <- ""
  given
}

# Verdicts -------------------------------------------------------------------------------------------------------------

# What an argument of this name may be, among the hostile values: all else must be refused, or taken with a word.
may_be <- function(argument) {
  number <- function(from, to, whole = FALSE) {
    function(x) {
      is.numeric(x) && length(x) == 1 && is.null(dim(x)) && !is.na(x) && x >= from && x <= to &&
        (!whole || x == round(x))
    }
  }
  count <- number(0, .Machine$integer.max, TRUE)
  numbers <- function(x) is.numeric(x) && is.null(dim(x)) && length(x) > 0 && all(is.finite(x) & x >= 0)
  flag <- function(x) is.logical(x) && length(x) == 1 && !is.na(x)
  data <- function(x) {
    cells <- if (is.data.frame(x) || is.matrix(x)) suppressWarnings(as.matrix(x))
    is.numeric(cells) && length(cells) > 0 && all(cells >= 0 & cells < Inf, na.rm = TRUE)
  }
  text <- function(x) is.character(x) && length(x) == 1 && !is.na(x) && nzchar(x)
  none <- function(x) FALSE
  or <- function(...) {
    kinds <- list(...)
    function(x) any(vapply(kinds, function(kind) isTRUE(kind(x)), NA))
  }
  kinds <- list(
    V = data, newdata = or(data, number(0, 1e300)), cell_weights = data, offset = data, mu = data,
    codes = or(data, numbers), components = or(data, numbers), reference = data, x = data, y = data, rank = count,
    n = number(0, Inf), n_runs = count, n_bins = count, n_worst = count, n_splits = count, n_starts = count,
    max_iter = count, threads = count, start_iter = count, inner_iter = count, epochs = count, batch_size = count,
    nsim = count, digits = count, ranks = numbers, seed = number(-.Machine$integer.max, .Machine$integer.max, TRUE),
    tol = number(0, Inf), time_limit = number(0, Inf), rel_tol = number(0, Inf), alpha_tol = number(0, Inf),
    learning_rate = number(0, Inf), decay = number(0, 1), lambda_step = number(0, 1), level = number(0, 1),
    threshold = number(-1, 1), train = number(0, 1), hidden = or(number(0, 1), data), smooth = number(0, Inf),
    w = number(0, 1), min_prob = number(0, 1), pseudocount = number(0, Inf), outliers = number(0, 1),
    add = number(0, Inf), drop = or(number(0, Inf), flag), free = count, prior = number(1, Inf), power = number(0, Inf),
    alpha = or(numbers, number(0, Inf)), alphas = numbers, powers = numbers, verbose = flag, adjust = flag,
    refine = flag, shrink = flag, sparse = flag, keep_fits = flag, relative = flag, extrapolate = flag, integer = flag,
    evaluate = flag, zoom = flag, optional = flag, path = text, checkpoint = text, name = text, draws = count,
    title = function(x) is.character(x) && length(x) == 1 && !is.na(x),
    groups = function(x) is.atomic(x) || identical(x, list()), observations = numbers, features = numbers,
    i = or(numbers, flag, number(-1, -1), function(x) is.atomic(x) && is.null(dim(x)) && length(x) == 0),
    j = or(numbers, flag, number(-1, -1)), sweeps = number(0, Inf), checkpoint_every = number(0, Inf), n_draws = count,
    conf.int = flag,
    topics = count, dims = numbers, SBS = data, sizes = number(1, 1e12), least = number(0, 1),
    m = or(number(1, 1e12), numbers),
    panels = flag, row.names = or(numbers, text), W = number(0, 1e50), H = number(0, 1e50),
    ridge = number(0, 1e50), strength = numbers, strengths = numbers,
    shared = count, own = count, min_studies = count, fits = function(x) is.list(x) && length(x) > 1
  )
  kinds[[argument]] %||% none
}

# Numbers anywhere in a result.
has_nan <- function(x) {
  if (is.numeric(x)) return(any(is.nan(x)))
  if (methods::is(x, "sparseMatrix")) return(anyNA(x@x))
  if (is.list(x)) return(any(vapply(unclass(x), has_nan, NA)))
  FALSE
}

# A word about a result that cannot be right, or NULL.
fault_of <- function(result) {
  if (inherits(result, "ggplot")) {
    built <- tryCatch(ggplot2::ggplot_build(result), error = identity)
    return(if (inherits(built, "error")) paste("cannot be drawn:", conditionMessage(built)))
  }
  if (inherits(result, "nmf_topic_model")) result <- result$fit
  if (inherits(result, "nmf_fit")) {
    sound <- function(x) is.matrix(x) && is.numeric(x) && all(is.finite(x) & x >= 0)
    if (!sound(result$W) || !sound(result$H)) return("weights or components that are not finite and non-negative")
    if (is.nan(result$deviance) || is.infinite(result$deviance)) return("a deviance that is not finite")
  }
  if (has_nan(result)) return("NaN in the result")
  if (any(startsWith(class(result), "nmf_")) && is.list(result)) {
    printed <- tryCatch(utils::capture.output(print(result)), error = identity)
    if (inherits(printed, "error")) return(paste("cannot be printed:", conditionMessage(printed)))
  }
  NULL
}

# Refusals of R itself before the first line of a function: of a generic of another package.
is_foreign <- function(case, error) {
  own <- setdiff(getNamespaceExports("nmfamily"), c("augment", "autoplot", "glance", "tidy"))
  refusals <- "no applicable method|not supported by autoplot|missing, with no default"
  !case$name %in% own && grepl(refusals, conditionMessage(error))
}

# What a call returns and shows, called as a user writes it.
value_of <- function(name, given) {
  words <- sprintf("given%d", seq_along(given))
  place <- list2env(stats::setNames(unname(given), words), parent = globalenv())
  written <- lapply(words, as.name)
  if (length(given)) names(written) <- sub("^\\.\\.\\.$", "", names(given))
  call <- as.call(c(as.name(called_name(name)), written))
  output <- utils::capture.output(value <- eval(call, place))
  list(value = value, output = output)
}

# Results may lack some of their parts.
is_optional <- function(object, what) {
  part <- sub("without $", "", what, fixed = TRUE)
  part != what && any(vapply(parts[intersect(class(object), names(parts))], function(kinds) {
    part %in% names(kinds) && endsWith(kinds[[part]], "?")
  }, NA))
}

valid_values <- new.env()

# Whether a call had no need for what was altered.
is_unaffected <- function(result, case, o, calls) {
  if (is.null(valid_values[[case$name]])) {
    valid_values[[case$name]] <- without_advice(value_of(case$name, valid_call(case$name, o, calls)))
  }
  expected <- valid_values[[case$name]]
  field <- sub(".*\\$", "", case$value)
  if (inherits(result$value, "ggplot")) {
    result$value <- ggplot2::ggplot_build(result$value)$data
    expected$value <- ggplot2::ggplot_build(expected$value)$data
  } else if (is.list(result$value) && inherits(expected$value, class(result$value)[1])) {
    others <- setdiff(names(expected$value), field)
    result$value <- unclass(result$value)[others]
    expected$value <- unclass(expected$value)[others]
  }
  isTRUE(all.equal(result, expected, check.environment = FALSE))
}

# "refused" by a class of its own, "taken" where that may be; "unclassed" or "garbage".
verdict_on <- function(case, o, calls = valid_calls(o), values = hostile_values(o), limit = 20, run = value_of) {
  given <- hostile_call(case, o, calls, values)
  word <- FALSE
  heard <- function(condition) {
    word <<- TRUE
    tryInvokeRestart(if (inherits(condition, "warning")) "muffleWarning" else "muffleMessage")
  }
  withr::local_dir(tempdir())
  setTimeLimit(elapsed = limit)
  on.exit(setTimeLimit(), add = TRUE)
  result <- tryCatch({
    withCallingHandlers(run(case$name, given), warning = heard, message = heard)
  }, error = function(e) structure(list(error = e), class = "hostile_error"))
  setTimeLimit()
  say <- function(verdict, detail = "") list(verdict = verdict, detail = gsub("[\t\n]", " ", substr(detail, 1, 300)))
  if (inherits(result, "hostile_error")) {
    error <- result$error
    if (grepl("reached elapsed time limit", conditionMessage(error))) return(say("hang"))
    if (inherits(error, "nmf_error") || is_foreign(case, error)) return(say("refused", conditionMessage(error)))
    return(say("unclassed", paste0(class(error)[1], ": ", conditionMessage(error))))
  }
  fault <- fault_of(result$value)
  if (!is.null(fault)) return(say("garbage", fault))
  if (case$how == "altered" && is_optional(given[[case$argument]], case$value)) return(say("taken"))
  if (case$how == "altered" && is_unaffected(result, case, o, calls)) return(say("taken"))
  if (word || is_meant(case, o, calls, values)) return(say("taken"))
  say("garbage", "accepted without a word")
}

is_meant <- function(case, o, calls, values) {
  if (case$how != "value") return(FALSE)
  value <- values[[case$value]]
  default <- tryCatch(eval(formals_of(case$name)[[case$argument]], asNamespace("nmfamily")), error = function(e) NULL)
  if (case$argument %in% names(formals_of(case$name)) && identical(value, default)) return(TRUE)
  if (case$value == "a match" && case$argument %in% c("x", "object")) return(TRUE)  # has methods of its own
  if (case$name == "write_signatures" && case$argument == "fit") return(isTRUE(may_be("components")(value)))
  isTRUE(may_be(case$argument)(value))
}
