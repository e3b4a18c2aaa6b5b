# The statistical standards of rOpenSci (General, Unsupervised Learning, Probability Distributions) and where each is
# met: every id once, by a tag that the package srr reads. What is named must be there (tools/standards.R).

#' @srrstats {G1.0} The papers behind the models are in DESCRIPTION, `inst/CITATION` and on the help pages, with their
#'   DOI.
#' @srrstats {G1.1} An improvement on other implementations, and in R the first of several models:
#'   `vignettes/articles/speed.Rmd`, `vignettes/paper.Rmd`.
#' @srrstats {G1.2} "Where this goes" in `CONTRIBUTING.md`.
#' @srrstats {G1.3} Deviance, likelihood, degrees of freedom, intervals and criteria are defined in
#'   `vignettes/mathematics.Rmd`; on help pages each is defined where it is returned.
#' @srrstats {G1.4} All exported functions have roxygen comments; `man` holds what comes of them.
#' @srrstats {G1.5} `bench` holds the code of each number that is claimed, `inst/paper/all.R` that of each figure of
#'   the paper.
#' @srrstats {G1.6} `bench/peers.R`, `bench/topics.R`, `bench/topic-models.R`: fastTopics, RcppML, NMF.
#' @srrstats {G2.0} `R/check.R`; `tests/testthat/test-hostile.R` "hostile values and altered objects are refused by
#'   class".
#' @srrstats {G2.0a} Help pages say "a number", "names or numbers", "one of"; `R/nmf.R`, `R/control.R`.
#' @srrstats {G2.1} `R/check.R`; `tests/testthat/test-hostile.R` calls every function with values of every type.
#' @srrstats {G2.1a} The help page of each argument names its type and range; `R/nmf.R`, `R/control.R`.
#' @srrstats {G2.2} `tests/testthat/test-hostile.R` "hostile values and altered objects are refused by class":
#'   vectors, lists and matrices in the place of single values are among them.
#' @srrstats {G2.3} `check_choice()` in `R/check.R`.
#' @srrstats {G2.3a} `tests/testthat/test-errors.R` "an unknown choice is answered with the choices".
#' @srrstats {G2.3b} Models may be in any case: `tests/testthat/test-model.R` "the notation may be short, spaced and
#'   in any case". Other choices are as they are spelt, and an error names them.
#' @srrstats {G2.4} `as_data()` in `R/source-read.R` is the only place where data are converted.
#' @srrstats {G2.4a} `check_number(whole = TRUE)` in `R/check.R` returns an integer, and refuses what is none.
#' @srrstats {G2.4b} `tests/testthat/test-data.R` "64-bit integers are read as the numbers that they are";
#'   `tests/testthat/test-routes.R` "integers are doubles, a data frame is a matrix".
#' @srrstats {G2.4c} `tests/testthat/test-topics-input.R` "documents of a tidy table may be numbered".
#' @srrstats {G2.4e} `tests/testthat/test-topics-input.R` "labels keep the order of first appearance or of their
#'   levels".
#' @srrstats {G2.5} Groups and labels of tidy tables may be factors, ordered or not, and keep the order of their
#'   levels: `tests/testthat/test-plots-topics.R` "groups are blocks in the order of their levels, named in their
#'   middle".
#' @srrstats {G2.6} `tests/testthat/test-extremes.R` "views and subsets of vectors are data like any other".
#' @srrstats {G2.7} `R/source-classes.R`, `R/topics-input.R`, `R/single-cell.R`; `tests/testthat/test-single-cell.R`
#'   "classes of other fields are taken by every door".
#' @srrstats {G2.8} A source, `R/source.R`, is what all else receives.
#' @srrstats {G2.9} A conversion that would lose something is refused: `tests/testthat/test-source-classes.R` "what
#'   cannot be taken is refused in words that say what to do"; names are kept or said to be missing,
#'   `tests/testthat/test-names.R`.
#' @srrstats {G2.10} `tests/testthat/test-source-classes.R` "objects with columns are read block by block, missing
#'   cells and all".
#' @srrstats {G2.11} `tests/testthat/test-source-classes.R` "classes that are a matrix are that matrix".
#' @srrstats {G2.12} List columns are refused: `tests/testthat/test-source-classes.R` "what cannot be taken is refused
#'   in words".
#' @srrstats {G2.13} `R/source-read.R`; `tests/testthat/test-errors.R` "missing cells are refused where nothing can be
#'   made of them".
#' @srrstats {G2.14} Missing cells have no part in a fit. There is no switch: a user who wants an error calls
#'   `anyNA()`.
#' @srrstats {G2.14b} Ignored, exactly, and the print counts them: `tests/testthat/test-weights.R` "what reads a fit
#'   knows its missing cells".
#' @srrstats {G2.14c} `fitted()` has their means: `tests/testthat/test-weights.R` "means of missing cells are found
#'   without bias".
#' @srrstats {G2.15} `tests/testthat/test-select-rank.R` "each method does without missing cells, dense and sparse";
#'   `tests/testthat/test-topics-missing.R`.
#' @srrstats {G2.16} `Inf`, negative and undefined cells are refused and located: `tests/testthat/test-errors.R` "cell
#'   is refused and located". A user makes them `NA` to leave them out.
#' @srrstats {G3.0} Equality of doubles is asked for exact values alone (zeros, whole numbers, powers with a name),
#'   convergence by relative differences: `src/solve.h`, `R/fit.R`. "Absolute tolerances are wrong":
#'   `CONTRIBUTING.md`.
#' @srrstats {G5.0} `liver`, `brca21` and the addresses on the State of the Union are standard sets of their fields:
#'   `tests/testthat/test-published.R`.
#' @srrstats {G5.1} `data`; `tests/testthat/test-data.R`.
#' @srrstats {G5.2} `tests/testthat/test-errors.R`, `tests/testthat/test-hostile.R`, `tests/testthat/test-print.R`.
#' @srrstats {G5.2a} Messages name their argument and are worded by `abort()` and `warn()` of `R/check.R` alone; those
#'   of one fault are one message, whichever function found it.
#' @srrstats {G5.2b} By class, and wording by snapshots: `tests/testthat/test-print.R` "errors about data",
#'   `tests/testthat/test-hostile.R`. Not each of them has a snapshot.
#' @srrstats {G5.3} `tests/testthat/test-property.R`, `tests/testthat/test-extremes.R`: every entry of a fit is
#'   finite.
#' @srrstats {G5.4} `tests/testthat/test-laws-closed-forms.R`, `tests/testthat/test-published.R`.
#' @srrstats {G5.4a} One update by each rule against plain R: `tests/testthat/test-laws-updates.R` "one update is that
#'   of plain R, of every noise, with what stands beside the cells and what is known".
#' @srrstats {G5.4b} `tests/testthat/test-alpha.R` "the estimate is that of MASS"; `tests/testthat/test-consensus.R`
#'   "silhouettes are those of the package cluster"; `tests/testthat/test-predict.R` "Normal weights are non-negative
#'   least squares".
#' @srrstats {G5.4c} `tests/testthat/test-published.R`; `tests/testthat/test-paper.R` "what the vignette claims is in
#'   the table".
#' @srrstats {G5.5} Every test gives a seed; `tests/testthat/test-rng.R` "the same seed gives the same bits, another
#'   seed others".
#' @srrstats {G5.6} `tests/testthat/test-alpha.R` "alpha is recovered with the factors"; `tests/testthat/test-power.R`
#'   "the power of simulated data is recovered"; `tests/testthat/test-match.R` "permuted features are found again".
#' @srrstats {G5.6a} `tests/testthat/test-alpha.R` "alpha is recovered given the means".
#' @srrstats {G5.6b} `bench/truth.R`, `bench/alpha.R`, `bench/power.R`, `bench/rank.R`, `bench/intervals.R`: many
#'   seeds, with Monte Carlo errors, in `vignettes/truth.Rmd`.
#' @srrstats {G5.7} `tests/testthat/test-nmf.R` "a stricter tolerance goes on for longer";
#'   `bench/growth.R` measures how the cost of an iteration grows with N, M and the rank.
#' @srrstats {G5.8} `tests/testthat/test-extremes.R`, `tests/testthat/test-range.R`, `tests/testthat/test-exact.R`.
#' @srrstats {G5.8a} `tests/testthat/test-errors.R` "data with nothing in them are refused".
#' @srrstats {G5.8b} `tests/testthat/test-errors.R` "data that are no numeric matrix are refused".
#' @srrstats {G5.8c} `tests/testthat/test-errors.R` "missing cells are refused where nothing can be made of them";
#'   `tests/testthat/test-extremes.R` "constant data are fitted exactly".
#' @srrstats {G5.8d} `tests/testthat/test-errors.R` "a rank that is no rank for the data is refused".
#' @srrstats {G5.9} `tests/testthat/test-standards.R`.
#' @srrstats {G5.9a} `tests/testthat/test-standards.R` "noise of the size of rounding does not change a fit".
#' @srrstats {G5.9b} `tests/testthat/test-standards.R` "where factors are unique every seed finds them".
#' @srrstats {G5.10} `make fuzz`, `make hostile`, `make interrupts`, `make kill` and `make mutants` are the extended
#'   tests, each a target of `Makefile`; tests that take longer ask for `NOT_CRAN=true`.
#' @srrstats {G5.12} The table at the head of `CONTRIBUTING.md` says what each takes and leaves behind.
#' @srrstats {UL1.0} `V` in `R/nmf.R`: the classes that are taken, and what is refused.
#' @srrstats {UL1.1} `as_data()` in `R/source-read.R`; `tests/testthat/test-errors.R`,
#'   `tests/testthat/test-source-classes.R`.
#' @srrstats {UL1.2} Names are not needed. Where they decide and are missing, it is said:
#'   `tests/testthat/test-names.R` "what has no names beside channels in another order is taken as it stands, and it
#'   is said".
#' @srrstats {UL1.3} `tests/testthat/test-routes.R` "names are carried to every factor".
#' @srrstats {UL1.3a} The data themselves are not in a fit, as `attach_data()` says: `R/fit-data.R`. Attributes other
#'   than names are not kept.
#' @srrstats {UL1.4} Each noise family has its page in `R/family.R`; `check_model()` tests it:
#'   `tests/testthat/test-diagnose.R` "a Poisson fit to Negative Binomial data is told so".
#' @srrstats {UL1.4a} Poisson and Negative Binomial noise weigh cells by their mean, Normal noise does not:
#'   `vignettes/nmfamily.Rmd`; a common scale changes nothing else: `tests/testthat/test-range.R` "scaling V scales
#'   the fit and its likelihood".
#' @srrstats {UL2.0} `tests/testthat/test-errors.R` "data that are no counts are advised against once, and only under
#'   count families"; `tests/testthat/test-topics-input.R` "tf-idf weights are told from counts, in words about words
#'   when the data are sparse".
#' @srrstats {UL2.1} None is applied: counts stay counts, zeros stay zeros. Rows of `H` are scaled to sum to 1,
#'   `R/nmf.R`.
#' @srrstats {UL2.2} `cell_weights` and `NA` leave cells out; `NA` is missing, `Inf` is refused:
#'   `tests/testthat/test-errors.R`.
#' @srrstats {UL3.1} `tests/testthat/test-standards.R` "components go from the heaviest to the lightest".
#' @srrstats {UL3.2} `dimnames` of a matrix, columns of a tidy table; `groups` in plots: `R/plot-weights.R`.
#' @srrstats {UL3.3} `predict()`, `encode()`: `R/predict.R`, `R/encoder.R`.
#' @srrstats {UL3.4} The weight of each component is in the print; `R/match.R` has the cosines between them,
#'   `R/consensus.R` silhouettes, and `tests/testthat/test-diagnose.R` "components that are nearly proportional are
#'   said to be alike".
#' @srrstats {UL4.0} `nmf_fit`, and a class for each other result: `tests/testthat/test-tables.R` "every result has
#'   its main table".
#' @srrstats {UL4.1} `nmf_model()`: `R/model.R`.
#' @srrstats {UL4.2} `tests/testthat/test-nmf.R` "what is needed to repeat a fit is in it".
#' @srrstats {UL4.3} `tests/testthat/test-print.R` "fits".
#' @srrstats {UL4.3a} No print shows a factor; tables show their first rows: `tests/testthat/test-print.R`
#'   "comparisons".
#' @srrstats {UL4.4} `tests/testthat/test-print.R` "a summary".
#' @srrstats {UL6.0} `plot()` and `autoplot()`: `tests/testthat/test-tables.R` "every result has its main table, also
#'   as a data frame, and a picture".
#' @srrstats {UL6.1} `tests/testthat/test-plots.R` "autoplot does not draw, plot does and returns the plot invisibly".
#' @srrstats {UL6.2} `tests/testthat/test-plots.R` "observations are named when they are few, and grouped when asked";
#'   `tests/testthat/test-plots-topics.R` "the most significant terms of each topic are named".
#' @srrstats {UL7.0} `tests/testthat/test-errors.R`, `tests/testthat/test-source-classes.R`.
#' @srrstats {UL7.1} `tests/testthat/test-diagnose.R` "a Poisson fit to Negative Binomial data is told so", "zero
#'   inflation is told from a right number of zeros", "an odd observation is named"; `tests/testthat/test-methods.R`
#'   "quantile residuals show a wrong model".
#' @srrstats {UL7.2} `tests/testthat/test-standards.R` "components go from the heaviest to the lightest".
#' @srrstats {UL7.3} `tests/testthat/test-routes.R` "names are carried to every factor";
#'   `tests/testthat/test-laws-names.R` "odd names change no number and stay with their rows and columns".
#' @srrstats {UL7.4} `bench/before.R` times `predict()` of 326 tumours and of 200 texts beside the fits.
#' @srrstats {UL7.5} `future` plans and checkpoints: `tests/testthat/test-tasks.R` "workers give the same values and
#'   the same errors".
#' @srrstats {UL7.5a} `tests/testthat/test-tasks.R` "values do not depend on the plan or on the order";
#'   `tests/testthat/test-laws-blocks.R` "blocks of rows give the factors of the whole".
#' @srrstats {PD1.0} `R/family.R` names the source of each noise; `vignettes/mathematics.Rmd`, `vignettes/truth.Rmd`
#'   say when it is right.
#' @srrstats {PD3.0} Densities are closed forms of stats and, for Tweedie noise, the series of mgcv; numbers alone
#'   where there is no closed form: `tests/testthat/test-laws-densities.R` "probabilities of a power above 2 are
#'   integrals of the density".
#' @srrstats {PD3.1} A family is an object with its density, distribution and random numbers, `R/family.R`; all else
#'   asks it.
#' @srrstats {PD3.2} `R/fit-likelihood.R`, `R/noise-by-observation.R` and `R/profile-likelihood.R` give range and
#'   tolerance of each search.
#' @srrstats {PD3.3} Solver, `tol`, `status`, iterations and residual are in a fit, the evaluated points in a profile:
#'   `tests/testthat/test-power.R` "the table is sorted, whole and one with the fits".
#' @srrstats {PD3.4} `tests/testthat/test-noise-criterion.R` "an integral of the density is a difference of the
#'   distribution"; `tests/testthat/test-laws-densities.R` "probabilities of a power above 2 are integrals of the
#'   density, in the tails too, or refused".
#' @srrstats {PD3.5} Over a cell by the rule of Gauss and Legendre (Golub and Welsch 1969), `R/noise-criterion.R`;
#'   over log-normal alphas as a sum of likelihoods by the shares of narrow bins, as the likelihood is known at some
#'   alphas only: `tests/testthat/test-noise-by-observation.R` "the gain is that of the integral over log-normal
#'   alphas".
#' @srrstats {PD3.5a} The shares of the bins add up to 1 and a likelihood has a maximum: `R/noise-by-observation.R`.
#' @srrstats {PD4.0} `tests/testthat/test-laws-densities.R`, `tests/testthat/test-reference.R`.
#' @srrstats {PD4.1} `tests/testthat/helper-reference.R` has the textbook formulas in plain R.
#' @srrstats {PD4.2} Every law runs over the families of `tests/testthat/helper-registry.R`.
#' @srrstats {PD4.3} `tests/testthat/test-profile-likelihood.R` "the maximum of a curve that is no parabola is found
#'   in eight steps"; `tests/testthat/test-power.R` "a given grid is honoured".
#' @srrstats {PD4.4} `tests/testthat/test-nmf.R` "all solvers find the same optimum from the same start";
#'   `tests/testthat/test-power.R` "the maximum of the profile of alpha is the joint estimate".
#' @noRd
NULL

#' NA_standards
#'
#' @srrstatsNA {G1.4a} Helpers have a comment that says why, where their name does not; blocks for pages that nobody
#'   sees would be longer than most of them.
#' @srrstatsNA {G2.4d} Nothing is made a factor.
#' @srrstatsNA {G2.14a} No option: see G2.14. Cells of which nothing can be made are an error.
#' @srrstatsNA {G3.1} No covariances are computed.
#' @srrstatsNA {G3.1a} No covariances are computed.
#' @srrstatsNA {G4.0} A `path` is taken as it stands: tools of the fields ask for names without or with other
#'   suffixes.
#' @srrstatsNA {G5.11} No test needs data from elsewhere.
#' @srrstatsNA {G5.11a} Nothing is downloaded.
#' @srrstatsNA {UL1.4b} No example scales data.
#' @srrstatsNA {UL2.3} Proportional rows or columns do no harm: there is no inverse of their products without a floor,
#'   and they share their components.
#' @srrstatsNA {UL3.0} Nothing is put into discrete groups; for components see UL3.1.
#' @srrstatsNA {PD2.0} Particular distributions are used, see PD1.0.
#' @noRd
NULL
