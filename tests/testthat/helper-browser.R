# A browser by WebDriver (https://www.w3.org/TR/webdriver2/), which is HTTP with JSON: no package drives it.

browser_programs <- function() {
  found <- function(names) c(Filter(nzchar, Sys.which(names)), "")[[1]]
  c(driver = found(c("chromedriver", "chromium.chromedriver")),
    browser = found(c("chromium", "chromium-browser", "google-chrome", "chrome")))
}

skip_without_browser <- function() {
  testthat::skip_on_cran()
  testthat::skip_if_not_installed("jsonlite")
  testthat::skip_on_os(c("windows", "mac"))
  if (any(browser_programs() == "")) testthat::skip("chromium and chromedriver are not installed")
}

# One request and the `value` of its answer.
ask_browser <- function(browser, method, path, body = NULL) {
  text <- if (is.null(body)) "" else c(unclass(jsonlite::toJSON(body, auto_unbox = TRUE, null = "null")))
  text <- enc2utf8(text)
  connection <- socketConnection("127.0.0.1", browser$port, blocking = TRUE, open = "r+b", timeout = 60)
  on.exit(close(connection))
  head <- paste0(method, " ", path, " HTTP/1.1\r\nHost: 127.0.0.1:", browser$port, "\r\nConnection: close\r\n",
                 "Content-Type: application/json; charset=utf-8\r\nContent-Length: ", nchar(text, "bytes"), "\r\n\r\n")
  writeBin(c(charToRaw(head), charToRaw(text)), connection)
  size <- NA
  repeat {
    line <- readLines(connection, 1, warn = FALSE)
    if (!length(line) || line == "") break
    if (grepl("^content-length:", line, ignore.case = TRUE)) size <- as.integer(sub(".*: *", "", line))
  }
  answer <- raw()
  while (length(answer) < size) answer <- c(answer, readBin(connection, "raw", size - length(answer)))
  answer <- rawToChar(answer)
  Encoding(answer) <- "UTF-8"
  value <- jsonlite::fromJSON(answer, simplifyVector = TRUE, simplifyDataFrame = FALSE)$value
  if (is.list(value) && !is.null(value$error)) stop("The browser says: ", value$message, call. = FALSE)
  value
}

start_browser <- function(width = 1200, height = 900) {
  programs <- browser_programs()
  profile <- tempfile("browser-")
  browser <- list(port = 20000L + Sys.getpid() %% 30000L)
  # A browser lays out its own memory, and does not start under a sanitizer.
  system2(programs[["driver"]], paste0("--port=", browser$port), env = "LD_PRELOAD=", wait = FALSE, stdout = FALSE,
          stderr = FALSE)
  for (try in 1:100) {
    ready <- tryCatch(suppressWarnings(ask_browser(browser, "GET", "/status")$ready), error = function(e) FALSE)
    if (isTRUE(ready)) break
    Sys.sleep(0.1)
  }
  if (!isTRUE(ready)) stop("chromedriver does not answer.", call. = FALSE)
  options <- list(
    binary = programs[["browser"]],
    args = c("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
             paste0("--window-size=", width, ",", height), paste0("--user-data-dir=", profile))
  )
  asked <- list(browserName = "chrome", `goog:loggingPrefs` = list(browser = "ALL"), `goog:chromeOptions` = options)
  browser$session <- ask_browser(browser, "POST", "/session",
                                 list(capabilities = list(alwaysMatch = asked)))$sessionId
  browser$profile <- profile
  browser
}

stop_browser <- function(browser) {
  try(ask_browser(browser, "DELETE", paste0("/session/", browser$session)), silent = TRUE)
  try(ask_browser(browser, "GET", "/shutdown"), silent = TRUE)
  unlink(browser$profile, recursive = TRUE)
}

tell_browser <- function(browser, what, body = NULL) {
  ask_browser(browser, if (is.null(body)) "GET" else "POST", paste0("/session/", browser$session, "/", what), body)
}

nothing_to_say <- structure(list(), names = character())

# A page of the disk, with a view in its address; a page that is open already is loaded anew.
open_page <- function(browser, path, view = "") {
  tell_browser(browser, "url", list(url = "about:blank"))
  tell_browser(browser, "url", list(url = paste0("file://", normalizePath(path), view)))
}

# The value of a script, which returns it.
run_script <- function(browser, ...) {
  tell_browser(browser, "execute/sync", list(script = paste0(...), args = list()))
}

element_at <- function(browser, selector) {
  tell_browser(browser, "element", list(using = "css selector", value = selector))[[1]]
}

# What a click sets off may come a moment later, as what follows from a new address does.
click_on <- function(browser, selector) {
  tell_browser(browser, paste0("element/", element_at(browser, selector), "/click"), nothing_to_say)
  settle(browser)
}

settle <- function(browser) {
  run_script(browser, "return new Promise(done => setTimeout(() => requestAnimationFrame(() => done(true)), 50))")
}

# Letters and keys as a person types them.
type_into <- function(browser, selector, text) {
  tell_browser(browser, paste0("element/", element_at(browser, selector), "/value"), list(text = text))
}

keys <- list(left = "\ue012", up = "\ue013", right = "\ue014", down = "\ue015", enter = "\ue007", end = "\ue010")

texts_at <- function(browser, selector) {
  written <- jsonlite::toJSON(selector, auto_unbox = TRUE)
  script <- paste0("return [...document.querySelectorAll(", written, ")].map(found => found.textContent)")
  as.character(run_script(browser, script))
}

# What the console has said since it was asked last.
console_of <- function(browser) {
  vapply(tell_browser(browser, "se/log", list(type = "browser")), function(entry) entry$message, "")
}

# Any method of the DevTools of the browser.
tell_devtools <- function(browser, method, parameters = nothing_to_say) {
  tell_browser(browser, "goog/cdp/execute", list(cmd = method, params = parameters))
}

set_width <- function(browser, width, height = 900) {
  tell_devtools(browser, "Emulation.setDeviceMetricsOverride",
                list(width = width, height = height, deviceScaleFactor = 1, mobile = width < 600))
}

set_scheme <- function(browser, scheme) {
  tell_devtools(browser, "Emulation.setEmulatedMedia",
                list(features = list(list(name = "prefers-color-scheme", value = scheme))))
}

# The whole page as a PNG file.
take_picture <- function(browser, path) {
  size <- run_script(browser, "return document.documentElement.scrollHeight")
  taken <- tell_devtools(browser, "Page.captureScreenshot", list(format = "png", captureBeyondViewport = TRUE))
  writeBin(jsonlite::base64_dec(taken$data), path)
  invisible(size)
}
