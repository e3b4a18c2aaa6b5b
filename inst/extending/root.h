// Rt: variance sigma^2 sqrt(mu), d / 2 = 2/3 (sqrt(v) - sqrt(mu))^2 (2 sqrt(v) + sqrt(mu)). A quasi family: the
// beta-divergence with beta = 3/2. Fevotte and Idier (2011).
struct Root : NoParameter {
  static constexpr Denominator denominator = Denominator::general;
  static std::optional<Root> made_of(const Noise& noise) {
    return noise.name == "root" ? std::optional<Root>(Root()) : std::nullopt;
  }
  template <class X> NMF_INLINE Parts<X> parts(const X& v, const X& mu, const X&) const {
    const X inverse = inverse_sqrt(mu), num = v * inverse;
    return {num, mu * inverse, num / mu * 0.5 + inverse * 0.5, X(0.0)};
  }
  template <class X> NMF_INLINE X half_deviance(const X& v, const X&, const X&, const Parts<X>& parts) const {
    const X a = v * inverse_sqrt(larger(v, X(1e-300))), b = parts.den;
    return (a - b) * (a - b) * (a * 2.0 + b) * (2.0 / 3);
  }
  double exponent() const { return 1; }
  double homogeneity() const { return 1.5; }
  double smallest_mean() const { return 1e-100; }
};
