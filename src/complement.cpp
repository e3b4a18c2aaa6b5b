#include "complement.h"
#include "pieces.h"

namespace nmf {

PartialSums::PartialSums(const mat& Y) : n(Y.n_cols), nodes(Y.n_rows, 2 * Y.n_cols, arma::fill::zeros) {
  nodes.tail_cols(n) = Y;
  for (uword i = n; i-- > 1;) nodes.col(i) = nodes.col(2 * i) + nodes.col(2 * i + 1);
}

void PartialSums::add(uword from, uword to, double* sum) const {
  const auto add_node = [&](uword i) {
    const double* node = nodes.colptr(i);
    for (uword k = 0; k < nodes.n_rows; ++k) sum[k] += node[k];
  };
  if (from == 0 && to == n) return add_node(1);
  for (uword a = from + n, b = to + n; a < b; a /= 2, b /= 2) {
    if (a % 2) add_node(a++);
    if (b % 2) add_node(--b);
  }
}

OtherCells::OtherCells(const Data& data, Side side) : starts(data.lines(side) + 1, 0) {
  if (!data.weights) return;
  const auto visit = [&](const auto& f) {
    for (uword j = 0; j < data.n_cols; ++j)
      for (int at = data.start[j]; at < data.start[j + 1]; ++at)
        if (data.weights[at] != 1) {
          const int i = data.index[at];
          if (side == Side::rows) f(uword(i), int(j), data.weights[at]);
          else f(j, i, data.weights[at]);
        }
  };
  visit([&](uword line, int, double) { ++starts[line + 1]; });
  for (uword line = 0; line + 1 < starts.size(); ++line) starts[line + 1] += starts[line];
  index.resize(starts.back());
  weights.resize(starts.back());
  std::vector<std::size_t> next(starts.begin(), starts.end() - 1);
  visit([&](uword line, int other, double weight) {
    index[next[line]] = other;
    weights[next[line]++] = weight;
  });
}

void OtherCells::sum_elsewhere(uword line, const PartialSums& sums, uword length, double* sum) const {
  std::fill_n(sum, sums.size(), 0.0);
  uword from = 0;
  for (std::size_t at = begin(line); at < end(line); ++at) {
    sums.add(from, uword(index[at]), sum);
    from = uword(index[at]) + 1;
  }
  sums.add(from, length, sum);
}

mat pairs_of(const mat& Y) {
  mat pairs(Y.n_rows * (Y.n_rows + 1) / 2, Y.n_cols);
  for (uword j = 0; j < Y.n_cols; ++j)
    for (uword k = 0; k < Y.n_rows; ++k)
      for (uword l = 0; l <= k; ++l) pairs(place(k, l), j) = Y(k, j) * Y(l, j);
  return pairs;
}

mat den_of_ones(const OtherCells& cells, const mat& Y, uword lines, int threads) {
  const uword rank = Y.n_rows;
  const PartialSums sums(Y);
  mat den(rank, lines);
  for_lines(lines, 8 * double(cells.index.size() + lines) * double(rank), threads, [&](int, uword from, uword to) {
    for (uword line = from; line < to; ++line) {
      double* out = den.colptr(line);
      cells.sum_elsewhere(line, sums, Y.n_cols, out);
      for (std::size_t at = cells.begin(line); at < cells.end(line); ++at) {
        const double* y = Y.colptr(uword(cells.index[at]));
        for (uword k = 0; k < rank; ++k) out[k] += cells.weights[at] * y[k];
      }
    }
  });
  return den;
}

mat den_of_means(const OtherCells& cells, const mat& X, const mat& Y, int threads) {
  const uword rank = Y.n_rows, lines = X.n_cols;
  const PartialSums sums(pairs_of(Y));
  mat den(rank, lines, arma::fill::zeros);
  for_lines(lines, 8 * double(cells.index.size() + lines) * double(sums.size()), threads,
            [&](int, uword from, uword to) {
              vec gram(sums.size());
              for (uword line = from; line < to; ++line) {
                const double* x = X.colptr(line);
                double* out = den.colptr(line);
                cells.sum_elsewhere(line, sums, Y.n_cols, gram.memptr());
                for (uword k = 0; k < rank; ++k)
                  for (uword l = 0; l < rank; ++l) out[k] += gram[place(k, l)] * x[l];
                for (std::size_t at = cells.begin(line); at < cells.end(line); ++at) {
                  if (cells.weights[at] == 0) continue;
                  const double* y = Y.colptr(uword(cells.index[at]));
                  double mean = 0;
                  for (uword k = 0; k < rank; ++k) mean += x[k] * y[k];
                  for (uword k = 0; k < rank; ++k) out[k] += cells.weights[at] * mean * y[k];
                }
              }
            });
  return den;
}

}  // namespace nmf
