// Sums over all columns of Y but a few. What weights leave out must not be taken off a total: where the means of
// missing cells run away, nothing of the rest would be left. A binary tree of partial sums gives the sum over
// everything else by additions alone, m columns left out of n cost O(m log(n / m)).
#pragma once
#include "data.h"

namespace nmf {

class PartialSums {
  uword n;
  mat nodes;  // node i is the sum of the nodes 2 i and 2 i + 1, and column j of Y is node n + j

 public:
  explicit PartialSums(const mat& Y);
  uword size() const { return nodes.n_rows; }
  // The sum over the columns from `from` to before `to` is added to `sum`.
  void add(uword from, uword to, double* sum) const;
};

// The cells of a sparse V that have another weight than 1, by lines.
class OtherCells {
  std::vector<std::size_t> starts;

 public:
  std::vector<int> index;
  std::vector<double> weights;
  OtherCells(const Data& data, Side side);
  std::size_t begin(uword line) const { return starts[line]; }
  std::size_t end(uword line) const { return starts[line + 1]; }
  // The sum over the columns of Y at which the line has no such cell.
  void sum_elsewhere(uword line, const PartialSums& sums, uword length, double* sum) const;
};

// The products y_k y_l of the columns of Y, once for each pair.
mat pairs_of(const mat& Y);

// Adjoints of den for all lines, K x lines, at mu = x'Y: the sum over a line of w y, or of w mu y.
mat den_of_ones(const OtherCells& cells, const mat& Y, uword lines, int threads);
mat den_of_means(const OtherCells& cells, const mat& X, const mat& Y, int threads);

}  // namespace nmf
