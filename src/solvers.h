// Names from R become types: the noise families, the structures and the solvers of the package.
#pragma once
#include <functional>
#include <string>
#include <variant>
#include "adam.h"
#include "solve.h"

namespace nmf {

using Family = std::variant<Normal, Poisson, TweedieThreeHalves, Gamma, InverseGaussian, Tweedie, NegativeBinomial>;
using Structure = std::variant<Traditional, Convex>;

struct Solver {
  std::string name;
  bool extrapolate;
  int inner;
  Schedule schedule = {};
};
using Monitor = std::function<bool()>;

template <class Model>
End solve_by(const Solver& solver, const Model& model, Run& run, const Control& control, const Monitor& monitor) {
  if (solver.name == "lbfgs") return solve(model, LBFGS(), run, control, monitor);
  if constexpr (Model::convex)
    if (solver.name == "adam") return solve(model, Adam(solver.schedule), run, control, monitor);
  using Newton = CoordinateDescent<typename Model::Cells>;
  const auto sweeps = [&](auto&& by) { return solve(model, by, run, control, monitor); };
  if (solver.name == "cd") return sweeps(Sweeps<Newton>(solver.extrapolate, run.memory, model.cells));
  if constexpr (!Model::convex && Model::Family::denominator == Denominator::one)
    if (solver.name == "em") return sweeps(Sweeps<EM>(solver.extrapolate, run.memory, solver.inner));
  return sweeps(Sweeps<MM>(solver.extrapolate, run.memory));
}

template <class Cells>
End fit_on(const Cells& cells, const Family& family, const Structure& structure, const Known& known,
           const Solver& solver, Run& run, const Control& control, int threads, const Monitor& monitor) {
  return std::visit(
      [&](const auto& f, const auto& s) {
        using M = Model<Cells, std::decay_t<decltype(f)>, std::decay_t<decltype(s)>>;
        const M model{cells, f, s, known, {!known.all_fixed(0), !known.all_fixed(1)}, threads};
        return solve_by(solver, model, run, control, monitor);
      },
      family, structure);
}

// One observation, a column, with the features fixed: a few safe sweeps, then Newton's method.
template <class Cells>
Status project_on(const Cells& cells, const Family& family, const Known& known, const mat& features, vec& weights,
                  const Control& control) {
  const Monitor never = [] { return false; };
  Run safe, newton;
  safe.theta = {features, weights};
  return std::visit(
      [&](const auto& f) {
        using M = Model<Cells, std::decay_t<decltype(f)>, Projection>;
        const M model{cells, f, {}, known, {false, true}, 1};
        newton.theta = solve_by({"mm", false, 1}, model, safe, {5, 0, 0, INFINITY}, never).theta;
        weights = solve_by({"cd", true, 1}, model, newton, control, never).theta[1];
        return newton.trace.status;
      },
      family);
}

}  // namespace nmf
