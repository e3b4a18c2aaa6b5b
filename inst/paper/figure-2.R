# Figure 2: seconds per multiplicative update by the numbers of patients N and of mutation types M; rank 5.
source(system.file("paper", "fits.R", package = "nmfamily"), local = TRUE)
models <- paste0(c("T/N", "T/Po", "T/TW1.5", "T/NB45.21", "C/N", "C/Po", "C/TW1.5", "C/NB36.44"), "/5")

# The longer context is not among our data: each of the 96 types is split into ten at random.
split_types <- function(V) {
  set.seed(1)
  shares <- matrix(stats::rexp(10 * ncol(V)), 10)
  cells <- lapply(seq_len(ncol(V)), function(j) {
    t(vapply(V[, j], function(v) stats::rmultinom(1, v, shares[, j])[, 1], numeric(10)))
  })
  do.call(cbind, cells)
}

# The least of several medians: what the work costs when nobody else is at the machine.
seconds_of <- function(V, model) {
  once <- function(seed) {
    fit <- suppressWarnings(nmf(V, model, n_starts = 1, solver = "mm", max_iter = 100, tol = 0, threads = 1,
                                seed = seed, verbose = FALSE, control = nmf_control(starts = "random")))
    stats::median(diff(fit$trace$seconds) / diff(fit$trace$iteration))
  }
  min(vapply(1:5, once, 0))
}
cpu_seconds <- function(work) {
  force(sum(system.time(work)[1:2]))
}

times <- kept("times", {
  long <- split_types(liver)
  grid <- expand.grid(model = models, N = c(65, 130, 195, 260), M = c(96, 960), stringsAsFactors = FALSE)
  grid$seconds <- mapply(function(model, N, M) seconds_of((if (M == 96) liver else long)[seq_len(N), ], model),
                         grid$model, grid$N, grid$M)
  few <- liver[1:260, ]
  list(iteration = grid,
       alpha = cpu_seconds(estimate_alpha(few, nmf(few, "T/Po/5", threads = 1, seed = 1, verbose = FALSE))),
       power = cpu_seconds(profile_power(few, "T/TW/5", threads = 1, seed = 1, verbose = FALSE,
                                         control = paper_control)))
})
each <- times$iteration
each$structure <- ifelse(startsWith(each$model, "T"), "traditional", "convex")
each$noise <- noise_of(each$model)
figure <- ggplot(each, aes(N, 1000 * seconds, colour = noise, linetype = structure)) +
  geom_line() +
  geom_point(size = 1) +
  facet_wrap(vars(paste("M =", M)), scales = "free_y") +
  scale_colour_manual(values = noise_colours) +
  scale_linetype_manual(values = c(traditional = "solid", convex = "dashed")) +
  labs(x = "observations N", y = "milliseconds per update") +
  theme_bw(base_size = 10)

at <- function(structure, N, M) each$seconds[each$structure == structure & each$N == N & each$M == M]
growth <- function(x, y) two(signif(range(x / y), 2))
machine <- "a time, which depends on the machine"
top <- each[each$N == 260 & each$M == 96, ]
pow <- top$seconds[grepl("T/TW", top$model)] / max(top$seconds[grepl("T/(N|Po)/", top$model)])
compared <- rbind(
  item("T: time at N = 260 over that at 65, least and largest of eight", "4 (linear)",
       growth(c(at("traditional", 260, 96), at("traditional", 260, 960)),
              c(at("traditional", 65, 96), at("traditional", 65, 960))), machine),
  item("C: the same", "up to 16, O(M N^2 K)",
       growth(c(at("convex", 260, 96), at("convex", 260, 960)), c(at("convex", 65, 96), at("convex", 65, 960))),
       "products are taken in the order that costs O(M N K)"),
  item("time at M = 960 over that at 96, least and largest of eight, N = 260", "10",
       growth(each$seconds[each$N == 260 & each$M == 960], top$seconds),
       paste0(machine, "; the wider data are simulated")),
  item("fastest model, N = 260, M = 96", "T/NB", sub("/5", "", top$model[which.min(top$seconds)]),
       "no N x M matrix is kept in between; what is left is the work for each cell"),
  item("T/TW1.5 over the slower of T/N and T/Po", "above 1", signif(pow, 2), machine),
  item("seconds for alpha, liver", "45", signif(times$alpha, 2),
       "CPU seconds on another machine, with the Poisson fit, 10 starts"),
  item("seconds for the power, liver", "180", signif(times$power, 2), "CPU seconds on another machine, whole profile")
)
keep(2, figure, compared)
