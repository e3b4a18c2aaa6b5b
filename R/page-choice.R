# What pages show of choices and comparisons: lines over ranks or bars of models, a table, and the words.

# `names` are those of the fits that the page holds; NULL where nothing was chosen.
choice_page <- function(x, names) {
  if (inherits(x, "nmf_choice")) return(page_of_choice(x))
  if (inherits(x, "nmf_rank")) return(page_of_rank(x, names))
  if (inherits(x, "nmf_comparison")) return(page_of_comparison(x))
}

page_of_choice <- function(x) {
  long <- choice_frame(x)
  best <- x$models[1, ]
  here <- function(table) table$model == best$model & table$rank == best$rank
  long$chosen <- here(long)
  long$fit <- ifelse(long$chosen & !is.null(x$fit), 1L, NA)
  table <- x$table[c("model", "rank", "score", "delta", "delta_se", "share", "BIC2", "BIC", "converged")]
  c(lines_page(long, family_colours()[long$family], dashes_of(long$structure), root = TRUE, y = "above the least"),
    table_page(table, ifelse(here(table) & !is.null(x$fit), 1L, NA), here(table)),
    words_page(x$advice, x$reasons, x$warnings))
}

page_of_rank <- function(x, names) {
  table <- rank_frame(x, "x")
  fit <- match(full_key(table$model, table$rank), names)
  model <- as.integer(table$model)
  colours <- colours_of(nlevels(table$model))
  if (x$method == "stability") {
    long <- stability_frame(table)
    long$fit <- fit
    page <- lines_page(long, colours[model], ifelse(long$kind == "mean", "", "2 3"), kind = long$kind)
    page$thresholds <- list(panel = stability_thresholds$panel, value = stability_thresholds$value)
  } else {
    far <- nlevels(table$model) > 1 && are_far_apart(table)
    table$value <- table$score
    table$panel <- if (far) table$model else factor(x$score)
    page <- lines_page(cbind(table, fit = fit), colours[model], "", y = x$score)
  }
  every <- x$table[vapply(x$table, function(column) !all(is.na(column)), NA)]
  chosen <- (every$rank == x$rank[every$model]) %in% TRUE
  begin <- if (length(x$rank) > 1) paste0(names(x$rank), ": ", substr(x$reason, 1, 1)) else
    toupper(substr(x$reason, 1, 1))
  reasons <- paste0(begin, substring(x$reason, 2), ".")
  failed <- nrow(x$failures)
  minds <- c(if (x$status != "done") "The work was interrupted; the table has what was done.",
             if (failed) paste(failed, if (failed == 1) "fit" else "fits", "failed."))
  c(page, table_page(every, match(full_key(every$model, every$rank), names), chosen), words_page(NULL, reasons, minds))
}

page_of_comparison <- function(x) {
  fit <- replace(rep(NA_integer_, nrow(x$table)), lengths(x$fits) > 0, seq_len(sum(lengths(x$fits) > 0)))
  bars <- lapply(c(criterion = "criterion", BIC = "bic"), function(type) {
    frame <- bars_frame(x, type)
    list(label = many(labels_of_rows(frame)), value = rounded(frame$delta, 7),
         fit = at_page(fit[!is.na(x$table$delta)]),
         family = many(unname(family_labels()[frame$family])), colour = many(unname(family_colours()[frame$family])))
  })
  failed <- startsWith(x$table$status, "error: ")
  minds <- c(x$note, if (any(failed)) paste0(x$table$model[failed], ": ", x$table$status[failed]))
  table <- x$table[c("model", "solver", "criterion", "delta", "BIC", "df", "logLik", "seconds", "status")]
  table$status[failed] <- "error"
  if (length(unique(table$solver)) < 2) table$solver <- NULL
  c(list(kind = "models", bars = bars), table_page(table, fit, seq_len(nrow(table)) == 1),
    words_page(NULL, NULL, minds))
}

# Numbers of fits in a page count from 0.
at_page <- function(fit) many(as.integer(fit) - 1L)

# R's "22" in pixels; solid has none.
dashes_of <- function(structure) {
  line <- structure_lines()[as.character(structure)]
  unname(ifelse(grepl("^[1-9]+$", line), gsub("(.)", "\\1 ", gsub("2", "5", line)), ""))
}

# A line for each model, panel and kind, from a data frame with `model`, `rank`, `value`, `panel`, `chosen`, `fit`, and
# perhaps `se` and whether the value is `beyond` its panel.
lines_page <- function(long, colours, dashes, root = FALSE, y = "", kind = "") {
  long$colour <- rep_len(colours, nrow(long))
  long$dash <- rep_len(dashes, nrow(long))
  long$kind <- rep_len(kind, nrow(long))
  parts <- split(long, list(long$model, long$panel, long$kind), drop = TRUE)
  lines <- lapply(unname(parts), function(part) {
    part <- part[order(part$rank), ]
    list(model = as.character(part$model[1]), panel = as.character(part$panel[1]), kind = part$kind[1],
         colour = part$colour[1], dash = part$dash[1], rank = many(part$rank), value = rounded(part$value, 7),
         se = rounded(part$se %||% rep(NA_real_, nrow(part))), beyond = many(part$beyond %||% rep(FALSE, nrow(part))),
         chosen = many(part$chosen), fit = at_page(part$fit))
  })
  list(kind = "ranks", root = root, y = y, panels = many(levels(droplevels(long$panel))), lines = lines)
}

table_page <- function(table, fit, chosen) {
  columns <- lapply(names(table), function(name) list(name = name, values = rounded(table[[name]], 7)))
  list(table = list(columns = columns, fit = at_page(fit), chosen = many(chosen %in% TRUE)))
}

words_page <- function(advice, reasons, minds) {
  list(advice = as_utf8(as.character(advice)), reasons = many(as.character(reasons)),
       minds = many(as.character(minds)))
}
