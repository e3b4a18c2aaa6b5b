# What is asked of the model that choose_model() has chosen: whether another one, which no race judges fairly, is to be
# recommended in its place.

# The convex model in place of the traditional one that was chosen, when it is asked for, has fewer parameters and its
# means are as good. A task, for it fits.
convex_instead <- function(models, plan, run) {
  chosen <- plan$models[[models$model[1]]]
  rank <- models$rank[1]
  if (structure_of(chosen)$letters != "T" || plan$out[[models$model[1]]] != "" || rank < 3) return(NULL)
  convex <- replace(chosen, "structure", "convex")
  called <- format(without_rank(convex))
  parameters <- function(model) count_parameters(with_rank(model, rank), nrow(plan$data), ncol(plan$data))[[1]]
  if (!called %in% names(plan$models) || parameters(convex) >= parameters(chosen)) return(NULL)
  tasks <- list(list(model = models$model[1], rank = rank))
  names(tasks) <- paste(full_key(models$model[1], rank), "convex means")
  found <- run(tasks, work_convexity, "Convexity of the means")
  if (!is_complete(found) || inherits(found[[1]], "error")) return(NULL)
  c(list(model = called, of = models$model[1], rank = rank, key = full_key(called, rank)), found[[1]])
}

work_convexity <- function(task, plan) {
  plan$settings$tol <- 1e-3
  plan$settings$control$rel_tol <- 1e-8
  fit <- work_full(task, plan)
  convexity_of_means(fit, plan$data, replace(plan$settings, "deadline", now() + plan$limit))
}

# The chosen model with a parameter for each observation, where it has one for all, and what speaks for it: a task, for
# its fit takes time; of the traditional model, as in has_best_noise(). It has to speak for it at the next rank as well,
# and at that of the least held-out score, for at too small a rank what is left of the means looks like noise that
# varies, and the rank was chosen among those that are near that one.
noise_of_observations <- function(judged, plan, run) {
  models <- judged$models
  name <- models$model[1]
  model <- plan$models[[name]]
  facts <- model$family$parameter
  if (!isTRUE(facts$by_row) || !is_open(model$family) || is_by_row(model$family) || plan$out[[name]] != "") return(NULL)
  open <- with_family(model, with_parameter(model$family, "observation"))
  rank <- models$rank[1]
  traditional <- format(without_rank(traditional_of(model)))
  asked <- if (traditional %in% names(plan$models)) traditional else name
  scored <- judged$table[judged$table$model == name & judged$table$rank %in% judged$near, ]
  ranks <- unique(pmin(c(rank + 0:1, scored$rank[which.min(scored$score)]), min(dim(plan$data))))
  tasks <- lapply(ranks, function(rank) list(model = asked, rank = rank))
  names(tasks) <- vapply(tasks, function(task) paste(full_key(asked, task$rank), "by observation"), "")
  found <- run(tasks, work_varies, "Noise of the observations")
  if (!is_complete(found) || any(vapply(found, inherits, NA, "error"))) return(NULL)
  least <- found[[which.min(vapply(found, `[[`, 0, "gain"))]]
  called <- format(without_rank(open))
  c(list(model = called, of = name, rank = rank, open = open, key = full_key(called, rank)), least)
}

work_varies <- function(task, plan) noise_varies(work_full(task, plan), plan$data)

# The plan with a model and rank that is recommended in place of the one that was chosen.
add_instead <- function(plan, new) {
  pairs <- all_pairs(plan)
  at <- match(new$key, full_key(pairs$model, pairs$rank))
  if (is.na(at)) {
    plan$pairs <- rbind(pairs, data.frame(model = new$model, rank = new$rank))
    at <- nrow(plan$pairs)
  }
  plan$noise[at] <- TRUE
  plan$instead <- new$key
  plan
}

add_observations <- function(plan, own) {
  plan$pairs <- all_pairs(plan)
  plan$models[[own$model]] <- own$open
  plan$out[[own$model]] <- ""
  add_instead(plan, own)
}
