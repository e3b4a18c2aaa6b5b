// One step of a solver moves theta without raising the objective, and tells the objective and the stationarity residual
// of the point that it left.
#pragma once
#include <deque>
#include <limits>
#include "structure.h"

namespace nmf {

// `scale` is the sum of mu den over the cells, the size of the terms that cancel in the objective: its rounding error
// is relative to them, not to the objective.
struct Progress {
  double objective, residual, scale;
  bool moved = true;
  double rounding() const { return 4 * std::numeric_limits<double>::epsilon() * (objective + scale); }
};

// x <- x (num / den)^gamma, with 0/0 = 0. A positive factor stays positive unless nothing pulls it up.
inline void multiplicative_update(mat& x, const Score& score, double gamma) {
  constexpr double smallest = 1e-100;  // relative to the largest cell of V, which is scaled to about 1
  for (uword i = 0; i < x.n_elem; ++i) {
    const double num = score.num[i], den = score.den[i];
    if (num == 0) x[i] = 0;
    else if (x[i] > 0 && den > 0)
      x[i] = std::max(smallest, x[i] * (gamma == 1 ? num / den : std::pow(num / den, gamma)));
  }
}

// Majorise-minimise: the weights, then with the new mu the features (Lee and Seung 1999; Fevotte and Idier 2011;
// Ding et al. 2010; Pelizzola et al. 2023).
struct MM {
  template <class Model> Progress operator()(const Model& model, Blocks& theta) {
    const auto& H = model.features(theta);
    const double gamma = model.family.exponent();
    Progress left{0, 0, 0};
    bool measured = false;
    Score score;
    for (int b : {0, 1}) {
      if (!model.free[b]) continue;
      const double f = model.evaluate(theta[0], H, !measured, b == 0 ? &score : nullptr, b == 1 ? &score : nullptr);
      if (!measured) {
        left.objective = f;
        left.scale = arma::dot(theta[b], score.den);
        measured = true;
      }
      left.residual = std::max(left.residual, model.residual(b, theta[b], score));
      multiplicative_update(theta[b], score, gamma);
    }
    return left;
  }
};

// Limited-memory BFGS on u = sqrt(x), which needs no bound: df/du = 2 u (den - num). The curvature of the MM majoriser
// in u is about 4 den at a stationary point, hence the preconditioner 1 / (4 den). Nocedal and Wright (2006),
// algorithm 7.5.
class LBFGS {
  struct Pair {
    vec step, change;
    double inner;
  };
  std::deque<Pair> memory;
  bool started = false;
  double objective = 0, scale = 0;
  std::array<Score, 2> score;
  vec u, gradient;
  static constexpr std::size_t pairs = 8;

  template <class Model, class F> vec gather(const Model& model, F block) const {
    vec first = model.free[0] ? vec(arma::vectorise(block(0))) : vec();
    return model.free[1] ? vec(arma::join_cols(first, arma::vectorise(block(1)))) : first;
  }
  template <class Model> static void scatter(const Model& model, const vec& u, Blocks& theta) {
    uword from = 0;
    for (int b : {0, 1}) {
      if (!model.free[b]) continue;
      for (uword i = 0; i < theta[b].n_elem; ++i) theta[b][i] = u[from + i] * u[from + i];
      from += theta[b].n_elem;
    }
  }
  template <class Model> void measure(const Model& model, const Blocks& theta) {
    objective = model.evaluate(theta, score);
    const int b = model.free[0] ? 0 : 1;
    scale = arma::dot(theta[b], score[b].den);
    gradient = 2 * u % gather(model, [&](int b) -> mat { return score[b].den - score[b].num; });
  }
  vec direction(const vec& preconditioner) const {  // two-loop recursion
    vec q = -gradient, a(memory.size());
    for (std::size_t m = memory.size(); m-- > 0;) {
      a[m] = arma::dot(memory[m].step, q) / memory[m].inner;
      q -= a[m] * memory[m].change;
    }
    double scale = 1;
    if (!memory.empty())
      scale = memory.back().inner / arma::dot(memory.back().change, preconditioner % memory.back().change);
    q %= scale * preconditioner;
    for (std::size_t m = 0; m < memory.size(); ++m)
      q += (a[m] - arma::dot(memory[m].change, q) / memory[m].inner) * memory[m].step;
    return q;
  }
  // Backtracking to a sufficient decrease; the allowance is rounding in the objective.
  template <class Model> bool search(const Model& model, Blocks& theta, const vec& along, double slope) {
    const vec from = u, gradient_from = gradient;
    const double f = objective, rounding = Progress{objective, 0, scale}.rounding();
    double t = 1;
    for (int attempt = 0; attempt < 12; ++attempt) {
      u = from + t * along;
      scatter(model, u, theta);
      measure(model, theta);
      if (objective <= f + 1e-4 * t * slope + rounding) {
        remember({u - from, gradient - gradient_from, 0});
        return true;
      }
      // minimiser of the parabola through both values and the slope, kept within reach
      const double best = -slope * t * t / (2 * (objective - f - slope * t));
      t = std::isfinite(best) ? std::min(0.5 * t, std::max(0.1 * t, best)) : 0.1 * t;
    }
    u = from;
    scatter(model, u, theta);
    measure(model, theta);
    return false;
  }
  void remember(Pair pair) {
    pair.inner = arma::dot(pair.step, pair.change);
    if (!(pair.inner > 1e-12 * arma::norm(pair.step) * arma::norm(pair.change))) return;
    memory.push_back(std::move(pair));
    if (memory.size() > pairs) memory.pop_front();
  }

 public:
  template <class Model> Progress operator()(const Model& model, Blocks& theta) {
    if (!started) {
      u = gather(model, [&](int b) -> mat { return arma::sqrt(theta[b]); });
      scatter(model, u, theta);
      measure(model, theta);
      started = true;
    }
    Progress left{objective, model.residual(theta, score), scale};
    const vec den = gather(model, [&](int b) -> const mat& { return score[b].den; });
    vec preconditioner = 0.25 / den;
    preconditioner.elem(arma::find(den <= 0)).zeros();
    vec along = direction(preconditioner);
    double slope = arma::dot(along, gradient);
    if (!(slope < 0)) {
      memory.clear();
      along = -preconditioner % gradient;
      slope = arma::dot(along, gradient);
    }
    if (slope < 0 && search(model, theta, along, slope)) return left;
    if (!memory.empty()) {  // old curvature led astray: once more along the scaled gradient
      memory.clear();
      along = -preconditioner % gradient;
      slope = arma::dot(along, gradient);
      if (slope < 0 && search(model, theta, along, slope)) return left;
    }
    left.moved = false;
    return left;
  }
};

}  // namespace nmf
