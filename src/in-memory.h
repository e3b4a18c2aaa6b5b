// Data in memory with the family of their noise. Each family has a file of its own, family-*.cpp, in which this is
// compiled for it.
#pragma once
#include "lines.h"
#include "pass.h"
#include "products.h"

namespace nmf {

template <class Family> class InMemory : public Source {
  const Noise noise;  // which the family may refer to
  const Family family;
  const Data data;
  const int threads;
  // Made when they are first needed.
  mutable std::unique_ptr<StoredLines> stored_rows, stored_columns;
  mutable std::unique_ptr<OtherCells> other_rows, other_columns;

  static constexpr Denominator denominator = Family::denominator;
  static constexpr bool normal = denominator == Denominator::mean;

  // Terms that cancel in the objective add up to no more than this.
  static double bound_of(const Data& data, const Family& family) {
    if (!Family::by_row || data.weighted()) return std::numeric_limits<double>::infinity();
    double bound = 0;
    for (uword i = 0; i < data.n_rows; ++i) bound += bound_by_alpha * family.parameter(i) * double(data.n_cols);
    return bound;
  }
  static Facts facts_of(const Data& data, const Family& family, const DataSums& sums) {
    return {data.n_rows, data.n_cols,       data.sparse(),        data.weighted(),
            denominator, family.exponent(), family.homogeneity(), bound_of(data, family),
            sums};
  }

  template <class Made> const Made* once(Side side, std::unique_ptr<Made>& rows, std::unique_ptr<Made>& columns) const {
    std::unique_ptr<Made>& made = side == Side::rows ? rows : columns;
    if (!made) made = std::make_unique<Made>(data, side);
    return made.get();
  }
  const StoredLines* stored(Side side) const {
    return data.sparse() ? once(side, stored_rows, stored_columns) : nullptr;
  }
  const OtherCells* others(Side side) const { return once(side, other_rows, other_columns); }
  Lines<Family> lines(Side side) const {
    return {family, data, side, stored(side), data.sparse() && data.weighted() ? others(side) : nullptr, threads};
  }

  // den is 1, so that its adjoints are sums of the factors, over all cells or over those that count.
  double of_ones(const mat& W, const mat& H, bool wanted, Score* w, Score* h) const {
    if (!data.sparse()) {
      const double total = walk<false, false>(data, family, W, H, threads, wanted, w, h);
      add_ones(W, H, w, h);
      return total;
    }
    if (!data.weighted()) {
      const double total = walk<true, false>(data, family, W, H, threads, wanted, w, h);
      const double sum_of_mu = add_ones(W, H, w, h);
      return wanted ? total + sum_of_mu : total;
    }
    const double total = walk<true, true>(data, family, W, H, threads, wanted, w, h);
    const mat den = w || wanted ? mat(den_of_ones(*others(Side::rows), H, data.n_rows, threads).t()) : mat();
    if (w) w->den = den;
    if (h) h->den = den_of_ones(*others(Side::columns), W.t(), data.n_cols, threads);
    return wanted ? total + arma::dot(W, den) : total;
  }
  // Gives the sum of mu.
  double add_ones(const mat& W, const mat& H, Score* w, Score* h) const {
    const vec row_sums = sums_of(H, 1, threads), col_sums = sums_of(W, 0, threads);
    if (w) w->den.each_row() += row_sums.t();
    if (h) h->den.each_col() += col_sums;
    return arma::dot(col_sums, row_sums);
  }
  // Products with V, and Grams in place of mu.
  double of_normal(const mat& W, const mat& H, Objective objective, Score* w, Score* h) const {
    const bool wanted = objective != Objective::none, other = data.weighted();
    const bool exact = objective == Objective::exact && !data.sparse();
    double total = 0;
    if (exact) total = walk<false, false>(data, family, W, H, threads, true, nullptr, nullptr);
    Score own;
    if (wanted && !w && !h) w = &own;
    if (w || h) products(data, W, H, threads, other, w, h);
    if (other) {
      if (w) w->den = den_of_means(*others(Side::rows), W.t(), H, threads).t();
      if (h) h->den = den_of_means(*others(Side::columns), H, W.t(), threads);
    } else {
      if (w) w->den = W * (H * H.t());
      if (h) h->den = (W.t() * W) * H;
    }
    if (!wanted || exact) return total;
    const double fitted = w ? arma::dot(W, w->num) : arma::dot(H, h->num);
    const double squares_of_mu =
        other ? (w ? arma::dot(W, w->den) : arma::dot(H, h->den)) : arma::accu((H * H.t()) % (W.t() * W));
    return std::max(0.0, 0.5 * (facts.sums.squares - 2 * fitted + squares_of_mu));
  }

  // Newton's update of lines x K by products alone: Normal noise without weights.
  Totals newton_normal(Side side, mat& X, const mat& Y, const Hold& hold) const {
    const mat B =
        side == Side::rows ? product_gather(data, Y.t(), threads) : mat(product_features(data, Y, threads).t());
    const mat G = Y.t() * Y;
    Totals met;
    met.scale = arma::accu((X.t() * X) % G);
    met.objective += std::max(0.0, 0.5 * (facts.sums.squares - 2 * arma::dot(X, B) + met.scale));
    met.residual = newton_with_gram(X, B, G, hold, threads);
    return met;
  }
  static void clamp(Totals& met) {
    if (normal && met.objective < 0) met.objective = Sum();
  }

 public:
  InMemory(const Data& data, const Noise& noise, const DataSums& sums, int threads)
      : Source(facts_of(data, *Family::made_of(noise), sums)),
        noise(noise),
        family(*Family::made_of(this->noise)),
        data(data),
        threads(threads) {}

  double score(const mat& W, const mat& H, Objective objective, Score* w, Score* h) const override {
    const bool wanted = objective != Objective::none;
    if (data.weighted() && (!data.sparse() || denominator == Denominator::general))
      return walk<false, true>(data, family, W, H, threads, wanted, w, h);
    if constexpr (normal) return of_normal(W, H, objective, w, h);
    else if constexpr (denominator == Denominator::one) return of_ones(W, H, wanted, w, h);
    else return walk<false, false>(data, family, W, H, threads, wanted, w, h);
  }
  mat features(const mat& E) const override { return product_features(data, E, threads); }
  mat gather(const mat& G) const override { return product_gather(data, G, threads); }

  Totals newton_rows(mat& W, const mat& H, const Hold& hold, bool objective) const override {
    if (normal && !data.weighted()) return newton_normal(Side::rows, W, H.t(), hold);
    Totals met;
    if (along_nonzeros<Family>(data)) {
      mat X = W.t();
      met = lines(Side::rows).update(X, H, hold.turned(), objective);
      W = X.t();
    } else {
      met = lines(Side::rows).update(W, H.t(), hold, objective);
    }
    clamp(met);
    return met;
  }
  Totals newton_columns(const mat& W, mat& H, const Hold& hold, bool objective) const override {
    Totals met;
    if (along_nonzeros<Family>(data)) {
      met = lines(Side::columns).update(H, W.t(), hold, objective);
    } else {
      mat X = H.t();
      met = normal && !data.weighted() ? newton_normal(Side::columns, X, W, hold.turned())
                                       : lines(Side::columns).update(X, W, hold.turned(), objective);
      H = X.t();
    }
    clamp(met);
    return met;
  }
  Totals line_models(Side side, const mat& W, const mat& H, bool objective, LineModels& models) const override {
    const bool rows = side == Side::rows;
    Totals met;
    if (normal && !data.weighted()) {
      const mat G = rows ? mat(H * H.t()) : mat(W.t() * W);
      models.num = rows ? mat(product_gather(data, H, threads).t()) : product_features(data, W, threads);
      models.den = rows ? mat(G * W.t()) : mat(G * H);
      for (uword k = 0; k < G.n_rows; ++k)
        for (uword l = 0; l <= k; ++l) models.hessian.row(place(k, l)).fill(G(k, l));
      const mat X = rows ? mat(W.t()) : H;
      met.scale = arma::dot(X, models.den);
      met.objective += std::max(0.0, 0.5 * (facts.sums.squares - 2 * arma::dot(X, models.num) + met.scale));
      return met;
    }
    const Hold none;
    const bool by_nonzeros = along_nonzeros<Family>(data);
    const mat &own = rows ? W : H, &other = rows ? H : W;
    mat X = rows == by_nonzeros ? mat(own.t()) : own;
    const mat Y = rows == by_nonzeros ? other : mat(other.t());
    met = lines(side).update(X, Y, none, objective, &models);
    clamp(met);
    return met;
  }
  void newton_encoder(Side side, mat& X, const Score& score, const Hold& hold, const mat& hessian,
                      mat& pull) const override {
    nmf::newton_encoder(data, side, stored(side), X, score, hold, hessian, pull);
  }
  mat row_sums(const mat& W, const mat& H, uword size, const CellSums& f) const override {
    return nmf::row_sums(data, W, H, size, f, threads);
  }
  std::unique_ptr<Source> part(Side side, uword from, uword count) const override {
    const Data some = side == Side::rows ? rows_of(data, from, count) : columns_of(data, from, count);
    return std::make_unique<InMemory>(some, side == Side::rows ? rows_of(noise, from, count) : noise, add_up(some),
                                      threads);
  }
};

template <class Family>
std::unique_ptr<Source> in_memory(const Data& data, const Noise& noise, const DataSums& sums, int threads) {
  return std::make_unique<InMemory<Family>>(data, noise, sums, threads);
}

}  // namespace nmf
