// Sums of many numbers.
#pragma once
#include <array>
#include <cmath>
#include <vector>
#include "matrix.h"
#include "pack.h"

namespace nmf {

// Keeps the digits that are lost in adding up (Neumaier 1974): an objective is compared with the last one down to its
// last digits.
class Sum {
  double total = 0, lost = 0;

 public:
  void operator+=(double x) {
    const double next = total + x;
    lost += std::abs(total) >= std::abs(x) ? (total - next) + x : (x - next) + total;
    total = next;
  }
  Sum() = default;
  explicit Sum(std::array<double, 2> parts) : total(parts[0]), lost(parts[1]) {}
  void add(std::array<double, 2> parts) {
    *this += parts[0];
    lost += parts[1];
  }
  std::array<double, 2> parts() const { return {total, lost}; }
  operator double() const { return std::isfinite(total) ? total + lost : total; }
};

// Sums of the columns of x (dim 0) or of its rows (dim 1), several numbers at once and still with the digits that are
// lost: those of s = a + b are (a - (s - z)) + (b - z), z = s - a, whichever is larger (Knuth 1969, 4.2.2).
struct SumsOf {
  const mat& x;
  uword dim;
  vec& out;

  template <int N> NMF_INLINE void run() const {
    using P = Pack<N>;
    const uword whole = x.n_rows / N * N;
    const auto add = [](P& total, P& lost, const P& b) NMF_LAMBDA {
      const P s = total + b, z = s - total;
      lost += (total - (s - z)) + (b - z);
      total = s;
    };
    if (dim == 0) {
      for (uword j = 0; j < x.n_cols; ++j) {
        const double* at = x.colptr(j);
        P total = 0.0, lost = 0.0;
        for (uword i = 0; i < whole; i += N) add(total, lost, P::load(at + i));
        Sum sum;
        for (int l = 0; l < N; ++l) sum.add({total[l], lost[l]});
        for (uword i = whole; i < x.n_rows; ++i) sum += at[i];
        out[j] = sum;
      }
      return;
    }
    for (uword i = 0; i < whole; i += N) {
      P total = 0.0, lost = 0.0;
      for (uword j = 0; j < x.n_cols; ++j) add(total, lost, P::load(x.colptr(j) + i));
      for (int l = 0; l < N; ++l) out[i + uword(l)] = Sum({total[l], lost[l]});
    }
    for (uword i = whole; i < x.n_rows; ++i) {
      Sum sum;
      for (uword j = 0; j < x.n_cols; ++j) sum += x(i, j);
      out[i] = sum;
    }
  }
};
inline vec sums_of(const mat& x, uword dim) {
  vec out(dim == 0 ? x.n_cols : x.n_rows);
  run_widest(SumsOf{x, dim, out});
  return out;
}

}  // namespace nmf
