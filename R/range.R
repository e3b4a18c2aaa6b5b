# Numbers stay within those that doubles hold, with room for what is made of them: what would be lost without a word is
# refused at the door.

# The total of the cells, on whose scale weights are, and whose inverse is that of encoders.
totals_allowed <- c(1e-305, 1e305)
# What stands beside the cells, however many factors are multiplied.
beside_allowed <- c(1e-50, 1e50)

check_range <- function(source, arg = "V") {
  check_total(total_of(source), arg)
  check_beside(source$weights, "cell_weights")
  check_beside(source$offset, "offset")
  if (!is.null(source$offset)) check_total(sum(source$values / source$offset), arg, ", divided by `offset`,")
}

check_total <- function(total, arg, what = "") {
  if (total == 0 || (total >= totals_allowed[1] && total <= totals_allowed[2])) return(invisible())
  abort("data", "`", arg, "`", what, " must have a total between ", format(totals_allowed[1]), " and ",
        format(totals_allowed[2]), ", not ", if (is.finite(total)) format(total) else "beyond 1.8e308",
        "; count in another unit.")
}

check_beside <- function(x, arg) {
  if (is.null(x)) return(invisible())
  bad <- which(x > 0 & (x < beside_allowed[1] | x > beside_allowed[2]))
  if (length(bad)) {
    abort("data", "`", arg, "` must be ", if (arg == "offset") "" else "0 or ", "between ", format(beside_allowed[1]),
          " and ", format(beside_allowed[2]), ", not ", format(x[bad[1]]), "; the scale of all does not matter.")
  }
}

# Cells so far apart that the family would take the small ones for zeros, or, under a variance that hardly depends on
# the mean, for large ones.
check_spread <- function(source, family) {
  facts <- measured(source)$facts
  spread <- smallest_cell(facts, family)
  if (facts$least < spread) {
    abort("data", "`V` must have no positive cell below ", format(spread, digits = 3), " under ", family$label,
          " noise", if (is.numeric(family$power)) paste(" with power", format(family$power)),
          ", as its largest is about ", format(facts$unit, digits = 3), ", but it has ",
          format(facts$least, digits = 3),
          "; leave such cells out or make them 0.")
  }
  most <- family$largest
  if (facts$unit > most) {
    abort("data", "`V` must have no cell above ", format(most, digits = 3), " under ", family$label, " noise",
          if (!is_open(family)) paste(" with", family$parameter$called, format(min(parameter_of(family)))),
          "; take NMF/T/TW2, which is its limit there.")
  }
}

smallest_cell <- function(facts, family) facts$unit * smallest_mean(family)

# In units of the largest cell.
smallest_mean <- function(family) {
  if (is_open(family)) family <- with_parameter(family, family$parameter$example)
  smallest_mean_cpp(core_family(family, 1))
}

# A start whose means are so far from the data that no step finds back.
check_start_range <- function(start, problem) {
  natural <- if (structure_of(problem$model)$has_encoder) 1 else measured(problem$data)$facts$unit
  first <- log10(max(start$W))
  second <- log10(max(start$second))
  natural <- log10(natural)
  reach <- -log10(smallest_mean(problem$model$family)) / 2
  held <- max(abs(c(first, second, second - natural))) <= 306
  if (!isTRUE(held && abs(first + second - natural) <= reach)) {
    abort("init", "`init` must have means within ", format(10^reach, digits = 2), " times those of `V`, but the ",
          "largest entries of its factors are ", format(max(start$W)), " and ", format(max(start$second)),
          "; scale them to the data.")
  }
}
