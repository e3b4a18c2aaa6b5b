// The only loop: steps until the residual and the decrease are both below their tolerances, or until something else
// ends it. The decrease is taken over the last quarter of the iterations: even where the objective creeps towards its
// limit as slowly as 1 / iterations, three times that decrease is all that is left. A run that the watch ends is cut
// short within a step, and is at the last point whose objective is known.
// State goes in, state comes out; running it again continues.
#pragma once
#include "step.h"
#include "watch.h"

namespace nmf {

struct Control {
  int max_iter;
  double tol, rel_tol;
  int shortest_window = 10;  // the last steps, which have all but left the objective alone
};

struct Trace {
  std::vector<double> objective, residual, seconds;  // row t: the point after t steps
  Status status;
  void record(const Progress& at, double when) {
    objective.push_back(at.objective);
    residual.push_back(at.residual);
    seconds.push_back(when);
  }
  void forget() {
    for (std::vector<double>* column : {&objective, &residual, &seconds}) column->pop_back();
  }
};

// A point on the way, and all that is needed to go on from there as if nothing had happened.
struct Run {
  Blocks theta;
  Memory memory;
  Trace trace;
};
// Where a run ends: at its theta, or, where the last step turns out to have gone up, at the point before it; without
// weights that have decayed to nothing.
struct End {
  Blocks theta;
  Progress at;
  double seconds;
};

// Half deviance and residual at theta, and the weights that have decayed to this share or less, where it is asked for.
// Both blocks are judged at the same point, one after the other for their memory.
inline Progress measure(const Model& model, const Blocks& theta, double idle_share, std::vector<Idle>& idle) {
  Progress here{0, 0, 0};
  const Factors factors(model, theta);
  const std::size_t first = model.free[0] ? 0 : 1;
  idle.clear();
  for (std::size_t b = 0; b < 2; ++b) {
    if (!model.free[b]) continue;
    Score score;
    const double f = model.evaluate(theta, factors.W(), factors.H(), b == first ? Objective::exact : Objective::none,
                                    b == 0 ? &score : nullptr, b == 1 ? &score : nullptr);
    if (b == first) {
      here.objective = f;
      here.scale = model.scale(arma::dot(theta[b], score.den));
    }
    here.residual = std::max(here.residual, model.residual(b, theta[b], score));
    if (idle_share > 0) model.find_idle(b, theta[b], score, idle_share, idle);
  }
  return here;
}

template <class Step> End solve(const Model& model, Step&& step, Run& run, const Control& control) {
  const auto start = std::chrono::steady_clock::now();
  Trace& trace = run.trace;
  const double seconds_before = trace.seconds.empty() ? 0 : trace.seconds.back();
  const auto seconds = [&] { return seconds_before + seconds_since(start); };
  const int before = int(trace.objective.size());
  std::vector<Idle> idle;
  const auto at = [&](const Blocks& theta, double share = 0) { return measure(model, theta, share, idle); };
  Progress last{0, 0, 0};
  bool whole = true;  // whether theta is where a step has ended
  double spent = 0;   // in the last step
  try {
    for (int iter = before;; ++iter) {
      if (iter - before >= control.max_iter) {
        trace.status = Status::max_iter;
        break;
      }
      const auto began = std::chrono::steady_clock::now();
      whole = false;
      const Progress left = step(model, run.theta);
      whole = true;
      spent = seconds_since(began);
      last = left;
      if (!left.moved) {
        trace.status = left.residual <= control.tol ? Status::converged : Status::stalled;
        break;
      }
      trace.record(left, seconds());
      const int window = std::max(control.shortest_window, iter / 4);
      const double negligible = control.rel_tol * left.objective + 4 * left.rounding();
      const bool settled = iter >= window && trace.objective[std::size_t(iter - window)] - left.objective <= negligible;
      if (settled && left.residual <= control.tol && at(run.theta).residual <= control.tol) {
        trace.status = Status::converged;
        break;
      }
      Watch::look();
    }
  } catch (const Stopped& stopped) {
    constexpr double short_step = 0.02;
    trace.status = stopped.why;
    if (!whole || spent > short_step) {
      const Watch::Pause pause;
      const Progress known = step.known();
      run.theta = Blocks(step.good(run.theta));
      run.memory.last = Blocks();
      if (!std::isfinite(known.objective)) return {run.theta, at(run.theta), seconds()};
      if (!trace.objective.empty() && trace.objective.back() == known.objective) trace.forget();
      return {run.theta, known, seconds()};
    }
  }
  const Watch::Pause pause;
  // A weight that goes down lowers the objective until its share is lost in rounding: to second order where the point
  // is stationary, to first order anywhere.
  constexpr double rounding = std::numeric_limits<double>::epsilon();
  const double share = trace.status == Status::converged ? std::sqrt(rounding) : rounding;
  End end{run.theta, at(run.theta, share), 0};
  if (last.scale > 0 && end.at.objective > last.objective + 4 * last.rounding()) {
    end.theta = step.good(run.theta);
    end.at = at(end.theta, share);
  }
  if (!idle.empty()) {
    const std::vector<Idle> gone = idle;
    for (const Idle& one : gone) end.theta[one.block][one.entry] = 0;
    const Progress without = at(end.theta);
    const bool as_good = without.objective <= end.at.objective + end.at.rounding() &&
                         without.residual <= std::max(end.at.residual, control.tol);
    if (as_good) end.at = without;
    else
      for (const Idle& one : gone) end.theta[one.block][one.entry] = one.value;
  }
  end.seconds = seconds();
  return end;
}

}  // namespace nmf
