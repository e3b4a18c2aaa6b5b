# Names of the channels in which mutations are counted. A name is all that tells which margin of a table holds them.

# SBS96 and SBS1536, with or without a strand: A[C>A]A, T:AA[C>A]AA; DBS78: AC>CA; ID83 as SigProfiler and as PCAWG
# write it: 1:Del:C:0, DEL_C_1_0.
channel_patterns <- c("^([A-Z]:)?[ACGT]{1,2}\\[[ACGT]>[ACGT]\\][ACGT]{1,2}$", "^([A-Z]:)?[ACGT]{2}>[ACGT]{2}$",
                      "^([A-Z]:)?[0-9]+:(Del|Ins):[A-Z]:[0-9]+$",
                      "^(DEL|INS)_([CT]|repeats|MH)_[0-9]+\\+?_[0-9]+\\+?$")

# A handful of names may look like channels by chance, as genes or words; more than that do not.
are_channels <- function(names) {
  length(names) >= 6 && any(vapply(channel_patterns, function(pattern) all(grepl(pattern, names)), NA))
}

# The 96 channels of single base substitutions in the field's order: by substitution of the pyrimidine, then by the
# bases before and after it.
sbs96_channels <- local({
  bases <- c("A", "C", "G", "T")
  sites <- expand.grid(after = bases, before = bases, change = c("C>A", "C>G", "C>T", "T>A", "T>C", "T>G"))
  paste0(sites$before, "[", sites$change, "]", sites$after)
})
