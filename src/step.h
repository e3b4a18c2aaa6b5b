// One step of a solver moves theta without raising the objective, and tells the objective and the stationarity residual
// of the point that it left.
#pragma once
#include <limits>
#include "structure.h"
#include "watch.h"

namespace nmf {

// `scale` is the sum of mu den over the cells, the size of the terms that cancel in the objective: its rounding error
// is relative to them, not to the objective.
struct Progress {
  double objective, residual, scale;
  bool moved = true;
  double rounding() const { return 16 * std::numeric_limits<double>::epsilon() * (objective + scale); }
};

// What a weight that dies by factors falls to: products of two are far from denormal numbers, with which a step takes
// several times as long. V is scaled to cells of about 1. Coordinate descent ends such weights (lines.h).
constexpr double smallest_weight = 1e-100;

// Rules update one block of theta and tell what they met there: the half deviance (if asked for), its scale, and the
// stationarity residual of the block.

// Majorise-minimise: x <- x (num / den)^gamma with 0/0 = 0 (Lee and Seung 1999; Fevotte and Idier 2011; Ding et al.
// 2010; Pelizzola et al. 2023). A positive factor stays positive unless nothing pulls it up.
//
// With f = x'/x for the entry x' that x becomes, the majoriser has the slope den - num f^(-1 / gamma) in f for all
// noise but the Normal, of which it is den f - num. What penalties have in den keeps it a majoriser where they are
// lines. A parabola q x^2 / 2 has q x f in the place of the q x that is in den: f is then the root of a quadratic
// equation where gamma = 1; elsewhere all that is a line in f is bounded by a parabola too, whose root is (num /
// den)^(1 / (1 + 1 / gamma)). Under Normal noise all are parabolas.
struct MM {
  Progress operator()(const Model& model, Blocks& theta, const Factors& factors, std::size_t block,
                      bool objective) const {
    Score score;
    const double f = model.evaluate(theta, factors.W(), factors.H(), objective ? Objective::fast : Objective::none,
                                    block == 0 ? &score : nullptr, block == 1 ? &score : nullptr);
    mat& x = theta[block];
    Progress met{f, 0, model.scale(arma::dot(x, score.den))};
    const double gamma = model.source.facts.exponent;
    const bool normal = model.source.facts.denominator == Denominator::mean;
    const mat square = normal ? mat() : model.known.pull(block, theta).square;
    const bool by_row = model.block(block).line == 1;
    const mat largest = model.largest(block, x), &fixed = model.known.fixed[block];
    double* at = x.memptr();
    for (uword j = 0, e = 0; j < x.n_cols; ++j)
      for (uword i = 0; i < x.n_rows; ++i, ++e) {
        if (!fixed.empty() && fixed[e] > 0) continue;
        const double num = score.num[e], den = score.den[e], top = largest[by_row ? i : j];
        met.residual = std::max(met.residual, distance(at[e], top, num, den));
        const double ratio = num / larger(den, 1e-300);
        const double factor = !square.empty() ? with_parabola(num, den, square[e] * at[e], gamma)
                              : gamma == 1    ? ratio
                                              : std::pow(ratio, gamma);
        at[e] = num > 0 ? (at[e] > 0 && den > 0 ? larger(at[e] * factor, smallest_weight) : at[e]) : 0;
      }
    return met;
  }

 private:
  static double with_parabola(double num, double den, double qx, double gamma) {
    if (gamma != 1) return std::pow(num / larger(den, 1e-300), gamma / (1 + gamma));
    const double line = larger(den - qx, 0.0);
    return 2 * num / larger(line + std::sqrt(line * line + 4 * qx * num), 1e-300);
  }
};

// Majorise-minimise, several times on a block before the other one moves. With Poisson noise and H fixed these are the
// EM steps of a multinomial mixture for each row (Carbonetto et al. 2021), and likewise for each column. The factors
// must be the blocks.
class EM {
  const int steps;
  MM once;

 public:
  explicit EM(int steps) : steps(steps) {}
  Progress operator()(const Model& model, Blocks& theta, const Factors& factors, std::size_t block,
                      bool objective) const {
    const Progress met = once(model, theta, factors, block, objective);
    for (int s = 1; s < steps; ++s) once(model, theta, factors, block, false);
    return met;
  }
};

// Coordinate descent on quadratic models: every row of W, then every column of H (lines.h), or the lines of an encoder
// (encoder.cpp).
struct CoordinateDescent {
  Progress operator()(const Model& model, Blocks& theta, const Factors& factors, std::size_t block,
                      bool objective) const {
    const double penalties = objective ? model.known.value(theta) : 0;
    mat& x = theta[block];
    const Hold hold = model.hold(block, theta);
    const Totals met = model.block(block).encoder ? encoder(model, theta, factors, block, hold, objective)
                       : block == 0               ? model.source.newton_rows(x, factors.H(), hold, objective)
                                                  : model.source.newton_columns(factors.W(), x, hold, objective);
    return {met.objective + penalties, met.residual, model.scale(met.scale)};
  }

 private:
  // The models of the lines that it encodes say how it is to move.
  static Totals encoder(const Model& model, Blocks& theta, const Factors& factors, std::size_t block, const Hold& hold,
                        bool objective) {
    mat& x = theta[block];
    const mat &W = factors.W(), &H = factors.H();
    const Side encoded = block == 0 ? Side::rows : Side::columns, own = block == 0 ? Side::columns : Side::rows;
    LineModels models(W.n_cols, block == 0 ? W.n_rows : H.n_cols);
    Totals met = model.source.line_models(encoded, W, H, objective, models);
    Score score;
    score.num = block == 0 ? mat(models.num.t()) : std::move(models.num);
    score.den = block == 0 ? mat(models.den.t()) : std::move(models.den);
    model.pull_back(block, score);
    model.add_penalties(block, theta, score);
    met.residual = model.residual(block, x, score);
    mat pull(models.hessian.is_empty() ? 0 : W.n_cols, models.hessian.n_cols, arma::fill::zeros);
    model.source.newton_encoder(own, x, score, hold, models.hessian, pull);
    return met;
  }
};

// Of a point whose objective is not known yet.
constexpr Progress unmet{std::numeric_limits<double>::infinity(), 0, 0};

// A sweep of a rule over the blocks, begun a little beyond the last one's end (Ang and Gillis 2019): if that raised the
// objective, the sweep is made again from the end itself, and if this did not lower it either, by majorise-minimise
// from the last point known to be good. What a sweep reaches is judged when the next one begins.
struct Memory {  // what a sweep remembers of those before
  double beta = 0.5, limit = 1;
  Blocks left, last;  // empty where there is none
  Progress at_left = unmet;
};
template <class Rule> class Sweeps {
  Rule rule;
  const bool extrapolate;
  const int threads;
  Memory& memory;
  double &beta = memory.beta, &limit = memory.limit;
  Blocks &left = memory.left, &last = memory.last;
  Progress& at_left = memory.at_left;

  // In the memory of the point before, which is given up.
  Blocks beyond(const Model& model, const Blocks& theta) {
    Blocks start{model.source.beyond(theta[0], std::move(last[0]), beta, threads),
                 nmf::beyond(theta[1], std::move(last[1]), beta, threads)};
    last = Blocks();
    return start;
  }
  bool acceptable(const Progress& met) const { return met.objective <= at_left.objective + met.rounding(); }

 public:
  template <class... Arguments>
  Sweeps(bool extrapolate, int threads, Memory& memory, Arguments&&... arguments)
      : rule(std::forward<Arguments>(arguments)...), extrapolate(extrapolate), threads(threads), memory(memory) {}

  Progress operator()(const Model& model, Blocks& theta) {
    constexpr double growth = 1.05, growth_of_limit = 1.02, shrinkage = 0.5;
    const std::array<std::size_t, 2> order = model.structure.order();
    const std::size_t first = model.free[order[0]] ? order[0] : order[1];
    const bool further = extrapolate && !last[1].empty();
    Blocks start, reached;
    if (extrapolate) reached = std::move(theta);
    Progress met = unmet;
    const auto sweep = [&](auto& by, Blocks from, bool must) {
      start = std::move(from);
      theta = start;
      met = unmet;
      try {
        Factors factors(model, theta);
        met = by(model, theta, factors, first, true);
        if (!must && !acceptable(met)) return false;
        if (model.free[0] && model.free[1]) {
          factors.make(first);
          met.residual = std::max(met.residual, by(model, theta, factors, order[1], false).residual);
        }
      } catch (const Stopped&) {
        if (std::isfinite(met.objective) || left[1].empty()) {
          left = std::move(start);
          met.residual = std::max(met.residual, at_left.residual);
          at_left = met;
        }
        throw;
      }
      return true;
    };
    bool accepted = false;
    if (further) {
      Blocks from = beyond(model, reached);
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
  // The last point whose objective is known, or the start, and what was met there.
  const Blocks& good(const Blocks&) const { return left; }
  Progress known() const { return at_left; }
};

}  // namespace nmf
