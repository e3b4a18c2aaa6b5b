// Logarithm and exponential as plain arithmetic: loops over cells that call them vectorise on every instruction
// set, which calls into the C library do not. Accurate to about one unit in the last place.
#pragma once
#include <cstdint>
#include <cstring>

#if defined(__GNUC__)
#define NMF_INLINE inline __attribute__((always_inline))
#else
#define NMF_INLINE inline
#endif

namespace nmf {

constexpr double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;

NMF_INLINE std::uint64_t bits_of(double x) {
  std::uint64_t b;
  std::memcpy(&b, &x, sizeof b);
  return b;
}
NMF_INLINE double from_bits(std::uint64_t b) {
  double x;
  std::memcpy(&x, &b, sizeof x);
  return x;
}

// For values that are not negative the order of the bit patterns is the order of the numbers; deciding on them
// leaves no floating-point comparison in the loop, which would keep compilers that honour traps from vectorising.
NMF_INLINE double if_positive(double x, double yes, double no) {
  const std::uint64_t mask = -static_cast<std::uint64_t>(bits_of(x) != 0);
  return from_bits((bits_of(yes) & mask) | (bits_of(no) & ~mask));
}
NMF_INLINE double larger(double x, double y) {
  const std::int64_t a = static_cast<std::int64_t>(bits_of(x)), b = static_cast<std::int64_t>(bits_of(y));
  const std::int64_t mask = -static_cast<std::int64_t>(a > b);
  return from_bits(static_cast<std::uint64_t>((a & mask) | (b & ~mask)));
}

NMF_INLINE double smaller(double x, double y) { return from_bits(bits_of(x) ^ bits_of(y) ^ bits_of(larger(x, y))); }
NMF_INLINE double sign(double x) { return from_bits((bits_of(x) & (1ULL << 63)) | bits_of(1.0)); }

// log(x), x positive, finite and normal: x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)),
// log(1 + f) = 2 atanh(s) = 2 (s + s^3/3 + s^5/5 + ...), s = f / (2 + f), written around f - f^2/2 to keep its digits.
NMF_INLINE double log(double x) {
  constexpr std::uint64_t sqrt_half = 0x3fe6a09e667f3bcdULL, one = 0x3ff0000000000000ULL;
  const std::uint64_t shifted = bits_of(x) + (one - sqrt_half);
  const double k = from_bits((shifted >> 52) | 0x4330000000000000ULL) - (4503599627370496.0 + 1023);
  const double f = from_bits((shifted & 0x000fffffffffffffULL) + sqrt_half) - 1;
  const double s = f / (2 + f), z = s * s, half_square = 0.5 * f * f;
  double tail = 2.0 / 23;
  tail = tail * z + 2.0 / 21;
  tail = tail * z + 2.0 / 19;
  tail = tail * z + 2.0 / 17;
  tail = tail * z + 2.0 / 15;
  tail = tail * z + 2.0 / 13;
  tail = tail * z + 2.0 / 11;
  tail = tail * z + 2.0 / 9;
  tail = tail * z + 2.0 / 7;
  tail = tail * z + 2.0 / 5;
  tail = tail * z + 2.0 / 3;
  tail *= z;
  return k * ln2_high - ((half_square - (s * (half_square + tail) + k * ln2_low)) - f);
}

// log(1 + x), x >= -1 (a large negative number at -1): the rounding of 1 + x is known exactly and put back.
NMF_INLINE double log1p(double x) {
  const double u = larger(1 + x, 1e-300);
  return log(u) - ((u - 1) - x) / u;
}

// |x| < 708; x = n log(2) + r, |r| <= log(2)/2; exp(x) = 2^n (1 + tail) with tail = exp(r) - 1 by its Taylor series.
struct Exponential {
  double power_of_two, tail;
};
NMF_INLINE Exponential split_exp(double x) {
  constexpr double shift = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to a whole number
  const double shifted = x * 1.44269504088896338700 + shift, n = shifted - shift;
  const double r = (x - n * ln2_high) - n * ln2_low;
  double q = 1.0 / 6227020800.0;
  q = q * r + 1.0 / 479001600.0;
  q = q * r + 1.0 / 39916800.0;
  q = q * r + 1.0 / 3628800.0;
  q = q * r + 1.0 / 362880.0;
  q = q * r + 1.0 / 40320.0;
  q = q * r + 1.0 / 5040.0;
  q = q * r + 1.0 / 720.0;
  q = q * r + 1.0 / 120.0;
  q = q * r + 1.0 / 24.0;
  q = q * r + 1.0 / 6.0;
  q = q * r + 0.5;
  return {from_bits((bits_of(shifted) + 1023) << 52), r + r * r * q};
}
NMF_INLINE double exp(double x) {
  const Exponential e = split_exp(x);
  return e.power_of_two + e.power_of_two * e.tail;
}
NMF_INLINE double expm1(double x) {
  const Exponential e = split_exp(x);
  return (e.power_of_two - 1) + e.power_of_two * e.tail;
}

}  // namespace nmf
