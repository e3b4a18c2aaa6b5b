# What a worker of a cluster does for another process: it keeps blocks of rows in a file of its session, and answers for
# subtrees of them. It is asked by cluster.R, and knows no more of a fit than what a message tells.

held_for_others <- new.env(parent = emptyenv())

# A message is done once: one with the number of the last is answered as that was, for its answer may have been lost.
obey <- function(message) {
  mine <- held_for_others[[message$key]] %||% new.env(parent = emptyenv())
  assign(message$key, mine, held_for_others)
  if (identical(mine$number, message$number)) return(mine$reply)
  reply <- tryCatch(
    switch(message$what, take = take_block(mine, message), answer = answer_for(mine, message),
           forget = forget(message$key)),
    error = function(condition) list(error = conditionMessage(condition)),
    interrupt = function(condition) list(stopped = "interrupted")
  )
  mine$number <- message$number
  mine$reply <- reply
  reply
}

# A block as the bytes of its file, or read where the rows lie; what then stands in the file has to be the same.
take_block <- function(mine, message) {
  if (is.null(mine$path)) {
    mine$path <- tempfile("nmfamily-")
    mine$key <- kept_while_used(mine$path)
    mine$offsets <- rep(NA_real_, length(message$blocks$from) - 1)
  }
  mine$blocks <- message$blocks
  b <- message$b
  offset <- if (file.exists(mine$path)) file.size(mine$path) else 0
  if (is.null(message$bytes)) {
    from <- message$blocks$from
    block <- read_checked(message$rows, from[b] + 1, from[b + 1], list(offsets = mine$offsets, dim = message$blocks$dim,
                                                                       sparse = message$blocks$sparse), b, "V")
    write_block_cpp(mine$path, block)
    if (!identical(rlang::hash(bytes_from(mine$path, offset, file.size(mine$path))), message$hash)) {
      stop("other cells were read")
    }
  } else {
    file <- file(mine$path, "ab")
    on.exit(close(file))
    writeBin(message$bytes, file)
  }
  mine$offsets[b] <- offset
  list(taken = b, meets = meets_in(mine, message$folder))
}

bytes_from <- function(path, from, to) {
  file <- file(path, "rb")
  on.exit(close(file))
  seek(file, from)
  readBin(file, "raw", to - from)
}

bytes_of_block <- function(blocks, b) {
  ends <- c(blocks$offsets[-1], blocks$facts$size)
  bytes_from(blocks$path, blocks$offsets[b], ends[b])
}

# The blocks from `at[1]` to before `at[2]`, numbered from 0, as blocks of their own.
subtree_of <- function(blocks, at) {
  here <- (at[1] + 1):at[2]
  from <- blocks$from[(at[1] + 1):(at[2] + 1)]
  list(path = blocks$path, offsets = blocks$offsets[here], from = from - from[1],
       dim = c(last(from) - from[1], blocks$dim[2]), sparse = blocks$sparse, weighted = blocks$weighted)
}

# The rows of W of each subtree, packed, stay here until others come, as do the facts of the family, and where the last
# two sweeps ended: the next one begins beyond these.
answer_for <- function(mine, message) {
  for (part in c("family", "unit", "threads")) if (!is.null(message[[part]])) mine[[part]] <- message[[part]]
  blocks <- c(mine$blocks[c("from", "dim", "sparse", "weighted")], list(path = mine$path, offsets = mine$offsets))
  answers <- list()
  for (subtree in message$subtrees) {
    name <- paste(subtree$at, collapse = "-")
    if (message$rows == "same") subtree$by_row[1] <- list(mine$W[[name]])
    if (message$rows == "beyond") {
      ends <- mine$ends[[name]]
      subtree$by_row[[1]] <- beyond_cpp(ends[[1]], ends[[2]], message$task$beta)
    }
    if (is.list(subtree$by_row[[1]])) subtree$by_row[[1]] <- do.call(packed_rows_cpp, subtree$by_row[[1]])
    task <- message$task
    task$by_row <- subtree$by_row
    answer <- answer_cpp(subtree_of(blocks, subtree$at), family_there(mine$family, blocks$from, subtree$at), mine$unit,
                         task, message$seconds, message$watched, mine$threads)
    if (is.character(answer)) return(list(stopped = answer))
    if (!is.null(task$by_row[[1]])) mine$W[[name]] <- if (moves_rows(task)) answer$rows[[1]] else task$by_row[[1]]
    if (moves_rows(task)) mine$ends[[name]] <- c(answer$rows[1], mine$ends[[name]][1])
    answers <- c(answers, list(c(list(at = subtree$at), answer)))
  }
  list(answers = if (is.null(mine$folder)) answers else left_in(mine$folder, answers))
}

# Whether the process that asks is on this machine, and what lies in its folder can be read and written here.
meets_in <- function(mine, folder) {
  key <- tryCatch(readLines(folder$key), error = function(e) NULL, warning = function(e) NULL)
  meets <- identical(folder$node, Sys.info()[["nodename"]]) && identical(key, folder$told) &&
    file.access(dirname(folder$key), 2) == 0
  mine$folder <- if (meets) dirname(folder$key)
  meets
}

# Large parts of answers go by files, whose names are those of the subtree and this process, until the next answer: R
# reads a socket by 4 kB.
least_by_file <- 65536

left_in <- function(folder, answers) {
  lapply(answers, function(answer) {
    for (kind in c("rows", "sums")) {
      answer[[kind]] <- Map(function(x, i) {
        if (length(x) < least_by_file) return(x)
        path <- file.path(folder, paste(c(kind, i, answer$at, Sys.getpid()), collapse = "-"))
        file <- file(path, "wb")
        on.exit(close(file))
        writeBin(x, file)
        structure(path, bytes = length(x))
      }, answer[[kind]], seq_along(answer[[kind]]))
    }
    answer
  })
}

# newton_rows(), whose number is that of the verb in the core.
moves_rows <- function(task) task$wanted[1] == 3

family_there <- function(family, from, at) {
  if (!is.null(family$alpha)) family$alpha <- family$alpha[(from[at[1] + 1] + 1):from[at[2] + 1]]
  family
}

forget <- function(key) {
  mine <- held_for_others[[key]]
  if (!is.null(mine$path)) unlink(mine$path)
  rm(list = key, envir = held_for_others)
  list(forgotten = TRUE)
}
