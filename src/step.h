// One step of a solver moves theta without raising the objective, and tells the objective and the stationarity residual
// of the point that it left.
#pragma once
#include <deque>
#include <limits>
#include "encoder.h"
#include "structure.h"

namespace nmf {

// `scale` is the sum of mu den over the cells, the size of the terms that cancel in the objective: its rounding error
// is relative to them, not to the objective.
struct Progress {
  double objective, residual, scale;
  bool moved = true;
  double rounding() const { return 16 * std::numeric_limits<double>::epsilon() * (objective + scale); }
};

// Rules update one block of theta and tell what they met there: the half deviance (if asked for), its scale, and the
// stationarity residual of the block.

// Majorise-minimise: x <- x (num / den)^gamma with 0/0 = 0 (Lee and Seung 1999; Fevotte and Idier 2011; Ding et al.
// 2010; Pelizzola et al. 2023). A positive factor stays positive unless nothing pulls it up.
struct MM {
  template <class Model>
  Progress operator()(const Model& model, Blocks& theta, const mat& H, int block, bool objective) {
    Score score;
    const double f = model.evaluate(theta[0], H, objective ? Objective::fast : Objective::none,
                                    block == 0 ? &score : nullptr, block == 1 ? &score : nullptr);
    mat& x = theta[std::size_t(block)];
    Progress met{f, 0, model.scale(arma::dot(x, score.den))};
    const double gamma = model.family.exponent();
    const bool by_row = model.line(block) == 1;
    const mat largest = arma::max(x, by_row ? 1 : 0), &fixed = model.known.fixed[std::size_t(block)];
    double* at = x.memptr();
    for (uword j = 0, e = 0; j < x.n_cols; ++j)
      for (uword i = 0; i < x.n_rows; ++i, ++e) {
        constexpr double smallest = 1e-100;  // relative to the largest cell of V, which is scaled to about 1
        if (!fixed.empty() && fixed[e] > 0) continue;
        const double num = score.num[e], den = score.den[e], top = largest[by_row ? i : j];
        met.residual = std::max(met.residual, distance(at[e], top, num, den));
        const double ratio = num / larger(den, 1e-300), factor = gamma == 1 ? ratio : std::pow(ratio, gamma);
        at[e] = num > 0 ? (at[e] > 0 && den > 0 ? larger(at[e] * factor, smallest) : at[e]) : 0;
      }
    return met;
  }
};

// Majorise-minimise, several times on a block before the other one moves. With Poisson noise and H fixed these are the
// EM steps of a multinomial mixture for each row (Carbonetto et al. 2021), and likewise for each column.
class EM {
  const int steps;
  MM once;

 public:
  explicit EM(int steps) : steps(steps) {}
  template <class Model>
  Progress operator()(const Model& model, Blocks& theta, const mat& H, int block, bool objective) {
    const Progress met = once(model, theta, H, block, objective);
    mat memory;
    for (int s = 1; s < steps; ++s) once(model, theta, block == 0 ? H : model.features(theta, memory), block, false);
    return met;
  }
};

// Coordinate descent on quadratic models: every row of W, then every column of H (lines.h) or every row of E
// (encoder.h).
template <class Cells> class CoordinateDescent {
  const typename Cells::Lines rows, columns;

 public:
  explicit CoordinateDescent(const Cells& cells) : rows(cells, Side::rows), columns(cells, Side::columns) {}
  template <class Model>
  Progress operator()(const Model& model, Blocks& theta, const mat& H, int block, bool objective) {
    const double prior = objective ? model.known.half_deviance(H) : 0;
    Progress met = block == 0 ? weights(model, theta[0], H, objective) : features(model, theta, H, objective);
    met.objective += prior;
    return met;
  }

 private:
  template <class Model> Progress weights(const Model& model, mat& W, const mat& H, bool objective) const {
    const mat none, &fixed = model.known.fixed[0];
    if constexpr (along_nonzeros<Cells, typename Model::Family>) {
      mat Wt = W.t();
      const Progress met = by_lines(model, rows, Wt, H, fixed.t(), none, objective);
      W = Wt.t();
      return met;
    } else {
      return by_lines(model, rows, W, H.t(), fixed, none, objective);
    }
  }
  template <class Model> Progress features(const Model& model, Blocks& theta, const mat& H, bool objective) const {
    const mat &fixed = model.known.fixed[1], &pseudo = model.known.pseudo;
    if constexpr (along_nonzeros<Cells, typename Model::Family>) {
      const mat Wt = theta[0].t();
      if constexpr (Model::convex) return encoder(model, Wt, H, theta[1], objective);
      else return by_lines(model, columns, theta[1], Wt, fixed, pseudo, objective);
    } else {
      mat Ht = H.t();
      if constexpr (Model::convex) return encoder(model, theta[0], std::move(Ht), theta[1], objective);
      const Progress met = by_lines(model, columns, Ht, theta[0], fixed.t(), pseudo.t(), objective);
      theta[1] = Ht.t();
      return met;
    }
  }
  // X and Y as update_lines() has them.
  template <class Model>
  static Progress by_lines(const Model& model, const typename Cells::Lines& lines, mat& X, const mat& Y,
                           const mat& fixed, const mat& pseudo, bool objective) {
    constexpr bool normal = Model::Family::denominator == Denominator::mean && !Cells::weighted;
    const bool by_line = lines.side == Side::rows || Model::line_is_component;
    Totals met;
    if constexpr (normal) met = update_normal_lines(model.cells, lines.side, X, Y, fixed, by_line, model.threads);
    else met = update_lines(model.cells, model.family, lines, X, Y, fixed, pseudo, by_line, objective, model.threads);
    return {met.objective, met.residual, model.scale(met.scale)};
  }
  // W and H as by_lines() has them.
  template <class Model> Progress encoder(const Model& model, const mat& W, mat H, mat& E, bool objective) const {
    constexpr bool normal = Model::Family::denominator == Denominator::mean && !Cells::weighted;
    LineModel quadratic(E.n_cols, model.cells.n_cols);
    Totals met;
    if constexpr (normal) {
      const mat G = W.t() * W;
      quadratic.num = cross(model.cells, W, model.threads);
      quadratic.den = G * H.t();
      for (uword k = 0; k < W.n_cols; ++k)
        for (uword l = 0; l <= k; ++l) quadratic.hessian.row(place(k, l)).fill(G(k, l));
      met.objective += std::max(0.0, 0.5 * (model.cells.sums.squares - 2 * arma::dot(H.t(), quadratic.num) +
                                            arma::dot(H.t(), quadratic.den)));
      met.scale = arma::dot(H.t(), quadratic.den);
    } else {
      const mat none;
      met = update_lines(model.cells, model.family, columns, H, W, none, none, false, objective, model.threads,
                         &quadratic);
    }
    Score score;
    score.num = std::move(quadratic.num);
    score.den = std::move(quadratic.den);
    model.pull_back(score);
    const double residual = model.residual(1, E, score);
    run_widest(
        EncoderUpdate<typename Cells::Lines>{rows, E, score.num, score.den, model.known.fixed[1], quadratic.hessian});
    return {met.objective, residual, model.scale(met.scale)};
  }
};

// A sweep of a rule over the blocks, begun a little beyond the last one's end (Ang and Gillis 2019): if that raised the
// objective, the sweep is made again from the end itself, and if this did not lower it either, by majorise-minimise
// from the last point known to be good. What a sweep reaches is judged when the next one begins.
struct Memory {  // what a sweep remembers of those before
  double beta = 0.5, limit = 1;
  Blocks left, last;
  Progress at_left{std::numeric_limits<double>::infinity(), 0, 0};
};
template <class Rule> class Sweeps {
  Rule rule;
  const bool extrapolate;
  Memory& memory;
  double &beta = memory.beta, &limit = memory.limit;
  Blocks &left = memory.left, &last = memory.last;
  Progress& at_left = memory.at_left;

  Blocks beyond(const Blocks& theta) const {
    Blocks start = theta;
    for (std::size_t b : {0, 1})
      for (uword i = 0; i < start[b].n_elem; ++i)
        start[b][i] = std::max(keep_of_weight * theta[b][i], theta[b][i] + beta * (theta[b][i] - last[b][i]));
    return start;
  }
  bool acceptable(const Progress& met) const { return met.objective <= at_left.objective + met.rounding(); }

 public:
  template <class... Arguments>
  Sweeps(bool extrapolate, Memory& memory, Arguments&&... arguments)
      : rule(std::forward<Arguments>(arguments)...), extrapolate(extrapolate), memory(memory) {}

  template <class Model> Progress operator()(const Model& model, Blocks& theta) {
    constexpr double growth = 1.05, growth_of_limit = 1.02, shrinkage = 0.5;
    const int first = model.free[0] ? 0 : 1;
    const bool further = extrapolate && !last[0].empty();
    Blocks start, reached;
    mat features;
    if (extrapolate) reached = std::move(theta);
    Progress met{0, 0, 0};
    const auto sweep = [&](auto& by, Blocks from, bool must) {
      start = std::move(from);
      theta = start;
      const mat& H = model.features(theta, features);
      met = by(model, theta, H, first, true);
      if (!must && !acceptable(met)) return false;
      if (model.free[0] && model.free[1]) met.residual = std::max(met.residual, by(model, theta, H, 1, false).residual);
      return true;
    };
    bool accepted = false;
    if (further) {
      Blocks from = beyond(reached);
      last = Blocks();
      accepted = sweep(rule, std::move(from), false);
      if (accepted) {
        limit = std::min(1.0, growth_of_limit * limit);
        beta = std::min(limit, growth * beta);
      } else {
        limit = beta;
        beta *= shrinkage;
      }
    }
    if (!accepted && !sweep(rule, extrapolate ? reached : theta, false)) {
      MM safe;
      sweep(safe, left, true);
      if (extrapolate) reached = left;
    }
    left = std::move(start);
    if (extrapolate) last = std::move(reached);
    at_left = met;
    return met;
  }
  // The last point whose objective is known.
  const Blocks& good(const Blocks&) const { return left; }
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
  arma::uvec fixed;
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
    objective = model.evaluate(theta, Objective::fast, score);
    const int b = model.free[0] ? 0 : 1;
    scale = model.scale(arma::dot(theta[b], score[b].den));
    gradient = 2 * u % gather(model, [&](int b) -> mat { return score[b].den - score[b].num; });
    gradient.elem(fixed).zeros();
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
      fixed = arma::find(gather(model, [&](int b) -> mat {
        const mat& mask = model.known.fixed[std::size_t(b)];
        return mask.empty() ? mat(arma::size(theta[b]), arma::fill::zeros) : mask;
      }));
      scatter(model, u, theta);
      measure(model, theta);
      started = true;
    }
    Progress left{objective, model.residual(theta, score), scale};
    const vec den = gather(model, [&](int b) -> const mat& { return score[b].den; });
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
};

}  // namespace nmf
