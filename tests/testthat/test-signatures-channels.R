# Channels are told from other names, and are noticed where they do not belong.

alphabets <- list(
  SBS96 = colnames(brca21),
  SBS384 = paste0("T:", colnames(brca21)),
  SBS1536 = paste0("A", rep(colnames(brca21), 4), rep(c("A", "C", "G", "T"), each = 96)),
  DBS78 = c("AC>CA", "AC>CG", "AC>CT", "AC>GA", "AT>CA", "CC>AA", "TT>GG"),
  ID83 = c("1:Del:C:0", "1:Del:T:5", "1:Ins:C:0", "2:Del:R:0", "5:Ins:R:5", "5:Del:M:5", "2:Del:M:1"),
  CN48 = c("0:homdel:0-100kb", "1:LOH:>40Mb", "9+:LOH:1Mb-10Mb", "2:het:100kb-1Mb", "9+:het:>40Mb", "3-4:LOH:0-100kb"),
  SV32 = c("clustered_del_1-10Kb", "clustered_trans", "non-clustered_tds_>10Mb", "non-clustered_trans",
           "clustered_inv_100Kb-1Mb", "non-clustered_del_1Mb-10Mb")
)

counts_of <- function(channels) {
  withr::with_seed(1, matrix(stats::rpois(5 * length(channels), 5), 5, dimnames = list(paste0("s", 1:5), channels)))
}

test_that("the 96 channels are those of the data, in their order", {
  expect_identical(nmfamily:::sbs96_channels, colnames(pcawg_signatures))
})

for (alphabet in names(alphabets)) {
  test_that(paste(alphabet, "channels as observations are noticed, whichever way `obs` points"), {
    V <- counts_of(alphabets[[alphabet]])
    quick <- function(...) nmf(..., model = "T/Po/2", n_starts = 1, max_iter = 10, seed = 1, verbose = FALSE)
    error <- expect_error(quick(t(V)), class = "nmf_error_data")
    expect_match(conditionMessage(error), "obs = \"columns\"", fixed = TRUE)
    expect_error(quick(methods::as(t(V), "CsparseMatrix")), class = "nmf_error_data")
    error <- expect_error(quick(V, obs = "columns"), class = "nmf_error_data")
    expect_match(conditionMessage(error), "obs = \"rows\"", fixed = TRUE)
    expect_identical(suppressWarnings(quick(t(V), obs = "columns"))$W, suppressWarnings(quick(V))$W)
  })
}

test_that("other names are no channels", {
  genotypes <- c("AA/AC", "AC/CC", "AG/AA", "GG/AG", "CT/CC", "TT/TC")
  fourmers <- do.call(paste0, expand.grid(rep(list(c("A", "C", "G", "T")), 4)))
  for (names in list(NULL, rownames(brca21), paste0("gene", 1:9), c("AC", "CA", "GT", "TG", "AA", "CC"), genotypes,
                     fourmers, c(colnames(brca21)[1:9], LETTERS[1:9]), alphabets$DBS78[1:3],
                     colnames(addresses$counts), c(NA, "", "\xff", strrep("A", 1e5)))) {
    expect_false(nmfamily:::are_channels(names))
  }
})

test_that("known features with channels in rows are refused with the remedy", {
  turned <- t(pcawg_signatures)
  fit <- nmf(brca21, "T/Po/2", n_starts = 1, seed = 1, verbose = FALSE)
  expect_snapshot(error = TRUE, {
    refit(brca21, turned)
    match_components(fit, turned)
    cosine_similarity(turned)
    write_signatures(turned, tempfile())
    refit(t(brca21), pcawg_signatures)
  })
  expect_identical(match_components(fit, t(turned)), match_components(fit, pcawg_signatures))
})

# A[C>A]A as other programs write it, from the base before (a), those that change (r, x) and the base after (z).
spellings <- local({
  part <- function(i) substr(colnames(brca21), i, i)
  a <- part(1)
  r <- part(3)
  x <- part(5)
  z <- part(7)
  given <- list(
    paste0(r, ">", x, "_", a, r, z), paste0(r, ">", x, ".", a, r, z), paste0(r, ">", x, ":", a, r, z),
    paste0(r, x, " ", a, r, z), paste0(a, r, z, "_", r, ">", x), paste0(a, r, z, ">", x), paste0(a, r, z, ">", a, x, z),
    paste0(a, "_", r, ">", x, "_", z), paste0(a, "(", r, ">", x, ")", z), paste0(a, "[", r, "->", x, "]", z),
    paste0(r, x, " ", a, ".", z), paste0(r, ">", x, " ", a, ".", z), paste0(a, ".", z, " ", r, ">", x),
    paste0(r, x, a, z), paste(a, r, x, z), colnames(brca21)
  )
  c(given, lapply(given, make.names), lapply(given, tolower), list(dQuote(given[[1]], FALSE), paste0(given[[2]], "\r")))
})

test_law("the 96 channels are known in every spelling, and in no other", {
  for (names in spellings) expect_identical(nmfamily:::channel_names(names), colnames(brca21))
  stranded <- paste0("T:", colnames(brca21))
  for (names in list(stranded, make.names(stranded), paste0(colnames(brca21), "-transcribed"))) {
    expect_identical(nmfamily:::channel_names(names), stranded)
  }
  for (alphabet in alphabets) {
    for (names in list(alphabet, make.names(alphabet), tolower(alphabet))) {
      expect_identical(nmfamily:::channel_names(names), alphabet)
    }
  }
})

test_that("indels as PCAWG writes them are those of SigProfiler", {
  pcawg <- c("DEL_C_1_0", "DEL_T_1_5+", "INS_T_1_0", "INS_C_1_5+", "DEL_repeats_2_0", "DEL_repeats_5+_5+",
             "INS_repeats_5+_5+", "DEL_MH_5+_5+", "DEL_MH_2_1")
  expected <- c("1:Del:C:0", "1:Del:T:5", "1:Ins:T:0", "1:Ins:C:5", "2:Del:R:0", "5:Del:R:5", "5:Ins:R:5", "5:Del:M:5",
                "2:Del:M:1")
  expect_identical(nmfamily:::channel_names(pcawg), expected)
  expect_identical(nmfamily:::channel_names(tolower(make.names(pcawg))), expected)
})

test_law("channels in any spelling are noticed on the wrong margin, also when a few names do not fit", {
  for (names in c(spellings, list(replace(colnames(brca21), 3:5, c("Total", "A[C>]A", NA))))) {
    V <- unname(t(brca21))
    rownames(V) <- names
    error <- expect_error(nmf(V, "T/Po/2"), class = "nmf_error_data")
    expect_match(conditionMessage(error), "mutation channels as observations")
  }
})

test_law("known components are matched in any spelling, and a strand or the other strand is not guessed", {
  known <- pcawg_signatures[c("SBS1", "SBS5", "SBS18"), ]
  plain <- refit(brca21, known, seed = 1, verbose = FALSE)
  for (names in spellings[seq(2, length(spellings), 3)]) {
    V <- brca21
    colnames(V) <- names
    V <- V[, 96:1]
    expect_equal(refit(V, known, seed = 1, verbose = FALSE)$deviance, plain$deviance, tolerance = 1e-8)
  }
  expect_identical(match_components(plain, `colnames<-`(known, make.names(colnames(known))))$table$cosine, rep(1, 3),
                   tolerance = 1e-12)
  for (names in list(paste0("T:", colnames(brca21)), chartr("ACGT", "TGCA", colnames(brca21)))) {
    V <- brca21
    colnames(V) <- names
    error <- expect_error(refit(V, known, seed = 1, verbose = FALSE), class = "nmf_error_data")
    expect_match(conditionMessage(error), names[1], fixed = TRUE)
  }
})

test_that("a number or a sum of lines beside channels is refused, and another feature is warned of", {
  quick <- function(V, ...) nmf(V, "T/Po/2", n_starts = 1, max_iter = 10, seed = 1, verbose = FALSE, ...)
  warned <- function(V, ...) suppressWarnings(quick(V, ...), classes = "nmf_warning_not_converged")
  frame <- as.data.frame(brca21)
  expect_snapshot(error = TRUE, {
    nmf(data.frame(X = 1:21, brca21), "T/Po/2")
    nmf(cbind(brca21, Total = rowSums(brca21)), "T/Po/2")
    nmf(rbind(brca21, Sum = colSums(brca21)), "T/Po/2")
    nmf(cbind(index = 0:95, t(brca21)), "T/Po/2", obs = "columns")
  })
  for (V in list(methods::as(cbind(brca21, Total = rowSums(brca21)), "CsparseMatrix"), data.frame(X = 21:41, brca21))) {
    expect_error(quick(V), class = "nmf_error_data")
  }
  expect_warning(warned(cbind(brca21, clusters = rep(3:1, 7))), "\"clusters\", is none", class = "nmf_warning_channels")
  expect_no_warning(warned(brca21))
  expect_no_warning(warned(brca21[c(1, 1), ]))           # one is the sum of the others
})

test_that("lines are in the order of SigProfiler's own tables", {
  ordered <- function(names) names[nmfamily:::sigprofiler_order(names)]
  sbs <- ordered(colnames(brca21))
  expect_identical(sbs[c(1:2, 4:5, 24:25, 96)],
                   c("A[C>A]A", "A[C>A]C", "A[C>A]T", "A[C>G]A", "A[T>G]T", "C[C>A]A", "T[T>G]T"))
  expect_identical(ordered(make.names(colnames(brca21))), make.names(sbs))
  single <- paste0("1:", rep(c("Del:C", "Del:T", "Ins:C", "Ins:T"), each = 6), ":", 0:5)
  repeats <- paste0(rep(2:5, each = 6), ":", rep(c("Del", "Ins"), each = 24), ":R:", 0:5)
  homologies <- paste0(c(2, 3, 3, 4, 4, 4, 5, 5, 5, 5, 5), ":Del:M:", c(1, 1:2, 1:3, 1:5))
  indels <- c(single, repeats, homologies)
  expect_length(indels, 83)
  expect_identical(ordered(rev(indels)), indels)
  for (names in list(NULL, c("b", "a"), c("C[C>A]A", "A[C>A]A", "other"))) expect_identical(ordered(names), names)
})
