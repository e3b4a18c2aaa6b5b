#' Fit a non-negative matrix factorisation
#'
#' For everybody who has a table of counts or amounts, observations by features, and explains it by a few additive
#' components. Fits one of the eight models of [nmf_model()] by maximum likelihood of its noise family, and estimates
#' the Tweedie power or the Negative Binomial dispersion when the model leaves them open.
#'
#' With observations in the rows of \eqn{V} (N x M) and K components, the mean is \eqn{\mu = W H} (traditional) or
#' \eqn{\mu = D' E' V} (convex, where \eqn{W = D'} and \eqn{H = E' V}) or \eqn{\mu = V A H} (convex with an encoder over
#' features, where \eqn{W = V A}; it is the convex model of \eqn{V'} and fitted as such). Half the deviance,
#' \eqn{\sum d(v; \mu) / 2}, is minimised:
#'
#' 1. `n_starts` starts of several kinds (see `starts` in [nmf_control()]) each take 20 sweeps of the majorise-minimise
#'    updates \eqn{W \leftarrow W (num H' / den H')^\gamma}{W <- W * (num H' / den H')^gamma}, then, with the new
#'    \eqn{\mu}, \eqn{H} (or \eqn{E}) likewise, where \eqn{(\mu - v)/Var(\mu) = den - num} splits the score of the
#'    family; then a short run of `solver`. A third of them, the one with the lowest objective and those that may reach
#'    the lowest (the objective less three times its decrease over the last quarter of the iterations), is given a run
#'    twice as long, and so on until one is left (successive halving).
#' 2. That one is polished by `solver` until it has converged: the stationarity residual
#'    \eqn{\max |\min(x / scale, 1 - num/den)|} over the entries x of the factors, each relative to the largest of its
#'    observation (`W`) or component (`H`), is at most `tol`, and the last quarter of the iterations lowered
#'    the objective by no more than `rel_tol` of it.
#'
#' An open Negative Binomial model follows Algorithm 1 of the paper, Poisson fit, `alpha` by [estimate_alpha()],
#' Negative Binomial fit (from the Poisson factors and the two starts that came next to them), and then goes on in turn
#' with `alpha` and the factors until both are at rest; `alpha` is adjusted for the noise that the fitted means take up,
#' without which it is too large (`nmf_control(alpha_update = "once")` is the paper's). An open Tweedie model is fitted
#' along [profile_power()], from the Poisson fit and other starts, and the power with the largest likelihood, adjusted
#' likewise, is kept.
#'
#' Zero rows and columns are fitted as zeros; no pseudo-count is added. All tolerances are relative to the scale of the
#' data. A weight whose optimum is 0 is 0: when the fit ends, entries that are lost in the rounding of the objective
#' (a share of their line below 1e-8 where the fit is stationary) and that the gradient holds at 0 are set to 0,
#' provided that neither the objective nor the residual rises.
#'
#' Numbers that a double does not hold are refused: the total of `V` must be between 1e-305 and 1e305, cell weights and
#' offsets other than 0 between 1e-50 and 1e50, and positive cells no further apart than the family can tell from 0 (a
#' factor of 1e100 under most, 1e60 for a power of 3). Where the deviance and `sigma2` of data in an extreme unit are
#' beyond doubles (Normal noise and cells of 1e300), the factors and the log-likelihood are still right.
#'
#' A fit may be exact, up to the rounding of its objective: `sigma2` is then 0, the density of Normal and Tweedie noise
#' infinite, and the data do not tell a Tweedie power.
#'
#' Mutation channels are known in the spellings of the field, such as `A[C>A]A`, `A.C.A.A`, `C>A_ACA` or `ACA>A`. They
#' are features: as observations they are refused, and so is a number or a sum of lines beside them.
#'
#' What stands beside the data (`cell_weights`, `offset`, new or sorted data) is matched by the names of observations
#' and features where both sides have them, in any order; other names are an error.
#'
#' Missing cells (`NA`) are cells of weight 0: they have no part in the objective, the likelihood, `alpha`, `power` and
#' `nobs`, and what stands there changes nothing. With cell weights \eqn{\omega} and offsets \eqn{o}, half of
#' \eqn{\sum \omega \, d(v; o \mu)} is minimised. The components of a convex model, \eqn{H = E'V} (or its
#' weights, \eqn{W = V A}), need a `V` without gaps:
#' there, and there alone, the missing cells hold the means of the traditional model of the same rank and noise
#' (Poisson where a power is open), fitted to the others. As \eqn{V} is on both sides of a convex model, its means are
#' those of errors in variables: under Negative Binomial noise they are too small by a share of about \eqn{s (1 - s) /
#' \alpha}, s being the share of an observation in itself, \eqn{(D'E')_{ii}}; under Normal and Poisson noise by
#' nothing.
#'
#' @param V Data, N x M, non-negative, with finite or missing cells: a numeric matrix or table, a data frame of numeric
#'   columns, a sparse Matrix (`dgCMatrix`, `dgRMatrix`, `dgTMatrix`; it is never made dense), a quanteda `dfm`, a tm
#'   `DocumentTermMatrix`, a `SingleCellExperiment` or another `SummarizedExperiment` (its assay `"counts"`, or its
#'   first), an `ExpressionSet`, or a Seurat object (the counts of its default assay). The name of a
#'   10x or AnnData file, a list of matrices to be bound by their observations, and a `DelayedMatrix` of more than 20
#'   million cells (also as the counts of a single-cell object) stay on disk and are fitted block by block, see
#'   [nmf_blocks()]; a smaller one, or a `big.matrix`, is read into a sparse Matrix. A data frame of three columns, two
#'   of labels and one of numbers, is a tidy table of counts, see [fit_topics()]. A plain vector is none of these: one
#'   observation is `rbind(V)`.
#' @param model Notation such as `"NMF/T/NB/5"`, `"C/Po"` or `"poisson"`, a family such as [nmf_poisson()], or an
#'   [nmf_model()].
#' @param rank Number of components K, from 1 to min(N, M), when the model does not fix it.
#' @param obs Which margin of `V` holds the observations. With `"columns"` (features in rows, as in omics), `fitted()`,
#'   `residuals()` and `simulate()` come back in the orientation of `V`; `W` stays N x K and `H` K x M. The classes of
#'   tm, Bioconductor and Seurat say themselves which margin holds their documents, samples or cells, and so do the
#'   columns of a tidy table: of these, `obs`
#'   only sets the orientation of what comes back, and its default is `"columns"` for Bioconductor and Seurat.
#' @param assay,layer Which values of a single-cell object, see [cell_counts()], whose value all other functions take
#'   instead of the object; `NULL` is its counts. What the fit is given later, as `newdata`, has the same.
#' @param cell_weights Weights of the cells, a matrix (it may be sparse) of the shape of `V`, not negative and finite: a
#'   cell counts as if it had been seen that many times. 0 leaves it out, as `NA` in `V` does. `NULL` is 1 for all.
#'   (Plain "weights" are \eqn{W}, here and everywhere.)
#' @param offset Known factors o of the means, \eqn{o_{ij} (W H)_{ij}} (opportunities, exposures, library sizes), for
#'   traditional models: a matrix of the shape of `V`, or a number for each feature; not negative and finite. Where it
#'   is 0, `V` must be 0, and the cell does not count. With it, sparse data are made dense.
#' @param n_starts Number of starts, at least 1. Start r depends only on `seed` and r.
#' @param init Start to use as it is, instead of those: `list(W = , H = )` (N x K, K x M), or `list(E = , D = )`
#'   (N x K, K x N) for a convex model, `list(A = , H = )` (M x K, K x M) for one with an encoder over features, or an
#'   earlier fit of the same structure and rank. Their rows and columns are those of `V`, and of each other, by name
#'   where both sides have names, in any order; by position otherwise. Their means must be within 1e50 times those of
#'   `V`, less for large Tweedie powers. A fit of the same model to the
#'   same data by the same solver goes on where it ended, for up to `max_iter` iterations more, as if it had been one
#'   run (bit for bit, but for `"lbfgs"`, whose memory begins anew, and `"adam"`, which is trained again).
#'   From random numbers Newton's method can end in a worse optimum, in a Poisson model of 100 components by 3 %: fit 20
#'   iterations with `solver = "mm"` first and go on from there, as `nmf()` does with starts of its own.
#' @param fixed What of `init` stays as it is: `NULL`, nothing, or `list(W = , H = )` (`list(D = , E = )` for a convex
#'   model, `list(H = , A = )` for one with an encoder over features) with `TRUE`, `FALSE`, or the observations (of `W`,
#'   `D`, `E`) or features (columns of `H`, rows of `A`) that stay, as numbers, logicals or names. What is not named is
#'   free. What stays does so up to the scale of the components, whose order and names in `init` are kept.
#' @param mask Which components each observation may use, a logical matrix (N x K), rows by name where both sides have
#'   names: where it is `FALSE` the weight is 0 and no parameter. For traditional models; [group_mask()] makes one of
#'   groups or batches. Components keep the order of its columns and get their names. `NULL` is all.
#' @param penalty A penalty that makes factors sparse or small, from [nmf_penalty()], for traditional models; `NULL` is
#'   none. The fit then minimises half the deviance plus the penalty. Pseudo-counts that lead components to words or
#'   genes by name are the `prior` of [fit_topics()], see [seed_terms()]; the Poisson or Negative Binomial fit is its
#'   `$fit`.
#' @param solver `"mm"`, the multiplicative updates of the paper. `"cd"`, Newton's method by observations and then by
#'   features: the quadratic model of each line is minimised by coordinate descent, with extrapolation that undoes
#'   itself (see `vignette("mathematics")`). `"lbfgs"`, limited-memory BFGS on the square roots of the factors, with the
#'   denominators of the updates as preconditioner. `"em"`, for traditional Poisson models, takes several multiplicative
#'   updates of `W` and then of `H`, which are the EM steps of a topic model. `"auto"` is the fastest for the model by
#'   measurement, today `"cd"` for all. None of them raises the objective. `"adam"` trains a convex model as an
#'   autoencoder, for the `epochs` of [nmf_control()], each start to the end, and returns the best point on the way;
#'   `c("adam", "mm")` and `c("adam", "cd")` go on from there with `"mm"` or `"cd"` until the fit has converged.
#' @param max_iter Largest number of iterations of the polished start, its short runs included; at least 0.
#' @param tol Tolerance of the stationarity residual, at least 0.
#' @param time_limit Seconds after which the best fit so far is returned: the clock is looked at within iterations and
#'   while an `alpha` or a power is estimated. What has to be known of the fit that is returned (its deviance,
#'   likelihood
#'   and dispersion) takes as long as it takes.
#' @param control Further settings, see [nmf_control()].
#' @param checkpoint `NULL`, or the name of a file such as `"fit.rds"` in which the fit is kept every few minutes
#'   (`checkpoint_every` in [nmf_control()]) and when it ends. The same call finds what was done and goes on from there,
#'   to the same numbers as if it had never stopped (to the bit, but for `"lbfgs"` and `"adam"`, which begin their last
#'   run again). It needs a `seed`. The file is replaced in one step, and once what was written has been read back.
#' @param cluster `NULL`, or a cluster of base R's parallel, such as `parallel::makePSOCKcluster(4)`, whose workers fit
#'   this one model together, see "Several machines" below.
#' @param threads Number of threads; the result does not depend on it. `NULL` uses up to 2. More pay where a single fit
#'   of millions of cells or nonzeros is waited for: `"cd"` shares a sweep in up to 64 pieces, the other solvers in up
#'   to 8, each of at least 4 million multiplications. Ranks and splits are better shared by a `future::plan()`.
#' @param verbose Whether to tell of the progress: one line before work of more than half a minute, with how long it
#'   will take and what would share it, and then a bar in an interactive session, or a line a minute in a script, on the
#'   standard error. `NULL` does so, but not on a page that is being knitted.
#' @param seed A whole number that makes the result repeatable and leaves R's random number generator alone. `NULL`
#'   draws one from it.
#' @param ... Nothing: an argument that is not known is an error.
#' @return An object of class `nmf_fit`, a list of
#' \describe{
#'   \item{`W`, `H`}{weights (N x K) and components (K x M), for both structures; rows of `H` sum to 1 and components
#'     are ordered by their total weight. Fields have other words for them: `W` holds exposures, activities, loadings or
#'     usages; the rows of `H` are signatures, topics, programmes or a basis.}
#'   \item{`E`, `D`}{for convex models, encoder (N x K) and decoder (K x N): \eqn{H = E'V}, \eqn{W = D'}.}
#'   \item{`A`}{for convex models with an encoder over features, that encoder (M x K): \eqn{W = V A}.}
#'   \item{`model`}{the [nmf_model()] with estimated parameters filled in; `model$family$source` says how they were
#'   got.}
#'   \item{`objective`, `deviance`}{half the deviance (with a penalty or a prior, plus that), and the deviance.}
#'   \item{`penalty`}{the part of the objective that is a penalty or a prior; `NULL` without.}
#'   \item{`sigma2`, `dispersion`}{the dispersion and how it was got: `"residual mean square"` (Normal), `"pearson"` or
#'   `"ml"` (Tweedie), `"exact fit"` (0), `"fixed"` at 1 (Poisson, Negative Binomial); with the degrees of freedom of
#'   the
#'   means taken off, see `adjust` in [nmf_control()].}
#'   \item{`logLik`, `df`, `nobs`}{complete log-likelihood, named numbers of parameters (`paper`, `identifiable`), and
#'     the number of cells that count, N M where none is missing.}
#'   \item{`missing`, `offset`}{numbers of the cells that do not count (of the N x M data, column by column), and the
#'     offsets; `NULL` when there are none.}
#'   \item{`trace`}{data frame with the `iteration`, `objective`, stationarity residual `kkt` and `seconds` of the best
#'   start.}
#'   \item{`exact`}{whether the deviance is no more than rounding.}
#'   \item{`status`, `converged`, `kkt`, `iterations`, `seconds`}{how the fit ended: `"converged"`, `"max_iter"`,
#'   `"time_limit"`, `"interrupted"` or `"stalled"` (no step lowers the objective further).}
#'   \item{`steps`}{for an estimated `alpha`, the deviance, log-likelihood and status of the Poisson fit before it.}
#'   \item{`starts`}{data frame with the number of each `start` that was tried, the `objective` that it reached and its
#'     `place`, 1 for the one that was polished. Other fits as starts, such as the Poisson fit before a Negative
#'     Binomial one, have the numbers above `n_starts`.}
#'   \item{`seed`, `solver`, `control`, `obs`, `call`, `origin`}{what is needed to repeat the fit, as [update()] does.}
#'   \item{`data`}{a key to the data, which are neither copied nor saved with the fit, see [attach_data()].}
#' }
#' @section Data in blocks: One start takes the place of `n_starts`: a fit in memory to a seeded sample of the
#'   observations (of about two million stored cells), which has those starts, then the weights of all observations with
#'   its components held. All that follows is exact: each sweep goes through all data, and `tol`, `kkt`, `status` and
#'   the trace are those of all data. Traditional models have the solvers `"cd"`, `"mm"` and `"em"`, convex ones `"mm"`.
#'   Cells may be missing (`NA`; not of convex models) and have `cell_weights`, which come as `V` does (a matrix,
#'   blocks, a list); `mask` and `penalty` are as ever. There is no `offset`: one of the features, or of the
#'   observations, is the same as dividing \eqn{H}, or \eqn{W}, of the fit without it. With the same `init` factors are
#'   those of the data in
#'   memory up to rounding.
#'
#'   After the fit the likelihood, [check_model()], [predict()], `summary()`, `residuals()` and [augment()] of some
#'   `observations`, [bootstrap_fit()] and [select_rank()] (`"cells"`, `"observations"`, `"bic"`) work without the data
#'   in memory. What does need them reads up to 20 million stored cells, and refuses more.
#' @section Several machines: With a `cluster` all data are laid out in blocks (see above and [nmf_blocks()], also those
#'   in memory), and each worker keeps its share of the blocks in a temporary file of its own. Of a file that it can
#'   read itself, under the same name, it is told which rows are its; others are sent once. From then on \eqn{H} goes
#'   out, and the worker's sums over rows come back: for each sweep and worker about \eqn{(3 K + K (K + 1) / 2) M}
#'   numbers for `"cd"`, \eqn{4 K M} for `"mm"` (`verbose = TRUE` tells how much it was). Its rows of \eqn{W} stay with
#'   a worker under `"cd"`, and a copy of them comes back, so that they are not lost with it; `"mm"` moves \eqn{W} in
#'   this process, \eqn{2 K} to \eqn{4 K} numbers for each row. Sums are added in one fixed tree, so that the numbers
#'   are those of one process, to the bit for any number of workers whose processors have the same instructions.
#'
#'   Use `future::plan()` for many small tasks, and first: starts, ranks, splits, draws. Use a `cluster` when one
#'   fit takes too long or its data do not fit the memory of one machine. What a single call does beside the sweeps
#'   stays in this process: reading the data once (its disk needs room for all blocks), the start from a sample, the
#'   estimation of alpha at given means, the likelihood. `threads` are those of each worker, 1 unless given. Workers on
#'   the machine of this process give and take what is large by files in its `tempdir()`, for sockets are more work.
#'
#'   A worker that dies, or is silent for a minute or twenty times as long as the longest answer, whichever is more (ten
#'   minutes in the beginning; less if the cluster has a smaller `timeout`), leaves its blocks to the others, and the
#'   last one to this process. The numbers are the same, and a warning `nmf_warning_cluster` tells of it. A time limit
#'   ends work at the workers; an interrupt waits until all have answered. The workers need nmfamily, of the same
#'   version. Solvers and data are those of data in blocks. Tested are clusters of sockets
#'   (`parallel::makePSOCKcluster()`), of mirai and of the ranks of an MPI job (article "Jobs on a cluster") on one
#'   machine; with others look for that warning. A list of clusters is one cluster. Of mirai it is a list of clusters of
#'   one worker, `lapply(1:4, function(i) mirai::make_cluster(1))`, for one with several gives each message to whoever
#'   is next.
#' @section Errors and warnings: Errors inherit from `nmf_error`: `nmf_error_data`, `nmf_error_model`, `nmf_error_rank`,
#'   `nmf_error_init`, `nmf_error_control`, `nmf_error_argument` (also for a `cluster` of which no worker answers), and,
#'   for data in files, a `checkpoint` and a `cluster`, `nmf_error_file` and `nmf_error_package`. A fit that ends before
#'   it has converged is returned with the warning `nmf_warning_not_converged`; data that are not counts under Poisson
#'   or Negative Binomial noise give `nmf_warning_not_counts`, features that are no mutation channels beside those that
#'   are `nmf_warning_channels`, a checkpoint that could not be written later `nmf_warning_checkpoint`, and workers that
#'   were lost `nmf_warning_cluster`.
#' @section Interrupts: Ctrl-C (or Escape) ends a fit within an iteration; the best point so far is returned with the
#'   status `"interrupted"`. The same holds for all functions of the package that fit: each returns what it has, and a
#'   `status`, a row of a table or a warning says so. Where there is nothing yet, the interrupt goes on to the caller. A
#'   second one within a second always does, and ends the loop or the script around the call.
#' @references
#' Ang and Gillis (2019), Accelerating nonnegative matrix factorization algorithms using extrapolation, Neural
#' Computation 31, 417-439, \doi{10.1162/neco_a_01157}.
#'
#' Boutsidis and Gallopoulos (2008), SVD based initialization: a head start for nonnegative matrix factorization,
#' Pattern Recognition 41, 1350-1362, \doi{10.1016/j.patcog.2007.09.010}.
#'
#' Cichocki and Phan (2009), Fast local algorithms for large scale nonnegative matrix and tensor factorizations, IEICE
#' Transactions E92-A, 708-721, \doi{10.1587/transfun.E92.A.708}.
#'
#' Egendal, Brøndum, Pelizzola, Hobolth and Bøgsted (2025), On the relation between linear autoencoders and
#' non-negative matrix factorization for mutational signature extraction, Journal of Computational Biology 32, 461-472,
#' \doi{10.1089/cmb.2024.0784}.
#'
#' Kingma and Ba (2015), Adam: a method for stochastic optimization, ICLR, \doi{10.48550/arXiv.1412.6980}.
#'
#' Lee and Seung (1999), Learning the parts of objects by non-negative matrix factorization, Nature 401, 788-791,
#' \doi{10.1038/44565}.
#'
#' Ding, Li and Jordan (2010), Convex and semi-nonnegative matrix factorizations, IEEE TPAMI 32, 45-55,
#' \doi{10.1109/TPAMI.2008.277}.
#'
#' Févotte and Idier (2011), Algorithms for nonnegative matrix factorization with the beta-divergence,
#' Neural Computation 23, 2421-2456, \doi{10.1162/NECO_a_00168}.
#' @seealso [choose_model()] and [select_rank()] when model or rank are open, [compare_models()] for all eight models at
#'   once; [fit_topics()] for topics, [refit()] for known components; [autoplot.nmf_fit()] for pictures, [check_model()]
#'   and [bootstrap_fit()] for what can be relied on, [predict.nmf_fit()] for new data, [encode()] for models as
#'   autoencoders. After `library(NMF)`, which has an `nmf()` of its own, write `nmfamily::nmf()`. [nmfamily] is a map
#'   of the package.
#' @examples
#' fit <- nmf(brca21, "NMF/T/NB/3", seed = 1)
#' fit
#' round(coef(fit)[, 1:4], 3)
#'
#' convex <- nmf(brca21, nmf_model(structure = "convex", family = nmf_poisson(), rank = 3), seed = 1)
#' all.equal(fitted(convex), convex$W %*% convex$H)
#'
#' # Data as the fields have them. A sparse Matrix stays sparse; a dfm or a DocumentTermMatrix is
#' # taken likewise.
#' words <- nmf(addresses$counts[1:60, ], "Po/3", n_starts = 2, seed = 1)
#' # A tidy table: whose, what, how many.
#' table <- data.frame(patient = rownames(brca21), type = rep(colnames(brca21), each = 21),
#'                     n = c(brca21))
#' tidied <- nmf(table[table$n > 0, ], "Po/3", n_starts = 2, seed = 1)
#' # Observations in columns, as genes x cells are; Bioconductor and Seurat objects say so themselves.
#' turned <- nmf(t(brca21), "Po/3", obs = "columns", n_starts = 2, seed = 1)
#' dim(turned$W)
#'
#' # Cells that were not measured: they have no part, and their means come out of the fit.
#' holed <- brca21
#' holed["PD4120a", 1:4] <- NA
#' fit <- nmf(holed, "NB/3", n_starts = 2, seed = 1)
#' rbind(fitted(fit)["PD4120a", 1:4], brca21["PD4120a", 1:4])
#'
#' # Known factors of the means: how often a channel can occur at all. Components are then rates.
#' often <- rep(c(2, 1), each = 48)
#' rates <- nmf(brca21, "Po/3", offset = often, n_starts = 2, seed = 1)
#' all.equal(fitted(rates), rates$W %*% rates$H %*% diag(often), check.attributes = FALSE)
#' @export
nmf <- function(V, model, rank = NULL, ..., obs = c("rows", "columns"), assay = NULL, layer = NULL,
                cell_weights = NULL, offset = NULL, n_starts = 10, init = NULL, fixed = NULL, mask = NULL,
                penalty = NULL, solver = "auto", max_iter = 20000, tol = 1e-6, time_limit = Inf,
                control = nmf_control(), checkpoint = NULL, cluster = NULL, threads = NULL, verbose = NULL,
                seed = NULL) {
  check_call(...)
  check_repeatable(seed, checkpoint)
  began <- now()
  call <- match.call()
  if (!is.null(c(assay, layer)) && !inherits(V, "nmf_source")) {
    obs <- check_obs(obs, V)
    V <- chosen_cells(V, assay, layer, "V", obs)
  }
  if (!is.null(mask)) rank <- rank_of_mask(mask, rank, model)
  cluster <- check_cluster(cluster)
  problem <- prepare(V, nmf_model(model, rank = rank), obs, cell_weights, offset,
                     blocks = if (is.null(cluster)) "on disk" else "all")
  start <- if (!is.null(init)) as_start(init, problem, colnames(mask))
  problem$known$fixed <- check_fixed(fixed, start, problem)
  if (!is.null(problem$known$fixed)) problem$known$names <- names_for_components(names_of_start(init, problem$model))
  if (!is.null(mask)) {
    problem <- with_mask(problem, mask)
    if (!is.null(start)) start <- under_mask(start, problem)
  }
  if (!is.null(penalty)) problem <- with_penalty(problem, check_penalty(penalty, problem))
  settings <- fit_settings(n_starts, solver, max_iter, tol, time_limit, control, threads, verbose, seed,
                           list(problem$model))
  if (!is.null(penalty)) check_penalty_solver(penalty, settings$solver)
  if (in_blocks(problem$data)) settings <- settings_in_blocks(problem$model, settings)
  if (!is.null(start)) start$before <- resumable(init, problem, settings)
  if (!is.null(checkpoint)) settings$saved <- open_fit_checkpoint(checkpoint, problem, settings, start)
  if (!is.null(cluster)) {
    settings$team <- gather_team(cluster, problem$data$values, threads %||% 1L, isTRUE(verbose))
    on.exit(dismiss(settings$team))
  }
  fit <- keep_going(fit_any(problem, settings, start))
  if (!is.null(checkpoint)) close_fit_checkpoint(settings$saved)
  if (!is.null(cluster)) warn_of_lost(settings$team)
  own <- list(assay = assay, layer = layer, init = user_start(init), fixed = fixed, mask = mask, penalty = penalty)
  complete_fit(fit, problem, settings, call, began, own = own)
}
