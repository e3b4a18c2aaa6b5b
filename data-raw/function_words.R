# Words that carry grammar rather than a topic. Texts are split at apostrophes, hence the pieces of contractions.
function_words <- c(
  articles = "a an the",
  pronouns = "i me my mine myself we us our ours ourselves you your yours yourself yourselves
    he him his himself she her hers herself it its itself they them their theirs themselves
    one oneself this that these those who whom whose which what
    anyone anybody anything everyone everybody everything someone somebody something
    nobody nothing none each either neither both all any some every such same own other
    others another whoever whatever whichever",
  prepositions = "about above across after against along among around as at before behind below
    beneath beside besides between beyond by despite down during except for from in inside into
    like near of off on onto out outside over per since than through throughout to toward towards
    under until till up upon via with within without",
  conjunctions = "and but or nor so yet if because although though unless whether while whereas
    when whenever where wherever how why whereby",
  auxiliaries = "am is are was were be been being have has had having do does did doing done
    can could may might must shall should will would ought cannot",
  contractions = "don doesn didn isn aren wasn weren haven hasn hadn wouldn couldn shouldn
    ain ll ve re",
  adverbs = "not no yes very too also just only even then there here now again ever never always
    often once still already almost perhaps maybe quite rather more most much many less least
    few well however therefore thus hence else away back"
)
function_words <- unlist(strsplit(function_words, "\\s+"))
stopifnot(!anyDuplicated(function_words))
