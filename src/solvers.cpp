#include "solvers.h"
#include "lbfgs.h"

namespace nmf {

static End solve_by(const Solver& solver, const Model& model, Run& run, const Control& control) {
  const auto sweeps = [&](auto rule) {
    return solve(model, Sweeps<decltype(rule)>(solver.extrapolate, solver.threads, run.memory, rule), run, control);
  };
  if (solver.name == "mm") return sweeps(MM());
  if (solver.name == "cd") return sweeps(CoordinateDescent());
  if (solver.name == "lbfgs") return solve(model, LBFGS(), run, control);
  if (solver.name == "em") {
    if (model.structure.encodes() || model.source.facts.denominator != Denominator::one)
      throw std::invalid_argument("The solver 'em' is for traditional Poisson models.");
    return sweeps(EM(solver.inner));
  }
  if (solver.name == "adam") {
    if (!model.structure.encodes()) throw std::invalid_argument("The solver 'adam' is for models with an encoder.");
    return solve(model, Adam(solver.schedule), run, control);
  }
  throw std::invalid_argument("Unknown solver '" + solver.name + "'.");
}

End fit(const Source& source, const Structure& structure, const Known& known, const Solver& solver, Run& run,
        const Control& control) {
  for (std::size_t b = 0; b < 2; ++b) {
    const mat& x = run.theta[b];
    const bool lies = structure.lies(b);
    if ((lies ? x.n_cols : x.n_rows) != structure.size(b, source.facts) ||
        (lies ? x.n_rows : x.n_cols) != run.theta[0].n_cols)
      throw std::invalid_argument("The blocks of theta must have the shapes of structure '" +
                                  std::string(structure.name) + "'.");
    const mat& fixed = known.fixed[b];
    if (!fixed.empty() && arma::size(fixed) != arma::size(x))
      throw std::invalid_argument("Entries that stay must be marked in a matrix like their block.");
  }
  const Model model{source, structure, known, {!known.all_fixed(0), !known.all_fixed(1)}};
  return solve_by(solver, model, run, control);
}

Status project(const Source& observation, const Known& known, vec& weights, const Control& control) {
  const Model model{observation, projection, known, {false, true}};
  Run safe, newton;
  safe.theta = {mat(), weights};
  newton.theta = solve_by({"mm", false, 1}, model, safe, {5, 0, 0}).theta;
  const Control few{control.max_iter, control.tol, control.rel_tol, 3};  // weights that move by themselves end soon
  weights = solve_by({"cd", true, 1}, model, newton, few).theta[1];
  return newton.trace.status;
}

}  // namespace nmf
