// Newton's method along the lines of V. With one factor Y fixed, every line of
// V (a row, or a column) has K weights x of its own, mu_j = sum_k x_k y_jk, and
// half its deviance has the gradient g_k = sum_j (den - num)_j y_jk and, near
// x, the Hessian Q_kl = sum_j c_j y_jk y_jl, where c = max(curvature - relief,
// 0) leaves out what bends downwards. The quadratic model is then minimised by
// coordinate descent, a few rounds over k of x_k <- x_k - g_k / Q_kk with g
// kept up to date. One pass over the line pays for all rounds; for Normal noise
// the model is the objective itself (HALS, Cichocki and Phan 2009). Hsieh and
// Dhillon (2011) take coordinate steps on the objective, a pass for each.
//
// The sums over cells come first; begin_descent() then adds what penalties pull
// and measures the residual. A weight that is 0 and that nothing pulls up stays
// for this update: with K components of which a line has a, the Hessian along
// stored cells costs a^2, and only what is left grows with K.
#pragma once
#include "cells.h"
#include "complement.h"
#include "distance.h"
#include "pieces.h"
#include "source.h"
#include "watch.h"

namespace nmf {

constexpr int rounds_of_lines = 5;
constexpr double keep_of_weight = 0.1;  // in one update: overshooting cannot end a weight
constexpr double rounding_of_line = std::numeric_limits<double>::epsilon();

// g follows a change of weight k.
template <class P, class Numbers, class Hessian>
NMF_INLINE void follow(const Hessian& Q, uword rank, uword k, const P& change, Numbers& g) {
  for (uword l = 0; l < rank; ++l) g.put(l, g.get(l) + Q(k, l) * change);
}

// Moves x downhill on the model; g follows. A model without curvature has its
// least at an end. A weight that nothing pulls up (num = 0) ends at once, as
// does one that is going down and is lost in the rounding of its line, where it
// would only become denormal; a fixed one stays. P is one number, or a pack of
// them for as many lines; `size` is the sum of x den over the line, Q gives the
// Hessian, to whose diagonal `bend` is added where it is not null.
template <class P, class Numbers, class Hessian>
NMF_INLINE void descend(uword rank, int rounds, const Numbers& num, const Numbers& fixed, Numbers& x, Numbers& least,
                        Numbers& g, const P& size, const Hessian& Q, const Numbers* bend = nullptr) {
  for (uword k = 0; k < rank; ++k) {
    const P own = x.get(k), counts = own * (g.get(k) + num.get(k)) - size * rounding_of_line;
    least.put(k, if_positive(counts, own * keep_of_weight, P(0.0)));
  }
  for (int round = 0; round < rounds; ++round)
    for (uword k = 0; k < rank; ++k) {
      const P old = x.get(k), q = bend ? Q(k, k) + bend->get(k) : Q(k, k);
      const P straight = if_positive(g.get(k), least.get(k), old);
      const P moved = if_positive(q, larger(old - g.get(k) / q, least.get(k)), straight);
      const P now = if_positive(fixed.get(k), old, if_positive(num.get(k), moved, P(0.0))), change = now - old;
      x.put(k, now);
      follow(Q, rank, k, change, g);
      if (bend) g.put(k, g.get(k) + bend->get(k) * change);
    }
}

// K numbers for each of as many lines as a pack has lanes, which lie lines x K;
// or for one line of K x lines.
template <class P> struct Numbers;
template <int N> struct Numbers<Pack<N>> {
  double* at;
  NMF_INLINE Pack<N> get(uword k) const { return Pack<N>::load(at + k * N); }
  NMF_INLINE void put(uword k, const Pack<N>& value) const { value.store(at + k * N); }
  NMF_INLINE void read(const mat& from, uword first, uword lanes, uword rank) const {
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
  NMF_INLINE double get(uword k) const { return at[k]; }
  NMF_INLINE void put(uword k, double value) const { at[k] = value; }
  NMF_INLINE void read(const mat& from, uword line, uword, uword rank) const {
    std::copy_n(from.colptr(line), rank, at);
  }
  NMF_INLINE void write(mat& to, uword line, uword, uword rank) const { std::copy_n(at, rank, to.colptr(line)); }
};

// A whole Hessian of one line, rows apart by whole packs, to which g is filled up.
template <int N> struct Square {
  const double* at;
  const uword width;
  NMF_INLINE double operator()(uword k, uword l) const { return at[k * width + l]; }
};
template <int N> NMF_INLINE void follow(const Square<N>& Q, uword rank, uword k, double change, Numbers<double>& g) {
  if (change == 0) return;
  for (uword l = 0; l < rank; l += N)
    (Pack<N>::load(g.at + l) + Pack<N>::load(Q.at + k * Q.width + l) * Pack<N>(change)).store(g.at + l);
}

// A line, or a pack of lines, on its way: its weights, and what is known of
// them once the cells are added up.
template <class P> struct Line {
  static constexpr uword lanes = sizeof(P) / sizeof(double), parts = 9;
  const uword rank;
  const Hold& hold;
  const bool pulled;
  Numbers<P> x, num, den, g, least, fixed, pull_num, pull_den, bend;
  Line(double* memory, uword rank, const Hold& hold) : rank(rank), hold(hold), pulled(!hold.pull.empty()) {
    for (Numbers<P>* part : {&x, &num, &den, &g, &least, &fixed, &pull_num, &pull_den, &bend}) {
      part->at = memory;
      memory += rank * lanes;
    }
  }
  NMF_INLINE void read(const mat& X, uword first, uword count) const {
    x.read(X, first, count, rank);
    if (!hold.fixed.empty()) fixed.read(hold.fixed, first, count, rank);
    else std::fill_n(fixed.at, rank * lanes, 0.0);
    if (!pulled) return;
    pull_num.read(hold.pull.num, first, count, rank);
    pull_den.read(hold.pull.den, first, count, rank);
    bend.read(hold.pull.curvature, first, count, rank);
  }
};

NMF_INLINE void add(Totals& total, double size, double worst, int) {
  total.scale += size;
  total.residual = std::max(total.residual, worst);
}
template <int N> NMF_INLINE void add(Totals& total, const Pack<N>& size, const Pack<N>& worst, int lanes) {
  total.scale += nmf::sum(size, lanes);
  for (int l = 0; l < lanes; ++l) total.residual = std::max(total.residual, worst[l]);
}
template <class P> NMF_INLINE P size_of(const Line<P>& line) {
  P size = 0.0;
  for (uword k = 0; k < line.rank; ++k) size += line.x.get(k) * line.den.get(k);
  return size;
}

// What comes after the sums over num and den: penalties, the residual, the gradient, and which weights stay. Gives the
// size of the line.
template <class P> NMF_INLINE P begin_descent(Line<P>& line, Totals& total, int lanes) {
  const uword rank = line.rank;
  const vec& largest = line.hold.largest;
  P worst = 0.0, top = line.hold.least;
  if (line.pulled)
    for (uword k = 0; k < rank; ++k) {
      line.num.put(k, line.num.get(k) + line.pull_num.get(k));
      line.den.put(k, line.den.get(k) + line.pull_den.get(k));
    }
  for (uword k = 0; k < rank; ++k) top = larger(top, line.x.get(k));
  for (uword k = 0; k < rank; ++k) {
    const P x = line.x.get(k), num = line.num.get(k), den = line.den.get(k), g = den - num, fixed = line.fixed.get(k);
    if (!largest.empty()) top = largest[k];
    worst = larger(worst, if_positive(fixed, P(0.0), distance(x, top, num, den)));
    line.g.put(k, g);
    line.fixed.put(k, if_positive(x, fixed, if_positive(P(0.0) - g, fixed, P(1.0))));
  }
  const P size = size_of(line);
  add(total, size, worst, lanes);
  return size;
}
// What comes after all sums over cells.
template <class P, class Hessian> NMF_INLINE void finish(Line<P>& line, const Hessian& Q, Totals& total, int lanes) {
  const P size = begin_descent(line, total, lanes);
  descend<P>(line.rank, rounds_of_lines, line.num, line.fixed, line.x, line.least, line.g, size, Q,
             line.pulled ? &line.bend : nullptr);
}

// X is updated, Y is not: lines x K and length of a line x K, or both the other
// way round for StoredCells. `hold` is like X.
template <class Family> struct LineUpdate {
  const Family& family;
  const Data& data;
  const Side side;
  const StoredLines* stored;  // of a sparse V
  mat& X;
  const mat& Y;
  const Hold& hold;
  const vec& sum_of_y;
  bool objective;
  LineModels* models;  // where they are only asked for, and X stays
  // where cells of a sparse V have weights: those that have another than 1; den
  // of Poisson noise; products of Y
  const OtherCells* others;
  const mat* den;
  const Elsewhere* products;
};

// All cells of as many lines as a pack has lanes, in stretches of them: those
// that are zero in all lanes come last, where the family is flat at zero, for
// they only have a den.
template <class Family, bool weighted> struct AllCells {
  const LineUpdate<Family>& update;
  uword from, to;
  Totals& total;

  static constexpr bool general = Family::denominator == Denominator::general || weighted;
  static constexpr uword stretch = 256;  // cells of a line at a time

  template <int N> NMF_INLINE void run() const {
    using P = Pack<N>;
    const uword length = update.Y.n_rows, rank = update.Y.n_cols, pairs = rank * (rank + 1) / 2;
    const bool by_rows = update.side == Side::rows;
    Buffer v(stretch * N), weight(weighted ? stretch * N : 0), offset(weighted ? stretch * N : 0);
    Buffer memory((Line<P>::parts * rank + pairs + 1) * N);
    Line<P> line(memory, rank, update.hold);
    const Numbers<P> hessian{memory + Line<P>::parts * rank * N}, alpha{hessian.at + pairs * N};
    LineReader reader(update.data, update.side, update.stored, N);
    Lookout lookout;
    for (uword first = from; first < to; first += N) {
      const uword lanes = std::min(uword(N), to - first);
      lookout.pass(lanes * length);
      reader.begin(first, lanes);
      line.read(update.X, first, lanes);
      alpha.put(0, 1.0);
      if (Family::by_row && by_rows)
        for (uword l = 0; l < lanes; ++l) alpha.at[l] = update.family.parameter(first + l);
      std::fill_n(line.num.at, rank * N, 0.0);
      std::fill_n(line.den.at, rank * N, 0.0);
      std::fill_n(hessian.at, pairs * N, 0.0);
      P f = 0.0;
      for (uword start = 0; start < length; start += stretch) {
        const uword end = std::min(length, start + stretch);
        reader.load(start, end - start, v, weighted ? static_cast<double*>(weight) : nullptr,
                    weighted ? static_cast<double*>(offset) : nullptr);
        const Stretch cells{start, v, weight, offset};
        uword bending[stretch], flat[stretch], n_bending = 0, n_flat = 0;
        for (uword j = 0; j < end - start; ++j) {
          if (!Family::flat_at_zero || v[j * N] > 0 || any_positive(P::load(v + j * N))) bending[n_bending++] = j;
          else flat[n_flat++] = j;
        }
        walk<N, true>(bending, n_bending, cells, line, hessian, alpha.get(0), by_rows, f);
        if constexpr (Family::flat_at_zero)
          if (general || update.objective) walk<N, false>(flat, n_flat, cells, line, hessian, alpha.get(0), by_rows, f);
      }
      if (update.objective) total.objective += nmf::sum(f, int(lanes));
      if (!general)
        for (uword k = 0; k < rank; ++k) line.den.put(k, update.sum_of_y[k]);
      if (update.models) {
        nmf::add(total, size_of(line), P(0.0), int(lanes));
        line.num.write_columns(update.models->num, first, lanes, rank);
        line.den.write_columns(update.models->den, first, lanes, rank);
        hessian.write_columns(update.models->hessian, first, lanes, pairs);
        continue;
      }
      finish(
          line, [&](uword k, uword l) NMF_LAMBDA { return hessian.get(place(k, l)); }, total, int(lanes));
      line.x.write(update.X, first, lanes, rank);
    }
  }

 private:
  struct Stretch {
    uword start;
    const double *v, *weight, *offset;
  };
  template <int N, bool bends>
  NMF_INLINE void walk(const uword* at, uword count, const Stretch& cells, Line<Pack<N>>& line,
                       const Numbers<Pack<N>>& hessian, const Pack<N>& a, bool by_rows, Pack<N>& f) const {
    uword t = 0;
    for (; t + 4 <= count; t += 4) add<N, 4, bends>(at + t, cells, line, hessian, a, by_rows, f);
    for (; t < count; ++t) add<N, 1, bends>(at + t, cells, line, hessian, a, by_rows, f);
  }
  // C cells of every line, `at` in the stretch. Those that do not bend are 0, and are there where the family is flat at
  // zero.
  template <int N, int C, bool bends>
  NMF_INLINE void add(const uword* at, const Stretch& cells, Line<Pack<N>>& line, const Numbers<Pack<N>>& hessian,
                      const Pack<N>& a, bool by_rows, Pack<N>& f) const {
    using P = Pack<N>;
    const mat& Y = update.Y;
    const uword rank = Y.n_cols;
    const double smallest = update.family.smallest_mean();
    P mu[C], cell[C], bend[C], own[C], weight[C];
    NMF_UNROLL for (int c = 0; c < C; ++c) mu[c] = 0.0;
    for (uword k = 0; k < rank; ++k) {
      const P entry = line.x.get(k);
      const double* y = Y.colptr(k) + cells.start;
      NMF_UNROLL for (int c = 0; c < C; ++c) mu[c] += entry * P(y[at[c]]);
    }
    Parts<P> parts[C];
    NMF_UNROLL for (int c = 0; c < C; ++c) {
      cell[c] = bends ? P::load(cells.v + at[c] * N) : P(0.0);
      if (weighted) {
        weight[c] = P::load(cells.weight + at[c] * N);
        // a missing cell is given its value for a mean: 0 times what no number holds would be NaN
        mu[c] = if_positive(weight[c], mu[c] * P::load(cells.offset + at[c] * N), cell[c]);
      }
      mu[c] = larger(mu[c], P(smallest));
      own[c] = Family::by_row && !by_rows ? P(update.family.parameter(cells.start + at[c])) : a;
      parts[c] = update.family.parts(cell[c], mu[c], own[c]);
      bend[c] = general ? larger(parts[c].curvature - parts[c].relief, P(0.0)) : parts[c].curvature;
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
        const P offset = P::load(cells.offset + at[c] * N), once = weight[c] * offset;
        parts[c].num = parts[c].num * once;
        parts[c].den = parts[c].den * once;
        bend[c] = bend[c] * once * offset;
      }
    if (!bends && !general) return;
    for (uword k = 0; k < rank; ++k) {
      const double* y = Y.colptr(k) + cells.start;
      P num = line.num.get(k), den = line.den.get(k), bent[C];
      NMF_UNROLL for (int c = 0; c < C; ++c) {
        const P entry = y[at[c]];
        if (bends) num += parts[c].num * entry;
        if (general) den += parts[c].den * entry;
        if (bends) bent[c] = bend[c] * entry;
      }
      if (bends) line.num.put(k, num);
      if (general) line.den.put(k, den);
      if (bends)
        for (uword l = 0; l <= k; ++l) {
          const double* z = Y.colptr(l) + cells.start;
          P s = hessian.get(place(k, l));
          NMF_UNROLL for (int c = 0; c < C; ++c) s += bent[c] * P(z[at[c]]);
          hessian.put(place(k, l), s);
        }
    }
  }
};

// The stored cells of one line at a time, where den and curvature are the same
// for all others (Poisson, and Normal with weights): lanes are cells. The
// objective is relative to v = 0, without the sum of w mu, or of w mu^2 / 2.
template <class Family, bool weighted> struct StoredCells {
  const LineUpdate<Family>& update;
  uword from, to;
  Totals& total;

  template <int N> NMF_INLINE void run() const {
    using P = Pack<N>;
    const uword rank = update.Y.n_rows, pairs = rank * (rank + 1) / 2;
    const double smallest = update.family.smallest_mean();
    uword longest = 0;
    for (uword line = from; line < to; ++line) longest = std::max(longest, update.stored->count(line));
    const uword room = (longest + N - 1) / N * N;
    constexpr bool normal = Family::denominator == Denominator::mean;
    Buffer v(room), bend(room), other(weighted ? room : 0), y(room * (rank + 1));  // the last component is 0
    const uword filled_up = weighted && normal ? whole_packs(pairs) : 0, width = whole_packs(rank);
    constexpr uword parts = Line<double>::parts;
    Buffer memory(parts * (rank + width) + pairs), elsewhere(filled_up), gone(filled_up);
    Line<double> line(memory, rank, update.hold), moving(memory + parts * rank, width, update.hold);
    double* hessian = memory + parts * (rank + width);
    const bool whole = update.models || (weighted && normal);  // whether the Hessian of all weights is asked for
    Buffer square(width * rank), nothing(rank);
    std::vector<uword> all(rank), positive(rank), free(rank);
    for (uword k = 0; k < rank; ++k) all[k] = k;
    std::vector<const double*> features;
    Lookout lookout;
    for (uword at = from; at < to; ++at) {
      lookout.pass(update.stored->count(at) + 16);
      const int* index = update.stored->index_of(at);
      features.clear();
      for (uword t = 0, stored = update.stored->count(at); t < stored; ++t) {
        const uword count = features.size();
        if (weighted) {
          other[count] = update.stored->weight(at, t);
          if (!(other[count] > 0)) continue;
        }
        v[count] = update.stored->value(at, t);
        features.push_back(update.Y.colptr(uword(index[t])));
      }
      const uword count = features.size(), padded = (count + N - 1) / N * N;  // of cells that have a weight
      features.resize(padded, nothing);                                       // y = v = 0 adds nothing
      for (uword t = count; t < padded; ++t) {
        v[t] = 0;
        if (weighted) other[t] = 1;
      }
      for (uword t = 0; t < padded; t += N)
        for (uword k = 0; k < rank; ++k)
          NMF_UNROLL for (int l = 0; l < N; ++l) y[k * room + t + uword(l)] = features[t + uword(l)][k];
      line.read(update.X, at, 1);
      positive.clear();
      for (uword k = 0; k < rank; ++k)
        if (line.x.at[k] > 0) positive.push_back(k);
      P f = 0.0;
      for (uword t = 0; t < padded; t += N) {
        P mu = 0.0;
        for (const uword k : positive) mu += P(line.x.at[k]) * P::load(y + k * room + t);
        mu = larger(mu, P(smallest));
        const P cell = P::load(v + t);
        const Parts<P> parts = update.family.parts(cell, mu, P(0.0));
        if (weighted) {
          const P omega = P::load(other + t);
          P excess = 0.0;
          if (update.objective)
            excess = normal ? cell * cell * 0.5 - cell * mu
                            : if_positive(cell, update.family.half_deviance(cell, mu, P(0.0), parts) - mu, P(0.0));
          f += excess * omega;
          (parts.num * omega).store(v + t);
          if (!normal) (parts.curvature * omega).store(bend + t);
        } else {
          parts.num.store(v + t);
          parts.curvature.store(bend + t);
          if (update.objective)
            f += if_positive(cell, update.family.half_deviance(cell, mu, P(0.0), parts) - mu, P(0.0));
        }
      }
      double objective = nmf::sum(f);
      if (weighted && normal) {  // of these cells the rest of the line knows nothing
        update.products->template sum<N>(update.others->of(at), elsewhere, gone);
        for (uword t = 0; t < count; ++t)
          if (other[t] == 1) other[t] = 0;
        for (uword t = count; t < padded; ++t) other[t] = 0;
      }
      const double* bent = weighted && normal ? other : bend;
      for (uword k = 0; k < rank; ++k) {
        P pull = 0.0;
        for (uword t = 0; t < padded; t += N) pull += P::load(v + t) * P::load(y + k * room + t);
        line.num.at[k] = nmf::sum(pull);
      }
      const auto to_pairs = [&](uword k, uword l, double q) NMF_LAMBDA { hessian[place(k, l)] = q; };
      if (whole) add_hessian<N>(bent, y, room, padded, rank, all, to_pairs);
      if (weighted && normal)
        for (uword pair = 0; pair < pairs; ++pair) hessian[pair] += elsewhere[pair];
      for (uword k = 0; k < rank; ++k) {
        double den = weighted && !normal ? (*update.den)(k, at) : update.sum_of_y[k];
        if (weighted && normal) {
          den = 0;
          for (uword l = 0; l < rank; ++l) den += hessian[place(k, l)] * line.x.at[l];
        }
        line.den.at[k] = den;
      }
      if (weighted && update.objective) objective += (normal ? 0.5 : 1) * size_of(line);
      total.objective += objective;
      if (update.models) {
        nmf::add(total, size_of(line), 0, 1);
        std::copy_n(line.num.at, rank, update.models->num.colptr(at));
        std::copy_n(line.den.at, rank, update.models->den.colptr(at));
        std::copy_n(hessian, pairs, update.models->hessian.colptr(at));
        continue;
      }
      const double size = begin_descent(line, total, 1);
      free.clear();
      for (uword k = 0; k < rank; ++k)
        if (whole || !(line.fixed.at[k] > 0)) free.push_back(k);
      const auto to_square = [&](uword k, uword l, double q)
                                 NMF_LAMBDA { square[k * width + l] = square[l * width + k] = q; };
      if (!whole) add_hessian<N>(bent, y, room, padded, rank, free, to_square);
      else
        for (uword k = 0; k < rank; ++k)
          for (uword l = 0; l <= k; ++l) to_square(k, l, hessian[place(k, l)]);
      const auto among_free = [&](const auto& f) NMF_LAMBDA {
        for (uword c = 0; c < free.size(); ++c) f(c, free[c]);
      };
      among_free([&](uword c, uword k) NMF_LAMBDA {
        moving.x.at[c] = line.x.at[k];
        moving.num.at[c] = line.num.at[k];
        moving.g.at[c] = line.g.at[k];
        moving.fixed.at[c] = line.fixed.at[k];
        moving.bend.at[c] = line.bend.at[k];
      });
      std::fill(moving.g.at + free.size(), moving.g.at + width, 0.0);
      descend<double>(free.size(), rounds_of_lines, moving.num, moving.fixed, moving.x, moving.least, moving.g, size,
                      Square<N>{square, width}, line.pulled ? &moving.bend : nullptr);
      among_free([&](uword c, uword k) NMF_LAMBDA { line.x.at[k] = moving.x.at[c]; });
      line.x.write(update.X, at, 1, rank);
    }
  }

 private:
  static constexpr uword tile = 4;

  // sum_t bent_t y_kt y_lt for all pairs of these components, a tile of them at a time, which are as many registers:
  // what is loaded serves all of a tile. Component `none` is 0.
  template <int N, class Put>
  NMF_INLINE static void add_hessian(const double* bent, const double* y, uword room, uword padded, uword none,
                                     const std::vector<uword>& components, const Put& put) {
    using P = Pack<N>;
    constexpr int across = N == 8 ? 4 : 2;  // of 32 registers, or of 16
    const uword count = components.size();
    const auto row = [&](uword k) NMF_LAMBDA { return y + (k < count ? components[k] : none) * room; };
    for (uword from = 0; from < count; from += tile) {
      const double* own_rows[tile];
      for (uword k = 0; k < tile; ++k) own_rows[k] = row(from + k);
      for (uword to = 0; to < std::min(from + tile, count); to += across) {
        const double* rows[across];
        for (int l = 0; l < across; ++l) rows[l] = row(to + uword(l));
        P s[tile][across];
        NMF_UNROLL for (uword k = 0; k < tile; ++k) NMF_UNROLL for (int l = 0; l < across; ++l) s[k][l] = 0.0;
        for (uword t = 0; t < padded; t += N) {
          P own[tile];
          NMF_UNROLL for (uword k = 0; k < tile; ++k) own[k] = P::load(bent + t) * P::load(own_rows[k] + t);
          NMF_UNROLL for (int l = 0; l < across; ++l) {
            const P other = P::load(rows[l] + t);
            NMF_UNROLL for (uword k = 0; k < tile; ++k) s[k][l] += own[k] * other;
          }
        }
        for (uword k = from; k < std::min(from + tile, count); ++k)
          for (uword l = to; l <= std::min(k, to + across - 1); ++l) put(k, l, nmf::sum(s[k - from][l - to]));
      }
    }
  }
};

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

// Whether lines of a sparse V are walked along their stored cells; X and Y then
// have a column for each line.
template <class Family> bool along_nonzeros(const Data& data) {
  return data.sparse() &&
         (data.weighted() ? Family::denominator != Denominator::general : Family::denominator == Denominator::one);
}

// One update of all lines of W or H, or their models; Y is the other factor.
// `hold` is like X.
template <class Family> struct Lines {
  const Family& family;
  const Data& data;
  Side side;
  const StoredLines* stored;
  const OtherCells* others;
  int threads;

  Totals update(mat& X, const mat& Y, const Hold& hold, bool objective, LineModels* models = nullptr) const {
    const bool by_nonzeros = along_nonzeros<Family>(data);
    if (!data.weighted())
      return by_nonzeros ? walk<true, false>(X, Y, hold, objective, models)
                         : walk<false, false>(X, Y, hold, objective, models);
    return by_nonzeros ? walk<true, true>(X, Y, hold, objective, models)
                       : walk<false, true>(X, Y, hold, objective, models);
  }

 private:
  template <bool by_nonzeros, bool weighted>
  Totals walk(mat& X, const mat& Y, const Hold& hold, bool objective, LineModels* models) const {
    constexpr Denominator denominator = Family::denominator;
    constexpr bool normal = denominator == Denominator::mean;
    if constexpr (by_nonzeros ? denominator == Denominator::general || (normal && !weighted) : normal && !weighted) {
      throw std::logic_error("Lines of this family are not walked like this.");
    } else {
      constexpr uword over_lines = by_nonzeros ? 1 : 0;
      const vec sum_of_y = sums_of(Y, over_lines, threads), sum_of_x = sums_of(X, over_lines, threads);
      std::optional<Elsewhere> products;
      mat den;
      if (by_nonzeros && weighted && normal) products.emplace(pairs_of(Y));
      else if (by_nonzeros && weighted) den = den_of_ones(*others, Y, X.n_cols, threads);
      const LineUpdate<Family> update{family,
                                      data,
                                      side,
                                      stored,
                                      X,
                                      Y,
                                      hold,
                                      sum_of_y,
                                      objective,
                                      models,
                                      others,
                                      &den,
                                      products ? &*products : nullptr};
      const double sum_of_mu = arma::dot(sum_of_x, sum_of_y), rank = double(sum_of_y.n_elem);
      PieceTotals totals;
      for_lines(by_nonzeros ? X.n_cols : X.n_rows, work_of(data, by_nonzeros) * rank * (3 + 0.5 * rank), threads,
                [&](int p, uword from, uword to) {
                  Totals& total = totals.pieces[uword(p)];
                  if constexpr (by_nonzeros) run_widest(StoredCells<Family, weighted>{update, from, to, total});
                  else run_widest(AllCells<Family, weighted>{update, from, to, total});
                });
      Totals met = totals.sum();
      if (denominator == Denominator::one && !weighted) {
        if (by_nonzeros) met.objective += sum_of_mu;
        met.scale = sum_of_mu;
      }
      return met;
    }
  }
};

}  // namespace nmf
