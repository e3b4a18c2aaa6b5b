// The door between R and the core: strings become types, R's matrices become cells. Nothing else knows Rcpp.
#include <RcppArmadillo.h>
#include <variant>
#include "differential.h"
#include "solve.h"

using namespace nmf;

using Family = std::variant<Normal, Poisson, TweedieThreeHalves, Gamma, InverseGaussian, Tweedie, NegativeBinomial>;
using Structure = std::variant<Traditional, Convex>;
using Cells = std::variant<Dense, Sparse>;

static bool user_interrupt() {  // asks R without letting it jump out of C++
  return R_ToplevelExec([](void*) { R_CheckUserInterrupt(); }, nullptr) == FALSE;
}

// A power of two near the largest cell: scaling by it is exact, and every tolerance in the core becomes relative.
static double unit_of(const double* x, R_xlen_t n) {
  const double largest = n > 0 ? *std::max_element(x, x + n) : 0;
  return largest > 0 ? std::ldexp(1.0, std::max(std::ilogb(largest), -1022)) : 1;  // with a finite inverse
}

// V in units of `unit`, where 0 asks for the natural one. The R object must outlive the cells.
struct View {
  Cells cells;
  double unit;
};
static View view(SEXP V, double unit = 0) {
  if (Rf_isMatrix(V)) {
    const double* x = REAL(V);
    if (unit == 0) unit = unit_of(x, Rf_xlength(V));
    return {Dense(x, uword(Rf_nrows(V)), uword(Rf_ncols(V)), 1 / unit), unit};
  }
  const Rcpp::S4 m(V);
  const Rcpp::IntegerVector dim = m.slot("Dim"), start = m.slot("p"), index = m.slot("i");
  const Rcpp::NumericVector x = m.slot("x");
  if (unit == 0) unit = unit_of(x.begin(), x.size());
  return {Sparse(start.begin(), index.begin(), x.begin(), uword(dim[0]), uword(dim[1]), 1 / unit), unit};
}

// alpha: one entry per row, in the units of the cells; it must outlive the family.
static Family make_family(const Rcpp::List& family, const vec& alpha) {
  const std::string name = family["name"];
  if (name == "normal") return Normal();
  if (name == "poisson") return Poisson();
  if (name == "tweedie") {
    const double power = Rcpp::as<double>(family["power"]);
    if (power == 1.5) return TweedieThreeHalves();
    if (power == 2) return Gamma();
    if (power == 3) return InverseGaussian();
    return Tweedie(power);
  }
  if (name == "negbin") return NegativeBinomial(alpha.memptr());
  Rcpp::stop("Unknown family '%s'.", name);
}
static vec alpha_of(const Rcpp::List& family, double unit) {
  return Rf_isNull(family["alpha"]) ? vec() : vec(Rcpp::as<vec>(family["alpha"]) / unit);
}
static Structure make_structure(const std::string& name) {
  return name == "convex" ? Structure(Convex()) : Structure(Traditional());
}
struct Solver {
  std::string name;
  bool extrapolate;
};
template <class Model, class Monitor>
static Trace solve_by(const Solver& solver, const Model& model, Blocks& theta, const Control& control,
                      Monitor monitor) {
  if (solver.name == "lbfgs") return solve(model, LBFGS(), theta, control, monitor);
  using Rule = CoordinateDescent<typename Model::Cells>;
  if (solver.name == "cd") return solve(model, Sweeps<Rule>(solver.extrapolate, model.cells), theta, control, monitor);
  return solve(model, Sweeps<MM>(solver.extrapolate), theta, control, monitor);
}
static const char* name_of(Status status) {
  switch (status) {
    case Status::converged:
      return "converged";
    case Status::max_iter:
      return "max_iter";
    case Status::time_limit:
      return "time_limit";
    case Status::interrupted:
      return "interrupted";
    default:
      return "stalled";
  }
}
static double data_units(const Family& family, double unit) {
  return std::pow(unit, std::visit([](const auto& f) { return f.homogeneity(); }, family));
}

// [[Rcpp::export(rng = false)]]
Rcpp::List fit_cpp(SEXP V, Rcpp::List family, std::string structure, arma::mat first, arma::mat second,
                   std::string solver, bool extrapolate, int max_iter, double tol, double rel_tol, double time_limit,
                   int threads) {
  const View data = view(V);
  const vec alpha = alpha_of(family, data.unit);
  const Family f = make_family(family, alpha);
  const bool convex = structure == "convex";
  Blocks theta{std::move(first), std::move(second)};
  // the second block near 1, the first in units of V: a convex mean is in them already
  const double level = unit_of(theta[1].memptr(), R_xlen_t(theta[1].n_elem));
  const double weight_unit = (convex ? 1 : data.unit) / level;
  theta[0] /= weight_unit;
  theta[1] /= level;
  auto asked = std::chrono::steady_clock::now();
  const auto interrupted = [&] {  // asking R costs more than a small step
    if (seconds_since(asked) < 0.02) return false;
    asked = std::chrono::steady_clock::now();
    return user_interrupt();
  };
  const Trace trace = std::visit(
      [&](const auto& cells, const auto& f, const auto& s) {
        using M = Model<std::decay_t<decltype(cells)>, std::decay_t<decltype(f)>, std::decay_t<decltype(s)>>;
        return solve_by({solver, extrapolate}, M{cells, f, s, {true, true}, threads}, theta,
                        {max_iter, tol, rel_tol, time_limit}, interrupted);
      },
      data.cells, f, make_structure(structure));
  mat H =
      convex ? std::visit([&](const auto& cells) { return cross(cells, theta[1], threads); }, data.cells) : theta[1];
  H *= convex ? data.unit * level : level;
  theta[0] *= weight_unit;
  theta[1] *= level;
  const double units = data_units(f, data.unit);
  return Rcpp::List::create(
      Rcpp::_["W"] = theta[0], Rcpp::_["H"] = H, Rcpp::_["E"] = convex ? Rcpp::wrap(theta[1]) : R_NilValue,
      Rcpp::_["trace"] =
          Rcpp::DataFrame::create(Rcpp::_["iteration"] = Rcpp::seq(0, int(trace.objective.size()) - 1),
                                  Rcpp::_["objective"] = Rcpp::NumericVector(Rcpp::wrap(trace.objective)) * units,
                                  Rcpp::_["kkt"] = trace.residual, Rcpp::_["seconds"] = trace.seconds),
      Rcpp::_["status"] = name_of(trace.status), Rcpp::_["scaled_objective"] = trace.objective.back());
}

// Weights of new observations with the features H fixed, one observation at a time: columns of V are observations.
// [[Rcpp::export(rng = false)]]
Rcpp::List project_cpp(SEXP V, Rcpp::List family, const arma::mat& H, const arma::mat& start, int max_iter, double tol,
                       double rel_tol) {
  const View data = view(V, 1);
  const vec alpha = alpha_of(family, 1);
  const mat features = H.t();
  mat weights = start.t();  // K x observations
  Rcpp::LogicalVector converged(weights.n_cols);
  const auto never = [] { return false; };
  for (uword i = 0; i < weights.n_cols; ++i) {
    Rcpp::checkUserInterrupt();
    const Trace trace = std::visit(
        [&](const auto& all) {
          const double unit = unit_of(all.begin(i), R_xlen_t(all.count(i)));
          const vec own = alpha.empty() ? vec() : vec(features.n_rows, arma::fill::value(alpha[i] / unit));
          const auto cells = all.column(i, unit);
          Blocks theta{features, weights.col(i) / unit};
          const Trace trace = std::visit(
              [&](const auto& f) {
                using M = Model<std::decay_t<decltype(cells)>, std::decay_t<decltype(f)>, Projection>;
                const M model{cells, f, {}, {false, true}, 1};
                solve(model, Sweeps<MM>(false), theta, {5, 0, 0, INFINITY}, never);
                return solve_by({"cd", true}, model, theta, {max_iter, tol, rel_tol, INFINITY}, never);
              },
              make_family(family, own));
          weights.col(i) = theta[1] * unit;
          return trace;
        },
        data.cells);
    converged[i] = trace.status == Status::converged;
  }
  return Rcpp::List::create(Rcpp::_["W"] = mat(weights.t()), Rcpp::_["converged"] = converged);
}

// Pearson statistic sum (v - mu)^2 / mu^p at mu = W H; its cells are (mu - v) times the score.
// [[Rcpp::export(rng = false)]]
double pearson_cpp(SEXP V, Rcpp::List family, const arma::mat& W, const arma::mat& H, int threads) {
  const View data = view(V);
  const vec alpha = alpha_of(family, data.unit);
  const Family f = make_family(family, alpha);
  const mat scaled = W / data.unit;
  const mat sums = std::visit(
      [&](const auto& cells, const auto& f) {
        const double smallest = f.smallest_mean();
        return row_sums<1>(cells, Product{scaled, H}, H.n_rows, threads,
                           [&](double v, double mu, uword i, double* sum) {
                             mu = larger(mu, smallest);
                             const Parts<double> parts = f.parts(v, mu, f.parameter(i));
                             sum[0] += (mu - v) * (parts.den - parts.num);
                           });
      },
      data.cells, f);
  return arma::accu(sums) * data_units(f, data.unit);
}

// Half deviances of single cells; alpha, where the family has one, has the length of v.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector half_deviance_cpp(const Rcpp::NumericVector& v, const Rcpp::NumericVector& mu, Rcpp::List family) {
  const vec alpha = alpha_of(family, 1);
  Rcpp::NumericVector d(v.size());
  std::visit(
      [&](const auto& f) {
        for (R_xlen_t i = 0; i < v.size(); ++i) {
          const double mean = larger(mu[i], f.smallest_mean()), a = f.parameter(std::size_t(i));
          d[i] = larger(f.half_deviance(v[i], mean, a, f.parts(v[i], mean, a)), 0.0);
        }
      },
      make_family(family, alpha));
  return d;
}

// The part of the alpha score that needs mu, its derivative, and (v - mu)^2 - v, summed by row:
//   (mu - v) / (alpha + mu) - log(1 + mu / alpha).
// [[Rcpp::export(rng = false)]]
arma::mat alpha_score_cpp(SEXP V, const arma::mat& W, const arma::mat& H, bool given, const arma::vec& alpha,
                          int threads) {
  const auto score = [&](double v, double mu, uword i, double* sum) {
    const double a = alpha[i], shifted = a + mu;
    sum[0] += (mu - v) / shifted - nmf::log1p(mu / a);
    sum[1] += mu / (a * shifted) - (mu - v) / (shifted * shifted);
    sum[2] += (v - mu) * (v - mu) - v;
  };
  return std::visit(
      [&](const auto& cells) {
        return given ? row_sums<3>(cells, Given{W}, 1, threads, score)
                     : row_sums<3>(cells, Product{W, H}, H.n_rows, threads, score);
      },
      view(V, 1).cells);
}

// The positive values that occur in x, in ascending order, and how often each does.
// [[Rcpp::export(rng = false)]]
Rcpp::List count_values_cpp(const Rcpp::NumericVector& x) {
  std::vector<double> sorted, values, counts;
  sorted.reserve(std::size_t(x.size()));
  for (double v : x)
    if (v > 0) sorted.push_back(v);
  std::sort(sorted.begin(), sorted.end());
  for (double v : sorted) {
    if (values.empty() || values.back() != v) {
      values.push_back(v);
      counts.push_back(0);
    }
    ++counts.back();
  }
  return Rcpp::List::create(Rcpp::_["values"] = values, Rcpp::_["counts"] = counts);
}

// [[Rcpp::export(rng = false)]]
bool whole_numbers_cpp(const Rcpp::NumericVector& x) {
  return std::all_of(x.begin(), x.end(), [](double v) { return v == std::floor(v); });
}

// E'V, the features of a convex model.
// [[Rcpp::export(rng = false)]]
arma::mat features_cpp(SEXP V, const arma::mat& E, int threads) {
  return std::visit([&](const auto& cells) { return cross(cells, E, threads); }, view(V, 1).cells);
}

// [[Rcpp::export(rng = false)]]
void watch_forks_cpp() { watch_forks(); }

// Rates of the terms in the topics and how far they differ; `level_z` is the normal quantile of the intervals.
// [[Rcpp::export(rng = false)]]
Rcpp::List differences_cpp(SEXP V, const arma::mat& L, const arma::vec& sizes, double prior, double level_z,
                           int threads) {
  const mat shares = L.t();
  return std::visit(
      [&](const auto& cells) {
        Differences out(shares.n_rows, cells.n_cols);
        constexpr uword between_interrupts = 1024;
        for (uword from = 0; from < cells.n_cols; from += between_interrupts) {
          Rcpp::checkUserInterrupt();
          differences(cells, shares, sizes, prior, level_z, from, std::min(cells.n_cols, from + between_interrupts),
                      threads, out);
        }
        return Rcpp::List::create(Rcpp::_["prob"] = out.rate, Rcpp::_["reference"] = out.reference,
                                  Rcpp::_["lfc"] = out.lfc, Rcpp::_["se"] = out.se, Rcpp::_["z"] = out.z,
                                  Rcpp::_["lower"] = out.lower, Rcpp::_["upper"] = out.upper);
      },
      view(V, 1).cells);
}
