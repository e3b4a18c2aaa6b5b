# Functions that this one calls by name, those that they call, and so on, so many steps away.
reached_from <- function(name, functions, steps) {
  found <- new <- name
  for (step in seq_len(steps)) {
    called <- unlist(lapply(functions[new], function(f) c(all.names(body(f)), unlist(lapply(formals(f), all.names)))))
    new <- setdiff(intersect(called, names(functions)), found)
    found <- c(found, new)
  }
  found
}

# Byte code of all functions would be 1 MB, more than an installed package has room for (DESCRIPTION has `ByteCompile:
# false`), and R compiles what is called twice, which makes the first fits of a session several times as long. So nearly
# all that a fit calls is compiled when the package is installed; a step more is about 40 kB. What only blocks, workers,
# checkpoints, tidy tables and errors need is not of these. This file comes last.
local({
  home <- parent.env(environment())
  functions <- Filter(is.function, mget(ls(home, all.names = TRUE), home))
  rare <- c("source_in_blocks", "store_rows", "weighted_rows", "take_block", "cells_by_block", "start_from_sample",
            "check_cluster", "hand_out", "answer_for", "replies_of", "exchange", "read_checkpoint", "replace_file",
            "resumable", "from_tidy_counts", "from_triplets", "tidy_columns", "seurat_counts", "joined_layers",
            "holds_texts", "refuse_texts", "advice_on", "gather_team", "dismiss", "warn_of_lost", "open_fit_checkpoint",
            "open_checkpoint", "check_writable", "check_same_work", "write_checkpoint", "keep_values")
  functions <- functions[setdiff(names(functions), rare)]
  for (name in reached_from("nmf", functions, 5)) {
    assign(name, cmpfun(functions[[name]], list(suppressAll = TRUE)), home)
  }
})
