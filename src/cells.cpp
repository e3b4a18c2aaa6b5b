#include "cells.h"
#include <algorithm>

namespace nmf {
namespace {

struct Columns {
  const double* in;
  uword rows, cols, n_rows;
  double scale;
  double* out;
  uword apart;
  template <int N> NMF_INLINE void run() const {
    for (uword j = 0; j < cols; ++j) {
      const double* from = in + j * n_rows;
      double* to = out + j * apart;
      uword i = 0;
      for (; i + N <= rows; i += N) (Pack<N>::load(from + i) * scale).store(to + i);
      for (; i < rows; ++i) to[i] = from[i] * scale;
    }
  }
};

// Lines that lie `across` apart, and their cells `along`.
struct Stretches {
  const double* in;
  uword along, across, lanes, width, count;
  double scale;
  double* out;
  template <int N> NMF_INLINE void run() const {
    if (across == 1 && lanes == N && width == N) {
      for (uword j = 0; j < count; ++j) (Pack<N>::load(in + j * along) * scale).store(out + j * N);
    } else {
      for (uword l = 0; l < lanes; ++l)
        for (uword j = 0; j < count; ++j) out[j * width + l] = in[l * across + j * along] * scale;
    }
  }
};

}  // namespace

ColumnReader::ColumnReader(const Data& data, uword row, uword col, uword cols)
    : data(data), first_col(col), at(data.sparse() ? cols : 0) {
  for (uword j = 0; j < at.size(); ++j) {
    const int *begin = data.index + data.start[col + j], *end = data.index + data.start[col + j + 1];
    at[j] = int(std::lower_bound(begin, end, int(row)) - data.index);
  }
}

void ColumnReader::load(uword row, uword rows, uword col, uword cols, uword apart, double* v, double* weight,
                        double* offset) {
  if (!data.sparse()) {
    const uword from = col * data.n_rows + row;
    const auto copy = [&](const double* x, double scale, double* to) {
      if (x) run_widest(Columns{x + from, rows, cols, data.n_rows, scale, to, apart});
      else
        for (uword j = 0; j < cols; ++j) std::fill_n(to + j * apart, rows, 1.0);
    };
    copy(data.values, data.scale, v);
    if (weight) copy(data.weights, 1, weight);
    if (offset) copy(data.offset, 1, offset);
    return;
  }
  for (uword j = 0, to = 0; j < cols; ++j, to += apart) {
    std::fill_n(v + to, rows, 0.0);
    if (weight) std::fill_n(weight + to, rows, 1.0);
    if (offset) std::fill_n(offset + to, rows, 1.0);
    int& k = at[col + j - first_col];
    for (const int end = data.start[col + j + 1]; k < end && uword(data.index[k]) < row + rows; ++k) {
      v[to + uword(data.index[k]) - row] = data.values[k] * data.scale;
      if (weight) weight[to + uword(data.index[k]) - row] = data.weight(uword(k));
    }
  }
}

StoredLines::StoredLines(const Data& data, Side side) : data(data), side(side) {
  if (side == Side::columns) return;
  const int offset = data.start[0], size = data.start[data.n_cols] - offset;
  starts.assign(data.n_rows + 1, 0);
  columns.resize(std::size_t(size));
  const double *first = data.values + offset, *last = first + size;
  if (!data.weights && std::all_of(first, last, [](double v) { return double(float(v)) == v; }))
    own.resize(std::size_t(size));
  else places.resize(std::size_t(size));
  for (int k = 0; k < size; ++k) ++starts[std::size_t(data.index[offset + k]) + 1];
  for (uword i = 0; i < data.n_rows; ++i) starts[i + 1] += starts[i];
  std::vector<int> next(starts.begin(), starts.end() - 1);
  for (uword j = 0; j < data.n_cols; ++j)
    for (int k = data.start[j]; k < data.start[j + 1]; ++k) {
      const std::size_t to = std::size_t(next[std::size_t(data.index[k])]++);
      columns[to] = int(j);
      if (own.empty()) places[to] = k;
      else own[to] = float(data.values[k]);
    }
}

void LineReader::load(uword from, uword count, double* v, double* weight, double* offset) {
  if (!data.sparse()) {
    const bool rows = side == Side::rows;
    const uword n = data.n_rows, along = rows ? n : 1, across = rows ? 1 : n;
    const auto lay_out = [&](const double* x, double scale, double* out) {
      if (x) run_widest(Stretches{x + first * across + from * along, along, across, lanes, width, count, scale, out});
      else std::fill_n(out, count * width, 1.0);
    };
    lay_out(data.values, data.scale, v);
    if (weight) lay_out(data.weights, 1, weight);
    if (offset) lay_out(data.offset, 1, offset);
    return;
  }
  std::fill_n(v, count * width, 0.0);
  if (weight) std::fill_n(weight, count * width, 1.0);
  if (offset) std::fill_n(offset, count * width, 1.0);
  for (uword l = 0; l < lanes; ++l) {
    const int* index = stored->index_of(first + l);
    const uword end = stored->count(first + l);
    for (uword& t = at[l]; t < end && uword(index[t]) < from + count; ++t) {
      const uword to = (uword(index[t]) - from) * width + l;
      v[to] = stored->value(first + l, t);
      if (weight) weight[to] = stored->weight(first + l, t);
    }
  }
}

}  // namespace nmf
