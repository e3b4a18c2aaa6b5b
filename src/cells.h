// How kernels read V, dense or sparse, in stretches: a column from top to bottom, or as many lines (rows or columns) as
// a pack has lanes, side by side. A call reads hundreds of cells.
#pragma once
#include <vector>
#include "data.h"
#include "pack.h"

namespace nmf {

// Stretches of columns, out[column * apart + row]; those of one column are asked for from top to bottom. `weight` and
// `offset` may be null.
class NMF_LINKED ColumnReader {
  const Data& data;
  uword first_col;
  std::vector<int> at;

 public:
  ColumnReader(const Data& data, uword row, uword col, uword cols);
  void load(uword row, uword rows, uword col, uword cols, uword apart, double* v, double* weight, double* offset);
};

// The stored cells of a sparse V by lines; those along rows need the transposed index, which is made once.
class NMF_LINKED StoredLines {
  const Data& data;
  std::vector<int> starts, columns, places;  // places: where in `values`
  std::vector<float> own;  // in place of these, the values of cells that have no weights and are floats

 public:
  const Side side;
  StoredLines(const Data& data, Side side);
  uword count(uword line) const {
    return side == Side::columns ? uword(data.start[line + 1] - data.start[line])
                                 : uword(starts[line + 1] - starts[line]);
  }
  const int* index_of(uword line) const {
    return side == Side::columns ? data.index + data.start[line] : columns.data() + starts[line];
  }
  // Where the t-th cell of a line is stored.
  uword place(uword line, uword t) const {
    return side == Side::columns ? uword(data.start[line]) + t : uword(places[uword(starts[line]) + t]);
  }
  double value(uword line, uword t) const {
    return (own.empty() ? data.values[place(line, t)] : double(own[uword(starts[line]) + t])) * data.scale;
  }
  double weight(uword line, uword t) const { return data.weights ? data.weight(place(line, t)) : 1; }
};

// Lines side by side, out[position * width + lane], each from its start to its end.
class NMF_LINKED LineReader {
  const Data& data;
  const Side side;
  const StoredLines* stored;  // of a sparse V
  const uword width;
  uword first = 0, lanes = 0;
  std::array<uword, 8> at{};

 public:
  LineReader(const Data& data, Side side, const StoredLines* stored, int width)
      : data(data), side(side), stored(stored), width(uword(width)) {}
  void begin(uword line, uword count) {
    first = line;
    lanes = count;
    at.fill(0);
  }
  void load(uword from, uword count, double* v, double* weight, double* offset);
};

}  // namespace nmf
