// The rates of one term in the topics, with the proportions L and the sizes t of the documents given:
//   v_i ~ Poisson(t_i sum_k L_ik f_k),
// the likelihood by which Carbonetto et al. (2023), GoM DE, Genome Biology 24, 236, find what sets a topic apart, and
// how far the topics differ. Only the documents that have the term are visited; all others enter through the exposures
// sum_i t_i L_ik. A pseudo-document of each topic with a few counts of the term at its overall rate keeps rates off
// zero and draws them, very weakly, towards each other.
#pragma once
#include <cmath>
#include <limits>
#include "data.h"
#include "threads.h"

namespace nmf {

struct Term {
  vec counts;    // of the documents that have it
  mat L;         // K x documents
  vec exposure;  // K, pseudo-documents included
  vec prior;     // K, the pseudo-counts

  // The same with f_k = ratio f_l: topic k goes into topic l.
  Term tied(uword k, uword l, double ratio) const {
    Term term = *this;
    term.L.row(l) += ratio * L.row(k);
    term.exposure[l] += ratio * exposure[k];
    term.prior[l] += prior[k];
    term.L.shed_row(k);
    term.exposure.shed_row(k);
    term.prior.shed_row(k);
    return term;
  }
};

// Minus the log-posterior, phi(f) = sum_k exposure_k f_k - sum_i v_i log(sum_k L_ik f_k) - sum_k prior_k log f_k, which
// is convex, and its derivatives in relative changes of f: with p_ik = L_ik f_k / sum_l L_il f_l,
//   slope_k = exposure_k f_k - sum_i v_i p_ik - prior_k,  curvature_kl = sum_i v_i p_ik p_il + [k = l] prior_k.
// Where the slope is zero, the curvature is also the observed information of log f.
struct Posterior {
  double value;
  vec slope;
  mat curvature;  // its lower triangle

  Posterior(const Term& term, const vec& f)
      : value(arma::dot(term.exposure, f) - arma::dot(term.prior, arma::log(f))),
        slope(term.exposure % f - term.prior),
        curvature(arma::diagmat(term.prior)) {
    const uword rank = f.n_elem;
    vec part(rank);
    for (uword i = 0; i < term.counts.n_elem; ++i) {
      part = term.L.col(i) % f;
      const double count = term.counts[i], rate = arma::accu(part);
      value -= count * std::log(rate);
      part /= rate;
      for (uword l = 0; l < rank; ++l) {
        const double own = count * part[l];
        slope[l] -= own;
        for (uword k = l; k < rank; ++k) curvature(k, l) += own * part[k];
      }
    }
  }
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

struct Rates {
  vec f;
  Posterior at;
};

// Newton's method on the convex phi. A step takes 9/10 of a rate at most, and is halved until phi falls. It ends when
// the next step would gain less than 1e-13 units of log-likelihood, far below what a test can tell.
inline Rates fit_rates(const Term& term, const vec& start) {
  Rates now{start, Posterior(term, start)};
  for (int iteration = 0; iteration < 200; ++iteration) {
    const vec change = solve_positive(now.at.curvature, -now.at.slope);
    const double gain = -arma::dot(now.at.slope, change), rounding = 1e-15 * std::abs(now.at.value);
    double step = std::min(1.0, 0.9 / std::max(-change.min(), 1e-300));
    bool lower = false;
    for (int halving = 0; halving < 30 && !lower; ++halving, step /= 2) {
      const vec f = now.f % (1 + step * change);
      Posterior there(term, f);
      lower = there.value <= now.at.value - 1e-4 * step * gain + rounding;
      if (lower) now = {f, std::move(there)};
    }
    if (!lower || gain < 1e-13) break;
  }
  return now;
}

// Signed root of the likelihood ratio of f_k = ratio f_l against all other f, without its sign.
inline double root_of_ratio(const Term& term, const Rates& rates, uword k, uword l, double ratio) {
  const vec expected = term.exposure % rates.f;
  vec start = rates.f;
  start[l] = (expected[k] + expected[l]) / (ratio * term.exposure[k] + term.exposure[l]);
  start.shed_row(k);
  const double tied = fit_rates(term.tied(k, l, ratio), start).at.value - term.prior[k] * std::log(ratio);
  return std::sqrt(std::max(0.0, 2 * (tied - rates.at.value)));
}

// Standard error of log(f_k / f_l) by the delta method, from the observed information.
inline double standard_error(const Rates& rates, uword k, uword l) {
  vec contrast(rates.f.n_elem, arma::fill::zeros);
  contrast[k] = 1;
  contrast[l] = -1;
  return std::sqrt(arma::dot(contrast, solve_positive(rates.at.curvature, contrast)));
}

// Where log(f_k / f_l) meets the root `z` of its profile likelihood, `side` -1 or 1 of the estimate: secants within a
// bracket (the Illinois method), begun where the standard error says.
inline double profile_limit(const Term& term, const Rates& rates, uword k, uword l, double z, int side) {
  const double centre = std::log(rates.f[k] / rates.f[l]);
  const auto excess = [&](double distance) {
    return root_of_ratio(term, rates, k, l, std::exp(centre + side * distance)) - z;
  };
  constexpr double farthest = 600;  // exp() is finite
  double inside = 0, below = -z, outside = z * standard_error(rates, k, l), above = excess(outside);
  while (above < 0 && outside < farthest) {
    inside = outside;
    below = above;
    above = excess(outside *= 2);
  }
  if (above < 0) return side * std::numeric_limits<double>::infinity();
  bool was_below = false;
  double middle = outside;
  for (int iteration = 0; iteration < 50; ++iteration) {
    middle = inside - below * (outside - inside) / (above - below);
    const double value = excess(middle);
    if (std::abs(value) < 1e-6 * z) break;
    const bool is_below = value < 0;
    if (is_below) {
      inside = middle;
      below = value;
      if (iteration > 0 && was_below) above /= 2;
    } else {
      outside = middle;
      above = value;
      if (iteration > 0 && !was_below) below /= 2;
    }
    was_below = is_below;
  }
  return centre + side * middle;
}

// How each topic (row) stands against the least different other one, for each term (column); logarithms are natural.
struct Differences {
  mat rate, reference, lfc, se, z, lower, upper;
  Differences(uword rank, uword terms) : rate(rank, terms, arma::fill::zeros), reference(rate) {
    lfc = se = z = lower = upper = reference = mat(rank, terms, arma::fill::value(arma::datum::nan));
  }
};

// z is the root of the likelihood ratio of f_k = f_l, the smallest over all other topics l, so that its p-value is
// valid for "there is a topic like this one" (intersection-union test; Berger 1982, Technometrics 24, 295): the topic
// with the least difference alone is chosen by its noise, and fails where it is certain and another one is not. The
// standard error is the one that makes lfc / z of it; delta method where that says nothing.
inline void compare_topics(const Term& term, const Rates& rates, double level_z, uword j, Differences& out) {
  const uword rank = rates.f.n_elem;
  const vec log_rate = arma::log(rates.f);
  mat root(rank, rank, arma::fill::value(INFINITY));
  for (uword k = 0; k < rank; ++k)
    for (uword l = 0; l < k; ++l) root(k, l) = root(l, k) = root_of_ratio(term, rates, k, l, 1);
  for (uword k = 0; k < rank; ++k) {
    vec distance = arma::abs(log_rate[k] - log_rate);
    distance[k] = INFINITY;
    const uword l = distance.index_min();
    const double lfc = log_rate[k] - log_rate[l], least = root.col(k).min();
    out.rate(k, j) = rates.f[k];
    out.reference(k, j) = double(l);
    out.lfc(k, j) = lfc;
    out.z(k, j) = std::copysign(least, lfc);
    out.se(k, j) = least > 1e-6 ? std::abs(lfc) / least : standard_error(rates, k, l);
    out.lower(k, j) = profile_limit(term, rates, k, l, level_z, -1);
    out.upper(k, j) = profile_limit(term, rates, k, l, level_z, 1);
  }
}

// Calls f(i, v) for the positive cells of a column.
template <class F> void each_positive(const Data& data, uword j, const F& f) {
  const uword begin = data.sparse() ? uword(data.start[j]) : j * data.n_rows,
              end = data.sparse() ? uword(data.start[j + 1]) : begin + data.n_rows;
  for (uword at = begin; at < end; ++at)
    if (data.values[at] > 0) f(data.sparse() ? uword(data.index[at]) : at - begin, data.values[at]);
}

// Column j of V in the documents that have a size, `shares` is L' (K x N).
inline Term gather_term(const Data& data, uword j, const mat& shares, const vec& sizes, const vec& exposure,
                        double prior) {
  std::vector<uword> documents;
  std::vector<double> counts;
  each_positive(data, j, [&](uword i, double v) {
    if (!(sizes[i] > 0)) return;
    documents.push_back(i);
    counts.push_back(v);
  });
  Term term{vec(counts), shares.cols(arma::uvec(documents)), exposure, vec(shares.n_rows, arma::fill::value(prior))};
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
