# Tags of R/standards.R, which the package srr reads; without it roxygen2 would warn of each.
for (tag in c("srrstats", "srrstatsNA")) {
  registerS3method("roxy_tag_parse", paste0("roxy_tag_", tag), function(x) roxygen2::tag_value(x),
                   envir = asNamespace("roxygen2"))
}
list()
