#include "sum.h"
#include "pack.h"

namespace nmf {

namespace {
// Several numbers at once, with the digits that are lost all the same: those of s = a + b are (a - (s - z)) + (b - z),
// z = s - a, whichever is larger (Knuth 1969, 4.2.2).
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
}  // namespace

vec sums_of(const mat& x, uword dim) {
  vec out(dim == 0 ? x.n_cols : x.n_rows);
  run_widest(SumsOf{x, dim, out});
  return out;
}

}  // namespace nmf
