#' Mutation counts of 326 liver cancers
#'
#' Somatic single base substitutions of the 326 samples of hepatocellular carcinoma (Liver-HCC) in the
#' Pan-Cancer Analysis of Whole Genomes (PCAWG), counted in the 96 channels of mutational
#' signature analysis. Rows are observations, as [nmf()] expects.
#'
#' The counts are overdispersed and have hardly any zeros (21 of 31,296 cells), so they suit the
#' comparison of Poisson, negative binomial and Tweedie models.
#'
#' @format An integer matrix with 326 rows and 96 columns:
#' \describe{
#'   \item{rows}{tumours, named by their ICGC specimen identifier, such as \code{SP97749}; row totals
#'     run from 695 to 63,686, with median 10,810.}
#'   \item{columns}{channels such as \code{A[C>A]T}: the substitution C>A with A before and T after it.
#'     The order is C>A, C>G, C>T, T>A, T>C, T>G, and alphabetical by neighbours within each.}
#' }
#' Entries run from 0 to 3,575 and sum to 3,925,519.
#' @source The mutational catalogues published with Alexandrov et al. (2020),
#'   \doi{10.1038/s41586-020-1943-3}, made from the somatic mutations of PCAWG (ICGC and TCGA),
#'   \doi{10.1038/s41586-020-1969-6}. Licence: CC BY 4.0
#'   (\url{https://creativecommons.org/licenses/by/4.0/}). \code{data-raw/liver.R} reads and checks the
#'   table of the Liver-HCC samples; no count was changed.
#' @references
#' Alexandrov LB, Kim J, Haradhvala NJ, et al. (2020). The repertoire of mutational signatures in
#' human cancer. \emph{Nature} 578, 94-101. \doi{10.1038/s41586-020-1943-3}
#'
#' Campbell PJ, Getz G, Korbel JO, et al. (2020). Pan-cancer analysis of whole genomes.
#' \emph{Nature} 578, 82-93. \doi{10.1038/s41586-020-1969-6}
#' @seealso [pcawg_signatures] to compare components with, [brca21] for a small data set.
#' @examples
#' dim(liver)
#' summary(rowSums(liver))
#' head(sort(colSums(liver), decreasing = TRUE))
#' @keywords datasets
"liver"

#' Reference signatures of PCAWG
#'
#' The 67 reference signatures of single base substitutions that Alexandrov et al. (2020)
#' extracted with SigProfiler: each row is a distribution over the 96 channels.
#'
#' The names are those of the source, \code{SBS1} to \code{SBS60}, \code{SBS84} and \code{SBS85}, with
#' letters where a signature was split (\code{SBS7a}). SBS27, SBS43 and SBS45 to SBS60 are
#' regarded as possible sequencing artefacts; leave them out to match biological signatures only.
#'
#' @format A numeric matrix with 67 rows (signatures) and 96 columns (channels, with the names and
#'   the order of [liver]). Entries are proportions between 0 and 0.709. The source's rounding is
#'   kept: row sums differ from 1 by up to 0.0015.
#' @source Alexandrov et al. (2020), \doi{10.1038/s41586-020-1943-3}. Licence: CC BY 4.0
#'   (\url{https://creativecommons.org/licenses/by/4.0/}). \code{data-raw/pcawg_signatures.R} reads
#'   and checks the table; no value was changed.
#' @references
#' Alexandrov LB, Kim J, Haradhvala NJ, et al. (2020). The repertoire of mutational signatures in
#' human cancer. \emph{Nature} 578, 94-101. \doi{10.1038/s41586-020-1943-3}
#' @seealso [match_components()]
#' @examples
#' range(rowSums(pcawg_signatures))
#' head(sort(pcawg_signatures["SBS12", ], decreasing = TRUE))
#'
#' artefacts <- paste0("SBS", c(27, 43, 45:60))
#' dim(pcawg_signatures[!rownames(pcawg_signatures) %in% artefacts, ])
#' @keywords datasets
"pcawg_signatures"

#' Mutation counts of 21 breast cancers
#'
#' Somatic single base substitutions of the 21 breast cancer genomes in which mutational
#' signatures were first extracted by non-negative matrix factorisation. Small enough for examples.
#'
#' One tumour, \code{PD4120a}, carries 67,364 of the 173,673 mutations: it dominates a least
#' squares fit and is a good test of the assumed variance. Tables of the same tumours found elsewhere
#' may rest on another filtering of the mutations and have other totals.
#'
#' @format An integer matrix with 21 rows (tumours, such as \code{PD4194a}) and 96 columns (channels,
#'   with the names and the order of [liver]). Row totals run from 1,241 to 67,364, with median 5,379;
#'   entries run from 0 to 17,873, and 6 of the 2,016 are zero.
#' @source The mutational catalogues of Nik-Zainal et al. (2012), an open access article,
#'   \doi{10.1016/j.cell.2012.04.024}. \code{data-raw/brca21.R} reads and checks the
#'   table; no count was changed. Please cite the article when you use the counts.
#' @references
#' Nik-Zainal S, Alexandrov LB, Wedge DC, et al. (2012). Mutational processes molding the genomes
#' of 21 breast cancers. \emph{Cell} 149, 979-993. \doi{10.1016/j.cell.2012.04.024}
#' @seealso [liver], [pcawg_signatures]
#' @examples
#' sort(rowSums(brca21))
#' @keywords datasets
"brca21"

#' Word counts of 480 passages of the addresses on the State of the Union
#'
#' How often each of 4,263 words occurs in two passages of each of the 240 addresses on the State of the Union that
#' presidents of the United States gave or sent to Congress from 1790 to 2020: a sparse matrix for topic models, with
#' the year, president and party of each passage to compare the topics with.
#'
#' A passage is a run of whole paragraphs, ended by the one that brings it to 200 words or more. Passages of more than
#' 320 words are left out; of the 6,048 others (3 to 142 of an address) two of each address are drawn at random. Words
#' are lower case, split at everything that is no letter. A word is kept when it occurs in at least 20 of the 6,048
#' passages, in no more than a fifth of them (22 words such as \code{government} and \code{people} occur in more),
#' is not a function word such as an article, a pronoun or an auxiliary, and occurs in the sample. The function
#' words are in \code{data-raw/function_words.R}. What stands in brackets for applause and laughter is left out.
#'
#' @format A list with two components:
#' \describe{
#'   \item{counts}{a \code{dgCMatrix} (package \pkg{Matrix}) with 480 rows, passages named by their year such as
#'     \code{1961-1}, in order of time, and 4,263 columns, words, the most frequent first. Entries are counts from 0 to
#'     14 that sum to 42,045; 98.3 per cent are zero. No row and no column is empty; passages have 50 to 144 of the
#'     words, with median 86.}
#'   \item{documents}{a data frame with a row for each passage: \code{year}; \code{president}, a factor with 42
#'     levels; \code{party} (\code{Nonpartisan} 16, \code{Federalist} 8, \code{Democratic-Republican} 56,
#'     \code{Democratic} 186, \code{Whig} 16, \code{Republican} 198); \code{form}, whether the address was
#'     a \code{speech} (204) or \code{written} (276); and \code{era}, one of \code{1790-1912} (248),
#'     \code{1913-1968} (118) and \code{1969-2020} (114).}
#' }
#' @source The texts, years, parties and forms are those of the package \pkg{sotu} (Arnold 2022). The addresses are
#'   works of the government of the United States and in the public domain, as \pkg{sotu} says of its texts. Only
#'   counts of their words are included. Made by \code{data-raw/addresses.R}.
#' @references
#' Arnold TB (2022). sotu: United States Presidential State of the Union Addresses. R package version 1.0.4.
#' \doi{10.32614/CRAN.package.sotu}
#' @seealso [fit_topics()]; `vignette("topics")`, which reads topics of them.
#' @examples
#' summary(addresses$documents)
#' summary(Matrix::rowSums(addresses$counts))
#' recent <- addresses$counts[addresses$documents$era == "1969-2020", ]
#' head(sort(Matrix::colSums(recent), decreasing = TRUE), 10)
#' @keywords datasets
"addresses"
