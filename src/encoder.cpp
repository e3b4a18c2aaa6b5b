// Newton's method for the encoder of a convex model. Near E half the deviance is, by columns of V, a quadratic in the
// changes of h_j = E' v_j with the gradients and Hessians Q_j of lines.h; so it is one in E. It is minimised by
// coordinate descent over the observations in turn: the K weights e_i have the gradient sum_j v_ij (g_j + Q_j dh_j) and
// the Hessian sum_j v_ij^2 Q_j, and with e_i all dh_j move. One round (two and more were slower to the same objective).
// With an encoder over features, W = V A, rows and columns change their parts.
#include "lines.h"
#include "products.h"

namespace nmf {
namespace {

// The cells of one line after the other, in a dense V loaded for as many lines as a pack has lanes.
template <int N> class DenseCursor {
  const uword lines, length;
  LineReader reader;
  uword first;
  Buffer cells;

 public:
  DenseCursor(const Data& data, Side side, const StoredLines*)
      : lines(data.lines(side)),
        length(data.length(side)),
        reader(data, side, nullptr, N),
        first(lines),
        cells(length * N) {}
  template <class F> NMF_INLINE void visit(uword line, const F& f) {
    if (line / N * N != first) {
      first = line / N * N;
      reader.begin(first, std::min(uword(N), lines - first));
      reader.load(0, length, cells, nullptr, nullptr);
    }
    for (uword j = 0; j < length; ++j) f(j, cells[j * N + (line - first)]);
  }
};
template <int> class StoredCursor {
  const StoredLines& lines;

 public:
  StoredCursor(const Data&, Side, const StoredLines* lines) : lines(*lines) {}
  template <class F> NMF_INLINE void visit(uword line, const F& f) {
    const int* index = lines.index_of(line);
    for (uword t = 0, n = lines.count(line); t < n; ++t) f(uword(index[t]), lines.value(line, t));
  }
};

template <template <int> class Cursor> struct EncoderUpdate {
  const Data& data;
  Side side;
  const StoredLines* stored;
  mat& E;
  const Score& score;    // adjoints for E, lines x K
  const Hold& hold;      // like E
  const mat& curvature;  // Q_j, once for each pair of weights: K (K + 1) / 2 x M
  mat& moved;            // Q_j dh_j, K x M

  template <int N> NMF_INLINE void run() const {
    using P = Pack<N>;
    const uword rank = E.n_cols, width = (rank + N - 1) / N * N, size = rank * width, M = curvature.n_cols;
    const bool pulled = !hold.pull.empty();
    Buffer Q(M * size), pull(M * width), hessian(size), memory(7 * width), step(width);
    for (uword j = 0; j < M; ++j)
      for (uword k = 0; k < rank; ++k) {
        pull[j * width + k] = moved(k, j);
        for (uword l = 0; l < rank; ++l) Q[j * size + k * width + l] = curvature(place(k, l), j);
      }
    Numbers<double> x{memory}, g{memory + width}, least{memory + 2 * width}, up{memory + 3 * width},
        fixed{memory + 4 * width}, bend{memory + 5 * width};
    double* sum = memory + 6 * width;
    Cursor<N> cursor(data, side, stored);
    Lookout lookout;
    for (uword i = 0; i < E.n_rows; ++i) {
      lookout.pass(stored ? stored->count(i) : M);
      std::fill(sum, sum + width, 0.0);
      std::fill_n(static_cast<double*>(hessian), size, 0.0);
      cursor.visit(i, [&](uword j, double v) NMF_LAMBDA {
        const P once = v, square = v * v;
        for (uword l = 0; l < width; l += N) (P::load(sum + l) + once * P::load(pull + j * width + l)).store(sum + l);
        for (uword l = 0; l < size; l += N)
          (P::load(hessian + l) + square * P::load(Q + j * size + l)).store(hessian + l);
      });
      double size_of_line = 0;
      for (uword k = 0; k < rank; ++k) {
        x.at[k] = E(i, k);
        size_of_line += E(i, k) * score.den(i, k);
        if (!hold.fixed.empty()) fixed.at[k] = hold.fixed(i, k);
        if (pulled) bend.at[k] = hold.pull.curvature(i, k);
        up.at[k] = score.num(i, k);
        g.at[k] = score.den(i, k) - score.num(i, k) + sum[k];
      }
      descend<double>(
          rank, 1, up, fixed, x, least, g, size_of_line,
          [&](uword k, uword l) NMF_LAMBDA { return hessian[k * width + l]; }, pulled ? &bend : nullptr);
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
    for (uword j = 0; j < M; ++j)
      for (uword k = 0; k < rank; ++k) moved(k, j) = pull[j * width + k];
  }
};

}  // namespace

void newton_encoder(const Data& data, Side side, const StoredLines* stored, mat& X, const Score& score,
                    const Hold& hold, const mat& hessian, mat& pull) {
  if (data.sparse()) run_widest(EncoderUpdate<StoredCursor>{data, side, stored, X, score, hold, hessian, pull});
  else run_widest(EncoderUpdate<DenseCursor>{data, side, stored, X, score, hold, hessian, pull});
}

}  // namespace nmf
