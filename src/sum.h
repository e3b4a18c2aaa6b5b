// Sums of many numbers.
#pragma once
#include <array>
#include <cmath>
#include <vector>
#include "matrix.h"

namespace nmf {

// Keeps the digits that are lost in adding up (Neumaier 1974): an objective is compared with the last one down to its
// last digits.
class Sum {
  double total = 0, lost = 0;

 public:
  void operator+=(double x) {
    const double next = total + x;
    lost += std::abs(total) >= std::abs(x) ? (total - next) + x : (x - next) + total;
    total = next;
  }
  Sum() = default;
  explicit Sum(std::array<double, 2> parts) : total(parts[0]), lost(parts[1]) {}
  void add(std::array<double, 2> parts) {
    *this += parts[0];
    lost += parts[1];
  }
  std::array<double, 2> parts() const { return {total, lost}; }
  operator double() const { return std::isfinite(total) ? total + lost : total; }
};

// Sums of the columns of x (dim 0) or of its rows (dim 1).
NMF_LINKED vec sums_of(const mat& x, uword dim, int threads = 1);

}  // namespace nmf
