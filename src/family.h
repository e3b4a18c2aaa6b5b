// Noise models. A family sees one observation at a time and splits its score,
//   (mu - v) / Var(mu) = den(v, mu) - num(v, mu)   up to a constant, both parts >= 0,
// half_deviance is d(v; mu) / 2, and exponent the power of the multiplicative update (den, num)-ratio.
// i is the row: parameters may differ between observations.
#pragma once
#include <cmath>
#include <cstddef>
#include "elementary.h"

namespace nmf {

// What den is as a function of mu; `one` and `mean` have adjoints in closed form, so zero cells cost nothing.
enum class Denominator { one, mean, general };

// N: d = (v - mu)^2. Lee and Seung (1999).
struct Normal {
  static constexpr Denominator denominator = Denominator::mean;
  NMF_INLINE double num(double v, double, std::size_t) const { return v; }
  NMF_INLINE double den(double, double mu, std::size_t) const { return mu; }
  NMF_INLINE double half_deviance(double v, double mu, std::size_t) const { return 0.5 * (v - mu) * (v - mu); }
  double exponent() const { return 1; }
  double homogeneity() const { return 2; }
  double smallest_mean() const { return 1e-100; }
};

NMF_INLINE double x_log_ratio(double v, double mu) { return v * log(larger(v / mu, 1e-300)); }  // 0 log 0 = 0

// Po: d = 2 (v log(v / mu) - v + mu). Lee and Seung (1999).
struct Poisson {
  static constexpr Denominator denominator = Denominator::one;
  NMF_INLINE double num(double v, double mu, std::size_t) const { return v / mu; }
  NMF_INLINE double den(double, double, std::size_t) const { return 1; }
  NMF_INLINE double half_deviance(double v, double mu, std::size_t) const { return x_log_ratio(v, mu) - (v - mu); }
  double exponent() const { return 1; }
  double homogeneity() const { return 1; }
  double smallest_mean() const { return 1e-100; }
};

// TWp, p >= 1: d = 2 (v q(1 - p) - q(2 - p)), q(t) = mu^t expm1(t log(v / mu)) / t. With r = v / mu either q can be
// traded for the other, and the one whose t is closer to 0 keeps its digits through p = 1 and p = 2:
//   d / 2 = mu^(2-p) / b (r expm1(a log r) / a - (r - 1)),   a = 1 - p, b = 2 - p, near p = 1
//   d / 2 = mu^(2-p) / a (expm1(b log r) / b - (r - 1)),                           near p = 2.
// Exponent 1/p: Fevotte and Idier (2011), proven for 1 <= p.
class Tweedie {
  double p, t, other, near_one;

 public:
  static constexpr Denominator denominator = Denominator::general;
  explicit Tweedie(double power)
      : p(power),
        t(power < 1.5 ? 1 - power : 2 - power),
        other(power < 1.5 ? 2 - power : 1 - power),
        near_one(power < 1.5) {
    if (t == 0) t = 1e-200;  // expm1(t x) / t is x to the last digit
  }
  NMF_INLINE double power(double mu, double exponent) const { return exp(exponent * log(mu)); }
  NMF_INLINE double num(double v, double mu, std::size_t) const { return v * power(mu, -p); }
  NMF_INLINE double den(double, double mu, std::size_t) const { return mu * power(mu, -p); }
  NMF_INLINE double half_deviance(double v, double mu, std::size_t) const {
    const double r = v / mu, scale = mu * mu * power(mu, -p);
    const double q = expm1(t * log(larger(r, 1e-300))) / t;
    const double bracket = (near_one * r + (1 - near_one)) * q - (r - 1);
    return scale * if_positive(v, bracket / other, 1 / (2 - p));
  }
  double exponent() const { return 1 / p; }
  double homogeneity() const { return 2 - p; }
  double smallest_mean() const { return std::exp(-600 / (p + 1)); }  // its powers stay finite
};

// NB: d = 2 (v log(v / mu) - (v + alpha) log((v + alpha) / (mu + alpha))), written so that nothing cancels when alpha
// is far from v or v from mu: with lo and hi the smaller and the larger of v and mu, and s the sign of v - mu,
//   d / 2 = s (v log1p((hi - lo) / lo alpha / (hi + alpha)) - alpha log1p((hi - lo) / (lo + alpha))).
// Gouvert et al. (2020), Pelizzola et al. (2023).
class NegativeBinomial {
  const double* alpha;

 public:
  static constexpr Denominator denominator = Denominator::general;
  explicit NegativeBinomial(const double* alpha) : alpha(alpha) {}
  NMF_INLINE double num(double v, double mu, std::size_t) const { return v / mu; }
  NMF_INLINE double den(double v, double mu, std::size_t i) const { return (v + alpha[i]) / (mu + alpha[i]); }
  NMF_INLINE double half_deviance(double v, double mu, std::size_t i) const {
    const double a = alpha[i], hi = larger(v, mu), lo = smaller(v, mu), gap = hi - lo;
    return sign(v - mu) * (v * log1p(gap / larger(lo, 1e-290) * (a / (hi + a))) - a * log1p(gap / (lo + a)));
  }
  double exponent() const { return 1; }
  double homogeneity() const { return 1; }
  double smallest_mean() const { return 1e-100; }
};

}  // namespace nmf
