# A problem is all that a fit needs but settings: the data, a model with a rank, the margin that holds the observations
# in the user's data, and what is known beforehand. prepare() is the only way to make one from what a user gives, and
# every exported function that fits is: prepare, work, complete.

# `known` is a list of `fixed`, masks of the entries of both factors that stay (NULL: none); `penalties`, each with its
# `kind`, the `block` of the factors that it is on and its `value`; `components`, rows of H that are given. `poisson`
# remembers the Poisson fit, where open families begin, for several fits to the same data.
new_problem <- function(data, model, obs = "rows", known = list(), poisson = NULL) {
  structure(list(data = data, model = model, obs = obs, known = known, poisson = poisson), class = "nmf_problem")
}

with_model <- function(problem, model) {
  problem$model <- model
  problem
}

# Data and model, checked by themselves and against each other.
prepare <- function(V, model, obs = "rows", cell_weights = NULL, offset = NULL, blocks = "none") {
  prepare_all(V, list(model), obs, cell_weights, offset, blocks = blocks)[[1]]
}

# A problem for each of several models of the same data. With `keep` an error that is about one of them stands in its
# place, unless all have one. With `default` nobody has asked for these models, and those that the data do not allow are
# left out. With `blocks` "on disk" those on disk stay there, with "large" those that do not fit memory, with "all" all
# are.
prepare_all <- function(V, models, obs = "rows", cell_weights = NULL, offset = NULL, keep = FALSE, default = FALSE,
                        blocks = "none") {
  given <- read_observations(V, obs, cell_weights, offset, blocks)
  if (!inherits(V, "nmf_source")) check_features_beside_channels(given$data)
  if (default) models <- that_take(models, given$data)
  one <- function(model) pose(given$data, model, given$obs)
  kept <- function(model) tryCatch(one(model), nmf_error_data = identity, nmf_error_model = identity)
  problems <- lapply(models, if (keep) kept else one)
  sound <- Filter(function(problem) !inherits(problem, "error"), problems)
  if (!length(sound)) stop(problems[[1]])
  counted <- Filter(function(problem) problem$model$family$discrete, sound)
  if (length(counted)) warn_not_counts(counted[[1]]$data, counted[[1]]$model$family)
  problems
}

# The data, and the margin of the observations.
read_observations <- function(V, obs, cell_weights = NULL, offset = NULL, blocks = "none") {
  obs <- check_obs(obs, V)
  stays <- blocks == "all" || (blocks %in% c("on disk", "large") && stays_on_disk(V))
  data <- if (stays) source_in_blocks(V, obs, cell_weights, offset) else read_source(V, obs, cell_weights, offset)
  if (blocks == "large") data <- where_they_fit(data)
  if (!inherits(V, "nmf_source")) {
    check_orientation(data, obs)
    check_coverage(data)
  }
  check_range(data)
  list(data = measured(data), obs = obs)
}

# A model of these data.
pose <- function(data, model, obs = "rows") {
  structure <- structure_of(model)
  if (!is.null(data$offset) && !structure$offset) {
    abort("model", "`offset` is for traditional models, not ", format(model), ".")
  }
  if (in_blocks(data) && structure$complete && length(missing_cells(data))) refuse_in_blocks("gaps", format(model))
  check_support(data, model$family)
  if (is.null(model$rank)) abort("rank", "`rank` must be given, or be part of the model as in \"", format(model),
                                 "/5\".")
  model$rank <- check_rank(model$rank, min(dim(data)))
  new_problem(data, with_family(model, family_for(model$family, data)), obs)
}

# The family with a parameter for each observation in the order, and with the names, of these.
family_for <- function(family, data) {
  value <- parameter_of(family)
  if (!is.numeric(value) || length(value) == 1) return(family)
  name <- parameter_name(family)
  if (length(value) != nrow(data)) {
    abort("model", "`", name, "` must be one number or one for each of the ", nrow(data), " observations, not ",
          shown(value), ".")
  }
  order <- match_names(family$observations, rownames(data), name, "observations of `V`", "model")
  matched <- with_parameter(family, stats::setNames(value[order], rownames(data)))
  matched$source <- family$source
  matched
}

# `obs` decides which margin is which; the channels of mutational signatures tell when it was forgotten, and so do the
# barcodes of cells, of which genes may be the observations all the same.
check_orientation <- function(data, obs) {
  if (are_channels(colnames(data))) return(if (!in_blocks(data)) refuse_line(data$values, "observation"))
  other <- if (obs == "rows") "columns" else "rows"
  if (are_barcodes(colnames(data))) {
    message("`V` has cells as features, by their barcodes. `obs = ", dQuote(other, FALSE), "` makes them observations.")
  }
  if (are_channels(rownames(data))) {
    abort("data", "`V` has mutation channels as observations. Use `obs = ", dQuote(other, FALSE),
          "`: the samples are in the other margin.")
  }
}

# A model has no means for an observation or a feature of which no cell counts.
check_coverage <- function(data, margins = 1:2) {
  lost <- replace(without_cells(data), setdiff(1:2, margins), list(integer()))
  margin <- which(lengths(lost) > 0)[1]
  if (is.na(margin)) return(invisible())
  at <- lost[[margin]][1]
  name <- dimnames(data)[[margin]][at]
  abort("data", "`V` must have a cell that counts in each observation and each feature, but ",
        c("observation ", "feature ")[margin], at, if (!is.null(name)) paste0(" (", dQuote(name, FALSE), ")"),
        " has missing cells or weights of 0 only; leave it out.")
}

# What a family asks of the cells beyond being non-negative.
check_support <- function(source, family) {
  V <- source$values
  positive <- n_positive(source)
  if (positive == 0) abort("data", "`V` must have a positive cell; all are zero.")
  if (!is.null(family$positive)) {
    if (positive < prod(dim(source))) {
      where <- if (is.matrix(V)) paste0(" (", first_bad_cell(V, V == 0), ")")
      abort("data", "`V` must be positive for ", family$positive[["who"]], ", but it has zeros", where, "; ",
            family$positive[["remedy"]], ".")
    }
  }
  check_spread(source, family)
}

warn_not_counts <- function(source, family) {
  if (!family$discrete) return(invisible())
  if (in_blocks(source)) {
    whole <- has_counts(source)
    first <- "in a block"
  } else {
    x <- counting(source)
    whole <- whole_numbers_cpp(x)
    first <- if (!whole) first_bad_cell(source$values, x != floor(x))
  }
  if (!whole) {
    warn("not_counts", "`V` is not made of counts (", first, "); the ", family$label,
         " model is fitted by its deviance, and its log-likelihood is not defined for such cells.",
         if (is_sparse(source)) " Of words, counts are expected and not tf-idf weights.")
  }
}
