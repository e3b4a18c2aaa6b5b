// Noise models. A family sees one observation at a time: v and its mean mu (one number each, or a pack of them) and,
// where it has a parameter by row, that row's alpha. With f(mu) = d(v; mu) / 2, half the unit deviance, it gives
//   f' = den - num   and   f'' = curvature - relief,   all four >= 0,
// and the exponent of the multiplicative update. It never sees a matrix. A family knows from which name and numbers it
// is made, and Families at the end lists all of them.
#pragma once
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>
#include "elementary.h"

namespace nmf {

// What den is as a function of mu; `one` and `mean` have adjoints in closed form, so zero cells cost nothing.
enum class Denominator { one, mean, general };

template <class X> struct Parts {  // parts that a loop does not use cost nothing
  X num, den, curvature, relief;
};

// A noise model by its name and its numbers; alpha has one entry for each row of V, in its units.
struct Noise {
  std::string name;
  double power = 0;
  std::vector<double> alpha;
};

inline Noise rows_of(const Noise& noise, std::size_t from, std::size_t count) {
  Noise part = noise;
  if (!noise.alpha.empty())
    part.alpha.assign(noise.alpha.begin() + long(from), noise.alpha.begin() + long(from + count));
  return part;
}

// Families without a parameter by row. `flat_at_zero`: where v = 0, num is 0 and curvature <= relief for any mu, so
// that such cells have no place in num and in a Hessian.
struct NoParameter {
  static constexpr bool by_row = false, flat_at_zero = false;
  double parameter(std::size_t) const { return 0; }
};

// N: d = (v - mu)^2. Lee and Seung (1999).
struct Normal : NoParameter {
  static constexpr Denominator denominator = Denominator::mean;
  static std::optional<Normal> made_of(const Noise& noise) {
    return noise.name == "normal" ? std::optional<Normal>(Normal()) : std::nullopt;
  }
  template <class X> NMF_INLINE Parts<X> parts(const X& v, const X& mu, const X&) const {
    return {v, mu, X(1.0), X(0.0)};
  }
  template <class X> NMF_INLINE X half_deviance(const X& v, const X& mu, const X&, const Parts<X>&) const {
    return (v - mu) * (v - mu) * 0.5;
  }
  double exponent() const { return 1; }
  double homogeneity() const { return 2; }
  double smallest_mean() const { return 1e-100; }
};

template <class X> NMF_INLINE X log_positive(const X& x) { return log(larger(x, X(1e-300))); }  // 0 log 0 = 0

// Po: d = 2 (v log(v / mu) - v + mu). Lee and Seung (1999).
struct Poisson : NoParameter {
  static constexpr bool flat_at_zero = true;
  static constexpr Denominator denominator = Denominator::one;
  static std::optional<Poisson> made_of(const Noise& noise) {
    return noise.name == "poisson" ? std::optional<Poisson>(Poisson()) : std::nullopt;
  }
  template <class X> NMF_INLINE Parts<X> parts(const X& v, const X& mu, const X&) const {
    const X inverse = X(1.0) / mu, num = v * inverse;
    return {num, X(1.0), num * inverse, X(0.0)};
  }
  template <class X> NMF_INLINE X half_deviance(const X& v, const X& mu, const X&, const Parts<X>& parts) const {
    if (!any_positive(v)) return mu;
    return v * log_positive(parts.num) - (v - mu);
  }
  double exponent() const { return 1; }
  double homogeneity() const { return 1; }
  double smallest_mean() const { return 1e-100; }
};

// TWp, p >= 1: d = 2 (v q(1 - p) - q(2 - p)), q(t) = mu^t expm1(t log(v / mu)) / t. With r = v / mu either q can be
// traded for the other, and the one whose t is closer to 0 keeps its digits through p = 1 and p = 2:
//   d / 2 = mu^(2-p) / b (r expm1(a log r) / a - (r - 1)),   a = 1 - p, b = 2 - p, near p = 1
//   d / 2 = mu^(2-p) / a (expm1(b log r) / b - (r - 1)),                           near p = 2.
// Exponent 1/p: Fevotte and Idier (2011), proven for 1 <= p.
class Tweedie : public NoParameter {
  double p, t, other, near_one;

 public:
  static constexpr Denominator denominator = Denominator::general;
  static constexpr bool flat_at_zero = true;
  explicit Tweedie(double power)
      : p(power),
        t(power < 1.5 ? 1 - power : 2 - power),
        other(power < 1.5 ? 2 - power : 1 - power),
        near_one(power < 1.5) {
    if (t == 0) t = 1e-200;  // expm1(t x) / t is x to the last digit
  }
  static std::optional<Tweedie> made_of(const Noise& noise) {
    return noise.name == "tweedie" ? std::optional<Tweedie>(Tweedie(noise.power)) : std::nullopt;
  }
  template <class X> NMF_INLINE Parts<X> parts(const X& v, const X& mu, const X&) const {
    const X power = exp(log(mu) * -p), num = v * power;
    return {num, mu * power, num / mu * p, power * (p - 1)};
  }
  template <class X> NMF_INLINE X half_deviance(const X& v, const X& mu, const X&, const Parts<X>& parts) const {
    const X scale = mu * parts.den;
    if (!any_positive(v)) return scale * (1 / (2 - p));
    const X r = v / mu;
    const X q = expm1(log_positive(r) * t) * (1 / t);
    const X bracket = (r * near_one + (1 - near_one)) * q - (r - 1.0);
    return scale * if_positive(v, bracket * (1 / other), X(1 / (2 - p)));
  }
  double exponent() const { return 1 / p; }
  double homogeneity() const { return 2 - p; }
  double smallest_mean() const { return std::exp(-600 / (p + 1)); }  // its powers stay finite
};

// p = 3/2: d = 4 (sqrt(v) - sqrt(mu))^2 / sqrt(mu).
struct TweedieThreeHalves : NoParameter {
  static constexpr bool flat_at_zero = true;
  static constexpr Denominator denominator = Denominator::general;
  static std::optional<TweedieThreeHalves> made_of(const Noise& noise) {
    return noise.name == "tweedie" && noise.power == 1.5 ? std::optional<TweedieThreeHalves>(TweedieThreeHalves())
                                                         : std::nullopt;
  }
  template <class X> NMF_INLINE Parts<X> parts(const X& v, const X& mu, const X&) const {
    const X root = inverse_sqrt(mu), square = root * root, num = v * square * root;
    return {num, root, num * square * 1.5, root * square * 0.5};
  }
  template <class X> NMF_INLINE X half_deviance(const X& v, const X& mu, const X&, const Parts<X>& parts) const {
    if (!any_positive(v)) return mu * parts.den * 2.0;
    const X gap = v * inverse_sqrt(larger(v, X(1e-300))) - mu * parts.den;
    return gap * gap * parts.den * 2.0;
  }
  double exponent() const { return 1 / 1.5; }
  double homogeneity() const { return 0.5; }
  double smallest_mean() const { return 1e-100; }
};

// p = 2, gamma noise: d = 2 (v / mu - log(v / mu) - 1), v > 0.
struct Gamma : NoParameter {
  static constexpr Denominator denominator = Denominator::general;
  static std::optional<Gamma> made_of(const Noise& noise) {
    return noise.name == "tweedie" && noise.power == 2 ? std::optional<Gamma>(Gamma()) : std::nullopt;
  }
  template <class X> NMF_INLINE Parts<X> parts(const X& v, const X& mu, const X&) const {
    const X inverse = X(1.0) / mu, num = v * inverse * inverse;
    return {num, inverse, num * inverse * 2.0, inverse * inverse};
  }
  template <class X> NMF_INLINE X half_deviance(const X& v, const X& mu, const X&, const Parts<X>&) const {
    const X r = v / mu;
    return (r - 1.0) - log_positive(r);
  }
  double exponent() const { return 0.5; }
  double homogeneity() const { return 0; }
  double smallest_mean() const { return 1e-100; }
};

// NB: d = 2 (v log(v / mu) - (v + alpha) log((v + alpha) / (mu + alpha))), written so that nothing cancels where alpha
// is far from v: with x = (mu - v) / (mu (v + alpha)), d / 2 = alpha log(1 + mu x) + v log(1 - alpha x).
// Gouvert et al. (2020), Pelizzola et al. (2023).
class NegativeBinomial {
  const double* alpha;

  // One division serves a cell's parts and its deviance.
  template <class X> static NMF_INLINE X inverse_product(const X& v, const X& mu, const X& a) {
    return X(1.0) / (mu * (mu + a) * (v + a));
  }

 public:
  static constexpr Denominator denominator = Denominator::general;
  static constexpr bool by_row = true, flat_at_zero = true;
  explicit NegativeBinomial(const double* alpha) : alpha(alpha) {}
  // `noise` must outlive it.
  static std::optional<NegativeBinomial> made_of(const Noise& noise) {
    return noise.name == "negbin" ? std::optional<NegativeBinomial>(NegativeBinomial(noise.alpha.data()))
                                  : std::nullopt;
  }
  double parameter(std::size_t row) const { return alpha[row]; }
  template <class X> NMF_INLINE Parts<X> parts(const X& v, const X& mu, const X& a) const {
    const X inverse = inverse_product(v, mu, a);
    const X inverse_mean = (mu + a) * (v + a) * inverse, inverse_shifted = mu * (v + a) * inverse;
    const X num = v * inverse_mean, den = (v + a) * inverse_shifted;
    return {num, den, num * inverse_mean, den * inverse_shifted};
  }
  template <class X> NMF_INLINE X half_deviance(const X& v, const X& mu, const X& a, const Parts<X>&) const {
    if (!any_positive(v)) return a * log1p(mu / a);
    const X x = (mu - v) * (mu + a) * inverse_product(v, mu, a);
    return a * log1p(x * mu) + v * log1p(X(0.0) - x * a);
  }
  // Cells of one observation: the logarithms of their 1 + x are that of the product.
  template <int C, class X> NMF_INLINE X half_deviances(const X* v, const X* mu, const X& a, const Parts<X>*) const {
    const X inverse = X(1.0) / a;
    X total = 0.0, excess = 0.0;  // the product less 1
    NMF_UNROLL for (int c = 0; c < C; ++c) {
      X x;
      if (any_positive(v[c])) {
        const X relative = (mu[c] - v[c]) * (mu[c] + a) * inverse_product(v[c], mu[c], a);
        x = relative * mu[c];
        total += v[c] * log1p(X(0.0) - relative * a);
      } else {
        x = mu[c] * inverse;
      }
      excess += x + excess * x;
    }
    return total + a * log1p(excess);
  }
  double exponent() const { return 1; }
  double homogeneity() const { return 1; }
  double smallest_mean() const { return 1e-100; }
};

// Half deviances of C cells of one observation, times their weights, added up.
template <int C, bool weighted, class Family, class X>
NMF_INLINE X half_deviances(const Family& family, const X* v, const X* mu, const X& a, const Parts<X>* parts,
                            const X* weight) {
  if constexpr (Family::by_row && !weighted) {
    return family.template half_deviances<C>(v, mu, a, parts);
  } else {
    X total = 0.0;
    NMF_UNROLL for (int c = 0; c < C; ++c) {
      const X d = family.half_deviance(v[c], mu[c], a, parts[c]);
      total += weighted ? d * weight[c] : d;
    }
    return total;
  }
}

// All families; the first that is made of a name and its numbers is the one that is meant.
template <class... F> struct ListOf {};
using Families = ListOf<Normal, Poisson, TweedieThreeHalves, Gamma, Tweedie, NegativeBinomial>;

template <class Do> auto with_family(const Noise& noise, const Do& f, ListOf<>) -> decltype(f(Normal())) {
  throw std::invalid_argument("Unknown family '" + noise.name + "'.");
}
template <class Do, class First, class... Rest>
auto with_family(const Noise& noise, const Do& f, ListOf<First, Rest...>) -> decltype(f(Normal())) {
  if (const std::optional<First> family = First::made_of(noise)) return f(*family);
  return with_family(noise, f, ListOf<Rest...>());
}
// f of the family that is meant.
template <class Do> auto with_family(const Noise& noise, const Do& f) { return with_family(noise, f, Families()); }

}  // namespace nmf
