// Adam (Kingma and Ba 2015, algorithm 1) for a convex model as an autoencoder: code E'V, output D'E'V, and weights kept
// non-negative by a function of free parameters u (Egendal et al. 2025). One step is one epoch, a pass over the
// batches, which are stretches of columns of V, or of rows where the encoder is one over features. theta is the best
// point so far on all data, so that the objective never rises.
#pragma once
#include "step.h"

namespace nmf {

// theta as a function of u: |u|, max(u, 0), or u itself, which is put back to 0 after each step.
enum class Parametrisation { abs, relu, projection };
inline Parametrisation parametrisation_of(const std::string& name) {
  if (name == "abs") return Parametrisation::abs;
  if (name == "relu") return Parametrisation::relu;
  if (name == "projection") return Parametrisation::projection;
  throw std::invalid_argument("Unknown parametrisation '" + name + "'.");
}

// The step size falls geometrically from `rate` to `rate` times `decay` in the last of the epochs.
struct Schedule {
  Parametrisation parametrisation = Parametrisation::abs;
  double rate = 0, decay = 1;
  int epochs = 0;
  uword batch = 0;  // lines of V
};

class Adam {
  // u and the step size are in units of the mean of a block; no entry falls below `least`, or a multiplicative polish
  // could not bring it back.
  static constexpr double least = 1e-6, most = 1e100;
  static constexpr double keep_first = 0.9, keep_second = 0.99;
  const Schedule schedule;
  Blocks u, first, second;
  std::array<double, 2> unit{};
  int epoch = 0;
  double steps = 0;
  Progress best = unmet;

  void begin(const Model& model, const Blocks& theta) {
    for (std::size_t b = 0; b < 2; ++b) {
      if (!model.free[b]) continue;
      const double mean = arma::mean(arma::vectorise(theta[b]));
      unit[b] = mean > 0 ? mean : 1;
      u[b] = theta[b] / unit[b];
      first[b].zeros(arma::size(u[b]));
      second[b].zeros(arma::size(u[b]));
    }
  }
  double value(double x) const {
    return larger(schedule.parametrisation == Parametrisation::abs ? std::abs(x) : x, least);
  }
  double slope(double x) const {
    if (schedule.parametrisation == Parametrisation::abs) return x < 0 ? -1 : 1;
    return schedule.parametrisation == Parametrisation::projection || x > 0 ? 1 : 0;
  }
  void place_at_u(const Model& model, Blocks& theta) const {
    for (std::size_t b = 0; b < 2; ++b) {
      const mat& fixed = model.known.fixed[b];
      if (!model.free[b]) continue;
      for (uword e = 0; e < u[b].n_elem; ++e)
        if (fixed.empty() || fixed[e] == 0) theta[b][e] = unit[b] * value(u[b][e]);
    }
  }
  void move(const Model& model, const std::array<Score, 2>& score) {
    const double rate = schedule.rate * std::pow(schedule.decay, double(epoch) / std::max(1, schedule.epochs - 1));
    ++steps;
    const double seen_first = 1 - std::pow(keep_first, steps), seen_second = 1 - std::pow(keep_second, steps);
    for (std::size_t b = 0; b < 2; ++b) {
      if (!model.free[b]) continue;
      for (uword e = 0; e < u[b].n_elem; ++e) {
        const double pull = unit[b] * (score[b].den[e] - score[b].num[e]);
        const double g = slope(u[b][e]) * std::min(most, std::max(-most, pull));
        first[b][e] = keep_first * first[b][e] + (1 - keep_first) * g;
        second[b][e] = keep_second * second[b][e] + (1 - keep_second) * g * g;
        if (second[b][e] > 0) u[b][e] -= rate * first[b][e] / seen_first / std::sqrt(second[b][e] / seen_second);
        if (schedule.parametrisation == Parametrisation::projection) u[b][e] = larger(u[b][e], least);
      }
    }
  }
  void move_by_batches(const Model& model, Blocks& theta) {
    const Side side = model.structure.batches();
    const uword all = lines(model);
    std::array<Score, 2> score;
    for (uword from = 0; from < all; from += schedule.batch) {
      const uword count = std::min(schedule.batch, all - from);
      const std::unique_ptr<Source> some = model.source.part(side, from, count);
      const Model part{*some, model.structure, model.known, model.free, double(count) / double(all)};
      if (from > 0) place_at_u(model, theta);
      part.evaluate(theta, Objective::none, score);
      move(model, score);
    }
  }
  static uword lines(const Model& model) {
    return model.structure.batches() == Side::rows ? model.source.facts.n_rows : model.source.facts.n_cols;
  }

 public:
  explicit Adam(const Schedule& schedule) : schedule(schedule) {}
  Progress operator()(const Model& model, Blocks& theta) {
    if (epoch == 0) begin(model, theta);
    Blocks here = theta;
    if (epoch > 0) place_at_u(model, here);
    std::array<Score, 2> score;
    const double objective = model.evaluate(here, Objective::fast, score);
    if (epoch == 0 || objective < best.objective) {
      const std::size_t b = model.free[0] ? 0 : 1;
      best = {objective, model.residual(here, score), model.scale(arma::dot(here[b], score[b].den))};
      theta = here;
    }
    Progress left = best;
    left.moved = epoch < schedule.epochs;
    if (!left.moved) return left;
    if (schedule.batch < lines(model)) move_by_batches(model, here);
    else move(model, score);
    ++epoch;
    return left;
  }
  const Blocks& good(const Blocks& theta) const { return theta; }
  Progress known() const { return best; }
};

}  // namespace nmf
