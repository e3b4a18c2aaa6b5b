// The rates of one term in the topics, with the proportions L and the sizes t of the documents given:
//   v_i ~ Poisson(t_i sum_k L_ik f_k),
// the likelihood by which Carbonetto et al. (2023), GoM DE, Genome Biology 24, 236, find what sets a topic apart, and
// how far the topics differ. Only the documents that have the term are visited; all others enter through the exposures
// sum_i t_i L_ik. A pseudo-document of each topic with a few counts of the term at its overall rate keeps rates off
// zero and draws them, very weakly, towards each other.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>
#include "data.h"
#include "threads.h"

namespace nmf {

// Rates f of the topics, those of the documents, sum_k L_ik f_k, and minus the log-posterior,
//   phi(f) = sum_k exposure_k f_k - sum_i v_i log(sum_k L_ik f_k) - prior sum_k log f_k, which is convex.
struct Rates {
  vec f, of_document;
  double value;
};

// phi's derivatives in relative changes of f: with p_ik = L_ik f_k / sum_l L_il f_l,
//   slope_k = exposure_k f_k - sum_i v_i p_ik - prior,  curvature_kl = sum_i v_i p_ik p_il + [k = l] prior.
// Where the slope is zero, the curvature is also the observed information of log f.
struct Curve {
  vec slope;
  mat curvature;
};

inline double dot(const double* a, const double* b, uword n) {
  double s[4] = {0, 0, 0, 0};
  uword i = 0;
  for (; i + 4 <= n; i += 4)
    for (uword lane = 0; lane < 4; ++lane) s[lane] += a[i + lane] * b[i + lane];
  for (; i < n; ++i) s[0] += a[i] * b[i];
  return (s[0] + s[1]) + (s[2] + s[3]);
}

struct Term {
  vec counts;    // of the documents that have it
  mat L;         // documents x K
  vec exposure;  // K, pseudo-documents included
  double prior;  // the pseudo-counts of a topic

  uword rank() const { return L.n_cols; }

  Rates at(vec f) const {
    Rates rates{std::move(f), vec(counts.n_elem, arma::fill::zeros), 0};
    for (uword k = 0; k < rank(); ++k) {
      const double *share = L.colptr(k), rate = rates.f[k];
      for (uword i = 0; i < counts.n_elem; ++i) rates.of_document[i] += share[i] * rate;
    }
    rates.value = arma::dot(exposure, rates.f) - prior * arma::accu(arma::log(rates.f));
    for (uword i = 0; i < counts.n_elem; ++i) rates.value -= counts[i] * std::log(rates.of_document[i]);
    return rates;
  }

  double slope(const Rates& rates, uword k) const {
    double expected = 0;
    for (uword i = 0; i < counts.n_elem; ++i) expected += counts[i] * L(i, k) / rates.of_document[i];
    return (exposure[k] - expected) * rates.f[k] - prior;
  }

  Curve curve(const Rates& rates) const {
    const uword n = counts.n_elem;
    Curve curve{exposure % rates.f - prior, mat(rank(), rank())};
    const vec ratio = counts / rates.of_document, bend = ratio / rates.of_document;
    vec bent(n);
    for (uword k = 0; k < rank(); ++k) {
      const double f = rates.f[k];
      curve.slope[k] -= f * dot(ratio.memptr(), L.colptr(k), n);
      for (uword i = 0; i < n; ++i) bent[i] = bend[i] * L(i, k);
      for (uword l = 0; l <= k; ++l)
        curve.curvature(k, l) = curve.curvature(l, k) = f * rates.f[l] * dot(bent.memptr(), L.colptr(l), n);
      curve.curvature(k, k) += prior;
    }
    return curve;
  }

  // The least weight of a logarithm in phi: divided by it, phi is self-concordant.
  double unit() const { return std::min(prior, counts.min()); }
};

// Two topics whose rates keep their ratio: their relative changes are one. None where k = l.
struct Tie {
  uword k = 0, l = 0;
  bool holds() const { return k != l; }
};

// Solves A x = b by Cholesky's method for a positive definite A, of which the lower triangle is read.
inline vec solve_positive(mat A, vec b) {
  const uword n = b.n_elem;
  for (uword l = 0; l < n; ++l) {
    A(l, l) = std::sqrt(A(l, l));
    for (uword k = l + 1; k < n; ++k) A(k, l) /= A(l, l);
    for (uword m = l + 1; m < n; ++m)
      for (uword k = m; k < n; ++k) A(k, m) -= A(k, l) * A(m, l);
    b[l] /= A(l, l);
    for (uword k = l + 1; k < n; ++k) b[k] -= A(k, l) * b[l];
  }
  for (uword l = n; l-- > 0;) {
    for (uword k = l + 1; k < n; ++k) b[l] -= A(k, l) * b[k];
    b[l] /= A(l, l);
  }
  return b;
}

inline vec newton_change(const Curve& curve, const Tie& tie) {
  if (!tie.holds()) return solve_positive(curve.curvature, -curve.slope);
  mat A = curve.curvature;
  vec b = -curve.slope;
  A.row(tie.l) += A.row(tie.k);
  A.col(tie.l) += A.col(tie.k);
  b[tie.l] += b[tie.k];
  A.row(tie.k).zeros();
  A.col(tie.k).zeros();
  A(tie.k, tie.k) = 1;
  b[tie.k] = 0;
  vec change = solve_positive(std::move(A), std::move(b));
  change[tie.k] = change[tie.l];
  return change;
}

// Newton's method on the convex phi, from rates that keep the tie. A step takes 9/10 of a rate at most, and is halved
// until phi falls. It ends when the next step would gain less than 1e-13 units of log-likelihood, far below what a test
// can tell: after a whole step that was to gain g, no more than (g / unit)^2 unit / (1 - sqrt(g / unit))^4 is left, phi
// being self-concordant in that unit (Nesterov 2004, Introductory Lectures on Convex Optimization, theorem 4.1.14).
inline Rates fit_rates(const Term& term, vec start, const Tie& tie = Tie()) {
  constexpr double enough = 1e-13;
  const double unit = term.unit();
  Rates now = term.at(std::move(start));
  for (int iteration = 0; iteration < 200; ++iteration) {
    const Curve curve = term.curve(now);
    const vec change = newton_change(curve, tie);
    const double gain = -arma::dot(curve.slope, change), rounding = 1e-15 * std::abs(now.value);
    const double whole = std::min(1.0, 0.9 / std::max(-change.min(), 1e-300));
    double step = whole;
    bool lower = false;
    for (int halving = 0; halving < 30 && !lower; ++halving, step /= 2) {
      Rates there = term.at(now.f % (1 + step * change));
      lower = there.value <= now.value - 1e-4 * step * gain + rounding;
      if (lower) now = std::move(there);
    }
    if (!lower || gain < enough) break;
    const double share = gain / unit, left = std::pow(share / std::pow(1 - std::sqrt(share), 2), 2) * unit;
    if (step == whole / 2 && whole == 1 && share < 0.25 && left < enough) break;
  }
  return now;
}

// The fit with f_k = ratio f_l: from rates f with the sum of what the two topics expect kept.
inline Rates fit_tied(const Term& term, vec f, uword k, uword l, double ratio) {
  f[l] = (term.exposure[k] * f[k] + term.exposure[l] * f[l]) / (ratio * term.exposure[k] + term.exposure[l]);
  f[k] = ratio * f[l];
  return fit_rates(term, std::move(f), {k, l});
}

// Root of the likelihood ratio of a tied fit against the free one.
inline double root_of_ratio(const Rates& tied, const Rates& rates) {
  return std::sqrt(std::max(0.0, 2 * (tied.value - rates.value)));
}

// Where log(f_k / f_l) meets the root `z` of its profile likelihood, `side` -1 or 1 of the estimate. The root is nearly
// a line, and where the other rates have been fitted its slope is that of phi in log f_k alone over the root: Newton's
// rule within a bracket, begun where the `inverse` of the information says, the other rates following along.
inline double profile_limit(const Term& term, const Rates& rates, const mat& inverse, uword k, uword l, double z,
                            int side) {
  constexpr double farthest = 600;  // exp() is finite
  const double centre = std::log(rates.f[k] / rates.f[l]);
  const vec along = inverse.col(k) - inverse.col(l);
  const double variance = along[k] - along[l];
  double inside = 0, outside = arma::datum::inf, distance = std::min(z * std::sqrt(variance), farthest);
  vec f = rates.f % arma::exp(side * distance / variance * along);
  for (int iteration = 0; iteration < 100; ++iteration) {
    const Rates tied = fit_tied(term, std::move(f), k, l, std::exp(centre + side * distance));
    const double root = root_of_ratio(tied, rates), excess = root - z;
    if (std::abs(excess) < 1e-9 * z) break;
    if (excess < 0 && distance >= farthest) return side * arma::datum::inf;
    (excess < 0 ? inside : outside) = distance;
    double next = distance - excess * root / (side * term.slope(tied, k));
    if (!(next > inside && next < outside)) next = std::isinf(outside) ? 2 * distance : (inside + outside) / 2;
    next = std::min(next, farthest);
    if (std::abs(next - distance) < 1e-12 * distance) break;
    distance = next;
    f = tied.f;
  }
  return centre + side * distance;
}

// How each topic (row) stands against the least different other one, for each term (column); logarithms are natural.
struct Differences {
  mat rate, reference, lfc, se, z, lower, upper;
  Differences(uword rank, uword terms) : rate(rank, terms, arma::fill::zeros), reference(rate) {
    lfc = se = z = lower = upper = reference = mat(rank, terms, arma::fill::value(arma::datum::nan));
  }
};

// For each topic k the smallest root of f_k = f_l. A pair that cannot be the smallest of either topic is left out: in
// units u in which phi is self-concordant, rates with f_k = f_l are at a distance t of at least |f_k - f_l| over its
// standard error, and phi(f) - phi(f^) >= u omega(t / sqrt(u)), omega(s) = s - log(1 + s) (Nesterov 2004, theorem
// 4.1.7).
inline vec least_roots(const Term& term, const Rates& rates, const mat& inverse) {
  const uword rank = rates.f.n_elem;
  const double unit = term.unit();
  struct Pair {
    double least;  // bound of the root
    uword k, l;
  };
  std::vector<Pair> pairs;
  for (uword k = 0; k < rank; ++k)
    for (uword l = 0; l < k; ++l) {
      const double a = rates.f[k], b = rates.f[l];
      const double variance = a * a * inverse(k, k) - 2 * a * b * inverse(k, l) + b * b * inverse(l, l);
      const double s = variance > 0 ? std::abs(a - b) / std::sqrt(unit * variance) : 0;  // not more than rounding
      pairs.push_back({std::sqrt(2 * unit * std::max(0.0, s - std::log1p(s))), k, l});
    }
  std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.least < b.least; });
  vec root(rank, arma::fill::value(arma::datum::inf));
  for (const Pair& pair : pairs) {
    if (pair.least > 1.000001 * std::max(root[pair.k], root[pair.l])) continue;
    const double own = root_of_ratio(fit_tied(term, rates.f, pair.k, pair.l, 1), rates);
    root[pair.k] = std::min(root[pair.k], own);
    root[pair.l] = std::min(root[pair.l], own);
  }
  return root;
}

// z is the root of the likelihood ratio of f_k = f_l, the smallest over all other topics l, so that its p-value is
// valid for "there is a topic like this one" (intersection-union test; Berger 1982, Technometrics 24, 295): the topic
// with the least difference alone is chosen by its noise, and fails where it is certain and another one is not. The
// standard error is the one that makes lfc / z of it; delta method where that says nothing.
inline void compare_topics(const Term& term, const Rates& rates, double level_z, uword j, Differences& out) {
  const uword rank = rates.f.n_elem;
  const vec log_rate = arma::log(rates.f);
  const mat curvature = term.curve(rates).curvature, unit(rank, rank, arma::fill::eye);
  mat inverse(rank, rank);
  for (uword k = 0; k < rank; ++k) inverse.col(k) = solve_positive(curvature, unit.col(k));
  const vec least = least_roots(term, rates, inverse);
  for (uword k = 0; k < rank; ++k) {
    vec distance = arma::abs(log_rate[k] - log_rate);
    distance[k] = arma::datum::inf;
    const uword l = distance.index_min();
    const double lfc = log_rate[k] - log_rate[l];
    out.rate(k, j) = rates.f[k];
    out.reference(k, j) = double(l);
    out.lfc(k, j) = lfc;
    out.z(k, j) = std::copysign(least[k], lfc);
    out.se(k, j) =
        least[k] > 1e-6 ? std::abs(lfc) / least[k] : std::sqrt(inverse(k, k) - 2 * inverse(k, l) + inverse(l, l));
    out.lower(k, j) = profile_limit(term, rates, inverse, k, l, level_z, -1);
    out.upper(k, j) = profile_limit(term, rates, inverse, k, l, level_z, 1);
  }
}

// Calls f(i, v) for the positive cells of a column.
template <class F> void each_positive(const Data& data, uword j, const F& f) {
  const uword begin = data.sparse() ? uword(data.start[j]) : j * data.n_rows,
              end = data.sparse() ? uword(data.start[j + 1]) : begin + data.n_rows;
  for (uword at = begin; at < end; ++at)
    if (data.values[at] > 0) f(data.sparse() ? uword(data.index[at]) : at - begin, data.values[at]);
}

// Column j of V in the documents that have a size; `shares` is L' (K x N).
inline Term gather_term(const Data& data, uword j, const mat& shares, const vec& sizes, const vec& exposure,
                        double prior) {
  std::vector<uword> documents;
  std::vector<double> counts;
  each_positive(data, j, [&](uword i, double v) {
    if (!(sizes[i] > 0)) return;
    documents.push_back(i);
    counts.push_back(v);
  });
  Term term{vec(counts), mat(documents.size(), shares.n_rows), exposure, prior};
  for (uword k = 0; k < shares.n_rows; ++k)
    for (uword i = 0; i < documents.size(); ++i) term.L(i, k) = shares(k, documents[i]);
  term.exposure += prior * arma::accu(sizes) / std::max(arma::accu(term.counts), 1e-300);
  return term;
}

// The terms from `from` to before `to`. A document of size 0 is left out.
inline void differences(const Data& data, const mat& shares, const vec& sizes, double prior, double level_z, uword from,
                        uword to, int threads, Differences& out) {
  const vec exposure = shares * sizes;
  const double total = arma::accu(sizes);
  constexpr uword terms = 16;  // of a piece
  for_each_piece(int((to - from + terms - 1) / terms), threads, [&](int piece) {
    const uword first = from + uword(piece) * terms;
    for (uword j = first; j < std::min(to, first + terms); ++j) {
      const Term term = gather_term(data, j, shares, sizes, exposure, prior);
      if (term.counts.is_empty()) continue;
      const vec overall(shares.n_rows, arma::fill::value(arma::accu(term.counts) / total));
      compare_topics(term, fit_rates(term, overall), level_z, j, out);
    }
  });
}

}  // namespace nmf
