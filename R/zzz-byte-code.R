# Functions that others call by name, theirs, and so on.
reached_from <- function(names, functions) {
  found <- new <- names
  while (length(new)) {
    called <- unlist(lapply(functions[new], function(f) c(all.names(body(f)), unlist(lapply(formals(f), all.names)))))
    new <- setdiff(intersect(called, base::names(functions)), found)
    found <- c(found, new)
  }
  found
}

# Byte code of all functions would be 1 MB, more than an installed package has room for (DESCRIPTION has `ByteCompile:
# false`), and R compiles what is called twice, which makes the first fits of a session several times as long. So what
# every session calls is compiled when the package is installed. This file comes last.
local({
  home <- parent.env(environment())
  functions <- Filter(is.function, mget(ls(home, all.names = TRUE), home))
  for (name in reached_from(c("nmf", "print.nmf_fit", "summary.nmf_fit", "predict.nmf_fit"), functions)) {
    assign(name, compiler::cmpfun(functions[[name]], list(suppressAll = TRUE)), home)
  }
})
