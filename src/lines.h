// Newton's method along the lines of V. With one factor Y fixed, every line of V (a row, or a column) has K weights x
// of its own, mu_j = sum_k x_k y_jk, and half its deviance has the gradient g_k = sum_j (den - num)_j y_jk and, near x,
// the Hessian Q_kl = sum_j c_j y_jk y_jl, where c = max(curvature - relief, 0) leaves out what bends downwards. The
// quadratic model is then minimised by coordinate descent, a few rounds over k of x_k <- x_k - g_k / Q_kk with g kept
// up to date. One pass over the line pays for all rounds; for Normal noise the model is the objective itself (HALS,
// Cichocki and Phan 2009). Hsieh and Dhillon (2011) take coordinate steps on the objective, a pass for each.
#pragma once
#include "known.h"
#include "pass.h"

namespace nmf {

constexpr int rounds_of_lines = 5;
constexpr double keep_of_weight = 0.1;  // in one update: overshooting cannot end a weight

// The place of row k and column l in a symmetric matrix stored once.
NMF_INLINE uword place(uword k, uword l) { return k < l ? l * (l + 1) / 2 + k : k * (k + 1) / 2 + l; }

// Moves x downhill on the model; g follows. A weight that nothing pulls up (num = 0) ends at once, and a fixed one
// stays. P is one number, or a pack of them for as many lines; Q gives the Hessian.
template <class P, class Numbers, class Hessian>
NMF_INLINE void descend(uword rank, int rounds, const Numbers& num, const Numbers& fixed, Numbers& x, Numbers& least,
                        Numbers& g, const Hessian& Q) {
  for (uword k = 0; k < rank; ++k) least.put(k, x.get(k) * keep_of_weight);
  for (int round = 0; round < rounds; ++round)
    for (uword k = 0; k < rank; ++k) {
      const P old = x.get(k), q = Q(k, k);
      const P moved = if_positive(q, larger(old - g.get(k) / q, least.get(k)), old);
      const P now = if_positive(fixed.get(k), old, if_positive(num.get(k), moved, P(0.0))), change = now - old;
      x.put(k, now);
      for (uword l = 0; l < rank; ++l) g.put(l, g.get(l) + Q(k, l) * change);
    }
}

// K numbers for each of as many lines as a pack has lanes.
template <class P> struct Numbers;
template <int N> struct Numbers<Pack<N>> {
  double* at;
  NMF_INLINE Pack<N> get(uword k) const { return Pack<N>::load(at + k * N); }
  NMF_INLINE void put(uword k, const Pack<N>& value) { value.store(at + k * N); }
  NMF_INLINE void read(const mat& from, uword first, uword lanes, uword rank) {
    for (uword k = 0; k < rank; ++k) std::copy_n(from.colptr(k) + first, lanes, at + k * N);
  }
  NMF_INLINE void write(mat& to, uword first, uword lanes, uword rank) const {
    for (uword k = 0; k < rank; ++k) std::copy_n(at + k * N, lanes, to.colptr(k) + first);
  }
  NMF_INLINE void write_columns(mat& to, uword first, uword lanes, uword rank) const {
    for (uword l = 0; l < lanes; ++l)
      for (uword k = 0; k < rank; ++k) to(k, first + l) = at[k * N + l];
  }
};
template <> struct Numbers<double> {
  double* at;
  NMF_INLINE void read(const mat& from, uword line) { std::copy_n(from.colptr(line), from.n_rows, at); }
  NMF_INLINE double get(uword k) const { return at[k]; }
  NMF_INLINE void put(uword k, double value) { at[k] = value; }
};

// 1 - num / den, the gradient free of all scales.
template <class X> NMF_INLINE X scaled_gradient(const X& num, const X& den) {
  return if_positive(num, X(1.0) - num / den, if_positive(den, X(1.0), X(0.0)));
}

// What an update met: the half deviance, the sum of mu den, which is the size of the terms that cancel in it, and the
// stationarity residual max |min(x / largest, 1 - num / den)|.
struct Totals {
  Sum objective;
  double scale = 0, residual = 0;
  template <int N> NMF_INLINE void add(const Pack<N>& size, const Pack<N>& worst, int lanes) {
    scale += nmf::sum(size, lanes);
    for (int l = 0; l < lanes; ++l) residual = std::max(residual, worst[l]);
  }
};

// A weight counts relative to the largest of its line, or, where that is given, of its component over all lines.
template <class X> NMF_INLINE X distance(const X& x, const X& largest, const X& num, const X& den) {
  const X share = if_positive(largest, x / largest, X(0.0)), gradient = scaled_gradient(num, den);
  const X least = if_positive(larger(gradient - share, X(0.0)), share, gradient);
  return larger(least, X(0.0) - least);
}

// The quadratic model of every line: adjoints (K x lines) and the Hessian, once for each pair of weights.
struct LineModel {
  mat num, den, hessian;
  LineModel(uword rank, uword lines) : num(rank, lines), den(rank, lines), hessian(rank * (rank + 1) / 2, lines) {}
};

// What bends the quadratic model of a line besides the data: pseudo-counts b with the mean x.
template <class P> struct Pull { P num, curvature; };
template <class P> NMF_INLINE Pull<P> pull_of(const P& pseudo, const P& x) {
  const P inverse = P(1.0) / larger(x, P(Poisson().smallest_mean())), num = pseudo * inverse;
  return {num, num * inverse};
}

// X is updated, Y is not: lines x K and length of a line x K, or both the other way round for SparseLines. `fixed` and
// `pseudo` are like X or empty; `largest` is by component, or empty.
template <class Family, class Lines, bool weighted_> struct LineUpdate {
  static constexpr bool weighted = weighted_;
  const Family& family;
  const Lines& lines;
  mat& X;
  const mat &Y, &fixed, &pseudo;
  const vec &sum_of_y, &largest;
  const mat& gram;  // of Y, for Normal noise along stored cells
  bool objective;
  LineModel* model;  // where it is only asked for, and X stays
};

// All cells of as many lines as a pack has lanes.
template <class Family, class Lines, bool weighted> struct DenseLines {
  const LineUpdate<Family, Lines, weighted>& update;
  uword from, to;
  Totals& total;

  static constexpr bool general = Family::denominator == Denominator::general || weighted;
  static constexpr uword stretch = 256;  // cells of a line at a time

  template <class P> struct Sums { Numbers<P> num, den, hessian; };

  template <int N> NMF_INLINE void run() const {
    using P = Pack<N>;
    const uword length = update.Y.n_rows, rank = update.Y.n_cols, pairs = rank * (rank + 1) / 2;
    const bool by_rows = update.lines.side == Side::rows;
    Buffer v(stretch * N), weight(weighted ? stretch * N : 0), offset(weighted ? stretch * N : 0);
    Buffer memory((pairs + 7 * rank + 1) * N);
    Numbers<P> x{memory}, g{x.at + rank * N}, least{g.at + rank * N};
    Sums<P> sums{{least.at + rank * N}, {least.at + 2 * rank * N}, {least.at + 3 * rank * N}};
    Numbers<P> alpha{sums.hessian.at + pairs * N}, fixed{alpha.at + N}, pseudo{fixed.at + rank * N};
    for (uword first = from; first < to; first += N) {
      const uword lanes = std::min(uword(N), to - first);
      typename Lines::template Reader<N> reader(update.lines, first, lanes);
      x.read(update.X, first, lanes, rank);
      if (!update.fixed.empty()) fixed.read(update.fixed, first, lanes, rank);
      if (!update.pseudo.empty()) pseudo.read(update.pseudo, first, lanes, rank);
      alpha.put(0, 1.0);
      if (Family::by_row && by_rows)
        for (uword l = 0; l < lanes; ++l) alpha.at[l] = update.family.parameter(first + l);
      std::fill(sums.num.at, sums.num.at + (pairs + 2 * rank) * N, 0.0);
      P f = 0.0;
      for (uword start = 0; start < length; start += stretch) {
        const uword end = std::min(length, start + stretch);
        reader.load(start, end - start, v, weight, offset);
        const auto cells_at = [&](uword j) {
          const uword at = (j - start) * N, beside = weighted ? at : 0;
          return AtCells{v + at, weight + beside, offset + beside};
        };
        uword j = start;
        for (; j + 4 <= end; j += 4) add<N, 4>(j, cells_at(j), x, alpha.get(0), by_rows, sums, f);
        for (; j < end; ++j) add<N, 1>(j, cells_at(j), x, alpha.get(0), by_rows, sums, f);
      }
      if (update.objective) total.objective += nmf::sum(f, int(lanes));
      P size = 0.0, worst = 0.0, largest = 0.0;
      for (uword k = 0; k < rank; ++k) largest = larger(largest, x.get(k));
      for (uword k = 0; k < rank; ++k) {
        P num = sums.num.get(k), den = general ? sums.den.get(k) : P(update.sum_of_y[k]);
        if (!update.pseudo.empty()) {
          const Pull<P> pull = pull_of(pseudo.get(k), x.get(k));
          num += pull.num;
          den += 1.0;
          sums.num.put(k, num);
          sums.hessian.put(place(k, k), sums.hessian.get(place(k, k)) + pull.curvature);
        }
        if (!update.largest.empty()) largest = update.largest[k];
        worst = larger(worst, if_positive(fixed.get(k), P(0.0), distance(x.get(k), largest, num, den)));
        g.put(k, den - num);
        size += x.get(k) * den;
      }
      total.add(size, worst, int(lanes));
      if (update.model) {
        sums.num.write_columns(update.model->num, first, lanes, rank);
        if (general) sums.den.write_columns(update.model->den, first, lanes, rank);
        sums.hessian.write_columns(update.model->hessian, first, lanes, pairs);
        continue;
      }
      descend<P>(rank, rounds_of_lines, sums.num, fixed, x, least, g,
                 [&](uword k, uword l) { return sums.hessian.get(place(k, l)); });
      x.write(update.X, first, lanes, rank);
    }
  }

 private:
  struct AtCells {
    const double *v, *weight, *offset;
  };
  // C cells of every line.
  template <int N, int C>
  NMF_INLINE void add(uword j, const AtCells& at, const Numbers<Pack<N>>& x, const Pack<N>& a, bool by_rows,
                      Sums<Pack<N>>& sums, Pack<N>& f) const {
    using P = Pack<N>;
    const mat& Y = update.Y;
    const uword rank = Y.n_cols;
    const double smallest = update.family.smallest_mean();
    P mu[C], cell[C], bend[C], own[C], weight[C];
    NMF_UNROLL for (int c = 0; c < C; ++c) mu[c] = 0.0;
    for (uword k = 0; k < rank; ++k) {
      const P weight = x.get(k);
      const double* y = Y.colptr(k) + j;
      NMF_UNROLL for (int c = 0; c < C; ++c) mu[c] += weight * P(y[c]);
    }
    Parts<P> parts[C];
    NMF_UNROLL for (int c = 0; c < C; ++c) {
      if (weighted) mu[c] = mu[c] * P::load(at.offset + c * N);
      mu[c] = larger(mu[c], P(smallest));
      cell[c] = P::load(at.v + c * N);
      own[c] = Family::by_row && !by_rows ? P(update.family.parameter(j + uword(c))) : a;
      parts[c] = update.family.parts(cell[c], mu[c], own[c]);
      bend[c] = general ? larger(parts[c].curvature - parts[c].relief, P(0.0)) : parts[c].curvature;
      if (weighted) weight[c] = P::load(at.weight + c * N);
    }
    if (update.objective) {
      if (by_rows) {
        f += half_deviances<C, weighted>(update.family, cell, mu, a, parts, weight);
      } else {
        for (int c = 0; c < C; ++c)
          f += half_deviances<1, weighted>(update.family, cell + c, mu + c, own[c], parts + c, weight + c);
      }
    }
    if (weighted) NMF_UNROLL for (int c = 0; c < C; ++c) {
        const P offset = P::load(at.offset + c * N), once = weight[c] * offset;
        parts[c].num = parts[c].num * once;
        parts[c].den = parts[c].den * once;
        bend[c] = bend[c] * once * offset;
      }
    for (uword k = 0; k < rank; ++k) {
      const double* y = Y.colptr(k) + j;
      P num = sums.num.get(k), den = sums.den.get(k), bent[C];
      NMF_UNROLL for (int c = 0; c < C; ++c) {
        const P weight = y[c];
        num += parts[c].num * weight;
        if (general) den += parts[c].den * weight;
        bent[c] = bend[c] * weight;
      }
      sums.num.put(k, num);
      if (general) sums.den.put(k, den);
      for (uword l = 0; l <= k; ++l) {
        const double* z = Y.colptr(l) + j;
        P s = sums.hessian.get(place(k, l));
        NMF_UNROLL for (int c = 0; c < C; ++c) s += bent[c] * P(z[c]);
        sums.hessian.put(place(k, l), s);
      }
    }
  }
};

// The stored cells of one line at a time, where den and curvature are the same for all others (Poisson, and Normal with
// weights): lanes are cells. The objective is relative to v = 0 and weight 1.
template <class Family, class Lines, bool weighted> struct SparseLines {
  const LineUpdate<Family, Lines, weighted>& update;
  uword from, to;
  Totals& total;

  template <int N> NMF_INLINE void run() const {
    using P = Pack<N>;
    const uword rank = update.Y.n_rows, pairs = rank * (rank + 1) / 2;
    const double smallest = update.family.smallest_mean();
    uword longest = 0;
    for (uword line = from; line < to; ++line) longest = std::max(longest, update.lines.count(line));
    const uword room = (longest + N - 1) / N * N;
    constexpr bool normal = Family::denominator == Denominator::mean;
    Buffer v(room), bend(room), weight(weighted ? room : 0), y(room * rank), memory(pairs + 6 * rank);
    Numbers<double> x{memory}, g{memory + rank}, least{memory + 2 * rank}, num{memory + 3 * rank},
        fixed{memory + 4 * rank}, pseudo{memory + 5 * rank};
    double* hessian = memory + 6 * rank;
    for (uword line = from; line < to; ++line) {
      const uword count = update.lines.count(line), padded = (count + N - 1) / N * N;
      const int* index = update.lines.index_of(line);
      for (uword t = 0; t < count; ++t) {
        const double* features = update.Y.colptr(uword(index[t]));
        v[t] = update.lines.value(line, t);
        if (weighted) weight[t] = update.lines.weight(line, t);
        for (uword k = 0; k < rank; ++k) y[k * room + t] = features[k];
      }
      for (uword t = count; t < padded; ++t) {  // y = v = 0 adds nothing
        v[t] = 0;
        if (weighted) weight[t] = 1;
        for (uword k = 0; k < rank; ++k) y[k * room + t] = 0;
      }
      x.read(update.X, line);
      if (!update.fixed.empty()) fixed.read(update.fixed, line);
      if (!update.pseudo.empty()) pseudo.read(update.pseudo, line);
      P f = 0.0;
      for (uword t = 0; t < padded; t += N) {
        P mu = 0.0;
        for (uword k = 0; k < rank; ++k) mu += P(x.at[k]) * P::load(y + k * room + t);
        mu = larger(mu, P(smallest));
        const P cell = P::load(v + t);
        const Parts<P> parts = update.family.parts(cell, mu, P(0.0));
        if (weighted) {
          const P omega = P::load(weight + t);
          (parts.num * omega).store(v + t);
          (normal ? omega - 1.0 : parts.curvature * omega).store(bend + t);
          (parts.den * (omega - 1.0)).store(weight + t);
          if (update.objective) f += excess(update.family, cell, mu, parts, omega);
        } else {
          parts.num.store(v + t);
          parts.curvature.store(bend + t);
          if (update.objective)
            f += if_positive(cell, update.family.half_deviance(cell, mu, P(0.0), parts) - mu, P(0.0));
        }
      }
      total.objective += nmf::sum(f);
      for (uword k = 0; k < rank; ++k) {
        P pull = 0.0;
        for (uword t = 0; t < padded; t += N) pull += P::load(v + t) * P::load(y + k * room + t);
        num.at[k] = nmf::sum(pull);
        for (uword l = 0; l <= k; ++l) {
          P s = 0.0;
          for (uword t = 0; t < padded; t += N)
            s += P::load(bend + t) * P::load(y + k * room + t) * P::load(y + l * room + t);
          hessian[place(k, l)] = nmf::sum(s) + (normal ? update.gram(k, l) : 0);
        }
      }
      double largest = 0;
      for (uword k = 0; k < rank; ++k) largest = std::max(largest, x.at[k]);
      for (uword k = 0; k < rank; ++k) {
        double den = update.sum_of_y[k];
        if (weighted) {
          P pull = 0.0;
          for (uword t = 0; t < padded; t += N) pull += P::load(weight + t) * P::load(y + k * room + t);
          if (normal) {
            den = 0;
            for (uword l = 0; l < rank; ++l) den += update.gram(k, l) * x.at[l];
          }
          den += nmf::sum(pull);
          total.scale += x.at[k] * den;
          if (update.model) update.model->den(k, line) = den;
        }
        if (!update.pseudo.empty()) {
          const Pull<double> pull = pull_of(pseudo.at[k], x.at[k]);
          num.at[k] += pull.num;
          den += 1;
          hessian[place(k, k)] += pull.curvature;
        }
        if (!update.largest.empty()) largest = update.largest[k];
        if (fixed.at[k] == 0) total.residual = std::max(total.residual, distance(x.at[k], largest, num.at[k], den));
        g.at[k] = den - num.at[k];
      }
      if (update.model) {
        std::copy_n(num.at, rank, update.model->num.colptr(line));
        std::copy_n(hessian, pairs, update.model->hessian.colptr(line));
        continue;
      }
      descend<double>(rank, rounds_of_lines, num, fixed, x, least, g,
                      [&](uword k, uword l) { return hessian[place(k, l)]; });
      std::copy_n(x.at, rank, update.X.colptr(line));
    }
  }
};

// Normal noise needs the products B = V Y and G = Y'Y alone.
struct NormalLines {
  mat& X;
  const mat &B, &G, &fixed_entries;
  const vec& largest;
  uword from, to;
  Totals& total;

  template <int N> NMF_INLINE void run() const {
    using P = Pack<N>;
    const uword rank = G.n_cols;
    Buffer memory(5 * rank * N);
    Numbers<P> x{memory}, num{x.at + rank * N}, g{num.at + rank * N}, least{g.at + rank * N},
        fixed{least.at + rank * N};
    for (uword first = from; first < to; first += N) {
      const uword lanes = std::min(uword(N), to - first);
      x.read(X, first, lanes, rank);
      num.read(B, first, lanes, rank);
      if (!fixed_entries.empty()) fixed.read(fixed_entries, first, lanes, rank);
      P worst = 0.0, top = 0.0;
      for (uword k = 0; k < rank; ++k) top = larger(top, x.get(k));
      for (uword k = 0; k < rank; ++k) {
        P den = 0.0;
        for (uword l = 0; l < rank; ++l) den += x.get(l) * P(G(l, k));
        if (!largest.empty()) top = largest[k];
        worst = larger(worst, if_positive(fixed.get(k), P(0.0), distance(x.get(k), top, num.get(k), den)));
        g.put(k, den - num.get(k));
      }
      total.add(P(0.0), worst, int(lanes));
      descend<P>(rank, rounds_of_lines, num, fixed, x, least, g, [&](uword k, uword l) { return P(G(l, k)); });
      x.write(X, first, lanes, rank);
    }
  }
};

// Lines in pieces; they do not depend on each other.
constexpr uword most_pieces_of_lines = 64;
template <class Kernel> void for_lines(uword lines, double work, int threads, Kernel kernel) {
  const uword groups = (lines + widest - 1) / widest;
  const uword pieces = std::min({uword(1 + work / worth_a_thread), most_pieces_of_lines, groups});
  for_each_piece(int(pieces), threads, [&](int p) {
    const uword from = uword(p) * groups / pieces * widest, to = uword(p + 1) * groups / pieces * widest;
    kernel(p, from, std::min(to, lines));
  });
}

struct PieceTotals {
  std::array<Totals, most_pieces_of_lines> pieces;
  Totals sum() const {
    Totals all;
    for (const Totals& piece : pieces) {
      all.objective += piece.objective;
      all.scale += piece.scale;
      all.residual = std::max(all.residual, piece.residual);
    }
    return all;
  }
};

// Whether lines are walked along their stored cells; X and Y then have a column for each line.
template <class Cells, class Family>
constexpr bool along_nonzeros = Cells::sparse && (Cells::weighted ? Family::denominator != Denominator::general
                                                                  : Family::denominator == Denominator::one);

// One update of all lines of W or H; Y is the other factor. `by_line`: what a weight is relative to.
template <class Family, class Lines, class Cells>
Totals update_lines(const Cells& cells, const Family& family, const Lines& lines, mat& X, const mat& Y,
                    const mat& fixed, const mat& pseudo, bool by_line, bool objective, int threads,
                    LineModel* model = nullptr) {
  constexpr bool weighted = Cells::weighted, normal = Family::denominator == Denominator::mean,
                 closed_form = Family::denominator == Denominator::one && !weighted,
                 by_nonzeros = along_nonzeros<Cells, Family>;
  constexpr uword over_lines = by_nonzeros ? 1 : 0;
  const vec sum_of_y = sums_of(Y, over_lines), sum_of_x = sums_of(X, over_lines),
            largest = by_line ? vec() : vec(arma::vectorise(arma::max(X, over_lines)));
  const mat gram = normal && by_nonzeros ? mat(Y * Y.t()) : mat();
  const LineUpdate<Family, Lines, weighted> update{family,   lines,   X,    Y,         fixed, pseudo,
                                                   sum_of_y, largest, gram, objective, model};
  const double sum_of_mu = arma::dot(sum_of_x, sum_of_y),
               of_zeros = normal && by_nonzeros ? 0.5 * arma::accu((X * X.t()) % gram) : sum_of_mu,
               rank = double(sum_of_y.n_elem);
  const uword count = by_nonzeros ? X.n_cols : X.n_rows;
  PieceTotals totals;
  for_lines(count, work_of(cells, by_nonzeros) * rank * (3 + 0.5 * rank), threads, [&](int p, uword from, uword to) {
    Totals& total = totals.pieces[uword(p)];
    if constexpr (by_nonzeros) run_widest(SparseLines<Family, Lines, weighted>{update, from, to, total});
    else run_widest(DenseLines<Family, Lines, weighted>{update, from, to, total});
  });
  Totals met = totals.sum();
  if (closed_form && model) model->den.each_col() = sum_of_y;
  if (by_nonzeros) met.objective += of_zeros;
  if (closed_form) met.scale = sum_of_mu;
  return met;
}

// The same for Normal noise, with the objective as in pass().
template <class Cells>
Totals update_normal_lines(const Cells& cells, Side side, mat& X, const mat& Y, const mat& fixed, bool by_line,
                           int threads) {
  const mat B = side == Side::rows ? times(cells, mat(Y.t()), threads) : mat(cross(cells, Y, threads).t());
  const mat G = Y.t() * Y;
  const vec largest = by_line ? vec() : vec(arma::max(X, 0).t());
  const double squares_of_mu = arma::accu((X.t() * X) % G);
  const double objective = std::max(0.0, 0.5 * (cells.sums.squares - 2 * arma::dot(X, B) + squares_of_mu));
  PieceTotals totals;
  for_lines(X.n_rows, double(X.n_rows) * double(G.n_elem) * rounds_of_lines, threads, [&](int p, uword from, uword to) {
    run_widest(NormalLines{X, B, G, fixed, largest, from, to, totals.pieces[uword(p)]});
  });
  Totals met;
  met.objective += objective;
  met.scale = squares_of_mu;
  met.residual = totals.sum().residual;
  return met;
}

}  // namespace nmf
