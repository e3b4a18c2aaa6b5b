// What kernels are told of a block that they move: entries that stay, and what penalties add.
#pragma once
#include "matrix.h"

namespace nmf {

// What penalties add to the adjoints and the curvature of a block, all like the block; empty where there are none.
// `square`, where it is not empty, is the q of what is bounded by q x^2 / 2: the q x in den that grows with x.
struct Pull {
  mat num, den, curvature, square = {};
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
  Hold turned() const {
    return {fixed.t(), {pull.num.t(), pull.den.t(), pull.curvature.t(), pull.square.t()}, largest, least};
  }
  Hold rows(uword from, uword count) const {
    const auto of = [&](const mat& x) { return x.empty() ? mat() : mat(x.rows(from, from + count - 1)); };
    return {of(fixed), {of(pull.num), of(pull.den), of(pull.curvature), of(pull.square)}, largest, least};
  }
};

}  // namespace nmf
