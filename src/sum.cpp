#include "sum.h"
#include "pieces.h"

namespace nmf {

namespace {
// Several numbers at once, with the digits that are lost all the same: those of s = a + b are (a - (s - z)) + (b - z),
// z = s - a, whichever is larger (Knuth 1969, 4.2.2).
struct SumsOf {
  const mat& x;
  uword dim, from, to;  // of these columns or rows
  vec& out;

  template <class P> NMF_INLINE static void add(P& total, P& lost, const P& b) {
    const P s = total + b, z = s - total;
    lost += (total - (s - z)) + (b - z);
    total = s;
  }
  template <int N> NMF_INLINE void run() const {
    if (dim == 0) columns<N>();
    else rows<N>();
  }
  template <int N> NMF_INLINE void columns() const {
    using P = Pack<N>;
    const uword whole = x.n_rows / N * N;
    for (uword j = from; j < to; ++j) {
      const double* at = x.colptr(j);
      P total = 0.0, lost = 0.0;
      for (uword i = 0; i < whole; i += N) add(total, lost, P::load(at + i));
      Sum sum;
      for (int l = 0; l < N; ++l) sum.add({total[l], lost[l]});
      for (uword i = whole; i < x.n_rows; ++i) sum += at[i];
      out[j] = sum;
    }
  }
  // The last pack begins among the rows of the one before.
  template <int N> NMF_INLINE void rows() const {
    using P = Pack<N>;
    if (x.n_rows < N) {
      if constexpr (N > 2) rows<N / 2>();
      else
        for (uword i = from; i < to; ++i) {
          Sum sum;
          for (uword j = 0; j < x.n_cols; ++j) sum += x(i, j);
          out[i] = sum;
        }
      return;
    }
    for (uword i = from; i < to; i += N) {
      const uword first = std::min(i, x.n_rows - N);
      P total = 0.0, lost = 0.0;
      for (uword j = 0; j < x.n_cols; ++j) add(total, lost, P::load(x.colptr(j) + first));
      for (uword l = i - first; l < N; ++l) out[first + l] = Sum({total[int(l)], lost[int(l)]});
    }
  }
};
}  // namespace

vec sums_of(const mat& x, uword dim, int threads) {
  constexpr double cost_of_a_sum = 8;
  vec out(dim == 0 ? x.n_cols : x.n_rows);
  for_lines(out.n_elem, cost_of_a_sum * double(x.n_elem), threads, [&](int, uword from, uword to) {
    run_widest(SumsOf{x, dim, from, to, out});
  });
  return out;
}

}  // namespace nmf
