// The paper's multiplicative updates as plain Armadillo expressions: one formula for every family, no tricks. This is
// what the package is measured against; it is not part of it.
//   W <- W * ((num H') / (den H'))^gamma, and with the new mu the same for H, or for E in a convex model,
// where num = v mu^-p, den = mu^(1-p) (Tweedie; p = 0 is Normal, p = 1 Poisson), or num = v / mu,
// den = (v + alpha) / (mu + alpha) (Negative Binomial).
#define ARMA_DONT_USE_OPENMP  // one thread, as for the other side
#include <RcppArmadillo.h>

#include <dlfcn.h>

#include <chrono>
// [[Rcpp::depends(RcppArmadillo)]]
using arma::mat;

namespace {

struct Noise {
  double power, alpha;
  bool special;  // whether N, Po and TW1.5 go without pow(): not in the paper's form, but kinder to it
  bool negbin() const { return !std::isnan(alpha); }
  double gamma() const { return negbin() || power < 1 ? 1 : 1 / power; }

  mat num(const mat& V, const mat& mu) const {
    if (negbin()) return V / mu;
    if (special && power == 0) return V;
    if (special && power == 1) return V / mu;
    if (special && power == 1.5) return V / (mu % sqrt(mu));
    return V % pow(mu, -power);
  }
  mat den(const mat& V, const mat& mu) const {
    if (negbin()) return (V + alpha) / (mu + alpha);
    if (special && power == 0) return mu;
    if (special && power == 1) return mat(size(mu), arma::fill::ones);
    if (special && power == 1.5) return 1 / sqrt(mu);
    return pow(mu, 1 - power);
  }
};

// 0/0 where a component has died out
mat factor(const mat& num, const mat& den, double gamma) {
  mat ratio = pow(num / den, gamma);
  return ratio.replace(arma::datum::nan, 0);
}

void sweep(const mat& V, mat& W, mat& second, bool convex, const Noise& noise) {
  const double gamma = noise.gamma();
  const mat H = convex ? mat(second.t() * V) : second;
  mat mu = W * H;
  W %= factor(noise.num(V, mu) * H.t(), noise.den(V, mu) * H.t(), gamma);
  mu = W * H;
  if (convex) {
    second %= factor(V * (noise.num(V, mu).t() * W), V * (noise.den(V, mu).t() * W), gamma);
  } else {
    second %= factor(W.t() * noise.num(V, mu), W.t() * noise.den(V, mu), gamma);
  }
}

}  // namespace

// `second` is H (K x M) or, for structure "convex", E (N x K). `checkpoints` are seconds, ascending: the factors are
// copied after the first sweep that ends past each, with the clock stopped. No objective is computed.
// [[Rcpp::export]]
Rcpp::List plain_mm(const arma::mat& V, arma::mat W, arma::mat second, std::string structure, double power,
                    double alpha, double sweeps, double time_limit, std::vector<double> checkpoints,
                    bool special = false) {
  using clock = std::chrono::steady_clock;
  const Noise noise{power, alpha, special};
  const bool convex = structure == "convex";
  Rcpp::List kept;
  double seconds = 0, done = 0;
  auto next = checkpoints.begin();
  while (done < sweeps && seconds < time_limit) {
    const double until = next == checkpoints.end() ? time_limit : std::min(*next, time_limit);
    const double before = seconds;
    const auto start = clock::now();
    do {
      sweep(V, W, second, convex, noise);
      ++done;
      seconds = before + std::chrono::duration<double>(clock::now() - start).count();
    } while (done < sweeps && seconds < until);
    Rcpp::checkUserInterrupt();
    while (next != checkpoints.end() && *next <= seconds) ++next;
    if (!checkpoints.empty()) {
      kept.push_back(Rcpp::List::create(Rcpp::_["seconds"] = seconds, Rcpp::_["sweeps"] = done, Rcpp::_["W"] = W,
                                        Rcpp::_["second"] = second));
    }
  }
  return Rcpp::List::create(Rcpp::_["W"] = W, Rcpp::_["second"] = second, Rcpp::_["seconds"] = seconds,
                            Rcpp::_["sweeps"] = done, Rcpp::_["checkpoints"] = kept);
}

// The kernel that OpenBLAS chose for this processor; empty with another BLAS.
// [[Rcpp::export]]
std::string openblas_core() {
  using Name = const char* (*)();
  const auto name = reinterpret_cast<Name>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  return name ? name() : "";
}
