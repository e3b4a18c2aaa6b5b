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
vec Profile::direction(const vec& gradient, const vec& moving) const {
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
  if (newest) {
    const vec change = newest->change % moving;
    q *= arma::dot(newest->step, change) / arma::dot(change, change);
  }
  for (std::size_t m = 0; m < memory.size(); ++m) {
    if (inner[m] <= 0) continue;
    q += (a[m] - arma::dot(memory[m].change, q) / inner[m]) * (memory[m].step % moving);
  }
  return q;
}

bool Profile::step(const Target* target, double lambda) {
  constexpr std::size_t pairs = 12;
  const vec gradient = at.slope + lambda * at.pull;
  vec moving = free;
  for (uword i = 0; i < moving.n_elem; ++i)
    if (at.x[i] <= 0 && gradient[i] > 0) moving[i] = 0;
  const vec along = direction(gradient, moving);
  double t = 1;
  for (int attempt = 0; attempt < 15; ++attempt, t /= 2) {
    Point next = measure(arma::clamp(at.x + t * along, 0, arma::datum::inf), target);
    const double expected = std::min(arma::dot(gradient, next.x - at.x), 0.0);
    if (!(next.tilted(lambda) <= at.tilted(lambda) + 1e-4 * expected + at.rounding)) continue;
    memory.push_back({next.x - at.x, next.slope + lambda * next.pull - gradient});
    if (memory.size() > pairs) memory.pop_front();
    at = std::move(next);
    return true;
  }
  return false;
}

void Profile::settle(const Target* target, double lambda, double enough, int most) {
  constexpr std::size_t window = 8;
  std::deque<double> before;
  for (int t = 0; t < most; ++t) {
    before.push_back(at.tilted(lambda));
    if (!step(target, lambda)) {  // old curvature may have led astray
      if (memory.empty()) return;
      memory.clear();
    } else if (before.size() > window) {
      before.pop_front();
      if (before.front() - at.tilted(lambda) < enough) return;
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
  scale = gather({rows, columns});
  const double least = 1e-12 * scale.max();
  for (double& s : scale) s = 1 / std::sqrt(std::max(s, least));
  at = measure(gather(theta) / scale, nullptr);
  settle(nullptr, 0, enough, 2000);
}

Profile::Reached Profile::end(const Target& target, int direction, double drop) const {
  constexpr double enough = 0.005, near = 0.25, fastest = 5;
  constexpr int turns = 10, most = 1500;
  Profile way = *this;
  way.at = measure(at.x, &target);
  const double start = way.at.f;
  const double steepness = arma::norm(way.at.pull % free);
  if (!(steepness > 0)) return {way.at.g, 0};
  double lambda = std::sqrt(2 * drop) / (3 * steepness), rise = 0, lowest = 0;
  struct Bracket {
    double lambda = 0, rise = 0, value = 0;
  } inside, outside;
  inside.value = way.at.g;
  for (int turn = 0; turn < turns; ++turn) {
    way.settle(&target, -direction * lambda, enough * drop, most);
    rise = way.at.f - start;
    lowest = std::min(lowest, rise);
    if (std::abs(rise / drop - 1) < near) return {way.at.g + direction * (drop - rise) / lambda, lowest};
    if (direction < 0 && way.at.g <= 0 && rise <= drop) return {0, lowest};
    (rise < drop ? inside : outside) = {lambda, rise, way.at.g};
    const double factor = std::sqrt(drop / std::max(rise, drop / (fastest * fastest)));
    lambda *= std::min(std::max(factor, 1 / fastest), fastest);
    if (inside.lambda > 0 && outside.lambda > 0 && !(lambda > inside.lambda && lambda < outside.lambda))
      lambda = std::sqrt(inside.lambda * outside.lambda);
  }
  if (outside.lambda == 0) return {inside.value, lowest};  // as far as it goes at all
  const double from = std::sqrt(std::max(inside.rise, 0.0)), to = std::sqrt(outside.rise);
  return {inside.value + (outside.value - inside.value) * (std::sqrt(drop) - from) / (to - from), lowest};
}

}  // namespace nmf
