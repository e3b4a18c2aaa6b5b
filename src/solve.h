// The only loop: steps until the residual and the decrease are both below their tolerances, or until something else
// ends it. The decrease is taken over the last quarter of the iterations: even where the objective creeps towards its
// limit as slowly as 1 / iterations, three times that decrease is all that is left.
// State goes in, state comes out; running it again continues.
#pragma once
#include <chrono>
#include "step.h"

namespace nmf {

enum class Status { converged, max_iter, time_limit, interrupted, stalled };

struct Control {
  int max_iter;
  double tol, rel_tol, time_limit;
};

struct Trace {
  std::vector<double> objective, residual, seconds;  // row t: the point after t steps
  Status status;
};

inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

template <class Model, class Step, class Monitor>
Trace solve(const Model& model, Step&& step, Blocks& theta, const Control& control, Monitor interrupted) {
  const auto start = std::chrono::steady_clock::now();
  Trace trace;
  constexpr int shortest_window = 10;
  const auto record = [&](double objective, double residual) {
    trace.objective.push_back(objective);
    trace.residual.push_back(residual);
    trace.seconds.push_back(seconds_since(start));
  };
  const auto here = [&] {  // both blocks judged at the same point
    std::array<Score, 2> score;
    const double objective = model.evaluate(theta, Objective::exact, score);
    return Progress{objective, model.residual(theta, score), 0};
  };
  Progress last{0, 0, 0};
  for (int iter = 0;; ++iter) {
    if (iter >= control.max_iter) {
      trace.status = Status::max_iter;
      break;
    }
    const Progress left = step(model, theta);
    last = left;
    if (!left.moved) {
      trace.status = left.residual <= control.tol ? Status::converged : Status::stalled;
      break;
    }
    record(left.objective, left.residual);
    const int window = std::max(shortest_window, iter / 4);
    const double negligible = control.rel_tol * left.objective + 4 * left.rounding();
    const bool settled = iter >= window && trace.objective[std::size_t(iter - window)] - left.objective <= negligible;
    if (settled && left.residual <= control.tol && here().residual <= control.tol) {
      trace.status = Status::converged;
      break;
    }
    if (interrupted()) {
      trace.status = Status::interrupted;
      break;
    }
    if (trace.seconds.back() >= control.time_limit) {
      trace.status = Status::time_limit;
      break;
    }
  }
  Progress end = here();
  if (last.scale > 0 && end.objective > last.objective + 4 * last.rounding()) {
    step.go_back(theta);
    end = here();
  }
  record(end.objective, end.residual);
  return trace;
}

}  // namespace nmf
