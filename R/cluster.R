# One fit by the workers of a cluster of the package parallel. Each holds whole subtrees of the tree in which blocks of
# rows are added up; components go out, sums come back, and what comes of it are the bits of one process. A worker that
# is lost leaves its blocks to the others, and the last one to this process.
#
# `team` is an environment: the cluster, the blocks, `owner` (for each block the number of its worker, 0 is here), which
# workers are `alive`, and what has gone to them.

check_cluster <- function(cluster) {
  if (is.null(cluster)) return(NULL)
  cluster <- as_one_cluster(cluster)
  n <- length(cluster)
  found <- lapply(seq_len(n), function(i) ask_one(workers_of(cluster, i), process_there, .libPaths()))
  if (all(vapply(found, is.null, NA))) {
    abort("argument", "`cluster` must be a cluster whose workers answer, but none does; stop it and make a new one.")
  }
  own <- as.character(utils::packageVersion("nmfamily"))
  for (i in seq_len(n)) {
    version <- found[[i]]$version
    if (is.null(version) || identical(version, own)) next
    abort("package", "each worker of `cluster` needs the package nmfamily ", own, "; number ", i, " has ",
          if (nzchar(version)) version else "none", ".")
  }
  # who hands each message to whoever is next answers in another order
  again <- rev(lapply(rev(seq_len(n)), function(i) {
    if (!is.null(found[[i]])) ask_one(workers_of(cluster, i), process_there, .libPaths())
  }))
  same <- vapply(seq_len(n), function(i) is.null(again[[i]]) || identical(again[[i]], found[[i]]), NA)
  if (!all(same)) {
    abort("argument", "each worker of `cluster` must be one process, but number ", which(!same)[1], " is now one and ",
          "now another, as in a cluster of mirai with several; give a list of clusters with one each: ",
          "lapply(1:", n, ", function(i) mirai::make_cluster(1)).")
  }
  list(workers = cluster, alive = !vapply(found, is.null, NA))
}

# Several clusters are one, whatever their kinds.
as_one_cluster <- function(cluster) {
  is_one <- function(x) inherits(x, "cluster") && is.list(x) && length(x) > 0
  if (is_one(cluster)) return(cluster)
  ok <- is.list(cluster) && !inherits(cluster, "cluster") && length(cluster) > 0 && all(vapply(cluster, is_one, NA))
  expect_arg(ok, "cluster", "NULL, a cluster as from parallel::makeCluster(), or a list of clusters", cluster)
  nodes <- lapply(cluster, function(one) lapply(seq_along(one), function(i) one[[i]]))
  structure(unlist(nodes, recursive = FALSE), class = "cluster")
}

# The version of the package, and which process it is. Runs where the package may not be.
process_there <- function(paths) {
  version <- tryCatch(
    {
      loadNamespace("nmfamily", lib.loc = c(.libPaths(), paths))
      as.character(getNamespaceVersion("nmfamily"))
    },
    error = function(condition) ""
  )
  list(version = version, process = c(Sys.info()[["nodename"]], Sys.getpid()))
}
environment(process_there) <- baseenv()

# Some of them as a cluster; not each class has a method for it.
workers_of <- function(cluster, which) structure(lapply(which, function(i) cluster[[i]]), class = class(cluster))

# What one worker answers, or NULL.
ask_one <- function(worker, f, ...) {
  tryCatch(suspendInterrupts(suppressWarnings(parallel::clusterCall(worker, f, ...)[[1]])),
           error = function(condition) NULL)
}

# Workers get the same number of blocks, as far as these are whole subtrees.
gather_team <- function(cluster, blocks, threads, verbose) {
  alive <- cluster$alive
  cluster <- cluster$workers
  n <- length(blocks$offsets)
  workers <- length(cluster)
  owner <- owners_of_blocks(n, workers)
  team <- list2env(list(
    key = basename(tempfile("fit-")), cluster = cluster, blocks = blocks, owner = owner, alive = alive,
    informed = rep(FALSE, workers), known_rows = FALSE, ends = 0, number = 0, longest = 0, calls = 0, out = 0, back = 0,
    threads = threads, verbose = verbose, patience = connection_patience(cluster),
    folder = folder_to_meet(), meets = rep(FALSE, workers)
  ), parent = emptyenv())
  ready <- FALSE
  on.exit(if (!ready) dismiss(team))
  hand_on(team)
  hand_out(team, seq_len(n))
  ready <- TRUE
  team
}

# Where workers on this machine leave what is large, with a word in it by which they know it.
folder_to_meet <- function() {
  folder <- tempfile("answers-")
  dir.create(folder)
  told <- basename(folder)
  key <- file.path(normalizePath(folder), "key")
  writeLines(told, key)
  list(key = key, told = told, node = Sys.info()[["nodename"]])
}

# Shares of the blocks at that depth of the tree at which none has more than it needs to: each subtree sends sums, so
# that the least deep is the best.
owners_of_blocks <- function(n, workers) {
  owners <- lapply(seq(ceiling(log2(workers)), ceiling(log2(4 * workers))), function(depth) {
    shares <- blocks_of_shares(0, n, depth)
    rep(ceiling(seq_along(shares) * workers / length(shares)), shares)
  })
  owners[[which.min(vapply(owners, function(owner) max(tabulate(owner)), 0))]]
}

# How many blocks there are in each subtree at a depth.
blocks_of_shares <- function(first, last, depth) {
  if (depth == 0 || last - first == 1) return(last - first)
  middle <- first + (last - first + 1) %/% 2
  c(blocks_of_shares(first, middle, depth - 1), blocks_of_shares(middle, last, depth - 1))
}

# The largest subtrees of blocks first to before last, all of which are `chosen`.
subtrees_of <- function(chosen, first = 0, last = length(chosen)) {
  here <- chosen[(first + 1):last]
  if (all(here)) return(list(c(first, last)))
  if (!any(here)) return(list())
  middle <- first + (last - first + 1) %/% 2
  c(subtrees_of(chosen, first, middle), subtrees_of(chosen, middle, last))
}

# Blocks go to their owners, one to each at a time. Rows in a file are read by the worker itself where it can.
hand_out <- function(team, which) {
  blocks <- team$blocks
  shape <- unclass(blocks)[c("from", "dim", "sparse", "weighted")]
  recipe <- recipe_of(blocks$key$rows)
  reads <- rep(!is.null(recipe), length(team$cluster))
  repeat {
    which <- which[team$owner[which] > 0]
    turns <- split(which, team$owner[which])
    if (!length(turns)) return(invisible())
    to <- as.integer(names(turns))
    b <- vapply(turns, `[`, 0L, 1L)
    lost <- sum(!team$alive)
    replies <- exchange(team, to, Map(function(i, b) {
      bytes <- bytes_of_block(blocks, b)
      c(list(what = "take", blocks = shape, b = b, folder = team$folder),
        if (reads[i]) list(rows = recipe, hash = rlang::hash(bytes)) else list(bytes = bytes))
    }, to, b))
    for (j in seq_along(to)) {
      if (identical(replies[[j]]$taken, b[[j]])) {
        team$meets[to[j]] <- replies[[j]]$meets
        which <- setdiff(which, b[[j]])
      } else if (!is.null(replies[[j]]$error)) {
        if (!reads[to[j]]) lose(team, to[j])
        reads[to[j]] <- FALSE
      }
    }
    if (sum(!team$alive) > lost) which <- union(which, hand_on(team))
  }
}

# A file is opened again where it is read; there is no need of its names.
recipe_of <- function(rows) {
  if (!is_file(rows)) return(NULL)
  rows$dimnames <- list(NULL, NULL)
  rows$file <- normalizePath(rows$file)
  if (!is.null(rows$window)) rows$window <- new.env(parent = emptyenv())
  rows
}

# The blocks of workers that are lost, in turn to those that are left, and which these are.
hand_on <- function(team) {
  orphans <- which(team$owner > 0 & !team$alive[pmax(team$owner, 1)])
  left <- which(team$alive)
  team$owner[orphans] <- if (length(left)) {
    left[ceiling(seq_along(orphans) * length(left) / length(orphans))]
  } else {
    0
  }
  forget_rows(team)
  orphans
}

# Not all workers have the rows of W any more, nor the `ends` of so many sweeps.
forget_rows <- function(team) {
  team$known_rows <- FALSE
  team$ends <- 0
}

lose <- function(team, worker) team$alive[worker] <- FALSE

# What the core calls: a task goes to all, and comes back as answers of subtrees, or as the way in which work ended.
# Interrupts wait until all have answered, so that no answer is left on its way.
asks_team <- function(team, family, unit) {
  force(family)
  force(unit)
  team$informed[] <- FALSE
  forget_rows(team)
  ask <- function(task, rows, seconds, watched) {
    found <- NULL
    interrupted <- FALSE
    work <- function() ask_team(team, task, rows, seconds, watched, list(family = family, unit = unit))
    tryCatch(suspendInterrupts(found <- work()), interrupt = function(condition) interrupted <<- TRUE)
    if (interrupted && watched) "interrupted" else found
  }
  structure(ask, rows = rows_of_team(team))
}

rows_of_team <- function(team) file.path(dirname(team$folder$key), "rows")

# `rows`: that of W there are none, or those of the last task, or what is beyond the ends of the last two sweeps, which
# all have, or what is in the file. NULL where some do not have them any more.
ask_team <- function(team, task, rows, seconds, watched, facts) {
  if (rows == "same" && !team$known_rows || rows == "beyond" && team$ends < 2) return(NULL)
  facts$threads <- team$threads
  team$calls <- team$calls + 1
  blocks <- team$blocks
  left <- rep(TRUE, length(team$owner))
  found <- list()
  by_row <- task$by_row
  task$by_row <- NULL
  message_to <- function(i) {
    subtrees <- lapply(subtrees_of(left & team$owner == i), function(at) {
      from <- blocks$from[at[1] + 1] + 1
      to <- blocks$from[at[2] + 1]
      mine <- lapply(by_row, function(x) if (!is.null(x)) x[from:to, , drop = FALSE])
      path <- rows_of_team(team)
      there <- structure(list(path, from, to), bytes = file.size(path) * (to - from + 1) / blocks$dim[1])
      if (rows == "file") mine[[1]] <- if (i > 0 && team$meets[i]) there else do.call(packed_rows_cpp, there)
      list(at = at, by_row = mine)
    })
    c(list(what = "answer", task = task, subtrees = subtrees, rows = rows, seconds = seconds, watched = watched),
      if (i == 0 || !team$informed[i]) facts)
  }
  while (any(left)) {
    to <- sort(unique(team$owner[left]))
    if (to[1] == 0) to <- 0
    replies <- if (to[1] == 0) list(answer_here(team, message_to(0))) else exchange(team, to, lapply(to, message_to))
    for (j in seq_along(to)) if (!is.null(replies[[j]]$error)) lose(team, to[j])
    stopped <- unlist(lapply(replies, `[[`, "stopped"))
    if (length(stopped)) return(stopped[1])
    for (reply in replies) {
      for (answer in reply$answers) {
        found <- c(found, list(answer))
        left[(answer$at[1] + 1):answer$at[2]] <- FALSE
      }
    }
    if (!all(team$alive[to])) {
      hand_out(team, hand_on(team))
      if (rows %in% c("same", "beyond")) return(NULL)
    }
  }
  all_have <- length(found) == n_subtrees(team) && all(team$owner > 0)
  if (rows %in% c("file", "beyond")) team$known_rows <- all_have
  if (moves_rows(task)) team$ends <- if (all_have) team$ends + 1 else 0
  found
}

n_subtrees <- function(team) {
  sum(vapply(unique(team$owner), function(i) length(subtrees_of(team$owner == i)), 0L))
}

answer_here <- function(team, message) {
  blocks <- check_kept(team$blocks)
  mine <- list2env(list(path = blocks$path, offsets = blocks$offsets, blocks = unclass(blocks)), parent = emptyenv())
  answer_for(mine, message)
}

# Messages to workers, all at once, and their replies; NULL for one that is lost. It is not interrupted, for then the
# next reply would be that to this message.
exchange <- function(team, to, messages) {
  team$number <- team$number + 1
  messages <- lapply(messages, function(message) c(list(key = team$key, number = team$number), message))
  began <- now()
  on.exit(wait_at_most(team, team$patience))
  replies <- suspendInterrupts(replies_of(team, to, messages, began + patience_of(team)))
  team$longest <- max(team$longest, now() - began)
  team$informed[to] <- team$informed[to] | vapply(messages, function(message) message$what == "answer", NA)
  team$out <- team$out + bytes_sent(messages)
  team$back <- team$back + bytes_sent(replies)
  replies
}

replies_of <- function(team, to, messages, until) {
  replies <- vector("list", length(to))
  left <- seq_along(to)
  for (attempt in 1:3) {
    wait_at_most(team, until - now())
    got <- tryCatch(
      suppressWarnings(parallel::clusterApply(workers_of(team$cluster, to[left]), messages[left], obey)),
      error = function(condition) NULL
    )
    if (!is.null(got)) {
      replies[left] <- got
      return(replies)
    }
    here <- vapply(to[left], function(i) in_step(team, i, until), NA)
    for (i in to[left[!here]]) lose(team, i)
    left <- left[here]
    if (!length(left)) return(replies)
  }
  for (i in to[left]) lose(team, i)
  replies
}

# Whether the next reply of a worker will be to the next message. A reply that was still on its way is read first.
in_step <- function(team, i, until) {
  wait_at_most(team, until - now())
  worker <- workers_of(team$cluster, i)
  token <- paste(team$key, team$number, i)
  reply <- tryCatch(suppressWarnings(parallel::clusterCall(worker, identity, token)[[1]]),
                    error = function(condition) NULL)
  if (identical(reply, token) || is.null(reply)) return(!is.null(reply))
  connection <- connection_of(worker[[1]])
  if (is.null(connection) || !socketSelect(list(connection), FALSE, max(5, until - now()))) return(FALSE)
  tryCatch(
    {
      suppressWarnings(unserialize(connection))
      TRUE
    },
    error = function(condition) FALSE
  )
}

connection_of <- function(worker) {
  connection <- if (inherits(worker, c("SOCKnode", "SOCK0node"))) worker$con
  if (inherits(connection, "sockconn")) connection
}

# How long a silent worker is waited for, in seconds: as long as the cluster says, but no more than a minute or twenty
# times as long as the longest answer, and ten minutes for the first. Only sockets can be told.
connection_patience <- function(cluster) {
  vapply(seq_along(cluster), function(i) {
    worker <- cluster[[i]]
    connection <- connection_of(worker)
    if (is.null(connection)) NA_real_ else as.double(tryCatch(socketTimeout(connection), error = function(e) NA))
  }, 0)
}

patience_of <- function(team) if (team$longest == 0) 600 else max(60, 20 * team$longest)

wait_at_most <- function(team, seconds) {
  seconds <- pmin(pmax(seconds, 5), team$patience)
  for (i in which(team$alive & !is.na(seconds))) {
    tryCatch(socketTimeout(connection_of(team$cluster[[i]]), as.integer(ceiling(seconds[i]))), error = function(e) NULL)
  }
}

# Numbers that travel, in bytes, by files as well.
bytes_sent <- function(x) {
  if (!is.null(attr(x, "bytes"))) return(attr(x, "bytes"))
  if (is.list(x)) return(sum(vapply(x, bytes_sent, 0)))
  if (is.double(x)) 8 * length(x) else if (is.raw(x)) length(x) else 0
}

# Workers forget what they held.
dismiss <- function(team) {
  left <- which(team$alive)
  if (length(left)) exchange(team, left, lapply(left, function(i) list(what = "forget")))
  unlink(dirname(team$folder$key), recursive = TRUE)
  if (!team$verbose) return(invisible())
  message("The ", length(team$alive), " workers of the cluster were asked ", team$calls, " times; ",
          bytes_text(team$out), " went out, ", bytes_text(team$back), " came back.")
}

warn_of_lost <- function(team) {
  lost <- which(!team$alive)
  if (!length(lost)) return(invisible())
  warn("cluster", "`cluster` lost ", if (length(lost) == 1) "worker " else "workers ", paste(lost, collapse = ", "),
       " of ", length(team$alive), "; ", if (length(lost) < length(team$alive)) "the others" else "this process",
       " took over, and the numbers are those of the undisturbed fit.",
       if (any(team$alive)) paste0(" Use and stop cluster[", shown(which(team$alive)), "] further."))
}
