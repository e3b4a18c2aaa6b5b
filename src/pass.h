// Whole passes over V, by tiles or along the nonzeros of a sparse V: the objective with the adjoints of num, and of den
// where it has no closed form.
#pragma once
#include "tiles.h"

namespace nmf {

// V as its own adjoint's argument: num = v without a model. Gives the products V'E and V G by the walk along nonzeros.
struct Value : NoParameter {
  static constexpr Denominator denominator = Denominator::one;
  template <class X> NMF_INLINE Parts<X> parts(const X& v, const X&, const X&) const {
    return {v, X(1.0), X(0.0), X(0.0)};
  }
  template <class X> NMF_INLINE X half_deviance(const X&, const X&, const X&, const Parts<X>&) const { return X(0.0); }
  double smallest_mean() const { return 0; }
};
template <class Family> constexpr bool reads_mean = !std::is_same<Family, Value>::value;

// Along the stored cells: elsewhere num is 0, and den is left to the caller. The objective is relative to v = 0,
// without the sum of w mu. W and H come as K x N and K x M, the rank filled up with zeros to whole packs.
template <class Family, bool weighted> struct Nonzeros {
  const Family& family;
  const Data& data;
  const mat &Wt, &H;
  const Piece& piece;
  bool objective, w, h;
  Partial& sum;

  template <int N> NMF_INLINE void run() const {
    using X = Pack<N>;
    const uword rank = H.n_rows;
    const double smallest = family.smallest_mean();
    double v[N], mu[N], num[N], weight[N];
    std::vector<int> counting;  // places of the cells of a column that have a weight
    Lookout lookout;
    for (uword col = piece.col; col < piece.col + piece.cols; ++col) {
      X total = 0.0;
      const double* feature = H.colptr(col);
      double* inner = h ? sum.h.num.colptr(col - piece.col) : nullptr;
      const int begin = first(col, piece.row);
      int end = first(col, piece.row + piece.rows);
      if (weighted) {
        counting.clear();
        for (int place = begin; place < end; ++place)
          if (data.weight(uword(place)) > 0) counting.push_back(place);
        end = begin + int(counting.size());
      }
      const auto place = [&](int at) NMF_LAMBDA { return weighted ? counting[std::size_t(at - begin)] : at; };
      for (int at = begin; at < end; at += N) {
        const int count = std::min(N, end - at);
        for (int t = 0; t < N; ++t) {
          const bool here = t < count;
          const int own = here ? place(at + t) : 0;
          v[t] = here ? data.values[own] * data.scale : 0;
          if (weighted) weight[t] = here ? data.weight(uword(own)) : 0;
          if (reads_mean<Family>) mu[t] = here ? dot<N>(Wt.colptr(uword(data.index[own])), feature, rank) : 1;
        }
        const X cell = X::load(v), mean = reads_mean<Family> ? larger(X::load(mu), X(smallest)) : X(1.0);
        const Parts<X> parts = family.parts(cell, mean, X(0.0));
        X excess = 0.0;
        if (objective) excess = if_positive(cell, family.half_deviance(cell, mean, X(0.0), parts) - mean, X(0.0));
        if (weighted) {
          const X omega = X::load(weight);
          (parts.num * omega).store(num);
          total += excess * omega;
        } else {
          parts.num.store(num);
          total += excess;
        }
        for (int t = 0; t < count; ++t) {
          const uword row = uword(data.index[place(at + t)]);
          if (w) add<N>(num[t], feature, sum.w.num.colptr(row - piece.row), rank);
          if (h) add<N>(num[t], Wt.colptr(row), inner, rank);
        }
      }
      sum.objective += nmf::sum(total);
      lookout.pass(uword(end - begin) + 16);
    }
  }

 private:
  int first(uword col, uword row) const {
    const int *begin = data.index + data.start[col], *end = data.index + data.start[col + 1];
    return int(std::lower_bound(begin, end, int(row)) - data.index);
  }
  template <int N> static NMF_INLINE double dot(const double* a, const double* b, uword n) {
    Pack<N> s = 0.0;
    for (uword k = 0; k < n; k += N) s += Pack<N>::load(a + k) * Pack<N>::load(b + k);
    return nmf::sum(s);
  }
  template <int N> static NMF_INLINE void add(double factor, const double* x, double* to, uword n) {
    const Pack<N> f = factor;
    for (uword k = 0; k < n; k += N) (Pack<N>::load(to + k) + f * Pack<N>::load(x + k)).store(to + k);
  }
};

// What a piece of V adds up, of the factors as its walk wants them.
using WalkPiece = std::function<void(const mat& W, const mat& H, const Piece& piece, Partial& sum)>;
// The objective, and the adjoints where they are wanted. Along nonzeros W comes as K x N, and both factors are filled
// up to whole packs; `general` is whether den is added up.
NMF_LINKED double over_pieces(const Data& data, bool by_nonzeros, bool general, const mat& W, const mat& H, int threads,
                              Score* w, Score* h, const WalkPiece& walk);

template <bool by_nonzeros, bool weighted, class Family>
double walk(const Data& data, const Family& family, const mat& W, const mat& H, int threads, bool objective, Score* w,
            Score* h) {
  constexpr bool general = !by_nonzeros && Tiles<Family, weighted>::general;
  return over_pieces(
      data, by_nonzeros, general, W, H, threads, w, h,
      [&](const mat& W, const mat& H, const Piece& piece, Partial& sum) {
        if constexpr (by_nonzeros)
          run_widest(Nonzeros<Family, weighted>{family, data, W, H, piece, objective, w != nullptr, h != nullptr, sum});
        else run_widest(Tiles<Family, weighted>{family, data, W, H, piece, objective, w != nullptr, h != nullptr, sum});
      });
}

}  // namespace nmf
