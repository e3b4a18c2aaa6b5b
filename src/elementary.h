// Logarithm, exponential and inverse square root as plain arithmetic, for one number or a pack of them: calls into the
// C library would end every vector. Accurate to about one unit in the last place.
#pragma once
#include "pack.h"

namespace nmf {

constexpr double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;

template <class X> struct BitsOf {
  typedef typename X::Bits type;
  static NMF_INLINE type of(const X& x) { return x.bits(); }
  static NMF_INLINE X from(const type& b) { return X::from(b); }
};
template <> struct BitsOf<double> {
  typedef std::uint64_t type;
  static NMF_INLINE type of(double x) {
    type b;
    std::memcpy(&b, &x, sizeof b);
    return b;
  }
  static NMF_INLINE double from(type b) {
    double x;
    std::memcpy(&x, &b, sizeof x);
    return x;
  }
};

// log(x), x positive, finite and normal: x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)),
// log(1 + f) = 2 atanh(s) = 2 (s + s^3/3 + s^5/5 + ...), s = f / (2 + f), written around f - f^2/2 to keep its digits;
// the series is cut after seven terms that minimise the largest error, with the numbers of fdlibm (Sun Microsystems
// 1993).
template <class X> struct Scaled {
  typename BitsOf<X>::type exponent;
  X f;
};  // 2^k (1 + f), k from the exponent's bits
template <class X> NMF_INLINE Scaled<X> split_log(const X& x) {
  using B = BitsOf<X>;
  constexpr std::uint64_t sqrt_half = 0x3fe6a09e667f3bcdULL, one = 0x3ff0000000000000ULL;
  const typename B::type shifted = B::of(x) + (one - sqrt_half);
  return {shifted >> 52, B::from((shifted & 0x000fffffffffffffULL) + sqrt_half) - 1.0};
}
template <class X> NMF_INLINE X log(const Scaled<X>& x) {
  using B = BitsOf<X>;
  const X k = B::from(x.exponent | 0x4330000000000000ULL) - (4503599627370496.0 + 1023), f = x.f;
  const X s = f / (f + 2.0), z = s * s, half_square = f * f * 0.5;
  X tail = z * 1.479819860511658591e-01 + 1.531383769920937332e-01;
  tail = tail * z + 1.818357216161805012e-01;
  tail = tail * z + 2.222219843214978396e-01;
  tail = tail * z + 2.857142874366239149e-01;
  tail = tail * z + 3.999999999940941908e-01;
  tail = tail * z + 6.666666666666735130e-01;
  tail = tail * z;
  return k * ln2_high - ((half_square - (s * (half_square + tail) + k * ln2_low)) - f);
}
template <class X> NMF_INLINE X log(const X& x) { return log(split_log(x)); }

// log(1 + x), x >= -1 (a large negative number at -1): the rounding of u = 1 + x is known exactly and put back, divided
// by u. There 1 / u = 2^-k (1 - f + f^2 - ...): the rounding is of the last digit, so a digit of 1 / u will do, and all
// of them where x is small and f with it.
template <class X> NMF_INLINE X log1p(const X& x) {
  using B = BitsOf<X>;
  const X u = larger(x + 1.0, X(1e-300));
  const Scaled<X> at = split_log(u);
  const X inverse = X(1.0) - at.f * (X(1.0) - at.f * (X(1.0) - at.f));
  const X shrink = B::from((typename B::type(2046) - at.exponent) << 52);
  return log(at) - ((u - 1.0) - x) * (inverse * shrink);
}

// |x| < 708; x = n log(2) + r, |r| <= log(2)/2; exp(x) = 2^n (1 + tail) with tail = exp(r) - 1 by its Taylor series up
// to the order 16, economised in Chebyshev polynomials to the order 11.
template <class X> struct Exponential { X power_of_two, tail; };
template <class X> NMF_INLINE Exponential<X> split_exp(const X& x) {
  using B = BitsOf<X>;
  constexpr double shift = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to a whole number
  const X shifted = x * 1.44269504088896338700 + shift, n = shifted - shift;
  const X r = (x - n * ln2_high) - n * ln2_low;
  X q = r * 2.5105215165633446e-08 + 2.7620086491464503e-07;
  q = q * r + 2.755725540441763e-06;
  q = q * r + 2.4801521299750923e-05;
  q = q * r + 1.9841269874817515e-04;
  q = q * r + 1.388888891721154e-03;
  q = q * r + 8.333333333326136e-03;
  q = q * r + 4.166666666662413e-02;
  q = q * r + 1.666666666666667e-01;
  q = q * r + 0.5;
  return {B::from((B::of(shifted) + 1023ULL) << 52), r + r * r * q};
}
template <class X> NMF_INLINE X exp(const X& x) {
  const Exponential<X> e = split_exp(x);
  return e.power_of_two + e.power_of_two * e.tail;
}
template <class X> NMF_INLINE X expm1(const X& x) {
  const Exponential<X> e = split_exp(x);
  return (e.power_of_two - 1.0) + e.power_of_two * e.tail;
}

// 1 / sqrt(x), x positive and normal: a first guess from halving the exponent, then Newton's rule, whose last step is
// written as a correction so that it rounds once.
template <class X> NMF_INLINE X inverse_sqrt(const X& x) {
  using B = BitsOf<X>;
  const X half = x * 0.5;
  X r = B::from(0x5fe6eb50c7b537a9ULL - (B::of(x) >> 1));
  r = r * (X(1.5) - half * r * r);
  r = r * (X(1.5) - half * r * r);
  r = r * (X(1.5) - half * r * r);
  return r + r * (X(0.5) - half * r * r);
}

}  // namespace nmf
