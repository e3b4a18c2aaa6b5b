# Pictures of every view of explore() and report(), light and dark, 1200 and 400 pixels wide:
#   Rscript tools/screenshots.R [directory]
library(nmfamily)
source("tests/testthat/helper-browser.R")
directory <- c(commandArgs(TRUE), "screenshots")[1]
dir.create(directory, showWarnings = FALSE)

fit <- nmf(liver, "T/NB/5", n_starts = 2, tol = 1e-3, seed = 1)
draws <- bootstrap_fit(fit, n_runs = 10, observations = 21:60, seed = 1)
topics <- fit_topics(addresses$counts, 8, n_starts = 1, tol = 1e-3, seed = 1)
choice <- choose_model(brca21, c("T/Po", "T/NB", "C/NB"), 1:5, n_splits = 3, n_runs = 4, seed = 1)
comparison <- compare_models(brca21, rank = 3, n_starts = 2, seed = 1)
check <- check_model(fit, n_runs = 0, seed = 1)
page <- function(name) file.path(directory, paste0(name, ".html"))
pages <- list(
  liver = list(explore(draws, path = page("liver"), reference = pcawg_signatures, check = check, seed = 1),
               c("components", "observations&i=40&sort=dominant", "residuals", "about")),
  topics = list(explore(topics, path = page("topics"), groups = addresses$documents$era, seed = 1),
                c("components&lambda=0.6&k=3", "observations&i=20", "residuals")),
  choice = list(explore(choice, path = page("choice"), seed = 1), "choice"),
  comparison = list(explore(comparison, path = page("comparison"), seed = 1), "choice"),
  report = list(report(draws, page("report"), reference = pcawg_signatures, check = check, seed = 1), ""),
  why = list(report(choice, page("why"), seed = 1), "")
)

browser <- start_browser()
for (name in names(pages)) {
  for (view in pages[[name]][[2]]) {
    for (scheme in c("light", "dark")) {
      for (width in c(1200, 400)) {
        set_width(browser, width)
        set_scheme(browser, scheme)
        open_page(browser, pages[[name]][[1]], if (nzchar(view)) paste0("#view=", view) else "")
        view_name <- sub("&.*", "", view)
        parts <- paste(c(name, view_name[nzchar(view_name)], scheme, width), collapse = "-")
        take_picture(browser, file.path(directory, paste0(parts, ".png")))
      }
    }
  }
}
said <- console_of(browser)
stop_browser(browser)
cat(length(list.files(directory, "[.]png$")), "pictures in", directory, "\n", if (length(said)) said, sep = " ")
