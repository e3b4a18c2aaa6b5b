// Profile likelihood of a quantity g of the factors, an entry of H or a weight: how far it can go before half the
// deviance, least over everything else, has risen by `drop`. The least of
//   f(theta) + lambda g(theta)
// lies on the profile, whose slope is -lambda there (+lambda where it goes up: lambda < 0). Where factors are not
// unique the profile is flat for a while and then a parabola: its rise goes with lambda^2 all the same, so that two or
// three lambda are enough, and none of them has to meet `drop`: the slope leads from there to the end.
#pragma once
#include <deque>
#include "step.h"
#include "watch.h"

namespace nmf {

// An entry of H as a share of its component, a weight as it is where components sum to one, or as a share of its
// observation.
struct Target {
  std::size_t block;
  uword row, col;
  bool relative;

  double value(const Blocks& theta) const;
  // Adds `times` its gradient.
  void pull(const Blocks& theta, double times, Blocks& gradient) const;
};

// The least of f, or of a tilted f, over theta >= 0: L-BFGS on the entries that are not held at zero by the gradient,
// cut at zero (the two-metric projection of Bertsekas 1982, SIAM Journal on Control and Optimization 20, 221-246). All
// entries are on the scale of their curvature at the start.
class Profile {
  const Model& model;
  struct Pair {
    vec step, change;
  };
  struct Point {
    vec x;  // scaled
    double f = 0, g = 0;
    vec slope;  // of f
    vec pull;   // the gradient of g
    double rounding = 0;  // of f
    double tilted(double lambda) const { return f + lambda * g; }
  };
  vec scale, free;
  Point at;
  std::deque<Pair> memory;

  vec gather(const Blocks& blocks) const;
  Blocks blocks_at(const vec& x) const;
  Point measure(vec x, const Target* target) const;
  vec direction(const vec& gradient, const vec& moving) const;
  bool step(const Target* target, double lambda);
  void settle(const Target* target, double lambda, double enough, int most);

 public:
  // From theta to the nearest minimum, where the decrease over some steps is below `enough`.
  Profile(const Model& model, const Blocks& theta, double enough);

  double least() const { return at.f; }
  // The end of the interval below (direction -1) or above (1) the minimum, and the least rise on the way, which is
  // below zero where a better minimum was found.
  struct Reached {
    double end, lowest;
  };
  Reached end(const Target& target, int direction, double drop) const;
};

}  // namespace nmf
