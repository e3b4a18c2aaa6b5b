// Where the features come from. Parameters are a plain value, theta = {W, H} or {W = D', E}; a structure is a const
// policy that makes H from its second block and pulls an adjoint for H back to that block. It never sees the family.
#pragma once
#include <array>
#include "cells.h"

namespace nmf {
using Blocks = std::array<mat, 2>;

// Largest distance from stationarity over the entries of one block, |min(x / scale, 1 - num / den)|: free of the scale
// of V and of the factors. An entry counts relative to the largest of its line along dim (0: column, 1: row).
inline double residual(const mat& x, const Score& score, uword dim) {
  const mat largest = arma::max(x, dim);
  double worst = 0;
  for (uword j = 0; j < x.n_cols; ++j)
    for (uword i = 0; i < x.n_rows; ++i) {
      const double scale = largest[dim == 0 ? j : i];
      const double num = score.num(i, j), den = score.den(i, j);
      const double gradient = num == den ? 0 : 1 - num / den;
      worst = std::max(worst, std::abs(std::min(scale > 0 ? x(i, j) / scale : 0, gradient)));
    }
  return worst;
}

// mu = W H
struct Traditional {
  static constexpr uword component_line = 1;  // a component is a row of H
  template <class Cells> const mat& features(const Cells&, const mat& H, int) const { return H; }
  template <class Cells> void pull_back(const Cells&, Score&, int) const {}
};

// The same seen from one observation in a column of V: mu = H' w with H' fixed, and w, a column, is its line.
struct Projection : Traditional {
  static constexpr uword component_line = 0;
};

// mu = D' E' V, so H = E' V and its adjoint G (K x M) becomes V G' (Ding et al. 2010; O(NMK) from right to left)
struct Convex {
  static constexpr uword component_line = 0;  // a component is a column of E
  template <class Cells> mat features(const Cells& cells, const mat& E, int threads) const {
    return cross(cells, E, threads);
  }
  template <class Cells> void pull_back(const Cells& cells, Score& score, int threads) const {
    score.num = times(cells, score.num, threads);
    score.den = times(cells, score.den, threads);
  }
};

// Data, family and structure together: the objective, the gradient in its two parts, and which blocks are to be found.
template <class Cells, class Family, class Structure> struct Model {
  const Cells& cells;
  const Family& family;
  Structure structure;
  std::array<bool, 2> free;
  int threads;

  decltype(auto) features(const Blocks& theta) const { return structure.features(cells, theta[1], threads); }
  // Half deviance at mu = W H (0 unless asked for) and the scores of the blocks that are asked for.
  double evaluate(const mat& W, const mat& H, bool objective, Score* first, Score* second) const {
    const double f = pass(cells, family, W, H, threads, objective, first, second);
    if (second) structure.pull_back(cells, *second, threads);
    return f;
  }
  double evaluate(const Blocks& theta, std::array<Score, 2>& score) const {
    return evaluate(theta[0], features(theta), true, free[0] ? &score[0] : nullptr, free[1] ? &score[1] : nullptr);
  }
  double residual(int block, const mat& x, const Score& score) const {
    return nmf::residual(x, score, block == 0 ? 1 : Structure::component_line);
  }
  double residual(const Blocks& theta, const std::array<Score, 2>& score) const {
    double worst = 0;
    for (int b : {0, 1})
      if (free[b]) worst = std::max(worst, residual(b, theta[b], score[b]));
    return worst;
  }
};

}  // namespace nmf
