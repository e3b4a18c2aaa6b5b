# The closed alphabets of channels, in the order of SigProfiler's own tables: for each channel its name, the group with
# which it is drawn, its label within the group, and the colour of the group, which is the field's.

# SBS96 in the order of the shipped data: by substitution of the pyrimidine, then by the bases before and after it. The
# colours are those of Alexandrov et al. (2013).
sbs96_alphabet <- function() {
  bases <- c("A", "C", "G", "T")
  colours <- c(`C>A` = "#03BCEE", `C>G` = "#010101", `C>T` = "#E32926",
               `T>A` = "#CAC9C9", `T>C` = "#A1CE63", `T>G` = "#EBC6C4")
  sites <- expand.grid(after = bases, before = bases, change = names(colours), stringsAsFactors = FALSE)
  data.frame(channel = paste0(sites$before, "[", sites$change, "]", sites$after), group = sites$change,
             label = paste0(sites$before, substr(sites$change, 1, 1), sites$after), colour = colours[sites$change])
}

# DBS78: of a pair of bases and its reverse complement one stands for both, so of the sixteen pairs ten; both bases
# change. A pair that is its own complement has each change twice, of which the field takes the first in the alphabet
# where the pair begins with a purine, the last where it begins with a pyrimidine.
dbs78_alphabet <- function() {
  bases <- c("A", "C", "G", "T")
  colours <- c(AC = "#03BDEF", AT = "#0366CC", CC = "#A2CF63", CG = "#016601", CT = "#FF9999", GC = "#E42926",
               TA = "#FFB266", TC = "#FF8001", TG = "#CC99FF", TT = "#4C0199")
  one <- function(pair) {
    base <- strsplit(pair, "")[[1]]
    to <- as.vector(t(outer(setdiff(bases, base[1]), setdiff(bases, base[2]), paste0)))
    if (reverse_complement(pair) != pair) return(to)
    choose <- if (base[1] %in% c("A", "G")) pmin else pmax
    sort(unique(choose(to, reverse_complement(to))), method = "radix")
  }
  changes <- lapply(names(colours), one)
  from <- rep(names(colours), lengths(changes))
  data.frame(channel = paste0(from, ">", unlist(changes)), group = paste0(from, ">NN"), label = unlist(changes),
             colour = colours[from])
}

reverse_complement <- function(pairs) {
  turned <- chartr("ACGT", "TGCA", pairs)
  paste0(substr(turned, 2, 2), substr(turned, 1, 1))
}

# ID83: length, deletion or insertion, base (or R, a repeat; M, a microhomology), and how many repeats or bases of it.
# Deletions are labelled with the repeats there were, the deleted one included.
id83_alphabet <- function() {
  kind <- function(length, what, of, n, colour) {
    deleted <- what == "Del" && of != "M"
    last <- if (of == "M") 5 else if (deleted) 6 else 5
    times <- n + deleted
    size <- if (length == 5) "5+" else length
    data.frame(channel = paste(length, what, of, n, sep = ":"),
               group = if (length == 1) paste(what, of) else if (of == "M") paste0("M", size) else paste(what, size),
               label = paste0(times, ifelse(times == last, "+", "")), colour = colour)
  }
  several <- function(what, of, n_of, colours) {
    of_length <- function(length, colour) kind(length, what, of, n_of(length), colour)
    do.call(rbind, Map(of_length, 2:5, colours))
  }
  repeats <- function(length) 0:5
  homology <- function(length) seq_len(if (length == 5) 5 else length - 1)
  rbind(kind(1, "Del", "C", 0:5, "#FDBE6F"), kind(1, "Del", "T", 0:5, "#FF8001"), kind(1, "Ins", "C", 0:5, "#B0DD8B"),
        kind(1, "Ins", "T", 0:5, "#36A12E"),
        several("Del", "R", repeats, c("#FDCAB5", "#FC8A6A", "#F14432", "#BC141A")),
        several("Ins", "R", repeats, c("#D0E1F2", "#94C4DF", "#4A98C9", "#1764AB")),
        several("Del", "M", homology, c("#E2E2EF", "#B6B6D8", "#8683BD", "#61409B")))
}

# CN48 (Steele et al. 2022): total copy number, lost, heterozygous or neither, and length of the segment.
cn48_alphabet <- function() {
  colours <- c(`0` = "#0000CD", `1` = "#696969", `2` = "#228B22", `3-4` = "#8A2BE2", `5-8` = "#FF8C00",
               `9+` = "#FF1493")
  lengths <- c("0-100kb", "100kb-1Mb", "1Mb-10Mb", "10Mb-40Mb", ">40Mb")
  kind <- function(copies, state, of) {
    sites <- expand.grid(length = of, copies = copies, stringsAsFactors = FALSE)
    data.frame(channel = paste(sites$copies, state, sites$length, sep = ":"), group = paste(state, sites$copies),
               label = sites$length, colour = colours[sites$copies])
  }
  rbind(kind("0", "homdel", c("0-100kb", "100kb-1Mb", ">1Mb")), kind(names(colours)[-1], "LOH", lengths),
        kind(names(colours)[-(1:2)], "het", lengths))
}

# SV32 (Nik-Zainal et al. 2016): clustered or not, deletion, tandem duplication, inversion or translocation, and length.
sv32_alphabet <- function() {
  colours <- c(del = "#800000", tds = "#FF8C00", inv = "#6A5ACD", trans = "#696969")
  lengths <- c("1-10Kb", "10-100Kb", "100Kb-1Mb", "1Mb-10Mb", ">10Mb")
  one <- function(clustered, short) {
    sites <- expand.grid(length = lengths, type = names(colours)[1:3], stringsAsFactors = FALSE)
    sites <- rbind(sites, data.frame(length = "", type = "trans"))
    data.frame(channel = sub("_$", "", paste(clustered, sites$type, sites$length, sep = "_")),
               group = paste(short, sites$type), label = sites$length, colour = colours[sites$type])
  }
  rbind(one("clustered", "cl."), one("non-clustered", "non-cl."))
}

alphabets <- lapply(list(SBS96 = sbs96_alphabet(), DBS78 = dbs78_alphabet(), ID83 = id83_alphabet(),
                         CN48 = cn48_alphabet(), SV32 = sv32_alphabet()),
                    function(alphabet) {
                      rownames(alphabet) <- NULL
                      alphabet$group <- factor(alphabet$group, unique(alphabet$group))
                      alphabet
                    })

sbs96_channels <- alphabets$SBS96$channel

# The alphabet of each channel, NA for what is in none, such as channels with a strand.
alphabet_of <- function(channels) {
  found <- rep(NA_character_, length(channels))
  for (name in names(alphabets)) found[channels %in% alphabets[[name]]$channel] <- name
  found
}
