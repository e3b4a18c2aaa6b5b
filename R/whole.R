# What the objects of this package hold. One that was altered by hand is refused where it is given, before its parts are
# used. A kind is one of those below, or a class of this list; with "?" the part may be absent.

parts <- list(
  nmf_family = c(name = "text", symbol = "text", label = "text", variance = "function", log_saturated = "function",
                 distribution = "function", random = "function", discrete = "flag", has_dispersion = "flag",
                 parameter = "list?"),
  nmf_penalty = c(W = "number", H = "number", type = "text", ridge = "number"),
  nmf_seeds = c(seeds = "list", strength = "numbers?"),
  nmf_model = c(structure = "text", family = "nmf_family", rank = "number?", encoder = "text?"),
  nmf_fit = c(W = "weights", H = "weights", E = "weights?", D = "weights?", A = "weights?", model = "nmf_model",
              objective = "number?", penalty = "number?", deviance = "number", status = "text",
              converged = "flag", kkt = "number",
              iterations = "number", trace = "table?", starts = "table?", nobs = "number", seed = "number?",
              solver = "text?", control = "list", settings = "list?", run = "list", sigma2 = "number",
              dispersion = "text", logLik = "number", df = "numbers", obs = "text", call = "call?", seconds = "number",
              origin = "list?", missing = "numbers?", offset = "numbers?", data = "environment?", steps = "list?",
              exact = "flag?", edited = "list?", updated = "list?"),
  summary.nmf_fit = c(fit = "nmf_fit", components = "table"),
  nmf_topic_model = c(L = "numbers", F = "weights", s = "numbers", u = "numbers", fit = "nmf_fit"),
  nmf_comparison = c(table = "table", fits = "list", note = "text?", seed = "number?", call = "call?"),
  nmf_bootstrap = c(fit = "nmf_fit", H = "numbers", W = "numbers?", parameters = "numbers", runs = "table",
                    type = "text", table = "table"),
  nmf_feasible = c(fit = "nmf_fit", table = "table", mixing = "table", H = "numbers", W = "numbers", level = "number",
                   n_draws = "number", seed = "number"),
  nmf_check = c(model = "nmf_model", dim = "numbers", table = "table", bins = "table", observations = "table",
                features = "table", cells = "table", residual_sd = "number", qq = "table", n_worst = "number",
                n_runs = "number", nobs = "number", n_cells = "number", zeros = "table?", alike = "table?",
                alone = "table?", approximate = "flag", verdict = "table"),
  nmf_rank = c(table = "table", rank = "numbers", models = "list", reason = "text", fits = "list?", failures = "table",
               status = "text", method = "text", rule = "text", score = "text", n_splits = "number?",
               n_runs = "number?", seed = "number?", call = "call?"),
  nmf_penalty_choice = c(table = "table", strength = "numbers", penalty = "nmf_penalty", reason = "text",
                         model = "nmf_model", rule = "text", n_splits = "number", status = "text", failures = "table",
                         seed = "number?", call = "call?"),
  nmf_choice = c(advice = "text", reasons = "text", warnings = "text", model = "nmf_model?", fit = "nmf_fit?",
                 check = "nmf_check?", stability = "table?", cophenetic = "numbers?", models = "table",
                 table = "table", near = "numbers?", ranked = "text?", out = "text?", failures = "table?",
                 status = "text", n_splits = "number", n_runs = "number"),
  nmf_consensus = c(fit = "nmf_fit?", table = "table", components = "numbers", silhouettes = "numbers",
                    outlier = "flags", objectives = "numbers", cophenetic = "number", runs = "table",
                    model = "nmf_model", type = "text", outliers = "number"),
  nmf_studies = c(table = "table", members = "table", components = "numbers", similarity = "numbers",
                  threshold = "number", min_studies = "number"),
  nmf_profile = c(parameter = "text", table = "table", estimate = "number", interval = "numbers", logLik = "number",
                  model = "nmf_model", dispersion = "text?", fits = "list", best = "nmf_fit"),
  nmf_splits = c(table = "table", scores = "table", pairs = "table", components = "list?", left_out = "list",
                 failures = "table", status = "text", n_splits = "number", train = "number"),
  nmf_cost = c(model = "text", dim = "numbers", stored = "number", blocks = "flag", memory = "number",
               disk = "number", seconds = "numbers", sweeps = "number", table = "table"),
  nmf_blocks = c(path = "text", offsets = "numbers", from = "numbers", dim = "numbers", dimnames = "list",
                 sparse = "flag", weighted = "flag", obs = "text", read_from = "text", key = "environment",
                 facts = "list"),
  nmf_differential = c(table = "table"),
  nmf_topic_choice = c(table = "table", splits = "table", topics = "table?", best = "number", simplest = "number",
                       n_splits = "number", train = "number", seed = "number"),
  nmf_effects = c(table = "table", weights = "numbers", frame = "table", coefficients = "numbers",
                  covariance = "numbers", formula = "call", relative = "flag", level = "number", n_draws = "number",
                  model = "nmf_model"),
  nmf_decomposition = c(table = "table", components = "table", H = "weights", sums = "weights", level = "number",
                        threshold = "number"),
  nmf_study = c(table = "table", runs = "table", threshold = "number", n_runs = "number", model = "nmf_model",
                seed = "number?"),
  nmf_summary = c(title = "text", facts = "table", table = "table"),
  nmf_match = c(table = "table", similarity = "similarity", against = "text?")
)

is_kind <- list(
  weights = function(x) is.matrix(x) && is.numeric(x) && all(is.finite(x) & x >= 0),
  table = is.data.frame,
  number = function(x) length(x) == 1 && (is.numeric(x) || identical(x, NA)),
  numbers = function(x) is.numeric(x) || (is.logical(x) && all(is.na(x))),
  text = is.character,
  flag = function(x) is.logical(x) && length(x) == 1,
  flags = is.logical,
  similarity = function(x) is.list(x) || is.matrix(x),
  list = is.list,
  "function" = is.function,
  environment = is.environment,
  call = is.call
)

check_fit <- function(fit, arg = "fit") {
  expect_arg(inherits(fit, "nmf_fit"), arg, "a fit from nmf()", fit)
  check_whole(fit, arg)
}

# Read once: this is asked in every call.
kinds_of_parts <- lapply(parts, function(kinds) {
  data.frame(part = names(kinds), kind = sub("?", "", kinds, fixed = TRUE), optional = endsWith(kinds, "?"))
})

# `x` stands in a message as `arg`.
check_whole <- function(x, arg) {
  for (class in intersect(class(x), names(parts))) {
    held <- if (is.list(x)) unclass(x) else list()
    wanted <- kinds_of_parts[[class]]
    for (i in seq_along(wanted$part)) {
      part <- wanted$part[i]
      kind <- wanted$kind[i]
      value <- held[[part]]
      if (is.null(value) && wanted$optional[i]) next
      if (is.null(is_kind[[kind]])) {
        ok <- inherits(value, kind)
        if (ok) check_whole(value, paste0(arg, "$", part))
      } else {
        ok <- is_kind[[kind]](value)
      }
      if (!ok) refuse_altered(arg, class, part, value)
    }
  }
  if (inherits(x, "nmf_fit")) {
    size <- x$run$data$dim %||% c(NA, NA)
    check_shapes(x, arg, "nmf_fit", W = c(size[1], NA), H = c(ncol(x$W), size[2]))
  }
  if (inherits(x, "nmf_effects")) check_shapes(x, arg, "nmf_effects", weights = c(nrow(x$frame), ncol(x$coefficients)))
  if (inherits(x, "nmf_studies")) {
    check_shapes(x, arg, "nmf_studies", similarity = rep(nrow(x$members), 2), components = c(nrow(x$table), NA))
  }
  if (inherits(x, "nmf_match") && is.matrix(x$similarity)) {
    check_shapes(x, arg, "nmf_match", similarity = c(nrow(x$table), NA))
  }
  if (inherits(x, "nmf_decomposition")) {
    check_shapes(x, arg, "nmf_decomposition", H = c(nrow(x$components), NA), sums = dim(x$H))
  }
  if (inherits(x, "nmf_topic_model")) {
    size <- c(dim(x$fit$W), ncol(x$fit$H))
    check_shapes(x, arg, "nmf_topic_model", L = size[1:2], F = size[3:2], s = size[1], u = size[2])
  }
  invisible(x)
}

check_shapes <- function(x, arg, class, ...) {
  shapes <- list(...)
  for (part in names(shapes)) {
    shape <- dim(x[[part]]) %||% length(x[[part]])
    wanted <- shapes[[part]]
    ok <- length(shape) == length(wanted) && all(shape == wanted, na.rm = TRUE)
    if (!ok) refuse_altered(arg, class, part, x[[part]])
  }
}

refuse_altered <- function(arg, class, part, value) {
  abort("argument", "`", arg, "` must be an ", class, " as it was made, but its `", part, "` is ",
        if (is.null(value)) "missing" else shown(value), ".")
}
