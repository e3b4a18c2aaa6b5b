#include "complement.h"

namespace nmf {
namespace {

mat filled_up(const mat& Y) { return arma::resize(Y, whole_packs(Y.n_rows), Y.n_cols); }

// All lines from `from` to before `to`.
struct Ones {
  const OtherCells& cells;
  const Elsewhere& elsewhere;
  mat& den;
  uword from, to;
  template <int N> NMF_INLINE void run() const {
    Buffer sum(elsewhere.size), gone(elsewhere.size);
    for (uword line = from; line < to; ++line) {
      const OtherCells::OfLine own = cells.of(line);
      elsewhere.sum<N>(own, sum, gone);
      for (std::size_t c = 0; c < own.count; ++c)
        if (own.weights[c] > 0) elsewhere.add<N>(elsewhere.column(uword(own.index[c])), sum, own.weights[c]);
      std::copy_n(static_cast<double*>(sum), den.n_rows, den.colptr(line));
    }
  }
};

// Where at least half of the sum remains, mu itself is taken off; elsewhere it needs the products.
struct Means {
  const OtherCells& cells;
  const Elsewhere &features, &pairs;
  const mat& gram;  // of Y
  const mat &X, &Y;
  mat& den;
  uword from, to;
  template <int N> NMF_INLINE void run() const {
    const uword rank = X.n_rows, size = features.size;
    Buffer all(size), gone(size), counted(size), left(pairs.size), memory(pairs.size);
    for (uword line = from; line < to; ++line) {
      const OtherCells::OfLine own = cells.of(line);
      const double* x = X.colptr(line);
      std::fill_n(static_cast<double*>(gone), size, 0.0);
      std::fill_n(static_cast<double*>(counted), size, 0.0);
      for (std::size_t c = 0; c < own.count; ++c) {
        const double* y = features.column(uword(own.index[c]));
        double mean = 0;
        for (uword k = 0; k < rank; ++k) mean += x[k] * y[k];
        features.add<N>(y, gone, mean);
        if (own.weights[c] > 0) features.add<N>(y, counted, own.weights[c] * mean);
      }
      bool half = true;
      for (uword k = 0; k < rank; ++k) {
        all[k] = 0;
        for (uword l = 0; l < rank; ++l) all[k] += gram(l, k) * x[l];
        half = half && all[k] - gone[k] >= gone[k];
      }
      if (!half) {
        pairs.sum<N>(own, left, memory);
        for (uword k = 0; k < rank; ++k) {
          all[k] = gone[k] = 0;
          for (uword l = 0; l < rank; ++l) all[k] += left[place(k, l)] * x[l];
        }
      }
      for (uword k = 0; k < rank; ++k) den(k, line) = (all[k] - gone[k]) + counted[k];
    }
  }
};

}  // namespace

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

Elsewhere::Elsewhere(const mat& Y) : n(Y.n_cols), Y(filled_up(Y)), total(arma::sum(this->Y, 1)), size(this->Y.n_rows) {}

void Elsewhere::make_nodes() const {
  nodes.zeros(size, 2 * n);
  nodes.tail_cols(n) = Y;
  for (uword i = n; i-- > 1;) nodes.col(i) = nodes.col(2 * i) + nodes.col(2 * i + 1);
}

mat pairs_of(const mat& Y) {
  mat pairs(Y.n_rows * (Y.n_rows + 1) / 2, Y.n_cols);
  for (uword j = 0; j < Y.n_cols; ++j)
    for (uword k = 0; k < Y.n_rows; ++k)
      for (uword l = 0; l <= k; ++l) pairs(place(k, l), j) = Y(k, j) * Y(l, j);
  return pairs;
}

mat den_of_ones(const OtherCells& cells, const mat& Y, uword lines, int threads) {
  const Elsewhere elsewhere(Y);
  mat den(Y.n_rows, lines);
  for_lines(lines, 8 * double(cells.size() + lines) * double(Y.n_rows), threads, [&](int, uword from, uword to) {
    run_widest(Ones{cells, elsewhere, den, from, to});
  });
  return den;
}

mat den_of_means(const OtherCells& cells, const mat& X, const mat& Y, int threads) {
  const Elsewhere features(Y), pairs(pairs_of(Y));
  const mat gram = Y * Y.t();
  mat den(arma::size(X));
  for_lines(X.n_cols, 8 * double(cells.size() + X.n_cols) * double(Y.n_rows), threads, [&](int, uword from, uword to) {
    run_widest(Means{cells, features, pairs, gram, X, Y, den, from, to});
  });
  return den;
}

}  // namespace nmf
