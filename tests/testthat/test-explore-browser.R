# The pages of explore() and report() in a real browser: what is clicked, typed, sorted and addressed, and what is said.

skip_without_browser()

browser <- start_browser()
withr::defer(stop_browser(browser), teardown_env())
pages <- withr::local_tempdir(.local_envir = teardown_env())
file_of <- function(name) file.path(pages, paste0(name, ".html"))

fit <- nmf(brca21, "T/NB/3", n_starts = 1, seed = 1, verbose = FALSE)
draws <- bootstrap_fit(fit, n_runs = 3, seed = 1, verbose = FALSE)
check <- check_model(fit, n_runs = 0, seed = 1)
groups <- rep(c("left", "right"), c(11, 10))
explore(draws, path = file_of("fit"), groups = groups, check = check, reference = pcawg_signatures, seed = 1)
set_width(browser, 1200)
see <- function(name, view = "") open_page(browser, file_of(name), view)
click <- function(selector) click_on(browser, selector)
texts <- function(selector) texts_at(browser, selector)
js <- function(...) run_script(browser, ...)
# How many of one kind are in each of another.
counts_in <- function(outer, inner) {
  js("return [...document.querySelectorAll('", outer, "')].map(x => x.querySelectorAll('", inner, "').length)")
}
hash <- function() js("return location.hash")
first <- function() texts("#list tbody tr:first-child td:first-child")
is_quiet <- function() expect_identical(console_of(browser), character())

test_that("the components are drawn as profiles, with names for screen readers and a line for each interval", {
  see("fit")
  expect_identical(js("return document.title"), format(fit$model))
  expect_identical(texts("[role=tab]"), c("Components", "Observations", "Residuals", "About"))
  expect_identical(texts(".card h3 .swatch + bdi"), rownames(fit$H))
  expect_identical(counts_in(".card svg", "path[fill]"), rep(6L, 3))
  label <- js("return document.querySelector('.card svg').getAttribute('aria-label')")
  expect_match(label, paste0("Component k1, .*Largest: ", gsub("([][])", "\\\\\\1", names(which.max(fit$H[1, ])))))
  expect_identical(js("return document.querySelector('.whisker').getAttribute('d').match(/V/g).length"), 96L)
  pairs <- match_components(fit, pcawg_signatures)$table
  expect_identical(texts(".card .matched bdi"), sprintf("%s %.2f", pairs$reference, pairs$cosine))
  is_quiet()
})

test_that("a component that is clicked is chosen, and named in the address", {
  see("fit")
  click("#choose-2")
  expect_identical(hash(), "#k=2")
  expect_identical(js("return document.querySelector('#choose-2').getAttribute('aria-pressed')"), "true")
  expect_identical(texts(".side h2 bdi"), "k2")
  most <- names(sort(fit$W[, 2], decreasing = TRUE))[1:10]
  expect_identical(texts(".side ol:last-of-type .label"), most)
  click(".side ol:last-of-type li:nth-child(3) a")
  expect_identical(texts("#one h2 bdi")[1], most[3])
  expect_identical(texts("[role=tab][aria-selected=true]"), "Observations")
  js("history.back()")
  for (try in 1:40) if (texts("[role=tab][aria-selected=true]") == "Components") break else settle(browser)
  expect_identical(texts("[role=tab][aria-selected=true]"), "Components")
  is_quiet()
})

test_that("observations are sorted by any column, forth and back", {
  see("fit", "#view=observations")
  total <- rowSums(brca21)
  click("#sort-total")
  expect_identical(first(), names(which.max(total)))
  expect_identical(js("return document.querySelector('th[aria-sort]').getAttribute('aria-sort')"), "descending")
  click("#sort-total")
  expect_identical(first(), names(which.min(total)))
  click("#sort-deviance")
  expect_identical(first(), check$observations$observation[1])
  click("#sort-name")
  expect_identical(first(), sort(rownames(brca21), method = "radix")[1])
  expect_match(hash(), "sort=name")
  is_quiet()
})

test_that("a search narrows the table, keeps its letters and marks what it finds", {
  see("fit", "#view=observations")
  name <- rownames(brca21)[5]
  type_into(browser, "#search", tolower(substr(name, 1, 7)))
  expected <- rownames(brca21)[startsWith(rownames(brca21), substr(name, 1, 7))]
  expect_setequal(texts("#list tbody td:first-child"), expected)
  expect_identical(js("return document.activeElement.value"), tolower(substr(name, 1, 7)))
  expect_identical(js("return document.querySelector('.found').getAttribute('d').match(/M/g).length"), length(expected))
  type_into(browser, "#search", keys$enter)
  expect_true(texts("#one h2 bdi")[1] %in% expected)
  type_into(browser, "#search", "nowhere")
  expect_identical(texts("#list tbody tr"), character())
  is_quiet()
})

test_that("all works from the keyboard", {
  see("fit", "#view=observations&sort=total")
  order <- order(groups, -rowSums(brca21))               # groups stay together
  type_into(browser, "#structure", paste0(keys$right, keys$left, keys$left, keys$right))
  place <- function() js("return +document.querySelector('#structure').getAttribute('aria-valuenow')")
  before <- place()
  type_into(browser, "#structure", keys$right)
  expect_identical(place(), before + 1L)
  expect_identical(js("return document.activeElement.id"), "structure")
  expect_identical(js("return document.querySelector('#structure').getAttribute('aria-valuetext')"),
                   rownames(brca21)[order][place()])
  type_into(browser, "#structure", keys$end)
  expect_identical(place(), 21L)
  type_into(browser, "#tab-observations", keys$right)
  expect_identical(js("return document.activeElement.id"), "tab-residuals")
  expect_match(hash(), "view=residuals")
  is_quiet()
})

test_that("an address opens its view, and one that says nothing sensible the usual one", {
  see("fit", "#view=observations&i=3&group=1&sort=total")
  expect_identical(texts("#one h2 bdi"), c(rownames(brca21)[3], "left"))
  expect_identical(texts("#view section:first-child h2"), "11 of 21 observations")
  see("fit", "#view=nonsense&k=99&i=-5&fit=7&sort=no&lambda=x&__proto__=1")
  expect_identical(texts("[role=tab][aria-selected=true]"), "Components")
  expect_identical(texts(".side h2 bdi"), "k3")
  is_quiet()
})

test_that("observed and fitted values are those of R", {
  see("fit", "#view=observations&i=4")
  order <- order(sub(".*\\[(.*)\\].*", "\\1", colnames(brca21)), colnames(brca21))
  ends <- confint(draws, "weights")[paste(rownames(brca21)[4], rownames(fit$H), sep = ", "), ]
  expect_equal(js("return fits[0].most.map(x => x[3])"), unname(ends[, 2]), tolerance = 5e-3)
  expect_identical(counts_in("#one .bars", ".reach"), sum(fit$W[4, ] >= 1e-3 * sum(fit$W[4, ])))
  expect_identical(js("return observed(3)"), as.integer(brca21[4, order]))
  expect_equal(js("return means(fits[0], 3)"), unname(fitted(fit)[4, order]), tolerance = 5e-3)
  expect_equal(js("return shares(fits[0], 3)"), unname(fit$W[4, ] / sum(fit$W[4, ])), tolerance = 1e-3)
})

test_that("a cell that is fitted badly leads to its observation, and the check has its say", {
  see("fit", "#view=residuals")
  expect_identical(texts(".verdict li"), check$verdict$reason)
  expect_identical(js("return document.querySelector('.points').getAttribute('d').match(/M/g).length"), 2000L)
  worst <- which.max(abs(residuals(fit, type = "deviance")))
  expect_identical(texts("#worst tbody tr:first-child td")[1:2], c(rownames(brca21)[row(brca21)[worst]],
                                                                colnames(brca21)[col(brca21)[worst]]))
  choose <- function(kind) {
    js("const s = document.querySelector('#residual'); s.value = '", kind, "'; s.dispatchEvent(new Event('change'))")
    js("return document.querySelector('#view svg').getAttribute('aria-label')")
  }
  expect_match(choose("raw"), "^Raw residuals")
  expect_match(choose("quantile"), "^Quantile residuals.* 9[0-9].[0-9]% of the cells")
  expect_match(hash(), "residual=quantile")
  click("#worst tbody tr:first-child a")
  expect_identical(texts("#one h2 bdi")[1], rownames(brca21)[row(brca21)[worst]])
  is_quiet()
})

test_that("hostile names are text", {
  hostile <- c("</script><script>window.bad = 1</script>", "<img src=x onerror='window.bad = 1'>", "\"'&quot;",
               "\u05d0\u05d1\u05d2 \u0627\u0628", "\U1F600\U1F9EC", "__proto__", "a\tb", "{{data}}")
  V <- `dimnames<-`(brca21[1:8, 1:8] + 1, list(hostile, rev(hostile)))
  few <- nmf(V, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  explore(few, path = file_of("hostile"), groups = rep(hostile[1:2], 4))
  see("hostile", "#view=observations&sort=data")
  expect_identical(texts("#list tbody td:first-child"), hostile)
  expect_identical(texts("#group option")[-1], sort(hostile[1:2], method = "radix"))
  for (view in c("components", "residuals", "about")) {
    see("hostile", paste0("#view=", view))
    expect_true(js("return window.bad === undefined && document.images.length === 0 && document.scripts.length === 2"))
  }
  see("hostile", "#view=components&n=8")
  expect_setequal(texts(".card:first-child .label"), colnames(V)[few$H[1, ] > 0])
  report(few, file_of("hostile-report"), title = hostile[1], check = check_model(few, n_runs = 0, seed = 1))
  see("hostile-report")
  expect_identical(texts("h1"), hostile[1])
  expect_true(js("return window.bad === undefined && document.images.length === 0 && document.scripts.length === 2"))
  is_quiet()
})

test_that("the relevance of terms is that of Sievert and Shirley", {
  counts <- addresses$counts[c(1:30, 441:470), 1:400]
  topics <- fit_topics(counts, 2, n_starts = 1, seed = 1, verbose = FALSE)
  explore(topics, path = file_of("topics"), seed = 1)
  see("topics", "#lambda=0.4&n=5")
  share <- Matrix::colSums(counts) / sum(counts)
  relevance <- 0.4 * log(topics$F[, 1]) + 0.6 * log(topics$F[, 1] / share)
  relevance[topics$F[, 1] < 1e-6] <- -Inf
  expect_identical(texts(".card:first-child .label"), names(sort(relevance, decreasing = TRUE))[1:5])
  expect_identical(texts("[role=tab]")[1:2], c("Topics", "Documents"))
  js("const s = document.querySelector('#lambda'); s.value = 1; s.dispatchEvent(new Event('input'))")
  expect_identical(texts(".card:first-child .label"), names(sort(topics$F[, 1], decreasing = TRUE))[1:5])
  expect_identical(texts("output")[1], "1")
  is_quiet()
})

test_that("a point or a row of a choice opens its fit", {
  ranks <- select_rank(brca21, "T/Po", 1:3, "bic", n_starts = 1, keep_fits = TRUE, seed = 1, verbose = FALSE)
  explore(ranks, path = file_of("ranks"), seed = 1)
  see("ranks")
  expect_identical(texts("[role=tab]")[1], "Choice")
  expect_identical(js("return document.querySelectorAll('#view svg a').length"), 3L)
  expect_match(js("return document.querySelector('#view svg a').getAttribute('aria-label')"), "rank 1: .* Open")
  click("#fit-1")
  expect_identical(texts("#subtitle code"), "NMF/T/Po/2")
  expect_identical(texts(".card h3 bdi"), c("k1", "k2"))
  expect_identical(js("return document.querySelector('#fit').selectedOptions[0].textContent"), "NMF/T/Po/2")
  comparison <- compare_models(brca21, c("T/Po", "T/NB"), rank = 2, n_starts = 1, seed = 1, verbose = FALSE)
  explore(comparison, path = file_of("models"), seed = 1)
  see("models")
  expect_identical(texts(".bars .label"), comparison$table$model)
  click(".bars li:nth-child(2) a")
  expect_identical(texts("#subtitle code"), comparison$table$model[2])
  is_quiet()
})

test_that("light and dark are the reader's, or of the switch", {
  paper <- function() js("return getComputedStyle(document.documentElement).backgroundColor")
  set_scheme(browser, "dark")
  see("fit")
  dark <- paper()
  set_scheme(browser, "light")
  see("fit")
  expect_false(identical(paper(), dark))
  click("#theme")
  expect_identical(paper(), dark)
  expect_match(hash(), "theme=dark")
  click("#theme")
  expect_false(grepl("theme", hash()))
})

test_that("every control has a name, and nothing is wider than a phone", {
  set_width(browser, 400)
  for (view in c("components", "observations", "residuals", "about")) {
    see("fit", paste0("#view=", view))
    expect_lte(js("return document.documentElement.scrollWidth"), 400)
    nameless <- js("return [...document.querySelectorAll('button, a, select, input, svg[role]')].filter(",
                   "x => !(x.textContent.trim() || x.getAttribute('aria-label') || ",
                   "(x.labels && x.labels.length))).length")
    expect_identical(nameless, 0L)
  }
  set_width(browser, 1200)
  is_quiet()
})

test_that("the page asks nothing of the network, whoever tells it to", {
  see("fit")
  answer <- js("return fetch('http://127.0.0.1:", browser$port, "/status').then(() => 'answered', () => 'blocked')")
  expect_identical(answer, "blocked")
  expect_true(any(grepl("Content Security Policy", console_of(browser), fixed = TRUE)))
})

test_that("the report draws its pictures where its words are", {
  report(draws, file_of("report"), groups = groups, check = check, seed = 1)
  see("report")
  expect_identical(texts("h1"), "Traditional NMF with Negative Binomial noise, 3 components")
  expect_identical(counts_in("[data-figure]", "svg"), c(3L, 1L, 1L))
  expect_identical(texts("section > h2"), c("What was fitted", "Why this model", "What to mind", "Components",
                                            "Observations", "Does the model hold?", "How it was made"))
  expect_true(all(check$verdict$reason %in% texts(".verdict li")))
  is_quiet()
})

test_that("a page opens at once", {
  see("fit")
  taken <- js("const t = performance.getEntriesByType('navigation')[0]; return t.domComplete")
  expect_lt(taken, 2000)
})
