// The data as the kernels see them, in units of a power of two near the largest cell, dense or sparse: a column can be
// read from any row on, and a line (a row or a column) can be laid out across packs. V is never copied as a whole.
// Weighted cells have a weight, by which what they add to the objective is multiplied (0: the cell is missing), and,
// when dense, an offset, by which their mean is.
#pragma once
#ifndef ARMA_INCLUDES
#include <armadillo>
#endif
#include <algorithm>
#include <vector>
#include "pack.h"

namespace nmf {
using arma::mat;
using arma::uword;
using arma::vec;

enum class Side { rows, columns };

// What is needed of V again and again.
struct DataSums {
  double squares = 0;
  vec row_totals;
};

// Numbers beside V, like it; null where all are 1.
struct Beside {
  const double *weight = nullptr, *offset = nullptr;
};

template <bool weighted_> class Dense {
  const double* v;
  double scale;
  Beside beside;
  DataSums add_up() const {
    DataSums sums{0, vec(n_rows, arma::fill::zeros)};
    for (uword j = 0; j < n_cols; ++j)
      for (uword i = 0; i < n_rows; ++i) {
        const double x = v[j * n_rows + i] * scale;
        sums.squares += x * x;
        sums.row_totals[i] += x;
      }
    return sums;
  }

 public:
  const uword n_rows, n_cols;
  const DataSums sums;
  Dense(const double* v, uword n_rows, uword n_cols, double scale, Beside beside = {})
      : v(v), scale(scale), beside(beside), n_rows(n_rows), n_cols(n_cols), sums(add_up()) {}
  static constexpr bool sparse = false, weighted = weighted_;
  double visited(uword from, uword to) const { return double(to - from) * double(n_rows); }
  Dense columns(uword from, uword count, double factor) const {
    const auto of = [&](const double* x) { return x ? x + from * n_rows : x; };
    return {v + from * n_rows, n_rows, count, factor, {of(beside.weight), of(beside.offset)}};
  }
  Dense columns(uword from, uword count) const { return columns(from, count, scale); }
  Dense column(uword j, double unit) const { return columns(j, 1, 1 / unit); }
  const double* begin(uword j) const { return v + j * n_rows; }
  uword count(uword) const { return n_rows; }
  struct Reader {
    const Dense& cells;
    Reader(const Dense& cells, uword, uword, uword) : cells(cells) {}
    template <int N>
    NMF_INLINE void load(uword row, uword rows, uword col, double* out, double* weight, double* offset) {
      const uword at = col * cells.n_rows + row;
      const double* in = cells.v + at;
      uword i = 0;
      for (; i + N <= rows; i += N) (Pack<N>::load(in + i) * cells.scale + 0.0).store(out + i);  // -0 becomes 0
      for (; i < rows; ++i) out[i] = in[i] * cells.scale + 0.0;
      if (!weighted) return;
      copy_or_one(cells.beside.weight, at, rows, weight);
      copy_or_one(cells.beside.offset, at, rows, offset);
    }

   private:
    static void copy_or_one(const double* from, uword at, uword count, double* to) {
      if (from) std::copy_n(from + at, count, to);
      else std::fill_n(to, count, 1.0);
    }
  };
  // Lines of V, and a stretch of as many of them as a pack has lanes, side by side: out[position * N + lane].
  struct Lines {
    const Dense& cells;
    const Side side;
    Lines(const Dense& cells, Side side) : cells(cells), side(side) {}
    // The cells of one row after the other, loaded for as many rows as a pack has lanes.
    template <int N> class Cursor {
      const Lines& lines;
      const uword length;
      uword first;
      Buffer cells;

     public:
      explicit Cursor(const Lines& lines)
          : lines(lines), length(lines.cells.n_cols), first(lines.cells.n_rows), cells(length * N) {}
      template <class F> NMF_INLINE void visit(uword row, const F& f) {
        if (row / N * N != first) {
          first = row / N * N;
          Reader<N>(lines, first, std::min(uword(N), lines.cells.n_rows - first)).load_values(0, length, cells);
        }
        for (uword j = 0; j < length; ++j) f(j, cells[j * N + (row - first)]);
      }
    };
    template <int N> struct Reader {
      const Lines& lines;
      uword first, lanes;
      Reader(const Lines& lines, uword first, uword lanes) : lines(lines), first(first), lanes(lanes) {}
      NMF_INLINE void load_values(uword from, uword count, double* out) {
        const double scale = lines.cells.scale;
        lay_out(lines.cells.v, from, count, out, [&](const auto& x) NMF_LAMBDA { return x * scale + 0.0; });
      }
      NMF_INLINE void load(uword from, uword count, double* out, double* weight, double* offset) {
        load_values(from, count, out);
        if (!weighted) return;
        lay_out_or_one(lines.cells.beside.weight, from, count, weight);
        lay_out_or_one(lines.cells.beside.offset, from, count, offset);
      }

     private:
      NMF_INLINE void lay_out_or_one(const double* x, uword from, uword count, double* out) {
        if (x) lay_out(x, from, count, out, [](const auto& x) NMF_LAMBDA { return x; });
        else std::fill_n(out, count * N, 1.0);
      }
      template <class F> NMF_INLINE void lay_out(const double* x, uword from, uword count, double* out, const F& f) {
        const bool rows = lines.side == Side::rows;
        const uword n = lines.cells.n_rows, along = rows ? n : 1, across = rows ? 1 : n;
        const double* in = x + first * across + from * along;
        if (rows && lanes == N) {
          for (uword j = 0; j < count; ++j) f(Pack<N>::load(in + j * n)).store(out + j * N);
        } else {
          for (uword l = 0; l < lanes; ++l)
            for (uword j = 0; j < count; ++j) out[j * N + l] = f(in[l * across + j * along]);
        }
      }
    };
  };
};

// Compressed columns with ascending rows, as in Matrix::dgCMatrix. A cell with another weight than 1 is stored, be it
// zero.
template <bool weighted_> class Sparse {
  const int *start, *index;
  const double* x;
  double scale;
  const double* weights;
  DataSums add_up() const {
    DataSums sums{0, vec(n_rows, arma::fill::zeros)};
    for (int k = start[0]; k < start[n_cols]; ++k) {
      sums.squares += value(k) * value(k);
      sums.row_totals[uword(index[k])] += value(k);
    }
    return sums;
  }

 public:
  const uword n_rows, n_cols;
  const DataSums sums;
  Sparse(const int* start, const int* index, const double* x, uword n_rows, uword n_cols, double scale,
         const double* weights = nullptr)
      : start(start),
        index(index),
        x(x),
        scale(scale),
        weights(weights),
        n_rows(n_rows),
        n_cols(n_cols),
        sums(add_up()) {}
  static constexpr bool sparse = true, weighted = weighted_;
  double visited(uword from, uword to) const { return start[to] - start[from]; }
  Sparse columns(uword from, uword count) const { return {start + from, index, x, n_rows, count, scale, weights}; }
  Sparse column(uword j, double unit) const { return {start + j, index, x, n_rows, 1, 1 / unit, weights}; }
  const double* begin(uword j) const { return x + start[j]; }
  uword count(uword j) const { return uword(start[j + 1] - start[j]); }
  int first(uword col, uword row) const {
    return int(std::lower_bound(index + start[col], index + start[col + 1], int(row)) - index);
  }
  int begin_of(uword col) const { return start[col]; }
  int row(int at) const { return index[at]; }
  double value(int at) const { return x[at] * scale; }
  double weight(int at) const { return weighted ? weights[at] : 1; }
  struct Reader {  // tiles of a column are asked for from top to bottom
    const Sparse& cells;
    uword first_col;
    std::vector<int> at;
    Reader(const Sparse& cells, uword row, uword col, uword cols) : cells(cells), first_col(col), at(cols) {
      for (uword j = 0; j < cols; ++j) at[j] = cells.first(col + j, row);
    }
    template <int> NMF_INLINE void load(uword row, uword rows, uword col, double* out, double* weight, double* offset) {
      std::fill_n(out, rows, 0.0);
      if (weighted) {
        std::fill_n(weight, rows, 1.0);
        std::fill_n(offset, rows, 1.0);
      }
      int& k = at[col - first_col];
      for (const int end = cells.start[col + 1]; k < end && uword(cells.index[k]) < row + rows; ++k) {
        out[uword(cells.index[k]) - row] = cells.value(k);
        if (weighted) weight[uword(cells.index[k]) - row] = cells.weight(k);
      }
    }
  };
  // Lines of nonzeros; those along rows need the transposed index, which is made once.
  class Lines {
    const Sparse& cells;
    std::vector<int> starts, columns, places;  // places: where in x
    int place(uword line, uword t) const {
      return side == Side::columns ? cells.start[line] + int(t) : places[std::size_t(starts[line]) + t];
    }

   public:
    const Side side;
    Lines(const Sparse& cells, Side side) : cells(cells), side(side) {
      if (side == Side::columns) return;
      const int offset = cells.start[0], size = cells.start[cells.n_cols] - offset;
      starts.assign(cells.n_rows + 1, 0);
      columns.resize(std::size_t(size));
      places.resize(std::size_t(size));
      for (int k = 0; k < size; ++k) ++starts[std::size_t(cells.index[offset + k]) + 1];
      for (uword i = 0; i < cells.n_rows; ++i) starts[i + 1] += starts[i];
      std::vector<int> next(starts.begin(), starts.end() - 1);
      for (uword j = 0; j < cells.n_cols; ++j)
        for (int k = cells.start[j]; k < cells.start[j + 1]; ++k) {
          const std::size_t to = std::size_t(next[std::size_t(cells.index[k])]++);
          columns[to] = int(j);
          places[to] = k;
        }
    }
    Lines(const Lines&) = delete;
    const int* index_of(uword line) const {
      return side == Side::columns ? cells.index + cells.start[line] : columns.data() + starts[line];
    }
    // The t-th nonzero of a line.
    double value(uword line, uword t) const { return cells.value(place(line, t)); }
    double weight(uword line, uword t) const { return cells.weight(place(line, t)); }
    uword count(uword line) const {
      return side == Side::columns ? cells.count(line) : uword(starts[line + 1] - starts[line]);
    }
    template <int> struct Cursor {
      const Lines& lines;
      explicit Cursor(const Lines& lines) : lines(lines) {}
      template <class F> NMF_INLINE void visit(uword line, const F& f) {
        const int* index = lines.index_of(line);
        for (uword t = 0, n = lines.count(line); t < n; ++t) f(uword(index[t]), lines.value(line, t));
      }
    };
    template <int N> struct Reader {  // stretches are asked for from the start to the end
      const Lines& lines;
      uword first, lanes, at[N];
      Reader(const Lines& lines, uword first, uword lanes) : lines(lines), first(first), lanes(lanes), at() {}
      NMF_INLINE void load(uword from, uword count, double* out, double* weight, double* offset) {
        std::fill_n(out, count * N, 0.0);
        if (weighted) {
          std::fill_n(weight, count * N, 1.0);
          std::fill_n(offset, count * N, 1.0);
        }
        for (uword l = 0; l < lanes; ++l) {
          const int* index = lines.index_of(first + l);
          const uword end = lines.count(first + l);
          for (uword& t = at[l]; t < end && uword(index[t]) < from + count; ++t) {
            const uword to = (uword(index[t]) - from) * N + l;
            out[to] = lines.value(first + l, t);
            if (weighted) weight[to] = lines.weight(first + l, t);
          }
        }
      }
    };
  };
};

}  // namespace nmf
