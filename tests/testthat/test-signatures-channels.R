# Channels are told from other names, and are noticed where they do not belong.

alphabets <- list(
  SBS96 = colnames(brca21),
  SBS384 = paste0("T:", colnames(brca21)),
  SBS1536 = paste0("A", rep(colnames(brca21), 4), rep(c("A", "C", "G", "T"), each = 96)),
  DBS78 = c("AC>CA", "AC>CG", "AC>CT", "AC>GA", "AT>CA", "CC>AA", "TT>GG"),
  ID83 = c("1:Del:C:0", "1:Del:T:5", "1:Ins:C:0", "2:Del:R:0", "5:Ins:R:5", "5:Del:M:5", "2:Del:M:1"),
  PCAWG = c("DEL_C_1_0", "DEL_C_1_5+", "INS_T_1_0", "DEL_repeats_5+_0", "INS_repeats_5+_5+", "DEL_MH_5+_5+")
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
  for (names in list(NULL, rownames(brca21), paste0("gene", 1:9), c("AC", "CA", "GT", "TG", "AA", "CC"),
                     c(colnames(brca21)[1:9], "other"), alphabets$DBS78[1:3])) {
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
