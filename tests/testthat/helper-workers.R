# Two workers in processes of their own, started once for all tests; the plan is as it was when the test ends.

local_workers <- local({
  cluster <- NULL
  function(frame = parent.frame()) {
    skip_on_cran()
    skip_if_not_installed("future.apply")
    if (is.null(cluster)) cluster <<- future::makeClusterPSOCK(2)
    old <- future::plan(future::cluster, workers = cluster)
    withr::defer(future::plan(old), envir = frame)
    expect_true(has_workers())
  }
})
