#include "profile.h"
#include "pieces.h"

namespace nmf {

// With s_l the sum of component l, an observation gets a_l = w_l s_l from it.
double Target::value(const Blocks& theta) const {
  const mat &W = theta[0], &H = theta[1];
  if (block == 1) {
    const double sum = arma::accu(H.row(row));
    return sum > 0 ? H(row, col) / sum : 0;
  }
  const vec amounts = W.row(row).t() % arma::sum(H, 1);
  const double total = relative ? arma::accu(amounts) : 1;
  return total > 0 ? amounts[col] / total : 0;
}

void Target::pull(const Blocks& theta, double times, Blocks& gradient) const {
  const mat &W = theta[0], &H = theta[1];
  const double share = value(theta);
  if (block == 1) {
    const double sum = arma::accu(H.row(row));
    if (!(sum > 0)) return;
    gradient[1].row(row) -= times * share / sum;
    gradient[1](row, col) += times / sum;
    return;
  }
  const vec sums = arma::sum(H, 1);
  vec by_amount(sums.n_elem, arma::fill::zeros);  // of g by the a_l
  if (relative) {
    const double total = arma::dot(W.row(row).t(), sums);
    if (!(total > 0)) return;
    by_amount -= share / total;
    by_amount[col] += 1 / total;
  } else {
    by_amount[col] = 1;
  }
  gradient[0].row(row) += times * (by_amount % sums).t();
  gradient[1].each_col() += times * (by_amount % W.row(row).t());
}

vec Profile::gather(const Blocks& blocks) const {
  return arma::join_cols(arma::vectorise(blocks[0]), arma::vectorise(blocks[1]));
}

Blocks Profile::blocks_at(const vec& x) const {
  const uword N = model.source.facts.n_rows, M = model.source.facts.n_cols, rank = x.n_elem / (N + M);
  const vec theta = x % scale;
  return {mat(theta.memptr(), N, rank), mat(theta.memptr() + N * rank, rank, M)};
}

Profile::Point Profile::measure(vec x, const Target* target) const {
  const Blocks theta = blocks_at(x);
  std::array<Score, 2> score;
  Point here;
  here.f = model.evaluate(theta, theta[0], theta[1], Objective::fast, &score[0], &score[1]);
  here.slope = gather({score[0].den - score[0].num, score[1].den - score[1].num}) % scale;
  here.rounding = Progress{here.f, 0, model.scale(arma::dot(theta[0], score[0].den))}.rounding();
  if (target) {
    Blocks pull{mat(arma::size(theta[0]), arma::fill::zeros), mat(arma::size(theta[1]), arma::fill::zeros)};
    target->pull(theta, 1, pull);
    here.g = target->value(theta);
    here.pull = gather(pull) % scale;
  } else {
    here.pull.zeros(x.n_elem);
  }
  here.x = std::move(x);
  return here;
}

// The two-loop recursion (Nocedal and Wright 2006, algorithm 7.4) on the entries that move.
vec Profile::direction(const vec& gradient, const vec& moving, bool& curved) const {
  vec q = -gradient % moving;
  std::vector<double> inner(memory.size()), a(memory.size());
  const Pair* newest = nullptr;
  for (std::size_t m = memory.size(); m-- > 0;) {
    const Pair& pair = memory[m];
    const vec change = pair.change % moving;
    inner[m] = arma::dot(pair.step, change);
    const double lengths = std::sqrt(arma::dot(pair.step % moving, pair.step)) * arma::norm(change);
    if (!(inner[m] > 1e-8 * lengths)) {
      inner[m] = 0;
      continue;
    }
    if (!newest) newest = &pair;
    a[m] = arma::dot(pair.step, q) / inner[m];
    q -= a[m] * change;
  }
  curved = newest != nullptr;
  if (curved) {
    const vec change = newest->change % moving;
    q *= arma::dot(newest->step, change) / arma::dot(change, change);
  }
  for (std::size_t m = 0; m < memory.size(); ++m) {
    if (inner[m] <= 0) continue;
    q += (a[m] - arma::dot(memory[m].change, q) / inner[m]) * (memory[m].step % moving);
  }
  return q;
}

bool Profile::step(const Target* target, const Tilt& tilt) {
  constexpr std::size_t pairs = 12;
  const vec gradient = at.slope + tilt.slope(at.g) * at.pull;
  vec moving = free;
  for (uword i = 0; i < moving.n_elem; ++i)
    if (at.x[i] <= 0 && gradient[i] > 0) moving[i] = 0;
  bool curved;
  const vec along = direction(gradient, moving, curved);
  if (!arma::any(along)) return false;  // at rest
  double t = curved ? 1 : stretch;
  const int attempts = curved ? 30 : 100;  // without curvature a step has no length of its own
  for (int attempt = 0; attempt < attempts; ++attempt, t /= 2) {
    Point next = measure(arma::clamp(at.x + t * along, 0, arma::datum::inf), target);
    if (!(next.g <= 8 * std::max(at.g, unit))) continue;
    const double expected = std::min(arma::dot(gradient, next.x - at.x), 0.0);
    if (!(next.tilted(tilt) <= at.tilted(tilt) + 1e-4 * expected + at.rounding)) continue;
    memory.push_back({next.x - at.x, next.slope + tilt.slope(next.g) * next.pull - gradient});
    if (memory.size() > pairs) memory.pop_front();
    stretch = curved ? 1 : 4 * t;
    at = std::move(next);
    return true;
  }
  return false;
}

void Profile::go_to(const Point& point) {
  at = point;
  memory.clear();
  stretch = 1;
}

// Until the decrease over some steps is below `enough`, f is above `ceiling`, or g beyond `farthest`.
void Profile::settle(const Target* target, const Tilt& tilt, double enough, double ceiling, double farthest) {
  constexpr std::size_t window = 10;
  constexpr int most = 2000;
  std::deque<double> before;
  for (int t = 0; t < most && at.f <= ceiling && at.g <= farthest; ++t) {
    before.push_back(at.tilted(tilt));
    if (!step(target, tilt)) {  // old curvature may have led astray
      if (memory.empty()) return;
      memory.clear();
    } else if (before.size() > window) {
      before.pop_front();
      if (before.front() - at.tilted(tilt) < enough) return;
    }
  }
}

Profile::Profile(const Model& model, const Blocks& theta, double enough) : model(model) {
  const uword N = theta[0].n_rows, M = theta[1].n_cols, rank = theta[0].n_cols;
  const auto curvature = [&](Side side, uword lines) {
    LineModels models(rank, lines);
    model.source.line_models(side, theta[0], theta[1], false, models);
    mat own(rank, lines);
    for (uword k = 0; k < rank; ++k) own.row(k) = models.hessian.row(place(k, k));
    return own;
  };
  const mat rows = curvature(Side::rows, N).t(), columns = curvature(Side::columns, M);
  const auto is_free = [&](std::size_t b) {
    const mat& fixed = model.known.fixed[b];
    return fixed.empty() ? mat(arma::size(theta[b]), arma::fill::ones) : mat(1 - fixed);
  };
  free = gather({is_free(0), is_free(1)});
  // What has no curvature, as a weight on cells that are all 0, is taken for the flattest of its block.
  const auto scale_of = [](mat curvature) {
    const double most = curvature.max();
    double least = most;
    for (double c : curvature)
      if (c > 1e-12 * most) least = std::min(least, c);
    curvature.for_each([&](double& c) { c = most > 0 ? 1 / std::sqrt(std::max(c, least)) : 1; });
    return curvature;
  };
  scale = gather({scale_of(rows), scale_of(columns)});
  at = measure(gather(theta) / scale, nullptr);
  settle(nullptr, Tilt(), enough, arma::datum::inf);
}

namespace {
constexpr double enough = 0.001, near = 0.25;  // of `drop`

// Whether a line leads from g to an end `further` on, above: where a profile bends down it is too far, or no slope yet.
bool leads(double g, double further) { return std::abs(further) <= 0.35 * g; }
}  // namespace

// A length of g: 1 of a share; of a weight, what its observation has, or as much as its curvature at the start lets it
// move where that is more.
double Profile::unit_of(const Target& target, double drop) const {
  if (target.block == 1 || target.relative) return 1;
  const Blocks theta = blocks_at(at.x);
  const vec sums = arma::sum(theta[1], 1);
  const double moves = std::sqrt(2 * drop) * scale[target.col * theta[0].n_rows + target.row] * sums[target.col];
  return std::max(arma::dot(theta[0].row(target.row).t(), sums), moves);
}

Profile::Reached Profile::end(const Target& target, int direction, double drop) const {
  constexpr double fastest = 5, far = 400, lost = 25, away = 1000;
  constexpr int turns = 10;
  Profile way = *this;
  way.at = measure(at.x, &target);
  way.unit = unit_of(target, drop);
  const double start = way.at.f;
  const double steepness = arma::norm(way.at.pull % free);
  if (!(steepness > 0)) return {way.at.g, 0};
  double lambda = std::sqrt(2 * drop) / (3 * steepness), lowest = 0;
  Known inside{0, 0, way.at}, outside = inside;
  bool runs = false;
  for (int turn = 0; turn < turns; ++turn) {
    const double farthest = away * std::max(inside.at.g, way.unit);
    way.settle(&target, {-direction * lambda, 0, 0}, enough * drop, start + far * drop, farthest);
    runs = way.at.g > farthest;
    if (runs) {
      way.memory.clear();
      way.settle(&target, {0, 10 * lambda / way.at.g, way.at.g}, enough * drop, arma::datum::inf);
    }
    const double rise = way.at.f - start;
    lowest = std::min(lowest, rise);
    const double slope = arma::dot(way.at.slope, way.at.pull) / arma::dot(way.at.pull, way.at.pull);
    const bool rests = direction < 0 || (slope > 0.8 * lambda && leads(way.at.g, (drop - rise) / lambda));
    if (!runs && rests && std::abs(rise / drop - 1) < near)
      return {target.within(way.at.g + direction * (drop - rise) / lambda), lowest};
    if (direction < 0 && way.at.g <= 0 && rise <= drop) return {0, lowest};
    (rise < drop ? inside : outside) = {lambda, rise, way.at};
    if (rise > lost * drop || (runs && rise >= drop)) way.go_to(inside.at);
    const double factor = std::sqrt(drop / std::max(rise, drop / (fastest * fastest)));
    lambda *= std::min(std::max(factor, 1 / fastest), fastest);
    if (outside.lambda > 0 && inside.lambda > 0) {
      if (outside.lambda < 1.3 * inside.lambda) break;
      if (!(lambda > inside.lambda && lambda < outside.lambda)) lambda = std::sqrt(inside.lambda * outside.lambda);
    }
  }
  if (outside.lambda == 0 && direction > 0 && inside.at.g <= 0) outside = lift(target, inside, start, lost * drop);
  if (outside.lambda == 0) return {runs ? arma::datum::inf : inside.at.g, lowest};  // as far as it goes at all
  return {way.between(target, direction, drop, std::move(inside), std::move(outside), start), lowest};
}

// Where a mean is zero with the entry, as under Tweedie noise at cells of 0, the slope of f is infinite there and no
// tilt leads away. With the entry above zero and all else as it is, one does: the first such point where f has risen by
// `most`, or with a negative one the last where it has not by as much.
Profile::Known Profile::lift(const Target& target, const Known& from, double start, double most) const {
  const uword N = model.source.facts.n_rows, M = model.source.facts.n_cols, rank = at.x.n_elem / (N + M);
  const uword entry = target.block == 1 ? N * rank + target.col * rank + target.row : target.col * N + target.row;
  double length = (most < 0 ? 100 : 1e-3) * std::sqrt(2 * std::abs(most));
  for (int turn = 0; turn < 30 && free[entry] > 0; ++turn, length *= most < 0 ? 0.25 : 4) {
    vec x = from.at.x;
    x[entry] += length;
    Point next = measure(std::move(x), &target);
    const double rise = next.f - start;
    if ((rise < std::abs(most)) == (most < 0) && next.g > 0) return {rise / next.g, rise, std::move(next)};
  }
  return from;
}

// The parabola is twice as steep at the inner point as the slope that led beyond, so that more than half of the way to
// its centre is gone; steeper where the profile is.
double Profile::between(const Target& target, int direction, double drop, Known inside, Known outside,
                        double start) const {
  int turns = 16;
  double steepness = 2 * outside.lambda;
  bool slow = false;    // a step of the chord left more than half of the rise that was missing: halve the gap
  bool lifted = false;  // then the profile may bend down as a power of g, and is followed from one g to twice of it
  for (int turn = 0; turn < turns; ++turn) {
    const double gap = outside.at.g - inside.at.g;
    if (!(gap * direction > 0)) break;
    const double share = (drop - inside.rise) / (outside.rise - inside.rise);
    double length = gap * std::min(std::max(1.3 * share, 1e-3), 0.9);
    const double base = std::max(inside.at.g, unit);
    if (direction > 0 && outside.at.g > 4 * base) length = std::sqrt(base * outside.at.g) - inside.at.g;
    if (direction > 0 && inside.at.g < 0.1 * outside.at.g) length = std::min(length, 0.25 * gap);
    if (lifted) length = std::min(length, inside.at.g);
    if (slow) length = std::copysign(std::max(std::abs(length), 0.5 * std::abs(gap)), gap);
    Profile way = *this;
    way.go_to(inside.at);
    const Tilt tilt{0, steepness / std::abs(length), inside.at.g + length};
    way.settle(&target, tilt, enough * drop, arma::datum::inf);
    const double rise = way.at.f - start, slope = std::abs(tilt.slope(way.at.g));
    if (std::abs(rise / drop - 1) < 0.05 && lifted) return target.within(way.at.g * drop / rise);
    if (std::abs(rise / drop - 1) < near && slope > 0 && !lifted &&
        (direction < 0 || leads(way.at.g, (drop - rise) / slope)))
      return target.within(way.at.g + direction * (drop - rise) / slope);
    if (rise < drop && direction > 0 && way.at.g <= 0 && inside.at.g <= 0 && !lifted) {
      inside = lift(target, inside, start, -drop);
      steepness = 2 * inside.lambda;
      lifted = true;
      turns = 60;
      continue;
    }
    if (lifted && way.at.g <= 0) {
      steepness *= 4;
      continue;
    }
    if (lifted && rise < drop) steepness = std::max(2 * rise / way.at.g, 1e-3 * steepness);
    const bool stuck = std::abs(way.at.g - inside.at.g) < 0.25 * std::abs(length);
    if (rise < drop && stuck) steepness *= 4;
    slow = !lifted && !stuck && rise < drop && drop - rise > 0.5 * (drop - inside.rise);
    (rise < drop ? inside : outside) = {outside.lambda, rise, std::move(way.at)};
  }
  return inside.at.g;
}

}  // namespace nmf
