# One fit by the workers of a cluster has the bits of one process.

# Three workers, started once for all tests here; one that was lost is replaced by a new cluster.
local_cluster <- local({
  cluster <- NULL
  function(n, frame = parent.frame()) {
    skip_on_cran()
    if (is.null(cluster)) {
      # without it a message of some kilobytes waits 40 ms
      withr::local_options(socketOptions = "no-delay")
      cluster <<- parallel::makePSOCKcluster(3, rscript_args = c("-e", shQuote("options(socketOptions = 'no-delay')")))
      withr::defer(for (i in 1:3) suppressWarnings(try(parallel::stopCluster(cluster[i]), TRUE)),
                   envir = testthat::teardown_env())
    }
    cluster[seq_len(n)]
  }
})

quick_team <- function(V, model, ..., init, max_iter = 8) {
  suppressMessages(suppressWarnings(
    nmf(V, model, init = init, max_iter = max_iter, tol = 1e-12, n_starts = 1, seed = 1, verbose = FALSE, threads = 1,
        ...),
    "nmf_warning_not_converged"
  ))
}

bits <- function(fit) c(fit[c("W", "H", "E", "logLik", "model", "status")], list(fit$trace[c("objective", "kkt")]))

# Another value in the namespace of each worker.
set_there <- function(cluster, ...) {
  parallel::clusterCall(cluster, function(values) {
    space <- asNamespace("nmfamily")
    for (name in names(values)) {
      unlockBinding(name, space)
      assign(name, values[[name]], space)
    }
  }, list(...))
}

# A worker that kills itself when it is asked for the nth time.
die_at <- function(cluster, n) {
  parallel::clusterCall(cluster, function(n) {
    space <- asNamespace("nmfamily")
    old <- get("answer_for", space)
    asked <- 0
    unlockBinding("answer_for", space)
    assign("answer_for", function(mine, message) {
      asked <<- asked + 1
      if (asked == n) tools::pskill(Sys.getpid(), 9L)
      old(mine, message)
    }, space)
  }, n)
}

test_law("subtrees of a worker's blocks are the largest, and have each of its blocks once", {
  for (n in c(1, 2, 3, 7, 64, 65)) {
    whole <- subtrees_of(rep(TRUE, n))
    expect_identical(whole, list(c(0, n)))
    chosen <- with_seed(n, sample(c(TRUE, FALSE), n, TRUE))
    found <- subtrees_of(chosen)
    expect_identical(unlist(lapply(found, function(at) (at[1] + 1):at[2])), which(chosen))
    expect_identical(sum(blocks_of_shares(0, n, 3)), n)
  }
  # blocks 5 to 8 of 8 are one subtree, 4 to 7 are three
  expect_identical(subtrees_of(1:8 > 4), list(c(4, 8)))
  expect_identical(subtrees_of(1:8 %in% 4:7), list(c(3, 4), c(4, 6), c(6, 7)))
})

test_that("one process and two or three workers have the same bits", {
  V <- random_sparse(3, 140, 15) + 0
  cases <- list(list("T/Po/2", "cd"), list("T/Po/2", "mm"), list("T/NB/2", "cd"), list("C/Po/2", "mm"))
  for (X in list(V, as_sparse(V))) for (case in cases) {
    init <- random_init(5, if (startsWith(case[[1]], "C")) "convex" else "traditional", V, 2)
    alone <- quick_team(nmf_blocks(X), case[[1]], init = init, solver = case[[2]])
    for (n in if (is.matrix(X)) 2 else 3) {
      together <- quick_team(X, case[[1]], init = init, solver = case[[2]], cluster = local_cluster(n))
      expect_identical(bits(together), bits(alone), label = paste(case[[1]], case[[2]], n))
    }
  }
})

test_that("rows of W go out for two sweeps, and are with the workers for those after them", {
  V <- random_sparse(3, 140, 15)
  asked <- character()
  ask <- ask_team
  local_sizes(ask_team = function(team, task, rows, ...) {
    asked <<- c(asked, rows)
    ask(team, task, rows, ...)
  })
  quick_team(V, "T/Po/2", init = random_init(5, "traditional", V, 2), solver = "cd", cluster = local_cluster(2))
  asked <- asked[asked != "same"]
  expect_identical(asked[1:3], c("file", "file", "beyond"))
  expect_gte(sum(asked == "beyond"), 4)                  # a sweep that is made again is sent
})

test_that("answers by files and by sockets have the same bits, and files do not stay", {
  V <- random_sparse(3, 140, 15)
  init <- random_init(5, "traditional", V, 2)
  cluster <- local_cluster(3)
  there <- list(least_by_file = least_by_file, meets_in = meets_in)
  withr::defer(do.call(set_there, c(list(cluster), there)))
  # one of them as if on another machine
  set_there(cluster, least_by_file = 0)
  set_there(cluster[2], meets_in = function(mine, folder) FALSE)
  for (solver in c("cd", "mm")) {
    alone <- quick_team(nmf_blocks(V), "T/Po/2", init = init, solver = solver, max_iter = 4)
    together <- quick_team(V, "T/Po/2", init = init, solver = solver, max_iter = 4, cluster = cluster)
    expect_identical(bits(together), bits(alone))
  }
  expect_length(list.files(tempdir(), "^answers-"), 0)
})

test_law("no worker has more blocks than with finer shares, and few subtrees", {
  for (workers in 1:12) for (n in c(5, 64, 100)) {
    owner <- owners_of_blocks(n, workers)
    expect_length(owner, n)
    expect_false(is.unsorted(owner))
    shares <- blocks_of_shares(0, n, ceiling(log2(4 * workers)))
    finest <- rep(ceiling(seq_along(shares) * workers / length(shares)), shares)
    expect_lte(max(tabulate(owner)), max(tabulate(finest)))
  }
  pieces <- function(owner) sum(vapply(unique(owner), function(i) length(subtrees_of(owner == i)), 0L))
  expect_identical(vapply(1:4, function(workers) pieces(owners_of_blocks(64, workers)), 0L), c(1L, 2L, 5L, 4L))
})

test_that("a start from the data, known entries and data in blocks go to workers too", {
  V <- with_seed(4, matrix(stats::rpois(90 * 12, 3), 90))
  blocks <- nmf_blocks(V)
  alone <- quick_team(blocks, "T/Po/2", init = NULL)
  expect_identical(bits(quick_team(blocks, "T/Po/2", init = NULL, cluster = local_cluster(2))), bits(alone))
  init <- random_init(5, "traditional", V, 2)
  fixed <- list(W = 1:9)
  alone <- quick_team(blocks, "T/Po/2", init = init, fixed = fixed)
  expect_identical(bits(quick_team(blocks, "T/Po/2", init = init, fixed = fixed, cluster = local_cluster(2))),
                   bits(alone))
  weights <- replace(V * 0 + 1, cbind(1:9, 1:9), c(0, 2, 0.5))
  mask <- group_mask(rep(c("a", "b"), 45), shared = 1)
  masked <- list(W = cbind(init$W, 1) * mask, H = rbind(init$H, 1 / 12))
  cases <- list(list("T/N/2", init = init), list("T/TW1.5/2", init = init, cell_weights = weights),
                list("T/Po/3", init = masked, mask = mask, penalty = nmf_penalty(H = 0.5, type = "l1")))
  for (case in cases) {
    alone <- do.call(quick_team, c(list(blocks), case))
    expect_identical(bits(do.call(quick_team, c(list(blocks, cluster = local_cluster(3)), case))), bits(alone))
  }
  expect_message(suppressWarnings(nmf(blocks, "T/Po/2", init = init, max_iter = 5, verbose = TRUE,
                                      cluster = local_cluster(2)), "nmf_warning_not_converged"),
                 "2 workers .* came back")
})

test_that("a time limit ends work at the workers, which go on to serve", {
  V <- with_seed(4, matrix(stats::rpois(90 * 12, 3), 90))
  init <- random_init(5, "traditional", V, 2)
  fit <- suppressWarnings(nmf(V, "T/Po/2", init = init, tol = 0, time_limit = 0.3, cluster = local_cluster(2),
                              verbose = FALSE), "nmf_warning_not_converged")
  expect_identical(fit$status, "time_limit")
  expect_true(all(is.finite(fit$W)) && all(fit$W >= 0))
  ended <- function(...) bits(quick_team(V, "T/Po/2", init = init, ..., cluster = local_cluster(2)))
  expect_identical(ended(time_limit = 600), ended())      # a limit that is not met has no say
  expect_identical(parallel::clusterCall(local_cluster(3), identity, 7), list(7, 7, 7))
  expect_identical(unlist(parallel::clusterCall(local_cluster(3), function() {
    length(ls(getNamespace("nmfamily")$held_for_others))
  })), c(0L, 0L, 0L))
})

test_that("rows in a file are read by the workers, or sent where they read others", {
  skip_if_not_installed("rhdf5")
  V <- as_sparse(random_sparse(3, 130, 15))
  dimnames(V) <- list(paste0("o", 1:130), paste0("f", 1:15))
  init <- random_init(5, "traditional", as.matrix(V), 2)
  alone <- quick_team(nmf_blocks(V), "T/Po/2", init = init)
  plain <- function(fit) lapply(fit[c("W", "H")], unname)
  path <- withr::local_tempfile(fileext = ".h5")
  write_tenx <- function(path, V) {
    unlink(path)
    rhdf5::h5createFile(path)
    rhdf5::h5createGroup(path, "matrix")
    turned <- Matrix::t(V)
    parts <- list(data = turned@x, indices = turned@i, indptr = turned@p, shape = dim(turned), barcodes = rownames(V))
    for (part in names(parts)) suppressMessages(rhdf5::h5write(parts[[part]], path, paste0("matrix/", part)))
  }
  write_tenx(path, V)
  expect_identical(plain(quick_team(path, "T/Po/2", init = init, cluster = local_cluster(2))), plain(alone))
  blocks <- nmf_blocks(path)
  write_tenx(path, V * 2)
  expect_identical(plain(quick_team(blocks, "T/Po/2", init = init, cluster = local_cluster(2))), plain(alone))
})

test_that("what is no cluster, or cannot be fitted by one, is refused", {
  V <- random_sparse(3, 70, 15)
  for (bad in list(2, "localhost", list(1), structure(list(), class = "cluster"),
                   structure(list(1), class = "cluster"))) {
    expect_error(nmf(V, "T/Po/2", cluster = bad), "`cluster` must be", class = "nmf_error_argument")
  }
  expect_error(nmf(V, "T/Po/2", solver = "lbfgs", cluster = local_cluster(2)), class = "nmf_error_argument")
  expect_error(nmf(V, "C/Po/2", solver = "cd", cluster = local_cluster(2)), class = "nmf_error_argument")
  expect_error(nmf(V, "T/Po/2", offset = rep(1, 15), cluster = local_cluster(2)), class = "nmf_error_data")
})

test_that("several clusters are one, and a worker has to be one process", {
  V <- random_sparse(3, 70, 15)
  init <- random_init(5, "traditional", V, 2)
  alone <- quick_team(nmf_blocks(V), "T/Po/2", init = init)
  cluster <- local_cluster(3)
  expect_identical(bits(quick_team(V, "T/Po/2", init = init, cluster = list(cluster[1], cluster[2:3]))), bits(alone))
  expect_error(nmf(V, "T/Po/2", cluster = list(cluster, 1)), "list of clusters", class = "nmf_error_argument")
  # one that gives each message to the next process, as those of mirai do
  asked <- 0
  local_sizes(ask_one = function(worker, f, ...) {
    asked <<- asked + 1
    list(version = as.character(utils::packageVersion("nmfamily")), process = asked %% 2)
  })
  expect_error(nmf(V, "T/Po/2", cluster = cluster[1:2]), "must be one process", class = "nmf_error_argument")
})

test_that("the blocks of lost workers are taken over, and the numbers are undisturbed", {
  V <- random_sparse(3, 140, 15)
  init <- random_init(5, "traditional", V, 2)
  alone <- quick_team(nmf_blocks(V), "T/Po/2", init = init)
  cluster <- local_cluster(3)
  die_at(cluster[2], 7)                                 # in the third sweep, whose rows it was to make itself
  expect_warning(fit <- quick_team(V, "T/Po/2", init = init, cluster = cluster), "worker 2 of 3",
                 class = "nmf_warning_cluster")
  expect_identical(bits(fit), bits(alone))
  expect_error(nmf(V, "T/Po/2", cluster = cluster[2]), "none does", class = "nmf_error_argument")
  expect_warning(fit <- quick_team(V, "T/Po/2", init = init, cluster = cluster), "worker 2 of 3.*cluster.c.1, 3..",
                 class = "nmf_warning_cluster")
  expect_identical(bits(fit), bits(alone))
  die_at(cluster[1], 1)
  die_at(cluster[3], 3)
  expect_warning(fit <- quick_team(V, "T/Po/2", init = init, cluster = cluster[c(1, 3)]), "this process",
                 class = "nmf_warning_cluster")
  expect_identical(bits(fit), bits(alone))
})
