// V H' and W'V of a piece of a dense V, which are all that Normal noise asks of it. A panel of columns is read once,
// and the sums of a tile stay in registers while the panel passes by:
//
//   V H'   2 packs of rows x 4 components, along the columns of the panel
//   W'V    4 columns x 2 components, along the rows of the chunk, lanes apart until its end
#pragma once
#include "pass.h"

namespace nmf {

struct DenseProducts {
  const Data& data;
  const mat &W, &H;
  const Piece& piece;
  bool w, h;  // what is wanted
  Partial& sum;

  static constexpr int packs = 2;
  static constexpr uword chunk = 256, panel = 32, apart = chunk + widest;  // columns do not share their cache lines

  template <int N> NMF_INLINE void run() const {
    const uword rank = H.n_rows, end = piece.col + piece.cols;
    Buffer weights(h ? rank * apart : 0), num(w ? rank * apart : 0), v(panel * apart);
    ColumnReader reader(data, piece.row, piece.col, piece.cols);
    Lookout lookout;
    for (uword from = 0; from < piece.rows; from += chunk) {
      const uword rows = std::min(chunk, piece.rows - from), row = piece.row + from;
      const uword padded = (rows + packs * N - 1) / (packs * N) * (packs * N);
      for (uword k = 0; h && k < rank; ++k) std::copy_n(W.colptr(k) + row, rows, weights + k * apart);
      if (w) std::fill_n(static_cast<double*>(num), rank * apart, 0.0);
      for (uword col = piece.col; col < end; col += panel) {
        const uword cols = std::min(panel, end - col);
        reader.load(row, rows, col, cols, apart, v, nullptr, nullptr);
        for (uword c = 0; c < cols; ++c) std::fill_n(v + c * apart + rows, padded - rows, 0.0);
        if (w) add_weights<N>(v, padded, col, cols, num);
        if (h) add_features<N>(v, padded, col, cols, weights);
        lookout.pass(rows * cols);
      }
      for (uword k = 0; w && k < rank; ++k)
        for (uword i = 0; i < rows; ++i) sum.w.num(from + i, k) += num[k * apart + i];
    }
  }

 private:
  template <int N>
  NMF_INLINE void add_weights(const double* v, uword padded, uword col, uword cols, double* num) const {
    for (uword r = 0; r < padded; r += packs * N) {
      uword k = 0;
      for (; k + 4 <= H.n_rows; k += 4) outer_tile<N, 4>(v + r, k, col, cols, num + r);
      for (; k < H.n_rows; ++k) outer_tile<N, 1>(v + r, k, col, cols, num + r);
    }
  }
  template <int N, int B>
  NMF_INLINE void outer_tile(const double* v, uword k, uword col, uword cols, double* num) const {
    using X = Pack<N>;
    X s[packs][B];
    NMF_UNROLL for (int u = 0; u < packs; ++u) NMF_UNROLL for (int b = 0; b < B; ++b) s[u][b] =
        X::load(num + (k + uword(b)) * apart + u * N);
    for (uword c = 0; c < cols; ++c) {
      const double* feature = H.colptr(col + c) + k;
      X cell[packs];
      NMF_UNROLL for (int u = 0; u < packs; ++u) cell[u] = X::load(v + c * apart + u * N);
      NMF_UNROLL for (int b = 0; b < B; ++b) {
        const X entry = feature[b];
        NMF_UNROLL for (int u = 0; u < packs; ++u) s[u][b] += cell[u] * entry;
      }
    }
    NMF_UNROLL for (int u = 0; u < packs; ++u) NMF_UNROLL for (int b = 0; b < B; ++b) s[u][b].store(
        num + (k + uword(b)) * apart + u * N);
  }

  template <int N>
  NMF_INLINE void add_features(const double* v, uword padded, uword col, uword cols, const double* weights) const {
    uword c = 0;
    for (; c + 4 <= cols; c += 4) inner_tiles<N, 4>(v + c * apart, padded, col + c, weights);
    for (; c < cols; ++c) inner_tiles<N, 1>(v + c * apart, padded, col + c, weights);
  }
  template <int N, int C>
  NMF_INLINE void inner_tiles(const double* v, uword padded, uword col, const double* weights) const {
    uword k = 0;
    for (; k + 2 <= H.n_rows; k += 2) inner_tile<N, C, 2>(v, padded, col, k, weights + k * apart);
    if (k < H.n_rows) inner_tile<N, C, 1>(v, padded, col, k, weights + k * apart);
  }
  template <int N, int C, int B>
  NMF_INLINE void inner_tile(const double* v, uword padded, uword col, uword k, const double* weights) const {
    using X = Pack<N>;
    X s[C][B];
    NMF_UNROLL for (int c = 0; c < C; ++c) NMF_UNROLL for (int b = 0; b < B; ++b) s[c][b] = 0.0;
    for (uword r = 0; r < padded; r += N) {
      X weight[B];
      NMF_UNROLL for (int b = 0; b < B; ++b) weight[b] = X::load(weights + uword(b) * apart + r);
      NMF_UNROLL for (int c = 0; c < C; ++c) {
        const X cell = X::load(v + uword(c) * apart + r);
        NMF_UNROLL for (int b = 0; b < B; ++b) s[c][b] += cell * weight[b];
      }
    }
    NMF_UNROLL for (int c = 0; c < C; ++c) NMF_UNROLL for (int b = 0; b < B; ++b)
        sum.h.num(k + uword(b), col + uword(c) - piece.col) += nmf::sum(s[c][b]);
  }
};

}  // namespace nmf
