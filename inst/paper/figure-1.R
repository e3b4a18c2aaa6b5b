# Figure 1: unit deviances and densities of Tweedie distributions with mu = 50 and sigma2 = 1.
source(system.file("paper", "fits.R", package = "nmfamily"), local = TRUE)
powers <- c(0, 1, 1.5, 2, 2.5, 3)
mu <- 50

# Equations (2) to (4).
deviance_of <- function(x, mu, p) {
  x_log <- ifelse(x > 0, x * log(x / mu), 0)
  if (p == 1) return(2 * (x_log - x + mu))
  if (p == 2) return(2 * (x / mu - log(x / mu) - 1))
  2 * (x^(2 - p) / ((1 - p) * (2 - p)) - x * mu^(1 - p) / (1 - p) + mu^(2 - p) / (2 - p))
}

# The log-density at mu = x: the package's, but for 2 < p < 3, where that needs package tweedie, by the series of Dunn
# and Smyth (2005, Section 5) for the factor c(x, 1) of exp(x theta - kappa).
log_peak <- function(x, p) {
  if (p <= 2 || p >= 3) return(nmf_tweedie(p)$log_saturated(x, 1))
  a <- (2 - p) / (1 - p)
  k <- 1:400
  sum_of <- function(x) {
    size <- lgamma(1 + a * k) - lgamma(1 + k) + a * k * log(p - 1) - k * log(p - 2) - a * k * log(x)
    sum(exp(size) * (-1)^k * sin(-k * pi * a)) / (pi * x)
  }
  # x theta - kappa at mu = x
  log(vapply(x, sum_of, 0)) + x * x^(1 - p) / (1 - p) - x^(2 - p) / (2 - p)
}
density_of <- function(x, p) exp(log_peak(x, p) - deviance_of(x, mu, p) / 2)

x <- c(seq(1, 9, by = 1), seq(10, 150, by = 1))
curve_of <- function(p) {
  rows <- ceiling(match(p, powers) / 2)
  data.frame(x, power = factor(p, powers), pair = paste("p =", c("0 and 1", "1.5 and 2", "2.5 and 3")[rows]),
             value = c(deviance_of(x, mu, p), density_of(x, p)),
             what = rep(c("unit deviance", "density"), each = length(x)))
}
curves <- do.call(rbind, lapply(powers, curve_of))
curves$what <- factor(curves$what, c("unit deviance", "density"))
figure <- ggplot(curves, aes(x, value, colour = power)) +
  geom_line(linewidth = 0.7) +
  facet_wrap(vars(what, pair), ncol = 2, scales = "free_y", dir = "v", labeller = labeller(.multi_line = FALSE)) +
  scale_colour_manual(values = c("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")) +
  labs(x = "x", y = NULL) +
  theme_bw(base_size = 10) +
  theme(panel.grid.minor = element_blank(), strip.background = element_blank())

# The three facts of Section 2.2, by sums over the density: it integrates to 1, has mean mu and variance sigma2 mu^p.
moments_of <- function(p) {
  if (p == 1) {
    x <- 0:400
    weight <- rep(1, 401)
  } else if (p == 0) {
    x <- seq(30, 70, length.out = 4001)
    weight <- rep(0.01, 4001)
  } else {
    # x = exp(s); the series cancels below 0.01, where little is
    s <- seq(if (p > 2) log(0.01) else -30, log(5e5), length.out = 20001)
    x <- exp(s)
    weight <- x * (s[2] - s[1])
  }
  weight <- weight * density_of(x, p)
  at_zero <- if (p > 1 && p < 2) nmf_tweedie(p)$zero(mu, 1) else 0
  mean <- sum(weight * x)
  c(sum(weight) + at_zero, mean, sum(weight * (x - mean)^2) + at_zero * mean^2)
}
compared <- do.call(rbind, lapply(powers, function(p) {
  item(paste0("p = ", p, ": integral, mean and variance of the density"), two(signif(c(1, mu, mu^p), 4)),
       two(signif(moments_of(p), 4)), "by numerical integration")
}))
keep(1, figure, compared, height = 6)
