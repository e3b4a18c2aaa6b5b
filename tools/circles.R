# Which files of R/ need each other in a circle, and what else is not in one place:
#   Rscript tools/circles.R [--max N] [--edges FILE] [--moves N]
# A file needs another one when one of its functions names a function of the other. Prints the largest circle of files
# (a strongly connected component), the helpers with one caller, and the places outside their own files that ask for the
# name of a family or a structure. Methods found by dispatch are not followed.
#   --max N       fails when the largest circle has more than N files
#   --edges FILE  writes a table of who names what in which other file: `inside` the circle or not, and whether it is in
#                 a small set of edges without which no circle is left (`remove`); prints that set
#   --moves N     prints up to N functions whose move to a file of their own makes the circle smaller, best first

arguments <- commandArgs(TRUE)
option <- function(name) {
  at <- match(paste0("--", name), arguments)
  if (is.na(at)) return(NULL)
  value <- arguments[at + 1]
  if (is.na(value) || startsWith(value, "--")) stop("--", name, " needs a value", call. = FALSE)
  value
}
count_option <- function(name) {
  value <- option(name)
  if (!is.null(value) && !grepl("^[0-9]+$", value)) stop("--", name, " must be a whole number", call. = FALSE)
  if (!is.null(value)) as.integer(value)
}
unknown <- setdiff(grep("^--", arguments, value = TRUE), c("--max", "--edges", "--moves"))
if (length(unknown)) stop("unknown option ", unknown[1], call. = FALSE)
most <- count_option("max")
moves <- count_option("moves")
edges_to <- option("edges")

root <- "."
script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
if (!file.exists("DESCRIPTION") && length(script)) root <- file.path(dirname(script), "..")
files <- setdiff(list.files(file.path(root, "R"), "[.][Rr]$"), "RcppExports.R")
if (!length(files)) stop("no files in ", file.path(root, "R"), call. = FALSE)

# What is defined where ------------------------------------------------------------------------------

is_definition <- function(e) {
  is.call(e) && as.character(e[[1]])[1] %in% c("<-", "=") && (is.name(e[[2]]) || is.character(e[[2]]))
}
is_function <- function(e) is.call(e) && identical(e[[1]], quote(`function`))

# Names in these are columns of data.
without_columns <- function(e) {
  if (!is.call(e)) return(e)
  if (deparse(e[[1]])[1] %in% c("aes", "ggplot2::aes", "ggplot2::vars")) return(NULL)
  for (i in seq_along(e)) if (is.call(e[[i]])) e[i] <- list(without_columns(e[[i]]))
  e
}

# The names that an expression takes from outside, and functions named by a text.
names_in <- function(e) {
  e <- without_columns(e)
  f <- if (is_function(e)) eval(e, baseenv()) else eval(call("function", NULL, e), baseenv())
  texts <- character()
  walk <- function(e) {
    if (!is.call(e)) return()
    head <- deparse(e[[1]])[1]
    if (head %in% c("do.call", "match.fun") && length(e) > 1 && is.character(e[[2]])) texts <<- c(texts, e[[2]])
    for (i in seq_along(e)) if (is.call(e[[i]])) walk(e[[i]])
  }
  walk(e)
  unique(c(codetools::findGlobals(f), texts))
}

objects <- do.call(rbind, lapply(files, function(file) {
  exprs <- as.list(parse(file.path(root, "R", file), keep.source = FALSE))
  name <- vapply(exprs, function(e) if (is_definition(e)) as.character(e[[2]]) else "", "")
  value <- lapply(exprs, function(e) if (is_definition(e)) e[[3]] else e)
  name[name == ""] <- paste0("(code of ", file, ")")
  data.frame(name, file = rep(file, length(name)), is_function = vapply(value, is_function, NA),
             uses = I(lapply(value, names_in)))
}))
functions <- objects[objects$is_function, ]
twice <- unique(functions$name[duplicated(functions$name)])
if (length(twice)) cat("Defined twice: ", paste(twice, collapse = ", "), "\n", sep = "")
home <- stats::setNames(functions$file, functions$name)

calls <- do.call(rbind, lapply(seq_len(nrow(objects)), function(i) {
  callee <- setdiff(intersect(objects$uses[[i]], names(home)), objects$name[i])
  if (length(callee)) data.frame(caller = objects$name[i], from = objects$file[i], callee, to = unname(home[callee]))
}))
across <- calls[calls$from != calls$to, ]

# Circles ------------------------------------------------------------------------------------------------

# Strongly connected components (Tarjan 1972) of the graph with these edges: for each node, the number of its component.
components <- function(nodes, from, to) {
  out <- split(match(to, nodes), factor(match(from, nodes), seq_along(nodes)))
  index <- low <- integer(length(nodes))
  component <- integer(length(nodes))
  on_stack <- logical(length(nodes))
  stack <- integer()
  counter <- found <- 0L
  visit <- function(v) {
    counter <<- counter + 1L
    index[v] <<- low[v] <<- counter
    stack <<- c(stack, v)
    on_stack[v] <<- TRUE
    for (w in out[[v]]) {
      if (index[w] == 0L) {
        visit(w)
        low[v] <<- min(low[v], low[w])
      } else if (on_stack[w]) {
        low[v] <<- min(low[v], index[w])
      }
    }
    if (low[v] == index[v]) {
      found <<- found + 1L
      at <- match(v, stack)
      here <- stack[at:length(stack)]
      component[here] <<- found
      on_stack[here] <<- FALSE
      stack <<- stack[seq_len(at - 1L)]
    }
  }
  for (v in seq_along(nodes)) if (index[v] == 0L) visit(v)
  component
}

circles <- function(nodes, from, to) {
  all <- unname(split(nodes, components(nodes, from, to)))
  all[order(-lengths(all), vapply(all, `[`, "", 1))]
}

by_file <- circles(files, across$from, across$to)
largest <- by_file[[1]]
size <- if (length(largest) > 1) length(largest) else 0L

listed <- function(x) paste(strwrap(paste(x, collapse = ", "), 116, indent = 2, exdent = 2), collapse = "\n")
cat("Files: ", length(files), "; functions: ", nrow(functions), "\n", sep = "")
cat("Largest circle of files: ", size, "\n", sep = "")
if (size) cat(listed(largest), "\n", sep = "")
others <- Filter(function(one) length(one) > 1, by_file[-1])
for (one in others) cat("Another circle of files: ", length(one), "\n", listed(one), "\n", sep = "")
of_functions <- Filter(function(one) length(one) > 1, circles(objects$name, calls$caller, calls$callee))
for (one in of_functions) {
  where <- unique(home[one])
  if (length(where) > 1) {
    cat("Functions that call each other across files:\n", listed(paste0(one, " (", home[one], ")")), "\n", sep = "")
  }
}

# Helpers with one caller -----------------------------------------------------------------------------

lines <- readLines(file.path(root, "NAMESPACE"))
exported <- sub("^export\\((.*)\\)$", "\\1", grep("^export\\(", lines, value = TRUE))
exported <- gsub("[\"`]", "", exported)
method <- strsplit(sub("^S3method\\((.*)\\)$", "\\1", grep("^S3method\\(", lines, value = TRUE)), ",")
methods <- vapply(method, function(m) if (length(m) > 2) m[3] else paste(gsub("[\"`]", "", m[1:2]), collapse = "."), "")
hooks <- c(".onLoad", ".onAttach", ".onUnload")
helpers <- setdiff(functions$name, c(exported, gsub("[\" ]", "", methods), hooks))
callers <- vapply(helpers, function(name) length(unique(calls$caller[calls$callee == name])), 0L)
apart <- vapply(helpers[callers == 1], function(name) {
  one <- calls[calls$callee == name, ]
  one$from[1] != one$to[1]
}, NA)
cat("Helpers with one caller: ", sum(callers == 1), " of ", length(helpers), ", ", sum(apart),
    " of them in another file\n", sep = "")
if (any(callers == 0)) cat("Helpers without a caller in R/:\n", listed(helpers[callers == 0]), "\n", sep = "")

# Questions for names ------------------------------------------------------------------------------

family_names <- "\"(normal|poisson|tweedie|negbin)\""
asks <- c(
  "family\\$name", "structure_letters\\(", "encodes_features\\(",
  "\\$structure *(==|!=|%in%)", "(switch|identical)\\([^,()]*\\$structure",
  paste0("(?<!family\\$)\\bname *(==|!=|%in%) *(c\\()?", family_names)
)
own <- grepl("^(family|structure|model)([-_.].*)?[.][Rr]$", files)
asked <- do.call(rbind, lapply(files[!own], function(file) {
  text <- sub("^\\s*#.*", "", readLines(file.path(root, "R", file)))
  n <- vapply(text, function(line) {
    sum(vapply(asks, function(ask) sum(gregexpr(ask, line, perl = TRUE)[[1]] > 0), 0L))
  }, 0L, USE.NAMES = FALSE)
  if (any(n > 0)) data.frame(file, places = sum(n))
}))
cat("Places outside their own files that ask for the name of a family or a structure: ", sum(asked$places), "\n",
    sep = "")
if (NROW(asked)) {
  asked <- asked[order(-asked$places), ]
  cat(listed(paste0(asked$file, " ", asked$places)), "\n", sep = "")
}

# What holds the circle together -------------------------------------------------------------------

edges <- stats::aggregate(list(calls = paste(across$caller, "->", across$callee)), across[c("from", "to")], paste,
                          collapse = "; ")
edges$n <- lengths(strsplit(edges$calls, "; ", fixed = TRUE))
component <- stats::setNames(components(files, across$from, across$to), files)
edges$inside <- component[edges$from] == component[edges$to]

# An order of the files in which few calls go backward: removing those leaves no circle. Begins with the file that is
# called most and calls least (Eades, Lin and Smyth 1993), then moves files one by one while that helps.
backward <- function(nodes, edges) {
  weight <- matrix(0, length(nodes), length(nodes), dimnames = list(nodes, nodes))
  weight[cbind(edges$from, edges$to)] <- edges$n
  left <- nodes
  first <- last <- character()
  while (length(left)) {
    w <- weight[left, left, drop = FALSE]
    lead <- rowSums(w) - colSums(w)
    sink <- left[rowSums(w) == 0]
    source <- left[colSums(w) == 0]
    if (length(sink)) {
      last <- c(sink[1], last)
      left <- setdiff(left, sink[1])
    } else {
      pick <- if (length(source)) source[1] else left[which.max(lead)]
      first <- c(first, pick)
      left <- setdiff(left, pick)
    }
  }
  order <- c(first, last)
  cost <- function(order) {
    w <- weight[order, order]
    sum(w[lower.tri(w)])
  }
  best <- cost(order)
  repeat {
    before <- best
    for (node in nodes) {
      rest <- setdiff(order, node)
      tries <- lapply(0:length(rest), function(at) append(rest, node, at))
      costs <- vapply(tries, cost, 0)
      if (min(costs) < best) {
        order <- tries[[which.min(costs)]]
        best <- min(costs)
      }
    }
    if (best == before) break
  }
  match(edges$from, order) > match(edges$to, order)
}

if (!is.null(edges_to)) {
  edges$remove <- FALSE
  for (one in Filter(function(one) length(one) > 1, by_file)) {
    here <- which(edges$from %in% one & edges$to %in% one)
    edges$remove[here] <- backward(one, edges[here, ])
  }
  left <- circles(files, edges$from[!edges$remove], edges$to[!edges$remove])
  stopifnot(all(lengths(left) == 1))
  edges <- edges[order(!edges$inside, !edges$remove, edges$from, edges$to), ]
  utils::write.table(edges[c("from", "to", "inside", "remove", "n", "calls")], edges_to, sep = "\t", quote = FALSE,
                     row.names = FALSE)
  cat("Edges between files: ", nrow(edges), ", in circles: ", sum(edges$inside), "; written to ", edges_to, "\n",
      sep = "")
  cat("Without these ", sum(edges$remove), " edges (", sum(edges$n[edges$remove]), " calls) there is no circle:\n",
      sep = "")
  back <- edges[edges$remove, ]
  cat(paste0("  ", back$from, " -> ", back$to, ": ", back$calls, "\n"), sep = "")
}

# The largest circle, and how many edges all circles have, with the functions at other places.
circle_at <- function(at) {
  from <- ifelse(calls$caller %in% names(at), at[calls$caller], calls$from)
  to <- at[calls$callee]
  edges <- unique(data.frame(from, to)[from != to, ])
  nodes <- unique(c(files, at))
  component <- stats::setNames(components(nodes, edges$from, edges$to), nodes)
  sizes <- tabulate(component)
  inside <- component[edges$from] == component[edges$to]
  list(size = max(sizes), edges = sum(inside), files = nodes[sizes[component] > 1])
}

if (!is.null(moves) && size) {
  at <- home
  now <- circle_at(at)
  cat("Functions whose move to a file of their own makes circles smaller (largest circle, edges in circles):\n")
  for (step in seq_len(moves)) {
    candidates <- intersect(names(at)[at %in% now$files & at %in% files], c(across$caller, across$callee))
    tries <- lapply(candidates, function(name) circle_at(replace(at, name, paste0("(", name, ")"))))
    sizes <- vapply(tries, function(try) try$size, 0L)
    inside <- vapply(tries, function(try) try$edges, 0L)
    best <- order(sizes, inside)[1]
    if (!length(tries) || (sizes[best] == now$size && inside[best] >= now$edges)) break
    name <- candidates[best]
    cat("  ", name, " (", at[[name]], "): ", now$size, " -> ", sizes[best], ", ", now$edges, " -> ", inside[best], "\n",
        sep = "")
    at[[name]] <- paste0("(", name, ")")
    now <- tries[[best]]
  }
}

if (!is.null(most) && size > most) {
  cat("The largest circle has more than ", most, " files.\n", sep = "")
  quit(status = 1)
}
