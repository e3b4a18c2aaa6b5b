// What is known before the data speak: entries of the blocks that stay as they are, and penalties.
#pragma once
#include <algorithm>
#include <limits>
#include <vector>
#include "penalty.h"

namespace nmf {

struct Known {
  using Penalties = std::vector<std::shared_ptr<const Penalty>>;
  Blocks fixed;
  Penalties penalties;

  bool all_fixed(std::size_t block) const { return !fixed[block].empty() && fixed[block].min() > 0; }
  bool penalises(std::size_t block) const {
    return std::any_of(penalties.begin(), penalties.end(), [&](const auto& penalty) { return penalty->on(block); });
  }
  double value(const Blocks& theta) const {
    double sum = 0;
    for (const auto& penalty : penalties) sum += penalty->value(theta);
    return sum;
  }
  Pull pull(std::size_t block, const Blocks& theta) const {
    Pull all;
    for (const auto& penalty : penalties) {
      if (!penalty->on(block)) continue;
      if (all.empty()) all.num = all.den = all.curvature = mat(arma::size(theta[block]), arma::fill::zeros);
      penalty->add(theta, block, all);
    }
    return all;
  }
};

}  // namespace nmf
