// Newton's method for the encoder of a convex model. Near E half the deviance is, by columns of V, a quadratic in the
// changes of h_j = E' v_j with the gradients and Hessians Q_j of lines.h; so it is one in E. It is minimised by
// coordinate descent over the observations in turn: the K weights e_i have the gradient sum_j v_ij (g_j + Q_j dh_j) and
// the Hessian sum_j v_ij^2 Q_j, and with e_i all dh_j move. One round (two and more were slower to the same objective).
#pragma once
#include "lines.h"

namespace nmf {

template <class Lines> struct EncoderUpdate {
  const Lines& rows;
  mat& E;
  const mat &num, &den;      // adjoints for E, N x K
  const mat& fixed_entries;  // N x K or empty
  const mat& curvature;      // Q_j, once for each pair of weights: K (K + 1) / 2 x M

  template <int N> NMF_INLINE void run() const {
    using P = Pack<N>;
    const uword rank = E.n_cols, width = (rank + N - 1) / N * N, size = rank * width, M = curvature.n_cols;
    Buffer Q(M * size), pull(M * width), hessian(size), memory(6 * width), step(width);
    for (uword j = 0; j < M; ++j)
      for (uword k = 0; k < rank; ++k)
        for (uword l = 0; l < rank; ++l) Q[j * size + k * width + l] = curvature(place(k, l), j);
    Numbers<double> x{memory}, g{memory + width}, least{memory + 2 * width}, up{memory + 3 * width},
        fixed{memory + 4 * width};
    double* moved = memory + 5 * width;
    typename Lines::template Cursor<N> cursor(rows);
    for (uword i = 0; i < E.n_rows; ++i) {
      std::fill(moved, moved + width, 0.0);
      std::fill_n(static_cast<double*>(hessian), size, 0.0);
      cursor.visit(i, [&](uword j, double v) NMF_LAMBDA {
        const P once = v, square = v * v;
        for (uword l = 0; l < width; l += N)
          (P::load(moved + l) + once * P::load(pull + j * width + l)).store(moved + l);
        for (uword l = 0; l < size; l += N)
          (P::load(hessian + l) + square * P::load(Q + j * size + l)).store(hessian + l);
      });
      for (uword k = 0; k < rank; ++k) {
        x.at[k] = E(i, k);
        if (!fixed_entries.empty()) fixed.at[k] = fixed_entries(i, k);
        up.at[k] = num(i, k);
        g.at[k] = den(i, k) - num(i, k) + moved[k];
      }
      descend<double>(rank, 1, up, fixed, x, least, g, [&](uword k, uword l) { return hessian[k * width + l]; });
      bool still = true;
      for (uword k = 0; k < rank; ++k) {
        step[k] = x.at[k] - E(i, k);
        still = still && step[k] == 0;
        E(i, k) = x.at[k];
      }
      if (still) continue;
      cursor.visit(i, [&](uword j, double v) NMF_LAMBDA {
        for (uword l = 0; l < width; l += N) {
          P change = 0.0;
          for (uword k = 0; k < rank; ++k) change += P(step[k]) * P::load(Q + j * size + k * width + l);
          (P::load(pull + j * width + l) + P(v) * change).store(pull + j * width + l);
        }
      });
    }
  }
};

}  // namespace nmf
