library(testthat)
library(nmfamily)

test_check("nmfamily")
