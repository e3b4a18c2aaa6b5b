#include "mixing.h"

namespace nmf {

double least_over_weights(const Source& source, const Known& known, mat W, const mat& H) {
  Known held = known;
  held.fixed[1] = mat(arma::size(H), arma::fill::ones);
  Run run;
  run.theta = {std::move(W), H};
  return fit(source, traditional, held, {"cd", false, 1}, run, {200, 1e-5, 1e-9}).at.objective;
}

Mixing mixing(const Source& source, const Known& known, const mat& W, const mat& H, uword a, uword b, int direction,
              double base, double drop) {
  const vec own = direction > 0 ? vec(W.col(a)) : vec(H.row(b).t());
  const vec given = direction > 0 ? vec(W.col(b)) : vec(H.row(a).t());
  // Weights that are held cannot make up for what the components exchange.
  const mat& fixed = known.fixed[0];
  const arma::uvec held = fixed.empty() ? arma::uvec() : arma::find(fixed.col(b) > 0);
  double same = INFINITY, most = 0;
  for (uword i = 0; i < own.n_elem; ++i)
    if (own[i] > 0) {
      same = std::min(same, given[i] / own[i]);
      most = std::max(most, given[i] / own[i]);
    }
  // Beyond the largest ratio nothing of the component that gives is left.
  if (direction < 0) most *= 1 - 1e-9;
  else most = 1e6;
  same = std::min(same, most);
  for (const uword i : held)
    if (W(i, a) > 0) same = 0;
  const auto rise = [&](double t) {
    mat mixed = H, weights = W;
    mixed.row(a) = arma::clamp(H.row(a) + direction * t * H.row(b), 0, arma::datum::inf);
    const double sum = arma::accu(mixed.row(a)) / arma::accu(H.row(a));
    mixed.row(a) /= sum;
    weights.col(a) *= sum;
    weights.col(b) = arma::clamp(W.col(b) - direction * t * W.col(a), 0, arma::datum::inf);
    for (const uword i : held) weights(i, b) = W(i, b);
    return std::max(least_over_weights(source, known, weights, mixed) - base, 0.0);
  };
  double inside = same, outside = same, rise_inside = 0, rise_outside = 0;
  for (double step = std::max(0.25 * same, 1e-4); rise_outside < drop; step *= 3) {
    inside = outside;
    rise_inside = rise_outside;
    if (inside >= most) return {same, most};
    outside = std::min(same + step, most);
    rise_outside = rise(outside);
  }
  // The root of the rise is nearly a line.
  for (int turn = 0; turn < 8 && rise_outside - rise_inside > 0.02 * drop; ++turn) {
    const double from = std::sqrt(rise_inside), to = std::sqrt(rise_outside);
    double share = (std::sqrt(drop) - from) / (to - from);
    share = std::min(std::max(share, 0.05), 0.95);
    const double t = inside + share * (outside - inside), r = rise(t);
    (r < drop ? inside : outside) = t;
    (r < drop ? rise_inside : rise_outside) = r;
    if (std::abs(r / drop - 1) < 0.02) return {same, t};
  }
  return {same, inside};
}

}  // namespace nmf
