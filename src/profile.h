// Profile likelihood of a quantity g of the factors, an entry of H or a weight: how far it can go before half the
// deviance f, least over everything else, has risen by `drop`. The least of
//   f(theta) + tilt(g(theta))
// lies on the profile, whose slope is -tilt'(g) there. A linear tilt, lambda g, is nearly all that is needed: where
// factors are not unique the profile is flat for a while and then a parabola, and its rise goes with lambda^2 all the
// same, so that two or three lambda are enough; none of them has to meet `drop`, for the slope leads from there to the
// end. Where the profile is a line, as that of a weight on cells that are all 0, or bends down, a parabola holds g.
// Under Tweedie noise, and Negative Binomial noise of small alpha, f grows less than any line in the end, or not at
// all: a tilt then leads as far as it may, and where f has not risen by `drop` there either, the end is infinite.
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
  double within(double value) const {
    return std::min(std::max(value, 0.0), block == 1 || relative ? 1 : arma::datum::inf);
  }
  // Adds `times` its gradient.
  void pull(const Blocks& theta, double times, Blocks& gradient) const;
};

struct Tilt {
  double lambda = 0, stiffness = 0, centre = 0;
  double value(double g) const { return lambda * g + 0.5 * stiffness * (g - centre) * (g - centre); }
  double slope(double g) const { return lambda + stiffness * (g - centre); }
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
    vec slope;            // of f
    vec pull;             // the gradient of g
    double rounding = 0;  // of f
    double tilted(const Tilt& tilt) const { return f + tilt.value(g); }
  };
  vec scale, free;
  Point at;
  std::deque<Pair> memory;
  double stretch = 1;              // of steps without a curvature to go by
  double unit = arma::datum::inf;  // of g

  vec gather(const Blocks& blocks) const;
  Blocks blocks_at(const vec& x) const;
  Point measure(vec x, const Target* target) const;
  vec direction(const vec& gradient, const vec& moving, bool& curved) const;
  bool step(const Target* target, const Tilt& tilt);
  void go_to(const Point& point);
  void settle(const Target* target, const Tilt& tilt, double enough, double ceiling,
              double farthest = arma::datum::inf);
  double unit_of(const Target& target, double drop) const;

 public:
  // From theta to the nearest minimum, where the decrease over some steps is below `enough`.
  Profile(const Model& model, const Blocks& theta, double enough);

  double least() const { return at.f; }
  // The end of the interval below (direction -1) or above (1) the minimum, and the least rise on the way, which is
  // below zero where a better minimum was found.
  struct Reached {
    double end, lowest;
  };

 private:
  struct Known {  // a point of the profile
    double lambda = 0, rise = 0;
    Point at;
  };
  Known lift(const Target& target, const Known& from, double start, double most) const;
  double between(const Target& target, int direction, double drop, Known inside, Known outside, double start) const;

 public:
  Reached end(const Target& target, int direction, double drop) const;
};

}  // namespace nmf
