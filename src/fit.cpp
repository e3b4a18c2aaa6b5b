// The door between R and the core: strings become types, R's matrices become cells. Nothing else knows Rcpp.
#include <RcppArmadillo.h>
#include "differential.h"
#include "solvers.h"

using namespace nmf;

static bool user_interrupt() {  // asks R without letting it jump out of C++
  return R_ToplevelExec([](void*) { R_CheckUserInterrupt(); }, nullptr) == FALSE;
}

// A power of two near the largest cell: scaling by it is exact, and every tolerance in the core becomes relative.
static double unit_of(const double* x, R_xlen_t n) {
  const double largest = n > 0 ? *std::max_element(x, x + n) : 0;
  return largest > 0 ? std::ldexp(1.0, std::max(std::ilogb(largest), -1022)) : 1;  // with a finite inverse
}

// V in units of `unit`, where 0 asks for the natural one. The R objects must outlive the cells.
template <bool weighted> struct View {
  std::variant<Dense<weighted>, Sparse<weighted>> cells;
  double unit;
};
template <bool weighted> static View<weighted> view(SEXP V, double unit, Beside beside) {
  if (Rf_isMatrix(V)) {
    const double* x = REAL(V);
    if (unit == 0) unit = unit_of(x, Rf_xlength(V));
    return {Dense<weighted>(x, uword(Rf_nrows(V)), uword(Rf_ncols(V)), 1 / unit, beside), unit};
  }
  const Rcpp::S4 m(V);
  const Rcpp::IntegerVector dim = m.slot("Dim"), start = m.slot("p"), index = m.slot("i");
  const Rcpp::NumericVector x = m.slot("x");
  if (unit == 0) unit = unit_of(x.begin(), x.size());
  return {
      Sparse<weighted>(start.begin(), index.begin(), x.begin(), uword(dim[0]), uword(dim[1]), 1 / unit, beside.weight),
      unit};
}
static View<false> view(SEXP V, double unit = 0) { return view<false>(V, unit, {}); }

// f of V with what is beside it: list(weights, offset), like the stored cells of V, or NULL each.
template <class F> static auto on_cells(SEXP V, const Rcpp::List& beside, double unit, F f) {
  const auto of = [&](int which) -> const double* {
    const SEXP x = beside[which];
    return Rf_isNull(x) ? nullptr : REAL(x);
  };
  const Beside numbers{of(0), of(1)};
  const auto visit = [&](const auto& view) {
    return std::visit([&](const auto& cells) { return f(cells, view.unit); }, view.cells);
  };
  return numbers.weight || numbers.offset ? visit(view<true>(V, unit, numbers)) : visit(view<false>(V, unit, {}));
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
static Solver make_solver(const Rcpp::List& solver) {
  Solver made{solver["name"], solver["extrapolate"], solver["inner"]};
  if (made.name != "adam") return made;
  const std::string parametrisation = solver["parametrisation"];
  made.schedule = {parametrisation == "abs"    ? Parametrisation::abs
                   : parametrisation == "relu" ? Parametrisation::relu
                                               : Parametrisation::projection,
                   solver["learning_rate"], solver["decay"], solver["epochs"],
                   uword(Rcpp::as<double>(solver["batch"]))};
  return made;
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

// x times a factor as a matrix of R; x is given up, so that both are there for one block at a time.
static Rcpp::NumericMatrix hand_over(mat& x, double factor = 1) {
  Rcpp::NumericMatrix out(int(x.n_rows), int(x.n_cols));
  for (uword e = 0; e < x.n_elem; ++e) out[R_xlen_t(e)] = x[e] * factor;
  x.reset();
  return out;
}
static Rcpp::List hand_over(Blocks& blocks) {
  const Rcpp::NumericMatrix first = hand_over(blocks[0]), second = hand_over(blocks[1]);
  return Rcpp::List::create(first, second);
}
// A run as R keeps it: plain numbers, in the units of the core, and the units. It is given up.
static Rcpp::List hand_over(Run& run, double weight_unit, double level) {
  Memory& memory = run.memory;
  const Rcpp::List theta = hand_over(run.theta), left = hand_over(memory.left), last = hand_over(memory.last);
  return Rcpp::List::create(
      Rcpp::_["theta"] = theta, Rcpp::_["left"] = left, Rcpp::_["last"] = last,
      Rcpp::_["at_left"] =
          Rcpp::NumericVector::create(memory.at_left.objective, memory.at_left.residual, memory.at_left.scale),
      Rcpp::_["pace"] = Rcpp::NumericVector::create(memory.beta, memory.limit),
      Rcpp::_["objective"] = run.trace.objective, Rcpp::_["residual"] = run.trace.residual,
      Rcpp::_["seconds"] = run.trace.seconds, Rcpp::_["units"] = Rcpp::NumericVector::create(weight_unit, level));
}
static Blocks as_blocks(const Rcpp::List& list) { return {Rcpp::as<mat>(list[0]), Rcpp::as<mat>(list[1])}; }
static Run as_run(const Rcpp::List& state) {
  const Rcpp::NumericVector at_left = state["at_left"], pace = state["pace"];
  return {as_blocks(state["theta"]),
          {pace[0], pace[1], as_blocks(state["left"]), as_blocks(state["last"]), {at_left[0], at_left[1], at_left[2]}},
          {Rcpp::as<std::vector<double>>(state["objective"]), Rcpp::as<std::vector<double>>(state["residual"]),
           Rcpp::as<std::vector<double>>(state["seconds"]), Status::max_iter}};
}

// `start` is list(W, second block) or the `state` of an earlier run, which is made if it is to be kept; `known` is
// list(fixed W, fixed second, pseudo).
// [[Rcpp::export(rng = false)]]
Rcpp::List fit_cpp(SEXP V, Rcpp::List beside, Rcpp::List family, std::string structure, Rcpp::List start,
                   Rcpp::List known, Rcpp::List solver, int max_iter, double tol, double rel_tol, double time_limit,
                   int threads, bool keep_state) {
  return on_cells(V, beside, 0, [&](const auto& cells, double unit) {
    const vec alpha = alpha_of(family, unit);
    const Family f = make_family(family, alpha);
    const bool convex = structure == "convex", again = start.containsElementNamed("theta");
    Run run;
    double weight_unit, level;
    if (again) {
      run = as_run(start);
      const Rcpp::NumericVector units = start["units"];
      weight_unit = units[0];
      level = units[1];
    } else {
      run.theta = as_blocks(start);
      // the second block near 1, the first in units of V: a convex mean is in them already
      level = unit_of(run.theta[1].memptr(), R_xlen_t(run.theta[1].n_elem));
      weight_unit = (convex ? 1 : unit) / level;
      run.theta[0] /= weight_unit;
      run.theta[1] /= level;
    }
    const Known given{as_blocks(known), Rcpp::as<mat>(known[2]) / unit};
    auto asked = std::chrono::steady_clock::now();
    const auto interrupted = [&] {  // asking R costs more than a small step
      if (seconds_since(asked) < 0.02) return false;
      asked = std::chrono::steady_clock::now();
      return user_interrupt();
    };
    const End end = fit_on(cells, f, make_structure(structure), given, make_solver(solver), run,
                           {max_iter, tol, rel_tol, time_limit}, threads, interrupted);
    const double units = data_units(f, unit);
    const double prior = given.pseudo.empty() ? 0 : given.half_deviance(end.theta[1]) * units;
    mat W = end.theta[0], second = end.theta[1];
    Trace trace = run.trace;
    trace.record(end.at, end.seconds);
    Rcpp::RObject state;
    if (keep_state) state = hand_over(run, weight_unit, level);
    run = Run();
    const Rcpp::NumericMatrix weights = hand_over(W, weight_unit);
    Rcpp::RObject E, H;
    if (convex) {
      mat features = cross(cells, second, threads);
      H = hand_over(features, unit * level);
      E = hand_over(second, level);
    } else {
      H = hand_over(second, level);
    }
    return Rcpp::List::create(
        Rcpp::_["W"] = weights, Rcpp::_["H"] = H, Rcpp::_["E"] = E,
        Rcpp::_["trace"] =
            Rcpp::DataFrame::create(Rcpp::_["iteration"] = Rcpp::seq(0, int(trace.objective.size()) - 1),
                                    Rcpp::_["objective"] = Rcpp::NumericVector(Rcpp::wrap(trace.objective)) * units,
                                    Rcpp::_["kkt"] = trace.residual, Rcpp::_["seconds"] = trace.seconds),
        Rcpp::_["status"] = name_of(trace.status), Rcpp::_["scaled_objective"] = trace.objective.back(),
        Rcpp::_["prior"] = prior, Rcpp::_["state"] = state);
  });
}

// Weights of new observations with the features H fixed, one observation at a time: columns of V are observations.
// Entries of `start` with a 1 in `fixed` (like it, or empty) stay.
// [[Rcpp::export(rng = false)]]
Rcpp::List project_cpp(SEXP V, Rcpp::List beside, Rcpp::List family, const arma::mat& H, const arma::mat& start,
                       const arma::mat& fixed, int max_iter, double tol, double rel_tol) {
  const vec alpha = alpha_of(family, 1);
  const mat features = H.t();
  mat weights = start.t();  // K x observations
  Rcpp::LogicalVector converged(weights.n_cols);
  on_cells(V, beside, 1, [&](const auto& all, double) {
    for (uword i = 0; i < weights.n_cols; ++i) {
      Rcpp::checkUserInterrupt();
      const double unit = unit_of(all.begin(i), R_xlen_t(all.count(i)));
      const vec own = alpha.empty() ? vec() : vec(features.n_rows, arma::fill::value(alpha[i] / unit));
      Known known;
      if (!fixed.empty()) known.fixed[1] = fixed.row(i).t();
      vec one = weights.col(i) / unit;
      const Status status = project_on(all.column(i, unit), make_family(family, own), known, features, one,
                                       {max_iter, tol, rel_tol, INFINITY});
      weights.col(i) = one * unit;
      converged[i] = status == Status::converged;
    }
  });
  return Rcpp::List::create(Rcpp::_["W"] = mat(weights.t()), Rcpp::_["converged"] = converged);
}

// Half the deviance of a convex model at W = D' and E, and its gradients, in the units of V.
// [[Rcpp::export(rng = false)]]
Rcpp::List gradient_cpp(SEXP V, Rcpp::List beside, Rcpp::List family, const arma::mat& W, const arma::mat& E,
                        int threads) {
  return on_cells(V, beside, 1, [&](const auto& cells, double) {
    const vec alpha = alpha_of(family, 1);
    return std::visit(
        [&](const auto& f) {
          const Known known;
          const Model<std::decay_t<decltype(cells)>, std::decay_t<decltype(f)>, Convex> model{
              cells, f, {}, known, {true, true}, threads};
          std::array<Score, 2> score;
          const double objective = model.evaluate({W, E}, Objective::fast, score);
          return Rcpp::List::create(Rcpp::_["objective"] = objective, Rcpp::_["W"] = mat(score[0].den - score[0].num),
                                    Rcpp::_["E"] = mat(score[1].den - score[1].num));
        },
        make_family(family, alpha));
  });
}

// Pearson statistic sum weight (v - mu)^2 / mu^p at mu = W H; its cells are (mu - v) times the score.
// [[Rcpp::export(rng = false)]]
double pearson_cpp(SEXP V, Rcpp::List beside, Rcpp::List family, const arma::mat& W, const arma::mat& H, int threads) {
  return on_cells(V, beside, 0, [&](const auto& cells, double unit) {
    const vec alpha = alpha_of(family, unit);
    const mat scaled = W / unit;
    const Family all = make_family(family, alpha);
    const mat sums = std::visit(
        [&](const auto& f) {
          const double smallest = f.smallest_mean();
          return row_sums<1>(cells, Product{scaled, H}, H.n_rows, threads,
                             [&](double v, double mu, double weight, uword i, double* sum) {
                               mu = larger(mu, smallest);
                               const Parts<double> parts = f.parts(v, mu, f.parameter(i));
                               sum[0] += weight * (mu - v) * (parts.den - parts.num);
                             });
        },
        all);
    return arma::accu(sums) * data_units(all, unit);
  });
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

// The part of the alpha score that needs mu, its derivative, and (v - mu)^2 - v, times the weights, summed by row:
//   (mu - v) / (alpha + mu) - log(1 + mu / alpha).
// [[Rcpp::export(rng = false)]]
arma::mat alpha_score_cpp(SEXP V, Rcpp::List beside, const arma::mat& W, const arma::mat& H, bool given,
                          const arma::vec& alpha, int threads) {
  const auto score = [&](double v, double mu, double weight, uword i, double* sum) {
    const double a = alpha[i], shifted = a + mu;
    sum[0] += weight * ((mu - v) / shifted - nmf::log1p(mu / a));
    sum[1] += weight * (mu / (a * shifted) - (mu - v) / (shifted * shifted));
    sum[2] += weight * ((v - mu) * (v - mu) - v);
  };
  return on_cells(V, beside, 1, [&](const auto& cells, double) {
    return given ? row_sums<3>(cells, Given{W}, 1, threads, score)
                 : row_sums<3>(cells, Product{W, H}, H.n_rows, threads, score);
  });
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

// sum_j v log(mu) by row at mu = W H, over the nonzeros alone.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector log_means_cpp(SEXP V, const arma::mat& W, const arma::mat& H) {
  const mat Wt = W.t();
  std::vector<Sum> sums(W.n_rows);
  std::visit(
      [&](const auto& cells) {
        using C = std::decay_t<decltype(cells)>;
        constexpr Side side = C::sparse ? Side::columns : Side::rows;  // as they are stored, or packed
        typename C::Lines lines(cells, side);
        typename C::Lines::template Cursor<2> cursor(lines);
        const uword count = C::sparse ? H.n_cols : W.n_rows;
        for (uword line = 0; line < count; ++line)
          cursor.visit(line, [&](uword other, double v) {
            const uword i = C::sparse ? other : line, j = C::sparse ? line : other;
            if (v > 0) sums[i] += v * std::log(arma::dot(Wt.unsafe_col(i), H.unsafe_col(j)));
          });
      },
      view(V, 1).cells);
  return Rcpp::NumericVector(sums.begin(), sums.end());
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
