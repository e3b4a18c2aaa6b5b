// Sums over all columns of Y but a few, which weights leave out or let count otherwise. What is left out is taken off
// the total where at least half of that remains: one bit is lost. It must not be where the means of missing cells run
// away, or nothing of the rest would be left; there a binary tree of partial sums gives the sum over everything else by
// additions alone, m columns left out of n for O(m log(n / m)).
#pragma once
#include <mutex>
#include "data.h"
#include "pack.h"
#include "pieces.h"

namespace nmf {

// The cells of a sparse V that have another weight than 1, by lines.
class NMF_LINKED OtherCells {
  std::vector<std::size_t> starts;
  std::vector<int> index;
  std::vector<double> weights;

 public:
  OtherCells(const Data& data, Side side);
  struct OfLine {
    std::size_t count;
    const int* index;
    const double* weights;
  };
  OfLine of(uword line) const {
    return {starts[line + 1] - starts[line], index.data() + starts[line], weights.data() + starts[line]};
  }
  std::size_t size() const { return index.size(); }
};

class Elsewhere {
  const uword n;
  const mat Y;  // its columns filled up with zeros to whole packs
  vec total;
  mutable mat nodes;  // node i is the sum of the nodes 2 i and 2 i + 1, and column j of Y is node n + j
  mutable std::once_flag made;

  void make_nodes() const;

 public:
  const uword size;  // of a filled up column
  explicit Elsewhere(const mat& Y);
  const double* column(uword j) const { return Y.colptr(j); }
  // The sum over the columns at which the line has no other cell; `gone` is for as many numbers.
  template <int N> NMF_INLINE void sum(const OtherCells::OfLine& cells, double* left, double* gone) const {
    std::fill_n(gone, size, 0.0);
    for (std::size_t c = 0; c < cells.count; ++c) add<N>(column(uword(cells.index[c])), gone);
    bool half = true;
    for (uword k = 0; k < size; ++k) {
      left[k] = total[k] - gone[k];
      half = half && left[k] >= gone[k];
    }
    if (half) return;
    std::call_once(made, [&] { make_nodes(); });
    std::fill_n(left, size, 0.0);
    uword from = 0;
    for (std::size_t c = 0; c <= cells.count; ++c) {
      const uword to = c < cells.count ? uword(cells.index[c]) : n;
      for (uword a = from + n, b = to + n; a < b; a /= 2, b /= 2) {
        if (a % 2) add<N>(nodes.colptr(a++), left);
        if (b % 2) add<N>(nodes.colptr(--b), left);
      }
      from = to + 1;
    }
  }
  template <int N> NMF_INLINE void add(const double* x, double* to, double factor = 1) const {
    using P = Pack<N>;
    for (uword k = 0; k < size; k += N) (P::load(to + k) + P::load(x + k) * factor).store(to + k);
  }
};

// The products y_k y_l of the columns of Y, once for each pair.
mat pairs_of(const mat& Y);

// Adjoints of den for all lines, K x lines, at mu = x'Y: the sum over a line of w y, or of w mu y.
mat den_of_ones(const OtherCells& cells, const mat& Y, uword lines, int threads);
mat den_of_means(const OtherCells& cells, const mat& X, const mat& Y, int threads);

}  // namespace nmf
