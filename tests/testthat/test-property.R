# Laws of helper-property.R on random small problems; every run of `make fuzz` tries others.

for (batch in 0:3) test_law(paste0("random problems keep all laws [", batch, "]"), {
  for (seed in batch * 50 + 1:50) {
    case <- random_case(seed)
    failure <- failure_of(case, laws_for(case))
    expect(is.null(failure), if (!is.null(failure)) report_of(case, failure))
  }
})

test_that("problems that once broke a law keep it", {
  cases <- utils::read.csv(test_path("fixtures", "property-cases.csv"), comment.char = "#")
  for (i in seq_len(nrow(cases))) {
    case <- as.list(cases[i, setdiff(names(cases), "law")])
    failure <- failure_of(case)
    expect(is.null(failure), if (!is.null(failure)) paste0(failure$law, ": ", failure$fault, "\n  ", code_of(case)))
  }
})

test_that("a law that is broken is found, and its case shrunk to the least that breaks it", {
  case <- utils::modifyList(random_case(1), list(n = 6, m = 7, rank = 3, structure = "convex", form = "sparse"))
  broken <- list(name = function(case, x) if (case$m > 2 && case$form == "sparse") "too many")
  failure <- failure_of(case, of = broken)
  expect_identical(failure, list(law = "name", fault = "too many"))
  small <- shrink(case, "name", broken)
  expect_identical(small[c("n", "m", "rank", "structure", "form")],
                   list(n = 1, m = 3, rank = 1, structure = "traditional", form = "sparse"))
  expect_match(report_of(case, failure, broken), "failure_of\\(list\\(seed = 1L?, n = 1, m = 3")
})
