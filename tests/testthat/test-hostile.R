# Every exported function and method meets hostile arguments; `make hostile` tries all of them, here are some.

objects <- hostile_objects()
calls <- valid_calls(objects)
values <- hostile_values(objects)

test_that("every export and method has a valid call, whose arguments are all known", {
  names <- hostile_functions()
  without <- Filter(function(name) is.null(valid_call(name, objects, calls)), names)
  if (is.null(objects$cells)) without <- setdiff(without, c("add_reduction", "cell_counts"))
  expect_identical(without, character())
  unknown <- Filter(function(name) {
    formals <- names(formals_of(name))
    !"..." %in% formals && !all(names(valid_call(name, objects, calls)) %in% formals)
  }, names)
  expect_identical(unknown, character())
})

cases <- hostile_cases(objects)

test_law("what is missing, misspelt, unknown or one too many is refused by every function", {
  each <- cases[cases$how %in% c("missing", "unknown", "extra"), ]
  misspelt <- cases[cases$how == "misspelt", ]
  each <- rbind(each, misspelt[!duplicated(misspelt$name), ])
  for (i in seq_len(nrow(each))) {
    found <- verdict_on(each[i, ], objects, calls, values)
    expect(found$verdict == "refused", paste(c(each[i, ], found), collapse = " | "))
  }
})

test_law("hostile values and altered objects are refused by class, or are what they may be", {
  some <- withr::with_seed(1, {
    turn <- split(which(cases$how %in% c("value", "altered")), cases$name[cases$how %in% c("value", "altered")])
    sample(vapply(turn, function(index) index[sample.int(length(index), 1)], 0L), min(150, length(turn)))
  })
  for (i in some) {
    found <- verdict_on(cases[i, ], objects, calls, values)
    expect(found$verdict %in% c("refused", "taken"), paste(c(cases[i, ], found), collapse = " | "))
  }
})

test_that("a function that takes nonsense is found out", {
  case <- cases[cases$name == "nmf" & cases$how == "value" & cases$argument == "tol" & cases$value == "-1", ]
  found <- verdict_on(case, objects, calls, values, run = function(...) list(value = objects$fit))
  expect_identical(found$verdict, "garbage")
  found <- verdict_on(case, objects, calls, values, run = function(...) stop("subscript out of bounds"))
  expect_identical(found$verdict, "unclassed")
})
