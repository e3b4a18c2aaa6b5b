// Observations whose features are fixed, H of mu = w'H. Each has K weights to be found and is a source of its own, so
// that its answer knows nothing of those beside it. It is laid out once, in as few cells as say the same of w, and what
// all observations ask of H is made once:
//   Po: zero cells add the sum of their means, which needs no more than the sum of their features;
//   N:  half the deviance is a quadratic in w, with sum v h and sum h h';
//   others: all cells, but zeros have neither a num nor a place in the Hessian where the family is flat there.
// A cell with an offset o has the features o h.
#pragma once
#include "fixed-features.h"
#include "watch.h"

namespace nmf {

struct Cell {
  uword feature;
  double v, weight, offset;
};

// The cells of a column, all of them or those that are stored.
inline std::vector<Cell> cells_of(const Data& column, bool all) {
  const uword first = column.sparse() ? uword(column.start[0]) : 0, end = first + uword(column.stored());
  std::vector<Cell> cells;
  cells.reserve(all ? column.n_rows : end - first);
  const auto zeros_up_to = [&](uword feature) {
    while (all && cells.size() < feature) cells.push_back({cells.size(), 0, 1, 1});
  };
  for (uword at = first; at < end; ++at) {
    const uword feature = column.sparse() ? uword(column.index[at]) : at;
    zeros_up_to(feature);
    cells.push_back(
        {feature, column.values[at] * column.scale, column.weight(at), column.offset ? column.offset[at] : 1});
  }
  zeros_up_to(column.n_rows);
  return cells;
}

// An observation as its sums over cells, for which everything that updates w asks.
class Observation : public Source {
 public:
  struct Sums {
    double objective = 0;
    vec num, den, hessian;
  };
  double score(const mat&, const mat& w, Objective objective, Score*, Score* score) const override {
    Sums sums = add_up(w, objective != Objective::none, false);
    if (score) {
      score->num = std::move(sums.num);
      score->den = std::move(sums.den);
    }
    return sums.objective;
  }
  Totals line_models(Side, const mat&, const mat& w, bool objective, LineModels& models) const override {
    Sums sums = add_up(w, objective, true);
    Totals met;
    met.objective += sums.objective;
    met.scale = arma::dot(w, sums.den);
    models.num = std::move(sums.num);
    models.den = std::move(sums.den);
    models.hessian = std::move(sums.hessian);
    return met;
  }
  Totals newton_rows(mat&, const mat&, const Hold&, bool) const override { return refuse<Totals>(); }
  mat features(const mat&) const override { return refuse<mat>(); }
  mat gather(const mat&) const override { return refuse<mat>(); }
  void newton_encoder(Side, mat&, const Score&, const Hold&, const mat&, mat&) const override { refuse<void>(); }
  mat row_sums(const mat&, const mat&, uword, const CellSums&) const override { return refuse<mat>(); }
  std::unique_ptr<Source> part(Side, uword, uword) const override { return refuse<std::unique_ptr<Source>>(); }

 protected:
  explicit Observation(Facts facts) : Source(std::move(facts)) {}
  virtual Sums add_up(const mat& w, bool objective, bool hessian) const = 0;

 private:
  template <class X> static X refuse() { throw std::logic_error("All that moves of an observation are its weights."); }
};

// Under Normal noise: half the deviance is w'Gw / 2 - b'w + squares / 2.
class Quadratic : public Observation {
  vec b;
  mat G;
  double squares = 0;

 public:
  Quadratic(const Data& column, const Features& features, Facts facts) : Observation(std::move(facts)) {
    const mat& H = features.H;
    const bool complement = column.weighted() && column.sparse();  // cells that are not stored count as well
    b.zeros(H.n_rows);
    if (column.weighted()) G.zeros(H.n_rows, H.n_rows);
    else G = features.gram;
    std::vector<int> others;
    for (const Cell& cell : cells_of(column, false)) {
      const vec h = H.col(cell.feature) * cell.offset;
      squares += cell.weight * cell.v * cell.v;
      if (cell.v > 0) b += cell.weight * cell.v * h;
      if (!column.weighted()) continue;
      if (cell.weight > 0) G += cell.weight * (h * h.t());
      others.push_back(int(cell.feature));
    }
    if (!complement) return;
    const vec rest = features.all_but(others);
    for (uword k = 0; k < G.n_rows; ++k)
      for (uword l = 0; l < G.n_rows; ++l) G(k, l) += rest[place(k, l)];
  }

 protected:
  Sums add_up(const mat& w, bool, bool hessian) const override {
    Sums sums;
    sums.num = b;
    sums.den = G * w;
    sums.objective = std::max(0.0, 0.5 * (squares - 2 * arma::dot(w, b) + arma::dot(w, sums.den)));
    if (!hessian) return sums;
    sums.hessian.set_size(place(G.n_rows, 0));
    for (uword k = 0; k < G.n_rows; ++k)
      for (uword l = 0; l <= k; ++l) sums.hessian[place(k, l)] = G(k, l);
    return sums;
  }
};

// Under any other noise: lanes are cells, first those that bend and then the others, both filled up to whole stretches
// with cells without features, of v = mu, which add nothing.
template <class Family> class InCells : public Observation {
  static constexpr int together = 4;                   // packs
  static constexpr uword stretch = together * widest;  // cells
  static uword whole_stretches(uword n) { return (n + stretch - 1) / stretch * stretch; }

  const Noise noise;  // which the family may refer to
  const Family family;
  const uword rank;
  uword bending = 0, size = 0;
  std::vector<double> values, weights, Y;  // Y: size x K
  vec rest;  // what the cells that are not here add to den, and w times this to the objective
  mutable std::vector<double> pull, push, bend, bent;
  mutable Lookout lookout;

  template <bool weighted> struct Walk {
    const InCells& own;
    const mat& w;
    bool objective, hessian;
    Sums& sums;

    template <int N> NMF_INLINE void run() const {
      using P = Pack<N>;
      const double alpha = own.family.parameter(0), smallest = own.family.smallest_mean();
      P f = 0.0;
      for (uword t = 0; t < own.size; t += together * N) {
        P v[together], mu[together], omega[together];
        Parts<P> parts[together];
        NMF_UNROLL for (int c = 0; c < together; ++c) mu[c] = 0.0;
        for (uword k = 0; k < own.rank; ++k) {
          const P entry = w[k];
          const double* y = own.Y.data() + k * own.size + t;
          NMF_UNROLL for (int c = 0; c < together; ++c) mu[c] += entry * P::load(y + c * N);
        }
        const bool bends = t < own.bending;
        NMF_UNROLL for (int c = 0; c < together; ++c) {
          const uword at = t + uword(c * N);
          v[c] = P::load(own.values.data() + at);
          mu[c] = larger(mu[c], P(smallest));
          parts[c] = own.family.parts(v[c], mu[c], P(alpha));
          omega[c] = weighted ? P::load(own.weights.data() + at) : P(1.0);
          (parts[c].den * omega[c]).store(own.push.data() + at);
          if (bends) (parts[c].num * omega[c]).store(own.pull.data() + at);
          if (bends && hessian)
            (larger(parts[c].curvature - parts[c].relief, P(0.0)) * omega[c]).store(own.bend.data() + at);
        }
        if (objective) f += half_deviances<together, weighted>(own.family, v, mu, P(alpha), parts, omega);
      }
      sums.objective = nmf::sum(f);
      for (uword k = 0; k < own.rank; ++k) {
        const double* y = own.Y.data() + k * own.size;
        sums.num[k] = dot<N>(own.pull.data(), y, own.bending);
        sums.den[k] += dot<N>(own.push.data(), y, own.size);
        if (!hessian) continue;
        for (uword t = 0; t < own.bending; t += N)
          (P::load(own.bend.data() + t) * P::load(y + t)).store(own.bent.data() + t);
        for (uword l = 0; l <= k; ++l)
          sums.hessian[place(k, l)] = dot<N>(own.bent.data(), own.Y.data() + l * own.size, own.bending);
      }
    }

   private:
    template <int N> static NMF_INLINE double dot(const double* a, const double* b, uword n) {
      Pack<N> s[together];
      NMF_UNROLL for (int c = 0; c < together; ++c) s[c] = 0.0;
      for (uword t = 0; t < n; t += together * N)
        NMF_UNROLL for (int c = 0; c < together; ++c) s[c] +=
            Pack<N>::load(a + t + c * N) * Pack<N>::load(b + t + c * N);
      for (int c = 1; c < together; ++c) s[0] += s[c];
      return nmf::sum(s[0]);
    }
  };

 public:
  InCells(const Data& column, const Noise& given, const Features& features, Facts facts)
      : Observation(std::move(facts)),
        noise(given),
        family(*Family::made_of(noise)),
        rank(features.H.n_rows),
        rest(features.H.n_rows, arma::fill::zeros) {
    constexpr bool one = Family::denominator == Denominator::one;
    std::vector<Cell> here, zeros;
    std::vector<int> stored;
    for (const Cell& cell : cells_of(column, !one)) {
      if (one && column.sparse()) stored.push_back(int(cell.feature));
      if (!(cell.weight > 0)) continue;
      if (cell.v > 0 || !Family::flat_at_zero) here.push_back(cell);
      else if (one) rest += cell.weight * cell.offset * features.H.col(cell.feature);
      else zeros.push_back(cell);
    }
    if (one && column.sparse()) rest += features.all_but(stored).head(rank);
    bending = whole_stretches(here.size());
    size = bending + whole_stretches(zeros.size());
    values.assign(size, family.smallest_mean());
    if (column.weighted()) weights.assign(size, 0);
    Y.assign(size * rank, 0);
    const auto lay_out = [&](const std::vector<Cell>& cells, uword from) {
      for (uword t = 0; t < cells.size(); ++t) {
        const Cell& cell = cells[t];
        values[from + t] = cell.v;
        if (column.weighted()) weights[from + t] = cell.weight;
        const double* h = features.H.colptr(cell.feature);
        for (uword k = 0; k < rank; ++k) Y[k * size + from + t] = cell.offset * h[k];
      }
    };
    lay_out(here, 0);
    lay_out(zeros, bending);
    push.resize(size);
    for (std::vector<double>* part : {&pull, &bend, &bent}) part->resize(bending);
  }

 protected:
  Sums add_up(const mat& w, bool objective, bool hessian) const override {
    Sums sums;
    sums.num.set_size(rank);
    sums.den = rest;
    if (hessian) sums.hessian.set_size(place(rank, 0));
    lookout.pass(size + 16);
    if (weights.empty()) run_widest(Walk<false>{*this, w, objective, hessian, sums});
    else run_widest(Walk<true>{*this, w, objective, hessian, sums});
    sums.objective += arma::dot(rest, w);
    return sums;
  }
};

template <class Family>
std::unique_ptr<Source> one_observation(const Data& column, const Noise& noise, const Features& features) {
  const Family family = *Family::made_of(noise);
  double bound = std::numeric_limits<double>::infinity();
  if (Family::by_row && !column.weighted()) bound = bound_by_alpha * family.parameter(0) * double(column.n_rows);
  Facts facts{column.n_rows,        1,     false, column.weighted(), Family::denominator, family.exponent(),
              family.homogeneity(), bound, {}};
  if constexpr (Family::denominator == Denominator::mean)
    return std::make_unique<Quadratic>(column, features, std::move(facts));
  else return std::make_unique<InCells<Family>>(column, noise, features, std::move(facts));
}

}  // namespace nmf
