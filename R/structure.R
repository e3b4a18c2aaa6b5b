# A structure says how the mean of the data is made of its blocks. Like a family it is a list of facts, so that nobody
# asks for its name:
#   letters, name        in the notation and in words
#   kind, encoder        what nmf_model() calls it: `structure` and `encoder` of a model
#   title, aside         in the print of a fit
#   colour, line         in plots
#   mean                 the formula
#   init, held           names of the two blocks that a user gives or holds, as messages order them and as the core does
#   margins              the margin of the N x M data of which each block of the core has a line
#   has_encoder          the second block is an encoder, a column for each component, and features come from the data
#   shapes(N, M, K)      the dimensions of the blocks
#   as_start(blocks)     the user's blocks as the core starts from them: W (or D' or H') and what stands beside it
#   to_core(blocks)      blocks of a start, or their masks, as the core has them
#   start_of(raw)        what the core returns, or a fit, as a start to go on from
#   keep(raw)            the factors that a fit has
#   batches              the margin of the data that mini-batches cut
#   second(W, H)         which of the weights and the features of a start stands in its second block
#   scale_second(second, X, totals)   that block where the weights of each observation sum to its total
#   offset               means may be multiplied by known numbers
#   complete             all cells must be there, so missing ones are filled in
#   codes                weights of new observations are one product
#   free                 both factors are free, as those of a topic model are
#   solvers, solver, starts, default_starts   those that are for it, and those that it gets unasked
#   in_blocks            those of the solvers that take data in blocks on disk, the first of them unasked
#   turned               its starts are those of the convex model of V'
new_structure <- function(letters, name, kind, title, mean, init, held, margins, shapes, as_start, start_of, keep,
                          second, scale_second, solvers, solver, starts, default_starts, in_blocks, colour, line,
                          encoder = NULL, aside = "", to_core = identity, batches = NULL, has_encoder = FALSE,
                          offset = FALSE, complete = FALSE, codes = FALSE, free = FALSE, turned = FALSE) {
  structure(as.list(environment()), class = "nmf_structure")
}

# Which solver "auto" stands for: by bench/solvers.R, the first to come within 1e-6 of where it ends, on the liver data
# and on 20 Newsgroups, under every family. The best of the starts of a convex model is no better when Adam trains them
# before "cd", and it is found later (bench/autoencoder.R). The default starts of convex models are, by bench/starts.R,
# those that come nearest to the best that is known; the first serves best alone.

structure_traditional <- function() {
  new_structure(
    "T", "traditional", kind = "traditional", title = "Traditional", mean = "mu = WH", colour = "#0072B2",
    line = "solid", init = c("W", "H"), held = c("W", "H"), margins = c(1, 2), offset = TRUE, free = TRUE,
    shapes = function(N, M, K) list(W = c(N, K), H = c(K, M)),
    as_start = function(blocks) list(W = blocks$W, second = blocks$H),
    start_of = function(raw) list(W = unname(raw$W), second = unname(raw$H)),
    keep = function(raw) list(W = raw$W, H = raw$H, E = NULL, D = NULL),
    second = function(W, H) H,
    scale_second = function(second, X, totals) {
      second[, Matrix::colSums(X) == 0] <- 0
      second / rowSums(second)
    },
    solvers = c("mm", "em", "cd", "lbfgs"), solver = "cd", in_blocks = c("cd", "mm", "em"),
    starts = c("random", "svd", "data", "kmeans", "anchor"), default_starts = c("random", "svd", "data")
  )
}

# What the two convex structures share. A fit may begin with a traditional one, and each start may be trained as an
# autoencoder.
new_convex <- function(...) {
  new_structure(
    ..., kind = "convex", title = "Convex", has_encoder = TRUE, complete = TRUE,
    second = function(W, H) W,
    scale_second = function(second, X, totals) sweep(second, 2, colSums(second * totals), "/"),
    solvers = c("mm", "cd", "lbfgs", "adam"), solver = "cd", in_blocks = "mm",
    starts = c("random", "svd", "data", "kmeans", "anchor", "traditional"), default_starts = c("svd", "data", "kmeans")
  )
}

structure_convex <- function() {
  new_convex(
    "C", "convex", colour = "#D55E00", line = "22", mean = "mu = D'E'V", init = c("E", "D"), held = c("D", "E"),
    margins = c(1, 1),
    shapes = function(N, M, K) list(E = c(N, K), D = c(K, N)),
    as_start = function(blocks) list(W = t(blocks$D), second = blocks$E),
    start_of = function(raw) list(W = unname(raw$W), second = unname(raw$E)),
    keep = function(raw) list(W = raw$W, H = raw$H, E = raw$E, D = NULL),
    batches = 2
  )
}

# The convex model of V' with its factors turned: mu = V A H is mu' = H'A'V'. In the core A comes first and H lies; as
# everywhere else it is seen from V', with H' in the place of D'.
structure_by_features <- function() {
  new_convex(
    "CF", "convex by features", colour = "#009E73", line = "12", mean = "mu = VAH", init = c("A", "H"),
    held = c("H", "A"), margins = c(2, 2),
    shapes = function(N, M, K) list(A = c(M, K), H = c(K, M)),
    as_start = function(blocks) list(W = t(blocks$H), second = blocks$A),
    to_core = function(blocks) list(blocks[[2]], t(blocks[[1]])),
    start_of = function(raw) list(W = unname(t(raw$H)), second = unname(raw$A)),
    keep = function(raw) list(W = raw$W, H = raw$H, A = raw$A),
    batches = 1, encoder = "features", aside = ", encoder over features", codes = TRUE, turned = TRUE
  )
}

# All structures, named by their letters.
structures <- local({
  all <- list(structure_traditional(), structure_convex(), structure_by_features())
  stats::setNames(all, vapply(all, `[[`, "", "letters"))
})

# The structure of a model.
structure_of <- function(model) {
  is_its <- function(one) identical(one$kind, model$structure) && identical(one$encoder, model$encoder)
  Find(is_its, structures)
}
