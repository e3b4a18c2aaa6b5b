# How large the pages of explore() are, how long they take to be written, and how long a browser takes until the page
# is drawn: the median of five openings, from the start of the navigation. Needs chromium and chromedriver.
#   Rscript bench/explore.R
source("bench/common.R")
library(nmfamily)
source("tests/testthat/helper-browser.R")

subjects <- list(
  `liver, one fit` = function() nmf(liver, "T/NB/5", n_starts = 1, tol = 1e-2, seed = 1),
  `liver, eight models` = function() compare_models(liver, rank = 5, n_starts = 1, tol = 1, seed = 1),
  `newsgroups, 10 topics` = function() fit_topics(newsgroups$counts, 10, n_starts = 1, tol = 1e-2, seed = 1),
  `2,000 x 2,000, 5% not zero` = function() large(0.05),
  `2,000 x 2,000, dense` = function() large(1)
)
large <- function(share) {
  withr::with_seed(1, {
    mu <- matrix(stats::rgamma(2e4, 0.3), 2000) %*% matrix(stats::rgamma(2e4, 0.3), 10) * 3 * share
    V <- matrix(stats::rpois(4e6, mu) * (stats::runif(4e6) < share), 2000)
  })
  dimnames(V) <- list(sprintf("observation %04d", 1:2000), sprintf("feature %04d", 1:2000))
  nmf(V, "T/Po/10", n_starts = 1, max_iter = 20, tol = 1e-1, seed = 1)
}

browser <- start_browser()
opened <- function(path, view) {
  median(replicate(5, {
    open_page(browser, path, paste0("#view=", view))
    run_script(browser, "return Math.max(...performance.getEntriesByType('paint').map(p => p.startTime), ",
               "performance.getEntriesByType('navigation')[0].domComplete)")
  })) / 1000
}
rows <- lapply(names(subjects), function(name) {
  x <- suppressWarnings(subjects[[name]]())
  path <- tempfile(fileext = ".html")
  seconds <- system.time(explore(x, path = path, seed = 1))[["elapsed"]]
  views <- vapply(c(components = "components", observations = "observations", residuals = "residuals"),
                  function(view) opened(path, view), 0)
  data.frame(page = name, megabytes = file.size(path) / 1e6, written = seconds, t(views),
             complaints = length(console_of(browser)))
})
stop_browser(browser)
table <- do.call(rbind, rows)
write_result(table, "explore")
