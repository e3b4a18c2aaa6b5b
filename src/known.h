// What is known before the data speak: entries of the blocks that stay as they are, and penalties.
#pragma once
#include <algorithm>
#include <limits>
#include <vector>
#include "penalty.h"

namespace nmf {

// What penalties add to the adjoints and the curvature of a block; empty where there are none.
struct Pull {
  mat num, den, curvature;
  bool empty() const { return num.empty(); }
};

// What holds a block while it moves: entries that stay (1; empty where all are free) and the pull of penalties, both
// like the block, and what an entry counts relative to: the largest of its component over all lines, or where this is
// empty the largest of its line, but no less than `least`.
struct Hold {
  mat fixed;
  Pull pull;
  vec largest;
  double least = 0;
  Hold turned() const { return {fixed.t(), {pull.num.t(), pull.den.t(), pull.curvature.t()}, largest, least}; }
  Hold rows(uword from, uword count) const {
    const auto of = [&](const mat& x) { return x.empty() ? mat() : mat(x.rows(from, from + count - 1)); };
    return {of(fixed), {of(pull.num), of(pull.den), of(pull.curvature)}, largest, least};
  }
};

struct Known {
  struct OnBlock {
    std::size_t block;
    std::shared_ptr<const Penalty> penalty;
  };
  Blocks fixed;
  std::vector<OnBlock> penalties;

  bool all_fixed(std::size_t block) const { return !fixed[block].empty() && fixed[block].min() > 0; }
  bool penalises(std::size_t block) const {
    return std::any_of(penalties.begin(), penalties.end(), [&](const OnBlock& on) { return on.block == block; });
  }
  double value(const Blocks& theta) const {
    double sum = 0;
    for (const OnBlock& on : penalties) sum += on.penalty->value(theta[on.block]);
    return sum;
  }
  Pull pull(std::size_t block, const mat& x) const {
    Pull all;
    for (const OnBlock& on : penalties) {
      if (on.block != block) continue;
      if (all.empty()) all.num = all.den = all.curvature = mat(arma::size(x), arma::fill::zeros);
      on.penalty->add(x, all.num, all.den, all.curvature);
    }
    return all;
  }
};

}  // namespace nmf
