// Whole passes over V: objective and adjoints for a family, products with V alone, and sums of a function of the cells.
#pragma once
#include "tiles.h"

namespace nmf {

// What a stored cell with a weight adds to the objective beyond that of a zero with weight 1.
template <class Family, class X>
NMF_INLINE X excess(const Family& family, const X& v, const X& mu, const Parts<X>& parts, const X& weight) {
  const X zero = 0.0, d = family.half_deviance(v, mu, zero, parts);
  return weight * d - family.half_deviance(zero, mu, zero, family.parts(zero, mu, zero));
}

// Along the stored cells: elsewhere num is 0 and the weight 1, so den has an adjoint in closed form, and weights add
// (weight - 1) den to it. The objective is relative to v = 0 and weight 1.
// W and H come as K x N and K x M, the rank filled up with zeros to whole packs.
template <class Family, class Cells> struct Nonzeros {
  const Family& family;
  const Cells& cells;
  const mat &Wt, &H;
  const Piece& piece;
  bool objective, w, h;
  Partial& sum;

  template <int N> NMF_INLINE void run() const {
    using X = Pack<N>;
    const uword rank = H.n_rows;
    const double smallest = family.smallest_mean();
    constexpr bool weighted = weighs<Cells, Family>;
    double v[N], mu[N], num[N], den[N], weight[N];
    for (uword col = piece.col; col < piece.col + piece.cols; ++col) {
      X total = 0.0;
      const double* feature = H.colptr(col);
      double* inner = h ? sum.h.num.colptr(col - piece.col) : nullptr;
      double* inner_den = h && weighted ? sum.h.den.colptr(col - piece.col) : nullptr;
      const int end = cells.first(col, piece.row + piece.rows);
      for (int at = cells.first(col, piece.row); at < end; at += N) {
        const int count = std::min(N, end - at);
        for (int t = 0; t < N; ++t) {
          const bool here = t < count;
          v[t] = here ? cells.value(at + t) : 0;
          if (weighted) weight[t] = here ? cells.weight(at + t) : 1;
          mu[t] = here ? dot<N>(Wt.colptr(uword(cells.row(at + t))), feature, rank) : 1;
        }
        const X cell = X::load(v), mean = larger(X::load(mu), X(smallest));
        const Parts<X> parts = family.parts(cell, mean, X(0.0));
        if (weighted) {
          const X omega = X::load(weight);
          (parts.num * omega).store(num);
          (parts.den * (omega - 1.0)).store(den);
          if (objective) total += excess(family, cell, mean, parts, omega);
        } else {
          parts.num.store(num);
          if (objective) total += if_positive(cell, family.half_deviance(cell, mean, X(0.0), parts) - mean, X(0.0));
        }
        for (int t = 0; t < count; ++t) {
          const uword row = uword(cells.row(at + t));
          if (w) add<N>(num[t], feature, sum.w.num.colptr(row - piece.row), rank);
          if (h) add<N>(num[t], Wt.colptr(row), inner, rank);
          if (weighted && w) add<N>(den[t], feature, sum.w.den.colptr(row - piece.row), rank);
          if (weighted && h) add<N>(den[t], Wt.colptr(row), inner_den, rank);
        }
      }
      sum.objective += nmf::sum(total);
    }
  }

 private:
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
constexpr uword widest = 8;
inline uword whole_packs(uword n) { return (n + widest - 1) / widest * widest; }

// Work in units of a multiplication on dense cells. A piece must be worth the start of a thread, above all on a machine
// that is busy with other things.
constexpr double worth_a_thread = 1 << 22;
template <class Cells> double work_of(const Cells& cells, bool by_nonzeros) {
  constexpr double cost_of_a_nonzero = 8;
  return by_nonzeros ? cost_of_a_nonzero * cells.visited(0, cells.n_cols) : double(cells.n_rows) * double(cells.n_cols);
}

// Cuts V along its longer side; how often depends on the amount of work alone.
template <class Cells> std::vector<Piece> cut(const Cells& cells, double work, uword most = 8) {
  const uword longer = std::max(cells.n_rows, cells.n_cols);
  const uword pieces = std::min({uword(1 + work / worth_a_thread), most, longer});
  std::vector<Piece> all;
  for (uword p = 0; p < pieces; ++p) {
    const uword from = p * longer / pieces, size = (p + 1) * longer / pieces - from;
    if (cells.n_rows > cells.n_cols) all.push_back({from, size, 0, cells.n_cols});
    else all.push_back({0, cells.n_rows, from, size});
  }
  return all;
}

// The adjoints of num, and of den where it has no closed form, with the objective; by tiles or along the nonzeros.
template <bool by_nonzeros, class Cells, class Family>
double add_up(const Cells& cells, const Family& family, const mat& W, const mat& H, int threads, bool objective,
              Score* w, Score* h) {
  constexpr bool general = sums_den<Cells, Family>;
  const uword rank = H.n_rows, padded = whole_packs(rank);
  const std::vector<Piece> pieces = cut(cells, work_of(cells, by_nonzeros) * double(rank),
                                        W.n_elem > (1 << 17) ? 4 : 8);  // each piece has sums of its own
  std::vector<Partial> sums(pieces.size());
  mat Wt, Ht;
  if (by_nonzeros) {
    Wt = arma::resize(mat(W.t()), padded, W.n_rows);
    Ht = arma::resize(H, padded, H.n_cols);
  }
  const auto room = [&](uword rows, uword cols) {
    Score score;
    score.num.zeros(rows, cols);
    if (general) score.den.zeros(rows, cols);
    return score;
  };
  for_each_piece(int(pieces.size()), threads, [&](int p) {
    const Piece& piece = pieces[uword(p)];
    Partial& sum = sums[uword(p)];
    if (w) sum.w = by_nonzeros ? room(padded, piece.rows) : room(piece.rows, rank);
    if (h) sum.h = room(by_nonzeros ? padded : rank, piece.cols);
    if constexpr (by_nonzeros)
      run_widest(Nonzeros<Family, Cells>{family, cells, Wt, Ht, piece, objective, w != nullptr, h != nullptr, sum});
    else run_widest(Tiles<Family, Cells>{family, cells, W, H, piece, objective, w != nullptr, h != nullptr, sum});
  });
  if (w) *w = Score(cells.n_rows, rank);
  if (h) *h = Score(rank, cells.n_cols);
  Sum total;
  for (uword p = 0; p < pieces.size(); ++p) {
    const Piece& piece = pieces[p];
    total += sums[p].objective;
    if (w) {
      const arma::span rows(piece.row, piece.row + piece.rows - 1);
      if (by_nonzeros) w->num.rows(rows.a, rows.b) += sums[p].w.num.head_rows(rank).t();
      else w->num.rows(rows.a, rows.b) += sums[p].w.num;
      if (general && by_nonzeros) w->den.rows(rows.a, rows.b) += sums[p].w.den.head_rows(rank).t();
      else if (general) w->den.rows(rows.a, rows.b) += sums[p].w.den;
    }
    if (h) {
      const arma::span cols(piece.col, piece.col + piece.cols - 1);
      h->num.cols(cols.a, cols.b) += sums[p].h.num.head_rows(rank);
      if (general) h->den.cols(cols.a, cols.b) += sums[p].h.den.head_rows(rank);
    }
    sums[p] = Partial();
  }
  return total;
}

template <class Cells> mat cross(const Cells& cells, const mat& E, int threads) {  // E'V
  Score h;
  const mat none(E.n_cols, cells.n_cols, arma::fill::zeros);
  add_up<Cells::sparse>(cells, Data(), E, none, threads, false, nullptr, &h);
  return std::move(h.num);
}
template <class Cells> mat times(const Cells& cells, const mat& G, int threads) {  // V G'
  Score w;
  const mat none(cells.n_rows, G.n_rows, arma::fill::zeros);
  add_up<Cells::sparse>(cells, Data(), none, G, threads, false, &w, nullptr);
  return std::move(w.num);
}

// How the objective is wanted: `fast` may subtract sums of the size of the data.
enum class Objective { none, fast, exact };

// One pass over V at mu = W H: the objective (half deviance) and, where asked for, the adjoints for W and H.
template <class Cells, class Family>
double pass(const Cells& cells, const Family& family, const mat& W, const mat& H, int threads, Objective objective,
            Score* w, Score* h) {
  const bool wanted = objective != Objective::none;
  if constexpr (Family::denominator == Denominator::general || (Cells::weighted && !Cells::sparse)) {
    return add_up<false>(cells, family, W, H, threads, wanted, w, h);
  } else if constexpr (Family::denominator == Denominator::one) {
    double total = add_up<Cells::sparse>(cells, family, W, H, threads, wanted, w, h);
    const vec row_sums = sums_of(H, 1), col_sums = sums_of(W, 0);
    if (w) w->den.each_row() += row_sums.t();
    if (h) h->den.each_col() += col_sums;
    if (Cells::sparse && wanted) total += arma::dot(col_sums, row_sums);
    return total;
  } else {  // Normal: K x K Grams in place of mu
    const mat HH = H * H.t(), WW = W.t() * W;
    if constexpr (Cells::weighted) {
      const double total = add_up<true>(cells, family, W, H, threads, wanted, w, h);
      if (w) w->den += W * HH;
      if (h) h->den += WW * H;
      return std::max(0.0, total + 0.5 * arma::accu(HH % WW));
    } else {  // and products with V
      double total = 0;
      if (objective == Objective::exact && !Cells::sparse)
        total = add_up<false>(cells, family, W, H, threads, true, nullptr, nullptr);
      Score own;
      if (wanted && !w && !h) w = &own;
      if (w || h) add_up<Cells::sparse>(cells, Data(), W, H, threads, false, w, h);
      if (w) w->den = W * HH;
      if (h) h->den = WW * H;
      if (wanted && (objective == Objective::fast || Cells::sparse)) {
        const double fitted = w ? arma::dot(W, w->num) : arma::dot(H, h->num);
        total = std::max(0.0, 0.5 * (cells.sums.squares - 2 * fitted + arma::accu(HH % WW)));
      }
      return total;
    }
  }
}

// Where mu comes from when cells are only summed up, before the offset: the product of the factors, or a matrix.
struct Product {
  const mat &W, &H;
  void fill(uword row, uword rows, uword col, double* out) const {
    const double* h = H.colptr(col);
    std::fill(out, out + rows, 0.0);
    for (uword k = 0; k < H.n_rows; ++k) {
      const double* w = W.colptr(k) + row;
      for (uword i = 0; i < rows; ++i) out[i] += w[i] * h[k];
    }
  }
};
struct Given {
  const mat& mu;
  void fill(uword row, uword rows, uword col, double* out) const { std::copy_n(mu.colptr(col) + row, rows, out); }
};

// Sums of f(v, mu, weight, i, out), which adds S numbers to out, by row of V: N x S.
template <int S, class Cells, class Mean, class F>
mat row_sums(const Cells& cells, const Mean& mean, uword rank, int threads, F f) {
  constexpr uword chunk = 256;
  const std::vector<Piece> pieces = cut(cells, double(cells.n_rows) * double(cells.n_cols) * double(rank));
  std::vector<mat> sums(pieces.size());
  for_each_piece(int(pieces.size()), threads, [&](int p) {
    const Piece& piece = pieces[uword(p)];
    mat sum(S, piece.rows, arma::fill::zeros);
    typename Cells::Reader reader(cells, piece.row, piece.col, piece.cols);
    double v[chunk], mu[chunk], weight[chunk], offset[chunk];
    std::fill_n(weight, chunk, 1.0);
    for (uword row = piece.row; row < piece.row + piece.rows; row += chunk) {
      const uword rows = std::min(chunk, piece.row + piece.rows - row);
      for (uword col = piece.col; col < piece.col + piece.cols; ++col) {
        reader.template load<2>(row, rows, col, v, weight, offset);
        mean.fill(row, rows, col, mu);
        if (Cells::weighted)
          for (uword i = 0; i < rows; ++i) mu[i] *= offset[i];
        for (uword i = 0; i < rows; ++i) f(v[i], mu[i], weight[i], row + i, sum.colptr(row + i - piece.row));
      }
    }
    sums[uword(p)] = std::move(sum);
  });
  mat all(cells.n_rows, S, arma::fill::zeros);
  for (uword p = 0; p < pieces.size(); ++p) all.rows(pieces[p].row, pieces[p].row + pieces[p].rows - 1) += sums[p].t();
  return all;
}

}  // namespace nmf
