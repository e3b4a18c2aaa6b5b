// What is added to half the deviance for the blocks of theta, whose units are the core's. A penalty is a value and, for
// each block, its derivative in two parts, den - num, and a curvature, all >= 0 and all of them for the whole block.
#pragma once
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include "family.h"
#include "hold.h"
#include "sum.h"

namespace nmf {

class Penalty {
 public:
  virtual ~Penalty() = default;
  virtual bool on(std::size_t block) const = 0;
  virtual double value(const Blocks& theta) const = 0;
  virtual void add(const Blocks& theta, std::size_t block, Pull& pull) const = 0;
};

// Calls f(entry, component) for all entries of a factor.
template <class F> void each_entry(const mat& x, std::size_t block, F f) {
  for (uword j = 0, e = 0; j < x.n_cols; ++j)
    for (uword i = 0; i < x.n_rows; ++i, ++e) f(e, block == 0 ? j : i);
}

// The pseudo-counts b_kj of component k add b log(b / m) - b + m with m_kj = B_k h_kj / s_k, B_k and s_k being the sums
// of b_k and h_k: up to a constant -sum_j b_kj log(h_kj / s_k), a Dirichlet prior with concentrations 1 + b_kj on the
// distribution of the component. A document of it alone, of which B_k is the best weight, adds as much (Carbonetto et
// al. 2021, Corollary 2). B_k log s_k is concave, below its tangent of slope B_k / s_k.
class Dirichlet : public Penalty {
  const Poisson poisson{};
  const std::size_t own;
  const mat counts;
  vec totals;

  vec sums_of_components(const mat& x) const {
    vec sums(own == 0 ? x.n_cols : x.n_rows, arma::fill::zeros);
    each_entry(x, own, [&](uword e, uword k) { sums[k] += x[e]; });
    return sums;
  }
  // m / h for each component.
  vec levels(const mat& x) const {
    if (arma::size(x) != arma::size(counts)) throw std::invalid_argument("Pseudo-counts must be like their block.");
    vec level = sums_of_components(x);
    for (uword k = 0; k < level.n_elem; ++k) level[k] = level[k] > 0 ? totals[k] / level[k] : 0;
    return level;
  }

 public:
  Dirichlet(std::size_t block, mat pseudo)
      : own(block), counts(std::move(pseudo)), totals(sums_of_components(counts)) {}
  bool on(std::size_t block) const override { return block == own; }
  double value(const Blocks& theta) const override {
    const mat& x = theta[own];
    const vec level = levels(x);
    Sum sum;
    each_entry(x, own, [&](uword e, uword k) {
      if (!(totals[k] > 0)) return;
      const double mean = larger(level[k] * x[e], poisson.smallest_mean());
      sum += poisson.half_deviance(counts[e], mean, 0.0, poisson.parts(counts[e], mean, 0.0));
    });
    return sum;
  }
  void add(const Blocks& theta, std::size_t, Pull& pull) const override {
    const mat& x = theta[own];
    const vec level = levels(x);
    each_entry(x, own, [&](uword e, uword k) {
      const double entry = larger(x[e], poisson.smallest_mean());
      pull.num[e] += counts[e] / entry;
      pull.den[e] += level[k];
      pull.curvature[e] += counts[e] / (entry * entry);
    });
  }
};

// Euclidean lengths of the components in both factors: columns of W and rows of H.
struct Lengths {
  vec W, H;
  explicit Lengths(const Blocks& theta)
      : W(arma::sqrt(arma::sum(arma::square(theta[0]), 0)).t()), H(arma::sqrt(arma::sum(arma::square(theta[1]), 1))) {
    if (W.n_elem != H.n_elem) throw std::invalid_argument("This penalty is for factors without an encoder.");
  }
  const vec& of(std::size_t block) const { return block == 0 ? W : H; }
};
// lambda times the sum of phi(x |y|) over the entries x of a factor, where |y| is the length of their component in the
// other one, so that no scale of the components makes it smaller: as if components had length 1 there (Hoyer 2002; Le
// Roux, Weninger and Hershey 2015). phi(t) is t, or sqrt(t) (Qian et al. 2011). Both are concave, and so is phi(x |y|)
// in |y|^2: tangents bound it by a line in x, and by a parabola in the entries of the other factor.
class Sparsity : public Penalty {
  const std::size_t own;
  const double lambda;
  const bool root;

 public:
  Sparsity(std::size_t block, double lambda, bool root) : own(block), lambda(lambda), root(root) {}
  bool on(std::size_t) const override { return true; }
  double value(const Blocks& theta) const override {
    const Lengths lengths(theta);
    const vec& length = lengths.of(1 - own);
    const mat& x = theta[own];
    Sum sum;
    each_entry(x, own, [&](uword e, uword k) {
      const double t = x[e] * length[k];
      sum += root ? std::sqrt(t) : t;
    });
    return lambda * double(sum);
  }
  void add(const Blocks& theta, std::size_t block, Pull& pull) const override {
    constexpr double smallest = 1e-100;  // where the slope of the root ends
    const Lengths lengths(theta);
    const vec& length = lengths.of(1 - own);
    const mat& x = theta[own];
    const auto slope = [&](uword e, uword k) {  // of phi by x, without the length where it is not the root
      return root ? 0.5 * std::sqrt(length[k] / larger(x[e], smallest)) : length[k];
    };
    if (block == own) {
      each_entry(x, own, [&](uword e, uword k) { pull.den[e] += lambda * slope(e, k); });
      return;
    }
    vec bend(length.n_elem, arma::fill::zeros);
    each_entry(x, own, [&](uword e, uword k) { bend[k] += x[e] * slope(e, k); });
    for (uword k = 0; k < bend.n_elem; ++k) bend[k] = length[k] > 0 ? lambda * bend[k] / (length[k] * length[k]) : 0;
    add_parabolas(theta[block], block, bend, pull);
  }
  // q_k x^2 / 2 for the entries x of component k.
  static void add_parabolas(const mat& x, std::size_t block, const vec& q, Pull& pull) {
    if (pull.square.empty()) pull.square.zeros(arma::size(x));
    each_entry(x, block, [&](uword e, uword k) {
      pull.den[e] += q[k] * x[e];
      pull.curvature[e] += q[k];
      pull.square[e] += q[k];
    });
  }
};

// lambda / 2 times the sum of |w_k|^2 |h_k|^2, a ridge on either factor where the components of the other have
// length 1.
class Ridge : public Penalty {
  const double lambda;

 public:
  explicit Ridge(double lambda) : lambda(lambda) {}
  bool on(std::size_t) const override { return true; }
  double value(const Blocks& theta) const override {
    const Lengths lengths(theta);
    return 0.5 * lambda * arma::accu(arma::square(lengths.W % lengths.H));
  }
  void add(const Blocks& theta, std::size_t block, Pull& pull) const override {
    Sparsity::add_parabolas(theta[block], block, lambda * arma::square(Lengths(theta).of(1 - block)), pull);
  }
};

// What one is in the core, for the user: a cell of V, an entry of the block, the objective. A term lambda x of the
// user's has the factor lambda * entry / objective here. A weight where components have length 1 is in units of a cell.
struct Units {
  double cell, entry, objective;
};

// By its name, on a block; `value` in the user's units.
inline std::shared_ptr<const Penalty> make_penalty(const std::string& kind, std::size_t block, const mat& value,
                                                   const Units& units) {
  if (kind == "dirichlet") return std::make_shared<Dirichlet>(block, value / units.cell);
  const double lambda = value.is_empty() ? 0 : value[0] / units.objective;
  if (kind == "l1") return std::make_shared<Sparsity>(block, lambda * units.cell, false);
  if (kind == "l1/2") return std::make_shared<Sparsity>(block, lambda * std::sqrt(units.cell), true);
  if (kind == "ridge") return std::make_shared<Ridge>(lambda * units.cell * units.cell);
  throw std::invalid_argument("Unknown penalty '" + kind + "'.");
}

}  // namespace nmf
