# What pages show of fits: the frames of the plots, of a stated selection of the observations and features.

most_lines <- 2000L
most_points <- 2000L                                     # in up to four fits, and in all together four times as many

# The fits of an object, and what else it has to say.
subject_of <- function(x) {
  one <- function(fit) stats::setNames(list(fit), format(fit$model))
  subject <- if (inherits(x, "nmf_fit")) {
    list(fits = one(x))
  } else if (inherits(x, "nmf_topic_model")) {
    list(fits = one(fit_of_topics(x)), topics = TRUE)
  } else if (inherits(x, "nmf_bootstrap")) {
    list(fits = one(x$fit), intervals = x)
  } else if (inherits(x, "nmf_comparison")) {
    list(fits = Filter(Negate(is.null), x$fits))
  } else if (inherits(x, "nmf_rank")) {
    chosen <- names(x$fits) %in% full_key(names(x$rank), x$rank)
    list(fits = x$fits[order(!chosen)])
  } else if (inherits(x, "nmf_choice")) {
    list(fits = if (!is.null(x$fit)) one(x$fit), check = x$check)
  } else {
    expect_arg(FALSE, "x", paste("a fit, a topic model, a bootstrap, or what compare_models(), choose_model() or",
                                 "select_rank() found"), x)
  }
  for (fit in subject$fits) check_fit(fit, "x")
  subject
}

# Proportions and sizes of the documents as weights.
fit_of_topics <- function(topics) {
  fit <- topics$fit
  fit$W <- ifelse(is.na(topics$L), 0, topics$L) * topics$s
  fit$H <- t(topics$F)
  fit
}

# The whole of a page, as a list.
page_data <- function(x, V, groups, reference, intervals, check, seed) {
  subject <- subject_of(x)
  fits <- subject$fits
  check <- check %||% subject$check
  intervals <- intervals %||% subject$intervals
  beside <- list(V = V, groups = groups, reference = reference, intervals = intervals, check = check)
  given <- names(beside)[!vapply(beside, is.null, NA)]
  if (!length(fits) && length(given)) abort("argument", "`", given[1], "` is for fits, and `x` holds none.")
  page <- list(version = as.character(utils::packageVersion("nmfamily")), made = format(Sys.Date()),
               topics = isTRUE(subject$topics), choice = choice_page(x, names(fits)))
  if (!length(fits)) {
    return(c(page, list(title = paste("Choice of a", if (inherits(x, "nmf_rank")) "rank" else "model"), fits = list())))
  }
  data <- data_of(fits[[1]], V)
  groups <- check_groups(groups, rownames(data), nrow(data), "observations of the fit")
  shown <- shown_lines(fits[[1]], data)
  cells <- shown_cells(shown, fits[[1]], seed, max(1, floor(most_points * min(1, 4 / length(fits)))))
  pages <- lapply(fits, fit_page, data, shown, cells, page$topics)
  if (!is.null(reference)) pages <- with_known_names(pages, fits, reference)
  if (!is.null(intervals)) pages[[1]] <- c(pages[[1]], interval_page(intervals, fits, shown))
  if (!is.null(check)) pages <- with_check(pages, check, data, identical(check, subject$check))
  c(page, data_page(data, shown, cells, groups, page$topics), list(fits = unname(pages)))
}

# Which observations and features are shown, those of channels in the order of profiles.
shown_lines <- function(fit, data) {
  N <- nrow(data)
  M <- ncol(data)
  channels <- drawn_alphabet(colnames(data))
  rows <- unique(round(seq(1, N, length.out = min(N, most_lines))))
  columns <- if (!is.null(channels)) {
    order(channels$position)
  } else if (M <= most_lines) {
    seq_len(M)
  } else {
    place <- apply(fit$H, 1, function(h) rank(-h, ties.method = "first"))
    sort(order(apply(place, 1, min))[seq_len(most_lines)])
  }
  list(rows = rows, columns = columns, channels = channels[columns, ])
}

# Some of the cells that are shown and not missing, by their numbers in the data.
shown_cells <- function(shown, fit, seed, n) {
  N <- length(shown$rows)
  size <- N * as.double(length(shown$columns))
  at <- sample_cells(size, n, if (size > n) check_seed(seed))
  row <- row_of(at, N)
  column <- column_of(at, N)
  index <- shown$rows[row] + (shown$columns[column] - 1) * nrow(fit$W)
  seen <- !index %in% fit$missing
  list(row = row[seen], column = column[seen], index = index[seen], size = size, drawn = size > n)
}

data_page <- function(data, shown, cells, groups, topics) {
  total <- Matrix::colSums(seen_counts(data))
  read <- rows_reader(data[, shown$columns])
  digits <- if (has_counts(data)) 15 else 5
  rows <- unlist(lapply(pieces_of(shown$rows, length(shown$columns)), function(rows) coded_rows(read(rows), digits)))
  offset <- if (!is.null(data$offset)) {
    lines <- coded_rows(data$offset[shown$rows, shown$columns, drop = FALSE], 4)
    list(lines = many(unique(lines)), at = many(match(lines, unique(lines)) - 1L))
  }
  if (!is.null(groups)) groups <- as_groups(groups)
  groups <- if (!is.null(groups)) {
    levels(groups)[is.na(levels(groups))] <- "NA"
    list(names = many(levels(groups)), at = many(as.integer(groups)[shown$rows] - 1L))
  }
  channels <- if (!is.null(shown$channels)) {
    group <- shown$channels$group
    list(group = many(as.integer(group) - 1L), label = many(shown$channels$label), names = many(levels(group)),
         colours = many(shown$channels$colour[match(levels(group), group)]))
  }
  list(observations = many(as.character(labels_of(rownames(data), nrow(data)))[shown$rows]),
       features = many(as.character(labels_of(colnames(data), ncol(data)))[shown$columns]), size = many(dim(data)),
       notes = many(selection_notes(data, shown, cells, topics)), channels = channels, data = many(rows),
       offset = offset,
       groups = groups, overall = coded(total[shown$columns] / max(sum(total), .Machine$double.xmin), 4),
       cells = list(row = many(cells$row - 1L), column = many(cells$column - 1L),
                    value = coded(values_at(data, cells$index), digits), size = cells$size))
}

# Rows in pieces of about as many cells as are worked on at once.
pieces_of <- function(rows, width) {
  size <- max(1, floor(cells_at_once / max(width, 1)))
  unname(split(rows, (seq_along(rows) - 1) %/% size))
}

selection_notes <- function(data, shown, cells, topics) {
  named <- page_words(topics)
  c(if (length(shown$rows) < nrow(data)) {
    paste0(thousands(length(shown$rows)), " of ", thousands(nrow(data)), " ", named$observation, "s are shown, evenly ",
           "spaced.")
  },
  if (length(shown$columns) < ncol(data)) {
    paste0(thousands(length(shown$columns)), " of ", thousands(ncol(data)),
           " ", named$features, " are shown, the largest of each ", named$component, ".")
  },
  if (cells$size > length(cells$index) && cells$drawn) {
    paste0("Residuals are those of a random sample of ", thousands(length(cells$index)), " of ",
           thousands(cells$size), " cells.")
  })
}

fit_page <- function(fit, data, shown, cells, topics) {
  W <- fit$W[shown$rows, , drop = FALSE]
  share <- colSums(fit$W) / max(sum(fit$W), .Machine$double.xmin)
  c(list(label = format(fit$model), title = heading_of(fit, topics), family = words_of(fit$model)$family,
         colour = fit$model$family$colour, components = many(rownames(fit$H)), share = rounded(share),
         colours = many(colours_of(nrow(fit$H))), facts = facts_of(fit), walk = many(walk_order(W) - 1L),
         H = coded_rows(fit$H[, shown$columns, drop = FALSE]), W = coded_rows(t(W), 4)),
    residual_page(fit, data, cells), observation_page(observation_facts(fit, data, shown)))
}

heading_of <- function(fit, topics) {
  structure <- structure_of(fit$model)
  K <- nrow(fit$H)
  paste0(if (topics) "Topic model" else paste(structure$title, "NMF"), " with ", fit$model$family$label, " noise",
         structure$aside, ", ", K, " ", page_words(topics)$component, if (K > 1) "s")
}

walk_order <- function(W) if (nrow(W) > 1) walk_through(proportions_of(W)) else seq_len(nrow(W))

# What a fit is, as pairs of a name and a value.
facts_of <- function(fit) {
  family <- fit$model$family
  known <- function(x) length(x) == 1 && !is.na(x)
  range_of <- function(x) paste(unique(short(range(x), 4)), collapse = " to ")
  facts <- list(
    notation = format(fit$model),
    data = paste0(thousands(nrow(fit$W)), " observations x ", thousands(ncol(fit$H)), " features",
                  if (length(fit$missing)) paste0(", ", counted(length(fit$missing), "cell"), " missing")),
    mean = structure_of(fit$model)$mean,
    parameter = if (!is.null(family$parameter)) {
      paste0(parameter_name(family), " = ", range_of(parameter_of(family)), " (", family$source, ")")
    },
    dispersion = if (family$has_dispersion && known(fit$sigma2)) {
      paste0("sigma2 = ", short(fit$sigma2, 4), " (", fit$dispersion, ")")
    },
    deviance = if (known(fit$deviance)) short(fit$deviance, 6),
    `log-likelihood` = if (is.finite(fit$logLik)) short(fit$logLik, 6),
    parameters = if (known(df_of(fit))) thousands(df_of(fit)),
    BIC = if (is.finite(fit$logLik)) short(stats::BIC(fit), 7),
    status = paste0(fit$status, if (known(fit$iterations)) {
      paste0(" after ", counted(fit$iterations, "iteration"))
    }),
    seed = if (known(fit$seed)) number_text(fit$seed)
  )
  facts <- Filter(Negate(is.null), facts)
  list(names = many(names(facts)), values = many(unlist(facts)))
}

# Residuals of the cells that are drawn, and the band of the model as autoplot() has it.
residual_page <- function(fit, data, cells) {
  frame <- tryCatch(residual_cells(fit, data$values, cells$index, "pearson", 1), nmf_error = function(e) NULL)
  if (is.null(frame) || !nrow(frame)) return(list(mean = coded(means_at(fit, cells$index))))
  band <- residual_band(fit, max(frame$mean), "raw")
  band <- band[band$side == "upper" & is.finite(band$limit), ]
  band <- band[unique(round(seq(1, nrow(band), length.out = 50))), ]
  quantile <- tryCatch(residual_cells(fit, data$values, cells$index, "quantile", 1)$residual,
                       nmf_error = function(e) NULL)
  list(mean = coded(frame$mean), residual = coded(frame$residual), inside = inside_text(frame),
       quantile = if (!is.null(quantile)) coded(quantile),
       band = list(mean = rounded(band$mean), limit = rounded(band$limit)))
}

observation_page <- function(facts) {
  table <- facts$table
  list(total = coded(table$total, 5), deviance = coded(table$deviance), cosine = coded(table$cosine),
       worst = lapply(facts$worst, rounded, 7))
}

# How well each observation is fitted, and the cells that are fitted worst, by their deviance residuals.
observation_facts <- function(fit, data, shown, n = 15) {
  cells_of <- cells_reader(fit, data)
  deviance <- cosine <- total <- rep(NA_real_, nrow(data))
  worst <- NULL
  for (rows in pieces_of(shown$rows, ncol(data))) {
    cells <- cells_of(rows)
    family <- family_of_rows(fit$model$family, cells$row)
    half <- pmax(half_deviance_cpp(cells$v, cells$mean, core_family(family, length(cells$v))), 0)
    sums <- rowsum(cbind(cells$v, cells$v * cells$mean, cells$v^2, cells$mean^2, 2 * half, 1), cells$row)
    at <- as.integer(rownames(sums))
    total[at] <- sums[, 1]
    cosine[at] <- pmin(sums[, 2] / sqrt(sums[, 3] * sums[, 4]), 1)
    deviance[at] <- sums[, 5] / sums[, 6]
    here <- which(cells$column %in% shown$columns)
    if (length(here) > n) here <- here[half[here] >= -sort(-half[here], partial = n)[n]]
    found <- data.frame(row = match(cells$row[here], shown$rows) - 1L,
                        column = match(cells$column[here], shown$columns) - 1L, value = cells$v[here],
                        mean = cells$mean[here],
                        residual = sign(cells$v[here] - cells$mean[here]) * sqrt(2 * half[here]))
    worst <- rbind(worst, found)
    worst <- utils::head(worst[order(abs(worst$residual), decreasing = TRUE), ], n)
  }
  cosine[!is.finite(cosine)] <- NA
  list(table = data.frame(total, deviance, cosine)[shown$rows, ], worst = worst)
}

# The known component that each one is matched with.
with_known_names <- function(pages, fits, reference) {
  matched <- function(page, fit) {
    table <- match_components(fit, reference)$table
    page$matched <- list(name = many(as.character(table$reference)), cosine = rounded(table$cosine, 3),
                         doubtful = many(table$doubtful))
    page
  }
  first <- matched(pages[[1]], fits[[1]])                # what is said of the features is said once
  c(list(first), suppressMessages(Map(matched, pages[-1], fits[-1])))
}

# Intervals of the components and of the weights, of which a bootstrap may have kept some or none.
interval_page <- function(intervals, fits, shown) {
  if (length(fits) > 1) abort("argument", "`intervals` are those of one fit, but `x` holds ", length(fits), ".")
  fit <- fits[[1]]
  if (inherits(intervals, "nmf_bootstrap")) {
    check_whole(intervals, "intervals")
    same <- identical(dim(intervals$fit$H), dim(fit$H)) && isTRUE(all.equal(c(intervals$fit$H), c(fit$H)))
    if (!same) abort("argument", "`intervals` must be of the fit that is shown, not of another one.")
    ends <- rbind(stats::confint(intervals, "components"),
                  if (length(intervals$observations)) stats::confint(intervals, "weights"))
  } else {
    ends <- intervals
  }
  parts <- list(H = "components", W = "weights")
  names <- lapply(parts, function(part) do.call(paste, c(unname(entries_of(fit, part)[1:2]), sep = ", ")))
  ok <- is.matrix(ends) && is.numeric(ends) && ncol(ends) == 2 && any(rownames(ends) %in% unlist(names))
  expect_arg(ok, "intervals", paste("a bootstrap of the fit, or what confint(fit, \"components\") or",
                                    "confint(fit, \"weights\") gives"), intervals)
  inside <- unlist(lapply(names(parts), function(part) {
    own <- ends[match(names[[part]], rownames(ends)), , drop = FALSE]
    slack <- 1e-3 * max(fit[[part]])
    own[, 1] <= fit[[part]] + slack & own[, 2] >= fit[[part]] - slack
  }))
  if (isTRUE(mean(inside, na.rm = TRUE) < 0.5)) {
    abort("argument", "`intervals` must be of the fit that is shown, and not relative: most of its entries are ",
          "outside of them.")
  }
  of <- function(part, end) {
    found <- unname(ends[match(names[[part]], rownames(ends)), end])
    if (all(is.na(found))) return(NULL)
    if (part == "H") return(coded_rows(array(found, dim(fit$H))[, shown$columns, drop = FALSE]))
    coded_rows(t(array(found, dim(fit$W))[shown$rows, , drop = FALSE]))
  }
  list(low = of("H", 1), high = of("H", 2), least = of("W", 1), most = of("W", 2),
       ends = many(gsub("[^0-9.]", "", colnames(ends))))
}

# The check of a choice may be that of the traditional model in place of a convex one.
with_check <- function(pages, check, data, of_choice = FALSE) {
  expect_arg(inherits(check, "nmf_check"), "check", "what check_model() found", check)
  check_whole(check, "check")
  of <- match(format(check$model), vapply(pages, `[[`, "", "label"))
  instead <- of_choice && is.na(of)
  if (instead) of <- 1L
  if (is.na(of) || !isTRUE(all.equal(as.numeric(check$dim), as.numeric(dim(data))))) {
    abort("argument", "`check` must be of the fit that is shown; it is of ", format(check$model), ".")
  }
  verdict <- check$verdict[!(instead & check$verdict$statement == "components"), ]
  pages[[of]]$verdict <- list(holds = many(c(if (instead) TRUE, verdict$holds)),
                              reason = many(c(if (instead) checked_instead(check), verdict$reason)))
  pages
}
