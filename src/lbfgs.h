// Limited-memory BFGS as a step.
#pragma once
#include <deque>
#include "step.h"

namespace nmf {

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
  double objective = unmet.objective, scale = 0;
  Progress at = unmet;
  std::array<Score, 2> score;
  vec u, gradient;
  arma::uvec fixed;
  static constexpr std::size_t pairs = 8;

  template <class F> vec gather(const Model& model, F block) const {
    vec first = model.free[0] ? vec(arma::vectorise(block(0))) : vec();
    return model.free[1] ? vec(arma::join_cols(first, arma::vectorise(block(1)))) : first;
  }
  static void scatter(const Model& model, const vec& u, Blocks& theta) {
    uword from = 0;
    for (std::size_t b = 0; b < 2; ++b) {
      if (!model.free[b]) continue;
      for (uword i = 0; i < theta[b].n_elem; ++i) theta[b][i] = u[from + i] * u[from + i];
      from += theta[b].n_elem;
    }
  }
  void measure(const Model& model, const Blocks& theta) {
    objective = model.evaluate(theta, Objective::fast, score);
    const std::size_t b = model.free[0] ? 0 : 1;
    scale = model.scale(arma::dot(theta[b], score[b].den));
    gradient = 2 * u % gather(model, [&](std::size_t b) -> mat { return score[b].den - score[b].num; });
  }
  vec direction(const vec& preconditioner) const {  // two-loop recursion
    vec q = -gradient, a(memory.size());
    for (std::size_t m = memory.size(); m-- > 0;) {
      a[m] = arma::dot(memory[m].step, q) / memory[m].inner;
      q -= a[m] * memory[m].change;
    }
    double stretch = 1;
    if (!memory.empty())
      stretch = memory.back().inner / arma::dot(memory.back().change, preconditioner % memory.back().change);
    q %= stretch * preconditioner;
    for (std::size_t m = 0; m < memory.size(); ++m)
      q += (a[m] - arma::dot(memory[m].change, q) / memory[m].inner) * memory[m].step;
    return q;
  }
  // Backtracking to a sufficient decrease; the allowance is rounding in the objective.
  bool search(const Model& model, Blocks& theta, const vec& along, double slope) {
    const vec from = u, gradient_from = gradient;
    const double f = objective, rounding = Progress{objective, 0, scale}.rounding();
    double t = 1;
    for (int attempt = 0; attempt < 12; ++attempt) {
      u = from + t * along;
      keep_off_denormals(along);
      go_to_u(model, theta, from);
      if (objective <= f + 1e-4 * t * slope + rounding) {
        remember({u - from, gradient - gradient_from, 0});
        return true;
      }
      // minimiser of the parabola through both values and the slope, kept within reach
      const double best = -slope * t * t / (2 * (objective - f - slope * t));
      t = std::isfinite(best) ? std::min(0.5 * t, std::max(0.1 * t, best)) : 0.1 * t;
    }
    u = from;
    go_to_u(model, theta, from);
    return false;
  }
  // What moves is 0 or at least what MM lets a weight fall to.
  void keep_off_denormals(const vec& along) {
    static const double least = std::sqrt(smallest_weight);
    for (uword i = 0; i < u.n_elem; ++i)
      if (along[i] != 0 && std::abs(u[i]) < least) u[i] = std::copysign(least, u[i]);
  }
  // Cut short, it stays where it was.
  void go_to_u(const Model& model, Blocks& theta, const vec& from) {
    scatter(model, u, theta);
    try {
      measure(model, theta);
    } catch (const Stopped&) {
      scatter(model, from, theta);
      objective = at.objective;
      throw;
    }
  }
  // Entries that nothing pulls up end at once, as in MM: u would only creep towards 0.
  bool end_what_is_idle(const Model& model, Blocks& theta) {
    const vec num = gather(model, [&](std::size_t b) -> const mat& { return score[b].num; });
    vec idle = arma::conv_to<vec>::from(num == 0);
    idle.elem(fixed).zeros();
    if (!arma::any(u % idle)) return false;
    const vec from = u;
    u.elem(arma::find(idle)).zeros();
    go_to_u(model, theta, from);
    return true;
  }
  void remember(Pair pair) {
    pair.inner = arma::dot(pair.step, pair.change);
    if (!(pair.inner > 1e-12 * arma::norm(pair.step) * arma::norm(pair.change))) return;
    memory.push_back(std::move(pair));
    if (memory.size() > pairs) memory.pop_front();
  }

 public:
  Progress operator()(const Model& model, Blocks& theta) {
    if (!started) {
      u = gather(model, [&](std::size_t b) -> mat { return arma::sqrt(theta[b]); });
      fixed = arma::find(gather(model, [&](std::size_t b) -> mat {
        const mat& mask = model.known.fixed[b];
        return mask.empty() ? mat(arma::size(theta[b]), arma::fill::zeros) : mask;
      }));
      scatter(model, u, theta);
      measure(model, theta);
      started = true;
      const Progress first = at = {objective, model.residual(theta, score), scale};
      if (end_what_is_idle(model, theta)) return first;
    }
    Progress left = at = {objective, model.residual(theta, score), scale};
    const vec den = gather(model, [&](std::size_t b) -> const mat& { return score[b].den; });
    vec preconditioner = 0.25 / den;
    preconditioner.elem(arma::find(den <= 0)).zeros();
    preconditioner.elem(fixed).zeros();
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
  const Blocks& good(const Blocks& theta) const { return theta; }  // it only goes where the objective is known
  Progress known() const { return {objective, at.residual, scale}; }
};

}  // namespace nmf
