// How far components can be mixed before the likelihood tells: component a becomes h_a + t h_b, cut at zero, and all
// weights are fitted again. While both stay non-negative, with w_b - t w_a, the mean is the same (Laursen and Hobolth
// 2022, SIAM Journal on Matrix Analysis and Applications 43, 257-273).
#pragma once
#include "solvers.h"

namespace nmf {

struct Mixing {
  double same, reached;  // |t| up to which the mean is the same, and up to which half the deviance rises by `drop`
};

// Half the deviance at H, least over the weights, which begin at W.
double least_over_weights(const Source& source, const Known& known, mat W, const mat& H);

// `base`: least_over_weights() at W and H. `direction`: 1, t > 0, or -1.
Mixing mixing(const Source& source, const Known& known, const mat& W, const mat& H, uword a, uword b, int direction,
              double base, double drop);

}  // namespace nmf
