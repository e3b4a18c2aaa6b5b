#' A page to be read
#'
#' For those who hand a result to a collaborator. Writes one file of HTML for a reader without R: what was fitted, why
#' this model, what to mind, the components, the observations, how the noise was checked, and how it all was made. It
#' has the pictures of [explore()] and the words of [choose_model()], [compare_models()], [select_rank()] and
#' [check_model()], asks nothing of the network, and prints.
#'
#' Of a result with several fits it is about the first: that of the choice, the best model, or the rank that was chosen.
#'
#' @param title Title of the page, or `NULL` for the model in words.
#' @param check What [check_model()] found of the fit. `NULL` takes that of a choice, or makes it (as by
#'   `check_model(fit)`, which draws and fits nine data sets).
#' @param threads Number of threads of the check, see [nmf()].
#' @param seed Seed of the check and of the draw of the residuals that are shown, see [nmf()].
#' @inheritParams explore
#' @return The path, invisibly. In an interactive session the page is opened.
#' @section Errors: those of [explore()].
#' @seealso [explore()] for a page to look around in.
#' @examplesIf requireNamespace("jsonlite", quietly = TRUE)
#' fit <- nmf(brca21, "T/Po/3", seed = 1)
#' page <- report(fit, tempfile(fileext = ".html"), check = check_model(fit, n_runs = 3, seed = 1))
#' file.size(page)
#' @export
report <- function(x, path, V = NULL, title = NULL, ..., groups = NULL, reference = NULL, intervals = NULL,
                   check = NULL, threads = NULL, seed = NULL) {
  check_call(...)
  target <- check_text_file(path)
  if (!is.null(title)) expect_arg(is.character(title) && length(title) == 1 && !is.na(title), "title", "a text", title)
  threads <- check_threads(threads)
  if (!is.null(seed)) check_seed(seed)
  check_installed("jsonlite", "report()")
  made <- make_check(x, V, check, threads, seed)
  page <- in_plain_numbers({
    data <- page_data(x, V, groups, reference, intervals, made$check, seed)
    title <- title %||% if (length(data$fits)) data$fits[[1]]$title else "Choice of a model"
    data["data"] <- list(NULL)                           # no picture here shows single values
    page_of("report", title, data, words = report_body(x, V, data, title, made$failed))
  })
  write_page(page, path, target)
}

# The check of the first fit, or why there is none.
make_check <- function(x, V, check, threads, seed) {
  subject <- subject_of(x)
  if (!length(subject$fits) || !is.null(check) || !is.null(subject$check)) return(list(check = check))
  fit <- subject$fits[[1]]
  data <- data_of(fit, V)
  tryCatch(list(check = check_model(fit, data, threads = threads, seed = seed)),
           nmf_error_package = function(e) list(failed = conditionMessage(e)),
           nmf_error_data = function(e) list(failed = conditionMessage(e)))
}

report_body <- function(x, V, data, title, failed) {
  fit <- subject_of(x)$fits[1][[1]]
  paste(c(
    tag("h1", as_html(title)),
    if (!is.null(fit)) tag("p", tag("code", as_html(format(fit$model))), id = "subtitle"),
    if (!is.null(fit)) section("What was fitted", paragraphs(words_of_fit(fit, data$topics))),
    section("Why this model", paragraphs(data$choice$advice, class = "advice"),
            list_of(why_of(x, data$choice), "holds"), choice_figures(data$choice)),
    section("What to mind", list_of(minds_of(fit, data, failed), "minds")),
    if (!is.null(fit)) report_of_fit(fit, V, data)
  ), collapse = "\n")
}

report_of_fit <- function(fit, V, data) {
  named <- page_words(data$topics)
  verdict <- data$fits[[1]]$verdict
  c(section(named$Components, component_figure(data), component_table(fit, named)),
    section(named$Observations, figure("structure", named$structure), observation_table_of(fit, V, named)),
    section("Does the model hold?",
            if (is.null(verdict)) paragraphs("It was not checked.") else
              list_of(verdict$reason, ifelse(verdict$holds, "holds", "minds")),
            figure("residuals", residual_words(data))),
    section("How it was made", pairs_of(made_of(fit, data))))
}

# Words --------------------------------------------------------------------------------------------------------------

words_of_fit <- function(fit, topics) {
  named <- page_words(topics)
  K <- nrow(fit$H)
  family <- fit$model$family
  structure <- structure_of(fit$model)
  n_starts <- fit$settings$n_starts
  parameter <- parameter_of(family)
  c(paste0("A ", structure$name, " non-negative matrix factorisation with ", family$label, " noise describes ",
           thousands(nrow(fit$W)), " ", named$observation, "s by their ", thousands(ncol(fit$H)), " ", named$features,
           ": the mean of each ", named$observation, if (K > 1) " is a sum of " else " is ", K, " ", named$component,
           if (K > 1) "s, each", " with a weight of its own."),
    paste0(if (!is.null(parameter)) {
      paste0("The ", parameter_name(family), " of the noise is ",
             paste(unique(short(range(parameter), 4)), collapse = " to "), " (", family$source, "). ")
    }, if (length(fit$missing)) {
      paste0(counted(length(fit$missing), "cell"), if (length(fit$missing) == 1) " is missing and has" else
        " are missing and have", " no part in it. ")
    },
    if (!is.null(n_starts) && n_starts > 1) paste0("The fit is the best of ", n_starts, " starts; it ended "),
    if (is.null(n_starts) || n_starts == 1) "The fit ended ",
    "with status \"", fit$status, "\"",
    if (!is.na(fit$iterations)) paste(" after", counted(fit$iterations, "iteration")), "."))
}

why_of <- function(x, choice) {
  if (length(choice$reasons)) return(choice$reasons)
  if (!inherits(x, "nmf_comparison")) {
    return("The model and its rank were given. choose_model() would ask the data for them.")
  }
  bars <- choice$bars$criterion
  n <- length(bars$label)
  paste0(bars$label[1], " has the lowest criterion of the ", n, " models that compare",
         if (n > 1 && bars$value[2] < 0.5) paste0("; that of ", bars$label[2], " is as low") else
           if (n > 1) paste0("; the next is ", bars$label[2], ", ", thousands(round(bars$value[2])), " above it"), ".")
}

minds_of <- function(fit, data, failed) {
  verdict <- data$fits[1][[1]]$verdict
  minds <- c(data$choice$minds, verdict$reason[verdict$holds %in% FALSE],
             if (!is.null(fit) && !fit$converged && fit$status != "edited") {
               paste0("The fit ended before it had converged (", fit$status, ").")
             },
             if (!is.null(failed)) paste0("The noise could not be checked: ", failed))
  minds <- unique(minds)
  if (length(minds)) minds else "Nothing was found that speaks against the model."
}

residual_words <- function(data) {
  one <- data$fits[[1]]
  text <- paste0(if (is.null(one$residual)) "Raw residuals" else "Pearson residuals", " against fitted means",
         if (!is.null(one$inside)) {
           paste0("; ", one$inside, " of the cells lie within 2 standard deviations of the model, the band")
         }, ".")
  paste(c(text, data$notes), collapse = " ")
}

made_of <- function(fit, data) {
  facts <- stats::setNames(as.list(unclass(data$fits[[1]]$facts$values)), data$fits[[1]]$facts$names)
  session <- utils::sessionInfo()
  others <- vapply(session$otherPkgs, function(one) paste(one$Package, one$Version), "")
  c(facts, list(call = paste(deparse(fit$call, width.cutoff = 80L, nlines = 10L), collapse = " "),
                nmfamily = data$version, R = paste0(session$R.version$version.string, ", ", session$platform),
                packages = paste(c(session$basePkgs, sort(unname(others))), collapse = ", "), made = data$made))
}

# Pictures and tables ------------------------------------------------------------------------------------------------

component_figure <- function(data) {
  named <- page_words(data$topics)
  lines <- if (!is.null(data$fits[[1]]$low)) " Lines: their intervals." else ""
  figure("components", if (is.null(data$channels)) {
    paste0("The largest ", named$features, " of each ", named$component, ", with their proportions.", lines)
  } else {
    paste0("Shares of the mutations by channel; every axis is its own.", lines)
  })
}

component_table <- function(fit, named) {
  table <- summary.nmf_fit(fit)$components
  share <- colSums(fit$W) / max(sum(fit$W), .Machine$double.xmin)
  table_of_texts(c(named$component, "share", paste("effective", named$features), paste("largest", named$features)),
                 list(rownames(fit$H), percent(share), short(table$effective_features), table$top_features),
                 right = 2:3)
}

observation_table_of <- function(fit, V, named, n = 10) {
  data <- data_of(fit, V)
  table <- observation_facts(fit, data, shown_lines(fit, data))$table
  worst <- as.integer(rownames(table))[utils::head(order(table$deviance, decreasing = TRUE), n)]
  shares <- proportions_of(fit$W[worst, , drop = FALSE])
  found <- table[as.character(worst), ]
  c(paragraphs(paste0("Cosines of observed and fitted: median ", three(stats::median(table$cosine, na.rm = TRUE)),
                      ", least ", three(min(table$cosine, na.rm = TRUE)), ". Those with the largest mean deviance:")),
    table_of_texts(c(named$observation, "total", paste("largest", named$component), "its share", "mean deviance",
                     "cosine"),
                   list(labels_of(rownames(data), nrow(data))[worst], short(found$total, 4),
                        colnames(fit$W)[max.col(shares, "first")], percent(apply(shares, 1, max)),
                        short(found$deviance, 3), short(found$cosine, 3)), right = c(2, 4:6)))
}

choice_figures <- function(choice) {
  if (is.null(choice)) return(NULL)
  if (choice$kind == "models") return(figure("models", "Criterion above that of the best model."))
  figure("ranks", paste0("Ring: the choice. Lines: one standard error.",
                         if (choice$root) " Differences from the least, on a square-root scale."))
}

# HTML; `...` is HTML already ----------------------------------------------------------------------------------------

tag <- function(name, ..., class = NULL, id = NULL) {
  paste0("<", name, if (!is.null(class)) paste0(" class=\"", class, "\""), if (!is.null(id)) paste0(" id=\"", id, "\""),
         ">", paste(c(...), collapse = ""), "</", name, ">")
}

section <- function(title, ...) tag("section", tag("h2", as_html(title)), ...)

paragraphs <- function(text, class = NULL) {
  vapply(as_html(as.character(text)), function(one) tag("p", one, class = class), "", USE.NAMES = FALSE)
}

list_of <- function(text, class) {
  items <- Map(function(one, class) tag("li", one, class = class), as_html(text), class)
  tag("ul", unlist(items), class = "verdict")
}

pairs_of <- function(pairs) {
  tag("dl", rbind(paste0("<dt>", as_html(names(pairs)), "</dt>"), paste0("<dd>", as_html(unlist(pairs)), "</dd>")))
}

figure <- function(name, caption) {
  paste0("<figure><div data-figure=\"", name, "\"></div>", tag("figcaption", as_html(caption)), "</figure>")
}

table_of_texts <- function(heads, columns, right = integer()) {
  cell <- function(name, text, at) {
    text <- as_html(as.character(text))
    paste0("<", name, if (at %in% right) " class=\"right\"", "><bdi>", text, "</bdi></", name, ">")
  }
  rows <- do.call(paste0, lapply(seq_along(columns), function(at) cell("td", columns[[at]], at)))
  head <- paste(vapply(seq_along(heads), function(at) cell("th", heads[at], at), ""), collapse = "")
  tag("div", tag("table", tag("thead", tag("tr", head)), tag("tbody", paste0("<tr>", rows, "</tr>"))), class = "scroll")
}
