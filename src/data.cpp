#include "data.h"
#include <algorithm>

namespace nmf {

DataSums add_up(const Data& data) {
  DataSums sums{0, vec(data.n_rows, arma::fill::zeros), vec(data.n_cols, arma::fill::zeros)};
  const auto add = [&](uword i, uword j, uword at) {
    const double x = data.values[at] * data.scale;
    sums.squares += data.weights ? data.weights[at] * x * x : x * x;
    sums.rows[i] += x;
    sums.columns[j] += x;
  };
  for (uword j = 0; j < data.n_cols; ++j)
    if (data.sparse())
      for (int at = data.start[j]; at < data.start[j + 1]; ++at) add(uword(data.index[at]), j, uword(at));
    else
      for (uword i = 0; i < data.n_rows; ++i) add(i, j, j * data.n_rows + i);
  return sums;
}

Data columns_of(const Data& data, uword from, uword count) {
  Data part = data;
  part.n_cols = count;
  if (data.sparse()) {
    part.start += from;
  } else {
    const uword cells = from * data.n_rows;
    part.values += cells;
    if (part.weights) part.weights += cells;
    if (part.offset) part.offset += cells;
  }
  return part;
}

namespace {
struct Copy {
  std::vector<double> values, weights, offset;
  std::vector<int> start, index;
};
}  // namespace

Data rows_of(const Data& data, uword from, uword count) {
  const auto copy = std::make_shared<Copy>();
  const auto take = [&](uword first, uword cells) {
    copy->values.insert(copy->values.end(), data.values + first, data.values + first + cells);
    if (data.weights) copy->weights.insert(copy->weights.end(), data.weights + first, data.weights + first + cells);
    if (data.offset) copy->offset.insert(copy->offset.end(), data.offset + first, data.offset + first + cells);
  };
  if (data.sparse()) copy->start.push_back(0);
  for (uword j = 0; j < data.n_cols; ++j)
    if (data.sparse()) {
      const int *first = data.index + data.start[j], *last = data.index + data.start[j + 1];
      const int *begin = std::lower_bound(first, last, int(from)),
                *end = std::lower_bound(begin, last, int(from + count));
      take(uword(begin - data.index), uword(end - begin));
      for (const int* at = begin; at < end; ++at) copy->index.push_back(*at - int(from));
      copy->start.push_back(int(copy->index.size()));
    } else {
      take(j * data.n_rows + from, count);
    }
  Data part = data;
  part.n_rows = count;
  part.values = copy->values.data();
  if (data.weights) part.weights = copy->weights.data();
  if (data.offset) part.offset = copy->offset.data();
  if (data.sparse()) {
    part.start = copy->start.data();
    part.index = copy->index.data();
  }
  part.owner = copy;
  return part;
}

}  // namespace nmf
