// What is known before the data speak: entries of the factors that stay as they are, and a prior on the features.
#pragma once
#include <array>
#include "cells.h"
#include "family.h"

namespace nmf {
using Blocks = std::array<mat, 2>;

// `fixed`: 1 for an entry of a block that stays, empty where all are free. `pseudo`: K x M, or empty: pseudo-document k
// has the counts b_kj = pseudo_kj and the mean h_kj, which adds b log(b / h) - b + h to half the deviance. With
// b = a - 1 this is a Dirichlet(a) prior on the distribution of topic k (Carbonetto et al. 2021, Corollary 2).
struct Known {
  Blocks fixed;
  mat pseudo;

  bool all_fixed(int block) const { return !fixed[std::size_t(block)].empty() && fixed[std::size_t(block)].min() > 0; }
  double half_deviance(const mat& H) const {
    double sum = 0;
    const Poisson poisson;
    for (uword e = 0; e < pseudo.n_elem; ++e) {
      const double mean = larger(H[e], poisson.smallest_mean());
      sum += poisson.half_deviance(pseudo[e], mean, 0.0, poisson.parts(pseudo[e], mean, 0.0));
    }
    return sum;
  }
  // The share of the pseudo-documents in the adjoints for H.
  void add_to(mat& num, mat& den, const mat& H) const {
    for (uword e = 0; e < pseudo.n_elem; ++e) num[e] += pseudo[e] / larger(H[e], Poisson().smallest_mean());
    if (!pseudo.empty()) den += 1;
  }
};

}  // namespace nmf
