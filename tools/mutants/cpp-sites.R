# Where the C++ core can be otherwise. A site is a few edits of its file; all sites of a file are written into it at
# once, each behind its number (mutant.h).

# Plumbing of vectors and threads: what breaks there is not for a test of results to find, but for a sanitizer.
cpp_left_out <- c("RcppExports.cpp", "pack.h", "threads.h", "matrix.h")

# Comments and directives are blanks.
cpp_tokens <- function(text) {
  blank <- function(pattern, text) {
    at <- gregexpr(pattern, text, perl = TRUE)
    regmatches(text, at) <- lapply(regmatches(text, at), function(x) gsub("[^\n]", " ", x, perl = TRUE))
    text
  }
  text <- blank("//[^\n]*", text)
  text <- blank("(?m)^[ \t]*#(?:[^\n]*\\\\\n)*[^\n]*", text)
  pattern <- paste0("\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)+'|0x[0-9a-fA-F]+[uUlL]*|",
                    "(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?[uUlLfF]*|[A-Za-z_]\\w*|",
                    "->|::|(?<= )(?:<<|>>)(?= )|\\+\\+|--|&&|\\|\\||[-+*/%<>=!]=|\\.\\.\\.|[^\\sA-Za-z0-9_]")
  at <- gregexpr(pattern, text, perl = TRUE)[[1]]
  from <- as.integer(at)
  to <- from + attr(at, "match.length") - 1L
  token <- substring(text, from, to)
  data.frame(token, from, to, line = findInterval(from, c(1, gregexpr("\n", text)[[1]] + 1)),
             after_space = substring(text, from - 1, from - 1) %in% c(" ", "\n", "("),
             before_space = substring(text, to + 1, to + 1) %in% c(" ", "\n"))
}

# The partner of each bracket, and how deep a token lies. An angle bracket of a template has no blank inside.
cpp_brackets <- function(tokens) {
  n <- nrow(tokens)
  partner <- integer(n)
  token <- tokens$token
  previous <- c("", token[-n])
  opens <- token %in% c("(", "[", "{") | (token == "<" & (!tokens$after_space | previous == "template"))
  closes <- token %in% c(")", "]", "}") | (token == ">" & substring(previous, 1, 1) != "" & !tokens$after_space)
  stack <- integer()
  of <- c(")" = "(", "]" = "[", "}" = "{", ">" = "<")
  for (i in seq_len(n)) {
    if (opens[i]) stack <- c(stack, i)
    if (!closes[i]) next
    top <- stack[length(stack)]
    if (token[top] != of[[token[i]]]) stop("unbalanced ", token[i], " in line ", tokens$line[i])
    partner[c(i, top)] <- c(top, i)
    stack <- stack[-length(stack)]
  }
  partner
}

# What is fixed when it is compiled, and declarations.
cpp_fixed <- function(tokens, partner) {
  n <- nrow(tokens)
  token <- tokens$token
  fixed <- logical(n)
  mark <- function(from, to) fixed[from:to] <<- TRUE
  for (i in seq_len(n)) {
    if (token[i] == "<" && partner[i]) mark(i, partner[i])
    if (token[i] == "constexpr") {
      mark(i, if (token[i + 1] == "(") partner[i + 1] else i + which(token[i:n] == ";")[1] - 1)
    }
    if (token[i] %in% c("using", "typedef", "enum", "case", "static_assert", "pragma")) {
      mark(i, i + which(token[i:n] %in% c(";", ":"))[1] - 1)
    }
    if (token[i] %in% c("decltype", "sizeof", "__attribute__", "noexcept") && token[i + 1] == "(") {
      mark(i, partner[i + 1])
    }
    if (token[i] == "NMF_UNROLL" && token[i + 1] == "for") mark(i, partner[i + 2])
    if (token[i] == "=" && token[i - 1] %in% c(")", "const", "override") && token[i + 1] == "0") mark(i, i + 1)
    if (token[i] == "operator") mark(i, i + 1)
  }
  fixed
}

# The end of the operand on the right of && or ||.
end_of_operand <- function(tokens, partner, i) {
  ends <- c(")", "]", "}", ";", ",", "?", ":", "||", if (tokens$token[i] == "&&") "&&")
  at <- i + 1
  while (!(tokens$token[at] %in% ends && !(partner[at] > at))) at <- if (partner[at] > at) partner[at] + 1 else at + 1
  at - 1
}

keywords <- c("return", "const", "if", "for", "auto", "static", "break", "continue", "throw", "template", "struct",
              "class", "public", "private", "else", "do", "while", "switch", "mutable", "friend", "explicit", "virtual",
              "inline", "delete", "new", "try", "catch", "case", "default", "namespace", "extern")

# The end of the statement that begins at a token, or NA where it is none that could be left out.
end_of_statement <- function(tokens, partner, i) {
  token <- tokens$token
  word <- grepl("^[A-Za-z_]", token)
  if (!word[i] || token[i] %in% keywords || grepl("^(NMF_|[A-Z])", token[i])) return(NA)
  at <- i
  assigns <- FALSE
  while (token[at] != ";") {
    if (token[at] %in% c("{", "}", ")", "]", ":") && !(partner[at] > at)) return(NA)
    if (!assigns && word[at] && at > i && (word[at - 1] || token[at - 1] %in% c(">", "&", "*"))) return(NA)
    if (token[at] %in% c("=", "+=", "-=", "*=", "/=", "%=", "(")) assigns <- TRUE
    if (token[at] %in% c("++", "--")) assigns <- TRUE
    at <- if (partner[at] > at) partner[at] + 1 else at + 1
  }
  if (assigns) at - 1 else NA
}

swaps <- list(
  "+" = c("Plus", "Minus", "-"), "-" = c("Minus", "Plus", "+"), "*" = c("Times", "Over", "/"),
  "/" = c("Over", "Times", "*"), "<" = c("Less", "AtMost", "<="), "<=" = c("AtMost", "Less", "<"),
  ">" = c("Greater", "AtLeast", ">="), ">=" = c("AtLeast", "Greater", ">"), "==" = c("Equal", "Unequal", "!="),
  "!=" = c("Unequal", "Equal", "==")
)

# One row for each site: what is changed there in words, and the edits: before `from`, in the place of from..to, after
# `to`; "%d" is for its number and "@" for the namespace.
cpp_sites <- function(path, file = basename(path)) {
  text <- paste(readLines(path), collapse = "\n")
  tokens <- cpp_tokens(text)
  partner <- cpp_brackets(tokens)
  fixed <- cpp_fixed(tokens, partner)
  token <- tokens$token
  n <- nrow(tokens)
  found <- list()
  add <- function(i, change, from, to, before = "", instead = NA, after = "") {
    found[[length(found) + 1]] <<- data.frame(
      at = tokens$from[i], line = tokens$line[i], change, from = tokens$from[from], to = tokens$to[to], before, instead,
      after
    )
  }
  in_loop <- logical(n)
  for (i in which(token == "for" & !fixed)) {
    parts <- (i + 1):partner[i + 1]
    ends <- parts[token[parts] == ";"]
    if (length(ends) == 2) in_loop[ends[1]:ends[2]] <- TRUE
  }
  for (i in seq_len(n)[-c(1, n)]) {
    if (fixed[i]) next
    binary <- tokens$after_space[i] && tokens$before_space[i] && !partner[i] && token[i - 1] != "("
    beside_text <- any(grepl("^\"", token[c(i - 1, i + 1)]))
    if (binary && token[i] %in% names(swaps) && !(beside_text && token[i] == "+")) {
      to <- swaps[[token[i]]]
      if (in_loop[i] && token[i] == "<") to[2:3] <- c("Sooner", "+ 1 <")
      swap <- function(by) sprintf(" @Swap<%%d, @%s, @%s>() %s", to[1], by, token[i])
      add(i, paste(token[i], "->", to[3]), i, i, after = swap(to[2]))
      if (token[i] %in% c("+", "-", "*", "/")) add(i, paste(token[i], "-> left operand"), i, i, after = swap("Left"))
    }
    if (binary && token[i] %in% c("&&", "||")) {
      end <- end_of_operand(tokens, partner, i)
      add(i, paste("without", token[i], "..."), i + 1, end,
          before = if (token[i] == "&&") "(@on<%d>() || (" else "(!@on<%d>() && (", after = "))")
    }
    if (grepl("^[0-9][0-9.]*([eE][+-]?[0-9]+)?$", token[i]) && !token[i - 1] %in% c("[", "-") &&
          !(token[i - 1] == "<" || token[i + 1] == ">")) {
      to <- as.numeric(token[i])
      to <- if (to == 0) 1 else if (grepl("^[0-9]+$", token[i])) to + 1 else 2 * to
      add(i, paste(token[i], "->", format(to, digits = 15)), i, i, before = "@constant<%d>(", after = ")")
    }
    if (token[i] %in% c("if", "while") && token[i + 1] == "(") {
      inside <- (i + 2):(partner[i + 1] - 1)
      if (!any(token[inside] %in% c("=", ";"))) {
        add(i, paste(token[i], "not"), i + 2, partner[i + 1] - 1, before = "@negated<%d>(static_cast<bool>(",
            after = "))")
      }
    }
    if (token[i] %in% c("min", "max") && token[i - 1] == "::" && token[i - 2] == "std" && token[i + 1] == "(") {
      add(i, paste0(token[i], " -> ", setdiff(c("min", "max"), token[i])), i - 2, i,
          instead = paste0("@", token[i], "<%d>"))
    }
    if (token[i] == "larger" && token[i + 1] == "(" && token[i - 1] != "double" && !grepl("^[A-Z]", token[i - 1])) {
      add(i, "without larger", i, i + 1, instead = "NMF_MUTANT_LARGER(%d, ")
    }
    if (token[i - 1] %in% c(";", "{", "}", ")", "else") && !in_loop[i]) {
      end <- end_of_statement(tokens, partner, i)
      if (!is.na(end)) add(i, "statement left out", i, end, before = "(@on<%d>() ? void() : void(", after = "))")
    }
  }
  sites <- do.call(rbind, found)
  if (is.null(sites)) return(NULL)
  lines <- strsplit(text, "\n")[[1]]
  cbind(file = file.path("src", file), sites, code = trimws(lines[sites$line]))
}

# What is no statement but a declaration, and the like, is dropped by the compiler's word (build.R).
write_cpp_sites <- function(path, sites) {
  text <- paste(readLines(path), collapse = "\n")
  with_id <- function(x) {
    vapply(seq_along(x), function(s) gsub("%d", sites$id[s], gsub("@", "nmf::mutants::", x[s]), fixed = TRUE), "")
  }
  size <- sites$to - sites$from
  swapped <- which(!is.na(sites$instead))
  edits <- rbind(
    data.frame(at = sites$from, order = 1, size = -size, text = with_id(sites$before), cut = 0),
    data.frame(at = sites$to + 1, order = 0, size = size, text = with_id(sites$after), cut = 0),
    data.frame(at = sites$from, order = 2, size = 0, text = with_id(sites$instead), cut = size + 1)[swapped, ]
  )
  # ends before beginnings, inner ends first, outer beginnings first
  edits <- edits[order(edits$at, edits$order, edits$size), ]
  out <- character()
  done <- 1
  for (e in seq_len(nrow(edits))) {
    out <- c(out, substr(text, done, edits$at[e] - 1), edits$text[e])
    done <- max(done, edits$at[e]) + edits$cut[e]
  }
  writeLines(paste(c(out, substr(text, done, nchar(text))), collapse = ""), path)
}
