# The first line of every exported function and method: arguments that are missing, names that are not whole or not
# known, and an object of this package that was altered are refused before any work. The dots are given where the
# function has no use for them. Arguments that `.base` would take, the generic's own or what R hands on, stand for
# nothing and are let by.
check_call <- function(..., .base = NULL, .what = "argument") {
  frame <- parent.frame()
  own <- formals(sys.function(sys.parent()))
  for (arg in names(own)) {
    if (arg != "..." && is_empty(own[[arg]]) && eval(call("missing", as.name(arg)), frame)) refuse_missing(arg)
  }
  if (length(own) && names(own)[1] != "..." && !eval(call("missing", as.name(names(own)[1])), frame)) {
    check_whole(frame[[names(own)[1]]], names(own)[1])
  }
  written <- names(sys.call(sys.parent()))
  whole <- names(own)[seq_len(match("...", names(own), length(own)))]
  partly <- setdiff(written[!is.na(pmatch(written, whole, duplicates.ok = TRUE))], c("", names(own)))
  if (length(partly)) refuse_unknown(partly[1], names(own), .what)
  if (...length() == 0) return(invisible())
  unknown <- setdiff(dot_names(...), if (!is.null(.base)) names(formals(.base)))
  if (length(unknown)) refuse_unknown(unknown[1], names(own), .what)
}

is_empty <- function(default) identical(default, rlang::missing_arg())

# Dots that go on to another function, after arguments of its own.
refuse_unnamed <- function(...) {
  if (!all(nzchar(dot_names(...)))) abort("argument", "`...` must be named arguments.")
}

# "" for what has none.
dot_names <- function(...) {
  names <- names(substitute(list(...)))[-1]
  if (is.null(names)) rep("", ...length()) else names
}

# A model that is missing is answered with the grammar of models.
refuse_missing <- function(arg) {
  if (arg %in% c("model", "models")) return(invisible())
  what <- switch(arg, V = , newdata = "data", rank = "rank", "argument")
  abort(what, "`", arg, "` is missing.")
}

refuse_unknown <- function(name, own, what) {
  own <- setdiff(own, "...")
  shown <- if (nzchar(name)) paste0(dQuote(name, FALSE), nearest_is(name, own)) else "beyond those with a name"
  if (what == "control") {
    abort(what, "`control` has no setting ", shown, "; its settings are ", paste(own, collapse = ", "), ".")
  }
  if (name %in% c("assay", "layer") && "V" %in% own) {
    abort(what, "there is no argument ", dQuote(name, FALSE), "; take it out of the object by cell_counts(), as in ",
          "`V = cell_counts(object, ", name, " = )`.")
  }
  abort(what, "there is no argument ", shown, "; ",
        if (length(own)) paste0("the arguments are ", paste(own, collapse = ", ")) else "there are none", ".")
}
