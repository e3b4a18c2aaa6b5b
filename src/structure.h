// Where the features come from. Parameters are a plain value, theta = {W, H} or {W = D', E}; a structure is a const
// policy that makes H from its second block and pulls an adjoint for H back to that block. It never sees the family.
#pragma once
#include "lines.h"

namespace nmf {

// Largest distance from stationarity over the free entries of one block. An entry counts relative to the largest of its
// line along dim (0: column, 1: row).
inline double residual(const mat& x, const Score& score, const mat& fixed, uword dim) {
  const mat largest = arma::max(x, dim);
  double worst = 0;
  for (uword j = 0, e = 0; j < x.n_cols; ++j)
    for (uword i = 0; i < x.n_rows; ++i, ++e)
      if (fixed.empty() || fixed[e] == 0)
        worst = larger(worst, distance(x[e], largest[dim == 0 ? j : i], score.num[e], score.den[e]));
  return worst;
}

// mu = W H
struct Traditional {
  static constexpr bool convex = false;
  static constexpr uword component_line = 1;  // a component is a row of H
  template <class Cells> const mat& features(const Cells&, const mat& H, mat&, int) const { return H; }
  template <class Cells> void pull_back(const Cells&, Score&, bool, int) const {}
};

// The same seen from one observation in a column of V: mu = H' w with H' fixed, and w, a column, is its line.
struct Projection : Traditional {
  static constexpr uword component_line = 0;
};

// mu = D' E' V, so H = E' V and its adjoint G (K x M) becomes V G' (Ding et al. 2010; O(NMK) from right to left)
struct Convex {
  static constexpr bool convex = true;
  static constexpr uword component_line = 0;  // a component is a column of E
  template <class Cells> const mat& features(const Cells& cells, const mat& E, mat& memory, int threads) const {
    memory = cross(cells, E, threads);
    return memory;
  }
  template <class Cells> void pull_back(const Cells& cells, Score& score, bool constant, int threads) const {
    if (constant) {  // along its rows, so that the row sums of V are all it needs
      score.num = times(cells, score.num, threads);
      score.den = cells.sums.row_totals * score.den.col(0).t();
      return;
    }
    const mat both = times(cells, arma::join_cols(score.num, score.den), threads);
    score.num = both.head_cols(both.n_cols / 2);
    score.den = both.tail_cols(both.n_cols / 2);
  }
};

// Data, family and structure together: the objective, the gradient in its two parts, and which blocks are to be found.
template <class Cells_, class Family_, class Structure> struct Model {
  using Cells = Cells_;
  using Family = Family_;
  static constexpr bool convex = Structure::convex;
  static constexpr bool line_is_component = Structure::component_line == 0;
  const Cells& cells;
  const Family& family;
  Structure structure;
  const Known& known;
  std::array<bool, 2> free;
  int threads;

  // H, which is theta[1] itself or made in `memory`.
  const mat& features(const Blocks& theta, mat& memory) const {
    return structure.features(cells, theta[1], memory, threads);
  }
  // Along which an entry of a block counts relative to the largest: 1 a row, 0 a column.
  uword line(int block) const { return block == 0 ? 1 : Structure::component_line; }
  // Half deviance at mu = W H, with that of the prior (0 unless asked for), and the scores of the blocks that are asked
  // for.
  double evaluate(const mat& W, const mat& H, Objective objective, Score* first, Score* second) const {
    const double f = pass(cells, family, W, H, threads, objective, first, second);
    if (second) pull_back(*second);
    if (second) known.add_to(second->num, second->den, H);
    return f + (objective == Objective::none ? 0 : known.half_deviance(H));
  }
  void pull_back(Score& score) const {
    structure.pull_back(cells, score, Family::denominator == Denominator::one && !Cells::weighted, threads);
  }
  double evaluate(const Blocks& theta, Objective objective, std::array<Score, 2>& score) const {
    mat memory;
    return evaluate(theta[0], features(theta, memory), objective, free[0] ? &score[0] : nullptr,
                    free[1] ? &score[1] : nullptr);
  }
  // Terms that cancel in the objective add up to no more than this, of which sum_mu_den is the sum of mu den.
  double scale(double sum_mu_den) const {
    if constexpr (!Family::by_row || Cells::weighted) return sum_mu_den;
    double bound = 0;  // alpha log(1 + mu / alpha) and less for any cell
    for (uword i = 0; i < cells.n_rows; ++i) bound += 50 * family.parameter(i) * double(cells.n_cols);
    return std::min(sum_mu_den, bound);
  }
  double residual(int block, const mat& x, const Score& score) const {
    return nmf::residual(x, score, known.fixed[std::size_t(block)], line(block));
  }
  double residual(const Blocks& theta, const std::array<Score, 2>& score) const {
    double worst = 0;
    for (int b : {0, 1})
      if (free[b]) worst = std::max(worst, residual(b, theta[b], score[b]));
    return worst;
  }
};

}  // namespace nmf
