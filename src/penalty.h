// What is added to half the deviance for a block of theta, whose units are the core's. A penalty is a value and its
// derivative in two parts, den - num, and a curvature, all >= 0 and all of them for the whole block.
#pragma once
#include <memory>
#include <stdexcept>
#include <string>
#include "family.h"
#include "matrix.h"

namespace nmf {

class Penalty {
 public:
  virtual ~Penalty() = default;
  virtual double value(const mat& x) const = 0;
  virtual void add(const mat& x, mat& num, mat& den, mat& curvature) const = 0;
};

// Pseudo-document k has the counts b_kj and the mean h_kj, which adds b log(b / h) - b + h. With b = a - 1 this is a
// Dirichlet(a) prior on the distribution of topic k (Carbonetto et al. 2021, Corollary 2).
class Dirichlet : public Penalty {
  const Poisson poisson{};
  const mat counts;

 public:
  explicit Dirichlet(mat counts) : counts(std::move(counts)) {}
  double value(const mat& x) const override {
    check(x);
    double sum = 0;
    for (uword e = 0; e < counts.n_elem; ++e) {
      const double mean = larger(x[e], poisson.smallest_mean());
      sum += poisson.half_deviance(counts[e], mean, 0.0, poisson.parts(counts[e], mean, 0.0));
    }
    return sum;
  }
  void add(const mat& x, mat& num, mat& den, mat& curvature) const override {
    check(x);
    for (uword e = 0; e < counts.n_elem; ++e) {
      const Parts<double> parts = poisson.parts(counts[e], larger(x[e], poisson.smallest_mean()), 0.0);
      num[e] += parts.num;
      den[e] += parts.den;
      curvature[e] += parts.curvature;
    }
  }

 private:
  void check(const mat& x) const {
    if (arma::size(x) != arma::size(counts)) throw std::invalid_argument("Pseudo-counts must be like their block.");
  }
};

// What one is in the core, for the user: a cell of V, an entry of the block, the objective. A term lambda x of the
// user's has the factor lambda * entry / objective here.
struct Units {
  double cell, entry, objective;
};

// By its name; `value` in the user's units.
inline std::shared_ptr<const Penalty> make_penalty(const std::string& kind, const mat& value, const Units& units) {
  if (kind == "dirichlet") return std::make_shared<Dirichlet>(value / units.cell);
  throw std::invalid_argument("Unknown penalty '" + kind + "'.");
}

}  // namespace nmf
