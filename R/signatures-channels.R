# Names of the channels in which mutations are counted. A name is all that tells which margin of a table holds them, and
# programs spell them in their own ways: A[C>A]A is A.C.A.A after read.csv(), C>A_ACA, C>A:ACA or ACA>A elsewhere.

# Spellings of a substitution with its neighbours (N), in upper case, and how A[C>A]A is made of each. Between the parts
# stands anything (_), an arrow or what has become of it (>), or perhaps nothing (?).
substitution_spellings <- local({
  signs <- c("N" = "([ACGT]{1,2})", "B" = "([ACGT])", "_" = "[^A-Z0-9>]+", ">" = "[^A-Z0-9]+", "?" = "[^A-Z0-9]*")
  pattern <- function(parts) {
    parts <- strsplit(parts, " ")[[1]]
    paste0("^", paste(ifelse(parts %in% names(signs), signs[parts], parts), collapse = ""), "$")
  }
  rbind(
    c(pattern("N _ B > (?!\\2) B _ N"), "\\1[\\2>\\3]\\4"),           # A[C>A]A, A.C.A.A, A_C>A_A
    c(pattern("B ? (?!\\1) B _ N \\1 N"), "\\3[\\1>\\2]\\4"),         # C>A_ACA, C.A.ACA, CA ACA
    c(pattern("N B N _ \\2 ? (?!\\2) B"), "\\1[\\2>\\4]\\3"),         # ACA_C>A
    c(pattern("N B N > (?!\\2) B"), "\\1[\\2>\\4]\\3"),               # ACA>A
    c(pattern("N B N > \\1 (?!\\2) B \\3"), "\\1[\\2>\\4]\\3"),       # ACA>AAA
    c(pattern("B ? (?!\\1) B _ N _ N"), "\\3[\\1>\\2]\\4"),           # C>A_A.A, CA A.A
    c(pattern("N _ N _ B ? (?!\\3) B"), "\\1[\\3>\\4]\\2"),           # A.A_C>A
    c("^([CT])(?!\\1)([ACGT])([ACGT])([ACGT])$", "\\3[\\1>\\2]\\4")   # CAAA
  )
})

# DBS78: AC>CA; ID83 as SigProfiler and as PCAWG write it: 1:Del:C:0, DEL_C_1_5+.
other_spellings <- local({
  indel <- function(type, name, from, to) {
    c(paste0("^", type, "[:._]", from, "[:._]([0-9]+)[+]?[:._]([0-9]+)[+]?$"), paste0(to[1], ":", name, ":", to[2]))
  }
  rbind(
    c("^([ACGT])([ACGT])[^A-Z0-9]+(?!\\1)([ACGT])(?!\\2)([ACGT])$", "\\1\\2>\\3\\4"),
    c("^X?([0-9]+)[:._]DEL[:._]([CTRM])[:._]([0-9]+)$", "\\1:Del:\\2:\\3"),
    c("^X?([0-9]+)[:._]INS[:._]([CTRM])[:._]([0-9]+)$", "\\1:Ins:\\2:\\3"),
    indel("DEL", "Del", "([CT])", c("\\2", "\\1:\\3")), indel("INS", "Ins", "([CT])", c("\\2", "\\1:\\3")),
    indel("DEL", "Del", "REPEATS", c("\\1", "R:\\2")), indel("INS", "Ins", "REPEATS", c("\\1", "R:\\2")),
    indel("DEL", "Del", "MH", c("\\1", "M:\\2"))
  )
})

# CN48 and SV32 are told by their letters and digits alone, 9+:het:>40Mb as X9..het..40Mb.
letters_and_digits <- function(names) gsub("[^A-Z0-9]", "", sub("^X([0-9])", "\\1", names))

# The names as SigProfiler spells them, T:A[C>A]A where they have a strand; NA for what is no channel.
channel_names <- function(names) {
  found <- rep(NA_character_, length(names))
  if (!length(names) || length(names) > 1e4) return(found)   # no alphabet is as large
  short <- which(validEnc(names) & nchar(names, "bytes") <= 32)
  plain <- to_upper(gsub("^[\"'`[:space:]]+|[\"'`[:space:]]+$", "", names[short]))
  plain <- gsub("([0-9])\\.(_|$)", "\\1+\\2", plain)     # 5+ after read.csv()
  plain <- sub("^(.*)[^A-Z](TRANSCRIBED|UNTRANSCRIBED)$", "\\2:\\1", plain)
  strand <- "^(T|U|N|B|Q|TRANSCRIBED|UNTRANSCRIBED)[:._]"
  whole <- read_spelling(plain)
  rest <- is.na(whole) & grepl(strand, plain)
  without <- read_spelling(sub(strand, "", plain[rest]))
  whole[rest] <- ifelse(is.na(without), NA, paste0(substr(plain[rest], 1, 1), ":", without))
  segments <- c(alphabets$CN48$channel, alphabets$SV32$channel)
  at <- match(letters_and_digits(plain), letters_and_digits(to_upper(segments)))
  whole <- ifelse(is.na(at), whole, segments[at])
  found[short] <- whole
  found
}

# A name that can be read in several ways is read as most of the others are.
read_spelling <- function(names) {
  fits <- vapply(substitution_spellings[, 1], function(pattern) sum(grepl(pattern, names, perl = TRUE)), 0)
  spellings <- rbind(substitution_spellings[which.max(fits), ], other_spellings)
  found <- rep(NA_character_, length(names))
  for (i in seq_len(nrow(spellings))) {
    here <- grepl(spellings[i, 1], names, perl = TRUE)
    found[here] <- sub(spellings[i, 1], spellings[i, 2], names[here], perl = TRUE)
  }
  found
}

# A handful of names may look like channels by chance, as genes or words, and a few beside channels may be none.
are_channels <- function(names) {
  known <- !is.na(channel_names(names))
  sum(known) >= 6 && mean(known) > 0.5
}

# The names that are channels of `wanted` in another spelling as they are spelled there.
spelled_as <- function(names, wanted) {
  other <- which(!names %in% wanted)
  if (!length(other)) return(names)
  at <- match(channel_names(names), channel_names(wanted), incomparables = NA)[other]
  names[other[!is.na(at)]] <- wanted[at[!is.na(at)]]
  names
}

# The order of the lines in SigProfiler's own tables: alphabets one after the other, substitutions by name, others as
# their alphabet has them. Names that are no channels stay where they are.
sigprofiler_order <- function(names) {
  names <- channel_names(names)
  if (anyNA(names)) return(seq_along(names))
  alphabet <- alphabet_of(names)
  within <- integer(length(names))
  for (name in c("ID83", "CN48", "SV32")) {
    here <- which(alphabet == name)
    within[here] <- match(names[here], alphabets[[name]]$channel)
  }
  order(match(alphabet, names(alphabets)), within, names, method = "radix")
}

# Features beside channels: a number of the observations or a sum of the channels is refused, others are told of.
check_features_beside_channels <- function(data) {
  if (!are_channels(colnames(data))) return(invisible())
  known <- !is.na(channel_names(colnames(data)))
  if (all(known)) return(invisible())
  if (!in_blocks(data)) refuse_line(Matrix::t(data$values), "feature", which(!known), which(known))
  warn("channels", "`V` has mutation channels as features, but ", sum(!known), " of ", length(known),
       " features, first ", dQuote(colnames(data)[!known][1], FALSE), ", is none.")
}

# Which of the `lines` of X, data of channels, only counts up, or is the sum of the (other) lines `among` all.
refuse_line <- function(X, what, lines = seq_len(nrow(X)), among = lines) {
  if (any(dim(X) < 3)) return(invisible())
  total <- Matrix::colSums(X[among, , drop = FALSE])
  times <- if (identical(lines, among)) 2 else 1
  own <- X[lines, , drop = FALSE]
  counts_up <- own[, 2] - own[, 1] == 1 & own[, 3] - own[, 2] == 1
  for (i in which(counts_up | Matrix::rowSums(own) * times == sum(total))) {
    x <- as.vector(own[i, ])
    fault <- if (all(diff(x) == 1)) "only counts up" else if (all(times * x == total)) "is their sum"
    if (is.null(fault)) next
    name <- rownames(X)[lines[i]]
    abort("data", "`V` has mutation channels, and the ", what, " ", if (is.null(name)) lines[i] else
      dQuote(name, FALSE), " is no count beside the others: it ", fault, ". Leave it out.")
  }
}
