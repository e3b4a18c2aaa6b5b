# Where an R file can be otherwise: tokens and expressions of its parse tree. A mutant is the top-level expression with
# one of them changed, evaluated in the namespace of the package; nothing is built.

# What prints and draws decides nothing.
r_left_out <- "^(print|plot|autoplot|format)[.]|^heat_map$"

r_swaps <- c("<" = "<=", "<=" = "<", ">" = ">=", ">=" = ">", "==" = "!=", "!=" = "==", "+" = "-", "-" = "+", "*" = "/",
             "/" = "*", "^" = "*", "&" = "|", "|" = "&", "&&" = "||", "||" = "&&")
r_operators <- c("LT", "GT", "LE", "GE", "EQ", "NE", "'+'", "'-'", "'*'", "'/'", "'^'", "AND", "OR", "AND2", "OR2")
r_functions <- c(min = "max", max = "min", pmin = "pmax", pmax = "pmin", any = "all", all = "any",
                 which.min = "which.max", which.max = "which.min", mean = "sum", sum = "mean",
                 rowSums = "rowMeans", colSums = "colMeans",
                 floor = "ceiling", ceiling = "floor", sqrt = "identity", abs = "identity", unique = "identity",
                 sort = "identity", log1p = "log", is.finite = "is.nan", union = "intersect", round = "floor")

makes_variable <- function(data, id) {
  own <- data[data$parent == id, ]
  own <- own[order(own$from), ]
  nrow(own) == 3 && own$token[2] == "LEFT_ASSIGN" && "SYMBOL" %in% data$token[data$parent == own$id[1]] &&
    sum(data$parent == own$id[1]) == 1
}

# One row for each site: text `before` and `after` an expression, or `instead` of it.
r_sites <- function(path, file = basename(path)) {
  code <- readLines(path)
  parsed <- parse(path, keep.source = TRUE)
  data <- utils::getParseData(parsed)
  starts <- c(0, cumsum(nchar(code) + 1))
  data$from <- starts[data$line1] + data$col1
  data$to <- starts[data$line2] + data$col2
  top <- function(id) {
    while ((up <- data$parent[data$id == id]) > 0) id <- up
    id
  }
  terminal <- data[data$terminal & data$token != "COMMENT", ]
  children <- split(data$id, data$parent)
  sites <- list()
  add <- function(of, change, before = "", instead = NA, after = "") {
    sites[[length(sites) + 1]] <<- data.frame(id_of = of, change, before, instead, after)
  }
  for (t in seq_len(nrow(terminal))) {
    token <- terminal$token[t]
    text <- terminal$text[t]
    id <- terminal$id[t]
    siblings <- data[data$parent == terminal$parent[t] & data$token != "COMMENT", ]
    siblings <- siblings[order(siblings$from), ]
    place <- match(id, siblings$id)
    if (token %in% r_operators) {
      if (place == 2 && nrow(siblings) == 3) {
        add(id, paste(text, "->", r_swaps[[text]]), instead = r_swaps[[text]])
        if (text %in% c("+", "-", "*", "/", "&", "&&", "|", "||")) {
          add(siblings$parent[1], paste(text, "-> left operand"), instead = siblings$id[1])
        }
      } else if (place == 1) {
        add(id, paste("without", text), instead = "")
      }
    }
    if (token == "'!'") add(id, "without !", instead = "")
    if (token == "NUM_CONST") {
      to <- if (text == "TRUE") "FALSE" else if (text == "FALSE") "TRUE" else if (grepl("^(NA|Inf|NaN)", text)) NA else
        if (grepl("^[0-9]+L?$", text)) paste0(as.numeric(sub("L", "", text)) + 1, if (grepl("L", text)) "L") else
          format(2 * as.numeric(text), digits = 15)
      if (identical(text, "0")) to <- "1"
      if (!is.na(to)) add(id, paste(text, "->", to), instead = to)
    }
    if (token == "SYMBOL_FUNCTION_CALL" && text %in% names(r_functions)) {
      add(id, paste(text, "->", r_functions[[text]]), instead = r_functions[[text]])
    }
    if (token %in% c("IF", "WHILE")) add(siblings$id[3], paste(text, "not"), "!(", NA, ")")
    if (token == "'{'") {
      inside <- siblings[siblings$token == "expr", ]
      for (e in seq_len(nrow(inside) - 1)) {  # without a variable nothing goes on
        if (!makes_variable(data, inside$id[e])) add(inside$id[e], "statement left out", instead = "NULL")
      }
    }
  }
  sites <- do.call(rbind, sites)
  at <- match(sites$id_of, data$id)
  sites$from <- data$from[at]
  sites$to <- data$to[at]
  text <- paste(code, collapse = "\n")
  kept <- suppressWarnings(as.integer(sites$instead))
  left <- grepl("left operand$", sites$change)
  operand <- match(kept, data$id)
  sites$instead <- ifelse(left, substring(text, data$from[operand], data$to[operand]), sites$instead)
  roots <- vapply(sites$id_of, top, 0L)
  root <- match(roots, data$id)
  name <- vapply(roots, function(id) {
    first <- data[data$parent == id, ]
    if (any(first$token %in% c("LEFT_ASSIGN", "EQ_ASSIGN"))) {
      target <- first[order(first$from), ][1, ]
      substring(text, target$from, target$to)
    } else {
      ""
    }
  }, "")
  sites <- data.frame(file = file.path("R", file), sites, line = data$line1[at], code = trimws(code[data$line1[at]]),
                      name, top_from = data$from[root], top_to = data$to[root], at = sites$from)
  # the expression around it, to see whether it is reached
  around <- vapply(sites$id_of, function(id) {
    while (!data$token[data$id == id] %in% c("expr", "expr_or_assign_or_help")) id <- data$parent[data$id == id]
    id
  }, 0L)
  sites$around_from <- data$from[match(around, data$id)]
  sites$around_to <- data$to[match(around, data$id)]
  sites[nzchar(sites$name) & !grepl(r_left_out, sites$name), setdiff(names(sites), "id_of")]
}

r_mutant <- function(path, site) {
  text <- paste(readLines(path), collapse = "\n")
  own <- substring(text, site$from, site$to)
  changed <- paste0(site$before, if (is.na(site$instead)) own else site$instead, site$after)
  paste0(substring(text, site$top_from, site$from - 1), changed, substring(text, site$to + 1, site$top_to))
}

# The file with a note around each of its sites.
r_noted <- function(path, sites) {
  text <- paste(readLines(path), collapse = "\n")
  size <- sites$around_to - sites$around_from
  edits <- rbind(
    data.frame(at = sites$around_from, order = 1, size = -size, text = sprintf("(.mutant_reached(%d, ", sites$id)),
    data.frame(at = sites$around_to + 1, order = 0, size = size, text = "))")
  )
  edits <- edits[order(edits$at, edits$order, edits$size), ]
  starts <- c(1, edits$at)
  parts <- substring(text, starts, c(edits$at - 1, nchar(text)))
  paste0(c("", edits$text), parts, collapse = "")
}
