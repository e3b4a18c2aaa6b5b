# Pages of HTML that need nothing else: the template of inst/explore with the body of the `kind`, its style, its scripts
# and its data in it.

part_of_page <- function(file) {
  path <- system.file("explore", file, package = "nmfamily", mustWork = TRUE)
  paste(readLines(path, encoding = "UTF-8"), collapse = "\n")
}

# The template with each {{name}} replaced by the part of that name. What stands in a part is not looked at.
fill_template <- function(template, parts) {
  pieces <- strsplit(template, "{{", fixed = TRUE)[[1]]
  names <- sub("}}.*", "", pieces[-1])
  rest <- substring(pieces[-1], nchar(names) + 3)
  paste(c(pieces[1], rbind(unlist(parts[names]), rest)), collapse = "")
}

page_of <- function(kind, title, data, ...) {
  script <- paste(vapply(c("draw.js", paste0(kind, ".js")), part_of_page, ""), collapse = "\n")
  body <- fill_template(part_of_page(paste0(kind, ".html")), list(...))
  fill_template(part_of_page("page.html"), list(title = as_html(title), style = part_of_page("page.css"), kind = kind,
                                                body = body, data = as_page_data(data), script = script))
}

write_page <- function(page, path, target) {
  replace_file(target, function(put) put(page))
  if (interactive()) show_page(target)
  invisible(path)
}

# The viewer of RStudio shows files of the session only.
show_page <- function(path, viewer = getOption("viewer")) {
  own <- startsWith(path, normalizePath(tempdir()))
  if (is.function(viewer) && own) viewer(path) else utils::browseURL(path)
}

# Text between tags and in attributes.
as_html <- function(text) {
  for (one in list(c("&", "&amp;"), c("<", "&lt;"), c(">", "&gt;"), c("\"", "&quot;"), c("'", "&#39;"))) {
    text <- gsub(one[1], one[2], text, fixed = TRUE)
  }
  as_utf8(text)
}

# No `<` is left, which might end the script around it.
as_page_data <- function(data) {
  json <- jsonlite::toJSON(data, auto_unbox = TRUE, digits = NA, na = "null", null = "null", force = FALSE)
  gsub("<", "\\u003c", c(unclass(json)), fixed = TRUE)
}

# Vectors stay vectors in JSON, of whatever length.
many <- function(x) I(if (is.null(x)) list() else if (is.character(x)) as_utf8(unname(x)) else unname(x))
rounded <- function(x, digits = 4) many(if (is.double(x)) signif(x, digits) else x)

# Numbers as text, which a page reads when it shows them: separated by blanks, ~n for n zeros, ? for a missing one.
coded <- function(x, digits = 3) {
  zero <- (x == 0) %in% TRUE
  runs <- rle(zero)
  ends <- cumsum(runs$lengths)[runs$values]
  text <- as.character(signif(x, digits))
  text[is.na(x)] <- "?"
  text[ends] <- paste0("~", runs$lengths[runs$values])
  paste(text[!zero | seq_along(x) %in% ends], collapse = " ")
}

coded_rows <- function(X, digits = 3) many(vapply(seq_len(nrow(X)), function(i) coded(X[i, ], digits), ""))

# What things are called.
page_words <- function(topics) {
  if (topics) {
    list(component = "topic", Components = "Topics", observation = "document", Observations = "Documents",
         features = "terms", structure = "Topics of each document; similar documents stand side by side.")
  } else {
    list(component = "component", Components = "Components", observation = "observation",
         Observations = "Observations", features = "features",
         structure = "Proportions of the weights of each observation; similar ones stand side by side.")
  }
}
