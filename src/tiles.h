// One pass over V in tiles: mu for a tile, the family on it, the objective and the adjoints of both blocks added up.
// No N x M temporary exists. Sums over rows stay packs until a chunk of rows is done, so no register holds anything
// that depends on the rank. Seen on V, of which a piece is a thread's share:
//
//            columns of V
//            +----+----+--              --+
//   rows     |    |    |                  |  chunk: 256 rows of the piece, whose weights (rank x 256) and adjoints stay
//   of V     | ## |    |                  |  in the second-level cache while all columns pass by
//            |    |    |                  |
//            +----+----+--              --+  ##: a tile, 4 columns of 2 packs of rows
//
//     tile   c0   c1   c2   c3
//            r0   r0   r0   r0    lanes of a pack: 2, 4 or 8 rows of one column, one register;
//            r1   r1   r1   r1    mu, num and den of a tile are 8 registers each, and a weight w_ik that is loaded
//            ..   ..   ..   ..    once serves 4 columns, a feature h_kj 2 packs
//
#pragma once
#include "cells.h"
#include "family.h"
#include "pieces.h"
#include "source.h"
#include "sum.h"
#include "watch.h"

namespace nmf {

// What one piece adds up.
struct Partial {
  Sum objective;
  Score w, h;
};

// What a piece needs to know and where it adds up. den has a closed form where it is 1 or mu and all cells count alike.
template <class Family, bool weighted> struct Tiles {
  const Family& family;
  const Data& data;
  const mat &W, &H;
  const Piece& piece;
  bool objective, w, h;  // what is wanted
  Partial& sum;

  static constexpr uword chunk = 256;
  static constexpr int packs = 2, columns = 4;
  static constexpr bool general = Family::denominator == Denominator::general || weighted;

  struct Memory {
    Buffer w, num, den, alpha, v, weight, offset, feature, inner_num, inner_den;
    Memory(uword rank, int lanes)
        : w(rank * chunk),
          num(rank * chunk),
          den(general ? rank * chunk : 0),
          alpha(chunk),
          v(columns * chunk),
          weight(weighted ? columns * chunk : 0),
          offset(weighted ? columns * chunk : 0),
          feature(rank * columns * uword(lanes)),
          inner_num(rank * columns * uword(lanes)),
          inner_den(general ? rank * columns * uword(lanes) : 0) {}
  };

  template <int N> NMF_INLINE void run() const {
    const uword rank = H.n_rows;
    Memory memory(rank, N);
    ColumnReader reader(data, piece.row, piece.col, piece.cols);
    Lookout lookout;
    for (uword from = 0; from < piece.rows; from += chunk) {
      const uword rows = std::min(chunk, piece.rows - from), row = piece.row + from;
      for (uword k = 0; k < rank; ++k) {
        double* to = memory.w + k * chunk;
        std::copy_n(W.colptr(k) + row, rows, to);
        std::fill(to + rows, to + chunk, 0.0);
      }
      if (Family::by_row) {
        for (uword i = 0; i < rows; ++i) memory.alpha[i] = family.parameter(row + i);
        std::fill(memory.alpha + rows, memory.alpha + chunk, 1.0);
      }
      if (w) {
        std::fill_n(static_cast<double*>(memory.num), rank * chunk, 0.0);
        if (general) std::fill_n(static_cast<double*>(memory.den), rank * chunk, 0.0);
      }
      uword col = piece.col;
      const uword end = piece.col + piece.cols;
      for (; col + columns <= end; col += columns) {
        visit<N, columns>(memory, reader, row, rows, col);
        lookout.pass(rows * columns);
      }
      for (; col < end; ++col) visit<N, 1>(memory, reader, row, rows, col);
      if (w)
        for (uword k = 0; k < rank; ++k)
          for (uword i = 0; i < rows; ++i) {
            sum.w.num(from + i, k) += memory.num[k * chunk + i];
            if (general) sum.w.den(from + i, k) += memory.den[k * chunk + i];
          }
    }
  }

 private:
  template <int N, int C>
  NMF_INLINE void visit(Memory& memory, ColumnReader& reader, uword row, uword rows, uword col) const {
    using X = Pack<N>;
    constexpr uword block = packs * N;
    const uword rank = H.n_rows;
    const double *at = memory.w, smallest = family.smallest_mean();
    double* feature = memory.feature;  // a pack for each, so that the loops below only load
    const uword padded = (rows + block - 1) / block * block;
    reader.load(row, rows, col, uword(C), chunk, memory.v, weighted ? static_cast<double*>(memory.weight) : nullptr,
                weighted ? static_cast<double*>(memory.offset) : nullptr);
    for (int c = 0; c < C; ++c) {  // beyond the last row v = mu and the weights are 0: it adds nothing
      const uword beyond = uword(c) * chunk + rows, count = padded - rows;
      std::fill_n(memory.v + beyond, count, smallest);
      if (weighted) std::fill_n(memory.weight + beyond, count, 0.0);
    }
    for (uword k = 0; k < rank; ++k)
      for (int c = 0; c < C; ++c) X(H(k, col + uword(c))).store(feature + (k * C + uword(c)) * N);
    if (h) {
      std::fill_n(static_cast<double*>(memory.inner_num), rank * uword(C * N), 0.0);
      if (general) std::fill_n(static_cast<double*>(memory.inner_den), rank * uword(C * N), 0.0);
    }
    X total = 0.0;
    for (uword r = 0; r < padded; r += block) {
      X v[packs][C], mu[packs][C], weight[packs][C], offset[packs][C];
      NMF_UNROLL for (int u = 0; u < packs; ++u) NMF_UNROLL for (int c = 0; c < C; ++c) {
        const uword here = uword(c) * chunk + r + uword(u * N);
        v[u][c] = X::load(memory.v + here);
        mu[u][c] = 0.0;
        if (weighted) {
          weight[u][c] = X::load(memory.weight + here);
          offset[u][c] = X::load(memory.offset + here);
        }
      }
      constexpr int width = C == 1 ? 1 : 4;  // columns at a time: their sums fit the registers
      NMF_UNROLL for (int c = 0; c < C; c += width) {
        X m[packs][width];
        NMF_UNROLL for (int u = 0; u < packs; ++u) NMF_UNROLL for (int d = 0; d < width; ++d) m[u][d] = 0.0;
        for (uword k = 0; k < rank; ++k) {
          X x[width];
          NMF_UNROLL for (int d = 0; d < width; ++d) x[d] = X::load(feature + (k * C + uword(c + d)) * N);
          NMF_UNROLL for (int u = 0; u < packs; ++u) {
            const X entry = X::load(at + k * chunk + r + uword(u * N));
            NMF_UNROLL for (int d = 0; d < width; ++d) m[u][d] += entry * x[d];
          }
        }
        NMF_UNROLL for (int u = 0; u < packs; ++u) NMF_UNROLL for (int d = 0; d < width; ++d) {
          // a missing cell is given its value for a mean: 0 times what no number holds would be NaN
          if (weighted) m[u][d] = if_positive(weight[u][c + d], m[u][d] * offset[u][c + d], v[u][c + d]);
          mu[u][c + d] = larger(m[u][d], X(smallest));
        }
      }
      X num[packs][C], den[packs][C];
      NMF_UNROLL for (int u = 0; u < packs; ++u) {
        const X alpha = Family::by_row ? X::load(memory.alpha + r + uword(u * N)) : X(0.0);
        Parts<X> parts[C];
        NMF_UNROLL for (int c = 0; c < C; ++c) {
          parts[c] = family.parts(v[u][c], mu[u][c], alpha);
          num[u][c] = parts[c].num;
          den[u][c] = parts[c].den;
          if (weighted) {
            num[u][c] = num[u][c] * weight[u][c] * offset[u][c];
            den[u][c] = den[u][c] * weight[u][c] * offset[u][c];
          }
        }
        if (objective) total += half_deviances<C, weighted>(family, v[u], mu[u], alpha, parts, weight[u]);
      }
      if (w) {
        add_outer<N, C>(num, feature, memory.num + r);
        if (general) add_outer<N, C>(den, feature, memory.den + r);
      }
      if (h) {
        add_inner<N, C>(num, at + r, memory.inner_num);
        if (general) add_inner<N, C>(den, at + r, memory.inner_den);
      }
    }
    sum.objective += nmf::sum(total);
    if (h)
      for (uword k = 0; k < rank; ++k)
        for (int c = 0; c < C; ++c) {
          const uword j = col + uword(c) - piece.col, first = (k * C + uword(c)) * N;
          sum.h.num(k, j) += nmf::sum(X::load(memory.inner_num + first));
          if (general) sum.h.den(k, j) += nmf::sum(X::load(memory.inner_den + first));
        }
  }

  // out += x H' for a tile x.
  template <int N, int C>
  NMF_INLINE void add_outer(const Pack<N> (&x)[packs][C], const double* feature, double* out) const {
    using X = Pack<N>;
    const uword rank = H.n_rows;
    for (uword k = 0; k < rank; ++k) {
      NMF_UNROLL for (int u = 0; u < packs; ++u) {
        double* to = out + k * chunk + uword(u * N);
        X s = X::load(to);
        NMF_UNROLL for (int c = 0; c < C; ++c) s += x[u][c] * X::load(feature + (k * C + uword(c)) * N);
        s.store(to);
      }
    }
  }
  // out += W' x for a tile x, still apart by lane.
  template <int N, int C>
  NMF_INLINE void add_inner(const Pack<N> (&x)[packs][C], const double* weights, double* out) const {
    using X = Pack<N>;
    for (uword k = 0; k < H.n_rows; ++k) {
      X weight[packs];
      NMF_UNROLL for (int u = 0; u < packs; ++u) weight[u] = X::load(weights + k * chunk + uword(u * N));
      NMF_UNROLL for (int c = 0; c < C; ++c) {
        double* to = out + (k * C + uword(c)) * N;
        X s = X::load(to);
        NMF_UNROLL for (int u = 0; u < packs; ++u) s += weight[u] * x[u][c];
        s.store(to);
      }
    }
  }
};

}  // namespace nmf
